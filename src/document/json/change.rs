//! `set` and `unset`: one member or item of a file is written, the rest keeps its bytes
//! (command line §6, stores §12).

use super::Layout;
use super::parse::tree as read_tree;
use super::plan::{key, only};
use super::scan::{Scanner, Token, skip_blank};
use super::style::{FileStyle, next_start, previous_end};
use super::text::{go_type, is_bare, unquoted};
use super::write::{self, Shape};
use crate::document::tree::same;
use crate::document::user_path::{below_list, negative, show};
use crate::document::{ChangeError, Document, Pair, Patches, Tree, UserStep};
use crate::leaf::Span;

/// See [`Document::with_value`].
pub(in crate::document) fn with_value(
    doc: &Document,
    layout: &Layout,
    path: &[UserStep],
    value: &Tree,
) -> Result<Vec<u8>, ChangeError> {
    let source = &doc.source;
    let style = FileStyle::of(source, layout);
    let mut patches = Patches::default();
    match locate(source, &style, path)? {
        Spot::Here { open, start, value: old } => {
            if !holds(source, old, value) {
                replace(&mut patches, old, value, &style.beside(source, open, start))?;
            }
        }
        Spot::Scalar { open, start, token, rest } => {
            let new = nested(rest, value);
            replace(&mut patches, token.span(), &new, &style.beside(source, open, start))?;
        }
        Spot::Absent { list: false, step: UserStep::Index(_), .. } => {} // as sops does
        Spot::Absent { open, close, last, lines, list, step, rest } => {
            let new = nested(rest, value);
            let name = match step {
                UserStep::Key(name) if !list => Some(name.as_slice()),
                _ => None,
            };
            add(source, &style, &mut patches, &Place { open, close, last, lines }, name, &new)?;
        }
    }
    Ok(patches.apply(source).bytes)
}

/// See [`Document::without`].
pub(in crate::document) fn without(
    doc: &Document,
    layout: &Layout,
    path: &[UserStep],
) -> Result<Vec<u8>, ChangeError> {
    let source = &doc.source;
    match locate(source, &FileStyle::of(source, layout), path)? {
        Spot::Here { open, start, value } => {
            let gone = match (previous_end(source, start), next_start(source, value.end)) {
                (Some(previous), _) => Span::new(previous, value.end),
                (None, Some(next)) => Span::new(start, next),
                (None, None) => Span::new(open + 1, skip_blank(source, value.end)),
            };
            let mut patches = Patches::default();
            patches.push(gone, |_| ());
            Ok(patches.apply(source).bytes)
        }
        Spot::Scalar { token, rest, .. } => Err(ChangeError::NotACollection {
            kind: go_type(source, token).to_owned(),
            item: rest.first().map(show).unwrap_or_default(),
        }),
        Spot::Absent { list: true, step: UserStep::Index(index), .. } => {
            Err(ChangeError::IndexOutOfBounds(*index))
        }
        Spot::Absent { step, .. } => Err(ChangeError::KeyNotFound(show(step))),
    }
}

/// Where a path leads.
enum Spot<'a> {
    /// To this value, which is (or whose key is) at `start` in the map or list at `open`.
    Here { open: usize, start: usize, value: Span },
    /// To a scalar, and on below it.
    Scalar { open: usize, start: usize, token: Token, rest: &'a [UserStep] },
    /// To a map or list that has no `step`.
    Absent {
        open: usize,
        close: usize,
        /// Start and end of the last member or item.
        last: Option<(usize, usize)>,
        /// Whether members go on lines of their own; told by the parent, for an empty one.
        lines: bool,
        list: bool,
        step: &'a UserStep,
        rest: &'a [UserStep],
    },
}

/// Follows `path` in one pass over the source.
fn locate<'a>(source: &[u8], style: &FileStyle<'_>, path: &'a [UserStep]) -> Result<Spot<'a>, ChangeError> {
    let mut scanner = Scanner::new(source);
    let mut open = advance(&mut scanner)?.span().start;
    let (mut list, mut lines) = (false, true);
    let mut steps = path;
    'path: while let Some((step, rest)) = steps.split_first() {
        match step {
            UserStep::Key(_) if list => return Err(ChangeError::WrongStep(below_list(step))),
            UserStep::Index(index) if list && *index < 0 => {
                return Err(ChangeError::WrongStep(negative(*index)));
            }
            _ => {}
        }
        let mut last = None;
        for position in 0.. {
            let mut token = advance(&mut scanner)?;
            let start = token.span().start;
            let found = match (token, step) {
                (Token::Close(close), _) => {
                    return Ok(Spot::Absent { open, close, last, lines, list, step, rest });
                }
                (Token::Key(key), step) => {
                    token = advance(&mut scanner)?;
                    matches!(step, UserStep::Key(wanted) if **wanted == *unquoted(source, key))
                }
                (_, UserStep::Index(wanted)) => *wanted == position,
                _ => false,
            };
            let opens = matches!(token, Token::OpenMap(_) | Token::OpenList(_));
            if found && !rest.is_empty() {
                if !opens {
                    return Ok(Spot::Scalar { open, start, token, rest });
                }
                lines = style.beside(source, open, start).lines.is_some();
                list = matches!(token, Token::OpenList(_));
                open = token.span().start;
                steps = rest;
                continue 'path;
            }
            if opens {
                let depth = scanner.depth();
                while scanner.depth() >= depth {
                    advance(&mut scanner)?;
                }
            }
            let end = scanner.offset();
            if found {
                return Ok(Spot::Here { open, start, value: Span::new(token.span().start, end) });
            }
            last = Some((start, end));
        }
    }
    Err(ChangeError::WrongStep("the path is empty".to_owned()))
}

/// The next token of a source that was parsed before, where one must come.
fn advance(scanner: &mut Scanner<'_>) -> Result<Token, ChangeError> {
    let token = scanner.next().ok().flatten();
    token.ok_or_else(|| ChangeError::WrongStep("the document ends early".to_owned()))
}

/// Whether the text at `span` says `value` already.
fn holds(source: &[u8], span: Span, value: &Tree) -> bool {
    let number_as_text = matches!(value, Tree::Leaf(crate::leaf::Value::Str(_))) && is_bare(source, span);
    !number_as_text
        && read_tree(source, &mut Scanner::at(source, span.start)).is_ok_and(|old| same(&old, value))
}

/// `value` at the end of the maps and one-item lists that `steps` ask for.
fn nested(steps: &[UserStep], value: &Tree) -> Tree {
    steps.iter().rev().fold(value.clone(), |tree, step| match step {
        UserStep::Key(key) => Tree::Map(vec![Pair::Entry(key.clone(), tree)]),
        UserStep::Index(_) => Tree::List(vec![tree]),
    })
}

fn replace(patches: &mut Patches, span: Span, value: &Tree, shape: &Shape<'_>) -> Result<(), ChangeError> {
    let mut written = Ok(());
    patches.push(span, |out| written = write(value, shape, out));
    written
}

struct Place {
    open: usize,
    close: usize,
    last: Option<(usize, usize)>,
    lines: bool,
}

/// Adds a member (with a `name`) or an item as the last one at `place`.
fn add(
    source: &[u8],
    style: &FileStyle<'_>,
    patches: &mut Patches,
    place: &Place,
    name: Option<&[u8]>,
    value: &Tree,
) -> Result<(), ChangeError> {
    let mut written = Ok(());
    let mut content = |shape: &Shape<'_>, out: &mut Vec<u8>| {
        if let Some(name) = name {
            key(name, shape, out);
        }
        written = write(value, shape, out);
    };
    if let Some((start, end)) = place.last {
        let shape = style.beside(source, place.open, start);
        patches.push(Span::at(end), |out| {
            shape.comma(0, out);
            content(&shape, out);
        });
    } else {
        let inside = if place.lines { style.inside(source, place.open) } else { style.one_line() };
        patches.push(Span::new(place.open + 1, place.close), |out| only(&inside, out, content));
    }
    written
}

fn write(value: &Tree, shape: &Shape<'_>, out: &mut Vec<u8>) -> Result<(), ChangeError> {
    write::tree(value, shape, out).map_err(|reason| ChangeError::Unwritable(reason.to_string()))
}
