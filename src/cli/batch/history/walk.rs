//! Files followed through what `git log` printed, by the names that each commit has for them.
//!
//! Unlike `git log --follow` this finds what a branch did to a file under its old name while another branch
//! renamed it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use super::{Commit, Edition};

/// Which files go by which name in a commit.
type Names<'a> = Rc<HashMap<&'a [u8], Vec<usize>>>;

/// A commit as the log has it.
struct Step<'a> {
    id: &'a [u8],
    time: i64,
    parents: Vec<&'a [u8]>,
    changes: Vec<Change<'a>>,
}

/// What a commit did to a file.
struct Change<'a> {
    name: &'a [u8],
    /// What it was called before.
    old: Option<&'a [u8]>,
    mode: &'a [u8],
    blob: &'a [u8],
}

/// Reads what git printed: for each commit a head, then its changes.
fn steps(log: &[u8]) -> Vec<Step<'_>> {
    let mut fields = log.split(|byte| *byte == 0).map(|field| field.strip_prefix(b"\n").unwrap_or(field));
    let mut steps: Vec<Step<'_>> = Vec::new();
    while let Some(field) = fields.next() {
        if let Some(head) = field.strip_prefix(b"\x01") {
            let mut words = head.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
            let (Some(id), Some(time)) = (words.next(), words.next()) else { continue };
            let time = std::str::from_utf8(time).ok().and_then(|time| time.parse().ok()).unwrap_or(0);
            steps.push(Step { id, time, parents: words.collect(), changes: Vec::new() });
        } else if field.first() == Some(&b':')
            && let Some(step) = steps.last_mut()
        {
            step.changes.extend(change(field, &mut fields));
        }
    }
    steps
}

/// The versions of files with these names today.
pub(super) fn editions(names: &[PathBuf], log: &[u8]) -> Vec<Vec<Edition>> {
    let steps = steps(log);
    let mut walk = Walk::new(names);
    walk.follow(&steps);
    if walk.moves.is_empty() || steps.iter().all(|step| step.parents.len() < 2) {
        return walk.editions;
    }
    // A branch that was merged may have the old names, and what they were is known now.
    let mut again = Walk::new(names);
    again.moved = Moved::of(walk.moves, &steps);
    again.follow(&steps);
    again.editions
}

/// A new name, and the old one before it.
type Move<'a> = (&'a [u8], &'a [u8]);

/// In which commits files had been renamed already.
#[derive(Default)]
struct Moved<'a> {
    /// By commit, the newest first.
    commits: Vec<Vec<Move<'a>>>,
    /// For each commit, which of these it comes after: a bit for each.
    behind: HashMap<&'a [u8], Vec<u64>>,
}

impl<'a> Moved<'a> {
    /// So many commits that rename something count: the bits take room for all commits.
    const MOST: usize = 512;

    fn of(moves: Vec<(&'a [u8], Vec<Move<'a>>)>, steps: &[Step<'a>]) -> Self {
        let moves: Vec<_> = moves.into_iter().take(Self::MOST).collect();
        let number: HashMap<&[u8], usize> = moves.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
        let mut behind: HashMap<&[u8], Vec<u64>> = HashMap::with_capacity(steps.len());
        for step in steps.iter().rev() {
            let mut bits = vec![0; moves.len().div_ceil(64)];
            for parent in step.parents.iter().filter_map(|parent| behind.get(parent)) {
                bits.iter_mut().zip(parent).for_each(|(bits, more)| *bits |= more);
            }
            if let Some(at) = number.get(step.id) {
                bits[at / 64] |= 1 << (at % 64);
            }
            behind.insert(step.id, bits);
        }
        Self { commits: moves.into_iter().map(|(_, moves)| moves).collect(), behind }
    }

    /// The names of a merge as one of its parents has them.
    fn before(&self, names: &Names<'a>, parent: &[u8]) -> Names<'a> {
        let mut names = Rc::clone(names);
        let Some(bits) = self.behind.get(parent) else { return names };
        for (at, moves) in self.commits.iter().enumerate() {
            let happened = bits[at / 64] & (1 << (at % 64)) != 0;
            if !happened && moves.iter().any(|(new, _)| names.contains_key(new)) {
                rename(Rc::make_mut(&mut names), moves);
            }
        }
        names
    }
}

/// Gives files the names that they had before.
fn rename<'a>(names: &mut HashMap<&'a [u8], Vec<usize>>, moves: &[Move<'a>]) {
    // Two files may have changed places.
    let taken: Vec<_> = moves.iter().map(|(new, old)| (*old, names.remove(new))).collect();
    for (old, files) in taken {
        if let Some(files) = files {
            names.entry(old).or_default().extend(files);
        }
    }
}

/// A walk from the newest commits to the oldest.
struct Walk<'a> {
    editions: Vec<Vec<Edition>>,
    /// The names of today.
    start: Names<'a>,
    /// What commits that come later in the walk call the files.
    ahead: HashMap<&'a [u8], Names<'a>>,
    /// What was renamed, by commit.
    moves: Vec<(&'a [u8], Vec<Move<'a>>)>,
    /// The same of an earlier walk.
    moved: Moved<'a>,
}

impl<'a> Walk<'a> {
    fn new(names: &'a [PathBuf]) -> Self {
        let mut start: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (number, name) in names.iter().enumerate() {
            start.entry(name.as_os_str().as_encoded_bytes()).or_default().push(number);
        }
        Self {
            editions: names.iter().map(|_| Vec::new()).collect(),
            start: Rc::new(start),
            ahead: HashMap::new(),
            moves: Vec::new(),
            moved: Moved::default(),
        }
    }

    fn follow(&mut self, steps: &[Step<'a>]) {
        steps.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step<'a>) {
        let mut names = self.ahead.remove(step.id).unwrap_or_else(|| Rc::clone(&self.start));
        let commit = Arc::new(Commit { id: String::from_utf8_lossy(step.id).into_owned(), time: step.time });
        let mut renamed: Vec<Move<'a>> = Vec::new();
        for change in &step.changes {
            let Some(files) = names.get(change.name) else { continue };
            // Neither deletions, nor links, nor submodules.
            if change.mode.starts_with(b"100") {
                for file in files {
                    self.editions[*file].push(Edition {
                        commit: Arc::clone(&commit),
                        blob: String::from_utf8_lossy(change.blob).into_owned(),
                        path: PathBuf::from(resops::os::owned(change.name.to_vec())),
                    });
                }
            }
            renamed.extend(change.old.map(|old| (change.name, old)));
        }
        if !renamed.is_empty() {
            rename(Rc::make_mut(&mut names), &renamed);
            self.moves.push((step.id, renamed));
        }
        for parent in &step.parents {
            let names = match step.parents.len() {
                1 => Rc::clone(&names),
                _ => self.moved.before(&names, parent),
            };
            self.meet(parent, names);
        }
    }

    /// Notes what a commit that is yet to come calls the files.
    fn meet(&mut self, commit: &'a [u8], names: Names<'a>) {
        match self.ahead.get_mut(commit) {
            None => drop(self.ahead.insert(commit, names)),
            Some(known) if Rc::ptr_eq(known, &names) || *known == names => {}
            Some(known) => {
                let known = Rc::make_mut(known);
                for (name, files) in names.iter() {
                    let there = known.entry(name).or_default();
                    for file in files {
                        if !there.contains(file) {
                            there.push(*file);
                        }
                    }
                }
            }
        }
    }
}

/// A change: `:100644 100644 <old id> <new id> M`, with a colon, a mode and an id more for each further
/// parent of a merge; then the name, or the old and the new one.
fn change<'a>(about: &'a [u8], names: &mut impl Iterator<Item = &'a [u8]>) -> Option<Change<'a>> {
    let parents = about.iter().take_while(|byte| **byte == b':').count();
    let words: Vec<&[u8]> = about[parents..].split(|byte| *byte == b' ').collect();
    let name = names.next()?;
    let status = words.last()?;
    let moved = parents == 1 && matches!(status.first(), Some(b'R' | b'C'));
    let (name, old) = if moved { (names.next()?, Some(name)) } else { (name, None) };
    Some(Change { name, old, mode: words.get(parents)?, blob: words.get(2 * parents + 1)? })
}
