//! What is said about many files: what changes, on stdout and in their order; what failed, a line each; how
//! far it is, on a terminal; a summary and the exit code at the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Ended, Writing};
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::ui;

/// A command's words for what it does to files.
pub(crate) struct Words {
    /// Its name.
    pub(crate) verb: &'static str,
    /// What happened to a file that changed: `encrypted`.
    pub(crate) done: &'static str,
    /// Why a file did not need it: `encrypted already`.
    pub(crate) unchanged: &'static str,
}

/// How far a run is, for a person at a terminal.
pub(super) struct Progress<'a> {
    verb: &'a str,
    total: usize,
    came: usize,
    terminal: bool,
    shown: Instant,
}

impl<'a> Progress<'a> {
    /// Shown at most this often.
    const BETWEEN: Duration = Duration::from_millis(100);

    pub(super) fn new(verb: &'a str, total: usize) -> Self {
        let terminal = Environment::stderr_is_terminal();
        Self { verb, total, came: 0, terminal, shown: Instant::now() }
    }

    /// One more is done.
    pub(super) fn step(&mut self) {
        self.came += 1;
        if self.terminal && self.shown.elapsed() > Self::BETWEEN {
            self.shown = Instant::now();
            ui::progress(&format!("{}: {} of {} files", self.verb, self.came, self.total));
        }
    }
}

pub(super) struct Report<'a> {
    words: &'a Words,
    writing: Writing,
    progress: Progress<'a>,
    /// What came before its turn.
    waiting: BTreeMap<usize, (String, Ended)>,
    next: usize,
    changed: usize,
    unchanged: usize,
    failures: Vec<(String, Failure)>,
}

impl<'a> Report<'a> {
    pub(super) fn new(words: &'a Words, writing: Writing, total: usize) -> Self {
        Self {
            words,
            writing,
            progress: Progress::new(words.verb, total),
            waiting: BTreeMap::new(),
            next: 0,
            changed: 0,
            unchanged: 0,
            failures: Vec::new(),
        }
    }

    /// Takes how a file ended, and tells what may be told by now.
    ///
    /// # Errors
    ///
    /// If stdout does not take it.
    pub(super) fn take(&mut self, number: usize, name: &str, ended: Ended) -> Result<(), Failure> {
        self.waiting.insert(number, (name.to_owned(), ended));
        let mut out = String::new();
        while let Some((name, ended)) = self.waiting.remove(&self.next) {
            self.next += 1;
            match ended {
                Ended::Changed(text) => {
                    self.changed += 1;
                    if self.writing == Writing::Nothing || !text.is_empty() {
                        let would = if self.writing == Writing::Nothing { "would be " } else { "" };
                        let name = ui::visible(&name);
                        out.push_str(&format!("{name}: {would}{}\n{text}", self.words.done));
                    }
                }
                Ended::Unchanged => self.unchanged += 1,
                Ended::NotMeant => {}
                Ended::Failed(failure) => {
                    failure.tell(&name);
                    self.failures.push((name, failure));
                }
            }
        }
        if !out.is_empty() {
            ui::progress("");
            files::write_stdout(out.as_bytes())?;
        }
        self.progress.step();
        Ok(())
    }

    /// The summary, and what the run ends with.
    ///
    /// # Errors
    ///
    /// The kind of the failures, or [`Kind::Several`].
    pub(super) fn finish(self) -> Result<(), Failure> {
        ui::progress("");
        let kinds = self.explain();
        let Words { verb, done, unchanged } = self.words;
        let mut parts = vec![match self.writing {
            Writing::InPlace => format!("{} {done}", count(self.changed)),
            Writing::Nothing => format!("{} would be {done}", count(self.changed)),
        }];
        if self.unchanged > 0 {
            parts.push(format!("{} {unchanged}", self.unchanged));
        }
        if !self.failures.is_empty() {
            parts.push(format!("{} failed", self.failures.len()));
        }
        ui::say(&format!("{verb}: {}\n", parts.join(", ")));
        match kinds[..] {
            [] => Ok(()),
            [kind] => Err(Failure::silent(kind)),
            _ => Err(Failure::silent(Kind::Several)),
        }
    }

    /// Tells the whole of the first failure of each kind that has more than a line; gives the kinds.
    fn explain(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = Vec::new();
        for (name, failure) in &self.failures {
            if kinds.iter().any(|kind| kind.code() == failure.kind().code()) {
                continue;
            }
            kinds.push(failure.kind());
            if failure.has_more() {
                ui::say(&format!("\n{}:\n", ui::visible(name)));
                failure.report();
                ui::say("\n");
            }
        }
        kinds
    }
}

/// So many files.
pub(super) fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}
