//! The steps of the engine, one by one, on files of 10,000 leaves, and the cipher on big data.
//!
//! `cargo bench --profile quick` while editing. What users wait for is measured from outside,
//! against the real sops; this says which step to look at.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use resops::crypto::{Cipher, DataKey, Mac, MacScope, Nonce, Random};
use resops::document::{Block, Document, Edits, EmitStyle, Format, Replacement};
use resops::leaf::{Value, ValueRef, number};
use resops::policy::{OnBadRegex, Selection, Selector};

const MAPS: usize = 1000;
const LEAVES: usize = MAPS * 10;

fn main() {
    divan::main();
}

/// Repeatable, and no secret is encrypted here.
struct Counter(u64);

impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            chunk.copy_from_slice(&self.0.to_le_bytes()[..chunk.len()]);
        }
    }
}

fn source(format: Format) -> Vec<u8> {
    let entry = |map: usize, key: usize| match key {
        0..8 => format!("\"value {key} of {map} is a secret\""),
        8 => format!("{}", map * 7919),
        _ => format!("{map}.25"),
    };
    let maps = (0..MAPS).map(|map| {
        let keys = (0..10).map(|key| (format!("key_{key}"), entry(map, key)));
        match format {
            Format::Json => {
                let pairs: Vec<String> = keys.map(|(key, value)| format!("\t\t\"{key}\": {value}")).collect();
                format!("\t\"service_{map}\": {{\n{}\n\t}}", pairs.join(",\n"))
            }
            _ => {
                let pairs: String = keys.map(|(key, value)| format!("    {key}: {value}\n")).collect();
                format!("service_{map}:\n{pairs}")
            }
        }
    });
    match format {
        Format::Json => format!("{{\n{}\n}}\n", maps.collect::<Vec<_>>().join(",\n")),
        _ => maps.collect(),
    }
    .into_bytes()
}

fn document(format: Format) -> Document {
    let document = Document::parse(source(format), format).expect("the source is well-formed");
    assert_eq!(document.leaves().len(), LEAVES);
    document
}

fn cipher() -> Cipher {
    Cipher::new(&DataKey::generate(&mut Counter(1)))
}

fn seal_all(document: &Document, cipher: &Cipher) -> Vec<Vec<u8>> {
    let mut random = Counter(2);
    let mut aad = Vec::new();
    let mut seal = |leaf: usize| {
        aad.clear();
        document.paths().write_aad(document.leaves()[leaf].path, &mut aad);
        let mut token = Vec::new();
        cipher.seal(document.value(leaf), &aad, &Nonce::generate(&mut random), &mut token);
        token
    };
    (0..document.leaves().len()).map(&mut seal).collect()
}

#[divan::bench(args = [Format::Yaml, Format::Json])]
fn parse(bencher: Bencher<'_, '_>, format: Format) {
    let source = source(format);
    bencher
        .counter(BytesCount::new(source.len()))
        .with_inputs(|| source.clone())
        .bench_values(|source| Document::parse(source, format));
}

#[divan::bench(args = ["default", "^key_[13]$"])]
fn choose(bencher: Bencher<'_, '_>, rule: &str) {
    let document = document(Format::Yaml);
    let selection = if rule == "default" {
        Selection::default_for_files()
    } else {
        Selection { encrypted_regex: rule.to_owned(), ..Selection::default() }
    };
    let selector = Selector::compile(&selection, OnBadRegex::Refuse).expect("the regex is valid");
    bencher.counter(ItemsCount::new(LEAVES)).bench_local(|| selector.choose(&document, &|_| false));
}

#[divan::bench]
fn encrypt_leaves(bencher: Bencher<'_, '_>) {
    let (document, cipher) = (document(Format::Yaml), cipher());
    bencher.counter(ItemsCount::new(LEAVES)).bench_local(|| seal_all(&document, &cipher));
}

#[divan::bench]
fn decrypt_leaves(bencher: Bencher<'_, '_>) {
    let (document, cipher) = (document(Format::Yaml), cipher());
    let tokens = seal_all(&document, &cipher);
    let aads: Vec<Vec<u8>> = document.leaves().iter().map(|leaf| document.paths().aad(leaf.path)).collect();
    bencher.counter(ItemsCount::new(LEAVES)).bench_local(|| -> Vec<Value> {
        let open = |(token, aad): (&Vec<u8>, &Vec<u8>)| cipher.open(token, aad).expect("it was sealed").value;
        tokens.iter().zip(&aads).map(open).collect()
    });
}

#[divan::bench]
fn mac(bencher: Bencher<'_, '_>) {
    let document = document(Format::Yaml);
    bencher.counter(ItemsCount::new(LEAVES)).bench_local(|| {
        let mut mac = Mac::new(MacScope::AllLeaves);
        for leaf in 0..LEAVES {
            mac.update(document.value(leaf));
        }
        mac.finish()
    });
}

#[divan::bench(args = [Format::Yaml, Format::Json])]
fn splice(bencher: Bencher<'_, '_>, format: Format) {
    let document = document(format);
    let tokens = seal_all(&document, &cipher());
    let leaves = tokens.iter().map(|token| Replacement::Sealed(token)).enumerate().collect();
    let edits = Edits {
        leaves,
        block: Block::Keep,
        style: EmitStyle::default(),
        copies: resops::document::Copies::OneLine,
    };
    bencher.counter(BytesCount::new(document.source().len())).bench_local(|| document.splice(&edits));
}

#[divan::bench(args = [20, 20_000, 20_000_000])]
fn seal(bencher: Bencher<'_, '_>, length: usize) {
    let (cipher, text, nonce) = (cipher(), vec![b'x'; length], Nonce::generate(&mut Counter(3)));
    bencher.counter(BytesCount::new(length)).bench_local(|| {
        let mut token = Vec::new();
        cipher.seal(ValueRef::Str(&text), b"data:", &nonce, &mut token);
        token
    });
}

#[divan::bench(args = [20, 20_000, 20_000_000])]
fn open(bencher: Bencher<'_, '_>, length: usize) {
    let (cipher, text, nonce) = (cipher(), vec![b'x'; length], Nonce::generate(&mut Counter(3)));
    let mut token = Vec::new();
    cipher.seal(ValueRef::Str(&text), b"data:", &nonce, &mut token);
    bencher.counter(BytesCount::new(length)).bench_local(|| cipher.open(&token, b"data:"));
}

#[divan::bench(args = [1.5, 1e15 + 0.25, 0.1 + 0.2])]
fn format_float(float: f64) -> String {
    number::format_plain(float)
}
