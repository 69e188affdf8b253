//! Short tokens with a nonce of the usual length, which nearly all are, written and read in one step.
//!
//! To begin with base64 costs more than the few bytes of a nonce, of a tag or of a short value do. So the
//! three are laid out in one run, each but the last filled up to whole groups, and turned at once. What is
//! written so is what [`super::write_around`] writes, and what is read so is what the general road reads;
//! what is not as usual is for that road.

use std::mem::MaybeUninit;

use super::{DATA, IV, TAG, TYPE, max_length};
use crate::leaf::base64;

const NONCE_LEN: usize = 32;
const TAG_LEN: usize = 16;

/// The text of the nonce, which ends with one `=`, and of the tag, which ends with two.
const NONCE_TEXT: usize = base64::encoded_len(NONCE_LEN);
const TAG_TEXT: usize = base64::encoded_len(TAG_LEN);

/// Where tag and ciphertext begin in the run, and the most bytes in it.
const TAG_AT: usize = NONCE_TEXT / 4 * 3;
const DATA_AT: usize = TAG_AT + TAG_TEXT / 4 * 3;
const RUN: usize = 192;

/// Where the texts of tag and ciphertext begin in that of the run, and the most bytes in it.
const TAG_TEXT_AT: usize = NONCE_TEXT;
const DATA_TEXT_AT: usize = TAG_TEXT_AT + TAG_TEXT;
const RUN_TEXT: usize = base64::encoded_len(RUN);

/// The longest text that is short.
pub(super) const SHORT: usize = RUN - DATA_AT;

/// As [`super::write`], for a short text.
///
/// # Panics
///
/// If the text is longer than [`SHORT`].
pub(super) fn write(
    plaintext: &[u8],
    nonce: &[u8; NONCE_LEN],
    kind: &str,
    out: &mut Vec<u8>,
    encrypt: impl FnOnce(&mut [u8]) -> [u8; TAG_LEN],
) {
    let mut run = [0; RUN];
    let run = &mut run[..DATA_AT + plaintext.len()];
    run[..NONCE_LEN].copy_from_slice(nonce);
    run[DATA_AT..].copy_from_slice(plaintext);
    let tag = encrypt(&mut run[DATA_AT..]);
    run[TAG_AT..][..TAG_LEN].copy_from_slice(&tag);
    let mut room = [MaybeUninit::uninit(); RUN_TEXT];
    let text = base64::encode_to(run, &mut room);
    // The zeros that fill the groups up are digits too; padding comes in their places.
    text[NONCE_TEXT - 1] = b'=';
    text[DATA_TEXT_AT - 2..DATA_TEXT_AT].fill(b'=');

    out.reserve(max_length(plaintext.len()));
    out.extend_from_slice(DATA);
    out.extend_from_slice(&text[DATA_TEXT_AT..]);
    out.extend_from_slice(IV);
    out.extend_from_slice(&text[..NONCE_TEXT]);
    out.extend_from_slice(TAG);
    out.extend_from_slice(&text[TAG_TEXT_AT..DATA_TEXT_AT]);
    out.extend_from_slice(TYPE);
    out.extend_from_slice(kind.as_bytes());
    out.push(b']');
}

/// What a short token holds.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::crypto) struct Usual<'a> {
    pub(in crate::crypto) data: Vec<u8>,
    pub(in crate::crypto) nonce: [u8; NONCE_LEN],
    pub(in crate::crypto) tag: [u8; TAG_LEN],
    pub(in crate::crypto) kind: &'a [u8],
}

impl<'a> Usual<'a> {
    /// Reads a token that is wholly as it is written here; nothing for all others.
    ///
    /// Its parts are those that [`super::Token::split_or_empty`] finds: none has a comma, a bracket or a
    /// line break in it, so each mark is the last of its sort.
    pub(in crate::crypto) fn read(text: &'a [u8]) -> Option<Self> {
        let rest = text.strip_prefix(DATA)?.strip_suffix(b"]")?;
        let kind_at = rest.iter().rposition(|byte| !byte.is_ascii_lowercase())? + 1;
        let (rest, kind) = rest.split_at(kind_at);
        let (rest, tag) = rest.strip_suffix(TYPE)?.split_last_chunk::<TAG_TEXT>()?;
        let (rest, nonce) = rest.strip_suffix(TAG)?.split_last_chunk::<NONCE_TEXT>()?;
        let data = rest.strip_suffix(IV)?;
        if kind.is_empty() || data.len() > RUN_TEXT - DATA_TEXT_AT {
            return None;
        }

        let mut run = [0; RUN_TEXT];
        run[..NONCE_TEXT - 1].copy_from_slice(nonce.strip_suffix(b"=")?);
        run[TAG_TEXT_AT..][..TAG_TEXT - 2].copy_from_slice(tag.strip_suffix(b"==")?);
        // The digit of zero instead of padding.
        run[NONCE_TEXT - 1] = b'A';
        run[DATA_TEXT_AT - 2..DATA_TEXT_AT].fill(b'A');
        let run = &mut run[..DATA_TEXT_AT + data.len()];
        run[DATA_TEXT_AT..].copy_from_slice(data);
        let mut room = [MaybeUninit::uninit(); RUN];
        let bytes = base64::decode_strict_to(run, &mut room)?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let (nonce_end, rest) = rest.split_first_chunk::<{ TAG_AT - NONCE_LEN }>()?;
        let (tag, rest) = rest.split_first_chunk::<TAG_LEN>()?;
        let (tag_end, data) = rest.split_first_chunk::<{ DATA_AT - TAG_AT - TAG_LEN }>()?;
        // Unused bits of a last digit may be anything to Go, but not to the strict reader.
        let is_strict = *nonce_end == [0; 1] && *tag_end == [0; 2];
        if !is_strict {
            return None;
        }
        Some(Self { data: data.to_vec(), nonce: *nonce, tag: *tag, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Token, write_around};
    use super::*;

    const NONCE: [u8; NONCE_LEN] = *b"0123456789abcdefghijklmnopqrstu\xFF";

    /// The token of a text that is its own ciphertext.
    fn usual(text: &[u8], tag: [u8; TAG_LEN]) -> Vec<u8> {
        let mut out = b"before".to_vec();
        write(text, &NONCE, "str", &mut out, |data| {
            assert_eq!(data, text);
            tag
        });
        out.strip_prefix(b"before").unwrap().to_vec()
    }

    fn general(text: &[u8], tag: [u8; TAG_LEN]) -> Vec<u8> {
        let mut out = Vec::new();
        write_around(text.len(), &NONCE, "str", &mut out, |out| {
            base64::encode_into(text, out);
            tag
        });
        out
    }

    #[test]
    fn every_length_is_written_and_read_as_the_general_road_does() {
        for length in 0..=SHORT {
            let text: Vec<u8> = (0..length).map(|at| (at * 37 + length) as u8).collect();
            let tag = [length as u8; TAG_LEN];
            let token = usual(&text, tag);
            assert_eq!(token, general(&text, tag), "{length} bytes");
            let read = Usual { data: text, nonce: NONCE, tag, kind: b"str" };
            assert_eq!(Usual::read(&token), Some(read), "{length} bytes");
        }
        assert_eq!(Usual::read(&general(&[0; SHORT + 1], [0; TAG_LEN])), None);
    }

    #[test]
    fn what_is_read_is_what_the_general_road_reads() {
        let token = general(b"alice", [7; TAG_LEN]);
        let with = |at: usize, byte: u8| {
            let mut token = token.clone();
            token[at] = byte;
            token
        };
        let cut = |from: usize, to: usize| [&token[..from], &token[to..]].concat();
        let every_byte = (0..token.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| with(at, byte)));
        let every_part =
            (0..token.len()).flat_map(|from| (from + 1..=token.len()).map(move |to| cut(from, to)));
        let (mut read, mut left) = (0, 0);
        for text in every_byte.chain(every_part) {
            let Some(usual) = Usual::read(&text) else {
                left += 1;
                continue;
            };
            read += 1;
            let parts = Token::split_or_empty(&text).unwrap();
            let mut bytes = [Vec::new(), Vec::new(), Vec::new()];
            for (text, bytes) in [parts.data, parts.iv, parts.tag].into_iter().zip(&mut bytes) {
                base64::decode_into(text, bytes).unwrap();
            }
            assert_eq!(
                (&bytes[0], &bytes[1][..], &bytes[2][..]),
                (&usual.data, &usual.nonce[..], &usual.tag[..])
            );
            assert_eq!(parts.kind, usual.kind);
        }
        assert!(read > 3000 && left > 3000, "{read} {left}");
    }
}
