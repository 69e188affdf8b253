//! Binary files: one leaf, the whole content.
use super::{ChangeError, Document, Edits, EmitError, Patches, SpliceError, Tree, UserStep};
pub(super) fn parse(_source: Vec<u8>) -> Document {
    todo!()
}
pub(super) fn plan(_doc: &Document, _edits: &Edits<'_>) -> Result<Patches, SpliceError> {
    todo!()
}
pub(super) fn with_value(_doc: &Document, _path: &[UserStep], _value: &Tree) -> Result<Vec<u8>, ChangeError> {
    todo!()
}
pub(super) fn without(_doc: &Document, _path: &[UserStep]) -> Result<Vec<u8>, ChangeError> {
    todo!()
}
pub(super) fn emit(_parts: &[Tree]) -> Result<Vec<u8>, EmitError> {
    todo!()
}
pub(super) fn emit_value(_value: &Tree) -> Result<Vec<u8>, EmitError> {
    todo!()
}
