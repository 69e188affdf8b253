//! What changes when one list of key groups takes the place of another (command line §7.13).

use super::KeyGroup;

/// The changes of one group; keys by their text form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupDiff {
    /// In both, in the order of the new group.
    pub kept: Vec<String>,
    /// Only in the new group.
    pub added: Vec<String>,
    /// Only in the old group.
    pub removed: Vec<String>,
}

impl GroupDiff {
    /// Whether the group has the same keys as before.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// Compares groups by position, and the keys in them by their text form.
#[must_use]
pub fn diff_groups(old: &[KeyGroup], new: &[KeyGroup]) -> Vec<GroupDiff> {
    let texts = |groups: &[KeyGroup], at: usize| -> Vec<String> {
        let keys = groups.get(at).map_or(&[][..], |group| &group.0);
        keys.iter().map(|key| key.key.text().into_owned()).collect()
    };
    (0..old.len().max(new.len()))
        .map(|at| {
            let (old, new) = (texts(old, at), texts(new, at));
            let removed = old.iter().filter(|key| !new.contains(key)).cloned().collect();
            let (kept, added) = new.into_iter().partition(|key| old.contains(key));
            GroupDiff { kept, added, removed }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{MasterKey, WrappedKey};

    fn groups(groups: &[&[&str]]) -> Vec<KeyGroup> {
        let group = |keys: &&[&str]| {
            let key = |name: &&str| WrappedKey::new(MasterKey::Pgp { fingerprint: (*name).to_owned() });
            KeyGroup(keys.iter().map(key).collect())
        };
        groups.iter().map(group).collect()
    }

    #[test]
    fn groups_are_compared_by_position() {
        let diff = diff_groups(&groups(&[&["a", "b"], &["c"]]), &groups(&[&["c", "b", "d"]]));
        let words = |list: &[String]| list.join(" ");
        assert_eq!(words(&diff[0].kept), "b");
        assert_eq!(words(&diff[0].added), "c d");
        assert_eq!(words(&diff[0].removed), "a");
        assert_eq!((words(&diff[1].added), words(&diff[1].removed)), (String::new(), "c".to_owned()));
        assert!(diff_groups(&groups(&[&["a"]]), &groups(&[&["a"]]))[0].is_empty());
    }
}
