//! The flattened form of a nested block: how INI and dotenv files hold the metadata (stores §8).
//!
//! A tree becomes pairs of a name and a text; names say the way (`age__list_0__map_enc`).

use std::collections::BTreeMap;

use super::tree::{Builder, Event, Walk};
use super::{Format, Pair, Tree};
use crate::leaf::Value;

/// Why flattened pairs are no tree. The words of sops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlatError {
    /// Two values for one place.
    #[error("Error while unflattening {0:?}: Duplicate value")]
    Duplicate(String),
    /// A place is a map and a list, or a value and a collection.
    #[error("Error while unflattening: Type mismatch")]
    Mismatch,
    /// The positions of a list have a gap.
    #[error("Error while unflattening: Incomplete list")]
    Incomplete,
}

/// What stands before the key of a map.
const MAP: &[u8] = b"__map_";
/// What stands before the position in a list.
const LIST: &[u8] = b"__list_";

/// The pairs of a block, depth first, in the order of the tree.
///
/// Text comes out as it is; other scalars as [`ValueRef::to_text`](crate::leaf::ValueRef::to_text)
/// has them. Empty maps and lists, and comments, leave no trace.
#[must_use]
pub fn flatten(block: &Tree) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    let mut name = Vec::new();
    // For each open collection: the length of its own name, and in a list the next position.
    let mut open: Vec<(usize, Option<usize>)> = Vec::new();
    for event in Walk::new(block) {
        if let Event::Key(key) = event {
            name.truncate(open.last().map_or(0, |collection| collection.0));
            if open.len() > 1 {
                name.extend_from_slice(MAP);
            }
            name.extend_from_slice(key);
            continue;
        }
        if matches!(event, Event::Comment { .. } | Event::Leaf(Value::Comment(_))) {
            continue;
        }
        if event_is_value(&event)
            && let Some((length, Some(position))) = open.last_mut()
        {
            name.truncate(*length);
            name.extend_from_slice(LIST);
            name.extend_from_slice(position.to_string().as_bytes());
            *position += 1;
        }
        match event {
            Event::OpenMap => open.push((name.len(), None)),
            Event::OpenList => open.push((name.len(), Some(0))),
            Event::Leaf(value) => pairs.push((name.clone(), value.as_ref().to_text().into_owned())),
            Event::Close => drop(open.pop()),
            Event::Key(_) | Event::Comment { .. } => {}
        }
    }
    pairs
}

const fn event_is_value(event: &Event<'_>) -> bool {
    matches!(event, Event::OpenMap | Event::OpenList | Event::Leaf(_))
}

/// The tree that flattened pairs stand for: maps sorted by key, all values text.
///
/// # Errors
///
/// [`FlatError`] with sops' words.
pub fn unflatten(pairs: &[(Vec<u8>, Vec<u8>)]) -> Result<Tree, FlatError> {
    let mut places = vec![Place::default()];
    for (name, text) in pairs {
        let mut at = 0;
        for step in steps(name) {
            let fresh = places.len();
            let children = &mut places[at];
            at = match step {
                NameStep::Key(key) => *children.keys.entry(key).or_insert(fresh),
                NameStep::Position(position) => *children.positions.entry(position).or_insert(fresh),
            };
            if at == fresh {
                places.push(Place::default());
            }
        }
        if places[at].value.replace(text).is_some() {
            return Err(FlatError::Duplicate(String::from_utf8_lossy(name).into_owned()));
        }
    }
    grow(&places)
}

/// A place in the tree to be: at most one of the three is filled, or it is no tree.
#[derive(Default)]
struct Place<'a> {
    value: Option<&'a [u8]>,
    /// Numbers of places.
    keys: BTreeMap<&'a [u8], usize>,
    /// Numbers of places.
    positions: BTreeMap<i64, usize>,
}

enum NameStep<'a> {
    Key(&'a [u8]),
    Position(i64),
}

/// The way that a name says. Its start is a key.
fn steps(name: &[u8]) -> Vec<NameStep<'_>> {
    let mut steps = Vec::new();
    let mut rest = name;
    let mut in_list = false;
    loop {
        let next = separator(rest);
        let piece = &rest[..next.map_or(rest.len(), |(at, _)| at)];
        steps.push(if in_list { NameStep::Position(position(piece)) } else { NameStep::Key(piece) });
        let Some((at, mark)) = next else { return steps };
        in_list = mark == LIST;
        rest = &rest[at + mark.len()..];
    }
}

/// The first separator in `text` and where it stands.
fn separator(text: &[u8]) -> Option<(usize, &'static [u8])> {
    let at = (0..text.len()).find(|&at| text[at..].starts_with(MAP) || text[at..].starts_with(LIST))?;
    Some((at, if text[at..].starts_with(MAP) { MAP } else { LIST }))
}

/// A position as Go's `strconv.Atoi` gives it if nobody looks at its error.
fn position(digits: &[u8]) -> i64 {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    let Ok(text) = std::str::from_utf8(digits) else { return 0 };
    text.parse().unwrap_or_else(|error: std::num::ParseIntError| match error.kind() {
        PosOverflow => i64::MAX,
        NegOverflow => i64::MIN,
        _ => 0,
    })
}

enum Todo<'p, 'a> {
    Place(usize),
    Entries(std::collections::btree_map::Iter<'p, &'a [u8], usize>),
    Items(std::collections::btree_map::Values<'p, i64, usize>),
}

/// The tree of all places, which the names may have made very deep.
fn grow(places: &[Place<'_>]) -> Result<Tree, FlatError> {
    let mut tree = Builder::default();
    let mut todo = vec![Todo::Place(0)];
    while let Some(next) = todo.last_mut() {
        let next_place = match next {
            Todo::Place(number) => {
                let number = *number;
                todo.pop();
                Some(number)
            }
            Todo::Entries(entries) => entries.next().map(|(key, number)| {
                tree.key(key.to_vec());
                *number
            }),
            Todo::Items(items) => items.next().copied(),
        };
        let Some(number) = next_place else {
            tree.close();
            todo.pop();
            continue;
        };
        let Place { value, keys, positions } = &places[number];
        match (value, keys.is_empty(), positions.is_empty()) {
            (Some(text), true, true) => tree.leaf(Value::Str(text.to_vec())),
            (None, _, true) => {
                tree.open_map();
                todo.push(Todo::Entries(keys.iter()));
            }
            (None, true, false) => {
                // sorted and unique, so the ends tell whether any is missing
                let first = positions.keys().next().copied();
                let last = positions.keys().next_back().copied();
                if first != Some(0) || last != i64::try_from(positions.len() - 1).ok() {
                    return Err(FlatError::Incomplete);
                }
                tree.open_list();
                todo.push(Todo::Items(positions.values()));
            }
            _ => return Err(FlatError::Mismatch),
        }
    }
    Ok(tree.finish())
}

/// The entries that hold a block in a fresh file, to be put behind the last one: `sops` with the
/// whole block, or with it flattened (INI), or `sops_…` for each pair (dotenv).
#[must_use]
pub fn entries(block: &Tree, format: Format) -> Vec<Pair> {
    let text = |name: Vec<u8>, text: Vec<u8>| Pair::Entry(name, Tree::str(text));
    let whole = |block: Tree| vec![Pair::Entry(b"sops".to_vec(), block)];
    match format {
        Format::Yaml | Format::Json | Format::Toml | Format::Binary => whole(block.clone()),
        Format::Ini => {
            let pairs = flatten(block).into_iter();
            whole(Tree::Map(pairs.map(|(name, value)| text(name, escape(&value))).collect()))
        }
        Format::Dotenv => {
            let pairs = flatten(block).into_iter();
            pairs.map(|(name, value)| text([b"sops_".as_slice(), &name].concat(), value)).collect()
        }
    }
}

/// A text with each line end as the two characters `\n`: how dotenv holds any value, and INI the
/// metadata.
#[must_use]
pub fn escape(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'\n' => escaped.extend_from_slice(b"\\n"),
            _ => escaped.push(byte),
        }
    }
    escaped
}

/// A text with each `\n` of two characters as a line end; nothing else is an escape.
#[must_use]
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let (byte, left) = match (first, after) {
            (b'\\', [b'n', left @ ..]) => (b'\n', left),
            _ => (*first, after),
        };
        plain.push(byte);
        rest = left;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_json_value;
    use crate::document::tree::same;

    fn pairs(flat: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
        flat.iter().map(|(name, text)| (name.as_bytes().to_vec(), text.as_bytes().to_vec())).collect()
    }

    #[track_caller]
    fn grows(flat: &[(&str, &str)], json: &str) {
        let tree = unflatten(&pairs(flat)).expect("a tree");
        assert!(same(&tree, &parse_json_value(json.as_bytes()).unwrap()), "{tree:?} is not {json}");
    }

    #[track_caller]
    fn fails(flat: &[(&str, &str)], words: &str) {
        assert_eq!(unflatten(&pairs(flat)).expect_err("refused").to_string(), words);
    }

    #[test] // names of stores §8
    fn a_block_there_and_back() {
        let json = r#"{"age":[{"enc":"a\nb","recipient":"r"}],
            "key_groups":[{"age":[{"enc":"x"},{"enc":"y"}]}],"mac":"m"}"#;
        let flat = pairs(&[
            ("age__list_0__map_enc", "a\nb"),
            ("age__list_0__map_recipient", "r"),
            ("key_groups__list_0__map_age__list_0__map_enc", "x"),
            ("key_groups__list_0__map_age__list_1__map_enc", "y"),
            ("mac", "m"),
        ]);
        let tree = parse_json_value(json.as_bytes()).unwrap();
        assert_eq!(flatten(&tree), flat);
        assert!(same(&unflatten(&flat).unwrap(), &tree));
    }

    #[test]
    fn scalars_become_text_and_what_is_empty_goes() {
        let tree = parse_json_value(
            br#"{"a":[],"b":{},"kms":[{"context":{"x":null}}],"mac_only_encrypted":true,"shamir_threshold":2}"#,
        )
        .unwrap();
        assert_eq!(
            flatten(&tree),
            pairs(&[
                ("kms__list_0__map_context__map_x", "<nil>"),
                ("mac_only_encrypted", "true"),
                ("shamir_threshold", "2"),
            ])
        );
        let comments = Tree::Map(vec![
            Pair::Comment { text: b"c".to_vec(), inline: false },
            Pair::Entry(
                b"l".to_vec(),
                Tree::List(vec![Tree::Leaf(Value::Comment(b"c".to_vec())), Tree::str("t")]),
            ),
        ]);
        assert_eq!(flatten(&comments), pairs(&[("l__list_0", "t")]));
    }

    #[test]
    fn the_order_of_the_pairs_is_free() {
        grows(&[("b__list_1", "y"), ("a", ""), ("b__list_0", "x")], r#"{"a":"","b":["x","y"]}"#);
        grows(&[], "{}");
    }

    #[test] // sops looks at no error of the conversion of positions
    fn odd_positions() {
        grows(&[("l__list_x", "0"), ("l__list_+1", "1")], r#"{"l":["0","1"]}"#);
        grows(&[("l__list_", "0")], r#"{"l":["0"]}"#);
        fails(
            &[("l__list_0", "0"), ("l__list_00", "0")],
            "Error while unflattening \"l__list_00\": Duplicate value",
        );
        fails(&[("l__list_99999999999999999999", "")], "Error while unflattening: Incomplete list");
        fails(
            &[("l__list_0", ""), ("l__list_9223372036854775807", "")],
            "Error while unflattening: Incomplete list",
        );
        fails(&[("l__list_-1", ""), ("l__list_0", "")], "Error while unflattening: Incomplete list");
    }

    #[test]
    fn names_are_split_wherever_a_separator_stands() {
        grows(&[("__map_", "v")], r#"{"":{"":"v"}}"#);
        grows(&[("a__list___map_b", "v")], r#"{"a":[{"b":"v"}]}"#);
        grows(&[("a___map_b_map_", "v")], r#"{"a_":{"b_map_":"v"}}"#);
    }

    #[test]
    fn pairs_that_are_no_tree() {
        fails(&[("version", "1"), ("version", "2")], "Error while unflattening \"version\": Duplicate value");
        fails(&[("a", "1"), ("a__map_b", "2")], "Error while unflattening: Type mismatch");
        fails(&[("a__list_0", "1"), ("a__map_b", "2")], "Error while unflattening: Type mismatch");
        fails(&[("a__list_1", "1")], "Error while unflattening: Incomplete list");
    }

    #[test]
    fn depth_and_length_are_no_danger() {
        let deep = "a".to_owned() + &"__map_".repeat(200_000);
        let tree = unflatten(&pairs(&[(&deep, "v")])).unwrap();
        assert_eq!(flatten(&tree), pairs(&[(&deep, "v")]));
        assert!(unflatten(&pairs(&[(&"__list_".repeat(100_000), "v")])).is_ok());
    }

    #[test]
    fn each_format_has_its_place_for_the_block() {
        let block = parse_json_value(br#"{"age":[{"enc":"a\nb"}]}"#).unwrap();
        let place = |format| Tree::Map(entries(&block, format));
        let is = |format, json: &str| {
            assert!(same(&place(format), &parse_json_value(json.as_bytes()).unwrap()), "{format:?}");
        };
        is(Format::Yaml, r#"{"sops":{"age":[{"enc":"a\nb"}]}}"#);
        is(Format::Ini, r#"{"sops":{"age__list_0__map_enc":"a\\nb"}}"#);
        is(Format::Dotenv, r#"{"sops_age__list_0__map_enc":"a\nb"}"#);
    }

    #[test]
    fn line_ends_in_two_characters() {
        assert_eq!(escape(b"a\n\\n"), b"a\\n\\n");
        assert_eq!(unescape(br"a\nb\\n\t\"), b"a\nb\\\n\\t\\");
    }
}
