//! Any bytes as YAML: what parses is given back to the byte when nothing is edited.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes.to_vec(), Format::Yaml) else { return };
    for leaf in document.leaves() {
        let _ = leaf.span.of(document.source());
    }
    let nothing = Edits {
        leaves: Vec::new(),
        block: Block::Keep,
        style: EmitStyle::default(),
        copies: Copies::OneLine,
    };
    let spliced = document.splice(&nothing).expect("no edit can be refused");
    assert!(spliced.bytes == document.source());
});
