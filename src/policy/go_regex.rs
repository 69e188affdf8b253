//! Regular expressions as Go's `regexp` reads them, asked one question: does it match?
//!
//! [`translate`](translate::translate) reads a pattern by Go's grammar, refuses what Go
//! refuses with Go's words, and writes what is left for the `regex` crate. Only whether there
//! is a match is kept: which one, its groups and greed are dropped on the way.
//!
//! # Compatibility
//!
//! Go 1.26 as sops 3.13.2 is built with: Unicode 15.0, names of `\p{…}` in any case, and no
//! script whose name has several words; `testdata/regex/` pins it, made by that Go. Letters
//! that Unicode 16 gave a partner in the other case have it here too, and the one mark that it
//! moved from `Mn` to `Mc` has moved.

mod class;
mod translate;
mod unicode;

use std::borrow::Cow;

/// Bytes that a compiled pattern may take: Go counts otherwise, and never comes near this with
/// patterns that people write.
const SIZE_LIMIT: usize = 64 << 20;

/// Levels that a compiled pattern may have, groups that only group not counted. The compiler
/// of the `regex` crate recurses, and threads have small stacks.
const NESTING_LIMIT: u32 = 250;

/// A pattern that Go would compile, ready to be matched.
#[derive(Debug, Clone)]
pub struct GoRegex {
    regex: regex::Regex,
    /// Whether it asks for "no word boundary", which holds between the bytes of a character
    /// too. Such a place is no match, but asked for any match the `regex` crate can meet one
    /// before a match that began earlier, and lose that; asked for the first, it does not.
    asks_inside_characters: bool,
}

/// Why a pattern is refused, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {kind}: `{part}`")]
pub struct GoRegexError {
    /// What is wrong.
    pub kind: GoRegexErrorKind,
    /// The part of the pattern that it is wrong with.
    pub part: String,
}

/// What can be wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says it
pub enum GoRegexErrorKind {
    #[error("invalid character class range")]
    CharRange,
    #[error("invalid escape sequence")]
    Escape,
    #[error("invalid named capture")]
    NamedCapture,
    #[error("invalid or unsupported Perl syntax")]
    PerlSyntax,
    #[error("invalid nested repetition operator")]
    NestedRepetition,
    #[error("invalid repeat count")]
    RepeatCount,
    #[error("missing closing ]")]
    MissingBracket,
    #[error("missing closing )")]
    MissingParenthesis,
    #[error("missing argument to repetition operator")]
    MissingRepeatArgument,
    #[error("trailing backslash at end of expression")]
    TrailingBackslash,
    #[error("unexpected )")]
    UnexpectedParenthesis,
    #[error("expression nests too deeply")]
    TooDeep,
    #[error("expression too large")]
    TooLarge,
    /// Go would take it, at some cost; we do not.
    #[error("expression too large for this program")]
    TooLargeForUs,
}

impl GoRegexError {
    fn new(kind: GoRegexErrorKind, part: &str) -> Self {
        Self { kind, part: part.to_owned() }
    }

    /// Whether Go would have compiled the pattern.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        matches!(self.kind, GoRegexErrorKind::TooLargeForUs)
    }
}

impl GoRegex {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// [`GoRegexError`] if Go would refuse it, or if it is too large for us.
    pub fn new(pattern: &str) -> Result<Self, GoRegexError> {
        let translated = translate::translate(pattern)?;
        regex::RegexBuilder::new(&translated)
            .size_limit(SIZE_LIMIT)
            .nest_limit(NESTING_LIMIT)
            .build()
            .map(|regex| Self {
                regex,
                asks_inside_characters: translated.contains(translate::NOT_A_BOUNDARY),
            })
            .map_err(|_| GoRegexError::new(GoRegexErrorKind::TooLargeForUs, pattern))
    }

    /// Whether the pattern matches anywhere in `text`.
    ///
    /// Each byte that is not part of valid UTF-8 counts as one U+FFFD, as in Go.
    #[must_use]
    pub fn is_match(&self, text: &[u8]) -> bool {
        let text = as_go_reads(text);
        if self.asks_inside_characters {
            self.regex.find(&text).is_some()
        } else {
            self.regex.is_match(&text)
        }
    }
}

/// The characters that Go sees. Unlike the standard library's lossy conversion, every single
/// byte of an invalid sequence becomes a replacement character.
fn as_go_reads(text: &[u8]) -> Cow<'_, str> {
    let mut chunks = text.utf8_chunks();
    let Some(first) = chunks.next() else { return Cow::Borrowed("") };
    if first.invalid().is_empty() {
        return Cow::Borrowed(first.valid());
    }
    let mut out = String::with_capacity(text.len() + 16);
    for chunk in text.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
