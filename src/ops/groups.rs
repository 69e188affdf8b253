//! A key group more, or one less. Unlike sops, nothing here makes a file that nobody can open
//! (command line §7.10).

use super::Context;
use super::update_keys::{Keyring, KeysError};
use crate::document::EmitStyle;
use crate::keys::KeyGroup;

/// The file with `group` added behind the groups that it has. `threshold` is the number of groups
/// that must answer from now on; without it the file's own stays, or else all are needed.
///
/// # Errors
///
/// [`KeysError`].
pub fn add_group(
    keyring: &Keyring,
    group: KeyGroup,
    threshold: Option<i64>,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Vec<u8>, KeysError> {
    if group.0.is_empty() {
        return Err(KeysError::EmptyGroup);
    }
    let data_key = keyring.data_key(context)?;
    let mut groups = keyring.metadata().groups.clone();
    groups.push(group);
    let threshold = threshold.unwrap_or(keyring.metadata().shamir_threshold);
    keyring.rewrapped(groups, threshold, &data_key, style, context)
}

/// The file without its group number `index`, counted from 0.
///
/// # Errors
///
/// [`KeysError`], also for the last group of all.
pub fn delete_group(
    keyring: &Keyring,
    index: usize,
    threshold: Option<i64>,
    style: EmitStyle,
    context: &mut Context<'_>,
) -> Result<Vec<u8>, KeysError> {
    let mut groups = keyring.metadata().groups.clone();
    if index >= groups.len() {
        return Err(KeysError::NoSuchGroup { index, groups: groups.len() });
    }
    if groups.len() == 1 {
        return Err(KeysError::LastGroup);
    }
    let data_key = keyring.data_key(context)?;
    groups.remove(index);
    let threshold = threshold.unwrap_or(keyring.metadata().shamir_threshold);
    if i64::try_from(groups.len()).unwrap_or(i64::MAX) < threshold {
        return Err(KeysError::Threshold { threshold, groups: groups.len() });
    }
    keyring.rewrapped(groups, threshold, &data_key, style, context)
}
