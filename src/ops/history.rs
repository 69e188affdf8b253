//! What the versions of a file tell without any key: how old its data key is, who could open it and when,
//! and what of that is still in use.
//!
//! Versions come in as bytes and become [`Version`]s, which keep digests alone; [`story`] draws the
//! conclusions. Where versions come from is the caller's affair. No MAC is verified: that takes the data key.
//!
//! Two versions have the same data key if a value has the same ciphertext in both, or a recipient the same
//! wrapped key: nonces are random, so neither comes about twice. What has neither is not known to have it.
//! A file whose data key was changed may have its old values still, under new ciphertext: only a key tells.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use crate::crypto::token::{self, Token};
use crate::document::{Document, Format, ParseErrorKind};
use crate::keys::{KeyKind, MasterKey, without_user};
use crate::leaf::ValueRef;
use crate::metadata::{Metadata, MetadataError};

/// A text, short enough to keep many.
type Digest = [u8; 16];

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
    values: Vec<(Digest, Digest)>,
    /// The ciphertext of comments and of the MAC, and the wrapped keys.
    others: Vec<Digest>,
    /// Where values stand in clear text.
    clear: HashSet<Digest>,
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
    clear: HashSet<Digest>,
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
    fn marks(&self) -> impl Iterator<Item = &Digest> {
        self.values.iter().map(|(_, token)| token).chain(&self.others)
    }

    fn names(&self, key: &str) -> bool {
        self.holders.iter().any(|holder| holder.key == key)
    }
}

/// What the versions of a file tell. Numbers of versions count from the newest, which is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// The oldest version that has the data key of today for certain.
    pub key_since: Option<usize>,
    /// Whether there is an older encrypted version that is not known to have it.
    pub key_replaced: bool,
    /// For each recipient of today, the oldest version that names it.
    pub since: Vec<Option<usize>>,
    /// Who could open an earlier version and is no recipient any more.
    pub former: Vec<Former>,
    /// The versions in clear text.
    pub clear: Vec<usize>,
    /// The values that are encrypted today and stood in clear text once: each with the newest version where it did.
    pub clear_values: Vec<(usize, usize)>,
    /// The versions that cannot be read.
    pub unreadable: Vec<usize>,
}

/// Somebody who is no recipient any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The key, as its newest version names it.
    pub holder: Holder,
    /// The oldest version that names it.
    pub first: usize,
    /// The newest one.
    pub last: usize,
    /// The next one after that, if there is one: there it was taken out.
    pub gone: Option<usize>,
    /// Whether it was ever enough, without keys of other groups.
    pub alone: bool,
    /// Whether the data key of that time is still in use, for certain.
    pub same_key: bool,
    /// The values of today that are as they were when this key opened the file.
    pub unchanged: Vec<usize>,
}

/// Tells what there is to tell of a file and its versions, the newest one first.
#[must_use]
pub fn story(present: Option<&Present>, versions: &[&Version]) -> Story {
    let all = |is: fn(&Version) -> bool| -> Vec<usize> {
        (0..versions.len()).filter(|at| is(versions[*at])).collect()
    };
    let clear = all(|version| matches!(version, Version::Clear(_)));
    let unreadable = all(|version| matches!(version, Version::Unreadable));
    let Some(now) = present.map(|present| &present.snapshot) else {
        return Story { clear, unreadable, ..Story::default() };
    };
    let encrypted: Vec<(usize, &Snapshot)> = versions
        .iter()
        .enumerate()
        .filter_map(|(at, version)| match version {
            Version::Encrypted(snapshot) => Some((at, &**snapshot)),
            _ => None,
        })
        .collect();
    let lineage = Lineage::of(now, &encrypted);
    let key_since = encrypted.iter().rev().find(|(at, _)| lineage.has_key_of_today(*at)).map(|(at, _)| *at);
    let oldest = encrypted.last().map(|(at, _)| *at);
    let where_in_clear = |at: usize| match versions[at] {
        Version::Clear(text) => Some(&text.clear),
        Version::Encrypted(snapshot) => Some(&snapshot.clear),
        Version::Empty | Version::Unreadable => None,
    };
    let mut clear_values = Vec::new();
    let mut open: Vec<usize> = (0..now.values.len()).collect();
    for at in 0..versions.len() {
        let Some(clear) = where_in_clear(at).filter(|clear| !clear.is_empty()) else { continue };
        open.retain(|value| {
            let stood = clear.contains(&now.values[*value].0);
            if stood {
                clear_values.push((*value, at));
            }
            !stood
        });
    }
    clear_values.sort_unstable();
    Story {
        key_since,
        key_replaced: oldest.is_some_and(|oldest| key_since.is_none_or(|since| oldest > since)),
        since: now
            .holders
            .iter()
            .map(|holder| encrypted.iter().rev().find(|(_, old)| old.names(&holder.key)).map(|(at, _)| *at))
            .collect(),
        former: former(now, &encrypted, &lineage),
        clear,
        clear_values,
        unreadable,
    }
}

/// Who was a recipient and is none, in the order in which they went, the last one first.
fn former(now: &Snapshot, encrypted: &[(usize, &Snapshot)], lineage: &Lineage) -> Vec<Former> {
    let mut gone: BTreeMap<(usize, String), Former> = BTreeMap::new();
    let mut last_of: HashMap<&str, usize> = HashMap::new();
    let today: HashSet<&str> = now.holders.iter().map(|holder| holder.key.as_str()).collect();
    let mut seen: HashMap<&str, HashSet<Digest>> = HashMap::new();
    let mut newer = None;
    for &(at, old) in encrypted {
        for holder in old.holders.iter().filter(|holder| !today.contains(holder.key.as_str())) {
            let last = *last_of.entry(holder.key.as_str()).or_insert(at);
            let entry = gone.entry((last, holder.key.clone())).or_insert_with(|| Former {
                holder: holder.clone(),
                first: at,
                last: at,
                gone: newer,
                alone: false,
                same_key: false,
                unchanged: Vec::new(),
            });
            entry.first = at;
            entry.alone |= old.needed <= 1;
            if lineage.has_key_of_today(at) {
                entry.same_key = true;
                seen.entry(holder.key.as_str()).or_default().extend(old.values.iter().map(|value| value.1));
            }
        }
        newer = Some(at);
    }
    let mut former: Vec<Former> = gone.into_values().collect();
    for one in &mut former {
        let Some(seen) = seen.get(one.holder.key.as_str()) else { continue };
        one.unchanged = (0..now.values.len()).filter(|at| seen.contains(&now.values[*at].1)).collect();
    }
    former
}

/// Which versions have the data key of today: those that have something in common with it, or with one that
/// has.
struct Lineage(HashSet<usize>);

impl Lineage {
    fn of(now: &Snapshot, encrypted: &[(usize, &Snapshot)]) -> Self {
        let mut holding: HashMap<&Digest, Vec<usize>> = HashMap::new();
        for (number, (_, snapshot)) in encrypted.iter().enumerate() {
            for mark in snapshot.marks() {
                let versions = holding.entry(mark).or_default();
                if versions.last() != Some(&number) {
                    versions.push(number);
                }
            }
        }
        let mut same = HashSet::new();
        let mut open = vec![now];
        while let Some(snapshot) = open.pop() {
            for mark in snapshot.marks() {
                // Taken out: each is followed once.
                for number in holding.remove(mark).unwrap_or_default() {
                    let (at, snapshot) = encrypted[number];
                    if same.insert(at) {
                        open.push(snapshot);
                    }
                }
            }
        }
        Self(same)
    }

    fn has_key_of_today(&self, version: usize) -> bool {
        self.0.contains(&version)
    }
}

#[cfg(test)]
mod tests;
