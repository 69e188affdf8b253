//! Flow collections: maps and lists in brackets.

use super::node::found;
use super::{Parser, Place, State};
use crate::document::ParseError;
use crate::document::yaml::comments::Pending;
use crate::document::yaml::scan::TokenKind;

impl Parser<'_> {
    pub(super) fn flow_item(&mut self, first: bool) -> Result<(), ParseError> {
        let mut token = self.peek()?;
        if first {
            self.take();
            token = self.peek()?;
        }
        if !first && token.kind != TokenKind::FlowListEnd {
            if token.kind != TokenKind::FlowEntry {
                let problem = format!("did not find expected ',' or ']'{}", found(token.kind));
                return Err(token.start.error(problem));
            }
            self.take();
            token = self.peek()?;
        }
        match token.kind {
            TokenKind::Key => {
                self.builder.open_map(true, token.start, Pending::default());
                self.take();
                self.state = State::PairKey;
                Ok(())
            }
            TokenKind::FlowListEnd => {
                self.close_flow();
                Ok(())
            }
            _ => {
                self.states.push(State::FlowItem { first: false });
                self.node(Place::Flow, Vec::new())
            }
        }
    }

    /// Takes the closing bracket.
    pub(super) fn close_flow(&mut self) {
        self.return_to_state();
        let comments = self.take_comments();
        self.take();
        self.builder.close(self.behind.at, comments);
    }

    pub(super) fn pair_key(&mut self) -> Result<(), ParseError> {
        match self.peek()?.kind {
            // go-yaml takes this token, too: `[? : x]` is an error to it.
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowListEnd => {
                self.absent();
                self.take();
                self.state = State::PairValue;
                Ok(())
            }
            _ => {
                self.states.push(State::PairValue);
                self.node(Place::Flow, Vec::new())
            }
        }
    }

    pub(super) fn pair_value(&mut self) -> Result<(), ParseError> {
        if self.peek()?.kind == TokenKind::Value {
            self.take();
            if !matches!(self.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowListEnd) {
                self.states.push(State::PairEnd);
                return self.node(Place::Flow, Vec::new());
            }
        }
        self.state = State::PairEnd;
        self.absent();
        Ok(())
    }

    pub(super) fn pair_end(&mut self) -> Result<(), ParseError> {
        self.peek()?;
        self.state = State::FlowItem { first: false };
        self.builder.close(self.behind.at, Pending::default());
        Ok(())
    }

    pub(super) fn flow_key(&mut self, first: bool) -> Result<(), ParseError> {
        let mut token = self.peek()?;
        if first {
            self.take();
            token = self.peek()?;
        }
        if !first && token.kind != TokenKind::FlowMapEnd {
            if token.kind != TokenKind::FlowEntry {
                let problem = format!("did not find expected ',' or '}}'{}", found(token.kind));
                return Err(token.start.error(problem));
            }
            self.take();
            token = self.peek()?;
        }
        match token.kind {
            TokenKind::Key => {
                self.take();
                self.flow_pair_part(State::FlowValue)
            }
            TokenKind::FlowMapEnd => {
                self.close_flow();
                Ok(())
            }
            _ => {
                self.states.push(State::FlowNoValue);
                self.node(Place::Flow, Vec::new())
            }
        }
    }

    pub(super) fn flow_value(&mut self) -> Result<(), ParseError> {
        let next = State::FlowKey { first: false };
        if self.peek()?.kind != TokenKind::Value {
            self.state = next;
            self.absent();
            return Ok(());
        }
        self.take();
        match self.peek()?.kind {
            TokenKind::FlowEntry | TokenKind::FlowMapEnd => {
                self.state = next;
                self.absent();
                Ok(())
            }
            _ => {
                self.states.push(next);
                self.node(Place::Flow, Vec::new())
            }
        }
    }

    /// The key of a flow map's entry with a `?` or a `:`.
    pub(super) fn flow_pair_part(&mut self, next: State) -> Result<(), ParseError> {
        if matches!(self.peek()?.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMapEnd) {
            self.state = next;
            self.absent();
            return Ok(());
        }
        self.states.push(next);
        self.node(Place::Flow, Vec::new())
    }
}
