//! The text of a table: comments, lines of shell, their recorded answers, our differences.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result as FmtResult};

use crate::difference::Difference;
use crate::machine::Answer;

/// A line of shell and what is known about it.
pub(crate) struct Block {
    pub(crate) line: String,
    /// What sops 3.13.2 answers.
    pub(crate) recorded: Option<Answer>,
    pub(crate) difference: Difference,
}

enum Part {
    /// A comment or an empty line.
    Text(String),
    Block(Box<Block>),
}

/// A file of blocks.
pub(crate) struct Table(Vec<Part>);

impl Table {
    pub(crate) fn blocks(&mut self) -> impl Iterator<Item = &mut Block> {
        self.0.iter_mut().filter_map(|part| match part {
            Part::Block(block) => Some(&mut **block),
            Part::Text(_) => None,
        })
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(shell) = line.strip_prefix("$ ") else {
                if !(line.is_empty() || line.starts_with('#')) {
                    return Err(format!("neither a comment nor a line of shell: {line}"));
                }
                parts.push(Part::Text(line.to_owned()));
                continue;
            };
            let mut answer = Vec::new();
            while let Some(line) = lines.next_if(|line| line.starts_with("  ")) {
                answer.push(&line[2..]);
            }
            let mut difference = Vec::new();
            while let Some(line) = lines.next_if(|line| line.starts_with("~ ")) {
                difference.push(&line[2..]);
            }
            let wrong = |why: String| format!("{why}, below: {shell}");
            parts.push(Part::Block(Box::new(Block {
                line: shell.to_owned(),
                recorded: if answer.is_empty() { None } else { Some(parse_answer(&answer).map_err(wrong)?) },
                difference: Difference::parse(&difference).map_err(wrong)?,
            })));
        }
        Ok(Self(parts))
    }

    pub(crate) fn print(&self) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(line) => text.push_str(&format!("{line}\n")),
                Part::Block(block) => {
                    text.push_str(&format!("$ {}\n", block.line));
                    if let Some(answer) = &block.recorded {
                        text.push_str(&answer.to_string());
                    }
                    text.push_str(&block.difference.print());
                }
            }
        }
        text
    }
}

/// An answer as indented lines: `exit N`, then each stream and file line by line. `|` stands before a
/// line that ends in a line break, `\` before a last one that does not.
impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        writeln!(f, "  exit {}", self.code)?;
        let mut show = |label: &str, text: &str| {
            text.split_inclusive('\n').try_for_each(|line| match line.strip_suffix('\n') {
                Some(line) => writeln!(f, "  {label}|{line}"),
                None => writeln!(f, "  {label}\\{line}"),
            })
        };
        show("out", &self.stdout)?;
        show("err", &self.stderr)?;
        self.files.iter().try_for_each(|(name, text)| show(&format!("[{name}]"), text))
    }
}

fn parse_answer(lines: &[&str]) -> Result<Answer, String> {
    let code = lines[0].strip_prefix("exit ").and_then(|code| code.parse().ok()).ok_or("no exit code")?;
    let mut answer = Answer { code, stdout: String::new(), stderr: String::new(), files: BTreeMap::new() };
    for line in &lines[1..] {
        let (label, rest) = match line.strip_prefix('[') {
            Some(rest) => rest.split_once(']').ok_or_else(|| format!("no name: {line}"))?,
            None if line.len() >= 3 => line.split_at(3),
            None => return Err(format!("no label: {line}")),
        };
        let target = match (line.starts_with('['), label) {
            (true, name) => answer.files.entry(name.to_owned()).or_default(),
            (false, "out") => &mut answer.stdout,
            (false, "err") => &mut answer.stderr,
            _ => return Err(format!("no label: {line}")),
        };
        match rest.split_at_checked(1) {
            Some(("|", text)) => target.push_str(&format!("{text}\n")),
            Some(("\\", text)) => target.push_str(text),
            _ => return Err(format!("no separator: {line}")),
        }
    }
    Ok(answer)
}
