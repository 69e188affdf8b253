//! Whole entries of a block map: the short way for the lines that most files are made of.
//!
//! ```yaml
//! key: value
//! next: …
//! ```
//!
//! Where a value ends with its line and the line below begins with another key of the same map,
//! the scanner's state behind that key's `:` is known without going through the tokens one by
//! one. Whatever is not as simple as that (comments, tabs, other line breaks, any character
//! beyond ASCII) goes the long way; a test holds that both lead to the same tree.

use super::cursor::Cursor;
use super::keys::Candidate;
use super::{Mark, Scanner, Token, TokenKind};
use crate::document::yaml::node::ScalarStyle;
use crate::leaf::Span;
use memchr::{memchr, memchr_iter, memchr2};

/// A longer key goes the long way, which knows the limit for keys.
const MAX_KEY_LENGTH: usize = 128;

/// A value that ends with its line, and the key below it.
struct Ahead {
    style: ScalarStyle,
    value: (Mark, Mark),
    key: (Mark, Mark),
}

/// A key or a value of a simple entry.
pub(in crate::document::yaml) struct Simple {
    pub(in crate::document::yaml) style: ScalarStyle,
    pub(in crate::document::yaml) start: Mark,
    pub(in crate::document::yaml) span: Span,
    /// As in a token. The key that was in the queue already may have one.
    pub(in crate::document::yaml) text: Option<Box<str>>,
}

impl Simple {
    const fn new(style: ScalarStyle, (start, end): (Mark, Mark)) -> Self {
        Self { style, start, span: Span { start: start.at, end: end.at }, text: None }
    }
}

impl Scanner<'_> {
    /// Takes the key that is next in the queue, with its `:` and its value, and all entries below that
    /// are as simple. `each` gets their keys and values. Gives the end of the last value, or nothing if
    /// there is no simple entry here.
    ///
    /// The queue holds the key and the `:` alone before: behind them the scanner stands. It will stand
    /// behind the key below the last entry afterwards, as if the tokens between had been made and taken.
    pub(in crate::document::yaml) fn take_entries(
        &mut self,
        mut each: impl FnMut(Simple, Simple),
    ) -> Option<Mark> {
        let at_entry = self.tokens.len() == 3
            && self.tokens[0].kind == TokenKind::Key
            && self.tokens[0].span().is_empty()
            && matches!(self.tokens[1].kind, TokenKind::Scalar(_))
            && self.tokens[2].kind == TokenKind::Value
            && self.tokens[2].end == self.cursor.mark();
        if !at_entry || self.in_flow() || !self.held.is_empty() || !self.comments.is_empty() {
            return None;
        }
        let indent = usize::try_from(self.indent).ok()?;
        let mut ahead = look_ahead(&self.cursor, indent)?;

        self.tokens.pop_front();
        let first = self.tokens.pop_front()?;
        let TokenKind::Scalar(style) = first.kind else { return None };
        let mut key = Simple { style, start: first.start, span: first.span(), text: first.text };
        self.tokens.clear();
        let (value, key) = loop {
            self.taken += 4; // the entry's two, its `:` and the empty token before its key
            let Ahead { style, value, key: next } = ahead;
            each(key, Simple::new(style, value));
            self.cursor.jump(behind_colon(next.1));
            ahead = match look_ahead(&self.cursor, indent) {
                Some(ahead) => ahead,
                None => break (value, next),
            };
            key = Simple::new(ScalarStyle::Plain, next);
        };
        let (start, end) = key;
        self.tokens.push_back(Token::new(TokenKind::Key, start, start));
        self.tokens.push_back(Token::new(TokenKind::Scalar(ScalarStyle::Plain), start, end));
        self.tokens.push_back(Token::new(TokenKind::Value, end, behind_colon(end)));
        self.ready = false;
        self.key_allowed = false;
        self.candidates[0] = Candidate { possible: false, required: true, number: self.taken, start };
        Some(value.1)
    }
}

/// The place behind the `:` that follows a key.
const fn behind_colon(key: Mark) -> Mark {
    Mark { at: key.at + 1, line: key.line, column: key.column + 1 }
}

/// The value here, behind a `:`, and the key below it at column `indent`, if both are simple.
fn look_ahead(cursor: &Cursor<'_>, indent: usize) -> Option<Ahead> {
    let (mark, rest) = (cursor.mark(), cursor.rest());
    let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
    // Most values are words: what ends the word ends the line.
    let word = memchr2(b' ', b'\n', &rest[blanks..])?;
    let is_word = rest[blanks + word] == b'\n';
    let length = if is_word { word } else { word + memchr(b'\n', &rest[blanks + word..])? };
    let (line, value) = (&rest[..blanks + length], &rest[blanks..blanks + length]);
    // No other blanks and breaks than spaces, and a column for every byte.
    if blanks == 0 || !(cursor.is_simple() || value.iter().all(|byte| matches!(byte, b' '..=b'~'))) {
        return None;
    }
    let style = style_of(value, is_word)?;

    let below = &rest[line.len() + 1..];
    let text = below.get(indent..)?;
    if below[..indent].iter().any(|&byte| byte != b' ') {
        return None;
    }
    let key = key_length(text)?;
    let start = Mark { at: mark.at + line.len() + 1 + indent, line: mark.line + 1, column: indent };
    let on = |mark: Mark, bytes: usize| Mark { at: mark.at + bytes, column: mark.column + bytes, ..mark };
    Some(Ahead { style, value: (on(mark, blanks), on(mark, line.len())), key: (start, on(start, key)) })
}

/// The style of the scalar that `value` is as a whole. A word has no blanks.
fn style_of(value: &[u8], is_word: bool) -> Option<ScalarStyle> {
    match value {
        [b'"', inner @ .., b'"'] => {
            memchr2(b'"', b'\\', inner).is_none().then_some(ScalarStyle::DoubleQuoted)
        }
        [b'\'', inner @ .., b'\''] => memchr(b'\'', inner).is_none().then_some(ScalarStyle::SingleQuoted),
        [b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'/' | b'.' | b'+', ..] => {
            let ends_well = !matches!(value.last(), Some(b':' | b' '));
            let parts = |at: usize| value[at - 1] == b':' || value.get(at + 1) == Some(&b'#');
            let is_whole = is_word || !memchr_iter(b' ', value).any(parts);
            (ends_well && is_whole).then_some(ScalarStyle::Plain)
        }
        _ => None,
    }
}

/// The bytes that simple keys are made of.
static IN_KEY: [bool; 256] = {
    let mut set = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        set[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
        byte += 1;
    }
    set
};

/// The length of the key that `text` begins with, if there is one and no comment behind its `:`.
fn key_length(text: &[u8]) -> Option<usize> {
    let length = text.iter().take(MAX_KEY_LENGTH).position(|&byte| !IN_KEY[usize::from(byte)])?;
    if length == 0 || matches!(text[0], b'-' | b'.') {
        return None;
    }
    let [b':', behind @ ..] = &text[length..] else { return None };
    let is_key = matches!(behind.first(), Some(b' ' | b'\n'));
    let next = behind.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    (is_key && next != Some(&b'#')).then_some(length)
}
