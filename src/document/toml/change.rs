//! `set` and `unset` on the text of a file: one value, line, item or section is written or goes,
//! the rest keeps its bytes. The result is read again and held to what the change means.
//!
//! The order of keys is not part of that meaning: keys before the first header belong to the top, so
//! that a new one cannot always come last.

mod add;
mod remove;

use super::Layout;
use super::parse::utf8;
use super::syntax::{self, Child, Kind, Made, ROOT, Syntax};
use super::text::Unwritable;
use crate::document::{ChangeError, Document, Extracted, Pair, Tree, UserStep, at, reshape};
use crate::leaf::{Span, Step, Value};

/// See [`Document::with_value`].
pub(in crate::document) fn with_value(
    doc: &Document,
    _layout: &Layout,
    path: &[UserStep],
    value: &Tree,
) -> Result<Vec<u8>, ChangeError> {
    let before = values(doc);
    let mut wanted = before.clone();
    reshape::set(&mut wanted, path, value)?;
    if reshape::same_values(std::slice::from_ref(&before), std::slice::from_ref(&wanted)) {
        return Ok(doc.source.clone());
    }
    let text = Text::read(doc.source.clone())?;
    let changed = match text.locate(path) {
        Spot::Node(node) => match text.replace(node, value) {
            Ok(None) => text.moved(node, path, value),
            Ok(Some(bytes)) => Ok(bytes),
            Err(error) => Err(error),
        },
        Spot::Scalar(node, rest) => {
            let value = reshape::from_path(rest, value);
            text.replace(node, &value).and_then(|bytes| bytes.ok_or_else(no_form))
        }
        Spot::Absent(..) => text.add(path, value),
    };
    text.settle(path, changed, &wanted)
}

/// See [`Document::without`].
pub(in crate::document) fn without(
    doc: &Document,
    _layout: &Layout,
    path: &[UserStep],
) -> Result<Vec<u8>, ChangeError> {
    let mut wanted = values(doc);
    reshape::unset(&mut wanted, path)?;
    let text = Text::read(doc.source.clone())?;
    let Spot::Node(node) = text.locate(path) else { return Err(no_form()) };
    let without = || {
        let bytes = text.without(node);
        // What held nothing but this is there without it.
        let parent = &path[..path.len() - 1];
        let rest = Text::read(bytes.clone())?;
        if parent.is_empty() || matches!(rest.locate(parent), Spot::Node(_)) {
            return Ok(bytes);
        }
        let empty = match path.last() {
            Some(UserStep::Index(_)) => Tree::List(Vec::new()),
            _ => Tree::Map(Vec::new()),
        };
        rest.add(parent, &empty)
    };
    text.settle(path, without(), &wanted)
}

/// What a document says, without its comments, keys in a fixed order.
fn values(doc: &Document) -> Tree {
    reshape::values(doc).pop().unwrap_or(Tree::Map(Vec::new()))
}

/// The text, if it says what it should.
fn hold(changed: Vec<u8>, wanted: &Tree) -> Result<Vec<u8>, ChangeError> {
    let new = super::parse(changed).map_err(|_| no_form())?;
    let (mut says, mut wanted) = (values(&new), wanted.clone());
    normalize(&mut says);
    normalize(&mut wanted);
    if reshape::same_values(std::slice::from_ref(&says), std::slice::from_ref(&wanted)) {
        Ok(new.into_source())
    } else {
        Err(no_form())
    }
}

/// Brings keys into one order, and what TOML writes as text into that form.
fn normalize(tree: &mut Tree) {
    let mut todo = vec![tree];
    while let Some(tree) = todo.pop() {
        match tree {
            Tree::Map(pairs) => {
                pairs.sort_by(|one, other| match (one, other) {
                    (Pair::Entry(one, _), Pair::Entry(other, _)) => one.cmp(other),
                    _ => std::cmp::Ordering::Equal,
                });
                todo.extend(pairs.iter_mut().filter_map(|pair| match pair {
                    Pair::Entry(_, value) => Some(value),
                    Pair::Comment { .. } => None,
                }));
            }
            Tree::List(items) => todo.extend(items),
            Tree::Leaf(value) => match value {
                Value::Null => *value = Value::Str(b"null".to_vec()),
                Value::Time(time) => *value = Value::Str(time.as_bytes().to_vec()),
                _ => {}
            },
        }
    }
}

fn no_form() -> ChangeError {
    ChangeError::Unwritable(
        "the change has no form in this file that would be read back; use edit".to_owned(),
    )
}

fn unwritable(Unwritable(kind): Unwritable) -> ChangeError {
    ChangeError::Unwritable(format!("TOML cannot hold a {kind}"))
}

/// Where a path leads.
enum Spot<'p> {
    /// To this node.
    Node(usize),
    /// To this scalar, and on below it.
    Scalar(usize, &'p [UserStep]),
    /// To this table or list, which has no such step.
    Absent(usize, &'p [UserStep]),
}

/// A source that is changed.
struct Text {
    source: Vec<u8>,
    syntax: Syntax,
}

impl Text {
    fn read(source: Vec<u8>) -> Result<Self, ChangeError> {
        let text = utf8(&source).map_err(|_| no_form())?;
        let syntax = syntax::read(text).map_err(|_| no_form())?;
        Ok(Self { source, syntax })
    }

    /// The source with a value in the place of a node that is not in one piece.
    fn moved(&self, node: usize, path: &[UserStep], value: &Tree) -> Result<Vec<u8>, ChangeError> {
        Self::read(self.without(node))?.add(path, value)
    }

    /// The changed text, if it says what it should; else the source with what is around the change
    /// written anew, as little of it as will do. (A list of tables that is to hold a number becomes a list
    /// in brackets.)
    fn settle(
        &self,
        path: &[UserStep],
        changed: Result<Vec<u8>, ChangeError>,
        wanted: &Tree,
    ) -> Result<Vec<u8>, ChangeError> {
        let failed = match changed.and_then(|bytes| hold(bytes, wanted)) {
            Ok(bytes) => return Ok(bytes),
            Err(error) => error,
        };
        for length in (1..=path.len()).rev() {
            let around = &path[..length];
            let (Spot::Node(node), Ok(Extracted::Part(value))) = (self.locate(around), at(wanted, around))
            else {
                continue;
            };
            if let Ok(bytes) = self.moved(node, around, value).and_then(|bytes| hold(bytes, wanted)) {
                return Ok(bytes);
            }
        }
        Err(failed)
    }

    fn newline(&self) -> &'static [u8] {
        self.syntax.newline
    }

    /// Follows a path as far as it goes.
    fn locate<'p>(&self, path: &'p [UserStep]) -> Spot<'p> {
        let mut at = ROOT;
        for (done, step) in path.iter().enumerate() {
            if matches!(self.syntax.nodes[at].kind, Kind::Leaf(_)) {
                return Spot::Scalar(at, &path[done..]);
            }
            let mut below = self.nodes_in(at);
            let found = match step {
                UserStep::Key(key) => below.find(|&node| self.key(node) == Some(key)),
                UserStep::Index(index) => usize::try_from(*index).ok().and_then(|index| below.nth(index)),
            };
            match found {
                Some(node) => at = node,
                None => return Spot::Absent(at, &path[done..]),
            }
        }
        Spot::Node(at)
    }

    /// The values and tables right in a node.
    fn nodes_in(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.syntax.nodes[node].children.iter().filter_map(|child| match child {
            Child::Node(node) => Some(*node),
            Child::Comment(_) | Child::Gone => None,
        })
    }

    fn key(&self, node: usize) -> Option<&[u8]> {
        match self.syntax.paths.last(self.syntax.nodes[node].path) {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    fn is_in(&self, mut node: usize, above: usize) -> bool {
        while node != above && node != ROOT {
            node = self.syntax.nodes[node].parent;
        }
        node == above
    }

    /// The braces or brackets around a node, if its value stands in some.
    fn brackets(&self, mut node: usize) -> Option<usize> {
        while node != ROOT {
            node = self.syntax.nodes[node].parent;
            match self.syntax.nodes[node].kind {
                Kind::Table(Made::Inline) | Kind::List { of_tables: false } => return Some(node),
                Kind::Table(Made::Dotted) => {}
                _ => return None,
            }
        }
        None
    }

    /// Where the section ends: at what belongs to the next one.
    fn section_end(&self, section: usize) -> usize {
        self.syntax.sections.get(section + 1).map_or(self.source.len(), |next| next.above)
    }

    /// The sections of tables in `node`, itself included.
    fn sections_in(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let all = self.syntax.sections.iter().enumerate().skip(1);
        all.filter(move |(_, section)| self.is_in(section.table, node)).map(|(number, _)| number)
    }

    fn splice(&self, span: Span, text: &[u8]) -> Vec<u8> {
        [&self.source[..span.start], text, &self.source[span.end..]].concat()
    }
}
