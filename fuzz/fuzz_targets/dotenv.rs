//! Any bytes as dotenv: what parses is given back to the byte when nothing is edited, and without
//! its metadata it is a plain file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes.to_vec(), Format::Dotenv) else { return };
    for leaf in document.leaves() {
        let _ = leaf.span.of(document.source());
    }
    let edits = |block| Edits {
        leaves: Vec::new(),
        block,
        style: EmitStyle::default(),
        copies: Copies::OneLine,
    };
    let spliced = document.splice(&edits(Block::Keep)).expect("no edit can be refused");
    assert!(spliced.bytes == document.source());
    let plain = document.splice(&edits(Block::Remove)).expect("the metadata can go");
    let plain = Document::parse(plain.bytes, Format::Dotenv).expect("what was spliced is read");
    assert!(plain.metadata().is_none());
});
