//! An age file for one recipient: header, and the secret as one chunk (age-encryption.org/v1).
//!
//! The `age` crate wraps the file key; its own writer would add a stanza that no one reads to
//! every header ("grease"), by which a file of ours could be told from one of sops'.

use age::secrecy::ExposeSecret;
use age_core::format::{FileKey, Stanza};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, Mac};
use sha2_0_10::Sha256;
use zeroize::Zeroizing;

/// Bytes of a stanza's body on one line: 64 characters of base64.
const LINE_BYTES: usize = 48;
/// Bytes in a chunk of the payload; a data key is one short chunk.
const CHUNK: usize = 64 * 1024;

/// Encrypts `secret`, at most one chunk of it, to `recipient`.
///
/// # Errors
///
/// The reason as text: the recipient's, or that there is no randomness.
pub(super) fn write(recipient: &dyn age::Recipient, secret: &[u8]) -> Result<Vec<u8>, WriteError> {
    debug_assert!(secret.len() <= CHUNK);
    let mut failed = None;
    let file_key = FileKey::init_with_mut(|bytes| failed = getrandom::fill(bytes).err());
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).err().or(failed).map_or(Ok(()), |error| Err(WriteError::Random(error)))?;
    let (stanzas, _) = recipient.wrap_file_key(&file_key).map_err(WriteError::Recipient)?;

    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(b"age-encryption.org/v1\n");
    stanzas.iter().for_each(|stanza| write_stanza(stanza, &mut out));
    out.extend_from_slice(b"---");
    let mac_key = derive(&file_key, None, b"header");
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&*mac_key).map_err(|_| WriteError::Cipher)?;
    mac.update(&out);
    out.push(b' ');
    out.extend_from_slice(base64(&mac.finalize().into_bytes()).as_bytes());
    out.push(b'\n');

    out.extend_from_slice(&nonce);
    let key = derive(&file_key, Some(&nonce), b"payload");
    // The nonce of the first chunk, which is the last: counter 0, then 1 for "last".
    let mut counter = [0; 12];
    counter[11] = 1;
    let cipher = ChaCha20Poly1305::new(Key::from_slice(&*key));
    out.extend(cipher.encrypt(Nonce::from_slice(&counter), secret).map_err(|_| WriteError::Cipher)?);
    Ok(out)
}

/// Why no file was written.
pub(super) enum WriteError {
    /// The recipient cannot be used.
    Recipient(age::EncryptError),
    /// The system has no randomness.
    Random(getrandom::Error),
    /// The cipher refused; it has no reason to.
    Cipher,
}

fn derive(file_key: &FileKey, salt: Option<&[u8]>, label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let derived = Hkdf::<Sha256>::new(salt, file_key.expose_secret()).expand(label, &mut *out);
    // 32 bytes are one block: it cannot be too many.
    debug_assert!(derived.is_ok());
    out
}

fn write_stanza(stanza: &Stanza, out: &mut Vec<u8>) {
    out.extend_from_slice(b"-> ");
    out.extend_from_slice(stanza.tag.as_bytes());
    for argument in &stanza.args {
        out.push(b' ');
        out.extend_from_slice(argument.as_bytes());
    }
    out.push(b'\n');
    for line in stanza.body.chunks(LINE_BYTES) {
        out.extend_from_slice(base64(line).as_bytes());
        out.push(b'\n');
    }
    // The last line is a short one, if need be an empty one.
    if stanza.body.len() % LINE_BYTES == 0 {
        out.push(b'\n');
    }
}

fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD_NO_PAD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::x25519;
    use std::io::Read;

    #[test]
    fn the_age_crate_reads_it() {
        let identity = x25519::Identity::generate();
        let Ok(file) = write(&identity.to_public(), b"thirty-two bytes of a data key..") else {
            panic!("no file")
        };
        let text = String::from_utf8_lossy(&file);
        assert_eq!(text.matches("\n-> ").count(), 1, "one stanza and no grease");
        let decryptor = age::Decryptor::new(&file[..]).unwrap();
        let mut secret = Vec::new();
        let identities = std::iter::once(&identity as &dyn age::Identity);
        decryptor.decrypt(identities).unwrap().read_to_end(&mut secret).unwrap();
        assert_eq!(secret, b"thirty-two bytes of a data key..");
    }
}
