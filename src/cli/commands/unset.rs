//! `unset`: one value of an encrypted file is removed in place (command line §7.5).

use resops::document::ChangeError;

use super::set::{Target, TargetFlags};
use crate::cli::args::UnsetArgs;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::open::Session;

pub(crate) fn run(args: &UnsetArgs, environment: &Environment) -> Result<(), Failure> {
    let [file, index] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified, or index is missing"));
    };
    let flags = TargetFlags { types: &args.types, global: &args.opening.global, ignore_mac: args.ignore_mac };
    let target = Target::new("unset", file, index, &flags, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    target.change(&session).make(|_, document| match document.without(&target.index) {
        Ok(text) => Ok(Some(text)),
        Err(ChangeError::KeyNotFound(_) | ChangeError::IndexOutOfBounds(_)) if args.idempotent => Ok(None),
        Err(error) => Err(Failure::generic(error.to_string())),
    })
}
