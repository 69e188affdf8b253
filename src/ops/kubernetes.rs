//! Secrets of Kubernetes: what goes into one, and the manifest that says it.
//!
//! Values come in as a tree or as bytes, a `Secret` goes out as a tree with its keys in the order in which
//! `kubectl` prints them, so that equal values give equal bytes. Nothing here talks to a cluster.

mod env_file;

use std::collections::BTreeMap;

pub use env_file::{EnvFile, EnvFileError};
use zeroize::Zeroizing;

use super::template::single;
use crate::document::{Event, Pair, Tree, Walk};
use crate::leaf::{Value, base64};

/// What the API server takes as the data of one Secret, in bytes.
pub const MAX_DATA: usize = 1 << 20;
/// The longest name of an object and the longest key, in bytes.
const MAX_NAME: usize = 253;

/// A `Secret`. Maps are sorted: no output depends on the order of an input.
#[derive(Default)]
pub struct Secret {
    /// `metadata.name`; left out if empty.
    pub name: String,
    /// `metadata.namespace`; left out if empty.
    pub namespace: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// `type`, as in `Opaque`; left out if empty.
    pub kind: String,
    /// Bytes that are written as base64 below `data`.
    pub data: BTreeMap<String, Zeroizing<Vec<u8>>>,
    /// Text that is written as it is, below `stringData`.
    pub texts: BTreeMap<String, Zeroizing<String>>,
}

impl Secret {
    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> Tree {
        let mut top = vec![entry("apiVersion", Tree::str("v1"))];
        if !self.data.is_empty() {
            let data = self.data.iter().map(|(key, bytes)| {
                let mut text = Vec::with_capacity(base64::encoded_len(bytes.len()));
                base64::encode_into(bytes, &mut text);
                entry(key, Tree::str(text))
            });
            top.push(entry("data", Tree::Map(data.collect())));
        }
        top.push(entry("kind", Tree::str("Secret")));
        top.push(entry("metadata", self.metadata()));
        if !self.texts.is_empty() {
            let texts = self.texts.iter().map(|(key, text)| entry(key, Tree::str(text.as_bytes())));
            top.push(entry("stringData", Tree::Map(texts.collect())));
        }
        if !self.kind.is_empty() {
            top.push(entry("type", Tree::str(self.kind.as_str())));
        }
        Tree::Map(top)
    }

    fn metadata(&self) -> Tree {
        let mut metadata = Vec::new();
        let map = |texts: &BTreeMap<String, String>| {
            Tree::Map(texts.iter().map(|(key, text)| entry(key, Tree::str(text.as_str()))).collect())
        };
        for (key, texts) in [("annotations", &self.annotations), ("labels", &self.labels)] {
            if !texts.is_empty() {
                metadata.push(entry(key, map(texts)));
            }
        }
        for (key, text) in [("name", &self.name), ("namespace", &self.namespace)] {
            if !text.is_empty() {
                metadata.push(entry(key, Tree::str(text.as_str())));
            }
        }
        Tree::Map(metadata)
    }

    /// How many bytes of data it holds.
    #[must_use]
    pub fn size(&self) -> usize {
        self.data.values().map(|bytes| bytes.len()).sum::<usize>()
            + self.texts.values().map(|text| text.len()).sum::<usize>()
    }
}

fn entry(key: &str, value: Tree) -> Pair {
    Pair::Entry(key.as_bytes().to_vec(), value)
}

/// Why values are no data of a Secret. Names keys; never shows values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The document is a list or a single value.
    #[error("it holds no map of values")]
    NoMap,
    /// A map or a list where a value is expected.
    #[error("{0} is nested; a Secret has one level of keys")]
    Nested(String),
    /// A key that Kubernetes refuses.
    #[error("{0} is no key of a Secret: letters, digits, '-', '_' and '.' only, at most 253")]
    Key(String),
    /// A key stands twice.
    #[error("{0} stands there twice")]
    Twice(String),
}

/// A key with its bytes.
pub type Entry = (String, Zeroizing<Vec<u8>>);

/// The values at the top of a tree as data, and the keys whose value is null, which have none.
///
/// # Errors
///
/// [`SecretError`], naming the path.
pub fn entries(tree: &Tree) -> Result<(Vec<Entry>, Vec<String>), SecretError> {
    let Tree::Map(pairs) = tree else { return Err(SecretError::NoMap) };
    let (mut found, mut nulls) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for pair in pairs {
        let Pair::Entry(key, value) = pair else { continue };
        let key = String::from_utf8_lossy(key).into_owned();
        match value {
            Tree::Leaf(Value::Comment(_)) => continue,
            Tree::Leaf(value) => match single(value.as_ref()) {
                Some(bytes) => found.push((key.clone(), Zeroizing::new(bytes))),
                None => nulls.push(key.clone()),
            },
            inner => return Err(SecretError::Nested(first_path(&key, inner))),
        }
        if !is_key(&key) {
            return Err(SecretError::Key(key));
        }
        if !seen.insert(key.clone()) {
            return Err(SecretError::Twice(key));
        }
    }
    Ok((found, nulls))
}

/// The path of something nested: down to its first key.
fn first_path(key: &str, inner: &Tree) -> String {
    match inner {
        Tree::Map(pairs) => {
            let first = pairs.iter().find_map(|pair| match pair {
                Pair::Entry(inner, _) => Some(String::from_utf8_lossy(inner).into_owned()),
                Pair::Comment { .. } => None,
            });
            first.map_or_else(|| key.to_owned(), |inner| format!("{key}.{inner}"))
        }
        Tree::List(items) if !items.is_empty() => format!("{key}.0"),
        _ => key.to_owned(),
    }
}

/// Whether kustomize can print a text. Of others its YAML writer makes what its reader refuses, and it shows the
/// whole resource in its error, with all values.
#[must_use]
pub fn is_printable(text: &str) -> bool {
    text.chars().all(|letter| match letter {
        '\u{85}' => true,
        '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => true,
    })
}

/// [`is_printable`] for all texts and keys of a tree.
#[must_use]
pub fn is_tree_printable(tree: &Tree) -> bool {
    // Other bytes than text are printed as base64.
    let is_printable = |bytes: &[u8]| std::str::from_utf8(bytes).map_or(true, is_printable);
    Walk::new(tree).all(|event| match event {
        Event::Key(key) => is_printable(key),
        Event::Leaf(Value::Str(text)) => is_printable(text),
        _ => true,
    })
}

/// Whether Kubernetes takes this as a key of `data`.
#[must_use]
pub fn is_key(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !key.is_empty() && key.len() <= MAX_NAME && key.bytes().all(plain) && key != "." && !key.starts_with("..")
}

/// Whether Kubernetes takes this as the value of a label.
#[must_use]
pub fn is_label_value(text: &str) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let ends = [text.bytes().next(), text.bytes().next_back()];
    text.len() <= 63
        && text.as_bytes().iter().all(inner)
        && ends.into_iter().flatten().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether Kubernetes takes this as the name of a Secret: a DNS subdomain.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        end(bytes.first())
            && end(bytes.last())
            && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
    };
    name.len() <= MAX_NAME && name.split('.').all(is_label)
}

/// The name of a Secret that holds what is in a file of this name: `DB_Creds.enc.yaml` is `db-creds`.
/// Nothing if too little is left of it.
#[must_use]
pub fn name_of(file: &str) -> Option<String> {
    let mut stem = file;
    for suffix in [".yaml", ".yml", ".json", ".env", ".ini", ".toml"] {
        if let Some(shorter) = stem.strip_suffix(suffix) {
            stem = shorter;
            break;
        }
    }
    for suffix in [".enc", ".sops", ".encrypted"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    let letters = stem
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    let name: String = letters.collect();
    let name = name.trim_matches('-');
    is_name(name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_file_names() {
        for (file, name) in [
            ("prod.env", Some("prod")),
            ("DB_Creds.enc.yaml", Some("db-creds")),
            ("a.b.sops.json", Some("a-b")),
            ("tls.key", Some("tls-key")),
            ("_x_", Some("x")),
            (".env", None),
            ("ключ.yaml", None),
        ] {
            assert_eq!(name_of(file).as_deref(), name, "{file}");
        }
    }

    #[test]
    fn keys_and_names_are_those_of_kubernetes() {
        for key in ["a", ".dockerconfigjson", "TLS_key-1.pem"] {
            assert!(is_key(key), "{key}");
        }
        for key in ["", ".", "..", "..a", "a/b", "a b", "é", &"a".repeat(254)] {
            assert!(!is_key(key), "{key}");
        }
        for name in ["a", "a-1.b"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "A", "a_b", "-a", "a-", "a..b", "a."] {
            assert!(!is_name(name), "{name}");
        }
    }
}
