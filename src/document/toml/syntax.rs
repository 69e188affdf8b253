//! Which table has what: tokens become a tree of nodes, in the order in which rops walks it.
//!
//! A table stands in the tree where it is first spoken of, but for one that only its own tables had
//! spoken of and that gets a header later: that one comes last in its parent
//! (`toml` 1.1, `src/de/parser/document.rs`).
//!
//! A comment belongs to the table of the key that it stands above or behind, one right above a
//! header to the parent of that table, any other to the table that it stands in.

mod comments;
mod reader;

use toml_parser::Source;

use super::scan::{Problem, events};
use crate::document::Leaf;
use crate::leaf::{PathId, Paths, Span};
use reader::Reader;

/// A value or table.
pub(super) struct Node {
    pub(super) parent: usize,
    pub(super) path: PathId,
    pub(super) kind: Kind,
    /// What is in it, in order.
    pub(super) children: Vec<Child>,
    /// Its place in the children of its parent.
    position: usize,
    /// The text of a value; nothing for what a header or a dotted key made.
    pub(super) value: Option<Span>,
    /// Its key and the line of it, if its value stands there.
    pub(super) line: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Table(Made),
    List {
        /// Whether its items are tables with headers.
        of_tables: bool,
    },
    /// The leaf of this number, in the order of the source.
    Leaf(usize),
}

/// What made a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// The header of a table in it.
    Below,
    /// Its own header; the top one is always there.
    Header,
    /// A dotted key.
    Dotted,
    /// Braces.
    Inline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Child {
    Node(usize),
    /// The comment of this number among the leaves.
    Comment(usize),
    /// A table that has moved.
    Gone,
}

/// A key with its value, in a section of the source or in braces.
#[derive(Debug, Clone)]
pub(super) struct KeyLine {
    /// Where its line begins; for a key in braces, where the key does.
    pub(super) start: usize,
    /// The key, with its dots.
    pub(super) key: Span,
    /// Behind its line end; for a key in braces, behind the value.
    pub(super) end: usize,
    /// The section it is in, unless it is in braces.
    pub(super) section: Option<usize>,
    /// Whether it belongs to the metadata although it stands before all headers.
    pub(super) is_block: bool,
}

/// A header with the lines below it. The first one has none.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub(super) table: usize,
    /// Where the line of the header begins.
    pub(super) start: usize,
    /// Where the comments begin that stand right above it.
    pub(super) above: usize,
    /// Behind the line of the header.
    pub(super) body: usize,
    /// Whether it belongs to the metadata.
    pub(super) is_block: bool,
}

/// The source, understood.
pub(super) struct Syntax {
    pub(super) paths: Paths,
    pub(super) nodes: Vec<Node>,
    /// In the order of the source, those of the metadata too.
    pub(super) leaves: Vec<Leaf>,
    pub(super) sections: Vec<Section>,
    pub(super) lines: Vec<KeyLine>,
    pub(super) newline: &'static [u8],
    /// The table of the metadata.
    pub(super) block: Option<usize>,
}

/// The table that all others are in.
pub(super) const ROOT: usize = 0;

/// Reads a source that is UTF-8.
pub(super) fn read(source: &str) -> Result<Syntax, Problem> {
    let source = Source::new(source);
    let (events, problem) = events(source);
    let mut reader = Reader::new(source);
    let end = problem.as_ref().map_or(usize::MAX, |problem| problem.at);
    for event in events.iter().take_while(|event| event.span().start() < end) {
        match (reader.event(event), &problem) {
            (Err(found), Some(problem)) if found.at >= problem.at => break,
            (result, _) => result?,
        }
    }
    problem.map_or_else(|| Ok(reader.finish()), Err)
}
