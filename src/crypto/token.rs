//! The text form of an encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]` (file format §3).
//!
//! [`Token::split`] finds the four parts as sops does. What they decode to, and whether they
//! authenticate, is for the cipher to say.
//!
//! # Compatibility
//!
//! sops matches a regular expression with four greedy runs, anchored at the start alone. So the
//! *last* possible `,type:` counts, then the last `,tag:` before it, and so on; what follows the
//! last `]` is ignored; no part may be empty; and nothing may contain a line feed.

mod usual;

use memchr::{memchr, memrchr, memrchr_iter};

pub(super) use self::usual::Usual;
use crate::leaf::base64;

/// What every token begins with, also a damaged one as a rule.
pub const START: &[u8] = b"ENC[AES256_GCM,";
const DATA: &[u8] = b"ENC[AES256_GCM,data:";
const IV: &[u8] = b",iv:";
const TAG: &[u8] = b",tag:";
const TYPE: &[u8] = b",type:";

/// The parts of a token: three in base64 and the name of a type. None is empty, but for the data of an
/// empty text that rops encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// The ciphertext, in base64.
    pub data: &'a [u8],
    /// The nonce, in base64.
    pub iv: &'a [u8],
    /// The authentication tag, in base64.
    pub tag: &'a [u8],
    /// The type of the value: `str`, `int`, `float`, `bool`, `time`, `comment`, `bytes`.
    pub kind: &'a [u8],
}

impl<'a> Token<'a> {
    /// Finds the parts of a token at the start of `text`, in one pass over it.
    #[must_use]
    pub fn split(text: &'a [u8]) -> Option<Self> {
        Self::split_or_empty(text).filter(|token| !token.data.is_empty())
    }

    /// [`Self::split`] that takes a token of the empty text too. sops has none; rops does.
    #[must_use]
    pub fn split_or_empty(text: &'a [u8]) -> Option<Self> {
        if !text.starts_with(DATA) {
            return None;
        }
        let line = &text[..memchr(b'\n', text).unwrap_or(text.len())];
        let end = memrchr(b']', line)?;
        let (before, kind) = split_last(&line[..end], TYPE)?;
        let (before, tag) = split_last(before, TAG)?;
        let (before, iv) = split_last(before, IV)?;
        let data = before.get(DATA.len()..)?;
        Some(Self { data, iv, tag, kind })
    }
}

/// Splits at the last `marker` that has at least one byte behind it.
fn split_last<'a>(text: &'a [u8], marker: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = text.len().checked_sub(marker.len())?;
    let at = memrchr_iter(b',', &text[..start]).find(|&at| text[at..].starts_with(marker))?;
    Some((&text[..at], &text[at + marker.len()..]))
}

/// Whether `text` has the outward look of a token: its beginning and its last byte. Costs the
/// same for every length. A text that [`Token::split`] takes may fail here only for what follows
/// its last `]`, which sops never writes.
#[must_use]
pub fn looks_like(text: &[u8]) -> bool {
    text.starts_with(DATA) && text.ends_with(b"]")
}

/// The name of the type of a token, or nothing if `text` is no token.
#[must_use]
pub fn type_of(text: &[u8]) -> Option<&[u8]> {
    Some(Token::split(text)?.kind)
}

/// Appends a token to `out`. `encrypt` gets the bytes of `plaintext`, in place, and gives the tag.
///
/// There is no second buffer: the bytes are encrypted and encoded where their text will stand.
pub(super) fn write(
    plaintext: &[u8],
    nonce: &[u8],
    kind: &str,
    out: &mut Vec<u8>,
    encrypt: impl FnOnce(&mut [u8]) -> [u8; 16],
) {
    let length = plaintext.len();
    if length <= usual::SHORT
        && let Ok(nonce) = nonce.try_into()
    {
        return usual::write(plaintext, nonce, kind, out, encrypt);
    }
    let data = base64::encoded_len(length);
    write_around(length, nonce, kind, out, |out| {
        let start = out.len();
        out.resize(start + data - length, 0);
        out.extend_from_slice(plaintext);
        let area = &mut out[start..];
        let tag = encrypt(&mut area[data - length..]);
        base64::encode_tail(area, length);
        tag
    });
}

/// Appends a token to `out`. `write_data` appends the ciphertext of `length` bytes, in base64, and gives
/// the tag.
pub(super) fn write_around(
    length: usize,
    nonce: &[u8],
    kind: &str,
    out: &mut Vec<u8>,
    write_data: impl FnOnce(&mut Vec<u8>) -> [u8; 16],
) {
    out.reserve(max_length(length) - MAX_NONCE_AND_KIND + base64::encoded_len(nonce.len()) + kind.len());
    out.extend_from_slice(DATA);
    let tag = write_data(out);
    out.extend_from_slice(IV);
    base64::encode_into(nonce, out);
    out.extend_from_slice(TAG);
    base64::encode_into(&tag, out);
    out.extend_from_slice(TYPE);
    out.extend_from_slice(kind.as_bytes());
    out.push(b']');
}

/// The nonce that we write and the longest name of a type.
const MAX_NONCE_AND_KIND: usize = base64::encoded_len(32) + "comment".len();

/// At least the length of the token of a text of `length` bytes.
#[must_use]
pub const fn max_length(length: usize) -> usize {
    let marks = DATA.len() + IV.len() + TAG.len() + TYPE.len() + 1;
    marks + base64::encoded_len(length) + base64::encoded_len(16) + MAX_NONCE_AND_KIND
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> Option<[String; 4]> {
        let token = Token::split(text.as_bytes())?;
        Some([token.data, token.iv, token.tag, token.kind].map(|part| String::from_utf8_lossy(part).into()))
    }

    #[test]
    fn the_parts_of_a_token() {
        let text = "ENC[AES256_GCM,data:qg==,iv:aQ==,tag:dA==,type:int]";
        assert_eq!(parts(text).unwrap(), ["qg==", "aQ==", "dA==", "int"]);
        assert!(looks_like(text.as_bytes()));
        assert_eq!(type_of(text.as_bytes()), Some(&b"int"[..]));
    }

    #[test] // file format §3.1, first row
    fn runs_are_greedy_and_the_end_is_open() {
        for (text, expected) in [
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:d] tail", Some(["a", "b", "c", "d"])),
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:d]\n]", Some(["a", "b", "c", "d"])),
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:d]]", Some(["a", "b", "c", "d]"])),
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:]]", Some(["a", "b", "c", "]"])),
            ("ENC[AES256_GCM,data:a,iv:b,iv:c,tag:d,type:e]", Some(["a,iv:b", "c", "d", "e"])),
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:d,type:e]", Some(["a", "b", "c,type:d", "e"])),
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:,type:]", Some(["a", "b", "c", ",type:"])),
            ("ENC[AES256_GCM,data:a,iv:,tag:,tag:c,type:d]", Some(["a", ",tag:", "c", "d"])),
            ("ENC[AES256_GCM,data:,iv:,iv:b,tag:c,type:d]", Some([",iv:", "b", "c", "d"])),
            ("ENC[AES256_GCM,data:\r,iv:é,tag:\0,type:d]", Some(["\r", "é", "\0", "d"])),
            (" ENC[AES256_GCM,data:a,iv:b,tag:c,type:d]", None),
            ("ENC[AES256_GCM,data:,iv:b,tag:c,type:d]", None),
            ("ENC[AES256_GCM,data:a,iv:,tag:c,type:d]", None),
            ("ENC[AES256_GCM,data:a,iv:b,tag:,type:d]", None),
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:]", None),
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:d", None),
            ("ENC[AES256_GCM,data:a\n,iv:b,tag:c,type:d]", None),
            ("ENC[AES256_GCM,data:a,iv:b,tag:c,type:d\n]", None),
            ("ENC[AES256_GCM,iv:b,data:a,tag:c,type:d]", None),
            ("enc[AES256_GCM,data:a,iv:b,tag:c,type:d]", None),
            ("ENC[AES256_GCM,data:]", None),
            ("ENC[AES256_GCM,data:", None),
            ("", None),
        ] {
            assert_eq!(parts(text), expected.map(|parts| parts.map(str::to_owned)), "{text:?}");
        }
    }

    proptest! {
        // The regular expression is the one that sops compiles.
        #[test]
        fn splits_like_the_regular_expression(
            text in "ENC\\[AES256_GCM,data:(,iv:|,tag:|,type:|,|a|\\]|\n|\r|é){0,24}"
        ) {
            let pattern = r"(?-u)^ENC\[AES256_GCM,data:([^\n]+),iv:([^\n]+),tag:([^\n]+),type:([^\n]+)\]";
            let expected = regex::bytes::Regex::new(pattern).unwrap().captures(text.as_bytes()).map(|found| {
                Token { data: found.get(1).unwrap().as_bytes(), iv: found.get(2).unwrap().as_bytes(),
                    tag: found.get(3).unwrap().as_bytes(), kind: found.get(4).unwrap().as_bytes() }
            });
            prop_assert_eq!(Token::split(text.as_bytes()), expected);
        }
    }
}
