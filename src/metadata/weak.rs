//! Weak decoding: a tree's values read as the types that the block's fields have.
//!
//! sops reads the block through a Go library that converts where it can (file format §10.4)
//! and reports every field it cannot convert, in the order of the fields. Both are kept here.

use std::fmt;

use crate::document::{Pair, Tree};
use crate::leaf::{Value, number};

/// A field whose value cannot be read as what it should be. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{field}' {problem}")]
pub struct FieldError {
    /// The field, as `kms[0].context`.
    pub field: String,
    /// What is wrong.
    pub problem: FieldProblem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// The value has a type that does not convert. Both are named as Go names them.
    Unconvertible {
        /// The type of the field.
        expected: &'static str,
        /// The type of the value.
        got: &'static str,
    },
    /// The value is text that does not parse.
    Unparsable {
        /// The type of the field.
        expected: &'static str,
        /// The Go function that refuses it.
        by: &'static str,
        /// Whether it is a number, but too large.
        out_of_range: bool,
    },
    /// A map should stand here. The type is named as Go names kinds.
    NoMap {
        /// The kind of the value.
        got: &'static str,
    },
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconvertible { expected, got } => {
                write!(f, "expected type '{expected}', got unconvertible type '{got}'")
            }
            Self::Unparsable { expected, by, out_of_range } => {
                let why = if *out_of_range { "value out of range" } else { "invalid syntax" };
                write!(f, "cannot parse value as '{expected}': strconv.{by}: {why}")
            }
            Self::NoMap { got } => write!(f, "expected a map or struct, got {got:?}"),
        }
    }
}

/// The errors, a line each.
pub(super) fn lines(errors: &[FieldError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The entries of a map, looked up by field name.
pub(super) struct Fields<'a> {
    pairs: &'a [Pair],
    /// Prefix of the names of fields in errors: empty, or `kms[0].`.
    place: String,
}

/// Reads fields, and collects what is wrong with them.
#[derive(Default)]
pub(super) struct Decoder {
    pub(super) errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(super) const fn top(pairs: &'a [Pair]) -> Self {
        Self { pairs, place: String::new() }
    }

    /// The value of a field, unless it is absent or null. Of several the last counts, but a
    /// name in its own spelling goes before one in another case.
    fn find(&self, name: &str) -> Option<&'a Tree> {
        let mut found = None;
        for pair in self.pairs {
            let Pair::Entry(key, value) = pair else { continue };
            if key == name.as_bytes() {
                found = Some((true, value));
            } else if !matches!(found, Some((true, _))) && key.eq_ignore_ascii_case(name.as_bytes()) {
                found = Some((false, value));
            }
        }
        found.map(|(_, value)| value).filter(|value| !is_null(value))
    }
}

impl Decoder {
    fn refuse(&mut self, field: String, problem: FieldProblem) {
        self.errors.push(FieldError { field, problem });
    }

    pub(super) fn string(&mut self, fields: &Fields<'_>, name: &str) -> String {
        let Some(value) = fields.find(name) else { return String::new() };
        self.text(value, || format!("{}{name}", fields.place), "string").unwrap_or_default()
    }

    fn text(
        &mut self,
        value: &Tree,
        field: impl FnOnce() -> String,
        expected: &'static str,
    ) -> Option<String> {
        match value {
            Tree::Leaf(Value::Str(text)) => Some(String::from_utf8_lossy(text).into_owned()),
            Tree::Leaf(Value::Bool(b)) => Some(if *b { "1" } else { "0" }.to_owned()),
            Tree::Leaf(Value::Int(i)) => Some(i.to_string()),
            Tree::Leaf(Value::Float(f)) => Some(number::format_plain(*f)),
            Tree::Leaf(Value::BigInt(digits)) => Some(match digits.parse::<u64>() {
                Ok(_) => digits.to_string(),
                Err(_) => number::format_plain(digits.parse().unwrap_or(f64::INFINITY)),
            }),
            _ => {
                self.refuse(field(), FieldProblem::Unconvertible { expected, got: type_name(value) });
                None
            }
        }
    }

    pub(super) fn int(&mut self, fields: &Fields<'_>, name: &str) -> i64 {
        let Some(value) = fields.find(name) else { return 0 };
        let problem = match value {
            Tree::Leaf(Value::Int(i)) => return *i,
            Tree::Leaf(Value::Bool(b)) => return i64::from(*b),
            #[allow(clippy::cast_possible_truncation)] // as in sops: 1.9 is 1
            Tree::Leaf(Value::Float(f)) => return *f as i64,
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // as in Go
            Tree::Leaf(Value::BigInt(digits)) => {
                return digits
                    .parse::<u64>()
                    .map_or_else(|_| digits.parse::<f64>().unwrap_or_default() as i64, |n| n as i64);
            }
            Tree::Leaf(Value::Str(text)) => match parse_int(text) {
                Ok(number) => return number,
                Err(out_of_range) => {
                    FieldProblem::Unparsable { expected: "int", by: "ParseInt", out_of_range }
                }
            },
            _ => FieldProblem::Unconvertible { expected: "int", got: type_name(value) },
        };
        self.refuse(format!("{}{name}", fields.place), problem);
        0
    }

    pub(super) fn bool(&mut self, fields: &Fields<'_>, name: &str) -> bool {
        let Some(value) = fields.find(name) else { return false };
        let problem = match value {
            Tree::Leaf(Value::Bool(b)) => return *b,
            Tree::Leaf(Value::Int(i)) => return *i != 0,
            Tree::Leaf(Value::Float(f)) => return *f != 0.0,
            Tree::Leaf(Value::BigInt(_)) => return true,
            Tree::Leaf(Value::Str(text)) if text.is_empty() => return false,
            Tree::Leaf(Value::Str(text)) => match number::parse_go_bool(text) {
                Some(value) => return value,
                None => FieldProblem::Unparsable { expected: "bool", by: "ParseBool", out_of_range: false },
            },
            _ => FieldProblem::Unconvertible { expected: "bool", got: type_name(value) },
        };
        self.refuse(format!("{}{name}", fields.place), problem);
        false
    }

    /// A list of maps, each read by `item`; a map stands for a list of one.
    pub(super) fn list<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        mut item: impl FnMut(&mut Self, &Fields<'_>) -> T,
    ) -> Vec<T> {
        let Some(value) = fields.find(name) else { return Vec::new() };
        let items = match value {
            Tree::List(items) => items.as_slice(),
            Tree::Map(_) if entries(value).is_empty() => &[],
            one => std::slice::from_ref(one),
        };
        let mut list = Vec::new();
        for (index, value) in items.iter().filter(|item| !is_comment(item)).enumerate() {
            let place = format!("{}{name}[{index}]", fields.place);
            let pairs = match value {
                Tree::Map(pairs) => pairs.as_slice(),
                // Null and a timestamp (in Go a struct without visible fields) make empty ones.
                Tree::Leaf(Value::Null | Value::Time(_)) => &[],
                _ => {
                    self.refuse(place, FieldProblem::NoMap { got: kind_name(value) });
                    continue;
                }
            };
            list.push(item(self, &Fields { pairs, place: place + "." }));
        }
        list
    }

    /// A map of text or null, sorted by key; maps in a list are merged.
    pub(super) fn text_map(&mut self, fields: &Fields<'_>, name: &str) -> Vec<(String, Option<String>)> {
        let mut map = std::collections::BTreeMap::new();
        if let Some(value) = fields.find(name) {
            let place = format!("{}{name}", fields.place);
            if let Tree::List(items) = value {
                for (index, item) in items.iter().filter(|item| !is_comment(item)).enumerate() {
                    self.merge_text_map(item, format!("{place}[{index}]"), &mut map);
                }
            } else {
                self.merge_text_map(value, place, &mut map);
            }
        }
        map.into_iter().collect()
    }

    fn merge_text_map(
        &mut self,
        value: &Tree,
        place: String,
        map: &mut std::collections::BTreeMap<String, Option<String>>,
    ) {
        match value {
            Tree::Map(_) => {
                for (key, value) in entries(value) {
                    let key = String::from_utf8_lossy(key).into_owned();
                    if is_null(value) {
                        map.insert(key, None);
                    } else if let Some(text) = self.text(value, || format!("{place}[{key}]"), "string") {
                        map.insert(key, Some(text));
                    }
                }
            }
            Tree::Leaf(Value::Null | Value::Time(_)) => {}
            Tree::List(_) | Tree::Leaf(_) => self.refuse(
                place,
                FieldProblem::Unconvertible { expected: "map[string]*string", got: type_name(value) },
            ),
        }
    }
}

fn entries(map: &Tree) -> Vec<(&[u8], &Tree)> {
    let Tree::Map(pairs) = map else { return Vec::new() };
    pairs
        .iter()
        .filter_map(|pair| match pair {
            Pair::Entry(key, value) => Some((key.as_slice(), value)),
            Pair::Comment { .. } => None,
        })
        .collect()
}

const fn is_null(value: &Tree) -> bool {
    matches!(value, Tree::Leaf(Value::Null))
}

const fn is_comment(value: &Tree) -> bool {
    matches!(value, Tree::Leaf(Value::Comment(_)))
}

/// Go's name of a value's type.
fn type_name(value: &Tree) -> &'static str {
    match value {
        Tree::Map(_) => "map[string]interface {}",
        Tree::List(_) => "[]interface {}",
        Tree::Leaf(Value::Time(_)) => "time.Time",
        Tree::Leaf(Value::Comment(_)) => "sops.Comment",
        Tree::Leaf(_) => kind_name(value),
    }
}

/// Go's name of the kind of a value's type.
fn kind_name(value: &Tree) -> &'static str {
    match value {
        Tree::Map(_) => "map",
        Tree::List(_) => "slice",
        Tree::Leaf(Value::Null) => "invalid",
        Tree::Leaf(Value::Bool(_)) => "bool",
        Tree::Leaf(Value::Int(_)) => "int",
        Tree::Leaf(Value::Float(_)) => "float64",
        Tree::Leaf(Value::BigInt(digits)) if digits.parse::<u64>().is_ok() => "uint64",
        Tree::Leaf(Value::BigInt(_)) => "float64",
        Tree::Leaf(Value::Str(_)) => "string",
        Tree::Leaf(Value::Time(_) | Value::Comment(_)) => "struct",
    }
}

/// As Go's `ParseInt(text, 0, 64)`, where empty text is 0; `Err(true)` is out of range.
fn parse_int(text: &[u8]) -> Result<i64, bool> {
    if text.is_empty() {
        return Ok(0);
    }
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (radix, digits, prefixed) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest, true),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest, true),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest, true),
        [b'0', rest @ ..] if !rest.is_empty() => (8, rest, true),
        _ => (10, digits, false),
    };
    // An underscore stands between digits, or between a prefix and a digit.
    let mut number: Option<i128> = Some(0);
    let mut may_separate = prefixed;
    let mut ends_in_digit = false;
    for &byte in digits {
        if byte == b'_' {
            if !may_separate {
                return Err(false);
            }
            (may_separate, ends_in_digit) = (false, false);
        } else {
            let digit = char::from(byte).to_digit(radix).ok_or(false)?;
            number = number
                .and_then(|n| n.checked_mul(i128::from(radix)))
                .and_then(|n| n.checked_add(i128::from(digit)));
            (may_separate, ends_in_digit) = (true, true);
        }
    }
    if !ends_in_digit {
        return Err(false);
    }
    let number = number.ok_or(true)?;
    i64::try_from(if negative { -number } else { number }).map_err(|_| true)
}
