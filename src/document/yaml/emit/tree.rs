//! Trees as block lines, with comments where go-yaml puts them (stores §3.1, §3.3).
//!
//! go-yaml keeps one place per kind of comment, and writes what is in it at the next chance:
//! what belongs behind or below a map or list comes behind or below the next scalar. A comment
//! that meets an occupied place, or finds no chance, is lost there; here it is kept.

use super::node::{Node, Rest, append, comments_of_list, comments_of_map};
use super::pen::{Indicator, Pen};
use super::scalar::{Scalar, write_double_like_go, write_literal_head, write_literal_lines, write_single};
use super::shape::is_break;
use super::{content_column, literal_digit};
use crate::document::yaml::node::ScalarStyle;
use crate::document::{Pair, Tree};

/// Comments that wait for their chance.
#[derive(Default)]
struct Waiting {
    /// Goes above the next entry or item, after `tail`.
    head: String,
    /// Goes behind the next scalar.
    line: String,
    /// Waited as `line` when a key came; goes behind that key's value.
    key_line: String,
    /// Goes below the next scalar.
    foot: String,
    /// Goes to the end of the innermost map.
    tail: String,
}

/// A map or list under way.
struct Frame<'t> {
    rest: Rest<'t>,
    /// Column of its keys or dashes.
    column: usize,
    /// Comments above the next entry or item; after the last entry of a map, below it.
    head: String,
    /// Comment that go-yaml has at the end of the node, to go behind what comes next.
    line: String,
    /// Likewise, to go below what comes next.
    foot: String,
}

/// What a frame does next.
enum Step<'t> {
    Entry { head: String, key: &'t [u8], inline: String, value: &'t Tree },
    Item { head: String, item: &'t Tree, foot: String },
    End { tail: String, line: String, foot: String },
}

impl<'t> Frame<'t> {
    const fn new(rest: Rest<'t>, column: usize, line: String, foot: String) -> Self {
        Self { rest, column, head: String::new(), line, foot }
    }

    fn step(&mut self) -> Step<'t> {
        let head = std::mem::take(&mut self.head);
        match &mut self.rest {
            Rest::Map(pairs, inline) => {
                if let Some(Pair::Entry(key, value)) = pairs.next() {
                    let (mut below, mut next_inline) = comments_of_map(pairs);
                    if pairs.as_slice().is_empty() {
                        append(&mut below, std::mem::take(&mut next_inline));
                    }
                    self.head = below;
                    let inline = std::mem::replace(inline, next_inline);
                    return Step::Entry { head, key, inline, value };
                }
            }
            Rest::List(items) => {
                if let Some(item) = items.next() {
                    let below = comments_of_list(items);
                    if items.as_slice().is_empty() {
                        return Step::Item { head, item, foot: below };
                    }
                    self.head = below;
                    return Step::Item { head, item, foot: String::new() };
                }
            }
        }
        let (line, foot) = (std::mem::take(&mut self.line), std::mem::take(&mut self.foot));
        Step::End { tail: head, line, foot }
    }
}

/// Writes trees, one after the other.
pub(super) struct Emitter<'o> {
    pen: Pen<'o>,
    /// Columns per level.
    indent: usize,
    waiting: Waiting,
}

impl<'o> Emitter<'o> {
    /// An emitter that stands at `column` of a line with nothing but blanks before it.
    pub(super) fn new(indent: usize, newline: &'o str, column: usize, out: &'o mut Vec<u8>) -> Self {
        Self { pen: Pen::new(column, newline, out), indent, waiting: Waiting::default() }
    }

    /// Writes a whole document.
    pub(super) fn document(&mut self, tree: &Tree, first: bool) {
        if !first {
            self.pen.indent(0);
            self.pen.joined(|out| out.extend_from_slice(b"---"));
            self.pen.indent(0);
        }
        self.root(tree, 0);
        self.pen.indent(0);
    }

    /// Writes a tree whose keys or dashes stand at `column`. No recursion: input decides how
    /// deep a tree is.
    pub(super) fn root(&mut self, tree: &Tree, column: usize) {
        let (node, head) = Node::of(tree);
        append(&mut self.waiting.head, head);
        self.write_head(column);
        let below = content_column(column, false, self.indent);
        let mut stack = Vec::new();
        if let Some(rest) = self.node(node, column, below) {
            stack.push(Frame::new(rest, column, String::new(), String::new()));
        }
        while let Some(frame) = stack.last_mut() {
            let column = frame.column;
            match frame.step() {
                Step::Entry { head, key, inline, value } => {
                    self.key(head, key, value, column);
                    stack.extend(self.entry_value(inline, value, column));
                }
                Step::Item { head, item, foot } => stack.extend(self.item(head, item, foot, column)),
                Step::End { tail, line, foot } => {
                    append(&mut self.waiting.tail, tail);
                    append(&mut self.waiting.line, line);
                    append(&mut self.waiting.foot, foot);
                    if matches!(frame.rest, Rest::Map(..)) {
                        self.write_head(column);
                    }
                    stack.pop();
                }
            }
        }
        self.write_leftovers(column);
    }

    /// Writes a key with its `:`.
    fn key(&mut self, head: String, key: &[u8], value: &Tree, column: usize) {
        append(&mut self.waiting.head, head);
        self.write_head(column);
        self.pen.indent(column);
        append(&mut self.waiting.key_line, std::mem::take(&mut self.waiting.line));
        let scalar = Scalar::key(key, value);
        let below = content_column(column, false, self.indent);
        if scalar.is_simple_key() {
            self.scalar(&scalar, column, below);
            self.pen.indicator(b':', Indicator::AfterKey);
        } else {
            self.pen.indicator(b'?', Indicator::Leading);
            self.scalar(&scalar, column, below);
            self.pen.indent(column);
            self.pen.indicator(b':', Indicator::Leading);
        }
    }

    /// Writes the value of an entry whose key stands at `column`, or begins to.
    fn entry_value<'t>(&mut self, inline: String, value: &'t Tree, column: usize) -> Option<Frame<'t>> {
        let below = content_column(column, false, self.indent);
        let (node, head) = Node::of(value);
        append(&mut self.waiting.head, head);
        if let Node::Filled(rest) = node {
            if !self.waiting.key_line.is_empty() {
                self.waiting.line = std::mem::take(&mut self.waiting.key_line);
                self.write_line(column);
            }
            self.write_foot(column);
            return Some(Frame::new(rest, below, inline, String::new()));
        }
        append(&mut self.waiting.line, inline);
        if self.waiting.line.is_empty() {
            self.waiting.line = std::mem::take(&mut self.waiting.key_line);
        }
        self.node(node, column, below);
        self.write_line(column);
        self.write_foot(column);
        None
    }

    /// Writes an item whose dash stands at `column`, or begins to.
    fn item<'t>(&mut self, head: String, item: &'t Tree, foot: String, column: usize) -> Option<Frame<'t>> {
        let below = content_column(column, true, self.indent);
        let (node, own_head) = Node::of(item);
        append(&mut self.waiting.head, head);
        append(&mut self.waiting.head, own_head);
        self.write_head(column);
        self.pen.indent(column);
        self.pen.indicator(b'-', Indicator::Leading);
        let frame = match node {
            Node::Filled(rest) => Some(Frame::new(rest, below, String::new(), foot)),
            node => {
                append(&mut self.waiting.foot, foot);
                self.node(node, column, below);
                None
            }
        };
        self.write_line(column);
        self.write_foot(column);
        frame
    }

    /// Writes a leaf or an empty collection; hands back what has more to it.
    fn node<'t>(&mut self, node: Node<'t>, parent: usize, below: usize) -> Option<Rest<'t>> {
        match node {
            Node::Leaf(scalar) => self.scalar(&scalar, parent, below),
            Node::Empty([open, close]) => {
                self.pen.piece(|out| out.push(open));
                if open == b'{' {
                    self.write_head(below);
                }
                self.pen.joined(|out| out.push(close));
            }
            Node::Filled(rest) => return Some(rest),
        }
        None
    }

    fn scalar(&mut self, scalar: &Scalar<'_>, parent: usize, below: usize) {
        let text = &*scalar.text;
        if !scalar.tag.is_empty() {
            self.pen.piece(|out| out.extend_from_slice(scalar.tag.as_bytes()));
        }
        match scalar.style {
            ScalarStyle::Plain => self.pen.piece(|out| out.extend_from_slice(text.as_bytes())),
            ScalarStyle::SingleQuoted => self.pen.piece(|out| write_single(text, below, out)),
            ScalarStyle::DoubleQuoted => self.pen.piece(|out| write_double_like_go(text, out)),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let Some(digit) = literal_digit(scalar.needs_indicator(), below, parent) else {
                    return self.pen.piece(|out| write_double_like_go(text, out));
                };
                self.pen.piece(|out| write_literal_head(text, digit, out));
                if self.waiting.line.is_empty() {
                    self.pen.line_break();
                } else {
                    self.write_line(below);
                }
                let ended = text.ends_with(is_break);
                self.pen.lines(ended, |out, newline| write_literal_lines(text, below, newline, out));
            }
        }
    }

    fn write_head(&mut self, column: usize) {
        for (comment, leaves_gap) in [(&mut self.waiting.tail, true), (&mut self.waiting.head, false)] {
            if !comment.is_empty() {
                self.pen.indent(column);
                self.pen.comment(&std::mem::take(comment), column);
                if leaves_gap {
                    self.pen.leave_gap(column);
                }
            }
        }
    }

    fn write_line(&mut self, column: usize) {
        if !self.waiting.line.is_empty() {
            self.pen.part();
            self.pen.comment(&std::mem::take(&mut self.waiting.line), column);
        }
    }

    fn write_foot(&mut self, column: usize) {
        if !self.waiting.foot.is_empty() {
            self.pen.indent(column);
            self.pen.comment(&std::mem::take(&mut self.waiting.foot), column);
            self.pen.leave_gap(column);
        }
    }

    /// Writes what found no chance, at the end and below a blank line. go-yaml does this for
    /// foot comments; the others would be lost there, or go to the next document.
    fn write_leftovers(&mut self, column: usize) {
        let Waiting { head, line, key_line, foot, tail } = std::mem::take(&mut self.waiting);
        let mut left = foot;
        for comment in [tail, key_line, line, head] {
            append(&mut left, comment);
        }
        if !left.is_empty() {
            self.pen.leave_gap(column);
            self.waiting.foot = left;
            self.write_foot(column);
        }
        self.pen.close_gap();
    }
}
