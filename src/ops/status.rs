//! Whether a file is encrypted, without any key.

use super::open::OpenFileError;
use crate::crypto::token;
use crate::document::{Document, Format, ParseErrorKind};
use crate::metadata::{Metadata, MetadataError};

/// Whether `source` has the marks of an encrypted file: a token, and the name of the metadata block where the
/// format has it. Takes no parsing, and goes for a damaged file too; a text about encrypted files may
/// have them as well.
#[must_use]
pub fn looks_encrypted(source: &[u8], format: Format) -> bool {
    let any_line = |begins: fn(&[u8]) -> bool| source.split(|byte| *byte == b'\n').any(begins);
    if memchr::memmem::find(source, token::START).is_none() {
        return false;
    }
    match format {
        Format::Json | Format::Binary => memchr::memmem::find(source, b"\"sops\"").is_some(),
        // JSON is YAML too.
        Format::Yaml => {
            any_line(|line| line.starts_with(b"sops:") || memchr::memmem::find(line, b"\"sops\"").is_some())
        }
        Format::Dotenv => any_line(|line| line.starts_with(b"sops_")),
        Format::Ini | Format::Toml => any_line(|line| line.starts_with(b"[sops]")),
    }
}

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
