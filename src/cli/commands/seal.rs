//! `seal`: encrypted files get a seal over the whole of them. Nothing else changes, not even the time.

use resops::ops::{MacError, OpenFile};

use crate::cli::args::SealArgs;
use crate::cli::batch::{self, Outcome, Words, Writing, meant};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::formats;
use crate::cli::library_errors;
use crate::cli::open::Session;

pub(crate) fn run(args: &SealArgs, environment: &Environment) -> Result<(), Failure> {
    if args.words.is_empty() && !args.many.any() {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified"));
    }
    let writing = if args.dry_run { Writing::Nothing } else { Writing::InPlace };
    let entries = batch::select(&args.words, &args.many, environment)?;
    let config = Config::load(&args.global, environment)?;
    // Never strict: a file without a seal is what this is for.
    let session = Session::new(&args.services, &args.order, environment)?;
    let words = Words { verb: "seal", done: "sealed", unchanged: "have a seal" };
    let read = |target: &batch::Target| meant::encrypted(target, formats::choose(None, &target.path));
    batch::run(entries, &words, writing, &read, &|target, source| {
        session.about(&target.path);
        let format = formats::choose(None, &target.path);
        let file = session.open(source, format)?;
        if !is_needed(&file, args.renew)? {
            return Ok(Outcome::Unchanged);
        }
        let style = config.style(format, "Could not marshal tree")?;
        let bytes = session
            .with(|context| file.with_seal(style, context))
            .map_err(|error| library_errors::encrypt_failure(error, format))?;
        Ok(Outcome::Change { bytes, text: String::new() })
    })
}

/// Whether the file lacks a seal, or has one that is to be made anew.
fn is_needed(file: &OpenFile, renew: bool) -> Result<bool, Failure> {
    match file.verify() {
        Ok(_) => Ok(file.metadata().seal.is_none()),
        Err(MacError::Seal(_)) if renew => Ok(true),
        Err(error) => Err(error.into()),
    }
}
