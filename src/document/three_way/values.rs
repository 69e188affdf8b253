//! What two trees made of one: which changes go where, and what both changed.

use super::super::{Pair, Tree, UserStep};
use super::lists;
use crate::leaf::{Value, ValueRef};
use std::collections::HashMap;

/// One change of a tree.
#[derive(Debug)]
pub(super) enum Change {
    Set(Vec<UserStep>, Tree),
    Unset(Vec<UserStep>),
}

/// The changes that make one tree of two.
#[derive(Default)]
pub(super) struct Merged {
    /// What they changed: to be made in our tree.
    pub(super) theirs: Vec<Change>,
    /// What we changed: to be made in theirs.
    pub(super) ours: Vec<Change>,
    /// What both changed in different ways.
    pub(super) conflicts: Vec<Conflict>,
}

/// A value that both changed in different ways, or that only one of them removed.
pub(super) struct Conflict {
    /// Empty for a whole file.
    pub(super) path: Vec<UserStep>,
    base: Option<Tree>,
    theirs: Option<Tree>,
    /// Whether ours has it.
    in_ours: bool,
}

/// Whose value is to stand in place of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Theirs,
    Base,
}

impl Conflict {
    pub(super) const fn whole() -> Self {
        Self { path: Vec::new(), base: None, theirs: None, in_ours: true }
    }

    /// What makes of our text that of a side; nothing if that is no change of a value.
    pub(super) fn decided(&self, side: Side) -> Option<Change> {
        let value = match side {
            Side::Theirs => &self.theirs,
            Side::Base => &self.base,
        };
        match value {
            Some(value) => Some(Change::Set(self.path.clone(), value.clone())),
            None => self.in_ours.then(|| Change::Unset(self.path.clone())),
        }
    }
}

/// A step and the number of the path that it goes on from.
type Steps = Vec<(usize, UserStep)>;

/// A value on the three sides, where it is there.
struct Triple<'a> {
    path: usize,
    base: Option<&'a Tree>,
    ours: Option<&'a Tree>,
    theirs: Option<&'a Tree>,
}

/// Compares three trees from the top down. Maps are compared key by key, lists of the same length item by
/// item; other values only as a whole.
pub(super) fn merge(base: &Tree, ours: &Tree, theirs: &Tree) -> Merged {
    let mut merged = Merged::default();
    let mut steps: Steps = vec![(0, UserStep::Index(0))];
    let top = Triple { path: 0, base: Some(base), ours: Some(ours), theirs: Some(theirs) };
    let mut open = vec![top];
    while let Some(triple) = open.pop() {
        if let Some(below) = descend(&triple, &mut steps) {
            open.extend(below);
            continue;
        }
        let Triple { path, base, ours, theirs } = triple;
        let change = |to: Option<&Tree>| match to {
            Some(value) => Change::Set(whole(&steps, path), value.clone()),
            None => Change::Unset(whole(&steps, path)),
        };
        if same_or_none(ours, theirs) {
            continue;
        } else if same_or_none(base, theirs) {
            merged.ours.push(change(ours));
        } else if same_or_none(base, ours) {
            merged.theirs.push(change(theirs));
        } else if let (Some(Tree::List(base)), Some(Tree::List(ours)), Some(Tree::List(theirs))) =
            (base, ours, theirs)
            && let Some(list) = lists::merge(base, ours, theirs)
        {
            merged.ours.push(change(Some(&Tree::List(list.clone()))));
            merged.theirs.push(change(Some(&Tree::List(list))));
        } else {
            merged.conflicts.push(Conflict {
                path: whole(&steps, path),
                base: base.cloned(),
                theirs: theirs.cloned(),
                in_ours: ours.is_some(),
            });
        }
    }
    // The last was looked at first.
    merged.theirs.reverse();
    merged.ours.reverse();
    merged.conflicts.reverse();
    merged
}

/// What is below a value, if it can be compared part by part.
fn descend<'a>(triple: &Triple<'a>, steps: &mut Steps) -> Option<Vec<Triple<'a>>> {
    let mut below = |step, base, ours, theirs| {
        steps.push((triple.path, step));
        Triple { path: steps.len() - 1, base, ours, theirs }
    };
    match (triple.base, triple.ours?, triple.theirs?) {
        (base, Tree::Map(ours), Tree::Map(theirs)) => {
            let base = match base {
                Some(Tree::Map(pairs)) => Entries::of(pairs)?,
                _ => Entries::default(),
            };
            let (ours, theirs) = (Entries::of(ours)?, Entries::of(theirs)?);
            let only = |of: &Entries<'a>, than: &[&Entries<'a>]| {
                let new = |key: &&'a [u8]| than.iter().all(|other| !other.by_key.contains_key(*key));
                of.order.iter().copied().filter(new).collect::<Vec<_>>()
            };
            let keys = [only(&base, &[]), only(&ours, &[&base]), only(&theirs, &[&base, &ours])].concat();
            let get = |of: &Entries<'a>, key: &[u8]| of.by_key.get(key).copied();
            Some(
                keys.into_iter()
                    .map(|key| {
                        let step = UserStep::Key(key.to_vec());
                        below(step, get(&base, key), get(&ours, key), get(&theirs, key))
                    })
                    .collect(),
            )
        }
        (Some(Tree::List(base)), Tree::List(ours), Tree::List(theirs)) => {
            // Comments are items too, so positions would not be those of `set`.
            let plain = |items: &[Tree]| items.iter().all(|item| !is_comment(item));
            let equal = base.len() == ours.len() && base.len() == theirs.len();
            if !equal || !plain(base) || !plain(ours) || !plain(theirs) {
                return None;
            }
            let triples = base.iter().zip(ours).zip(theirs).enumerate();
            Some(
                triples
                    .map(|(index, ((base, ours), theirs))| {
                        let step = UserStep::Index(i64::try_from(index).unwrap_or(i64::MAX));
                        below(step, Some(base), Some(ours), Some(theirs))
                    })
                    .collect(),
            )
        }
        _ => None,
    }
}

fn is_comment(tree: &Tree) -> bool {
    matches!(tree, Tree::Leaf(Value::Comment(_)))
}

/// The entries of a map by their keys.
#[derive(Default)]
struct Entries<'a> {
    order: Vec<&'a [u8]>,
    by_key: HashMap<&'a [u8], &'a Tree>,
}

impl<'a> Entries<'a> {
    /// Nothing if a key is there twice: there is no telling which one is meant. But an empty map beside
    /// another one says nothing: INI's section of keys before any header is always there.
    fn of(pairs: &'a [Pair]) -> Option<Self> {
        let mut entries = Self::default();
        for pair in pairs {
            if let Pair::Entry(key, value) = pair {
                let is_empty = |tree: &Tree| matches!(tree, Tree::Map(pairs) if pairs.is_empty());
                match entries.by_key.get(key.as_slice()) {
                    None => {
                        entries.order.push(key);
                        entries.by_key.insert(key, value);
                    }
                    Some(_) if is_empty(value) => {}
                    Some(other) if is_empty(other) => {
                        entries.by_key.insert(key, value);
                    }
                    Some(_) => return None,
                }
            }
        }
        Some(entries)
    }
}

fn whole(steps: &Steps, mut at: usize) -> Vec<UserStep> {
    let mut path = Vec::new();
    while at > 0 {
        path.push(steps[at].1.clone());
        at = steps[at].0;
    }
    path.reverse();
    path
}

/// Whether two lists have the same changes, in whatever order.
pub(super) fn same_changes(a: &[Change], b: &[Change]) -> bool {
    let by_path = |changes: &'_ [Change]| -> HashMap<String, usize> {
        let path = |change: &Change| match change {
            Change::Set(path, _) | Change::Unset(path) => format!("{path:?}"),
        };
        changes.iter().enumerate().map(|(index, change)| (path(change), index)).collect()
    };
    let (in_a, in_b) = (by_path(a), by_path(b));
    in_a.len() == in_b.len()
        && in_a.iter().all(|(path, &index)| match (&a[index], in_b.get(path).map(|&index| &b[index])) {
            (Change::Set(_, a), Some(Change::Set(_, b))) => same(a, b),
            (Change::Unset(_), Some(Change::Unset(_))) => true,
            _ => false,
        })
}

fn same_or_none(a: Option<&Tree>, b: Option<&Tree>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => same(a, b),
        _ => false,
    }
}

/// Whether two items of lists are the same; comments are items too.
pub(super) fn same_item(a: &Tree, b: &Tree) -> bool {
    match (a, b) {
        (Tree::Leaf(Value::Comment(a)), Tree::Leaf(Value::Comment(b))) => a == b,
        _ => same(a, b),
    }
}

/// Whether two trees have the same values, whatever the order of keys. Comments do not count.
fn same(a: &Tree, b: &Tree) -> bool {
    let mut open = vec![(a, b)];
    while let Some(pair) = open.pop() {
        match pair {
            (Tree::Map(a), Tree::Map(b)) => {
                let (a, b) = (sorted(a), sorted(b));
                if a.len() != b.len() || a.iter().zip(&b).any(|((a, _), (b, _))| a != b) {
                    return false;
                }
                open.extend(a.into_iter().zip(b).map(|((_, a), (_, b))| (a, b)));
            }
            (Tree::List(a), Tree::List(b)) => {
                let items = |list: &'_ [Tree]| list.iter().filter(|item| !is_comment(item)).count();
                if items(a) != items(b) {
                    return false;
                }
                let (a, b) = (a.iter().filter(|item| !is_comment(item)), b.iter());
                open.extend(a.zip(b.filter(|item| !is_comment(item))));
            }
            (Tree::Leaf(a), Tree::Leaf(b)) if same_value(a.as_ref(), b.as_ref()) => {}
            _ => return false,
        }
    }
    true
}

fn sorted(pairs: &[Pair]) -> Vec<(&[u8], &Tree)> {
    let entries = pairs.iter().filter_map(|pair| match pair {
        Pair::Entry(key, value) => Some((key.as_slice(), value)),
        Pair::Comment { .. } => None,
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

#[allow(clippy::float_cmp)] // the same number or not
fn same_value(a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    match (a, b) {
        (ValueRef::Null, ValueRef::Null) => true,
        (ValueRef::Bool(a), ValueRef::Bool(b)) => a == b,
        (ValueRef::Int(a), ValueRef::Int(b)) => a == b,
        (ValueRef::Float(a), ValueRef::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (ValueRef::BigInt(a), ValueRef::BigInt(b)) | (ValueRef::Time(a), ValueRef::Time(b)) => a == b,
        (ValueRef::Str(a), ValueRef::Str(b)) => a == b,
        _ => false,
    }
}
