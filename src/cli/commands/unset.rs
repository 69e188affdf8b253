//! `unset`: one value of an encrypted file is removed in place (command line §7.5).

use resops::document::{self, ChangeError};

use super::set::Change;
use crate::cli::args::UnsetArgs;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::formats;
use crate::cli::input;
use crate::cli::open::Session;
use crate::cli::output;
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &UnsetArgs, environment: &Environment) -> Result<(), Failure> {
    let [file, index] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified, or index is missing"));
    };
    let path = input::absolute(file, environment)?;
    let config = Config::load(&args.global, environment)?;
    let index = document::parse_path(&index.to_string_lossy())
        .ok()
        .filter(|index| !index.is_empty())
        .ok_or_else(|| Failure::new(Kind::SetFormat, "Invalid unset index format"))?;
    let session = Session::new(&args.services, &args.order, environment)?;
    let change = Change {
        path: &path,
        input: formats::choose(args.types.input_type.as_deref(), &path),
        output: formats::choose(args.types.output_type.as_deref(), &path),
        ignore_mac: args.ignore_mac,
    };
    let changed = change.change(&config, &session, |_, document| match document.without(&index) {
        Ok(text) => Ok(Some(text)),
        Err(ChangeError::KeyNotFound(_) | ChangeError::IndexOutOfBounds(_)) if args.idempotent => Ok(None),
        Err(error) => Err(Failure::generic(error.to_string())),
    })?;
    match changed {
        Some(bytes) => output::in_place(&path, &bytes),
        None => {
            ui::log(Level::Info, "File not written due to no change");
            Ok(())
        }
    }
}
