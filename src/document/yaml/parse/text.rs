//! Whether bytes are a text that YAML allows.

use crate::document::{ParseError, ParseErrorKind};

/// `source` as text, and whether it is simple: line feeds and what ASCII prints.
///
/// # Errors
///
/// [`ParseError`] at the first byte that is not UTF-8 or that begins a character which YAML
/// does not allow: control characters but for tab and line breaks, U+FFFE and U+FFFF.
pub(super) fn checked(source: &[u8]) -> Result<(&str, bool), ParseError> {
    let text = std::str::from_utf8(source).map_err(|error| {
        let at = error.valid_up_to();
        problem_at(source, at, invalid(&source[at..], error.error_len()))
    })?;
    // Most text has nothing suspicious in it, and these loops have no branches.
    let is_simple = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    if source.chunks(CHUNK).all(|chunk| chunk.iter().fold(true, |simple, byte| simple & is_simple(byte))) {
        return Ok((text, true));
    }
    for (number, chunk) in source.chunks(CHUNK).enumerate() {
        if chunk.iter().fold(false, |found, &byte| found | is_suspicious(byte))
            && let Some(place) = (number * CHUNK..)
                .take(chunk.len())
                .find(|&at| is_suspicious(source[at]) && is_forbidden(&source[at..]))
        {
            return Err(problem_at(source, place, "control characters are not allowed"));
        }
    }
    Ok((text, false))
}

const CHUNK: usize = 256;

/// Whether a byte may begin a forbidden character.
const fn is_suspicious(byte: u8) -> bool {
    (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r')
        | (byte == 0x7F)
        | (byte == 0xC2)
        | (byte == 0xEF)
}

const fn is_forbidden(bytes: &[u8]) -> bool {
    match bytes {
        [0xC2, 0x85, ..] => false, // NEL
        [0xC2, second, ..] => *second < 0xA0,
        [0xEF, second, third, ..] => *second == 0xBF && *third >= 0xBE,
        _ => true,
    }
}

/// What is wrong with the first character, in go-yaml's words.
fn invalid(bytes: &[u8], len: Option<usize>) -> &'static str {
    let width = match bytes.first() {
        Some(0xC0..0xE0) => 2,
        Some(0xE0..0xF0) => 3,
        Some(0xF0..0xF8) => 4,
        _ => return "invalid leading UTF-8 octet: the file is not UTF-8",
    };
    if len.is_none() {
        return "incomplete UTF-8 octet sequence";
    }
    if bytes.iter().take(width).skip(1).any(|byte| byte & 0xC0 != 0x80) {
        return "invalid trailing UTF-8 octet: the file is not UTF-8";
    }
    match bytes {
        [0xC0 | 0xC1, ..] | [0xE0, ..0xA0, ..] | [0xF0, ..0x90, ..] => {
            "invalid length of a UTF-8 sequence: the file is not UTF-8"
        }
        _ => "invalid Unicode character: the file is not UTF-8",
    }
}

fn problem_at(source: &[u8], at: usize, problem: &str) -> ParseError {
    let before = String::from_utf8_lossy(&source[..at]);
    let line_start = before.rfind('\n').map_or(0, |place| place + 1);
    ParseError {
        line: 1 + before.matches('\n').count(),
        column: 1 + before[line_start..].chars().count(),
        problem: problem.to_owned(),
        kind: ParseErrorKind::Syntax,
    }
}
