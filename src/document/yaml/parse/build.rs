//! The nodes of a stream, made from the parser's steps.
//!
//! Some comments move once it is clear what they stand below; that is go-yaml's doing and
//! decides which path sops authenticates them with (stores §3.3).

use crate::document::yaml::comments::{Pending, lines};
use crate::document::yaml::node::{Comment, DocumentNode, Kind, Node, NodeId, ScalarStyle, Stream, Tag};
use crate::document::yaml::scan::{Mark, Simple};
use crate::leaf::Span;
use thin_vec::ThinVec;

/// What may stand before a node.
#[derive(Default)]
pub(super) struct Properties {
    pub(super) anchor: Option<Span>,
    pub(super) tag: Option<Tag>,
}

/// A collection that is not closed yet.
struct Open {
    id: NodeId,
    /// The key whose value is to come.
    key: Option<NodeId>,
}

#[derive(Default)]
pub(super) struct Builder {
    stream: Stream,
    open: Vec<Open>,
    document: Option<DocumentNode>,
    /// Anchor and tag of the node to come.
    pub(super) properties: Properties,
}

impl Builder {
    /// A builder for a text of so many lines: most hold a key and a value.
    pub(super) fn with_room(lines: usize) -> Self {
        let nodes = Vec::with_capacity(2 * lines + 2);
        Self { stream: Stream { nodes, ..Stream::default() }, ..Self::default() }
    }

    /// The number of the node to come.
    pub(super) const fn next_id(&self) -> NodeId {
        self.stream.nodes.len()
    }

    pub(super) fn open_document(&mut self, start_marker: Option<Span>, head: Vec<Comment>) {
        let root = self.next_id();
        self.document = Some(DocumentNode { root, start_marker, end_marker: None, head, foot: Vec::new() });
    }

    pub(super) fn close_document(&mut self, end_marker: Option<Span>, foot: Vec<Comment>) {
        if let Some(document) = self.document.take() {
            self.stream.documents.push(DocumentNode { end_marker, foot, ..document });
        }
    }

    fn add(&mut self, kind: Kind, start: Mark, span: Span, comments: Pending) -> NodeId {
        let mut node = Node::new(kind, span, (start.line, start.column));
        if !comments.is_empty() {
            let rare = node.rare_mut();
            rare.head = lines(comments.head);
            rare.inline = lines(comments.inline);
            rare.foot = lines(comments.foot);
        }
        if self.properties.anchor.is_some() || self.properties.tag.is_some() {
            let Properties { anchor, tag } = std::mem::take(&mut self.properties);
            let rare = node.rare_mut();
            (rare.anchor, rare.tag) = (anchor, tag);
        }
        self.stream.nodes.push(node);
        self.stream.nodes.len() - 1
    }

    /// Adds a node without children.
    pub(super) fn leaf(&mut self, kind: Kind, start: Mark, span: Span, comments: Pending) {
        let id = self.add(kind, start, span, comments);
        self.complete(id);
    }

    /// Adds a scalar whose text is in the source and which takes no comments.
    pub(super) fn scalar(&mut self, style: ScalarStyle, start: Mark, span: Span) {
        self.scalar_with(style, start, span, None, Pending::default());
    }

    pub(super) fn scalar_with(
        &mut self,
        style: ScalarStyle,
        start: Mark,
        span: Span,
        text: Option<Box<str>>,
        comments: Pending,
    ) {
        self.leaf(Kind::Scalar { style, text: text.map(Box::new) }, start, span, comments);
    }

    /// Adds an entry of a block map, whose key and value are scalars without comments, anchors and tags.
    pub(super) fn entry(&mut self, key: Simple, value: Simple) {
        let id = self.next_id();
        let nodes = &mut self.stream.nodes;
        let node = |Simple { style, start, span, text }| {
            Node::new(Kind::Scalar { style, text: text.map(Box::new) }, span, (start.line, start.column))
        };
        nodes.push(node(key));
        nodes.push(node(value));
        if let Some(Open { id: parent, .. }) = self.open.last()
            && let Kind::Map { pairs, .. } = &mut nodes[*parent].kind
        {
            pairs.push((id, id + 1));
        }
    }

    pub(super) fn open_map(&mut self, flow: bool, start: Mark, comments: Pending) {
        self.open(Kind::Map { flow, pairs: ThinVec::new() }, start, comments);
    }

    pub(super) fn open_list(&mut self, flow: bool, start: Mark, comments: Pending) {
        self.open(Kind::List { flow, items: ThinVec::new() }, start, comments);
    }

    fn open(&mut self, kind: Kind, start: Mark, comments: Pending) {
        let id = self.add(kind, start, Span::at(start.at), comments);
        self.stream.collections += 1;
        self.open.push(Open { id, key: None });
    }

    /// Notes the `-` of the item to come.
    pub(super) fn dash(&mut self, span: Span) {
        if let Some(Open { id, .. }) = self.open.last() {
            self.stream.nodes[*id].rare_mut().dashes.push(span);
        }
    }

    /// Closes the innermost collection, which ends at byte `end`. `comments` are those that
    /// have been picked up there; its head comments go nowhere.
    pub(super) fn close(&mut self, end: usize, comments: Pending) {
        let Some(Open { id, .. }) = self.open.pop() else { return };
        let nodes = &mut self.stream.nodes;
        nodes[id].span.end = end;
        if !comments.inline.is_empty() || !nodes[id].inline.is_empty() {
            nodes[id].rare_mut().inline = lines(comments.inline);
        }
        if !comments.foot.is_empty() || !nodes[id].foot.is_empty() {
            nodes[id].rare_mut().foot = lines(comments.foot);
        }
        if let Kind::Map { flow: false, pairs } = &nodes[id].kind
            && let Some(&(last_key, _)) = pairs.last()
        {
            move_foot(nodes, id, last_key);
        }
        self.complete(id);
    }

    /// Puts a finished node into its parent.
    fn complete(&mut self, id: NodeId) {
        let Some(Open { id: parent, key: open_key }) = self.open.last_mut() else { return };
        let nodes = &mut self.stream.nodes;
        let (flow, previous_key) = match &mut nodes[*parent].kind {
            Kind::List { items, .. } => {
                items.push(id);
                return;
            }
            Kind::Map { flow, pairs } => (*flow, pairs.last().map(|(key, _)| *key)),
            Kind::Scalar { .. } | Kind::Alias { .. } => return,
        };
        let Some(key) = open_key.take() else {
            *open_key = Some(id);
            // A foot found at a key is that of the entry before.
            if let Some(previous) = previous_key
                && !flow
            {
                move_foot(nodes, id, previous);
            }
            return;
        };
        // The foot of an entry hangs on its key.
        if nodes[key].foot.is_empty() {
            move_foot(nodes, id, key);
        }
        if let Kind::Map { pairs, .. } = &mut nodes[*parent].kind {
            pairs.push((key, id));
        }
    }

    /// The stream; `comments` are all there are in the source.
    pub(super) fn finish(self, comments: Vec<Comment>) -> Stream {
        let mut stream = self.stream;
        stream.strays = strays(&stream, comments);
        stream
    }
}

/// Moves the foot comment of a node, if it has one, to another.
fn move_foot(nodes: &mut [Node], from: NodeId, to: NodeId) {
    if !nodes[from].foot.is_empty() {
        nodes[to].rare_mut().foot = std::mem::take(&mut nodes[from].rare_mut().foot);
    }
}

/// The comments that hang on no node.
fn strays(stream: &Stream, mut comments: Vec<Comment>) -> Vec<Comment> {
    if comments.is_empty() {
        return comments;
    }
    let on_documents = stream.documents.iter().flat_map(|document| [&document.head[..], &document.foot[..]]);
    let with_comments = stream.nodes.iter().filter_map(Node::rare);
    let on_nodes = with_comments.flat_map(|node| [&node.head[..], &node.inline[..], &node.foot[..]]);
    let mut taken: Vec<usize> =
        on_documents.chain(on_nodes).flatten().map(|comment| comment.span.start).collect();
    taken.sort_unstable();
    comments.retain(|comment| taken.binary_search(&comment.span.start).is_err());
    comments.sort_unstable_by_key(|comment| comment.span.start);
    comments
}

impl Stream {
    /// The text of a scalar; empty for other nodes.
    pub(crate) fn text<'a>(&'a self, id: NodeId, source: &'a [u8]) -> &'a str {
        let node = &self.nodes[id];
        match &node.kind {
            Kind::Scalar { text: Some(text), .. } => text,
            Kind::Scalar { text: None, .. } => {
                std::str::from_utf8(node.text_span().of(source)).unwrap_or_default()
            }
            _ => "",
        }
    }

    /// The bytes of that text.
    pub(crate) fn bytes<'a>(&'a self, id: NodeId, source: &'a [u8]) -> &'a [u8] {
        let node = &self.nodes[id];
        match &node.kind {
            Kind::Scalar { text: Some(text), .. } => text.as_bytes(),
            Kind::Scalar { text: None, .. } => node.text_span().of(source),
            _ => b"",
        }
    }
}
