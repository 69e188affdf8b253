//! What can be done with a value on its way into a template.

use crate::document::quoted_for_shell;
use zeroize::Zeroizing;

use crate::document::Tree;
use crate::leaf::{Value, ValueRef, base64};

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    /// JSON on one line.
    Json,
    /// JSON that every YAML reader takes for the same value.
    Yaml,
    /// One word of a POSIX shell.
    Shell,
    /// For a part of a URL.
    Url,
    Base64,
    /// Without white space at the ends.
    Trim,
    /// All lines but the first begin with so many blanks.
    Indent(usize),
    /// Stands in for what is missing or null.
    Default(String),
}

const KNOWN: &str = "json, yaml, shell, url, base64, trim, indent(N), default(\"TEXT\")";

/// More would be a slip.
const WIDEST: usize = 1000;

impl Filter {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, argument) = match text.split_once('(') {
            Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(')').unwrap_or(rest).trim())),
            None => (text, None),
        };
        Ok(match (name, argument) {
            ("json", None) => Self::Json,
            ("yaml", None) => Self::Yaml,
            ("shell", None) => Self::Shell,
            ("url", None) => Self::Url,
            ("base64", None) => Self::Base64,
            ("trim", None) => Self::Trim,
            ("indent", argument) => {
                let blanks = argument.and_then(|text| text.parse().ok()).filter(|n| *n <= WIDEST);
                Self::Indent(blanks.ok_or("indent takes a number of blanks, as in indent(4)")?)
            }
            ("default", argument) => {
                let text = argument.and_then(unquoted);
                Self::Default(text.ok_or("default takes a text in quotes, as in default(\"none\")")?)
            }
            ("json" | "yaml" | "shell" | "url" | "base64" | "trim", Some(_)) => {
                return Err(format!("{name} takes nothing in parentheses"));
            }
            ("", _) => return Err("there is no filter behind |".to_owned()),
            _ => return Err(format!("there is no filter {name}; there are {KNOWN}")),
        })
    }
}

fn unquoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inside.contains(quote)).then(|| inside.to_owned())
}

/// A value on its way: of the document until the first filter makes text of it.
enum Current<'t> {
    Tree(&'t Tree),
    Text(Zeroizing<Vec<u8>>),
}

/// The text of a value behind its filters.
///
/// # Errors
///
/// Why it has none.
pub(super) fn apply(value: Option<&Tree>, filters: &[Filter]) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut current = value.map(Current::Tree);
    for filter in filters {
        let made = match (filter, &current) {
            (Filter::Default(text), None | Some(Current::Tree(Tree::Leaf(Value::Null)))) => {
                text.clone().into_bytes()
            }
            (Filter::Default(_), _) => continue,
            (Filter::Json, Some(current)) => json(current)?,
            (Filter::Yaml, Some(current)) => yaml(&Zeroizing::new(json(current)?)),
            (filter, current) => filtered(filter, &text(current.as_ref())?),
        };
        current = Some(Current::Text(Zeroizing::new(made)));
    }
    text(current.as_ref())
}

fn filtered(filter: &Filter, text: &[u8]) -> Vec<u8> {
    match filter {
        Filter::Shell => quoted_for_shell(text),
        Filter::Url => url(text),
        Filter::Base64 => {
            let mut out = Vec::with_capacity(base64::encoded_len(text.len()));
            base64::encode_into(text, &mut out);
            out
        }
        Filter::Trim => text.trim_ascii().to_vec(),
        Filter::Indent(blanks) => {
            let mut out = Vec::with_capacity(text.len() + 64);
            for (number, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
                if number > 0 && !line.trim_ascii().is_empty() {
                    out.resize(out.len() + blanks, b' ');
                }
                out.extend_from_slice(line);
            }
            out
        }
        Filter::Json | Filter::Yaml | Filter::Default(_) => text.to_vec(),
    }
}

/// The text of a single value.
fn text(current: Option<&Current<'_>>) -> Result<Zeroizing<Vec<u8>>, String> {
    match current {
        None => Err("there is no such value".to_owned()),
        Some(Current::Text(text)) => Ok(text.clone()),
        Some(Current::Tree(Tree::Map(_))) => Err("a map has no text of its own; use json or yaml".to_owned()),
        Some(Current::Tree(Tree::List(_))) => {
            Err("a list has no text of its own; use json or yaml".to_owned())
        }
        Some(Current::Tree(Tree::Leaf(value))) => single(value.as_ref())
            .map(Zeroizing::new)
            .ok_or_else(|| "the value is null; default(\"…\") stands in for it".to_owned()),
    }
}

/// A single value as text: numbers as JSON has them; nothing for null.
#[must_use]
pub fn single(value: ValueRef<'_>) -> Option<Vec<u8>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Str(text) => Some(text.to_vec()),
        ValueRef::Time(time) => Some(time.as_bytes().to_vec()),
        other => {
            Some(Tree::Leaf(other.to_owned()).to_json().unwrap_or_else(|_| other.to_text().into_owned()))
        }
    }
}

fn json(current: &Current<'_>) -> Result<Vec<u8>, String> {
    match current {
        Current::Tree(tree) => tree.to_json(),
        Current::Text(text) => Tree::str(text.to_vec()).to_json(),
    }
    .map_err(|error| error.to_string())
}

/// JSON with what YAML allows only as an escape written as one.
fn yaml(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len());
    for letter in String::from_utf8_lossy(json).chars() {
        if matches!(letter, '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
            out.extend_from_slice(format!("\\u{:04x}", u32::from(letter)).as_bytes());
        } else {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    out
}

/// RFC 3986: all but unreserved characters are escaped.
fn url(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}
