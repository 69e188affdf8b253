//! Writing keys, values and comments as text: the rules of sops' INI library (stores §6.2), and
//! stricter ones where what it writes would not be read back.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3, memmem};

use super::blank::trim;
use super::value::reads_as;

/// Appends a value as sops writes it.
pub(super) fn value(text: &[u8], out: &mut Vec<u8>) {
    let quote: &[u8] = if memchr2(b'\n', b'`', text).is_some() {
        b"\"\"\""
    } else if memchr2(b'#', b';', text).is_some() {
        b"`"
    } else if trim(text).len() != text.len() {
        b"\""
    } else {
        b""
    };
    quoted(text, quote, out);
}

/// A value as text that is read back as that value by sops and by us; `None` if there is none.
/// As sops writes it where that is right.
pub(super) fn safe_value(text: &[u8]) -> Option<Vec<u8>> {
    let mut written = Vec::new();
    value(text, &mut written);
    if reads_as(&written, text) {
        return Some(written);
    }
    [b"`".as_slice(), b"\"\"\"", b"'", b"\""].into_iter().find_map(|quote| {
        written.clear();
        quoted(text, quote, &mut written);
        reads_as(&written, text).then(|| written.clone())
    })
}

fn quoted(text: &[u8], quote: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(quote);
    out.extend_from_slice(text);
    out.extend_from_slice(quote);
}

/// Whether the value is written without quotes.
pub(super) fn is_bare(written: &[u8]) -> bool {
    !matches!(written, [b'"' | b'`' | b'\'', ..])
}

/// A key as sops writes it.
pub(super) fn key(name: &[u8]) -> Cow<'_, [u8]> {
    let quote: &[u8] = if memchr3(b'"', b'=', b':', name).is_some() {
        b"`"
    } else if memchr(b'`', name).is_some() {
        b"\"\"\""
    } else {
        return Cow::Borrowed(name);
    };
    let mut out = Vec::with_capacity(name.len() + 6);
    quoted(name, quote, &mut out);
    Cow::Owned(out)
}

/// What a comment belongs to: its text is written in another way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum About {
    Section,
    Key,
}

/// Appends a comment as sops writes it: a line for each line of the text, the last without a
/// line break. `between` is what stands between two lines.
pub(super) fn comment(text: &[u8], about: About, between: &[u8], out: &mut Vec<u8>) {
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if number > 0 {
            out.extend_from_slice(between);
        }
        match line {
            [marker @ (b'#' | b';'), rest @ ..] => {
                out.extend_from_slice(&[*marker, b' ']);
                out.extend_from_slice(trim(rest));
            }
            _ => {
                out.extend_from_slice(b"; ");
                out.extend_from_slice(if about == About::Key { trim(line) } else { line });
            }
        }
    }
}

/// Whether a text can stand within fences of the kind, on as many lines as it has.
pub(super) fn fits_fence(text: &[u8], fence: &[u8]) -> bool {
    memchr(b'\n', text).is_none() || memmem::find(text, fence).is_none()
}
