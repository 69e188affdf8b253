//! Templates: text with `{{ path }}` in places where values go.
//!
//! ```text
//! {{ db.password }}                a single value as it is
//! {{ /db/password }}               any form of path
//! {{ db | json }}                  maps and lists too
//! {{ token | default("none") }}    for what is missing or null
//! {{ cert | indent(4) }}           filters follow each other from left to right
//! \{{                              a literal {{
//! ```
//!
//! Nothing else: no conditions, no loops, no code. What is missing is an error, with line and column.
//! No message holds a value.

mod filter;

use zeroize::Zeroizing;

pub use crate::document::quoted_for_shell as shell;
use crate::document::{Pair, Tree, TypedPath};
use filter::Filter;
pub use filter::single;

/// The marks around what is put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimiters {
    /// In front; `{{` by default.
    pub open: String,
    /// Behind; `}}` by default.
    pub close: String,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self { open: "{{".to_owned(), close: "}}".to_owned() }
    }
}

/// What is wrong with a template, and where. Names paths, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {problem}")]
pub struct TemplateError {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, in words that name no value.
    pub problem: String,
    /// Paths that may be meant.
    pub nearest: Vec<String>,
}

/// A template, read.
pub struct Template<'t> {
    text: &'t [u8],
    pieces: Vec<Piece>,
}

enum Piece {
    /// This part of the text.
    Text(std::ops::Range<usize>),
    /// A value, and where it was asked for.
    Value { at: usize, path: TypedPath, typed: String, filters: Vec<Filter> },
}

impl<'t> Template<'t> {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] for the first place that is not well-formed.
    pub fn parse(text: &'t [u8], delimiters: &Delimiters) -> Result<Self, TemplateError> {
        let (open, close) = (delimiters.open.as_bytes(), delimiters.close.as_bytes());
        let finder = memchr::memmem::Finder::new(open);
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(start) = finder.find(&text[at..]).map(|found| at + found) {
            if start > at && text[start - 1] == b'\\' {
                pieces.push(Piece::Text(at..start - 1));
                pieces.push(Piece::Text(start..start + open.len()));
                at = start + open.len();
                continue;
            }
            pieces.push(Piece::Text(at..start));
            let refused = |problem: String| error(text, start, problem, Vec::new());
            let inside = start + open.len();
            let end = end_of(&text[inside..], close)
                .ok_or_else(|| refused(format!("{} is not closed", delimiters.open)))?;
            let expression = std::str::from_utf8(&text[inside..inside + end])
                .map_err(|_| refused("the path is not UTF-8".to_owned()))?;
            let (path, typed, filters) = expression_of(expression).map_err(refused)?;
            pieces.push(Piece::Value { at: start, path, typed, filters });
            at = inside + end + close.len();
        }
        pieces.push(Piece::Text(at..text.len()));
        Ok(Self { text, pieces })
    }

    /// The text with the values of `tree` put in.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] for the first value that is missing, or cannot stand where it is wanted.
    pub fn render(&self, tree: &Tree) -> Result<Zeroizing<Vec<u8>>, TemplateError> {
        let mut out = Zeroizing::new(Vec::with_capacity(self.text.len()));
        for piece in &self.pieces {
            match piece {
                Piece::Text(range) => out.extend_from_slice(&self.text[range.clone()]),
                Piece::Value { at, path, typed, filters } => {
                    let found = path.find(tree);
                    let (value, nearest) = match found {
                        Ok(value) => (Some(value), Vec::new()),
                        Err(missing) => (None, missing.nearest),
                    };
                    let text = filter::apply(value, filters)
                        .map_err(|why| error(self.text, *at, format!("{typed}: {why}"), nearest))?;
                    out.extend_from_slice(&text);
                }
            }
        }
        Ok(out)
    }
}

/// Several files as one: entries of the later ones take the place of those of the earlier; a file with a
/// name is an entry of its own.
///
/// # Errors
///
/// A name that is an entry of a file too.
pub fn together(files: Vec<(Option<String>, Tree)>) -> Result<Tree, String> {
    let mut all: Vec<Pair> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut names = std::collections::HashSet::new();
    for (name, tree) in files {
        let pairs = match (name, tree) {
            (Some(name), tree) => {
                names.insert(name.clone().into_bytes());
                vec![Pair::Entry(name.into_bytes(), tree)]
            }
            (None, Tree::Map(ref mut pairs)) => std::mem::take(pairs),
            (None, _) => Vec::new(),
        };
        for pair in pairs {
            let Pair::Entry(key, _) = &pair else { continue };
            match places.get(key) {
                Some(_) if names.contains(key) => {
                    let key = String::from_utf8_lossy(key);
                    return Err(format!("{key} is the name of a file and something else too"));
                }
                Some(place) => all[*place] = pair,
                None => {
                    places.insert(key.clone(), all.len());
                    all.push(pair);
                }
            }
        }
    }
    Ok(Tree::Map(all))
}

/// Where the closing mark is: not in quotes.
fn end_of(text: &[u8], close: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.iter().enumerate() {
        match quote {
            Some(open) if open == *byte => quote = None,
            Some(_) => {}
            None if text[at..].starts_with(close) => return Some(at),
            None if matches!(byte, b'"' | b'\'') => quote = Some(*byte),
            None if *byte == b'\n' => return None,
            None => {}
        }
    }
    None
}

/// A path and the filters behind it.
fn expression_of(text: &str) -> Result<(TypedPath, String, Vec<Filter>), String> {
    let mut parts = parts(text).into_iter();
    let typed = parts.next().unwrap_or_default().trim();
    if typed.is_empty() {
        return Err("there is no path".to_owned());
    }
    let path = TypedPath::parse(typed).map_err(|error| format!("{typed}: {error}"))?;
    let filters = parts.map(|part| Filter::parse(part.trim())).collect::<Result<_, _>>()?;
    Ok((path, typed.to_owned(), filters))
}

/// The parts between bars that stand outside of quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '|') => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn error(text: &[u8], at: usize, problem: String, nearest: Vec<String>) -> TemplateError {
    let before = &text[..at];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    TemplateError {
        line: memchr::memchr_iter(b'\n', before).count() + 1,
        column: String::from_utf8_lossy(&before[start..]).chars().count() + 1,
        problem,
        nearest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_json_value;

    const VALUES: &[u8] = br#"{"db":{"password":"p'\"w","port":5432,"none":null,"a.b":"dot"},"list":["x",2],"pem":"one\ntwo\n","url":"a b/\u00e9"}"#;

    fn rendered(text: &str) -> Result<String, String> {
        let tree = parse_json_value(VALUES).expect("JSON");
        let template = Template::parse(text.as_bytes(), &Delimiters::default()).map_err(|e| e.to_string())?;
        let out = template.render(&tree).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out.to_vec()).expect("text"))
    }

    #[test]
    fn values_and_filters() {
        for (text, expected) in [
            ("a {{ db.port }} b", "a 5432 b"),
            ("{{db.password}}", "p'\"w"),
            ("{{ db.password | json }}", r#""p'\"w""#),
            ("{{ db.password | yaml }}", r#""p'\"w""#),
            ("{{ db.password | shell }}", r#"'p'\''"w'"#),
            ("{{ list | json }}", r#"["x",2]"#),
            ("{{ list.0 | base64 }}", "eA=="),
            ("{{ db.\"a.b\" }}", "dot"),
            ("{{ [\"db\"][\"a.b\"] }}", "dot"),
            ("{{ /db/a.b }}", "dot"),
            ("  {{ pem | trim | indent(2) }}", "  one\n  two"),
            ("{{ url | url }}", "a%20b%2F%C3%A9"),
            ("{{ db.none | default('}} |') }}", "}} |"),
            ("{{ nothing | default(\"x\") | json }}", "\"x\""),
            ("\\{{ db.port }}", "{{ db.port }}"),
            ("no values", "no values"),
            ("", ""),
        ] {
            assert_eq!(rendered(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, expected) in [
            ("a\n é {{ db.pasword }}", "2:4: db.pasword: there is no such value"),
            ("{{ db }}", "1:1: db: a map has no text of its own; use json or yaml"),
            ("{{ db.none }}", "1:1: db.none: the value is null; default(\"…\") stands in for it"),
            ("{{ }}", "1:1: there is no path"),
            ("x {{ db.port", "1:3: {{ is not closed"),
            ("{{ db.port\n}}", "1:1: {{ is not closed"),
            (
                "{{ db.port | jsn }}",
                "1:1: there is no filter jsn; there are json, yaml, shell, url, base64, trim, indent(N), default(\"TEXT\")",
            ),
            ("{{ db.port | indent(x) }}", "1:1: indent takes a number of blanks, as in indent(4)"),
            ("{{ db..x }}", "1:1: db..x: an empty key at character 4; one that is meant is written \"\""),
        ] {
            assert_eq!(rendered(text), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn other_delimiters() {
        let tree = parse_json_value(VALUES).expect("JSON");
        let delimiters = Delimiters { open: "<%".to_owned(), close: "%>".to_owned() };
        let template = Template::parse(b"{{ x }} <% db.port %>", &delimiters).expect("well-formed");
        assert_eq!(**template.render(&tree).expect("rendered"), *b"{{ x }} 5432");
    }

    #[test]
    fn later_files_win_and_names_do_not_mix() {
        let json = |text: &str| parse_json_value(text.as_bytes()).expect("JSON");
        let all = together(vec![
            (None, json(r#"{"a":1,"b":{"x":1}}"#)),
            (None, json(r#"{"b":2}"#)),
            (Some("f".to_owned()), json("[3]")),
        ]);
        assert_eq!(all.expect("one").to_json().expect("JSON"), br#"{"a":1,"b":2,"f":[3]}"#);
        assert!(together(vec![(None, json(r#"{"a":1}"#)), (Some("a".to_owned()), json("1"))]).is_err());
        assert!(together(vec![(Some("a".to_owned()), json("1")), (None, json(r#"{"a":1}"#))]).is_err());
    }
}
