//! Splicing: what replaces a leaf, and the coming and going of the metadata block.

use super::text::{self, Quote, Unwritable};
use super::{BLOCK, Layout, emit};
use crate::document::{Block, Document, Edits, Format, Patches, Replacement, SpliceError, Tree};
use crate::leaf::{Span, ValueRef};

/// The patches that bring `edits` about; see [`Document::splice`].
pub(in crate::document) fn plan(
    doc: &Document,
    layout: &Layout,
    edits: &Edits<'_>,
) -> Result<Patches, SpliceError> {
    let mut patches = Patches::default();
    for &(number, replacement) in &edits.leaves {
        let leaf = &doc.leaves[number];
        let mut written = Ok(());
        patches.push(leaf.span, |out| {
            written = if leaf.is_comment() {
                comment(replacement, out)
            } else {
                value(Quote::of(leaf.span.of(&doc.source)), replacement, layout.newline, out)
            };
        });
        written.map_err(|Unwritable(kind)| SpliceError::Unwritable {
            path: doc.paths.display(leaf.path),
            format: Format::Toml,
            kind,
        })?;
    }
    match edits.block {
        Block::Keep => {}
        Block::Remove => drop(remove(&doc.source, layout, &mut patches)),
        Block::Put(block) => {
            let end = remove(&doc.source, layout, &mut patches);
            put(&doc.source, layout, end, block, &mut patches)?;
        }
    }
    Ok(patches)
}

fn value(
    quotes: Quote,
    replacement: Replacement<'_>,
    newline: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Unwritable> {
    match replacement {
        Replacement::Sealed(token) | Replacement::Kept(token) => {
            // Brackets, commas and base64: nothing to escape.
            out.extend_from_slice(quotes.mark());
            out.extend_from_slice(token);
            out.extend_from_slice(quotes.mark());
            Ok(())
        }
        Replacement::Opened(value) => text::write(value, quotes, newline, out),
    }
}

fn comment(replacement: Replacement<'_>, out: &mut Vec<u8>) -> Result<(), Unwritable> {
    out.push(b'#');
    match replacement {
        Replacement::Sealed(token) | Replacement::Kept(token) => out.extend_from_slice(token),
        Replacement::Opened(ValueRef::Comment(text) | ValueRef::Str(text)) if text::is_comment(text) => {
            out.extend_from_slice(text);
        }
        Replacement::Opened(value) => return Err(Unwritable(value.kind())),
    }
    Ok(())
}

/// Takes the block away; at the end of the file, with the blank line before it. Where the rest
/// ends.
fn remove(source: &[u8], layout: &Layout, patches: &mut Patches) -> usize {
    let mut rest_end = source.len();
    for block in &layout.blocks {
        let mut start = block.start;
        if block.end == source.len() {
            let before = &source[layout.bom..start];
            if before.ends_with(b"\n\r\n") {
                start -= 2;
            } else if before.ends_with(b"\n\n") {
                start -= 1;
            }
            rest_end = start;
        }
        patches.push(Span::new(start, block.end), |_| ());
    }
    rest_end
}

/// Puts the block behind everything else, after a blank line.
fn put(
    source: &[u8],
    layout: &Layout,
    end: usize,
    block: &Tree,
    patches: &mut Patches,
) -> Result<(), SpliceError> {
    let newline = layout.newline;
    let content = &source[layout.bom..end];
    let mut written = Ok(());
    patches.push(Span::at(source.len()), |out| {
        if !content.is_empty() {
            if !content.ends_with(b"\n") {
                out.extend_from_slice(newline);
            }
            out.extend_from_slice(newline);
        }
        written = emit::block(BLOCK, block, newline, out);
    });
    written.map_err(|Unwritable(kind)| SpliceError::Unwritable {
        path: "sops".to_owned(),
        format: Format::Toml,
        kind,
    })
}
