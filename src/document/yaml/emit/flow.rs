//! Trees on one line, in braces and brackets. Comments have no place there.

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
