//! JSON: one object, as Go's streaming decoder reads it for sops (stores §4).
use super::{
    ChangeError, Document, Edits, EmitError, EmitStyle, ParseError, Patches, SpliceError, Tree, UserStep,
};
/// What JSON keeps beside the common view.
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
pub(super) fn emit(_parts: &[Tree], _style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    todo!()
}
pub(super) fn emit_value(_value: &Tree, _style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    todo!()
}
