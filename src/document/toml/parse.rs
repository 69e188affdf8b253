//! Reading: the tree of nodes becomes leaves in the order of the walk, and the metadata a tree of
//! its own.

use super::Layout;
use super::scan::Problem;
use super::syntax::{self, Child, Kind, ROOT, Syntax};
use crate::document::tree::{Builder, Tree};
use crate::document::{Document, Engine, Item, Leaf, ParseError, ParseErrorKind, Scalar, Text, splice};
use crate::leaf::{Paths, Span, Step, Value};

/// Reads a TOML document; see [`Document::parse`].
pub(in crate::document) fn parse(source: Vec<u8>) -> Result<Document, ParseError> {
    let text = utf8(&source)?;
    let syntax = syntax::read(text).map_err(|problem| error(&source, problem))?;
    let bom = usize::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
    let layout = Layout { bom, newline: syntax.newline, blocks: blocks(&source, &syntax) };
    let metadata = syntax.block.map(|block| Ok(tree(&source, &syntax, block)));
    let (leaves, outline, paths) = walk(syntax);
    Ok(Document { paths, leaves, outline, metadata, engine: Engine::Toml(layout), source })
}

/// The source as text.
pub(super) fn utf8(source: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(source)
        .map_err(|bad| error(source, Problem::new(bad.valid_up_to(), "bytes that are not UTF-8")))
}

fn error(source: &[u8], problem: Problem) -> ParseError {
    let (line, column) = splice::position(source, problem.at);
    ParseError { line, column, problem: problem.text, kind: ParseErrorKind::Syntax }
}

/// What the walk over the nodes comes by.
enum Visit {
    Open(usize),
    Close,
    Leaf(usize),
}

/// Walks what is in `from`, depth first, without recursion.
fn steps(syntax: &Syntax, from: usize, skip: Option<usize>, mut take: impl FnMut(Visit)) {
    let mut open: Vec<(usize, usize)> = Vec::new();
    let enter = |node: usize, open: &mut Vec<(usize, usize)>, take: &mut dyn FnMut(Visit)| {
        if let Kind::Leaf(leaf) = syntax.nodes[node].kind {
            take(Visit::Leaf(leaf));
        } else {
            take(Visit::Open(node));
            open.push((node, 0));
        }
    };
    enter(from, &mut open, &mut take);
    while let Some((node, next)) = open.last_mut() {
        let child = syntax.nodes[*node].children.get(*next).copied();
        *next += 1;
        match child {
            None => {
                open.pop();
                take(Visit::Close);
            }
            Some(Child::Comment(leaf)) => take(Visit::Leaf(leaf)),
            Some(Child::Node(node)) if Some(node) != skip => enter(node, &mut open, &mut take),
            Some(Child::Node(_) | Child::Gone) => {}
        }
    }
}

/// All leaves but those of the metadata, in the order of the walk, and the walk itself.
fn walk(mut syntax: Syntax) -> (Vec<Leaf>, Vec<Item>, Paths) {
    let mut order = Vec::with_capacity(syntax.leaves.len());
    let mut outline = Vec::with_capacity(syntax.leaves.len() + 16);
    steps(&syntax, ROOT, syntax.block, |step| {
        outline.push(match step {
            Visit::Open(node) => {
                let node = &syntax.nodes[node];
                match node.kind {
                    Kind::List { .. } => Item::OpenList(node.path),
                    _ => Item::OpenMap(node.path),
                }
            }
            Visit::Close => Item::Close,
            Visit::Leaf(leaf) => {
                order.push(leaf);
                Item::Leaf(order.len() - 1)
            }
        });
    });
    if order.len() == syntax.leaves.len() && order.is_sorted() {
        return (syntax.leaves, outline, syntax.paths);
    }
    let nothing =
        || Leaf { path: crate::leaf::PathId::ROOT, span: Span::at(0), part: 0, scalar: Scalar::Null };
    let leaves = order.into_iter().map(|leaf| std::mem::replace(&mut syntax.leaves[leaf], nothing()));
    (leaves.collect(), outline, syntax.paths)
}

/// A node as a tree, without its comments.
fn tree(source: &[u8], syntax: &Syntax, node: usize) -> Tree {
    let mut tree = Builder::default();
    steps(syntax, node, None, |step| {
        let path = match step {
            Visit::Open(below) if below != node => Some(syntax.nodes[below].path),
            Visit::Leaf(leaf) if !syntax.leaves[leaf].is_comment() => Some(syntax.leaves[leaf].path),
            _ => None,
        };
        if let Some(Step::Key(key)) = path.and_then(|path| syntax.paths.last(path)) {
            tree.key(key.to_vec());
        }
        match step {
            Visit::Open(node) if matches!(syntax.nodes[node].kind, Kind::List { .. }) => tree.open_list(),
            Visit::Open(_) => tree.open_map(),
            Visit::Close => tree.close(),
            Visit::Leaf(leaf) => {
                if let Some(value) = value(source, &syntax.leaves[leaf].scalar) {
                    tree.leaf(value);
                }
            }
        }
    });
    tree.finish()
}

/// The value of a scalar; `None` for a comment. In the metadata the text `null` is nothing.
fn value(source: &[u8], scalar: &Scalar) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(b) => Value::Bool(*b),
        Scalar::Int(int) => Value::Int(*int),
        Scalar::Float(float) => Value::Float(*float),
        Scalar::BigInt(digits) => Value::BigInt(digits.clone()),
        Scalar::Time(time) => Value::Time(time.clone()),
        Scalar::Str(text) => {
            let text = match text {
                Text::Source(span) => span.of(source),
                Text::Owned(bytes) => bytes,
            };
            if text == b"null" { Value::Null } else { Value::Str(text.to_vec()) }
        }
        Scalar::Comment(_) => return None,
    })
}

/// The parts of the source that the metadata takes: sections up to what belongs to the next one,
/// and lines of keys that stand elsewhere.
fn blocks(source: &[u8], syntax: &Syntax) -> Vec<Span> {
    if syntax.block.is_none() {
        return Vec::new();
    }
    let lines = syntax.lines.iter().filter(|line| line.is_block);
    let mut blocks: Vec<Span> = lines.map(|line| Span::new(line.start, line.end)).collect();
    for (number, section) in syntax.sections.iter().enumerate().filter(|(_, section)| section.is_block) {
        let next = syntax.sections.get(number + 1);
        let end = next.map_or(source.len(), |next| if next.is_block { next.start } else { next.above });
        blocks.push(Span::new(section.start, end));
    }
    blocks.sort_by_key(|block| block.start);
    let mut joined: Vec<Span> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match joined.last_mut() {
            Some(last) if last.end >= block.start => last.end = last.end.max(block.end),
            _ => joined.push(block),
        }
    }
    joined
}
