//! Opening an encrypted file: the data key is recovered, every leaf decrypted, the MAC checked.

use std::borrow::Cow;
use std::sync::Arc;

use super::read::{self, ClearValues, LeafError, Reading};
use super::seal::{EncryptError, LAYOUT_AAD, MANY_LEAVES};
use super::whole::{self, SealError};
use super::{Context, Warning};
use crate::crypto::{Cipher, DataKey, OpenError};
use crate::document::layout;
use crate::document::{Document, EmitError, EmitStyle, Format, ParseError, SpliceError, Tree};
use crate::keys::{self, RecoverFailure};
use crate::leaf::Value;
use crate::metadata::{Metadata, MetadataError, VersionError};
use crate::threads::both;

/// Proof that a file's MAC was checked and held. Only [`OpenFile::verify`] makes one.
#[derive(Debug)]
pub struct MacVerified(());

/// A file under its data key.
pub struct OpenFile {
    pub(super) document: Document,
    pub(super) format: Format,
    pub(super) metadata: Metadata,
    pub(super) cipher: Arc<Cipher>,
    pub(super) reading: Reading,
    /// The plaintext; a binary file's stays in the reading.
    plaintext: Option<Vec<u8>>,
    /// The document of the author's own text, where a layout patch brought it back.
    author: Option<Document>,
    /// The layout patch that was applied, and its token.
    pub(super) layout: Option<(Vec<u8>, String)>,
    mac: Result<(), MacError>,
}

/// Why a file does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFileError {
    /// It is not what its type says (exit 1).
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Its metadata cannot be used (exit 1).
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Its version is none (exit 1).
    #[error(transparent)]
    Version(#[from] VersionError),
    /// No master key gives the data key (exit 128).
    #[error("Failed to get the data key required to decrypt the SOPS file.")]
    DataKey(RecoverFailure),
    /// A value does not decrypt (exit 25).
    #[error("Error decrypting tree: Error walking tree: {0}")]
    Leaf(#[from] LeafError),
    /// A value cannot be written at its place (exit 4).
    #[error("Error dumping file: {0}")]
    Splice(#[from] SpliceError),
}

/// Why a MAC does not hold (exit 51).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MacError {
    /// It is another one than the values give.
    #[error("MAC mismatch. File has {stored}, computed {computed}")]
    Mismatch {
        /// As stored, in hex.
        stored: String,
        /// As computed, in hex.
        computed: String,
    },
    /// There is none.
    #[error("MAC mismatch. File has no MAC, computed {computed}")]
    Missing {
        /// As computed, in hex.
        computed: String,
    },
    /// It does not decrypt.
    #[error("Cannot decrypt MAC: {0}")]
    Undecryptable(OpenError),
    /// The seal of the whole file does not hold, or is missing where one is demanded.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Opens `source`, a file that was encrypted from `format`.
///
/// The MAC is checked, but a wrong one is no error here: the plaintext is given out against
/// [`MacVerified`] only, or by a call that says it is dangerous.
///
/// # Errors
///
/// [`OpenFileError`].
pub fn open(source: Vec<u8>, format: Format, context: &Context<'_>) -> Result<OpenFile, OpenFileError> {
    open_where(source, format, ClearValues::Refused, context)
}

/// [`open`], perhaps of a file that has values in clear text where they should be encrypted.
pub(super) fn open_where(
    source: Vec<u8>,
    format: Format,
    clear: ClearValues,
    context: &Context<'_>,
) -> Result<OpenFile, OpenFileError> {
    let (document, metadata) = parse(source, format)?;
    metadata.check_version()?;
    let threshold = read::threshold(metadata.shamir_threshold);
    let fits = |key: &DataKey| fits(&document, &metadata, &Cipher::new(key));
    let data_key = keys::recover_fitting(&metadata.groups, threshold, context.order, context.services, &fits)
        .map_err(OpenFileError::DataKey)?;
    open_with(document, format, metadata, Arc::new(Cipher::new(&data_key)), clear, context.strict)
}

/// Opens `source` under the data key of `other`, so that no key service is asked; nothing if it has
/// another one.
///
/// # Errors
///
/// As [`open`].
pub(super) fn open_like(
    source: &[u8],
    format: Format,
    other: &OpenFile,
    strict: bool,
) -> Result<Option<OpenFile>, OpenFileError> {
    let (document, metadata) = parse(source.to_vec(), format)?;
    metadata.check_version()?;
    let aad = metadata.mac_aad().unwrap_or_default();
    if other.cipher.open(metadata.mac.as_bytes(), aad.as_bytes()).is_err() {
        return Ok(None);
    }
    open_with(document, format, metadata, Arc::clone(&other.cipher), ClearValues::Refused, strict).map(Some)
}

/// Reads an encrypted file and its metadata; a binary file's encrypted form is JSON.
pub(super) fn parse(source: Vec<u8>, format: Format) -> Result<(Document, Metadata), OpenFileError> {
    let form = if format == Format::Binary { Format::Json } else { format };
    let document = Document::parse(source, form)?;
    let metadata = Metadata::of(&document)?;
    Ok((document, metadata))
}

/// Whether a data key is this file's: it opens the MAC, or else the values. A file that gives it
/// nothing to open says nothing against it.
fn fits(document: &Document, metadata: &Metadata, cipher: &Cipher) -> bool {
    let aad = metadata.mac_aad().unwrap_or_default();
    metadata.mac.is_empty()
        || cipher.open(metadata.mac.as_bytes(), aad.as_bytes()).is_ok()
        || read::read(document, metadata, cipher).is_ok()
}

fn open_with(
    document: Document,
    format: Format,
    metadata: Metadata,
    cipher: Arc<Cipher>,
    clear: ClearValues,
    strict: bool,
) -> Result<OpenFile, OpenFileError> {
    let leaves = read::leaves(&document, &metadata, &cipher, clear, None)?;
    let is_as_read = format != Format::Binary && metadata.layout.is_none();
    let write = || is_as_read.then(|| read::plaintext_alone(&document, leaves.opened())).transpose();
    let hash = || leaves.macs(&document, &metadata);
    let (plaintext, macs) =
        if document.leaves().len() < MANY_LEAVES { (write(), hash()) } else { both(write, hash) };
    let (plaintext, reading) = (plaintext?, leaves.with(macs));
    let mac = check_mac(&metadata, &reading, &cipher).and_then(|()| {
        let demanded = strict || metadata.seal.is_some();
        if demanded { whole::check(&document, &metadata, &cipher).map_err(MacError::Seal) } else { Ok(()) }
    });
    let mut file =
        OpenFile { document, format, metadata, cipher, reading, plaintext, author: None, layout: None, mac };
    if format != Format::Binary && file.plaintext.is_none() {
        let opened = read::plaintext(&file.document, &file.reading)?;
        if !file.restore(&opened) {
            file.plaintext = Some(opened.bytes);
        }
    }
    Ok(file)
}

fn check_mac(metadata: &Metadata, reading: &Reading, cipher: &Cipher) -> Result<(), MacError> {
    let computed = || reading.mac.clone();
    if metadata.mac.is_empty() {
        return Err(MacError::Missing { computed: computed() });
    }
    let aad = metadata.mac_aad().unwrap_or_default();
    let opened = cipher.open(metadata.mac.as_bytes(), aad.as_bytes()).map_err(MacError::Undecryptable)?;
    let stored = match &opened.value {
        Value::Str(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("a value of type {}", other.as_ref().kind()),
    };
    let holds = stored == reading.mac || reading.mac_with_list_comments.as_ref() == Some(&stored);
    if holds { Ok(()) } else { Err(MacError::Mismatch { stored, computed: computed() }) }
}

impl OpenFile {
    /// The check of the MAC, and of the seal of the whole file if there is one or if
    /// [`Context::strict`] demands one.
    ///
    /// # Errors
    ///
    /// [`MacError`] if one of them is missing or wrong.
    pub fn verify(&self) -> Result<MacVerified, MacError> {
        self.mac.clone().map(|()| MacVerified(()))
    }

    /// The plaintext file.
    ///
    /// # Errors
    ///
    /// [`EmitError`] if the file is no binary file although it was opened as one.
    pub fn plaintext(&self, _proof: &MacVerified) -> Result<&[u8], EmitError> {
        self.dangerously_unverified()
    }

    /// The plaintext of a file whose MAC is missing or wrong; only for `--ignore-mac`.
    ///
    /// # Errors
    ///
    /// As [`Self::plaintext`].
    pub fn dangerously_unverified(&self) -> Result<&[u8], EmitError> {
        match &self.plaintext {
            Some(text) => Ok(text),
            None => read::binary(&self.document, &self.reading),
        }
    }

    /// The plaintext file, without a copy of it: it may be long.
    ///
    /// # Errors
    ///
    /// As [`Self::plaintext`].
    pub fn into_plaintext(self, _proof: &MacVerified) -> Result<Vec<u8>, EmitError> {
        self.dangerously_into_unverified()
    }

    /// The plaintext of a file whose MAC is missing or wrong, without a copy; only for `--ignore-mac`.
    ///
    /// # Errors
    ///
    /// As [`Self::plaintext`].
    pub fn dangerously_into_unverified(self) -> Result<Vec<u8>, EmitError> {
        match self.plaintext {
            Some(text) => Ok(text),
            None => read::into_binary(&self.document, self.reading),
        }
    }

    /// The plaintext file for someone who encrypts it again: as [`Self::plaintext`], but where
    /// sops prints a value in a form that would be read as another, in one that is right.
    ///
    /// # Errors
    ///
    /// [`EmitError`] if a value has no such form, or if the file is no binary file although it
    /// was opened as one.
    pub fn editable(&self, _proof: &MacVerified) -> Result<Cow<'_, [u8]>, EmitError> {
        self.dangerously_editable_unverified()
    }

    /// [`Self::editable`] of a file whose MAC is missing or wrong; only for `--ignore-mac`.
    ///
    /// # Errors
    ///
    /// As [`Self::editable`].
    pub fn dangerously_editable_unverified(&self) -> Result<Cow<'_, [u8]>, EmitError> {
        if self.format == Format::Ini && self.author.is_none() {
            let spliced = read::editable(&self.document, &self.reading);
            return spliced
                .map(|spliced| Cow::Owned(spliced.bytes))
                .map_err(|error| EmitError::Refused(error.to_string()));
        }
        self.dangerously_unverified().map(Cow::Borrowed)
    }

    /// The nested view of every YAML document, or of the one there is.
    #[must_use]
    pub fn trees(&self, _proof: &MacVerified) -> Vec<Tree> {
        self.dangerously_unverified_trees()
    }

    /// The nested view of a file whose MAC is missing or wrong; only for `--ignore-mac`.
    #[must_use]
    pub fn dangerously_unverified_trees(&self) -> Vec<Tree> {
        match &self.author {
            Some(author) => author.trees(&mut |leaf| author.value(leaf).to_owned()),
            None => self.document.trees(&mut |leaf| match &self.reading.opened[leaf] {
                Some(opened) => opened.value.clone(),
                None => self.document.value(leaf).to_owned(),
            }),
        }
    }

    /// The metadata.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The metadata, to be changed before the file is sealed again.
    pub const fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }

    /// The encrypted file with a new seal over the whole of it; nothing else changes. To be given to who
    /// knows that the file is as it should be: the seal says no more than that from here on.
    ///
    /// # Errors
    ///
    /// [`EncryptError`] if the seal cannot be written, or would not hold.
    pub fn with_seal(&self, style: EmitStyle, context: &mut Context<'_>) -> Result<Vec<u8>, EncryptError> {
        whole::put(
            self.document.source().to_vec(),
            self.document.format(),
            &self.cipher,
            style,
            context.random,
        )
    }

    /// What the file was encrypted from.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// What the user should know.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.reading.warnings
    }

    /// Brings back the author's spelling, if there is a layout patch, it fits, and what comes
    /// out says what the MAC covers.
    fn restore(&mut self, opened: &crate::document::Spliced) -> bool {
        let Some(token) = &self.metadata.layout else { return false };
        let Ok(patch) = self.cipher.open(token.as_bytes(), LAYOUT_AAD) else { return false };
        let Value::Str(patch) = patch.value else { return false };
        let Some(text) = layout::apply(opened, &patch) else { return false };
        let Ok(author) = Document::parse(text.clone(), self.format) else { return false };
        if !read::says_the_same(&self.document, &self.reading, &author) {
            return false;
        }
        self.layout = Some((patch, token.clone()));
        self.plaintext = Some(text);
        self.author = Some(author);
        true
    }
}
