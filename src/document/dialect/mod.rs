//! Dialects of dotenv: what programs other than sops make of the same lines (wishes §4.4).
//!
//! The plaintext of a file comes in, names and values come out; and the other way round for one value. The
//! default, sops' own reading, is not here but in `dotenv`: what is encrypted never depends on a dialect.
//! Nothing is expanded: a `$` that a shell would expand is an error, and elsewhere text.

mod node;
mod shell;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use shell::quoted_for_shell;

use super::{Pair, Tree};

/// Who reads the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Nobody: a value is all behind the first `=`.
    Raw,
    /// `docker run --env-file`: as [`Raw`](Self::Raw), blanks in front of a line go, a name alone is no variable.
    Docker,
    /// npm's dotenv 18: quotes of three kinds over several lines, `\n` in double ones, `export`, `#` in a line.
    Node,
    /// A POSIX shell that sources the file, as far as nothing is expanded and no command is run.
    Shell,
}

/// What a line is not in a dialect. Never shows the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct DialectError {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Why a dialect has no spelling for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unspeakable {
    /// It has line ends.
    #[error("has several lines, and each is a value of its own there")]
    Lines,
    /// It has each kind of quotes.
    #[error("has what none of the quotes can hold there")]
    Quotes,
}

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

impl Dialect {
    /// The names that people type.
    pub const NAMES: [(&'static str, Self); 4] =
        [("raw", Self::Raw), ("docker", Self::Docker), ("node", Self::Node), ("shell", Self::Shell)];

    /// The dialect of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, dialect)| *dialect)
    }

    /// The variables of a file, as a map: of equal names the last one counts.
    ///
    /// # Errors
    ///
    /// [`DialectError`] for what whose dialect it is would refuse, and for what only a shell can know.
    pub fn read(self, source: &[u8]) -> Result<Tree, DialectError> {
        let entries = match self {
            Self::Raw => raw(source)?,
            Self::Docker => docker(source)?,
            Self::Node => node::read(source),
            Self::Shell => shell::read(source)?,
        };
        let mut places: HashMap<Vec<u8>, usize> = HashMap::with_capacity(entries.len());
        let mut pairs: Vec<Pair> = Vec::with_capacity(entries.len());
        for (name, value) in entries {
            let pair = Pair::Entry(name.clone(), Tree::str(value));
            match places.get(&name) {
                Some(&at) => pairs[at] = pair,
                None => {
                    places.insert(name, pairs.len());
                    pairs.push(pair);
                }
            }
        }
        Ok(Tree::Map(pairs))
    }

    /// How a value is written behind `NAME=`, to be read as it is.
    ///
    /// # Errors
    ///
    /// [`Unspeakable`].
    pub fn spelling(self, value: &[u8]) -> Result<Vec<u8>, Unspeakable> {
        match self {
            Self::Raw | Self::Docker if value.contains(&b'\n') => Err(Unspeakable::Lines),
            // The end of a line in a file from Windows is none of the value.
            Self::Docker if value.ends_with(b"\r") => Err(Unspeakable::Lines),
            Self::Raw | Self::Docker => Ok(value.to_vec()),
            Self::Node => node::spelling(value).ok_or(Unspeakable::Quotes),
            Self::Shell => Ok(shell::spelling(value)),
        }
    }
}

/// Lines of `NAME=value` with nothing else to them.
fn raw(source: &[u8]) -> Result<Entries, DialectError> {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    let mut entries = Vec::new();
    for (number, line) in source.split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let fails = |problem| Err(DialectError { line: number + 1, problem });
        match memchr::memchr(b'=', line) {
            None => return fails("there is no = in it"),
            Some(0) => return fails(NO_NAME),
            Some(at) => entries.push((line[..at].to_vec(), line[at + 1..].to_vec())),
        }
    }
    Ok(entries)
}

const NO_NAME: &str = "there is no name in front of =";

/// As docker's command line reads an environment file.
fn docker(source: &[u8]) -> Result<Entries, DialectError> {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    let mut entries = Vec::new();
    for (number, line) in source.split(|byte| *byte == b'\n').enumerate() {
        let fails = |problem| DialectError { line: number + 1, problem };
        let line = std::str::from_utf8(line).map_err(|_| fails("it is not UTF-8"))?;
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').map_or((line, None), |(name, value)| (name, Some(value)));
        if name.is_empty() {
            return Err(fails(NO_NAME));
        }
        if name.contains([' ', '\t']) {
            return Err(fails("there is a blank in the name"));
        }
        // A name alone is taken from the environment of who calls, where the command has it already.
        entries.extend(value.map(|value| (name.as_bytes().to_vec(), value.as_bytes().to_vec())));
    }
    Ok(entries)
}
