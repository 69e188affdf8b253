//! Putting a value into the text.

use super::{Spot, Text, no_form, unwritable};
use crate::document::toml::emit;
use crate::document::toml::syntax::{Kind, Made, ROOT};
use crate::document::toml::text::{self, Quote};
use crate::document::{ChangeError, Patches, Tree, UserStep, reshape};
use crate::leaf::{Span, Value};

type Changed = Result<Vec<u8>, ChangeError>;

impl Text {
    /// The source with `value` in place of a value that stands in one piece; `None` for a table
    /// of lines or sections.
    pub(super) fn replace(&self, node: usize, value: &Tree) -> Result<Option<Vec<u8>>, ChangeError> {
        let Some(old) = self.syntax.nodes[node].value else { return Ok(None) };
        let mut out = Vec::new();
        let was_text = matches!(old.of(&self.source).first(), Some(b'"' | b'\''));
        match value {
            Tree::Leaf(value @ Value::Str(_)) if was_text => {
                text::write(value.as_ref(), Quote::of(old.of(&self.source)), self.newline(), &mut out)
            }
            value => self.value(node, value, &mut out),
        }
        .map_err(unwritable)?;
        Ok(Some(self.splice(old, &out)))
    }

    /// Writes a value for a place beside or in `node`: on one line where that stands in brackets.
    fn value(&self, node: usize, value: &Tree, out: &mut Vec<u8>) -> Result<(), text::Unwritable> {
        if self.brackets(node).is_some() {
            emit::in_line(value, out)
        } else {
            emit::on_lines(value, self.newline(), out)
        }
    }

    /// The source with `value` at a path that is not there.
    pub(super) fn add(&self, path: &[UserStep], value: &Tree) -> Changed {
        let Spot::Absent(container, rest) = self.locate(path) else { return Err(no_form()) };
        match self.syntax.nodes[container].kind {
            Kind::List { of_tables } => {
                let item = reshape::from_path(&rest[1..], value);
                if of_tables {
                    self.append_table(container, &item)
                } else {
                    self.append_item(container, &item)
                }
            }
            Kind::Table(made) => {
                let keys = rest.iter().take_while(|step| matches!(step, UserStep::Key(_))).count();
                let value = reshape::from_path(&rest[keys..], value);
                let mut name = Vec::new();
                for step in &rest[..keys] {
                    if let UserStep::Key(key) = step {
                        if !name.is_empty() {
                            name.push(b'.');
                        }
                        text::write_key(key, &mut name).map_err(unwritable)?;
                    }
                }
                match made {
                    Made::Inline => self.add_member(container, &name, &value),
                    Made::Dotted => self.add_dotted(container, &name, &value),
                    Made::Header => self.add_line(container, &name, &value),
                    Made::Below => self.add_section(container, &name, &value),
                }
            }
            Kind::Leaf(_) => Err(no_form()),
        }
    }

    /// A member behind the others in braces.
    fn add_member(&self, braces: usize, name: &[u8], value: &Tree) -> Changed {
        let place = self.syntax.nodes[braces].value.ok_or_else(no_form)?;
        let mut out = Vec::new();
        let last = self.members_of(braces).last().copied();
        out.extend_from_slice(if last.is_some() { b", " } else { b"{ " });
        self.member_text(name, value, &mut out)?;
        Ok(match last {
            Some(last) => self.splice(Span::at(last.end), &out),
            None => {
                out.extend_from_slice(b" }");
                self.splice(place, &out)
            }
        })
    }

    fn member_text(&self, name: &[u8], value: &Tree, out: &mut Vec<u8>) -> Result<(), ChangeError> {
        out.extend_from_slice(name);
        out.extend_from_slice(b" = ");
        emit::in_line(value, out).map_err(unwritable)
    }

    /// A key beside others with the same dotted beginning.
    fn add_dotted(&self, table: usize, name: &[u8], value: &Tree) -> Changed {
        // The line of any key in the table says how far the beginning goes.
        let inside = |node: &&usize| self.syntax.nodes[**node].line.is_some();
        let all: Vec<usize> = (0..self.syntax.nodes.len()).filter(|&node| self.is_in(node, table)).collect();
        let last = all
            .iter()
            .filter(inside)
            .max_by_key(|node| self.syntax.nodes[**node].line.map(|line| self.syntax.lines[line].start));
        let line = last.and_then(|node| self.syntax.nodes[*node].line).ok_or_else(no_form)?;
        let line = &self.syntax.lines[line];
        let home = match (line.section, self.brackets(table)) {
            (Some(section), _) => self.syntax.sections[section].table,
            (None, Some(braces)) => braces,
            (None, None) => return Err(no_form()),
        };
        let full = [self.name(table, home)?, name.to_vec()].join(&b'.');
        match line.section {
            Some(_) => self.insert_line(line.end, &full, value),
            None => {
                let mut out = b", ".to_vec();
                self.member_text(&full, value, &mut out)?;
                Ok(self.splice(Span::at(line.end), &out))
            }
        }
    }

    /// The keys that lead to a table from one around it, as they stand in a key or header.
    fn name(&self, mut table: usize, home: usize) -> Result<Vec<u8>, ChangeError> {
        let mut parts = Vec::new();
        while table != home && table != ROOT {
            if let Some(key) = self.key(table) {
                let mut part = Vec::new();
                text::write_key(key, &mut part).map_err(unwritable)?;
                parts.push(part);
            }
            table = self.syntax.nodes[table].parent;
        }
        parts.reverse();
        Ok(parts.join(&b'.'))
    }

    /// A line behind the others of a section.
    fn add_line(&self, table: usize, name: &[u8], value: &Tree) -> Changed {
        let sections = &self.syntax.sections;
        let Some(number) = sections.iter().rposition(|section| section.table == table) else {
            return Err(no_form());
        };
        let lines = self.syntax.lines.iter().filter(|line| line.section == Some(number));
        if let Some(last) = lines.map(|line| line.end).max() {
            return self.insert_line(last, name, value);
        }
        if number > 0 {
            return self.insert_line(sections[number].body, name, value);
        }
        // Nothing stands at the top yet but comments.
        let at = self.section_end(0);
        let mut out = Vec::new();
        if !self.source[sections[0].body..at].is_empty() && !self.source[..at].ends_with(b"\n") {
            out.extend_from_slice(self.newline());
        }
        self.raw_line(name, value, &mut out)?;
        if at < self.source.len() {
            out.extend_from_slice(self.newline());
        }
        Ok(self.splice(Span::at(at), &out))
    }

    fn insert_line(&self, at: usize, name: &[u8], value: &Tree) -> Changed {
        let mut out = Vec::new();
        if !self.source[..at].ends_with(b"\n") {
            out.extend_from_slice(self.newline());
        }
        // In the indentation of the line before.
        let start =
            self.source[..at].trim_ascii_end().iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let before = self.syntax.lines.iter().find(|line| line.end == at && line.section.is_some());
        let start = before.map_or(start, |line| line.start);
        let indent = self.source[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        out.extend_from_slice(&self.source[start..start + indent]);
        self.raw_line(name, value, &mut out)?;
        Ok(self.splice(Span::at(at), &out))
    }

    fn raw_line(&self, name: &[u8], value: &Tree, out: &mut Vec<u8>) -> Result<(), ChangeError> {
        out.extend_from_slice(name);
        out.extend_from_slice(b" = ");
        emit::on_lines(value, self.newline(), out).map_err(unwritable)?;
        out.extend_from_slice(self.newline());
        Ok(())
    }

    /// A header for a table that only tables in it have spoken of, before the first of them.
    fn add_section(&self, table: usize, name: &[u8], value: &Tree) -> Changed {
        let first = self.sections_in(table).next().ok_or_else(no_form)?;
        let mut out = b"[".to_vec();
        out.extend_from_slice(&self.name(table, ROOT)?);
        out.push(b']');
        out.extend_from_slice(self.newline());
        self.raw_line(name, value, &mut out)?;
        out.extend_from_slice(self.newline());
        Ok(self.splice(Span::at(self.syntax.sections[first].above), &out))
    }

    /// A section `[[name]]` behind those of the list.
    fn append_table(&self, list: usize, item: &Tree) -> Changed {
        let Tree::Map(_) = item else { return Err(no_form()) };
        let last = self.sections_in(list).last().ok_or_else(no_form)?;
        let at = self.section_end(last);
        let mut out = Vec::new();
        let before = &self.source[..at];
        if !before.ends_with(b"\n") {
            out.extend_from_slice(self.newline());
        }
        if !before.ends_with(b"\n\n") && !before.ends_with(b"\n\r\n") {
            out.extend_from_slice(self.newline());
        }
        emit::item(&self.name(list, ROOT)?, item, self.newline(), &mut out).map_err(unwritable)?;
        if at < self.source.len() {
            out.extend_from_slice(self.newline());
        }
        Ok(self.splice(Span::at(at), &out))
    }

    /// An item behind the others in brackets.
    fn append_item(&self, list: usize, item: &Tree) -> Changed {
        let place = self.syntax.nodes[list].value.ok_or_else(no_form)?;
        let mut new = Vec::new();
        emit::in_line(item, &mut new).map_err(unwritable)?;
        let items: Vec<Span> = self.nodes_in(list).filter_map(|item| self.syntax.nodes[item].value).collect();
        let mut patches = Patches::default();
        let Some(last) = items.last() else {
            let inner = Span::new(place.start + 1, place.end - 1);
            let blank = inner.of(&self.source).trim_ascii().is_empty();
            patches.push(if blank { inner } else { Span::at(inner.end) }, |out| out.extend_from_slice(&new));
            return Ok(patches.apply(&self.source).bytes);
        };
        let comma = self.comma_behind(last.end);
        let line = self.source[..last.start].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let before = &self.source[line..last.start];
        let own_line = line > place.start && before.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        if !own_line {
            patches.push(Span::at(last.end), |out| {
                out.extend_from_slice(b", ");
                out.extend_from_slice(&new);
            });
            return Ok(patches.apply(&self.source).bytes);
        }
        if comma.is_none() {
            patches.push(Span::at(last.end), |out| out.push(b','));
        }
        // Behind the comment of the last item.
        let from = comma.unwrap_or(last.end);
        let rest = &self.source[from..place.end - 1];
        let end = rest.iter().position(|&byte| byte == b'\n').map_or(place.end - 1, |at| from + at);
        let end = if self.source[..end].ends_with(b"\r") { end - 1 } else { end };
        patches.push(Span::at(end), |out| {
            out.extend_from_slice(self.newline());
            out.extend_from_slice(before);
            out.extend_from_slice(&new);
            if comma.is_some() {
                out.push(b',');
            }
        });
        Ok(patches.apply(&self.source).bytes)
    }

    /// Behind the comma that follows a value, comments between them passed over.
    fn comma_behind(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            match self.source.get(at)? {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' => at += self.source[at..].iter().position(|&byte| byte == b'\n')?,
                b',' => return Some(at + 1),
                _ => return None,
            }
        }
    }
}
