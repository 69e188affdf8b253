//! Real encryption for servers that hold keys: AES-256-GCM under a key that a name stands for.

use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{Aes256Gcm, KeyInit};
use sha2::{Digest, Sha256};

const NONCE: usize = 12;
const TAG: usize = 16;

fn cipher(key: &str) -> Aes256Gcm {
    Aes256Gcm::new_from_slice(&Sha256::digest(key.as_bytes())).expect("32 bytes")
}

/// Nonce, ciphertext, tag, as base64.
pub fn seal(key: &str, plain: &[u8]) -> String {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).expect("random bytes");
    let mut bytes = plain.to_vec();
    let tag = cipher(key)
        .encrypt_inout_detached((&nonce).into(), b"", InOutBuf::from(&mut bytes[..]))
        .expect("encrypted");
    base64_simd::STANDARD.encode_to_string([&nonce[..], &bytes, &tag[..]].concat())
}

/// What [`seal`] sealed under the same key.
pub fn open(key: &str, sealed: &str) -> Option<Vec<u8>> {
    let bytes = base64_simd::STANDARD.decode_to_vec(sealed).ok()?;
    if bytes.len() < NONCE + TAG {
        return None;
    }
    let (nonce, rest) = bytes.split_at(NONCE);
    let (text, tag) = rest.split_at(rest.len() - TAG);
    let mut text = text.to_vec();
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let tag: [u8; TAG] = tag.try_into().ok()?;
    cipher(key)
        .decrypt_inout_detached((&nonce).into(), b"", InOutBuf::from(&mut text[..]), (&tag).into())
        .ok()?;
    Some(text)
}
