//! The space between tokens, and the comments in it.
//!
//! Which node a comment hangs on is decided here and in the parser by go-yaml's rules; sops
//! authenticates a comment by that node's path, so the rules are part of the file format
//! (stores §3.3), with all their corners. The corners that come from go-yaml looking at bytes
//! where it counts characters (CRLF reads as a blank line between comments) are kept too.

use super::{Mark, Scanner, TokenKind};
use crate::document::yaml::comments::{Piece, Queued, Role};
use crate::document::yaml::node::Comment;
use crate::leaf::Span;

/// How many bytes ahead a comment is looked for. Behind more blanks it is still a comment, but
/// no longer connected to what is before it.
const LOOK_AHEAD: usize = 512;

impl Scanner<'_> {
    /// Steps over blanks, line breaks and comments.
    pub(super) fn skip_to_token(&mut self) {
        let scanned = self.cursor.mark();
        loop {
            // A tab may not indent a block.
            while self.cursor.peek() == b' '
                || self.cursor.peek() == b'\t' && (self.in_flow() || !self.key_allowed)
            {
                self.cursor.step();
            }
            self.promote_entry_comment();
            if self.cursor.peek() == b'#' {
                self.gather(scanned);
            }
            if !self.cursor.is_break(0) {
                return;
            }
            self.cursor.step_line();
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    /// Makes the comment behind the first `-` of a list the head of what follows:
    ///
    /// ```yaml
    /// - # comment
    ///   key: value
    /// ```
    fn promote_entry_comment(&mut self) {
        let count = self.tokens.len();
        if count < 2
            || self.tokens[count - 1].kind != TokenKind::BlockEntry
            || self.tokens[count - 2].kind != TokenKind::BlockListStart
            || self.cursor.is_break(0)
        {
            return;
        }
        let here = self.cursor.mark();
        if let Some(comment) = self.comments.last_mut().filter(|comment| comment.role == Role::Inline) {
            comment.role = Role::Head;
            if comment.start.line + 1 == here.line {
                comment.due = here.at;
            }
        }
    }

    /// Queues the comment on the rest of the line, if there is one, as the inline comment of
    /// the token that starts at byte `about`.
    pub(super) fn note_inline(&mut self, about: usize) {
        if self.cursor.breaks() > 0 {
            return;
        }
        let Some(blanks) = (0..LOOK_AHEAD).find(|&n| !self.cursor.is_blank(n)) else { return };
        if self.cursor.ahead(blanks) != b'#' {
            return;
        }
        self.cursor.step_blanks();
        let start = self.cursor.mark();
        let line = self.comment_line();
        self.comments.push(Queued {
            role: Role::Inline,
            pieces: vec![line],
            due: about,
            start,
            stretch: None,
        });
    }

    fn comment_line(&mut self) -> Piece {
        let span = self.cursor.run_line();
        self.comments.seen.push(Comment { span });
        Piece::Line(span)
    }

    /// Queues the comment lines that begin here, up to the next content: as foot of what is
    /// before them, as head of what follows, or some each.
    fn gather(&mut self, scanned: Mark) {
        let mut gathering = Gathering::begin(self, scanned);
        let mut ahead = 0;
        while ahead < LOOK_AHEAD {
            let byte = self.cursor.ahead(ahead);
            let here = self.cursor.boundary(self.cursor.mark().at + ahead);
            gathering.column += 1;
            if self.cursor.is_blank(ahead) {
                ahead += 1;
                continue;
            }
            let closing = self.in_flow() && matches!(byte, b']' | b'}');
            if closing || self.cursor.is_line_end(ahead) {
                if let Some(foot) = gathering.line_end(here, closing, byte == 0) {
                    self.comments.push(foot);
                }
                if !self.cursor.is_break(ahead) {
                    break;
                }
                gathering.next_line();
                ahead += 1;
                continue;
            }
            if let Some(foot) = gathering.dedent(here) {
                self.comments.push(foot);
            }
            if byte != b'#' {
                break;
            }
            if gathering.pieces.is_empty() {
                gathering.start = Mark { at: here, line: gathering.line, column: gathering.column };
            }
            while self.cursor.mark().at < here {
                if self.cursor.step_line().is_empty() {
                    self.cursor.step();
                }
            }
            let line = self.comment_line();
            gathering.pieces.push(line);
            gathering.blank_line = false;
            gathering.column = 0;
            gathering.line = self.cursor.mark().line;
            ahead = 1; // behind the line break
        }
        let end = self.cursor.boundary(self.cursor.mark().at + ahead);
        if let Some(head) = gathering.finish(self.cursor.before(end)) {
            self.comments.push(head);
        }
    }
}

/// Comment lines that are not queued yet, and what decides whose they are.
struct Gathering {
    pieces: Vec<Piece>,
    /// Where `pieces` began, with a column counted from 1.
    start: Mark,
    /// Where the last comment, or else the last token, ended.
    from: usize,
    /// When the lines are due if they are a foot.
    due: usize,
    /// Column of the innermost block.
    indent: usize,
    /// The line that a foot of what is before must start on.
    foot_line: Option<usize>,
    /// The token before is a `:`, which can have no foot.
    after_colon: bool,
    /// No blank line has been seen, neither before the comment nor in it.
    unbroken: bool,
    /// The current line comes after a blank one.
    blank_line: bool,
    line: usize,
    /// Counted from 1.
    column: usize,
}

impl Gathering {
    fn begin(scanner: &Scanner<'_>, scanned: Mark) -> Self {
        let mark = scanner.cursor.mark();
        let breaks = scanner.cursor.breaks();
        let mut before = scanner.tokens.iter().rev();
        let mut token = before.next();
        if token.is_some_and(|token| token.kind == TokenKind::FlowEntry) {
            token = before.next().or(token);
        }
        // The foot goes on the line below the last content.
        let foot_line = (scanned.line > 0).then(|| {
            let behind_content = breaks == 0 && mark.column > 1;
            (mark.line + 1 + usize::from(behind_content)).saturating_sub(breaks)
        });
        Self {
            pieces: Vec::new(),
            start: Mark::default(),
            from: scanned.at,
            due: token.map_or(0, |token| token.start.at),
            indent: usize::try_from(scanner.indent).unwrap_or(0),
            foot_line,
            after_colon: token.is_some_and(|token| token.kind == TokenKind::Value),
            unbroken: breaks <= 1,
            blank_line: false,
            line: mark.line,
            column: mark.column,
        }
    }

    /// Whether the comment starts left of the innermost block.
    const fn is_dedented(&self) -> bool {
        self.start.column <= self.indent
    }

    /// At the end of a line or before a closing bracket: the foot that ends here, if any.
    fn line_end(&mut self, here: usize, closing: bool, end_of_text: bool) -> Option<Queued> {
        if self.blank_line && !closing {
            return None;
        }
        let below_content = self.foot_line == Some(self.start.line) && !self.after_colon;
        if closing || self.unbroken && (below_content || self.is_dedented()) {
            if self.is_dedented() && !self.pieces.is_empty() {
                self.due = self.start.at; // It has nothing to do with the token before.
            }
            return self.foot(here);
        }
        if !self.pieces.is_empty() && !end_of_text {
            self.pieces.push(Piece::Gap);
        }
        None
    }

    const fn next_line(&mut self) {
        self.unbroken = false;
        self.blank_line = true;
        self.column = 0;
        self.line += 1;
    }

    /// At a comment or content: where it stands left of the innermost block and not in line
    /// with the comment so far, that comment is a foot.
    fn dedent(&mut self, here: usize) -> Option<Queued> {
        if self.column <= self.indent && self.column != self.start.column { self.foot(here) } else { None }
    }

    fn foot(&mut self, here: usize) -> Option<Queued> {
        if self.pieces.is_empty() {
            return None;
        }
        let foot = Queued {
            role: Role::Foot,
            pieces: std::mem::take(&mut self.pieces),
            due: self.due,
            start: self.start,
            stretch: Some(Span::new(self.from, here)),
        };
        self.from = here;
        self.due = here;
        Some(foot)
    }

    /// At content: what is left is the head of it.
    fn finish(self, end: usize) -> Option<Queued> {
        (!self.pieces.is_empty()).then(|| Queued {
            role: Role::Head,
            pieces: self.pieces,
            due: self.start.at,
            start: self.start,
            stretch: Some(Span::new(self.from, end)),
        })
    }
}
