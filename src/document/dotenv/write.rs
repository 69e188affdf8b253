//! Putting leaves and metadata into a file.

use super::{BOM, Layout, Mark, PREFIX};
use crate::document::{Block, Document, Edits, Format, Patches, Replacement, SpliceError, Tree, flat};
use crate::leaf::{Span, ValueRef};

/// The patches of `edits`; see [`Document::splice`].
pub(in crate::document) fn plan(
    doc: &Document,
    layout: &Layout,
    edits: &Edits<'_>,
) -> Result<Patches, SpliceError> {
    let mut patches = Patches::default();
    // A reader that knows no byte order mark would take it for a part of the first key.
    if layout.mark == Mark::Alone && matches!(edits.block, Block::Put(_)) {
        patches.push(Span::new(0, BOM.len()), |_| ());
    }
    for &(leaf, replacement) in &edits.leaves {
        let span = doc.leaves[leaf].span;
        match replacement {
            Replacement::Sealed(token) | Replacement::Kept(token) => {
                patches.push(span, |out| out.extend_from_slice(token));
            }
            Replacement::Opened(value) if doc.leaves[leaf].is_comment() => {
                let text = comment(value).ok_or_else(|| SpliceError::Unwritable {
                    path: format!("line {}", doc.position(span.start).0),
                    format: Format::Dotenv,
                    kind: "comment of several lines",
                })?;
                patches.push(span, |out| out.extend_from_slice(text));
            }
            Replacement::Opened(value) => {
                patches.push(span, |out| out.extend_from_slice(&flat::escape(&value.to_text())));
            }
        }
    }
    match edits.block {
        Block::Keep => {}
        Block::Remove => {
            // In the plaintext they would belong to the values.
            for &at in &layout.returns {
                patches.push(Span::new(at, at + 1), |_| ());
            }
            remove(doc.source(), layout, &mut patches);
        }
        Block::Put(block) => put(doc.source(), layout, block, &mut patches),
    }
    Ok(patches)
}

fn comment(value: ValueRef<'_>) -> Option<&[u8]> {
    match value {
        ValueRef::Comment(text) | ValueRef::Str(text) if !text.contains(&b'\n') => Some(text),
        _ => None,
    }
}

/// Takes the metadata lines out. At the end of a file without a last line end, that of the line
/// before goes too: the author's file had none.
fn remove(source: &[u8], layout: &Layout, patches: &mut Patches) {
    let ends_open = !source.ends_with(b"\n");
    let first_of_last_run = last_run(source, layout);
    for (number, &line) in layout.block.iter().enumerate() {
        let mut span = line;
        if ends_open && Some(number) == first_of_last_run && span.start > 0 {
            span.start -= 1;
        }
        patches.push(span, |_| ());
    }
}

/// The first of the metadata lines that end the file without a gap.
fn last_run(source: &[u8], layout: &Layout) -> Option<usize> {
    let mut end = source.len();
    let mut first = None;
    for (number, line) in layout.block.iter().enumerate().rev() {
        if line.end != end {
            break;
        }
        (first, end) = (Some(number), line.start);
    }
    first
}

/// Writes the metadata as the last lines, with or without a last line end, as the file has it.
fn put(source: &[u8], layout: &Layout, block: &Tree, patches: &mut Patches) {
    let line_end: &[u8] =
        if layout.returns.is_empty() && !ends_with_return(source, layout) { b"\n" } else { b"\r\n" };
    let run = last_run(source, layout);
    for &line in &layout.block[..run.unwrap_or(layout.block.len())] {
        patches.push(line, |_| ());
    }
    let start = run.map_or(source.len(), |first| layout.block[first].start);
    let closed = source.ends_with(b"\n") || source[..start].is_empty();
    let begun = start == 0 || source[start - 1] == b'\n';
    patches.push(Span::new(start, source.len()), |out| {
        if !begun {
            out.extend_from_slice(line_end);
        }
        let lines = lines(block);
        for (number, line) in lines.iter().enumerate() {
            out.extend_from_slice(line);
            if closed || number + 1 < lines.len() {
                out.extend_from_slice(line_end);
            }
        }
    });
}

/// Whether the metadata lines were given carriage returns.
fn ends_with_return(source: &[u8], layout: &Layout) -> bool {
    layout.block.iter().any(|line| {
        let text = line.of(source);
        text.strip_suffix(b"\n").unwrap_or(text).ends_with(b"\r")
    })
}

/// The lines of a metadata block, without line ends.
fn lines(block: &Tree) -> Vec<Vec<u8>> {
    let pairs = flat::flatten(block).into_iter();
    pairs.map(|(name, text)| [PREFIX, &name, b"=", &flat::escape(&text)].concat()).collect()
}
