//! What sops' first pass refuses in the first document (stores §2.1).
//!
//! Before sops walks a file it decodes its first document into a Go map with text keys, only to
//! see whether that works. This is that decoding without the result: same order, same count
//! of steps (for the limit on aliases), no call stack.

mod merge;

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::node::{Kind, Node, NodeId, ScalarStyle, Stream};
use super::resolve;
use crate::document::{ParseError, ParseErrorKind};
use crate::leaf::Value;
use merge::SeenKeys;

/// Refuses what sops' first pass refuses: a top level that is no map, keys that are there twice
/// at any depth, keys that are lists or maps, tags that do not fit, merges of what is no map,
/// anchors that contain themselves, and too much repetition by aliases. After that: what is not
/// well-formed in later documents.
///
/// # Errors
///
/// [`ParseError`] with the place of the first such trouble; of kind
/// [`ParseErrorKind::NoDocument`] if the stream has no document.
pub(crate) fn check_first(stream: &Stream, source: &[u8]) -> Result<(), ParseError> {
    let Some(document) = stream.documents.first() else {
        let problem = "EOF: there is no document in the file".to_owned();
        return Err(ParseError { line: 1, column: 1, problem, kind: ParseErrorKind::NoDocument });
    };
    let mut checker = Checker {
        stream,
        source,
        frames: Vec::new(),
        steps: 1, // for the document
        alias_steps: 0,
        open_aliases: HashSet::new(),
        unique: vec![false; stream.nodes.len()],
        seen_keys: Vec::new(),
    };
    checker.visit(document.root, Target::TopLevel)?;
    while let Some(frame) = checker.frames.pop() {
        checker.resume(frame)?;
    }
    stream.error.clone().map_or(Ok(()), Err)
}

/// What Go type a node is decoded into.
#[derive(Clone, Copy)]
enum Target {
    /// The map of the whole document.
    TopLevel,
    /// A value of any type.
    Any,
    /// The map that a `<<` is in. The number is that of its seen keys.
    Merge(Keys, usize),
}

/// What Go type the keys of a map have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// All are text.
    Text,
    Any,
}

/// A collection that is being decoded, or an alias whose target is.
enum Frame {
    Map {
        id: NodeId,
        next: usize,
        keys: Keys,
        /// The value of its `<<`.
        merge: Option<NodeId>,
        /// If it is itself merged into a map: the number of that map's seen keys.
        into: Option<usize>,
    },
    List {
        id: NodeId,
        next: usize,
    },
    /// A list of maps that are merged.
    Merges {
        id: NodeId,
        next: usize,
        keys: Keys,
        into: usize,
    },
    Alias(NodeId),
    /// The end of the merge that the innermost seen keys are for.
    Merged,
}

struct Checker<'a> {
    stream: &'a Stream,
    source: &'a [u8],
    frames: Vec<Frame>,
    /// How many nodes have been decoded, and how many of them by way of an alias.
    steps: usize,
    alias_steps: usize,
    open_aliases: HashSet<NodeId>,
    /// The maps whose keys have been found to be unique.
    unique: Vec<bool>,
    seen_keys: Vec<SeenKeys>,
}

impl<'a> Checker<'a> {
    fn node(&self, id: NodeId) -> &'a Node {
        &self.stream.nodes[id]
    }

    fn text(&self, id: NodeId) -> &'a str {
        self.stream.text(id, self.source)
    }

    fn error(&self, id: NodeId, problem: impl Into<String>) -> ParseError {
        let node = self.node(id);
        ParseError {
            line: node.line() + 1,
            column: node.column() + 1,
            problem: problem.into(),
            kind: ParseErrorKind::Syntax,
        }
    }

    /// Counts a node that is decoded.
    fn count(&mut self, id: NodeId, by_alias: bool) -> Result<(), ParseError> {
        self.steps += 1;
        self.alias_steps += usize::from(by_alias || !self.open_aliases.is_empty());
        if self.alias_steps > 100 && self.steps > 1000 {
            #[allow(clippy::cast_precision_loss)] // counts of steps are small
            let ratio = self.alias_steps as f64 / self.steps as f64;
            if ratio > allowed_alias_ratio(self.steps) {
                return Err(self.error(id, "document contains excessive aliasing"));
            }
        }
        Ok(())
    }

    /// Decodes a scalar, or begins with a collection.
    fn visit(&mut self, mut id: NodeId, target: Target) -> Result<(), ParseError> {
        self.count(id, false)?;
        if let Kind::Alias { target } = self.node(id).kind {
            if !self.open_aliases.insert(id) {
                let name = self.alias_name(id);
                return Err(self.error(id, format!("anchor '{name}' value contains itself")));
            }
            self.frames.push(Frame::Alias(id));
            id = target;
            self.count(id, false)?;
        }
        match (&self.node(id).kind, target) {
            (Kind::Scalar { .. }, Target::TopLevel) => {
                let tag = self.short_tag(id)?;
                if tag != "!!null" {
                    return Err(self.no_map(id, &tag));
                }
            }
            (Kind::Scalar { .. }, _) => self.check_tag(id)?,
            (Kind::List { .. }, Target::TopLevel) => return Err(self.no_map(id, "!!seq")),
            (Kind::List { .. }, _) => self.frames.push(Frame::List { id, next: 0 }),
            (Kind::Map { .. }, _) => {
                self.check_unique(id)?;
                let (keys, into) = match target {
                    Target::TopLevel => (Keys::Text, None),
                    Target::Any => (self.keys_of(id), None),
                    Target::Merge(keys, into) => (keys, Some(into)),
                };
                self.frames.push(Frame::Map { id, next: 0, keys, merge: None, into });
            }
            (Kind::Alias { .. }, _) => {} // aliases have no anchors
        }
        Ok(())
    }

    fn no_map(&self, id: NodeId, tag: &str) -> ParseError {
        let what = match tag {
            "!!seq" => "a list",
            _ => "a single value",
        };
        let problem = format!(
            "cannot unmarshal {tag} into a map: the top level is {what}, but sops keeps its metadata beside the \
             keys of a map. Put it under a key, or encrypt the file as a whole with --input-type binary"
        );
        self.error(id, problem)
    }

    /// Goes on with a frame until it has to wait for another.
    fn resume(&mut self, frame: Frame) -> Result<(), ParseError> {
        match frame {
            Frame::Map { id, next, keys, mut merge, into } => {
                let Kind::Map { pairs, .. } = &self.node(id).kind else { return Ok(()) };
                for (number, &(key, value)) in pairs.iter().enumerate().skip(next) {
                    if self.is_merge(key) {
                        merge = Some(value);
                        continue;
                    }
                    if into.is_none() && self.alias_steps == 0 && self.is_free(key) && self.is_free(value) {
                        let is_dropped = keys == Keys::Text && self.is_null(key)?;
                        self.steps += if is_dropped { 1 } else { 2 };
                        continue;
                    }
                    if !self.takes(key, keys, into)? {
                        continue;
                    }
                    if matches!(self.node(value).kind, Kind::Scalar { .. }) {
                        self.visit(value, Target::Any)?;
                        continue;
                    }
                    self.frames.push(Frame::Map { id, next: number + 1, keys, merge, into });
                    return self.visit(value, Target::Any);
                }
                return merge.map_or(Ok(()), |merge| self.merge(id, merge, keys, into));
            }
            Frame::List { id, next } => {
                let Kind::List { items, .. } = &self.node(id).kind else { return Ok(()) };
                if let Some(&item) = items.get(next) {
                    self.frames.push(Frame::List { id, next: next + 1 });
                    self.visit(item, Target::Any)?;
                }
            }
            Frame::Merges { id, next, keys, into } => {
                let Kind::List { items, .. } = &self.node(id).kind else { return Ok(()) };
                if let Some(&item) = items.get(next) {
                    self.frames.push(Frame::Merges { id, next: next + 1, keys, into });
                    self.merge_map(item, keys, into)?;
                }
            }
            Frame::Alias(id) => {
                self.open_aliases.remove(&id);
            }
            Frame::Merged => {
                self.seen_keys.pop();
            }
        }
        Ok(())
    }

    /// Whether a node is a scalar that has its type from its text alone: there is nothing in it to refuse.
    fn is_free(&self, id: NodeId) -> bool {
        let node = self.node(id);
        matches!(node.kind, Kind::Scalar { .. }) && node.tag.is_none()
    }

    /// Decodes a key and says whether its value is decoded, too.
    fn takes(&mut self, key: NodeId, keys: Keys, into: Option<usize>) -> Result<bool, ParseError> {
        let scalar = self.key_scalar(key, keys)?;
        if keys == Keys::Text && self.is_null(scalar)? {
            return Ok(false); // sic: go-yaml drops the entry
        }
        match into {
            None => self.check_tag(scalar).map(|()| true),
            Some(into) => {
                let value = self.key_value(scalar, keys)?;
                Ok(self.seen_keys[into].insert(value))
            }
        }
    }

    /// Counts a key and gives the scalar that it is.
    fn key_scalar(&mut self, key: NodeId, keys: Keys) -> Result<NodeId, ParseError> {
        self.count(key, false)?;
        let mut scalar = key;
        if let Kind::Alias { target } = self.node(key).kind {
            self.count(target, true)?;
            scalar = target;
        }
        let (tag, kind) = match self.node(scalar).kind {
            Kind::Map { .. } => ("!!map", "map"),
            Kind::List { .. } => ("!!seq", "list"),
            Kind::Scalar { .. } | Kind::Alias { .. } => return Ok(scalar),
        };
        Err(self.error(
            key,
            match keys {
                Keys::Text => format!("cannot unmarshal {tag} into string: a {kind} cannot be a key"),
                Keys::Any => format!("invalid map key: a {kind} cannot be a key"),
            },
        ))
    }

    /// Refuses a tag that does not fit its scalar.
    fn check_tag(&self, id: NodeId) -> Result<(), ParseError> {
        match self.explicit_tag(id) {
            Some(_) => self.value(id).map(drop),
            None => Ok(()),
        }
    }

    /// The tag in full, unless it leaves the type to the text.
    fn explicit_tag(&self, id: NodeId) -> Option<&'a str> {
        let tag = self.node(id).tag.as_ref()?;
        (tag.name != "!").then_some(&*tag.name)
    }

    fn is_plain(&self, id: NodeId) -> bool {
        matches!(self.node(id).kind, Kind::Scalar { style: ScalarStyle::Plain, .. })
    }

    fn value(&self, id: NodeId) -> Result<Value, ParseError> {
        let tag = self.explicit_tag(id).unwrap_or("");
        resolve::tagged(tag, self.is_plain(id), self.text(id))
            .map_err(|error| self.error(id, error.to_string()))
    }

    fn is_null(&self, id: NodeId) -> Result<bool, ParseError> {
        if self.explicit_tag(id).is_none() {
            let null = matches!(self.text(id), "" | "~" | "null" | "Null" | "NULL");
            return Ok(null && self.is_plain(id));
        }
        Ok(matches!(self.value(id)?, Value::Null))
    }

    /// The tag that go-yaml gives a scalar.
    fn short_tag(&self, id: NodeId) -> Result<String, ParseError> {
        let value = self.value(id)?;
        if let Some(tag) = self.explicit_tag(id) {
            return Ok(standard_tag(tag).map_or_else(|| tag.to_owned(), |name| format!("!!{name}")));
        }
        let tag = match value {
            Value::Null => "!!null",
            Value::Bool(_) => "!!bool",
            Value::Int(_) => "!!int",
            Value::BigInt(_) if resolve::is_uint64(&value) => "!!int",
            Value::Float(_) | Value::BigInt(_) => "!!float",
            Value::Time(_) => "!!timestamp",
            Value::Str(_) if self.is_plain(id) && self.text(id) == "<<" => "!!merge",
            Value::Str(_) | Value::Comment(_) => "!!str",
        };
        Ok(tag.to_owned())
    }

    fn alias_name(&self, id: NodeId) -> &'a str {
        let span = self.node(id).span;
        std::str::from_utf8(&self.source[span.start + 1..span.end]).unwrap_or_default()
    }

    /// Refuses a map with two keys of the same text, whatever their types, and one with the
    /// same alias twice as a key.
    fn check_unique(&mut self, id: NodeId) -> Result<(), ParseError> {
        let Kind::Map { pairs, .. } = &self.node(id).kind else { return Ok(()) };
        if std::mem::replace(&mut self.unique[id], true) {
            return Ok(());
        }
        let mut names = HashSet::with_capacity_and_hasher(pairs.len(), RandomState::default());
        for &(key, _) in pairs {
            let Some(name) = self.key_name(key) else { continue };
            if !names.insert(name) {
                let first = pairs.iter().find(|(first, _)| self.key_name(*first) == Some(name));
                let line = first.map_or(0, |(first, _)| self.node(*first).line() + 1);
                let name = String::from_utf8_lossy(name.1);
                return Err(self.error(key, format!("mapping key {name:?} already defined at line {line}")));
            }
        }
        Ok(())
    }

    /// Whether a key is an alias, and its text; nothing for maps and lists, which are refused anyway.
    fn key_name(&self, key: NodeId) -> Option<(bool, &'a [u8])> {
        match self.node(key).kind {
            Kind::Alias { .. } => Some((true, self.alias_name(key).as_bytes())),
            Kind::Scalar { .. } => Some((false, self.stream.bytes(key, self.source))),
            Kind::Map { .. } | Kind::List { .. } => None,
        }
    }
}

/// The name of a tag that YAML itself defines.
fn standard_tag(tag: &str) -> Option<&str> {
    tag.strip_prefix("tag:yaml.org,2002:").or_else(|| tag.strip_prefix("!!"))
}

/// How great a part of all steps may come from aliases.
fn allowed_alias_ratio(steps: usize) -> f64 {
    const SMALL: f64 = 400_000.0;
    const LARGE: f64 = 4_000_000.0;
    #[allow(clippy::cast_precision_loss)] // counts of steps are small
    let steps = (steps as f64).clamp(SMALL, LARGE);
    0.99 - 0.89 * ((steps - SMALL) / (LARGE - SMALL))
}
