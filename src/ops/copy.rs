//! The values of an encrypted file, in a copy of it that others have put in another order.
//!
//! kustomize sorts the keys of what it hands on, and adds to it. The MAC covers the order, so it can be
//! checked on the file alone; in the copy each value is then known by its ciphertext and its path. All of them are
//! those of one document: what was encrypted for a Secret is not opened as a value of something else.

use std::collections::{BTreeMap, HashMap};

use super::open::{MacVerified, OpenFile};
use crate::crypto::token;
use crate::document::{Document, Event, Tree, TreeBuilder, Walk};
use crate::leaf::{Step, Value, ValueRef};

/// Why a tree is no copy of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// No document of the file has what the copy has at a key that no copy changes.
    #[error("it is no copy of anything in the file: the {key} is another")]
    Other {
        /// The key.
        key: String,
    },
    /// A value of the copy is ciphertext that the document has not at this path.
    #[error("{path} is ciphertext that the file does not have there")]
    Foreign {
        /// Its keys.
        path: String,
    },
}

/// What copies of a file's documents are opened with.
pub struct Originals {
    /// Of each document, its texts at the keys that no copy changes.
    fixed: BTreeMap<u32, Vec<Option<Vec<u8>>>>,
    /// Every value that was ciphertext, by its keys and its token. Positions in lists are no part of what
    /// authenticates a value.
    known: HashMap<(Vec<u8>, Vec<u8>), Known>,
    keys: Vec<String>,
}

/// A value, and the documents that have it.
struct Known {
    value: Value,
    documents: Vec<u32>,
}

impl OpenFile {
    /// The documents of this file, to open copies of them. At the keys `fixed`, at the top, a copy has the text
    /// that its document has.
    #[must_use]
    pub fn originals(&self, fixed: &[&str], _proof: &MacVerified) -> Originals {
        let document: &Document = &self.document;
        let keys = fixed.iter().map(|key| (*key).to_owned()).collect();
        let mut originals = Originals { fixed: BTreeMap::new(), known: HashMap::new(), keys };
        for (leaf, opened) in self.reading.opened.iter().enumerate() {
            let place = &document.leaves()[leaf];
            let texts = originals.fixed.entry(place.part).or_insert_with(|| vec![None; fixed.len()]);
            let ValueRef::Str(text) = document.value(leaf) else { continue };
            let steps = document.paths().steps(place.path);
            if let [Step::Key(key)] = steps[..]
                && let Some(at) = fixed.iter().position(|fixed| fixed.as_bytes() == key)
            {
                texts[at] = Some(text.to_vec());
            }
            let Some(opened) = opened else { continue };
            let mut keys = Vec::new();
            for step in steps {
                if let Step::Key(key) = step {
                    join(&mut keys, key);
                }
            }
            let known = originals.known.entry((keys, text.to_vec()));
            let known = known.or_insert_with(|| Known { value: opened.value.clone(), documents: Vec::new() });
            known.documents.push(place.part);
        }
        originals
    }
}

impl Originals {
    /// A copy of one document, decrypted. It may have other order, and values beside those of the document.
    ///
    /// # Errors
    ///
    /// [`CopyError`] if no document has all of its ciphertext, and if that one has other texts at the keys that no
    /// copy changes.
    pub fn open(&self, copy: &Tree) -> Result<Tree, CopyError> {
        let mut out = TreeBuilder::default();
        let mut path = Keys::default();
        // Those that have all ciphertext so far.
        let mut documents: Option<Vec<u32>> = None;
        for event in Walk::new(copy) {
            path.follow(&event);
            match event {
                Event::Leaf(Value::Str(text)) if token::type_of(text).is_some() => {
                    let foreign = || CopyError::Foreign { path: path.shown() };
                    let known = self.known.get(&(path.joined(), text.clone())).ok_or_else(foreign)?;
                    let mut both = documents.unwrap_or_else(|| known.documents.clone());
                    both.retain(|document| known.documents.contains(document));
                    if both.is_empty() {
                        return Err(foreign());
                    }
                    documents = Some(both);
                    out.leaf(known.value.clone());
                }
                event => out.event(event),
            }
        }
        let mut documents = documents.unwrap_or_else(|| self.fixed.keys().copied().collect()).into_iter();
        let first = documents.next().and_then(|document| self.changed(document, copy));
        match first {
            Some(key) if !documents.any(|document| self.changed(document, copy).is_none()) => {
                Err(CopyError::Other { key: key.to_owned() })
            }
            _ => Ok(out.finish()),
        }
    }

    /// The first key at which a copy has another text than a document, although no copy changes it.
    fn changed(&self, document: u32, copy: &Tree) -> Option<&str> {
        let texts = self.fixed.get(&document)?;
        let is_other = |(key, text): &(&String, &Option<Vec<u8>>)| match (copy.get(key), text) {
            (None, None) => false,
            (Some(Tree::Leaf(Value::Str(copied))), Some(text)) => copied != text,
            _ => true,
        };
        self.keys.iter().zip(texts).find(is_other).map(|(key, _)| key.as_str())
    }
}

fn join(keys: &mut Vec<u8>, key: &[u8]) {
    keys.extend_from_slice(&key.len().to_le_bytes());
    keys.extend_from_slice(key);
}

/// The keys on the way to where a walk is; nothing for a position in a list.
#[derive(Default)]
struct Keys<'t> {
    open: Vec<Option<&'t [u8]>>,
    next: Option<&'t [u8]>,
}

impl<'t> Keys<'t> {
    fn follow(&mut self, event: &Event<'t>) {
        match event {
            Event::Key(key) => self.next = Some(key),
            Event::OpenMap | Event::OpenList => {
                let key = self.next.take();
                self.open.push(key);
            }
            Event::Close => {
                self.open.pop();
                self.next = None;
            }
            Event::Leaf(_) | Event::Comment { .. } => {}
        }
    }

    fn joined(&self) -> Vec<u8> {
        let mut keys = Vec::new();
        self.open.iter().chain([&self.next]).flatten().for_each(|key| join(&mut keys, key));
        keys
    }

    fn shown(&self) -> String {
        let keys = self.open.iter().chain([&self.next]).flatten();
        keys.map(|key| String::from_utf8_lossy(key)).collect::<Vec<_>>().join(".")
    }
}
