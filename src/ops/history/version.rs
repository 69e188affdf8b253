//! A version of a file, read without any key: who can open it, and digests of what can be compared.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use crate::crypto::token::{self, Token};
use crate::document::{Document, Format, ParseErrorKind};
use crate::keys::{KeyKind, MasterKey, without_user};
use crate::leaf::ValueRef;
use crate::metadata::{Metadata, MetadataError};

/// A text, short enough to keep many.
pub(super) type Digest = [u8; 16];

/// A recipient, as one version of a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What kind of key.
    pub kind: KeyKind,
    /// The key for people: without a role, a context or a password.
    pub key: String,
    /// When it was put into the file, where the file says so.
    pub created_at: Option<String>,
    /// The number of its group, from 0.
    pub group: usize,
}

/// An encrypted version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Who can open it.
    pub holders: Vec<Holder>,
    /// How many groups there are.
    pub groups: usize,
    /// How many of them must answer.
    pub needed: usize,
    /// When it was last encrypted, as the file says.
    pub last_modified: String,
    /// Its encrypted values, by path and by ciphertext.
    pub(super) values: Vec<(Digest, Digest)>,
    /// The ciphertext of comments and of the MAC, and the wrapped keys.
    pub(super) others: Vec<Digest>,
    /// Where values stand in clear text.
    pub(super) clear: HashSet<Digest>,
}

/// A version of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// There is nothing in it.
    Empty,
    /// It is encrypted.
    Encrypted(Box<Snapshot>),
    /// It is not.
    Clear(ClearText),
    /// It is encrypted, and its text or its metadata cannot be read.
    Unreadable,
}

/// A version in clear text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClearText {
    /// Where its values stand; nowhere if it cannot be read.
    pub(super) clear: HashSet<Digest>,
}

/// The version that a file has now, if that is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// What it tells.
    pub snapshot: Snapshot,
    /// The paths of its encrypted values.
    pub paths: Vec<String>,
}

/// Reads a version.
#[must_use]
pub fn version(source: Vec<u8>, format: Format) -> Version {
    read(source, format, &mut |_| ())
}

/// Reads the version that a file has now.
///
/// # Errors
///
/// What it is, if it is none that is encrypted and can be read.
pub fn present(source: Vec<u8>, format: Format) -> Result<Present, Version> {
    let mut paths = Vec::new();
    match read(source, format, &mut |path| paths.push(path)) {
        Version::Encrypted(snapshot) => Ok(Present { snapshot: *snapshot, paths }),
        other => Err(other),
    }
}

fn read(source: Vec<u8>, format: Format, encrypted: &mut dyn FnMut(String)) -> Version {
    let has_token = memchr::memmem::find(&source, token::START).is_some();
    let otherwise = if has_token { Version::Unreadable } else { Version::Clear(ClearText::default()) };
    if source.trim_ascii().is_empty() {
        return Version::Empty;
    }
    let form = if format == Format::Binary { Format::Json } else { format };
    let document = match Document::parse(source, form) {
        Ok(document) => document,
        Err(error) if error.kind == ParseErrorKind::NoDocument => return Version::Empty,
        Err(_) => return otherwise,
    };
    let mut snapshot = match Metadata::of(&document) {
        Ok(metadata) => snapshot(&metadata),
        // Values are encrypted, and how is lost.
        Err(MetadataError::NotFound) if has_token => return Version::Unreadable,
        Err(MetadataError::NotFound) => {
            let clear = clear_values(&document);
            // Comments alone hide nothing.
            return if clear.is_empty() && format != Format::Binary {
                Version::Empty
            } else {
                Version::Clear(ClearText { clear })
            };
        }
        Err(_) => return Version::Unreadable,
    };
    for (leaf, place) in document.leaves().iter().enumerate() {
        match document.value(leaf) {
            ValueRef::Str(text) if Token::split_or_empty(text).is_some() => {
                let path = document.paths().display(place.path);
                snapshot.values.push((digest(path.as_bytes()), digest(text)));
                encrypted(path);
            }
            ValueRef::Comment(text) if Token::split(text).is_some() => snapshot.others.push(digest(text)),
            _ => {}
        }
    }
    snapshot.clear = clear_values(&document);
    Version::Encrypted(Box::new(snapshot))
}

/// The paths of values that say something, in clear text.
fn clear_values(document: &Document) -> HashSet<Digest> {
    let says = |leaf: &usize| match document.value(*leaf) {
        ValueRef::Null | ValueRef::Str(b"") | ValueRef::Comment(_) => false,
        ValueRef::Str(text) => Token::split_or_empty(text).is_none(),
        _ => true,
    };
    let leaves = (0..document.leaves().len()).filter(says);
    leaves.map(|leaf| digest(document.paths().display(document.leaves()[leaf].path).as_bytes())).collect()
}

fn snapshot(metadata: &Metadata) -> Snapshot {
    let mut holders = Vec::new();
    let mut others = Vec::new();
    if !metadata.mac.is_empty() {
        others.push(digest(metadata.mac.as_bytes()));
    }
    for (group, keys) in metadata.groups.iter().enumerate() {
        for wrapped in &keys.0 {
            let key = shown(&wrapped.key);
            if !wrapped.enc.is_empty() {
                others.push(digest(format!("{key}\0{}", wrapped.enc).as_bytes()));
            }
            let created_at = wrapped.created_at.clone();
            holders.push(Holder { kind: wrapped.key.kind(), key, created_at, group });
        }
    }
    let groups = metadata.groups.len();
    let needed = match usize::try_from(metadata.shamir_threshold) {
        _ if groups < 2 => 1,
        Ok(stated) if stated > 0 => stated,
        _ => groups,
    };
    let last_modified = metadata.last_modified.clone();
    let (values, clear) = (Vec::new(), HashSet::new());
    Snapshot { holders, groups, needed, last_modified, values, others, clear }
}

/// A key by what makes it the same one: not by the role that uses it, nor by a comment.
fn shown(key: &MasterKey) -> String {
    match key {
        MasterKey::AwsKms { arn, .. } => arn.clone(),
        MasterKey::Age { recipient } if recipient.starts_with("ssh-") => {
            recipient.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
        }
        key => without_user(&key.text()).into_owned(),
    }
}

fn digest(text: &[u8]) -> Digest {
    let mut short = Digest::default();
    short.copy_from_slice(&Sha256::digest(text)[..16]);
    short
}

impl Snapshot {
    /// All that only one data key can have made.
    pub(super) fn marks(&self) -> impl Iterator<Item = &Digest> {
        self.values.iter().map(|(_, token)| token).chain(&self.others)
    }

    pub(super) fn names(&self, key: &str) -> bool {
        self.holders.iter().any(|holder| holder.key == key)
    }
}
