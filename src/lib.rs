//! Secrets kept encrypted in git: the library under the `sops` binary.
//!
//! The path of a file's bytes, and the module that owns each step:
//!
//! ```text
//! bytes ──parse──▶ Document: the bytes + leaves in reading order         document/
//!       ──choose─▶ which leaves: suffix, regex, comment rules            policy/
//!       ──encrypt▶ one leaf at a time under the data key; MAC over all   crypto/
//!       ──splice─▶ replacements put into the original bytes              document/
//! data key ──wrap─▶ once per master key, or one Shamir share per group   keys/ → backends/
//! ```
//!
//! [`ops`] ties them together: bytes in, bytes out. Nothing below it reads a file, the
//! environment or the clock; time and randomness are arguments.

#![forbid(unsafe_code)]

#[cfg(feature = "audit")]
pub mod audit;
pub mod backends;
pub mod crypto;
pub mod destinations;
pub mod document;
pub mod keys;
pub mod leaf;
pub mod metadata;
pub mod ops;
pub mod os;
pub mod policy;
pub mod threads;
