//! A data key comes back: from any key of the one group, or from enough groups' shares.

use super::attempts::{Attempts, FailedAttempt, Limits, SLICE, Task};
use super::{Attempt, DecryptionOrder, KeyError, KeyGroup, KeyService, MasterKey, WrappedKey};
use crate::crypto::DataKey;
use crate::crypto::shamir::{self, CombineError};
use std::time::Duration;
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

/// What unwrapping is to bring back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    DataKey,
    Share,
}

/// Recovers the data key.
///
/// In each group the keys are tried in `order` until one succeeds; with several groups all of them
/// are tried and what they give is combined (file format §9). Keys that are used in turn are tried
/// on this thread; those that wait on a network are begun in passing, run beside each other, and
/// are waited for at the end. A key that comes behind network keys and may ask the user lets them
/// go ahead by less than a second. As soon as there is enough, nobody is waited for.
///
/// # Errors
///
/// [`RecoverFailure`]. It lists the keys of a group in `order`, whoever answered first.
///
/// # Compatibility
///
/// sops asks one key after the other, so that a cloud out of reach delays all keys behind it.
///
/// sops takes whatever bytes a key gives back, and fails later, at the first leaf. Here a key that
/// gives something that is no AES key (or share of one) has failed, and the next one is tried.
pub fn recover(
    groups: &[KeyGroup],
    threshold: usize,
    order: &DecryptionOrder,
    services: &[&dyn KeyService],
) -> Result<DataKey, RecoverFailure> {
    recover_fitting(groups, threshold, order, services, &|_| true)
}

/// As [`recover`], where `fits` says whether a data key is the file's.
///
/// A key that gives another file's data key has failed, and the next one is tried. If none gives one
/// that fits, the first one is the result after all, for the trouble may be with the file. Shares
/// cannot be told apart: with several groups `fits` is not asked.
///
/// # Errors
///
/// [`RecoverFailure`].
pub fn recover_fitting(
    groups: &[KeyGroup],
    threshold: usize,
    order: &DecryptionOrder,
    services: &[&dyn KeyService],
    fits: &dyn Fn(&DataKey) -> bool,
) -> Result<DataKey, RecoverFailure> {
    recover_within(groups, threshold, order, services, fits, Limits::DEFAULT)
}

pub(super) fn recover_within(
    groups: &[KeyGroup],
    threshold: usize,
    order: &DecryptionOrder,
    services: &[&dyn KeyService],
    fits: &dyn Fn(&DataKey) -> bool,
    limits: Limits,
) -> Result<DataKey, RecoverFailure> {
    let wanted = if groups.len() > 1 { Wanted::Share } else { Wanted::DataKey };
    let check = |secret: &Zeroizing<Vec<u8>>| match DataKey::from_bytes(secret) {
        Ok(key) if wanted == Wanted::DataKey && !fits(&key) => Err(KeyError::WrongKey),
        _ => Ok(()),
    };
    let mut race = Race {
        attempts: Attempts::new(services, limits, &check),
        groups: Vec::with_capacity(groups.len()),
        // A file that states no threshold may need every share there is.
        enough: if wanted == Wanted::DataKey {
            1
        } else {
            Some(threshold).filter(|&n| n > 1).unwrap_or(usize::MAX)
        },
        head_start: limits.head_start,
    };
    for group in groups {
        race.enter(&order.sort(&group.0), wanted);
    }
    race.finish();

    let ids = race.groups;
    let mut results: Vec<_> = race.attempts.into_outcomes().into_iter().map(Some).collect();
    let mut secrets = Vec::new();
    let mut refused = None;
    let mut outcomes = Vec::with_capacity(groups.len());
    for (group, ids) in groups.iter().zip(ids) {
        let mut outcome = GroupOutcome { recovered: false, failed: Vec::new() };
        for (key, id) in order.sort(&group.0).into_iter().zip(ids) {
            let Some(result) = results[id].take() else { continue };
            refused = refused.or(result.refused);
            match result.output {
                Some(secret) if !outcome.recovered => {
                    secrets.push(secret);
                    outcome.recovered = true;
                }
                Some(_) => {}
                None => outcome.failed.push(KeyOutcome { key: key.key.clone(), attempts: result.failed }),
            }
        }
        outcomes.push(outcome);
    }
    if secrets.is_empty() {
        secrets.extend(refused);
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

/// The groups, each on its way to a success of one of its keys.
struct Race<'a> {
    attempts: Attempts<'a, Unwrap>,
    /// The keys of each group, as numbers of `attempts`.
    groups: Vec<Vec<usize>>,
    /// With so many groups the others are of no use.
    enough: usize,
    /// What is left of the time that keys hold back.
    head_start: Duration,
}

impl Race<'_> {
    /// Takes up a group: tries its keys, but waits for none that answers elsewhere.
    fn enter(&mut self, keys: &[&WrappedKey], wanted: Wanted) {
        let ids: Vec<_> =
            keys.iter().map(|key| self.attempts.add(Unwrap { key: (*key).clone(), wanted })).collect();
        self.groups.push(ids.clone());
        for (at, &id) in ids.iter().enumerate() {
            let in_turn = self.attempts.is_in_turn(id);
            if in_turn {
                self.hold_back(&ids[..at]);
            }
            if self.recovered(&ids) || (!in_turn && self.has_enough()) {
                return;
            }
            self.attempts.advance(id);
        }
    }

    /// Lets keys that come first answer first, for as long as there is time for that.
    fn hold_back(&mut self, first: &[usize]) {
        while !self.head_start.is_zero()
            && !self.recovered(first)
            && first.iter().any(|&id| self.attempts.is_pending(id))
        {
            if !self.attempts.wait() {
                self.head_start = self.head_start.saturating_sub(SLICE);
            }
        }
    }

    fn recovered(&self, ids: &[usize]) -> bool {
        ids.iter().any(|&id| self.attempts.is_done(id))
    }

    fn has_enough(&self) -> bool {
        self.groups.iter().filter(|ids| self.recovered(ids)).count() >= self.enough
    }

    /// Waits for what is still needed.
    fn finish(&mut self) {
        loop {
            for ids in &self.groups {
                if ids.iter().any(|&id| self.attempts.is_done(id)) {
                    ids.iter().for_each(|&id| self.attempts.forget(id));
                }
            }
            let pending = |id: &usize| self.attempts.is_pending(*id);
            if self.has_enough() || !self.groups.iter().flatten().any(pending) {
                return;
            }
            self.attempts.wait();
        }
    }
}

/// Unwraps a key.
struct Unwrap {
    key: WrappedKey,
    wanted: Wanted,
}

impl Task for Unwrap {
    type Output = Zeroizing<Vec<u8>>;

    fn key(&self) -> &MasterKey {
        &self.key.key
    }

    fn run(&self, service: &dyn KeyService) -> Result<Self::Output, FailedAttempt> {
        match service.unwrap(&self.key) {
            Attempt::Recovered(secret) => {
                let share = self.wanted == Wanted::Share;
                if matches!(secret.len().wrapping_sub(usize::from(share)), 16 | 24 | 32) {
                    return Ok(secret);
                }
                Err(KeyError::WrongLength(secret.len(), share).into())
            }
            Attempt::NotHeld { reason, looked_in } => Err(FailedAttempt { reason, looked_in }),
            Attempt::Failed(reason) => Err(reason.into()),
        }
    }
}
