//! Keys without `?`: the scanner sees that there was one when it comes to the `:`.

use super::{Mark, Scanner};
use crate::document::ParseError;

/// How many characters a key without `?` may have before its `:`.
const MAX_KEY_LENGTH: usize = 1024;

/// A token that may turn out to be a key; there is one candidate per flow level.
pub(super) struct Candidate {
    pub(super) possible: bool,
    /// It stands where only a key can stand.
    pub(super) required: bool,
    /// The number of its token, counted from the start of the stream.
    pub(super) number: usize,
    pub(super) start: Mark,
}

impl Scanner<'_> {
    /// Whether the candidate of `level` can still be a key: keys take one line and at most
    /// 1024 characters.
    pub(super) fn may_be_key(&mut self, level: usize) -> Result<bool, ParseError> {
        let here = self.cursor.mark();
        let Some(candidate) = self.candidates.get_mut(level).filter(|candidate| candidate.possible) else {
            return Ok(false);
        };
        let start = candidate.start;
        if start.line < here.line || start.column + MAX_KEY_LENGTH < here.column {
            if candidate.required {
                return Err(start.error("could not find expected ':'"));
            }
            candidate.possible = false;
        }
        Ok(candidate.possible)
    }

    /// Notes that the token about to be made may be a key.
    pub(super) fn add_candidate(&mut self) -> Result<(), ParseError> {
        if !self.key_allowed {
            return Ok(());
        }
        let required = !self.in_flow() && self.indent == self.column();
        self.drop_candidate()?;
        let number = self.taken + self.tokens.len();
        let level = self.candidates.len() - 1;
        self.candidates[level] = Candidate { possible: true, required, number, start: self.cursor.mark() };
        self.release(number);
        self.held.push_back((number, level));
        Ok(())
    }

    /// Gives up the candidate of the current level.
    pub(super) fn drop_candidate(&mut self) -> Result<(), ParseError> {
        if let Some(candidate) = self.candidates.last_mut()
            && candidate.possible
        {
            if candidate.required {
                return Err(candidate.start.error("could not find expected ':'"));
            }
            candidate.possible = false;
            let number = candidate.number;
            self.release(number);
        }
        Ok(())
    }

    /// Lets token `number` be handed out.
    pub(super) fn release(&mut self, number: usize) {
        if let Ok(place) = self.held.binary_search_by_key(&number, |(number, _)| *number) {
            self.held.remove(place);
        }
    }
}
