//! `keyservice`
use crate::cli::args::KeyServiceArgs;
use crate::cli::environment::Environment;
use crate::cli::error::Failure;

pub(crate) fn run(_args: &KeyServiceArgs, _environment: &Environment) -> Result<(), Failure> {
    Err(Failure::generic("the command keyservice is not in this version yet"))
}
