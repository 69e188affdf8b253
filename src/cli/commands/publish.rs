//! `publish`
use crate::cli::args::PublishArgs;
use crate::cli::environment::Environment;
use crate::cli::error::Failure;

pub(crate) fn run(_args: &PublishArgs, _environment: &Environment) -> Result<(), Failure> {
    Err(Failure::generic("the command publish is not in this version yet"))
}
