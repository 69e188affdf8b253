//! Paths: the map keys and list positions that lead from the root to a leaf.
//!
//! Paths of one document share their parents: a [`PathId`] is a number, [`Paths`] the table.
//! The text that authenticates a leaf (its AAD) is made of the map keys alone; list positions
//! add nothing to it (file format §4).

use super::Span;

/// One path of a document; [`PathId::ROOT`] is the document itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathId(u32);

impl PathId {
    /// The empty path.
    pub const ROOT: Self = Self(0);
}

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step<'a> {
    /// Into the value of a map key. Keys are bytes: INI and dotenv allow any.
    Key(&'a [u8]),
    /// Into a list item, counted from 0.
    Index(usize),
}

#[derive(Debug, Clone, Copy)]
enum Stored {
    Root,
    Key(Span),
    Index(usize),
}

/// All paths of one document.
#[derive(Debug, Clone)]
pub struct Paths {
    nodes: Vec<(PathId, Stored)>,
    text: Vec<u8>,
}

impl Default for Paths {
    fn default() -> Self {
        Self { nodes: vec![(PathId::ROOT, Stored::Root)], text: Vec::new() }
    }
}

impl Paths {
    /// The path of the value under `key` in the map at `parent`.
    ///
    /// # Panics
    ///
    /// If there are more than 2^32 paths.
    pub fn key(&mut self, parent: PathId, key: &[u8]) -> PathId {
        let start = self.text.len();
        self.text.extend_from_slice(key);
        self.push(parent, Stored::Key(Span::new(start, self.text.len())))
    }

    /// The path of item `index` in the list at `parent`.
    ///
    /// # Panics
    ///
    /// If there are more than 2^32 paths.
    pub fn index(&mut self, parent: PathId, index: usize) -> PathId {
        self.push(parent, Stored::Index(index))
    }

    fn push(&mut self, parent: PathId, step: Stored) -> PathId {
        let id = u32::try_from(self.nodes.len()).expect("fewer than 2^32 paths");
        self.nodes.push((parent, step));
        PathId(id)
    }

    /// The path one step up; the root is its own parent.
    #[must_use]
    pub fn parent(&self, id: PathId) -> PathId {
        self.nodes[id.0 as usize].0
    }

    /// The last step, or nothing for the root.
    #[must_use]
    pub fn last(&self, id: PathId) -> Option<Step<'_>> {
        match self.nodes[id.0 as usize].1 {
            Stored::Root => None,
            Stored::Key(span) => Some(Step::Key(span.of(&self.text))),
            Stored::Index(index) => Some(Step::Index(index)),
        }
    }

    /// All steps, from the root down.
    #[must_use]
    pub fn steps(&self, mut id: PathId) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        while let Some(step) = self.last(id) {
            steps.push(step);
            id = self.parent(id);
        }
        steps.reverse();
        steps
    }

    /// The map keys on the path, from the root down.
    #[must_use]
    pub fn keys(&self, id: PathId) -> Vec<&[u8]> {
        self.steps(id)
            .into_iter()
            .filter_map(|step| match step {
                Step::Key(key) => Some(key),
                Step::Index(_) => None,
            })
            .collect()
    }

    /// Appends the additional authenticated data of a leaf at this path: its map keys joined
    /// with `:` plus a final `:`, so `:` alone for the root (file format §4).
    pub fn write_aad(&self, id: PathId, out: &mut Vec<u8>) {
        // Upwards once for the length, then again to fill from the back.
        let (mut length, mut at) = (0, id);
        while at != PathId::ROOT {
            let (parent, step) = self.nodes[at.0 as usize];
            if let Stored::Key(span) = step {
                length += span.len() + 1;
            }
            at = parent;
        }
        let start = out.len();
        out.resize(start + length.max(1), b':');
        let (mut end, mut at) = (start + length, id);
        while at != PathId::ROOT {
            let (parent, step) = self.nodes[at.0 as usize];
            if let Stored::Key(span) = step {
                let key = span.of(&self.text);
                out[end - 1 - key.len()..end - 1].copy_from_slice(key);
                end -= key.len() + 1;
            }
            at = parent;
        }
    }

    /// The additional authenticated data as a value of its own; see [`Self::write_aad`].
    #[must_use]
    pub fn aad(&self, id: PathId) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_aad(id, &mut out);
        out
    }

    /// The path as a person writes it: `db.hosts[0].name`, the root as `.`.
    #[must_use]
    pub fn display(&self, id: PathId) -> String {
        let mut out = String::new();
        for step in self.steps(id) {
            match step {
                Step::Key(key) => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(&String::from_utf8_lossy(key));
                }
                Step::Index(index) => {
                    out.push('[');
                    out.push_str(&index.to_string());
                    out.push(']');
                }
            }
        }
        if out.is_empty() { ".".to_owned() } else { out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // the rows of file format §4
    fn list_positions_are_not_authenticated() {
        let mut paths = Paths::default();
        let list = paths.key(PathId::ROOT, b"list");
        let item = paths.index(list, 1);
        let inner = paths.key(item, b"k");
        assert_eq!(paths.aad(PathId::ROOT), b":");
        assert_eq!(paths.aad(item), b"list:");
        assert_eq!(paths.aad(inner), b"list:k:");
        assert_eq!(paths.display(inner), "list[1].k");
        let empty = paths.key(PathId::ROOT, b"");
        assert_eq!(paths.aad(empty), b":");
    }
}
