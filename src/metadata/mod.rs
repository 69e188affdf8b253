//! The `sops` block as data: read as leniently, written as exactly as sops does.
//!
//! A [`Tree`] comes in or goes out; where the block stands in a file is the affair of
//! [`document`](crate::document). [`nested`] is the form of YAML, JSON and binary files; the
//! flattened form of INI and dotenv is a second codec for the same [`Metadata`].
//! Nothing here wraps a key, checks a MAC or compiles a regex.

mod nested;
mod version;
mod weak;

pub use crate::leaf::time::TimeError;
pub use version::VersionError;
pub use weak::{FieldError, FieldProblem};

use crate::document::{Document, FlatError, Format, Tree};
use crate::keys::{KeyGroup, ParseKeyError, WrappedKey};
use crate::leaf::time;
use crate::policy::{Selection, SelectionConflict};

/// The release of sops whose files and output this program reproduces.
pub const SOPS_VERSION: &str = "3.13.2";

/// What the `sops` block of a file says (file format §10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The key groups: with one, each key wraps the data key; with several, a Shamir share.
    pub groups: Vec<KeyGroup>,
    /// How many groups must answer; 0 where the file does not say.
    pub shamir_threshold: i64,
    /// When the file was last encrypted, as read.
    pub last_modified: String,
    /// The encrypted MAC; empty if the file has none.
    pub mac: String,
    /// Which leaves are encrypted.
    pub selection: Selection,
    /// Whether the MAC covers encrypted leaves only.
    pub mac_only_encrypted: bool,
    /// The release of sops that wrote the file.
    pub version: String,
    /// Ours: the encrypted layout patch. sops skips the field, and drops it when it rewrites.
    pub layout: Option<String>,
    /// Ours: the seal of the whole file, encrypted; see [`crate::ops::SealError`]. A file that is encrypted
    /// with this set, to whatever text, gets a new one. sops skips the field, and drops it when it rewrites.
    pub seal: Option<String>,
}

/// Why a `sops` block cannot be used. Says what sops says; holds no value of the file but
/// timestamps, version and key names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// The file has no block.
    #[error("sops metadata not found")]
    NotFound,
    /// The entry `sops` is a scalar, a list or null.
    #[error("Found sops entry that is not a mapping")]
    NotAMapping,
    /// The first document has two entries `sops`.
    #[error("Found duplicate sops entry")]
    Duplicate,
    /// The flattened block of an INI or dotenv file stands for no tree.
    #[error(transparent)]
    Flat(#[from] FlatError),
    /// Fields whose values cannot be read as what they should be, in the order of sops.
    #[error("decoding failed due to the following error(s):\n\n{}", weak::lines(.0))]
    Fields(Vec<FieldError>),
    /// `lastmodified` or a `created_at` is missing or no timestamp.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// There is no key, in no group.
    #[error("No keys found in file")]
    NoKeys,
    /// The `key_id` of a Huawei key has no region or no UUID.
    #[error(transparent)]
    HuaweiKeyId(#[from] ParseKeyError),
    /// More than one rule says which leaves are encrypted.
    #[error("Cannot use more than one of {list} in the same file", list = SelectionConflict::FIELDS)]
    SelectionConflict,
}

impl Metadata {
    /// Reads the block of an encrypted file, of whatever format.
    ///
    /// # Errors
    ///
    /// [`MetadataError`] with the words of sops.
    pub fn of(document: &Document) -> Result<Self, MetadataError> {
        let block = document.metadata().ok_or(MetadataError::NotFound)??;
        if document.has_duplicate_metadata() {
            return Err(MetadataError::Duplicate);
        }
        match document.format() {
            Format::Toml => nested::read(block, nested::Dialect::Rops),
            _ => Self::from_tree(block),
        }
    }

    /// Reads the block of a YAML, JSON or binary file: the value of its entry `sops`.
    ///
    /// As lenient as sops (file format §10.3–10.5): names in any case, numbers and booleans
    /// for text, one map for a list of one, unknown fields. Without a selection the default,
    /// `unencrypted_suffix: _unencrypted`, is filled in.
    ///
    /// # Errors
    ///
    /// [`MetadataError`] with the words of sops.
    pub fn from_tree(block: &Tree) -> Result<Self, MetadataError> {
        nested::read(block, nested::Dialect::Sops)
    }

    /// Whether two blocks name the same wrapped keys, each group's in the order that a file keeps.
    #[must_use]
    pub fn has_keys_of(&self, other: &Self) -> bool {
        let stored = |metadata: &'_ Self| -> Vec<Vec<WrappedKey>> {
            let group = |group: &KeyGroup| group.as_stored().into_iter().cloned().collect();
            metadata.groups.iter().map(group).collect()
        };
        stored(self) == stored(other)
    }

    /// The block as sops writes it: fields byte-sorted at every level, empty ones left out
    /// (file format §10.1–10.3).
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        nested::write(self)
    }

    /// The additional authenticated data of the MAC: `lastmodified`, parsed and formatted
    /// again to seconds (file format §7.3).
    ///
    /// # Errors
    ///
    /// [`TimeError`] if it is no RFC 3339 timestamp; never after [`Self::from_tree`].
    pub fn mac_aad(&self) -> Result<String, TimeError> {
        time::to_seconds(self.last_modified.as_bytes())
    }

    /// Checks that `version` is one that sops would go on with (file format §10.6).
    ///
    /// # Errors
    ///
    /// [`VersionError`] if it is missing or no version.
    pub fn check_version(&self) -> Result<(), VersionError> {
        version::is_older(&self.version, "3.3.0").map(|_| ())
    }

    /// Raises `version` to [`SOPS_VERSION`] if it is older; never lowers it.
    ///
    /// # Errors
    ///
    /// [`VersionError`] if it cannot be compared (exit 202 of sops' `edit`).
    pub fn raise_version(&mut self) -> Result<(), VersionError> {
        if version::is_older(&self.version, SOPS_VERSION)? {
            SOPS_VERSION.clone_into(&mut self.version);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
