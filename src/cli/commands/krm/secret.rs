//! A Secret that is made of files, as `secretFrom` of a generator says.

use std::collections::BTreeMap;
use std::path::Path;

use resops::document::Tree;
use resops::ops::kubernetes::{self, EnvFile, Secret};
use zeroize::Zeroizing;

use super::generator::{map, single, texts};
use super::list::Note;
use super::sources::{As, Opened, Source};
use crate::cli::error::Failure;
use crate::cli::ui::go_quote;

/// A Secret to be made.
pub(super) struct SecretFrom {
    name: String,
    namespace: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    kind: String,
    sources: Vec<Source>,
}

impl SecretFrom {
    /// Reads an item of `secretFrom`.
    ///
    /// # Errors
    ///
    /// Exit 1 for another shape, and for keys that Kubernetes refuses.
    pub(super) fn read(secret: &Tree) -> Result<Self, Failure> {
        let nothing = Tree::Map(Vec::new());
        let metadata = secret.get("metadata").unwrap_or(&nothing);
        let mut sources = Vec::new();
        for (list, what) in [("files", As::Text), ("binaryFiles", As::Bytes)] {
            for entry in texts(secret, list)?.unwrap_or_default() {
                let (key, path) = key_and_path(&entry)?;
                if !kubernetes::is_key(&key) {
                    let shown = go_quote(&key);
                    return Err(Failure::generic(format!("{list}: {shown} is no key of a Secret"))
                        .hint("put a key in front of the path: KEY=PATH"));
                }
                sources.push(Source { key, path, what });
            }
        }
        let envs = texts(secret, "envs")?.unwrap_or_default().into_iter();
        sources.extend(envs.map(|path| Source { key: String::new(), path, what: As::Variables }));
        Ok(Self {
            name: single(metadata, "name")?,
            namespace: single(metadata, "namespace")?,
            labels: map(metadata, "labels")?,
            annotations: map(metadata, "annotations")?,
            kind: single(secret, "type")?,
            sources,
        })
    }

    /// The files that it is made of.
    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The Secret, of its files in their order. A key that is given twice is that of the last file, but
    /// variables count more than files, as for KSOPS.
    ///
    /// # Errors
    ///
    /// What cannot be in a Secret.
    pub(super) fn make(
        &self,
        parts: impl Iterator<Item = Opened>,
        generator: &Tree,
        notes: &mut Vec<Note>,
    ) -> Result<Tree, Box<Note>> {
        let mut secret = Secret {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
            kind: self.kind.clone(),
            ..Secret::default()
        };
        let mut warn = |why: String| notes.push(Note::warning(why, generator));
        for (part, source) in parts.zip(&self.sources) {
            let added = add(&mut secret, part, source, &mut warn);
            let twice =
                added.map_err(|why| Box::new(Note::about(&why, Some(&source.path), Some(generator))))?;
            for key in twice {
                warn(format!("{key} of the Secret {} is given twice; the last one counts", self.name));
            }
        }
        if self.sources.is_empty() {
            warn(format!("the Secret {} lists no files, binaryFiles or envs; it is empty", self.name));
        }
        if secret.size() > kubernetes::MAX_DATA {
            let why =
                format!("the Secret {} would be larger than 1 MiB, and Kubernetes takes none", self.name);
            return Err(Box::new(Note::about(&Failure::generic(why), None, Some(generator))));
        }
        Ok(secret.manifest())
    }
}

/// Adds what a file gives. Tells the keys that were there.
fn add(
    secret: &mut Secret,
    part: Opened,
    source: &Source,
    warn: &mut impl FnMut(String),
) -> Result<Vec<String>, Failure> {
    let no_text = || Failure::generic("the plaintext is no text");
    let mut twice = Vec::new();
    match source.what {
        As::Text => {
            let text = String::from_utf8(part.bytes.to_vec())
                .map_err(|_| no_text().hint("list it below binaryFiles: instead of files:"))?;
            twice.extend(add_text(secret, source.key.clone(), Zeroizing::new(text)));
        }
        As::Bytes => {
            if secret.data.insert(source.key.clone(), part.bytes).is_some() {
                twice.push(source.key.clone());
            }
        }
        As::Variables => {
            let text = std::str::from_utf8(&part.bytes).map_err(|_| no_text())?;
            let file = EnvFile::parse(text).map_err(|error| Failure::generic(error.to_string()))?;
            let path = &source.path;
            for name in &file.emptied {
                warn(format!(
                    "{path}: in {name} a $NAME that the file does not have became nothing, as it does for KSOPS; single quotes or \\$ keep it"
                ));
            }
            for (key, text) in file.variables {
                if !kubernetes::is_key(&key) {
                    return Err(Failure::generic(format!("{key} is no key of a Secret")));
                }
                twice.extend(add_text(secret, key, text));
            }
        }
        // Resources are none of a Secret's files.
        As::Resources => {}
    }
    Ok(twice)
}

/// Adds a text, as base64 if kustomize cannot print it. Tells the key if it was there.
fn add_text(secret: &mut Secret, key: String, text: Zeroizing<String>) -> Option<String> {
    let was_there = if kubernetes::is_printable(&text) {
        secret.texts.insert(key.clone(), text).is_some()
    } else {
        secret.data.insert(key.clone(), Zeroizing::new(text.as_bytes().to_vec())).is_some()
    };
    was_there.then_some(key)
}

/// `KEY=PATH`, or a path whose last part is the key.
fn key_and_path(entry: &str) -> Result<(String, String), Failure> {
    let mut parts = entry.split('=');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(path), None, None) => {
            let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
            Ok((name, path.to_owned()))
        }
        (Some(key), Some(path), None) => Ok((key.to_owned(), path.to_owned())),
        _ => {
            let shown = go_quote(entry);
            Err(Failure::generic(format!("{shown} is neither PATH nor KEY=PATH: it has several =")))
        }
    }
}
