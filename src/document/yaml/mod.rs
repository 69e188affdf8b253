//! YAML: where every leaf of a stream sits in its file.
//!
//! Bytes come in, leaves come out, in sops' reading order, each with a path and a byte span.
//! Nothing is re-emitted: splice copies all that no edit covers.
//!
//! Reading goes `scan` (tokens) → `parse` (syntax tree, with comments where go-yaml hangs
//! them) → `resolve` (what a plain scalar means) → `leaves` (the common view).
//! Writing one scalar, and fresh YAML for new structures, is `emit`.

mod check;
mod comments;
pub mod emit;
pub mod node;
mod parse;
pub mod resolve;
mod scan;
#[cfg(test)]
mod tests_read;

use super::{
    ChangeError, Document, Edits, EmitError, EmitStyle, ParseError, Patches, SpliceError, Tree, UserStep,
};

/// What YAML keeps beside the common view: the syntax tree.
pub struct Layout {}

pub(super) fn parse(_source: Vec<u8>) -> Result<Document, ParseError> {
    todo!()
}
pub(super) fn plan(_doc: &Document, _layout: &Layout, _edits: &Edits<'_>) -> Result<Patches, SpliceError> {
    todo!()
}
pub(super) fn with_value(
    _doc: &Document,
    _layout: &Layout,
    _path: &[UserStep],
    _value: &Tree,
) -> Result<Vec<u8>, ChangeError> {
    todo!()
}
pub(super) fn without(_doc: &Document, _layout: &Layout, _path: &[UserStep]) -> Result<Vec<u8>, ChangeError> {
    todo!()
}
pub(super) fn emit(parts: &[Tree], style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    emit::documents(parts, style.yaml_indent)
}
pub(super) fn emit_value(value: &Tree, _style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    emit::value(value)
}

/// Reading alone, for YAML that is not a file of secrets: the configuration.
pub(crate) use parse::parse_stream;
