//! Any bytes as TOML: what parses is given back to the byte when nothing is edited, without its
//! metadata it is a plain file, and what is written fresh of it is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format, emit};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes.to_vec(), Format::Toml) else { return };
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
    let plain = Document::parse(plain.bytes, Format::Toml).expect("what was spliced is read");
    assert!(plain.metadata().is_none());
    let trees = plain.trees(&mut |leaf| plain.value(leaf).to_owned());
    let fresh = emit(&trees, Format::Toml, &EmitStyle::default()).expect("what was read can be written");
    assert!(Document::parse(fresh, Format::Toml).is_ok_and(|again| again.leaves().len() <= plain.leaves().len()));
});
