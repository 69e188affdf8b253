//! Names are bytes.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Bytes as a name or a word for a program.
#[must_use]
pub fn borrowed(bytes: &[u8]) -> Cow<'_, OsStr> {
    Cow::Borrowed(OsStr::from_bytes(bytes))
}

/// [`borrowed`] without a copy.
#[must_use]
pub fn owned(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

/// The system's words begin in upper case, Go's do not.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
