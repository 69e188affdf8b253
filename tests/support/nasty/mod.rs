//! Nasty documents, made from a seed: what people write and what only a parser's author would.
//!
//! Every document draws which oddities it may have before it is written, so that some documents
//! are plain, some have one oddity in many places, and some have them all. Most are accepted by
//! sops 3.13.2; those that are not still have to be refused cleanly or come back whole.

use super::rng::Rng;

mod dotenv;
mod json;
mod toml;
mod yaml;

/// A made document.
pub struct Nasty {
    /// `yaml`, `json`, `env`, `toml` or `bin`: the suffix of a file that holds it.
    pub suffix: &'static str,
    /// The document.
    pub text: Vec<u8>,
    /// The same document without its comments.
    pub bare: Vec<u8>,
    /// Where comments stand that sops loses, moves or chokes on.
    pub comments: Comments,
    /// It holds something that sops 3.13.2 refuses or does not give back as it was, by design of
    /// the generator: a number beyond 64 bits, a lone surrogate, a BOM before JSON …
    pub beyond_sops: bool,
}

/// Which kinds of comment a document has.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comments {
    /// On lines of their own, between the entries of maps.
    pub in_maps: bool,
    /// Behind a value.
    pub inline: bool,
    /// In, above or behind a list, or in a flow collection.
    pub in_lists: bool,
}

/// The YAML document of a seed.
pub fn yaml(seed: u64) -> Nasty {
    yaml::document(&mut Rng::new(seed))
}

/// The JSON document of a seed.
pub fn json(seed: u64) -> Nasty {
    json::document(&mut Rng::new(seed ^ 0x4A53_4F4E))
}

/// The dotenv file of a seed.
pub fn dotenv(seed: u64) -> Nasty {
    dotenv::document(&mut Rng::new(seed ^ 0x454E_5600))
}

/// The TOML document of a seed.
pub fn toml(seed: u64) -> Nasty {
    toml::document(&mut Rng::new(seed ^ 0x544F_4D4C))
}

/// The binary file of a seed.
pub fn binary(seed: u64) -> Nasty {
    let mut rng = Rng::new(seed ^ 0x0042_494E);
    let text = match rng.below(8) {
        0 => Vec::new(),
        1 => vec![0; rng.between(1, 70)],
        2 => b"\xEF\xBB\xBFtext with a BOM\r\nand CRLF\r\n".to_vec(),
        3 => b"# looks like YAML\nkey: value\nno: final newline".to_vec(),
        4 => b"{\"looks\": \"like JSON\", \"data\": \"but is a file\"}\n".to_vec(),
        5 => "grüße 🔐 ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]\n".as_bytes().to_vec(),
        _ => {
            let length = rng.between(1, 4000);
            rng.bytes(length)
        }
    };
    Nasty { suffix: "bin", bare: text.clone(), text, comments: Comments::default(), beyond_sops: false }
}

/// A document of any format: YAML in seven of ten cases.
pub fn any(seed: u64) -> Nasty {
    match (seed % 10, seed % 20) {
        (0..7, _) => yaml(seed),
        (7, _) => json(seed),
        (8, _) => toml(seed),
        (_, 9) => json(seed),
        _ => binary(seed),
    }
}
