//! Writing an age file (C2SP `age.md`): header, MAC, payload.
//!
//! The `age` crate would do, but for one thing: it puts a stanza of random bytes beside the
//! recipient's, to keep readers tolerant. sops' files have one stanza, and so have ours.

use super::header::write_stanza;
use ::hkdf::hmac::{Hmac, Mac};
use age::EncryptError;
use age_core::format::{FILE_KEY_BYTES, FileKey};
use age_core::primitives::hkdf;
use age_core::secrecy::ExposeSecret;
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use sha2_0_10::Sha256;
use std::io;
use zeroize::Zeroizing;

pub(super) const INTRO: &[u8] = b"age-encryption.org/v1\n";
/// Bytes of a full chunk of the payload.
const CHUNK: usize = 64 * 1024;

/// Encrypts `secret` to one recipient.
pub(super) fn encrypt(recipient: &dyn age::Recipient, secret: &[u8]) -> Result<Vec<u8>, EncryptError> {
    let bytes = random::<FILE_KEY_BYTES>()?;
    let file_key = FileKey::init_with_mut(|key| key.copy_from_slice(&bytes[..]));
    // Labels say which recipients may stand together; here there is one.
    let (stanzas, _) = recipient.wrap_file_key(&file_key)?;

    let mut file = Vec::with_capacity(512 + secret.len());
    file.extend_from_slice(INTRO);
    for stanza in &stanzas {
        let args: Vec<_> = stanza.args.iter().map(String::as_str).collect();
        write_stanza(&mut file, &stanza.tag, &args, &stanza.body)?;
    }
    file.extend_from_slice(b"---");
    let mac_key = Zeroizing::new(hkdf(b"", b"header", file_key.expose_secret()));
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(&mac_key[..]);
    let mac = mac.map_err(io::Error::other)?.chain_update(&file).finalize().into_bytes();
    file.push(b' ');
    base64_simd::STANDARD_NO_PAD.encode_append(&mac[..], &mut file);
    file.push(b'\n');

    let nonce = random::<16>()?;
    file.extend_from_slice(&nonce[..]);
    let payload_key = Zeroizing::new(hkdf(&nonce[..], b"payload", file_key.expose_secret()));
    append_payload(&payload_key, secret, &mut file)?;
    Ok(file)
}

/// The STREAM construction: each chunk under its number, the last one marked.
fn append_payload(key: &[u8; 32], secret: &[u8], file: &mut Vec<u8>) -> io::Result<()> {
    let cipher = ChaCha20Poly1305::new(key.into());
    let count = secret.len().div_ceil(CHUNK).max(1);
    let mut rest = secret;
    for number in 1..=count {
        let (chunk, after) = rest.split_at(rest.len().min(CHUNK));
        rest = after;
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(number as u64 - 1).to_be_bytes());
        nonce[11] = u8::from(number == count);
        let sealed = cipher.encrypt(&nonce.into(), chunk);
        file.extend_from_slice(&sealed.map_err(|_| io::Error::other("chunk too long"))?);
    }
    Ok(())
}

fn random<const N: usize>() -> io::Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut bytes[..]).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}
