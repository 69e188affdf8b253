//! White space as Go's `unicode.IsSpace` knows it: what is trimmed off lines, keys and values.
//!
//! Text may be any bytes; what is no UTF-8 is no blank.

/// Beyond ASCII: U+0085, U+00A0, U+1680, U+2000–U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
fn is_wide(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xC2, 0x85 | 0xA0]
            | [0xE1, 0x9A, 0x80]
            | [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF]
            | [0xE2, 0x81, 0x9F]
            | [0xE3, 0x80, 0x80]
    )
}

const fn is_ascii(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The length of the blank that `text` starts with, or 0.
fn first(text: &[u8]) -> usize {
    match text {
        [byte, ..] if is_ascii(*byte) => 1,
        [0xC2, ..] if text.len() >= 2 && is_wide(&text[..2]) => 2,
        [0xE1..=0xE3, ..] if text.len() >= 3 && is_wide(&text[..3]) => 3,
        _ => 0,
    }
}

/// The length of the blank that `text` ends with, or 0.
pub(super) fn last(text: &[u8]) -> usize {
    match text {
        [.., byte] if is_ascii(*byte) => 1,
        _ => {
            (2..=3).find(|&length| text.len() >= length && is_wide(&text[text.len() - length..])).unwrap_or(0)
        }
    }
}

/// How many bytes of white space `text` starts with.
pub(super) fn leading(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match first(&text[at..]) {
            0 => return at,
            length => at += length,
        }
    }
}

/// The length of `text` without the white space at its end.
pub(super) fn trimmed_len(text: &[u8]) -> usize {
    let mut end = text.len();
    loop {
        match last(&text[..end]) {
            0 => return end,
            length => end -= length,
        }
    }
}

/// `text` without white space at both ends.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let text = &text[..trimmed_len(text)];
    &text[leading(text)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_every_kind() {
        assert_eq!(trim("\u{a0}\t x \u{3000}\u{2028}\r\n".as_bytes()), b"x");
        assert_eq!(trim(b"\xA0x\x85"), b"\xA0x\x85");
        assert_eq!(trim(b" \n"), b"");
        assert_eq!(trim(b"\xE2\x80"), b"\xE2\x80");
    }
}
