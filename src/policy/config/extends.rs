//! `extends`: the configuration that is asked where this one has no rule for a file (wishes R5). sops skips the
//! field. Finding and reading the other file is not done here.
//!
//! The inner file goes first in everything: its rules, its `stores` field by field, its names and groups. A
//! rule of the outer file knows nothing of the inner one, so that its names mean the same for every folder.

use std::sync::Arc;

use super::Config;
use super::decode::{Decoder, Flexible};
use super::error::{ConfigError, Place};
use crate::document::yaml::node::NodeId;

/// The field of the configuration.
pub(super) const FIELD: &str = "extends";

/// The field `extends`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extends {
    /// Which file.
    pub outer: Outer,
    /// Where the field stands.
    pub place: Place,
}

/// The file that a configuration extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outer {
    /// The next `.sops.yaml` above its folder.
    Next,
    /// This one; the path starts at its folder.
    File(String),
}

impl Extends {
    pub(super) fn read(d: &mut Decoder<'_>, node: NodeId) -> Result<Option<Self>, ConfigError> {
        let place = d.place(node);
        let outer = match d.flexible(node)? {
            None => return Ok(None),
            Some(Flexible::Other("bool")) if d.bool(node)? => Outer::Next,
            Some(Flexible::Other("bool")) => return Ok(None),
            Some(Flexible::Text(path)) if !path.is_empty() => Outer::File(path),
            Some(_) => {
                d.wrong_type(node, "string");
                return Ok(None);
            }
        };
        Ok(Some(Self { outer, place }))
    }
}

impl Config {
    /// Takes over what an outer configuration gives to the inner one: names, groups and what `stores` has
    /// not set. The rules of both stay apart.
    pub fn extend(&mut self, outer: &Self) {
        self.directory = Arc::new(self.directory.within(&outer.directory));
        self.link();
        self.names.add_all(&outer.names);
        self.stores = self.stores.or(outer.stores);
    }
}
