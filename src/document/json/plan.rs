//! Splicing: what replaces a leaf, and the coming and going of the metadata block.
//!
//! A block is put right behind the last member, and taken away together with all that stands
//! between it and the member before: so taking away gives back what putting found. (An empty
//! object with white space in it comes back as `{}`.)

use super::style::{FileStyle, next_start, previous_end};
use super::text::quote;
use super::write::{self, Shape};
use super::{Layout, Member};
use crate::document::{Block, Document, Edits, Format, Patches, Replacement, SpliceError, Tree};
use crate::leaf::{PathId, Span};

const BLOCK: &[u8] = b"sops";
const BOM: Span = Span::new(0, 3);

/// The patches that bring `edits` about; see [`Document::splice`].
pub(in crate::document) fn plan(
    doc: &Document,
    layout: &Layout,
    edits: &Edits<'_>,
) -> Result<Patches, SpliceError> {
    let mut patches = Patches::default();
    if layout.bom && matches!(edits.block, Block::Put(_)) {
        patches.push(BOM, |_| ()); // sops cannot read a file that has one
    }
    for &(number, replacement) in &edits.leaves {
        let leaf = &doc.leaves[number];
        let mut written = Ok(());
        patches.push(leaf.span, |out| match replacement {
            Replacement::Sealed(token) | Replacement::Kept(token) => {
                out.push(b'"');
                out.extend_from_slice(token); // brackets, commas and base64: nothing to escape
                out.push(b'"');
            }
            Replacement::Opened(value) => {
                written = write::scalar(value, out).map_err(|_| unwritable(doc, leaf.path, value.kind()));
            }
        });
        written?;
    }
    match edits.block {
        Block::Keep => {}
        Block::Remove => remove(&doc.source, layout, &mut patches),
        Block::Put(block) => put(&doc.source, layout, block, &mut patches).map_err(|()| {
            SpliceError::Unwritable { path: "sops".to_owned(), format: Format::Json, kind: "metadata block" }
        })?,
    }
    Ok(patches)
}

fn unwritable(doc: &Document, path: PathId, kind: &'static str) -> SpliceError {
    SpliceError::Unwritable { path: doc.paths.display(path), format: Format::Json, kind }
}

fn remove(source: &[u8], layout: &Layout, patches: &mut Patches) {
    match layout.first {
        None if layout.blocks.is_empty() => {}
        None => patches.push(Span::new(layout.open + 1, layout.close), |_| ()),
        Some(first) => {
            for block in &layout.blocks {
                patches.push(extent(source, *block, first), |_| ());
            }
        }
    }
}

/// All that goes with `block`, of which `first` is the first member to stay: up to the member
/// behind it if none stays in front of it, else from the member before.
fn extent(source: &[u8], block: Member, first: Member) -> Span {
    let leading = block.key.start < first.key.start;
    match (previous_end(source, block.key.start), next_start(source, block.value.end)) {
        (_, Some(next)) if leading => Span::new(block.key.start, next),
        (Some(previous), _) => Span::new(previous, block.value.end),
        _ => Span::new(block.key.start, block.value.end),
    }
}

fn put(source: &[u8], layout: &Layout, block: &Tree, patches: &mut Patches) -> Result<(), ()> {
    let style = FileStyle::of(source, layout);
    let mut written = Ok(());
    let mut write = |shape: &Shape<'_>, out: &mut Vec<u8>| {
        written = write::tree(block, shape, out).map_err(|_| ());
    };
    let in_place = layout
        .blocks
        .split_last()
        .filter(|(block, _)| layout.last.is_none_or(|last| last.key.start < block.key.start));
    match (in_place, layout.last) {
        (Some((last, others)), _) => {
            let first = layout.first.unwrap_or(*last);
            for other in others {
                patches.push(extent(source, *other, first), |_| ());
            }
            let shape = style.beside(source, layout.open, last.key.start);
            patches.push(last.value, |out| write(&shape, out));
        }
        (None, Some(last)) => {
            let shape = style.beside(source, layout.open, last.key.start);
            patches.push(Span::at(last.value.end), |out| {
                shape.comma(0, out);
                key(BLOCK, &shape, out);
                write(&shape, out);
            });
            let first = layout.first.unwrap_or(last);
            for other in &layout.blocks {
                patches.push(extent(source, *other, first), |_| ());
            }
        }
        (None, None) => {
            let inside = style.inside(source, layout.open);
            patches.push(Span::new(layout.open + 1, layout.close), |out| {
                only(&inside, out, |shape, out| {
                    key(BLOCK, shape, out);
                    write(shape, out);
                });
            });
        }
    }
    written
}

/// Appends a key and its colon.
pub(super) fn key(name: &[u8], shape: &Shape<'_>, out: &mut Vec<u8>) {
    quote(name, out);
    out.extend_from_slice(shape.colon);
}

/// Appends what stands between the brackets of a list of one item, or the braces of an object of
/// one member. `inside` has the indentation of the brackets; `content` gets the style a level
/// deeper.
pub(super) fn only(inside: &Shape<'_>, out: &mut Vec<u8>, content: impl FnOnce(&Shape<'_>, &mut Vec<u8>)) {
    let base = inside.lines.map(|lines| [lines.base, lines.unit].concat()).unwrap_or_default();
    inside.line(1, out);
    content(&inside.at_base(&base), out);
    inside.line(0, out);
}
