//! What is done with a file: bytes in, bytes out.
//!
//! [`encrypt`] and [`open`] are the two roads; [`reseal`] is the way back after an edit,
//! [`rotate`] the same under a new data key; [`Merging`] makes one of two versions; [`keyring`] is the way to change who may open a file
//! and nothing else. Every file that leaves here was read back in memory first and came back equal.

mod ahead;
mod amend;
mod beside;
mod binary;
mod check;
mod copy;
mod differences;
mod encrypt;
mod generate;
mod groups;
mod history;
pub mod kubernetes;
pub mod mask;
mod merge;
mod open;
mod previous;
mod read;
mod redact;
mod reseal;
mod rest;
mod rotate;
mod seal;
mod status;
pub mod template;
mod tokens;
mod update_keys;
mod whole;

#[cfg(test)]
mod tests;

pub use amend::{AmendError, amend, same_policy};
pub use beside::Beside;
pub use check::{Checked, Expectations, Finding, FindingKind, check};
pub use copy::{CopyError, Originals};
pub use differences::{Difference, differences};
pub use encrypt::{Recipe, encrypt, encrypt_and_keep};
pub use generate::{Generated, SecretKind, generate};
pub use groups::{add_group, delete_group};
pub use history::{ClearText, Former, Holder, Present, Snapshot, Story, Version, present, story, version};
pub use merge::{MergeError, MergeSide, Merging, PolicyConflict};
pub use open::{MacError, MacVerified, OpenFile, OpenFileError, open};
pub use read::{LeafError, LeafProblem};
pub use redact::{Redacted, redact};
pub use reseal::{reseal, reseal_under};
pub use rest::{RestError, Unfinished, open_unfinished};
pub use rotate::{
    KeyChange, Recreation, RotateError, dangerously_rotate_unverified, recreate, reencrypt, rotate,
    rotate_for,
};
pub use seal::{EncryptError, Encrypted};
pub use status::{is_encrypted, looks_encrypted};
pub use update_keys::{KeyUpdate, Keyring, KeysError, keyring};
pub use whole::SealError;

use crate::crypto::Random;
use crate::keys::{DecryptionOrder, KeyService};

/// What an operation may use of the world around it.
pub struct Context<'a> {
    /// The services that wrap and unwrap data keys, asked in this order.
    pub services: &'a [&'a dyn KeyService],
    /// In which order the keys of a group are tried.
    pub order: &'a DecryptionOrder,
    /// Unpredictable bytes.
    pub random: &'a mut dyn Random,
    /// The time now: RFC 3339, UTC, whole seconds (`2026-11-21T07:41:14Z`).
    pub now: &'a str,
    /// Whether a file without a seal is refused like one whose MAC is missing.
    pub strict: bool,
}

/// Something that is done, but that the user should know of. Names leaves, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A number is spelled in a way that only this program brings back: a reader that knows
    /// only the value (sops) prints it in another way.
    Spelling {
        /// The leaf.
        path: String,
        /// Its line, counted from 1.
        line: usize,
        /// Whether such a reader loses digits, not just the spelling.
        lossy: bool,
    },
    /// A JSON object or a dotenv file has a key twice. Both are kept.
    DuplicateKey {
        /// The key.
        path: String,
        /// The line of the second one.
        line: usize,
    },
    /// Values or comments of a dotenv file end with a carriage return: it is a part of them.
    CarriageReturns {
        /// The first line that has one.
        line: usize,
        /// How many lines have one.
        count: usize,
    },
    /// A dotenv file begins with a byte order mark. The encrypted file has none: other readers
    /// would take it for a part of the first key. It comes back when the file is decrypted.
    ByteOrderMark,
    /// An INI section has a key twice. Both are kept, but sops reads the last one only.
    ShadowedKey {
        /// The key.
        path: String,
        /// The line of the one that is read.
        line: usize,
    },
    /// The selection leaves every value in plain text.
    NothingEncrypted,
    /// A comment keeps a whole map or list in plain text.
    PlainBelowComment {
        /// How many values.
        values: usize,
    },
    /// A comment in the encrypted file is not encrypted although it should be; it is kept.
    PlainComment {
        /// Its line.
        line: usize,
    },
    /// An encrypted comment opens under no key path near it; its ciphertext is kept.
    LostComment {
        /// Its line.
        line: usize,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Spelling { path, line, lossy: false } => {
                write!(
                    f,
                    "line {line}: {path}: other readers of the encrypted file print this number in another spelling"
                )
            }
            Self::Spelling { path, line, lossy: true } => {
                write!(
                    f,
                    "line {line}: {path}: other readers of the encrypted file round this number; quote it to be safe"
                )
            }
            Self::DuplicateKey { path, line } => {
                write!(f, "line {line}: the key {path} is there twice; both are kept")
            }
            Self::CarriageReturns { line, count } => write!(
                f,
                "line {line}: the value ends with a carriage return, which is a part of it ({count} such lines in this file); save the file with LF line ends if it should not be"
            ),
            Self::ByteOrderMark => f.write_str(
                "the file begins with a byte order mark, which is not part of its first key; save it without one",
            ),
            Self::ShadowedKey { path, line } => write!(
                f,
                "line {line}: the key {path} is there already; all are kept, but other readers of the encrypted file see this one only"
            ),
            Self::NothingEncrypted => {
                f.write_str("the selection leaves every value of this file in plain text")
            }
            Self::PlainBelowComment { values } => write!(
                f,
                "{values} value(s) stay in plain text: a comment that matches unencrypted_comment_regex stands above the map or list that holds them, and counts for all of it"
            ),
            Self::PlainComment { line } => write!(
                f,
                "line {line}: Found possibly unencrypted comment in file. This is to be expected if the file being decrypted was created with an older version of SOPS."
            ),
            Self::LostComment { line } => {
                write!(f, "line {line}: an encrypted comment does not open; its ciphertext is kept as it is")
            }
        }
    }
}
