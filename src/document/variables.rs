//! The values of a document as variables: names and single values (command line §7.7).

use std::collections::HashSet;

use super::tree::{Event, Walk};
use super::{Pair, Tree};
use crate::leaf::{Value, ValueRef};

/// What becomes of maps and lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nested<'a> {
    /// They are no variables.
    Refused,
    /// Each value in them is one; its name is its keys and positions with this between them.
    Joined(&'a str),
}

/// Why values are no variables. Names them; never shows them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VariableError {
    /// A map or a list.
    #[error("cannot use complex value in environment; offending key {0}")]
    Complex(String),
    /// The name has an equals sign.
    #[error("cannot use keys with '=' in environment: {0}")]
    EqualsSign(String),
    /// The name or the value has a NUL.
    #[error("exec: environment variable contains NUL")]
    Nul(String),
    /// Two values get one name.
    #[error("two values would be the variable {0}")]
    Twice(String),
}

/// The values at the top of a tree, or all in it, whose names are `wanted`, in order. What is not wanted
/// is not looked at. A tree that is no map has none.
///
/// # Errors
///
/// [`VariableError`], in sops' words where it has any.
pub fn variables<'t>(
    tree: &'t Tree,
    nested: Nested<'_>,
    wanted: &dyn Fn(&[u8]) -> bool,
) -> Result<Vec<(Vec<u8>, ValueRef<'t>)>, VariableError> {
    let Tree::Map(pairs) = tree else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    let mut add = |name: &[u8], value: &'t Value| {
        check(name, value.as_ref())?;
        out.push((name.to_vec(), value.as_ref()));
        Ok(())
    };
    match nested {
        Nested::Refused => {
            for pair in pairs {
                match pair {
                    Pair::Entry(key, _) if !wanted(key) => {}
                    Pair::Entry(key, Tree::Leaf(value)) => add(key, value)?,
                    Pair::Entry(key, _) => return Err(VariableError::Complex(shown(key))),
                    Pair::Comment { .. } => {}
                }
            }
        }
        Nested::Joined(between) => {
            joined(
                tree,
                between.as_bytes(),
                |name, value| {
                    if wanted(name) { add(name, value) } else { Ok(()) }
                },
            )?
        }
    }
    if nested != Nested::Refused {
        let mut names = HashSet::with_capacity(out.len());
        if let Some((name, _)) = out.iter().find(|(name, _)| !names.insert(name)) {
            return Err(VariableError::Twice(shown(name)));
        }
    }
    Ok(out)
}

/// Every value below a map with its joined name.
fn joined<'t, E>(
    tree: &'t Tree,
    between: &[u8],
    mut each: impl FnMut(&[u8], &'t Value) -> Result<(), E>,
) -> Result<(), E> {
    /// An open collection: how long its own name is, and in a list how many values it had so far.
    struct Open {
        name: usize,
        items: Option<usize>,
    }
    let mut name: Vec<u8> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Walk::new(tree) {
        if matches!(event, Event::Comment { .. } | Event::Leaf(Value::Comment(_))) {
            continue;
        }
        // The name of a value in a list; that of one in a map came with its key.
        if matches!(event, Event::OpenMap | Event::OpenList | Event::Leaf(_))
            && let Some(Open { name: length, items: Some(items) }) = open.last_mut()
        {
            name.truncate(*length);
            name.extend_from_slice(between);
            name.extend_from_slice(items.to_string().as_bytes());
            *items += 1;
        }
        match event {
            Event::OpenMap => open.push(Open { name: name.len(), items: None }),
            Event::OpenList => open.push(Open { name: name.len(), items: Some(0) }),
            Event::Key(key) => {
                name.truncate(open.last().map_or(0, |open| open.name));
                if open.len() > 1 {
                    name.extend_from_slice(between);
                }
                name.extend_from_slice(key);
            }
            Event::Leaf(value) => each(&name, value)?,
            Event::Close => {
                open.pop();
            }
            Event::Comment { .. } => {}
        }
    }
    Ok(())
}

fn check(name: &[u8], value: ValueRef<'_>) -> Result<(), VariableError> {
    if name.contains(&b'=') {
        return Err(VariableError::EqualsSign(shown(name)));
    }
    let nul = matches!(value, ValueRef::Str(text) if text.contains(&0));
    if nul || name.contains(&0) {
        return Err(VariableError::Nul(shown(name)));
    }
    Ok(())
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_json_value;

    fn names(text: &str, nested: Nested<'_>) -> Result<String, VariableError> {
        let tree = parse_json_value(text.as_bytes()).expect("JSON");
        let found = variables(&tree, nested, &|name| name != b"no")?;
        let shown = found.iter().map(|(name, value)| {
            format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(&value.to_text()))
        });
        Ok(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn values_inside_of_others_get_joined_names() {
        let text = r#"{"a":{"b":[1,[true],{"c":"x"}],"d":{}},"e":2,"no":{"x":1}}"#;
        assert_eq!(names(text, Nested::Joined("_")).unwrap(), "a_b_0=1 a_b_1_0=true a_b_2_c=x e=2 no_x=1");
        assert_eq!(names(r#"{"a":{"b":1},"e":2}"#, Nested::Joined("__")).unwrap(), "a__b=1 e=2");
        assert_eq!(names(r#"{"e":2,"no":{"x":1}}"#, Nested::Refused).unwrap(), "e=2");
    }

    #[test]
    fn what_cannot_be_a_variable() {
        let refused = |text: &str, nested| names(text, nested).expect_err("refused").to_string();
        assert_eq!(
            refused(r#"{"K":[]}"#, Nested::Refused),
            "cannot use complex value in environment; offending key K"
        );
        assert_eq!(refused(r#"{"a=b":1}"#, Nested::Refused), "cannot use keys with '=' in environment: a=b");
        assert_eq!(refused(r#"{"K":"x\u0000"}"#, Nested::Refused), "exec: environment variable contains NUL");
        assert_eq!(
            refused(r#"{"a":{"b":1},"a_b":2}"#, Nested::Joined("_")),
            "two values would be the variable a_b"
        );
    }
}
