//! age's armor: strict PEM, 64 columns (keys §3.2).

use crate::keys::base64::{self, Padding};
use crate::keys::quote::quote_bytes;

pub(super) const HEADER: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
pub(super) const FOOTER: &[u8] = b"-----END AGE ENCRYPTED FILE-----";
/// Characters of a full line.
const COLUMNS: usize = 64;
/// Bytes in a full line.
const LINE_BYTES: usize = COLUMNS / 4 * 3;
/// White space allowed before the header and behind the footer must be less than this.
const MAX_WHITE_SPACE: usize = 1024;

/// Armors an age file, with a final newline.
pub(super) fn encode(file: &[u8]) -> String {
    let body = base64_simd::STANDARD.encode_to_string(file);
    let mut text = String::with_capacity(body.len() + body.len() / COLUMNS + 80);
    text.push_str("-----BEGIN AGE ENCRYPTED FILE-----\n");
    let mut rest = &body[..];
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(COLUMNS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END AGE ENCRYPTED FILE-----\n");
    text
}

/// What an armored text holds: the bytes up to the first fault, and that fault.
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    /// What a reader that comes to the end of `bytes` is told; `None` if that is the end of file.
    pub(super) fault: Option<String>,
}

/// Takes the armor off. What stands before a fault is still given: age reads that far, too, and its
/// error says how far it came.
pub(super) fn decode(text: &[u8]) -> Decoded {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let fault = decode_into(text, &mut bytes).err().map(|fault| format!("invalid armor: {fault}"));
    Decoded { bytes, fault }
}

fn decode_into(text: &[u8], bytes: &mut Vec<u8>) -> Result<(), String> {
    let mut lines = Lines(text);
    let mut white_space = 0;
    loop {
        let line = lines.next()?;
        if line.trim_ascii().is_empty() {
            white_space += line.len() + 1;
            if white_space > MAX_WHITE_SPACE {
                return Err("too much leading whitespace".to_owned());
            }
        } else if line == HEADER {
            break;
        } else {
            return Err(format!("invalid first line: {}", quote_bytes(line)));
        }
    }
    loop {
        let line = lines.next()?;
        if line == FOOTER {
            return check_rest(lines.0);
        }
        if line.is_empty() {
            return Err("empty line in armored data".to_owned());
        }
        if line.len() > COLUMNS {
            return Err("column limit exceeded".to_owned());
        }
        let decoded = base64::decode(line, Padding::Required).map_err(|e| e.to_string())?;
        bytes.extend_from_slice(&decoded);
        if decoded.len() < LINE_BYTES {
            let line = lines.next()?;
            if line != FOOTER {
                return Err(format!("invalid closing line: {}", quote_bytes(line)));
            }
            return check_rest(lines.0);
        }
    }
}

fn check_rest(rest: &[u8]) -> Result<(), String> {
    let rest = &rest[..rest.len().min(MAX_WHITE_SPACE)];
    if !rest.trim_ascii().is_empty() {
        return Err("trailing data after armored file".to_owned());
    }
    if rest.len() == MAX_WHITE_SPACE {
        return Err("too much trailing whitespace".to_owned());
    }
    Ok(())
}

/// Lines without their LF or CRLF; the last one may have none.
struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<&'a [u8], String> {
        if self.0.is_empty() {
            return Err("unexpected EOF".to_owned());
        }
        let (line, rest) = match self.0.iter().position(|&b| b == b'\n') {
            Some(end) => (&self.0[..end], &self.0[end + 1..]),
            None => (self.0, &[][..]),
        };
        self.0 = rest;
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }
}
