//! `updatekeys`
use crate::cli::args::UpdateKeysArgs;
use crate::cli::environment::Environment;
use crate::cli::error::Failure;

pub(crate) fn run(_args: &UpdateKeysArgs, _environment: &Environment) -> Result<(), Failure> {
    Err(Failure::generic("the command updatekeys is not in this version yet"))
}
