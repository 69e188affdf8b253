//! Rotating: the same plaintext under a new data key, perhaps for other people.

use super::Context;
use super::open::{MacVerified, OpenFile};
use super::previous::{Previous, TakeOver};
use super::seal::{EncryptError, Encrypted, Job, seal};
use crate::crypto::{Cipher, DataKey};
use crate::document::layout::Encoding;
use crate::document::{Document, EmitError, EmitStyle, Format};
use crate::keys::{self, KeyGroup, MasterKey, WrappedKey};
use crate::metadata::{Metadata, SOPS_VERSION};
use crate::policy::Selection;

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
    let mut metadata = file.metadata.clone();
    if let Some(first) = metadata.groups.first_mut() {
        first.0.extend(change.add.iter().cloned().map(WrappedKey::new));
    }
    for group in &mut metadata.groups {
        group.0.retain(|key| !change.remove.iter().any(|gone| *gone == key.key.text()));
    }
    anew(file, plaintext, metadata, output, style, context)
}

/// How a file is encrypted anew for other people, whose rules may differ.
#[derive(Debug, Clone, Default)]
pub struct Recreation {
    /// Who gets the new data key.
    pub groups: Vec<KeyGroup>,
    /// How many groups must answer; 0 for all.
    pub shamir_threshold: i64,
    /// Which leaves are encrypted; if it says nothing, those that are.
    pub selection: Selection,
    /// Whether the MAC is to cover encrypted leaves only; it does so in any case if it did.
    pub mac_only_encrypted: bool,
}

/// Encrypts `file` again under a new data key for other key groups.
///
/// # Errors
///
/// [`RotateError`].
///
/// # Compatibility
///
/// sops forgets the selection of the file, and all of the new one but the suffixes: files with
/// keys that end in `_unencrypted` then fail their MAC. Here the selection stays.
pub fn recreate(
    file: &OpenFile,
    proof: &MacVerified,
    recreation: &Recreation,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Encrypted, RotateError> {
    let plaintext = file.plaintext(proof)?;
    let mut metadata = file.metadata.clone();
    metadata.groups.clone_from(&recreation.groups);
    metadata.shamir_threshold = recreation.shamir_threshold;
    if recreation.selection.count() > 0 && file.format != Format::Binary {
        metadata.selection.clone_from(&recreation.selection);
    }
    metadata.mac_only_encrypted |= recreation.mac_only_encrypted && file.format != Format::Binary;
    SOPS_VERSION.clone_into(&mut metadata.version);
    anew(file, plaintext, metadata, file.format, style, context)
}

/// Encrypts `file` again as if it were new: under a new data key, and as `wanted` says in all. Only how
/// values that stay encrypted stand in the file is kept.
///
/// # Errors
///
/// [`RotateError`].
pub fn reencrypt(
    file: &OpenFile,
    proof: &MacVerified,
    wanted: &Recreation,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Encrypted, RotateError> {
    let plaintext = file.editable(proof)?;
    let binary = file.format == Format::Binary;
    let metadata = Metadata {
        groups: wanted.groups.clone(),
        shamir_threshold: wanted.shamir_threshold,
        selection: match wanted.selection.count() {
            _ if binary => Selection::default(),
            0 => Selection::default_for_files(),
            _ => wanted.selection.clone(),
        },
        mac_only_encrypted: wanted.mac_only_encrypted && !binary,
        version: SOPS_VERSION.to_owned(),
        ..Metadata::default()
    };
    anew(file, &plaintext, metadata, file.format, style, context)
}

/// Encrypts `plaintext`, which `file` holds, under a new data key for the keys in `metadata`.
fn anew(
    file: &OpenFile,
    plaintext: &[u8],
    mut metadata: Metadata,
    output: Format,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Encrypted, RotateError> {
    if file.reading.lost {
        return Err(RotateError::LostComment);
    }
    let data_key = DataKey::generate(context.random);
    if metadata.groups.len() > 1 && metadata.shamir_threshold == 0 {
        metadata.shamir_threshold = i64::try_from(metadata.groups.len()).unwrap_or(i64::MAX);
    }
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
