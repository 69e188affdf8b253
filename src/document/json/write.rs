//! Writing a tree: on one line, or on lines of its own as Go's `json.Indent` lays them out.

use super::scan::MAX_DEPTH;
use super::text::{float, quote};
use crate::document::tree::{Event, Tree, Walk};
use crate::leaf::ValueRef;

/// How a tree is laid out.
#[derive(Clone, Copy)]
pub(in crate::document) struct Shape<'a> {
    /// Members and items on lines of their own; else all on one line.
    pub(in crate::document) lines: Option<Lines<'a>>,
    /// A blank behind a comma, where all is on one line.
    pub(in crate::document) gap: bool,
    /// The colon with the blanks around it.
    pub(in crate::document) colon: &'a [u8],
}

/// How lines begin and end.
#[derive(Clone, Copy)]
pub(in crate::document) struct Lines<'a> {
    pub(in crate::document) newline: &'a [u8],
    /// In front of every line: the indentation of the place that the tree is written to.
    pub(in crate::document) base: &'a [u8],
    /// Indentation of one level.
    pub(in crate::document) unit: &'a [u8],
}

impl<'a> Shape<'a> {
    /// As sops writes a file by default, with `unit` a level.
    pub(in crate::document) const fn fresh(unit: &'a [u8]) -> Self {
        Self { lines: Some(Lines { newline: b"\n", base: b"", unit }), gap: true, colon: b": " }
    }

    /// The same at a place with the indentation `base`.
    pub(super) fn at_base(self, base: &'a [u8]) -> Self {
        Self { lines: self.lines.map(|lines| Lines { base, ..lines }), ..self }
    }

    /// Begins a line `depth` levels in; on one line, writes nothing.
    pub(super) fn line(&self, depth: usize, out: &mut Vec<u8>) {
        if let Some(lines) = self.lines {
            out.extend_from_slice(lines.newline);
            out.extend_from_slice(lines.base);
            for _ in 0..depth {
                out.extend_from_slice(lines.unit);
            }
        }
    }

    /// What stands between two members or items that are `depth` levels in.
    pub(super) fn comma(&self, depth: usize, out: &mut Vec<u8>) {
        out.push(b',');
        if self.lines.is_none() && self.gap {
            out.push(b' ');
        }
        self.line(depth, out);
    }
}

/// Why a tree cannot be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Unwritable {
    /// Not a number, or an infinity: Go's word for it, and how many maps are around it.
    Number { go: &'static str, maps: usize },
    /// Nested deeper than Go's encoder goes, with the bracket that is one too many.
    TooDeep(char),
}

/// In Go's words.
impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number { go, maps } => {
                let around = "Error encoding value : ".repeat(*maps);
                write!(f, "{around}json: unsupported value: {go}")
            }
            Self::TooDeep(bracket) => write!(f, "invalid character '{bracket}' exceeded max depth"),
        }
    }
}

struct Level {
    map: bool,
    empty: bool,
}

/// Appends `tree` as JSON. Comments are left out; one that is the value of a map's key becomes
/// an object, as sops writes it (file format §5).
pub(in crate::document) fn tree(tree: &Tree, shape: &Shape<'_>, out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let mut levels: Vec<Level> = Vec::new();
    let mut after_key = false;
    for event in Walk::new(tree) {
        let in_list = levels.last().is_some_and(|level| !level.map);
        if let Event::Comment { .. } = event {
            continue;
        }
        if let Event::Leaf(value) = event
            && in_list
            && matches!(value.as_ref(), ValueRef::Comment(_))
        {
            continue;
        }
        if let Event::Close = event {
            if let Some(level) = levels.pop() {
                if !level.empty {
                    shape.line(levels.len(), out);
                }
                out.push(if level.map { b'}' } else { b']' });
            }
            continue;
        }
        if !after_key {
            let depth = levels.len();
            if let Some(level) = levels.last_mut() {
                if std::mem::replace(&mut level.empty, false) {
                    shape.line(depth, out);
                } else {
                    shape.comma(depth, out);
                }
            }
        }
        after_key = false;
        match event {
            Event::Key(key) => {
                quote(key, out);
                out.extend_from_slice(shape.colon);
                after_key = true;
            }
            Event::OpenMap | Event::OpenList => {
                let map = matches!(event, Event::OpenMap);
                let bracket = if map { '{' } else { '[' };
                if levels.len() == MAX_DEPTH {
                    return Err(Unwritable::TooDeep(bracket));
                }
                out.push(bracket as u8);
                levels.push(Level { map, empty: true });
            }
            Event::Leaf(value) => {
                let maps = || levels.iter().filter(|level| level.map).count();
                match value.as_ref() {
                    ValueRef::Comment(text) => comment(text, shape, levels.len(), out),
                    value => scalar(value, out).map_err(|go| Unwritable::Number { go, maps: maps() })?,
                }
            }
            Event::Comment { .. } | Event::Close => {}
        }
    }
    Ok(())
}

/// Go's view of a comment that stands where a value is expected.
fn comment(text: &[u8], shape: &Shape<'_>, depth: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    shape.line(depth + 1, out);
    quote(b"Value", out);
    out.extend_from_slice(shape.colon);
    quote(text, out);
    shape.comma(depth + 1, out);
    quote(b"Inline", out);
    out.extend_from_slice(shape.colon);
    out.extend_from_slice(b"false");
    shape.line(depth, out);
    out.push(b'}');
}

/// Appends one value; a comment as a string. Gives Go's word for a number that JSON has not.
pub(super) fn scalar(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<(), &'static str> {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
        ValueRef::Int(int) => out.extend_from_slice(int.to_string().as_bytes()),
        ValueRef::Float(number) if number.is_nan() => return Err("NaN"),
        ValueRef::Float(f64::INFINITY) => return Err("+Inf"),
        ValueRef::Float(f64::NEG_INFINITY) => return Err("-Inf"),
        ValueRef::Float(number) => float(number, out),
        ValueRef::BigInt(digits) => out.extend_from_slice(digits.as_bytes()),
        ValueRef::Time(time) => quote(time.as_bytes(), out),
        ValueRef::Str(text) | ValueRef::Comment(text) => quote(text, out),
    }
    Ok(())
}
