//! Hybrid post-quantum recipients: `age1pq1…` and `AGE-SECRET-KEY-PQ-1…` (keys §3.2).

use super::hpke::{self, PrivateKey};
use crate::keys::base64::{self, Padding};
use crate::keys::bech32;
use crate::keys::quote::quote;
use age::EncryptError;
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::secrecy::ExposeSecret;
use std::collections::HashSet;
use zeroize::Zeroizing;

const TAG: &str = "mlkem768x25519";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
const IDENTITY_PREFIX: &str = "AGE-SECRET-KEY-PQ-";
/// Keeps such a recipient from standing beside one that a quantum computer could break.
const LABEL: &str = "postquantum";
/// Bytes that the AEAD adds.
const OVERHEAD: usize = 16;

/// A recipient, checked when it was read.
pub(super) struct Recipient(pub(super) Box<[u8; hpke::PUBLIC_KEY]>);

impl age::Recipient for Recipient {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let mut randomness = Zeroizing::new([0; 64]);
        getrandom::fill(&mut randomness[..])
            .map_err(|error| EncryptError::Io(std::io::Error::other(error.to_string())))?;
        let (encapsulated, body) =
            hpke::seal(&self.0, INFO, file_key.expose_secret(), &randomness).map_err(|hpke::WeakShare| {
                let reason = "failed to set up HPKE sender: \
                              crypto/ecdh: bad X25519 remote ECDH input: low order point";
                EncryptError::Io(std::io::Error::other(reason))
            })?;
        let share = base64_simd::STANDARD_NO_PAD.encode_to_string(encapsulated);
        let stanza = Stanza { tag: TAG.to_owned(), args: vec![share], body };
        Ok((vec![stanza], HashSet::from([LABEL.to_owned()])))
    }
}

/// An identity; boxed, for the expanded key is large.
pub(super) struct Identity(Box<PrivateKey>);

impl Identity {
    /// Reads `AGE-SECRET-KEY-PQ-1…`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let error = |reason: String| format!("malformed secret key: {reason}");
        let (prefix, seed) = bech32::decode(text).map_err(|e| error(e.to_string()))?;
        if prefix != IDENTITY_PREFIX {
            return Err(error(format!("unknown type {}", quote(prefix))));
        }
        let seed: &[u8; 32] =
            seed[..].try_into().map_err(|_| error("invalid MLKEM768-X25519 secret key".to_owned()))?;
        Ok(Self(Box::new(PrivateKey::new(seed))))
    }

    /// The recipient that goes with it.
    pub(super) fn recipient(&self) -> String {
        bech32::encode("age1pq", &self.0.public_key()).to_string()
    }

    /// Tries every stanza of the kind.
    pub(super) fn unwrap(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, String>> {
        stanzas
            .iter()
            .filter(|stanza| stanza.tag == TAG)
            .find_map(|stanza| self.unwrap_one(stanza).transpose())
    }

    fn unwrap_one(&self, stanza: &Stanza) -> Result<Option<FileKey>, String> {
        let [share] = &stanza.args[..] else {
            return Err("invalid mlkem768x25519 recipient block".to_owned());
        };
        let share = base64::decode(share.as_bytes(), Padding::Forbidden)
            .map_err(|error| format!("failed to parse mlkem768x25519 recipient: {error}"))?;
        if stanza.body.len() != FILE_KEY_BYTES + OVERHEAD {
            return Err("encrypted value has unexpected length".to_owned());
        }
        let invalid = |reason| format!("invalid mlkem768x25519 recipient: {reason}");
        let share = share[..].try_into().map_err(|_| invalid("invalid encapsulated key size"))?;
        let opened = self.0.open(share, INFO, &stanza.body).map_err(|hpke::WeakShare| {
            invalid("crypto/ecdh: bad X25519 remote ECDH input: low order point")
        })?;
        Ok(opened.map(|bytes| FileKey::init_with_mut(|key| key.copy_from_slice(&bytes))))
    }
}
