//! `completion`
use crate::cli::error::Failure;

pub(crate) fn run(_shell: &str) -> Result<(), Failure> {
    Err(Failure::generic("the command completion is not in this version yet"))
}
