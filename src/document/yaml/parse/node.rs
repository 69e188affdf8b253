//! Nodes: what may stand anywhere, and what stands before them.

use super::build::Properties;
use super::{Parser, Place, Seen, State};
use crate::document::ParseError;
use crate::document::yaml::comments::{Pending, Piece};
use crate::document::yaml::node::{Kind, ScalarStyle, Tag};
use crate::document::yaml::scan::TokenKind;
use crate::leaf::Span;

impl Parser<'_> {
    /// Any node. `stem` is the comment above a `-` whose item is a block collection: it is
    /// about that collection, not about its first entry.
    pub(super) fn node(&mut self, place: Place, stem: Vec<Piece>) -> Result<(), ParseError> {
        let mut token = self.peek()?;
        if token.kind == TokenKind::Alias {
            return self.alias(token);
        }
        let mut properties = Properties::default();
        loop {
            match token.kind {
                TokenKind::Anchor if properties.anchor.is_none() => {
                    properties.anchor = Some(token.span());
                    self.take();
                }
                TokenKind::Tag { handle } if properties.tag.is_none() => {
                    properties.tag = Some(self.tag(token, handle)?);
                }
                _ => break,
            }
            token = self.peek()?;
        }
        if let Some(anchor) = properties.anchor {
            self.anchors.insert(self.slice(anchor.start + 1, anchor.end), self.builder.next_id());
        }
        let has_properties = properties.anchor.is_some() || properties.tag.is_some();
        self.builder.properties = properties;

        let block = place != Place::Flow;
        let start = token.start;
        match token.kind {
            TokenKind::BlockEntry if place == Place::BlockPair => {
                self.state = State::IndentlessItem;
                self.builder.open_list(false, start, Pending::default());
            }
            TokenKind::Scalar(style) => {
                self.return_to_state();
                let comments = self.take_comments();
                let text = self.take().and_then(|token| token.text);
                self.builder.scalar_with(style, start, token.span(), text, comments);
            }
            TokenKind::FlowListStart => {
                self.state = State::FlowItem { first: true };
                let comments = self.take_comments();
                self.builder.open_list(true, start, comments);
            }
            TokenKind::FlowMapStart => {
                self.state = State::FlowKey { first: true };
                let comments = self.take_comments();
                self.builder.open_map(true, start, comments);
            }
            TokenKind::BlockListStart if block => {
                self.take();
                self.state = State::BlockItem;
                self.builder.open_list(false, start, Pending { head: stem, ..Pending::default() });
            }
            TokenKind::BlockMapStart if block => {
                self.take();
                self.state = State::BlockKey;
                self.builder.open_map(false, start, Pending { head: stem, ..Pending::default() });
            }
            _ if has_properties => {
                self.return_to_state();
                self.absent();
            }
            _ => return Err(start.error(format!("did not find expected node content{}", found(token.kind)))),
        }
        Ok(())
    }

    pub(super) fn alias(&mut self, token: Seen) -> Result<(), ParseError> {
        let name = self.slice(token.start.at + 1, token.end.at);
        let Some(&target) = self.anchors.get(name) else {
            return Err(token.start.error(format!("unknown anchor '{name}' referenced")));
        };
        self.return_to_state();
        let comments = self.take_comments();
        self.take();
        self.builder.leaf(Kind::Alias { target }, token.start, token.span(), comments);
        Ok(())
    }

    /// Takes a tag and gives its full name.
    pub(super) fn tag(&mut self, token: Seen, handle: Span) -> Result<Tag, ParseError> {
        let suffix = self.take().and_then(|token| token.text).unwrap_or_default();
        let handle = self.slice(handle.start, handle.end);
        let name = if handle.is_empty() {
            suffix.into_string()
        } else {
            let prefix = self.tag_handles.iter().find(|(known, _)| *known == handle);
            let (_, prefix) =
                prefix.ok_or_else(|| token.start.error(format!("found undefined tag handle '{handle}'")))?;
            [&**prefix, &*suffix].concat()
        };
        Ok(Tag { span: token.span(), name })
    }

    /// A node that is not written: null.
    pub(super) fn absent(&mut self) {
        self.builder.scalar(ScalarStyle::Plain, self.behind, Span::at(self.behind.at));
    }
}

/// What stands in the way, for an error.
pub(super) const fn found(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::StreamEnd => " before the end of the file",
        TokenKind::DocumentStart => " before '---'",
        TokenKind::DocumentEnd => " before '...'",
        TokenKind::BlockEntry => ", but '-'",
        TokenKind::FlowEntry => ", but ','",
        TokenKind::Key => ", but a key",
        TokenKind::Value => ", but ':'",
        TokenKind::FlowListEnd => ", but ']'",
        TokenKind::FlowMapEnd => ", but '}'",
        TokenKind::FlowListStart => ", but '['",
        TokenKind::FlowMapStart => ", but '{'",
        TokenKind::Scalar(_) => ", but text",
        TokenKind::BlockListStart | TokenKind::BlockMapStart => ", but a deeper block",
        TokenKind::BlockEnd => " before the end of the block",
        _ => "",
    }
}
