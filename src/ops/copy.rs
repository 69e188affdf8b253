//! The values of an encrypted file, in a copy of it that others have put in another order.
//!
//! kustomize sorts the keys of what it hands on, and adds to it. The MAC covers the order, so it can be
//! checked on the file alone; in the copy each value is then known by its ciphertext and its path.

use std::collections::HashMap;

use super::open::{MacVerified, OpenFile};
use crate::crypto::token;
use crate::document::{Document, Event, Tree, TreeBuilder, Walk};
use crate::leaf::{Step, Value, ValueRef};

/// A value of the copy is ciphertext that the file has not at this path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} is ciphertext that the file does not have there")]
pub struct CopyError {
    /// Its keys.
    pub path: String,
}

impl OpenFile {
    /// A copy of this file, decrypted. It may have other order, and values beside those of the file.
    ///
    /// # Errors
    ///
    /// [`CopyError`] if some of its ciphertext is not the file's.
    pub fn open_copy(&self, copy: &Tree, _proof: &MacVerified) -> Result<Tree, CopyError> {
        let known = self.known();
        let mut out = TreeBuilder::default();
        let mut path = Keys::default();
        for event in Walk::new(copy) {
            path.follow(&event);
            match event {
                Event::Leaf(Value::Str(text)) if token::type_of(text).is_some() => {
                    let value = known.get(&(path.joined(), text.as_slice())).cloned();
                    out.leaf(value.ok_or_else(|| CopyError { path: path.shown() })?);
                }
                event => out.event(event),
            }
        }
        Ok(out.finish())
    }

    /// Every value that was ciphertext, by its keys and its token. Positions in lists are no part of
    /// what authenticates a value.
    fn known(&self) -> HashMap<(Vec<u8>, &[u8]), Value> {
        let document: &Document = &self.document;
        let values = self.reading.opened.iter().enumerate().filter_map(|(leaf, opened)| {
            let (opened, ValueRef::Str(token)) = (opened.as_ref()?, document.value(leaf)) else {
                return None;
            };
            let mut keys = Vec::new();
            for step in document.paths().steps(document.leaves()[leaf].path) {
                if let Step::Key(key) = step {
                    join(&mut keys, key);
                }
            }
            Some(((keys, token), opened.value.clone()))
        });
        values.collect()
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
