//! A place in the text and the steps that can be made from it.

use crate::document::{ParseError, ParseErrorKind};
use crate::leaf::Span;

/// A place: the byte, and the line and column (in characters) it is in, all counted from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::document::yaml) struct Mark {
    pub(in crate::document::yaml) at: usize,
    pub(in crate::document::yaml) line: usize,
    pub(in crate::document::yaml) column: usize,
}

impl Mark {
    /// The error that `problem` is at this place.
    pub(in crate::document::yaml) fn error(self, problem: impl Into<String>) -> ParseError {
        ParseError {
            line: self.line + 1,
            column: self.column + 1,
            problem: problem.into(),
            kind: ParseErrorKind::Syntax,
        }
    }
}

/// A set of bytes that a run ends at.
pub(super) type Stops = [bool; 256];

/// The bytes that can begin a line break, and `more`.
pub(super) const fn stops(more: &[u8]) -> Stops {
    let mut set = [false; 256];
    // 0xC2 and 0xE2 begin NEL, LS and PS, and many other characters.
    let breaks = [b'\n', b'\r', 0xC2, 0xE2];
    let mut i = 0;
    while i < breaks.len() {
        set[breaks[i] as usize] = true;
        i += 1;
    }
    i = 0;
    while i < more.len() {
        set[more[i] as usize] = true;
        i += 1;
    }
    set
}

static LINE_END: Stops = stops(&[]);

/// Reads through a text. The end reads as NUL, which no YAML text may contain.
pub(super) struct Cursor<'a> {
    text: &'a str,
    is_simple: bool,
    mark: Mark,
    /// Line breaks passed since the last character that is not a blank.
    breaks: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at byte `at`, which must be a character boundary of `text`. Simple is a text of line feeds and
    /// of what ASCII prints alone.
    pub(super) const fn new(text: &'a str, is_simple: bool, at: usize) -> Self {
        Self { text, is_simple, mark: Mark { at, line: 0, column: 0 }, breaks: 0 }
    }

    /// Whether the whole text is simple.
    pub(super) const fn is_simple(&self) -> bool {
        self.is_simple
    }

    pub(super) const fn mark(&self) -> Mark {
        self.mark
    }

    /// Goes to a place behind a character that is no blank.
    pub(super) const fn jump(&mut self, mark: Mark) {
        self.mark = mark;
        self.breaks = 0;
    }

    /// The text from here on.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.mark.at..).unwrap_or_default()
    }

    pub(super) const fn breaks(&self) -> usize {
        self.breaks
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.slice(Span::new(start, self.mark.at))
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The byte here; 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.ahead(0)
    }

    /// The byte `n` bytes on; 0 past the end.
    pub(super) fn ahead(&self, n: usize) -> u8 {
        self.text.as_bytes().get(self.mark.at + n).copied().unwrap_or(0)
    }

    pub(super) fn is_end(&self) -> bool {
        self.mark.at >= self.text.len()
    }

    /// The length of the line break `n` bytes on, 0 if there is none.
    pub(super) fn break_len(&self, n: usize) -> usize {
        match self.ahead(n) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(self.ahead(n + 1) == b'\n'),
            0xC2 if self.ahead(n + 1) == 0x85 => 2,
            0xE2 if self.ahead(n + 1) == 0x80 && matches!(self.ahead(n + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_break(&self, n: usize) -> bool {
        self.break_len(n) > 0
    }

    pub(super) fn is_blank(&self, n: usize) -> bool {
        matches!(self.ahead(n), b' ' | b'\t')
    }

    /// Whether a line break or the end is `n` bytes on.
    pub(super) fn is_line_end(&self, n: usize) -> bool {
        self.ahead(n) == 0 || self.is_break(n)
    }

    /// Whether a blank, a line break or the end is `n` bytes on.
    pub(super) fn is_space(&self, n: usize) -> bool {
        self.is_blank(n) || self.is_line_end(n)
    }

    /// Whether `---` or `...` stands here at the start of a line, with a space behind.
    pub(super) fn is_document_marker(&self) -> bool {
        self.mark.column == 0
            && matches!(self.peek(), b'-' | b'.')
            && self.ahead(1) == self.peek()
            && self.ahead(2) == self.peek()
            && self.is_space(3)
    }

    /// Steps over one character that is no line break.
    pub(super) fn step(&mut self) {
        let width = match self.peek() {
            0 => return,
            b' ' | b'\t' => 1,
            first => {
                self.breaks = 0;
                match first {
                    ..0x80 => 1,
                    0x80..0xE0 => 2,
                    0xE0..0xF0 => 3,
                    _ => 4,
                }
            }
        };
        self.mark.at += width;
        self.mark.column += 1;
    }

    /// Steps over the line break here, if there is one, and gives what it stands for in a
    /// scalar: `\n`, but LS and PS stand for themselves.
    pub(super) fn step_line(&mut self) -> &'a str {
        let start = self.mark.at;
        let len = self.break_len(0);
        if len == 0 {
            return "";
        }
        self.mark = Mark { at: start + len, line: self.mark.line + 1, column: 0 };
        self.breaks += 1;
        if len == 3 { self.since(start) } else { "\n" }
    }

    /// Goes to a new line without a line break.
    pub(super) const fn end_line(&mut self) {
        if self.mark.column > 0 {
            self.mark.line += 1;
            self.mark.column = 0;
        }
    }

    /// Steps over spaces and tabs.
    pub(super) fn step_blanks(&mut self) {
        while self.is_blank(0) {
            self.step();
        }
    }

    /// Steps on to the next of `stops`, the next line break or the end.
    pub(super) fn run(&mut self, stops: &Stops) -> Span {
        let start = self.mark.at;
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut trailing = 0; // bytes that are no first bytes of a character
        while let Some(&byte) = bytes.get(at) {
            if stops[usize::from(byte)] {
                self.mark.at = at;
                if byte < 0x80 || self.break_len(0) > 0 {
                    break;
                }
            }
            trailing += usize::from(byte & 0xC0 == 0x80);
            at += 1;
        }
        self.mark.at = at;
        self.mark.column += at - start - trailing;
        if bytes[start..at].iter().any(|byte| !matches!(byte, b' ' | b'\t')) {
            self.breaks = 0;
        }
        Span::new(start, at)
    }

    /// Steps on to the end of the line.
    pub(super) fn run_line(&mut self) -> Span {
        self.run(&LINE_END)
    }

    /// Steps over letters, digits, `_` and `-`.
    pub(super) fn run_word(&mut self) -> Span {
        let start = self.mark.at;
        while self.peek().is_ascii_alphanumeric() || matches!(self.peek(), b'_' | b'-') {
            self.step();
        }
        Span::new(start, self.mark.at)
    }

    /// The start of the character before byte `at`.
    pub(super) fn before(&self, at: usize) -> usize {
        let mut at = at.saturating_sub(1);
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// `at`, or the end of the character that it lies within.
    pub(super) fn boundary(&self, mut at: usize) -> usize {
        while at < self.text.len() && !self.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }
}
