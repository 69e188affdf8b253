//! dotenv: lines `KEY=text`, comments, and the metadata in lines `sops_…=` (stores §7).
//!
//! Bytes come in, leaves come out, in the order of the lines. Nothing is quoted and nothing
//! trimmed: a value is all that stands behind the first `=`, its two characters `\n` a line end.
//!
//! Reading is `parse`, `write` puts leaves and metadata into their places, `change` sets and
//! removes values, `emit` writes a fresh file.

mod change;
mod emit;
mod parse;
mod write;

pub(super) use change::{with_value, without};
pub(super) use emit::{emit, emit_value, refuse_pair};
pub(super) use parse::parse;
pub(super) use write::plan;

use super::{DuplicateKey, Pair, Tree};
use crate::leaf::Span;

/// What the keys of the metadata begin with.
pub(super) const PREFIX: &[u8] = b"sops_";

/// The UTF-8 byte order mark.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// What dotenv keeps beside the common view.
pub(crate) struct Layout {
    /// The metadata lines, each with its line end.
    block: Vec<Span>,
    /// The carriage returns that a program put before the line ends of the encrypted file.
    returns: Vec<usize>,
    /// Whether there is a byte order mark.
    mark: Mark,
    /// The keys that stand in the file already.
    pub(super) duplicates: Vec<DuplicateKey>,
    /// The first line whose value or comment ends with a carriage return, and how many do.
    pub(super) returns_in_text: Option<(usize, usize)>,
}

/// What a byte order mark belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// There is none.
    Absent,
    /// To no line: a plain file, or one that got it after it was encrypted.
    Alone,
    /// To the first key of an encrypted file, as sops sees it.
    InKey,
}

impl Layout {
    pub(super) fn has_mark(&self) -> bool {
        self.mark != Mark::Absent
    }

    /// Takes the byte order mark from the first key, where sops has left it: no program that
    /// gets the value would know the key.
    pub(super) fn tidy(&self, tree: &mut Tree) {
        if self.mark == Mark::InKey
            && let Tree::Map(pairs) = tree
            && let Some(Pair::Entry(key, _)) = pairs.first_mut()
            && key.starts_with(BOM)
        {
            key.drain(..BOM.len());
        }
    }
}

/// Where the line that begins at `start` ends: its text, and its line end behind.
fn line(source: &[u8], start: usize) -> (Span, usize) {
    match memchr::memchr(b'\n', &source[start..]) {
        Some(length) => (Span::new(start, start + length), start + length + 1),
        None => (Span::new(start, source.len()), source.len()),
    }
}
