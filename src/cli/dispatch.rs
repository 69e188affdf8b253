//! From a command's name and its tokens to its typed flags, and on to the command.

use std::ffi::OsString;

use clap::{Command, FromArgMatches};

use super::args::{self, Verb};
use super::commands::{self, help};
use super::environment::Environment;
use super::error::Failure;
use super::files;
use super::go_flags::{Flags, Given, Reading, Sorted, UsageError};
use super::ui::{self, Level};

/// Flags in front of a command that change nothing it does, so nothing is said about them.
const HARMLESS: &[&str] =
    &["config", "indent", "verbose", "version", "disable-version-check", "check-for-updates"];

/// Runs a command: the flags in front of it that it knows count too, those behind it count more.
pub(super) fn run_verb(
    verb: &'static Verb,
    outer: Vec<Given>,
    tokens: &[OsString],
    environment: &Environment,
) -> Result<(), Failure> {
    if !verb.nested.is_empty() {
        return run_nested(verb, outer, tokens, environment);
    }
    let command = verb.command();
    let flags = Flags::of(&command);
    let reading = match verb.name {
        "set" | "exec-env" | "exec-file" => Reading::EverywhereKnown,
        "run" => Reading::UpToCommand,
        _ => Reading::Everywhere,
    };
    let inner = flags.sort(tokens, reading).map_err(|error| {
        misuse(&format!("Incorrect Usage: {}\n", error.message()), &help::of(verb), &error)
    })?;
    if inner.help {
        return files::write_stdout(help::of(verb).as_bytes());
    }
    if outer.iter().chain(&inner.given).any(|given| given.long == "verbose" && given.is_on()) {
        ui::be_verbose();
    }
    warn_about_lost_flags(verb, &outer, &flags);
    macro_rules! run {
        ($module:ident) => {
            run!($module::run)
        };
        ($module:ident :: $function:ident) => {
            commands::$module::$function(&typed(command, &flags, outer, inner, environment)?, environment)
        };
    }
    match verb.full_name() {
        ("", "encrypt") => run!(encrypt),
        ("", "decrypt") => run!(decrypt),
        ("", "edit") => run!(edit),
        ("", "set") => run!(set),
        ("", "unset") => run!(unset),
        ("", "replace") => run!(replace),
        ("", "rotate") => run!(rotate),
        ("", "reencrypt") => run!(reencrypt),
        ("", "seal") => run!(seal),
        ("", "check") => run!(check),
        ("", "report") => run!(report),
        ("", "updatekeys") => run!(updatekeys),
        ("groups", "add") => run!(groups::add),
        ("groups", "delete") => run!(groups::delete),
        ("", "exec-env") => run!(exec_env),
        ("", "exec-file") => run!(exec_file),
        ("", "run") => run!(run),
        ("", "get") => run!(get),
        ("", "render") => run!(render),
        ("", "generate") => run!(generate),
        ("", "publish") => run!(publish),
        ("", "krm") => run!(krm),
        ("", "keyservice") => run!(keyservice),
        ("", "filestatus") => run!(filestatus),
        ("", "doctor") => run!(doctor),
        ("", "keys") => run!(keys),
        ("", "init") => run!(init),
        ("config", "check") => run!(config::check),
        ("config", "explain") => run!(config::explain),
        ("config", "schema") => run!(config::schema),
        ("git", "install") => run!(git::install),
        ("git", "uninstall") => run!(git::uninstall),
        ("git", "resolve") => run!(git::resolve),
        ("git", "textconv") => run!(git::textconv),
        ("git", "merge-driver") => run!(git::merge_driver),
        ("git", "mergetool") => run!(git::mergetool),
        ("git", "clean") => run!(git::clean),
        ("git", "smudge") => run!(git::smudge),
        ("git", "filter-process") => run!(git::filter_process),
        ("completion", shell) => commands::completion::run(shell),
        (_, name) => Err(Failure::generic(format!("no such command: {name}"))),
    }
}

/// Names flags in front of a command that it does not know. sops drops them without a word, also
/// those that the command does know.
fn warn_about_lost_flags(verb: &Verb, outer: &[Given], flags: &Flags) {
    let reads_only = matches!(
        verb.name,
        "check"
            | "decrypt"
            | "exec-env"
            | "exec-file"
            | "filestatus"
            | "get"
            | "publish"
            | "render"
            | "report"
            | "run"
    );
    for given in outer {
        let long = given.long.as_str();
        let meant = !given.is_off() && long != verb.name && !HARMLESS.contains(&long);
        if meant && !flags.knows(long) && !(reads_only && args::is_for_new_files(long)) {
            let name = verb.name;
            ui::log(
                Level::Warning,
                &format!("--{long} in front of {name} means nothing to it and is ignored"),
            );
        }
    }
}

/// Runs a command of a command, such as `groups add`. In front of its name no flags are known, as
/// at the top level; without a name help is printed.
fn run_nested(
    verb: &'static Verb,
    outer: Vec<Given>,
    tokens: &[OsString],
    environment: &Environment,
) -> Result<(), Failure> {
    let flags = Flags::of(&verb.command());
    let sorted = flags.sort(tokens, Reading::UpToFirstWord).map_err(|error| {
        misuse(&format!("Incorrect Usage. {}\n", error.message()), &help::of(verb), &error)
    })?;
    let word = sorted.words.first().filter(|_| !sorted.help);
    let Some(word) = word else { return files::write_stdout(help::of(verb).as_bytes()) };
    let name = word.to_string_lossy();
    match (verb.nested(&name), &*name) {
        (Some(nested), _) => run_verb(nested, outer, &sorted.words[1..], environment),
        (None, "help" | "h") => help::within(verb, &sorted.words[1..]),
        (None, _) => Err(help::no_topic(&name)),
    }
}

/// The typed flags of a command.
pub(super) fn typed<T: FromArgMatches>(
    command: Command,
    flags: &Flags,
    outer: Vec<Given>,
    inner: Sorted,
    environment: &Environment,
) -> Result<T, Failure> {
    let arguments = flags.arguments(outer, inner, environment);
    command
        .try_get_matches_from(arguments)
        .and_then(|matches| T::from_arg_matches(&matches))
        .map_err(|error| Failure::logged("CMD", error.kind().to_string()))
}

/// A usage error at the top level.
pub(super) fn misuse_at_top(error: &UsageError) -> Failure {
    let start = match error {
        UsageError::TwoForms(_) => error.message().to_owned(),
        UsageError::Flag(_) | UsageError::Variable(_) => format!("Incorrect Usage. {}\n", error.message()),
    };
    misuse(&start, &help::top(), error)
}

/// A usage error, as sops prints it: the help on stdout, a log line on stderr, exit code 1.
fn misuse(start: &str, help: &str, error: &UsageError) -> Failure {
    match files::write_stdout(format!("{start}\n{help}").as_bytes()) {
        Ok(()) => Failure::logged("CMD", error.message()),
        Err(failure) => failure,
    }
}

/// What may stand in front of a command.
pub(super) fn top_level() -> (Command, Flags) {
    let top = args::top_level();
    let flags = Flags::of(&top);
    (top, flags)
}
