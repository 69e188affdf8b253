//! Creation rules: which keys and settings a file gets.

use std::sync::{Arc, OnceLock};

use super::super::go_regex::{GoRegex, GoRegexError};
use super::super::selector::Selection;
use super::decode::Decoder;
use super::directory::Directory;
use super::error::{ConfigError, ConfigErrorKind, Place};
use super::groups::{self, FlatKeys, GroupKeys, RECIPIENTS};
use crate::document::yaml::node::NodeId;
use crate::keys::{KeyGroup, KmsOptions};

/// A rule of `creation_rules` (configuration §4).
#[derive(Debug, Clone)]
pub struct CreationRule {
    /// Which files it is for; empty for all.
    pub path_regex: String,
    /// The profile for the flat `kms` keys.
    pub aws_profile: String,
    /// How many groups must answer; 0 for all.
    pub shamir_threshold: i64,
    /// Which leaves are encrypted.
    pub selection: Selection,
    /// Whether the MAC covers encrypted leaves only.
    pub mac_only_encrypted: bool,
    /// Ours, which sops skips: whether files get a seal over the whole of them.
    pub seal: bool,
    /// Ours, which sops skips: a file of age recipients beside the flat keys; empty for none.
    pub age_recipients_file: String,
    /// Where the rule stands.
    pub place: Place,
    flat: FlatKeys,
    key_groups: Vec<GroupKeys>,
    /// Ours, which sops skips: who else can open the files of the flat keys.
    recipients: GroupKeys,
    /// What the names of recipients stand for.
    pub(super) directory: Arc<Directory>,
    /// Where its fields stand.
    fields: Vec<(String, Place)>,
    regex: OnceLock<Result<GoRegex, GoRegexError>>,
}

pub(super) const CREATION_RULE: &[&str] = &[
    "path_regex",
    "kms",
    "aws_profile",
    "age",
    "pgp",
    "gcp_kms",
    "hckms",
    "azure_keyvault",
    "hc_vault_transit_uri",
    "key_groups",
    "shamir_threshold",
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
    "mac_only_encrypted",
    "seal",
    "age_recipients_file",
    RECIPIENTS,
];

impl CreationRule {
    pub(super) fn empty(place: Place) -> Self {
        Self {
            path_regex: String::new(),
            aws_profile: String::new(),
            shamir_threshold: 0,
            selection: Selection::default(),
            mac_only_encrypted: false,
            seal: false,
            age_recipients_file: String::new(),
            place,
            flat: FlatKeys::default(),
            key_groups: Vec::new(),
            recipients: GroupKeys::default(),
            directory: Arc::default(),
            fields: Vec::new(),
            regex: OnceLock::new(),
        }
    }

    pub(super) fn read(d: &mut Decoder<'_>, node: NodeId) -> Result<Self, ConfigError> {
        let mut rule = Self::empty(d.place(node));
        for entry in d.entries(node, "config.creationRule")? {
            let value = entry.value;
            rule.fields.push((entry.key.clone().into_owned(), d.place(value)));
            let selection = &mut rule.selection;
            match &*entry.key {
                "path_regex" => rule.path_regex = d.string(value)?,
                "aws_profile" => rule.aws_profile = d.string(value)?,
                "shamir_threshold" => rule.shamir_threshold = d.int(value)?,
                "unencrypted_suffix" => selection.unencrypted_suffix = d.string(value)?,
                "encrypted_suffix" => selection.encrypted_suffix = d.string(value)?,
                "unencrypted_regex" => selection.unencrypted_regex = d.string(value)?,
                "encrypted_regex" => selection.encrypted_regex = d.string(value)?,
                "unencrypted_comment_regex" => selection.unencrypted_comment_regex = d.string(value)?,
                "encrypted_comment_regex" => selection.encrypted_comment_regex = d.string(value)?,
                "mac_only_encrypted" => rule.mac_only_encrypted = d.bool(value)?,
                "seal" => rule.seal = d.bool(value)?,
                "age_recipients_file" => rule.age_recipients_file = d.string(value)?,
                RECIPIENTS => rule.recipients = GroupKeys::of(groups::recipients(d, value)?),
                "key_groups" => {
                    rule.key_groups.clear();
                    for group in d.items(value, "[]config.keyGroup")?.unwrap_or_default() {
                        rule.key_groups.push(GroupKeys::read(d, group)?);
                    }
                }
                name => {
                    if !rule.flat.read(d, name, value)? {
                        d.unknown(&entry, CREATION_RULE);
                    }
                }
            }
        }
        Ok(rule)
    }

    /// The key groups: those of `key_groups`, or else one of all flat keys. Who is named in `recipients` is in
    /// them with the keys that the name stands for, behind the others.
    ///
    /// Keys in a group of `key_groups` are de-duplicated, flat ones are not. An Azure key
    /// without a version stays so: finding it needs the service.
    ///
    /// # Errors
    ///
    /// [`ConfigErrorKind::KeyType`], [`ConfigErrorKind::Key`], and what names can do wrong.
    pub fn groups(&self) -> Result<Vec<KeyGroup>, ConfigError> {
        self.groups_with_context(&[])
    }

    /// As [`Self::groups`], with an encryption context for the flat `kms` keys, sorted by key.
    ///
    /// # Errors
    ///
    /// As [`Self::groups`].
    pub fn groups_with_context(
        &self,
        context: &[(String, Option<String>)],
    ) -> Result<Vec<KeyGroup>, ConfigError> {
        if self.key_groups.is_empty() {
            let options = KmsOptions { context: context.to_vec(), profile: self.aws_profile.clone() };
            let mut group = self.flat.group(&options)?;
            groups::add(&mut group, self.recipients.group(&self.directory)?);
            Ok(vec![group])
        } else if self.recipients.items().is_empty() {
            self.key_groups.iter().map(|group| group.group(&self.directory)).collect()
        } else {
            let place = self.field(RECIPIENTS).cloned();
            Err(ConfigError { kind: ConfigErrorKind::RecipientsBesideGroups, place })
        }
    }

    /// How many keys sops sees in each group, which skips `recipients`; of a rule whose keys are none, nothing.
    pub(super) fn told_to_sops(&self) -> Option<Vec<usize>> {
        if self.key_groups.is_empty() {
            return Some(vec![self.flat.group(&KmsOptions::default()).ok()?.0.len()]);
        }
        Some(self.key_groups.iter().map(GroupKeys::told_to_sops).collect())
    }

    /// Where a field of the rule stands, if it has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Place> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, place)| place)
    }

    /// Whether the rule has key groups of its own: its flat keys do not count then.
    #[must_use]
    pub const fn has_key_groups(&self) -> bool {
        !self.key_groups.is_empty()
    }

    /// Whether the rule is for `path`. The regex is compiled when it is first asked.
    ///
    /// # Errors
    ///
    /// [`ConfigErrorKind::PathRegex`].
    pub fn matches(&self, path: &str) -> Result<bool, ConfigError> {
        if self.path_regex.is_empty() {
            return Ok(true);
        }
        match self.regex.get_or_init(|| GoRegex::new(&self.path_regex)) {
            Ok(regex) => Ok(regex.is_match(path.as_bytes())),
            Err(error) => Err(ConfigError {
                kind: ConfigErrorKind::PathRegex(error.clone()),
                place: Some(self.place.clone()),
            }),
        }
    }

    /// The rule, if it has at most one selector.
    ///
    /// # Errors
    ///
    /// [`ConfigErrorKind::SelectionConflict`].
    pub fn checked(&self) -> Result<&Self, ConfigError> {
        match self.selection.check() {
            Ok(()) => Ok(self),
            Err(conflict) => Err(ConfigError {
                kind: ConfigErrorKind::SelectionConflict(conflict),
                place: Some(self.place.clone()),
            }),
        }
    }
}
