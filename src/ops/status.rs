//! Whether a file is encrypted, without any key.

use super::open::OpenFileError;
use crate::document::{Document, Format, ParseErrorKind};
use crate::metadata::{Metadata, MetadataError};

/// Whether `source` is an encrypted file: its metadata can be read, and has a version and a
/// MAC. Nothing is verified (command line §7.9).
///
/// # Errors
///
/// [`OpenFileError`] if the file or its metadata cannot be read.
pub fn is_encrypted(source: Vec<u8>, format: Format) -> Result<bool, OpenFileError> {
    let form = if format == Format::Binary { Format::Json } else { format };
    let document = match Document::parse(source, form) {
        Ok(document) => document,
        // Whatever is not JSON is a plain binary file; and an empty file is not encrypted.
        Err(_) if format == Format::Binary => return Ok(false),
        Err(error) if error.kind == ParseErrorKind::NoDocument => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    match Metadata::of(&document) {
        Ok(metadata) => Ok(!metadata.version.is_empty() && !metadata.mac.is_empty()),
        Err(MetadataError::NotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
