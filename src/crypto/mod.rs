//! The data key and what is done with it: leaves sealed and opened, the MAC, Shamir shares.
//!
//! No I/O and no global randomness: callers pass [`Random`].

mod cipher;
mod gcm;
mod long;
pub mod mac;
mod nonces;
pub mod shamir;
pub mod token;

pub use cipher::{Cipher, DataKey, Nonce, OpenError, Opened, Session, plaintext};
pub use mac::{Mac, MacScope};
pub use nonces::Nonces;

/// A source of unpredictable bytes, passed in by the caller.
pub trait Random {
    /// Fills `out` with unpredictable bytes.
    fn fill(&mut self, out: &mut [u8]);
}
