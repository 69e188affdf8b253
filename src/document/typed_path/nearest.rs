//! Paths that someone may have meant who typed one that leads nowhere.

use crate::document::tree::{Event, Walk};
use crate::document::{Pair, Tree, UserStep};

/// How many are named.
const MOST: usize = 3;
/// Longer keys are not compared letter by letter.
const LONG: usize = 64;

/// `steps` leads through `tree` to `place`, where its step `number` leads nowhere.
pub(super) fn nearest(tree: &Tree, place: &Tree, steps: &[UserStep], number: usize) -> Vec<String> {
    let Some(UserStep::Key(wrong)) = steps.get(number) else { return Vec::new() };
    let mut found = Vec::new();
    if let Tree::Map(pairs) = place {
        let keys = || {
            pairs.iter().filter_map(|pair| match pair {
                Pair::Entry(key, _) => Some(key),
                Pair::Comment { .. } => None,
            })
        };
        // A key with dots that was typed without quotes.
        for end in (number + 1..steps.len()).rev() {
            let joined = joined(&steps[number..=end]);
            if keys().any(|key| *key == joined) {
                found.push(with(&steps[..number], &joined, &steps[end + 1..]));
            }
        }
        if !found.is_empty() {
            found.truncate(MOST);
            return found;
        }
        let mut close: Vec<(usize, &Vec<u8>)> =
            keys().filter_map(|key| Some((distance(wrong, key)?, key))).collect();
        close.sort();
        found.extend(close.iter().map(|(_, key)| with(&steps[..number], key, &steps[number + 1..])));
    }
    if found.is_empty()
        && let Some(UserStep::Key(last)) = steps.last()
    {
        found = elsewhere(tree, last);
    }
    found.truncate(MOST);
    found
}

/// The path with another key in it.
fn with(before: &[UserStep], key: &[u8], behind: &[UserStep]) -> String {
    let key = [UserStep::Key(key.to_vec())];
    in_dots(before.iter().chain(&key).chain(behind))
}

fn joined(steps: &[UserStep]) -> Vec<u8> {
    let words: Vec<Vec<u8>> = steps
        .iter()
        .map(|step| match step {
            UserStep::Key(key) => key.clone(),
            UserStep::Index(index) => index.to_string().into_bytes(),
        })
        .collect();
    words.join(&b'.')
}

/// Paths that end in this key.
fn elsewhere(tree: &Tree, last: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut path: Vec<UserStep> = Vec::new(); // the key or position of each collection's latest entry
    let mut lists = Vec::new();
    for event in Walk::new(tree) {
        if found.len() == MOST {
            break;
        }
        if matches!(event, Event::OpenMap | Event::OpenList | Event::Leaf(_))
            && lists.last() == Some(&true)
            && let Some(UserStep::Index(index)) = path.last_mut()
            && !matches!(event, Event::Leaf(crate::leaf::Value::Comment(_)))
        {
            *index += 1;
        }
        match event {
            Event::OpenMap => {
                lists.push(false);
                path.push(UserStep::Key(Vec::new()));
            }
            Event::OpenList => {
                lists.push(true);
                path.push(UserStep::Index(-1));
            }
            Event::Close => {
                lists.pop();
                path.pop();
            }
            Event::Key(key) => {
                if let Some(step) = path.last_mut() {
                    *step = UserStep::Key(key.to_vec());
                }
                if key == last {
                    found.push(in_dots(path.iter()));
                }
            }
            Event::Comment { .. } | Event::Leaf(_) => {}
        }
    }
    found
}

/// A path for people, in dots, with quotes around keys that need them.
fn in_dots<'s>(steps: impl Iterator<Item = &'s UserStep>) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            UserStep::Index(index) => out.push_str(&format!("[{index}]")),
            UserStep::Key(key) => {
                let key = String::from_utf8_lossy(key);
                let plain =
                    !key.is_empty() && !key.starts_with('/') && !key.contains(['.', '[', '"', '|', ' ']);
                let dot = if out.is_empty() { "" } else { "." };
                out.push_str(&if plain { format!("{dot}{key}") } else { format!("{dot}\"{key}\"") });
            }
        }
    }
    out
}

/// How many letters differ, in any case; nothing if that is more than a slip.
fn distance(wrong: &[u8], key: &[u8]) -> Option<usize> {
    if wrong.len() > LONG || key.len() > LONG {
        return None;
    }
    let (wrong, key) = (wrong.to_ascii_lowercase(), key.to_ascii_lowercase());
    let mut row: Vec<usize> = (0..=key.len()).collect();
    for (i, a) in wrong.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in key.iter().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    let distance = row[key.len()];
    let length = wrong.len().max(key.len());
    (distance <= 1 + length / 5 && distance < length).then_some(distance)
}
