//! From a YAML syntax tree to typed values, as `go.yaml.in/yaml/v3` fills Go's structs:
//! what converts, what is an error, and in which order errors are told (configuration §2).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::error::{ConfigError, ConfigErrorKind, ConfigWarning, Place, TypeError, TypeProblem, UnknownKey};
use super::spelling;
use crate::document::yaml::node::{Kind, NodeId, ScalarStyle, Stream};
use crate::document::yaml::resolve;
use crate::leaf::Value;

/// Nodes that may be visited: enough for any file that a person wrote, and an end for aliases
/// that multiply or name themselves.
const VISITS: usize = 1_000_000;

/// Reads nodes of one document.
pub(super) struct Decoder<'a> {
    stream: &'a Stream,
    source: &'a [u8],
    file: Arc<str>,
    visits: usize,
    pub(super) errors: Vec<TypeError>,
    pub(super) warnings: Vec<ConfigWarning>,
    /// Keys without a meaning that are like no other.
    pub(super) unknown: Vec<UnknownKey>,
    /// Where keys without a meaning stand: a map that several others merge is read once for each.
    told: HashSet<(usize, usize)>,
}

/// One entry of a map, with those of merged maps.
pub(super) struct Entry<'a> {
    pub(super) key: Cow<'a, str>,
    key_node: NodeId,
    pub(super) value: NodeId,
}

/// A value of a field that takes text or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flexible {
    Text(String),
    /// Items that are no text carry the name of their type instead.
    List(Vec<Result<String, &'static str>>),
    /// Neither; the name of its type.
    Other(&'static str),
}

type Fallible<T> = Result<T, ConfigError>;

impl<'a> Decoder<'a> {
    pub(super) fn new(stream: &'a Stream, source: &'a [u8], file: Arc<str>) -> Self {
        Self {
            stream,
            source,
            file,
            visits: 0,
            errors: Vec::new(),
            warnings: Vec::new(),
            unknown: Vec::new(),
            told: HashSet::new(),
        }
    }

    pub(super) fn place(&self, node: NodeId) -> Place {
        let node = &self.stream.nodes[node];
        Place { file: self.file.clone(), line: node.line() + 1, column: node.column() + 1 }
    }

    fn fatal(&self, node: NodeId, kind: ConfigErrorKind) -> ConfigError {
        ConfigError { kind, place: Some(self.place(node)) }
    }

    /// The node itself, or what it is an alias of.
    fn resolve(&mut self, mut node: NodeId) -> Fallible<NodeId> {
        loop {
            self.visits += 1;
            if self.visits > VISITS {
                return Err(self.fatal(node, ConfigErrorKind::ExcessiveAliasing));
            }
            match self.stream.nodes[node].kind {
                Kind::Alias { target } => node = target,
                _ => return Ok(node),
            }
        }
    }

    fn text(&self, node: NodeId) -> &'a str {
        self.stream.text(node, self.source)
    }

    /// The value of a scalar.
    fn scalar(&self, node: NodeId) -> Fallible<Value> {
        let this = &self.stream.nodes[node];
        let Kind::Scalar { style, .. } = this.kind else { return Ok(Value::Null) };
        let is_plain = style == ScalarStyle::Plain;
        match &this.tag {
            None if is_plain => Ok(resolve::plain(self.text(node))),
            None => Ok(Value::Str(self.text(node).into())),
            Some(tag) => resolve::tagged(&tag.name, is_plain, self.text(node))
                .map_err(|problem| self.fatal(node, ConfigErrorKind::Tag(problem))),
        }
    }

    pub(super) fn wrong_type(&mut self, node: NodeId, expected: &'static str) {
        let this = &self.stream.nodes[node];
        let (mut tag, text) = match &this.kind {
            Kind::Map { .. } => ("!!map".to_owned(), None),
            Kind::List { .. } => ("!!seq".to_owned(), None),
            Kind::Scalar { .. } | Kind::Alias { .. } => {
                let value = self.scalar(node).unwrap_or(Value::Null);
                let text = self.text(node);
                let shown = match text.char_indices().find(|(at, _)| *at >= 7) {
                    Some((at, _)) if text.len() > 10 => format!("{}...", &text[..at]),
                    _ => text.to_owned(),
                };
                (short_tag(&value).to_owned(), Some(shown))
            }
        };
        if let Some(own) = &this.tag {
            tag = own.name.strip_prefix("tag:yaml.org,2002:").map_or(own.name.clone(), |t| format!("!!{t}"));
        }
        let problem = TypeProblem::WrongType { tag, text, expected };
        self.errors.push(TypeError { line: this.line() + 1, column: this.column() + 1, problem });
    }

    /// The entries of a map in the order of their meaning: its own, then those of maps merged
    /// into it that it does not have. Nothing for null, an error told for anything else.
    pub(super) fn entries(&mut self, node: NodeId, type_name: &'static str) -> Fallible<Vec<Entry<'a>>> {
        let stream = self.stream;
        let mut entries: Vec<Entry<'a>> = Vec::new();
        let mut seen: HashMap<Cow<'a, str>, ()> = HashMap::new();
        let mut maps = vec![node];
        while let Some(node) = maps.pop() {
            let node = self.resolve(node)?;
            let pairs = match &stream.nodes[node].kind {
                Kind::Map { pairs, .. } => pairs,
                Kind::Scalar { .. } if matches!(self.scalar(node)?, Value::Null) => continue,
                _ => {
                    self.wrong_type(node, type_name);
                    continue;
                }
            };
            if self.has_duplicates(pairs)? {
                continue;
            }
            let mut merged = Vec::new();
            for &(key_node, value) in pairs {
                let key_node = self.resolve(key_node)?;
                if !matches!(stream.nodes[key_node].kind, Kind::Scalar { .. }) {
                    self.wrong_type(key_node, "string");
                    continue;
                }
                if self.is_merge(key_node) {
                    merged = self.merged_maps(value)?;
                    continue;
                }
                let key = match self.scalar(key_node)? {
                    Value::Null => continue,
                    Value::Str(text) => Cow::Owned(String::from_utf8_lossy(&text).into_owned()),
                    _ => Cow::Borrowed(self.text(key_node)),
                };
                if seen.insert(key.clone(), ()).is_none() {
                    entries.push(Entry { key, key_node, value });
                }
            }
            maps.extend(merged.into_iter().rev());
        }
        Ok(entries)
    }

    /// Tells of keys that a map has twice.
    fn has_duplicates(&mut self, pairs: &[(NodeId, NodeId)]) -> Fallible<bool> {
        let before = self.errors.len();
        let mut first = HashMap::new();
        for &(key, _) in pairs {
            let this = &self.stream.nodes[key];
            if !matches!(this.kind, Kind::Scalar { .. }) {
                continue;
            }
            let text = self.text(key);
            if let Some(&line) = first.get(text) {
                let problem = TypeProblem::Duplicate { key: text.to_owned(), first: line };
                self.errors.push(TypeError { line: this.line() + 1, column: this.column() + 1, problem });
            } else {
                first.insert(text, this.line() + 1);
            }
        }
        Ok(self.errors.len() > before)
    }

    fn is_merge(&self, key: NodeId) -> bool {
        let this = &self.stream.nodes[key];
        self.text(key) == "<<"
            && match (&this.kind, &this.tag) {
                (Kind::Scalar { style: ScalarStyle::Plain, .. }, None) => true,
                (_, Some(tag)) => matches!(tag.name.as_str(), "!" | "tag:yaml.org,2002:merge"),
                _ => false,
            }
    }

    fn merged_maps(&mut self, node: NodeId) -> Fallible<Vec<NodeId>> {
        let stream = self.stream;
        let target = self.resolve(node)?;
        let is_alias = matches!(stream.nodes[node].kind, Kind::Alias { .. });
        let maps = match &stream.nodes[target].kind {
            Kind::Map { .. } => vec![target],
            Kind::List { items, .. } if !is_alias => items.to_vec(),
            _ => return Err(self.fatal(node, ConfigErrorKind::MergeOfNoMap)),
        };
        for &map in &maps {
            let target = self.resolve(map)?;
            if !matches!(stream.nodes[target].kind, Kind::Map { .. }) {
                return Err(self.fatal(map, ConfigErrorKind::MergeOfNoMap));
            }
        }
        Ok(maps)
    }

    /// Warns of a key without meaning that is like one of `known`.
    pub(super) fn unknown(&mut self, entry: &Entry<'_>, known: &'static [&'static str]) {
        let Place { line, column, .. } = self.place(entry.key_node);
        if !self.told.insert((line, column)) {
            return;
        }
        let key = entry.key.clone().into_owned();
        match spelling::resembles(&key, known) {
            Some(did_you_mean) => self.warnings.push(ConfigWarning { line, column, key, did_you_mean }),
            None => self.unknown.push(UnknownKey { line, column, key }),
        }
    }

    /// As [`Self::unknown`], where any key may stand.
    pub(super) fn unknown_at_top(&mut self, entry: &Entry<'_>, known: &'static [&'static str]) {
        let before = self.unknown.len();
        self.unknown(entry, known);
        self.unknown.truncate(before);
    }

    /// The items of a list that are not null.
    pub(super) fn items(&mut self, node: NodeId, type_name: &'static str) -> Fallible<Option<Vec<NodeId>>> {
        let stream = self.stream;
        let node = self.resolve(node)?;
        match &stream.nodes[node].kind {
            Kind::List { items, .. } => {
                let mut kept = Vec::with_capacity(items.len());
                for &item in items {
                    if !self.is_null(item)? {
                        kept.push(item);
                    }
                }
                Ok(Some(kept))
            }
            Kind::Scalar { .. } if matches!(self.scalar(node)?, Value::Null) => Ok(None),
            _ => {
                self.wrong_type(node, type_name);
                Ok(None)
            }
        }
    }

    pub(super) fn is_null(&mut self, node: NodeId) -> Fallible<bool> {
        let node = self.resolve(node)?;
        let is_scalar = matches!(self.stream.nodes[node].kind, Kind::Scalar { .. });
        Ok(is_scalar && matches!(self.scalar(node)?, Value::Null))
    }

    /// Whether a node is a single value, null too.
    pub(super) fn is_scalar(&mut self, node: NodeId) -> Fallible<bool> {
        let node = self.resolve(node)?;
        Ok(matches!(self.stream.nodes[node].kind, Kind::Scalar { .. }))
    }

    /// Whether a node is a map.
    pub(super) fn is_map(&mut self, node: NodeId) -> Fallible<bool> {
        let node = self.resolve(node)?;
        Ok(matches!(self.stream.nodes[node].kind, Kind::Map { .. }))
    }

    /// Any scalar as text; nothing for null.
    pub(super) fn optional_string(&mut self, node: NodeId) -> Fallible<Option<String>> {
        let node = self.resolve(node)?;
        if !matches!(self.stream.nodes[node].kind, Kind::Scalar { .. }) {
            self.wrong_type(node, "string");
            return Ok(None);
        }
        Ok(match self.scalar(node)? {
            Value::Null => None,
            Value::Str(text) => Some(String::from_utf8_lossy(&text).into_owned()),
            _ => Some(self.text(node).to_owned()),
        })
    }

    pub(super) fn string(&mut self, node: NodeId) -> Fallible<String> {
        Ok(self.optional_string(node)?.unwrap_or_default())
    }

    pub(super) fn int(&mut self, node: NodeId) -> Fallible<i64> {
        let node = self.resolve(node)?;
        match self.scalar(node)? {
            Value::Null if matches!(self.stream.nodes[node].kind, Kind::Scalar { .. }) => return Ok(0),
            Value::Int(int) => return Ok(int),
            #[allow(clippy::cast_possible_truncation)] // as in sops: 2.5 is 2
            Value::Float(float) if float <= i64::MAX as f64 => return Ok(float as i64),
            _ => {}
        }
        self.wrong_type(node, "int");
        Ok(0)
    }

    pub(super) fn bool(&mut self, node: NodeId) -> Fallible<bool> {
        let node = self.resolve(node)?;
        match self.scalar(node)? {
            Value::Null if matches!(self.stream.nodes[node].kind, Kind::Scalar { .. }) => return Ok(false),
            Value::Bool(value) => return Ok(value),
            Value::Str(word) => match word.as_slice() {
                b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"on" | b"On" | b"ON" => return Ok(true),
                b"n" | b"N" | b"no" | b"No" | b"NO" | b"off" | b"Off" | b"OFF" => return Ok(false),
                _ => {}
            },
            _ => {}
        }
        self.wrong_type(node, "bool");
        Ok(false)
    }

    /// Text or a list of texts; what is neither is kept for an error when it is used.
    pub(super) fn flexible(&mut self, node: NodeId) -> Fallible<Option<Flexible>> {
        let stream = self.stream;
        let node = self.resolve(node)?;
        if let Kind::List { items, .. } = &stream.nodes[node].kind {
            let mut list = Vec::with_capacity(items.len());
            for &item in items {
                list.push(self.text_or_type(item)?);
            }
            return Ok(Some(Flexible::List(list)));
        }
        Ok(match self.text_or_type(node)? {
            Ok(text) => Some(Flexible::Text(text)),
            Err("<nil>") => None,
            Err(type_name) => Some(Flexible::Other(type_name)),
        })
    }

    fn text_or_type(&mut self, node: NodeId) -> Fallible<Result<String, &'static str>> {
        let node = self.resolve(node)?;
        match self.stream.nodes[node].kind {
            Kind::List { .. } => return Ok(Err("[]interface {}")),
            Kind::Map { .. } => return Ok(Err("map[string]interface {}")),
            Kind::Scalar { .. } | Kind::Alias { .. } => {}
        }
        let value = self.scalar(node)?;
        Ok(match value {
            Value::Str(text) => Ok(String::from_utf8_lossy(&text).into_owned()),
            Value::Null => Err("<nil>"),
            Value::Bool(_) => Err("bool"),
            Value::Int(_) => Err("int"),
            Value::BigInt(_) if resolve::is_uint64(&value) => Err("uint64"),
            Value::BigInt(_) | Value::Float(_) => Err("float64"),
            Value::Time(_) => Err("time.Time"),
            Value::Comment(_) => Err("string"),
        })
    }
}

fn short_tag(value: &Value) -> &'static str {
    match value {
        Value::Null => "!!null",
        Value::Bool(_) => "!!bool",
        Value::Int(_) => "!!int",
        Value::BigInt(_) if resolve::is_uint64(value) => "!!int",
        Value::BigInt(_) | Value::Float(_) => "!!float",
        Value::Time(_) => "!!timestamp",
        Value::Str(_) | Value::Comment(_) => "!!str",
    }
}
