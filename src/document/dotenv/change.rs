//! `set` and `unset`.

use super::{Layout, emit, line};
use crate::document::user_path::{negative, show};
use crate::document::{ChangeError, Document, Patches, Tree, UserStep, flat};
use crate::leaf::{Span, Step, Value};

/// Sets a value; see [`Document::with_value`].
pub(in crate::document) fn with_value(
    doc: &Document,
    _layout: &Layout,
    path: &[UserStep],
    value: &Tree,
) -> Result<Vec<u8>, ChangeError> {
    let key = match path {
        [UserStep::Key(key)] => key,
        [UserStep::Key(key), ..] => return Err(ChangeError::Unwritable(emit::complex(key))),
        _ => return no_key(path).map(|()| doc.source.clone()),
    };
    let Tree::Leaf(value) = value else { return Err(ChangeError::Unwritable(emit::complex(key))) };
    let text = text(key, value)?;
    let mut patches = Patches::default();
    if let Some(leaf) = find(doc, key) {
        patches.push(doc.leaves[leaf].span, |out| out.extend_from_slice(&text));
    } else {
        emit::check_key(key).map_err(ChangeError::Unwritable)?;
        let source = &doc.source;
        let open = !source.is_empty() && !source.ends_with(b"\n");
        patches.push(Span::at(source.len()), |out| {
            if open {
                out.push(b'\n');
            }
            emit::line(key, &text, out);
            if open {
                out.pop(); // the file goes on without a last line end
            }
        });
    }
    Ok(patches.apply(&doc.source).bytes)
}

/// Removes a value; see [`Document::without`].
pub(in crate::document) fn without(
    doc: &Document,
    _layout: &Layout,
    path: &[UserStep],
) -> Result<Vec<u8>, ChangeError> {
    let Some((step, rest)) = path.split_first() else { return no_key(path).map(|()| Vec::new()) };
    let UserStep::Key(key) = step else {
        no_key(path)?;
        return Err(ChangeError::KeyNotFound(show(step)));
    };
    let Some(leaf) = find(doc, key) else { return Err(ChangeError::KeyNotFound(show(step))) };
    if let Some(item) = rest.first() {
        return Err(ChangeError::NotACollection { kind: "string".to_owned(), item: show(item) });
    }
    let source = &doc.source;
    let mut start = doc.leaves[leaf].span.start - key.len() - 1;
    let (_, end) = line(source, start);
    if !source[start..end].ends_with(b"\n") && source[..start].ends_with(b"\n") {
        start -= 1; // the line before is the last one now, and the file ends without a line end
    }
    let mut patches = Patches::default();
    patches.push(Span::new(start, end), |_| ());
    Ok(patches.apply(source).bytes)
}

/// A path that begins with no key: a position does nothing, as in sops, but a negative one and
/// no path at all are what sops crashes at.
fn no_key(path: &[UserStep]) -> Result<(), ChangeError> {
    match path.first() {
        None => Err(ChangeError::WrongStep("the path is empty".to_owned())),
        Some(UserStep::Index(index)) if *index < 0 => Err(ChangeError::WrongStep(negative(*index))),
        Some(_) => Ok(()),
    }
}

/// The first leaf with this key.
fn find(doc: &Document, key: &[u8]) -> Option<usize> {
    doc.leaves.iter().position(|leaf| {
        !leaf.is_comment() && matches!(doc.paths.last(leaf.path), Some(Step::Key(name)) if name == key)
    })
}

/// A value as it stands in a line.
fn text(key: &[u8], value: &Value) -> Result<Vec<u8>, ChangeError> {
    let name = || String::from_utf8_lossy(key).into_owned();
    if matches!(value, Value::Null) {
        return Err(ChangeError::Unwritable(format!("{}: a dotenv file has no null", name())));
    }
    let text = value.as_ref().to_text();
    let line = flat::escape(&text);
    if flat::unescape(&line) != *text {
        return Err(ChangeError::Unwritable(format!(
            "{}: a dotenv file cannot hold the two characters \\n, they are read as a line end",
            name()
        )));
    }
    Ok(line)
}
