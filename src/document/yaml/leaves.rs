//! From the syntax tree to the common view: leaves and comments in sops' reading order.
//!
//! The order and the paths are those of sops' YAML store (stores §3.3): a map's own comments
//! come first inside it, a pair's comments before and after the pair, an alias stands for a
//! copy of what it names. A leaf below an alias has the alias as its span: it can only be
//! written by writing the alias out.

use super::node::{Comment, Kind, NodeId, ScalarStyle, Stream};
use super::resolve;
use crate::document::{Item, Leaf, ParseError, ParseErrorKind, Scalar, Text, splice};
use crate::leaf::{PathId, Paths, Span, Value};
use std::borrow::Cow;

/// Where a leaf comes from in the syntax tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A scalar of its own.
    Node(Place),
    /// A leaf of the copy that an alias stands for.
    Copy,
    /// A comment line; inline if it stands behind a value.
    Comment { inline: bool },
}

/// A scalar, the map or list it is in, and its position if that is a list. The numbers are
/// narrow, for every leaf has a place; [`super::MAX_LENGTH`] keeps them so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    node: u32,
    parent: u32,
    /// One more than the position; 0 in a map.
    position: u32,
}

impl Place {
    pub(super) fn new(node: NodeId, parent: NodeId, index: Option<usize>) -> Self {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            node: narrow(node),
            parent: narrow(parent),
            position: index.map_or(0, |index| narrow(index + 1)),
        }
    }

    pub(super) const fn node(self) -> NodeId {
        self.node as NodeId
    }

    pub(super) const fn parent(self) -> NodeId {
        self.parent as NodeId
    }

    pub(super) fn index(self) -> Option<usize> {
        (self.position as usize).checked_sub(1)
    }
}

/// A run of the outline that an alias stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expansion {
    /// The alias.
    pub(super) alias: NodeId,
    /// The items of the outline that are its copy.
    pub(super) items: (usize, usize),
    /// The map or list that the alias is in; the alias itself if it is a whole document.
    pub(super) parent: NodeId,
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) paths: Paths,
    pub(super) leaves: Vec<Leaf>,
    pub(super) origins: Vec<Origin>,
    pub(super) outline: Vec<Item>,
    pub(super) expansions: Vec<Expansion>,
    /// Per document: the pair `sops` at the top level, if there is one.
    pub(super) blocks: Vec<Option<(NodeId, NodeId)>>,
}

impl Found {
    /// Room for what a stream without aliases holds: lists that grow are touched several times.
    fn with_room(stream: &Stream, source: &[u8]) -> Self {
        const LONG_KEY: usize = 16;
        let scalars = stream.nodes.len() - stream.collections;
        // Keys and values by turns, and some comments.
        let leaves = scalars.div_ceil(2) + scalars / 32;
        Self {
            paths: Paths::with_room(leaves, source.len().min(leaves * LONG_KEY)),
            leaves: Vec::with_capacity(leaves),
            origins: Vec::with_capacity(leaves),
            // A map or list opens and closes.
            outline: Vec::with_capacity(leaves + 2 * stream.collections),
            ..Self::default()
        }
    }
}

/// Copies that aliases make count against this many leaves plus the size of the source.
const COPY_LIMIT: usize = 1_000_000;

enum Task {
    /// A value: leaf, collection or alias.
    Value {
        node: NodeId,
        path: PathId,
        handled: bool,
        parent: NodeId,
        index: Option<usize>,
    },
    /// The pairs of a map from this one on.
    Pairs {
        map: NodeId,
        next: usize,
        path: PathId,
    },
    /// The items of a list from this one on.
    Items {
        list: NodeId,
        next: usize,
        path: PathId,
    },
    /// Head or foot comments that come after something else.
    Foot {
        node: NodeId,
        path: PathId,
    },
    Close,
    EndCopy {
        start: usize,
        parent: NodeId,
    },
}

/// Walks all documents.
///
/// # Errors
///
/// A key that is no string, a document that is no map, an alias that multiplies without end.
pub(super) fn walk(stream: &Stream, source: &[u8]) -> Result<Found, ParseError> {
    let found = Found::with_room(stream, source);
    let mut walk = Walk { stream, source, found, part: 0, copying: None, copies: 0 };
    let mut strays = stream.strays.iter().peekable();
    for (part, document) in stream.documents.iter().enumerate() {
        walk.part = part;
        walk.found.outline.push(Item::OpenMap(PathId::ROOT));
        walk.found.blocks.push(None);
        walk.comments(&document.head, PathId::ROOT, false);
        walk.root(document.root)?;
        walk.comments(&document.foot, PathId::ROOT, false);
        let end = stream.documents.get(part + 1).map_or(source.len(), |next| {
            next.start_marker.map_or(stream.nodes[next.root].span.start, |marker| marker.start)
        });
        while let Some(stray) = strays.next_if(|stray| stray.span.start < end) {
            walk.stray(*stray);
        }
        walk.found.outline.push(Item::Close);
    }
    Ok(walk.found)
}

struct Walk<'a> {
    stream: &'a Stream,
    source: &'a [u8],
    found: Found,
    part: usize,
    /// The outermost alias whose copy is being walked.
    copying: Option<NodeId>,
    copies: usize,
}

impl<'a> Walk<'a> {
    fn root(&mut self, mut root: NodeId) -> Result<(), ParseError> {
        let copy = if let Kind::Alias { target } = self.stream.nodes[root].kind {
            self.copying = Some(root);
            root = target;
            Some(self.found.outline.len())
        } else {
            None
        };
        let node = &self.stream.nodes[root];
        let outcome = match &node.kind {
            Kind::Map { .. } => {
                self.comments(&node.head, PathId::ROOT, false);
                self.comments(&node.inline, PathId::ROOT, false);
                self.run(vec![
                    Task::Foot { node: root, path: PathId::ROOT },
                    Task::Pairs { map: root, next: 0, path: PathId::ROOT },
                ])
            }
            Kind::Scalar { .. } if matches!(self.scalar(root)?, Scalar::Null) => {
                self.comments(&node.head, PathId::ROOT, false);
                self.comments(&node.inline, PathId::ROOT, false);
                self.comments(&node.foot, PathId::ROOT, false);
                Ok(())
            }
            Kind::List { .. } => Err(self.refuse(node.span.start, "a document must be a map, not a list")),
            _ => Err(self.refuse(node.span.start, "a document must be a map, not a single value")),
        };
        if let Some(start) = copy {
            let parent = self.copying.unwrap_or(root);
            self.end_copy(start, parent);
        }
        outcome
    }

    fn run(&mut self, mut tasks: Vec<Task>) -> Result<(), ParseError> {
        while let Some(task) = tasks.pop() {
            match task {
                Task::Close => self.found.outline.push(Item::Close),
                Task::EndCopy { start, parent } => self.end_copy(start, parent),
                Task::Foot { node, path } => {
                    let stream = self.stream;
                    self.comments(&stream.nodes[node].foot, path, false);
                }
                Task::Pairs { map, next, path } => self.pairs(map, next, path, &mut tasks)?,
                Task::Items { list, next, path } => self.items(list, next, path, &mut tasks)?,
                Task::Value { node, path, handled, parent, index } => {
                    self.value(node, path, handled, (parent, index), &mut tasks)?;
                }
            }
        }
        Ok(())
    }

    /// The pairs of a map from number `next` on, up to the first whose value is no scalar.
    fn pairs(
        &mut self,
        map: NodeId,
        next: usize,
        path: PathId,
        tasks: &mut Vec<Task>,
    ) -> Result<(), ParseError> {
        let stream = self.stream;
        let Kind::Map { pairs, .. } = &stream.nodes[map].kind else { return Ok(()) };
        for (number, &(key, value)) in pairs.iter().enumerate().skip(next) {
            let (key_node, value_node) = (&stream.nodes[key], &stream.nodes[value]);
            let is_bare = key_node.rare().is_none() && value_node.rare().is_none();
            if is_bare
                && self.copying.is_none()
                && matches!(value_node.kind, Kind::Scalar { .. })
                && let Scalar::Str(Text::Source(name)) = self.scalar(key)?
                && (path != PathId::ROOT || name.of(self.source) != b"sops")
            {
                // As below, for an entry without comments.
                let below = self.found.paths.key(path, name.of(self.source));
                let scalar = self.scalar(value)?;
                self.leaf(below, value_node.span, scalar, Origin::Node(Place::new(value, map, None)));
                continue;
            }
            self.comments(&key_node.head, path, false);
            self.comments(&key_node.inline, path, false);
            let single = matches!(value_node.kind, Kind::Scalar { .. } | Kind::Alias { .. });
            if single {
                self.comments(&value_node.head, path, false);
                self.comments(&value_node.inline, path, true);
            }
            let name = self.key(key)?;
            if path == PathId::ROOT && self.copying.is_none() && name.as_ref() == b"sops" {
                let block = &mut self.found.blocks[self.part];
                if block.is_some() {
                    return Err(self.refuse(key_node.span.start, "Found duplicate sops entry"));
                }
                *block = Some((key, value));
                self.comments(&key_node.foot, path, false);
                continue;
            }
            let below = self.found.paths.key(path, &name);
            if let Kind::Scalar { .. } = value_node.kind {
                self.value(value, below, single, (map, None), tasks)?;
                self.comments(&value_node.foot, path, false);
                self.comments(&key_node.foot, path, false);
                continue;
            }
            tasks.push(Task::Pairs { map, next: number + 1, path });
            tasks.push(Task::Foot { node: key, path });
            if single {
                tasks.push(Task::Foot { node: value, path });
            }
            tasks.push(Task::Value { node: value, path: below, handled: single, parent: map, index: None });
            break;
        }
        Ok(())
    }

    /// The items of a list from number `next` on, up to the first that is no scalar.
    fn items(
        &mut self,
        list: NodeId,
        next: usize,
        path: PathId,
        tasks: &mut Vec<Task>,
    ) -> Result<(), ParseError> {
        let stream = self.stream;
        let Kind::List { items, .. } = &stream.nodes[list].kind else { return Ok(()) };
        for (number, &item) in items.iter().enumerate().skip(next) {
            let node = &stream.nodes[item];
            self.comments(&node.head, path, false);
            self.comments(&node.inline, path, true);
            let below = self.found.paths.index(path, number);
            if let Kind::Scalar { .. } = node.kind {
                self.value(item, below, true, (list, Some(number)), tasks)?;
                self.comments(&node.foot, path, false);
                continue;
            }
            tasks.push(Task::Items { list, next: number + 1, path });
            tasks.push(Task::Foot { node: item, path });
            let index = Some(number);
            tasks.push(Task::Value { node: item, path: below, handled: true, parent: list, index });
            break;
        }
        Ok(())
    }

    fn value(
        &mut self,
        node: NodeId,
        path: PathId,
        handled: bool,
        (parent, index): (NodeId, Option<usize>),
        tasks: &mut Vec<Task>,
    ) -> Result<(), ParseError> {
        let stream = self.stream;
        let this = &stream.nodes[node];
        if self.copying.is_some() {
            self.copies += 1;
            if self.copies > COPY_LIMIT + self.source.len() {
                return Err(self.refuse(this.span.start, "document contains excessive aliasing"));
            }
        }
        match &this.kind {
            Kind::Alias { target } => {
                if self.copying.is_none() {
                    self.copying = Some(node);
                    tasks.push(Task::EndCopy { start: self.found.outline.len(), parent });
                }
                tasks.push(Task::Value { node: *target, path, handled: false, parent, index });
            }
            Kind::Scalar { .. } => {
                let scalar = self.scalar(node)?;
                let (span, origin) = match self.copying {
                    Some(alias) => (stream.nodes[alias].span, Origin::Copy),
                    None => (this.span, Origin::Node(Place::new(node, parent, index))),
                };
                self.leaf(path, span, scalar, origin);
            }
            Kind::Map { .. } => {
                self.found.outline.push(Item::OpenMap(path));
                tasks.push(Task::Close);
                self.open(node, path, handled, tasks);
                tasks.push(Task::Pairs { map: node, next: 0, path });
            }
            Kind::List { .. } => {
                self.found.outline.push(Item::OpenList(path));
                tasks.push(Task::Close);
                self.open(node, path, handled, tasks);
                tasks.push(Task::Items { list: node, next: 0, path });
            }
        }
        Ok(())
    }

    /// A collection's own comments stand inside it, unless its parent has taken them.
    fn open(&mut self, node: NodeId, path: PathId, handled: bool, tasks: &mut Vec<Task>) {
        if !handled {
            let stream = self.stream;
            self.comments(&stream.nodes[node].head, path, false);
            self.comments(&stream.nodes[node].inline, path, false);
            tasks.push(Task::Foot { node, path });
        }
    }

    fn end_copy(&mut self, start: usize, parent: NodeId) {
        if let Some(alias) = self.copying.take() {
            self.found.expansions.push(Expansion { alias, parent, items: (start, self.found.outline.len()) });
        }
    }

    fn comments(&mut self, comments: &[Comment], path: PathId, inline: bool) {
        for comment in comments {
            let text = Span::new(comment.span.start + 1, comment.span.end);
            let (span, origin) = match self.copying {
                Some(alias) => (self.stream.nodes[alias].span, Origin::Copy),
                None => (text, Origin::Comment { inline }),
            };
            self.leaf(path, span, Scalar::Comment(Text::Source(text)), origin);
        }
    }

    /// A comment that go-yaml drops, so that sops never sees it. It is as secret as any other:
    /// it counts as one at the root of its document.
    fn stray(&mut self, comment: Comment) {
        let within = |(key, value): (NodeId, NodeId)| {
            let (key, value) = (&self.stream.nodes[key], &self.stream.nodes[value]);
            (key.span.start..value.span.end).contains(&comment.span.start)
        };
        if !self.found.blocks[self.part].is_some_and(within) {
            self.comments(&[comment], PathId::ROOT, false);
        }
    }

    fn leaf(&mut self, path: PathId, span: Span, scalar: Scalar, origin: Origin) {
        self.found.outline.push(Item::Leaf(self.found.leaves.len()));
        self.found.leaves.push(Leaf {
            path,
            span,
            part: u32::try_from(self.part).unwrap_or(u32::MAX),
            scalar,
        });
        self.found.origins.push(origin);
    }

    /// A key as a path element.
    fn key(&self, mut key: NodeId) -> Result<Cow<'a, [u8]>, ParseError> {
        let at = self.stream.nodes[key].span.start;
        if let Kind::Alias { target } = self.stream.nodes[key].kind {
            key = target;
        }
        if !matches!(self.stream.nodes[key].kind, Kind::Scalar { .. }) {
            return Err(self.unwalkable(at, "a map or list as a key"));
        }
        match self.scalar(key)? {
            Scalar::Str(Text::Owned(bytes)) => Ok(Cow::Owned(bytes.into())),
            Scalar::Str(Text::Source(span)) => Ok(Cow::Borrowed(span.of(self.source))),
            other => {
                let kind = match other {
                    Scalar::Null => "null",
                    Scalar::Bool(_) => "boolean",
                    Scalar::Int(_) | Scalar::BigInt(_) => "integer",
                    Scalar::Float(_) => "float",
                    _ => "timestamp",
                };
                Err(self.unwalkable(
                    at,
                    &format!("a key of type {kind}; only string keys are supported, so quote it"),
                ))
            }
        }
    }

    fn scalar(&self, node: NodeId) -> Result<Scalar, ParseError> {
        scalar(self.stream, self.source, node, self.part)
    }

    fn refuse(&self, at: usize, problem: &str) -> ParseError {
        error(self.source, at, problem, ParseErrorKind::Syntax)
    }

    fn unwalkable(&self, at: usize, problem: &str) -> ParseError {
        error(self.source, at, &format!("Tree contains {problem}"), ParseErrorKind::Unwalkable)
    }
}

/// An error at a byte of the source.
pub(super) fn error(source: &[u8], at: usize, problem: &str, kind: ParseErrorKind) -> ParseError {
    let (line, column) = splice::position(source, at);
    ParseError { line, column, problem: problem.to_owned(), kind }
}

/// What a scalar node means. In the first document a value that its tag does not fit is an
/// error; in later ones sops reads it as null (stores §2.1).
pub(super) fn scalar(
    stream: &Stream,
    source: &[u8],
    node: NodeId,
    part: usize,
) -> Result<Scalar, ParseError> {
    let this = &stream.nodes[node];
    let Kind::Scalar { style, text } = &this.kind else { return Ok(Scalar::Null) };
    let str = || match text {
        None => Scalar::Str(Text::Source(this.text_span())),
        Some(text) => Scalar::Str(Text::Owned(text.as_bytes().into())),
    };
    let plain = *style == ScalarStyle::Plain;
    let value = match &this.tag {
        None if !plain => return Ok(str()),
        None if stream.bytes(node, source).first().is_some_and(|first| resolve::begins_text(*first)) => {
            return Ok(str());
        }
        None => match resolve::other_than_string(stream.text(node, source)) {
            None => return Ok(str()),
            Some(value) => value,
        },
        Some(tag) => match resolve::tagged(&tag.name, plain, stream.text(node, source)) {
            Ok(value) => value,
            Err(_) if part > 0 => Value::Null,
            Err(problem) => {
                return Err(error(source, this.span.start, &problem.to_string(), ParseErrorKind::Syntax));
            }
        },
    };
    Ok(match value {
        Value::Null => Scalar::Null,
        Value::Bool(b) => Scalar::Bool(b),
        Value::Int(i) => Scalar::Int(i),
        Value::Float(f) => Scalar::Float(f),
        Value::BigInt(digits) => Scalar::BigInt(digits),
        Value::Time(t) => Scalar::Time(t),
        Value::Str(bytes) if text.is_none() && bytes == this.text_span().of(source) => str(),
        Value::Str(bytes) | Value::Comment(bytes) => Scalar::Str(Text::Owned(bytes.into())),
    })
}
