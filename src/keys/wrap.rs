//! A data key goes to every master key: whole, or as one Shamir share per group.

use super::attempts::{Attempts, FailedAttempt, Limits, Task};
use super::quote::quote;
use super::{KeyError, KeyGroup, KeyKind, KeyService, MasterKey};
use crate::crypto::shamir::{self, SplitError};
use crate::crypto::{DataKey, Random};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Why a data key was not wrapped. The text is what stands behind `Could not generate data key: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrapError {
    /// There is no key service at all.
    #[error("[no key services provided, cannot update master keys]")]
    NoServices,
    /// There is no key group.
    #[error("[no key groups provided]")]
    NoGroups,
    /// The threshold does not fit the number of groups.
    #[error("[could not split data key into parts for Shamir: {0}]")]
    Split(SplitError),
    /// A group has no key.
    #[error("[empty key group provided]")]
    EmptyGroup,
    /// These keys failed; every key was tried.
    #[error("[{}]", join(.0))]
    Keys(Vec<WrapKeyError>),
}

/// Why one master key did not wrap the data key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to encrypt new data key with master key {}: {reason}", quote(&.key.shown()))]
pub struct WrapKeyError {
    /// The key.
    pub key: MasterKey,
    /// Its reason.
    pub reason: KeyError,
}

fn join(errors: &[WrapKeyError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Wraps `key` with every master key of every group and stores the results in the groups.
///
/// One group: each of its keys wraps the data key itself, and `threshold` does not matter. Two and
/// more: each group gets a Shamir share, wrapped by each of its keys; a threshold of 0 means all
/// groups (file format §9). A key without `created_at` that must have one gets `now` (RFC 3339).
/// For each key the first service that succeeds decides; keys that wait on a network are asked
/// beside each other.
///
/// # Errors
///
/// [`WrapError`]; then the groups are as they were.
pub fn wrap_all(
    groups: &mut [KeyGroup],
    threshold: usize,
    key: &DataKey,
    services: &[&dyn KeyService],
    random: &mut dyn Random,
    now: &str,
) -> Result<(), WrapError> {
    if services.is_empty() {
        return Err(WrapError::NoServices);
    }
    let secrets = match groups.len() {
        0 => return Err(WrapError::NoGroups),
        1 => vec![Zeroizing::new(key.expose().to_vec())],
        parts => {
            let threshold = if threshold == 0 { parts } else { threshold };
            shamir::split(key.expose(), parts, threshold, random).map_err(WrapError::Split)?
        }
    };
    if groups.iter().any(|group| group.0.is_empty()) {
        return Err(WrapError::EmptyGroup);
    }

    let mut attempts = Attempts::new(services, Limits::DEFAULT, &|_| Ok(()));
    for (group, secret) in groups.iter().zip(secrets) {
        let secret = Arc::new(secret);
        for entry in &group.0 {
            let id = attempts.add(Wrap { key: entry.key.clone(), secret: secret.clone() });
            attempts.advance(id);
        }
    }
    attempts.settle();

    let mut wrapped = Vec::new();
    let mut failures = Vec::new();
    let entries = groups.iter().flat_map(|group| &group.0);
    for (entry, outcome) in entries.zip(attempts.into_outcomes()) {
        match outcome.output {
            Some(enc) => wrapped.push(enc),
            None => failures.extend(
                outcome
                    .failed
                    .into_iter()
                    .map(|attempt| WrapKeyError { key: entry.key.clone(), reason: attempt.reason }),
            ),
        }
    }
    if !failures.is_empty() {
        return Err(WrapError::Keys(failures));
    }
    for (entry, enc) in groups.iter_mut().flat_map(|group| &mut group.0).zip(wrapped) {
        entry.enc = enc;
        if entry.created_at.is_none() && entry.key.kind() != KeyKind::Age {
            entry.created_at = Some(now.to_owned());
        }
    }
    Ok(())
}

/// Wraps a secret with a key.
struct Wrap {
    key: MasterKey,
    secret: Arc<Zeroizing<Vec<u8>>>,
}

impl Task for Wrap {
    type Output = String;

    fn key(&self) -> &MasterKey {
        &self.key
    }

    fn run(&self, service: &dyn KeyService) -> Result<String, FailedAttempt> {
        service.wrap(&self.key, &self.secret).map_err(FailedAttempt::from)
    }
}
