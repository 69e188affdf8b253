//! What a backend offers: wrapping and unwrapping with one master key.

use super::{KeyKind, MasterKey, WrappedKey};
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Wraps and unwraps data keys: all that age, PGP, the clouds and a remote service have in common.
pub trait KeyService: Send + Sync {
    /// Whether this service knows what to do with a key of this kind.
    fn handles(&self, key: &MasterKey) -> bool;

    /// How this key may be used together with others. Asked before every attempt; it must not wait
    /// for anything.
    fn manner(&self, _key: &MasterKey) -> Manner {
        Manner::InTurn
    }

    /// The key with all that files name, if `key` leaves something open that only its service
    /// knows: an Azure key without a version stands for the latest one. Nothing if it is whole.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the service does not tell.
    fn complete(&self, _key: &MasterKey) -> Result<Option<MasterKey>, KeyError> {
        Ok(None)
    }

    /// Wraps a data key or a share of one; the result is the `enc` of the key's entry.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the key cannot be used to wrap.
    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError>;

    /// Tries to get back what `key` wrapped.
    fn unwrap(&self, key: &WrappedKey) -> Attempt;

    /// What was found that could open keys of this service's kinds, after none of `failed` was opened:
    /// it tells a person what is here and what is missing. Asks nobody and starts nothing.
    fn findings(&self, failed: &[&MasterKey]) -> Vec<Finding> {
        let _ = failed;
        Vec::new()
    }
}

/// Something that may open keys, and where it is. Holds no key material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of keys that it is for.
    pub kind: KeyKind,
    /// An environment variable, a path, or another name of the place.
    pub place: String,
    /// The file there, if it is one.
    pub file: Option<PathBuf>,
    /// What is there.
    pub holding: Holding,
    /// Whether unwrapping looks there. If not, it is a place where people keep such things.
    pub searched: bool,
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holding {
    /// It opens what is wrapped for the master key with this text form.
    Opens(String),
    /// Nobody can tell what it opens without asking someone; the text says what it is.
    Unknown(String),
    /// It cannot be used, and why.
    Unusable(String),
}

impl<T: KeyService + ?Sized> KeyService for Arc<T> {
    fn handles(&self, key: &MasterKey) -> bool {
        (**self).handles(key)
    }

    fn manner(&self, key: &MasterKey) -> Manner {
        (**self).manner(key)
    }

    fn complete(&self, key: &MasterKey) -> Result<Option<MasterKey>, KeyError> {
        (**self).complete(key)
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        (**self).wrap(key, secret)
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        (**self).unwrap(key)
    }

    fn findings(&self, failed: &[&MasterKey]) -> Vec<Finding> {
        (**self).findings(failed)
    }
}

/// How a key is used together with others of the same file.
///
/// Whoever waits on a network hands out a second handle to itself, because the attempt goes on in a
/// thread of its own that nobody waits for once another key has given what is needed.
#[derive(Clone)]
pub enum Manner {
    /// On the calling thread, one after the other in the decryption order: what is local, and what
    /// may ask the user.
    InTurn,
    /// On a thread of its own, beside all others: what waits on a network and asks nobody.
    AtOnce(Arc<dyn KeyService>),
    /// As [`AtOnce`](Self::AtOnce), but this service gets its next key only when it has answered: a
    /// remote service may have a user of its own to ask.
    Queued(Arc<dyn KeyService>),
}

/// What one attempt to unwrap came to.
pub enum Attempt {
    /// The data key, or the share of it.
    Recovered(Zeroizing<Vec<u8>>),
    /// Nothing on this machine fits the key.
    NotHeld {
        /// What to tell the user.
        reason: KeyError,
        /// The places where something that fits was looked for and nothing was found.
        looked_in: Vec<String>,
    },
    /// The key is there, or should be, and could not be used.
    Failed(KeyError),
}

/// Why a master key could not wrap or unwrap. Holds no key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No service handles keys of this kind.
    #[error("this build has no {} backend", .0.name())]
    NoBackend(KeyKind),
    /// What came back is no data key.
    #[error(
        "unwrapping gave {0} bytes, but a {what} has {lengths}",
        what = if *.1 { "share of a data key" } else { "data key" },
        lengths = if *.1 { "17, 25 or 33" } else { "16, 24 or 32" }
    )]
    WrongLength(usize, bool),
    /// What came back is a data key, but not this file's.
    #[error("what came back is not the data key of this file")]
    WrongKey,
    /// A service that waits on a network did not answer; the seconds it was given.
    #[error("no answer within {0} seconds")]
    TimedOut(u64),
    /// An attempt ended without saying how: a fault of the backend.
    #[error("the attempt ended without an answer")]
    Lost,
    /// What the backend says, in its words.
    #[error("{0}")]
    Backend(String),
}
