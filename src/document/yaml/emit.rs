//! Writing YAML as `go.yaml.in/yaml/v3` writes it for sops (stores §3): one scalar into a place
//! of an existing file, or a whole tree afresh.

use super::node::ScalarStyle;
use crate::document::{EmitError, Tree};
use crate::leaf::ValueRef;

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
pub fn scalar(_value: ValueRef<'_>, _spot: &Spot<'_>, _out: &mut Vec<u8>) {
    todo!()
}

/// Appends the text `value` in `style` if that style can hold it there so that it reads back
/// as the same string; else appends nothing and returns false.
pub fn scalar_in_style(_style: ScalarStyle, _value: &[u8], _spot: &Spot<'_>, _out: &mut Vec<u8>) -> bool {
    todo!()
}

/// Appends the entries of a map (or the items of a list) as block lines, each beginning at
/// `column`; the first line is not indented (the caller stands there), the last has no line
/// end. Deeper levels go by go-yaml's rule with `indent` columns per level.
pub fn block(_tree: &Tree, _column: usize, _indent: usize, _newline: &str, _out: &mut Vec<u8>) {
    todo!()
}

/// Appends a tree on one line, in braces and brackets.
pub fn flow(_tree: &Tree, _out: &mut Vec<u8>) {
    todo!()
}

/// Whole documents, as sops' YAML store emits them.
///
/// # Errors
///
/// [`EmitError`] with sops' words.
pub fn documents(_parts: &[Tree], _indent: usize) -> Result<Vec<u8>, EmitError> {
    todo!()
}

/// One value, as `--extract` prints it (stores §10).
///
/// # Errors
///
/// [`EmitError`] with sops' words.
pub fn value(_value: &Tree) -> Result<Vec<u8>, EmitError> {
    todo!()
}
