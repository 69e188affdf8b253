//! Block scalars: `|` and `>`.

use super::{Mark, Scanner, Token, TokenKind};
use crate::document::ParseError;
use crate::document::yaml::node::ScalarStyle;

/// What becomes of the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    /// None stays: `-`
    Strip,
    /// One stays.
    Clip,
    /// All stay: `+`
    Keep,
}

/// The lines between two lines of text.
#[derive(Default)]
struct Blanks {
    breaks: String,
    /// Where the last line break begins.
    last: Option<usize>,
}

impl Scanner<'_> {
    pub(super) fn scan_block_scalar(&mut self, style: ScalarStyle) -> Result<(), ParseError> {
        let start = self.cursor.mark();
        self.cursor.step();
        let (chomp, increment) = self.scan_block_header()?;
        let mut end = self.cursor.mark();
        self.cursor.step_blanks();
        if self.cursor.peek() == b'#' {
            self.note_inline(start.at);
            self.cursor.run_line();
        }
        if !self.cursor.is_line_end(0) {
            return Err(self.cursor.mark().error("did not find expected comment or line break"));
        }
        self.cursor.step_line();

        let mut indent = increment.map(|columns| self.indent.max(0).cast_unsigned() + columns);
        let mut text = String::new();
        let mut blanks = self.scan_blank_lines(&mut indent)?;
        let indent = indent.unwrap_or(1);
        let mut line_break = "";
        let mut after_indented = false;
        while self.cursor.mark().column == indent && !self.cursor.is_end() {
            let indented = self.cursor.is_blank(0);
            if style == ScalarStyle::Folded && line_break == "\n" && !after_indented && !indented {
                if blanks.breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(line_break);
            }
            text.push_str(&blanks.breaks);
            after_indented = indented;
            let line = self.cursor.run_line();
            text.push_str(self.cursor.slice(line));
            end = self.cursor.mark();
            line_break = self.cursor.step_line();
            blanks = self.scan_blank_lines(&mut Some(indent))?;
        }
        let last_line = end;
        if chomp != Chomp::Strip {
            text.push_str(line_break);
        }
        if chomp == Chomp::Keep {
            text.push_str(&blanks.breaks);
            if let Some(at) = blanks.last {
                end = Mark { at, ..last_line };
            }
        }
        self.tokens.push_back(Token {
            kind: TokenKind::Scalar(style),
            start,
            end,
            text: Some(text.into_boxed_str()),
        });
        Ok(())
    }

    /// The indicators behind `|` or `>`, in either order.
    fn scan_block_header(&mut self) -> Result<(Chomp, Option<usize>), ParseError> {
        let mut chomp = None;
        let mut increment = None;
        loop {
            match self.cursor.peek() {
                b'+' if chomp.is_none() => chomp = Some(Chomp::Keep),
                b'-' if chomp.is_none() => chomp = Some(Chomp::Strip),
                b'0' if increment.is_none() => {
                    return Err(self.cursor.mark().error("found an indentation indicator equal to 0"));
                }
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(usize::from(digit - b'0')),
                _ => return Ok((chomp.unwrap_or(Chomp::Clip), increment)),
            }
            self.cursor.step();
        }
    }

    /// Steps over empty lines and the indentation of the next line. An unknown indentation
    /// becomes that of the first line with text.
    fn scan_blank_lines(&mut self, indent: &mut Option<usize>) -> Result<Blanks, ParseError> {
        let mut blanks = Blanks::default();
        let mut deepest = 0;
        loop {
            while indent.is_none_or(|indent| self.cursor.mark().column < indent) && self.cursor.peek() == b' '
            {
                self.cursor.step();
            }
            let mark = self.cursor.mark();
            deepest = deepest.max(mark.column);
            if self.cursor.peek() == b'\t' && indent.is_none_or(|indent| mark.column < indent) {
                return Err(mark.error("found a tab character where an indentation space is expected"));
            }
            if !self.cursor.is_break(0) {
                break;
            }
            blanks.last = Some(mark.at);
            blanks.breaks.push_str(self.cursor.step_line());
        }
        if indent.is_none() {
            let least = usize::try_from(self.indent + 1).unwrap_or(0).max(1);
            *indent = Some(deepest.max(least));
        }
        Ok(blanks)
    }
}
