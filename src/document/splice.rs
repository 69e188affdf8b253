//! Splicing: the only place where a document's bytes are written.

use super::Span;

/// Replacements of parts of a source that own their text.
pub type Patches = PatchList<'static>;

/// Replacements of parts of a source: texts in one growing buffer, or lent for `'a`.
#[derive(Default)]
pub struct PatchList<'a> {
    text: Vec<u8>,
    list: Vec<(Span, New<'a>)>,
}

/// The text of one replacement.
#[derive(Clone, Copy)]
enum New<'a> {
    /// A part of the buffer.
    Written(Span),
    Lent(&'a [u8]),
}

impl<'a> PatchList<'a> {
    /// An empty list with room for `count` replacements.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { text: Vec::new(), list: Vec::with_capacity(count) }
    }

    /// Adds a replacement of `span`; `write` appends the new text. Patches come in any order
    /// but must not overlap; those at one place keep the order they came in.
    pub fn push(&mut self, span: Span, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        write(&mut self.text);
        self.list.push((span, New::Written(Span::new(start, self.text.len()))));
    }

    /// Adds a replacement of `span` by a text that is copied only when all are put in.
    pub(super) fn lend(&mut self, span: Span, text: &'a [u8]) {
        self.list.push((span, New::Lent(text)));
    }

    /// Adds copies of the replacements of another list.
    pub(super) fn take_over(&mut self, other: &PatchList<'_>) {
        for (span, new) in &other.list {
            self.push(*span, |out| out.extend_from_slice(new.text(&other.text)));
        }
    }

    /// Puts the replacements into `source`.
    ///
    /// # Panics
    ///
    /// If two patches overlap: that is a mistake of the caller.
    #[must_use]
    pub fn apply(mut self, source: &[u8]) -> Spliced {
        if let [(span, New::Written(text))] = self.list[..]
            && span == Span::new(0, source.len())
        {
            return Spliced { bytes: self.text, segments: vec![Segment { from: span, to: text }] };
        }
        let mut segments = Vec::with_capacity(self.list.len());
        let bytes = self.write(source, |segment| segments.push(segment));
        Spliced { bytes, segments }
    }

    /// As [`Self::apply`], for who does not ask what came from where.
    ///
    /// # Panics
    ///
    /// If two patches overlap: that is a mistake of the caller.
    #[must_use]
    pub(super) fn apply_alone(mut self, source: &[u8]) -> Vec<u8> {
        self.write(source, |_| {})
    }

    fn write(&mut self, source: &[u8], mut segment: impl FnMut(Segment)) -> Vec<u8> {
        self.sort();
        let removed: usize = self.list.iter().map(|(span, _)| span.len()).sum();
        let lent: usize = self.list.iter().map(|(_, new)| new.lent_len()).sum();
        let mut bytes = Vec::with_capacity(source.len() + self.text.len() + lent - removed);
        let mut copied = 0;
        for &(span, text) in &self.list {
            assert!(span.start >= copied, "patches overlap at byte {}", span.start);
            bytes.extend_from_slice(&source[copied..span.start]);
            let start = bytes.len();
            bytes.extend_from_slice(text.text(&self.text));
            segment(Segment { from: span, to: Span::new(start, bytes.len()) });
            copied = span.end;
        }
        bytes.extend_from_slice(&source[copied..]);
        bytes
    }

    /// Whether [`Self::apply`] would give `expected`.
    ///
    /// # Panics
    ///
    /// If two patches overlap: that is a mistake of the caller.
    #[must_use]
    pub(super) fn gives(mut self, source: &[u8], expected: &[u8]) -> bool {
        self.sort();
        let (mut copied, mut rest) = (0, expected);
        for (span, text) in &self.list {
            assert!(span.start >= copied, "patches overlap at byte {}", span.start);
            let after = rest
                .strip_prefix(&source[copied..span.start])
                .and_then(|rest| rest.strip_prefix(text.text(&self.text)));
            let Some(after) = after else { return false };
            (copied, rest) = (span.end, after);
        }
        rest == &source[copied..]
    }

    fn sort(&mut self) {
        if !self.list.is_sorted_by_key(|(span, _)| span.start) {
            self.list.sort_by_key(|(span, _)| (span.start, span.end));
        }
    }
}

impl<'a> New<'a> {
    fn text<'b>(&self, written: &'b [u8]) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Self::Written(span) => span.of(written),
            Self::Lent(text) => text,
        }
    }

    const fn lent_len(&self) -> usize {
        match self {
            Self::Written(_) => 0,
            Self::Lent(text) => text.len(),
        }
    }
}

/// A replaced part: where it stood, where its replacement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The span in the old text.
    pub from: Span,
    /// The span in the new text.
    pub to: Span,
}

/// What a splice made. Between two segments old and new text are the same.
pub struct Spliced {
    /// The new text.
    pub bytes: Vec<u8>,
    /// Every replaced part, in order.
    pub segments: Vec<Segment>,
}

impl Spliced {
    /// Where a byte of the new text stood in the old one, if no segment covers it.
    #[must_use]
    pub fn before(&self, at: usize) -> usize {
        let number = self.segments.partition_point(|segment| segment.to.end <= at);
        match number.checked_sub(1).map(|last| self.segments[last]) {
            Some(segment) => segment.from.end + (at - segment.to.end),
            None => at,
        }
    }
}

/// Line and column of the byte at `at`, both counted from 1; the column in characters.
pub(super) fn position(source: &[u8], at: usize) -> (usize, usize) {
    let before = &source[..at.min(source.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
    let column = before[start..].iter().filter(|&&b| b & 0xC0 != 0x80).count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_patch_covers_is_copied() {
        let mut patches = Patches::default();
        patches.push(Span::new(3, 4), |out| out.extend_from_slice(b"XYZ"));
        patches.push(Span::at(7), |out| out.push(b'!'));
        let spliced = patches.apply(b"a: 1\nb\n");
        assert_eq!(spliced.bytes, b"a: XYZ\nb\n!");
        assert_eq!(spliced.segments[1], Segment { from: Span::at(7), to: Span::new(9, 10) });
    }

    #[test]
    fn a_result_is_told_from_any_other() {
        let gives = |expected: &[u8]| {
            let mut patches = Patches::default();
            patches.push(Span::at(7), |out| out.push(b'!'));
            patches.push(Span::new(3, 4), |out| out.extend_from_slice(b"XYZ"));
            patches.gives(b"a: 1\nb\n", expected)
        };
        assert!(gives(b"a: XYZ\nb\n!"));
        for other in [&b"a: XYZ\nb\n"[..], b"a: XYZ\nb\n!!", b"a: XYz\nb\n!", b"b: XYZ\nb\n!", b"a: XY", b""]
        {
            assert!(!gives(other), "{other:?}");
        }
    }

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(position("é: x\nü: y".as_bytes(), 8), (2, 2));
    }
}
