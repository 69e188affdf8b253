//! Fresh JSON, laid out as sops does it (stores §4.2, §10).

use super::plan::key;
use super::text::quote;
use super::write::{Shape, Unwritable, tree};
use crate::document::{EmitError, EmitStyle, JsonIndent, Tree};
use crate::leaf::Value;

/// A whole file: the first part alone, without comments.
pub(in crate::document) fn emit(parts: &[Tree], style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    let empty = Tree::Map(Vec::new());
    let mut out = Vec::new();
    write(parts.first().unwrap_or(&empty), style, &mut out)
        .map_err(|reason| EmitError::Refused(format!("Error marshaling to json: {reason}")))?;
    out.push(b'\n');
    Ok(out)
}

/// One value: text raw, a map as a file, anything else without a line end.
pub(in crate::document) fn emit_value(value: &Tree, style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    match value {
        Tree::Leaf(Value::Str(text)) => Ok(text.clone()),
        Tree::Map(_) => emit(std::slice::from_ref(value), style),
        Tree::List(_) | Tree::Leaf(_) => emit_part(value, style),
    }
}

/// A value of any kind, a map too, without a line end. (sops ends a map with one only where it
/// is a part of the document, not the inner form of a pair; stores §10.)
pub(in crate::document) fn emit_part(value: &Tree, style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    let mut out = Vec::new();
    write(value, style, &mut out).map_err(EmitError::Refused)?;
    Ok(out)
}

/// A value of any kind on one line, without blanks.
pub(in crate::document) fn emit_compact(value: &Tree) -> Result<Vec<u8>, EmitError> {
    let mut out = Vec::new();
    tree(value, &Shape { lines: None, gap: false, colon: b":" }, &mut out)
        .map_err(|reason| EmitError::Refused(reason.to_string()))?;
    Ok(out)
}

/// Appends a binary file's envelope: its text under `data`, and the metadata block.
pub(in crate::document) fn envelope(
    text: &[u8],
    block: Option<&Tree>,
    style: &EmitStyle,
    out: &mut Vec<u8>,
) -> Result<(), Unwritable> {
    let unit = unit(style);
    let outside = Shape::fresh(&unit);
    let members = outside.at_base(&unit);
    out.push(b'{');
    members.line(0, out);
    key(b"data", &members, out);
    // A token has no character that JSON escapes, and may be long.
    if text.starts_with(b"ENC[")
        && text.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'&'))
    {
        out.reserve(text.len() + 8192);
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    } else {
        quote(text, out);
    }
    if let Some(block) = block {
        members.comma(0, out);
        key(b"sops", &members, out);
        tree(block, &members, out)?;
    }
    outside.line(0, out);
    out.extend_from_slice(b"}\n");
    Ok(())
}

fn write(value: &Tree, style: &EmitStyle, out: &mut Vec<u8>) -> Result<(), String> {
    tree(value, &Shape::fresh(&unit(style)), out).map_err(|reason| reason.to_string())
}

/// One level of indentation.
fn unit(style: &EmitStyle) -> Vec<u8> {
    match style.json_indent {
        JsonIndent::Tab => b"\t".to_vec(),
        JsonIndent::Blanks(blanks) => vec![b' '; blanks],
    }
}
