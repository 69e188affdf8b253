//! JSON: one object, as Go's streaming decoder reads it for sops (stores §4).
//!
//! Bytes come in, leaves come out, in reading order, each with a path and a byte span.
//! Nothing is re-emitted: splice copies all that no edit covers.
//!
//! Reading goes `scan` (tokens) → `parse` (leaves; `text` knows what a token means).
//! Writing into a file goes `style` (how the file is laid out) → `plan` (replacements and the
//! metadata block) or `change` (`set` and `unset`) → `write`; a fresh file is `emit`.

mod change;
mod emit;
mod parse;
mod plan;
mod scan;
mod style;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub(super) use change::{with_value, without};
pub(super) use emit::{emit, emit_compact, emit_part, emit_value, envelope};
pub(super) use parse::parse;
pub use parse::parse_json_value;
pub(super) use plan::plan;

use super::{Document, Engine, Scalar};
use crate::leaf::{PathId, Span};

/// What JSON keeps beside the common view.
pub(crate) struct Layout {
    /// Whether a byte order mark stands in front.
    bom: bool,
    /// The braces of the top-level object.
    open: usize,
    close: usize,
    /// The first and the last member of the top-level object that is not the metadata.
    first: Option<Member>,
    last: Option<Member>,
    /// Every top-level member `sops`.
    blocks: Vec<Member>,
    duplicates: Vec<DuplicateKey>,
}

/// A key with its value.
#[derive(Clone, Copy)]
struct Member {
    key: Span,
    value: Span,
}

/// A key that an object or section has already. Both entries are kept and encrypted under the
/// same path; of those in an INI section, sops sees the last alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The path of both.
    pub path: PathId,
    /// Line of this key, counted from 1.
    pub line: usize,
    /// Line of the first one.
    pub first_line: usize,
}

impl Document {
    /// The keys that stand in an object, INI section or dotenv file already. (YAML refuses them.)
    #[must_use]
    pub fn duplicate_keys(&self) -> &[DuplicateKey] {
        match &self.engine {
            Engine::Json(layout) => &layout.duplicates,
            Engine::Dotenv(layout) => &layout.duplicates,
            Engine::Ini(layout) => layout.duplicates(),
            _ => &[],
        }
    }

    /// Whether the file has more than one metadata block: sops refuses to open it.
    #[must_use]
    pub fn has_duplicate_metadata(&self) -> bool {
        match &self.engine {
            Engine::Json(layout) => layout.blocks.len() > 1,
            Engine::Ini(layout) => layout.has_two_blocks(),
            _ => false,
        }
    }

    /// Whether leaf number `leaf` is a JSON number beyond what a double can stand for
    /// (`1E400`). It is read as text, so that it can be encrypted; sops refuses it, so it must
    /// not stay in a file that sops is to read.
    #[must_use]
    pub fn is_unrepresentable(&self, leaf: usize) -> bool {
        let leaf = &self.leaves[leaf];
        matches!(self.engine, Engine::Json(_))
            && matches!(leaf.scalar, Scalar::Str(_))
            && text::is_bare(&self.source, leaf.span)
    }
}
