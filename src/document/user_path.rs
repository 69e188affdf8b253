//! Paths that a person types, `["db"]["hosts"][0]`, and what they lead to (command line §6).

use super::tree::{Builder, Event, Walk};
use super::{EmitError, EmitStyle, Format, Pair, Tree, UserStep, dotenv, emit_value, json};
use crate::leaf::Value;

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Something stands outside of brackets.
    #[error("component {0} doesn't end with ]")]
    NotClosed(String),
    /// Neither in quotes nor a number.
    #[error("strconv.Atoi: parsing {0:?}: invalid syntax")]
    NotANumber(String),
    /// A position beyond 64 bits.
    #[error("strconv.Atoi: parsing {0:?}: value out of range")]
    NumberTooLarge(String),
    /// `[]`, `["]`: sops crashes here.
    #[error("component [{0}] is empty or has one quote only")]
    Empty(String),
}

/// Reads a path: any number of `["key"]`, `['key']` and `[position]`. There are no escapes, and
/// a key cannot hold a `[`.
///
/// # Errors
///
/// [`PathError`] with sops' words where sops has any.
pub fn parse_path(text: &str) -> Result<Vec<UserStep>, PathError> {
    text.split('[').filter(|piece| !piece.is_empty()).map(step).collect()
}

fn step(piece: &str) -> Result<UserStep, PathError> {
    let inner = piece.strip_suffix(']').ok_or_else(|| PathError::NotClosed(piece.to_owned()))?;
    if inner.is_empty() || inner == "\"" || inner == "'" {
        return Err(PathError::Empty(inner.to_owned()));
    }
    if inner.starts_with(['"', '\'']) {
        // whatever its last character is, it goes, as in sops: the quotes need not match
        let mut key = inner.as_bytes()[1..].to_vec();
        key.pop();
        return Ok(UserStep::Key(key));
    }
    let digits = inner.strip_prefix(['+', '-']).unwrap_or(inner);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PathError::NotANumber(inner.to_owned()));
    }
    inner.parse().map(UserStep::Index).map_err(|_| PathError::NumberTooLarge(inner.to_owned()))
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// A map has no such key.
    #[error("component ['{0}'] not found")]
    NotFound(String),
    /// A list or map ends before this position.
    #[error("component [{0}] accesses out of bounds")]
    OutOfBounds(i64),
    /// A position in a scalar.
    #[error("component [{0}] is integer, but tree part is not a slice")]
    NotAList(i64),
    /// A key step into a list or a scalar, or a negative position: sops crashes here.
    #[error("{0}")]
    WrongStep(String),
}

/// What a path leads to.
#[derive(Debug, Clone, Copy)]
pub enum Extracted<'a> {
    /// A part of the tree.
    Part(&'a Tree),
    /// The entry at a position in a map, key and value both.
    Pair(&'a Pair),
}

/// The part of `tree` at `path`.
///
/// # Errors
///
/// [`ExtractError`] if there is none, with sops' words where sops has any.
pub fn at<'a>(tree: &'a Tree, path: &[UserStep]) -> Result<Extracted<'a>, ExtractError> {
    let mut current = Extracted::Part(tree);
    for step in path {
        current = match (current, step) {
            (_, UserStep::Index(index)) if *index < 0 => {
                return Err(ExtractError::WrongStep(negative(*index)));
            }
            (Extracted::Part(Tree::Map(pairs)), UserStep::Key(key)) => pairs
                .iter()
                .find_map(|pair| match pair {
                    Pair::Entry(name, value) if name == key => Some(Extracted::Part(value)),
                    _ => None,
                })
                .ok_or_else(|| ExtractError::NotFound(show(step)))?,
            (Extracted::Part(Tree::Map(pairs)), UserStep::Index(index)) => {
                Extracted::Pair(nth(pairs, *index)?)
            }
            (Extracted::Part(Tree::List(items)), UserStep::Index(index)) => {
                Extracted::Part(nth(items, *index)?)
            }
            (_, UserStep::Index(index)) => return Err(ExtractError::NotAList(*index)),
            (Extracted::Part(Tree::List(_)), UserStep::Key(_)) => {
                return Err(ExtractError::WrongStep(below_list(step)));
            }
            (_, UserStep::Key(_)) => {
                let key = show(step);
                let text = format!("component ['{key}'] is a key, but tree part is not a map");
                return Err(ExtractError::WrongStep(text));
            }
        };
    }
    Ok(current)
}

fn nth<T>(items: &[T], index: i64) -> Result<&T, ExtractError> {
    let item = usize::try_from(index).ok().and_then(|at| items.get(at));
    item.ok_or(ExtractError::OutOfBounds(index))
}

/// A step as sops' messages show it where they expect a key: a position comes out in Go's way.
pub(super) fn show(step: &UserStep) -> String {
    match step {
        UserStep::Key(key) => String::from_utf8_lossy(key).into_owned(),
        UserStep::Index(index) => format!("%!s(int={index})"),
    }
}

pub(super) fn negative(index: i64) -> String {
    format!("component [{index}] is negative")
}

pub(super) fn below_list(step: &UserStep) -> String {
    format!("component ['{}'] is a key, but tree part is a list", show(step))
}

impl Extracted<'_> {
    /// The part as `--extract` prints it: see [`emit_value`]. A pair comes out as sops' inner
    /// form of it, `key: …` and `value: …` (stores §10).
    ///
    /// # Errors
    ///
    /// [`EmitError`] with sops' words where the format cannot hold the value.
    pub fn emit(&self, format: Format, style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
        match (self, format) {
            (Self::Part(tree), _) => emit_value(tree, format, style),
            (Self::Pair(pair), Format::Json) => json::emit_part(&inner_form(pair, &JSON_NAMES), style),
            (Self::Pair(pair), Format::Yaml) => {
                emit_value(&inner_form(pair, &YAML_NAMES), format, &EmitStyle { yaml_indent: 4, ..*style })
            }
            (Self::Pair(pair), Format::Toml) => emit_value(&inner_form(pair, &YAML_NAMES), format, style),
            (Self::Pair(pair), Format::Ini) => json::emit_compact(&inner_form(pair, &JSON_NAMES)),
            (Self::Pair(_), Format::Dotenv) => Err(dotenv::refuse_pair()),
            (Self::Pair(_), Format::Binary) => emit_value(&Tree::List(Vec::new()), format, style),
        }
    }
}

/// What the fields of sops' inner structures are called.
struct Names {
    key: &'static [u8],
    value: &'static [u8],
    comment_text: &'static [u8],
    inline: &'static [u8],
}

const JSON_NAMES: Names = Names { key: b"Key", value: b"Value", comment_text: b"Value", inline: b"Inline" };
const YAML_NAMES: Names = Names { key: b"key", value: b"value", comment_text: b"value", inline: b"inline" };

/// A list as Go's JSON shows it: the maps in it are lists of pairs.
pub(super) fn go_form(list: &Tree) -> Tree {
    let pair = Pair::Entry(Vec::new(), list.clone());
    match inner_form(&pair, &JSON_NAMES) {
        Tree::Map(ref mut pairs) => match pairs.pop() {
            Some(Pair::Entry(_, value)) => value,
            _ => Tree::List(Vec::new()),
        },
        other => other,
    }
}

/// A pair as a map of its key and value; maps below it are lists of such maps.
fn inner_form(pair: &Pair, names: &Names) -> Tree {
    let mut out = Builder::default();
    match pair {
        Pair::Comment { text, inline } => comment_pair(text, *inline, names, &mut out),
        Pair::Entry(key, value) => {
            out.open_map();
            entry(key, names, &mut out);
            let mut open = Vec::new(); // for each open collection: whether it is a map
            for event in Walk::new(value) {
                match event {
                    Event::OpenMap | Event::OpenList => {
                        open.push(matches!(event, Event::OpenMap));
                        out.open_list();
                        continue;
                    }
                    Event::Key(key) => {
                        out.open_map();
                        entry(key, names, &mut out);
                        continue;
                    }
                    Event::Comment { text, inline } => {
                        comment_pair(text, inline, names, &mut out);
                        continue;
                    }
                    Event::Leaf(Value::Comment(text)) => comment(text, false, names, &mut out),
                    Event::Leaf(value) => out.leaf(value.clone()),
                    Event::Close => {
                        open.pop();
                        out.close();
                    }
                }
                if open.last() == Some(&true) {
                    out.close(); // the pair whose value has ended
                }
            }
        }
    }
    out.finish()
}

fn entry(key: &[u8], names: &Names, out: &mut Builder) {
    out.key(names.key.to_vec());
    out.leaf(Value::Str(key.to_vec()));
    out.key(names.value.to_vec());
}

fn comment_pair(text: &[u8], inline: bool, names: &Names, out: &mut Builder) {
    out.open_map();
    out.key(names.key.to_vec());
    comment(text, inline, names, out);
    out.key(names.value.to_vec());
    out.leaf(Value::Null);
    out.close();
}

fn comment(text: &[u8], inline: bool, names: &Names, out: &mut Builder) {
    out.open_map();
    out.key(names.comment_text.to_vec());
    out.leaf(Value::Str(text.to_vec()));
    out.key(names.inline.to_vec());
    out.leaf(Value::Bool(inline));
    out.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_json_value;

    fn key(key: &str) -> UserStep {
        UserStep::Key(key.into())
    }

    #[test] // command line §6, the table of inputs
    fn paths_as_sops_reads_them() {
        let reads = |text: &str, steps: &[UserStep]| assert_eq!(parse_path(text).unwrap(), steps, "{text}");
        reads(r#"["a"]['b'][0]"#, &[key("a"), key("b"), UserStep::Index(0)]);
        reads(r#"["a" "b"]"#, &[key(r#"a" "b"#)]);
        reads(r#"["q"x"]"#, &[key(r#"q"x"#)]);
        reads(r#"["mis']"#, &[key("mis")]);
        reads(r#"[""]"#, &[key("")]);
        reads(r#"["]"]"#, &[key("]")]);
        reads("[+1][-2][007]", &[UserStep::Index(1), UserStep::Index(-2), UserStep::Index(7)]);
        reads("", &[]);
        reads("[", &[]);
        reads("[[0]", &[UserStep::Index(0)]);
    }

    #[test]
    fn what_is_no_path() {
        let says = |text: &str| parse_path(text).unwrap_err().to_string();
        assert_eq!(says("abc"), "component abc doesn't end with ]");
        assert_eq!(says(r#"["a"].b"#), r#"component "a"].b doesn't end with ]"#);
        assert_eq!(says(r#"["a"] ["b"]"#), r#"component "a"]  doesn't end with ]"#);
        assert_eq!(says("[m]"), r#"strconv.Atoi: parsing "m": invalid syntax"#);
        for text in ["[1.5]", "[ 0]", "[+]", "[0x1]", "[1_0]"] {
            assert!(says(text).ends_with("invalid syntax"), "{text}");
        }
        assert_eq!(
            says("[9223372036854775808]"),
            r#"strconv.Atoi: parsing "9223372036854775808": value out of range"#
        );
        for text in ["[]", r#"["]"#, "[']"] {
            assert!(matches!(parse_path(text), Err(PathError::Empty(_))), "{text}");
        }
    }

    fn document() -> Tree {
        parse_json_value(br#"{"m":{"b":1,"c":{"d":[1,{"x":null}]}},"l":[{"k":"v"}],"n":1.5,"m":2}"#).unwrap()
    }

    #[track_caller]
    fn prints(path: &str, expected: &str) {
        let tree = document();
        let found = at(&tree, &parse_path(path).unwrap()).unwrap();
        let printed = found.emit(Format::Json, &EmitStyle::default()).unwrap();
        assert_eq!(String::from_utf8(printed).unwrap(), expected);
    }

    #[test] // `sops decrypt --extract` of 3.13.2 on the same document
    fn parts_and_pairs() {
        prints(r#"["m"]["b"]"#, "1");
        prints(r#"["l"][0]["k"]"#, "v");
        prints(r#"["l"]"#, "[\n\t{\n\t\t\"k\": \"v\"\n\t}\n]");
        prints(r#"["l"][0]"#, "{\n\t\"k\": \"v\"\n}\n");
        prints(r#"["l"][0][0]"#, "{\n\t\"Key\": \"k\",\n\t\"Value\": \"v\"\n}");
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/json/pair-in-a-map.json");
        prints(r#"["m"][1]"#, std::fs::read_to_string(file).unwrap().trim_end());
    }

    #[test]
    fn comments_are_pairs_and_items_too() {
        let tree = Tree::Map(vec![
            Pair::Comment { text: b" c".to_vec(), inline: true },
            Pair::Entry(b"k".to_vec(), Tree::Map(vec![Pair::Comment { text: b"x".to_vec(), inline: false }])),
        ]);
        let printed = |index| {
            let found = at(&tree, &[UserStep::Index(index)]).unwrap();
            String::from_utf8(found.emit(Format::Json, &EmitStyle::default()).unwrap()).unwrap()
        };
        assert_eq!(
            printed(0),
            "{\n\t\"Key\": {\n\t\t\"Value\": \" c\",\n\t\t\"Inline\": true\n\t},\n\t\"Value\": null\n}"
        );
        assert!(printed(1).contains("\"Value\": [\n\t\t{\n\t\t\t\"Key\": {\n\t\t\t\t\"Value\": \"x\""));
    }

    #[test]
    fn paths_that_lead_nowhere() {
        let says = |path: &str| at(&document(), &parse_path(path).unwrap()).unwrap_err().to_string();
        assert_eq!(says(r#"["zz"]"#), "component ['zz'] not found");
        assert_eq!(says("[9]"), "component [9] accesses out of bounds");
        assert_eq!(says(r#"["l"][1]"#), "component [1] accesses out of bounds");
        assert_eq!(says(r#"["n"][0]"#), "component [0] is integer, but tree part is not a slice");
        assert_eq!(says("[0][0]"), "component [0] is integer, but tree part is not a slice");
        assert_eq!(says("[-1]"), "component [-1] is negative");
        assert_eq!(says(r#"["l"]["k"]"#), "component ['k'] is a key, but tree part is a list");
        assert_eq!(says(r#"["n"]["k"]"#), "component ['k'] is a key, but tree part is not a map");
    }
}
