//! `exec-env`: a command with the decrypted values in its environment (command line §7.7).

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Stdio;

use resops::document::{self, Nested, Tree, VariableError};
use resops::os;

use super::decrypt::Plain;
use crate::cli::args::ExecEnvArgs;
use crate::cli::child;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::formats::Types;
use crate::cli::input;
use crate::cli::open::Session;
use crate::cli::ui::{self, Level};

type Variables = Vec<(OsString, OsString)>;

pub(crate) fn run(args: &ExecEnvArgs, environment: &Environment) -> Result<(), Failure> {
    let (file, command) = file_and_command("exec-env", &args.words)?;
    Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    if args.child.background {
        ui::log(
            Level::Warning,
            "exec-env's --background option is deprecated and will be removed in a future version of sops",
        );
        if args.same_process {
            return Err(Failure::new(
                Kind::Conflict,
                "Error: The --same-process flag cannot be used with --background",
            ));
        }
    }
    session.about(Path::new(file));
    let secrets = {
        let source = input::read(Path::new(file))?;
        let types = Types::choose(None, None, Path::new(file)).for_content(&source, true);
        let file = session.open(source, types.input)?;
        let trees = Plain::of(&file, false)?.trees();
        if trees.len() > 1 {
            ui::log(
                Level::Warning,
                &format!("the file has {} YAML documents; only the first one is used", trees.len()),
            );
        }
        variables(trees.first())?
    };

    let user = args.child.user.as_deref().filter(|user| !user.is_empty());
    let user = user.map_or_else(|| Ok(Vec::new()), child::become_user)?;
    let mut all = if args.pristine { Vec::new() } else { environment.all() };
    all.extend(user);
    all.extend(secrets);
    let mut shell = child::shell(command, all);
    if args.same_process {
        return Err(child::exec(&mut shell, child::not_started));
    }
    if args.child.background {
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        return shell.spawn().map(drop).map_err(|error| child::not_started(&shell, &error));
    }
    child::run(&mut shell, || {})
}

/// The two words of `exec-env` and `exec-file`.
///
/// # Errors
///
/// Exit 1 if there are not two; sops asks for the file, whatever is missing.
pub(super) fn file_and_command<'a>(
    verb: &str,
    words: &'a [OsString],
) -> Result<(&'a OsString, &'a OsStr), Failure> {
    let missing = Failure::generic("error: missing file to decrypt");
    match words {
        [file, command] => Ok((file, command)),
        [] | [_] => Err(missing),
        _ => Err(missing
            .hint(format!("the command is one word, for the shell: sops {verb} FILE 'COMMAND ARGUMENTS'"))),
    }
}

/// The entries of a document as variables.
fn variables(tree: Option<&Tree>) -> Result<Variables, Failure> {
    let Some(tree) = tree else { return Ok(Vec::new()) };
    let found = document::variables(tree, Nested::Refused, &|_| true).map_err(not_a_variable)?;
    let pairs =
        found.into_iter().map(|(name, value)| (os::owned(name), os::owned(value.to_text().into_owned())));
    Ok(pairs.collect())
}

/// Why a value is no variable.
pub(super) fn not_a_variable(error: VariableError) -> Failure {
    let failure = Failure::generic(error.to_string());
    match error {
        VariableError::Nul(name) => failure.hint(format!("the variable is {}", ui::go_quote(&name))),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resops::document::Pair;

    #[test]
    fn what_cannot_be_a_variable() {
        let entry = |key: &str, value: Tree| Tree::Map(vec![Pair::Entry(key.into(), value)]);
        for (tree, why) in [
            (entry("K", Tree::List(vec![])), "cannot use complex value in environment; offending key K"),
            (entry("a=b", Tree::str("x")), "cannot use keys with '=' in environment: a=b"),
            (entry("K", Tree::str("x\0y")), "exec: environment variable contains NUL"),
        ] {
            assert_eq!(variables(Some(&tree)).expect_err("refused").message(), why);
        }
    }
}
