//! Fresh dotenv files: what is written for a document of another format.

use crate::document::{EmitError, Pair, Tree, flat};
use crate::leaf::Value;

/// A whole file: the first part alone, a line for each pair.
pub(in crate::document) fn emit(parts: &[Tree]) -> Result<Vec<u8>, EmitError> {
    let mut out = Vec::new();
    let Some(Tree::Map(pairs)) = parts.first() else { return Ok(out) };
    for pair in pairs {
        match pair {
            Pair::Entry(key, Tree::Leaf(value)) => {
                check_key(key).map_err(EmitError::Refused)?;
                line(key, &flat::escape(&value.as_ref().to_text()), &mut out);
            }
            Pair::Entry(key, Tree::Map(_) | Tree::List(_)) => return Err(EmitError::Refused(complex(key))),
            Pair::Comment { text, .. } if text.contains(&b'\n') => {
                return Err(EmitError::Refused(
                    "a comment of several lines cannot stand in a dotenv file".to_owned(),
                ));
            }
            Pair::Comment { text, .. } => {
                out.push(b'#');
                out.extend_from_slice(text);
                out.push(b'\n');
            }
        }
    }
    Ok(out)
}

/// One value: text as it is. Nothing else is emitted, as in sops (stores §10).
pub(in crate::document) fn emit_value(value: &Tree) -> Result<Vec<u8>, EmitError> {
    let got = match value {
        Tree::Leaf(Value::Str(text)) => return Ok(text.clone()),
        Tree::Map(_) => return emit(std::slice::from_ref(value)),
        Tree::List(_) => "[]interface {}",
        Tree::Leaf(Value::Null) => "<nil>",
        Tree::Leaf(Value::Bool(_)) => "bool",
        Tree::Leaf(Value::Int(_)) => "int",
        Tree::Leaf(Value::Float(_) | Value::BigInt(_)) => "float64",
        Tree::Leaf(Value::Time(_)) => "time.Time",
        Tree::Leaf(Value::Comment(_)) => "sops.Comment",
    };
    Err(only_text(got))
}

/// Why the pair at a position in a map is not emitted.
pub(in crate::document) fn refuse_pair() -> EmitError {
    only_text("sops.TreeItem")
}

fn only_text(got: &str) -> EmitError {
    EmitError::Refused(format!("the dotenv store only supports emitting strings, got {got}"))
}

/// One line.
pub(super) fn line(key: &[u8], text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    out.push(b'=');
    out.extend_from_slice(text);
    out.push(b'\n');
}

/// sops' words for a map or list where text must stand.
pub(super) fn complex(key: &[u8]) -> String {
    format!("cannot use complex value in dotenv file; offending key {}", String::from_utf8_lossy(key))
}

/// Checks that a line with this key is read back as such. sops checks nothing, and writes lines that
/// it reads as something else.
pub(super) fn check_key(key: &[u8]) -> Result<(), String> {
    let problem = if key.contains(&b'=') {
        "it has a ="
    } else if key.contains(&b'\n') {
        "it has a line end"
    } else if key.starts_with(b"#") {
        "it would begin a comment"
    } else {
        return Ok(());
    };
    let name = String::from_utf8_lossy(key);
    Err(format!("the key {name:?} cannot stand in a dotenv file: {problem}"))
}
