//! What is wrong with a file, seen without any key: secrets in clear text, damage, and where it is not as its
//! rule says.
//!
//! Bytes come in, [`Finding`]s come out. Where the file comes from, which rule is for it, and what is done
//! about it is the caller's affair. No MAC is checked here: that takes the data key.

use super::differences::{Difference, differences};
use super::status::metadata_at;
use super::{Recreation, looks_encrypted};
use crate::crypto::token::{self, Token};
use crate::document::{Document, Format, ParseErrorKind, conflict};
use crate::keys::without_user;
use crate::leaf::ValueRef;
use crate::metadata::{Metadata, MetadataError};
use crate::policy::{Names, OnBadRegex, Selector};

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FindingKind {
    /// A file that is to be encrypted is not.
    PlaintextFile,
    /// A value that is to be encrypted is not.
    PlaintextValue,
    /// A comment that is to be encrypted is not.
    PlaintextComment,
    /// A killed run left a temporary file, and that is not encrypted.
    LeftOver,
    /// A merge left its markers.
    ConflictMarkers,
    /// The file is not what its type says.
    DamagedFile,
    /// The metadata cannot be used.
    DamagedMetadata,
    /// An encrypted value cannot be one.
    DamagedValue,
    /// A key stands twice.
    DuplicateKey,
    /// Other people can open the file than the rule says.
    Recipients,
    /// Other values are encrypted than the rule says, or the MAC covers others.
    Selection,
    /// The file has no seal, and should have one.
    Unsealed,
    /// The file was last encrypted too long ago.
    Stale,
    /// A selector leaves every value in clear text, or cannot be used.
    WeakSelector,
    /// A key of the configuration has no meaning, and is like one that has.
    MisspeltRule,
    /// The MAC is wrong, missing, or does not decrypt.
    Mac,
    /// The seal of the file does not hold.
    Seal,
    /// A value does not decrypt.
    Undecryptable,
    /// No key here opens the file.
    NoKey,
}

impl FindingKind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::PlaintextFile,
        Self::PlaintextValue,
        Self::PlaintextComment,
        Self::LeftOver,
        Self::ConflictMarkers,
        Self::DamagedFile,
        Self::DamagedMetadata,
        Self::DamagedValue,
        Self::DuplicateKey,
        Self::Recipients,
        Self::Selection,
        Self::Unsealed,
        Self::Stale,
        Self::WeakSelector,
        Self::MisspeltRule,
        Self::Mac,
        Self::Seal,
        Self::Undecryptable,
        Self::NoKey,
    ];

    /// The name that people and programs use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlaintextFile => "plaintext-file",
            Self::PlaintextValue => "plaintext-value",
            Self::PlaintextComment => "plaintext-comment",
            Self::LeftOver => "left-over",
            Self::ConflictMarkers => "conflict-markers",
            Self::DamagedFile => "damaged-file",
            Self::DamagedMetadata => "damaged-metadata",
            Self::DamagedValue => "damaged-value",
            Self::DuplicateKey => "duplicate-key",
            Self::Recipients => "recipients",
            Self::Selection => "selection",
            Self::Unsealed => "unsealed",
            Self::Stale => "stale",
            Self::WeakSelector => "weak-selector",
            Self::MisspeltRule => "misspelt-rule",
            Self::Mac => "mac",
            Self::Seal => "seal",
            Self::Undecryptable => "undecryptable",
            Self::NoKey => "no-key",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::PlaintextFile => "A file that a creation rule covers is not encrypted.",
            Self::PlaintextValue => "A value that the selectors of its file want encrypted is in clear text.",
            Self::PlaintextComment => {
                "A comment that the selectors of its file want encrypted is in clear text."
            }
            Self::LeftOver => {
                "A run that was killed left a temporary file, which may hold what it decrypted."
            }
            Self::ConflictMarkers => "An encrypted file holds the conflict markers of a merge.",
            Self::DamagedFile => "An encrypted file cannot be read as its type.",
            Self::DamagedMetadata => "The metadata of an encrypted file cannot be used.",
            Self::DamagedValue => "An encrypted value is cut or changed, so that nothing can open it.",
            Self::DuplicateKey => "A key stands twice in an encrypted file, and readers see one value only.",
            Self::Recipients => "Other keys can open a file than its creation rule names.",
            Self::Selection => "Other values of a file are encrypted than its creation rule says.",
            Self::Unsealed => "A file has no seal, and its creation rule or --strict wants one.",
            Self::Stale => "A file was last encrypted longer ago than allowed.",
            Self::WeakSelector => "A selector leaves every value of a file in clear text, or cannot be used.",
            Self::MisspeltRule => "A key in the configuration has no meaning and looks like one that has.",
            Self::Mac => "The MAC of a file is wrong or missing: the file was changed without its key.",
            Self::Seal => "The seal of a file does not hold: the file was changed without its key.",
            Self::Undecryptable => "An encrypted value does not decrypt.",
            Self::NoKey => "No key on this machine opens the file.",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::PlaintextFile => "encrypt it: `sops encrypt --in-place FILE`, or `sops check --fix`",
            Self::PlaintextValue => {
                "`sops check --fix`, or take the value out and add it with `sops edit` or `sops set`; if it was committed, it is no secret any more"
            }
            Self::PlaintextComment => {
                "`sops check --fix`, or take the comment out and add it with `sops edit`"
            }
            Self::LeftOver => "remove it, unless a sops is at work there; the file that it was for is whole",
            Self::ConflictMarkers => "resolve the merge first",
            Self::DamagedFile | Self::DamagedMetadata | Self::DamagedValue => {
                "take the file from an earlier commit; encrypted files are changed with `sops edit` or `sops set`"
            }
            Self::DuplicateKey => "remove one of them with `sops edit`",
            Self::Recipients => "`sops updatekeys FILE`; where a key goes, `sops rotate` and new secrets too",
            Self::Selection => "`sops reencrypt FILE`",
            Self::Unsealed => "see whether the file is as it should be, then `sops seal FILE`",
            Self::Stale => "change the secrets, and `sops rotate --in-place FILE`",
            Self::WeakSelector => "see whether the selector in .sops.yaml means the keys of this file",
            Self::MisspeltRule => "correct the key; it is passed over as it is",
            Self::Mac => {
                "take the file from an earlier commit, or look at it with `sops decrypt --ignore-mac`"
            }
            Self::Seal => {
                "compare it with an earlier commit; if it is as it should be, `sops seal --renew FILE`"
            }
            Self::Undecryptable => "take the file from an earlier commit",
            Self::NoKey => "see `sops decrypt FILE` for what was tried",
        }
    }
}

/// Something that is wrong. Names leaves, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// What a file is checked against.
#[derive(Clone, Copy)]
pub struct Expectations<'a> {
    /// What the file is.
    pub format: Format,
    /// What its creation rule says; nothing if there is none.
    pub rule: Option<&'a Recreation>,
    /// Whether that rule says of the file that it is to be encrypted.
    pub to_be_encrypted: bool,
    /// Who is behind which key.
    pub names: &'a Names,
    /// Whether the file is to have a seal, whatever the rule says.
    pub strict: bool,
    /// The oldest time at which it may have been encrypted: RFC 3339, UTC, whole seconds.
    pub not_before: Option<&'a str>,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Whether the file is an encrypted one, sound or not.
    pub encrypted: bool,
    /// What is wrong with it, by line.
    pub findings: Vec<Finding>,
}

/// Checks a file.
#[must_use]
pub fn check(source: Vec<u8>, expected: &Expectations<'_>) -> Checked {
    let looks = looks_encrypted(&source, expected.format);
    if !looks && !expected.to_be_encrypted {
        return Checked { encrypted: false, findings: Vec::new() };
    }
    let mut findings = Vec::new();
    let encrypted = look(source, expected, looks, &mut findings);
    findings.sort_by_key(|finding| (finding.line, finding.kind));
    Checked { encrypted, findings }
}

/// Collects the findings, and tells whether the file is encrypted.
fn look(source: Vec<u8>, expected: &Expectations<'_>, looks: bool, out: &mut Vec<Finding>) -> bool {
    let mut find = |kind, line, message: String| out.push(Finding { kind, line, message });
    if looks && let Some(line) = conflict::first_line(&source) {
        find(FindingKind::ConflictMarkers, line, "conflict markers of a merge".to_owned());
        return true;
    }
    let plain = "not encrypted, and a creation rule covers it";
    let form = if expected.format == Format::Binary { Format::Json } else { expected.format };
    let block = block_line(&source, form);
    let empty = source.is_empty();
    let document = match Document::parse(source, form) {
        Ok(document) => document,
        // An empty file has nothing to hide, and in most formats cannot be encrypted.
        Err(error) if empty || error.kind == ParseErrorKind::NoDocument => return false,
        Err(error) if looks => {
            find(FindingKind::DamagedFile, error.line, error.problem);
            return true;
        }
        Err(_) => {
            find(FindingKind::PlaintextFile, 1, plain.to_owned());
            return false;
        }
    };
    let metadata = match Metadata::of(&document) {
        Ok(metadata) => metadata,
        Err(MetadataError::NotFound) => {
            if expected.to_be_encrypted {
                find(FindingKind::PlaintextFile, 1, plain.to_owned());
            }
            return false;
        }
        Err(error) => {
            find(FindingKind::DamagedMetadata, block, error.to_string());
            return true;
        }
    };
    for message in faults(&metadata) {
        find(FindingKind::DamagedMetadata, block, message);
    }
    leaves(&document, &metadata, block, out);
    let mut find = |kind, line, message: String| out.push(Finding { kind, line, message });
    for key in document.duplicate_keys() {
        let path = document.paths().display(key.path);
        let message = format!("the key {path} is there already, in line {}", key.first_line);
        find(FindingKind::DuplicateKey, key.line, message);
    }
    if let Some(rule) = expected.rule {
        for difference in differences(&metadata, expected.format, rule) {
            let kind = match difference {
                Difference::SealMissing => FindingKind::Unsealed,
                _ if difference.is_about_keys() => FindingKind::Recipients,
                _ => FindingKind::Selection,
            };
            find(kind, block, difference.shown(expected.names));
        }
    }
    let by_rule = expected.rule.is_some_and(|rule| rule.seal);
    if expected.strict && !by_rule && metadata.seal.is_none() {
        find(FindingKind::Unsealed, block, "there is no seal".to_owned());
    }
    if let Some(not_before) = expected.not_before
        && let (Some(then), Some(limit)) = (seconds(&metadata.last_modified), seconds(not_before))
        && then < limit
    {
        find(FindingKind::Stale, block, format!("last encrypted {}", metadata.last_modified));
    }
    true
}

/// The seconds of a timestamp since 1970.
fn seconds(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// What in the metadata could be read and is of no use.
fn faults(metadata: &Metadata) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(error) = metadata.check_version() {
        faults.push(format!("version: {error}"));
    }
    if metadata.mac.is_empty() {
        faults.push("there is no MAC: nobody can tell whether the file was changed".to_owned());
    } else if Token::split(metadata.mac.as_bytes()).is_none() {
        faults.push("the MAC is not an encrypted value".to_owned());
    }
    for key in metadata.groups.iter().flat_map(|group| &group.0).filter(|key| key.enc.is_empty()) {
        faults.push(format!("{} has no data key: it opens nothing", without_user(&key.key.text())));
    }
    faults
}

/// Looks at each leaf: what the selectors want encrypted has to be.
fn leaves(document: &Document, metadata: &Metadata, block: usize, out: &mut Vec<Finding>) {
    let mut find = |kind, line, message: String| out.push(Finding { kind, line, message });
    let selector = match Selector::compile(&metadata.selection, OnBadRegex::Refuse) {
        Ok(selector) => selector,
        Err(error) => {
            let message =
                format!("the selector cannot be used, so that nothing tells what is encrypted: {error}");
            find(FindingKind::WeakSelector, block, message);
            return;
        }
    };
    let list_comment = |leaf: usize| match document.value(leaf) {
        ValueRef::Str(text) => token::looks_like(text) && token::type_of(text) == Some(b"comment"),
        _ => false,
    };
    let chosen = selector.choose(document, &list_comment);
    let (mut values, mut wanted) = (0, 0);
    for (leaf, &chosen) in chosen.iter().enumerate() {
        let place = &document.leaves()[leaf];
        let line = || document.position(place.span.start).0;
        let path = || document.paths().display(place.path);
        values += usize::from(!place.is_comment());
        if !chosen {
            continue;
        }
        wanted += usize::from(!place.is_comment());
        match document.value(leaf) {
            ValueRef::Null | ValueRef::Str(b"") | ValueRef::Comment(b"") => {}
            ValueRef::Str(text) if Token::split(text).is_some() => {}
            ValueRef::Str(text) if text.starts_with(token::START) => {
                find(
                    FindingKind::DamagedValue,
                    line(),
                    format!("{}: the encrypted value is cut or changed", path()),
                );
            }
            ValueRef::Comment(text) if Token::split(text).is_some() => {}
            ValueRef::Comment(_) => {
                find(FindingKind::PlaintextComment, line(), "this comment is in clear text".to_owned());
            }
            _ => {
                find(FindingKind::PlaintextValue, line(), format!("{}: this value is in clear text", path()))
            }
        }
    }
    if values > 0 && wanted == 0 {
        let message = "the selector of this file leaves every value in clear text".to_owned();
        find(FindingKind::WeakSelector, block, message);
    }
}

/// The line where the metadata block begins; 1 if it is not where one would be.
fn block_line(source: &[u8], form: Format) -> usize {
    let before = metadata_at(source, form).map_or(&[][..], |at| &source[..at]);
    memchr::memchr_iter(b'\n', before).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = FindingKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), FindingKind::ALL.len());
    }
}
