//! A generator as KSOPS reads it: files that are resources, and Secrets that are made of files.

use std::collections::BTreeMap;

use resops::document::{Pair, Tree};
use resops::leaf::Value;

use super::list::{Note, name_of, text};
use super::secret::SecretFrom;
use super::sources::{As, Opened, Source};
use crate::cli::error::Failure;

/// What KSOPS knows, and kustomize puts beside it.
const KNOWN: &[&str] = &["apiVersion", "kind", "metadata", "files", "secretFrom"];
const KNOWN_OF_SECRET: &[&str] = &["metadata", "type", "files", "binaryFiles", "envs"];

/// What is to be made.
pub(super) struct Generator {
    /// Itself, for what is told about it.
    own: Tree,
    files: Vec<Source>,
    secrets: Vec<SecretFrom>,
}

impl Generator {
    /// Reads one. Keys that KSOPS passes over are named in a note.
    ///
    /// # Errors
    ///
    /// Exit 1 for what is no generator: another shape, or no files.
    pub(super) fn read(item: &Tree, notes: &mut Vec<Note>) -> Result<Self, Failure> {
        let files = texts(item, "files")?;
        let secrets = list(item, "secretFrom")?;
        if files.is_none() && secrets.is_none() {
            return Err(Failure::generic("the generator has neither files nor secretFrom")
                .hint("files: [secret.enc.yaml] lists encrypted resources; see sops help krm"));
        }
        unknown(item, KNOWN, "", item, notes);
        let mut all = Vec::new();
        for (at, secret) in secrets.unwrap_or_default().iter().enumerate() {
            let place = format!("secretFrom[{at}]");
            if !matches!(secret, Tree::Map(_)) {
                return Err(Failure::generic(format!("{place} is no map")));
            }
            unknown(secret, KNOWN_OF_SECRET, &format!("{place}."), item, notes);
            all.push(SecretFrom::read(secret).map_err(|failure| failure.after(&place))?);
        }
        let files = files.unwrap_or_default().into_iter();
        let files = files.map(|path| Source { key: String::new(), path, what: As::Resources });
        Ok(Self { own: item.clone(), files: files.collect(), secrets: all })
    }

    /// All files to open, in the order of the listing.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().chain(self.secrets.iter().flat_map(|secret| secret.sources()))
    }

    /// The resources of what was opened, in the order of [`Self::sources`].
    ///
    /// # Errors
    ///
    /// What cannot be in a Secret.
    pub(super) fn resources(
        &self,
        opened: Vec<Opened>,
        notes: &mut Vec<Note>,
    ) -> Result<Vec<Tree>, Box<Note>> {
        let mut resources = Vec::new();
        let mut opened = opened.into_iter();
        for file in opened.by_ref().take(self.files.len()) {
            resources.extend(file.into_resources());
        }
        for secret in &self.secrets {
            let parts = opened.by_ref().take(secret.sources().len());
            resources.push(secret.make(parts, &self.own, notes)?);
        }
        Ok(resources)
    }
}

fn wrong(key: &str, expected: &str) -> Failure {
    Failure::generic(format!("{key} is no {expected}"))
}

/// The items of a list; nothing if there is none.
fn list<'t>(tree: &'t Tree, key: &str) -> Result<Option<Vec<&'t Tree>>, Failure> {
    match tree.get(key) {
        None | Some(Tree::Leaf(Value::Null)) => Ok(None),
        Some(Tree::List(items)) => {
            Ok(Some(items.iter().filter(|item| !matches!(item, Tree::Leaf(Value::Comment(_)))).collect()))
        }
        Some(_) => Err(wrong(key, "list")),
    }
}

/// The texts of a list.
pub(super) fn texts(tree: &Tree, key: &str) -> Result<Option<Vec<String>>, Failure> {
    let Some(items) = list(tree, key)? else { return Ok(None) };
    let text = |item: &&Tree| match item {
        Tree::Leaf(Value::Str(text)) => {
            String::from_utf8(text.clone()).map_err(|_| wrong(key, "list of text"))
        }
        _ => Err(wrong(key, "list of paths")),
    };
    items.iter().map(text).collect::<Result<_, _>>().map(Some)
}

/// A text that may be missing.
pub(super) fn single(tree: &Tree, key: &str) -> Result<String, Failure> {
    match tree.get(key) {
        None | Some(Tree::Leaf(Value::Null)) => Ok(String::new()),
        Some(_) => text(tree, key).map(str::to_owned).ok_or_else(|| wrong(key, "text")),
    }
}

/// A map of texts that may be missing.
pub(super) fn map(tree: &Tree, key: &str) -> Result<BTreeMap<String, String>, Failure> {
    let pairs = match tree.get(key) {
        None | Some(Tree::Leaf(Value::Null)) => return Ok(BTreeMap::new()),
        Some(Tree::Map(pairs)) => pairs,
        Some(_) => return Err(wrong(key, "map")),
    };
    let mut map = BTreeMap::new();
    for pair in pairs {
        let Pair::Entry(name, value) = pair else { continue };
        let name = String::from_utf8_lossy(name).into_owned();
        match value {
            Tree::Leaf(Value::Str(text)) => {
                map.insert(name, String::from_utf8_lossy(text).into_owned());
            }
            Tree::Leaf(Value::Null) => {
                map.insert(name, String::new());
            }
            _ => return Err(wrong(&format!("{key}.{name}"), "text").hint("put it in quotes")),
        }
    }
    Ok(map)
}

/// Names keys that mean nothing: one of them may be misspelt, and then a file is missing.
fn unknown(tree: &Tree, known: &[&str], place: &str, generator: &Tree, notes: &mut Vec<Note>) {
    let Tree::Map(pairs) = tree else { return };
    for pair in pairs {
        let Pair::Entry(key, _) = pair else { continue };
        let key = String::from_utf8_lossy(key);
        if !known.contains(&&*key) {
            let name = name_of(generator);
            let why = format!("{name}: {place}{key} means nothing to a generator and is ignored");
            notes.push(Note::warning(why, generator));
        }
    }
}
