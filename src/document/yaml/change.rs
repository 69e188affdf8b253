//! `set` and `unset` on YAML text: one value comes, changes or goes; all else stays.
//!
//! The meaning is sops' (command line §6, `sops.go` Set and Unset), except that a position in
//! a list counts values only, not the comments between them. What comes out is parsed and
//! compared with the change done on the nested view, so an odd layout gives an error, never a
//! file that says something else.

use super::leaves::Place;
use super::node::{Kind, Node, NodeId};
use super::write::{Edited, Page};
use super::{Layout, block, emit};
use crate::document::{
    ChangeError, Document, EmitStyle, Format, Pair, PatchList, Tree, UserStep, reshape as tree,
};
use crate::leaf::Span;
use std::collections::{HashMap, HashSet};

/// See [`Document::with_value`].
pub(in crate::document) fn with_value(
    document: &Document,
    layout: &Layout,
    path: &[UserStep],
    value: &Tree,
) -> Result<Vec<u8>, ChangeError> {
    if let Some(key) = tree::repeated_key(value) {
        let problem =
            format!("the value has the key '{}' twice; YAML allows each once", String::from_utf8_lossy(key));
        return Err(ChangeError::Unwritable(problem));
    }
    let wanted = |tree: &mut Tree| tree::set(tree, path, value);
    apply(document, layout, &wanted, &|change, patches| change.set(path, value, patches))
}

/// See [`Document::without`].
pub(in crate::document) fn without(
    document: &Document,
    layout: &Layout,
    path: &[UserStep],
) -> Result<Vec<u8>, ChangeError> {
    let wanted = |tree: &mut Tree| tree::unset(tree, path);
    apply(document, layout, &wanted, &|change, patches| change.unset(path, patches))
}

fn apply(
    document: &Document,
    layout: &Layout,
    wanted: &dyn Fn(&mut Tree) -> Result<(), ChangeError>,
    act: &dyn Fn(&Change<'_>, &mut PatchList<'_>),
) -> Result<Vec<u8>, ChangeError> {
    let mut expected = tree::values(document);
    let Some(first) = expected.first_mut() else {
        return Err(ChangeError::Unwritable("there is no document".to_owned()));
    };
    wanted(first)?;
    let indent = block::indent(layout, &EmitStyle::default());
    let change = Change { page: Page { document, layout, indent }, document, layout };
    let mut patches = PatchList::default();
    act(&change, &mut patches);
    let bytes = patches.apply(&document.source).bytes;
    let matches = Document::parse(bytes.clone(), Format::Yaml)
        .is_ok_and(|after| tree::same_values(&tree::values(&after), &expected));
    if matches {
        Ok(bytes)
    } else {
        let problem = "the layout of this file leaves no place for the change; use `sops edit`";
        Err(ChangeError::Unwritable(problem.to_owned()))
    }
}

struct Change<'a> {
    page: Page<'a>,
    document: &'a Document,
    layout: &'a Layout,
}

/// How far a path leads into the syntax tree.
enum Reached {
    /// To this node, as a value of `parent`.
    Node { node: NodeId, parent: NodeId, key: Option<NodeId>, index: Option<usize> },
    /// To an alias with this much of the path to go.
    Alias { alias: NodeId, depth: usize },
    /// To this collection, which lacks the step at `depth`.
    Missing { collection: NodeId, depth: usize },
    /// To a document without a root.
    NoRoot,
}

impl Change<'_> {
    fn node(&self, id: NodeId) -> &Node {
        self.page.node(id)
    }

    fn reach(&self, path: &[UserStep]) -> Reached {
        let Some(root) = self.layout.stream.documents.first().map(|document| document.root) else {
            return Reached::NoRoot;
        };
        if matches!(self.node(root).kind, Kind::Scalar { .. }) {
            return Reached::NoRoot;
        }
        let mut at = root;
        let mut last = Reached::Missing { collection: root, depth: 0 };
        for (depth, step) in path.iter().enumerate() {
            let next = match (&self.node(at).kind, step) {
                (Kind::Map { pairs, .. }, UserStep::Key(key)) => pairs
                    .iter()
                    .find(|(name, _)| self.key_text(*name) == key.as_slice())
                    .map(|&(key, value)| (value, Some(key), None)),
                (Kind::List { items, .. }, UserStep::Index(index)) => usize::try_from(*index)
                    .ok()
                    .and_then(|index| items.get(index).map(|item| (*item, None, Some(index)))),
                // A scalar with more path to go is replaced as a whole.
                (Kind::Scalar { .. }, _) => return last,
                _ => None,
            };
            let Some((node, key, index)) = next else {
                return Reached::Missing { collection: at, depth };
            };
            if matches!(self.node(node).kind, Kind::Alias { .. }) && depth + 1 < path.len() {
                return Reached::Alias { alias: node, depth: depth + 1 };
            }
            last = Reached::Node { node, parent: at, key, index };
            at = node;
        }
        last
    }

    fn key_text(&self, mut key: NodeId) -> &[u8] {
        if let Kind::Alias { target } = self.node(key).kind {
            key = target;
        }
        self.layout.stream.text(key, &self.document.source).as_bytes()
    }

    fn set(&self, path: &[UserStep], value: &Tree, patches: &mut PatchList<'_>) {
        match self.reach(path) {
            Reached::NoRoot => {
                let tree = tree::from_path(path, value);
                block::append_root(self.document, self.layout, &tree, patches);
            }
            Reached::Node { node, parent, key, index } => {
                // What the path says below a scalar becomes its value.
                let depth = self.depth_of(path, node);
                let value = tree::from_path(&path[depth..], value);
                self.free_aliases(node, patches);
                self.replace(node, parent, key, index, &value, patches);
            }
            Reached::Alias { alias, depth } => {
                let Some(mut copy) = self.copy_of(alias) else { return };
                if tree::set(&mut copy, &path[depth..], value).is_ok() {
                    patches.push(self.node(alias).span, |out| emit::flow(&copy, out));
                }
            }
            Reached::Missing { collection, depth } => {
                self.free_aliases(collection, patches);
                self.insert(collection, &path[depth..], value, patches);
            }
        }
    }

    /// How many steps of `path` lead to `node`.
    fn depth_of(&self, path: &[UserStep], node: NodeId) -> usize {
        (1..=path.len())
            .find(|&n| matches!(self.reach(&path[..n]), Reached::Node { node: at, .. } if at == node))
            .unwrap_or(path.len())
    }

    /// Aliases of what is about to change keep the old value: they are written out.
    fn free_aliases(&self, changed: NodeId, patches: &mut PatchList<'_>) {
        let nodes = vec![false; self.layout.stream.nodes.len()];
        let mut edited = Edited { nodes, comments: HashSet::new() };
        edited.nodes[changed] = true;
        self.page.aliases(&edited, &HashMap::new(), crate::document::Copies::OneLine, patches);
    }

    fn copy_of(&self, alias: NodeId) -> Option<Tree> {
        let expansion = self.layout.expansions.iter().find(|expansion| expansion.alias == alias)?;
        let items = &self.document.outline[expansion.items.0..expansion.items.1];
        Some(self.page.copy(items, &HashMap::new(), false))
    }

    fn replace(
        &self,
        node: NodeId,
        parent: NodeId,
        key: Option<NodeId>,
        index: Option<usize>,
        value: &Tree,
        patches: &mut PatchList<'_>,
    ) {
        let this = self.node(node);
        let inside = self.page.is_flow(parent);
        let lone = matches!(value, Tree::Leaf(_)) || tree::is_empty(value);
        if inside || matches!(this.kind, Kind::Map { flow: true, .. } | Kind::List { flow: true, .. }) && lone
        {
            let span = self.with_properties(node);
            patches.push(span, |out| {
                if key.is_some() && span.is_empty() {
                    out.push(b' ');
                }
                emit::flow(value, out);
            });
            return;
        }
        match (&this.kind, value) {
            (Kind::Scalar { .. }, Tree::Leaf(value)) if !this.span.is_empty() => {
                let properties = Span::new(self.with_properties(node).start, this.span.start);
                if this.tag.is_some() {
                    patches.push(properties, |_| {});
                }
                let mut opened = PatchList::default();
                self.page.open(Place::new(node, parent, index), value.as_ref(), &mut opened);
                patches.take_over(&opened);
            }
            _ => self.rewrite(node, parent, key, value, patches),
        }
    }

    /// Replaces a whole value in block context, from behind its key or dash.
    fn rewrite(
        &self,
        node: NodeId,
        parent: NodeId,
        key: Option<NodeId>,
        value: &Tree,
        patches: &mut PatchList<'_>,
    ) {
        let source = &self.document.source;
        let column = self.node(parent).column();
        let mut span = Span::new(self.with_properties(node).start, block::end_of(self.layout, node));
        if matches!(self.node(node).kind, Kind::Map { flow: false, .. } | Kind::List { flow: false, .. }) {
            // The comments below its last entry go with it; its last line break stays.
            let rest = source[span.end..].iter().take_while(|&&b| b != b'\n').count();
            let next = (span.end + rest + 1).min(source.len());
            let past = self.past_comments(next, column);
            if past > next {
                span.end = past
                    - if source[..past].ends_with(b"\r\n") {
                        2
                    } else {
                        usize::from(source[past - 1] == b'\n')
                    };
            }
        }
        let mut lead = String::new();
        let mut text = Vec::new();
        if let Some(key) = key {
            let colon = self.node(key).span.end
                + source[self.node(key).span.end..].iter().position(|&b| b == b':').map_or(0, |at| at + 1);
            span = Span::new(colon, span.end.max(colon));
            match value {
                Tree::Leaf(_) => lead.push(' '),
                _ if tree::is_empty(value) => lead.push(' '),
                _ => {
                    let step = self.page.indent * ((column + self.page.indent) / self.page.indent);
                    lead.push_str(self.layout.newline);
                    lead.push_str(&" ".repeat(step));
                    emit::block(value, step, self.page.indent, self.layout.newline, &mut text);
                }
            }
        } else {
            if span.start > 0 && source[span.start - 1] == b'-' {
                lead.push(' ');
            }
            if !matches!(value, Tree::Leaf(_)) && !tree::is_empty(value) {
                let line = source[..span.start].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
                emit::block(
                    value,
                    span.start - line + lead.len(),
                    self.page.indent,
                    self.layout.newline,
                    &mut text,
                );
            }
        }
        if text.is_empty() {
            match value {
                Tree::Leaf(value) => {
                    let wide = self.page.indent * ((column + self.page.indent) / self.page.indent);
                    let spot = emit::Spot {
                        flow: false,
                        block_column: if key.is_some() { wide } else { column + 2 },
                        parent_column: column,
                        newline: self.layout.newline,
                    };
                    emit::scalar(value.as_ref(), &spot, &mut text);
                }
                empty => emit::flow(empty, &mut text),
            }
        }
        // A comment that stands behind the old value goes behind the header of a new block
        // scalar: below it would be text.
        let rest = source[span.end..].iter().take_while(|&&b| b != b'\n' && b != b'\r').count();
        let cut =
            if text.starts_with(b"|") { text.iter().position(|&b| b == b'\n' || b == b'\r') } else { None };
        let behind = Span::new(span.end, span.end + if cut.is_some() { rest } else { 0 });
        let last = behind.end == source.len() && cut.is_some();
        patches.push(Span::new(span.start, behind.end), |out| {
            out.extend_from_slice(lead.as_bytes());
            out.extend_from_slice(&text[..cut.unwrap_or(text.len())]);
            out.extend_from_slice(behind.of(source));
            out.extend_from_slice(&text[cut.unwrap_or(text.len())..]);
            if last {
                out.extend_from_slice(self.layout.newline.as_bytes());
            }
        });
    }

    /// A node's span with its anchor and tag.
    fn with_properties(&self, node: NodeId) -> Span {
        let this = self.node(node);
        let properties = [this.anchor, this.tag.as_ref().map(|tag| tag.span)];
        let start = properties.into_iter().flatten().map(|span| span.start).fold(this.span.start, usize::min);
        Span::new(start, this.span.end)
    }

    /// Adds what is missing at the end of a collection.
    fn insert(&self, collection: NodeId, path: &[UserStep], value: &Tree, patches: &mut PatchList<'_>) {
        let this = self.node(collection);
        let below = tree::from_path(&path[1..], value);
        let (tree, flow, empty, ends) = match (&this.kind, &path[0]) {
            (Kind::Map { flow, pairs }, UserStep::Key(key)) => {
                let ends = pairs
                    .last()
                    .map(|pair| block::end_of(self.layout, pair.1).max(self.node(pair.0).span.end));
                (Tree::Map(vec![Pair::Entry(key.clone(), below)]), *flow, pairs.is_empty(), ends)
            }
            (Kind::List { flow, items, .. }, UserStep::Index(_)) => {
                let ends = items.last().map(|item| block::end_of(self.layout, *item));
                (Tree::List(vec![below]), *flow, items.is_empty(), ends)
            }
            _ => return,
        };
        let is_root = self.layout.stream.documents.first().is_some_and(|d| d.root == collection);
        if flow && empty && is_root {
            patches.push(this.span, |out| {
                emit::block(&tree, this.column(), self.page.indent, self.layout.newline, out)
            });
        } else if flow {
            let (at, lead) = match ends {
                None => (this.span.start + 1, ""),
                Some(end) => match block::comma_after(&self.document.source, end) {
                    Some(comma) => (comma + 1, " "),
                    None => (end, ", "),
                },
            };
            patches.push(Span::at(at), |out| {
                out.extend_from_slice(lead.as_bytes());
                block::inner_flow(&tree, out);
            });
        } else if let Some(end) = ends {
            let source = &self.document.source;
            let mut line = end + source[end..].iter().take_while(|&&b| b != b'\n').count();
            // Comments that are indented further belong to the last entry.
            let past = self.past_comments((line + 1).min(source.len()), this.column());
            if past > line + 1 {
                line = past - usize::from(source[past - 1] == b'\n');
            }
            line -= usize::from(line < source.len() && source[..line].ends_with(b"\r"));
            block::close_last_text(self.layout, source, &|_| false, patches);
            patches.push(Span::at(line), |out| {
                out.extend_from_slice(self.layout.newline.as_bytes());
                out.extend(std::iter::repeat_n(b' ', this.column()));
                emit::block(&tree, this.column(), self.page.indent, self.layout.newline, out);
                if line == source.len() {
                    out.extend_from_slice(self.layout.newline.as_bytes());
                }
            });
        }
    }

    fn unset(&self, path: &[UserStep], patches: &mut PatchList<'_>) {
        match self.reach(path) {
            Reached::Node { node, parent, key, index } => {
                self.free_aliases(node, patches);
                self.remove(node, parent, key, index, patches);
            }
            Reached::Alias { alias, depth } => {
                let Some(mut copy) = self.copy_of(alias) else { return };
                if tree::unset(&mut copy, &path[depth..]).is_ok() {
                    patches.push(self.node(alias).span, |out| emit::flow(&copy, out));
                }
            }
            Reached::Missing { .. } | Reached::NoRoot => {}
        }
    }

    /// Past the comment lines from `at` on that are indented beyond `column`: they belong to
    /// the entry that stands above them.
    fn past_comments(&self, mut at: usize, column: usize) -> usize {
        let source = &self.document.source;
        let mut end = at;
        while at < source.len() {
            let length = source[at..].iter().position(|&b| b == b'\n').map_or(source.len() - at, |n| n + 1);
            let line = &source[at..at + length];
            let indent = line.iter().take_while(|&&b| b == b' ').count();
            at += length;
            match line.get(indent) {
                Some(b'#') if indent > column => end = at,
                Some(b'\r' | b'\n') => {}
                _ => break,
            }
        }
        end
    }

    fn remove(
        &self,
        node: NodeId,
        parent: NodeId,
        key: Option<NodeId>,
        index: Option<usize>,
        patches: &mut PatchList<'_>,
    ) {
        let source = &self.document.source;
        let (flow, starts): (bool, Vec<usize>) = match &self.node(parent).kind {
            Kind::Map { flow, pairs } => {
                (*flow, pairs.iter().map(|pair| self.with_properties(pair.0).start).collect())
            }
            Kind::List { flow: true, items, .. } => {
                (true, items.iter().map(|item| self.with_properties(*item).start).collect())
            }
            Kind::List { .. } => (false, self.node(parent).dashes.iter().map(|dash| dash.start).collect()),
            _ => return,
        };
        let position = match (&self.node(parent).kind, key, index) {
            (Kind::Map { pairs, .. }, Some(key), _) => pairs.iter().position(|pair| pair.0 == key),
            (_, _, index) => index,
        };
        let Some(position) = position else { return };
        let end = key
            .map_or(0, |key| self.node(key).span.end)
            .max(block::end_of(self.layout, node))
            .max(starts[position] + 1);
        if starts.len() == 1 {
            // A list may stand as far left as its key, `[]` may not.
            let empty: &[u8] = match (key, flow) {
                (Some(_), _) => b"{}",
                (None, true) => b"[]",
                (None, false) => b"  []",
            };
            let mut span = Span::new(starts[0], end);
            if flow {
                span = self.node(parent).span;
            } else if key.is_some() && end < source.len() && source[end] == b':' {
                span.end += 1;
            }
            patches.push(span, |out| out.extend_from_slice(empty));
        } else if flow {
            let span = match starts.get(position + 1) {
                Some(next) => Span::new(starts[position], *next),
                None => {
                    let before = source[..starts[position]].iter().rposition(|&b| b == b',');
                    Span::new(before.unwrap_or(starts[position]), end)
                }
            };
            patches.push(span, |_| {});
        } else {
            let line = source[..starts[position]].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
            let whole = source[line..starts[position]].iter().all(|b| matches!(b, b' ' | b'?'));
            let span = match (whole, starts.get(position + 1)) {
                // The first entry stands behind a dash: the next one moves up.
                (false, Some(next)) => Span::new(starts[position], *next),
                _ => {
                    let rest = source[end..].iter().take_while(|&&b| b != b'\n').count();
                    let stop = end + rest;
                    if stop < source.len() {
                        Span::new(line, self.past_comments(stop + 1, starts[position] - line))
                    } else {
                        Span::new(line, stop)
                    }
                }
            };
            patches.push(span, |_| {});
        }
    }
}
