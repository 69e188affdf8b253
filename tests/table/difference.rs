//! How our answer may differ from that of sops, and why.
//!
//! Without `~` lines it must be the same, but for one thing: behind what sops says when it fails, we
//! may say more. With them, the aspects that they name are as they say and all others as in sops:
//!
//! ```text
//! ~ because ROW       a row of docs/compatibility.md
//! ~ exit N
//! ~ out none          nothing on stdout;   out any, out has TEXT, out as TEXT (\n is a line break)
//! ~ err none          the same for stderr
//! ~ files none        no file is made or changed;  files any
//! ~ file NAME any     the same for one file, its mode included;  file NAME none, has TEXT
//! ```
//!
//! A row that begins with `later-` is one that is not there yet: any answer will do, and the test says
//! how many there are. `TIDY=1` takes those out whose line is answered as by sops.

use std::collections::BTreeMap;

use crate::machine::Answer;

/// What a text must be.
enum Want {
    None,
    Any,
    Has(String),
    As(String),
}

impl Want {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(' ') {
            None if text == "none" => Ok(Self::None),
            None if text == "any" => Ok(Self::Any),
            Some(("has", text)) => Ok(Self::Has(text.to_owned())),
            Some(("as", text)) => Ok(Self::As(text.replace("\\n", "\n"))),
            _ => Err(format!("not understood: {text}")),
        }
    }

    fn holds(&self, text: Option<&str>) -> bool {
        match self {
            Self::None => text.unwrap_or_default().is_empty(),
            Self::Any => true,
            Self::Has(part) => text.is_some_and(|text| text.contains(part)),
            Self::As(all) => text == Some(all),
        }
    }
}

/// The `~` lines of a block.
#[derive(Default)]
pub(crate) struct Difference {
    source: Vec<String>,
    /// The row of `docs/compatibility.md`.
    pub(crate) row: Option<String>,
    code: Option<i32>,
    stdout: Option<Want>,
    /// All of these.
    stderr: Vec<Want>,
    all_files: Option<Want>,
    files: BTreeMap<String, Want>,
}

impl Difference {
    pub(crate) fn parse(lines: &[&str]) -> Result<Self, String> {
        let mut this =
            Self { source: lines.iter().map(|&line| line.to_owned()).collect(), ..Self::default() };
        for line in lines {
            let (aspect, rest) = line.split_once(' ').ok_or_else(|| format!("not understood: {line}"))?;
            match aspect {
                "because" => this.row = Some(rest.to_owned()),
                "exit" => this.code = Some(rest.parse().map_err(|_| format!("no number: {line}"))?),
                "out" => this.stdout = Some(Want::parse(rest)?),
                "err" => this.stderr.push(Want::parse(rest)?),
                "files" => this.all_files = Some(Want::parse(rest)?),
                "file" => {
                    let (name, want) =
                        rest.split_once(' ').ok_or_else(|| format!("not understood: {line}"))?;
                    this.files.insert(name.to_owned(), Want::parse(want)?);
                }
                _ => return Err(format!("not understood: {line}")),
            }
        }
        if this.row.is_none() && !lines.is_empty() {
            return Err("a difference without a reason".to_owned());
        }
        Ok(this)
    }

    pub(crate) fn print(&self) -> String {
        self.source.iter().map(|line| format!("~ {line}\n")).collect()
    }

    /// Whether this waits for a part of the program that is not there yet.
    pub(crate) fn is_later(&self) -> bool {
        self.row.as_deref().is_some_and(|row| row.starts_with("later-"))
    }

    /// Whether our answer is that of sops.
    pub(crate) fn is_over(sops: &Answer, ours: &Answer) -> bool {
        same(sops, ours)
    }

    /// What is wrong with our answer, if anything.
    pub(crate) fn fault(&self, sops: &Answer, ours: &Answer) -> Option<String> {
        if self.is_later() {
            return None;
        }
        if self.row.is_some() && same(sops, ours) {
            return Some("there is no difference: remove the ~ lines".to_owned());
        }
        if ours.code != self.code.unwrap_or(sops.code) {
            return Some(format!("exit code {}", ours.code));
        }
        match &self.stdout {
            Some(want) if !want.holds(Some(&ours.stdout)) => {
                return Some("stdout, against the ~ line".into());
            }
            None if ours.stdout != sops.stdout => return Some("stdout".into()),
            _ => {}
        }
        if self.stderr.is_empty() && !stderr_fits(sops, ours) {
            return Some("stderr".into());
        }
        if !self.stderr.iter().all(|want| want.holds(Some(&ours.stderr))) {
            return Some("stderr, against the ~ line".into());
        }
        let names = sops.files.keys().chain(ours.files.keys()).chain(self.files.keys());
        for name in names {
            let (theirs, mine) = (sops.files.get(name), ours.files.get(name));
            let fits = match self.files.get(name).or(self.all_files.as_ref()) {
                Some(want) => want.holds(mine.map(String::as_str)),
                None => theirs == mine,
            };
            if !fits {
                return Some(format!("the file {name}"));
            }
        }
        None
    }
}

/// Whether there is nothing to see between two answers.
fn same(sops: &Answer, ours: &Answer) -> bool {
    sops.code == ours.code
        && sops.stdout == ours.stdout
        && sops.files == ours.files
        && stderr_fits(sops, ours)
}

/// A failure may be explained further; success is as quiet as it is there.
fn stderr_fits(sops: &Answer, ours: &Answer) -> bool {
    let more_is_said = ours.code != 0 && !sops.stderr.is_empty() && ours.stderr.starts_with(&sops.stderr);
    ours.stderr == sops.stderr || more_is_said
}
