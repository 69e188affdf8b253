//! `set` and `unset` on the nested view: the meaning that a change of the text is held to.

use super::{ChangeError, Document, Pair, Tree, UserStep};
use crate::leaf::{Value, ValueRef};
use std::collections::HashSet;

/// The value that `path` leads to when nothing is there yet: maps for keys, lists of one item
/// for positions.
pub(super) fn from_path(path: &[UserStep], value: &Tree) -> Tree {
    path.iter().rev().fold(value.clone(), |below, step| match step {
        UserStep::Key(key) => Tree::Map(vec![Pair::Entry(key.clone(), below)]),
        UserStep::Index(_) => Tree::List(vec![below]),
    })
}

/// Sets the value at `path` as sops' `set` does (command line §6): missing keys are made, a
/// position past the end appends, a scalar with more path to go is replaced.
///
/// # Errors
///
/// [`ChangeError::WrongStep`] where sops crashes: a key on a list, a negative position, an
/// empty path.
pub(super) fn set(tree: &mut Tree, path: &[UserStep], value: &Tree) -> Result<(), ChangeError> {
    let mut at = tree;
    let mut rest = path;
    if path.is_empty() {
        return Err(ChangeError::WrongStep("the path is empty".to_owned()));
    }
    loop {
        let Some((step, deeper)) = rest.split_first() else {
            *at = value.clone();
            return Ok(());
        };
        at = match at {
            Tree::Map(pairs) => {
                let UserStep::Key(key) = step else {
                    // A position on a map changes nothing, as in sops.
                    return Ok(());
                };
                let found = pairs.iter().position(|pair| matches!(pair, Pair::Entry(name, _) if name == key));
                let Some(found) = found else {
                    pairs.push(Pair::Entry(key.clone(), from_path(deeper, value)));
                    return Ok(());
                };
                match &mut pairs[found] {
                    Pair::Entry(_, below) => below,
                    Pair::Comment { .. } => return Ok(()),
                }
            }
            Tree::List(items) => {
                let index = position(step)?;
                if index >= items.len() {
                    items.push(from_path(deeper, value));
                    return Ok(());
                }
                &mut items[index]
            }
            Tree::Leaf(_) => {
                *at = from_path(rest, value);
                return Ok(());
            }
        };
        rest = deeper;
    }
}

/// Removes what is at `path` as sops' `unset` does.
///
/// # Errors
///
/// [`ChangeError`] if there is nothing at the path.
pub(super) fn unset(tree: &mut Tree, path: &[UserStep]) -> Result<(), ChangeError> {
    let Some((last, parents)) = path.split_last() else {
        return Err(ChangeError::WrongStep("the path is empty".to_owned()));
    };
    let mut at = tree;
    for step in parents {
        let index = find(at, step)?;
        at = match at {
            Tree::Map(pairs) => match &mut pairs[index] {
                Pair::Entry(_, below) => below,
                Pair::Comment { .. } => return Ok(()),
            },
            Tree::List(items) => &mut items[index],
            Tree::Leaf(_) => return Ok(()),
        };
    }
    let index = find(at, last)?;
    match at {
        Tree::Map(pairs) => drop(pairs.remove(index)),
        Tree::List(items) => drop(items.remove(index)),
        Tree::Leaf(_) => {}
    }
    Ok(())
}

fn find(tree: &Tree, step: &UserStep) -> Result<usize, ChangeError> {
    let name = match step {
        UserStep::Key(key) => String::from_utf8_lossy(key).into_owned(),
        UserStep::Index(index) => index.to_string(),
    };
    match (tree, step) {
        (Tree::Map(pairs), UserStep::Key(key)) => pairs
            .iter()
            .position(|pair| matches!(pair, Pair::Entry(found, _) if found == key))
            .ok_or(ChangeError::KeyNotFound(name)),
        (Tree::Map(_), UserStep::Index(_)) => Err(ChangeError::KeyNotFound(name)),
        (Tree::List(items), _) => {
            let index = position(step)?;
            if index < items.len() {
                Ok(index)
            } else {
                Err(ChangeError::IndexOutOfBounds(i64::try_from(index).unwrap_or(i64::MAX)))
            }
        }
        (Tree::Leaf(value), _) => {
            let kind = match value.as_ref() {
                ValueRef::Null => "<nil>",
                ValueRef::Bool(_) => "bool",
                ValueRef::Int(_) => "int",
                ValueRef::Float(_) | ValueRef::BigInt(_) => "float64",
                ValueRef::Time(_) => "time.Time",
                ValueRef::Str(_) | ValueRef::Comment(_) => "string",
            };
            Err(ChangeError::NotACollection { kind: kind.to_owned(), item: name })
        }
    }
}

fn position(step: &UserStep) -> Result<usize, ChangeError> {
    match step {
        UserStep::Index(index) => usize::try_from(*index).map_err(|_| {
            ChangeError::WrongStep(format!("position {index} is negative; positions count from 0"))
        }),
        UserStep::Key(key) => Err(ChangeError::WrongStep(format!(
            "key '{}' leads into a list; a list takes positions such as [0]",
            String::from_utf8_lossy(key)
        ))),
    }
}

/// Carries out YAML's merge keys: the entries of the maps under `<<` take its place, as far as
/// the map has no key of that name itself. For output in formats that know no merging; sops
/// leaves a key `<<` there, which nobody reads as a merge (wishes §4.2, V10).
pub fn merge(tree: &mut Tree) {
    let mut todo = vec![tree];
    while let Some(tree) = todo.pop() {
        match tree {
            Tree::Map(pairs) => {
                merge_into(pairs);
                todo.extend(pairs.iter_mut().filter_map(|pair| match pair {
                    Pair::Entry(_, value) => Some(value),
                    Pair::Comment { .. } => None,
                }));
            }
            Tree::List(items) => todo.extend(items),
            Tree::Leaf(_) => {}
        }
    }
}

fn merge_into(pairs: &mut Vec<Pair>) {
    let mergeable = |value: &Tree| match value {
        Tree::Map(_) => true,
        Tree::List(items) => items.iter().all(|item| matches!(item, Tree::Map(_))),
        Tree::Leaf(_) => false,
    };
    while let Some(at) = pairs
        .iter()
        .position(|pair| matches!(pair, Pair::Entry(key, value) if key == b"<<" && mergeable(value)))
    {
        let mut seen: HashSet<Vec<u8>> = pairs.iter().filter_map(key_of).map(<[u8]>::to_vec).collect();
        // A merged map may have a merge key of its own; it comes in turn.
        seen.remove(b"<<".as_slice());
        let mut merged = Vec::new();
        if let Pair::Entry(_, value) = &mut pairs[at] {
            let maps = match value {
                Tree::List(items) => items.iter_mut().collect(),
                map => vec![map],
            };
            for map in maps {
                let Tree::Map(entries) = map else { continue };
                for pair in std::mem::take(entries) {
                    if key_of(&pair).is_some_and(|key| key == b"<<" || seen.insert(key.to_vec())) {
                        merged.push(pair);
                    }
                }
            }
        }
        pairs.splice(at..=at, merged);
    }
}

fn key_of(pair: &Pair) -> Option<&[u8]> {
    match pair {
        Pair::Entry(key, _) => Some(key),
        Pair::Comment { .. } => None,
    }
}

/// Whether it is a map or list without anything in it.
pub(super) fn is_empty(tree: &Tree) -> bool {
    match tree {
        Tree::Map(pairs) => pairs.is_empty(),
        Tree::List(items) => items.is_empty(),
        Tree::Leaf(_) => false,
    }
}

/// A key that a map within `tree` has twice.
pub(super) fn repeated_key(tree: &Tree) -> Option<&[u8]> {
    let mut todo = vec![tree];
    while let Some(tree) = todo.pop() {
        match tree {
            Tree::Map(pairs) => {
                let mut seen = HashSet::new();
                for pair in pairs {
                    let Pair::Entry(key, value) = pair else { continue };
                    if !seen.insert(key.as_slice()) {
                        return Some(key);
                    }
                    todo.push(value);
                }
            }
            Tree::List(items) => todo.extend(items),
            Tree::Leaf(_) => {}
        }
    }
    None
}

/// Takes the comments out of lists, so that positions count values. (In YAML they count comments too,
/// as in sops.)
pub fn without_list_comments(tree: &mut Tree) {
    let mut todo = vec![tree];
    while let Some(tree) = todo.pop() {
        match tree {
            Tree::Map(pairs) => todo.extend(pairs.iter_mut().filter_map(|pair| match pair {
                Pair::Entry(_, value) => Some(value),
                Pair::Comment { .. } => None,
            })),
            Tree::List(items) => {
                items.retain(|item| !matches!(item, Tree::Leaf(Value::Comment(_))));
                todo.extend(items);
            }
            Tree::Leaf(_) => {}
        }
    }
}

/// What a document says, part by part, without its comments.
pub(super) fn values(document: &Document) -> Vec<Tree> {
    let mut trees = document.trees(&mut |leaf| document.value(leaf).to_owned());
    trees.iter_mut().for_each(strip_comments);
    trees
}

/// Takes all comments out.
fn strip_comments(tree: &mut Tree) {
    let mut todo = vec![tree];
    while let Some(tree) = todo.pop() {
        match tree {
            Tree::Map(pairs) => {
                pairs.retain(|pair| matches!(pair, Pair::Entry(..)));
                todo.extend(pairs.iter_mut().filter_map(|pair| match pair {
                    Pair::Entry(_, value) => Some(value),
                    Pair::Comment { .. } => None,
                }));
            }
            Tree::List(items) => {
                items.retain(|item| !matches!(item, Tree::Leaf(Value::Comment(_))));
                todo.extend(items);
            }
            Tree::Leaf(_) => {}
        }
    }
}

/// Whether two documents say the same, keys and their order included.
pub(super) fn same_values(a: &[Tree], b: &[Tree]) -> bool {
    let mut todo: Vec<(&Tree, &Tree)> = a.iter().zip(b).collect();
    if a.len() != b.len() {
        return false;
    }
    while let Some(pair) = todo.pop() {
        match pair {
            (Tree::Map(a), Tree::Map(b)) if a.len() == b.len() => {
                for pair in a.iter().zip(b) {
                    match pair {
                        (Pair::Entry(ka, va), Pair::Entry(kb, vb)) if ka == kb => todo.push((va, vb)),
                        _ => return false,
                    }
                }
            }
            (Tree::List(a), Tree::List(b)) if a.len() == b.len() => todo.extend(a.iter().zip(b)),
            (Tree::Leaf(a), Tree::Leaf(b)) if same(a.as_ref(), b.as_ref()) => {}
            _ => return false,
        }
    }
    true
}

/// Numbers are compared by what they stand for: `set` gives a float where the text that is
/// written for it (`3`) reads as an integer, in sops too.
fn same(a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    #[allow(clippy::cast_precision_loss)] // both sides take the same road
    let number = |value: ValueRef<'_>| match value {
        ValueRef::Int(i) => Some(i as f64),
        ValueRef::Float(f) => Some(f),
        ValueRef::BigInt(digits) => digits.parse().ok(),
        _ => None,
    };
    match (a, b) {
        (ValueRef::Null, ValueRef::Null) => true,
        (ValueRef::Bool(a), ValueRef::Bool(b)) => a == b,
        (ValueRef::Str(a), ValueRef::Str(b)) | (ValueRef::Comment(a), ValueRef::Comment(b)) => a == b,
        (ValueRef::Time(a), ValueRef::Time(b)) => a == b,
        (ValueRef::Int(a), ValueRef::Int(b)) => a == b,
        (a, b) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b || a.is_nan() && b.is_nan(),
            _ => false,
        },
    }
}
