//! The layout patch: what a ciphertext's style cannot say about the author's spelling.
//!
//! Encrypting splices the source into the encrypted file, decrypting splices that into a
//! plaintext. Where the two splices touch the file, source and plaintext may differ: a folded
//! text, `0x1F`, `1.20`, an alias that was written out. The patch lists these differences. It
//! is stored encrypted in the metadata block, in a field that sops skips.
//!
//! A place is given relative to the replaced part before it, not to the start of the file, so
//! that changing one value leaves the patch as it is.

use super::{Segment, Spliced};
use crate::leaf::Span;

/// The first byte of a patch; another one means a later version wrote it.
const VERSION: u8 = 1;

/// How the author's file spells its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, as in memory.
    #[default]
    Utf8,
    /// UTF-16, little end first, with a byte order mark.
    Utf16Le,
    /// UTF-16, big end first, with a byte order mark.
    Utf16Be,
}

impl Encoding {
    /// The encoding that a file's first bytes announce.
    #[must_use]
    pub fn of(source: &[u8]) -> Self {
        match source {
            [0xFF, 0xFE, ..] => Self::Utf16Le,
            [0xFE, 0xFF, ..] => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }

    fn encode(self, text: Vec<u8>) -> Option<Vec<u8>> {
        let unit: fn(u16) -> [u8; 2] = match self {
            Self::Utf8 => return Some(text),
            Self::Utf16Le => u16::to_le_bytes,
            Self::Utf16Be => u16::to_be_bytes,
        };
        let text = String::from_utf8(text).ok()?;
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        Some(units.flat_map(unit).collect())
    }
}

/// The differences between a source and its plaintext, ready to be sealed. `None` if there
/// are none.
///
/// `sealed` is the splice from `source` to the encrypted file, `opened` the one from there to
/// the plaintext.
#[must_use]
pub fn diff(source: &[u8], encoding: Encoding, sealed: &Spliced, opened: &Spliced) -> Option<Vec<u8>> {
    if encoding == Encoding::Utf8 && opened.bytes == source {
        return None;
    }
    let mut patch = vec![VERSION, encoding as u8];
    let mut anchor_before = 0;
    let mut found = encoding != Encoding::Utf8;
    for (from, to) in clusters(source.len(), sealed, opened) {
        let (old, new) = (to.of(&opened.bytes), from.of(source));
        if old == new {
            continue;
        }
        found = true;
        let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let suffix =
            old[prefix..].iter().rev().zip(new[prefix..].iter().rev()).take_while(|(a, b)| a == b).count();
        let removed = Span::new(to.start + prefix, to.end - suffix);
        let anchor = opened.segments.partition_point(|segment| segment.to.end <= to.start);
        // A part that is empty and stands right here belongs to the difference itself.
        let start = end_of(&opened.segments, anchor);
        number(anchor - anchor_before, &mut patch);
        number(removed.start - start, &mut patch);
        number(removed.len(), &mut patch);
        patch.extend_from_slice(&check(removed.of(&opened.bytes)));
        let inserted = &new[prefix..new.len() - suffix];
        number(inserted.len(), &mut patch);
        patch.extend_from_slice(inserted);
        anchor_before = anchor;
    }
    found.then_some(patch)
}

/// The source that `patch` was made for, from the plaintext that `opened` is. `None` if the
/// patch does not fit it: the file was changed by someone who knows nothing of patches.
#[must_use]
pub fn apply(opened: &Spliced, patch: &[u8]) -> Option<Vec<u8>> {
    let (&version, rest) = patch.split_first()?;
    let (&encoding, mut rest) = rest.split_first()?;
    let encoding = match encoding {
        0 => Encoding::Utf8,
        1 => Encoding::Utf16Le,
        2 => Encoding::Utf16Be,
        _ => return None,
    };
    if version != VERSION {
        return None;
    }
    let text = &opened.bytes;
    let mut out = Vec::with_capacity(text.len() + patch.len());
    let (mut copied, mut anchor) = (0, 0);
    while !rest.is_empty() {
        anchor = read(&mut rest)?.checked_add(anchor)?;
        if anchor > opened.segments.len() {
            return None;
        }
        let start = end_of(&opened.segments, anchor).checked_add(read(&mut rest)?)?;
        let end = start.checked_add(read(&mut rest)?)?;
        let expected = take(&mut rest, 4)?;
        let length = read(&mut rest)?;
        let inserted = take(&mut rest, length)?;
        if start < copied || check(text.get(start..end)?) != expected {
            return None;
        }
        out.extend_from_slice(&text[copied..start]);
        out.extend_from_slice(inserted);
        copied = end;
    }
    out.extend_from_slice(&text[copied..]);
    encoding.encode(out)
}

/// Where the replaced part before an anchor ends; anchor 0 is the start of the text.
fn end_of(segments: &[Segment], anchor: usize) -> usize {
    anchor.checked_sub(1).map_or(0, |last| segments[last].to.end)
}

/// The places where either splice touched the encrypted file: span in the source, span in
/// the plaintext. Outside of them the two are the same.
fn clusters(source_len: usize, sealed: &Spliced, opened: &Spliced) -> Vec<(Span, Span)> {
    let mut out = Vec::new();
    let mut a = sealed.segments.iter().map(|s| (s.to, s.from)).peekable();
    let mut b = opened.segments.iter().map(|s| (s.from, s.to)).peekable();
    // Ends of the last part on either side: in the encrypted file, and in the other text.
    let mut a_end = (0, 0);
    let mut b_end = (0, 0);
    loop {
        let start = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(a), None) => a.0.start,
            (None, Some(b)) => b.0.start,
            (Some(a), Some(b)) => a.0.start.min(b.0.start),
        };
        let source_start = a_end.1 + (start - a_end.0);
        let plain_start = b_end.1 + (start - b_end.0);
        let mut end = start;
        loop {
            if let Some((file, other)) = a.next_if(|(file, _)| file.start <= end) {
                end = end.max(file.end);
                a_end = (file.end, other.end);
            } else if let Some((file, other)) = b.next_if(|(file, _)| file.start <= end) {
                end = end.max(file.end);
                b_end = (file.end, other.end);
            } else {
                break;
            }
        }
        let source_end = (a_end.1 + (end - a_end.0)).min(source_len);
        let plain_end = b_end.1 + (end - b_end.0);
        out.push((Span::new(source_start, source_end), Span::new(plain_start, plain_end)));
    }
    out
}

/// LEB128.
fn number(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        #[allow(clippy::cast_possible_truncation)] // the low seven bits
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    #[allow(clippy::cast_possible_truncation)] // below 0x80
    out.push(value as u8);
}

fn read(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0usize;
    for shift in (0..usize::BITS).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= usize::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

/// FNV-1a. The patch is authenticated; this only tells a stale one.
fn check(bytes: &[u8]) -> [u8; 4] {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, b| (hash ^ u32::from(*b)).wrapping_mul(0x0100_0193));
    hash.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Patches;

    fn splice(source: &str, patches: &[(usize, usize, &str)]) -> Spliced {
        let mut list = Patches::default();
        for (start, end, text) in patches {
            list.push(Span::new(*start, *end), |out| out.extend_from_slice(text.as_bytes()));
        }
        list.apply(source.as_bytes())
    }

    #[test]
    fn brings_back_what_the_style_lost() {
        let source = "\u{feff}a: 0x1F\nb: x\nc: *b";
        let sealed = splice(
            source,
            &[(0, 3, ""), (6, 10, "ENC1"), (14, 15, "ENC2"), (19, 21, "{k: ENC3}"), (21, 21, "\nsops:\n")],
        );
        assert_eq!(sealed.bytes, b"a: ENC1\nb: ENC2\nc: {k: ENC3}\nsops:\n");
        let file = String::from_utf8(sealed.bytes.clone()).unwrap();
        let opened = splice(&file, &[(3, 7, "31"), (11, 15, "x"), (23, 27, "x"), (29, 35, "")]);
        assert_eq!(opened.bytes, b"a: 31\nb: x\nc: {k: x}\n");
        let patch = diff(source.as_bytes(), Encoding::Utf8, &sealed, &opened).unwrap();
        assert_eq!(apply(&opened, &patch).unwrap(), source.as_bytes());
        // Another value elsewhere leaves the patch in force.
        let other = splice(&file, &[(3, 7, "31"), (11, 15, "much longer"), (23, 27, "x"), (29, 35, "")]);
        assert_eq!(apply(&other, &patch).unwrap(), "\u{feff}a: 0x1F\nb: much longer\nc: *b".as_bytes());
        // Another value here does not.
        let other = splice(&file, &[(3, 7, "32"), (11, 15, "x"), (23, 27, "x"), (29, 35, "")]);
        assert_eq!(apply(&other, &patch), None);
    }

    #[test]
    fn no_difference_no_patch() {
        let sealed = splice("a: x\n", &[(3, 4, "ENC1"), (5, 5, "sops:\n")]);
        let opened = splice("a: ENC1\nsops:\n", &[(3, 7, "x"), (8, 14, "")]);
        assert_eq!(diff(b"a: x\n", Encoding::Utf8, &sealed, &opened), None);
    }

    #[test]
    fn garbage_is_no_patch() {
        let opened = splice("a: ENC1\n", &[(3, 7, "x")]);
        for garbage in [
            &b""[..],
            &[9],
            &[1],
            &[1, 7],
            &[1, 0, 200],
            &[1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 127],
        ] {
            assert_eq!(apply(&opened, garbage), None, "{garbage:?}");
        }
        assert_eq!(apply(&opened, &[1, 0]).unwrap(), opened.bytes);
    }
}
