//! `set` and `unset` on the text of a file: the lines of one key or section, in the style of
//! those beside them. The result is read again and held to what the change means.

use super::emit::{NO_SECTION, header};
use super::parse::DEFAULT;
use super::scan::Form;
use super::style::{self, Style};
use super::text;
use super::value::reads_as;
use super::{KeyLine, Layout, Section};
use crate::document::user_path::show;
use crate::document::{ChangeError, Document, Format, Pair, Patches, Tree, UserStep, reshape};
use crate::leaf::{Span, Value, ValueRef};

/// See [`Document::with_value`].
pub(in crate::document) fn with_value(
    doc: &Document,
    layout: &Layout,
    path: &[UserStep],
    value: &Tree,
) -> Result<Vec<u8>, ChangeError> {
    let change = Change { doc, layout };
    let (patches, value) = match path {
        [] => return Err(ChangeError::WrongStep("the path is empty".to_owned())),
        [UserStep::Index(_), ..] => return Ok(doc.source.clone()), // as sops does
        [UserStep::Key(section)] => {
            let entries = entries(value)?;
            let tree = entries.iter().map(|(name, text)| Pair::Entry(name.clone(), Tree::str(text.clone())));
            (change.set_section(section, &entries)?, Tree::Map(tree.collect()))
        }
        [UserStep::Key(section), UserStep::Index(_), ..] => {
            return match change.section(section) {
                Some(_) => Ok(doc.source.clone()), // as sops does
                None => Err(no_section()),
            };
        }
        [UserStep::Key(section), UserStep::Key(key)] => {
            let text = scalar(value)?;
            let entry = (key.clone(), text.clone());
            let patches = match change.section(section) {
                Some(section) => change.set_key(section, &entry)?,
                None => change.new_section(section, &[entry])?,
            };
            (patches, Tree::str(text))
        }
        [UserStep::Key(_), UserStep::Key(_), _, ..] => return Err(nested()),
    };
    let changed = patches.apply(&doc.source).bytes;
    hold(doc, changed, |tree| reshape::set(tree, path, &value))
}

/// See [`Document::without`].
pub(in crate::document) fn without(
    doc: &Document,
    layout: &Layout,
    path: &[UserStep],
) -> Result<Vec<u8>, ChangeError> {
    let change = Change { doc, layout };
    let Some((first, rest)) = path.split_first() else {
        return Err(ChangeError::WrongStep("the path is empty".to_owned()));
    };
    let missing = |step: &UserStep| ChangeError::KeyNotFound(show(step));
    let UserStep::Key(name) = first else { return Err(missing(first)) };
    let number = layout.sections.iter().position(|section| section.name == *name);
    let number = number.ok_or_else(|| missing(first))?;
    let mut patches = Patches::default();
    match rest {
        [] => patches.push(change.extent(number), |_| ()),
        [step, deeper @ ..] => {
            let UserStep::Key(key) = step else { return Err(missing(step)) };
            let keys: Vec<_> = change.keys(&layout.sections[number], key).collect();
            if keys.is_empty() {
                return Err(missing(step));
            }
            if let Some(item) = deeper.first() {
                return Err(ChangeError::NotACollection { kind: "string".to_owned(), item: show(item) });
            }
            for key in keys {
                patches.push(Span::new(key.line.start, key.line.end), |_| ());
            }
        }
    }
    let changed = patches.apply(&doc.source).bytes;
    // The section of keys before any header is always there.
    let always = rest.is_empty() && name == DEFAULT;
    hold(doc, changed, |tree| {
        if always { reshape::set(tree, path, &Tree::Map(Vec::new())) } else { reshape::unset(tree, path) }
    })
}

/// The text, if it says what it should.
fn hold(
    doc: &Document,
    changed: Vec<u8>,
    change: impl FnOnce(&mut Tree) -> Result<(), ChangeError>,
) -> Result<Vec<u8>, ChangeError> {
    let mut wanted = reshape::values(doc);
    wanted.iter_mut().try_for_each(change_once(change))?;
    match Document::parse(changed, Format::Ini) {
        Ok(new) if reshape::same_values(&reshape::values(&new), &wanted) => Ok(new.into_source()),
        _ => Err(ChangeError::Unwritable(
            "the change has no form in this file that would be read back".to_owned(),
        )),
    }
}

/// A change of the one tree that there is.
fn change_once(
    change: impl FnOnce(&mut Tree) -> Result<(), ChangeError>,
) -> impl FnMut(&mut Tree) -> Result<(), ChangeError> {
    let mut change = Some(change);
    move |tree| change.take().map_or(Ok(()), |change| change(tree))
}

fn no_section() -> ChangeError {
    ChangeError::Unwritable(format!("Error marshaling to INI: {NO_SECTION}"))
}

fn nested() -> ChangeError {
    ChangeError::Unwritable(
        "Error marshaling to INI: an INI file has sections of keys with text, and no map or list below a key"
            .to_owned(),
    )
}

fn scalar(value: &Tree) -> Result<Vec<u8>, ChangeError> {
    match value {
        Tree::Map(_) | Tree::List(_) => Err(nested()),
        // sops writes `<nil>` and cannot open that again.
        Tree::Leaf(Value::Null) => {
            Err(ChangeError::Unwritable("an INI file has no null; an empty text is \"\"".to_owned()))
        }
        Tree::Leaf(value) => Ok(value.as_ref().to_text().into_owned()),
    }
}

type Entry = (Vec<u8>, Vec<u8>);

fn entries(value: &Tree) -> Result<Vec<Entry>, ChangeError> {
    let Tree::Map(pairs) = value else { return Err(no_section()) };
    if reshape::repeated_key(value).is_some() {
        return Err(ChangeError::Unwritable("the value has a key twice".to_owned()));
    }
    let entries = pairs.iter().filter_map(|pair| match pair {
        Pair::Entry(name, value) => Some(scalar(value).map(|text| (name.clone(), text))),
        Pair::Comment { .. } => None,
    });
    entries.collect()
}

struct Change<'a> {
    doc: &'a Document,
    layout: &'a Layout,
}

impl Change<'_> {
    fn section(&self, name: &[u8]) -> Option<&Section> {
        self.layout.sections.iter().find(|section| section.name == name)
    }

    /// The lines of a key: several if it is there more than once.
    fn keys<'b>(&'b self, section: &Section, name: &'b [u8]) -> impl Iterator<Item = &'b KeyLine> {
        let keys = &self.layout.keys[section.keys.clone()];
        keys.iter().filter(move |key| self.name(key) == name)
    }

    fn name(&self, key: &KeyLine) -> &[u8] {
        match self.doc.paths.last(self.doc.leaves[key.leaf].path) {
            Some(crate::leaf::Step::Key(name)) => name,
            _ => b"",
        }
    }

    /// Sets one key, at its last place or behind the other keys.
    fn set_key(&self, section: &Section, (name, value): &Entry) -> Result<Patches, ChangeError> {
        let mut patches = Patches::default();
        match self.keys(section, name).last() {
            Some(key) => self.replace(key, value, &mut patches)?,
            None => self.add(section, std::slice::from_ref(&(name.clone(), value.clone())), &mut patches)?,
        }
        Ok(patches)
    }

    fn replace(&self, key: &KeyLine, value: &[u8], patches: &mut Patches) -> Result<(), ChangeError> {
        let source = &self.doc.source;
        if matches!(self.doc.value(key.leaf), ValueRef::Str(old) if old == value) {
            return Ok(());
        }
        let span = self.doc.leaves[key.leaf].span;
        let written = match key.quote() {
            b"" => text::safe_value(value),
            quote => {
                let same = [quote, value, quote].concat();
                if reads_as(&same, value) { Some(same) } else { text::safe_value(value) }
            }
        };
        let written = written.ok_or_else(unwritable)?;
        let lines = matches!(key.form, Form::Fenced { lines: true, .. });
        patches.push(span, |out| {
            if matches!(key.form, Form::Bare) {
                out.extend_from_slice(b" = ");
            }
            out.extend_from_slice(&written);
        });
        let fenced = matches!(written.first(), Some(b'`')) || written.starts_with(b"\"\"\"");
        // Behind a fence that closes on its own line a comment is not read, elsewhere it is.
        for (comment, lift) in [(key.comment, fenced || lines), (key.tail, !fenced)] {
            if let Some(comment) = comment.map(|number| &self.layout.comments[number]) {
                comment.plan(source, self.layout.newline, None, lift, patches);
            }
        }
        Ok(())
    }

    /// Adds keys behind those of a section.
    fn add(&self, section: &Section, entries: &[Entry], patches: &mut Patches) -> Result<(), ChangeError> {
        let source = &self.doc.source;
        let style = Style::of(source, self.layout, section);
        let lines = style.lines(entries).ok_or_else(unwritable)?;
        let last = self.layout.keys[section.keys.clone()].last().map(|key| key.line);
        let line = last.or_else(|| section.header.as_ref().map(|header| header.line));
        let at = line.map_or(self.layout.bom, |line| line.end);
        patches.push(Span::at(at), |out| {
            if line.is_some() && !source[..at].ends_with(b"\n") {
                out.extend_from_slice(self.layout.newline);
            }
            out.extend_from_slice(&lines);
            if line.is_none() && !matches!(source[at..], [] | [b'\n' | b'\r', ..]) {
                out.extend_from_slice(self.layout.newline);
            }
        });
        Ok(())
    }

    fn set_section(&self, name: &[u8], entries: &[Entry]) -> Result<Patches, ChangeError> {
        let Some(section) = self.section(name) else { return self.new_section(name, entries) };
        let mut patches = Patches::default();
        let keys = &self.layout.keys[section.keys.clone()];
        if keys.iter().map(|key| self.name(key)).eq(entries.iter().map(|(name, _)| name.as_slice())) {
            for (key, (_, value)) in keys.iter().zip(entries) {
                self.replace(key, value, &mut patches)?;
            }
            return Ok(patches);
        }
        let style = Style::of(&self.doc.source, self.layout, section);
        let lines = style.lines(entries).ok_or_else(unwritable)?;
        let start = section.header.as_ref().map_or(self.layout.bom, |header| header.line.end);
        let end = keys.last().map_or(start, |key| key.line.end);
        patches.push(Span::new(start, end), |out| {
            if start > 0 && !self.doc.source[..start].ends_with(b"\n") && section.header.is_some() {
                out.extend_from_slice(self.layout.newline);
            }
            out.extend_from_slice(&lines);
        });
        Ok(patches)
    }

    /// A section behind all others.
    fn new_section(&self, name: &[u8], entries: &[Entry]) -> Result<Patches, ChangeError> {
        let source = &self.doc.source;
        if name.is_empty() {
            return Err(ChangeError::Unwritable(
                "Error marshaling to INI: Error encoding section : empty section name".to_owned(),
            ));
        }
        let style = style::of_file(source, self.layout);
        let lines = style.lines(entries).ok_or_else(unwritable)?;
        let newline = self.layout.newline;
        let mut patches = Patches::default();
        patches.push(Span::at(source.len()), |out| {
            let content = &source[self.layout.bom..];
            if !content.is_empty() {
                if !content.ends_with(b"\n") {
                    out.extend_from_slice(newline);
                }
                out.extend_from_slice(newline);
            }
            header(name, newline, out);
            out.extend_from_slice(&lines);
        });
        Ok(patches)
    }

    /// All that goes with a section: up to the comment or header of the next one. The last one
    /// takes the blank line before it along.
    fn extent(&self, number: usize) -> Span {
        let start = |section: &Section| {
            section.header.as_ref().map_or(self.layout.bom, |header| {
                let comment = header.comment.map(|comment| &self.layout.comments[comment]);
                comment.and_then(super::comment::Comment::start).unwrap_or(header.line.start)
            })
        };
        let source = &self.doc.source;
        let from = start(&self.layout.sections[number]);
        match self.layout.sections.get(number + 1) {
            Some(next) => Span::new(from, start(next)),
            None => {
                let before = &source[self.layout.bom..from];
                let blank =
                    if before.ends_with(b"\n\r\n") { 2 } else { usize::from(before.ends_with(b"\n\n")) };
                Span::new(from - blank, source.len())
            }
        }
    }
}

fn unwritable() -> ChangeError {
    ChangeError::Unwritable("the name or value has no form that INI readers would read back".to_owned())
}
