//! How a file is laid out, read off its text: what stands around the members that are there
//! decides how a new one is written.
//!
//! All places given here lie in a source that was parsed, so between two tokens there is
//! nothing but white space and the comma or colon that belongs there.

use super::scan::{skip_blank, skip_blank_back};
use super::write::{Lines, Shape};
use super::{Layout, Member};
use crate::leaf::Span;

/// Where the value of the member with this key begins.
pub(super) fn value_start(source: &[u8], key: Span) -> usize {
    let colon = skip_blank(source, key.end);
    skip_blank(source, colon + 1)
}

/// The white space in front of the member or item that begins at `start`.
pub(super) fn lead(source: &[u8], start: usize) -> Span {
    Span::new(skip_blank_back(source, start), start)
}

/// The end of the value in front of the member or item that begins at `start`; `None` if it is
/// the first.
pub(super) fn previous_end(source: &[u8], start: usize) -> Option<usize> {
    let before = lead(source, start).start;
    (before > 0 && source[before - 1] == b',').then(|| skip_blank_back(source, before - 1))
}

/// The start of the member or item behind the value that ends at `end`; `None` if it is the last.
pub(super) fn next_start(source: &[u8], end: usize) -> Option<usize> {
    let after = skip_blank(source, end);
    (source.get(after) == Some(&b',')).then(|| skip_blank(source, after + 1))
}

/// The white space at the start of the line that `at` is in, up to `at`.
fn line_indent(source: &[u8], at: usize) -> &[u8] {
    let start = source[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let end = start + source[start..at].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &source[start..end]
}

/// The file's line end: that of its first line.
fn newline(source: &[u8]) -> &'static [u8] {
    match source.iter().position(|&byte| byte == b'\n') {
        Some(at) if at > 0 && source[at - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    }
}

/// The colon of a member, with the blanks around it cut down to one each.
fn colon(source: &[u8], member: Member) -> &'static [u8] {
    let around = &source[member.key.end..member.value.start];
    match (around.first() == Some(&b':'), around.last() == Some(&b':')) {
        (true, true) => b":",
        (true, false) => b": ",
        (false, true) => b" :",
        (false, false) => b" : ",
    }
}

/// The style of the whole file, for where there is no neighbour to follow.
#[derive(Clone, Copy)]
pub(super) struct FileStyle<'a> {
    newline: &'a [u8],
    unit: &'a [u8],
    colon: &'a [u8],
}

impl<'a> FileStyle<'a> {
    /// The style of the top-level object. An empty one is taken for sops' own: a TAB a level.
    pub(super) fn of(source: &'a [u8], layout: &Layout) -> Self {
        let member = layout.last.or_else(|| layout.blocks.last().copied());
        let mut style = Self { newline: newline(source), unit: b"\t", colon: b": " };
        if let Some(member) = member {
            style.colon = colon(source, member);
            if let Some(lines) = style.lines(source, layout.open, member.key.start) {
                style.unit = lines.unit;
            }
        }
        style
    }

    /// The style of the neighbours of the member or item at `start`, in the map or list that
    /// opens at `open`: on lines of their own, or all on one line.
    pub(super) fn beside(&self, source: &'a [u8], open: usize, start: usize) -> Shape<'a> {
        let lines = self.lines(source, open, start);
        let gap = match lead(source, start) {
            blank if previous_end(source, start).is_some() => !blank.is_empty(),
            _ => self.colon.ends_with(b" "),
        };
        Shape { lines, gap, colon: self.colon }
    }

    fn lines(&self, source: &'a [u8], open: usize, start: usize) -> Option<Lines<'a>> {
        let lead = lead(source, start).of(source);
        let last = lead.iter().rposition(|&byte| byte == b'\n')?;
        let base = &lead[last + 1..];
        let newline = if last > 0 && lead[last - 1] == b'\r' { b"\r\n".as_slice() } else { b"\n" };
        let unit = match base.strip_prefix(line_indent(source, open)) {
            Some(unit) if !unit.is_empty() => unit,
            _ if base.is_empty() => b"",
            _ => self.unit,
        };
        Some(Lines { newline, base, unit })
    }

    /// The style inside the empty map or list at `open`, if its members go on lines of their own.
    pub(super) fn inside(&self, source: &'a [u8], open: usize) -> Shape<'a> {
        let lines = Lines { newline: self.newline, base: line_indent(source, open), unit: self.unit };
        Shape { lines: Some(lines), gap: true, colon: self.colon }
    }

    /// Everything on one line.
    pub(super) fn one_line(&self) -> Shape<'a> {
        Shape { lines: None, gap: self.colon.ends_with(b" "), colon: self.colon }
    }
}
