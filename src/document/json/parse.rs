//! Reading: tokens become leaves with their paths, and the metadata block becomes a tree.

use super::scan::{Problem, Scanner, Token};
use super::text::{scalar, unquoted, value};
use super::{DuplicateKey, Layout, Member};
use crate::document::tree::{Builder, Tree};
use crate::document::{Document, Engine, FlatError, Item, Leaf, ParseError, ParseErrorKind, splice};
use crate::leaf::{PathId, Paths, Span, Step};

/// Reads a JSON document; see [`Document::parse`].
pub(in crate::document) fn parse(source: Vec<u8>) -> Result<Document, ParseError> {
    let mut reader = Reader::new(&source);
    reader.read().map_err(|problem| error(&source, problem))?;
    let Reader { paths, leaves, outline, metadata, mut layout, duplicates, .. } = reader;
    layout.duplicates = with_lines(&source, duplicates);
    Ok(Document { paths, leaves, outline, metadata, engine: Engine::Json(layout), source })
}

/// Reads one JSON value of any kind, such as the one given to `set` (stores §12).
///
/// # Errors
///
/// [`ParseError`] if `text` is not exactly one JSON value.
pub fn parse_json_value(text: &[u8]) -> Result<Tree, ParseError> {
    let mut scanner = Scanner::new(text);
    tree(text, &mut scanner)
        .and_then(|tree| scanner.next().map(|_| tree))
        .map_err(|problem| error(text, problem))
}

/// Takes the tokens of one value and makes it a tree.
pub(super) fn tree(source: &[u8], scanner: &mut Scanner<'_>) -> Result<Tree, Problem> {
    let mut tree = Builder::default();
    while let Some(token) = scanner.next()? {
        match token {
            Token::OpenMap(_) => tree.open_map(),
            Token::OpenList(_) => tree.open_list(),
            Token::Close(_) => tree.close(),
            Token::Key(key) => {
                tree.key(unquoted(source, key).into_owned());
                continue;
            }
            other => value(source, other).into_iter().for_each(|value| tree.leaf(value)),
        }
        if tree.is_closed() {
            break;
        }
    }
    Ok(tree.finish())
}

fn error(source: &[u8], problem: Problem) -> ParseError {
    let (line, column) = splice::position(source, problem.at);
    ParseError { line, column, problem: problem.text, kind: ParseErrorKind::Syntax }
}

/// A map or list that is being read.
struct Frame {
    path: PathId,
    /// The position of the next item, if it is a list.
    next: Option<usize>,
    /// Where its keys begin in [`Reader::keys`].
    keys: usize,
}

struct Reader<'a> {
    source: &'a [u8],
    paths: Paths,
    leaves: Vec<Leaf>,
    outline: Vec<Item>,
    metadata: Option<Result<Tree, FlatError>>,
    layout: Layout,
    frames: Vec<Frame>,
    /// The keys of all open maps, each with its place.
    keys: Vec<(PathId, usize)>,
    /// Path, place, and place of the first key with that path.
    duplicates: Vec<(PathId, usize, usize)>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a [u8]) -> Self {
        let bom = source.starts_with(b"\xEF\xBB\xBF");
        Self {
            source,
            paths: Paths::default(),
            leaves: Vec::new(),
            outline: vec![Item::OpenMap(PathId::ROOT)],
            metadata: None,
            layout: Layout {
                bom,
                open: 0,
                close: 0,
                first: None,
                last: None,
                blocks: Vec::new(),
                duplicates: Vec::new(),
            },
            frames: vec![Frame { path: PathId::ROOT, next: None, keys: 0 }],
            keys: Vec::new(),
            duplicates: Vec::new(),
        }
    }

    fn read(&mut self) -> Result<(), Problem> {
        let mut scanner = Scanner::new(self.source);
        self.layout.open = top(self.source, &mut scanner)?;
        let mut key = None; // of the member that is being read, and its place
        let mut member = None; // the key of the top-level member that is being read
        while let Some(token) = scanner.next()? {
            match token {
                Token::Key(quoted) => {
                    let name = unquoted(self.source, quoted);
                    if scanner.depth() == 1 {
                        if *name == *b"sops" {
                            self.block(quoted.span, &mut scanner)?;
                            continue;
                        }
                        member = Some(quoted.span);
                    }
                    let parent = self.frames.last().map_or(PathId::ROOT, |frame| frame.path);
                    let path = self.paths.key(parent, &name);
                    self.keys.push((path, quoted.span.start));
                    key = Some(path);
                    continue;
                }
                Token::OpenMap(_) | Token::OpenList(_) => {
                    let path = self.path(key.take());
                    let map = matches!(token, Token::OpenMap(_));
                    self.outline.push(if map { Item::OpenMap(path) } else { Item::OpenList(path) });
                    self.frames.push(Frame { path, next: (!map).then_some(0), keys: self.keys.len() });
                }
                Token::Close(_) => {
                    self.outline.push(Item::Close);
                    if let Some(frame) = self.frames.pop() {
                        self.find_duplicates(frame.keys);
                    }
                }
                _ => {
                    let path = self.path(key.take());
                    if let Some(scalar) = scalar(self.source, token) {
                        self.outline.push(Item::Leaf(self.leaves.len()));
                        self.leaves.push(Leaf { path, span: token.span(), part: 0, scalar });
                    }
                }
            }
            let span = token.span();
            match scanner.depth() {
                0 => self.layout.close = span.start,
                1 => {
                    // a container is open at depth 2, so a member has ended here
                    if let Some(key) = member.take() {
                        let start = super::style::value_start(self.source, key);
                        let member = Member { key, value: Span::new(start, span.end) };
                        self.layout.first.get_or_insert(member);
                        self.layout.last = Some(member);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The path of the value that begins: under its key, or the next item of a list.
    fn path(&mut self, key: Option<PathId>) -> PathId {
        if let Some(path) = key {
            return path;
        }
        match self.frames.last_mut() {
            Some(Frame { path, next: Some(next), .. }) => {
                let index = *next;
                *next += 1;
                self.paths.index(*path, index)
            }
            _ => PathId::ROOT,
        }
    }

    /// Takes the value of a top-level member `sops`.
    fn block(&mut self, key: Span, scanner: &mut Scanner<'_>) -> Result<(), Problem> {
        let start = super::style::value_start(self.source, key);
        let tree = tree(self.source, scanner)?;
        self.layout.blocks.push(Member { key, value: Span::new(start, scanner.offset()) });
        self.metadata.get_or_insert(Ok(tree));
        Ok(())
    }

    /// Looks for keys that a map has twice; its keys begin at `start` in [`Self::keys`].
    fn find_duplicates(&mut self, start: usize) {
        let keys = &mut self.keys[start..];
        if keys.len() > 1 {
            let name = |path| match self.paths.last(path) {
                Some(Step::Key(name)) => name,
                _ => &[],
            };
            keys.sort_by(|a, b| name(a.0).cmp(name(b.0)));
            for group in keys.chunk_by(|a, b| name(a.0) == name(b.0)) {
                for &(path, at) in &group[1..] {
                    self.duplicates.push((path, at, group[0].1));
                }
            }
        }
        self.keys.truncate(start);
    }
}

/// Takes the `{` that begins the document.
fn top(source: &[u8], scanner: &mut Scanner<'_>) -> Result<usize, Problem> {
    const ONLY: &str = "SOPS only supports JSON files with a top-level object (starting with '{'), not";
    let Some(token) = scanner.next()? else {
        return Err(Problem { at: source.len(), text: "EOF".to_owned() });
    };
    let text = match token {
        Token::OpenMap(at) => return Ok(at),
        Token::OpenList(_) => format!(
            "{ONLY} arrays or other types. Got delimiter [ instead. \
             To encrypt this file, wrap it in an object, e.g., {{\"data\": [...]}}"
        ),
        other => {
            let kind = super::text::go_type(source, other);
            format!("{ONLY} other JSON types. Got a value of type {kind} instead")
        }
    };
    Err(Problem { at: token.span().start, text })
}

/// Turns places into lines, in one pass over the source.
fn with_lines(source: &[u8], duplicates: Vec<(PathId, usize, usize)>) -> Vec<DuplicateKey> {
    if duplicates.is_empty() {
        return Vec::new();
    }
    let mut places: Vec<usize> = duplicates.iter().flat_map(|&(_, at, first)| [at, first]).collect();
    places.sort_unstable();
    places.dedup();
    let (mut line, mut at) = (1, 0);
    let lines: Vec<(usize, usize)> = places
        .into_iter()
        .map(|place| {
            line += source[at..place].iter().filter(|&&byte| byte == b'\n').count();
            at = place;
            (place, line)
        })
        .collect();
    let line = |place| lines.binary_search_by_key(&place, |line| line.0).map_or(1, |found| lines[found].1);
    let mut keys: Vec<_> = duplicates;
    keys.sort_unstable_by_key(|&(_, at, _)| at);
    keys.into_iter()
        .map(|(path, at, first)| DuplicateKey { path, line: line(at), first_line: line(first) })
        .collect()
}
