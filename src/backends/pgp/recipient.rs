//! Which key of a certificate takes messages, and wrapping with it.
//!
//! What a certificate says counts only as far as its primary key has signed it: a subkey that
//! somebody else put there is not used, nor one that is expired or revoked.

use super::keyring::{Found, hex};
use chacha20poly1305::aead::OsRng;
use pgp::composed::{ArmorOptions, MessageBuilder, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{Signature, SignatureType};
use pgp::types::{EncryptionKey, KeyDetails, KeyVersion, Tag, Timestamp};

/// Wraps a secret into an armored message, in the form that sops' own OpenPGP writes (keys §4.3).
pub(super) fn wrap(found: &Found<'_>, secret: &[u8]) -> Result<String, String> {
    let key = choose(found, Timestamp::now())?;
    match key {
        Chosen::Primary(key) => encrypt(&key.primary_key, secret),
        Chosen::Subkey(key) => encrypt(&key.key, secret),
    }
    .map_err(|_| format!("cannot encrypt to key {}", hex(key.fingerprint().as_bytes())))
}

fn encrypt(key: &impl EncryptionKey, secret: &[u8]) -> pgp::errors::Result<String> {
    const CIPHER: SymmetricKeyAlgorithm = SymmetricKeyAlgorithm::AES256;
    let message = MessageBuilder::from_bytes("", secret.to_vec());
    let text = if key.version() == KeyVersion::V6 {
        let mut message = message.seipd_v2(OsRng, CIPHER, AeadAlgorithm::Ocb, ChunkSize::default());
        message.encrypt_to_key(OsRng, &key)?;
        message.to_armored_string(OsRng, ArmorOptions::default())?
    } else {
        let mut message = message.seipd_v1(OsRng, CIPHER);
        message.encrypt_to_key(OsRng, &key)?;
        message.to_armored_string(OsRng, ArmorOptions::default())?
    };
    Ok(text.trim().to_owned())
}

/// The key that a message goes to.
#[derive(Clone, Copy)]
enum Chosen<'a> {
    Primary(&'a SignedPublicKey),
    Subkey(&'a SignedPublicSubKey),
}

impl Chosen<'_> {
    fn fingerprint(&self) -> pgp::types::Fingerprint {
        match self {
            Self::Primary(key) => key.fingerprint(),
            Self::Subkey(key) => key.fingerprint(),
        }
    }
}

/// The newest subkey that is for encryption and in force; else the primary key, if it is.
fn choose<'a>(found: &Found<'a>, now: Timestamp) -> Result<Chosen<'a>, String> {
    let certificate = found.certificate;
    let primary = &certificate.primary_key;
    let name = hex(primary.fingerprint().as_bytes());
    let own = own_signatures(certificate);
    let details = &certificate.details;
    if details.revocation_signatures.iter().any(|signature| signature.verify_key(primary).is_ok()) {
        return Err(format!("key {name} is revoked"));
    }
    let newest = newest(own, now).ok_or_else(|| format!("key {name} is not signed by itself"))?;
    if is_expired(primary.created_at(), newest, now) {
        return Err(format!("key {name} is expired"));
    }
    let is_wanted = |key: &dyn KeyDetails| found.only.as_ref().is_none_or(|only| key.fingerprint() == *only);
    let subkey = certificate
        .public_subkeys
        .iter()
        .filter(|subkey| is_wanted(*subkey) && is_in_force(certificate, subkey, now))
        .max_by_key(|subkey| subkey.created_at().as_secs());
    if let Some(subkey) = subkey {
        return Ok(Chosen::Subkey(subkey));
    }
    if is_wanted(certificate) && is_for_encryption(newest) {
        return Ok(Chosen::Primary(certificate));
    }
    Err(format!("key {name} has no valid encryption key"))
}

/// What the primary key says about itself: signatures on itself and on its user ids.
fn own_signatures(certificate: &SignedPublicKey) -> Vec<&Signature> {
    let primary = &certificate.primary_key;
    let details = &certificate.details;
    let direct = details.direct_signatures.iter().filter(|signature| signature.verify_key(primary).is_ok());
    let users = details.users.iter().flat_map(|user| {
        let valid =
            |signature: &&Signature| signature.verify_certification(primary, Tag::UserId, &user.id).is_ok();
        let signatures: Vec<_> = user.signatures.iter().filter(valid).collect();
        let is_revocation = |signature: &&Signature| signature.typ() == Some(SignatureType::CertRevocation);
        if signatures.iter().any(is_revocation) { Vec::new() } else { signatures }
    });
    direct.chain(users).collect()
}

fn is_in_force(certificate: &SignedPublicKey, subkey: &SignedPublicSubKey, now: Timestamp) -> bool {
    let primary = &certificate.primary_key;
    let valid = subkey
        .signatures
        .iter()
        .filter(|signature| signature.verify_subkey_binding(primary, &subkey.key).is_ok());
    let (bindings, revocations): (Vec<_>, Vec<_>) =
        valid.partition(|signature| signature.typ() == Some(SignatureType::SubkeyBinding));
    revocations.is_empty()
        && newest(bindings, now).is_some_and(|binding| {
            is_for_encryption(binding) && !is_expired(subkey.created_at(), binding, now)
        })
}

/// The newest signature that is in force.
fn newest(signatures: Vec<&Signature>, now: Timestamp) -> Option<&Signature> {
    let created = |signature: &Signature| signature.created().map_or(0, Timestamp::as_secs);
    signatures
        .into_iter()
        .filter(|signature| {
            let lifetime = signature.signature_expiration_time().map_or(0, |time| time.as_secs());
            lifetime == 0 || created(signature).saturating_add(lifetime) > now.as_secs()
        })
        .max_by_key(|signature| created(signature))
}

fn is_for_encryption(signature: &Signature) -> bool {
    let flags = signature.key_flags();
    flags.encrypt_comms() || flags.encrypt_storage()
}

/// Whether a key is expired; a lifetime of zero is none.
fn is_expired(created: Timestamp, signature: &Signature, now: Timestamp) -> bool {
    let lifetime = signature.key_expiration_time().map_or(0, |time| time.as_secs());
    lifetime != 0 && created.as_secs().saturating_add(lifetime) <= now.as_secs()
}
