//! `set` and `unset` on the text of a file.

use super::Layout;
use crate::document::{ChangeError, Document, Tree, UserStep};

/// See [`Document::with_value`].
pub(in crate::document) fn with_value(
    _doc: &Document,
    _layout: &Layout,
    _path: &[UserStep],
    _value: &Tree,
) -> Result<Vec<u8>, ChangeError> {
    Err(ChangeError::Unwritable(String::new()))
}

/// See [`Document::without`].
pub(in crate::document) fn without(
    _doc: &Document,
    _layout: &Layout,
    _path: &[UserStep],
) -> Result<Vec<u8>, ChangeError> {
    Err(ChangeError::Unwritable(String::new()))
}
