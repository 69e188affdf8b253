//! Encrypting any text for whoever can open a file, under that file's data key: a draft that has to be kept
//! somewhere. The key is at hand already, so that no service has to be reached for it, however the run ends.

use std::sync::Arc;

use super::Context;
use super::open::OpenFile;
use super::seal::{EncryptError, Encrypted, Job, seal};
use crate::crypto::{Cipher, Random};
use crate::document::layout::Encoding;
use crate::document::{Document, EmitStyle, Format};
use crate::keys::DecryptionOrder;
use crate::metadata::Metadata;
use crate::policy::Selection;

/// The data key of a file, and who has it.
pub struct Beside {
    metadata: Metadata,
    cipher: Arc<Cipher>,
}

impl Beside {
    /// For whoever can open `file`.
    #[must_use]
    pub fn of(file: &OpenFile) -> Self {
        Self::new(file.metadata.clone(), Arc::clone(&file.cipher))
    }

    pub(super) fn new(mut metadata: Metadata, cipher: Arc<Cipher>) -> Self {
        metadata.selection = Selection::default();
        metadata.mac_only_encrypted = false;
        Self { metadata, cipher }
    }

    /// Encrypts a text as a binary file of its own.
    ///
    /// # Errors
    ///
    /// [`EncryptError`].
    pub fn seal(
        &self,
        text: Vec<u8>,
        style: EmitStyle,
        random: &mut dyn Random,
        now: &str,
    ) -> Result<Encrypted, EncryptError> {
        let mut metadata = self.metadata.clone();
        now.clone_into(&mut metadata.last_modified);
        let job = Job {
            document: Document::parse(text, Format::Binary)?,
            encoding: Encoding::Utf8,
            original: None,
            output: Format::Binary,
            style,
            previous: None,
        };
        let order = DecryptionOrder::default();
        let mut context = Context { services: &[], order: &order, random, now, strict: false };
        seal(job, metadata, &self.cipher, &mut context)
    }
}
