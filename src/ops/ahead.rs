//! Opening tokens while the file that they stand in is still being parsed.
//!
//! A large file that was just written is read back before anyone gets it. Where its tokens stand, and
//! under which paths, is for the parser to say, and that is one thread's work; what they open to is for
//! the cipher, which needs no parser. So the tokens are opened beside it, each under the path that it
//! was sealed with. What was opened counts for a leaf of the file only if that has this very token under
//! this very path; any other leaf is opened when it is met.

use std::sync::{Mutex, PoisonError};

use super::read::{OpenedLeaf, open_token};
use super::seal::AT_A_TIME;
use super::tokens::{Sealed, Tokens};
use crate::crypto::Cipher;
use crate::document::Document;
use crate::leaf::PathId;
use crate::threads::both;

/// How far the leaves of the file may stand from where they are in the source.
const NEAR: usize = 16;

/// What is to be opened: the tokens of the leaves of `source`.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) source: &'a Document,
    /// One for each leaf.
    pub(super) sealed: &'a [Option<Sealed>],
    pub(super) tokens: &'a Tokens,
}

/// What the tokens opened to.
pub(super) struct Ahead<'a> {
    written: Written<'a>,
    /// One for each leaf of the source. `None` where there is no token, and where it did not open: the
    /// reader tries that again and says what is wrong.
    opened: Vec<Option<OpenedLeaf>>,
    /// The leaf of the source that is looked at next.
    next: usize,
}

impl<'a> Ahead<'a> {
    /// Calls `parse`, and opens the tokens beside it and afterwards.
    pub(super) fn open_beside<T>(
        written: Written<'a>,
        cipher: &Cipher,
        parse: impl FnOnce() -> T,
    ) -> (T, Self) {
        let leaves = written.source.leaves();
        let mut opened = Vec::with_capacity(leaves.len());
        opened.resize_with(leaves.len(), || None);
        let runs = Mutex::new(opened.chunks_mut(AT_A_TIME).enumerate());
        let next_run = || runs.lock().unwrap_or_else(PoisonError::into_inner).next();
        let open_runs = || {
            cipher.session(&mut |session| {
                let mut aad = Vec::new();
                while let Some((number, room)) = next_run() {
                    for (leaf, room) in (number * AT_A_TIME..).zip(room) {
                        let Some(Sealed { token, .. }) = written.sealed[leaf] else { continue };
                        let (text, under) = (written.tokens.get(token), leaves[leaf].path);
                        *room = open_token(session, written.source, text, under, &mut aad).ok();
                    }
                }
            });
        };
        let parse_and_open = || {
            let parsed = parse();
            open_runs();
            parsed
        };
        let (parsed, ()) = both(parse_and_open, open_runs);
        (parsed, Self { written, opened, next: 0 })
    }

    /// What the token `text` opened to under `under`, a path of `file`, if that was done.
    pub(super) fn take(&mut self, text: &[u8], file: &Document, under: PathId) -> Option<OpenedLeaf> {
        let Written { source, sealed, tokens } = self.written;
        let near = self.next..sealed.len().min(self.next + NEAR);
        let is_it = |leaf: &usize| sealed[*leaf].is_some_and(|it| tokens.get(it.token) == text);
        let leaf = { near }.find(is_it)?;
        self.next = leaf + 1;
        let path = source.leaves()[leaf].path;
        if !source.paths().same_steps(path, file.paths(), under) {
            return None;
        }
        self.opened[leaf].take().map(|opened| OpenedLeaf { under, ..opened })
    }
}
