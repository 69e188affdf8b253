//! Tokens.

use super::Mark;
use crate::document::yaml::node::ScalarStyle;
use crate::leaf::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document::yaml) enum TokenKind {
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
    /// The token's text is the scalar's, or absent where it is the very bytes of the token, but for
    /// quotes.
    Scalar(ScalarStyle),
}

impl TokenKind {
    pub(in crate::document::yaml) const fn is_directive(self) -> bool {
        matches!(self, Self::Version { .. } | Self::TagDirective { .. })
    }
}

/// A piece of syntax and its place.
#[derive(Debug)]
pub(in crate::document::yaml) struct Token {
    pub(in crate::document::yaml) kind: TokenKind,
    pub(in crate::document::yaml) start: Mark,
    pub(in crate::document::yaml) end: Mark,
    pub(in crate::document::yaml) text: Option<Box<str>>,
}

impl Token {
    pub(super) const fn new(kind: TokenKind, start: Mark, end: Mark) -> Self {
        Self { kind, start, end, text: None }
    }

    pub(in crate::document::yaml) const fn span(&self) -> Span {
        Span { start: self.start.at, end: self.end.at }
    }
}
