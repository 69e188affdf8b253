//! One scalar: which style it gets and how its text is written in that style (stores §3.2).
//!
//! go-yaml decides twice for sops: first as if the scalar were a document of its own, then again
//! at its place, where brackets or a key's single line may rule the first choice out.

use super::shape::{Shape, is_bare_in_sops, is_break, is_printable, needs_quotes};
use crate::document::Tree;
use crate::document::yaml::node::ScalarStyle;
use crate::leaf::{ValueRef, number};
use std::borrow::Cow;

/// A scalar as go-yaml would write it: its tag, its text, its style.
pub(super) struct Scalar<'a> {
    /// `!!binary` or `!!merge`; empty for none.
    pub(super) tag: &'static str,
    pub(super) text: Cow<'a, str>,
    pub(super) style: ScalarStyle,
    pub(super) multiline: bool,
    flow_plain: bool,
}

impl<'a> Scalar<'a> {
    /// A value of a map or list.
    pub(super) fn value(value: ValueRef<'a>) -> Self {
        let word = |text: Cow<'a, str>| Self {
            tag: "",
            text,
            style: ScalarStyle::Plain,
            multiline: false,
            flow_plain: true,
        };
        match value {
            ValueRef::Null => word("null".into()),
            ValueRef::Bool(true) => word("true".into()),
            ValueRef::Bool(false) => word("false".into()),
            ValueRef::Int(int) => word(int.to_string().into()),
            ValueRef::Float(float) => word(number::format_yaml(float).into()),
            ValueRef::BigInt(digits) => word(digits.into()),
            ValueRef::Time(time) => word(time.into()),
            ValueRef::Str(text) | ValueRef::Comment(text) => Self::text(text),
        }
    }

    /// A map key. The merge key keeps its meaning where its value can be merged: in a tree nothing
    /// tells it from a quoted `<<`.
    pub(super) fn key(key: &'a [u8], value: &Tree) -> Self {
        let mut scalar = Self::text(key);
        let merges = match value {
            Tree::Map(_) => true,
            Tree::List(items) => items.iter().all(|item| matches!(item, Tree::Map(_))),
            Tree::Leaf(_) => false,
        };
        if key == b"<<" && merges {
            (scalar.tag, scalar.style, scalar.flow_plain) = ("!!merge", ScalarStyle::Plain, true);
        }
        scalar
    }

    fn text(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let shape = Shape::of(text);
                let Shape { multiline, flow_plain, .. } = shape;
                Self { tag: "", style: choose(text, shape), text: text.into(), multiline, flow_plain }
            }
            Err(_) => {
                let text = wrapped_base64(bytes);
                let multiline = text.contains('\n');
                let style = if multiline { ScalarStyle::Literal } else { ScalarStyle::Plain };
                Self { tag: "!!binary", text: text.into(), style, multiline, flow_plain: true }
            }
        }
    }

    /// The same scalar within brackets and braces, on one line.
    pub(super) fn on_one_line(mut self) -> Self {
        if self.multiline && !self.tag.is_empty() {
            self.text = self.text.replace('\n', "").into();
            self.style = ScalarStyle::Plain;
        } else if self.multiline {
            self.style = ScalarStyle::DoubleQuoted;
        } else if self.style == ScalarStyle::Plain && !self.flow_plain {
            self.style = ScalarStyle::SingleQuoted;
        }
        self
    }

    /// go-yaml writes `key:` for a key of one line and up to 128 bytes, else `? key`.
    pub(super) fn is_simple_key(&self) -> bool {
        !self.multiline && self.tag.len() + self.text.len() <= 128
    }

    /// Whether go-yaml gives a literal block of this text an indentation indicator.
    pub(super) fn needs_indicator(&self) -> bool {
        self.text.starts_with(|c: char| c == ' ' || is_break(c))
    }
}

/// The style for a string in block context.
fn choose(text: &str, shape: Shape) -> ScalarStyle {
    if text.contains('\n') {
        if shape.block && !literal_misreads(text) { ScalarStyle::Literal } else { ScalarStyle::DoubleQuoted }
    } else if needs_quotes(text) {
        ScalarStyle::DoubleQuoted
    } else if shape.plain {
        ScalarStyle::Plain
    } else if shape.single {
        ScalarStyle::SingleQuoted
    } else {
        ScalarStyle::DoubleQuoted
    }
}

/// Whether a literal block would not give the text back.
///
/// # Compatibility
///
/// sops loses a text of several lines that begins with a tab: go-yaml cannot read the block it
/// wrote, and the value becomes `null`. After a final U+2028 or U+2029 it begins no new line.
fn literal_misreads(text: &str) -> bool {
    text.starts_with('\t') || text.ends_with(['\u{2028}', '\u{2029}'])
}

/// Appends text in single quotes. Behind a U+2028 or U+2029 go-yaml indents to `column`.
pub(super) fn write_single(text: &str, column: usize, out: &mut Vec<u8>) {
    out.push(b'\'');
    let mut after_break = false;
    for c in text.chars() {
        if is_break(c) {
            after_break = true;
        } else {
            if after_break {
                blanks(column, out);
                after_break = false;
            }
            if c == '\'' {
                out.push(b'\'');
            }
        }
        push(c, out);
    }
    out.push(b'\'');
}

/// Appends text in double quotes, on one line. Only what must be escaped is.
pub(super) fn write_double(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in text.chars() {
        if c == '"' || c == '\\' || is_break(c) || !is_printable(c) { escape(c, out) } else { push(c, out) }
    }
    out.push(b'"');
}

/// Appends text in double quotes as go-yaml does: characters above U+FFFF are escaped, and
/// behind a byte order mark all are.
pub(super) fn write_double_like_go(text: &str, out: &mut Vec<u8>) {
    let all = text.starts_with('\u{FEFF}');
    out.push(b'"');
    for c in text.chars() {
        let special = c == '"' || c == '\\' || is_break(c) || !is_bare_in_sops(c);
        if all || special { escape(c, out) } else { push(c, out) }
    }
    out.push(b'"');
}

fn escape(c: char, out: &mut Vec<u8>) {
    out.push(b'\\');
    let letter = match c {
        '\0' => b'0',
        '\u{7}' => b'a',
        '\u{8}' => b'b',
        '\t' => b't',
        '\n' => b'n',
        '\u{B}' => b'v',
        '\u{C}' => b'f',
        '\r' => b'r',
        '\u{1B}' => b'e',
        '"' => b'"',
        '\\' => b'\\',
        '\u{85}' => b'N',
        '\u{A0}' => b'_',
        '\u{2028}' => b'L',
        '\u{2029}' => b'P',
        _ => {
            let code = c as u32;
            let hex = match code {
                0..=0xFF => format!("x{code:02X}"),
                0x100..=0xFFFF => format!("u{code:04X}"),
                _ => format!("U{code:08X}"),
            };
            out.extend_from_slice(hex.as_bytes());
            return;
        }
    };
    out.push(letter);
}

/// Appends `|` with its indicators.
pub(super) fn write_literal_head(text: &str, indicator: Option<u8>, out: &mut Vec<u8>) {
    out.push(b'|');
    if let Some(digit) = indicator {
        out.push(b'0' + digit);
    }
    let mut last = text.chars().rev();
    match (last.next().is_some_and(is_break), last.next()) {
        (false, _) => out.push(b'-'),
        (true, Some(c)) if !is_break(c) => {}
        (true, _) => out.push(b'+'),
    }
}

/// Appends the lines of a literal block, the last with its line break if the text has one.
/// Empty lines get no indentation.
pub(super) fn write_literal_lines(text: &str, column: usize, newline: &str, out: &mut Vec<u8>) {
    for line in text.split_inclusive(is_break) {
        let (line, end) = match line.char_indices().next_back() {
            Some((at, c)) if is_break(c) => line.split_at(at),
            _ => (line, ""),
        };
        if !line.is_empty() {
            blanks(column, out);
            out.extend_from_slice(line.as_bytes());
        }
        out.extend_from_slice(if end == "\n" { newline } else { end }.as_bytes());
    }
}

/// Whether a `|` block of this text, with the indicator that [`literal_indicator`] asks for,
/// reads back as the text for every reader.
pub(super) fn literal_holds(text: &str) -> bool {
    text.chars().all(|c| c == '\t' || c == '\n' || is_printable(c) && !is_break(c))
}

/// Whether the first line that is not empty begins with a blank, which readers would take for
/// indentation.
pub(super) fn literal_indicator(text: &str) -> bool {
    text.trim_start_matches('\n').starts_with([' ', '\t'])
}

/// Base64 as go-yaml breaks it: lines of 70 characters, one short line stays without a break.
fn wrapped_base64(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let encoded = base64_simd::STANDARD.encode_to_string(bytes);
    if encoded.len() < LINE {
        return encoded;
    }
    let mut out = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push('\n');
        rest = more;
    }
    out
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

pub(super) fn blanks(count: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + count, b' ');
}
