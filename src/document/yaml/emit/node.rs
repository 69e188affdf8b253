//! Trees as sops hands them to go-yaml: nodes with comments (stores §3.3).
//!
//! A run of comments goes to the entry or item below it, the first run to the map or list itself,
//! the last run to the entry or item above. Inline comments go to the next value.

use super::scalar::Scalar;
use crate::document::{Pair, Tree};
use crate::leaf::Value;
use std::slice::Iter;

/// A node as sops hands it to go-yaml.
pub(super) enum Node<'t> {
    Leaf(Scalar<'t>),
    /// `{}` or `[]`.
    Empty([u8; 2]),
    Filled(Rest<'t>),
}

/// What is left of a map or list: next comes an entry or item, or the end.
pub(super) enum Rest<'t> {
    /// With the inline comments for the next value.
    Map(Iter<'t, Pair>, String),
    List(Iter<'t, Tree>),
}

impl<'t> Node<'t> {
    /// The node and the comments that stand within it before the first entry.
    pub(super) fn of(tree: &'t Tree) -> (Self, String) {
        match tree {
            Tree::Leaf(value) => (Self::Leaf(Scalar::value(value.as_ref())), String::new()),
            Tree::Map(pairs) => {
                let mut pairs = pairs.iter();
                let (mut head, inline) = comments_of_map(&mut pairs);
                if pairs.as_slice().is_empty() {
                    append(&mut head, inline);
                    return (Self::Empty(*b"{}"), head);
                }
                (Self::Filled(Rest::Map(pairs, inline)), head)
            }
            Tree::List(items) => {
                let mut items = items.iter();
                let head = comments_of_list(&mut items);
                if items.as_slice().is_empty() {
                    return (Self::Empty(*b"[]"), head);
                }
                (Self::Filled(Rest::List(items)), head)
            }
        }
    }
}

/// Takes the comments up to the next entry: those on lines of their own, and the inline ones.
pub(super) fn comments_of_map(pairs: &mut Iter<'_, Pair>) -> (String, String) {
    let (mut head, mut inline) = (String::new(), String::new());
    while let Some(Pair::Comment { text, inline: is_inline }) = pairs.as_slice().first() {
        append(if *is_inline { &mut inline } else { &mut head }, marked(text));
        pairs.next();
    }
    (head, inline)
}

/// Takes the comments up to the next item.
pub(super) fn comments_of_list(items: &mut Iter<'_, Tree>) -> String {
    let mut head = String::new();
    while let Some(Tree::Leaf(Value::Comment(text))) = items.as_slice().first() {
        append(&mut head, marked(text));
        items.next();
    }
    head
}

fn marked(text: &[u8]) -> String {
    format!("#{}", String::from_utf8_lossy(text))
}

pub(super) fn append(place: &mut String, comment: String) {
    if place.is_empty() {
        *place = comment;
    } else if !comment.is_empty() {
        place.push('\n');
        place.push_str(&comment);
    }
}
