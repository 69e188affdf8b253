//! What is published, and keys of it: they are named, their values never.

use zeroize::Zeroizing;

/// What a destination is given of a file.
pub enum Content {
    /// The encrypted file.
    File(Vec<u8>),
    /// Its values: the JSON text of an object.
    Members(Zeroizing<Vec<u8>>),
    /// The plaintext of a file that has no values of its own.
    Whole(Zeroizing<Vec<u8>>),
}

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is new.
    Added,
    /// Its value is another.
    Changed,
    /// It goes.
    Removed,
}

/// A key whose value differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What becomes of it.
    pub change: Change,
    /// Where it is, in dots, as `sops get` takes it.
    pub key: String,
}

impl Content {
    /// The bytes that are sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::File(bytes) => bytes,
            Self::Members(bytes) | Self::Whole(bytes) => bytes,
        }
    }

    /// Whether anything of it is secret.
    #[must_use]
    pub const fn is_plaintext(&self) -> bool {
        !matches!(self, Self::File(_))
    }
}
