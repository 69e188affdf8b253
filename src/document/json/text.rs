//! What a token means, and how a value is spelled: strings and numbers, both ways (stores §4).

use super::scan::{Quoted, Token};
use crate::document::{Scalar, Text};
use crate::leaf::{Span, Value, number};

/// What a number literal stands for.
pub(super) enum Number {
    Int(i64),
    /// No point, no exponent, and beyond 64 bits with sign.
    Big,
    Float(f64),
    /// Beyond what a double can stand for. sops refuses the file.
    OutOfRange,
}

/// Reads a literal that the scanner accepted.
pub(super) fn number(literal: &[u8]) -> Number {
    // The scanner lets only ASCII through; an impossible text counts as out of range.
    let text = std::str::from_utf8(literal).unwrap_or("");
    let whole = !literal.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    if whole && let Ok(int) = text.parse() {
        return Number::Int(int);
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() && whole => Number::Big,
        Ok(float) if float.is_finite() => Number::Float(float),
        _ => Number::OutOfRange,
    }
}

/// The scalar that a token stands for; `None` if it is none.
pub(super) fn scalar(source: &[u8], token: Token) -> Option<Scalar> {
    Some(match token {
        Token::Null(_) => Scalar::Null,
        Token::Bool(b, _) => Scalar::Bool(b),
        Token::Number(span) => match number(span.of(source)) {
            Number::Int(int) => Scalar::Int(int),
            Number::Float(float) => Scalar::Float(float),
            Number::Big => Scalar::BigInt(String::from_utf8_lossy(span.of(source)).into()),
            Number::OutOfRange => Scalar::Str(Text::Source(span)),
        },
        Token::Text(quoted) if quoted.plain => Scalar::Str(Text::Source(quoted.inner())),
        Token::Text(quoted) => Scalar::Str(Text::Owned(unquote(quoted.inner().of(source)).into())),
        Token::OpenMap(_) | Token::OpenList(_) | Token::Close(_) | Token::Key(_) => return None,
    })
}

/// The value that a token stands for, with text of its own; `None` if it is none.
pub(super) fn value(source: &[u8], token: Token) -> Option<Value> {
    scalar(source, token).map(|scalar| match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(b) => Value::Bool(b),
        Scalar::Int(int) => Value::Int(int),
        Scalar::Float(float) => Value::Float(float),
        Scalar::BigInt(digits) => Value::BigInt(digits),
        Scalar::Time(time) => Value::Time(time),
        Scalar::Str(text) | Scalar::Comment(text) => Value::Str(match text {
            Text::Source(span) => span.of(source).to_vec(),
            Text::Owned(bytes) => bytes.into_vec(),
        }),
    })
}

/// The text of a quoted token.
pub(super) fn unquoted(source: &[u8], quoted: Quoted) -> std::borrow::Cow<'_, [u8]> {
    let inner = quoted.inner().of(source);
    if quoted.plain { inner.into() } else { unquote(inner).into() }
}

const REPLACEMENT: &str = "\u{FFFD}";

/// Undoes the escapes of what stands between two quotes. Each byte that is no UTF-8 and each
/// surrogate without its partner becomes U+FFFD, as in Go.
fn unquote(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let run = rest.iter().position(|&byte| byte == b'\\').unwrap_or(rest.len());
        for chunk in rest[..run].utf8_chunks() {
            out.extend_from_slice(chunk.valid().as_bytes());
            for _ in chunk.invalid() {
                out.extend_from_slice(REPLACEMENT.as_bytes());
            }
        }
        rest = &rest[run..];
        if let Some(&code) = rest.get(1) {
            let used = unescape(rest, code, &mut out);
            rest = &rest[used..];
        } else {
            rest = &[]; // at its end; the scanner lets no lone backslash through
        }
    }
    out
}

/// Writes what the escape at the start of `rest` stands for; says how many bytes it takes.
fn unescape(rest: &[u8], code: u8, out: &mut Vec<u8>) -> usize {
    let byte = match code {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let (c, used) = match (unit(rest), unit(rest.get(6..).unwrap_or(&[]))) {
                (Some(high @ 0xD800..0xDC00), Some(low @ 0xDC00..0xE000)) => {
                    (char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 12)
                }
                (Some(unit), _) => (char::from_u32(unit), 6),
                (None, _) => (None, rest.len().min(6)),
            };
            let mut buffer = [0; 4];
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            return used;
        }
        other => other,
    };
    out.push(byte);
    2
}

/// The UTF-16 unit of a `\uXXXX` at the start of `rest`.
fn unit(rest: &[u8]) -> Option<u32> {
    let digits = rest.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}

/// Appends `text` in quotes as Go's encoder writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped,
/// bytes that are no UTF-8 as `\ufffd`.
pub(super) fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid().as_bytes();
        let mut copied = 0;
        for (at, &byte) in valid.iter().enumerate() {
            let Some((escape, len)) = escape(&valid[at..], byte) else { continue };
            out.extend_from_slice(&valid[copied..at]);
            out.extend_from_slice(escape.as_bytes());
            if escape == "\\u00" {
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            copied = at + len;
        }
        out.extend_from_slice(&valid[copied..]);
        for _ in chunk.invalid() {
            out.extend_from_slice(b"\\ufffd");
        }
    }
    out.push(b'"');
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// How the character that begins `rest` is escaped, and its length; `\u00` wants two digits more.
fn escape(rest: &[u8], byte: u8) -> Option<(&'static str, usize)> {
    Some(match byte {
        b'"' => ("\\\"", 1),
        b'\\' => ("\\\\", 1),
        8 => ("\\b", 1),
        12 => ("\\f", 1),
        b'\n' => ("\\n", 1),
        b'\r' => ("\\r", 1),
        b'\t' => ("\\t", 1),
        0..0x20 | b'<' | b'>' | b'&' => ("\\u00", 1),
        0xE2 if rest.starts_with("\u{2028}".as_bytes()) => ("\\u2028", 3),
        0xE2 if rest.starts_with("\u{2029}".as_bytes()) => ("\\u2029", 3),
        _ => return None,
    })
}

/// Appends a finite double as Go's encoder writes it: the shortest digits, with an exponent
/// only below 1e-6 and from 1e21 on.
pub(super) fn float(float: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(number::format_json(float).unwrap_or_default().as_bytes());
}

/// A number literal that no double can stand for is kept as text; this tells it from a string.
pub(super) fn is_bare(source: &[u8], span: Span) -> bool {
    source.get(span.start) != Some(&b'"')
}

/// The Go type that sops gives a scalar, as its messages name it.
pub(super) fn go_type(source: &[u8], token: Token) -> &'static str {
    match token {
        Token::Null(_) => "<nil>",
        Token::Bool(..) => "bool",
        Token::Number(span) => match number(span.of(source)) {
            Number::Int(_) => "int",
            Number::OutOfRange => "json.Number",
            Number::Big | Number::Float(_) => "float64",
        },
        _ => "string",
    }
}
