//! Putting a leaf's new text into its place in a YAML file.
//!
//! A leaf keeps its style while it is encrypted: `'x'` becomes `'ENC[…]'`, a block scalar
//! becomes `|-` with one line. That is how decrypting knows how to write the value back. In
//! brackets and braces a plain scalar becomes `'ENC[…]'`, since the token has commas.

use super::leaves::{Expansion, Origin, Place};
use super::node::{Kind, Node, NodeId, ScalarStyle};
use super::{Layout, block, emit};
use crate::document::{
    Copies, Document, Edits, Format, Item, Pair, PatchList, Replacement, Scalar, SpliceError, Text, Tree,
};
use crate::leaf::{Span, Step, Value, ValueRef};
use std::collections::{HashMap, HashSet};

/// The patches that carry out `edits`.
pub(in crate::document) fn plan<'a>(
    document: &Document,
    layout: &Layout,
    edits: &Edits<'a>,
) -> Result<PatchList<'a>, SpliceError> {
    let mut patches = PatchList::with_capacity(edits.leaves.len() + 1);
    let mut edited = Edited { nodes: vec![false; layout.stream.nodes.len()], comments: HashSet::new() };
    let mut copies = HashMap::new();
    let indent = block::indent(layout, &edits.style);
    let page = Page { document, layout, indent };
    for &(leaf, replacement) in &edits.leaves {
        match layout.origins[leaf] {
            Origin::Comment { .. } => {
                if !layout.expansions.is_empty()
                    && matches!(replacement, Replacement::Sealed(_) | Replacement::Kept(_))
                {
                    edited.comments.insert(document.leaves[leaf].span);
                }
                page.comment(leaf, replacement, &mut patches);
            }
            Origin::Copy => {
                copies.insert(leaf, replacement);
            }
            Origin::Node(place) => {
                edited.nodes[place.node()] = true;
                page.scalar(leaf, place, replacement, &mut patches)?;
            }
        }
    }
    if !layout.expansions.is_empty() && !edits.leaves.is_empty() {
        page.aliases(&edited, &copies, edits.copies, &mut patches);
    }
    page.emptied_lists(edits, &mut patches);
    block::plan(document, layout, edits.block, &edits.style, &|node| edited.nodes[node], &mut patches);
    Ok(patches)
}

/// What is replaced.
pub(super) struct Edited {
    pub(super) nodes: Vec<bool>,
    /// The texts of comments that become ciphertext. A copy of one would be the ciphertext of
    /// another path.
    pub(super) comments: HashSet<Span>,
}

/// A document being written to.
pub(super) struct Page<'a> {
    pub(super) document: &'a Document,
    pub(super) layout: &'a Layout,
    /// Columns per level.
    pub(super) indent: usize,
}

impl Page<'_> {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.layout.stream.nodes[id]
    }

    pub(super) fn is_flow(&self, collection: NodeId) -> bool {
        matches!(self.node(collection).kind, Kind::Map { flow: true, .. } | Kind::List { flow: true, .. })
    }

    fn comment<'a>(&self, leaf: usize, replacement: Replacement<'a>, patches: &mut PatchList<'a>) {
        let text = match replacement {
            Replacement::Sealed(bytes) | Replacement::Kept(bytes) => bytes,
            Replacement::Opened(ValueRef::Comment(text) | ValueRef::Str(text)) => text,
            Replacement::Opened(_) => return,
        };
        patches.lend(self.document.leaves[leaf].span, text);
    }

    fn scalar<'a>(
        &self,
        leaf: usize,
        place: Place,
        replacement: Replacement<'a>,
        patches: &mut PatchList<'a>,
    ) -> Result<(), SpliceError> {
        match replacement {
            Replacement::Sealed(token) => self.seal(place, token, patches),
            Replacement::Kept(token) => {
                // A bare token is enough where it would be opened to the very text that stands here.
                if self.opens_to_source(leaf, place) {
                    self.drop_tag(place.node(), patches);
                    self.write_parts(place, Parts { head: token, body: None, below: false }, patches);
                } else {
                    self.seal(place, token, patches);
                }
            }
            Replacement::Opened(ValueRef::Comment(text)) => self.open_comment(leaf, place, text, patches)?,
            Replacement::Opened(value) => self.open(place, value, patches),
        }
        Ok(())
    }

    fn style(&self, node: NodeId) -> ScalarStyle {
        match self.node(node).kind {
            Kind::Scalar { style, .. } => style,
            _ => ScalarStyle::Plain,
        }
    }

    fn seal<'a>(&self, place: Place, token: &'a [u8], patches: &mut PatchList<'a>) {
        self.drop_tag(place.node(), patches);
        let node = self.node(place.node());
        match self.style(place.node()) {
            ScalarStyle::Plain if self.is_flow(place.parent()) => patches.push(node.span, |out| {
                out.push(b'\'');
                out.extend_from_slice(token);
                out.push(b'\'');
            }),
            // Quotes stay.
            ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                patches.lend(node.text_span(), token);
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let mut body = vec![b' '; self.text_column(place)];
                body.extend_from_slice(token);
                self.write_parts(place, Parts { head: b"|-", body: Some(&body), below: true }, patches);
            }
        }
    }

    pub(super) fn open<'a>(&self, place: Place, value: ValueRef<'a>, patches: &mut PatchList<'a>) {
        if let (ValueRef::Str(text), ScalarStyle::Plain) = (value, self.style(place.node()))
            && emit::is_surely_plain(text)
        {
            return patches.lend(self.node(place.node()).span, text);
        }
        if self.style(place.node()) == ScalarStyle::Plain && !matches!(value, ValueRef::Str(_)) {
            // One line, like the text that it takes the place of.
            let spot = self.spot(place);
            return patches.push(self.node(place.node()).span, |out| emit::scalar(value, &spot, out));
        }
        let text = self.opened(place, value);
        // A block scalar's first line may have a comment behind it: the text goes below that.
        let cut = if matches!(text.first(), Some(b'|' | b'>')) {
            text.iter().position(|&b| b == b'\n')
        } else {
            None
        };
        match cut {
            None => self.write_parts(place, Parts { head: &text, body: None, below: false }, patches),
            Some(cut) => {
                let head = text[..cut].strip_suffix(b"\r").unwrap_or(&text[..cut]);
                let parts = Parts { head, body: Some(&text[cut + 1..]), below: true };
                self.write_parts(place, parts, patches);
            }
        }
    }

    /// The text of `value` in the style that stands at `place`.
    fn opened(&self, place: Place, value: ValueRef<'_>) -> Vec<u8> {
        let spot = self.spot(place);
        let mut text = Vec::new();
        if let ValueRef::Str(bytes) = value {
            let style = match self.style(place.node()) {
                ScalarStyle::Plain => None,
                ScalarStyle::SingleQuoted if spot.flow => None,
                ScalarStyle::Folded => Some(ScalarStyle::Literal),
                style => Some(style),
            };
            if let Some(style) = style {
                let fallback = (style == ScalarStyle::SingleQuoted).then_some(ScalarStyle::DoubleQuoted);
                for style in [Some(style), fallback].into_iter().flatten() {
                    if emit::scalar_in_style(style, bytes, &spot, &mut text) {
                        return text;
                    }
                }
            }
        }
        emit::scalar(value, &spot, &mut text);
        text
    }

    /// Whether a bare token in place of the source's text would be opened to that text.
    fn opens_to_source(&self, leaf: usize, place: Place) -> bool {
        let node = self.node(place.node());
        if self.is_flow(place.parent()) || node.tag.is_some() {
            return false;
        }
        let spot = self.fresh_spot(place);
        let mut text = Vec::new();
        emit::scalar(self.document.value(leaf), &spot, &mut text);
        text == node.span.of(&self.document.source)
    }

    fn spot(&self, place: Place) -> emit::Spot<'_> {
        let mut spot = self.fresh_spot(place);
        if matches!(self.style(place.node()), ScalarStyle::Literal | ScalarStyle::Folded) {
            spot.block_column = self.text_column(place);
        }
        spot
    }

    /// The spot of a scalar that is not a block scalar yet: go-yaml's indentation, with the
    /// file's own step (stores §3.1).
    fn fresh_spot(&self, place: Place) -> emit::Spot<'_> {
        let parent = self.node(place.parent()).column();
        let block_column = if place.index().is_some() {
            parent + 2
        } else {
            self.indent * ((parent + self.indent) / self.indent)
        };
        emit::Spot {
            flow: self.is_flow(place.parent()),
            block_column,
            parent_column: parent,
            newline: self.layout.newline,
        }
    }

    /// The column of a block scalar's text lines.
    fn text_column(&self, place: Place) -> usize {
        let source = &self.document.source;
        let span = self.node(place.node()).span;
        let mut lines = span.of(source).split(|&b| b == b'\n');
        let header = lines.next().unwrap_or_default();
        let parent = self.node(place.parent()).column();
        // With an indicator the column is given; the text itself may begin with blanks.
        if let Some(digit) = header.iter().skip(1).take(2).find(|b| b.is_ascii_digit()) {
            let fresh = self.fresh_spot(place).block_column;
            let given = parent + usize::from(digit - b'0');
            let fits = lines.clone().all(|line| {
                line.iter().take_while(|&&b| b == b' ').count() >= given || line.trim_ascii().is_empty()
            });
            return if fits { given } else { fresh };
        }
        lines
            .find(|line| !line.trim_ascii().is_empty())
            .map(|line| line.iter().take_while(|&&b| b == b' ').count())
            .filter(|&column| column > 0)
            .unwrap_or_else(|| self.fresh_spot(place).block_column)
    }

    /// Takes away a tag that the token would not fit; custom tags and `!!str` stay.
    fn drop_tag(&self, node: NodeId, patches: &mut PatchList<'_>) {
        let node = self.node(node);
        let Some(tag) = &node.tag else { return };
        let core = tag.name.strip_prefix("tag:yaml.org,2002:").is_some_and(|name| name != "str");
        if core {
            let next =
                node.anchor.filter(|anchor| anchor.start > tag.span.end).map_or(node.span.start, |a| a.start);
            patches.push(Span::new(tag.span.start, next), |_| {});
        }
    }

    fn write_parts(&self, place: Place, parts: Parts<'_>, patches: &mut PatchList<'_>) {
        let source = &self.document.source;
        let span = self.node(place.node()).span;
        let block = matches!(self.style(place.node()), ScalarStyle::Literal | ScalarStyle::Folded);
        if !block && !parts.below {
            patches.push(span, |out| out.extend_from_slice(parts.head));
            return;
        }
        // The old text's header is its indicator; a comment may follow, then the lines.
        let (head, body) = if block {
            let text = span.of(source);
            let sign =
                text.iter().skip(1).take_while(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-')).count();
            let line = text.iter().position(|&b| b == b'\n' || b == b'\r').unwrap_or(text.len());
            (Span::new(span.start, span.start + 1 + sign), Span::new(span.start + line, span.end))
        } else {
            let rest = &source[span.end..];
            let line = rest.iter().position(|&b| b == b'\n' || b == b'\r').unwrap_or(rest.len());
            (span, Span::at(span.end + line))
        };
        patches.push(head, |out| out.extend_from_slice(parts.head));
        patches.push(body, |out| {
            if let Some(text) = parts.body {
                out.extend_from_slice(self.layout.newline.as_bytes());
                out.extend_from_slice(text);
                // At the end of a file without a last line break the text would lose its own.
                if body.end == source.len() {
                    out.extend_from_slice(self.layout.newline.as_bytes());
                }
            }
        });
    }

    /// A list comment that sops turned into an item becomes a comment line again.
    fn open_comment(
        &self,
        leaf: usize,
        place: Place,
        text: &[u8],
        patches: &mut PatchList<'_>,
    ) -> Result<(), SpliceError> {
        let dash = place.index().and_then(|index| self.node(place.parent()).dashes.get(index).copied());
        let Some(dash) = dash else {
            return Err(SpliceError::Unwritable {
                path: self.document.paths.display(self.document.leaves[leaf].path),
                format: Format::Yaml,
                kind: "comment",
            });
        };
        patches.push(Span::new(dash.start, self.node(place.node()).span.end), |out| {
            out.push(b'#');
            out.extend_from_slice(text);
        });
        Ok(())
    }

    /// A list whose items were all comments gets `[]` below them, or it would be null.
    fn emptied_lists(&self, edits: &Edits<'_>, patches: &mut PatchList<'_>) {
        let mut lists: HashMap<NodeId, (usize, NodeId)> = HashMap::new();
        for &(leaf, replacement) in &edits.leaves {
            if let (Origin::Node(place), Replacement::Opened(ValueRef::Comment(_))) =
                (self.layout.origins[leaf], replacement)
                && place.index().is_some()
            {
                let entry = lists.entry(place.parent()).or_insert((0, place.node()));
                entry.0 += 1;
                entry.1 = place.node();
            }
        }
        for (list, (comments, last)) in lists {
            if matches!(&self.node(list).kind, Kind::List { items, .. } if items.len() == comments) {
                patches.push(Span::at(self.node(last).span.end), |out| {
                    out.extend_from_slice(self.layout.newline.as_bytes());
                    out.extend(std::iter::repeat_n(b' ', self.node(list).column()));
                    out.extend_from_slice(b"[]");
                });
            }
        }
    }

    /// Aliases are written out where their copy, or what they name, is encrypted: a reader
    /// would take the ciphertext of another path, which does not authenticate.
    pub(super) fn aliases(
        &self,
        edited: &Edited,
        copies: &HashMap<usize, Replacement<'_>>,
        form: Copies,
        patches: &mut PatchList<'_>,
    ) {
        for expansion in &self.layout.expansions {
            let items = &self.document.outline[expansion.items.0..expansion.items.1];
            let Kind::Alias { target } = self.node(expansion.alias).kind else { continue };
            let changed = items.iter().any(|item| {
                matches!(item, Item::Leaf(leaf) if copies.contains_key(leaf) || self.copies_any(*leaf, &edited.comments))
            });
            if !changed && !self.holds(target, &edited.nodes) {
                continue;
            }
            let flow = self.is_flow(expansion.parent);
            let comments = form == Copies::WithComments;
            let tree = self.copy(items, copies, comments);
            if comments && !matches!(tree, Tree::Leaf(_)) && has_comments(&tree) {
                self.write_with_comments(expansion, &tree, patches);
                continue;
            }

            patches.push(self.node(expansion.alias).span, |out| match &tree {
                Tree::Leaf(value) => {
                    let parent = self.node(expansion.parent).column();
                    // On one line, whatever the value: more may follow the alias.
                    let spot = emit::Spot {
                        flow: true,
                        block_column: parent + 2,
                        parent_column: parent,
                        newline: self.layout.newline,
                    };
                    match value {
                        Value::Str(token) if token.starts_with(b"ENC[") && !flow => {
                            out.extend_from_slice(token)
                        }
                        value => emit::scalar(value.as_ref(), &spot, out),
                    }
                }
                tree => emit::flow(tree, out),
            });
        }
    }

    /// Writes a copy with its comments: on lines of its own, or where that cannot be, in braces
    /// with each comment on a line of its own.
    fn write_with_comments(&self, expansion: &Expansion, tree: &Tree, patches: &mut PatchList<'_>) {
        let (parent, span) = (self.node(expansion.parent), self.node(expansion.alias).span);
        let in_list = matches!(parent.kind, Kind::List { .. });
        let column = emit::content_column(parent.column(), in_list, self.indent);
        let mut rest = self.document.source[span.end..].iter();
        let alone = matches!(rest.find(|b| !matches!(b, b' ' | b'\t' | b'\r')), None | Some(b'\n'));
        if alone && !self.is_flow(expansion.parent) {
            patches.push(span, |out| {
                if !in_list {
                    out.extend_from_slice(self.layout.newline.as_bytes());
                    out.extend(std::iter::repeat_n(b' ', column));
                }
                emit::block(tree, column, self.indent, self.layout.newline, out);
            });
        } else {
            let start = format!("{}{}", self.layout.newline, " ".repeat(column + 1));
            patches.push(span, |out| emit::flow_with_comments(tree, &start, out));
        }
    }

    /// Whether a leaf of a copy is the copy of one of these comments.
    fn copies_any(&self, leaf: usize, comments: &HashSet<Span>) -> bool {
        matches!(&self.document.leaves[leaf].scalar, Scalar::Comment(Text::Source(span)) if comments.contains(span))
    }

    fn holds(&self, node: NodeId, edited: &[bool]) -> bool {
        let mut todo = vec![node];
        let mut seen = HashSet::new();
        while let Some(id) = todo.pop() {
            if !seen.insert(id) {
                continue;
            }
            if edited[id] {
                return true;
            }
            match &self.node(id).kind {
                Kind::Map { pairs, .. } => todo.extend(pairs.iter().map(|pair| pair.1)),
                Kind::List { items, .. } => todo.extend(items),
                Kind::Alias { target } => todo.push(*target),
                Kind::Scalar { .. } => {}
            }
        }
        false
    }

    /// What an alias stands for, with the replacements in it.
    pub(super) fn copy(
        &self,
        items: &[Item],
        copies: &HashMap<usize, Replacement<'_>>,
        comments: bool,
    ) -> Tree {
        let mut open: Vec<(Option<Vec<u8>>, Tree)> = Vec::new();
        let name = |path| match self.document.paths.last(path) {
            Some(Step::Key(key)) => Some(key.to_vec()),
            _ => None,
        };
        let mut whole = Tree::Leaf(Value::Null);
        for item in items {
            let (key, done) = match *item {
                Item::OpenMap(path) => {
                    open.push((name(path), Tree::Map(Vec::new())));
                    continue;
                }
                Item::OpenList(path) => {
                    open.push((name(path), Tree::List(Vec::new())));
                    continue;
                }
                Item::Close => match open.pop() {
                    Some((key, mut done)) => {
                        // What is in an empty collection decides nothing.
                        match &mut done {
                            Tree::Map(pairs) if !pairs.iter().any(|p| matches!(p, Pair::Entry(..))) => {
                                pairs.clear()
                            }
                            Tree::List(items)
                                if items.iter().all(|item| matches!(item, Tree::Leaf(Value::Comment(_)))) =>
                            {
                                items.clear();
                            }
                            _ => {}
                        }
                        (key, done)
                    }
                    None => continue,
                },
                Item::Leaf(leaf) => {
                    if self.document.leaves[leaf].is_comment() {
                        let text = match copies.get(&leaf) {
                            Some(Replacement::Sealed(token) | Replacement::Kept(token)) => token.to_vec(),
                            _ => match self.document.value(leaf) {
                                ValueRef::Comment(text) => text.to_vec(),
                                _ => continue,
                            },
                        };
                        match open.last_mut() {
                            Some((_, Tree::Map(pairs))) if comments => {
                                pairs.push(Pair::Comment { text, inline: false });
                            }
                            Some((_, Tree::List(list))) if comments => {
                                list.push(Tree::Leaf(Value::Comment(text)));
                            }
                            _ => {}
                        }
                        continue;
                    }
                    let value = match copies.get(&leaf) {
                        Some(Replacement::Sealed(token) | Replacement::Kept(token)) => {
                            Value::Str(token.to_vec())
                        }
                        Some(Replacement::Opened(value)) => (*value).to_owned(),
                        None => match self.document.value(leaf) {
                            // Go's spelling of it, `-0`, would be read as an integer, which has no sign.
                            ValueRef::Float(zero) if zero == 0.0 && zero.is_sign_negative() => {
                                Value::BigInt("-0.0".into())
                            }
                            value => value.to_owned(),
                        },
                    };
                    (name(self.document.leaves[leaf].path), Tree::Leaf(value))
                }
            };
            match open.last_mut() {
                Some((_, Tree::Map(pairs))) => pairs.push(Pair::Entry(key.unwrap_or_default(), done)),
                Some((_, Tree::List(list))) => list.push(done),
                _ => whole = done,
            }
        }
        whole
    }
}

fn has_comments(tree: &Tree) -> bool {
    let mut todo = vec![tree];
    while let Some(tree) = todo.pop() {
        match tree {
            Tree::Map(pairs) => {
                for pair in pairs {
                    match pair {
                        Pair::Entry(_, value) => todo.push(value),
                        Pair::Comment { .. } => return true,
                    }
                }
            }
            Tree::List(items) => todo.extend(items),
            Tree::Leaf(Value::Comment(_)) => return true,
            Tree::Leaf(_) => {}
        }
    }
    false
}

/// A scalar's new text: what stands in its place, and for a block scalar the lines below.
struct Parts<'a> {
    head: &'a [u8],
    body: Option<&'a [u8]>,
    below: bool,
}
