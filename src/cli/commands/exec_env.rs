//! `exec-env`: a command with the decrypted values in its environment (command line §7.7).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

use resops::document::{Pair, Tree};
use resops::leaf::{Value, ValueRef};

use super::decrypt::Plain;
use crate::cli::args::ExecEnvArgs;
use crate::cli::child;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::formats;
use crate::cli::input;
use crate::cli::open::Session;
use crate::cli::ui::{self, Level};

type Variables = Vec<(OsString, OsString)>;

pub(crate) fn run(args: &ExecEnvArgs, environment: &Environment) -> Result<(), Failure> {
    let (file, command) = file_and_command("exec-env", &args.words)?;
    Config::load(&args.global, environment)?;
    let session = Session::new(&args.services, &args.order, environment)?;
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
        let file = session.open(input::read(Path::new(file))?, formats::choose(None, Path::new(file)))?;
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
        let error = shell.exec();
        return Err(child::not_started(&shell, &error));
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
    let Some(Tree::Map(pairs)) = tree else { return Ok(Vec::new()) };
    let entries = pairs.iter().filter_map(|pair| match pair {
        Pair::Entry(key, value) => Some((key, value)),
        Pair::Comment { .. } => None,
    });
    entries
        .map(|(key, value)| {
            let name = String::from_utf8_lossy(key);
            let Tree::Leaf(value) = value else {
                return Err(Failure::generic(format!(
                    "cannot use complex value in environment; offending key {name}"
                )));
            };
            if key.contains(&b'=') {
                return Err(Failure::generic(format!("cannot use keys with '=' in environment: {name}")));
            }
            let text = text(value);
            if key.contains(&0) || text.contains(&0) {
                return Err(Failure::generic("exec: environment variable contains NUL")
                    .hint(format!("the variable is {}", ui::go_quote(&name))));
            }
            Ok((OsString::from_vec(key.clone()), OsString::from_vec(text)))
        })
        .collect()
}

/// A value as text (stores §9.1).
fn text(value: &Value) -> Vec<u8> {
    match value.as_ref() {
        ValueRef::Null => b"<nil>".to_vec(),
        ValueRef::Bool(on) => on.to_string().into_bytes(),
        ValueRef::Int(number) => number.to_string().into_bytes(),
        ValueRef::BigInt(digits) => float_text(digits.parse().unwrap_or(f64::INFINITY)).into_bytes(),
        ValueRef::Float(number) => float_text(number).into_bytes(),
        ValueRef::Time(time) => whole_seconds(time).into_bytes(),
        ValueRef::Str(text) | ValueRef::Comment(text) => text.to_vec(),
    }
}

/// Go's `FormatFloat(…, 'G', -1, 64)` with at least one decimal: `1.0`, `1E+06`, `1E-05`.
fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    // Shortest digits and exponent, as in `1.2345678e6`.
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}E{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

/// A timestamp without its fraction.
fn whole_seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, rest)) => {
            let zone = rest.find(|c: char| !c.is_ascii_digit()).map_or("", |at| &rest[at..]);
            format!("{seconds}{zone}")
        }
        None => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_lose_their_fraction() {
        assert_eq!(whole_seconds("2024-01-02T03:04:05.25+01:00"), "2024-01-02T03:04:05+01:00");
        assert_eq!(whole_seconds("2024-01-02T03:04:05Z"), "2024-01-02T03:04:05Z");
    }

    #[test] // stores §9.1
    fn floats_are_told_from_integers() {
        for (number, text) in [
            (1.0, "1.0"),
            (1e6, "1E+06"),
            (1e-5, "1E-05"),
            (123_456.7, "123456.7"),
            (1.5e21, "1.5E+21"),
            (-0.5, "-0.5"),
        ] {
            assert_eq!(float_text(number), text);
        }
    }

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
