//! YAML text becomes tokens.
//!
//! The scanner follows YAML 1.1 in the model of libyaml, which go-yaml shares: a queue of
//! tokens, into which a `Key` is inserted afterwards where a `:` shows that a key has gone by
//! (`simple key`), a stack of indentations and a flow level. It reads exactly as far ahead as
//! go-yaml does, because how far it has read decides which node gets a comment.

mod block;
mod cursor;
mod flow;
mod notes;
mod properties;

use std::collections::VecDeque;

use super::comments::Queue;
use super::node::ScalarStyle;
use crate::document::ParseError;
use crate::leaf::Span;
use cursor::Cursor;
pub(super) use cursor::Mark;

/// How deep blocks may nest, and flow collections.
const MAX_DEPTH: usize = 10_000;

/// How many characters a key without `?` may have before its `:`.
const MAX_KEY_LENGTH: usize = 1024;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamStart,
    StreamEnd,
    /// `%YAML`
    Version {
        major: u8,
        minor: u8,
    },
    /// `%TAG`; the token's text is the prefix.
    TagDirective {
        handle: Span,
    },
    DocumentStart,
    DocumentEnd,
    BlockListStart,
    BlockMapStart,
    BlockEnd,
    FlowListStart,
    FlowListEnd,
    FlowMapStart,
    FlowMapEnd,
    /// `-`
    BlockEntry,
    /// `,`
    FlowEntry,
    /// `?`, or nothing before a simple key.
    Key,
    /// `:`
    Value,
    Alias,
    Anchor,
    /// The token's text is what follows the handle. An empty handle makes that the whole tag.
    Tag {
        handle: Span,
    },
    /// The token's text is the scalar's, or absent where it is the very bytes of the token.
    Scalar(ScalarStyle),
}

impl TokenKind {
    pub(super) const fn is_directive(self) -> bool {
        matches!(self, Self::Version { .. } | Self::TagDirective { .. })
    }
}

/// A piece of syntax and its place.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: Mark,
    pub(super) end: Mark,
    pub(super) text: Option<Box<str>>,
}

impl Token {
    const fn new(kind: TokenKind, start: Mark, end: Mark) -> Self {
        Self { kind, start, end, text: None }
    }

    pub(super) const fn span(&self) -> Span {
        Span { start: self.start.at, end: self.end.at }
    }
}

/// A token that may turn out to be a key; there is one candidate per flow level.
struct Candidate {
    possible: bool,
    /// It stands where only a key can stand.
    required: bool,
    /// The number of its token, counted from the start of the stream.
    number: usize,
    start: Mark,
}

/// Makes tokens of a text.
pub(super) struct Scanner<'a> {
    cursor: Cursor<'a>,
    tokens: VecDeque<Token>,
    /// How many tokens have been taken from the queue: the number of the first one in it.
    taken: usize,
    /// Whether the first token of the queue may be looked at.
    ready: bool,
    started: bool,
    /// Column of the innermost block, -1 outside of all.
    indent: isize,
    /// The columns of the blocks around it.
    indents: Vec<isize>,
    /// Whether a key may start here.
    key_allowed: bool,
    /// One per flow level, the block level first.
    candidates: Vec<Candidate>,
    /// Tokens, by number, that must not be handed out while their level's candidate is
    /// possible: level by token number, in ascending order of numbers.
    held: VecDeque<(usize, usize)>,
    /// Comments found so far.
    pub(super) comments: Queue,
}

impl<'a> Scanner<'a> {
    /// Scans `text` from byte `start` on.
    pub(super) fn new(text: &'a str, start: usize) -> Self {
        Self {
            cursor: Cursor::new(text, start),
            tokens: VecDeque::new(),
            taken: 0,
            ready: false,
            started: false,
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            candidates: vec![Candidate {
                possible: false,
                required: false,
                number: 0,
                start: Mark::default(),
            }],
            held: VecDeque::new(),
            comments: Queue::default(),
        }
    }

    /// The next token, which stays in the queue.
    ///
    /// # Errors
    ///
    /// What follows is not well-formed.
    pub(super) fn peek(&mut self) -> Result<&Token, ParseError> {
        while !self.ready {
            self.ready = self.has_read_ahead()?;
            if !self.ready {
                self.fetch()?;
            }
        }
        // Reading ahead leaves at least three tokens in the queue.
        Ok(&self.tokens[0])
    }

    /// Takes the token that [`Self::peek`] has shown.
    pub(super) fn take(&mut self) -> Option<Token> {
        self.ready = false;
        let token = self.tokens.pop_front()?;
        self.taken += 1;
        Some(token)
    }

    /// Whether enough is known about the first token: two more are there, so that comments
    /// behind it have been seen, and it can no longer become a key.
    fn has_read_ahead(&mut self) -> Result<bool, ParseError> {
        if self.tokens.len() < 3 {
            return Ok(false);
        }
        while self.held.front().is_some_and(|(number, _)| *number < self.taken) {
            self.held.pop_front();
        }
        match self.held.front() {
            Some(&(number, level)) if number == self.taken => Ok(!self.may_be_key(level)?),
            _ => Ok(true),
        }
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        let end = self.cursor.mark();
        self.tokens.push_back(Token::new(kind, start, end));
    }

    /// Takes an indicator of `width` bytes as a token.
    fn push_indicator(&mut self, kind: TokenKind, width: usize) {
        let start = self.cursor.mark();
        (0..width).for_each(|_| self.cursor.step());
        self.push(kind, start);
    }

    /// Inserts an empty token as number `number`, or last if that has been taken already.
    fn insert(&mut self, kind: TokenKind, at: Mark, number: Option<usize>) {
        let token = Token::new(kind, at, at);
        match number.and_then(|number| number.checked_sub(self.taken)) {
            Some(place) if place < self.tokens.len() => self.tokens.insert(place, token),
            _ => self.tokens.push_back(token),
        }
    }

    /// Adds at least one token to the queue.
    fn fetch(&mut self) -> Result<(), ParseError> {
        if !self.started {
            self.started = true;
            self.push(TokenKind::StreamStart, self.cursor.mark());
            return Ok(());
        }
        let scanned = self.cursor.mark();
        self.skip_to_token();
        self.close_blocks(self.column(), scanned);
        if self.cursor.is_end() {
            return self.fetch_stream_end();
        }
        if self.cursor.mark().column == 0 && self.cursor.peek() == b'%' {
            self.end_blocks()?;
            return self.scan_directive();
        }
        if self.cursor.is_document_marker() {
            let kind =
                if self.cursor.peek() == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
            self.end_blocks()?;
            self.push_indicator(kind, 3);
            return Ok(());
        }

        // A comment behind `:` or `,` is about the token before.
        let mut about = self.cursor.mark().at;
        let joint = if self.in_flow() { b',' } else { b':' };
        if self.cursor.peek() == joint
            && let Some(token) = self.tokens.back()
        {
            about = token.start.at;
        }
        self.fetch_content()?;
        // Nothing is behind a `-` on its line: a comment there is the head of what follows.
        if self.tokens.back().is_some_and(|token| token.kind != TokenKind::BlockEntry) {
            self.note_inline(about);
        }
        Ok(())
    }

    fn fetch_content(&mut self) -> Result<(), ParseError> {
        let flow = self.in_flow();
        let next_is_space = self.cursor.is_space(1);
        match self.cursor.peek() {
            b'[' => self.fetch_flow_start(TokenKind::FlowListStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMapStart),
            b']' => self.fetch_flow_end(TokenKind::FlowListEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMapEnd),
            b',' => {
                self.drop_candidate()?;
                self.key_allowed = true;
                self.push_indicator(TokenKind::FlowEntry, 1);
                Ok(())
            }
            b'-' if next_is_space => self.fetch_block_entry(),
            b'?' if flow || next_is_space => self.fetch_key(),
            b':' if flow || next_is_space => self.fetch_value(),
            b'*' => self.fetch_anchor(TokenKind::Alias),
            b'&' => self.fetch_anchor(TokenKind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if !flow => self.fetch_block_scalar(ScalarStyle::Literal),
            b'>' if !flow => self.fetch_block_scalar(ScalarStyle::Folded),
            b'\'' => self.fetch_quoted(ScalarStyle::SingleQuoted),
            b'"' => self.fetch_quoted(ScalarStyle::DoubleQuoted),
            b'|' | b'>' | b'#' | b'%' | b'@' | b'`' | b' ' | b'\t' => Err(self.no_token()),
            _ => self.fetch_plain(),
        }
    }

    fn no_token(&self) -> ParseError {
        let mark = self.cursor.mark();
        match self.cursor.peek() {
            b'\t' => mark.error("found character that cannot start any token: a tab cannot indent"),
            other => mark.error(format!(
                "found character that cannot start any token: '{}' (put the text in quotes)",
                char::from(other)
            )),
        }
    }

    const fn in_flow(&self) -> bool {
        self.candidates.len() > 1
    }

    fn column(&self) -> isize {
        self.cursor.mark().column.cast_signed()
    }

    // ---- keys without `?`

    /// Whether the candidate of `level` can still be a key: keys take one line and at most
    /// 1024 characters.
    fn may_be_key(&mut self, level: usize) -> Result<bool, ParseError> {
        let here = self.cursor.mark();
        let Some(candidate) = self.candidates.get_mut(level).filter(|candidate| candidate.possible) else {
            return Ok(false);
        };
        let start = candidate.start;
        if start.line < here.line || start.column + MAX_KEY_LENGTH < here.column {
            if candidate.required {
                return Err(start.error("could not find expected ':'"));
            }
            candidate.possible = false;
        }
        Ok(candidate.possible)
    }

    /// Notes that the token about to be made may be a key.
    fn add_candidate(&mut self) -> Result<(), ParseError> {
        if !self.key_allowed {
            return Ok(());
        }
        let required = !self.in_flow() && self.indent == self.column();
        self.drop_candidate()?;
        let number = self.taken + self.tokens.len();
        let level = self.candidates.len() - 1;
        self.candidates[level] = Candidate { possible: true, required, number, start: self.cursor.mark() };
        self.release(number);
        self.held.push_back((number, level));
        Ok(())
    }

    /// Gives up the candidate of the current level.
    fn drop_candidate(&mut self) -> Result<(), ParseError> {
        if let Some(candidate) = self.candidates.last_mut()
            && candidate.possible
        {
            if candidate.required {
                return Err(candidate.start.error("could not find expected ':'"));
            }
            candidate.possible = false;
            let number = candidate.number;
            self.release(number);
        }
        Ok(())
    }

    /// Lets token `number` be handed out.
    fn release(&mut self, number: usize) {
        if let Ok(place) = self.held.binary_search_by_key(&number, |(number, _)| *number) {
            self.held.remove(place);
        }
    }

    // ---- blocks

    /// Opens a block at `column` if that is deeper than the innermost one.
    fn open_block(
        &mut self,
        column: isize,
        number: Option<usize>,
        kind: TokenKind,
        at: Mark,
    ) -> Result<(), ParseError> {
        if self.in_flow() || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(at.error(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.insert(kind, at, number);
        Ok(())
    }

    /// Closes the blocks that are deeper than `column`. `scanned` is where the space before
    /// the current place begins.
    ///
    /// A block ends before that space, or before the first of the comments there that stand
    /// at its own column: those are foot comments of the blocks around it.
    fn close_blocks(&mut self, column: isize, scanned: Mark) {
        if self.in_flow() || self.indent <= column {
            return;
        }
        let mut end = Mark { at: self.cursor.before(scanned.at), ..scanned };
        let mut feet: Vec<Mark> = self.comments.trailing(end.at).map(|comment| comment.start).collect();
        feet.sort_unstable_by_key(|start| (start.column, start.at));
        while self.indent > column {
            let own = usize::try_from(self.indent + 1).unwrap_or(0);
            let first = feet.partition_point(|start| start.column < own);
            if let Some(start) = feet.get(first).filter(|start| start.column == own) {
                end = *start;
            }
            self.insert(TokenKind::BlockEnd, end, None);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Closes all blocks before a directive, a document marker or the end.
    fn end_blocks(&mut self) -> Result<(), ParseError> {
        self.close_blocks(-1, self.cursor.mark());
        self.drop_candidate()?;
        self.key_allowed = false;
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<(), ParseError> {
        self.cursor.end_line(); // so that nothing before can be a key
        self.end_blocks()?;
        self.push(TokenKind::StreamEnd, self.cursor.mark());
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), ParseError> {
        if !self.in_flow() {
            let mark = self.cursor.mark();
            if !self.key_allowed {
                return Err(mark.error("block sequence entries are not allowed in this context"));
            }
            self.open_block(self.column(), None, TokenKind::BlockListStart, mark)?;
        }
        self.drop_candidate()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), ParseError> {
        if !self.in_flow() {
            let mark = self.cursor.mark();
            if !self.key_allowed {
                return Err(mark.error("mapping keys are not allowed in this context"));
            }
            self.open_block(self.column(), None, TokenKind::BlockMapStart, mark)?;
        }
        self.drop_candidate()?;
        self.key_allowed = !self.in_flow();
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), ParseError> {
        let level = self.candidates.len() - 1;
        if self.may_be_key(level)? {
            let Candidate { number, start, .. } = self.candidates[level];
            self.insert(TokenKind::Key, start, Some(number));
            self.open_block(start.column.cast_signed(), Some(number), TokenKind::BlockMapStart, start)?;
            self.candidates[level].possible = false;
            self.release(number);
            self.key_allowed = false;
        } else {
            // The key had a `?`, or is absent.
            if !self.in_flow() {
                let mark = self.cursor.mark();
                if !self.key_allowed {
                    return Err(mark.error("mapping values are not allowed in this context"));
                }
                self.open_block(self.column(), None, TokenKind::BlockMapStart, mark)?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    // ---- flow collections

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        self.add_candidate()?;
        let start = self.cursor.mark();
        let number = self.taken + self.tokens.len();
        self.candidates.push(Candidate { possible: false, required: false, number, start });
        if self.candidates.len() - 1 > MAX_DEPTH {
            return Err(start.error(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        self.drop_candidate()?;
        if self.in_flow()
            && let Some(level) = self.candidates.pop()
        {
            // Where the level never had a candidate this is the number of its bracket, which
            // then is handed out before a `:` behind it can be seen, as in go-yaml.
            self.release(level.number);
        }
        self.key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    // ---- tokens with text

    fn fetch_anchor(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        self.add_candidate()?;
        self.key_allowed = false;
        self.scan_anchor(kind)
    }

    fn fetch_tag(&mut self) -> Result<(), ParseError> {
        self.add_candidate()?;
        self.key_allowed = false;
        self.scan_tag()
    }

    fn fetch_block_scalar(&mut self, style: ScalarStyle) -> Result<(), ParseError> {
        self.drop_candidate()?;
        self.key_allowed = true;
        self.scan_block_scalar(style)
    }

    fn fetch_quoted(&mut self, style: ScalarStyle) -> Result<(), ParseError> {
        self.add_candidate()?;
        self.key_allowed = false;
        self.scan_quoted(style)
    }

    fn fetch_plain(&mut self) -> Result<(), ParseError> {
        self.add_candidate()?;
        self.key_allowed = false;
        self.scan_plain()
    }
}
