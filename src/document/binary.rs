//! Binary files: one leaf, the whole content. The encrypted form is a JSON object with the
//! ciphertext under `data` (stores §5); that is read as [`Format::Json`], not here.

use super::user_path::{negative, show};
use super::{
    Block, ChangeError, Document, Edits, EmitError, Engine, Envelope, Format, Item, Leaf, Pair, Patches,
    Replacement, Scalar, SpliceError, Text, Tree, UserStep,
};
use crate::leaf::{PathId, Paths, Span, Value};

const DATA: &[u8] = b"data";

/// Takes any bytes.
pub(super) fn parse(source: Vec<u8>) -> Document {
    let span = Span::new(0, source.len());
    let mut paths = Paths::default();
    let path = paths.key(PathId::ROOT, DATA);
    Document {
        source,
        paths,
        leaves: vec![Leaf { path, span, part: 0, scalar: Scalar::Str(Text::Source(span)) }],
        outline: vec![Item::OpenMap(PathId::ROOT), Item::Leaf(0), Item::Close],
        metadata: None,
        engine: Engine::Binary,
    }
}

/// The envelope, if the content is sealed or a metadata block is wanted; else the new content.
pub(super) fn plan(doc: &Document, edits: &Edits<'_>) -> Result<Patches, SpliceError> {
    let mut patches = Patches::default();
    let block = match edits.block {
        Block::Put(block) => Some(block),
        Block::Keep | Block::Remove => None,
    };
    let edit = edits.leaves.last().map(|&(_, replacement)| replacement);
    let text = match edit {
        None if block.is_none() => return Ok(patches),
        None => &doc.source,
        Some(Replacement::Sealed(text) | Replacement::Kept(text)) => text,
        Some(Replacement::Opened(value)) => match value {
            crate::leaf::ValueRef::Str(text) => text,
            other => return Err(unwritable(other.kind())),
        },
    };
    let whole = Span::new(0, doc.source.len());
    if block.is_none() && !matches!(edit, Some(Replacement::Sealed(_))) {
        patches.push(whole, |out| out.extend_from_slice(text));
        return Ok(patches);
    }
    if !matches!(edit, Some(Replacement::Sealed(_))) && std::str::from_utf8(text).is_err() {
        return Err(unwritable("string"));
    }
    let mut envelope = Envelope::begin(&edits.style, text.len());
    match edit {
        Some(Replacement::Sealed(token)) if is_token(token) => {
            envelope.token(|out| out.extend_from_slice(token));
        }
        _ => envelope.text(text),
    }
    let envelope = envelope.finish(block).map_err(|_| unwritable("metadata block"))?;
    patches.push(whole, |out| *out = envelope);
    Ok(patches)
}

/// Whether a text has the beginning and the characters of a token.
fn is_token(text: &[u8]) -> bool {
    text.starts_with(b"ENC[")
        && text.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'&'))
}

fn unwritable(kind: &'static str) -> SpliceError {
    SpliceError::Unwritable { path: "data".to_owned(), format: Format::Binary, kind }
}

/// The content is what `["data"]` says; sops accepts other keys, but never shows them again.
pub(super) fn with_value(_doc: &Document, path: &[UserStep], value: &Tree) -> Result<Vec<u8>, ChangeError> {
    match (path, value) {
        ([], _) => Err(ChangeError::WrongStep("the path is empty".to_owned())),
        ([UserStep::Key(key)], Tree::Leaf(Value::Str(content))) if key == DATA => Ok(content.clone()),
        ([UserStep::Key(key)], _) if key == DATA => {
            Err(ChangeError::Unwritable("'data' key in tree does not have a string value".to_owned()))
        }
        _ => Err(ChangeError::Unwritable("a binary file has the key ['data'] and no other".to_owned())),
    }
}

/// Nothing can be taken from a binary file.
pub(super) fn without(_doc: &Document, path: &[UserStep]) -> Result<Vec<u8>, ChangeError> {
    Err(match path {
        [] => ChangeError::WrongStep("the path is empty".to_owned()),
        [UserStep::Index(index), ..] if *index < 0 => ChangeError::WrongStep(negative(*index)),
        [UserStep::Key(key)] if key == DATA => {
            ChangeError::Unwritable("a binary file cannot be without its key ['data']".to_owned())
        }
        [UserStep::Key(key), item, ..] if key == DATA => {
            ChangeError::NotACollection { kind: "string".to_owned(), item: show(item) }
        }
        [step, ..] => ChangeError::KeyNotFound(show(step)),
    })
}

/// The content of a tree that has a text under `data`; other keys do not matter.
pub(super) fn emit(parts: &[Tree]) -> Result<Vec<u8>, EmitError> {
    match parts {
        [part] => data(part),
        _ => Err(refused("there must be exactly one tree branch")),
    }
}

fn data(tree: &Tree) -> Result<Vec<u8>, EmitError> {
    let pairs = match tree {
        Tree::Map(pairs) => pairs.as_slice(),
        Tree::List(_) | Tree::Leaf(_) => &[],
    };
    let value = pairs.iter().find_map(|pair| match pair {
        Pair::Entry(key, value) if key == DATA => Some(value),
        _ => None,
    });
    match value {
        Some(Tree::Leaf(Value::Str(content))) => Ok(content.clone()),
        Some(_) => Err(refused("'data' key in tree does not have a string value")),
        None => Err(refused("no binary data found in tree")),
    }
}

fn refused(reason: &str) -> EmitError {
    EmitError::Refused(format!("error emitting binary store: {reason}"))
}

/// Text raw, a map as a file; nothing else.
pub(super) fn emit_value(value: &Tree) -> Result<Vec<u8>, EmitError> {
    match value {
        Tree::Leaf(Value::Str(text)) => Ok(text.clone()),
        Tree::Map(_) => data(value),
        Tree::List(_) | Tree::Leaf(_) => Err(EmitError::Refused(
            "Binary files are not structured and extracting a single value is not possible".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{EmitStyle, emit, parse_path};
    use crate::leaf::ValueRef;

    fn spliced(
        content: &[u8],
        leaves: Vec<(usize, Replacement<'_>)>,
        block: Block<'_>,
    ) -> Result<Vec<u8>, SpliceError> {
        parse(content.to_vec())
            .splice(&Edits {
                leaves,
                block,
                style: EmitStyle::default(),
                copies: crate::document::Copies::OneLine,
            })
            .map(|spliced| spliced.bytes)
    }

    #[test]
    fn one_leaf_holds_everything() {
        let document = parse(b"a\xFFb".to_vec());
        assert_eq!(document.paths().aad(document.leaves()[0].path), b"data:");
        assert!(matches!(document.value(0), ValueRef::Str(b"a\xFFb")));
        assert_eq!(spliced(b"a\xFFb", vec![], Block::Keep).unwrap(), b"a\xFFb");
    }

    #[test]
    fn an_envelope_for_what_is_sealed() {
        let block = Tree::Map(vec![Pair::Entry(b"mac".to_vec(), Tree::str("m"))]);
        let sealed = vec![(0, Replacement::Sealed(b"ENC[x]".as_slice()))];
        assert_eq!(
            spliced(b"\xFF", sealed.clone(), Block::Put(&block)).unwrap(),
            b"{\n\t\"data\": \"ENC[x]\",\n\t\"sops\": {\n\t\t\"mac\": \"m\"\n\t}\n}\n"
        );
        assert_eq!(spliced(b"\xFF", sealed, Block::Keep).unwrap(), b"{\n\t\"data\": \"ENC[x]\"\n}\n");
        assert_eq!(
            spliced(b"", vec![], Block::Put(&Tree::Map(vec![]))).unwrap(),
            b"{\n\t\"data\": \"\",\n\t\"sops\": {}\n}\n"
        );
        assert!(spliced(b"\xFF", vec![], Block::Put(&block)).is_err());
        assert_eq!(
            spliced(b"a", vec![(0, Replacement::Opened(ValueRef::Str(b"\xFF")))], Block::Keep).unwrap(),
            b"\xFF"
        );
    }

    #[test] // stores §5
    fn what_has_no_text_under_data_is_refused() {
        let emitted = |parts: &[Tree]| emit(parts, Format::Binary, &EmitStyle::default());
        let map = |tree| {
            Tree::Map(vec![Pair::Entry(b"x".to_vec(), Tree::str("y")), Pair::Entry(b"data".to_vec(), tree)])
        };
        assert_eq!(emitted(&[map(Tree::str(*b"\xFF"))]).unwrap(), b"\xFF");
        for (parts, reason) in [
            (vec![], "there must be exactly one tree branch"),
            (vec![map(Tree::str("a")), map(Tree::str("b"))], "there must be exactly one tree branch"),
            (vec![map(Tree::Leaf(Value::Int(1)))], "'data' key in tree does not have a string value"),
            (vec![Tree::Map(vec![])], "no binary data found in tree"),
        ] {
            assert_eq!(
                emitted(&parts).unwrap_err().to_string(),
                format!("error emitting binary store: {reason}")
            );
        }
    }

    #[test]
    fn only_data_can_be_set() {
        let document = parse(b"old".to_vec());
        let set = |path: &str, value: Tree| document.with_value(&parse_path(path).unwrap(), &value);
        assert_eq!(set("['data']", Tree::str("new")).unwrap(), b"new");
        assert!(set("['data']", Tree::Leaf(Value::Int(1))).is_err());
        assert!(set("['other']", Tree::str("new")).is_err());
        assert!(set("", Tree::str("new")).is_err());
        let unset = |path: &str| document.without(&parse_path(path).unwrap()).unwrap_err().to_string();
        assert_eq!(unset("['x']"), "Key not found: x");
        assert_eq!(unset("['data'][0]"), "Unsupported type: string for item '%!s(int=0)'");
        assert!(unset("['data']").contains("cannot be without"));
    }
}
