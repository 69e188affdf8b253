//! Paths as people type them for `get`, `render` and `generate`: in dots, as a JSON pointer, or in
//! the brackets of sops.
//!
//! | first character | form | example |
//! |---|---|---|
//! | `[` | brackets ([`parse_path`](super::parse_path)) | `["db"]["hosts"][0]` |
//! | `/` | JSON pointer (RFC 6901) | `/db/hosts/0` |
//! | else | dots | `db.hosts.0`, `db.hosts[0]`, `tls."ca.pem"` |
//!
//! A lone `.` is the whole document. In dots and pointers a number is a position in a list and a key
//! in a map: the document decides. Positions count values; comments in a list are passed over.

mod nearest;

use super::user_path::{PathError, show};
use super::{Pair, Tree, UserStep, parse_path};
use crate::leaf::Value;

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypedPathError {
    /// In the brackets of sops.
    #[error(transparent)]
    Brackets(#[from] PathError),
    /// Nothing was typed.
    #[error("the path is empty; a lone dot is the whole document")]
    Empty,
    /// Two dots follow each other, or one stands at an end.
    #[error("an empty key at character {0}; one that is meant is written \"\"")]
    EmptyKey(usize),
    /// A quoted key does not end.
    #[error("the quote at character {0} is not closed")]
    OpenQuote(usize),
    /// A bracket does not end.
    #[error("the bracket at character {0} is not closed")]
    OpenBracket(usize),
    /// Something stands right behind a quote or a bracket.
    #[error("a dot or a bracket is missing at character {0}")]
    NoDot(usize),
    /// `~` in a pointer that is neither `~0` nor `~1`.
    #[error("~ stands for itself as ~0 and for a slash as ~1 in a JSON pointer")]
    Tilde,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TypedStep {
    /// Surely a key, or surely a position.
    Sure(UserStep),
    /// A key, or a position if it is a number and the document has a list there.
    Word(String),
}

/// A path in any form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPath(Vec<TypedStep>);

/// That there is nothing at a path. Names keys, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Missing {
    why: String,
    /// Paths that may be meant, at most three, in dots where that is possible.
    pub nearest: Vec<String>,
}

impl TypedPath {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// [`TypedPathError`].
    pub fn parse(text: &str) -> Result<Self, TypedPathError> {
        match text.as_bytes().first() {
            None => Err(TypedPathError::Empty),
            Some(b'[') => Ok(Self(parse_path(text)?.into_iter().map(TypedStep::Sure).collect())),
            Some(b'/') => pointer(text).map(Self),
            Some(_) if text == "." => Ok(Self(Vec::new())),
            Some(_) => dots(text).map(Self),
        }
    }

    /// The steps, as they are meant in this document. Where it ends before the path does, what could be
    /// a position is a key.
    #[must_use]
    pub fn steps_in(&self, tree: Option<&Tree>) -> Vec<UserStep> {
        let mut place = tree;
        let steps = self.0.iter().map(|step| {
            let step = meant(step, place);
            place = place.and_then(|place| below(place, &step));
            step
        });
        steps.collect()
    }

    /// What is there.
    ///
    /// # Errors
    ///
    /// [`Missing`], with what may be meant.
    pub fn find<'t>(&self, tree: &'t Tree) -> Result<&'t Tree, Missing> {
        let mut place = tree;
        for (number, step) in self.0.iter().enumerate() {
            let step = meant(step, Some(place));
            place = below(place, &step).ok_or_else(|| Missing {
                why: why(place, &step),
                nearest: nearest::nearest(tree, place, &self.steps_in(Some(tree)), number),
            })?;
        }
        Ok(place)
    }

    /// The keys and positions as words, from the top.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let words = self.0.iter().map(|step| match step {
            TypedStep::Word(word) => word.clone(),
            TypedStep::Sure(UserStep::Index(index)) => index.to_string(),
            TypedStep::Sure(step) => show(step),
        });
        words.collect()
    }
}

fn meant(step: &TypedStep, place: Option<&Tree>) -> UserStep {
    match (step, place) {
        (TypedStep::Sure(step), _) => step.clone(),
        (TypedStep::Word(word), Some(Tree::List(_))) if is_position(word) => {
            word.parse().map_or_else(|_| UserStep::Key(word.clone().into()), UserStep::Index)
        }
        (TypedStep::Word(word), _) => UserStep::Key(word.clone().into()),
    }
}

fn is_position(word: &str) -> bool {
    word == "0" || !word.starts_with('0') && !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

fn below<'t>(place: &'t Tree, step: &UserStep) -> Option<&'t Tree> {
    match (place, step) {
        (Tree::Map(pairs), UserStep::Key(key)) => pairs.iter().find_map(|pair| match pair {
            Pair::Entry(name, value) if name == key => Some(value),
            _ => None,
        }),
        (Tree::List(items), UserStep::Index(index)) => values(items).nth(usize::try_from(*index).ok()?),
        _ => None,
    }
}

fn values(items: &[Tree]) -> impl Iterator<Item = &Tree> {
    items.iter().filter(|item| !matches!(item, Tree::Leaf(Value::Comment(_))))
}

/// Why there is nothing at this step. The words are those of `--extract` where it has any.
fn why(place: &Tree, step: &UserStep) -> String {
    let name = show(step);
    match (place, step) {
        (Tree::Map(_), UserStep::Key(_)) => format!("component ['{name}'] not found"),
        (Tree::List(items), UserStep::Index(index)) => {
            let count = values(items).count();
            format!("component [{index}] accesses out of bounds: the list has {count}")
        }
        (Tree::List(_), UserStep::Key(_)) => {
            format!("component ['{name}'] is a key, but there is a list; its values are numbered from 0")
        }
        (Tree::Map(_), UserStep::Index(index)) => {
            format!("component [{index}] is a position, but there is a map; name the key")
        }
        (Tree::Leaf(_), _) => {
            let shown =
                if let UserStep::Index(index) = step { index.to_string() } else { format!("'{name}'") };
            format!("component [{shown}] leads below a single value")
        }
    }
}

fn pointer(text: &str) -> Result<Vec<TypedStep>, TypedPathError> {
    let pieces = text.split('/').skip(1).map(|piece| {
        let mut word = String::with_capacity(piece.len());
        let mut letters = piece.chars();
        while let Some(letter) = letters.next() {
            word.push(match letter {
                '~' => match letters.next() {
                    Some('0') => '~',
                    Some('1') => '/',
                    _ => return Err(TypedPathError::Tilde),
                },
                letter => letter,
            });
        }
        Ok(TypedStep::Word(word))
    });
    pieces.collect()
}

fn dots(text: &str) -> Result<Vec<TypedStep>, TypedPathError> {
    let at = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        // A key, bare or in quotes.
        if rest.starts_with('"') {
            let end = rest[1..].find('"').ok_or_else(|| TypedPathError::OpenQuote(at(rest)))?;
            steps.push(TypedStep::Sure(UserStep::Key(rest[1..=end].into())));
            rest = &rest[end + 2..];
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return Err(TypedPathError::EmptyKey(at(rest)));
            }
            steps.push(TypedStep::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        // Any number of brackets behind it.
        while rest.starts_with('[') {
            let inside = &rest[1..];
            let quote = inside.chars().next().filter(|letter| matches!(letter, '"' | '\''));
            let end = match quote {
                Some(quote) => inside[1..].find(&format!("{quote}]")).map(|end| end + 2),
                None => inside.find(']'),
            };
            let end = end.ok_or_else(|| TypedPathError::OpenBracket(at(rest)))? + 2;
            steps.extend(parse_path(&rest[..end])?.into_iter().map(TypedStep::Sure));
            rest = &rest[end..];
        }
        match rest.strip_prefix('.') {
            Some(next) => rest = next,
            None if rest.is_empty() => return Ok(steps),
            None => return Err(TypedPathError::NoDot(at(rest))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_json_value;

    fn document() -> Tree {
        let text = br#"{"db":{"password":"p","user.name":"u","hosts":["a",{"name":"b"}]},"0":"zero","a/b":{"~":1},"web":{"password":"w"}}"#;
        parse_json_value(text).expect("JSON")
    }

    #[track_caller]
    fn finds(path: &str, expected: &str) {
        let tree = document();
        let found = TypedPath::parse(path).expect("a path").find(&tree).expect("found");
        assert_eq!(found.to_json().expect("JSON"), expected.as_bytes(), "{path}");
    }

    #[test]
    fn three_forms() {
        for path in
            ["db.hosts.1.name", "db.hosts[1].name", "/db/hosts/1/name", r#"["db"]["hosts"][1]["name"]"#]
        {
            finds(path, r#""b""#);
        }
        for path in [r#"db."user.name""#, r#"db["user.name"]"#, "/db/user.name", r#"["db"]["user.name"]"#] {
            finds(path, r#""u""#);
        }
        finds("0", r#""zero""#);
        finds("/0", r#""zero""#);
        finds("/a~1b/~0", "1");
        finds(r#""a/b".~"#, "1");
        assert_eq!(TypedPath::parse(".").unwrap().find(&document()).unwrap().to_json().unwrap()[0], b'{');
    }

    #[test]
    fn comments_in_lists_have_no_position() {
        let tree = Tree::List(vec![Tree::Leaf(Value::Comment(b"c".to_vec())), Tree::str("x")]);
        assert!(
            matches!(TypedPath::parse("/0").unwrap().find(&tree), Ok(Tree::Leaf(Value::Str(text))) if text == b"x")
        );
    }

    #[test]
    fn what_is_no_path() {
        for (text, why) in [
            ("", TypedPathError::Empty),
            ("a..b", TypedPathError::EmptyKey(3)),
            ("a.", TypedPathError::EmptyKey(3)),
            (".a", TypedPathError::EmptyKey(1)),
            (r#"a."b"#, TypedPathError::OpenQuote(3)),
            (r#""a"b"#, TypedPathError::NoDot(4)),
            ("a[0", TypedPathError::OpenBracket(2)),
            ("a[0]b", TypedPathError::NoDot(5)),
            ("/a~2", TypedPathError::Tilde),
        ] {
            assert_eq!(TypedPath::parse(text), Err(why), "{text}");
        }
        for text in ["[", "é", "a[\"", "a['x]", "\"", "[[", "a[]", "a[\"]", "~", "/", "//", "a[0]]"] {
            let _ = TypedPath::parse(text).map(|path| path.find(&document()).is_ok());
        }
    }

    #[test]
    fn what_may_be_meant() {
        let suggests = |path: &str| {
            TypedPath::parse(path).unwrap().find(&document()).expect_err("nothing there").nearest.join(" ")
        };
        assert_eq!(suggests("db.pasword"), "db.password");
        assert_eq!(suggests("Db.password"), "db.password");
        assert_eq!(suggests("password"), "db.password web.password");
        assert_eq!(suggests("db.user.name"), r#"db."user.name""#);
        assert_eq!(suggests("db.zzzzzz"), "");
        assert_eq!(suggests("a.b"), "");
    }
}
