//! YAML tokens become the syntax tree.
//!
//! The grammar is libyaml's, as a machine with a stack of states, so no nesting can overflow
//! the call stack. Each step looks at one or two tokens and tells the [`Builder`] what it saw.
//! When it looks at a token it also picks up the comments that are due there; when a step
//! makes a node that takes comments, the node gets all that have been picked up.

mod build;
mod text;

use std::collections::HashMap;

use super::comments::{Pending, Piece, lines};
use super::node::{Kind, ScalarStyle, Stream, Tag};
use super::scan::{Mark, Scanner, Token, TokenKind};
use crate::document::ParseError;
use crate::leaf::Span;
use build::{Builder, Properties};

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
    let text = text::checked(source)?;
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut parser = Parser {
        source: text,
        scanner: Scanner::new(text, start),
        state: State::StreamStart,
        states: Vec::new(),
        tag_handles: Vec::new(),
        anchors: HashMap::new(),
        pending: Pending::default(),
        behind: Mark::default(),
        builder: Builder::default(),
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

    // ---- nodes

    /// Any node. `stem` is the comment above a `-` whose item is a block collection: it is
    /// about that collection, not about its first entry.
    fn node(&mut self, place: Place, stem: Vec<Piece>) -> Result<(), ParseError> {
        let mut token = self.peek()?;
        if token.kind == TokenKind::Alias {
            return self.alias(token);
        }
        let mut properties = Properties::default();
        loop {
            match token.kind {
                TokenKind::Anchor if properties.anchor.is_none() => {
                    properties.anchor = Some(token.span());
                    self.take();
                }
                TokenKind::Tag { handle } if properties.tag.is_none() => {
                    properties.tag = Some(self.tag(token, handle)?);
                }
                _ => break,
            }
            token = self.peek()?;
        }
        if let Some(anchor) = properties.anchor {
            self.anchors.insert(self.slice(anchor.start + 1, anchor.end), self.builder.next_id());
        }
        let has_properties = properties.anchor.is_some() || properties.tag.is_some();
        self.builder.properties = properties;

        let block = place != Place::Flow;
        let start = token.start;
        match token.kind {
            TokenKind::BlockEntry if place == Place::BlockPair => {
                self.state = State::IndentlessItem;
                self.builder.open_list(false, start, Pending::default());
            }
            TokenKind::Scalar(style) => {
                self.return_to_state();
                let comments = self.take_comments();
                let text = self.take().and_then(|token| token.text);
                self.builder.scalar_with(style, start, token.span(), text, comments);
            }
            TokenKind::FlowListStart => {
                self.state = State::FlowItem { first: true };
                let comments = self.take_comments();
                self.builder.open_list(true, start, comments);
            }
            TokenKind::FlowMapStart => {
                self.state = State::FlowKey { first: true };
                let comments = self.take_comments();
                self.builder.open_map(true, start, comments);
            }
            TokenKind::BlockListStart if block => {
                self.take();
                self.state = State::BlockItem;
                self.builder.open_list(false, start, Pending { head: stem, ..Pending::default() });
            }
            TokenKind::BlockMapStart if block => {
                self.take();
                self.state = State::BlockKey;
                self.builder.open_map(false, start, Pending { head: stem, ..Pending::default() });
            }
            _ if has_properties => {
                self.return_to_state();
                self.absent();
            }
            _ => return Err(start.error(format!("did not find expected node content{}", found(token.kind)))),
        }
        Ok(())
    }

    fn alias(&mut self, token: Seen) -> Result<(), ParseError> {
        let name = self.slice(token.start.at + 1, token.end.at);
        let Some(&target) = self.anchors.get(name) else {
            return Err(token.start.error(format!("unknown anchor '{name}' referenced")));
        };
        self.return_to_state();
        let comments = self.take_comments();
        self.take();
        self.builder.leaf(Kind::Alias { target }, token.start, token.span(), comments);
        Ok(())
    }

    /// Takes a tag and gives its full name.
    fn tag(&mut self, token: Seen, handle: Span) -> Result<Tag, ParseError> {
        let suffix = self.take().and_then(|token| token.text).unwrap_or_default();
        let handle = self.slice(handle.start, handle.end);
        let name = if handle.is_empty() {
            suffix.into_string()
        } else {
            let prefix = self.tag_handles.iter().find(|(known, _)| *known == handle);
            let (_, prefix) =
                prefix.ok_or_else(|| token.start.error(format!("found undefined tag handle '{handle}'")))?;
            [&**prefix, &*suffix].concat()
        };
        Ok(Tag { span: token.span(), name })
    }

    /// A node that is not written: null.
    fn absent(&mut self) {
        self.builder.scalar(ScalarStyle::Plain, self.behind, Span::at(self.behind.at));
    }

    // ---- block collections

    fn block_item(&mut self) -> Result<(), ParseError> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::BlockEntry => self.item(token, State::BlockItem),
            TokenKind::BlockEnd => {
                self.return_to_state();
                self.builder.close(self.behind.at, Pending::default());
                self.take();
                Ok(())
            }
            other => Err(token.start.error(format!("did not find expected '-' indicator{}", found(other)))),
        }
    }

    fn indentless_item(&mut self) -> Result<(), ParseError> {
        let token = self.peek()?;
        if token.kind == TokenKind::BlockEntry {
            return self.item(token, State::IndentlessItem);
        }
        self.return_to_state();
        self.builder.close(self.behind.at, Pending::default());
        Ok(())
    }

    /// A `-` and the start of what is behind it.
    fn item(&mut self, dash: Seen, list: State) -> Result<(), ParseError> {
        self.builder.dash(dash.span());
        let above = self.pending.head.len();
        self.take();
        let token = self.peek()?;
        let stem = match token.kind {
            TokenKind::BlockListStart | TokenKind::BlockMapStart => {
                let rest = self.pending.head.split_off(above);
                std::mem::replace(&mut self.pending.head, rest)
            }
            _ => Vec::new(),
        };
        let empty = match token.kind {
            TokenKind::BlockEntry | TokenKind::BlockEnd => true,
            TokenKind::Key | TokenKind::Value => list == State::IndentlessItem,
            _ => false,
        };
        if empty {
            self.state = list;
            self.absent();
            return Ok(());
        }
        self.states.push(list);
        self.node(Place::Block, stem)
    }

    fn block_key(&mut self) -> Result<(), ParseError> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Key => {
                self.take();
                self.pair_part(State::BlockValue)
            }
            TokenKind::BlockEnd => {
                self.return_to_state();
                let comments = self.take_comments();
                self.builder.close(self.behind.at, comments);
                self.take();
                Ok(())
            }
            other => Err(token.start.error(format!("did not find expected key{}", found(other)))),
        }
    }

    fn block_value(&mut self) -> Result<(), ParseError> {
        if self.peek()?.kind == TokenKind::Value {
            self.take();
            return self.pair_part(State::BlockKey);
        }
        self.state = State::BlockKey;
        self.absent();
        Ok(())
    }

    /// The key or the value of a block map's entry.
    fn pair_part(&mut self, next: State) -> Result<(), ParseError> {
        if matches!(self.peek()?.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
            self.state = next;
            self.absent();
            return Ok(());
        }
        self.states.push(next);
        self.node(Place::BlockPair, Vec::new())
    }

    // ---- flow collections

    fn flow_item(&mut self, first: bool) -> Result<(), ParseError> {
        let mut token = self.peek()?;
        if first {
            self.take();
            token = self.peek()?;
        }
        if !first && token.kind != TokenKind::FlowListEnd {
            if token.kind != TokenKind::FlowEntry {
                let problem = format!("did not find expected ',' or ']'{}", found(token.kind));
                return Err(token.start.error(problem));
            }
            self.take();
            token = self.peek()?;
        }
        match token.kind {
            TokenKind::Key => {
                self.builder.open_map(true, token.start, Pending::default());
                self.take();
                self.state = State::PairKey;
                Ok(())
            }
            TokenKind::FlowListEnd => {
                self.close_flow();
                Ok(())
            }
            _ => {
                self.states.push(State::FlowItem { first: false });
                self.node(Place::Flow, Vec::new())
            }
        }
    }

    /// Takes the closing bracket.
    fn close_flow(&mut self) {
        self.return_to_state();
        let comments = self.take_comments();
        self.take();
        self.builder.close(self.behind.at, comments);
    }

    fn pair_key(&mut self) -> Result<(), ParseError> {
        match self.peek()?.kind {
            // go-yaml takes this token, too: `[? : x]` is an error to it.
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowListEnd => {
                self.absent();
                self.take();
                self.state = State::PairValue;
                Ok(())
            }
            _ => {
                self.states.push(State::PairValue);
                self.node(Place::Flow, Vec::new())
            }
        }
    }

    fn pair_value(&mut self) -> Result<(), ParseError> {
        if self.peek()?.kind == TokenKind::Value {
            self.take();
            if !matches!(self.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowListEnd) {
                self.states.push(State::PairEnd);
                return self.node(Place::Flow, Vec::new());
            }
        }
        self.state = State::PairEnd;
        self.absent();
        Ok(())
    }

    fn pair_end(&mut self) -> Result<(), ParseError> {
        self.peek()?;
        self.state = State::FlowItem { first: false };
        self.builder.close(self.behind.at, Pending::default());
        Ok(())
    }

    fn flow_key(&mut self, first: bool) -> Result<(), ParseError> {
        let mut token = self.peek()?;
        if first {
            self.take();
            token = self.peek()?;
        }
        if !first && token.kind != TokenKind::FlowMapEnd {
            if token.kind != TokenKind::FlowEntry {
                let problem = format!("did not find expected ',' or '}}'{}", found(token.kind));
                return Err(token.start.error(problem));
            }
            self.take();
            token = self.peek()?;
        }
        match token.kind {
            TokenKind::Key => {
                self.take();
                self.flow_pair_part(State::FlowValue)
            }
            TokenKind::FlowMapEnd => {
                self.close_flow();
                Ok(())
            }
            _ => {
                self.states.push(State::FlowNoValue);
                self.node(Place::Flow, Vec::new())
            }
        }
    }

    fn flow_value(&mut self) -> Result<(), ParseError> {
        let next = State::FlowKey { first: false };
        if self.peek()?.kind != TokenKind::Value {
            self.state = next;
            self.absent();
            return Ok(());
        }
        self.take();
        match self.peek()?.kind {
            TokenKind::FlowEntry | TokenKind::FlowMapEnd => {
                self.state = next;
                self.absent();
                Ok(())
            }
            _ => {
                self.states.push(next);
                self.node(Place::Flow, Vec::new())
            }
        }
    }

    /// The key of a flow map's entry with a `?` or a `:`.
    fn flow_pair_part(&mut self, next: State) -> Result<(), ParseError> {
        if matches!(self.peek()?.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMapEnd) {
            self.state = next;
            self.absent();
            return Ok(());
        }
        self.states.push(next);
        self.node(Place::Flow, Vec::new())
    }
}

/// What stands in the way, for an error.
const fn found(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::StreamEnd => " before the end of the file",
        TokenKind::DocumentStart => " before '---'",
        TokenKind::DocumentEnd => " before '...'",
        TokenKind::BlockEntry => ", but '-'",
        TokenKind::FlowEntry => ", but ','",
        TokenKind::Key => ", but a key",
        TokenKind::Value => ", but ':'",
        TokenKind::FlowListEnd => ", but ']'",
        TokenKind::FlowMapEnd => ", but '}'",
        TokenKind::FlowListStart => ", but '['",
        TokenKind::FlowMapStart => ", but '{'",
        TokenKind::Scalar(_) => ", but text",
        TokenKind::BlockListStart | TokenKind::BlockMapStart => ", but a deeper block",
        TokenKind::BlockEnd => " before the end of the block",
        _ => "",
    }
}
