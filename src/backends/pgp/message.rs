//! A message gives its secret to one of the secret keys.

use super::keyring::hex;
use pgp::composed::{DecryptionOptions, Esk, Message as Composed, PlainSessionKey, SignedSecretKey, TheRing};
use pgp::packet::{self, PublicKeyEncryptedSessionKey};
use pgp::types::{DecryptionKey, EskType, Password, PkeskVersion, S2kParams, SecretParams, StringToKey};
use std::fmt;
use std::io::Read;
use zeroize::Zeroizing;

/// More than any data key.
const MAX_SECRET: u64 = 1 << 16;
/// How deep compressed data may lie in compressed data.
const MAX_DEPTH: usize = 4;
/// How often a passphrase is asked for.
const TRIES: usize = 3;

/// Why a message did not open.
#[derive(Debug)]
pub(super) enum OpenError {
    /// There are no keys, or none is for this message.
    NotHeld(String),
    /// There is a key, but nobody to give its passphrase.
    Locked(String),
    /// It is broken, or a key does not fit after all.
    Failed(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::NotHeld(reason) | Self::Locked(reason) | Self::Failed(reason)) = self;
        f.write_str(reason)
    }
}

/// A secret key that is locked: what a passphrase is asked for with.
pub(super) struct Locked {
    /// The last 8 digits of the fingerprint, upper case.
    pub(super) short_id: String,
    /// Whether the passphrase given before was wrong.
    pub(super) again: bool,
}

/// Gives the passphrase of a key, or says why there is none.
type Passphrase<'a> = &'a dyn Fn(&Locked) -> Result<Zeroizing<String>, String>;

/// An encrypted message.
pub(super) struct Message<'a> {
    recipients: Vec<PublicKeyEncryptedSessionKey>,
    message: Composed<'a>,
}

impl<'a> Message<'a> {
    /// Reads an armored message. The errors are ours: a parser's might quote it.
    pub(super) fn parse(enc: &'a str) -> Result<Self, String> {
        if !enc.contains("-----BEGIN ") {
            return Err("armor decoding failed: EOF".to_owned());
        }
        let invalid = |_| "reading PGP message failed: openpgp: invalid data".to_owned();
        let (message, _) = Composed::from_armor(enc.as_bytes()).map_err(invalid)?;
        let Composed::Encrypted { esk, .. } = &message else {
            return Err("reading PGP message failed: openpgp: invalid data: not encrypted".to_owned());
        };
        let recipients = esk
            .iter()
            .filter_map(|esk| match esk {
                Esk::PublicKeyEncryptedSessionKey(recipient) => Some(recipient.clone()),
                Esk::SymKeyEncryptedSessionKey(_) => None,
            })
            .collect();
        Ok(Self { recipients, message })
    }

    /// Opens it with the first key that fits; keys without a passphrase come first.
    pub(super) fn open(
        self,
        keys: &[&SignedSecretKey],
        passphrase: Passphrase<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let session_key = self.session_key(keys, passphrase)?;
        self.read(session_key).ok_or_else(|| {
            OpenError::Failed("the key could not be decrypted with any of the PGP entries".to_owned())
        })
    }

    fn session_key(
        &self,
        keys: &[&SignedSecretKey],
        passphrase: Passphrase<'_>,
    ) -> Result<PlainSessionKey, OpenError> {
        let mut failure = None;
        for locked in [false, true] {
            for recipient in &self.recipients {
                for key in keys.iter().flat_map(|key| parts(key)) {
                    if !key.is_for(recipient) || key.is_locked() != locked || key.is_stub() {
                        continue;
                    }
                    let result = if locked { key.unlock(recipient, passphrase) } else { key.open(recipient) };
                    match result {
                        Ok(session_key) => return Ok(session_key),
                        // A key that nobody unlocks says more than one that does not fit.
                        Err(error @ OpenError::Locked(_)) => failure = Some(error),
                        Err(error) => failure = failure.or(Some(error)),
                    }
                }
            }
        }
        Err(failure.unwrap_or_else(|| {
            OpenError::NotHeld("reading PGP message failed: openpgp: incorrect key".to_owned())
        }))
    }

    fn read(self, session_key: PlainSessionKey) -> Option<Zeroizing<Vec<u8>>> {
        let ring = TheRing {
            session_keys: vec![session_key],
            decrypt_options: DecryptionOptions::new().enable_gnupg_aead(),
            ..TheRing::default()
        };
        let (mut message, _) = self.message.decrypt_the_ring(ring, true).ok()?;
        for _ in 0..MAX_DEPTH {
            if !message.is_compressed() {
                break;
            }
            message = message.decompress().ok()?;
        }
        let mut secret = Zeroizing::new(Vec::with_capacity(1 << 10));
        message.take(MAX_SECRET).read_to_end(&mut secret).ok()?;
        Some(secret)
    }
}

/// A secret key that may open messages: the primary key or a subkey.
#[derive(Clone, Copy)]
enum Part<'a> {
    Primary(&'a packet::SecretKey),
    Subkey(&'a packet::SecretSubkey),
}

fn parts(key: &SignedSecretKey) -> impl Iterator<Item = Part<'_>> {
    let subkeys = key.secret_subkeys.iter().map(|subkey| Part::Subkey(&subkey.key));
    subkeys.chain([Part::Primary(&key.primary_key)])
}

impl Part<'_> {
    fn is_for(self, recipient: &PublicKeyEncryptedSessionKey) -> bool {
        match self {
            Self::Primary(key) => recipient.match_identity(key.public_key()),
            Self::Subkey(key) => recipient.match_identity(key.public_key()),
        }
    }

    fn key(&self) -> &dyn DecryptionKey {
        match self {
            Self::Primary(key) => *key,
            Self::Subkey(key) => *key,
        }
    }

    fn parameters(&self) -> &SecretParams {
        match self {
            Self::Primary(key) => key.secret_params(),
            Self::Subkey(key) => key.secret_params(),
        }
    }

    fn is_locked(&self) -> bool {
        self.parameters().is_encrypted()
    }

    /// Whether only a stub is here: the key is offline or on a card, which gpg knows how to reach.
    fn is_stub(&self) -> bool {
        let SecretParams::Encrypted(parameters) = self.parameters() else { return false };
        match parameters.string_to_key_params() {
            S2kParams::Cfb { s2k, .. }
            | S2kParams::Aead { s2k, .. }
            | S2kParams::MalleableCfb { s2k, .. } => {
                matches!(s2k, StringToKey::Private { .. } | StringToKey::Other { .. })
            }
            _ => false,
        }
    }

    /// Opens with a passphrase, asking again if it is wrong.
    fn unlock(
        &self,
        recipient: &PublicKeyEncryptedSessionKey,
        passphrase: Passphrase<'_>,
    ) -> Result<PlainSessionKey, OpenError> {
        let short_id = hex(self.key().legacy_key_id().as_ref()).split_off(8);
        let mut locked = Locked { short_id, again: false };
        for _ in 0..TRIES {
            let text = passphrase(&locked)
                .map_err(|error| OpenError::Locked(format!("reading PGP message failed: {error}")))?;
            match self.try_open(recipient, &Password::from(text.as_bytes())) {
                None => locked.again = true,
                Some(result) => return result,
            }
        }
        Err(OpenError::Locked(
            "reading PGP message failed: function passphrasePrompt called too many times".to_owned(),
        ))
    }

    fn open(&self, recipient: &PublicKeyEncryptedSessionKey) -> Result<PlainSessionKey, OpenError> {
        self.try_open(recipient, &Password::empty()).unwrap_or_else(|| Err(failed()))
    }

    /// `None` if the passphrase does not unlock the key.
    fn try_open(
        &self,
        recipient: &PublicKeyEncryptedSessionKey,
        passphrase: &Password,
    ) -> Option<Result<PlainSessionKey, OpenError>> {
        let version = if recipient.version() == PkeskVersion::V6 { EskType::V6 } else { EskType::V3_4 };
        let Ok(values) = recipient.values() else { return Some(Err(failed())) };
        let session_key = self.key().decrypt(passphrase, values, version).ok()?;
        Some(session_key.map_err(|_| failed()))
    }
}

fn failed() -> OpenError {
    OpenError::Failed("reading PGP message failed: openpgp: session key failed to decrypt".to_owned())
}
