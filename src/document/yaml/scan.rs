//! YAML text becomes tokens.
//!
//! The scanner follows YAML 1.1 in the model of libyaml, which go-yaml shares: a queue of
//! tokens, into which a `Key` is inserted afterwards where a `:` shows that a key has gone by
//! (`simple key`), a stack of indentations and a flow level. It reads exactly as far ahead as
//! go-yaml does, because how far it has read decides which node gets a comment.

mod block;
mod cursor;
mod entry;
mod flow;
mod keys;
mod notes;
mod properties;
mod structure;
mod token;

pub(super) use structure::MAX_DEPTH;

use std::collections::VecDeque;

use super::comments::Queue;
use super::node::ScalarStyle;
use crate::document::ParseError;
use cursor::Cursor;
pub(super) use cursor::Mark;
pub(super) use entry::Simple;
use keys::Candidate;
pub(super) use token::{Token, TokenKind};

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
    /// Scans `text` from byte `start` on. Whether it is simple is for the [`Cursor`].
    pub(super) fn new(text: &'a str, is_simple: bool, start: usize) -> Self {
        Self {
            cursor: Cursor::new(text, is_simple, start),
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
