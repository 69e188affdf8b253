//! Base64 as Go's `StdEncoding` writes and reads it, through one function each way.
//!
//! Reading is as lenient as Go's (file format §3.1): line breaks are skipped, and the unused bits
//! of the last digit may be anything. Padding is required.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use base64_simd::{Out, STANDARD};

/// Bytes encoded per step by [`encode_tail`]; a multiple of 3, so that only the last step pads.
const STEP: usize = 768;

/// Appends the base64 text of `bytes` to `out`.
pub(crate) fn encode_into(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(encoded_len(bytes.len())); // the library would not reserve ahead
    STANDARD.encode_append(bytes, out);
}

/// The base64 text of `bytes`, written to the front of `room`.
///
/// # Panics
///
/// If there is no room for it.
pub(crate) fn encode_to<'a>(bytes: &[u8], room: &'a mut [MaybeUninit<u8>]) -> &'a mut [u8] {
    STANDARD.encode(bytes, Out::from_uninit_slice(room))
}

/// The length of the base64 text of `len` bytes.
pub(crate) const fn encoded_len(len: usize) -> usize {
    len.div_ceil(3) * 4
}

/// Turns the last `len` bytes of `area` into their base64 text, which fills the whole of `area`.
///
/// This is how big data is encoded without a second buffer: the text is a third longer than the
/// bytes, so writing from the front never overtakes reading from the back.
///
/// # Panics
///
/// If `area` is not [`encoded_len`] of `len` bytes long.
pub(crate) fn encode_tail(area: &mut [u8], len: usize) {
    assert_eq!(area.len(), encoded_len(len), "the text fills the area");
    let mut step = [0; STEP];
    let (mut from, mut to) = (area.len() - len, 0);
    while from < area.len() {
        let taken = STEP.min(area.len() - from);
        step[..taken].copy_from_slice(&area[from..from + taken]);
        from += taken;
        let text = encoded_len(taken);
        let _ = STANDARD.encode(&step[..taken], Out::from_slice(&mut area[to..to + text]));
        to += text;
    }
}

/// Appends the bytes that the base64 `text` stands for to `out`, or leaves `out` as it is and
/// says so if `text` is not what Go would read.
pub(crate) fn decode_into(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.reserve(text.len() / 4 * 3); // the library would not reserve ahead
    // Nearly every text is strict base64. What is not is made so, and tried once more.
    if STANDARD.decode_append(text, out).is_ok() {
        return Some(());
    }
    STANDARD.decode_append(strict(text).as_ref(), out).ok()
}

/// The bytes that the base64 `text` stands for, if that is strict, written to the front of `room`.
///
/// # Panics
///
/// If there is no room for them.
pub(crate) fn decode_strict_to<'a>(text: &[u8], room: &'a mut [MaybeUninit<u8>]) -> Option<&'a [u8]> {
    STANDARD.decode(text, Out::from_uninit_slice(room)).ok().map(|bytes| &*bytes)
}

/// The bytes that the base64 `text` stands for, if it is strict base64 of just so many bytes.
pub(crate) fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    // The library must not find room for more bytes than there are.
    let padding = &b"=="[..N.div_ceil(3) * 3 - N];
    if text.len() != encoded_len(N) || !text.ends_with(padding) {
        return None;
    }
    let decoded = STANDARD.decode(text, Out::from_slice(&mut bytes)).ok()?;
    (decoded.len() == N).then_some(bytes)
}

/// The text without line breaks and with the unused bits of its last digit cleared: what a
/// strict decoder wants of a text that Go accepts. Other faults stay for the decoder to find.
fn strict(text: &[u8]) -> Cow<'_, [u8]> {
    let mut text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let used_bits = match padding {
        1 => 0b11_1100,
        2 => 0b11_0000,
        _ => return Cow::Owned(text),
    };
    let alphabet = STANDARD.charset();
    if let Some(last) = text.len().checked_sub(padding + 1).and_then(|at| text.get_mut(at))
        && let Some(digit) = alphabet.iter().position(|byte| byte == last)
    {
        *last = alphabet[digit & used_bits];
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str) -> Option<Vec<u8>> {
        let mut out = b"kept".to_vec();
        let decoded = decode_into(text.as_bytes(), &mut out);
        assert_eq!(&out[..4], b"kept");
        assert!(decoded.is_some() || out.len() == 4, "{text}: nothing may be left behind");
        decoded.map(|()| out.split_off(4))
    }

    #[test] // each row was put to Go's base64.StdEncoding.DecodeString
    fn reads_what_go_reads() {
        for (text, expected) in [
            ("", Some("")),
            ("YQ==", Some("a")),
            ("YWI=", Some("ab")),
            ("YWJj", Some("abc")),
            ("YR==", Some("a")),
            ("Yf==", Some("a")),
            ("YWL=", Some("ab")),
            ("Y\rQ\n==", Some("a")),
            ("YQ=\r\n=\r", Some("a")),
            ("\r", Some("")),
            ("YQ", None),
            ("YQ=", None),
            ("YWI", None),
            ("YQ==YQ==", None),
            ("YQ===", None),
            ("Y===", None),
            ("====", None),
            ("=", None),
            ("YW=j", None),
            ("YW-_", None),
            ("YQ= =", None),
            (" YQ==", None),
            ("é", None),
        ] {
            assert_eq!(decode(text).as_deref(), expected.map(str::as_bytes), "{text:?}");
        }
    }

    #[test]
    fn arrays_are_read_if_they_have_the_length() {
        assert_eq!(decode_array::<2>(b"YWI="), Some(*b"ab"));
        assert_eq!(decode_array::<3>(b"YWJj"), Some(*b"abc"));
        for text in ["YWJj", "YQ==", "YWI", "YWL=", "Y W=", ""] {
            assert_eq!(decode_array::<2>(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_tail_becomes_the_text() {
        let bytes: Vec<u8> = (0..5000_u32).map(|i| (i * 7 % 251) as u8).collect();
        for len in (0..20).chain(760..780).chain(1530..1545).chain([5000]) {
            let mut area = vec![0; encoded_len(len)];
            let start = area.len() - len;
            area[start..].copy_from_slice(&bytes[..len]);
            encode_tail(&mut area, len);
            let mut expected = Vec::new();
            encode_into(&bytes[..len], &mut expected);
            assert_eq!(area, expected, "{len} bytes");
        }
    }
}
