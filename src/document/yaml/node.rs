//! The syntax tree of a YAML stream: every node with the bytes it takes and the comments that
//! `go.yaml.in/yaml/v3` attaches to it.
//!
//! sops authenticates a comment with the path of the map or list that its YAML library hangs
//! it on, so who gets a comment is a format fact here, not a matter of taste.

use crate::leaf::Span;
use thin_vec::ThinVec;

/// The number of a node in [`Stream::nodes`].
pub type NodeId = usize;

/// A parsed stream.
#[derive(Debug, Default)]
pub struct Stream {
    /// All nodes of all documents.
    pub nodes: Vec<Node>,
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
    /// The anchor with its `&`.
    pub anchor: Option<Span>,
    /// The tag as written, with its `!`.
    pub tag: Option<Box<Tag>>,
    /// Column of the first byte of the node (of `-` or the first key for block collections),
    /// counted in characters from 0.
    pub column: usize,
    /// Line of the first byte of the node, counted from 0.
    pub line: usize,
    /// go-yaml's head comment, a line each.
    pub head: ThinVec<Comment>,
    /// go-yaml's line comment.
    pub inline: ThinVec<Comment>,
    /// go-yaml's foot comment, a line each.
    pub foot: ThinVec<Comment>,
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
        /// Its text; `None` where the text is the very bytes of the span.
        text: Option<Box<str>>,
    },
    /// A map: keys and values in order.
    Map {
        /// Whether it is written with braces.
        flow: bool,
        /// Key and value.
        pairs: Vec<(NodeId, NodeId)>,
    },
    /// A list.
    List {
        /// Whether it is written with brackets.
        flow: bool,
        /// The items.
        items: Vec<NodeId>,
        /// The `-` of each item of a block list (empty for a flow list).
        dashes: ThinVec<Span>,
    },
    /// `*name`; the node it stands for.
    Alias {
        /// The anchored node. It comes earlier; as in go-yaml, maybe in an earlier document.
        /// It may be a collection that is around the alias.
        target: NodeId,
    },
}
