//! Master keys as data, key groups, and how a data key is wrapped by them and recovered.
//!
//! ```text
//! text ──parse──▶ MasterKey                        parse.rs, age_recipient.rs, vault_uri.rs
//! data key ──wrap_all─▶ KeyGroups with `enc`       wrap.rs
//! KeyGroups ──recover─▶ data key, or a report      order.rs, recover.rs, report.rs
//! who is asked when, and who beside whom           attempts.rs
//! ```
//!
//! Nothing here talks to a key: that is done by a [`KeyService`], made in `backends`. A key of a
//! kind that no service of this build handles is still read, shown, compared and written back.

mod age_recipient;
mod attempts;
pub(crate) mod base64;
pub(crate) mod bech32;
mod diff;
mod master;
mod order;
mod parse;
pub(crate) mod quote;
mod recover;
mod report;
mod service;
#[cfg(test)]
mod tests;
mod vault_uri;
mod wrap;

pub use age_recipient::{AgeRecipient, AgeRecipientError, SshBlobError, SshKeyError};
pub(crate) use age_recipient::{is_plugin_name, ssh_string};
pub use attempts::FailedAttempt;
pub use diff::{GroupDiff, diff_groups};
pub use master::{KeyGroup, KeyKind, MasterKey, WrappedKey, without_user};
pub use order::{DecryptionOrder, DuplicateKeyType};
pub use parse::{KmsOptions, ParseKeyError, parse_encryption_context};
pub use quote::quote;
pub use recover::{GroupOutcome, KeyOutcome, RecoverFailure, recover, recover_fitting};
pub use service::{Attempt, Finding, Holding, KeyError, KeyService, Manner};
pub use vault_uri::VaultUriError;
pub use wrap::{WrapError, WrapKeyError, wrap_all};
