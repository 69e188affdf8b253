//! Fresh INI, laid out as sops does it (stores §6.2).

use super::parse::DEFAULT;
use super::text::{self, About};
use crate::document::user_path::go_form;
use crate::document::{EmitError, Pair, Tree, json};
use crate::leaf::Value;

/// A whole file: the sections of all parts.
pub(in crate::document) fn emit(parts: &[Tree]) -> Result<Vec<u8>, EmitError> {
    file(parts).map_err(|reason| EmitError::Refused(format!("Error marshaling to INI: {reason}")))
}

/// One value: text raw, a map as a file, anything else as Go writes JSON (stores §10).
pub(in crate::document) fn emit_value(value: &Tree) -> Result<Vec<u8>, EmitError> {
    match value {
        Tree::Leaf(Value::Str(text)) => Ok(text.clone()),
        Tree::Map(_) => file(std::slice::from_ref(value)).map_err(EmitError::Refused),
        Tree::List(_) => json::emit_compact(&go_form(value)),
        Tree::Leaf(_) => json::emit_compact(value),
    }
}

/// A section as sops' library holds it: names are unique, the last value and comment count.
#[derive(Default)]
struct Fresh<'a> {
    comment: &'a [u8],
    keys: Vec<FreshKey<'a>>,
}

struct FreshKey<'a> {
    name: &'a [u8],
    value: Vec<u8>,
    comment: &'a [u8],
}

fn file(parts: &[Tree]) -> Result<Vec<u8>, String> {
    let mut sections = Vec::new();
    let mut nested = None;
    for part in parts {
        let Tree::Map(pairs) = part else { return Err(NO_SECTION.to_owned()) };
        for pair in pairs {
            let Pair::Entry(name, tree) = pair else { continue };
            if name.is_empty() {
                return Err("Error encoding section : empty section name".to_owned());
            }
            sections.push((name.as_slice(), section(name, tree, &mut nested)?));
        }
    }
    if let Some(problem) = nested {
        return Err(problem);
    }
    let mut out = Vec::new();
    let last = sections.len().saturating_sub(1);
    for (number, (name, section)) in sections.iter().enumerate() {
        if !section.comment.is_empty() {
            text::comment(section.comment, About::Section, b"\n", &mut out);
            out.push(b'\n');
        }
        if number > 0 || !name.eq_ignore_ascii_case(DEFAULT) {
            header(name, b"\n", &mut out);
        } else if section.keys.is_empty() {
            continue;
        }
        section.write(b"\n", &mut out);
        if number < last {
            out.push(b'\n');
        }
    }
    Ok(out)
}

pub(super) const NO_SECTION: &str = "Error encoding section: Section values should always be TreeBranches";

/// Appends the line of a header.
pub(super) fn header(name: &[u8], newline: &[u8], out: &mut Vec<u8>) {
    out.push(b'[');
    out.extend_from_slice(name);
    out.push(b']');
    out.extend_from_slice(newline);
}

/// Reads a section off its tree.
///
/// # Compatibility
///
/// Below a key sops writes maps and lists in the notation of Go's debug output, which nobody
/// reads back; they are refused here, as `nested`, after all that sops refuses.
fn section<'a>(name: &[u8], tree: &'a Tree, nested: &mut Option<String>) -> Result<Fresh<'a>, String> {
    let Tree::Map(pairs) = tree else { return Err(NO_SECTION.to_owned()) };
    let mut section = Fresh::default();
    let mut places = std::collections::HashMap::new();
    let mut last: Option<usize> = None;
    for (number, pair) in pairs.iter().enumerate() {
        match pair {
            Pair::Comment { text, .. } if number == 0 => section.comment = text,
            Pair::Comment { text, .. } => {
                if let Some(last) = last {
                    section.keys[last].comment = text;
                }
            }
            Pair::Entry(key, _) if key.is_empty() => {
                return Err("Error encoding key: error creating new key: empty key name".to_owned());
            }
            Pair::Entry(key, Tree::Leaf(value)) => {
                let value = value.as_ref().to_text().into_owned();
                let place = *places.entry(key.as_slice()).or_insert(section.keys.len());
                if place == section.keys.len() {
                    section.keys.push(FreshKey { name: key, value, comment: b"" });
                } else {
                    section.keys[place].value = value;
                }
                last = Some(place);
            }
            Pair::Entry(key, Tree::Map(_) | Tree::List(_)) => {
                nested.get_or_insert_with(|| {
                    format!(
                        "Error encoding key: {}.{} is a map or list, and an INI file has none below a key",
                        String::from_utf8_lossy(name),
                        String::from_utf8_lossy(key)
                    )
                });
            }
        }
    }
    Ok(section)
}

impl Fresh<'_> {
    /// Appends the keys, aligned.
    fn write(&self, newline: &[u8], out: &mut Vec<u8>) {
        let width = self.keys.iter().map(|key| text::key(key.name).len()).max().unwrap_or(0);
        for key in &self.keys {
            if !key.comment.is_empty() {
                text::comment(key.comment, About::Key, newline, out);
                out.extend_from_slice(newline);
            }
            let name = text::key(key.name);
            out.extend_from_slice(&name);
            out.resize(out.len() + width - name.len(), b' ');
            out.extend_from_slice(b" = ");
            text::value(&key.value, out);
            out.extend_from_slice(newline);
        }
    }
}
