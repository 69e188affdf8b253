//! YAML tokens become the syntax tree.
//!
//! The grammar is libyaml's, as a machine with a stack of states, so no nesting can overflow
//! the call stack. Each step looks at one or two tokens and tells the [`Builder`] what it saw.
//! When it looks at a token it also picks up the comments that are due there; when a step
//! makes a node that takes comments, the node gets all that have been picked up.

mod block;
mod build;
mod flow;
mod node;
mod text;

use std::collections::HashMap;

use memchr::memchr_iter;

use super::comments::{Pending, lines};
use super::node::{ScalarStyle, Stream};
use super::scan::{Mark, Scanner, Token, TokenKind};
use crate::document::ParseError;
use crate::leaf::Span;
use build::Builder;

/// Parses all documents of a stream.
///
/// `source` is UTF-8; a byte order mark at its start is skipped. Everything that go-yaml reads
/// is read, and all that it refuses while parsing is refused. What is wrong behind the first
/// document does not hide that document: see [`Stream::error`].
///
/// # Errors
///
/// [`ParseError`] if the source is not UTF-8, has control characters, or has no well-formed
/// first document.
pub(crate) fn parse_stream(source: &[u8]) -> Result<Stream, ParseError> {
    parse(source, true)
}

/// The same without the short way for simple entries.
#[cfg(test)]
pub(super) fn parse_stream_token_by_token(source: &[u8]) -> Result<Stream, ParseError> {
    parse(source, false)
}

fn parse(source: &[u8], short_way: bool) -> Result<Stream, ParseError> {
    let (text, is_simple) = text::checked(source)?;
    let mark = '\u{FEFF}';
    let start = if text.starts_with(mark) { mark.len_utf8() } else { 0 };
    if start > 0 && text[start..].starts_with(mark) {
        // go-yaml drops the first character of every line of such a file.
        return Err(Mark::default().error("found a second byte order mark at the start"));
    }
    let mut parser = Parser {
        source: text,
        scanner: Scanner::new(text, is_simple, start),
        short_way,
        state: State::StreamStart,
        states: Vec::new(),
        tag_handles: Vec::new(),
        anchors: HashMap::new(),
        pending: Pending::default(),
        behind: Mark::default(),
        builder: Builder::with_room(memchr_iter(b'\n', source).count()),
    };
    let mut outcome = Ok(());
    while outcome.is_ok() && parser.state != State::StreamEnd {
        outcome = parser.step();
    }
    let mut stream = parser.builder.finish(std::mem::take(&mut parser.scanner.comments.seen));
    match outcome {
        Err(error) if stream.documents.is_empty() => Err(error),
        outcome => {
            stream.error = outcome.err();
            Ok(stream)
        }
    }
}

/// What the parser expects next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    StreamStart,
    /// The first document, which may lack its `---`.
    FirstDocument,
    NextDocument,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    /// A `-` or the end of a block list.
    BlockItem,
    /// A `-` of a list that stands no deeper than the key it belongs to.
    IndentlessItem,
    BlockKey,
    BlockValue,
    FlowItem {
        first: bool,
    },
    /// The parts of a map of one pair in a flow list: `[key: value]`.
    PairKey,
    PairValue,
    PairEnd,
    FlowKey {
        first: bool,
    },
    FlowValue,
    /// A flow map's entry that is a key alone.
    FlowNoValue,
    StreamEnd,
}

/// Where a node may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Block,
    /// A key or value of a block map.
    BlockPair,
    Flow,
}

/// What the parser knows of a token without taking it.
#[derive(Clone, Copy)]
struct Seen {
    kind: TokenKind,
    start: Mark,
    end: Mark,
}

impl Seen {
    const fn span(self) -> Span {
        Span { start: self.start.at, end: self.end.at }
    }
}

struct Parser<'a> {
    source: &'a str,
    scanner: Scanner<'a>,
    /// Whether simple entries of maps are taken as a whole.
    short_way: bool,
    state: State,
    /// The states to return to.
    states: Vec<State>,
    /// Handles of tags and what they stand for.
    tag_handles: Vec<(&'a str, Box<str>)>,
    /// As in go-yaml, anchors live on into the documents that follow.
    anchors: HashMap<&'a str, usize>,
    pending: Pending,
    /// The end of the last token that takes room.
    behind: Mark,
    builder: Builder,
}

impl<'a> Parser<'a> {
    fn step(&mut self) -> Result<(), ParseError> {
        match self.state {
            State::StreamStart => {
                self.peek()?;
                self.take();
                self.state = State::FirstDocument;
                Ok(())
            }
            State::FirstDocument => self.document_start(true),
            State::NextDocument => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(Place::Block, Vec::new()),
            State::BlockItem => self.block_item(),
            State::IndentlessItem => self.indentless_item(),
            State::BlockKey => self.block_key(),
            State::BlockValue => self.block_value(),
            State::FlowItem { first } => self.flow_item(first),
            State::PairKey => self.pair_key(),
            State::PairValue => self.pair_value(),
            State::PairEnd => self.pair_end(),
            State::FlowKey { first } => self.flow_key(first),
            State::FlowValue => self.flow_value(),
            State::FlowNoValue => {
                self.peek()?;
                self.state = State::FlowKey { first: false };
                self.absent();
                Ok(())
            }
            State::StreamEnd => Ok(()),
        }
    }

    /// The next token, and the comments that are due there.
    fn peek(&mut self) -> Result<Seen, ParseError> {
        let token = self.scanner.peek()?;
        let seen = Seen { kind: token.kind, start: token.start, end: token.end };
        self.pending.pick_up(&mut self.scanner.comments, seen.start.at, seen.kind == TokenKind::BlockEnd);
        Ok(seen)
    }

    /// Takes the token that [`Self::peek`] has shown.
    fn take(&mut self) -> Option<Token> {
        let token = self.scanner.take()?;
        if !token.span().is_empty() {
            self.behind = token.end;
        }
        Some(token)
    }

    fn take_comments(&mut self) -> Pending {
        std::mem::take(&mut self.pending)
    }

    fn return_to_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::StreamEnd);
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.source.get(start..end).unwrap_or_default()
    }

    // ---- documents

    fn document_start(&mut self, first: bool) -> Result<(), ParseError> {
        let mut token = self.peek()?;
        while !first && token.kind == TokenKind::DocumentEnd {
            self.take();
            token = self.peek()?;
        }
        if token.kind == TokenKind::StreamEnd {
            self.state = State::StreamEnd;
            return Ok(());
        }
        let explicit = !first || token.kind.is_directive() || token.kind == TokenKind::DocumentStart;
        let token = self.directives()?;
        self.states.push(State::DocumentEnd);
        if !explicit {
            let head = self.pending.split_off_document_head();
            self.builder.open_document(None, lines(head));
            self.state = State::BlockNode;
        } else if token.kind == TokenKind::DocumentStart {
            self.builder.open_document(Some(token.span()), Vec::new());
            self.take();
            self.state = State::DocumentContent;
        } else {
            return Err(token.start.error("did not find expected <document start>"));
        }
        Ok(())
    }

    /// Takes all directives and gives the token behind them.
    fn directives(&mut self) -> Result<Seen, ParseError> {
        let mut versioned = false;
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Version { .. } if versioned => {
                    return Err(token.start.error("found duplicate %YAML directive"));
                }
                TokenKind::Version { major: 1, minor: 1 } => versioned = true,
                TokenKind::Version { .. } => {
                    let problem = "found incompatible YAML document (only %YAML 1.1 is known)";
                    return Err(token.start.error(problem));
                }
                TokenKind::TagDirective { handle } => {
                    let handle = self.slice(handle.start, handle.end);
                    if self.tag_handles.iter().any(|(known, _)| *known == handle) {
                        return Err(token.start.error("found duplicate %TAG directive"));
                    }
                    let prefix = self.take().and_then(|token| token.text).unwrap_or_default();
                    self.tag_handles.push((handle, prefix));
                    continue;
                }
                _ => break,
            }
            self.take();
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if self.tag_handles.iter().all(|(known, _)| *known != handle) {
                self.tag_handles.push((handle, prefix.into()));
            }
        }
        self.peek()
    }

    fn document_content(&mut self) -> Result<(), ParseError> {
        let token = self.peek()?;
        let ended =
            matches!(token.kind, TokenKind::DocumentStart | TokenKind::DocumentEnd | TokenKind::StreamEnd);
        if !ended && !token.kind.is_directive() {
            return self.node(Place::Block, Vec::new());
        }
        self.return_to_state();
        self.builder.scalar(ScalarStyle::Plain, token.start, Span::at(token.start.at));
        Ok(())
    }

    fn document_end(&mut self) -> Result<(), ParseError> {
        let token = self.peek()?;
        let marker = (token.kind == TokenKind::DocumentEnd).then(|| token.span());
        if marker.is_some() {
            self.take();
        }
        self.tag_handles.clear();
        self.state = State::NextDocument;
        let Pending { head, foot, .. } = self.take_comments();
        self.builder.close_document(marker, lines(if foot.is_empty() { head } else { foot }));
        Ok(())
    }
}
