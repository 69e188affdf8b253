//! JSON against sops 3.13.2; `testdata/json/README.md` says how the expectations were made.

mod changing;
mod interop;
mod reading;
mod splicing;

use super::super::{Document, Format, Pair, ParseError, Tree};
use crate::leaf::Value;
use serde_json::json;

fn parse(source: impl Into<Vec<u8>>) -> Result<Document, ParseError> {
    Document::parse(source.into(), Format::Json)
}

fn tree(document: &Document) -> Tree {
    let mut parts = document.trees(&mut |leaf| document.value(leaf).to_owned());
    assert_eq!(parts.len(), 1);
    parts.remove(0)
}

/// The cases of a file in `testdata/json`.
fn cases(name: &str) -> Vec<serde_json::Value> {
    let path = format!("{}/testdata/json/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn source(case: &serde_json::Value) -> Vec<u8> {
    match case["hex"].as_str() {
        Some(hex) => {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        }
        None => case["source"].as_str().unwrap_or("").into(),
    }
}

/// A tree in the notation of the case files; numbers beyond 64 bits as sops has them: doubles.
fn dump(tree: &Tree) -> serde_json::Value {
    let text = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
    match tree {
        Tree::Map(pairs) => json!({ "map": pairs.iter().map(|pair| match pair {
            Pair::Entry(key, value) => json!([text(key), dump(value)]),
            Pair::Comment { .. } => panic!("a comment in JSON"),
        }).collect::<Vec<_>>() }),
        Tree::List(items) => json!({ "list": items.iter().map(dump).collect::<Vec<_>>() }),
        Tree::Leaf(value) => match value {
            Value::Null => json!(null),
            Value::Bool(b) => json!(b),
            Value::Int(int) => json!({ "int": int.to_string() }),
            Value::Float(float) => json!({ "float": format!("{:016x}", float.to_bits()) }),
            Value::BigInt(digits) => {
                json!({ "float": format!("{:016x}", digits.parse::<f64>().unwrap().to_bits()) })
            }
            Value::Str(str) => json!({ "str": text(str) }),
            Value::Time(_) | Value::Comment(_) => panic!("JSON has no {}", value.as_ref().kind()),
        },
    }
}

/// Whether a tree has an integer beyond 64 bits, of which we keep the digits.
fn has_big_integer(tree: &Tree) -> bool {
    match tree {
        Tree::Map(pairs) => {
            pairs.iter().any(|pair| matches!(pair, Pair::Entry(_, value) if has_big_integer(value)))
        }
        Tree::List(items) => items.iter().any(has_big_integer),
        Tree::Leaf(value) => matches!(value, Value::BigInt(_)),
    }
}
