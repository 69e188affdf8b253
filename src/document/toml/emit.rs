//! Fresh TOML. What is written is read back in the same order, for the MAC depends on it: in a
//! table, keys with values stand first, and a map that comes before one of them is written with
//! dotted keys (`a.b = 1`) instead of a header.

mod value;

pub(super) use value::{in_line, on_lines};

use super::text::{self, Unwritable};
use crate::document::{EmitError, Pair, Tree, reshape};
use crate::leaf::Value;

/// A whole file: the first part alone.
pub(in crate::document) fn emit(parts: &[Tree]) -> Result<Vec<u8>, EmitError> {
    let mut out = Vec::new();
    match parts.first() {
        None => {}
        Some(Tree::Map(pairs)) => {
            if let Some(tree) = parts.first()
                && reshape::repeated_key(tree).is_some()
            {
                return Err(EmitError::Refused("a key comes twice, which TOML does not allow".to_owned()));
            }
            // The metadata takes care of its own order.
            let is_block = |pair: &Pair| matches!(pair, Pair::Entry(key, _) if key == super::BLOCK);
            let (blocks, rest): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(|pair| is_block(pair));
            write(Table::top(rest), Order::Kept, b"\n", &mut out).map_err(refused)?;
            for pair in blocks {
                if let Pair::Entry(_, tree) = pair {
                    if !out.is_empty() {
                        out.push(b'\n');
                    }
                    block(super::BLOCK, tree, b"\n", &mut out).map_err(refused)?;
                }
            }
        }
        Some(_) => {
            let problem = "a TOML file is a table of keys with values, not a list or a single value";
            return Err(EmitError::Refused(problem.to_owned()));
        }
    }
    Ok(out)
}

/// One value: text raw, a map as a file, anything else without a line end.
pub(in crate::document) fn emit_value(value: &Tree) -> Result<Vec<u8>, EmitError> {
    match value {
        Tree::Leaf(Value::Str(text)) => Ok(text.clone()),
        Tree::Map(_) => emit(std::slice::from_ref(value)),
        Tree::List(_) | Tree::Leaf(_) => {
            let mut out = Vec::new();
            on_lines(value, b"\n", &mut out).map_err(refused)?;
            Ok(out)
        }
    }
}

fn refused(Unwritable(kind): Unwritable) -> EmitError {
    EmitError::Refused(format!("TOML cannot hold a {kind}"))
}

/// Appends the metadata: its fields, then its lists of keys.
pub(super) fn block(name: &[u8], tree: &Tree, newline: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let Tree::Map(pairs) = tree else {
        return line(name, tree, newline, out);
    };
    let table = Table {
        name: name.to_vec(),
        pairs: pairs.iter().collect(),
        header: Header::First,
        above: Vec::new(),
    };
    write(table, Order::ValuesFirst, newline, out)
}

/// Appends a table of a list, `[[name]]`.
pub(super) fn item(name: &[u8], tree: &Tree, newline: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let Tree::Map(pairs) = tree else { return Err(Unwritable("value in a list of tables")) };
    let mut text = Vec::new();
    let table =
        Table { name: name.to_vec(), pairs: pairs.iter().collect(), header: Header::Item, above: Vec::new() };
    write(table, Order::Kept, newline, &mut text)?;
    out.extend_from_slice(&text);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As in the tree.
    Kept,
    /// Keys with values before tables.
    ValuesFirst,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Header {
    None,
    /// `[name]` at the place that is reached, which has its blank line.
    First,
    Table,
    Item,
}

/// A table that is still to be written.
struct Table<'a> {
    /// As it stands in a header.
    name: Vec<u8>,
    pairs: Vec<&'a Pair>,
    header: Header,
    /// The comments that stand above the header.
    above: Vec<&'a [u8]>,
}

impl<'a> Table<'a> {
    const fn top(pairs: Vec<&'a Pair>) -> Self {
        Self { name: Vec::new(), pairs, header: Header::None, above: Vec::new() }
    }

    fn below(&self, key: &[u8]) -> Result<Vec<u8>, Unwritable> {
        let mut name = self.name.clone();
        if !name.is_empty() {
            name.push(b'.');
        }
        text::write_key(key, &mut name)?;
        Ok(name)
    }
}

/// Whether a value can be written below a header.
fn has_header(value: &Tree) -> bool {
    let comment = |item: &Tree| matches!(item, Tree::Leaf(Value::Comment(_)));
    match value {
        Tree::Map(_) => true,
        Tree::List(items) => {
            items.iter().all(|item| matches!(item, Tree::Map(_)) || comment(item))
                && items.iter().any(|item| matches!(item, Tree::Map(_)))
                && !items.last().is_some_and(comment)
        }
        Tree::Leaf(_) => false,
    }
}

/// Writes a table with all that is below it, without recursion.
fn write(top: Table<'_>, order: Order, newline: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let mut todo = vec![top];
    while let Some(table) = todo.pop() {
        let under_header = |pair: &Pair| matches!(pair, Pair::Entry(_, value) if has_header(value));
        let (on_lines, below): (Vec<&Pair>, Vec<&Pair>) = match order {
            Order::Kept => {
                let is_line = |pair: &&Pair| matches!(pair, Pair::Entry(_, value) if !has_header(value));
                let cut = table.pairs.iter().rposition(is_line).map_or(0, |last| last + 1);
                // Comments that no table follows stay with the lines.
                let any = table.pairs[cut..].iter().any(|pair| under_header(pair));
                let cut = if any { cut } else { table.pairs.len() };
                (table.pairs[..cut].to_vec(), table.pairs[cut..].to_vec())
            }
            Order::ValuesFirst => table.pairs.iter().copied().partition(|pair| !under_header(pair)),
        };
        let implied = table.header == Header::Table
            && on_lines.is_empty()
            && table.above.is_empty()
            && matches!(below.first(), Some(Pair::Entry(..)));
        if !implied {
            header(&table, newline, out)?;
        }
        for pair in &on_lines {
            match pair {
                Pair::Entry(key, value) => dotted(key, value, newline, out)?,
                Pair::Comment { text, .. } => comment(text, newline, out)?,
            }
        }
        let first = todo.len();
        let mut above = Vec::new();
        for pair in below {
            match pair {
                Pair::Comment { text, .. } => above.push(text.as_slice()),
                Pair::Entry(key, Tree::Map(pairs)) => {
                    let (name, above) = (table.below(key)?, std::mem::take(&mut above));
                    todo.push(Table { name, pairs: pairs.iter().collect(), header: Header::Table, above });
                }
                Pair::Entry(key, Tree::List(items)) => {
                    for item in items {
                        match item {
                            Tree::Map(pairs) => {
                                let (name, above) = (table.below(key)?, std::mem::take(&mut above));
                                let pairs = pairs.iter().collect();
                                todo.push(Table { name, pairs, header: Header::Item, above });
                            }
                            Tree::Leaf(Value::Comment(text)) => above.push(text),
                            _ => {}
                        }
                    }
                }
                Pair::Entry(..) => {}
            }
        }
        todo[first..].reverse();
        for text in above {
            comment(text, newline, out)?;
        }
    }
    Ok(())
}

fn header(table: &Table<'_>, newline: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let (open, close): (&[u8], &[u8]) = match table.header {
        Header::None => return Ok(()),
        Header::First | Header::Table => (b"[", b"]"),
        Header::Item => (b"[[", b"]]"),
    };
    if table.header != Header::First && !out.is_empty() {
        out.extend_from_slice(newline);
    }
    for text in &table.above {
        comment(text, newline, out)?;
    }
    for part in [open, &table.name, close, newline] {
        out.extend_from_slice(part);
    }
    Ok(())
}

pub(super) fn comment(text: &[u8], newline: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let text = std::str::from_utf8(text).map_err(|_| Unwritable("comment that is not UTF-8"))?;
    for part in text.split('\n') {
        let part = part.trim_end_matches('\r');
        if !text::is_comment(part.as_bytes()) {
            return Err(Unwritable("comment with control characters"));
        }
        out.push(b'#');
        out.extend_from_slice(part.as_bytes());
        out.extend_from_slice(newline);
    }
    Ok(())
}

/// The lines of a key: one, or for a map one for each value in it.
fn dotted(key: &[u8], value: &Tree, newline: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let mut name = Vec::new();
    text::write_key(key, &mut name)?;
    let mut todo = vec![Ok((name, value))];
    while let Some(next) = todo.pop() {
        let (name, value) = match next {
            Ok(next) => next,
            Err(text) => {
                comment(text, newline, out)?;
                continue;
            }
        };
        match value {
            Tree::Map(pairs) if pairs.iter().any(|pair| matches!(pair, Pair::Entry(..))) => {
                for pair in pairs.iter().rev() {
                    todo.push(match pair {
                        Pair::Entry(key, value) => {
                            let mut below = name.clone();
                            below.push(b'.');
                            text::write_key(key, &mut below)?;
                            Ok((below, value))
                        }
                        Pair::Comment { text, .. } => Err(text.as_slice()),
                    });
                }
            }
            value => raw_line(&name, value, newline, out)?,
        }
    }
    Ok(())
}

/// `key = value` as a line of its own.
pub(super) fn line(key: &[u8], value: &Tree, newline: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let mut name = Vec::new();
    text::write_key(key, &mut name)?;
    raw_line(&name, value, newline, out)
}

fn raw_line(name: &[u8], value: &Tree, newline: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritable> {
    out.extend_from_slice(name);
    out.extend_from_slice(b" = ");
    on_lines(value, newline, out)?;
    out.extend_from_slice(newline);
    Ok(())
}
