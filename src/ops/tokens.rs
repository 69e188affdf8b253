//! The tokens of a file that is being sealed, in few large texts instead of many small ones.

use crate::leaf::Span;

/// The token of one leaf, in the shared texts.
#[derive(Clone, Copy)]
pub(super) struct Sealed {
    pub(super) token: Place,
    /// Whether it stood bare in an earlier version of the file.
    pub(super) bare: bool,
}

/// A place in [`Tokens`].
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) text: Text,
    pub(super) span: Span,
}

/// Which text of [`Tokens`].
#[derive(Clone, Copy)]
pub(super) enum Text {
    First,
    Later,
    Spliced,
}

/// Tokens that follow each other: those of the first thread, and those of the second; once they are
/// put into the file, that may be the text they stand in.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) first: Vec<u8>,
    pub(super) later: Vec<u8>,
    /// Empty while a document has it.
    pub(super) spliced: Vec<u8>,
}

impl Tokens {
    pub(super) fn get(&self, place: Place) -> &[u8] {
        self.get_beside(place, &self.spliced)
    }

    /// [`Self::get`] while `spliced` is elsewhere.
    pub(super) fn get_beside<'a>(&'a self, place: Place, spliced: &'a [u8]) -> &'a [u8] {
        place.span.of(match place.text {
            Text::First => &self.first,
            Text::Later => &self.later,
            Text::Spliced => spliced,
        })
    }

    /// Adds what `write` appends.
    pub(super) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Place {
        let start = self.first.len();
        write(&mut self.first);
        Place { text: Text::First, span: Span::new(start, self.first.len()) }
    }
}
