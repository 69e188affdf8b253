//! Writing YAML as `go.yaml.in/yaml/v3` writes it for sops (stores §3): one scalar into a place
//! of an existing file, or a whole tree afresh.
//!
//! `shape` says which styles a text allows, `scalar` picks one and writes it. `node` gives the
//! comments of a tree to its entries, `tree` writes them as block lines with what `pen` knows of
//! the current line, `flow` writes a tree in brackets. Nothing here reads YAML or chooses what is encrypted.
//!
//! # Compatibility
//!
//! For what sops writes correctly the output is the same to the byte. It differs, each in one
//! place, where sops' output misleads a reader or loses something: text that other readers would
//! not take for a string is quoted (`shape::needs_quotes`), a text that no literal block gives back is quoted
//! (`scalar::choose`), indentation indicators are right (`literal_digit`), and no comment is
//! dropped (`tree`).

mod flow;
mod node;
mod pen;
mod scalar;
mod shape;
mod tree;

pub use shape::needs_quotes;

use self::scalar::{
    Scalar, literal_holds, literal_indicator, write_double, write_double_like_go, write_literal_head,
    write_literal_lines, write_single,
};
use self::shape::{Shape, is_break, is_printable};
use super::node::ScalarStyle;
use super::scan::MAX_DEPTH;
use crate::document::{EmitError, Pair, Tree};
use crate::leaf::{Value, ValueRef};

/// The place that a scalar is written into.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    /// Inside brackets or braces.
    pub flow: bool,
    /// Column of the lines of a block scalar written here.
    pub block_column: usize,
    /// Column that a block scalar's indentation indicator counts from: that of the enclosing
    /// map's keys or list's dashes, 0 at the top.
    pub parent_column: usize,
    /// The file's line ending.
    pub newline: &'a str,
}

/// Appends `value` in the style that go-yaml's encoder would choose for it (stores §3.2).
///
/// A literal block ends without the line break that follows it in the file: that one is the
/// last break of the text. A comment is written with its `#`.
pub fn scalar(value: ValueRef<'_>, spot: &Spot<'_>, out: &mut Vec<u8>) {
    if let ValueRef::Comment(text) = value {
        out.push(b'#');
        out.extend_from_slice(text);
        return;
    }
    let mut scalar = Scalar::value(value);
    if spot.flow {
        scalar = scalar.on_one_line();
    }
    if !scalar.tag.is_empty() {
        out.extend_from_slice(scalar.tag.as_bytes());
        out.push(b' ');
    }
    let text = &*scalar.text;
    match scalar.style {
        ScalarStyle::Plain => out.extend_from_slice(text.as_bytes()),
        ScalarStyle::SingleQuoted => write_single(text, spot.block_column, out),
        ScalarStyle::DoubleQuoted => write_double_like_go(text, out),
        ScalarStyle::Literal | ScalarStyle::Folded => {
            if !literal(text, scalar.needs_indicator(), spot, out) {
                write_double(text, out);
            }
        }
    }
}

/// Whether text stands bare everywhere, without a closer look: a word of letters, digits, `-` and
/// `_` that begins with a letter and is none of those that mean something else. Most values are
/// such words.
#[must_use]
pub(super) fn is_surely_plain(text: &[u8]) -> bool {
    let word = text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    // `true`, `off`, `Infinity` and their like are short and have no other sign in them.
    word && text.first().is_some_and(u8::is_ascii_alphabetic)
        && (text.len() > 10 || text.iter().any(|b| matches!(b, b'-' | b'_')))
        && text.len() <= 128
}

/// Appends the text `value` in `style` if that style can hold it there so that it reads back
/// as the same string; else appends nothing and returns false.
///
/// Folded text is written as a literal block: how it was wrapped is not in the value.
pub fn scalar_in_style(style: ScalarStyle, value: &[u8], spot: &Spot<'_>, out: &mut Vec<u8>) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    match style {
        ScalarStyle::Plain => {
            let shape = Shape::of(text);
            let holds = if spot.flow { shape.flow_plain } else { shape.plain } && !needs_quotes(text);
            if holds {
                out.extend_from_slice(value);
            }
            holds
        }
        ScalarStyle::SingleQuoted => {
            let holds = text.chars().all(|c| c == '\t' || is_printable(c) && !is_break(c));
            if holds {
                write_single(text, 0, out);
            }
            holds
        }
        ScalarStyle::DoubleQuoted => {
            write_double(text, out);
            true
        }
        ScalarStyle::Literal | ScalarStyle::Folded => {
            !spot.flow && literal_holds(text) && literal(text, literal_indicator(text), spot, out)
        }
    }
}

/// Appends a literal block without its last line break, or nothing if its indentation cannot be
/// said.
fn literal(text: &str, indicator: bool, spot: &Spot<'_>, out: &mut Vec<u8>) -> bool {
    let Some(digit) = literal_digit(indicator, spot.block_column, spot.parent_column) else { return false };
    write_literal_head(text, digit, out);
    let lines = text.strip_suffix('\n').unwrap_or(text);
    if !text.is_empty() {
        out.extend_from_slice(spot.newline.as_bytes());
    }
    write_literal_lines(lines, spot.block_column, spot.newline, out);
    true
}

/// The indentation indicator of a block scalar: its own columns beyond its parent's. Nothing if
/// the block cannot stand there: it must be indented, and an indicator has one digit.
///
/// # Compatibility
///
/// sops writes its configured indentation, which is wrong within list items.
fn literal_digit(wanted: bool, column: usize, parent: usize) -> Option<Option<u8>> {
    let digit = u8::try_from(column.checked_sub(parent)?).ok();
    match (wanted, digit) {
        (_, Some(0)) => None,
        (false, _) => Some(None),
        (true, Some(1..=9)) => Some(digit),
        (true, _) => None,
    }
}

/// The column of what stands below a map key (`in_list` false) or behind a dash (true) at
/// `column`: go-yaml's rule, a multiple of `indent` for keys and two columns for dashes
/// (stores §3.1).
#[must_use]
pub const fn content_column(column: usize, in_list: bool, indent: usize) -> usize {
    if in_list { column + 2 } else { indent * (column / indent + 1) }
}

/// Appends the entries of a map (or the items of a list) as block lines, each beginning at
/// `column`; the first line is not indented (the caller stands there), the last has no line
/// end. Deeper levels go by go-yaml's rule with `indent` columns per level.
pub fn block(tree: &Tree, column: usize, indent: usize, newline: &str, out: &mut Vec<u8>) {
    let start = out.len();
    let mut emitter = tree::Emitter::new(columns(indent), newline, column, out);
    emitter.root(tree, column);
    if out[start..].ends_with(newline.as_bytes()) {
        out.truncate(out.len() - newline.len());
    }
}

/// Appends a tree on one line, in braces and brackets. Comments have no place there.
pub fn flow(tree: &Tree, out: &mut Vec<u8>) {
    flow::write(tree, out);
}

/// Appends a tree in braces and brackets with each comment on a line of its own; `start` is a line
/// break and the indentation of these lines.
pub fn flow_with_comments(tree: &Tree, start: &str, out: &mut Vec<u8>) {
    flow::write_with_comments(tree, start, out);
}

/// Whole documents, as sops' YAML store emits them. An indentation of 0 is sops' default of 4,
/// one beyond 9 becomes 2 (stores §1).
///
/// # Errors
///
/// [`EmitError`] for a tree that is deeper than YAML is read: TOML has no bound, and indentation would grow
/// with the square of it.
pub fn documents(parts: &[Tree], indent: usize) -> Result<Vec<u8>, EmitError> {
    if parts.iter().any(|part| part.depth() > MAX_DEPTH) {
        return Err(EmitError::Refused(format!("yaml: exceeded max depth of {MAX_DEPTH}")));
    }
    let mut out = Vec::new();
    let mut emitter = tree::Emitter::new(columns(indent), "\n", 0, &mut out);
    for (number, part) in parts.iter().enumerate() {
        emitter.document(part, number == 0);
    }
    Ok(out)
}

/// go-yaml's range: anything but 2 to 9 columns becomes 2; sops takes 0 for its default.
const fn columns(indent: usize) -> usize {
    match indent {
        0 => 4,
        2..=9 => indent,
        _ => 2,
    }
}

/// One value, as `--extract` prints it (stores §10): text as it is without a line end, all else
/// as YAML of its own with one.
///
/// # Errors
///
/// [`EmitError`], as [`documents`].
pub fn value(value: &Tree) -> Result<Vec<u8>, EmitError> {
    match value {
        Tree::Leaf(Value::Str(text)) => Ok(text.clone()),
        // sops prints its own record of a comment; a list position may lead to one.
        Tree::Leaf(Value::Comment(text)) => documents(
            &[Tree::Map(vec![
                Pair::Entry(b"value".to_vec(), Tree::Leaf(Value::Str(text.clone()))),
                Pair::Entry(b"inline".to_vec(), Tree::Leaf(Value::Bool(false))),
            ])],
            4,
        ),
        _ => documents(std::slice::from_ref(value), 4),
    }
}

#[cfg(test)]
mod tests;
