//! The syntax tree of a YAML stream: every node with the bytes it takes and the comments that
//! `go.yaml.in/yaml/v3` attaches to it.
//!
//! sops authenticates a comment with the path of the map or list that its YAML library hangs
//! it on, so who gets a comment is a format fact here, not a matter of taste.

use crate::leaf::Span;
use std::ops::Deref;
use thin_vec::ThinVec;

/// The number of a node in [`Stream::nodes`].
pub type NodeId = usize;

/// A parsed stream.
#[derive(Debug, Default)]
pub struct Stream {
    /// All nodes of all documents.
    pub nodes: Vec<Node>,
    /// How many of them are maps and lists.
    pub collections: usize,
    /// The documents, in order. An input without a document has none.
    pub documents: Vec<DocumentNode>,
    /// Comments that no node has, because go-yaml drops them where they stand (behind an
    /// opening bracket, behind a directive, in an input without a document), in order.
    pub strays: Vec<Comment>,
    /// What is not well-formed behind the first document; the documents before that place are
    /// here. [`check_first`](super::check::check_first) reports it after its own findings.
    pub error: Option<crate::document::ParseError>,
}

/// One document of a stream.
#[derive(Debug)]
pub struct DocumentNode {
    /// The root; an empty document has a plain empty scalar (null) of empty span as its root.
    pub root: NodeId,
    /// The `---` that opens it, if it is written.
    pub start_marker: Option<Span>,
    /// The `...` that ends it, if it is written.
    pub end_marker: Option<Span>,
    /// Comments that belong to the document itself, before its root.
    pub head: Vec<Comment>,
    /// Comments that belong to the document itself, after its root.
    pub foot: Vec<Comment>,
}

/// One comment line: the bytes from its `#` up to, not including, the line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line, without the line break.
    pub span: Span,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarStyle {
    /// `text`
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A node and its place.
#[derive(Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its own bytes, without anchor and tag. A scalar: from the first to the last byte of the
    /// token, quotes included; a block scalar: from its `|` or `>` to the end of its last line
    /// of text, without that line's break (with keep, `+`: without the last break). A flow
    /// collection: with its brackets. A block collection: from its first key or `-` to the end
    /// of its last entry. An alias: with its `*`. An absent value: empty, where it would stand.
    pub span: Span,
    column: u32,
    line: u32,
    rare: Option<Box<Rare>>,
}

/// What few nodes have. It reads like a part of its [`Node`]; kept apart, since every byte of a
/// node counts ten thousand times in a large file.
#[derive(Debug, Default)]
pub struct Rare {
    /// The anchor with its `&`.
    pub anchor: Option<Span>,
    /// The tag as written, with its `!`.
    pub tag: Option<Tag>,
    /// go-yaml's head comment, a line each.
    pub head: Vec<Comment>,
    /// go-yaml's line comment.
    pub inline: Vec<Comment>,
    /// go-yaml's foot comment, a line each.
    pub foot: Vec<Comment>,
    /// The `-` of each item of a block list.
    pub dashes: Vec<Span>,
}

impl Deref for Node {
    type Target = Rare;

    fn deref(&self) -> &Rare {
        const NOTHING: &Rare = &Rare {
            anchor: None,
            tag: None,
            head: Vec::new(),
            inline: Vec::new(),
            foot: Vec::new(),
            dashes: Vec::new(),
        };
        self.rare.as_deref().unwrap_or(NOTHING)
    }
}

impl Node {
    /// A node at a line and column, both counted from 0.
    pub(super) fn new(kind: Kind, span: Span, (line, column): (usize, usize)) -> Self {
        // A text of so many lines or columns would not fit into memory with its nodes.
        let narrow = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Self { kind, span, line: narrow(line), column: narrow(column), rare: None }
    }

    /// Column of the first byte of the node (of `-` or the first key for block collections),
    /// counted in characters from 0.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column as usize
    }

    /// Line of the first byte of the node, counted from 0.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line as usize
    }

    /// What few nodes have, if this one has any of it.
    pub(super) fn rare(&self) -> Option<&Rare> {
        self.rare.as_deref()
    }

    /// What few nodes have, to be written.
    pub(super) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Where the text of a scalar stands that is written as it is: within its quotes.
    #[must_use]
    pub const fn text_span(&self) -> Span {
        match self.kind {
            Kind::Scalar { style: ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, .. } => {
                Span::new(self.span.start + 1, self.span.end - 1)
            }
            _ => self.span,
        }
    }
}

/// A tag.
#[derive(Debug)]
pub struct Tag {
    /// As written, with its `!`.
    pub span: Span,
    /// In full: `tag:yaml.org,2002:int`, `!custom`, or `!` for the non-specific tag.
    pub name: String,
}

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    /// A scalar, with its text after unfolding and unescaping.
    Scalar {
        /// How it is written.
        style: ScalarStyle,
        /// Its text; `None` where the text is the very bytes of the span, but for quotes
        /// around it. A box for the box: one word less in every node.
        text: Option<Box<Box<str>>>,
    },
    /// A map: keys and values in order.
    Map {
        /// Whether it is written with braces.
        flow: bool,
        /// Key and value.
        pairs: ThinVec<(NodeId, NodeId)>,
    },
    /// A list.
    List {
        /// Whether it is written with brackets.
        flow: bool,
        /// The items.
        items: ThinVec<NodeId>,
    },
    /// `*name`; the node it stands for.
    Alias {
        /// The anchored node. It comes earlier; as in go-yaml, maybe in an earlier document.
        /// It may be a collection that is around the alias.
        target: NodeId,
    },
}
