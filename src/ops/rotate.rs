//! Rotating: the same plaintext under a new data key, perhaps for other people.

use super::Context;
use super::open::{MacVerified, OpenFile};
use super::previous::{Previous, TakeOver};
use super::seal::{EncryptError, Encrypted, Job, seal};
use crate::crypto::{Cipher, DataKey};
use crate::document::layout::Encoding;
use crate::document::{Document, EmitError, EmitStyle, Format};
use crate::keys::{self, MasterKey, WrappedKey};

use super::read;

/// Who comes and who goes when a file is rotated.
#[derive(Debug, Clone, Default)]
pub struct KeyChange {
    /// Added to the first group, at its end.
    pub add: Vec<MasterKey>,
    /// Removed from every group: keys whose text form is one of these.
    pub remove: Vec<String>,
}

/// Why a file is not rotated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// It cannot be encrypted again.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// Its plaintext cannot be had (exit 4).
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// It has an encrypted comment that does not open: under a new data key its text would be
    /// lost for good (exit 25).
    #[error(
        "an encrypted comment of this file does not open; rotating would lose its text for good. \
         Delete the comment with `sops edit` first"
    )]
    LostComment,
}

/// Encrypts `file` again under a new data key, wrapped for its keys with `change` made.
///
/// # Errors
///
/// [`RotateError`].
pub fn rotate(
    file: &OpenFile,
    proof: &MacVerified,
    change: &KeyChange,
    output: Format,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Encrypted, RotateError> {
    rotate_text(file, &file.editable(proof)?, change, output, style, context)
}

/// [`rotate`] for a file whose MAC is missing or wrong; only for `--ignore-mac`.
///
/// # Errors
///
/// [`RotateError`].
pub fn dangerously_rotate_unverified(
    file: &OpenFile,
    change: &KeyChange,
    output: Format,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Encrypted, RotateError> {
    rotate_text(file, &file.dangerously_editable_unverified()?, change, output, style, context)
}

fn rotate_text(
    file: &OpenFile,
    plaintext: &[u8],
    change: &KeyChange,
    output: Format,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Encrypted, RotateError> {
    if file.reading.lost {
        return Err(RotateError::LostComment);
    }
    let mut metadata = file.metadata.clone();
    if let Some(first) = metadata.groups.first_mut() {
        first.0.extend(change.add.iter().cloned().map(WrappedKey::new));
    }
    for group in &mut metadata.groups {
        group.0.retain(|key| !change.remove.iter().any(|gone| *gone == key.key.text()));
    }
    let data_key = DataKey::generate(context.random);
    let threshold = read::threshold(metadata.shamir_threshold);
    keys::wrap_all(&mut metadata.groups, threshold, &data_key, context.services, context.random, context.now)
        .map_err(EncryptError::Wrap)?;
    context.now.clone_into(&mut metadata.last_modified);

    let encoding = if file.format == Format::Yaml { Encoding::of(plaintext) } else { Encoding::Utf8 };
    let original = (encoding != Encoding::Utf8).then(|| plaintext.to_vec());
    let document = Document::parse(plaintext.to_vec(), file.format).map_err(EncryptError::Parse)?;
    let mut previous = Previous::new(&file.document, &file.reading, TakeOver::Look);
    let job = Job { document, encoding, original, output, style, previous: Some(&mut previous) };
    Ok(seal(job, metadata, &Cipher::new(&data_key), context)?)
}
