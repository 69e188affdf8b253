//! Comments: which table or list they belong to.

use toml_parser::parser::Event;

use super::reader::{Reader, span};
use super::{Child, Kind, Made};
use crate::document::toml::scan::{First, Problem};
use crate::document::{Leaf, Scalar, Text};
use crate::leaf::Span;

impl Reader<'_> {
    /// Where the line of a comment begins.
    pub(super) fn start_of(&self, comment: Span) -> usize {
        let before = &self.source.input().as_bytes()[..comment.start];
        before.iter().rposition(|&byte| byte == b'\n').map_or(self.syntax.sections[0].start, |at| at + 1)
    }

    pub(super) fn comment(&mut self, event: &Event) -> Result<(), Problem> {
        let mut first = First::default();
        if let Some(raw) = self.source.get(event) {
            raw.decode_comment(&mut first);
        }
        let place = span(event);
        first.check(place.start)?;
        let container = self.open.last().copied();
        match (container, self.line.item) {
            // Behind a value: it comes before that value, which it is said of.
            (Some(container), Some((parent, node))) if self.is_in_braces(parent, container) => {
                self.add_comment(parent, place, Some(node));
            }
            (Some(container), _) => self.add_comment(container, place, None),
            (None, Some((parent, node))) => self.add_comment(parent, place, Some(node)),
            (None, None) if self.line.header => self.add_comment(self.here, place, None),
            (None, None) => self.waiting.push(place),
        }
        self.line.busy = true;
        Ok(())
    }

    /// Whether a table is the one in braces, or a dotted key made it in there.
    pub(super) fn is_in_braces(&self, mut table: usize, container: usize) -> bool {
        while table != container {
            if self.syntax.nodes[table].kind != Kind::Table(Made::Dotted) {
                return false;
            }
            table = self.syntax.nodes[table].parent;
        }
        true
    }

    /// Adds a comment at the end of a table or list, or before the node that ends it.
    pub(super) fn add_comment(&mut self, table: usize, place: Span, before: Option<usize>) {
        let leaf = self.syntax.leaves.len();
        let path = self.syntax.nodes[table].path;
        let scalar = Scalar::Comment(Text::Source(Span::new(place.start + 1, place.end)));
        self.syntax.leaves.push(Leaf { path, span: place, part: 0, scalar });
        let children = &mut self.syntax.nodes[table].children;
        children.push(Child::Comment(leaf));
        let last = children.len() - 1;
        if let Some(node) = before.filter(|&node| last > 0 && children[last - 1] == Child::Node(node)) {
            children.swap(last - 1, last);
            self.syntax.nodes[node].position = last;
        }
    }

    /// The comments that wait, but for those of the last run, go to a table.
    pub(super) fn place_apart(&mut self, table: usize) {
        let rest = self.waiting.split_off(self.apart);
        let apart = std::mem::replace(&mut self.waiting, rest);
        for comment in apart {
            self.add_comment(table, comment, None);
        }
        self.apart = 0;
    }

    /// The comments that wait go to a table.
    pub(super) fn place_waiting(&mut self, table: usize) {
        for comment in std::mem::take(&mut self.waiting) {
            self.add_comment(table, comment, None);
        }
        self.apart = 0;
    }
}
