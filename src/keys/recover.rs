//! A data key comes back: from any key of the one group, or from enough groups' shares.

use super::{Attempt, DecryptionOrder, KeyError, KeyGroup, KeyService, MasterKey, WrappedKey};
use crate::crypto::DataKey;
use crate::crypto::shamir::{self, CombineError};
use zeroize::Zeroizing;

/// Why the data key of a file could not be recovered. The CLI exits 128 and prints
/// [`report`](Self::report).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecoverFailure {
    /// Not enough groups could be opened.
    KeysFailed {
        /// The threshold that the file states; 0 if it states none.
        threshold: usize,
        /// What was tried, in the file's order.
        groups: Vec<GroupOutcome>,
    },
    /// Enough shares, but they do not go together.
    Combine(CombineError),
    /// The shares go together to something that is no data key; its length in bytes.
    WrongLength(usize),
}

/// What became of one key group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOutcome {
    /// Whether one of its keys succeeded.
    pub recovered: bool,
    /// The keys that failed, in the order tried.
    pub failed: Vec<KeyOutcome>,
}

/// A master key that failed, with the reason of each service that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOutcome {
    /// The key.
    pub key: MasterKey,
    /// One entry per service asked.
    pub attempts: Vec<FailedAttempt>,
}

/// One attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// Why.
    pub reason: KeyError,
    /// Where something that fits was looked for in vain; empty if that is not the reason.
    pub looked_in: Vec<String>,
}

/// What unwrapping is to bring back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    DataKey,
    Share,
}

/// Recovers the data key.
///
/// In each group the keys are tried in `order` until one succeeds; with several groups all of them
/// are tried and what they give is combined (file format §9).
///
/// # Errors
///
/// [`RecoverFailure`].
///
/// # Compatibility
///
/// sops takes whatever bytes a key gives back, and fails later, at the first leaf. Here a key that
/// gives something that is no AES key (or share of one) has failed, and the next one is tried.
pub fn recover(
    groups: &[KeyGroup],
    threshold: usize,
    order: &DecryptionOrder,
    services: &[&dyn KeyService],
) -> Result<DataKey, RecoverFailure> {
    let wanted = if groups.len() > 1 { Wanted::Share } else { Wanted::DataKey };
    let mut secrets = Vec::new();
    let mut outcomes = Vec::with_capacity(groups.len());
    for group in groups {
        let mut outcome = GroupOutcome { recovered: false, failed: Vec::new() };
        for key in order.sort(&group.0) {
            match unwrap_one(key, wanted, services) {
                Ok(secret) => {
                    secrets.push(secret);
                    outcome.recovered = true;
                    break;
                }
                Err(attempts) => {
                    outcome.failed.push(KeyOutcome { key: key.key.clone(), attempts });
                }
            }
        }
        outcomes.push(outcome);
    }
    let needed = if wanted == Wanted::Share { threshold } else { 1 };
    if secrets.len() < needed {
        return Err(RecoverFailure::KeysFailed { threshold, groups: outcomes });
    }
    let bytes = match wanted {
        Wanted::Share => shamir::combine(&secrets).map_err(RecoverFailure::Combine)?,
        // There is exactly one: one group gives at most one, and `needed` asks for it.
        Wanted::DataKey => secrets.swap_remove(0),
    };
    DataKey::from_bytes(&bytes).map_err(|_| RecoverFailure::WrongLength(bytes.len()))
}

/// The first service that succeeds decides; if none does, each has its reason.
fn unwrap_one(
    key: &WrappedKey,
    wanted: Wanted,
    services: &[&dyn KeyService],
) -> Result<Zeroizing<Vec<u8>>, Vec<FailedAttempt>> {
    let mut failed = Vec::new();
    for service in services.iter().filter(|service| service.handles(&key.key)) {
        let (reason, looked_in) = match service.unwrap(key) {
            Attempt::Recovered(secret) => {
                let share = wanted == Wanted::Share;
                if matches!(secret.len().wrapping_sub(usize::from(share)), 16 | 24 | 32) {
                    return Ok(secret);
                }
                (KeyError::WrongLength(secret.len(), share), Vec::new())
            }
            Attempt::NotHeld { reason, looked_in } => (reason, looked_in),
            Attempt::Failed(reason) => (reason, Vec::new()),
        };
        failed.push(FailedAttempt { reason, looked_in });
    }
    if failed.is_empty() && !services.is_empty() {
        let reason = KeyError::NoBackend(key.key.kind());
        failed.push(FailedAttempt { reason, looked_in: Vec::new() });
    }
    Err(failed)
}
