//! Changing who may read a file, and which of its leaves are encrypted, under the same data key.

use super::Context;
use super::open::OpenFile;
use super::read;
use super::seal::EncryptError;
use crate::keys::{self, KeyGroup, RecoverFailure, WrapError, WrappedKey};
use crate::metadata::Metadata;
use crate::policy::{OnBadRegex, Selector};

/// Why the metadata of a file cannot be as wanted. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AmendError {
    /// A selector is no regular expression, or the data key cannot be wrapped for everyone.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// The data key, needed to wrap it anew, could not be recovered once more.
    #[error("Failed to get the data key required to decrypt the SOPS file.")]
    DataKey(RecoverFailure),
}

/// Whether two files have the same keys and encrypt the same leaves.
#[must_use]
pub fn same_policy(a: &Metadata, b: &Metadata) -> bool {
    same_keys(a, b) && a.selection == b.selection && a.mac_only_encrypted == b.mac_only_encrypted
}

pub(super) fn same_keys(a: &Metadata, b: &Metadata) -> bool {
    fn keys(metadata: &Metadata) -> Vec<Vec<&keys::MasterKey>> {
        metadata.groups.iter().map(|group| group.0.iter().map(|key| &key.key).collect()).collect()
    }
    a.shamir_threshold == b.shamir_threshold && keys(a) == keys(b)
}

/// The metadata of `file` with the keys, the threshold and the selection of `wanted`.
///
/// The data key is wrapped for keys that are new; with several groups each gets a new share. What
/// `wanted` says of MAC, dates and wrapped keys does not count.
///
/// # Errors
///
/// [`AmendError`], also if nobody could open the file with such metadata.
pub fn amend(file: &OpenFile, wanted: &Metadata, context: &mut Context<'_>) -> Result<Metadata, AmendError> {
    amend_from(file.metadata(), wanted, &[], context)
}

/// [`amend`] with keys of another version that wrap the same data key whole: they are asked as little as
/// those that stay.
pub(super) fn amend_from(
    old: &Metadata,
    wanted: &Metadata,
    also: &[WrappedKey],
    context: &mut Context<'_>,
) -> Result<Metadata, AmendError> {
    Selector::compile(&wanted.selection, OnBadRegex::Refuse).map_err(EncryptError::Selector)?;
    let mut amended = old.clone();
    amended.selection.clone_from(&wanted.selection);
    amended.mac_only_encrypted = wanted.mac_only_encrypted;
    if same_keys(old, wanted) {
        return Ok(amended);
    }
    let stated = read::threshold(old.shamir_threshold);
    let data_key =
        keys::recover(&old.groups, stated, context.order, context.services).map_err(AmendError::DataKey)?;
    amended.shamir_threshold = wanted.shamir_threshold;
    if wanted.groups.len() > 1 && wanted.shamir_threshold == 0 {
        amended.shamir_threshold = i64::try_from(wanted.groups.len()).unwrap_or(i64::MAX);
    }
    let threshold = read::threshold(wanted.shamir_threshold);
    let mut wrap = |groups: &mut [KeyGroup]| -> Result<(), WrapError> {
        keys::wrap_all(groups, threshold, &data_key, context.services, context.random, context.now)
    };
    amended.groups = match (&old.groups[..], &wanted.groups[..]) {
        // The data key itself is wrapped: keys that stay need not be asked.
        ([old], [wanted]) => {
            let stays =
                |key: &WrappedKey| old.0.iter().chain(also).find(|other| other.key == key.key).cloned();
            let mut new = [KeyGroup(wanted.0.iter().filter(|key| stays(key).is_none()).cloned().collect())];
            if !new[0].0.is_empty() {
                wrap(&mut new).map_err(EncryptError::Wrap)?;
            }
            let [KeyGroup(new)] = new;
            let mut new = new.into_iter();
            vec![KeyGroup(wanted.0.iter().filter_map(|key| stays(key).or_else(|| new.next())).collect())]
        }
        _ => {
            let mut groups = wanted.groups.clone();
            wrap(&mut groups).map_err(EncryptError::Wrap)?;
            groups
        }
    };
    Ok(amended)
}
