//! Encrypting what stands in clear text in an encrypted file: somebody typed a value right into it.
//!
//! Such a file opens nowhere, in sops neither. Its MAC is that of the values that were there before, so it is
//! checked without those in clear text. If it holds, the file is as it was but for them, and they are encrypted
//! where they stand; all other ciphertext stays. If not, something else was changed too, or an encrypted value
//! was typed over, and nothing is done: nobody could tell what the file should say.

use super::open::{self, MacError, OpenFile, OpenFileError};
use super::read::ClearValues;
use super::{Context, EncryptError, Encrypted, reseal};
use crate::document::{EmitError, EmitStyle, Format};

/// A file under its data key, of which some values stand in clear text.
pub struct Unfinished(OpenFile);

/// Why values in clear text are not encrypted where they stand. Nothing is written then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestError {
    /// The MAC of the other values does not hold, or there is none.
    #[error(
        "the MAC does not hold without the values in clear text: something else was changed, or one of them \
             was typed over an encrypted one"
    )]
    Mac,
    /// There is a seal, or there should be one, and it covers more than values.
    #[error("the file has a seal, or should have one: nobody can tell that the rest of it was not changed")]
    Sealed,
    /// A reader would take one of the values for one that is there already.
    #[error("the key {0} stands twice")]
    Twice(String),
    /// The layout of the other values would be lost.
    #[error("the layout of the other values could not be kept")]
    Layout,
    /// It does not encrypt.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// It has no plaintext.
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// Opens a file of which values may stand in clear text that its selectors want encrypted.
///
/// # Errors
///
/// As [`open`](super::open).
pub fn open_unfinished(
    source: Vec<u8>,
    format: Format,
    context: &Context<'_>,
) -> Result<Unfinished, OpenFileError> {
    open::open_where(source, format, ClearValues::LeftOut, context).map(Unfinished)
}

impl Unfinished {
    /// Encrypts what stands in clear text.
    ///
    /// # Errors
    ///
    /// [`RestError`] if the rest of the file cannot be vouched for.
    pub fn finish(&self, style: EmitStyle, context: &mut Context<'_>) -> Result<Encrypted, RestError> {
        let file = &self.0;
        let proof = match file.verify() {
            // A seal does not hold in any case, and a missing one is asked for by who is strict.
            _ if file.metadata.seal.is_some() => return Err(RestError::Sealed),
            Err(MacError::Seal(_)) => return Err(RestError::Sealed),
            Err(_) => return Err(RestError::Mac),
            Ok(proof) => proof,
        };
        if let Some(key) = file.document.duplicate_keys().first() {
            return Err(RestError::Twice(file.document.paths().display(key.path)));
        }
        if file.metadata.layout.is_some() && file.layout.is_none() {
            return Err(RestError::Layout);
        }
        let plaintext = file.editable(&proof)?.into_owned();
        Ok(reseal(file, plaintext, file.format, style, context)?)
    }
}
