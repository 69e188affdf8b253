//! Scalars that may stand in a flow collection: plain and quoted ones.

use super::cursor::{Stops, stops};
use super::{Mark, Scanner, Token, TokenKind};
use crate::document::ParseError;
use crate::document::yaml::node::ScalarStyle;
use crate::leaf::Span;

static SINGLE_QUOTED: Stops = stops(b"'");
static DOUBLE_QUOTED: Stops = stops(b"\"\\");
static PLAIN_IN_BLOCK: Stops = stops(b":#");
static PLAIN_IN_FLOW: Stops = stops(b":#,?[]{}");
const BLANKS: [char; 2] = [' ', '\t'];

/// What is between two lines of a scalar.
#[derive(Default)]
struct Gap<'a> {
    /// Whether there was a line break, plain or escaped.
    broken: bool,
    first_break: &'a str,
    more_breaks: String,
}

impl Gap<'_> {
    /// Appends what the gap stands for: one line break is a blank, more are one less.
    fn fold(self, text: &mut String) {
        if self.first_break != "\n" {
            text.push_str(self.first_break);
            text.push_str(&self.more_breaks);
        } else if self.more_breaks.is_empty() {
            text.push(' ');
        } else {
            text.push_str(&self.more_breaks);
        }
    }
}

impl<'a> Scanner<'a> {
    /// Reads on over blanks and line breaks. Left of `indent` a line must not have tabs.
    fn scan_gap(&mut self, gap: &mut Gap<'a>, indent: isize) -> Result<(), ParseError> {
        loop {
            if self.cursor.is_blank(0) {
                if self.cursor.peek() == b'\t' && gap.broken && self.column() < indent {
                    let mark = self.cursor.mark();
                    return Err(mark.error("found a tab character that violates indentation"));
                }
                self.cursor.step();
            } else if self.cursor.is_break(0) {
                let line_break = self.cursor.step_line();
                if gap.broken {
                    gap.more_breaks.push_str(line_break);
                } else {
                    gap.first_break = line_break;
                    gap.broken = true;
                }
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn scan_plain(&mut self) -> Result<(), ParseError> {
        let start = self.cursor.mark();
        let indent = self.indent + 1;
        let mut end = start;
        let mut text: Option<String> = None; // only if it is more than one line
        let mut gap = Gap::default();
        while !self.cursor.is_document_marker() && self.cursor.peek() != b'#' {
            let line_start = self.cursor.mark().at;
            let line = self.scan_plain_line();
            if !line.is_empty() {
                let gap = std::mem::take(&mut gap);
                if gap.broken {
                    let first_line = Span::new(start.at, end.at);
                    let text = text.get_or_insert_with(|| self.cursor.slice(first_line).to_owned());
                    gap.fold(text);
                    text.push_str(line);
                }
                end = self.cursor.mark();
                let blanks = end.at - line_start - line.len();
                end.at -= blanks;
                end.column -= blanks;
            }
            if !self.cursor.is_break(0) {
                break;
            }
            self.scan_gap(&mut gap, indent)?;
            if !self.in_flow() && self.column() < indent {
                break;
            }
        }
        if gap.broken {
            self.key_allowed = true;
        }
        self.tokens.push_back(Token {
            kind: TokenKind::Scalar(ScalarStyle::Plain),
            start,
            end,
            text: text.map(String::into_boxed_str),
        });
        Ok(())
    }

    /// Reads on to the end of the line or to what ends a plain scalar; gives what is before,
    /// without blanks at its end.
    fn scan_plain_line(&mut self) -> &'a str {
        let start = self.cursor.mark().at;
        let stops = if self.in_flow() { &PLAIN_IN_FLOW } else { &PLAIN_IN_BLOCK };
        loop {
            self.cursor.run(stops);
            let line = self.cursor.since(start);
            let text = line.trim_end_matches(BLANKS);
            match self.cursor.peek() {
                b':' if !self.cursor.is_space(1) => {}
                b'#' if text.len() == line.len() => {}
                _ => return text,
            }
            self.cursor.step();
        }
    }

    pub(super) fn scan_quoted(&mut self, style: ScalarStyle) -> Result<(), ParseError> {
        let start = self.cursor.mark();
        let quote = self.cursor.peek();
        self.cursor.step();
        let stops = if quote == b'\'' { &SINGLE_QUOTED } else { &DOUBLE_QUOTED };
        let run = self.cursor.run(stops);
        // Most texts are what stands between the quotes.
        if self.cursor.peek() == quote && (quote == b'"' || self.cursor.ahead(1) != quote) {
            self.cursor.step();
            let end = self.cursor.mark();
            self.tokens.push_back(Token { kind: TokenKind::Scalar(style), start, end, text: None });
            return Ok(());
        }
        let mut text = String::new();
        self.add_quoted_run(run, &mut text);
        loop {
            if self.cursor.is_document_marker() {
                return Err(self.cursor.mark().error("found unexpected document indicator"));
            }
            if self.cursor.is_end() {
                return Err(start.error("found unexpected end of stream: a quote is not closed"));
            }
            let mut gap = Gap::default();
            if quote == b'\'' {
                self.scan_single_quoted_line(&mut text);
            } else {
                gap.broken = self.scan_double_quoted_line(&mut text)?;
            }
            if self.cursor.peek() == quote {
                break;
            }
            self.scan_gap(&mut gap, 0)?;
            if gap.broken {
                gap.fold(&mut text);
            }
        }
        self.cursor.step();
        let end = self.cursor.mark();
        self.tokens.push_back(Token {
            kind: TokenKind::Scalar(style),
            start,
            end,
            text: Some(text.into_boxed_str()),
        });
        Ok(())
    }

    /// Reads on to the end of the line or the closing quote.
    fn scan_single_quoted_line(&mut self, text: &mut String) {
        loop {
            self.scan_quoted_run(&SINGLE_QUOTED, text);
            if self.cursor.peek() != b'\'' || self.cursor.ahead(1) != b'\'' {
                return;
            }
            text.push('\'');
            self.cursor.step();
            self.cursor.step();
        }
    }

    /// Reads on to the end of the line or the closing quote, or over an escaped line break;
    /// says whether it was that.
    fn scan_double_quoted_line(&mut self, text: &mut String) -> Result<bool, ParseError> {
        loop {
            self.scan_quoted_run(&DOUBLE_QUOTED, text);
            if self.cursor.peek() != b'\\' {
                return Ok(false);
            }
            let start = self.cursor.mark();
            self.cursor.step();
            if self.cursor.is_break(0) {
                self.cursor.step_line();
                return Ok(true);
            }
            let escaped = self.scan_escape(start)?;
            text.push(escaped);
        }
    }

    fn scan_quoted_run(&mut self, stops: &Stops, text: &mut String) {
        let run = self.cursor.run(stops);
        self.add_quoted_run(run, text);
    }

    fn add_quoted_run(&self, run: Span, text: &mut String) {
        let run = self.cursor.slice(run);
        // Blanks before a line break are not part of the text.
        text.push_str(if self.cursor.is_break(0) { run.trim_end_matches(BLANKS) } else { run });
    }

    /// Reads what follows the `\` at `start`.
    fn scan_escape(&mut self, start: Mark) -> Result<char, ParseError> {
        let digits = match self.cursor.peek() {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                let escaped = match other {
                    b'0' => '\0',
                    b'a' => '\x07',
                    b'b' => '\x08',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\x0B',
                    b'f' => '\x0C',
                    b'r' => '\r',
                    b'e' => '\x1B',
                    b' ' | b'"' | b'\'' | b'\\' => char::from(other),
                    b'N' => '\u{85}',
                    b'_' => '\u{A0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => return Err(start.error("found unknown escape character")),
                };
                self.cursor.step();
                return Ok(escaped);
            }
        };
        self.cursor.step();
        let mut code = 0;
        for _ in 0..digits {
            let digit = char::from(self.cursor.peek()).to_digit(16);
            let digit = digit.ok_or_else(|| start.error("did not find expected hexdecimal number"))?;
            code = code << 4 | digit;
            self.cursor.step();
        }
        char::from_u32(code).ok_or_else(|| start.error("found invalid Unicode character escape code"))
    }
}
