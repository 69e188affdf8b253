//! `set`: one value of an encrypted file is set in place (command line §7.5).

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use resops::document::{self, Document, Extracted, Format, Pair, Tree, UserStep};
use resops::leaf::{Value, ValueRef};
use resops::ops;

use super::decrypt::Plain;
use crate::cli::args::{GlobalArgs, SetArgs, TypeArgs};
use crate::cli::audit::Action;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::output::{self, Rewritten};
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &SetArgs, environment: &Environment) -> Result<(), Failure> {
    if args.value_file && args.value_stdin {
        return Err(Failure::generic("Error: cannot use both --value-file and --value-stdin"));
    }
    let (file, index, value) = match (args.words.as_slice(), args.value_stdin) {
        ([file, index], true) => (file, index, None),
        ([file, index, value], false) => (file, index, Some(value)),
        (_, true) => {
            return Err(Failure::new(
                Kind::NoFile,
                "Error: file specified, or index and value are missing. Need precisely 2 positional arguments since --value-stdin is used.",
            ));
        }
        (_, false) => {
            return Err(Failure::new(
                Kind::NoFile,
                "Error: no file specified, or index and value are missing. Need precisely 3 positional arguments.",
            ));
        }
    };
    let flags = TargetFlags { types: &args.types, global: &args.opening.global, ignore_mac: args.ignore_mac };
    let target = Target::new("set", file, index, &flags, environment)?;
    let value = parse_value(&value_text(args, value)?)?;
    let session = Session::opening(&args.opening, environment)?;
    let append = if args.append { PastTheEnd::Appends } else { PastTheEnd::Refused };
    target.change(&session).set(&target.index, &value, args.idempotent, append)
}

fn value_text(args: &SetArgs, word: Option<&OsString>) -> Result<Vec<u8>, Failure> {
    match word {
        None => files::read_stdin(),
        Some(word) if args.value_file => files::read(Path::new(word)).map_err(Failure::generic),
        Some(word) => Ok(word.as_encoded_bytes().to_vec()),
    }
}

/// The JSON text of a value. Unlike sops, arrays are taken (there: exit 7), and numbers keep their digits.
///
/// # Errors
///
/// [`Kind::SetFormat`], also for a number that no double comes near.
pub(crate) fn parse_value(text: &[u8]) -> Result<Tree, Failure> {
    let refused = || Failure::new(Kind::SetFormat, "Value for --set is not valid JSON");
    let value = document::parse_json_value(text).map_err(|_| refused())?;
    let numeric = text.trim_ascii().first().is_some_and(|b| b.is_ascii_digit() || *b == b'-');
    match &value {
        Tree::Leaf(leaf) if numeric => match leaf.as_ref() {
            ValueRef::Int(_) | ValueRef::BigInt(_) => Ok(value),
            ValueRef::Float(number) if number.is_finite() => Ok(value),
            _ => Err(refused()),
        },
        _ => Ok(value),
    }
}

/// The flags that `set` and `unset` share, as far as they tell what is changed.
pub(crate) struct TargetFlags<'a> {
    pub(crate) types: &'a TypeArgs,
    pub(crate) global: &'a GlobalArgs,
    pub(crate) ignore_mac: bool,
}

/// What `set` and `unset` are pointed at.
pub(crate) struct Target {
    pub(crate) index: Vec<UserStep>,
    path: PathBuf,
    input: Format,
    output: Format,
    ignore_mac: bool,
    config: Config,
}

impl Target {
    /// What two words and the flags say.
    ///
    /// # Errors
    ///
    /// Those of the configuration, and [`Kind::SetFormat`] if the index is none.
    pub(crate) fn new(
        verb: &str,
        file: &OsStr,
        index: &OsStr,
        flags: &TargetFlags<'_>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let target = Self::of_file(file, flags, environment)?;
        let index = document::parse_path(&index.to_string_lossy())
            .ok()
            .filter(|index| !index.is_empty())
            .ok_or_else(|| Failure::new(Kind::SetFormat, format!("Invalid {verb} index format")))?;
        Ok(Self { index, ..target })
    }

    /// A file, without a place in it.
    ///
    /// # Errors
    ///
    /// Those of the configuration.
    pub(crate) fn of_file(
        file: &OsStr,
        flags: &TargetFlags<'_>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let path = input::absolute(file, environment)?;
        let config = Config::load(flags.global, environment)?;
        let types = flags.types;
        let (input, output) =
            formats::choose_both(types.input_type.as_deref(), types.output_type.as_deref(), &path);
        Ok(Self { index: Vec::new(), input, output, ignore_mac: flags.ignore_mac, path, config })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file, to be changed with the keys of `session`.
    pub(crate) fn change<'a>(&'a self, session: &'a Session) -> Change<'a> {
        session.about(&self.path);
        Change {
            path: &self.path,
            input: self.input,
            output: self.output,
            ignore_mac: self.ignore_mac,
            config: &self.config,
            session,
        }
    }
}

/// The file to be changed, and how it is read and written.
pub(crate) struct Change<'a> {
    pub(crate) path: &'a Path,
    pub(crate) input: Format,
    pub(crate) output: Format,
    pub(crate) ignore_mac: bool,
    pub(crate) config: &'a Config,
    pub(crate) session: &'a Session,
}

/// What a position means that is further than the one behind a list's last item. sops appends there
/// without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PastTheEnd {
    Appends,
    Refused,
}

impl PastTheEnd {
    fn check(self, tree: Option<&Tree>, index: &[UserStep]) -> Result<(), Failure> {
        let mut place = tree;
        for step in index {
            place = match (step, place) {
                (UserStep::Index(position), place) => {
                    let is_value = |item: &&Tree| !matches!(item, Tree::Leaf(Value::Comment(_)));
                    let items = match place {
                        Some(Tree::List(items)) => items.as_slice(),
                        _ => &[],
                    };
                    let count = items.iter().filter(is_value).count();
                    let position = usize::try_from(*position).unwrap_or(0);
                    if self == Self::Refused && position > count && !matches!(place, Some(Tree::Map(_))) {
                        return Err(Failure::new(
                            Kind::SetFormat,
                            format!("position {position} is past the end of a list of {count}"),
                        )
                        .hint("to append the value, give --append, or the position behind the last one"));
                    }
                    items.iter().filter(is_value).nth(position)
                }
                (UserStep::Key(key), Some(Tree::Map(pairs))) => pairs.iter().find_map(|pair| match pair {
                    Pair::Entry(name, value) if name == key => Some(value),
                    _ => None,
                }),
                _ => None,
            };
        }
        Ok(())
    }
}

impl Change<'_> {
    /// Sets a value; if the file has it already and that is fine, nothing is written.
    ///
    /// # Errors
    ///
    /// As [`Change::make`], and those of setting.
    pub(crate) fn set(
        &self,
        index: &[UserStep],
        value: &Tree,
        idempotent: bool,
        past_the_end: PastTheEnd,
    ) -> Result<(), Failure> {
        if index.first() == Some(&UserStep::Key(b"sops".to_vec())) {
            return Err(ops::EncryptError::AlreadyEncrypted.into());
        }
        self.make(|plain, document| {
            let positions = index.iter().any(|step| matches!(step, UserStep::Index(_)));
            let trees = if idempotent || positions { plain.trees() } else { Vec::new() };
            past_the_end.check(trees.first(), index)?;
            if !idempotent {
                return document
                    .with_value(index, value)
                    .map(Some)
                    .map_err(|error| library_errors::set_failure(&error));
            }
            let found = trees.first().map(|tree| document::at(tree, index));
            if matches!(found, Some(Ok(Extracted::Part(old))) if says_the_same(old, value)) {
                return Ok(None);
            }
            document.with_value(index, value).map(Some).map_err(|error| library_errors::set_failure(&error))
        })
    }

    /// Puts in place of the plaintext what `edit` makes of it, or leaves the file alone if it gives nothing.
    ///
    /// # Errors
    ///
    /// Those of opening, encrypting and writing, and what `edit` says.
    pub(crate) fn make(
        &self,
        edit: impl Fn(&Plain<'_>, &Document) -> Result<Option<Vec<u8>>, Failure>,
    ) -> Result<(), Failure> {
        let rewritten = output::rewrite(self.path, |source| self.changed(source, &edit))?;
        if rewritten == Rewritten::No {
            ui::log(Level::Info, "File not written due to no change");
        }
        Ok(())
    }

    /// The new bytes of the file, with what `edit` makes of its plaintext.
    ///
    /// # Errors
    ///
    /// Those of opening and encrypting, and what `edit` says.
    pub(crate) fn changed(
        &self,
        source: Vec<u8>,
        edit: impl Fn(&Plain<'_>, &Document) -> Result<Option<Vec<u8>>, Failure>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let file = self.session.open(source, self.input)?;
        let plain = Plain::of(&file, self.ignore_mac)?;
        let dump = |error: &dyn std::fmt::Display| {
            Failure::new(Kind::DumpTree, format!("Could not marshal tree: {error}"))
        };
        let text = plain.editable().map_err(|error| dump(&error))?;
        let document = Document::parse(text, file.format())
            .map_err(|error| library_errors::open_failure(error.into(), file.format()))?;
        let Some(changed) = edit(&plain, &document)? else { return Ok(None) };
        let output = self.output;
        let style = self.config.style(output, "Could not marshal tree")?;
        let encrypted = self.session.with(|context| ops::reseal(&file, changed, output, style, context))?;
        self.session.record(Action::Encrypt)?;
        Ok(Some(encrypted_bytes(encrypted)))
    }
}

/// Whether two trees have the same values. Numbers are compared as numbers; comments do not count.
fn says_the_same(a: &Tree, b: &Tree) -> bool {
    let mut open = vec![(a, b)];
    while let Some(pair) = open.pop() {
        match pair {
            (Tree::Map(a), Tree::Map(b)) => {
                let (a, b) = (entries(a), entries(b));
                if a.len() != b.len() || a.iter().zip(&b).any(|((a, _), (b, _))| a != b) {
                    return false;
                }
                open.extend(a.into_iter().zip(b).map(|((_, a), (_, b))| (a, b)));
            }
            (Tree::List(a), Tree::List(b)) => {
                let (a, b) = (items(a), items(b));
                if a.len() != b.len() {
                    return false;
                }
                open.extend(a.into_iter().zip(b));
            }
            (Tree::Leaf(a), Tree::Leaf(b)) if same_value(a.as_ref(), b.as_ref()) => {}
            _ => return false,
        }
    }
    true
}

fn entries(pairs: &[Pair]) -> Vec<(&Vec<u8>, &Tree)> {
    pairs
        .iter()
        .filter_map(|pair| match pair {
            Pair::Entry(key, value) => Some((key, value)),
            Pair::Comment { .. } => None,
        })
        .collect()
}

fn items(list: &[Tree]) -> Vec<&Tree> {
    list.iter()
        .filter(|item| !matches!(item, Tree::Leaf(value) if matches!(value.as_ref(), ValueRef::Comment(_))))
        .collect()
}

#[allow(clippy::float_cmp, clippy::cast_precision_loss)] // the same number or not
fn same_value(a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    match (a, b) {
        (ValueRef::Null, ValueRef::Null) => true,
        (ValueRef::Bool(a), ValueRef::Bool(b)) => a == b,
        (ValueRef::Int(a), ValueRef::Int(b)) => a == b,
        (ValueRef::Float(a), ValueRef::Float(b)) => a == b,
        (ValueRef::Int(a), ValueRef::Float(b)) | (ValueRef::Float(b), ValueRef::Int(a)) => a as f64 == b,
        (ValueRef::BigInt(a), ValueRef::BigInt(b)) | (ValueRef::Time(a), ValueRef::Time(b)) => a == b,
        (ValueRef::Str(a), ValueRef::Str(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let value = |text: &str| parse_value(text.as_bytes()).expect("JSON");
        says_the_same(&value(a), &value(b))
    }

    #[test]
    fn values_are_compared_as_values() {
        assert!(same(r#"{"a": [1, "x", null]}"#, r#"{"a":[1.0,"x",null]}"#));
        assert!(!same("1", "\"1\""));
        assert!(!same(r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#));
        assert!(!same("[1]", "[1, 2]"));
    }

    #[test]
    fn a_value_is_one_json_text() {
        for text in ["abc", "", "1 2", "{", "1e400"] {
            assert!(
                parse_value(text.as_bytes()).is_err_and(|failure| failure.kind() == Kind::SetFormat),
                "{text}"
            );
        }
    }
}
