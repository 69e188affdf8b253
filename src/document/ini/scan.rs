//! Scanning: lines become statements, exactly where `gopkg.in/ini.v1` sees them (stores §6.1).
//!
//! What a statement *is* does not depend on the dialect (see [`value`](super::value)); only how
//! much of a value on one line belongs to it does. So a scan finds the section `[sops]` before
//! the dialect is known.

use memchr::{memchr, memchr2, memmem, memrchr};

use super::blank::{leading, trim, trimmed_len};
use crate::leaf::Span;

/// A line that is not blank.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// Its first byte.
    pub(super) start: usize,
    /// The first byte that is no white space.
    pub(super) text: usize,
    /// Past its line break. For a statement of several lines: past the last one.
    pub(super) end: usize,
    /// Counted from 1.
    pub(super) number: usize,
}

/// What a line, or several, come to.
pub(super) enum Statement {
    /// `; text`
    Comment(Line),
    /// `[name]`; `after` is the place behind the bracket.
    Header { line: Line, name: Span, after: usize },
    /// `key = value`
    Key(Key),
}

/// A key with its value.
pub(super) struct Key {
    pub(super) line: Line,
    /// The name without quotes.
    pub(super) name: Span,
    pub(super) form: Form,
}

/// The quotes that may span lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fence {
    Backtick,
    Triple,
}

impl Fence {
    pub(super) const fn text(self) -> &'static [u8] {
        match self {
            Self::Backtick => b"`",
            Self::Triple => b"\"\"\"",
        }
    }
}

/// How a value is written.
pub(super) enum Form {
    /// There is no `=` or `:`.
    Bare,
    /// Nothing follows the delimiter; a value would go here.
    Empty(usize),
    /// Text on one line, trimmed; may hold a comment.
    Line(Span),
    /// Lines joined by `\` at their ends. Taken as it is: no quotes, no comment.
    Joined { span: Span, text: Vec<u8> },
    /// Text between backticks or triple quotes, taken as it is.
    Fenced {
        fence: Fence,
        content: Span,
        /// What follows the closing quotes on their line, trimmed.
        tail: Span,
        /// Whether the quotes close on another line than they open on: only then is a comment
        /// in the tail read.
        lines: bool,
    },
}

/// Why a line is none of these: where, and in which words of sops (without the line itself).
pub(super) struct Problem {
    pub(super) at: usize,
    pub(super) text: &'static str,
}

/// Goes through a source, statement by statement.
pub(super) struct Scanner<'a> {
    source: &'a [u8],
    at: usize,
    line: usize,
    /// Indentation of the key before, if no header came since.
    key_indent: Option<usize>,
}

impl<'a> Scanner<'a> {
    /// A scan from `at`, which is past a byte order mark.
    pub(super) const fn new(source: &'a [u8], at: usize) -> Self {
        Self { source, at, line: 0, key_indent: None }
    }

    /// The next statement.
    pub(super) fn next(&mut self) -> Result<Option<Statement>, Problem> {
        while let Some(span) = self.next_line() {
            let text = span.start + leading(span.of(self.source));
            if text == span.end {
                continue;
            }
            let line = Line { start: span.start, text, end: span.end, number: self.line };
            return match self.source[text] {
                b'#' | b';' => Ok(Some(Statement::Comment(line))),
                b'[' => self.header(line).map(Some),
                _ => self.key(line).map(Some),
            };
        }
        Ok(None)
    }

    fn next_line(&mut self) -> Option<Span> {
        let start = self.at;
        if start == self.source.len() {
            return None;
        }
        self.at = memchr(b'\n', &self.source[start..]).map_or(self.source.len(), |at| start + at + 1);
        self.line += 1;
        Some(Span::new(start, self.at))
    }

    fn header(&mut self, line: Line) -> Result<Statement, Problem> {
        let problem = |text| Problem { at: line.text, text };
        let text = &self.source[line.text..line.end];
        let close = memrchr(b']', text).ok_or_else(|| problem("unclosed section"))?;
        if close == 1 {
            return Err(problem("empty section name"));
        }
        self.key_indent = None;
        let name = Span::new(line.text + 1, line.text + close);
        Ok(Statement::Header { line, name, after: name.end + 1 })
    }

    fn key(&mut self, mut line: Line) -> Result<Statement, Problem> {
        let indent = line.text - line.start;
        let (name, delimiter) = self.name(line)?;
        let form = match delimiter {
            Some(at) => self.value(at, &mut line)?,
            None => Form::Bare,
        };
        self.key_indent = Some(indent);
        Ok(Statement::Key(Key { line, name, form }))
    }

    /// The name of a key, and the place behind its delimiter.
    fn name(&self, line: Line) -> Result<(Span, Option<usize>), Problem> {
        let text = &self.source[line.text..line.end];
        let problem = |text| Problem { at: line.text, text };
        let quote: &[u8] = match text {
            [b'"', ..] if text.len() > 6 && text.starts_with(b"\"\"\"") => b"\"\"\"",
            [b'"', ..] => b"\"",
            [b'`', ..] => b"`",
            _ => {
                return match memchr2(b'=', b':', text) {
                    None => Ok((self.bare(line)?, None)),
                    Some(0) => Err(problem("empty key name")),
                    Some(at) => Ok((self.trimmed(line.text, line.text + at), Some(line.text + at + 1))),
                };
            }
        };
        let open = quote.len();
        let close = memmem::find(&text[open..], quote).ok_or_else(|| problem("missing closing key quote"))?;
        let behind = open + close + quote.len();
        let at =
            memchr2(b'=', b':', &text[behind..]).ok_or_else(|| problem("key-value delimiter not found"))?;
        let name = self.trimmed(line.text + open, line.text + open + close);
        if name.is_empty() {
            return Err(problem("error creating new key: empty key name"));
        }
        Ok((name, Some(line.text + behind + at + 1)))
    }

    /// The name of a key without `=`, up to a comment. sops refuses it; we take it unless it
    /// may be a part of the value before, which would stay in plain text as a name.
    fn bare(&self, line: Line) -> Result<Span, Problem> {
        let text = &self.source[line.text..line.end];
        let end = comment_after_blank(text).unwrap_or(text.len());
        let name = self.trimmed(line.text, line.text + end);
        let indented = self.key_indent.is_some_and(|indent| line.text - line.start > indent);
        if indented || !looks_like_a_name(name.of(self.source)) {
            return Err(Problem { at: line.text, text: "key-value delimiter not found" });
        }
        Ok(name)
    }

    fn trimmed(&self, start: usize, end: usize) -> Span {
        let text = &self.source[start..end];
        let end = start + trimmed_len(text);
        Span::new(end.min(start + leading(text)), end)
    }

    /// The value behind a delimiter; `line` grows by the lines that it takes.
    fn value(&mut self, from: usize, line: &mut Line) -> Result<Form, Problem> {
        let rest = &self.source[from..line.end];
        let start = from + leading(rest);
        if start == line.end {
            // Behind one blank, if there is one.
            return Ok(Form::Empty(from + usize::from(matches!(rest, [b' ' | b'\t', ..]))));
        }
        let text = &self.source[start..line.end];
        let fence = match text {
            [b'"', b'"', b'"', _, ..] => Some(Fence::Triple),
            [b'`', ..] => Some(Fence::Backtick),
            _ => None,
        };
        if let Some(fence) = fence {
            return self.fenced(fence, start, line);
        }
        let end = start + trimmed_len(text);
        if self.source[end - 1] == b'\\' {
            return Ok(self.joined(Span::new(start, end), line));
        }
        Ok(Form::Line(Span::new(start, end)))
    }

    fn fenced(&mut self, fence: Fence, start: usize, line: &mut Line) -> Result<Form, Problem> {
        let quote = fence.text();
        let open = start + quote.len();
        if let Some(at) = memmem::rfind(&self.source[open..line.end], quote) {
            let content = Span::new(open, open + at);
            let tail = self.trimmed(content.end + quote.len(), line.end);
            return Ok(Form::Fenced { fence, content, tail, lines: false });
        }
        while let Some(next) = self.next_line() {
            line.end = next.end;
            if let Some(at) = memmem::rfind(next.of(self.source), quote) {
                let tail = self.trimmed(next.start + at + quote.len(), next.end);
                // A backslash at the end of the closing line keeps the value open.
                if !tail.of(self.source).ends_with(b"\\") {
                    let content = Span::new(open, next.start + at);
                    return Ok(Form::Fenced { fence, content, tail, lines: true });
                }
            }
        }
        Err(Problem { at: start, text: "missing closing key quote" })
    }

    /// A value that goes on behind the backslash that `first` ends with.
    fn joined(&mut self, first: Span, line: &mut Line) -> Form {
        let mut text = self.source[first.start..first.end - 1].to_vec();
        let mut end = first.end;
        while let Some(next) = self.next_line() {
            line.end = next.end;
            let content = trim(next.of(self.source));
            if content.is_empty() {
                break;
            }
            end = next.start + trimmed_len(next.of(self.source));
            text.extend_from_slice(content);
            if text.last() != Some(&b'\\') {
                break;
            }
            text.pop();
        }
        Form::Joined { span: Span::new(first.start, end), text }
    }
}

/// Where a comment begins that has a blank before it.
pub(super) fn comment_after_blank(text: &[u8]) -> Option<usize> {
    memchr::memchr2_iter(b'#', b';', text).find(|&at| at > 0 && matches!(text[at - 1], b' ' | b'\t'))
}

/// Whether a line without `=` can be a name: no PEM armour, no line of base64, nothing binary.
fn looks_like_a_name(text: &[u8]) -> bool {
    const LONGEST_WORD: usize = 40;
    let armour = memmem::find(text, b"-----").is_some();
    let base64 = text.len() >= LONGEST_WORD
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    let binary = std::str::from_utf8(text).is_err() || text.iter().any(u8::is_ascii_control);
    !armour && !base64 && !binary
}
