//! The nested view of a document: what conversion, `--extract`, `set` and the metadata block
//! work on. It knows values and order, not spelling.

use crate::leaf::Value;

/// A value with all that is below it.
#[derive(Clone, Debug)]
pub enum Tree {
    /// A map, in order; keys may repeat (JSON allows it).
    Map(Vec<Pair>),
    /// A list. A comment among the items is a `Leaf(Value::Comment)`.
    List(Vec<Tree>),
    /// Anything else.
    Leaf(Value),
}

/// One entry of a [`Tree::Map`].
#[derive(Clone, Debug)]
pub enum Pair {
    /// A key and its value.
    Entry(Vec<u8>, Tree),
    /// A comment line between entries, without its marker.
    Comment {
        /// The text after the marker.
        text: Vec<u8>,
        /// Whether it stood behind a value, on the same line as the entry that follows here.
        inline: bool,
    },
}

impl Tree {
    /// The value under `key`, if this is a map that has it; the first one if it has several.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs.iter().find_map(|pair| match pair {
                Pair::Entry(k, v) if k == key.as_bytes() => Some(v),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Text as a leaf.
    #[must_use]
    pub fn str(text: impl Into<Vec<u8>>) -> Self {
        Self::Leaf(Value::Str(text.into()))
    }
}

/// The nested view of every part of `doc`, each leaf with the value that `value` gives for it.
pub(super) fn build(_doc: &super::Document, _value: &mut dyn FnMut(usize) -> Value) -> Vec<Tree> {
    todo!()
}
