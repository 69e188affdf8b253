//! Fresh JSON, laid out as sops does it (stores §4.2, §10).

use super::plan::key;
use super::text::quote;
use super::write::{Shape, tree};
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

/// A binary file's envelope: its text under `data`, and the metadata block.
///
/// It is begun before its block is known: a long text is sealed right into the file that it will be in.
pub struct Envelope {
    out: Vec<u8>,
    unit: Vec<u8>,
}

impl Envelope {
    /// Room for a metadata block of usual size.
    const BLOCK: usize = 16 * 1024;

    /// Begins one for a text of about `length` bytes.
    #[must_use]
    pub fn begin(style: &EmitStyle, length: usize) -> Self {
        let mut envelope = Self { out: Vec::with_capacity(length + Self::BLOCK), unit: unit(style) };
        envelope.out.push(b'{');
        let members = Shape::fresh(&envelope.unit).at_base(&envelope.unit);
        members.line(0, &mut envelope.out);
        key(b"data", &members, &mut envelope.out);
        envelope
    }

    /// Writes the text: `write` appends a token, which has no character that JSON escapes.
    pub fn token(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(b'"');
        write(&mut self.out);
        self.out.push(b'"');
    }

    /// Writes any text.
    pub(in crate::document) fn text(&mut self, text: &[u8]) {
        quote(text, &mut self.out);
    }

    /// Ends it with the metadata block; the whole file.
    ///
    /// # Errors
    ///
    /// [`EmitError`] if the block is no JSON.
    pub fn finish(self, block: Option<&Tree>) -> Result<Vec<u8>, EmitError> {
        let Self { mut out, unit } = self;
        let outside = Shape::fresh(&unit);
        if let Some(block) = block {
            let members = outside.at_base(&unit);
            members.comma(0, &mut out);
            key(b"sops", &members, &mut out);
            tree(block, &members, &mut out).map_err(|reason| EmitError::Refused(reason.to_string()))?;
        }
        outside.line(0, &mut out);
        out.extend_from_slice(b"}\n");
        Ok(out)
    }
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
