//! INI: sections of keys with text, as `gopkg.in/ini.v1` reads them for sops (stores §6).
//!
//! Bytes come in, leaves come out, each with a path and a byte span; splice copies all that no
//! edit covers. A plain file may hold more than sops reads: keys without `=`, a key twice, `#`
//! within a word, comments behind the last key. All of it is kept; the encrypted file has a
//! form in which sops reads the same values, and the layout patch brings the author's back.
//!
//! Reading goes `scan` (lines to statements) → `parse` (leaves; `value` knows where a value
//! ends, in the dialect of a plain or of an encrypted file; `comment` what a run of comments
//! comes to). Writing into a file is `plan` or `change` (`set` and `unset`), with `text` for how
//! keys, values and comments are spelled; a fresh file is `emit`.
//!
//! Leaves are numbered in the order in which sops walks them: the comment of a key comes behind
//! the key; of a key that is there twice, the last value takes the first place. What sops does
//! not see at all (the earlier value, a comment behind the last key) stands at the end of its
//! section and is not part of the MAC.

mod blank;
mod change;
mod comment;
mod emit;
mod parse;
mod plan;
mod scan;
mod style;
mod text;
mod value;

#[cfg(test)]
mod tests;

pub(super) use change::{with_value, without};
pub(super) use emit::{emit, emit_value};
pub(super) use parse::parse;
pub(super) use plan::plan;

use std::collections::BTreeSet;

use comment::Comment;
use scan::{Form, Line};
use value::LineValue;

use super::json::DuplicateKey;
use crate::leaf::{PathId, Span};

/// What INI keeps beside the common view.
pub(crate) struct Layout {
    /// Length of the byte order mark.
    bom: usize,
    /// The line break of the first line.
    newline: &'static [u8],
    /// In order; the first is `DEFAULT`, which has no header.
    sections: Vec<Section>,
    /// The keys of all sections, in order of the file.
    keys: Vec<KeyLine>,
    comments: Vec<Comment>,
    /// For each leaf: whether sops sees it.
    seen: Vec<Seen>,
    /// Values with a comment behind them that sops would read in another way.
    cut: BTreeSet<usize>,
    /// The lines of every section `[sops]`.
    blocks: Vec<Span>,
    duplicates: Vec<DuplicateKey>,
}

/// Whether a reader that knows a key only once sees a leaf.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Yes,
    /// A later value of the same key hides it: the leaf of that number.
    Shadowed(usize),
    /// A comment that belongs to nothing.
    Lost,
}

struct Section {
    name: Vec<u8>,
    path: PathId,
    header: Option<Header>,
    /// Its part of [`Layout::keys`].
    keys: std::ops::Range<usize>,
}

struct Header {
    line: Line,
    /// Text behind the bracket that is no comment; nobody reads it.
    junk: Option<Span>,
    comment: Option<usize>,
}

struct KeyLine {
    line: Line,
    name: Span,
    form: Form,
    /// The line taken apart, if the form is [`Form::Line`].
    value: Option<LineValue>,
    /// Whether sops would read the line in another way.
    odd: bool,
    /// Text behind closing quotes that is no comment; nobody reads it.
    junk: Option<Span>,
    /// Its comment, if a part of it stands behind the value.
    comment: Option<usize>,
    /// A comment behind a value in backticks, which sops drops.
    tail: Option<usize>,
    leaf: usize,
}

impl KeyLine {
    /// The quotes that the value has.
    fn quote(&self) -> &'static [u8] {
        match (&self.form, self.value.and_then(|value| value.quote)) {
            (Form::Fenced { fence, .. }, _) => fence.text(),
            (_, Some(b'"')) => b"\"",
            (_, Some(_)) => b"'",
            (_, None) => b"",
        }
    }
}

impl Layout {
    /// The keys that are there already; see [`Document::duplicate_keys`](super::Document::duplicate_keys).
    pub(super) fn duplicates(&self) -> &[DuplicateKey] {
        &self.duplicates
    }

    /// Whether there is more than one section `[sops]`.
    pub(super) fn has_two_blocks(&self) -> bool {
        self.blocks.len() > 1
    }

    /// The leaf whose value counts instead of `leaf`, if that is shadowed.
    pub(super) fn shadowed_by(&self, leaf: usize) -> Option<usize> {
        match self.seen[leaf] {
            Seen::Shadowed(by) => Some(by),
            Seen::Yes | Seen::Lost => None,
        }
    }

    /// Whether sops sees the leaf.
    pub(super) fn counts(&self, leaf: usize) -> bool {
        self.seen[leaf] == Seen::Yes
    }

    /// Why a leaf must not stay plain in an encrypted file. (Most that sops would read in
    /// another way can be written in backticks.)
    pub(super) fn unreadable(&self, leaf: usize) -> Option<&'static str> {
        self.cut.contains(&leaf).then_some(
            "sops would read this value up to its first # or ; only; put it in backquotes, put its comment on a line of its own, or let it be encrypted",
        )
    }
}
