//! What an edit can take over from the file as it was: the ciphertext of unchanged leaves.

use super::read::Reading;
use crate::crypto::{self, Nonce};
use crate::document::Document;
use crate::leaf::{PathId, ValueRef};
use std::collections::{HashMap, VecDeque};

/// A leaf's path, type and plaintext: what must be equal for its ciphertext to be used again.
/// One nonce under one key thus never meets two plaintexts.
type Fingerprint = Vec<u8>;

/// A leaf as it stood in the encrypted file.
pub(super) struct Entry {
    /// Its token, unless it must not be used again.
    pub(super) token: Option<Vec<u8>>,
    /// Whether the token stood without quotes.
    pub(super) bare: bool,
}

/// The leaves of an earlier version, by what they say.
#[derive(Default)]
pub(super) struct Previous {
    entries: HashMap<Fingerprint, VecDeque<Entry>>,
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
        let mut entries: HashMap<Fingerprint, VecDeque<Entry>> = HashMap::with_capacity(reading.opened.len());
        for (leaf, opened) in reading.opened.iter().enumerate() {
            let Some(opened) = opened else { continue };
            let token = match document.value(leaf) {
                ValueRef::Str(token) | ValueRef::Comment(token) => token,
                _ => continue,
            };
            let bare = document.leaves()[leaf].span.of(document.source()).starts_with(b"ENC[");
            let usable = take == TakeOver::Ciphertext && reusable(&opened.nonce);
            let entry = Entry { token: usable.then(|| token.to_vec()), bare };
            let key = fingerprint(document, opened.under, opened.value.as_ref());
            entries.entry(key).or_default().push_back(entry);
        }
        Self { entries, layout: None }
    }

    /// The next entry that says `value` at `path`.
    pub(super) fn take(&mut self, document: &Document, path: PathId, value: ValueRef<'_>) -> Option<Entry> {
        self.entries.get_mut(&fingerprint(document, path, value))?.pop_front()
    }
}

fn reusable(nonce: &Nonce) -> bool {
    nonce.is_reusable()
}

fn fingerprint(document: &Document, path: PathId, value: ValueRef<'_>) -> Fingerprint {
    let (plaintext, kind) = crypto::plaintext(value);
    let mut out = Vec::with_capacity(plaintext.len() + 64);
    document.paths().write_aad(path, &mut out);
    out.push(0);
    out.extend_from_slice(kind.as_bytes());
    out.push(0);
    out.extend_from_slice(&plaintext);
    out
}
