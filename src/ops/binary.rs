//! Sealing a binary file: one leaf, which may be long.
//!
//! What [`seal`](super::seal) does for other formats is done here with one buffer: the content is
//! encrypted right into the file that is written, and reading it back keeps nothing of it.

use super::read;
use super::seal::{EncryptError, parse_back, read_metadata_back, seal_text, would_not};
use crate::crypto::{Cipher, Mac, Nonce, Random, token};
use crate::document::{Document, EmitStyle, Envelope, Format};
use crate::leaf::{Value, ValueRef};
use crate::metadata::Metadata;
use crate::threads::both;

/// From this many bytes on the content is hashed on a thread of its own.
const LONG: usize = 256 * 1024;

/// Seals the content of `document`, which is not empty, under the data key of `cipher`.
pub(super) fn seal(
    document: &Document,
    mut metadata: Metadata,
    cipher: &Cipher,
    style: &EmitStyle,
    random: &mut dyn Random,
) -> Result<Vec<u8>, EncryptError> {
    let content = document.source();
    let aad = document.paths().aad(document.leaves()[0].path);
    let nonce = Nonce::generate(random);
    let mut envelope = Envelope::begin(style, token::max_length(content.len()));
    let mut encrypt = || envelope.token(|out| cipher.seal(ValueRef::Str(content), &aad, &nonce, out));
    let hash = || {
        let mut mac = Mac::new(read::scope(&metadata));
        mac.update(ValueRef::Str(content));
        mac.finish()
    };
    let mac = if content.len() < LONG {
        encrypt();
        hash()
    } else {
        both(hash, encrypt).0
    };
    let mac_aad = metadata.mac_aad().unwrap_or_else(|_| metadata.last_modified.clone());
    metadata.mac = seal_text(cipher, mac.as_bytes(), mac_aad.as_bytes(), random);
    metadata.layout = None;
    let bytes = envelope.finish(Some(&metadata.to_tree()))?;
    read_back(bytes, &metadata, cipher, content, &mac)
}

/// Reads the file as a stranger would who has the data key, and gives it back if its content is the
/// one that it was made from, to the byte. Then the MAC of the content is the one that was computed, and
/// only that it is the stored one has to be seen.
fn read_back(
    bytes: Vec<u8>,
    metadata: &Metadata,
    cipher: &Cipher,
    content: &[u8],
    mac: &str,
) -> Result<Vec<u8>, EncryptError> {
    let encrypted = parse_back(bytes, Format::Json)?;
    let back = read_metadata_back(&encrypted, metadata)?;
    let failed = |error: crate::crypto::OpenError| EncryptError::WouldNotComeBack(error.to_string());

    let [leaf] = encrypted.leaves() else { return Err(would_not("the content is gone")) };
    let ValueRef::Str(token) = encrypted.value(0) else { return Err(would_not("the content is gone")) };
    if !cipher.opens_to(token, &encrypted.paths().aad(leaf.path), content).map_err(failed)? {
        return Err(would_not("the content differs"));
    }
    let mac_aad = back.mac_aad().unwrap_or_default();
    match cipher.open(back.mac.as_bytes(), mac_aad.as_bytes()).map_err(failed)?.value {
        Value::Str(stored) if stored == mac.as_bytes() => Ok(encrypted.into_source()),
        _ => Err(would_not("the values differ")),
    }
}
