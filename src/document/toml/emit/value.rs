//! One value, on one line or on several.

use super::comment;
use crate::document::Tree;
use crate::document::toml::text::{self, Quote, Unwritable};
use crate::document::tree::{Event, Walk};
use crate::leaf::{Value, ValueRef};

/// Beyond this many bytes the items of a list stand on lines of their own.
const LONG: usize = 80;

/// The quotes of a fresh text.
fn quotes(text: &[u8], may_have_lines: bool) -> Quote {
    let has = |byte: u8| text.contains(&byte);
    if may_have_lines && has(b'\n') && !has(b'\r') {
        Quote::Lines
    } else if (has(b'"') || has(b'\\')) && text::is_comment(text) {
        Quote::Literal
    } else {
        Quote::Basic
    }
}

fn scalar(
    value: ValueRef<'_>,
    newline: &[u8],
    may_have_lines: bool,
    out: &mut Vec<u8>,
) -> Result<(), Unwritable> {
    let quotes = match value {
        ValueRef::Str(text) | ValueRef::Comment(text) => quotes(text, may_have_lines),
        _ => Quote::Basic,
    };
    text::write(value, quotes, newline, out)
}

/// A value that may take several lines. (In a file with CRLF a text does not: its line ends would
/// not be its own.)
pub(in crate::document::toml) fn on_lines(
    value: &Tree,
    newline: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Unwritable> {
    let items = match value {
        Tree::Leaf(value) => return scalar(value.as_ref(), newline, newline == b"\n", out),
        Tree::Map(_) => return in_line(value, out),
        Tree::List(items) => items,
    };
    let comments = items.iter().any(|item| matches!(item, Tree::Leaf(Value::Comment(_))));
    if !comments {
        let start = out.len();
        in_line(value, out)?;
        if out.len() - start <= LONG || items.is_empty() {
            return Ok(());
        }
        out.truncate(start);
    }
    out.push(b'[');
    out.extend_from_slice(newline);
    for item in items {
        out.extend_from_slice(b"    ");
        if let Tree::Leaf(Value::Comment(text)) = item {
            comment(text, newline, out)?;
        } else {
            in_line(item, out)?;
            out.push(b',');
            out.extend_from_slice(newline);
        }
    }
    out.push(b']');
    Ok(())
}

/// A value on one line, without its comments.
pub(in crate::document::toml) fn in_line(value: &Tree, out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let mut open: Vec<(bool, bool)> = Vec::new(); // whether it is a map; whether it is empty so far
    let mut after_key = false;
    for event in Walk::new(value) {
        let in_list = open.last().is_some_and(|(map, _)| !map);
        match event {
            Event::Comment { .. } => continue,
            Event::Leaf(Value::Comment(_)) if in_list => continue,
            Event::Close => {
                match open.pop() {
                    Some((true, false)) => out.extend_from_slice(b" }"),
                    Some((true, true)) => out.push(b'}'),
                    _ => out.push(b']'),
                }
                continue;
            }
            _ => {}
        }
        if !after_key && let Some((map, empty)) = open.last_mut() {
            match (std::mem::replace(empty, false), *map) {
                (true, true) => out.push(b' '),
                (true, false) => {}
                (false, _) => out.extend_from_slice(b", "),
            }
        }
        after_key = false;
        match event {
            Event::Key(key) => {
                text::write_key(key, out)?;
                out.extend_from_slice(b" = ");
                after_key = true;
            }
            Event::OpenMap => {
                out.push(b'{');
                open.push((true, true));
            }
            Event::OpenList => {
                out.push(b'[');
                open.push((false, true));
            }
            Event::Leaf(value) => scalar(value.as_ref(), b"\n", false, out)?,
            Event::Comment { .. } | Event::Close => {}
        }
    }
    Ok(())
}
