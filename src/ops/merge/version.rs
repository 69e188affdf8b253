//! The versions that a merge is about, and why one of them may be of no use.

use super::super::Context;
use super::super::open::{self, MacError, OpenFile, OpenFileError};
use super::super::seal::EncryptError;
use crate::document::{self, Document, EmitError, Format, ParseError};
use crate::metadata::Metadata;

/// Which version of a file is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeSide {
    /// What the other two were made of.
    Base,
    /// The one that is merged into.
    Ours,
    /// The one that is merged.
    Theirs,
}

impl std::fmt::Display for MergeSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Base => "the common ancestor",
            Self::Ours => "our version",
            Self::Theirs => "their version",
        })
    }
}

/// Why versions cannot be merged. Nothing is made then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// None of the versions is an encrypted file.
    #[error("neither version is an encrypted file")]
    NotEncrypted,
    /// A version does not open.
    #[error("{side} does not open: {error}")]
    Open {
        /// Which one.
        side: MergeSide,
        /// Why.
        error: OpenFileError,
    },
    /// The MAC of a version does not hold.
    #[error("{side}: {error}")]
    Mac {
        /// Which one.
        side: MergeSide,
        /// What is wrong.
        error: MacError,
    },
    /// The content of a version has no form that can be encrypted again.
    #[error("{side}: {error}")]
    Emit {
        /// Which one.
        side: MergeSide,
        /// Why.
        error: EmitError,
    },
    /// The plaintext of a version is not what its type says.
    #[error("{0}")]
    Parse(#[from] ParseError),
    /// The selection of a version is no regular expression.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
}

/// One version as it was read.
pub(super) struct Version {
    pub(super) bytes: Vec<u8>,
    /// Its plaintext, in the form for who encrypts it again.
    pub(super) text: Vec<u8>,
    /// Nothing if it is not encrypted.
    pub(super) file: Option<OpenFile>,
}

impl Version {
    pub(super) fn metadata(&self) -> Option<&Metadata> {
        self.file.as_ref().map(OpenFile::metadata)
    }

    /// Opens a version; its MAC has to hold.
    pub(super) fn open(
        side: MergeSide,
        bytes: Vec<u8>,
        format: Format,
        others: &[&OpenFile],
        context: &Context<'_>,
    ) -> Result<Self, MergeError> {
        let failed = |error| MergeError::Open { side, error };
        if !has_metadata(&bytes, format).map_err(failed)? {
            return Ok(Self { text: bytes.clone(), bytes, file: None });
        }
        let like = others
            .iter()
            .find_map(|other| open::open_like(&bytes, format, other, context.strict).transpose());
        let file = match like {
            Some(file) => file.map_err(failed)?,
            None => open::open(bytes.clone(), format, context).map_err(failed)?,
        };
        let proof = file.verify().map_err(|error| MergeError::Mac { side, error })?;
        let text = file.editable(&proof).map_err(|error| MergeError::Emit { side, error })?.into_owned();
        Ok(Self { bytes, text, file: Some(file) })
    }
}

/// Whether a version is encrypted, in whatever state.
fn has_metadata(bytes: &[u8], format: Format) -> Result<bool, OpenFileError> {
    let form = if format == Format::Binary { Format::Json } else { format };
    match Document::parse(bytes.to_vec(), form) {
        Ok(document) => Ok(document.metadata().is_some()),
        Err(_) if format == Format::Binary => Ok(false),
        Err(error) if error.kind == document::ParseErrorKind::NoDocument => Ok(false),
        Err(error) => Err(error.into()),
    }
}
