//! What is wrong with a configuration that can be read, or does not do what it seems to: every rule is
//! looked at, also those that no file of today has met.

use std::collections::HashSet;

use super::super::go_regex::GoRegex;
use super::super::selector::{OnBadRegex, Selector};
use super::Config;
use super::error::{ConfigError, ConfigErrorKind, ConfigWarning, Place};
use super::rules::CreationRule;
use super::shadow::Shape;
use crate::keys::{KeyGroup, MasterKey};

/// How grave a remark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Whoever needs it fails.
    Error,
    /// It does not do what it seems to.
    Warning,
    /// Good to know.
    Note,
}

/// The kinds of remarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs)] // the name says it
pub enum RemarkKind {
    Syntax,
    Type,
    BadRegex,
    BadKey,
    Selectors,
    BadSelector,
    Threshold,
    Destination,
    MisspeltKey,
    UnknownKey,
    DeadRule,
    NoKeys,
    DuplicateRecipient,
    IgnoredKeys,
    WeakKey,
    WeakSelector,
    NoRules,
    Recipients,
    UnusableGroup,
    Extends,
    KeysHiddenFromSops,
    CatchAll,
}

impl RemarkKind {
    /// The name that people and programs use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Type => "type",
            Self::BadRegex => "bad-regex",
            Self::BadKey => "bad-key",
            Self::Selectors => "selectors",
            Self::BadSelector => "bad-selector",
            Self::Threshold => "threshold",
            Self::Destination => "destination",
            Self::MisspeltKey => "misspelt-key",
            Self::UnknownKey => "unknown-key",
            Self::DeadRule => "dead-rule",
            Self::NoKeys => "no-keys",
            Self::DuplicateRecipient => "duplicate-recipient",
            Self::IgnoredKeys => "ignored-keys",
            Self::WeakKey => "weak-key",
            Self::WeakSelector => "weak-selector",
            Self::NoRules => "no-rules",
            Self::Recipients => "recipients",
            Self::UnusableGroup => "unusable-group",
            Self::Extends => "extends",
            Self::KeysHiddenFromSops => "no-keys-for-sops",
            Self::CatchAll => "catch-all",
        }
    }

    /// How grave remarks of this kind are.
    #[must_use]
    pub const fn grade(self) -> Grade {
        match self {
            Self::Syntax
            | Self::Type
            | Self::BadRegex
            | Self::BadKey
            | Self::Selectors
            | Self::BadSelector
            | Self::Threshold
            | Self::Recipients
            | Self::Extends
            | Self::Destination => Grade::Error,
            Self::CatchAll => Grade::Note,
            _ => Grade::Warning,
        }
    }
}

/// Something to say about a configuration. Holds keys as they are written, and no secrets: there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What kind of thing.
    pub kind: RemarkKind,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is to be said.
    pub message: String,
}

impl Remark {
    /// A remark on a group that nobody need have named: the rules that name it have errors of their own.
    fn about_groups(self) -> Self {
        Self { kind: RemarkKind::UnusableGroup, ..self }
    }

    /// Something about a configuration that this one extends.
    #[must_use]
    pub fn of_outer(place: &Place, message: impl Into<String>) -> Self {
        Self::at(place, RemarkKind::Extends, message)
    }

    fn at(place: &Place, kind: RemarkKind, message: impl Into<String>) -> Self {
        Self { kind, line: place.line, column: place.column, message: message.into() }
    }
}

impl ConfigError {
    /// The error as remarks: those of one reading may be several.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let kind = match &self.kind {
            ConfigErrorKind::Types(errors) => {
                let remark = |error: &super::TypeError| {
                    let text = error.to_string();
                    let message = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest).to_owned();
                    Remark { kind: RemarkKind::Type, line: error.line, column: error.column, message }
                };
                return errors.iter().map(remark).collect();
            }
            ConfigErrorKind::Syntax(error) => {
                let (line, column, message) = (error.line, error.column, error.problem.clone());
                return vec![Remark { kind: RemarkKind::Syntax, line, column, message }];
            }
            ConfigErrorKind::MergeOfNoMap | ConfigErrorKind::ExcessiveAliasing | ConfigErrorKind::Tag(_) => {
                RemarkKind::Type
            }
            ConfigErrorKind::PathRegex(_) => RemarkKind::BadRegex,
            ConfigErrorKind::SelectionConflict(_) => RemarkKind::Selectors,
            ConfigErrorKind::NoMatchingDestination(_) | ConfigErrorKind::SeveralDestinations => {
                RemarkKind::Destination
            }
            ConfigErrorKind::UnknownRecipient { .. }
            | ConfigErrorKind::NoKey { .. }
            | ConfigErrorKind::GroupInItself(_)
            | ConfigErrorKind::RecipientsBesideGroups => RemarkKind::Recipients,
            _ => RemarkKind::BadKey,
        };
        let text = self.kind.to_string();
        let message = text.lines().next().unwrap_or_default();
        let message = message.strip_prefix("error loading config: ").unwrap_or(message);
        let (line, column) = self.place.as_ref().map_or((1, 1), |place| (place.line, place.column));
        vec![Remark { kind, line, column, message: message.to_owned() }]
    }
}

impl Config {
    /// Looks at everything, with the warnings that reading it gave; in the order of the file.
    #[must_use]
    pub fn review(&self, warnings: &[ConfigWarning]) -> Vec<Remark> {
        let mut remarks: Vec<Remark> = warnings
            .iter()
            .map(|ConfigWarning { line, column, key, did_you_mean }| Remark {
                kind: RemarkKind::MisspeltKey,
                line: *line,
                column: *column,
                message: format!("{key} is passed over; did you mean {did_you_mean}?"),
            })
            .collect();
        remarks.extend(self.unknown.iter().map(|unknown| Remark {
            kind: RemarkKind::UnknownKey,
            line: unknown.line,
            column: unknown.column,
            message: format!("{} has no meaning here and is passed over", unknown.key),
        }));
        let rules = self.creation_rules.as_deref().unwrap_or_default();
        for error in self.directory.problems() {
            remarks.extend(error.remarks().into_iter().map(Remark::about_groups));
        }
        if let (Some(extends), Some(last)) =
            (&self.extends, rules.iter().find(|rule| rule.path_regex.is_empty()))
        {
            let line = last.place.line;
            let what =
                format!("no file gets here: the rule in line {line} has no path_regex and is for every file");
            remarks.push(Remark::at(&extends.place, RemarkKind::DeadRule, what));
        }
        if rules.is_empty() && self.extends.is_none() {
            let message = match self.creation_rules {
                Some(_) => "creation_rules is empty: no new file can be encrypted",
                None => "there are no creation rules: keys have to come from flags",
            };
            remarks.push(Remark {
                kind: RemarkKind::NoRules,
                line: 1,
                column: 1,
                message: message.to_owned(),
            });
        }
        let patterns: Vec<_> = rules.iter().map(|rule| (&*rule.path_regex, &rule.place)).collect();
        dead(&patterns, &mut remarks);
        for rule in rules {
            self.of_rule(rule, &mut remarks);
        }
        let patterns: Vec<_> =
            self.destination_rules.iter().map(|rule| (&*rule.path_regex, &rule.place)).collect();
        dead(&patterns, &mut remarks);
        for rule in &self.destination_rules {
            if let Err(error) = GoRegex::new(&rule.path_regex) {
                let message = format!("path_regex never matches, because it is none: {error}");
                remarks.push(Remark::at(&rule.place, RemarkKind::BadRegex, message));
            }
            if let Err(error) = rule.checked() {
                remarks.extend(error.remarks());
            }
            let destinations = rule.destinations();
            if destinations.iter().all(|(_, value)| value.is_empty()) {
                let fields = destinations.map(|(field, _)| field);
                let [others @ .., last] = &fields;
                let message = format!("the rule has no destination: {} or {last}", others.join(", "));
                remarks.push(Remark::at(&rule.place, RemarkKind::Destination, message));
            }
            if !rule.azure_keyvault_url.is_empty() && !rule.azure_keyvault_url.starts_with("https://") {
                let message =
                    "azure_keyvault_url is to begin with https://, as in https://NAME.vault.azure.net";
                remarks.push(Remark::at(&rule.place, RemarkKind::Destination, message));
            }
            if let Err(error) = rule.recreation_rule.groups() {
                remarks.extend(error.remarks());
            }
        }
        remarks.sort_by_key(|remark| (remark.line, remark.column, remark.kind));
        remarks.dedup();
        remarks
    }

    fn of_rule(&self, rule: &CreationRule, remarks: &mut Vec<Remark>) {
        let place = |field: &str| rule.field(field).unwrap_or(&rule.place);
        let mut say = |place: &Place, kind, message: String| remarks.push(Remark::at(place, kind, message));
        match GoRegex::new(&rule.path_regex) {
            Err(error) => {
                let message = format!("path_regex does not compile: {error}");
                say(place("path_regex"), RemarkKind::BadRegex, message);
            }
            Ok(_) if Shape::of(&rule.path_regex).is_catch_all() => {
                let message = "the rule is for every file, and names none: check and encrypt --recursive do not know what it means";
                say(&rule.place, RemarkKind::CatchAll, message.to_owned());
            }
            Ok(_) => {}
        }
        if rule.selection.check().is_err() {
            let set = rule.selection.fields().into_iter().filter(|(_, text)| !text.is_empty());
            let set: Vec<_> = set.map(|(name, _)| name).collect();
            let message = format!("a rule has one selector at most, and this one has {}", set.join(" and "));
            say(&rule.place, RemarkKind::Selectors, message);
        }
        if let Err(error) = Selector::compile(&rule.selection, OnBadRegex::Refuse) {
            let what = format!("{} does not compile: {}", error.field, error.error);
            say(place(error.field), RemarkKind::BadSelector, what);
        }
        if matches_any_key(&rule.selection.unencrypted_regex) {
            let what = "unencrypted_regex matches every key: all values stay in clear text";
            say(place("unencrypted_regex"), RemarkKind::WeakSelector, what.to_owned());
        }
        if rule.has_key_groups() {
            for field in FLAT.iter().filter(|field| rule.field(field).is_some()) {
                let what = format!("{field} does not count in a rule with key_groups; put it into a group");
                say(place(field), RemarkKind::IgnoredKeys, what);
            }
        }
        if rule.field("aws_profile").is_some() && (rule.has_key_groups() || rule.field("kms").is_none()) {
            let what = "aws_profile is for the flat kms keys of the rule, and it has none";
            say(place("aws_profile"), RemarkKind::IgnoredKeys, what.to_owned());
        }
        let groups = match rule.groups() {
            Ok(groups) => groups,
            Err(error) => return remarks.extend(error.remarks()),
        };
        self.of_groups(rule, &groups, remarks);
    }

    fn of_groups(&self, rule: &CreationRule, groups: &[KeyGroup], remarks: &mut Vec<Remark>) {
        let count = i64::try_from(groups.len()).unwrap_or(i64::MAX);
        let threshold = rule.shamir_threshold;
        let at = rule.field("shamir_threshold").unwrap_or(&rule.place);
        let mut say = |place: &Place, kind, message: String| remarks.push(Remark::at(place, kind, message));
        match (count, threshold) {
            (..2, 0) | (_, 0) => {}
            (..2, _) => {
                let what = "shamir_threshold means nothing with one group: any key of it opens the file";
                say(at, RemarkKind::IgnoredKeys, what.to_owned());
            }
            (_, ..2) => say(at, RemarkKind::Threshold, "shamir_threshold must be at least 2".to_owned()),
            (count, threshold) if threshold > count => {
                say(
                    at,
                    RemarkKind::Threshold,
                    format!("shamir_threshold is {threshold}, and there are {count} groups"),
                );
            }
            _ => {}
        }
        let mut elsewhere: HashSet<String> = HashSet::new();
        let told = rule.told_to_sops().unwrap_or_default();
        for (number, group) in groups.iter().enumerate() {
            let of_sops = told.get(number).copied().unwrap_or(group.0.len());
            let number = number + 1;
            let has_file = !rule.age_recipients_file.is_empty() && !rule.has_key_groups();
            let at = rule.field("recipients").or(rule.field("age_recipients_file"));
            let at = at.or(rule.field("key_groups")).unwrap_or(&rule.place);
            if of_sops == 0 && (has_file || !group.0.is_empty()) {
                let what = "sops itself finds no key here: it skips recipients and age_recipients_file";
                say(at, RemarkKind::KeysHiddenFromSops, what.to_owned());
            } else if group.0.is_empty() {
                let what = if groups.len() > 1 {
                    format!("group {number} has no keys")
                } else {
                    "the rule names no keys: they have to come from flags".to_owned()
                };
                say(&rule.place, RemarkKind::NoKeys, what);
            }
            let mut here = HashSet::new();
            for key in group.0.iter().map(|entry| &entry.key) {
                let text = key.text().into_owned();
                let shown = self.names.shown(&text);
                let at = rule.field(field_of(rule, key)).unwrap_or(&rule.place);
                if !here.insert(text.clone()) {
                    say(at, RemarkKind::DuplicateRecipient, format!("{shown} stands twice in one group"));
                } else if elsewhere.contains(&text) {
                    let what = format!("{shown} is in several groups: whoever has it opens each of them");
                    say(at, RemarkKind::DuplicateRecipient, what);
                }
                if let Some(weakness) = weakness(key) {
                    say(at, RemarkKind::WeakKey, format!("{shown}: {weakness}"));
                }
            }
            elsewhere.extend(here);
        }
    }
}

const FLAT: [&str; 7] = ["age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri"];

/// The field of a rule that a key comes from.
fn field_of(rule: &CreationRule, key: &MasterKey) -> &'static str {
    if rule.has_key_groups() {
        return "key_groups";
    }
    match key {
        MasterKey::Age { .. } => "age",
        MasterKey::Pgp { .. } => "pgp",
        MasterKey::AwsKms { .. } => "kms",
        MasterKey::GcpKms { .. } => "gcp_kms",
        MasterKey::AzureKeyVault { .. } => "azure_keyvault",
        MasterKey::VaultTransit { .. } => "hc_vault_transit_uri",
        MasterKey::HuaweiKms { .. } => "hckms",
    }
}

/// Tells of rules for which the ones above leave nothing.
fn dead(rules: &[(&str, &Place)], remarks: &mut Vec<Remark>) {
    let mut above: Vec<(Shape<'_>, &str, &Place)> = Vec::new();
    for &(pattern, place) in rules {
        if GoRegex::new(pattern).is_err() {
            continue;
        }
        let shape = Shape::of(pattern);
        let Some((_, first, at)) = above.iter().find(|(first, ..)| first.covers(&shape)) else {
            above.push((shape, pattern, place));
            continue;
        };
        let why = match *first {
            "" => "has no path_regex and is for every file".to_owned(),
            first => format!("({first}) takes all its files"),
        };
        let message = format!("no file meets this rule: the one in line {} {why}", at.line);
        remarks.push(Remark::at(place, RemarkKind::DeadRule, message));
    }
}

/// Whether a pattern is met by whatever key there may be.
fn matches_any_key(pattern: &str) -> bool {
    !pattern.is_empty() && Shape::of(pattern).is_catch_all() && GoRegex::new(pattern).is_ok()
}

/// What makes a key one that should not be relied on, or that cannot be used.
fn weakness(key: &MasterKey) -> Option<&'static str> {
    match key {
        MasterKey::Pgp { fingerprint } => {
            let digits = fingerprint.trim_start_matches("0x").trim_end_matches('!');
            let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            match (hex, digits.len()) {
                (true, 40 | 64) => None,
                (true, 8 | 16) => {
                    Some("others can make a key with the same short id; write the whole fingerprint")
                }
                _ => Some("this is no fingerprint (40 hexadecimal digits)"),
            }
        }
        MasterKey::AwsKms { arn, .. } => (!arn.starts_with("arn:aws") || !arn.contains(":kms:"))
            .then_some("this is no ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)"),
        MasterKey::GcpKms { resource_id } => (!resource_id.starts_with("projects/")
            || !resource_id.contains("/cryptoKeys/"))
        .then_some("this is no resource id (projects/P/locations/L/keyRings/R/cryptoKeys/K)"),
        MasterKey::VaultTransit { address, .. } => (address.starts_with("http://") && !is_local(address))
            .then_some("the data key and the token go over the network in clear text; use https"),
        _ => None,
    }
}

/// Whether a URL leads to this machine.
fn is_local(url: &str) -> bool {
    let host = url.trim_start_matches("http://");
    ["localhost", "127.", "[::1]"].iter().any(|local| host.starts_with(local))
}
