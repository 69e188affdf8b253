//! How the keys of a section are laid out, read off those that are there.

use memchr::memchr2;

use super::blank::last as last_blank;
use super::scan::{Form, Scanner, Statement};
use super::text;
use super::value::{Dialect, read};
use super::{KeyLine, Layout, Section};

/// How a new key is written.
pub(super) struct Style<'a> {
    newline: &'static [u8],
    indent: &'a [u8],
    /// Where the delimiters stand, if they are aligned.
    column: Option<usize>,
    /// Whether new keys are aligned among themselves.
    align: bool,
    before: &'a [u8],
    delimiter: u8,
    after: &'a [u8],
}

impl<'a> Style<'a> {
    /// The style of a section; of the file, if the section has no keys.
    pub(super) fn of(source: &'a [u8], layout: &Layout, section: &Section) -> Self {
        match Self::of_keys(source, layout, &layout.keys[section.keys.clone()]) {
            Some(style) => style,
            None => of_file(source, layout),
        }
    }

    fn of_keys(source: &'a [u8], layout: &Layout, keys: &[KeyLine]) -> Option<Self> {
        let key = keys.iter().rev().find(|key| !matches!(key.form, Form::Bare))?;
        let delimiter = delimiter(source, key)?;
        let columns: Vec<_> =
            keys.iter().filter_map(|key| Some(self::delimiter(source, key)? - key.line.text)).collect();
        let column = key_column(&columns, keys.len());
        let before = blank_before(source, key, delimiter);
        let rest = &source[delimiter + 1..key.line.end];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let after = if matches!(key.form, Form::Empty(_)) && blanks == 0 { before } else { &rest[..blanks] };
        Some(Self {
            newline: layout.newline,
            indent: &source[key.line.start..key.line.text],
            column,
            align: column.is_some(),
            before: if before.len() > 1 { b" " } else { before },
            delimiter: source[delimiter],
            after,
        })
    }

    /// The lines of new keys; `None` if one has no form that is read back.
    pub(super) fn lines(&self, entries: &[(Vec<u8>, Vec<u8>)]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let width = entries.iter().map(|(name, _)| text::key(name).len()).max().unwrap_or(0);
        let column = match self.column {
            Some(column) => Some(column),
            None if self.align => Some(width + self.before.len()),
            None => None,
        };
        for (name, value) in entries {
            self.line(name, value, column, &mut out)?;
        }
        Some(out)
    }

    fn line(&self, name: &[u8], value: &[u8], column: Option<usize>, out: &mut Vec<u8>) -> Option<()> {
        let value = text::safe_value(value)?;
        let quoted = |quote: &[u8]| [quote, name, quote].concat();
        let names = [text::key(name).into_owned(), quoted(b"`"), quoted(b"\""), quoted(b"\"\"\"")];
        let line = names.into_iter().find_map(|written| {
            let mut line = self.indent.to_vec();
            line.extend_from_slice(&written);
            match column {
                Some(column) if written.len() + self.before.len() <= column => {
                    line.resize(self.indent.len() + column, b' ');
                }
                _ => line.extend_from_slice(self.before),
            }
            line.push(self.delimiter);
            line.extend_from_slice(self.after);
            line.extend_from_slice(&value);
            line.extend_from_slice(self.newline);
            is_key(&line, name).then_some(line)
        })?;
        out.extend_from_slice(&line);
        Some(())
    }
}

/// The style of the last key of the file, without its indentation.
pub(super) fn of_file<'a>(source: &'a [u8], layout: &Layout) -> Style<'a> {
    match layout.keys.last().and_then(|key| Style::of_keys(source, layout, std::slice::from_ref(key))) {
        Some(style) => Style { indent: b"", ..style },
        None => Style {
            newline: layout.newline,
            indent: b"",
            column: None,
            align: true,
            before: b" ",
            delimiter: b'=',
            after: b" ",
        },
    }
}

/// Where the delimiter of a key stands.
fn delimiter(source: &[u8], key: &KeyLine) -> Option<usize> {
    if matches!(key.form, Form::Bare) {
        return None;
    }
    memchr2(b'=', b':', &source[key.name.end..key.line.end]).map(|at| key.name.end + at)
}

/// The common column, if keys of several lengths have one.
fn key_column(columns: &[usize], keys: usize) -> Option<usize> {
    let first = *columns.first()?;
    (keys > 1 && columns.len() == keys && columns.iter().all(|column| *column == first)).then_some(first)
}

fn blank_before<'a>(source: &'a [u8], key: &KeyLine, delimiter: usize) -> &'a [u8] {
    let mut start = delimiter;
    while start > key.name.end && last_blank(&source[key.name.end..start]) == 1 {
        start -= 1;
    }
    &source[start..delimiter]
}

/// Whether a line is a key of that name, with a value that ends with the line.
fn is_key(line: &[u8], name: &[u8]) -> bool {
    let mut scanner = Scanner::new(line, 0);
    match scanner.next() {
        Ok(Some(Statement::Key(key))) => {
            let whole = key.line.end == line.len() && key.name.of(line) == name && name != b"-";
            let clean = match key.form {
                Form::Line(span) => read(line, span, Dialect::Author).comment.is_none(),
                _ => true,
            };
            whole && clean
        }
        _ => false,
    }
}
