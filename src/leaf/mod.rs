//! The words all other modules share: where a leaf is (path, span) and what it says (value).

pub(crate) mod base64;
pub mod number;
mod path;
mod text;
pub mod time;
mod value;

pub use path::{PathId, Paths, Step};
pub use value::{Value, ValueRef};

/// A range of bytes in a source text: `start` is the first byte, `end` one past the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just past the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` up to, not including, `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// An empty range at `at`: where something can be inserted.
    #[must_use]
    pub const fn at(at: usize) -> Self {
        Self { start: at, end: at }
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The bytes of `source` that the range covers.
    ///
    /// # Panics
    ///
    /// If the range does not lie within `source`.
    #[must_use]
    pub fn of(self, source: &[u8]) -> &[u8] {
        &source[self.start..self.end]
    }
}
