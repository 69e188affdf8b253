//! The nested view of a document: what conversion, `--extract`, `set` and the metadata block
//! work on. It knows values and order, not spelling.
//!
//! Trees may be thousands of levels deep, so nothing here recurses, not even to free or to
//! copy one: what reads a tree goes through [`Walk`], what makes one through [`Builder`].

mod walk;

pub(crate) use walk::{Builder, Event, Walk, same};

use super::{Document, EmitError, Item};
use crate::leaf::{Step, Value};

/// A value with all that is below it.
#[derive(Debug)]
pub enum Tree {
    /// A map, in order; keys may repeat (JSON allows it).
    Map(Vec<Pair>),
    /// A list. A comment among the items is a `Leaf(Value::Comment)`.
    List(Vec<Tree>),
    /// Anything else.
    Leaf(Value),
}

/// One entry of a [`Tree::Map`].
#[derive(Clone)]
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

/// Shows the key only: a comment is as secret as a value.
impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entry(key, value) => f.debug_tuple(&String::from_utf8_lossy(key)).field(value).finish(),
            Self::Comment { .. } => f.write_str("Comment"),
        }
    }
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

    /// How many maps and lists are within each other.
    pub(crate) fn depth(&self) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        for event in Walk::new(self) {
            match event {
                Event::OpenMap | Event::OpenList => depth += 1,
                Event::Close => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// A copy without comments.
    #[must_use]
    pub fn values_only(&self) -> Self {
        let mut copy = Builder::default();
        for event in Walk::new(self) {
            if !matches!(event, Event::Comment { .. } | Event::Leaf(Value::Comment(_))) {
                copy.event(event);
            }
        }
        copy.finish()
    }

    /// The value as JSON on one line, a map too, without comments.
    ///
    /// # Errors
    ///
    /// [`EmitError`] for an infinity, for what is no number, and for nesting deeper than Go's JSON goes.
    pub fn to_json(&self) -> Result<Vec<u8>, EmitError> {
        super::json::emit_compact(&self.values_only())
    }

    /// Moves every map and list right below this one, unless empty, to the end of `out`.
    fn take_collections(&mut self, out: &mut Vec<Self>) {
        let mut take = |tree: &mut Self| {
            let empty = match tree {
                Self::Map(pairs) => pairs.is_empty(),
                Self::List(items) => items.is_empty(),
                Self::Leaf(_) => true,
            };
            if !empty {
                out.push(std::mem::replace(tree, Self::List(Vec::new())));
            }
        };
        match self {
            Self::Map(pairs) => {
                for pair in pairs {
                    if let Pair::Entry(_, tree) = pair {
                        take(tree);
                    }
                }
            }
            Self::List(items) => items.iter_mut().for_each(take),
            Self::Leaf(_) => {}
        }
    }
}

/// Level by level, so that depth does not become depth of the stack.
impl Drop for Tree {
    fn drop(&mut self) {
        let mut waiting = Vec::new();
        self.take_collections(&mut waiting);
        while let Some(mut tree) = waiting.pop() {
            tree.take_collections(&mut waiting);
        }
    }
}

impl Clone for Tree {
    fn clone(&self) -> Self {
        let mut copy = Builder::default();
        for event in Walk::new(self) {
            copy.event(event);
        }
        copy.finish()
    }
}

/// The nested view of every part of `doc`, each leaf with the value that `value` gives for it.
pub(super) fn build(doc: &Document, value: &mut dyn FnMut(usize) -> Value) -> Vec<Tree> {
    let mut parts = Vec::new();
    let mut part = Builder::default();
    for item in &doc.outline {
        if matches!(*item, Item::Leaf(leaf) if !doc.counts(leaf)) {
            continue;
        }
        let path = match *item {
            Item::OpenMap(path) | Item::OpenList(path) => Some(path),
            Item::Leaf(leaf) => Some(doc.leaves[leaf].path).filter(|_| !doc.leaves[leaf].is_comment()),
            Item::Close => None,
        };
        if let Some(Step::Key(key)) = path.and_then(|path| doc.paths.last(path)) {
            part.key(key.to_vec());
        }
        match *item {
            Item::OpenMap(_) => part.open_map(),
            Item::OpenList(_) => part.open_list(),
            Item::Close => part.close(),
            Item::Leaf(leaf) if doc.leaves[leaf].is_comment() => match value(leaf) {
                Value::Comment(text) | Value::Str(text) => part.comment(text, false),
                other => part.leaf(other),
            },
            Item::Leaf(leaf) => part.leaf(value(leaf)),
        }
        if *item == Item::Close && part.is_closed() {
            parts.push(std::mem::take(&mut part).finish());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Tree {
        let mut tree = Builder::default();
        for level in 0..levels {
            if level % 2 == 0 {
                tree.open_map();
                tree.key(b"k".to_vec());
            } else {
                tree.open_list();
            }
        }
        tree.leaf(Value::Null);
        tree.finish()
    }

    /// Two parts: `{a: [x, #c], #d, b: {}}` and `{}`.
    #[test]
    fn the_walk_becomes_a_tree_per_part() {
        use crate::document::{Engine, Leaf, Scalar, Text};
        use crate::leaf::{PathId, Paths, Span};
        let mut paths = Paths::default();
        let [a, b] = [b"a", b"b"].map(|key| paths.key(PathId::ROOT, key));
        let x = paths.index(a, 0);
        let text = || Text::Source(Span::new(0, 1));
        let leaf = |path, scalar| Leaf { path, span: Span::new(0, 1), part: 0, scalar };
        let leaves = vec![
            leaf(x, Scalar::Str(text())),
            leaf(a, Scalar::Comment(text())),
            leaf(PathId::ROOT, Scalar::Comment(text())),
        ];
        let root = Item::OpenMap(PathId::ROOT);
        let outline = [
            &[root, Item::OpenList(a), Item::Leaf(0), Item::Leaf(1), Item::Close][..],
            &[Item::Leaf(2), Item::OpenMap(b), Item::Close, Item::Close, root, Item::Close],
        ]
        .concat();
        let doc = Document {
            source: b"s".to_vec(),
            paths,
            leaves,
            outline,
            metadata: None,
            engine: Engine::Binary,
        };
        let trees = build(&doc, &mut |leaf| doc.value(leaf).to_owned());
        let comment = || Value::Comment(b"s".to_vec());
        let expected = Tree::Map(vec![
            Pair::Entry(b"a".to_vec(), Tree::List(vec![Tree::str("s"), Tree::Leaf(comment())])),
            Pair::Comment { text: b"s".to_vec(), inline: false },
            Pair::Entry(b"b".to_vec(), Tree::Map(vec![])),
        ]);
        assert_eq!(trees.len(), 2);
        assert!(same(&trees[0], &expected));
        assert!(same(&trees[1], &Tree::Map(vec![])));
    }

    #[test]
    fn depth_is_no_danger() {
        let tree = nested(200_000);
        assert_eq!(tree.depth(), 200_000);
        let copy = tree.clone();
        assert!(same(&tree, &copy));
        assert!(!same(&tree, &nested(199_999)));
    }

    #[test]
    fn a_copy_is_the_same() {
        let tree = Tree::Map(vec![
            Pair::Comment { text: b" c".to_vec(), inline: true },
            Pair::Entry(b"a".to_vec(), Tree::List(vec![Tree::Leaf(Value::Comment(b"x".to_vec()))])),
            Pair::Entry(b"a".to_vec(), Tree::Map(vec![])),
            Pair::Entry(b"b".to_vec(), Tree::Leaf(Value::Int(1))),
        ]);
        let copy = tree.clone();
        assert!(same(&tree, &copy));
        assert_eq!(format!("{tree:?}"), format!("{copy:?}"));
        assert!(matches!(copy.get("b"), Some(Tree::Leaf(Value::Int(1)))));
        assert!(!same(&tree, copy.get("b").unwrap()));
    }

    #[test] // sops compares Go values: 1 and 1.0 differ, NaN differs from itself
    fn values_are_compared_with_their_type() {
        let leaf = Tree::Leaf;
        assert!(same(&leaf(Value::Float(0.0)), &leaf(Value::Float(-0.0))));
        assert!(!same(&leaf(Value::Float(1.0)), &leaf(Value::Int(1))));
        assert!(!same(&leaf(Value::Float(f64::NAN)), &leaf(Value::Float(f64::NAN))));
        assert!(!same(&Tree::str("1"), &leaf(Value::Int(1))));
    }
}
