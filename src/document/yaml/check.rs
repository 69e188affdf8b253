//! What sops' first pass refuses in the first document.

use super::node::Stream;
use crate::document::ParseError;

/// Checks the first document.
pub(crate) fn check_first(stream: &Stream, _source: &[u8]) -> Result<(), ParseError> {
    stream.error.clone().map_or(Ok(()), Err)
}
