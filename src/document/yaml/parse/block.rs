//! Block collections: maps and lists by indentation.

use super::node::found;
use super::{Parser, Place, Seen, State};
use crate::document::ParseError;
use crate::document::yaml::comments::Pending;
use crate::document::yaml::scan::TokenKind;

impl Parser<'_> {
    pub(super) fn block_item(&mut self) -> Result<(), ParseError> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::BlockEntry => self.item(token, State::BlockItem),
            TokenKind::BlockEnd => {
                self.return_to_state();
                self.builder.close(self.behind.at, Pending::default());
                self.take();
                Ok(())
            }
            other => Err(token.start.error(format!("did not find expected '-' indicator{}", found(other)))),
        }
    }

    pub(super) fn indentless_item(&mut self) -> Result<(), ParseError> {
        let token = self.peek()?;
        if token.kind == TokenKind::BlockEntry {
            return self.item(token, State::IndentlessItem);
        }
        self.return_to_state();
        self.builder.close(self.behind.at, Pending::default());
        Ok(())
    }

    /// A `-` and the start of what is behind it.
    pub(super) fn item(&mut self, dash: Seen, list: State) -> Result<(), ParseError> {
        self.builder.dash(dash.span());
        let above = self.pending.head.len();
        self.take();
        let token = self.peek()?;
        let stem = match token.kind {
            TokenKind::BlockListStart | TokenKind::BlockMapStart => {
                let rest = self.pending.head.split_off(above);
                std::mem::replace(&mut self.pending.head, rest)
            }
            _ => Vec::new(),
        };
        let empty = match token.kind {
            TokenKind::BlockEntry | TokenKind::BlockEnd => true,
            TokenKind::Key | TokenKind::Value => list == State::IndentlessItem,
            _ => false,
        };
        if empty {
            self.state = list;
            self.absent();
            return Ok(());
        }
        self.states.push(list);
        self.node(Place::Block, stem)
    }

    pub(super) fn block_key(&mut self) -> Result<(), ParseError> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Key => {
                if self.entries() {
                    return Ok(());
                }
                self.take();
                self.pair_part(State::BlockValue)
            }
            TokenKind::BlockEnd => {
                self.return_to_state();
                let comments = self.take_comments();
                self.builder.close(self.behind.at, comments);
                self.take();
                Ok(())
            }
            other => Err(token.start.error(format!("did not find expected key{}", found(other)))),
        }
    }

    /// Takes the entries here that are as simple as most are; says whether there was one.
    fn entries(&mut self) -> bool {
        if !self.short_way || !self.pending.is_empty() {
            return false;
        }
        let builder = &mut self.builder;
        let end = self.scanner.take_entries(|key, value| builder.entry(key, value));
        let Some(end) = end else { return false };
        self.behind = end;
        true
    }

    pub(super) fn block_value(&mut self) -> Result<(), ParseError> {
        if self.peek()?.kind == TokenKind::Value {
            self.take();
            return self.pair_part(State::BlockKey);
        }
        self.state = State::BlockKey;
        self.absent();
        Ok(())
    }

    /// The key or the value of a block map's entry.
    pub(super) fn pair_part(&mut self, next: State) -> Result<(), ParseError> {
        if matches!(self.peek()?.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
            self.state = next;
            self.absent();
            return Ok(());
        }
        self.states.push(next);
        self.node(Place::BlockPair, Vec::new())
    }
}
