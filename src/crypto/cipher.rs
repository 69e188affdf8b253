//! The leaf cipher: AES-256-GCM with sops' 32-byte nonce (file format §3).
use super::Random;
use crate::leaf::{Value, ValueRef};

/// The key that encrypts every leaf of one file. Wiped on drop; `Debug` prints no key material.
pub struct DataKey(zeroize::Zeroizing<Vec<u8>>);
impl DataKey {
    /// Length of a fresh key in bytes.
    pub const LEN: usize = 32;
    /// A fresh key.
    pub fn generate(_random: &mut dyn Random) -> Self {
        todo!()
    }
    /// A key recovered from a file: 16, 24 or 32 bytes.
    ///
    /// # Errors
    ///
    /// [`OpenError::KeyLength`] for any other length.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, OpenError> {
        todo!()
    }
    /// The bytes, for wrapping.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}
/// The nonce of one token; 32 bytes when we write, any length when we read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Nonce(Vec<u8>);
impl Nonce {
    /// A fresh one of 32 bytes.
    pub fn generate(_random: &mut dyn Random) -> Self {
        todo!()
    }
    /// Whether it has the length that sops writes; only such a nonce is ever used again.
    #[must_use]
    pub fn is_reusable(&self) -> bool {
        self.0.len() == 32
    }
}
/// What a token held.
pub struct Opened {
    /// The value.
    pub value: Value,
    /// Its nonce.
    pub nonce: Nonce,
}
/// Why a token does not open. Names no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Wrong key, changed ciphertext, or a leaf moved to another path.
    #[error("Could not decrypt with AES_GCM: cipher: message authentication failed")]
    Forged,
    /// The text is no token.
    #[error("it is not a sops value (ENC[…])")]
    NotAToken,
    /// A part is not base64.
    #[error("Error base64-decoding {0}")]
    Damaged(&'static str),
    /// The key has a length that AES does not know.
    #[error("crypto/aes: invalid key size {0}")]
    KeyLength(usize),
    /// The type tag is unknown.
    #[error("Unknown datatype")]
    UnknownType,
    /// The plaintext does not read as the type says.
    #[error("the plaintext is no {0}")]
    Mistyped(&'static str),
}
/// The key schedule of one data key.
pub struct Cipher {}
impl Cipher {
    /// Expands the key.
    #[must_use]
    pub fn new(_key: &DataKey) -> Self {
        todo!()
    }
    /// Appends the token of `value` under `aad` to `out`. Empty text and null have no token:
    /// callers leave them as they are.
    pub fn seal(&self, _value: ValueRef<'_>, _aad: &[u8], _nonce: &Nonce, _out: &mut Vec<u8>) {
        todo!()
    }
    /// Opens a token.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(&self, _token: &[u8], _aad: &[u8]) -> Result<Opened, OpenError> {
        todo!()
    }
}
