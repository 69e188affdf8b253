//! Who may open a file: its data key stays and is wrapped anew. No value is read, and no byte
//! outside the metadata block changes; MAC, `lastmodified` and `version` stay as they are.

use super::Context;
use super::open::{OpenFileError, parse};
use super::read;
use super::whole::{self, SealError};
use crate::crypto::{Cipher, DataKey};
use crate::document::{Block, Copies, Document, Edits, EmitStyle, Format, Leaf, SpliceError};
use crate::keys::{self, GroupDiff, KeyGroup, RecoverFailure, WrapError};
use crate::metadata::Metadata;

/// An encrypted file, seen as the list of those who may open it.
pub struct Keyring {
    document: Document,
    metadata: Metadata,
}

/// Why the keys of a file are not changed. Nothing is written then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// No master key gives the data key.
    #[error("Failed to get the data key required to decrypt the SOPS file.")]
    DataKey(RecoverFailure),
    /// The data key could not be wrapped for every master key.
    #[error("error updating one or more master keys: {0}")]
    Wrap(#[from] WrapError),
    /// The metadata cannot be written.
    #[error("Could not marshal tree: {0}")]
    Splice(#[from] SpliceError),
    /// The new group has no key: nobody could ever open it.
    #[error("the new group has no keys: nobody could open it")]
    EmptyGroup,
    /// The file has no group of that number.
    #[error("there is no group {index}: the file has {groups} key group(s), counted from 0")]
    NoSuchGroup {
        /// As asked for.
        index: usize,
        /// How many there are.
        groups: usize,
    },
    /// Without its last group nobody could open the file.
    #[error("removing the only key group of a file would leave nobody who can open it")]
    LastGroup,
    /// Fewer groups would be left than are needed.
    #[error(
        "removing this key group will make the Shamir threshold impossible to satisfy: Shamir threshold is {threshold}, but we only have {groups} key groups"
    )]
    Threshold {
        /// How many are needed.
        threshold: i64,
        /// How many would be left.
        groups: usize,
    },
    /// The seal of the file does not hold, or is missing where one is demanded (exit 51).
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The result did not read back as it was meant.
    #[error("the changed file would not read back as it was meant; nothing is written")]
    WouldNotComeBack,
}

/// Reads the metadata of an encrypted file.
///
/// # Errors
///
/// [`OpenFileError`] if it is not what its type says, or has no metadata.
pub fn keyring(source: Vec<u8>, format: Format) -> Result<Keyring, OpenFileError> {
    let (document, metadata) = parse(source, format)?;
    Ok(Keyring { document, metadata })
}

impl Keyring {
    /// The metadata.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it would mean to give the file these groups.
    ///
    /// `threshold` is the number of groups that must answer; without it the file's own number
    /// stays, as far as there are that many groups.
    #[must_use]
    pub fn update(&self, groups: Vec<KeyGroup>, threshold: Option<i64>) -> KeyUpdate<'_> {
        let most = i64::try_from(groups.len()).unwrap_or(i64::MAX);
        let threshold = threshold.unwrap_or(self.metadata.shamir_threshold).min(most);
        let diff = keys::diff_groups(&self.metadata.groups, &groups);
        KeyUpdate { keyring: self, groups, threshold, diff }
    }

    /// The data key.
    ///
    /// # Errors
    ///
    /// [`KeysError::DataKey`].
    pub(super) fn data_key(&self, context: &Context<'_>) -> Result<DataKey, KeysError> {
        let threshold = read::threshold(self.metadata.shamir_threshold);
        keys::recover(&self.metadata.groups, threshold, context.order, context.services)
            .map_err(KeysError::DataKey)
    }

    /// The file with `data_key` wrapped for `groups`.
    ///
    /// # Errors
    ///
    /// [`KeysError::Wrap`] if one key of them all cannot be used: sops leaves such a key without
    /// its share when it changes groups, and the file may then be lost.
    pub(super) fn rewrapped(
        &self,
        mut groups: Vec<KeyGroup>,
        mut threshold: i64,
        data_key: &DataKey,
        style: EmitStyle,
        context: &mut Context<'_>,
    ) -> Result<Vec<u8>, KeysError> {
        if groups.len() > 1 && threshold == 0 {
            threshold = i64::try_from(groups.len()).unwrap_or(i64::MAX);
        }
        let cipher = Cipher::new(data_key);
        let sealed = self.metadata.seal.is_some();
        if sealed || context.strict {
            whole::check(&self.document, &self.metadata, &cipher)?;
        }
        let needed = read::threshold(threshold);
        keys::wrap_all(&mut groups, needed, data_key, context.services, context.random, context.now)?;
        let metadata = Metadata { groups, shamir_threshold: threshold, ..self.metadata.clone() };
        let block = metadata.to_tree();
        let edits = Edits { leaves: Vec::new(), block: Block::Put(&block), style, copies: Copies::default() };
        let bytes = self.document.splice(&edits)?.bytes;
        let back = Document::parse(bytes, self.document.format()).map_err(|_| KeysError::WouldNotComeBack)?;
        let same_block = |mut read: Metadata| {
            let same_keys = read.has_keys_of(&metadata);
            read.groups.clone_from(&metadata.groups);
            same_keys && read == metadata
        };
        if !Metadata::of(&back).is_ok_and(same_block) || !same_leaves(&self.document, &back) {
            return Err(KeysError::WouldNotComeBack);
        }
        let (bytes, form) = (back.into_source(), self.document.format());
        if !sealed {
            return Ok(bytes);
        }
        // Who may open the file is under its seal too.
        whole::put(bytes, form, &cipher, style, context.random).map_err(|_| KeysError::WouldNotComeBack)
    }
}

/// Whether two versions of a file have the same leaves, spelled alike.
fn same_leaves(before: &Document, after: &Document) -> bool {
    let spelled = |document: &'_ Document, leaf: &Leaf| leaf.span.of(document.source()).to_vec();
    let texts = before.leaves().iter().map(|leaf| spelled(before, leaf));
    texts.eq(after.leaves().iter().map(|leaf| spelled(after, leaf)))
}

/// A change of keys that is not made yet.
pub struct KeyUpdate<'a> {
    keyring: &'a Keyring,
    groups: Vec<KeyGroup>,
    threshold: i64,
    diff: Vec<GroupDiff>,
}

impl KeyUpdate<'_> {
    /// Whether anything would change.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.threshold != self.keyring.metadata.shamir_threshold
            || self.diff.iter().any(|group| !group.is_empty())
    }

    /// Whether somebody could open the file before and cannot after.
    #[must_use]
    pub fn removes(&self) -> bool {
        let stays = |key: &String| {
            self.diff.iter().any(|group| group.kept.contains(key) || group.added.contains(key))
        };
        self.diff.iter().flat_map(|group| &group.removed).any(|key| !stays(key))
    }

    /// The key groups after the change.
    #[must_use]
    pub fn groups(&self) -> &[KeyGroup] {
        &self.groups
    }

    /// The changes, group by group.
    #[must_use]
    pub fn diff(&self) -> &[GroupDiff] {
        &self.diff
    }

    /// The number of groups that must answer, before and after; 0 where it is not said.
    #[must_use]
    pub const fn thresholds(&self) -> (i64, i64) {
        (self.keyring.metadata.shamir_threshold, self.threshold)
    }

    /// Makes the change: the new file.
    ///
    /// # Errors
    ///
    /// [`KeysError`].
    pub fn apply(self, style: EmitStyle, context: &mut Context<'_>) -> Result<Vec<u8>, KeysError> {
        let data_key = self.keyring.data_key(context)?;
        self.keyring.rewrapped(self.groups, self.threshold, &data_key, style, context)
    }
}
