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
    memchr::memmem::find(source, token::START).is_some() && metadata_at(source, format).is_some()
}

/// Where the name of the metadata block seems to stand, as a place in `source`.
pub(super) fn metadata_at(source: &[u8], format: Format) -> Option<usize> {
    let quoted = || memchr::memmem::find(source, b"\"sops\"");
    let line = |start: &[u8]| {
        memchr::memmem::find_iter(source, start).find(|&at| at == 0 || source[at - 1] == b'\n')
    };
    // A map in braces, such as `{a: 1}`, keeps them.
    let in_braces = || {
        memchr::memmem::find_iter(source, b"sops:")
            .find(|&at| matches!(source[..at].trim_ascii_end().last(), Some(b'{' | b',')))
    };
    match format {
        Format::Json | Format::Binary => quoted(),
        // JSON is YAML too.
        Format::Yaml => line(b"sops:").or_else(quoted).or_else(in_braces),
        Format::Dotenv => line(b"sops_"),
        Format::Ini | Format::Toml => line(b"[sops]"),
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
