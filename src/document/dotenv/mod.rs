//! dotenv: not read yet.

use super::{
    ChangeError, Document, Edits, EmitError, ParseError, ParseErrorKind, Patches, SpliceError, Tree, UserStep,
};

/// What this format keeps for itself beside the common view.
pub(crate) struct Layout;

pub(super) fn parse(_source: Vec<u8>) -> Result<Document, ParseError> {
    Err(ParseError {
        line: 1,
        column: 1,
        problem: "dotenv files are not supported yet in this version".to_owned(),
        kind: ParseErrorKind::Syntax,
    })
}

pub(super) fn plan(_doc: &Document, _layout: &Layout, _edits: &Edits<'_>) -> Result<Patches, SpliceError> {
    Ok(Patches::default())
}

pub(super) fn with_value(
    _doc: &Document,
    _layout: &Layout,
    _path: &[UserStep],
    _value: &Tree,
) -> Result<Vec<u8>, ChangeError> {
    Err(ChangeError::Unwritable("not supported yet".to_owned()))
}

pub(super) fn without(_doc: &Document, _layout: &Layout, _path: &[UserStep]) -> Result<Vec<u8>, ChangeError> {
    Err(ChangeError::Unwritable("not supported yet".to_owned()))
}

pub(super) fn emit(_parts: &[Tree]) -> Result<Vec<u8>, EmitError> {
    Err(EmitError::Refused("dotenv files are not supported yet in this version".to_owned()))
}

pub(super) fn emit_value(_value: &Tree) -> Result<Vec<u8>, EmitError> {
    Err(EmitError::Refused("dotenv files are not supported yet in this version".to_owned()))
}
