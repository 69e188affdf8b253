//! Sealing a file again after its plaintext was changed: what did not change keeps its
//! ciphertext, so a diff shows what did.

use super::Context;
use super::open::OpenFile;
use super::previous::{Previous, TakeOver};
use super::seal::{EncryptError, Encrypted, Job, seal};
use crate::document::layout::Encoding;
use crate::document::{Document, EmitStyle, Format};
use crate::metadata::Metadata;

/// Encrypts `plaintext` in place of what `file` holds: same data key, same keys, same rules.
///
/// A leaf with the same value at the same path keeps its ciphertext; a nonce is never used for
/// anything else. `output` is the format to write, as a rule the file's own.
///
/// # Errors
///
/// [`EncryptError`].
pub fn reseal(
    file: &OpenFile,
    plaintext: Vec<u8>,
    output: Format,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Encrypted, EncryptError> {
    reseal_under(file, file.metadata.clone(), plaintext, output, style, context)
}

/// [`reseal`] under other metadata for the same data key, as [`amend`](super::amend) gives it.
///
/// # Errors
///
/// [`EncryptError`].
pub fn reseal_under(
    file: &OpenFile,
    metadata: Metadata,
    plaintext: Vec<u8>,
    output: Format,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Encrypted, EncryptError> {
    reseal_from(file, previous(file), metadata, plaintext, (output, style), context)
}

/// What an edit of `file` takes over from it.
pub(super) fn previous(file: &OpenFile) -> Previous {
    let mut previous = Previous::new(&file.document, &file.reading, TakeOver::Ciphertext);
    previous.layout.clone_from(&file.layout);
    previous
}

/// [`reseal_under`] with ciphertext that is taken over from `previous`.
pub(super) fn reseal_from(
    file: &OpenFile,
    mut previous: Previous,
    mut metadata: Metadata,
    plaintext: Vec<u8>,
    (output, style): (Format, EmitStyle),
    context: &mut Context<'_>,
) -> Result<Encrypted, EncryptError> {
    let encoding = if file.format == Format::Yaml { Encoding::of(&plaintext) } else { Encoding::Utf8 };
    let original = (encoding != Encoding::Utf8).then(|| plaintext.clone());
    let document = Document::parse(plaintext, file.format)?;
    if document.metadata().is_some() {
        return Err(EncryptError::AlreadyEncrypted);
    }
    context.now.clone_into(&mut metadata.last_modified);
    let job = Job { document, encoding, original, output, style, previous: Some(&mut previous) };
    seal(job, metadata, &file.cipher, context)
}
