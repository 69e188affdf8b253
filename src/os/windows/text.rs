//! Names are 16-bit units, nearly always UTF-16. The bytes that the standard library shows of one are UTF-8
//! in which a unit that is half of a pair, without the other, takes three bytes.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::os::windows::ffi::OsStringExt;

/// Bytes as a name or a word for a program. What is no UTF-8 becomes U+FFFD.
#[must_use]
pub fn borrowed(bytes: &[u8]) -> Cow<'_, OsStr> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(OsStr::new(text)),
        Err(_) => Cow::Owned(OsString::from_wide(&units(bytes))),
    }
}

/// [`borrowed`] without a copy, where that can be.
#[must_use]
pub fn owned(bytes: Vec<u8>) -> OsString {
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => OsString::from_wide(&units(error.as_bytes())),
    }
}

/// The units that stand in such bytes.
fn units(bytes: &[u8]) -> Vec<u16> {
    let (mut units, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some(first) = rest.first() {
        let valid = rest.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        if !valid.is_empty() {
            units.extend(valid.encode_utf16());
            rest = &rest[valid.len()..];
        } else if let [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, ..] = *rest {
            units.push(0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f));
            rest = &rest[3..];
        } else {
            // One for all that follows a broken start.
            let broken = rest[1..].iter().take_while(|byte| *first >= 0xc0 && **byte & 0xc0 == 0x80).count();
            units.push(0xfffd);
            rest = &rest[1 + broken.min(2)..];
        }
    }
    units
}

/// Go leaves the system's words as they are.
pub(crate) fn sentence(text: &str) -> String {
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::windows::ffi::OsStrExt;

    #[test]
    fn any_name_survives() {
        for units in [&[0x41_u16, 0xe9, 0x20ac][..], &[0xd83d, 0xde00], &[0x61, 0xd83d, 0x62], &[0xdc00]] {
            let name = OsString::from_wide(units);
            let again = owned(name.as_encoded_bytes().to_vec());
            assert_eq!(again.encode_wide().collect::<Vec<_>>(), units);
            assert_eq!(*borrowed(name.as_encoded_bytes()), name);
        }
        assert_eq!(owned(b"a\xffb".to_vec()), "a\u{fffd}b");
    }
}
