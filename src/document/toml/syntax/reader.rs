//! The tokens, one after the other, as they make the tree.

use std::borrow::Cow;
use std::collections::HashMap;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind};

use super::{Child, KeyLine, Kind, Made, Node, ROOT, Section, Syntax};
use crate::document::Leaf;
use crate::document::toml::scan::{First, Problem};
use crate::document::toml::{BLOCK, text};
use crate::leaf::{PathId, Paths, Span, Step};

type Key<'a> = (Cow<'a, str>, Span);

pub(super) struct Reader<'a> {
    pub(super) source: Source<'a>,
    pub(super) syntax: Syntax,
    names: HashMap<(usize, Cow<'a, str>), usize>,
    /// The table that keys on lines go to.
    pub(super) here: usize,
    /// The arrays and braces that are open.
    pub(super) open: Vec<usize>,
    /// The key that is being read.
    keys: Vec<Key<'a>>,
    /// Where the value that comes next goes: table and key.
    slot: Option<(usize, Key<'a>, Span)>,
    pub(super) line: Line,
    /// Comments on lines of their own that nothing has followed yet.
    pub(super) waiting: Vec<Span>,
    /// How many of them have a blank line, or another line, behind them.
    pub(super) apart: usize,
}

/// The line that is being read.
#[derive(Default)]
pub(super) struct Line {
    start: usize,
    /// Whether anything but blanks is on it.
    pub(super) busy: bool,
    /// The table and the node that a comment behind belongs to.
    pub(super) item: Option<(usize, usize)>,
    /// The header that stands on it.
    pub(super) header: bool,
    /// The key that began on it, outside of braces.
    key: Option<usize>,
}

pub(super) fn span(event: &Event) -> Span {
    let span = event.span();
    Span::new(span.start(), span.end())
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
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

    pub(super) fn event(&mut self, event: &Event) -> Result<(), Problem> {
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

    pub(super) fn finish(mut self) -> Syntax {
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
                Some(Step::Index(index)) => index + 1,
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
