//! Paths: the map keys and list positions that lead from the root to a leaf.
//!
//! Paths of one document share their parents: a [`PathId`] is a number, [`Paths`] the table.
//! The text that authenticates a leaf (its AAD) is made of the map keys alone; list positions
//! add nothing to it (file format §4).

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

/// A path: the last step of it, and the path that it goes on from.
#[derive(Debug, Clone, Copy)]
struct Stored {
    parent: PathId,
    /// The position in a list, or [`Stored::KEY`].
    index: u32,
    /// Where the text of the step ends, which begins where that of the path before ends.
    text_end: usize,
}

impl Stored {
    /// The step is into a map. No list has so many items: each is a path of its own.
    const KEY: u32 = u32::MAX;
}

/// As many steps as nearly all paths have at most.
const NEAR: usize = 4;

/// All paths of one document.
#[derive(Debug, Clone)]
pub struct Paths {
    nodes: Vec<Stored>,
    /// What each step adds to the additional authenticated data: a key and a colon, or nothing.
    text: Vec<u8>,
}

impl Default for Paths {
    fn default() -> Self {
        Self::with_room(0, 0)
    }
}

impl Paths {
    /// No path but the root, with room for so many others and so many bytes of keys.
    pub(crate) fn with_room(paths: usize, bytes: usize) -> Self {
        let mut nodes = Vec::with_capacity(paths + 1);
        nodes.push(Stored { parent: PathId::ROOT, index: 0, text_end: 0 });
        Self { nodes, text: Vec::with_capacity(bytes + paths) }
    }

    /// The path of the value under `key` in the map at `parent`.
    ///
    /// # Panics
    ///
    /// If there are more than 2^32 paths.
    pub fn key(&mut self, parent: PathId, key: &[u8]) -> PathId {
        self.text.extend_from_slice(key);
        self.text.push(b':');
        self.push(parent, Stored::KEY)
    }

    /// The path of item `index` in the list at `parent`.
    ///
    /// # Panics
    ///
    /// If there are more than 2^32 paths.
    pub fn index(&mut self, parent: PathId, index: usize) -> PathId {
        self.push(parent, u32::try_from(index).expect("fewer than 2^32 items"))
    }

    fn push(&mut self, parent: PathId, index: u32) -> PathId {
        let id = u32::try_from(self.nodes.len()).expect("fewer than 2^32 paths");
        self.nodes.push(Stored { parent, index, text_end: self.text.len() });
        PathId(id)
    }

    /// The last step of a path, and what it adds to the additional authenticated data. The root has neither.
    fn stored(&self, id: PathId) -> (Stored, &[u8]) {
        let at = id.0 as usize;
        let stored = self.nodes[at];
        let start = at.checked_sub(1).map_or(0, |before| self.nodes[before].text_end);
        (stored, &self.text[start..stored.text_end])
    }

    /// The path one step up; the root is its own parent.
    #[must_use]
    pub fn parent(&self, id: PathId) -> PathId {
        self.nodes[id.0 as usize].parent
    }

    /// The last step, or nothing for the root.
    #[must_use]
    pub fn last(&self, id: PathId) -> Option<Step<'_>> {
        if id == PathId::ROOT {
            return None;
        }
        let (stored, text) = self.stored(id);
        Some(match (stored.index, text) {
            (Stored::KEY, [key @ .., _]) => Step::Key(key),
            (index, _) => Step::Index(index as usize),
        })
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

    /// Whether leaves at these paths, of two documents, have the same additional authenticated data
    /// because the paths have the same steps.
    pub(crate) fn same_steps(&self, own: PathId, other: &Self, others: PathId) -> bool {
        let (mut own, mut others) = (own, others);
        while own != PathId::ROOT && others != PathId::ROOT {
            let ((one, text), (another, other_text)) = (self.stored(own), other.stored(others));
            if one.index != another.index || text != other_text {
                return false;
            }
            (own, others) = (one.parent, another.parent);
        }
        own == others
    }

    /// Appends the additional authenticated data of a leaf at this path: its map keys joined
    /// with `:` plus a final `:`, so `:` alone for the root (file format §4).
    pub fn write_aad(&self, id: PathId, out: &mut Vec<u8>) {
        let start = out.len();
        // Upwards is the way that is known, so what the steps add is noted, and written from the root down.
        let (mut near, mut count) = ([&[][..]; NEAR], 0);
        let (mut far, mut at) = (Vec::new(), id);
        while at != PathId::ROOT {
            let (stored, text) = self.stored(at);
            match near.get_mut(count) {
                Some(room) => (*room, count) = (text, count + 1),
                None => far.push(text),
            }
            at = stored.parent;
        }
        far.iter().rev().for_each(|text| out.extend_from_slice(text));
        near[..count].iter().rev().for_each(|text| out.extend_from_slice(text));
        if out.len() == start {
            out.push(b':');
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

    #[test]
    fn paths_of_every_depth_are_joined() {
        let (mut paths, mut others) = (Paths::default(), Paths::default());
        let (mut at, mut other) = (PathId::ROOT, PathId::ROOT);
        for depth in 1..3 * NEAR {
            let key = "k".repeat(depth % 4);
            at = paths.key(at, key.as_bytes());
            if depth % 5 == 0 {
                at = paths.index(at, depth);
            }
            let above = other;
            others.key(above, b"beside");
            other = others.key(above, key.as_bytes());
            assert_eq!(paths.same_steps(at, &others, other), depth % 5 != 0, "{depth}");
            if depth % 5 == 0 {
                other = others.index(other, depth);
                assert!(paths.same_steps(at, &others, other), "{depth}");
            }
            assert!(!paths.same_steps(at, &others, above) && !paths.same_steps(PathId::ROOT, &others, other));
            let keys: Vec<u8> = paths.keys(at).iter().flat_map(|key| [key, &b":"[..]].concat()).collect();
            assert_eq!(paths.aad(at), keys, "{depth}");
            assert_eq!(others.aad(other), keys, "{depth}");
        }
        assert!(paths.same_steps(PathId::ROOT, &others, PathId::ROOT));
    }
}
