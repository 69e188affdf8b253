//! `<<`: the entries of other maps, where the map itself does not have them.
//!
//! sops keeps `<<` as a key of its own; only its first pass merges, and thereby refuses merges
//! of what is no map. An entry that is overridden is not decoded, so nothing in it is refused.

use std::collections::HashSet;

use super::{Checker, Frame, Keys, Target, standard_tag};
use crate::document::ParseError;
use crate::document::yaml::node::{Kind, NodeId};
use crate::document::yaml::resolve;
use crate::leaf::Value;

/// A key as a Go map tells keys apart: by type and value.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Bool(bool),
    Int(i64),
    Uint(Box<str>),
    Float(u64),
    Time(Box<str>),
    Text(Vec<u8>),
    /// Never the same as another.
    NotANumber,
}

/// The keys that a map has so far, of its own and by merges.
#[derive(Default)]
pub(super) struct SeenKeys(HashSet<Key>);

impl SeenKeys {
    /// Adds a key; says whether it is new.
    pub(super) fn insert(&mut self, key: Key) -> bool {
        key == Key::NotANumber || self.0.insert(key)
    }
}

impl Checker<'_> {
    pub(super) fn is_merge(&self, key: NodeId) -> bool {
        // Most keys are longer, even without their quotes.
        let may_be = match &self.node(key).kind {
            Kind::Scalar { text: None, .. } => self.node(key).span.len() <= 4,
            Kind::Scalar { .. } => true,
            _ => false,
        };
        may_be
            && self.stream.bytes(key, self.source) == b"<<"
            && self
                .explicit_tag(key)
                .map_or_else(|| self.is_plain(key), |tag| standard_tag(tag) == Some("merge"))
    }

    /// The key type that go-yaml chooses for a map. It makes a difference only to merges.
    pub(super) fn keys_of(&self, id: NodeId) -> Keys {
        let Kind::Map { pairs, .. } = &self.node(id).kind else { return Keys::Any };
        let merges = pairs.iter().any(|(key, _)| self.is_merge(*key));
        if merges && pairs.iter().all(|(key, _)| self.is_text(*key)) { Keys::Text } else { Keys::Any }
    }

    fn is_text(&self, key: NodeId) -> bool {
        let scalar = match self.node(key).kind {
            Kind::Alias { target } => target,
            _ => key,
        };
        match (&self.node(scalar).kind, self.explicit_tag(scalar)) {
            (Kind::Scalar { .. }, None) => {
                !self.is_plain(scalar) || matches!(resolve::plain(self.text(scalar)), Value::Str(_))
            }
            (Kind::Scalar { .. }, Some(tag)) => matches!(standard_tag(tag), Some("str" | "merge")),
            _ => false,
        }
    }

    /// The key that a scalar is in a map with keys of type `keys`.
    pub(super) fn key_value(&self, scalar: NodeId, keys: Keys) -> Result<Key, ParseError> {
        let value = self.value(scalar)?;
        let is_uint = resolve::is_uint64(&value);
        Ok(match value {
            Value::Str(text) | Value::Comment(text) => Key::Text(text),
            _ if keys == Keys::Text => Key::Text(self.text(scalar).into()),
            Value::Null => Key::Null,
            Value::Bool(bool) => Key::Bool(bool),
            Value::Int(int) => Key::Int(int),
            Value::BigInt(digits) if is_uint => Key::Uint(digits),
            Value::BigInt(digits) => Key::Float(digits.parse().map_or(0, f64::to_bits)),
            Value::Float(float) if float.is_nan() => Key::NotANumber,
            Value::Float(float) => Key::Float((float + 0.0).to_bits()), // -0 is 0
            Value::Time(time) => Key::Time(time),
        })
    }

    /// Merges `value` into the map `parent`. `into` is there if that is itself merged into
    /// another map.
    pub(super) fn merge(
        &mut self,
        parent: NodeId,
        value: NodeId,
        keys: Keys,
        into: Option<usize>,
    ) -> Result<(), ParseError> {
        let into = match into {
            Some(into) => into,
            None => self.own_keys(parent)?,
        };
        if let Kind::List { .. } = self.node(value).kind {
            self.frames.push(Frame::Merges { id: value, next: 0, keys, into });
            return Ok(());
        }
        self.merge_map(value, keys, into)
    }

    pub(super) fn merge_map(&mut self, value: NodeId, keys: Keys, into: usize) -> Result<(), ParseError> {
        let map = match self.node(value).kind {
            Kind::Alias { target } => target,
            _ => value,
        };
        if !matches!(self.node(map).kind, Kind::Map { .. }) {
            return Err(self.error(value, "map merge requires map or sequence of maps as the value"));
        }
        self.visit(value, Target::Merge(keys, into))
    }

    /// Begins a merge into `parent`: its own keys are seen.
    fn own_keys(&mut self, parent: NodeId) -> Result<usize, ParseError> {
        let mut seen = SeenKeys::default();
        if let Kind::Map { pairs, .. } = &self.node(parent).kind {
            for &(key, _) in pairs {
                let scalar = self.key_scalar(key, Keys::Any)?;
                seen.insert(self.key_value(scalar, Keys::Any)?);
            }
        }
        self.frames.push(Frame::Merged);
        self.seen_keys.push(seen);
        Ok(self.seen_keys.len() - 1)
    }
}
