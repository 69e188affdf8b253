//! Names of recipients, so that people read `alice` and not sixty characters (wishes §1 #12).
//!
//! Two places give them, and sops reads past both: the top-level map `names`, and the anchor of a
//! text, as in `- &alice age1…`, which many files have already. What is no name there is passed over.

use std::collections::HashMap;

use crate::document::yaml::node::{Kind, NodeId, Stream};
use crate::keys::without_user;

/// The field of the configuration.
pub(super) const FIELD: &str = "names";

/// No name is longer when it is shown.
const LONGEST: usize = 64;

/// Who is behind which key, by the text form of the key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// Reads the names of a configuration whose first document has this root. Those of the map go
    /// before anchors, and the first of several stays.
    pub(super) fn read(stream: &Stream, source: &[u8], root: NodeId) -> Self {
        let mut names = Self::default();
        let resolve = |node: NodeId| match stream.nodes[node].kind {
            Kind::Alias { target } => target,
            _ => node,
        };
        let text = |node: NodeId| match stream.nodes[node].kind {
            Kind::Scalar { .. } => Some(stream.text(node, source)),
            _ => None,
        };
        let maps = match &stream.nodes[root].kind {
            Kind::Map { pairs, .. } => pairs.as_slice(),
            _ => &[],
        };
        let maps = maps.iter().filter(|(key, _)| text(resolve(*key)) == Some(FIELD));
        for (_, map) in maps {
            let Kind::Map { pairs, .. } = &stream.nodes[resolve(*map)].kind else { continue };
            for &(name, keys) in pairs {
                let Some(name) = text(resolve(name)) else { continue };
                let keys = resolve(keys);
                match &stream.nodes[keys].kind {
                    Kind::List { items, .. } => {
                        items
                            .iter()
                            .filter_map(|item| text(resolve(*item)))
                            .for_each(|key| names.add(key, name));
                    }
                    _ => text(keys).into_iter().for_each(|key| names.add(key, name)),
                }
            }
        }
        for (node, this) in stream.nodes.iter().enumerate() {
            if let (Some(anchor), Some(key)) = (this.anchor, text(node)) {
                let name = source.get(anchor.start + 1..anchor.end).unwrap_or_default();
                names.add(key, &String::from_utf8_lossy(name));
            }
        }
        names
    }

    pub(super) fn add(&mut self, key: &str, name: &str) {
        // What a repository says ends up on terminals.
        let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let name = name.trim();
        if !key.trim().is_empty() && !name.is_empty() {
            self.0.entry(normal(key)).or_insert_with(|| name.to_owned());
        }
    }

    /// Those of an outer configuration, for keys without a name here.
    pub(super) fn add_all(&mut self, outer: &Self) {
        for (key, name) in &outer.0 {
            self.0.entry(key.clone()).or_insert_with(|| name.clone());
        }
    }

    /// The name behind a key, given by its text form.
    #[must_use]
    pub fn of(&self, key: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&normal(key)).map(String::as_str)
    }

    /// The key for people, with the name behind it if it has one.
    #[must_use]
    pub fn shown(&self, key: &str) -> String {
        let text = without_user(key);
        self.of(key).map_or_else(|| text.clone().into_owned(), |name| format!("{text} ({name})"))
    }
}

/// Spellings of one key are one text: a fingerprint in groups and in any case, an SSH key with or without
/// a comment.
fn normal(key: &str) -> String {
    if key.starts_with("ssh-") {
        return key.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    }
    let plain: String = key.split_whitespace().collect();
    if plain.bytes().all(|byte| byte.is_ascii_hexdigit()) { plain.to_ascii_uppercase() } else { plain }
}
