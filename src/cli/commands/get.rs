//! `get`: values of an encrypted file, by their paths.

use std::collections::HashSet;
use std::io::IsTerminal;

use resops::document::{self, Dialect, Nested, Pair, Tree};
use resops::leaf::{Value, ValueRef};
use resops::ops::template::{shell, single};
use zeroize::Zeroizing;

use super::exec_env::not_a_variable;
use crate::cli::args::GetArgs;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::values::{self, Reader};

/// How values are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Raw,
    Json,
    Shell,
    Env,
}

pub(crate) fn run(args: &GetArgs, environment: &Environment) -> Result<(), Failure> {
    let form = match args.output_format.as_deref().unwrap_or("raw") {
        "raw" => Form::Raw,
        "json" => Form::Json,
        "shell" => Form::Shell,
        "env" => Form::Env,
        _ => return Err(Failure::generic("Error: --output-format takes raw, json, shell or env")),
    };
    let [file, typed @ ..] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified")
            .hint("sops get FILE PATH…, as in: sops get secrets.yaml db.password"));
    };
    if typed.is_empty() {
        return Err(Failure::new(Kind::TreePath, "Error: no path specified")
            .hint("sops get FILE PATH…; a lone dot is the whole file"));
    }
    let paths = typed.iter().map(|text| values::parse_path(text)).collect::<Result<Vec<_>, _>>()?;
    let dialect = values::dialect(args.dialect.dotenv_dialect.as_deref())?;
    let reader = Reader::new(&args.opening, environment, args.input_type.as_deref())?;
    let reader = reader.ignoring_mac(args.ignore_mac).in_dialect(dialect);
    let tree = reader.tree(file)?;
    let default = args.default.as_deref().map(Tree::str);
    let mut found = Vec::with_capacity(paths.len());
    for (path, typed) in paths.iter().zip(typed) {
        let typed = typed.to_string_lossy().into_owned();
        let value = match (path.find(&tree), &default) {
            (Ok(Tree::Leaf(Value::Null)) | Err(_), Some(default)) => default,
            (Ok(value), _) => value,
            (Err(missing), None) => return Err(values::missing(file, &typed, &missing)),
        };
        found.push(Found { words: path.words(), typed, value });
    }
    let printed = Zeroizing::new(match form {
        Form::Raw => raw(&found)?,
        Form::Json => json(&found)?,
        Form::Shell | Form::Env => assignments(&found, form, dialect)?,
    });
    files::write_stdout(&printed)
}

/// A value, where it is, and how that was typed.
struct Found<'t> {
    words: Vec<String>,
    typed: String,
    value: &'t Tree,
}

/// Single values as they are, others as JSON. A line end follows where there are several or a person reads.
fn raw(found: &[Found<'_>]) -> Result<Vec<u8>, Failure> {
    let lines = found.len() > 1 || std::io::stdout().is_terminal();
    let mut out = Vec::new();
    for found in found {
        match found.value {
            Tree::Leaf(value) => out.extend(single(value.as_ref()).unwrap_or_else(|| b"null".to_vec())),
            tree => out.extend(tree.to_json().map_err(|error| no_json(&error))?),
        }
        if lines && out.last() != Some(&b'\n') {
            out.push(b'\n');
        }
    }
    Ok(out)
}

/// One value as it is; several as an object with the paths as they were typed.
fn json(found: &[Found<'_>]) -> Result<Vec<u8>, Failure> {
    let text = match found {
        [one] => one.value.to_json(),
        several => {
            let pairs = several
                .iter()
                .map(|found| Pair::Entry(found.typed.clone().into_bytes(), found.value.clone()));
            Tree::Map(pairs.collect()).to_json()
        }
    };
    let mut text = text.map_err(|error| no_json(&error))?;
    text.push(b'\n');
    Ok(text)
}

fn no_json(error: &document::EmitError) -> Failure {
    Failure::new(Kind::DumpTree, format!("Error dumping tree: {error}"))
}

/// Lines that set variables; their names are the keys on the way to the value.
fn assignments(found: &[Found<'_>], form: Form, dialect: Option<Dialect>) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut names = HashSet::new();
    for found in found {
        let start = found.words.join("_");
        let inner = match found.value {
            Tree::Leaf(value) => vec![(Vec::new(), value.as_ref())],
            // A list has its positions for names.
            list @ Tree::List(_) => {
                let inside = Tree::Map(vec![Pair::Entry(Vec::new(), list.clone())]);
                write(&start, &flat(&inside)?, (form, dialect), &mut names, &mut out)?;
                continue;
            }
            map => flat(map)?,
        };
        write(&start, &inner, (form, dialect), &mut names, &mut out)?;
    }
    Ok(out)
}

type Inner<'t> = Vec<(Vec<u8>, ValueRef<'t>)>;

fn flat(tree: &Tree) -> Result<Inner<'_>, Failure> {
    document::variables(tree, Nested::Joined("_"), &|_| true).map_err(not_a_variable)
}

fn write(
    start: &str,
    inner: &Inner<'_>,
    (form, dialect): (Form, Option<Dialect>),
    names: &mut HashSet<String>,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    for (end, value) in inner {
        let Some(text) = single(*value).map(Zeroizing::new) else { continue };
        let name = variable_name(start, &String::from_utf8_lossy(end));
        if !names.insert(name.clone()) {
            return Err(Failure::generic(format!("two values would be the variable {name}")));
        }
        if text.contains(&0) {
            return Err(Failure::generic(format!("{name} contains NUL; no variable can hold that")));
        }
        if form == Form::Shell {
            out.extend_from_slice(b"export ");
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            out.extend(shell(&text));
        } else if let Some(dialect) = dialect {
            let spelt = dialect.spelling(&text).map_err(|why| {
                let hint = "--output-format shell or json takes it";
                Failure::new(Kind::DumpTree, format!("{name} {why}")).hint(hint)
            })?;
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            out.extend(spelt);
        } else {
            // What dotenv files cannot hold would become lines of their own.
            if text.contains(&b'\n') || text.contains(&b'\r') {
                return Err(Failure::new(
                    Kind::DumpTree,
                    format!("{name} has several lines; env has one for each value"),
                )
                .hint("--output-format shell or json takes it, and so does --dotenv-dialect node or shell"));
            }
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            out.extend_from_slice(&text);
        }
        out.push(b'\n');
    }
    Ok(())
}

/// A name that every shell takes.
fn variable_name(start: &str, end: &str) -> String {
    let between = if start.is_empty() || end.is_empty() || end.starts_with('_') { "" } else { "_" };
    let name = format!("{start}{between}{end}");
    let name: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|letter: char| letter.is_ascii_digit()) {
        return format!("_{name}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_shells() {
        for (start, end, name) in [
            ("db", "", "db"),
            ("db", "pass-word", "db_pass_word"),
            ("", "a.b", "a_b"),
            ("l", "_0", "l_0"),
            ("0", "", "_0"),
            ("", "", "_"),
        ] {
            assert_eq!(variable_name(start, end), name);
        }
    }
}
