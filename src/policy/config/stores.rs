//! The part `stores` (configuration §7), as written; what the numbers mean is the emitter's affair.

use super::decode::Decoder;
use super::error::ConfigError;
use crate::document::yaml::node::NodeId;

/// How files are laid out when they are written fresh. What is not set has sops' default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stores {
    /// `yaml.indent`; 0 stands for the default of 4.
    pub yaml_indent: Option<i64>,
    /// `json.indent`; −1, the default, is a TAB.
    pub json_indent: Option<i64>,
    /// `json_binary.indent`; −1, the default, is a TAB.
    pub json_binary_indent: Option<i64>,
    /// `toml.enabled`, which sops skips: new files with the ending `.toml` are TOML.
    pub toml_enabled: Option<bool>,
}

pub(super) const STORES: &[&str] = &["dotenv", "ini", "json_binary", "json", "toml", "yaml"];
pub(super) const INDENT: &[&str] = &["indent"];
pub(super) const TOML: &[&str] = &["enabled"];

impl Stores {
    pub(super) fn read(&mut self, d: &mut Decoder<'_>, node: NodeId) -> Result<(), ConfigError> {
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
                            "enabled" if d.is_null(field.value)? => {}
                            "enabled" => self.toml_enabled = Some(d.bool(field.value)?),
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
                    "indent" => *indent = Some(d.int(field.value)?),
                    _ => d.unknown(&field, INDENT),
                }
            }
        }
        Ok(())
    }

    /// These, and what is not set here as it is in `outer`.
    pub(super) fn or(self, outer: Self) -> Self {
        Self {
            yaml_indent: self.yaml_indent.or(outer.yaml_indent),
            json_indent: self.json_indent.or(outer.json_indent),
            json_binary_indent: self.json_binary_indent.or(outer.json_binary_indent),
            toml_enabled: self.toml_enabled.or(outer.toml_enabled),
        }
    }
}
