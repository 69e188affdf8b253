//! The metadata block in YAML: the top-level entry `sops`, last in every document.

use super::node::{Kind, Node, NodeId, ScalarStyle, Stream};
use super::{Layout, emit, leaves};
use crate::document::{
    Block, Document, EmitStyle, Engine, Pair, ParseError, ParseErrorKind, PatchList, Scalar, Tree,
};
use crate::leaf::{Span, Value};

/// Metadata is at most this deep; sops writes seven levels.
const DEPTH_LIMIT: usize = 64;

/// The block of the first document as a tree. Comments in it are skipped.
///
/// # Errors
///
/// If it is nested beyond all reason.
pub(super) fn read(document: &Document) -> Result<Option<Tree>, ParseError> {
    let Engine::Yaml(layout) = &document.engine else { return Ok(None) };
    match layout.blocks.first() {
        Some(Some((_, value))) => tree(document, &layout.stream, *value, 0).map(Some),
        _ => Ok(None),
    }
}

fn tree(document: &Document, stream: &Stream, id: NodeId, depth: usize) -> Result<Tree, ParseError> {
    let node = &stream.nodes[id];
    if depth > DEPTH_LIMIT {
        let problem = "the sops metadata is nested too deeply";
        return Err(leaves::error(&document.source, node.span.start, problem, ParseErrorKind::Syntax));
    }
    Ok(match &node.kind {
        Kind::Alias { target } => tree(document, stream, *target, depth + 1)?,
        Kind::List { items, .. } => Tree::List(
            items.iter().map(|item| tree(document, stream, *item, depth + 1)).collect::<Result<_, _>>()?,
        ),
        Kind::Map { pairs, .. } => {
            let mut out = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                let key = stream.text(*key, &document.source).as_bytes().to_vec();
                out.push(Pair::Entry(key, tree(document, stream, *value, depth + 1)?));
            }
            Tree::Map(out)
        }
        Kind::Scalar { .. } => Tree::Leaf(match leaves::scalar(stream, &document.source, id, 0)? {
            Scalar::Null => Value::Null,
            scalar => document.read(&scalar).to_owned(),
        }),
    })
}

/// Columns per level that the file uses; `style`'s where it has no nested map.
pub(super) fn indent(layout: &Layout, style: &EmitStyle) -> usize {
    let step = |map: NodeId, pairs: &[(NodeId, NodeId)], lists: bool| {
        pairs.iter().find_map(|(_, value)| {
            let (parent, child) = (&layout.stream.nodes[map], &layout.stream.nodes[*value]);
            let fits = match child.kind {
                Kind::Map { flow: false, .. } => true,
                Kind::List { flow: false, .. } => lists,
                _ => false,
            };
            (fits && child.column() > parent.column()).then(|| child.column() - parent.column())
        })
    };
    let maps = |lists: bool| {
        layout.stream.nodes.iter().enumerate().find_map(|(id, node)| match &node.kind {
            Kind::Map { flow: false, pairs } => step(id, pairs, lists),
            _ => None,
        })
    };
    let own = layout.blocks.first().copied().flatten().and_then(|(_, value)| {
        let node = &layout.stream.nodes[value];
        matches!(node.kind, Kind::Map { flow: false, .. }).then_some(node.column())
    });
    own.or_else(|| maps(false)).or_else(|| maps(true)).unwrap_or(style.yaml_indent).clamp(2, 9)
}

/// Patches that carry out `block` in every document. `edited` tells whether a node is replaced.
pub(super) fn plan(
    document: &Document,
    layout: &Layout,
    block: Block<'_>,
    style: &EmitStyle,
    edited: &dyn Fn(NodeId) -> bool,
    patches: &mut PatchList<'_>,
) {
    let site = Site { source: &document.source, layout, indent: indent(layout, style) };
    let parts = layout.stream.documents.len();
    match block {
        Block::Keep => {}
        Block::Remove => {
            for part in 0..parts {
                site.remove(part, patches);
            }
        }
        Block::Put(metadata) => {
            // Before the block: both may stand at the end of the file.
            if layout.blocks.last().is_none_or(Option::is_none) {
                close_last_text(layout, &document.source, edited, patches);
            }
            let tree = Tree::Map(vec![Pair::Entry(b"sops".to_vec(), metadata.clone())]);
            for part in 0..parts.max(1) {
                site.put(part, &tree, patches);
            }
        }
    }
}

struct Site<'a> {
    source: &'a [u8],
    layout: &'a Layout,
    indent: usize,
}

impl Site<'_> {
    fn remove(&self, part: usize, patches: &mut PatchList<'_>) {
        let Some((key, value)) = self.layout.blocks[part] else { return };
        let root = self.layout.stream.documents[part].root;
        let Kind::Map { flow, pairs } = &self.layout.stream.nodes[root].kind else { return };
        let alone = pairs.len() == 1;
        if *flow {
            let span = self.flow_region(pairs, key, value);
            patches.push(span, |_| {});
            return;
        }
        let mut span = self.lines(key, value);
        let ended = span.end > span.start && self.source[span.end - 1] == b'\n';
        if alone {
            // Without another key there is no map left; sops prints an empty one.
            patches.push(span, |out| {
                out.extend_from_slice(b"{}");
                if ended {
                    out.extend_from_slice(self.layout.newline.as_bytes());
                }
            });
        } else {
            if !ended {
                span.start = self.before_newline(span.start);
            }
            patches.push(span, |_| {});
        }
    }

    fn put(&self, part: usize, tree: &Tree, patches: &mut PatchList<'_>) {
        let stream = &self.layout.stream;
        let Some(document) = stream.documents.get(part) else {
            return self.append(self.source.len(), 0, tree, patches);
        };
        let root = &stream.nodes[document.root];
        if let Some((key, value)) = self.layout.blocks[part] {
            if matches!(root.kind, Kind::Map { flow: true, .. }) {
                let span = Span::new(stream.nodes[key].span.start, end_of(self.layout, value));
                patches.push(span, |out| inner_flow(tree, out));
            } else {
                let span = self.lines(key, value);
                let ended = span.end > span.start && self.source[span.end - 1] == b'\n';
                patches.push(span, |out| {
                    self.write(root.column(), tree, out);
                    if ended {
                        out.extend_from_slice(self.layout.newline.as_bytes());
                    }
                });
            }
            return;
        }
        let end = document
            .end_marker
            .or_else(|| stream.documents.get(part + 1).and_then(|next| next.start_marker))
            .map_or(self.source.len(), |marker| marker.start);
        // Comments below it would belong to the block that took its place.
        let is_all_there_is = |span: Span| {
            (span.start == 0 || self.source[span.start - 1] == b'\n')
                && self.source[span.end..end].iter().all(u8::is_ascii_whitespace)
        };
        match &root.kind {
            // An empty map on a line of its own makes room for one with the block in it.
            Kind::Map { flow: true, pairs } if pairs.is_empty() && is_all_there_is(root.span) => {
                patches.push(root.span, |out| self.write(0, tree, out));
            }
            Kind::Map { flow: true, pairs } => self.put_in_braces(root, pairs, tree, patches),
            Kind::Map { .. } => self.append(end, root.column(), tree, patches),
            _ => {
                // A document that says null makes room for the map.
                let properties = [root.anchor, root.tag.as_ref().map(|tag| tag.span)];
                let start =
                    properties.into_iter().flatten().map(|s| s.start).fold(root.span.start, usize::min);
                if start < root.span.end {
                    patches.push(Span::new(start, root.span.end), |_| {});
                }
                self.append(end, 0, tree, patches);
            }
        }
    }

    fn put_in_braces(
        &self,
        root: &Node,
        pairs: &[(NodeId, NodeId)],
        tree: &Tree,
        patches: &mut PatchList<'_>,
    ) {
        let Some((key, value)) = pairs.last() else {
            return patches.push(Span::at(root.span.start + 1), |out| inner_flow(tree, out));
        };
        let after = end_of(self.layout, *value).max(end_of(self.layout, *key));
        let comma = comma_after(self.source, after);
        let blanks = |at: usize| self.source[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        // Behind the last value, or the comma there, a comment may stand: it stays with the value.
        let next = comma
            .filter(|comma| !self.source[after..*comma].contains(&b'#'))
            .map_or(after, |comma| comma + 1);
        let comment = next + blanks(next);
        if self.source.get(comment) == Some(&b'#') {
            let line =
                comment + self.source[comment..].iter().take_while(|b| !matches!(b, b'\r' | b'\n')).count();
            let lead: &[u8] = if comma.is_none() { b", " } else { b"" };
            let column = root.column() + self.indent;
            let at = comma.filter(|comma| *comma > line).map_or(line, |comma| comma + 1);
            patches.push(Span::at(at), |out| {
                out.extend_from_slice(self.layout.newline.as_bytes());
                out.extend(std::iter::repeat_n(b' ', column));
                out.extend_from_slice(lead);
                inner_flow(tree, out);
            });
            return;
        }
        let (at, lead) = comma.map_or((after, ", "), |comma| (comma + 1, " "));
        patches.push(Span::at(at), |out| {
            out.extend_from_slice(lead.as_bytes());
            inner_flow(tree, out);
        });
    }

    /// Adds the block as lines at `at`, which is the start of a line or the end of the file.
    fn append(&self, at: usize, column: usize, tree: &Tree, patches: &mut PatchList<'_>) {
        let newline = self.layout.newline.as_bytes();
        let open = at > 0 && !matches!(self.source[at - 1], b'\n' | b'\r') && !self.only_mark(at);
        patches.push(Span::at(at), |out| {
            if open {
                out.extend_from_slice(newline);
            }
            self.write(column, tree, out);
            // A file without a last line break stays one.
            if !open {
                out.extend_from_slice(newline);
            }
        });
    }

    fn only_mark(&self, at: usize) -> bool {
        at == 3 && self.source.starts_with(b"\xEF\xBB\xBF")
    }

    fn write(&self, column: usize, tree: &Tree, out: &mut Vec<u8>) {
        out.extend(std::iter::repeat_n(b' ', column));
        emit::block(tree, column, self.indent, self.layout.newline, out);
    }

    /// The lines that the pair takes, with the last line's break.
    fn lines(&self, key: NodeId, value: NodeId) -> Span {
        let key = self.layout.stream.nodes[key].span;
        let line = self.source[..key.start].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let line = if line == 0 && self.source.starts_with(b"\xEF\xBB\xBF") { 3 } else { line };
        let blank = self.source[line..key.start].iter().all(|b| matches!(b, b' ' | b'\t' | b'?' | b'\r'));
        let start = if blank { line } else { key.start };
        let mut end = end_of(self.layout, value).max(key.end);
        if end == 0 || self.source[end - 1] != b'\n' {
            end += self.source[end..].iter().take_while(|&&b| b != b'\n').count();
            end = (end + 1).min(self.source.len());
        }
        Span::new(start, end)
    }

    fn before_newline(&self, at: usize) -> usize {
        match &self.source[..at] {
            [.., b'\r', b'\n'] => at - 2,
            [.., b'\n'] => at - 1,
            _ => at,
        }
    }

    /// What goes when the pair leaves a flow map: the pair and one comma.
    fn flow_region(&self, pairs: &[(NodeId, NodeId)], key: NodeId, value: NodeId) -> Span {
        let start = self.layout.stream.nodes[key].span.start;
        let own = Span::new(start, end_of(self.layout, value).max(self.layout.stream.nodes[key].span.end));
        let Some(index) = pairs.iter().position(|pair| pair.0 == key) else { return own };
        if index > 0 {
            let (key, value) = pairs[index - 1];
            let before = end_of(self.layout, value).max(end_of(self.layout, key));
            let bare = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b',');
            if self.source[before..start].iter().all(bare) {
                return Span::new(before, own.end);
            }
        } else if let Some((next, _)) = pairs.get(1) {
            return Span::new(start, self.layout.stream.nodes[*next].span.start);
        }
        own
    }
}

/// The one pair or item of `tree` as it stands between braces or brackets.
pub(super) fn inner_flow(tree: &Tree, out: &mut Vec<u8>) {
    let mut text = Vec::new();
    emit::flow(tree, &mut text);
    out.extend_from_slice(text.get(1..text.len() - 1).unwrap_or_default());
}

/// Writes `tree` as the root of a first document that has none.
pub(super) fn append_root(document: &Document, layout: &Layout, tree: &Tree, patches: &mut PatchList<'_>) {
    let site = Site { source: &document.source, layout, indent: EmitStyle::default().yaml_indent };
    site.put(0, tree, patches);
}

/// Where a node and all below it end.
pub(super) fn end_of(layout: &Layout, node: NodeId) -> usize {
    let nodes = &layout.stream.nodes;
    let mut end = 0;
    let mut todo = vec![node];
    while let Some(id) = todo.pop() {
        end = end.max(nodes[id].span.end);
        match &nodes[id].kind {
            Kind::Map { flow: false, pairs } => {
                todo.extend(pairs.last().into_iter().flat_map(|p| [p.0, p.1]))
            }
            Kind::List { flow: false, items, .. } => todo.extend(items.last()),
            _ => {}
        }
    }
    end
}

/// The next comma after `at` in a flow collection, past blanks and comments.
pub(super) fn comma_after(source: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match source.get(at)? {
            b',' => return Some(at),
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at += source[at..].iter().take_while(|&&b| b != b'\n').count(),
            _ => return None,
        }
    }
}

/// A block scalar that ends with the file, without a line break, would gain one when lines
/// follow it: its header says "no final line break" from now on.
pub(super) fn close_last_text(
    layout: &Layout,
    source: &[u8],
    edited: &dyn Fn(NodeId) -> bool,
    patches: &mut PatchList<'_>,
) {
    let end = source.len();
    if matches!(source.last(), None | Some(b'\n' | b'\r')) {
        return;
    }
    let last = layout.stream.nodes.iter().enumerate().rev().find(|(id, node)| {
        let block =
            matches!(node.kind, Kind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. });
        block && node.span.end == end && !edited(*id)
    });
    let Some((_, node)) = last else { return };
    let header = &source[node.span.start..];
    let signs = header.iter().skip(1).take_while(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-')).count();
    match header[1..=signs].iter().position(|b| matches!(b, b'+' | b'-')) {
        Some(sign) if header[1 + sign] == b'+' => {
            let at = node.span.start + 1 + sign;
            patches.push(Span::new(at, at + 1), |out| out.push(b'-'));
        }
        Some(_) => {}
        None => patches.push(Span::at(node.span.start + 1), |out| out.push(b'-')),
    }
}
