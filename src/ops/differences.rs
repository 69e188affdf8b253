//! How a file's metadata differs from what a creation rule says today.

use crate::document::Format;
use crate::keys::{KeyGroup, MasterKey, without_user};
use crate::metadata::Metadata;
use crate::ops::Recreation;
use crate::policy::{Names, Selection};

/// One difference between a file and its rule. Groups are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The rule names a key that the file has not: whoever has it cannot open the file.
    KeyMissing {
        /// The group.
        group: usize,
        /// The key's text form.
        key: String,
    },
    /// The file names a key that the rule has not: whoever has it can still open the file.
    KeyTooMany {
        /// The group.
        group: usize,
        /// The key's text form.
        key: String,
    },
    /// Another number of groups is needed to open the file.
    Threshold {
        /// In the file.
        file: i64,
        /// In the rule.
        rule: i64,
    },
    /// Other values are encrypted.
    Selection {
        /// In the file.
        file: Box<Selection>,
        /// In the rule.
        rule: Box<Selection>,
    },
    /// The MAC covers encrypted values only, in the file or by the rule.
    MacScope {
        /// Whether it is the file that says so.
        in_file: bool,
    },
    /// The rule wants a seal over the whole file, which has none.
    SealMissing,
}

impl Difference {
    /// Whether this is about who can open the file.
    #[must_use]
    pub const fn is_about_keys(&self) -> bool {
        matches!(self, Self::KeyMissing { .. } | Self::KeyTooMany { .. } | Self::Threshold { .. })
    }
}

impl Difference {
    /// The difference in words, with the names of whom it is about.
    #[must_use]
    pub fn shown(&self, names: &Names) -> String {
        match self {
            Self::KeyMissing { group, key } => {
                format!("group {group} lacks {}, which the rule names", names.shown(key))
            }
            Self::KeyTooMany { group, key } => {
                format!("group {group} has {}, which the rule does not name", names.shown(key))
            }
            other => other.to_string(),
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |selection: &Selection| {
            let set = selection.fields().into_iter().filter(|(_, text)| !text.is_empty());
            let set: Vec<_> = set.map(|(name, text)| format!("{name}: {text}")).collect();
            if set.is_empty() { "every value".to_owned() } else { set.join(", ") }
        };
        match self {
            Self::KeyMissing { group, key } => {
                write!(f, "group {group} lacks {}, which the rule names", without_user(key))
            }
            Self::KeyTooMany { group, key } => {
                write!(f, "group {group} has {}, which the rule does not name", without_user(key))
            }
            Self::Threshold { file, rule } => {
                write!(f, "{file} key group(s) are needed to open it, and {rule} by the rule")
            }
            Self::Selection { file, rule } => {
                write!(f, "encrypted by {}, and by the rule: {}", shown(file), shown(rule))
            }
            Self::MacScope { in_file: true } => f.write_str(
                "the MAC covers encrypted values only (mac_only_encrypted), by the rule all values",
            ),
            Self::MacScope { in_file: false } => {
                f.write_str("the MAC covers all values, by the rule encrypted ones only (mac_only_encrypted)")
            }
            Self::SealMissing => f.write_str("there is no seal, which the rule wants"),
        }
    }
}

/// What of a file of that format is not as `wanted` says. Order of keys is none; nor is a threshold where
/// there is one group.
#[must_use]
pub fn differences(metadata: &Metadata, format: Format, wanted: &Recreation) -> Vec<Difference> {
    let mut out = Vec::new();
    let none = KeyGroup::default();
    for at in 0..metadata.groups.len().max(wanted.groups.len()) {
        let file = metadata.groups.get(at).unwrap_or(&none);
        let rule = wanted.groups.get(at).unwrap_or(&none);
        let (group, text) = (at + 1, |key: &MasterKey| key.text().into_owned());
        for key in rule.0.iter().filter(|key| !file.0.iter().any(|other| other.key.is_named_by(&key.key))) {
            out.push(Difference::KeyMissing { group, key: text(&key.key) });
        }
        for key in file.0.iter().filter(|key| !rule.0.iter().any(|other| key.key.is_named_by(&other.key))) {
            out.push(Difference::KeyTooMany { group, key: text(&key.key) });
        }
    }
    let needed = |groups: usize, threshold: i64| match i64::try_from(groups).unwrap_or(i64::MAX) {
        ..2 => 0,
        all if threshold == 0 => all,
        _ => threshold,
    };
    let file = needed(metadata.groups.len(), metadata.shamir_threshold);
    let rule = needed(wanted.groups.len(), wanted.shamir_threshold);
    if file != rule {
        out.push(Difference::Threshold { file, rule });
    }
    if wanted.seal && metadata.seal.is_none() {
        out.push(Difference::SealMissing);
    }
    // A binary file is one value, which is always encrypted.
    if format == Format::Binary {
        return out;
    }
    let rule = match wanted.selection.count() {
        0 => Selection::default_for_files(),
        _ => wanted.selection.clone(),
    };
    if metadata.selection != rule {
        out.push(Difference::Selection { file: Box::new(metadata.selection.clone()), rule: Box::new(rule) });
    }
    if metadata.mac_only_encrypted != wanted.mac_only_encrypted {
        out.push(Difference::MacScope { in_file: metadata.mac_only_encrypted });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::WrappedKey;

    fn group(keys: &[MasterKey]) -> KeyGroup {
        KeyGroup(keys.iter().cloned().map(WrappedKey::new).collect())
    }

    fn shown(metadata: &Metadata, wanted: &Recreation) -> Vec<String> {
        differences(metadata, Format::Yaml, wanted).iter().map(ToString::to_string).collect()
    }

    fn azure(version: &str) -> MasterKey {
        MasterKey::AzureKeyVault { vault_url: "https://v".into(), name: "k".into(), version: version.into() }
    }

    #[test]
    fn order_is_none_and_an_azure_key_without_version_is_any() {
        let metadata = Metadata {
            groups: vec![group(&[MasterKey::pgp("A"), azure("1")])],
            selection: Selection::default_for_files(),
            ..Metadata::default()
        };
        let wanted = Recreation {
            groups: vec![group(&[azure(""), MasterKey::pgp("A")])],
            shamir_threshold: 5, // means nothing with one group
            ..Recreation::default()
        };
        assert!(shown(&metadata, &wanted).is_empty());
        let wanted = Recreation { groups: vec![group(&[azure("2"), MasterKey::pgp("A")])], ..wanted };
        assert_eq!(
            shown(&metadata, &wanted),
            [
                "group 1 lacks https://v/keys/k/2, which the rule names",
                "group 1 has https://v/keys/k/1, which the rule does not name"
            ]
        );
    }

    #[test]
    fn without_a_threshold_all_groups_are_needed() {
        let groups = vec![group(&[MasterKey::pgp("A")]), group(&[MasterKey::pgp("B")])];
        let selection = Selection::default_for_files();
        let metadata =
            Metadata { groups: groups.clone(), shamir_threshold: 2, selection, ..Metadata::default() };
        let wanted = Recreation { groups, ..Recreation::default() };
        assert!(shown(&metadata, &wanted).is_empty());
        let metadata = Metadata { shamir_threshold: 1, mac_only_encrypted: true, ..metadata };
        assert_eq!(
            shown(&metadata, &wanted),
            [
                "1 key group(s) are needed to open it, and 2 by the rule",
                "the MAC covers encrypted values only (mac_only_encrypted), by the rule all values"
            ]
        );
    }
}
