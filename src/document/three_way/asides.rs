//! What a text holds beside its values, and what must be left of it when two sides changed it.

use super::super::{Document, Format, Item};
use std::collections::{HashMap, HashSet};

/// How often each thing is there that is no value for a reader: a comment, a value that another one of the
/// same key hides, and a section that was there before (both in INI).
#[derive(Debug, Default)]
pub(super) struct Asides(HashMap<Vec<u8>, i64>);

impl Asides {
    pub(super) fn of(document: &Document) -> Self {
        let mut asides = Self::default();
        let paths = document.paths();
        for (number, leaf) in document.leaves().iter().enumerate() {
            let text = document.value(number);
            if leaf.is_comment() {
                asides.add(b'#', &[&text.to_text()]);
            } else if !document.counts(number) {
                asides.add(b'=', &[&paths.aad(leaf.path), b"\0", &text.to_text()]);
            }
        }
        // Elsewhere such a map is an error, or the nested view has it twice.
        if document.format() == Format::Ini {
            let mut sections = HashSet::new();
            for item in document.outline() {
                if let Item::OpenMap(path) = *item
                    && !sections.insert(paths.aad(path))
                {
                    asides.add(b'[', &[&paths.aad(path)]);
                }
            }
        }
        asides
    }

    fn add(&mut self, kind: u8, parts: &[&[u8]]) {
        let mut name = vec![kind];
        parts.iter().for_each(|part| name.extend_from_slice(part));
        *self.0.entry(name).or_default() += 1;
    }

    fn count(&self, name: &[u8]) -> i64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Whether just that is there which two sides left of `base`. What both added, or both removed, may
    /// have been the same one.
    pub(super) fn come_of(&self, base: &Self, ours: &Self, theirs: &Self) -> bool {
        [self, base, ours, theirs].into_iter().flat_map(|asides| asides.0.keys()).all(|name| {
            let was = base.count(name);
            let (our, their) = (ours.count(name) - was, theirs.count(name) - was);
            let all = our + their;
            let least = match (our.signum(), their.signum()) {
                (1, 1) => our.max(their),
                (-1, -1) => our.min(their),
                _ => all,
            };
            let made = self.count(name) - was;
            made == all || (least.min(all)..=least.max(all)).contains(&made)
        })
    }

    /// What is there in both.
    pub(super) fn shared(&self, other: &Self) -> Self {
        let both = self.0.iter().map(|(name, count)| (name.clone(), other.count(name).min(*count)));
        Self(both.collect())
    }

    /// Whether all of these are there too.
    pub(super) fn cover(&self, other: &Self) -> bool {
        other.0.iter().all(|(name, count)| self.count(name) >= *count)
    }
}
