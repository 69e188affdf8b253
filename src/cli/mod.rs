//! The command line: what a person types, in; files, processes and exit codes, out.
//!
//! ```text
//! tokens ──go_flags─▶ one form ──args─▶ typed flags ──commands─▶ library, files, processes
//! ```
//!
//! Surroundings are read in `environment`, users' files written in `files`, failures turned into exit
//! codes in `error`.

mod args;
mod audit;
mod background;
mod batch;
mod child;
mod commands;
mod complete;
mod config;
mod dispatch;
mod editor;
mod environment;
mod error;
mod example;
mod files;
mod formats;
mod glob;
mod go_flags;
mod input;
mod json;
mod library_errors;
mod logged;
mod masked;
mod memory;
mod names;
mod no_key;
mod open;
mod os;
mod output;
mod paths;
mod prompt;
mod recipe;
mod recipients;
mod signals;
mod temporary;
mod ui;
mod values;

use std::ffi::OsString;

use commands::help;
use environment::Environment;
use error::{Failure, Kind};
use go_flags::{Reading, Sorted};

/// Runs the program. Gives its exit code.
pub(crate) fn run() -> u8 {
    memory::keep_what_is_freed();
    be_discreet_in_a_panic();
    let environment = Environment::default();
    let tokens = commands::krm::as_ksops(Environment::called_as(), Environment::arguments());
    let outcome = std::panic::catch_unwind(|| start(&tokens, &environment));
    match outcome {
        Ok(Ok(())) => 0,
        Ok(Err(failure)) => failure.report(),
        Err(_) => Failure::silent(Kind::Generic).report(),
    }
}

/// A panic is a mistake of ours, and its message may hold what the user wants secret: only the place
/// is told. The exit code is 1, like that of all that has no number of its own (sops crashes with 2,
/// which is also its "could not read the input"). Temporary files are removed on the way out.
fn be_discreet_in_a_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let place =
            panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        ui::say(&format!(
            "internal error{place}; please report it, with the command and without your secrets\n"
        ));
    }));
}

fn start(tokens: &[OsString], environment: &Environment) -> Result<(), Failure> {
    audit::start(environment)?;
    if let [words @ .., last] = tokens
        && last == complete::ASKED
    {
        return files::write_stdout(complete::candidates(words, environment).as_bytes());
    }
    go_flags::check_switches(args::SWITCHES, environment)
        .map_err(|error| Failure::logged("CMD", error.message()))?;
    if asks_for_version_alone(tokens) {
        return commands::version::run(false);
    }
    // The definition of what stands in front of a command is large: it is made where it is needed.
    let Some(sorted) = Sorted::of_words(tokens) else { return start_with_flags(tokens, environment) };
    let word = sorted.words.first().and_then(|word| word.to_str()).unwrap_or_default();
    match args::verb(word).filter(|verb| !is_a_file(verb, &sorted)) {
        Some(verb) => dispatch::run_verb(verb, sorted.given, &sorted.words[1..], environment),
        None => start_with_flags(tokens, environment),
    }
}

/// Whether a word that is a command of ours alone stands for a file, as it does for sops: an encrypted file
/// has that name and nothing follows it (`sops config`, `sops -d keys`), or one that is to be encrypted.
fn is_a_file(verb: &args::Verb, sorted: &Sorted) -> bool {
    if sorted.words.len() != 1 || !verb.is_ours_alone() {
        return false;
    }
    let path = std::path::Path::new(verb.name);
    let to_be_encrypted = sorted.given.iter().any(|given| given.long == "encrypt" && given.is_on());
    path.is_file() && to_be_encrypted
        || path.is_file()
            && files::read(path).is_ok_and(|bytes| {
                resops::ops::looks_encrypted(&bytes, formats::choose(None, path))
                    && !matches!(resops::ops::is_encrypted(bytes, formats::choose(None, path)), Ok(false))
            })
}

/// The usual ways to ask for the version, which every script begins with.
fn asks_for_version_alone(tokens: &[OsString]) -> bool {
    let is = |token: &OsString, name: &str| {
        let token = token.as_encoded_bytes();
        token
            .strip_prefix(b"-")
            .is_some_and(|rest| rest.strip_prefix(b"-").unwrap_or(rest) == name.as_bytes())
    };
    tokens.iter().any(|token| is(token, "version"))
        && tokens.iter().all(|token| is(token, "version") || is(token, "disable-version-check"))
}

/// All that has flags in front of the command, or no command.
fn start_with_flags(tokens: &[OsString], environment: &Environment) -> Result<(), Failure> {
    let (top, flags) = dispatch::top_level();
    let sorted =
        flags.sort(tokens, Reading::UpToFirstWord).map_err(|error| dispatch::misuse_at_top(&error))?;
    if sorted.help {
        return help::run(&[]);
    }
    if sorted.given.iter().any(|given| given.long == "version" && given.is_on()) {
        let args: args::LegacyArgs = dispatch::typed(top, &flags, Vec::new(), sorted, environment)?;
        return commands::version::run(args.check_for_updates);
    }
    let word = sorted.words.first().and_then(|word| word.to_str()).unwrap_or_default();
    match word {
        "help" | "h" => help::run(&sorted.words[1..]),
        word => match args::verb(word).filter(|verb| !is_a_file(verb, &sorted)) {
            Some(verb) => dispatch::run_verb(verb, sorted.given, &sorted.words[1..], environment),
            None => {
                if sorted.given.iter().any(|given| given.long == "verbose" && given.is_on()) {
                    ui::be_verbose();
                }
                let args = dispatch::typed(top, &flags, Vec::new(), sorted, environment)?;
                commands::legacy::run(&args, environment)
            }
        },
    }
}
