//! TOML: tables of values, with the metadata in a table `[sops]`, as rops and mise have it. sops
//! knows no TOML.
//!
//! Bytes come in, leaves come out, in the order of the tree that rops walks, each with a path and
//! a byte span. Nothing is re-emitted: splice copies all that no edit covers.
//!
//! Reading goes `scan` (tokens) → `syntax` (which table has what; `text` knows what a token means)
//! → `parse` (leaves). Writing into a file goes `plan` (replacements and the metadata block) or
//! `change` (`set` and `unset`); what is written fresh is `emit`.
//!
//! What counts as TOML is what `toml_parser` says: version 1.1, which has all of 1.0 in it.
//!
//! Words of rops 0.1.7 are kept (`src/file/format/toml` there): a date or time is text, in the
//! spelling of `toml_datetime`; a text `null` that is not encrypted stands for nothing, so that no
//! MAC covers it; an empty text is encrypted like any other. The author's spelling of a date comes back
//! by the layout patch.

mod change;
mod emit;
mod parse;
mod plan;
mod scan;
mod syntax;
mod text;

pub(super) use change::{with_value, without};
pub(super) use emit::{emit, emit_value};
pub(super) use parse::parse;
pub(super) use plan::plan;

use crate::leaf::Span;

/// The key of the metadata.
const BLOCK: &[u8] = b"sops";

/// What TOML keeps beside the common view.
pub(crate) struct Layout {
    /// How many bytes of byte order mark stand in front.
    bom: usize,
    newline: &'static [u8],
    /// The parts of the source that the metadata takes, ascending.
    blocks: Vec<Span>,
}
