//! Long texts, such as the content of a binary file: sealed and opened piece by piece.
//!
//! Each piece goes through all steps while it is in the processor's cache, and no second buffer of the
//! text's size is touched: on a large file memory costs more time than ciphers. Where two steps do not
//! need each other, they take a thread each.
//!
//! A token whose base64 is not written strictly is left to the general road, which knows what Go reads.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::cipher::{OpenError, Opened, decode_nonce, read};
use super::gcm::{Gcm, P_MAX, TAG_LEN};
use super::token::{self, Token};
use crate::leaf::base64;
use crate::threads::both;

/// From this many bytes on a text is long: a thread has to pay for itself.
pub(super) const LONG: usize = 256 * 1024;

/// Bytes of a piece: whole blocks of the cipher, whole groups of base64, and little enough for the cache.
const PIECE: usize = 48 * 1024;

/// The base64 text of a piece.
const PIECE_TEXT: usize = base64::encoded_len(PIECE);

/// Appends the token of a long text to `out`.
///
/// # Panics
///
/// If the text holds 64 GiB or more.
pub(super) fn seal(gcm: &dyn Gcm, text: &[u8], nonce: &[u8], aad: &[u8], kind: &str, out: &mut Vec<u8>) {
    assert!(text.len() as u64 <= P_MAX, "GCM encrypts less than 64 GiB at a time");
    token::write_around(text.len(), nonce, kind, out, |out| {
        let (mut stream, mut hash) = gcm.halves(nonce, aad);
        let mut buffer = Zeroizing::new(vec![0; PIECE]);
        for piece in text.chunks(PIECE) {
            let buffer = &mut buffer[..piece.len()];
            buffer.copy_from_slice(piece);
            stream.apply(buffer);
            hash.update(buffer);
            base64::encode_into(buffer, out);
        }
        hash.finish()
    });
}

/// Opens the token of a long text; nothing if it is for the general road to open.
pub(super) fn open(gcm: &dyn Gcm, token: &Token<'_>, aad: &[u8]) -> Option<Result<Opened, OpenError>> {
    let (tag, nonce) = (strict_tag(token)?, decode_nonce(token.iv).ok()?);
    let (mut stream, hash) = gcm.halves(nonce.as_bytes(), aad);
    let mut text = Vec::with_capacity(token.data.len().div_ceil(4) * 3);
    let decrypt = || {
        pieces(token.data).try_for_each(|(piece, length)| {
            let start = text.len();
            base64::decode_into(piece, &mut text)?;
            stream.apply(&mut text[start..]);
            fits(&text[start..], length)
        })
    };
    let (decrypted, computed) = both(decrypt, || computed_tag(hash, token));
    match (decrypted, computed) {
        (Some(()), Some(computed)) if computed.ct_eq(&tag).into() => {
            Some(read(text, token.kind).map(|value| Opened { value, nonce }))
        }
        (Some(()), Some(_)) => {
            text.zeroize();
            Some(Err(OpenError::Forged))
        }
        _ => {
            text.zeroize();
            None
        }
    }
}

/// Whether the token opens to this long text; nothing if it is for the general road to say.
pub(super) fn opens_to(
    gcm: &dyn Gcm,
    token: &Token<'_>,
    aad: &[u8],
    text: &[u8],
) -> Option<Result<bool, OpenError>> {
    if token.kind != b"str" || token.data.len() != base64::encoded_len(text.len()) {
        return None;
    }
    let (tag, nonce) = (strict_tag(token)?, decode_nonce(token.iv).ok()?);
    let (mut stream, hash) = gcm.halves(nonce.as_bytes(), aad);
    let compare = || {
        let mut buffer = Zeroizing::new(Vec::with_capacity(PIECE));
        let mut same = true;
        let mut expected = text.chunks(PIECE);
        for (piece, length) in pieces(token.data) {
            buffer.clear();
            base64::decode_into(piece, &mut buffer)?;
            fits(&buffer, length)?;
            stream.apply(&mut buffer);
            same &= expected.next() == Some(&buffer[..]);
        }
        Some(same && expected.next().is_none())
    };
    let (same, computed) = both(compare, || computed_tag(hash, token));
    let (same, computed) = (same?, computed?);
    if bool::from(computed.ct_eq(&tag)) { Some(Ok(same)) } else { Some(Err(OpenError::Forged)) }
}

/// The tag, if it is written strictly and has its usual length.
fn strict_tag(token: &Token<'_>) -> Option<[u8; TAG_LEN]> {
    let mut tag = Vec::with_capacity(TAG_LEN + 2);
    base64::decode_into(token.tag, &mut tag)?;
    // The limit of the mode is one of memory too: a longer text is not to be decrypted here.
    (token.data.len() as u64 <= P_MAX).then_some(())?;
    tag.try_into().ok()
}

/// The tag of a token's ciphertext.
fn computed_tag(mut hash: super::gcm::TagHash, token: &Token<'_>) -> Option<[u8; TAG_LEN]> {
    let mut buffer = Vec::with_capacity(PIECE);
    for (piece, length) in pieces(token.data) {
        buffer.clear();
        base64::decode_into(piece, &mut buffer)?;
        fits(&buffer, length)?;
        hash.update(&buffer);
    }
    Some(hash.finish())
}

/// The base64 text of each piece, and how many bytes it has to give; nothing in particular for the last.
fn pieces(data: &[u8]) -> impl Iterator<Item = (&[u8], Option<usize>)> {
    let last = data.len().saturating_sub(1) / PIECE_TEXT;
    data.chunks(PIECE_TEXT).enumerate().map(move |(number, text)| (text, (number != last).then_some(PIECE)))
}

/// A piece that is shorter than it must be had padding or line breaks in it: not for this road.
fn fits(piece: &[u8], length: Option<usize>) -> Option<()> {
    length.is_none_or(|length| piece.len() == length).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Cipher, DataKey, Nonce};
    use crate::leaf::{Value, ValueRef};

    fn text(length: usize) -> Vec<u8> {
        (0..length as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
    }

    fn cipher() -> Cipher {
        Cipher::new(&DataKey::from_bytes(&[3; 32]).unwrap())
    }

    /// The token of a text as the general road makes it: in one piece, by the same cipher.
    fn whole(text: &[u8], nonce: &[u8]) -> Vec<u8> {
        let gcm = crate::crypto::gcm::expand(&[3; 32]).unwrap();
        let mut out = Vec::new();
        token::write(text, nonce, "str", &mut out, |buffer| gcm.encrypt(nonce, b"data:", buffer));
        out
    }

    #[test]
    fn both_things_are_done() {
        let (mut one, mut two) = (0, 0);
        assert_eq!(
            both(
                || {
                    one += 1;
                    "a"
                },
                || {
                    two += 1;
                    "b"
                }
            ),
            ("a", "b")
        );
        assert_eq!((one, two), (1, 1));
    }

    #[test]
    fn pieces_give_the_token_of_the_whole() {
        for length in [LONG, LONG + 1, LONG + 2, LONG + 15, 6 * PIECE - 1, 6 * PIECE, 6 * PIECE + 1] {
            let (text, nonce) = (text(length), Nonce::from_bytes(&[9; 32]));
            let mut sealed = Vec::new();
            cipher().seal(ValueRef::Str(&text), b"data:", &nonce, &mut sealed);
            assert!(sealed == whole(&text, &[9; 32]), "{length} bytes");
            let opened = cipher().open(&sealed, b"data:").unwrap();
            assert!(matches!(opened.value, Value::Str(back) if back == text), "{length} bytes");
            assert_eq!(opened.nonce, nonce);
            assert_eq!(cipher().opens_to(&sealed, b"data:", &text), Ok(true));
        }
    }

    #[test]
    fn only_the_very_text_is_the_same() {
        let mut text = text(LONG + 100);
        let sealed = whole(&text, &[9; 32]);
        for at in [0, PIECE, LONG + 99] {
            text[at] ^= 1;
            assert_eq!(cipher().opens_to(&sealed, b"data:", &text), Ok(false), "byte {at}");
            text[at] ^= 1;
        }
        assert_eq!(cipher().opens_to(&sealed, b"data:", &text[..LONG + 99]), Ok(false));
        assert_eq!(cipher().opens_to(&sealed, b"data:", &text[..10]), Ok(false));
        text.push(0);
        assert_eq!(cipher().opens_to(&sealed, b"data:", &text), Ok(false));
    }

    #[test]
    fn what_is_not_authentic_does_not_open() {
        let text = text(LONG + 100);
        let sealed = whole(&text, &[9; 32]);
        let refused = |token: &[u8], aad: &[u8]| {
            assert_eq!(cipher().open(token, aad).map(|_| ()), Err(OpenError::Forged));
            assert_eq!(cipher().opens_to(token, aad, &text), Err(OpenError::Forged));
        };
        refused(&sealed, b"other:");
        for at in [30, 30 + PIECE_TEXT, sealed.len() - 20] {
            let mut sealed = sealed.clone();
            sealed[at] = if sealed[at] == b'A' { b'B' } else { b'A' };
            refused(&sealed, b"data:");
        }
    }

    #[test] // file format §3.1: Go skips line breaks, and takes ciphertext and tag for one run
    fn what_is_not_written_strictly_is_read_too() {
        let text = text(LONG + 1);
        let sealed = String::from_utf8(whole(&text, &[9; 32])).unwrap();
        let broken = sealed.replacen("data:", "data:\r", 1);
        let opened = cipher().open(broken.as_bytes(), b"data:").unwrap();
        assert!(matches!(opened.value, Value::Str(back) if back == text));
        assert_eq!(cipher().opens_to(broken.as_bytes(), b"data:", &text), Ok(true));

        let padded = sealed.replacen("data:", "data:AA==", 1);
        assert_eq!(cipher().open(padded.as_bytes(), b"data:").map(|_| ()), Err(OpenError::Damaged("data")));
    }

    #[test] // nonces of other lengths, as other tools write them
    fn any_nonce_opens() {
        let text = text(LONG);
        for nonce in [&[1; 12][..], &[2; 16], &[3; 7]] {
            let opened = cipher().open(&whole(&text, nonce), b"data:").unwrap();
            assert!(matches!(opened.value, Value::Str(back) if back == text));
        }
    }
}
