//! YAML: where every leaf of a stream sits in its file.
//!
//! Bytes come in, leaves come out, in sops' reading order, each with a path and a byte span.
//! Nothing is re-emitted: splice copies all that no edit covers.
//!
//! Reading goes `scan` (tokens) → `parse` (syntax tree, with comments where go-yaml hangs
//! them) → `resolve` (what a plain scalar means) → `leaves` (the common view).
//! Writing goes the other way: `write` puts a leaf's new text into its place, `block` the
//! metadata, `change` sets and removes values, and `emit` is fresh YAML for what is new.

mod block;
mod change;
mod check;
mod comments;
pub mod emit;
mod leaves;
pub mod node;
mod parse;
pub mod resolve;
mod scan;
#[cfg(test)]
mod tests_read;
mod write;

pub(super) use change::{with_value, without};
pub(super) use write::plan;

use super::{
    Document, EmitError, EmitStyle, Engine, Item, Leaf, ParseError, ParseErrorKind, Scalar, Text, Tree,
};
use crate::leaf::{PathId, Paths, Span};
use crate::threads::both;
use leaves::{Expansion, Origin};
use node::{NodeId, Stream};

/// What YAML keeps beside the common view: the syntax tree and how leaves hang on it.
pub struct Layout {
    stream: Stream,
    /// One for each leaf of the document.
    origins: Vec<Origin>,
    expansions: Vec<Expansion>,
    /// Per document: the pair `sops` at the top level.
    blocks: Vec<Option<(NodeId, NodeId)>>,
    /// The line break that the file uses.
    newline: &'static str,
}

impl Layout {
    pub(super) fn is_copy(&self, leaf: usize) -> bool {
        matches!(self.origins[leaf], Origin::Copy)
    }

    pub(super) fn has_reserved_key(&self) -> bool {
        self.blocks.iter().skip(1).any(Option::is_some)
    }
}

/// From this many nodes on a second thread pays off.
const MANY_NODES: usize = 4000;

/// How long a file may be: less than 2 GiB, so that the numbers of its nodes are narrow.
const MAX_LENGTH: usize = i32::MAX as usize;

/// The text as UTF-8: UTF-16 with a byte order mark is decoded, as sops does (stores §1.2).
/// `None` if it is not UTF-16.
#[must_use]
pub fn decode_utf16(source: &[u8]) -> Option<Vec<u8>> {
    let (unit, rest): (fn([u8; 2]) -> u16, _) = match source {
        [0xFF, 0xFE, rest @ ..] => (u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return None,
    };
    let (pairs, []) = rest.as_chunks::<2>() else { return None };
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.ok().map(String::into_bytes)
}

pub(super) fn parse(source: Vec<u8>) -> Result<Document, ParseError> {
    if source.len() > MAX_LENGTH {
        let problem = "a YAML file of 2 GiB or more is not read; encrypt it as binary".to_owned();
        return Err(ParseError { line: 1, column: 1, problem, kind: ParseErrorKind::Syntax });
    }
    let source = decode_utf16(&source).unwrap_or(source);
    let stream = parse::parse_stream(&source)?;
    if stream.documents.is_empty() {
        return only_comments(source);
    }
    let found = if stream.nodes.len() < MANY_NODES {
        check::check_first(&stream, &source)?;
        leaves::walk(&stream, &source)?
    } else {
        // Both only read; the check's refusals come first.
        // What is found stays: this thread has its memory at hand.
        let (found, check) = both(|| leaves::walk(&stream, &source), || check::check_first(&stream, &source));
        check?;
        found?
    };
    let newline = newline(&source);
    let mut document = Document {
        source,
        paths: found.paths,
        leaves: found.leaves,
        outline: found.outline,
        metadata: None,
        engine: Engine::Yaml(Box::new(Layout {
            stream,
            origins: found.origins,
            expansions: found.expansions,
            blocks: found.blocks,
            newline,
        })),
    };
    document.metadata = block::read(&document)?.map(Ok);
    Ok(document)
}

/// A file of comments and blank lines. sops refuses it; as an empty document with comments it
/// can be encrypted, and sops reads what comes of it (wishes §4.1, C6).
fn only_comments(source: Vec<u8>) -> Result<Document, ParseError> {
    let mut leaves = Vec::new();
    let mut origins = Vec::new();
    let mut outline = vec![Item::OpenMap(PathId::ROOT)];
    let mut at = 0;
    for line in source.split_inclusive(|&b| b == b'\n') {
        let start = line.iter().position(|&b| b == b'#');
        if let Some(start) = start {
            let end = line.iter().rposition(|&b| b != b'\n' && b != b'\r').map_or(start, |last| last + 1);
            let text = Span::new(at + start + 1, at + end.max(start + 1));
            outline.push(Item::Leaf(leaves.len()));
            leaves.push(Leaf {
                path: PathId::ROOT,
                span: text,
                part: 0,
                scalar: Scalar::Comment(Text::Source(text)),
            });
            origins.push(Origin::Comment { inline: false });
        }
        at += line.len();
    }
    outline.push(Item::Close);
    if leaves.is_empty() {
        let (problem, kind) = if source.is_empty() {
            (
                "File cannot be completely empty, it must contain at least one document",
                ParseErrorKind::NoDocument,
            )
        } else {
            ("there is no document, only blank space (EOF)", ParseErrorKind::Syntax)
        };
        return Err(leaves::error(&source, 0, problem, kind));
    }
    let newline = newline(&source);
    let layout =
        Layout { stream: Stream::default(), origins, expansions: Vec::new(), blocks: Vec::new(), newline };
    Ok(Document {
        source,
        paths: Paths::default(),
        leaves,
        outline,
        metadata: None,
        engine: Engine::Yaml(Box::new(layout)),
    })
}

fn newline(source: &[u8]) -> &'static str {
    match source.iter().position(|&b| b == b'\n') {
        Some(at) if at > 0 && source[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

pub(super) fn emit(parts: &[Tree], style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    emit::documents(parts, style.yaml_indent)
}

pub(super) fn emit_value(value: &Tree, _style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    emit::value(value)
}

/// Reading alone, for YAML that is not a file of secrets: the configuration.
pub(crate) use parse::parse_stream;
