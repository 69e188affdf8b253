//! Manifests of Kubernetes Secrets as files of this machine, which only their owner may read.
//!
//! What is written over is a Secret's manifest already: an encrypted file, or anything else that a rule
//! leads to by mistake, is left as it is.

use std::path::Path;

use resops::destinations::{Change, Content, Destination, DestinationError, Difference, Standing};
use resops::document::{Document, Format, Pair, Tree};
use resops::leaf::Value;
use resops::policy;
use zeroize::Zeroizing;

use crate::cli::error::reason;
use crate::cli::files::{self, NewFile, WriteError};

/// The files that a rule names.
pub(super) struct Manifests(pub(super) policy::Destination);

impl Destination for Manifests {
    fn compare(&self, name: &str, content: &Content) -> Result<Standing, DestinationError> {
        let path = self.0.name_of(name)?;
        let here = read(content.bytes().to_vec()).unwrap_or_default();
        let there = match std::fs::read(&path) {
            Ok(there) => there,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Standing::Absent(differences(&[], &here)));
            }
            Err(error) => return Err(failed("read", &path, &error)),
        };
        if there == content.bytes() {
            return Ok(Standing::Same);
        }
        let there = read(there).ok_or_else(|| {
            DestinationError::Service(format!(
                "{path} is there and is no manifest of a Secret; it is left as it is: remove it, or name another kubernetes_secret_file"
            ))
        })?;
        Ok(Standing::Differs(differences(&there, &here)))
    }

    fn put(&self, name: &str, content: &Content) -> Result<(), DestinationError> {
        let path = self.0.name_of(name)?;
        if let Some(folder) = Path::new(&path).parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed("mkdir", &path, &error))?;
        }
        files::write(Path::new(&path), content.bytes(), NewFile::Private).map_err(|error| {
            let (WriteError::Open(why) | WriteError::Write(why)) = error;
            DestinationError::Service(why)
        })
    }
}

fn failed(what: &str, path: &str, error: &std::io::Error) -> DestinationError {
    DestinationError::Service(format!("{what} {path}: {}", reason(error)))
}

/// A key with the text that stands there.
type Entry = (String, Option<Zeroizing<Vec<u8>>>);

fn text(tree: &Tree) -> Option<Zeroizing<Vec<u8>>> {
    match tree {
        Tree::Leaf(Value::Str(text)) => Some(Zeroizing::new(text.to_vec())),
        _ => None,
    }
}

/// The data of a Secret's manifest; nothing if it is none. An empty file has no data to lose.
fn read(manifest: Vec<u8>) -> Option<Vec<Entry>> {
    if manifest.is_empty() {
        return Some(Vec::new());
    }
    let document = Document::parse(manifest, Format::Yaml).ok()?;
    let mut trees = document.trees(&mut |leaf| document.value(leaf).to_owned());
    let tree = trees.pop().filter(|_| trees.is_empty())?;
    let is_secret = text(tree.get("kind")?).is_some_and(|kind| *kind == *b"Secret");
    if !is_secret || tree.get("sops").is_some() {
        return None;
    }
    let pairs = ["data", "stringData"].into_iter().filter_map(|field| match tree.get(field) {
        Some(Tree::Map(pairs)) => Some(pairs.clone()),
        _ => None,
    });
    let entry = |pair: Pair| match pair {
        Pair::Entry(key, value) => Some((String::from_utf8_lossy(&key).into_owned(), text(&value))),
        Pair::Comment { .. } => None,
    };
    Some(pairs.flatten().filter_map(entry).collect())
}

/// The keys at which two Secrets differ.
fn differences(there: &[Entry], here: &[Entry]) -> Vec<Difference> {
    let of = |data: &[Entry], wanted: &str| data.iter().position(|(key, _)| key == wanted);
    let changed = here.iter().filter_map(|(key, value)| match of(there, key) {
        None => Some((Change::Added, key)),
        Some(at) if there[at].1 != *value => Some((Change::Changed, key)),
        Some(_) => None,
    });
    let gone = there.iter().filter(|(key, _)| of(here, key).is_none()).map(|(key, _)| (Change::Removed, key));
    let shown = |(change, key): (Change, &String)| Difference { change, key: key.escape_debug().to_string() };
    let mut all: Vec<_> = changed.chain(gone).map(shown).collect();
    all.sort_by(|one, other| one.key.cmp(&other.key));
    all
}
