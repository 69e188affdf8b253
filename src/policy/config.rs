//! `.sops.yaml` as data: which keys and settings new files get (configuration).
//!
//! Bytes come in, a [`Config`] comes out. It is read through our own YAML engine, so every
//! problem has a line and a column, and as strictly by type as sops reads it. Keys without a
//! meaning are passed over, as in sops, but those that are like another give a warning.
//! Finding and reading the file is not done here, and no key is asked for anything.

mod decode;
mod destinations;
mod error;
mod groups;
mod rules;
mod spelling;
#[cfg(test)]
mod tests;

pub use destinations::DestinationRule;
pub use error::{ConfigError, ConfigErrorKind, ConfigWarning, Place, TypeError, TypeProblem};
pub use rules::CreationRule;

use std::sync::Arc;

use crate::document::yaml::node::NodeId;
use crate::document::yaml::{decode_utf16, parse_stream};
use decode::Decoder;

/// A configuration file.
#[derive(Debug, Clone)]
pub struct Config {
    /// The rules for new files. `None` if the file has no such list; sops then goes on as if
    /// there were no file. An empty list is another thing: no file has a rule.
    pub creation_rules: Option<Vec<CreationRule>>,
    /// The rules for publishing.
    pub destination_rules: Vec<DestinationRule>,
    /// How files are laid out when they are written fresh.
    pub stores: Stores,
}

/// The part `stores` (configuration §7), as written; what the numbers mean is the emitter's
/// affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stores {
    /// `yaml.indent`; 0 stands for the default of 4.
    pub yaml_indent: i64,
    /// `json.indent`; −1 is a TAB.
    pub json_indent: i64,
    /// `json_binary.indent`; −1 is a TAB.
    pub json_binary_indent: i64,
    /// `toml.enabled`, which sops skips: new files with the ending `.toml` are TOML.
    pub toml_enabled: bool,
}

impl Default for Stores {
    fn default() -> Self {
        Self { yaml_indent: 0, json_indent: -1, json_binary_indent: -1, toml_enabled: false }
    }
}

const TOP: &[&str] = &["creation_rules", "destination_rules", "stores"];
const STORES: &[&str] = &["dotenv", "ini", "json_binary", "json", "toml", "yaml"];
const INDENT: &[&str] = &["indent"];
const TOML: &[&str] = &["enabled"];

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
        let mut config =
            Self { creation_rules: None, destination_rules: Vec::new(), stores: Stores::default() };
        let Some(document) = stream.documents.first() else { return Ok((config, Vec::new())) };
        let mut decoder = Decoder::new(&stream, source, file.clone());
        config.read(&mut decoder, document.root)?;
        let Decoder { errors, warnings, .. } = decoder;
        if let Some(first) = errors.first() {
            let place = Place { file, line: first.line, column: first.column };
            return Err(ConfigError { kind: ConfigErrorKind::Types(errors), place: Some(place) });
        }
        Ok((config, warnings))
    }

    fn read(&mut self, d: &mut Decoder<'_>, root: NodeId) -> Result<(), ConfigError> {
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
                _ => d.unknown(&entry, TOP),
            }
        }
        Ok(())
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
    pub fn rule_for(&self, path: &str, base: &str) -> Result<Option<&CreationRule>, ConfigError> {
        let Some(rules) = &self.creation_rules else { return Ok(None) };
        let below = path.strip_prefix(base).and_then(|rest| rest.strip_prefix(std::path::MAIN_SEPARATOR));
        let path = below.unwrap_or(path);
        for rule in rules {
            if rule.matches(path)? {
                return rule.checked().map(Some);
            }
        }
        let tried = rules.iter().map(|rule| (rule.place.clone(), rule.path_regex.clone())).collect();
        Err(ConfigError {
            kind: ConfigErrorKind::NoMatchingRule { path: path.to_owned(), tried },
            place: None,
        })
    }

    /// The destination rule for a file; `path` is as typed or walked (configuration §6).
    ///
    /// # Errors
    ///
    /// No rule that matches, or one with two destinations or two selectors.
    pub fn destination_for(&self, path: &str) -> Result<&DestinationRule, ConfigError> {
        match self.destination_rules.iter().find(|rule| rule.matches(path)) {
            Some(rule) => rule.checked(),
            None => Err(ConfigError { kind: ConfigErrorKind::NoMatchingDestination, place: None }),
        }
    }
}

impl Stores {
    fn read(&mut self, d: &mut Decoder<'_>, node: NodeId) -> Result<(), ConfigError> {
        for entry in d.entries(node, "config.StoresConfig")? {
            let (indent, type_name) = match &*entry.key {
                "yaml" => (Some(&mut self.yaml_indent), "config.YAMLStoreConfig"),
                "json" => (Some(&mut self.json_indent), "config.JSONStoreConfig"),
                "json_binary" => (Some(&mut self.json_binary_indent), "config.JSONBinaryStoreConfig"),
                "dotenv" => (None, "config.DotenvStoreConfig"),
                "ini" => (None, "config.INIStoreConfig"),
                "toml" => {
                    for field in d.entries(entry.value, "config.TOMLStoreConfig")? {
                        match &*field.key {
                            "enabled" => self.toml_enabled = d.bool(field.value)?,
                            _ => d.unknown(&field, TOML),
                        }
                    }
                    continue;
                }
                _ => {
                    d.unknown(&entry, STORES);
                    continue;
                }
            };
            let fields = d.entries(entry.value, type_name)?;
            let Some(indent) = indent else { continue };
            for field in fields {
                match &*field.key {
                    "indent" if d.is_null(field.value)? => {}
                    "indent" => *indent = d.int(field.value)?,
                    _ => d.unknown(&field, INDENT),
                }
            }
        }
        Ok(())
    }
}
