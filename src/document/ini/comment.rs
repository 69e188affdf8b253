//! Comments: where they stand, and what sops makes of them (stores §6.1).
//!
//! All comment lines before a header or key, and the comment behind it, are *one* comment to
//! sops: its lines joined, without the marker of the first. Encrypted it is one token on one
//! line, in place of the first of them.

use super::blank::trimmed_len;
use super::scan::Line;
use super::text::{self, About};
use crate::document::{Patches, Replacement, Scalar, Text};
use crate::leaf::{Span, ValueRef};

/// A run of comment lines and what stands behind the header or key that they belong to.
pub(super) struct Comment {
    /// The lines of its own.
    own: Option<Own>,
    inline: Option<Inline>,
    about: About,
    /// The line of the header or key: a comment can be put above it.
    owner: Option<Line>,
    /// Lines of markers alone at the start, if more follow: sops breaks down when it writes such a
    /// comment again (wishes §4.5, I4).
    blank_start: Option<Span>,
    /// Whether a token could not stand behind the owner: sops would look for the bracket of a
    /// header in it.
    header: bool,
    pub(super) leaf: usize,
}

/// From the marker of the first line to the end of the last.
#[derive(Clone, Copy)]
struct Own {
    line: Line,
    prefix: Span,
    end: usize,
}

/// A comment behind something.
#[derive(Clone, Copy)]
struct Inline {
    /// Where the blank before the marker begins.
    from: usize,
    prefix: Span,
    end: usize,
}

/// What stands behind a header or value: the place where that ends, and the comment.
#[derive(Clone, Copy)]
pub(super) struct Behind {
    pub(super) from: usize,
    pub(super) comment: Span,
}

impl Comment {
    /// The comment that `lines` and what is `behind` the owner make; `None` if there is nothing.
    pub(super) fn of(
        source: &[u8],
        lines: &[Line],
        behind: Option<Behind>,
        about: About,
        owner: Option<Line>,
    ) -> Option<(Self, Span, Scalar)> {
        let own = lines.first().zip(lines.last()).map(|(first, last)| {
            let whole = lines.len() == 1 && behind.is_none();
            let end = last.text + trimmed_len(&source[last.text..last.end]);
            let prefix = prefix(source, first.text, if whole { end } else { first.end });
            Own { line: *first, prefix, end: end.max(prefix.end) }
        });
        let blank = |line: &&Line| {
            let text = &source[line.text..line.end];
            text.last() == Some(&b'\n') && prefix(source, line.text, line.end).len() + 1 == text.len()
        };
        let blanks = lines.iter().take_while(blank).count();
        let rest = lines.get(blanks).or(owner.as_ref().filter(|_| behind.is_some()));
        // Where all are blank, the last one stays: an empty comment is no trouble.
        let rest = rest.or(lines.last()).filter(|_| blanks > 0);
        let blank_start = lines.first().zip(rest).map(|(first, rest)| Span::new(first.start, rest.start));
        let inline = behind.map(|Behind { from, comment }| {
            let end = comment.start + trimmed_len(comment.of(source));
            Inline { from, prefix: prefix(source, comment.start, end), end }
        });
        let (start, span) = match (own, inline) {
            (Some(own), _) => (own.prefix.end, Span::new(own.prefix.end, own.end)),
            (None, Some(inline)) => (inline.prefix.end, Span::new(inline.prefix.end, inline.end)),
            (None, None) => return None,
        };
        let text = if lines.len() + usize::from(behind.is_some()) == 1 {
            Text::Source(span)
        } else {
            let mut joined = Vec::new();
            for (number, line) in lines.iter().enumerate() {
                joined.extend_from_slice(&source[if number == 0 { start } else { line.text }..line.end]);
            }
            joined.extend_from_slice(behind.map_or(&[], |behind| behind.comment.of(source)));
            joined.truncate(trimmed_len(&joined));
            // sops breaks down when it writes a comment that has an empty line (wishes §4.5, I4).
            if joined.first() == Some(&b'\n') {
                joined.remove(0);
            }
            Text::Owned(joined.into())
        };
        let comment =
            Self { own, inline, about, owner, blank_start, header: about == About::Section, leaf: 0 };
        Some((comment, span, Scalar::Comment(text)))
    }

    /// Where its first line begins, if it has lines of its own.
    pub(super) fn start(&self) -> Option<usize> {
        self.own.map(|own| own.line.start)
    }

    /// Whether a part of it stands behind the owner.
    pub(super) const fn is_behind(&self) -> bool {
        self.inline.is_some()
    }

    pub(super) fn ends_with_backslash(&self, source: &[u8]) -> bool {
        self.inline.is_some_and(|inline| source[..inline.end].ends_with(b"\\"))
    }

    /// Whether it could not stand where it does with that text: a line would end in another way.
    pub(super) fn bursts(&self, edit: Option<Replacement<'_>>) -> bool {
        match edit {
            Some(Replacement::Opened(value)) => {
                let text = value.to_text();
                self.own.is_none()
                    && (text.iter().any(|byte| matches!(byte, b'\n' | b'`'))
                        || memchr::memmem::find(&text, b"\"\"\"").is_some()
                        || text[..trimmed_len(&text)].ends_with(b"\\"))
            }
            _ => false,
        }
    }

    /// What a comment that stays plain must lose, so that sops can write it again.
    pub(super) fn tidy(&self, patches: &mut Patches) {
        if let Some(blank) = self.blank_start.filter(|_| self.owner.is_some()) {
            patches.push(blank, |_| ());
        }
    }

    /// The patches for an edit of it. With `lift`, what stands behind the owner is put on a line
    /// above it.
    pub(super) fn plan(
        &self,
        source: &[u8],
        newline: &[u8],
        edit: Option<Replacement<'_>>,
        lift: bool,
        patches: &mut Patches,
    ) {
        let lift = lift || (self.header && edit.is_some());
        match (edit, self.own, self.inline) {
            (Some(Replacement::Sealed(token) | Replacement::Kept(token)), Some(own), inline) => {
                patches.push(Span::new(own.prefix.end, own.end), |out| out.extend_from_slice(token));
                if let Some(inline) = inline {
                    patches.push(Span::new(inline.from, inline.end), |_| ());
                }
            }
            (Some(Replacement::Opened(value)), Some(own), _) => {
                let between = [newline, &source[own.line.start..own.line.text]].concat();
                patches.push(Span::new(own.prefix.start, own.end), |out| {
                    self.open(own.prefix.of(source), value, &between, out);
                });
            }
            (None, _, Some(inline)) if lift => {
                self.lift(source, newline, inline, patches, |_, out| {
                    out.extend_from_slice(&source[inline.prefix.start..inline.end]);
                });
            }
            (None, _, _) | (_, None, None) => {}
            (Some(Replacement::Sealed(token) | Replacement::Kept(token)), None, Some(inline)) => {
                if lift {
                    self.lift(source, newline, inline, patches, |_, out| {
                        out.extend_from_slice(inline.prefix.of(source));
                        out.extend_from_slice(token);
                    });
                } else {
                    let span = Span::new(inline.prefix.end, inline.end);
                    patches.push(span, |out| out.extend_from_slice(token));
                }
            }
            (Some(Replacement::Opened(value)), None, Some(inline)) => {
                let prefix = inline.prefix.of(source);
                if lift {
                    self.lift(source, newline, inline, patches, |between, out| {
                        self.open(prefix, value, between, out);
                    });
                } else {
                    let span = Span::new(inline.prefix.start, inline.end);
                    patches.push(span, |out| self.open(prefix, value, newline, out));
                }
            }
        }
    }

    /// Takes the comment behind the owner away and puts what `write` writes on a line above.
    fn lift(
        &self,
        source: &[u8],
        newline: &[u8],
        inline: Inline,
        patches: &mut Patches,
        write: impl FnOnce(&[u8], &mut Vec<u8>),
    ) {
        let Some(owner) = self.owner else { return };
        let indent = &source[owner.start..owner.text];
        patches.push(Span::at(owner.start), |out| {
            out.extend_from_slice(indent);
            write(&[newline, indent].concat(), out);
            out.extend_from_slice(newline);
        });
        patches.push(Span::new(inline.from, inline.end), |_| ());
    }

    /// Appends the text of an opened comment with its markers. The marker that sops writes tells
    /// nothing; another one is the author's.
    fn open(&self, prefix: &[u8], value: ValueRef<'_>, between: &[u8], out: &mut Vec<u8>) {
        let text = value.to_text();
        if prefix == b"; " {
            return text::comment(&text, self.about, between, out);
        }
        let end = memchr::memchr(b'\n', &text).unwrap_or(text.len());
        out.extend_from_slice(prefix);
        out.extend_from_slice(&text[..end]);
        if end < text.len() {
            out.extend_from_slice(between);
            text::comment(&text[end + 1..], self.about, between, out);
        }
    }
}

/// The marker with its repetitions and blanks, as sops strips it off.
fn prefix(source: &[u8], start: usize, end: usize) -> Span {
    let marker = source[start];
    let length = source[start..end].iter().take_while(|byte| **byte == marker || **byte == b' ').count();
    Span::new(start, start + length)
}
