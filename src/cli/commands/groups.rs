//! `groups`
use crate::cli::args::{GroupsAddArgs, GroupsDeleteArgs};
use crate::cli::environment::Environment;
use crate::cli::error::Failure;

pub(crate) fn add(_args: &GroupsAddArgs, _environment: &Environment) -> Result<(), Failure> {
    Err(Failure::generic("the command groups is not in this version yet"))
}

pub(crate) fn delete(_args: &GroupsDeleteArgs, _environment: &Environment) -> Result<(), Failure> {
    Err(Failure::generic("the command groups is not in this version yet"))
}
