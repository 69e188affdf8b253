//! Which table has what: tokens become a tree of nodes, in the order in which rops walks it.
//!
//! A table stands in the tree where it is first spoken of, but for one that only its own tables had
//! spoken of and that gets a header later: that one comes last in its parent
//! (`toml` 1.1, `src/de/parser/document.rs`).
//!
//! A comment belongs to the table of the key that it stands above or behind, one right above a
//! header to the parent of that table, any other to the table that it stands in.

use std::borrow::Cow;
use std::collections::HashMap;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind};

use super::scan::{First, Problem, events};
use super::{BLOCK, text};
use crate::document::{Leaf, Scalar, Text};
use crate::leaf::{PathId, Paths, Span};

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

type Key<'a> = (Cow<'a, str>, Span);

struct Reader<'a> {
    source: Source<'a>,
    syntax: Syntax,
    names: HashMap<(usize, Cow<'a, str>), usize>,
    /// The table that keys on lines go to.
    here: usize,
    /// The arrays and braces that are open.
    open: Vec<usize>,
    /// The key that is being read.
    keys: Vec<Key<'a>>,
    /// Where the value that comes next goes: table and key.
    slot: Option<(usize, Key<'a>, Span)>,
    line: Line,
    /// Comments on lines of their own that nothing has followed yet.
    waiting: Vec<Span>,
    /// How many of them have a blank line, or another line, behind them.
    apart: usize,
}

/// The line that is being read.
#[derive(Default)]
struct Line {
    start: usize,
    /// Whether anything but blanks is on it.
    busy: bool,
    /// The table and the node that a comment behind belongs to.
    item: Option<(usize, usize)>,
    /// The header that stands on it.
    header: bool,
    /// The key that began on it, outside of braces.
    key: Option<usize>,
}

fn span(event: &Event) -> Span {
    let span = event.span();
    Span::new(span.start(), span.end())
}

impl<'a> Reader<'a> {
    fn new(source: Source<'a>) -> Self {
        let bom = if source.input().starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let root = Node {
            parent: ROOT,
            path: PathId::ROOT,
            kind: Kind::Table(Made::Header),
            children: Vec::new(),
            position: 0,
            value: None,
            line: None,
        };
        let top = Section { table: ROOT, start: bom, above: bom, body: bom, is_block: false };
        Self {
            source,
            syntax: Syntax {
                paths: Paths::default(),
                nodes: vec![root],
                leaves: Vec::new(),
                sections: vec![top],
                lines: Vec::new(),
                newline: b"\n",
                block: None,
            },
            names: HashMap::new(),
            here: ROOT,
            open: Vec::new(),
            keys: Vec::new(),
            slot: None,
            line: Line { start: bom, ..Line::default() },
            waiting: Vec::new(),
            apart: 0,
        }
    }

    fn event(&mut self, event: &Event) -> Result<(), Problem> {
        let place = span(event);
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.line.busy = true;
            }
            EventKind::SimpleKey => {
                self.line.busy = true;
                let key = text::key(self.source, event)?;
                self.keys.push((key, place));
            }
            EventKind::StdTableClose => self.begin_section(false)?,
            EventKind::ArrayTableClose => self.begin_section(true)?,
            EventKind::KeyValSep => self.end_key()?,
            EventKind::Scalar => {
                let scalar = text::scalar(self.source, event)?;
                let leaf = self.syntax.leaves.len();
                self.syntax.leaves.push(Leaf { path: PathId::ROOT, span: place, part: 0, scalar });
                let node = self.value(Kind::Leaf(leaf), place)?;
                self.syntax.leaves[leaf].path = self.syntax.nodes[node].path;
                self.end_value(node, place.end);
            }
            EventKind::ArrayOpen => {
                let node = self.value(Kind::List { of_tables: false }, place)?;
                self.open.push(node);
            }
            EventKind::InlineTableOpen => {
                let node = self.value(Kind::Table(Made::Inline), place)?;
                self.open.push(node);
            }
            EventKind::ArrayClose | EventKind::InlineTableClose => {
                if let Some(node) = self.open.pop() {
                    if let Some(value) = &mut self.syntax.nodes[node].value {
                        value.end = place.end;
                    }
                    self.end_value(node, place.end);
                }
            }
            EventKind::Comment => self.comment(event)?,
            EventKind::Newline => self.newline(event)?,
            EventKind::KeySep | EventKind::ValueSep | EventKind::Whitespace | EventKind::Error => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Syntax {
        self.end_line(self.source.input().len());
        let here = self.here;
        self.place_waiting(here);
        self.syntax
    }

    /// Takes a value to where it belongs.
    fn value(&mut self, kind: Kind, place: Span) -> Result<usize, Problem> {
        let line = self.syntax.lines.len();
        let node = match self.slot.take() {
            Some((table, (name, last), key)) => {
                let node = self.add(table, name, last, kind)?;
                let in_braces = !self.open.is_empty();
                let section = (!in_braces).then(|| self.syntax.sections.len() - 1);
                let start = if in_braces { key.start } else { self.line.start };
                let is_block = !in_braces && self.is_block_line(node);
                self.syntax.lines.push(KeyLine { start, key, end: place.end, section, is_block });
                self.syntax.nodes[node].line = Some(line);
                if !in_braces {
                    self.line.key = Some(line);
                }
                node
            }
            None => {
                let list =
                    *self.open.last().ok_or_else(|| Problem::new(place.start, "a value without key"))?;
                let index = self.items(list);
                let path = self.syntax.paths.index(self.syntax.nodes[list].path, index);
                self.push(list, path, kind)
            }
        };
        self.syntax.nodes[node].value = Some(place);
        Ok(node)
    }

    /// A value is complete.
    fn end_value(&mut self, node: usize, end: usize) {
        let parent = self.syntax.nodes[node].parent;
        self.line.item = Some((parent, node));
        if let Some(line) = self.syntax.nodes[node].line {
            self.syntax.lines[line].end = end;
        }
    }

    /// How many items a list has.
    fn items(&self, list: usize) -> usize {
        match self.syntax.nodes[list].children.iter().rev().find_map(|child| match child {
            Child::Node(node) => Some(*node),
            _ => None,
        }) {
            Some(last) => match self.syntax.paths.last(self.syntax.nodes[last].path) {
                Some(crate::leaf::Step::Index(index)) => index + 1,
                _ => 0,
            },
            None => 0,
        }
    }

    fn push(&mut self, parent: usize, path: PathId, kind: Kind) -> usize {
        let number = self.syntax.nodes.len();
        let children = &mut self.syntax.nodes[parent].children;
        let position = children.len();
        children.push(Child::Node(number));
        let (value, line, children) = (None, None, Vec::new());
        self.syntax.nodes.push(Node { parent, path, kind, children, position, value, line });
        number
    }

    /// Adds a node under a name that is not taken.
    fn add(&mut self, table: usize, name: Cow<'a, str>, at: Span, kind: Kind) -> Result<usize, Problem> {
        if self.names.contains_key(&(table, name.clone())) {
            return Err(Problem::new(at.start, "duplicate key"));
        }
        let path = self.syntax.paths.key(self.syntax.nodes[table].path, name.as_bytes());
        let node = self.push(table, path, kind);
        if table == ROOT && name.as_bytes() == BLOCK {
            self.syntax.block = Some(node);
        }
        self.names.insert((table, name), node);
        Ok(node)
    }

    /// The `=` behind a key: the tables of a dotted one are found or made.
    fn end_key(&mut self) -> Result<(), Problem> {
        let mut keys = std::mem::take(&mut self.keys);
        let Some(last) = keys.pop() else { return Ok(()) };
        let whole = Span::new(keys.first().map_or(last.1.start, |first| first.1.start), last.1.end);
        let mut table = self.open.last().copied().unwrap_or(self.here);
        for (name, at) in keys {
            table = match self.names.get(&(table, name.clone())) {
                None => self.add(table, name, at, Kind::Table(Made::Dotted))?,
                Some(&below) => {
                    let kind = &mut self.syntax.nodes[below].kind;
                    if !matches!(kind, Kind::Table(Made::Dotted | Made::Below)) {
                        return Err(Problem::new(at.start, "a dotted key into what is defined already"));
                    }
                    *kind = Kind::Table(Made::Dotted);
                    below
                }
            };
        }
        if self.open.is_empty() {
            self.place_waiting(if self.is_block_line(table) { ROOT } else { table });
        }
        self.slot = Some((table, last, whole));
        Ok(())
    }

    /// Whether a node that a line before all headers speaks of belongs to the metadata.
    fn is_block_line(&self, mut node: usize) -> bool {
        let Some(block) = self.syntax.block.filter(|_| self.here == ROOT) else { return false };
        while node != ROOT && node != block {
            node = self.syntax.nodes[node].parent;
        }
        node == block
    }

    /// A header.
    fn begin_section(&mut self, of_tables: bool) -> Result<(), Problem> {
        let mut keys = std::mem::take(&mut self.keys);
        let Some((name, at)) = keys.pop() else { return Ok(()) };
        let is_block = match keys.first() {
            Some((first, _)) => first.as_bytes() == BLOCK,
            None => name.as_bytes() == BLOCK,
        };
        let mut parent = ROOT;
        for (name, at) in keys {
            parent = match self.names.get(&(parent, name.clone())) {
                None => self.add(parent, name, at, Kind::Table(Made::Below))?,
                Some(&below) => match self.syntax.nodes[below].kind {
                    Kind::Table(Made::Inline) | Kind::List { of_tables: false } | Kind::Leaf(_) => {
                        return Err(Problem::new(at.start, "a header below what is a value already"));
                    }
                    Kind::Table(_) => below,
                    Kind::List { of_tables: true } => self.last_item(below),
                },
            };
        }
        let above = self.waiting.get(self.apart).map_or(self.line.start, |first| self.start_of(*first));
        let left = self.here;
        let found = self.names.get(&(parent, name.clone())).copied();
        let home = match (found, of_tables) {
            (Some(list), true) => list,
            _ => parent,
        };
        if is_block {
            self.place_waiting(left);
        } else {
            self.place_apart(left);
            if !of_tables || found.is_some() {
                self.place_waiting(home);
            }
        }
        self.here = match (found, of_tables) {
            (None, false) => self.add(parent, name, at, Kind::Table(Made::Header))?,
            (Some(table), false) if self.syntax.nodes[table].kind == Kind::Table(Made::Below) => {
                self.syntax.nodes[table].kind = Kind::Table(Made::Header);
                self.move_last(table);
                table
            }
            (Some(list), true) if self.syntax.nodes[list].kind == (Kind::List { of_tables: true }) => {
                self.add_item(list)
            }
            (None, true) => {
                let list = self.add(parent, name, at, Kind::List { of_tables: true })?;
                self.place_waiting(list);
                self.add_item(list)
            }
            (Some(_), _) => return Err(Problem::new(at.start, "duplicate key")),
        };
        let (table, start) = (self.here, self.line.start);
        self.line.header = true;
        self.syntax.sections.push(Section { table, start, above, body: at.end, is_block });
        Ok(())
    }

    fn add_item(&mut self, list: usize) -> usize {
        let index = self.items(list);
        let path = self.syntax.paths.index(self.syntax.nodes[list].path, index);
        self.push(list, path, Kind::Table(Made::Header))
    }

    fn last_item(&self, list: usize) -> usize {
        let children = self.syntax.nodes[list].children.iter().rev();
        { children }
            .find_map(|child| match child {
                Child::Node(node) => Some(*node),
                _ => None,
            })
            .unwrap_or(list)
    }

    fn move_last(&mut self, node: usize) {
        let Node { parent, position, .. } = self.syntax.nodes[node];
        let children = &mut self.syntax.nodes[parent].children;
        if position + 1 == children.len() {
            return;
        }
        children[position] = Child::Gone;
        children.push(Child::Node(node));
        self.syntax.nodes[node].position = self.syntax.nodes[parent].children.len() - 1;
    }

    /// Where the line of a comment begins.
    fn start_of(&self, comment: Span) -> usize {
        let before = &self.source.input().as_bytes()[..comment.start];
        before.iter().rposition(|&byte| byte == b'\n').map_or(self.syntax.sections[0].start, |at| at + 1)
    }

    fn comment(&mut self, event: &Event) -> Result<(), Problem> {
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
    fn is_in_braces(&self, mut table: usize, container: usize) -> bool {
        while table != container {
            if self.syntax.nodes[table].kind != Kind::Table(Made::Dotted) {
                return false;
            }
            table = self.syntax.nodes[table].parent;
        }
        true
    }

    /// Adds a comment at the end of a table or list, or before the node that ends it.
    fn add_comment(&mut self, table: usize, place: Span, before: Option<usize>) {
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
    fn place_apart(&mut self, table: usize) {
        let rest = self.waiting.split_off(self.apart);
        let apart = std::mem::replace(&mut self.waiting, rest);
        for comment in apart {
            self.add_comment(table, comment, None);
        }
        self.apart = 0;
    }

    /// The comments that wait go to a table.
    fn place_waiting(&mut self, table: usize) {
        for comment in std::mem::take(&mut self.waiting) {
            self.add_comment(table, comment, None);
        }
        self.apart = 0;
    }

    fn newline(&mut self, event: &Event) -> Result<(), Problem> {
        let mut first = First::default();
        if let Some(raw) = self.source.get(event) {
            raw.decode_newline(&mut first);
        }
        let place = span(event);
        first.check(place.start)?;
        if place.len() == 2 && self.syntax.newline == b"\n" && self.is_first_line(place.start) {
            self.syntax.newline = b"\r\n";
        }
        if self.open.is_empty() {
            self.end_line(place.end);
        } else {
            self.line.item = None;
        }
        Ok(())
    }

    fn is_first_line(&self, end: usize) -> bool {
        !self.source.input().as_bytes()[..end].contains(&b'\n')
    }

    /// A line outside of all brackets ends.
    fn end_line(&mut self, end: usize) {
        if !self.line.busy {
            self.apart = self.waiting.len();
        }
        if let Some(line) = self.line.key {
            self.syntax.lines[line].end = end;
        }
        if let Some(section) = self.syntax.sections.last_mut().filter(|_| self.line.header) {
            section.body = end;
        }
        self.line = Line { start: end, ..Line::default() };
    }
}
