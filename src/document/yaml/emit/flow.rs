//! Trees in braces and brackets: on one line without their comments, or with each comment on a
//! line of its own.

use super::node::{Node, Rest};
use super::scalar::{Scalar, write_double_like_go, write_single};
use crate::document::yaml::node::ScalarStyle;
use crate::document::{Pair, Tree};
use crate::leaf::Value;

/// Appends a tree. No recursion: input decides how deep it is.
pub(super) fn write(tree: &Tree, out: &mut Vec<u8>) {
    let mut stack = Vec::new();
    flow_node(Node::of(tree).0, out, &mut stack);
    while let Some((rest, first)) = stack.last_mut() {
        let separator: &[u8] = if std::mem::take(first) { b"" } else { b", " };
        let (value, close) = match rest {
            Rest::Map(pairs, _) => {
                let entry = pairs.find_map(|pair| match pair {
                    Pair::Entry(key, value) => Some((key, value)),
                    Pair::Comment { .. } => None,
                });
                if let Some((key, value)) = entry {
                    out.extend_from_slice(separator);
                    flow_key(key, value, out);
                }
                (entry.map(|(_, value)| value), b'}')
            }
            Rest::List(items) => {
                let item = items.find(|item| !matches!(item, Tree::Leaf(Value::Comment(_))));
                if item.is_some() {
                    out.extend_from_slice(separator);
                }
                (item, b']')
            }
        };
        match value {
            Some(value) => flow_node(Node::of(value).0, out, &mut stack),
            None => {
                out.push(close);
                stack.pop();
            }
        }
    }
}

enum Frame<'t> {
    Map(std::slice::Iter<'t, Pair>),
    List(std::slice::Iter<'t, Tree>),
}

/// Appends a tree with its comments; `start` is a line break and the indentation of the lines.
pub(super) fn write_with_comments(tree: &Tree, start: &str, out: &mut Vec<u8>) {
    let mut stack: Vec<(Frame<'_>, bool)> = Vec::new();
    open(tree, out, &mut stack);
    while let Some((frame, comma)) = stack.last_mut() {
        let (key, value, close) = match frame {
            Frame::Map(pairs) => match pairs.next() {
                Some(Pair::Entry(key, value)) => (Some(key), Some(Ok(value)), b'}'),
                Some(Pair::Comment { text, .. }) => (None, Some(Err(text)), b'}'),
                None => (None, None, b'}'),
            },
            Frame::List(items) => match items.next() {
                Some(Tree::Leaf(Value::Comment(text))) => (None, Some(Err(text)), b']'),
                item => (None, item.map(Ok), b']'),
            },
        };
        match value {
            None => {
                out.push(close);
                stack.pop();
            }
            Some(Err(comment)) => {
                if std::mem::take(comma) {
                    out.push(b',');
                }
                out.extend_from_slice(start.as_bytes());
                out.push(b'#');
                out.extend_from_slice(comment);
                out.extend_from_slice(start.as_bytes());
            }
            Some(Ok(value)) => {
                if std::mem::replace(comma, true) {
                    out.extend_from_slice(b", ");
                }
                if let Some(key) = key {
                    flow_key(key, value, out);
                }
                open(value, out, &mut stack);
            }
        }
    }
}

fn open<'t>(tree: &'t Tree, out: &mut Vec<u8>, stack: &mut Vec<(Frame<'t>, bool)>) {
    match tree {
        Tree::Leaf(value) => flow_scalar(Scalar::value(value.as_ref()), out),
        Tree::Map(pairs) => {
            out.push(b'{');
            stack.push((Frame::Map(pairs.iter()), false));
        }
        Tree::List(items) => {
            out.push(b'[');
            stack.push((Frame::List(items.iter()), false));
        }
    }
}

fn flow_key(key: &[u8], value: &Tree, out: &mut Vec<u8>) {
    let scalar = Scalar::key(key, value);
    let simple = scalar.is_simple_key();
    if !simple {
        out.extend_from_slice(b"? ");
    }
    flow_scalar(scalar, out);
    out.extend_from_slice(if simple { b": " } else { b" : " });
}

fn flow_node<'t>(node: Node<'t>, out: &mut Vec<u8>, stack: &mut Vec<(Rest<'t>, bool)>) {
    match node {
        Node::Leaf(scalar) => flow_scalar(scalar, out),
        Node::Empty(brackets) => out.extend_from_slice(&brackets),
        Node::Filled(rest) => {
            out.push(if matches!(rest, Rest::Map(..)) { b'{' } else { b'[' });
            stack.push((rest, true));
        }
    }
}

fn flow_scalar(scalar: Scalar<'_>, out: &mut Vec<u8>) {
    let scalar = scalar.on_one_line();
    if !scalar.tag.is_empty() {
        out.extend_from_slice(scalar.tag.as_bytes());
        out.push(b' ');
    }
    match scalar.style {
        ScalarStyle::Plain => out.extend_from_slice(scalar.text.as_bytes()),
        ScalarStyle::SingleQuoted => write_single(&scalar.text, 0, out),
        _ => write_double_like_go(&scalar.text, out),
    }
}
