//! What an edit can take over from the file as it was: the ciphertext of unchanged leaves.

use super::read::{self, Reading};
use crate::crypto;
use crate::document::{Document, Format};
use crate::leaf::{PathId, Value, ValueRef};
use std::collections::{HashMap, HashSet, VecDeque};

/// A leaf's path, type and plaintext: what must be equal for its ciphertext to be used again.
/// One nonce under one key thus never meets two plaintexts.
type Fingerprint = Vec<u8>;

/// A leaf as it stood in the encrypted file.
pub(super) struct Entry {
    /// Its token, unless it must not be used again.
    pub(super) token: Option<Vec<u8>>,
    /// Whether the token stood without quotes.
    pub(super) bare: bool,
    /// The number it was. The plaintext may show it as another type: 1.0 as 1, and dotenv and INI
    /// show text alone.
    pub(super) number: Option<Value>,
}

/// The leaves of an earlier version, by what they say.
#[derive(Default)]
pub(super) struct Previous {
    entries: HashMap<Fingerprint, VecDeque<Entry>>,
    /// Comments by their text alone: the YAML library may hang one on another map in the
    /// encrypted file than in the plaintext.
    comments: HashMap<Vec<u8>, VecDeque<Entry>>,
    /// All tokens, once there is more than one version.
    tokens: HashSet<Vec<u8>>,
    /// Where a TOML file has a plain `null` although values there are encrypted: rops writes that.
    nulls: HashSet<Vec<u8>>,
    /// The layout patch and its token.
    pub(super) layout: Option<(Vec<u8>, String)>,
}

/// Whether ciphertext may be taken over, or just how it stood in the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TakeOver {
    /// The data key stays: ciphertext of unchanged leaves stays.
    Ciphertext,
    /// The data key is new: only the look stays.
    Look,
}

impl Previous {
    pub(super) fn new(document: &Document, reading: &Reading, take: TakeOver) -> Self {
        let mut this = Self { entries: HashMap::with_capacity(reading.opened.len()), ..Self::default() };
        this.add(document, reading, take);
        this
    }

    /// Adds what another version has: it is taken where those before it have nothing left. A token that
    /// is there already does not count twice, or one list could come to have it twice.
    pub(super) fn absorb(&mut self, document: &Document, reading: &Reading, take: TakeOver) {
        if self.tokens.is_empty() {
            let all = self.entries.values().chain(self.comments.values()).flatten();
            self.tokens = all.filter_map(|entry| entry.token.clone()).collect();
        }
        self.add(document, reading, take);
    }

    fn add(&mut self, document: &Document, reading: &Reading, take: TakeOver) {
        let text_alone = matches!(document.format(), Format::Dotenv | Format::Ini);
        for leaf in by_place(document) {
            // What an alias stands for stands elsewhere itself.
            let Some(opened) = reading.opened[leaf].as_ref().filter(|_| !document.is_copy(leaf)) else {
                if read::is_null(document.value(leaf), document.format()) {
                    self.nulls.insert(document.paths().aad(document.leaves()[leaf].path));
                }
                continue;
            };
            let token = match document.value(leaf) {
                ValueRef::Str(token) | ValueRef::Comment(token) => token,
                _ => continue,
            };
            let bare = document.leaves()[leaf].span.of(document.source()).starts_with(b"ENC[");
            if !self.tokens.is_empty() && !self.tokens.insert(token.to_vec()) {
                continue;
            }
            let usable = take == TakeOver::Ciphertext && opened.reusable;
            let number = match &opened.value {
                number @ (Value::Int(_) | Value::Float(_) | Value::BigInt(_)) => Some(number.clone()),
                _ => None,
            };
            let entry = Entry { token: usable.then(|| token.to_vec()), bare, number };
            if let ValueRef::Comment(text) = opened.value.as_ref() {
                self.comments.entry(text.to_vec()).or_default().push_back(entry);
            } else {
                let (plaintext, kind) = crypto::plaintext(opened.value.as_ref());
                let kind =
                    if text_alone && plaintext == opened.value.as_ref().to_text() { "str" } else { kind };
                let key = fingerprint(document, opened.under, &plaintext, kind);
                self.entries.entry(key).or_default().push_back(entry);
            }
        }
    }

    /// Whether a value stays the plain `null` that it was.
    pub(super) fn stays_null(&self, document: &Document, path: PathId, value: ValueRef<'_>) -> bool {
        read::is_null(value, document.format()) && self.nulls.contains(&document.paths().aad(path))
    }

    /// The next entry that says `value` at `path`.
    ///
    /// A float without fraction is written as an integer and read as one; its ciphertext still
    /// says the same, so it stays.
    pub(super) fn take(&mut self, document: &Document, path: PathId, value: ValueRef<'_>) -> Option<Entry> {
        if let ValueRef::Comment(text) = value {
            return self.comments.get_mut(text)?.pop_front();
        }
        let (plaintext, kind) = crypto::plaintext(value);
        let kinds: &[&str] = if kind == "int" { &["int", "float"] } else { &[kind] };
        kinds.iter().find_map(|kind| {
            self.entries.get_mut(&fingerprint(document, path, &plaintext, kind))?.pop_front()
        })
    }
}

fn fingerprint(document: &Document, path: PathId, plaintext: &[u8], kind: &str) -> Fingerprint {
    let mut out = Vec::with_capacity(plaintext.len() + 64);
    document.paths().write_aad(path, &mut out);
    out.push(0);
    out.extend_from_slice(kind.as_bytes());
    out.push(0);
    out.extend_from_slice(plaintext);
    out
}

/// The numbers of all leaves, by where they stand: equal comments are told apart by that, and the
/// order of reading may differ between a file and its plaintext.
pub(super) fn by_place(document: &Document) -> Vec<usize> {
    let leaves = document.leaves();
    let mut order: Vec<usize> = (0..leaves.len()).collect();
    if !leaves.is_sorted_by_key(|leaf| leaf.span.start) {
        order.sort_by_key(|leaf| leaves[*leaf].span.start);
    }
    order
}
