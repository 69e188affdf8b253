//! Help, for everything and for one command.

use std::ffi::OsString;

use crate::cli::args::{self, Verb};
use crate::cli::error::{Failure, Kind};
use crate::cli::files;

/// `help`, `help COMMAND`, `help groups add`.
pub(crate) fn run(words: &[OsString]) -> Result<(), Failure> {
    let Some(word) = words.first() else { return files::write_stdout(top().as_bytes()) };
    let name = word.to_string_lossy();
    match args::verb(&name) {
        Some(verb) => within(verb, &words[1..]),
        None if name == "help" || name == "h" => files::write_stdout(top().as_bytes()),
        None => Err(no_topic(&name)),
    }
}

/// The help of a command, or of the one of its own commands that is named.
pub(crate) fn within(verb: &Verb, words: &[OsString]) -> Result<(), Failure> {
    match words.first().filter(|_| !verb.nested.is_empty()) {
        None => files::write_stdout(of(verb).as_bytes()),
        Some(word) => {
            let name = word.to_string_lossy();
            let nested = verb.nested(&name).ok_or_else(|| no_topic(&name))?;
            files::write_stdout(of(nested).as_bytes())
        }
    }
}

/// The help of the top level.
pub(crate) fn top() -> String {
    args::whole().render_help().to_string()
}

/// The help of one command.
pub(crate) fn of(verb: &Verb) -> String {
    verb.command().render_help().to_string()
}

/// There is no help about that.
pub(crate) fn no_topic(name: &str) -> Failure {
    Failure::new(Kind::NoHelpTopic, format!("No help topic for '{name}'"))
}
