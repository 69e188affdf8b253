//! `.sops.yaml` as data: which keys and settings new files get (configuration).
//!
//! Bytes come in, a [`Config`] comes out. It is read through our own YAML engine, so every
//! problem has a line and a column, and as strictly by type as sops reads it. Keys without a
//! meaning are passed over, as in sops, but those that are like another give a warning.
//! Finding and reading the file is not done here, and no key is asked for anything.

mod decode;
mod destinations;
mod directory;
mod error;
mod extends;
mod groups;
mod names;
mod review;
mod rules;
mod separator;
mod shadow;
mod spelling;
mod stores;
#[cfg(test)]
mod tests;

pub use destinations::DestinationRule;
pub use error::{
    Asked, ConfigError, ConfigErrorKind, ConfigWarning, Place, TypeError, TypeProblem, UnknownKey,
};
pub use extends::{Extends, Outer};
pub use names::Names;
pub use review::{Grade, Remark, RemarkKind};
pub use rules::CreationRule;
pub use stores::Stores;

use std::borrow::Cow;
use std::sync::Arc;

use super::file_path::{MatchSeparator, PathStyle};
use crate::document::yaml::node::NodeId;
use crate::document::yaml::{decode_utf16, parse_stream};
use decode::Decoder;
use directory::Directory;

/// A configuration file.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The rules for new files. `None` if the file has no such list; sops then goes on as if
    /// there were no file. An empty list is another thing: no file has a rule.
    pub creation_rules: Option<Vec<CreationRule>>,
    /// The rules for publishing.
    pub destination_rules: Vec<DestinationRule>,
    /// How files are laid out when they are written fresh.
    pub stores: Stores,
    /// Who is behind which key.
    pub names: Names,
    /// Ours, which sops skips: the configuration that is asked where this one has no rule.
    pub extends: Option<Extends>,
    /// Ours, which sops skips: what rules see between the folders of a path.
    pub match_separator: MatchSeparator,
    /// What names in `recipients` stand for.
    directory: Arc<Directory>,
    /// Keys in rules and stores without a meaning, and like none that has one. At the top any key may
    /// stand: that is where people keep their anchors.
    pub unknown: Vec<UnknownKey>,
}

const TOP: &[&str] = &["creation_rules", "destination_rules", "stores"];
/// What sops skips. Not told as what somebody may have meant: at the top any key may stand.
#[cfg(test)]
const TOP_OURS: &[&str] = &[names::FIELD, directory::FIELD, extends::FIELD, separator::FIELD];

impl Config {
    /// Reads a configuration; `name` is what messages call the file.
    ///
    /// # Errors
    ///
    /// [`ConfigErrorKind::Syntax`] if it is not YAML, [`ConfigErrorKind::Types`] for values
    /// that cannot be read as what they should be, and what aliases and merges can do wrong.
    pub fn parse(source: &[u8], name: &str) -> Result<(Self, Vec<ConfigWarning>), ConfigError> {
        let file: Arc<str> = name.into();
        let decoded = decode_utf16(source);
        let source = decoded.as_deref().unwrap_or(source);
        let stream = parse_stream(source).map_err(|error| {
            let place = Place { file: file.clone(), line: error.line, column: error.column };
            ConfigError { kind: ConfigErrorKind::Syntax(error), place: Some(place) }
        })?;
        let mut config = Self::default();
        let Some(document) = stream.documents.first() else { return Ok((config, Vec::new())) };
        let mut decoder = Decoder::new(&stream, source, file.clone());
        config.read(&mut decoder, document.root)?;
        let Decoder { errors, warnings, unknown, .. } = decoder;
        if let Some(first) = errors.first() {
            let place = Place { file, line: first.line, column: first.column };
            return Err(ConfigError { kind: ConfigErrorKind::Types(errors), place: Some(place) });
        }
        config.names = Names::read(&stream, source, document.root);
        config.directory.single_keys().for_each(|(name, key)| config.names.add(&key.text(), name));
        config.unknown = unknown;
        Ok((config, warnings))
    }

    fn read(&mut self, d: &mut Decoder<'_>, root: NodeId) -> Result<(), ConfigError> {
        let (mut groups, mut people) = (None, None);
        for entry in d.entries(root, "config.configFile")? {
            match &*entry.key {
                "creation_rules" => {
                    if let Some(items) = d.items(entry.value, "[]config.creationRule")? {
                        let rules = items.into_iter().map(|item| CreationRule::read(d, item));
                        self.creation_rules = Some(rules.collect::<Result<_, _>>()?);
                    }
                }
                "destination_rules" => {
                    let items = d.items(entry.value, "[]config.destinationRule")?.unwrap_or_default();
                    let rules = items.into_iter().map(|item| DestinationRule::read(d, item));
                    self.destination_rules = rules.collect::<Result<_, _>>()?;
                }
                "stores" => self.stores.read(d, entry.value)?,
                names::FIELD => people = Some(entry.value),
                directory::FIELD => groups = Some(entry.value),
                separator::FIELD => self.match_separator = separator::read(d, entry.value)?,
                extends::FIELD => self.extends = Extends::read(d, entry.value)?,
                _ => d.unknown_at_top(&entry, TOP),
            }
        }
        self.directory = Arc::new(Directory::read(d, groups, people)?);
        self.link();
        Ok(())
    }

    /// Tells the rules what names stand for.
    fn link(&mut self) {
        let own = self.creation_rules.iter_mut().flatten();
        for rule in own.chain(self.destination_rules.iter_mut().map(|rule| &mut rule.recreation_rule)) {
            rule.directory = self.directory.clone();
        }
    }

    /// The rule for a file, or nothing if there are no creation rules at all.
    ///
    /// `path` is the absolute, cleaned path of the file and `base` the absolute directory of
    /// the configuration; rules see the part of `path` below `base`, or else all of it
    /// (configuration §3). The regex of a rule behind the one that matches is never compiled.
    ///
    /// # Errors
    ///
    /// A `path_regex` that does not compile, no rule that matches, or one with two selectors.
    pub fn rule_for(
        &self,
        path: &str,
        base: &str,
        style: PathStyle,
    ) -> Result<Option<&CreationRule>, ConfigError> {
        let Some(rules) = &self.creation_rules else { return Ok(None) };
        let seen = self.seen(path, base, style);
        for rule in rules {
            if rule.matches(&seen)? {
                return rule.checked().map(Some);
            }
        }
        let tried = rules.iter().map(|rule| (rule.place.clone(), rule.path_regex.clone())).collect();
        let with_slashes = self.with_slashes(path, base, style).map(|rule| rule.place.clone());
        Err(ConfigError {
            kind: ConfigErrorKind::NoMatchingRule(vec![Asked {
                path: seen.into_owned(),
                tried,
                with_slashes,
            }]),
            place: None,
        })
    }

    /// The rule that would be for a file if it saw `/` where it sees what the system has.
    #[must_use]
    pub fn with_slashes(&self, path: &str, base: &str, style: PathStyle) -> Option<&CreationRule> {
        let slashes = style.below(path, base, MatchSeparator::Slash);
        let differs = slashes != self.seen(path, base, style);
        let mut rules = self.creation_rules.iter().flatten().filter(|_| differs);
        rules.find(|rule| rule.matches(&slashes).unwrap_or(false))
    }

    /// What the rules of this configuration see of the path of a file: the part below `base`, or else all of it.
    #[must_use]
    pub fn seen<'p>(&self, path: &'p str, base: &str, style: PathStyle) -> Cow<'p, str> {
        style.below(path, base, self.match_separator)
    }

    /// The destination rule for a file; `path` is as typed or walked (configuration §6).
    ///
    /// # Errors
    ///
    /// No rule that matches, or one with two destinations or two selectors.
    pub fn destination_for(&self, path: &str, style: PathStyle) -> Result<&DestinationRule, ConfigError> {
        let seen = style.seen(path, self.match_separator);
        if let Some(rule) = self.destination_rules.iter().find(|rule| rule.matches(&seen)) {
            return rule.checked();
        }
        let slashes = style.seen(path, MatchSeparator::Slash);
        let with_slashes =
            self.destination_rules.iter().find(|rule| slashes != seen && rule.matches(&slashes));
        let place = with_slashes.map(|rule| rule.place.clone());
        Err(ConfigError { kind: ConfigErrorKind::NoMatchingDestination(place), place: None })
    }
}
