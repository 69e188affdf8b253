//! Any bytes as INI: what parses is given back to the byte when nothing is edited, and what is
//! sealed is read again, whatever the file looked like.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format, Replacement, Tree};
use resops::leaf::ValueRef;

const TOKEN: &[u8] = b"ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]";

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes.to_vec(), Format::Ini) else { return };
    for leaf in document.leaves() {
        let _ = leaf.span.of(document.source());
    }
    let mut edits = Edits {
        leaves: Vec::new(),
        block: Block::Keep,
        style: EmitStyle::default(),
        copies: Copies::OneLine,
    };
    let spliced = document.splice(&edits).expect("no edit can be refused");
    assert!(spliced.bytes == document.source());
    if document.metadata().is_some() {
        return;
    }
    let block = Tree::Map(Vec::new());
    edits.block = Block::Put(&block);
    let is_text = |leaf: &usize| match document.value(*leaf) {
        ValueRef::Str(text) | ValueRef::Comment(text) => !text.is_empty(),
        _ => false,
    };
    edits.leaves = (0..document.leaves().len())
        .filter(is_text)
        .map(|leaf| (leaf, Replacement::Sealed(TOKEN)))
        .collect();
    let sealed = document.splice(&edits).expect("a token fits everywhere");
    let sealed = Document::parse(sealed.bytes, Format::Ini).expect("what we write is INI");
    assert!(sealed.metadata().is_some());
    let values = |document: &Document| {
        let all = 0..document.leaves().len();
        all.filter(|leaf| !document.leaves()[*leaf].is_comment())
            .map(|leaf| document.paths().aad(document.leaves()[leaf].path))
            .collect::<Vec<_>>()
    };
    assert!(values(&document) == values(&sealed));
});
