//! What a token means, and how a value is spelled: both ways.

use std::borrow::Cow;

use toml_datetime::Datetime;
use toml_parser::Source;
use toml_parser::decoder::ScalarKind;
use toml_parser::parser::Event;

use super::scan::{First, Problem};
use crate::document::{Scalar, Text};
use crate::leaf::{Span, ValueRef, number};

/// The text that a token of a key stands for.
pub(super) fn key<'a>(source: Source<'a>, event: &Event) -> Result<Cow<'a, str>, Problem> {
    let (mut text, mut first) = (Cow::Borrowed(""), First::default());
    if let Some(raw) = source.get(event) {
        raw.decode_key(&mut text, &mut first);
    }
    first.check(event.span().start())?;
    Ok(text)
}

/// The value that a token stands for.
pub(super) fn scalar(source: Source<'_>, event: &Event) -> Result<Scalar, Problem> {
    let at = event.span().start();
    let (mut text, mut first) = (Cow::Borrowed(""), First::default());
    let raw = source.get(event).ok_or_else(|| Problem::new(at, "a value is missing"))?;
    let kind = raw.decode_scalar(&mut text, &mut first);
    first.check(at)?;
    Ok(match kind {
        ScalarKind::String => Scalar::Str(match text {
            Cow::Borrowed(text) => Text::Source(place(source.input(), text)),
            Cow::Owned(text) => Text::Owned(text.into_bytes().into()),
        }),
        ScalarKind::Boolean(value) => Scalar::Bool(value),
        ScalarKind::DateTime => {
            let time: Datetime = text
                .parse()
                .map_err(|error: toml_datetime::DatetimeParseError| Problem::new(at, error.to_string()))?;
            Scalar::Str(Text::Owned(time.to_string().into_bytes().into()))
        }
        ScalarKind::Integer(radix) => {
            let int = i64::from_str_radix(&text, radix.value());
            Scalar::Int(int.map_err(|_| Problem::new(at, "an integer beyond 64 bits"))?)
        }
        ScalarKind::Float => match text.parse::<f64>() {
            Ok(float) if float.is_finite() || !text.bytes().any(|byte| byte.is_ascii_digit()) => {
                Scalar::Float(float)
            }
            _ => return Err(Problem::new(at, "a float beyond 64 bits")),
        },
    })
}

/// Where `part` stands in `whole`, which it was taken from.
fn place(whole: &str, part: &str) -> Span {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize).min(whole.len());
    if part.is_empty() { Span::at(0) } else { Span::new(start, (start + part.len()).min(whole.len())) }
}

/// The quotes that a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// `"x"`, with escapes.
    Basic,
    /// `'x'`
    Literal,
    /// `"""x"""`, with escapes.
    Lines,
    /// `'''x'''`
    LiteralLines,
}

impl Quote {
    /// Those of a value in the source; a value without quotes gets the usual ones.
    pub(super) fn of(value: &[u8]) -> Self {
        match value {
            [b'"', b'"', b'"', ..] => Self::Lines,
            [b'\'', b'\'', b'\'', ..] => Self::LiteralLines,
            [b'\'', ..] => Self::Literal,
            _ => Self::Basic,
        }
    }

    pub(super) const fn mark(self) -> &'static [u8] {
        match self {
            Self::Basic => b"\"",
            Self::Literal => b"'",
            Self::Lines => b"\"\"\"",
            Self::LiteralLines => b"'''",
        }
    }
}

/// Whether every character may stand in quotes that know no escapes.
fn is_plain(text: &str, lines: bool) -> bool {
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\t' => {}
            '\n' if lines => {}
            '\r' if lines && rest.peek() == Some(&'\n') => {}
            c if c < ' ' || c == '\u{7f}' => return false,
            _ => {}
        }
    }
    true
}

/// Appends `text` in these quotes, or, if it does not fit them, in those with escapes. A text of
/// several lines begins on the line behind the quotes.
pub(super) fn quote(text: &str, quote: Quote, newline: &[u8], out: &mut Vec<u8>) {
    match quote {
        Quote::Literal if is_plain(text, false) && !text.contains('\'') => {
            out.push(b'\'');
            out.extend_from_slice(text.as_bytes());
            out.push(b'\'');
        }
        Quote::LiteralLines if is_plain(text, true) && !text.contains("'''") && !text.ends_with('\'') => {
            open_lines(text, quote, newline, out);
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(quote.mark());
        }
        Quote::Lines | Quote::LiteralLines => {
            open_lines(text, Quote::Lines, newline, out);
            let mut rest = text.chars().peekable();
            let mut quoted = false; // the character before is a quote without escape
            while let Some(c) = rest.next() {
                let next = rest.peek();
                let bare = match c {
                    '\n' | '\t' => true,
                    '\r' => next == Some(&'\n'),
                    '"' => !quoted && next.is_some(),
                    _ => false,
                };
                quoted = bare && c == '"';
                if bare { push(c, out) } else { escaped(c, out) }
            }
            out.extend_from_slice(Quote::Lines.mark());
        }
        Quote::Basic | Quote::Literal => {
            out.push(b'"');
            text.chars().for_each(|c| escaped(c, out));
            out.push(b'"');
        }
    }
}

/// A line end right behind the quotes is not part of the text.
fn open_lines(text: &str, quote: Quote, newline: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(quote.mark());
    if text.contains('\n') {
        out.extend_from_slice(newline);
    }
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn escaped(c: char, out: &mut Vec<u8>) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        c if c < ' ' || c == '\u{7f}' => {
            out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes());
        }
        c => push(c, out),
    }
}

/// Appends a key: bare if it can be.
pub(super) fn write_key(key: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !key.is_empty() && key.iter().all(bare) {
        out.extend_from_slice(key);
        return Ok(());
    }
    let text = std::str::from_utf8(key).map_err(|_| Unwritable("key that is not UTF-8"))?;
    quote(text, Quote::Basic, b"\n", out);
    Ok(())
}

/// Why a value cannot be TOML: the kind of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unwritable(pub(super) &'static str);

/// Appends a value; a text in these quotes. Nothing at all is the text `null`, as in rops.
pub(super) fn write(
    value: ValueRef<'_>,
    quotes: Quote,
    newline: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Unwritable> {
    match value {
        ValueRef::Null => out.extend_from_slice(b"\"null\""),
        ValueRef::Bool(true) => out.extend_from_slice(b"true"),
        ValueRef::Bool(false) => out.extend_from_slice(b"false"),
        ValueRef::Int(int) => out.extend_from_slice(int.to_string().as_bytes()),
        ValueRef::Float(float) => write_float(float, out),
        // What the MAC covers is the nearest double.
        ValueRef::BigInt(digits) => write_float(digits.parse().unwrap_or(f64::NAN), out),
        ValueRef::Time(time) => out.extend_from_slice(time.as_bytes()),
        ValueRef::Str(text) | ValueRef::Comment(text) => {
            let text = std::str::from_utf8(text).map_err(|_| Unwritable("text that is not UTF-8"))?;
            quote(text, quotes, newline, out);
        }
    }
    Ok(())
}

/// A float always has a point or an exponent, or it would be an integer.
fn write_float(float: f64, out: &mut Vec<u8>) {
    if float.is_nan() {
        out.extend_from_slice(b"nan");
    } else if float.is_infinite() {
        out.extend_from_slice(if float > 0.0 { b"inf" } else { b"-inf" });
    } else {
        let text = number::format_json(float).unwrap_or_default();
        out.extend_from_slice(text.as_bytes());
        if !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
            out.extend_from_slice(b".0");
        }
    }
}

/// Whether `text` can stand in a comment.
pub(super) fn is_comment(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| is_plain(text, false))
}
