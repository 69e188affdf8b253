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

/// A document of the file: its texts at some keys, as they stand there, and every value that was ciphertext, by
/// its keys and its token. Positions in lists are no part of what authenticates a value.
struct Original<'f> {
    fixed: Vec<Option<&'f [u8]>>,
    known: HashMap<(Vec<u8>, &'f [u8]), &'f Value>,
}

impl OpenFile {
    /// A copy of one document of this file, decrypted. It may have other order, and values beside those of the
    /// document, but its texts at the keys `fixed`, at the top, are the document's own.
    ///
    /// # Errors
    ///
    /// [`CopyError`] if no document has these, and if some of its ciphertext is not the document's.
    pub fn open_copy(&self, copy: &Tree, fixed: &[&str], _proof: &MacVerified) -> Result<Tree, CopyError> {
        let mut why = None;
        for original in self.originals(fixed).values() {
            let other = fixed.iter().zip(&original.fixed).find(|(key, text)| match (copy.get(key), text) {
                (None, None) => false,
                (Some(Tree::Leaf(Value::Str(copied))), Some(text)) => copied != text,
                _ => true,
            });
            match (other, &why) {
                (None, _) => match original.open(copy) {
                    Ok(tree) => return Ok(tree),
                    Err(error) => why = Some(error),
                },
                (Some((key, _)), None) => why = Some(CopyError::Other { key: (*key).to_owned() }),
                (Some(_), Some(_)) => {}
            }
        }
        Err(why.unwrap_or_else(|| CopyError::Other {
            key: fixed.first().copied().unwrap_or_default().to_owned(),
        }))
    }

    /// The documents of the file.
    fn originals(&self, fixed: &[&str]) -> BTreeMap<u32, Original<'_>> {
        let document: &Document = &self.document;
        let mut originals = BTreeMap::new();
        for (leaf, opened) in self.reading.opened.iter().enumerate() {
            let place = &document.leaves()[leaf];
            let original = originals
                .entry(place.part)
                .or_insert_with(|| Original { fixed: vec![None; fixed.len()], known: HashMap::new() });
            let steps = document.paths().steps(place.path);
            let ValueRef::Str(text) = document.value(leaf) else { continue };
            if let [Step::Key(key)] = steps[..]
                && let Some(at) = fixed.iter().position(|fixed| fixed.as_bytes() == key)
            {
                original.fixed[at] = Some(text);
            }
            let Some(opened) = opened else { continue };
            let mut keys = Vec::new();
            for step in steps {
                if let Step::Key(key) = step {
                    join(&mut keys, key);
                }
            }
            original.known.insert((keys, text), &opened.value);
        }
        originals
    }
}

impl Original<'_> {
    fn open(&self, copy: &Tree) -> Result<Tree, CopyError> {
        let mut out = TreeBuilder::default();
        let mut path = Keys::default();
        for event in Walk::new(copy) {
            path.follow(&event);
            match event {
                Event::Leaf(Value::Str(text)) if token::type_of(text).is_some() => {
                    let value = self.known.get(&(path.joined(), text.as_slice()));
                    out.leaf(
                        value.copied().ok_or_else(|| CopyError::Foreign { path: path.shown() })?.clone(),
                    );
                }
                event => out.event(event),
            }
        }
        Ok(out.finish())
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
