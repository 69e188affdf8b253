//! The pen: what already stands on the current line, as far as go-yaml's emitter asks.

use super::scalar::blanks;
use super::shape::{is_break, is_printable};

/// Writes pieces of lines and knows when a blank or a line break belongs between two of them.
pub(super) struct Pen<'o> {
    out: &'o mut Vec<u8>,
    newline: &'o str,
    column: usize,
    /// Whether the last character parts words.
    after_blank: bool,
    /// Whether only indentation, dashes and `?` or `:` stand on the line so far.
    fresh: bool,
    /// The column of a comment that must not run into what follows at the same column: go-yaml
    /// leaves a blank line between.
    gap_column: Option<usize>,
}

/// What an indicator leaves behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Indicator {
    /// `-`, `?`, or `:` at the beginning of a line: the next may follow on the line.
    Leading,
    /// `:` right behind a key.
    AfterKey,
}

impl<'o> Pen<'o> {
    /// A pen that stands at `column` of a line with nothing but blanks before it.
    pub(super) const fn new(column: usize, newline: &'o str, out: &'o mut Vec<u8>) -> Self {
        Self { out, newline, column, after_blank: true, fresh: true, gap_column: None }
    }

    /// Ends the line.
    pub(super) fn line_break(&mut self) {
        self.out.extend_from_slice(self.newline.as_bytes());
        self.column = 0;
        self.fresh = true;
    }

    /// Goes to `column`, on this line if nothing but indentation stands there, else on the next.
    pub(super) fn indent(&mut self, column: usize) {
        if !self.fresh || self.column > column || self.column == column && !self.after_blank {
            self.line_break();
        }
        if self.gap_column.take() == Some(column) {
            self.line_break();
        }
        blanks(column.saturating_sub(self.column), self.out);
        self.column = self.column.max(column);
        self.after_blank = true;
    }

    /// Writes an indicator.
    pub(super) fn indicator(&mut self, mark: u8, kind: Indicator) {
        if kind == Indicator::Leading {
            self.part();
        }
        self.out.push(mark);
        self.column += 1;
        self.after_blank = false;
        self.fresh &= kind == Indicator::Leading;
    }

    /// Lets `write` append a piece that stays on the line, apart from what is before it.
    pub(super) fn piece(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.part();
        self.joined(write);
    }

    /// Lets `write` append a piece that stays on the line, close to what is before it.
    pub(super) fn joined(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(self.out);
        self.column += 1; // its width matters no more: the line is not fresh
        self.after_blank = false;
        self.fresh = false;
    }

    /// A blank, unless one is there.
    pub(super) fn part(&mut self) {
        if !self.after_blank {
            self.out.push(b' ');
            self.column += 1;
        }
    }

    /// Lets `write` append whole lines; `ended` tells whether the last one is at its end.
    pub(super) fn lines(&mut self, ended: bool, write: impl FnOnce(&mut Vec<u8>, &str)) {
        write(self.out, self.newline);
        self.after_blank = true;
        self.fresh = ended;
        self.column = usize::from(!ended);
    }

    /// Writes a comment of one or more lines, each with its `#`, and ends the line. Lines but
    /// the first go to `column`.
    pub(super) fn comment(&mut self, text: &str, column: usize) {
        let mut at_line_start = false;
        let mut marked = false;
        for c in text.chars() {
            if is_break(c) {
                if c == '\n' {
                    self.line_break();
                } else {
                    self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    (self.column, self.fresh) = (0, true);
                }
                (at_line_start, marked) = (true, false);
                continue;
            }
            if at_line_start {
                self.indent(column);
            }
            if !marked && c != '#' {
                self.out.extend_from_slice(b"# ");
            }
            marked = true;
            let c = if c == '\t' || is_printable(c) { c } else { char::REPLACEMENT_CHARACTER };
            self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            self.column += 1;
            self.fresh = false;
            at_line_start = false;
        }
        if !at_line_start {
            self.line_break();
        }
        self.after_blank = true;
    }

    /// Asks for a blank line before what comes next, if that stands at `column`.
    pub(super) const fn leave_gap(&mut self, column: usize) {
        self.gap_column = Some(column);
    }

    /// Takes back [`Self::leave_gap`].
    pub(super) const fn close_gap(&mut self) {
        self.gap_column = None;
    }
}
