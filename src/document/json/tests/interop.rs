//! Files that sops wrote, both ways: with its ciphertexts and metadata put into the plaintext
//! that it prints, our file is its file to the byte; and with the values put back, ours is its
//! plaintext.

use super::{parse, tree};
use crate::document::{Block, Document, Edits, EmitStyle, Format, Pair, Replacement, Tree, emit};
use crate::leaf::{Value, ValueRef};

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/testdata/json/interop/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[track_caller]
fn check(name: &str) {
    let [encrypted, decrypted] =
        ["encrypted", "decrypted"].map(|half| parse(read(&format!("{name}.{half}.json"))).unwrap());
    let leaves = 0..encrypted.leaves().len();
    let opened = leaves.clone().map(|leaf| (leaf, Replacement::Opened(decrypted.value(leaf)))).collect();
    let plaintext = encrypted
        .splice(&Edits {
            leaves: opened,
            block: Block::Remove,
            style: EmitStyle::default(),
            copies: crate::document::Copies::OneLine,
        })
        .unwrap();
    assert_eq!(plaintext.bytes, decrypted.source());

    let sealed = leaves
        .filter_map(|leaf| match encrypted.value(leaf) {
            ValueRef::Str(token) if token.starts_with(b"ENC[") => Some((leaf, Replacement::Sealed(token))),
            _ => None,
        })
        .collect();
    let block = Block::Put(encrypted.metadata().unwrap().unwrap());
    let ciphertext = decrypted
        .splice(&Edits {
            leaves: sealed,
            block,
            style: EmitStyle::default(),
            copies: crate::document::Copies::OneLine,
        })
        .unwrap();
    assert_eq!(ciphertext.bytes, encrypted.source());

    let whole = with_metadata(&encrypted);
    assert_eq!(emit(&[whole], Format::Json, &EmitStyle::default()).unwrap(), encrypted.source());
}

fn with_metadata(document: &Document) -> Tree {
    let mut whole = tree(document);
    if let Tree::Map(pairs) = &mut whole {
        pairs.push(Pair::Entry(b"sops".to_vec(), document.metadata().unwrap().unwrap().clone()));
    }
    whole
}

#[test]
fn basic() {
    check("basic-json");
}

#[test]
fn compact() {
    check("compact-json");
}

#[test]
fn duplicate_keys() {
    check("duplicate-keys-json");
}

#[test]
fn tabs() {
    check("tabs-json");
}

#[test]
fn ini_as_json() {
    check("ini-as-json");
}

#[test]
fn binary() {
    let encrypted = parse(read("blob.encrypted.json")).unwrap();
    let content = read("blob.bin");
    let plain = Document::parse(content.clone(), Format::Binary).unwrap();
    let ValueRef::Str(token) = encrypted.value(0) else { panic!("no token") };
    let edits = Edits {
        leaves: vec![(0, Replacement::Sealed(token))],
        block: Block::Put(encrypted.metadata().unwrap().unwrap()),
        style: EmitStyle::default(),
        copies: crate::document::Copies::OneLine,
    };
    assert_eq!(plain.splice(&edits).unwrap().bytes, encrypted.source());

    let opened = encrypted.trees(&mut |_| Value::Str(content.clone()));
    assert_eq!(emit(&opened, Format::Binary, &EmitStyle::default()).unwrap(), content);
}
