//! Reading: lines become leaves, and the metadata lines a tree.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{BOM, Layout, Mark, PREFIX, line};
use crate::document::{
    Document, DuplicateKey, Engine, Item, Leaf, ParseError, ParseErrorKind, Scalar, Text, flat, splice,
};
use crate::leaf::{PathId, Paths, Span};

/// Reads a dotenv file; see [`Document::parse`].
pub(in crate::document) fn parse(source: Vec<u8>) -> Result<Document, ParseError> {
    let mut reader = Reader::new(&source);
    let mut start = reader.start;
    while start < source.len() {
        let (text, end) = line(&source, start);
        reader.line(text, end)?;
        start = end;
    }
    reader.outline.push(Item::Close);
    let Reader { paths, leaves, outline, pairs, layout, .. } = reader;
    let metadata = (!pairs.is_empty()).then(|| flat::unflatten(&pairs));
    Ok(Document { source, paths, leaves, outline, metadata, engine: Engine::Dotenv(Box::new(layout)) })
}

struct Reader<'a> {
    source: &'a [u8],
    /// Where the first line begins.
    start: usize,
    /// Whether the metadata lines end with a carriage return: then every one before a line end
    /// was put there after the file was encrypted (wishes §4.4, D1).
    converted: bool,
    /// The line being read, counted from 1.
    number: usize,
    paths: Paths,
    leaves: Vec<Leaf>,
    outline: Vec<Item>,
    /// The metadata, flattened.
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
    /// The lines of the keys.
    seen: HashMap<&'a [u8], (usize, PathId)>,
    /// Whether the last value begins with a quote that does not end on its line.
    open_quote: bool,
    layout: Layout,
}

impl<'a> Reader<'a> {
    fn new(source: &'a [u8]) -> Self {
        let (encrypted, converted) = metadata_lines(source);
        let mark = match source.strip_prefix(BOM) {
            None => Mark::Absent,
            Some(rest) if encrypted && !rest.starts_with(PREFIX) && !rest.starts_with(b"#") => Mark::InKey,
            Some(_) => Mark::Alone,
        };
        Self {
            source,
            start: if mark == Mark::Alone { BOM.len() } else { 0 },
            converted,
            number: 0,
            paths: Paths::default(),
            leaves: Vec::new(),
            outline: vec![Item::OpenMap(PathId::ROOT)],
            pairs: Vec::new(),
            seen: HashMap::new(),
            open_quote: false,
            layout: Layout {
                block: Vec::new(),
                returns: Vec::new(),
                mark,
                duplicates: Vec::new(),
                returns_in_text: None,
            },
        }
    }

    /// Reads the line whose text is at `text` and whose line end ends at `end`.
    fn line(&mut self, mut text: Span, end: usize) -> Result<(), ParseError> {
        self.number += 1;
        let returned = self.converted && text.of(self.source).ends_with(b"\r");
        if returned {
            text.end -= 1;
            self.layout.returns.push(text.end);
        }
        let bytes = text.of(self.source);
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes[0] == b'#' {
            let comment = Text::Source(Span::new(text.start + 1, text.end));
            self.leaf(PathId::ROOT, Span::new(text.start + 1, text.end), Scalar::Comment(comment));
            return Ok(());
        }
        let Some(equals) = memchr::memchr(b'=', bytes) else { return Err(self.refuse(text)) };
        let (key, span) = (&bytes[..equals], Span::new(text.start + equals + 1, text.end));
        let value = span.of(self.source);
        if let Some(name) = key.strip_prefix(PREFIX) {
            self.layout.block.push(Span::new(text.start, end));
            if returned {
                self.layout.returns.pop(); // it goes with the line
            }
            self.pairs.push((name.to_vec(), flat::unescape(value)));
            return Ok(());
        }
        let path = self.key(key);
        self.open_quote = matches!(value, [quote @ (b'"' | b'\''), rest @ ..] if !rest.contains(quote));
        let scalar = if memchr::memmem::find(value, b"\\n").is_some() {
            Text::Owned(flat::unescape(value).into_boxed_slice())
        } else {
            Text::Source(span)
        };
        self.leaf(path, span, Scalar::Str(scalar));
        Ok(())
    }

    fn key(&mut self, key: &'a [u8]) -> PathId {
        let line = self.number;
        if let Some(&(first_line, path)) = self.seen.get(key) {
            self.layout.duplicates.push(DuplicateKey { path, line, first_line });
            return path;
        }
        let path = self.paths.key(PathId::ROOT, key);
        self.seen.insert(key, (line, path));
        path
    }

    fn leaf(&mut self, path: PathId, span: Span, scalar: Scalar) {
        if span.of(self.source).ends_with(b"\r") {
            let (_, count) = self.layout.returns_in_text.get_or_insert((self.number, 0));
            *count += 1;
        }
        self.outline.push(Item::Leaf(self.leaves.len()));
        self.leaves.push(Leaf { path, span, part: 0, scalar });
    }

    /// A line that is neither empty nor a comment nor has a `=`. Its text is not told: as a rule
    /// it is a part of a secret.
    fn refuse(&self, text: Span) -> ParseError {
        let bytes = text.of(self.source);
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
        let rest = bytes.trim_ascii_start();
        let problem: Cow<'static, str> = if bytes == b"\r" {
            "a line with nothing but a carriage return; save the file with LF line ends".into()
        } else if bytes.iter().all(blank) {
            "a line of blanks only; empty it, or remove it".into()
        } else if rest.starts_with(b"#") {
            "blanks stand before the # of a comment; a comment starts with the line".into()
        } else if self.open_quote {
            "there is no = in this line; a value cannot go on over several lines, write its line ends as \\n"
                .into()
        } else {
            "there is no = in this line".into()
        };
        let (line, column) = (self.number, splice::position(self.source, text.start).1);
        ParseError { line, column, problem: problem.into_owned(), kind: ParseErrorKind::Syntax }
    }
}

/// Whether there are metadata lines, and whether they end with a carriage return: sops writes
/// none of these, and no value of theirs has one.
fn metadata_lines(source: &[u8]) -> (bool, bool) {
    let mut start = if source.starts_with(BOM) { BOM.len() } else { 0 };
    let mut encrypted = false;
    while start < source.len() {
        let (text, end) = line(source, start);
        let text = text.of(source);
        if text.starts_with(PREFIX) && memchr::memchr(b'=', text).is_some() {
            encrypted = true;
            if text.ends_with(b"\r") {
                return (true, true);
            }
        }
        start = end;
    }
    (encrypted, false)
}
