//! Help, for everything and for one command.

use std::ffi::OsString;

use crate::cli::args;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;

/// `help`, `help COMMAND`.
pub(crate) fn run(words: &[OsString]) -> Result<(), Failure> {
    let Some(word) = words.first() else { return files::write_stdout(top().as_bytes()) };
    let name = word.to_string_lossy();
    match args::verb(&name) {
        Some(verb) => files::write_stdout(of(verb).as_bytes()),
        None if args::NOT_YET.contains(&&*name) => Err(not_yet(&name)),
        None => Err(Failure::new(Kind::NoHelpTopic, format!("No help topic for '{name}'"))),
    }
}

/// The help of the top level.
pub(crate) fn top() -> String {
    args::whole().render_help().to_string()
}

/// The help of one command.
pub(crate) fn of(verb: &args::Verb) -> String {
    verb.command().render_help().to_string()
}

/// A command of sops that comes later.
pub(crate) fn not_yet(name: &str) -> Failure {
    Failure::generic(format!("the command {name} is not in this version yet"))
}
