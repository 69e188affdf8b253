//! What a value on one line says, in two dialects.
//!
//! sops takes every `#` and `;` for the beginning of a comment, also within quotes and words,
//! and so cuts passwords (wishes §4.5, I1). An **encrypted** file is read in just that way: its
//! MAC was computed from it. In a **plain** file a comment has a blank before it and quotes
//! protect what is in them, so that `pw = ab#cd` is encrypted whole.

use memchr::{memchr, memchr2};

use super::blank::{leading, trimmed_len};
use super::scan::{Form, Key, Line, Scanner, Statement, comment_after_blank};
use crate::leaf::Span;

/// How much of a line is its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialect {
    /// As sops reads.
    Sops,
    /// As people write.
    Author,
}

/// A line taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LineValue {
    /// The quotes around the value.
    pub(super) quote: Option<u8>,
    /// The value without them.
    pub(super) content: Span,
    /// The value with them.
    pub(super) whole: Span,
    /// The comment behind it, with its marker.
    pub(super) comment: Option<Span>,
}

/// Takes apart the trimmed text behind a delimiter.
pub(super) fn read(source: &[u8], line: Span, dialect: Dialect) -> LineValue {
    let text = line.of(source);
    let marker = match dialect {
        Dialect::Sops => memchr2(b'#', b';', text),
        Dialect::Author => match quoted_end(text) {
            Some(end) => (end < text.len()).then(|| end + leading(&text[end..])),
            None => authors_comment(source, line),
        },
    };
    let comment = marker.map(|at| Span::new(line.start + at, line.end));
    let body = &text[..marker.unwrap_or(text.len())];
    let whole = Span::new(line.start, line.start + trimmed_len(body));
    let quote = surrounding_quote(whole.of(source));
    let content = match quote {
        Some(_) => Span::new(whole.start + 1, whole.end - 1),
        None => whole,
    };
    LineValue { quote, content, whole, comment }
}

/// The comment behind a value without quotes. At its very start it has to have a blank before
/// it as well: `colour=#fff` is a colour.
fn authors_comment(source: &[u8], line: Span) -> Option<usize> {
    let at_start = matches!(source[line.start], b'#' | b';')
        && line.start.checked_sub(1).is_some_and(|before| matches!(source[before], b' ' | b'\t'));
    if at_start { Some(0) } else { comment_after_blank(line.of(source)) }
}

/// Where quotes close that the text starts with, if nothing but a comment follows.
fn quoted_end(text: &[u8]) -> Option<usize> {
    let quote = *text.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let end = 2 + memchr(quote, &text[1..])?;
    let rest = &text[end..];
    let rest = &rest[leading(rest)..];
    matches!(rest, [] | [b'#' | b';', ..]).then_some(end)
}

/// The quotes around a text, if there are no others of their kind in it.
fn surrounding_quote(text: &[u8]) -> Option<u8> {
    match text {
        [b'"' | b'\'', inner @ .., last] if *last == text[0] && memchr(text[0], inner).is_none() => {
            Some(text[0])
        }
        _ => None,
    }
}

/// Whether `written`, put behind a delimiter on a line of its own, is read as `value` in both
/// dialects, and nothing else.
pub(super) fn reads_as(written: &[u8], value: &[u8]) -> bool {
    let line = [b"k = ".as_slice(), written, b"\n"].concat();
    let mut scanner = Scanner::new(&line, 0);
    let Ok(Some(Statement::Key(Key { form, line: Line { end, .. }, .. }))) = scanner.next() else {
        return false;
    };
    end == line.len()
        && match form {
            Form::Bare => false,
            Form::Empty(_) => value.is_empty(),
            Form::Line(span) => [Dialect::Sops, Dialect::Author].into_iter().all(|dialect| {
                let found = read(&line, span, dialect);
                found.content.of(&line) == value && found.comment.is_none()
            }),
            Form::Joined { .. } => false,
            Form::Fenced { content, tail, .. } => content.of(&line) == value && tail.is_empty(),
        }
}
