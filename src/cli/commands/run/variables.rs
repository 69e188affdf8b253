//! Which variables the files give.

use std::collections::HashMap;
use std::ffi::OsString;

use resops::document::{self, Nested, Tree, VariableError};
use resops::leaf::ValueRef;
use resops::os;

use crate::cli::args::RunArgs;
use crate::cli::commands::exec_env::not_a_variable;
use crate::cli::error::Failure;
use crate::cli::glob;
use crate::cli::values;

/// The variables of all files. A later file's value takes the place of an earlier one's; null takes it away.
pub(super) fn of(
    args: &RunArgs,
    files: &[OsString],
    trees: &[Tree],
) -> Result<Vec<(OsString, OsString)>, Failure> {
    let wanted = |name: &[u8]| {
        let fits = |globs: &[String]| globs.iter().any(|glob| glob::fits(glob.as_bytes(), name));
        (args.only.is_empty() || fits(&args.only)) && !fits(&args.except)
    };
    let separator = args.separator.as_deref().unwrap_or("_");
    let nested = if args.flatten { Nested::Joined(separator) } else { Nested::Refused };
    let within = args.extract.as_deref().filter(|path| !path.is_empty());
    let path = within.map(|path| values::parse_path(path.as_ref())).transpose()?;
    let mut all: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    for (file, tree) in files.iter().zip(trees) {
        let tree = match &path {
            Some(path) => path
                .find(tree)
                .map_err(|missing| values::missing(file, within.unwrap_or_default(), &missing))?,
            None => tree,
        };
        if !matches!(tree, Tree::Map(_)) {
            let what = within.map_or_else(String::new, |path| format!(" at {path}"));
            return Err(Failure::generic(format!("{}: there is no map{what}", file.display()))
                .hint("variables are the entries of a map"));
        }
        let found = document::variables(tree, nested, &wanted).map_err(|error| explained(error, file))?;
        for (name, value) in found {
            if name.is_empty() {
                return Err(Failure::generic(format!(
                    "{}: a key is empty, so it is no variable",
                    file.display()
                )));
            }
            let name = [args.prefix.as_deref().unwrap_or_default().as_bytes(), &name].concat();
            match value {
                ValueRef::Null => all.remove(&name),
                ValueRef::BigInt(digits) => all.insert(name, digits.as_bytes().to_vec()),
                value => all.insert(name, value.to_text().into_owned()),
            };
        }
    }
    let names = args.required.iter().flat_map(|list| list.split(',')).map(str::trim);
    let lacking: Vec<&str> =
        names.filter(|name| !name.is_empty() && all.get(name.as_bytes()).is_none_or(Vec::is_empty)).collect();
    if !lacking.is_empty() {
        return Err(Failure::generic(format!("missing or empty: {}", lacking.join(", ")))
            .hint("--required asks for them, and the files do not have them; the command was not started"));
    }
    Ok(all.into_iter().map(|(name, value)| (os::owned(name), os::owned(value))).collect())
}

/// Why a file has no such variables, and what to do.
fn explained(error: VariableError, file: &OsString) -> Failure {
    let hint = match &error {
        VariableError::Complex(key) => {
            Some(format!("--flatten makes variables of what is in it, --except {key} leaves it out"))
        }
        VariableError::Twice(_) => Some("--separator with another text keeps them apart".to_owned()),
        VariableError::EqualsSign(key) => Some(format!("--except '{key}' leaves it out")),
        _ => None,
    };
    let failure = not_a_variable(error).after(&file.display().to_string());
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
