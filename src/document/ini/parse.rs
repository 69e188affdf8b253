//! Reading: statements become leaves with their paths, and the section `[sops]` a tree.

use std::collections::{BTreeSet, HashMap};

use memchr::memchr2;

use super::blank::trimmed_len;
use super::comment::{Behind, Comment};
use super::scan::{Form, Key, Line, Problem, Scanner, Statement};
use super::text::About;
use super::value::{self, Dialect};
use super::{DuplicateKey, Header, KeyLine, Layout, Section, Seen};
use crate::document::flat::{self, FlatError};
use crate::document::{Document, Engine, Item, Leaf, ParseError, ParseErrorKind, Scalar, Text, Tree, splice};
use crate::leaf::{PathId, Paths, Span};

/// The section of keys before any header.
pub(super) const DEFAULT: &[u8] = b"DEFAULT";
/// The section of the metadata.
pub(super) const BLOCK: &[u8] = b"sops";

/// Reads an INI document; see [`Document::parse`].
pub(in crate::document) fn parse(source: Vec<u8>) -> Result<Document, ParseError> {
    let bom = byte_order_mark(&source);
    let mut reader = Reader::new(&source, bom);
    let read = statements(&source, bom).and_then(|statements| reader.read(statements));
    if let Err(problem) = read {
        return Err(error(&source, problem.at, problem.text.to_owned()));
    }
    let Reader { paths, leaves, outline, layout, block, .. } = reader;
    let metadata = block.map(|pairs| unflatten(&pairs));
    Ok(Document { paths, leaves, outline, metadata, engine: Engine::Ini(Box::new(layout)), source })
}

fn error(source: &[u8], at: usize, problem: String) -> ParseError {
    let (line, column) = splice::position(source, at);
    ParseError { line, column, problem, kind: ParseErrorKind::Syntax }
}

/// The length of the byte order mark. Those of UTF-16 are dropped as well; what follows is
/// read as bytes.
fn byte_order_mark(source: &[u8]) -> usize {
    match source {
        [0xEF, 0xBB, 0xBF, ..] => 3,
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] => 2,
        _ => 0,
    }
}

fn statements(source: &[u8], bom: usize) -> Result<Vec<Statement>, Problem> {
    let mut scanner = Scanner::new(source, bom);
    let mut statements = Vec::new();
    while let Some(statement) = scanner.next()? {
        statements.push(statement);
    }
    Ok(statements)
}

fn unflatten(pairs: &[(Vec<u8>, Vec<u8>)]) -> Result<Tree, FlatError> {
    let pairs: Vec<_> = pairs.iter().map(|(name, text)| (name.clone(), flat::unescape(text))).collect();
    flat::unflatten(&pairs)
}

/// A key of the section that is being read.
struct Open {
    name: Vec<u8>,
    /// Its number in [`Layout::keys`].
    key: usize,
    span: Span,
    scalar: Scalar,
    /// Its comment, and the comment that sops drops.
    comment: Option<Found>,
    tail: Option<Found>,
}

/// A comment with its place and its text.
type Found = (Comment, Span, Scalar);

/// What comes after a section.
#[derive(PartialEq, Eq)]
enum Next {
    Section,
    Nothing,
}

struct Reader<'a> {
    source: &'a [u8],
    dialect: Dialect,
    paths: Paths,
    leaves: Vec<Leaf>,
    outline: Vec<Item>,
    layout: Layout,
    /// The metadata of the first section `[sops]`.
    block: Option<Vec<(Vec<u8>, Vec<u8>)>>,
    /// The comment of the section that is being read, and its keys.
    head: Option<Found>,
    open: Vec<Open>,
    /// Comment lines that wait for their header or key.
    run: Vec<Line>,
    /// The number of the next key `-`.
    count: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a [u8], bom: usize) -> Self {
        let crlf = memchr::memchr(b'\n', source).is_some_and(|at| at > 0 && source[at - 1] == b'\r');
        Self {
            source,
            dialect: Dialect::Author,
            paths: Paths::default(),
            leaves: Vec::new(),
            outline: vec![Item::OpenMap(PathId::ROOT)],
            layout: Layout {
                bom,
                newline: if crlf { b"\r\n" } else { b"\n" },
                sections: Vec::new(),
                keys: Vec::new(),
                comments: Vec::new(),
                seen: Vec::new(),
                cut: BTreeSet::new(),
                blocks: Vec::new(),
                duplicates: Vec::new(),
            },
            block: None,
            head: None,
            open: Vec::new(),
            run: Vec::new(),
            count: 1,
        }
    }

    fn read(&mut self, statements: Vec<Statement>) -> Result<(), Problem> {
        let source = self.source;
        let is_block = |name: Span| name.of(source) == BLOCK;
        if statements.iter().any(|s| matches!(s, Statement::Header { name, .. } if is_block(*name))) {
            self.dialect = Dialect::Sops;
        }
        self.begin(DEFAULT.to_vec(), None);
        // The metadata of the section `[sops]` that is being read.
        let mut block: Option<Vec<(Vec<u8>, Vec<u8>)>> = None;
        for statement in statements {
            match statement {
                Statement::Comment(line) => self.run.push(line),
                Statement::Header { line, name, after } => {
                    self.count = 1;
                    if let Some(pairs) = block.take() {
                        self.block.get_or_insert(pairs);
                    } else {
                        self.end(if is_block(name) { Next::Nothing } else { Next::Section });
                    }
                    if is_block(name) {
                        self.run.clear();
                        block = Some(Vec::new());
                        self.layout.blocks.push(Span::new(line.start, line.end));
                    } else {
                        self.begin(name.of(self.source).to_vec(), Some((line, after)));
                    }
                }
                Statement::Key(key) => match &mut block {
                    None => self.key(key)?,
                    Some(pairs) => {
                        self.run.clear();
                        if let Some(last) = self.layout.blocks.last_mut() {
                            last.end = key.line.end;
                        }
                        pairs.push(field(self.source, &key)?);
                    }
                },
            }
        }
        match block {
            Some(pairs) => {
                self.block.get_or_insert(pairs);
                if let Some(last) = self.layout.blocks.last_mut() {
                    last.end = self.source.len();
                }
            }
            None => self.end(Next::Nothing),
        }
        if let Some(pairs) = &mut self.block {
            keep_last(pairs);
        }
        self.outline.push(Item::Close);
        Ok(())
    }

    fn begin(&mut self, name: Vec<u8>, header: Option<(Line, usize)>) {
        let path = self.paths.key(PathId::ROOT, &name);
        let keys = self.layout.keys.len();
        let header = header.map(|(line, after)| {
            let rest = after..after + trimmed_len(&self.source[after..line.end]);
            let marker = memchr2(b'#', b';', &self.source[rest.clone()]).map(|at| after + at);
            let junk = junk(self.source, after, marker.unwrap_or(rest.end));
            let behind = marker.map(|at| Behind {
                from: junk.map_or(after, |junk| junk.end),
                comment: Span::new(at, rest.end),
            });
            let run = std::mem::take(&mut self.run);
            self.head = Comment::of(self.source, &run, behind, About::Section, Some(line));
            Header { line, junk, comment: None }
        });
        self.layout.sections.push(Section { name, path, header, keys: keys..keys });
    }

    fn key(&mut self, key: Key) -> Result<(), Problem> {
        let Key { line, name, form } = key;
        let mut read = None;
        let mut odd = false;
        let (mut junk_behind, mut behind, mut tail) = (None, None, None);
        let (span, scalar) = match &form {
            Form::Bare => {
                if self.dialect == Dialect::Sops {
                    return Err(Problem { at: line.text, text: "key-value delimiter not found" });
                }
                odd = true;
                behind = memchr2(b'#', b';', &self.source[name.end..line.end])
                    .map(|at| Behind { from: name.end, comment: Span::new(name.end + at, line.end) });
                (Span::at(name.end), Text::Source(Span::at(name.end)))
            }
            Form::Empty(at) => (Span::at(*at), Text::Source(Span::at(*at))),
            Form::Line(text) => {
                let found = value::read(self.source, *text, self.dialect);
                odd = self.dialect == Dialect::Author
                    && found != value::read(self.source, *text, Dialect::Sops);
                behind = found.comment.map(|comment| Behind { from: found.whole.end, comment });
                read = Some(found);
                (found.whole, Text::Source(found.content))
            }
            Form::Joined { span, text } => (*span, Text::Owned(text.as_slice().into())),
            Form::Fenced { fence, content, tail: rest, lines } => {
                let close = content.end + fence.text().len();
                let marker = memchr2(b'#', b';', rest.of(self.source)).map(|at| rest.start + at);
                let marker = marker.filter(|at| *lines || *at == rest.start);
                junk_behind = junk(self.source, close, marker.unwrap_or(rest.end));
                let comment = marker.map(|at| Behind {
                    from: junk_behind.map_or(close, |junk| junk.end),
                    comment: Span::new(at, rest.end),
                });
                if *lines {
                    behind = comment;
                } else {
                    tail = comment;
                }
                (Span::new(content.start - fence.text().len(), close), Text::Source(*content))
            }
        };
        let run = std::mem::take(&mut self.run);
        let comment = Comment::of(self.source, &run, behind, About::Key, Some(line));
        let tail = tail.and_then(|tail| Comment::of(self.source, &[], Some(tail), About::Key, Some(line)));
        let text = if name.of(self.source) == b"-" {
            self.count += 1;
            format!("#{}", self.count - 1).into_bytes()
        } else {
            name.of(self.source).to_vec()
        };
        let number = self.layout.keys.len();
        let scalar = Scalar::Str(scalar);
        self.open.push(Open { name: text, key: number, span, scalar, comment, tail });
        self.layout.keys.push(KeyLine {
            line,
            name,
            form,
            value: read,
            odd,
            junk: junk_behind,
            comment: None,
            tail: None,
            leaf: 0,
        });
        Ok(())
    }

    /// Ends a section: its leaves are numbered in the order of sops. Comment lines that wait
    /// belong to the header that comes; before the metadata and at the
    /// end of the file they belong to nothing.
    fn end(&mut self, next: Next) {
        let Some(section) = self.layout.sections.last_mut() else { return };
        section.keys.end = self.layout.keys.len();
        let path = section.path;
        self.outline.push(Item::OpenMap(path));
        if let Some(head) = self.head.take() {
            let number = self.add_comment(head, path, Seen::Yes);
            if let Some(header) = self.layout.sections.last_mut().and_then(|s| s.header.as_mut()) {
                header.comment = Some(number);
            }
        }
        let open = std::mem::take(&mut self.open);
        let (order, shadowed) = order(&open);
        let mut open: Vec<Option<Open>> = open.into_iter().map(Some).collect();
        let mut leaves = vec![0; open.len()];
        let mut tails = Vec::new();
        for at in order {
            if let Some(key) = open[at].take() {
                leaves[at] = self.add_key(key, path, Seen::Yes, &mut tails);
            }
        }
        for (at, by) in shadowed {
            if let Some(key) = open[at].take() {
                let shadowing = self.leaves[leaves[by]].path;
                let first_line = self.layout.keys[key.key].line.number;
                let line = self.layout.keys[key.key - at + by].line.number;
                self.layout.duplicates.push(DuplicateKey { path: shadowing, line, first_line });
                self.add_key(key, path, Seen::Shadowed(leaves[by]), &mut tails);
            }
        }
        for (key, tail) in tails {
            self.layout.keys[key].tail = Some(self.add_comment(tail, path, Seen::Lost));
        }
        if next == Next::Nothing {
            let run = std::mem::take(&mut self.run);
            if let Some(comment) = Comment::of(self.source, &run, None, About::Key, None) {
                self.add_comment(comment, path, Seen::Lost);
            }
        }
        self.outline.push(Item::Close);
    }

    fn add_key(&mut self, key: Open, section: PathId, seen: Seen, tails: &mut Vec<(usize, Found)>) -> usize {
        let path = self.paths.key(section, &key.name);
        let leaf = self.add_leaf(Leaf { path, span: key.span, part: 0, scalar: key.scalar }, seen);
        let line = &mut self.layout.keys[key.key];
        line.leaf = leaf;
        if line.odd && line.value.is_some_and(|value| value.comment.is_some()) {
            self.layout.cut.insert(leaf);
        }
        let seen = if seen == Seen::Yes { Seen::Yes } else { Seen::Lost };
        if let Some(comment) = key.comment {
            self.layout.keys[key.key].comment = Some(self.add_comment(comment, section, seen));
        }
        tails.extend(key.tail.map(|tail| (key.key, tail)));
        leaf
    }

    fn add_comment(&mut self, (mut comment, span, scalar): Found, path: PathId, seen: Seen) -> usize {
        comment.leaf = self.add_leaf(Leaf { path, span, part: 0, scalar }, seen);
        self.layout.comments.push(comment);
        self.layout.comments.len() - 1
    }

    fn add_leaf(&mut self, leaf: Leaf, seen: Seen) -> usize {
        let number = self.leaves.len();
        self.outline.push(Item::Leaf(number));
        self.leaves.push(leaf);
        self.layout.seen.push(seen);
        number
    }
}

/// The keys in the order of sops, the last of each name in the place of the first; then those
/// that are shadowed, each with the one that shadows it.
fn order(open: &[Open]) -> (Vec<usize>, Vec<(usize, usize)>) {
    let mut places: HashMap<&[u8], usize> = HashMap::with_capacity(open.len());
    let mut order: Vec<usize> = Vec::with_capacity(open.len());
    for (at, key) in open.iter().enumerate() {
        let place = *places.entry(&key.name).or_insert(order.len());
        if place == order.len() {
            order.push(at);
        } else {
            order[place] = at;
        }
    }
    let shadowed = open.iter().enumerate().map(|(at, key)| (at, order[places[key.name.as_slice()]]));
    let shadowed = shadowed.filter(|(at, by)| at != by).collect();
    (order, shadowed)
}

/// Text between `from` and `to` that is not blank.
fn junk(source: &[u8], from: usize, to: usize) -> Option<Span> {
    let length = trimmed_len(&source[from..to]);
    (length > 0).then(|| Span::new(from, from + length))
}

/// A field of the metadata, flattened.
fn field(source: &[u8], key: &Key) -> Result<(Vec<u8>, Vec<u8>), Problem> {
    let text = match &key.form {
        Form::Bare => return Err(Problem { at: key.line.text, text: "key-value delimiter not found" }),
        Form::Empty(_) => Vec::new(),
        Form::Line(text) => value::read(source, *text, Dialect::Sops).content.of(source).to_vec(),
        Form::Joined { text, .. } => text.clone(),
        Form::Fenced { content, .. } => content.of(source).to_vec(),
    };
    Ok((key.name.of(source).to_vec(), text))
}

/// Of pairs with the same name, the last counts, in the place of the first.
fn keep_last(pairs: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (name, text) in pairs.drain(..) {
        if let Some(&place) = places.get(&name) {
            kept[place].1 = text;
        } else {
            places.insert(name.clone(), kept.len());
            kept.push((name, text));
        }
    }
    *pairs = kept;
}
