//! JSON for programs that read what a command found.

use resops::document::{self, EmitStyle, Format, JsonIndent, Pair, Tree};
use resops::leaf::Value;

use super::args::AnswerArgs;
use super::error::{Failure, Kind};

/// Whether `--output-format` asks for JSON.
///
/// # Errors
///
/// Exit 1 if it is neither that nor text.
pub(crate) fn is_wanted(answer: &AnswerArgs) -> Result<bool, Failure> {
    match &*answer.output_format {
        "text" | "" => Ok(false),
        "json" => Ok(true),
        word => Err(Failure::generic(format!("--output-format: {word} is none of text and json"))),
    }
}

/// A map of these entries.
pub(crate) fn map<const N: usize>(entries: [(&str, Tree); N]) -> Tree {
    Tree::Map(entries.into_iter().map(|(key, value)| Pair::Entry(key.into(), value)).collect())
}

/// A list.
pub(crate) fn list(items: impl IntoIterator<Item = Tree>) -> Tree {
    Tree::List(items.into_iter().collect())
}

/// A text, or null.
pub(crate) fn text(text: Option<&str>) -> Tree {
    text.map_or(Tree::Leaf(Value::Null), Tree::str)
}

/// Yes or no.
pub(crate) fn bool(value: bool) -> Tree {
    Tree::Leaf(Value::Bool(value))
}

/// A number.
pub(crate) fn number(number: usize) -> Tree {
    Tree::Leaf(Value::Int(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// The bytes, in lines.
///
/// # Errors
///
/// None that a tree of ours can meet.
pub(crate) fn write(tree: &Tree) -> Result<Vec<u8>, Failure> {
    let style = EmitStyle { json_indent: JsonIndent::Blanks(2), ..EmitStyle::default() };
    let mut bytes = document::emit(std::slice::from_ref(tree), Format::Json, &style)
        .map_err(|error| Failure::new(Kind::DumpTree, error.to_string()))?;
    if !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    Ok(bytes)
}
