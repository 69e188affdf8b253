//! The indicators that blocks and flow collections are made of.

use super::keys::Candidate;
use super::{Mark, Scanner, TokenKind};
use crate::document::ParseError;

/// How deep blocks may nest, and flow collections.
pub(in crate::document::yaml) const MAX_DEPTH: usize = 10_000;

impl Scanner<'_> {
    /// Opens a block at `column` if that is deeper than the innermost one.
    pub(super) fn open_block(
        &mut self,
        column: isize,
        number: Option<usize>,
        kind: TokenKind,
        at: Mark,
    ) -> Result<(), ParseError> {
        if self.in_flow() || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(at.error(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.insert(kind, at, number);
        Ok(())
    }

    /// Closes the blocks that are deeper than `column`. `scanned` is where the space before
    /// the current place begins.
    ///
    /// A block ends before that space, or before the first of the comments there that stand
    /// at its own column: those are foot comments of the blocks around it.
    pub(super) fn close_blocks(&mut self, column: isize, scanned: Mark) {
        if self.in_flow() || self.indent <= column {
            return;
        }
        let mut end = Mark { at: self.cursor.before(scanned.at), ..scanned };
        let mut feet: Vec<Mark> = self.comments.trailing(end.at).map(|comment| comment.start).collect();
        feet.sort_unstable_by_key(|start| (start.column, start.at));
        while self.indent > column {
            let own = usize::try_from(self.indent + 1).unwrap_or(0);
            let first = feet.partition_point(|start| start.column < own);
            if let Some(start) = feet.get(first).filter(|start| start.column == own) {
                end = *start;
            }
            self.insert(TokenKind::BlockEnd, end, None);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Closes all blocks before a directive, a document marker or the end.
    pub(super) fn end_blocks(&mut self) -> Result<(), ParseError> {
        self.close_blocks(-1, self.cursor.mark());
        self.drop_candidate()?;
        self.key_allowed = false;
        Ok(())
    }

    pub(super) fn fetch_stream_end(&mut self) -> Result<(), ParseError> {
        self.cursor.end_line(); // so that nothing before can be a key
        self.end_blocks()?;
        self.push(TokenKind::StreamEnd, self.cursor.mark());
        Ok(())
    }

    pub(super) fn fetch_block_entry(&mut self) -> Result<(), ParseError> {
        if !self.in_flow() {
            let mark = self.cursor.mark();
            if !self.key_allowed {
                return Err(mark.error("block sequence entries are not allowed in this context"));
            }
            self.open_block(self.column(), None, TokenKind::BlockListStart, mark)?;
        }
        self.drop_candidate()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    pub(super) fn fetch_key(&mut self) -> Result<(), ParseError> {
        if !self.in_flow() {
            let mark = self.cursor.mark();
            if !self.key_allowed {
                return Err(mark.error("mapping keys are not allowed in this context"));
            }
            self.open_block(self.column(), None, TokenKind::BlockMapStart, mark)?;
        }
        self.drop_candidate()?;
        self.key_allowed = !self.in_flow();
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    pub(super) fn fetch_value(&mut self) -> Result<(), ParseError> {
        let level = self.candidates.len() - 1;
        if self.may_be_key(level)? {
            let Candidate { number, start, .. } = self.candidates[level];
            self.insert(TokenKind::Key, start, Some(number));
            self.open_block(start.column.cast_signed(), Some(number), TokenKind::BlockMapStart, start)?;
            self.candidates[level].possible = false;
            self.release(number);
            self.key_allowed = false;
        } else {
            // The key had a `?`, or is absent.
            if !self.in_flow() {
                let mark = self.cursor.mark();
                if !self.key_allowed {
                    return Err(mark.error("mapping values are not allowed in this context"));
                }
                self.open_block(self.column(), None, TokenKind::BlockMapStart, mark)?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    pub(super) fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        self.add_candidate()?;
        let start = self.cursor.mark();
        let number = self.taken + self.tokens.len();
        self.candidates.push(Candidate { possible: false, required: false, number, start });
        if self.candidates.len() - 1 > MAX_DEPTH {
            return Err(start.error(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    pub(super) fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        self.drop_candidate()?;
        if self.in_flow()
            && let Some(level) = self.candidates.pop()
        {
            // Where the level never had a candidate this is the number of its bracket, which
            // then is handed out before a `:` behind it can be seen, as in go-yaml.
            self.release(level.number);
        }
        self.key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }
}
