//! Who may read the merged file, and what of it is encrypted.

use crate::keys::{KeyGroup, MasterKey, WrappedKey};
use crate::metadata::Metadata;

use super::super::amend::same_keys;
use super::MergeSide;

/// What both sides changed in the metadata, in different ways.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyConflict {
    /// The key groups: their number, or a group would have no key left; or there is no common ancestor.
    Recipients,
    /// How many groups must answer.
    Threshold,
    /// Which values are encrypted.
    Selection,
    /// Whether the MAC covers encrypted values only.
    MacScope,
    /// One side encrypts a value that would stand in clear by what the other side made of the selection.
    /// The path of the first such value.
    Uncovered(String),
}

impl std::fmt::Display for PolicyConflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Recipients => f.write_str("both sides changed the recipients in different ways"),
            Self::Threshold => f.write_str("both sides changed shamir_threshold"),
            Self::Selection => f.write_str("both sides changed which values are encrypted"),
            Self::MacScope => f.write_str("the sides differ in mac_only_encrypted"),
            Self::Uncovered(path) => write!(
                f,
                "the sides differ in which values are encrypted, and {path}, which one of them encrypts, would stand in clear"
            ),
        }
    }
}

/// What both sides' metadata come to.
pub(super) struct Policy {
    /// Keys, threshold, selection and scope of the MAC count; where a conflict is, those of the preferred
    /// side.
    pub(super) wanted: Metadata,
    pub(super) conflicts: Vec<PolicyConflict>,
}

/// The metadata of the three versions.
pub(super) struct Blocks<'a> {
    pub(super) base: Option<&'a Metadata>,
    pub(super) ours: &'a Metadata,
    pub(super) theirs: &'a Metadata,
}

impl Blocks<'_> {
    pub(super) fn merge(&self, prefer: MergeSide) -> Policy {
        let mut conflicts = Vec::new();
        let mut wanted = self.ours.clone();
        let preferred = match prefer {
            MergeSide::Ours => self.ours,
            MergeSide::Theirs => self.theirs,
            MergeSide::Base => self.base.unwrap_or(self.ours),
        };
        let mut contested = |conflict: PolicyConflict| {
            conflicts.push(conflict);
            preferred
        };
        wanted.selection = self
            .one(|metadata| metadata.selection.clone())
            .unwrap_or_else(|| contested(PolicyConflict::Selection).selection.clone());
        wanted.mac_only_encrypted = self
            .one(|metadata| metadata.mac_only_encrypted)
            .unwrap_or_else(|| contested(PolicyConflict::MacScope).mac_only_encrypted);
        wanted.shamir_threshold = self
            .one(|metadata| metadata.shamir_threshold)
            .unwrap_or_else(|| contested(PolicyConflict::Threshold).shamir_threshold);
        wanted.groups = self.groups().unwrap_or_else(|| contested(PolicyConflict::Recipients).groups.clone());
        Policy { wanted, conflicts }
    }

    /// What a property comes to; nothing if both changed it in different ways.
    fn one<T: PartialEq>(&self, property: impl Fn(&Metadata) -> T) -> Option<T> {
        let (base, ours, theirs) = (self.base.map(&property), property(self.ours), property(self.theirs));
        if ours == theirs || base.as_ref() == Some(&theirs) {
            Some(ours)
        } else if base.as_ref() == Some(&ours) {
            Some(theirs)
        } else {
            None
        }
    }

    /// The key groups. What one side added to a group or took from it is done, group by group.
    fn groups(&self) -> Option<Vec<KeyGroup>> {
        let same = |a: &Metadata, b: &Metadata| keys(&a.groups) == keys(&b.groups);
        if same(self.ours, self.theirs) {
            return Some(self.ours.groups.clone());
        }
        let base = self.base?;
        if same(base, self.theirs) {
            return Some(self.ours.groups.clone());
        }
        if same(base, self.ours) {
            return Some(self.theirs.groups.clone());
        }
        let (base, ours, theirs) = (&base.groups, &self.ours.groups, &self.theirs.groups);
        if base.len() != ours.len() || base.len() != theirs.len() {
            return None;
        }
        let merged = base.iter().zip(ours).zip(theirs).map(|((base, ours), theirs)| {
            let stays = |key: &&WrappedKey| has(theirs, &key.key) || !has(base, &key.key);
            let comes = |key: &&WrappedKey| !has(base, &key.key) && !has(ours, &key.key);
            let kept = ours.0.iter().filter(stays);
            KeyGroup(kept.chain(theirs.0.iter().filter(comes)).cloned().collect())
        });
        let merged: Vec<KeyGroup> = merged.collect();
        merged.iter().all(|group| !group.0.is_empty()).then_some(merged)
    }
}

fn keys(groups: &[KeyGroup]) -> Vec<Vec<&MasterKey>> {
    groups.iter().map(|group| group.0.iter().map(|key| &key.key).collect()).collect()
}

fn has(group: &KeyGroup, key: &MasterKey) -> bool {
    group.0.iter().any(|other| other.key == *key)
}

/// The wrapped keys for `wanted` where one of the versions has just these; `other` has the same data key.
pub(super) fn ready_made(wanted: &Metadata, home: &Metadata, other: Option<&Metadata>) -> Option<Metadata> {
    let source = [Some(home), other].into_iter().flatten().find(|version| same_keys(version, wanted))?;
    let mut metadata = home.clone();
    metadata.groups.clone_from(&source.groups);
    metadata.shamir_threshold = source.shamir_threshold;
    metadata.selection.clone_from(&wanted.selection);
    metadata.mac_only_encrypted = wanted.mac_only_encrypted;
    Some(metadata)
}
