//! Splicing: what replaces a leaf, and the coming and going of the metadata block.
//!
//! An encrypted file is read by sops, so when the block is put, lines that sops reads in
//! another way than we do get a form that says the same to both: `key` becomes `key =`, a
//! plain `ab#cd` gets backticks, text that nobody reads goes. All of this changes back with the
//! layout patch.

use super::parse::BLOCK;
use super::scan::Form;
use super::text;
use super::{KeyLine, Layout};
use crate::document::{
    Block, Document, Edits, Format, Patches, Replacement, Spelling, SpliceError, Tree, flat,
};
use crate::leaf::Span;

/// The patches that bring `edits` about; see [`Document::splice`].
pub(in crate::document) fn plan(
    doc: &Document,
    layout: &Layout,
    edits: &Edits<'_>,
    spelling: Spelling,
) -> Result<Patches, SpliceError> {
    let mut by_leaf = vec![None; doc.leaves.len()];
    for &(leaf, replacement) in &edits.leaves {
        by_leaf[leaf] = Some(replacement);
    }
    let sealing = matches!(edits.block, Block::Put(_));
    let mut plan = Plan {
        doc,
        layout,
        by_leaf,
        sealing,
        spelling,
        lift: vec![false; layout.comments.len()],
        patches: Patches::default(),
    };
    for section in &layout.sections {
        if let Some(junk) = section.header.as_ref().and_then(|header| header.junk).filter(|_| sealing) {
            plan.patches.push(junk, |_| ());
        }
    }
    for key in &layout.keys {
        plan.key(key)?;
    }
    for (number, comment) in layout.comments.iter().enumerate() {
        let edit = plan.by_leaf[comment.leaf];
        let lift = plan.lift[number] || comment.bursts(edit);
        if sealing && edit.is_none() {
            comment.tidy(&mut plan.patches);
        }
        comment.plan(&doc.source, layout.newline, edit, lift, &mut plan.patches);
    }
    let mut patches = plan.patches;
    match edits.block {
        Block::Keep => {}
        Block::Remove => drop(remove(doc, layout, &mut patches)),
        Block::Put(block) => {
            let end = remove(doc, layout, &mut patches);
            put(doc, layout, end, block, &mut patches)?;
        }
    }
    Ok(patches)
}

struct Plan<'a> {
    doc: &'a Document,
    layout: &'a Layout,
    by_leaf: Vec<Option<Replacement<'a>>>,
    sealing: bool,
    spelling: Spelling,
    /// Whether a comment must leave the place behind its value.
    lift: Vec<bool>,
    patches: Patches,
}

impl Plan<'_> {
    fn key(&mut self, key: &KeyLine) -> Result<(), SpliceError> {
        let span = self.doc.leaves[key.leaf].span;
        let source = &self.doc.source;
        if let Some(junk) = key.junk.filter(|_| self.sealing) {
            self.patches.push(junk, |_| ());
        }
        let behind = key.comment.filter(|&comment| self.layout.comments[comment].is_behind());
        let lines = matches!(key.form, Form::Fenced { lines: true, .. });
        let mut lift = false;
        match self.by_leaf[key.leaf] {
            None if self.sealing && key.odd => match key.value {
                None => {
                    self.patches.push(Span::at(span.end), |out| out.extend_from_slice(b" ="));
                    // Behind a delimiter, a backslash at the end joins the next line.
                    lift = behind.is_some_and(|comment| {
                        !self.edited(comment) && self.layout.comments[comment].ends_with_backslash(source)
                    });
                }
                Some(value) => self.patches.push(value.whole, |out| {
                    out.push(b'`');
                    out.extend_from_slice(value.content.of(source));
                    out.push(b'`');
                }),
            },
            // A token behind quotes that close on another line is read, one on the same line not.
            None => lift = behind.is_some_and(|comment| lines && self.edited(comment)),
            Some(Replacement::Sealed(token)) => {
                lift = lines;
                let quote = key.quote();
                self.patches.push(span, |out| fenced(key, quote, token, out));
            }
            Some(Replacement::Kept(token)) => {
                lift = lines;
                let mut fresh = Vec::new();
                if let crate::leaf::ValueRef::Str(value) = self.doc.value(key.leaf) {
                    text::value(value, &mut fresh);
                }
                let bare = key.tail.is_none() && fresh == span.of(source);
                let quote: &[u8] = if bare { b"" } else { key.quote() };
                self.patches.push(span, |out| fenced(key, quote, token, out));
            }
            Some(Replacement::Opened(value)) => {
                let value = value.to_text();
                let quote = key.quote();
                let mut written = Vec::new();
                if fits(&value, quote) {
                    fenced(key, quote, &value, &mut written);
                } else {
                    let fresh = self.fresh(key, &value)?;
                    fenced(key, b"", &fresh, &mut written);
                    lift = !text::is_bare(&fresh);
                }
                self.patches.push(span, |out| out.extend_from_slice(&written));
            }
        }
        if let Some(comment) = behind.filter(|_| lift) {
            self.lift[comment] = true;
        }
        Ok(())
    }

    /// A value as it is written where it has no quotes.
    fn fresh(&self, key: &KeyLine, value: &[u8]) -> Result<Vec<u8>, SpliceError> {
        let safe = match self.spelling {
            Spelling::OfSops => None,
            Spelling::Safe => Some(text::safe_value(value).ok_or_else(|| SpliceError::Unwritable {
                path: self.doc.paths.display(self.doc.leaves[key.leaf].path),
                format: Format::Ini,
                kind: "string",
            })?),
        };
        Ok(safe.unwrap_or_else(|| {
            let mut fresh = Vec::new();
            text::value(value, &mut fresh);
            fresh
        }))
    }

    fn edited(&self, comment: usize) -> bool {
        self.by_leaf[self.layout.comments[comment].leaf].is_some()
    }
}

/// Whether a value can be written back between the quotes that its ciphertext has. Without
/// quotes: only if sops would put none either.
fn fits(value: &[u8], quote: &[u8]) -> bool {
    match quote {
        b"" => false,
        b"\"" | b"'" => !value.contains(&quote[0]) && !value.contains(&b'\n'),
        fence => text::fits_fence(value, fence),
    }
}

/// Appends a value between quotes, behind a delimiter if there is none.
fn fenced(key: &KeyLine, quote: &[u8], value: &[u8], out: &mut Vec<u8>) {
    if matches!(key.form, Form::Bare) {
        out.extend_from_slice(b" = ");
    }
    out.extend_from_slice(quote);
    out.extend_from_slice(value);
    out.extend_from_slice(quote);
}

/// Takes the block away, with the blank line before it or, at the start, behind it. Where the
/// rest ends.
fn remove(doc: &Document, layout: &Layout, patches: &mut Patches) -> usize {
    let source = &doc.source;
    let mut rest_end = source.len();
    for block in &layout.blocks {
        let before = &source[layout.bom..block.start];
        let blank = if before.ends_with(b"\n\r\n") || before == b"\r\n" {
            2
        } else {
            usize::from(before.ends_with(b"\n\n") || before == b"\n")
        };
        let mut end = block.end;
        if before.is_empty() {
            let rest = &source[end..];
            end += if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
        }
        patches.push(Span::new(block.start - blank, end), |_| ());
        if end == source.len() {
            rest_end = block.start - blank;
        }
    }
    rest_end
}

/// Puts the block behind everything else, after a blank line.
fn put(
    doc: &Document,
    layout: &Layout,
    end: usize,
    block: &Tree,
    patches: &mut Patches,
) -> Result<(), SpliceError> {
    let fields = flat::flatten(block);
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let newline = layout.newline;
    let content = &doc.source[layout.bom..end];
    let mut written = Ok(());
    patches.push(Span::at(doc.source.len()), |out| {
        if !content.is_empty() {
            if !content.ends_with(b"\n") {
                out.extend_from_slice(newline);
            }
            out.extend_from_slice(newline);
        }
        out.push(b'[');
        out.extend_from_slice(BLOCK);
        out.push(b']');
        out.extend_from_slice(newline);
        for (name, value) in &fields {
            let key = text::key(name);
            out.extend_from_slice(&key);
            out.resize(out.len() + width.saturating_sub(key.len()), b' ');
            out.extend_from_slice(b" = ");
            match text::safe_value(&flat::escape(value)) {
                Some(text) => out.extend_from_slice(&text),
                None => {
                    written = Err(SpliceError::Unwritable {
                        path: format!("sops.{}", String::from_utf8_lossy(name)),
                        format: Format::Ini,
                        kind: "metadata field",
                    });
                }
            }
            out.extend_from_slice(newline);
        }
    });
    written
}
