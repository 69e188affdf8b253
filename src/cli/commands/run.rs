//! `run`: a command with the values of encrypted files in its environment, without a shell.

mod mount;
mod variables;

use std::ffi::OsString;
use std::process::{Command, ExitStatus};

use resops::document::Tree;
use resops::ops::mask::Secrets;

use crate::cli::args::RunArgs;
use crate::cli::child::{self, NotRun};
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::masked;
use crate::cli::values::{self, Reader};

pub(crate) fn run(args: &RunArgs, environment: &Environment) -> Result<(), Failure> {
    let (files, command) = files_and_command(&args.words)?;
    if args.same_process && (args.mask || !args.mount.is_empty()) {
        let other = if args.mask { "--mask" } else { "--mount" };
        let why = format!("Error: with --same-process nobody is left for what {other} has to do");
        return Err(Failure::new(Kind::Conflict, why));
    }
    let dialect = values::dialect(args.dialect.dotenv_dialect.as_deref())?;
    let sources = mount::sources(&args.mount)?;
    let program =
        child::find_program(&command[0], environment).map_err(|why| Failure::new(Kind::Child(127), why))?;

    let reader = Reader::new(&args.opening, environment, args.input_type.as_deref())?.in_dialect(dialect);
    let trees = files.iter().map(|file| reader.tree(file)).collect::<Result<Vec<_>, _>>()?;
    let secrets = variables::of(args, files, &trees)?;
    let mounted = mount::rendered(sources, &trees, &reader)?;
    let hidden = args.mask.then(|| {
        let mut values: Vec<&[u8]> = trees.iter().flat_map(texts).collect();
        values.extend(mounted.iter().flat_map(mount::Rendered::secrets));
        Secrets::new(values)
    });

    let user = args.user.as_deref().filter(|user| !user.is_empty());
    let user = user.map_or_else(|| Ok(Vec::new()), child::become_user)?;
    let mounts = mount::Mounts::new(mounted, environment)?;
    let mut all = if args.pristine { Vec::new() } else { environment.all() };
    all.extend(user);
    all.extend(secrets);
    all.extend(mounts.variables());
    let mut child = Command::new(&program);
    child::call_by(&mut child, &command[0]);
    child.args(command[1..].iter().map(|word| mounts.fill_in(word)));
    child::with_variables(&mut child, all);
    if args.same_process {
        return Err(child::exec(&mut child, not_started));
    }
    let ended = match &hidden {
        Some(secrets) => masked::run(&mut child, secrets),
        None => child::wait_with(&mut child, std::process::Child::wait),
    };
    drop(mounts);
    passed_on(ended.map_err(|error| match error {
        NotRun::NotStarted(error) => not_started(&child, &error),
        NotRun::NotWaited(failure) => failure,
    })?)
}

/// The words in front of `--`, and those behind.
fn files_and_command(words: &[OsString]) -> Result<(&[OsString], &[OsString]), Failure> {
    const HINT: &str = "sops run FILE… -- COMMAND ARGUMENTS";
    let Some(at) = words.iter().position(|word| word == "--") else {
        let why = "Error: no command: it stands behind --";
        return Err(Failure::generic(why).hint(HINT));
    };
    match (&words[..at], &words[at + 1..]) {
        ([], _) => Err(Failure::new(Kind::NoFile, "Error: no file specified").hint(HINT)),
        (_, []) => Err(Failure::generic("Error: no command behind --").hint(HINT)),
        both => Ok(both),
    }
}

/// Ends as the command did: with its status, or with 128 and the signal that ended it.
fn passed_on(status: ExitStatus) -> Result<(), Failure> {
    let code = match (status.code(), resops::os::signal_of(status)) {
        (Some(0), _) => return Ok(()),
        (Some(code), _) => u8::try_from(code).unwrap_or(255),
        (None, signal) => signal.and_then(|(signal, _)| u8::try_from(128 + signal).ok()).unwrap_or(255),
    };
    Err(Failure::silent(Kind::Child(code)))
}

/// As [`child::not_started`], with the exit codes of shells.
fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
    child::not_started(command, error).with_kind(Kind::Child(code))
}

/// All texts of a tree.
fn texts(tree: &Tree) -> Vec<&[u8]> {
    use resops::document::Pair;
    use resops::leaf::Value;

    let (mut texts, mut open) = (Vec::new(), vec![tree]);
    while let Some(tree) = open.pop() {
        match tree {
            Tree::Leaf(Value::Str(text)) => texts.push(&text[..]),
            Tree::Leaf(Value::BigInt(text) | Value::Time(text)) => texts.push(text.as_bytes()),
            Tree::Leaf(_) => {}
            Tree::List(items) => open.extend(items),
            Tree::Map(pairs) => open.extend(pairs.iter().filter_map(|pair| match pair {
                Pair::Entry(_, value) => Some(value),
                Pair::Comment { .. } => None,
            })),
        }
    }
    texts
}
