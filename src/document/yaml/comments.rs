//! Comments on their way from the scanner to the node that they hang on.
//!
//! The scanner finds comments while it looks for the next token and queues them with the place
//! in the token stream where they take effect. When the parser looks at a token it picks up all
//! comments that are due; the next node that takes comments gets them.

use std::collections::VecDeque;

use super::node::Comment;
use super::scan::Mark;
use crate::leaf::Span;

/// A line of comment, or the blank line between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Line(Span),
    /// A blank line between comments or between a comment and what follows it.
    Gap,
}

/// The comment lines among `pieces`.
pub(super) fn lines(pieces: Vec<Piece>) -> Vec<Comment> {
    if pieces.is_empty() {
        return Vec::new();
    }
    let lines = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Line(span) => Some(Comment { span }),
        Piece::Gap => None,
    });
    lines.collect()
}

/// How a comment relates to what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Above it.
    Head,
    /// Behind it on its line.
    Inline,
    /// Below it.
    Foot,
}

/// A comment that waits for the parser.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) role: Role,
    pub(super) pieces: Vec<Piece>,
    /// It is due when the parser looks at a token that starts here or later.
    pub(super) due: usize,
    /// Where it starts. For comments on lines of their own the column counts from 1.
    pub(super) start: Mark,
    /// The stretch between tokens, or the part of one behind the last comment, that it was
    /// found in. Inline comments have none.
    pub(super) stretch: Option<Span>,
}

/// All comments between scanner and parser.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Queued>,
    /// Every comment line seen, whether or not a node gets it.
    pub(super) seen: Vec<Comment>,
}

impl Queue {
    pub(super) fn push(&mut self, comment: Queued) {
        self.waiting.push_back(comment);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut Queued> {
        self.waiting.back_mut()
    }

    /// The comments just before the current place, last first: those with nothing but blanks
    /// between one another and the stretch that begins at `scanned`.
    pub(super) fn trailing(&self, scanned: usize) -> impl Iterator<Item = &Queued> {
        let mut reach = scanned;
        self.waiting.iter().rev().map_while(move |comment| {
            let stretch = comment.stretch.filter(|stretch| stretch.end >= reach)?;
            reach = stretch.start;
            Some(comment)
        })
    }
}

/// The comments that the parser has picked up and not yet given to a node.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) head: Vec<Piece>,
    pub(super) inline: Vec<Piece>,
    pub(super) foot: Vec<Piece>,
}

impl Pending {
    pub(super) const fn is_empty(&self) -> bool {
        self.head.is_empty() && self.inline.is_empty() && self.foot.is_empty()
    }

    /// Picks up what is due at a token that starts at byte `at`. The end of a block takes no
    /// head comments: they wait for the token behind it, and all others behind them do too.
    pub(super) fn pick_up(&mut self, queue: &mut Queue, at: usize, block_end: bool) {
        while let Some(comment) =
            queue.waiting.pop_front_if(|next| at >= next.due && !(block_end && next.role == Role::Head))
        {
            match comment.role {
                Role::Head => self.head.extend(comment.pieces),
                Role::Inline => self.inline.extend(comment.pieces),
                Role::Foot => self.foot.extend(comment.pieces),
            }
        }
    }

    /// Splits the head comments at the last blank line: what is above it, without it.
    pub(super) fn split_off_document_head(&mut self) -> Vec<Piece> {
        let Some(gap) = self.head.iter().rposition(|piece| *piece == Piece::Gap) else {
            return Vec::new();
        };
        let rest = self.head.split_off(gap + 1);
        std::mem::replace(&mut self.head, rest)
    }
}
