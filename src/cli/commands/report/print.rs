//! What `report` tells, as text, and the exit code.

mod tree;

use std::collections::BTreeSet;

use resops::ops::{Former, Holder};
use resops::policy::Names;

use super::{Concern, Told};
use crate::cli::batch::history::Commit;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::json;
use crate::cli::ui;

/// So many names stand in the text; JSON has them all.
const SHOWN: usize = 6;

/// What all files came to.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) files: Vec<Told>,
    pub(super) fail_on: Vec<Concern>,
    /// A data key that was in use then is old.
    pub(super) old: Option<String>,
    /// RFC 3339.
    pub(super) now: String,
    pub(super) failures: Vec<Failure>,
}

impl Tally {
    /// Tells of a file that there is nothing to tell of.
    pub(super) fn fail(&mut self, file: &str, failure: Failure) {
        failure.tell(file);
        self.failures.push(failure);
    }

    /// Prints all, and gives the end of the run.
    ///
    /// # Errors
    ///
    /// If a file could not be read, or something was found that the run is to fail on.
    pub(super) fn finish(self, json: bool, names: &Names) -> Result<(), Failure> {
        let told = if json { json::write(&self.tree(names))? } else { self.text(names).into_bytes() };
        files::write_stdout(&told)?;
        let with = |concern| self.files.iter().filter(|told| self.has(told, concern)).count();
        let mut parts = vec![count(self.files.len(), "file")];
        for (concern, words) in [
            (Concern::ClearText, "committed in clear text"),
            (Concern::Former, "with a data key that a former recipient had"),
            (Concern::OldKey, "with an old data key"),
        ] {
            parts.extend((with(concern) > 0).then(|| format!("{} {words}", with(concern))));
        }
        if !self.failures.is_empty() {
            parts.push(format!("{} failed", self.failures.len()));
        }
        ui::say(&format!("report: {}\n", parts.join(", ")));
        let found = self.fail_on.iter().filter(|concern| with(**concern) > 0).map(|concern| code(*concern));
        let codes: BTreeSet<u8> =
            found.chain(self.failures.iter().map(|failure| failure.kind().code())).collect();
        match (codes.len(), codes.first()) {
            (0, _) | (_, None) => Ok(()),
            (1, Some(code)) => Err(Failure::silent(Kind::Found(*code))),
            _ => Err(Failure::silent(Kind::Several)),
        }
    }

    fn has(&self, told: &Told, concern: Concern) -> bool {
        match concern {
            Concern::ClearText => !told.story.clear.is_empty() || !told.story.clear_values.is_empty(),
            Concern::Former => told.story.former.iter().any(|former| former.same_key),
            Concern::OldKey => {
                let limit = self.old.as_deref().and_then(seconds);
                let since = told.story.key_since.map(|at| told.places[at].commit.time);
                since.is_some_and(|since| limit.is_some_and(|limit| since < limit))
            }
        }
    }

    /// How many days ago.
    fn days(&self, commit: &Commit) -> i64 {
        (seconds(&self.now).unwrap_or(commit.time).saturating_sub(commit.time) / (24 * 60 * 60)).max(0)
    }

    fn text(&self, names: &Names) -> String {
        let mut out = String::new();
        for (at, told) in self.files.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            for line in self.lines(told, names) {
                out.push_str(&ui::visible(&line));
                out.push('\n');
            }
        }
        let any = |concern| self.files.iter().any(|told| self.has(told, concern));
        let mut help = |concern: Concern, text: &str| {
            if any(concern) {
                out.push_str(&format!("help: {}: {text}\n", concern.name()));
            }
        };
        if any(Concern::ClearText) || any(Concern::Former) || any(Concern::OldKey) {
            help(
                Concern::ClearText,
                "whoever has the repository can read that: change those values where they are used",
            );
            help(
                Concern::Former,
                "change what they could read where it is used, and `sops rotate --in-place FILE`",
            );
            help(Concern::OldKey, "`sops rotate --in-place FILE`");
        }
        out
    }

    fn lines(&self, told: &Told, names: &Names) -> Vec<String> {
        let story = &told.story;
        let place = |at: usize| shown(&told.places[at].commit);
        let mut lines = vec![told.name.clone()];
        let mut line = |text: String| lines.push(format!("  {text}"));
        match &told.present {
            None => line("not encrypted".to_owned()),
            Some(present) => {
                let now = &present.snapshot;
                let values = count(present.paths.len(), "encrypted value");
                line(format!(
                    "{}, {values}, last encrypted {}",
                    formats::word(told.format),
                    now.last_modified
                ));
                line(format!("data key: {}", self.key(told)));
                if now.groups > 1 {
                    line(format!("recipients: keys of {} of {} groups together", now.needed, now.groups));
                } else {
                    line("recipients:".to_owned());
                }
                for (holder, since) in now.holders.iter().zip(&story.since) {
                    let since = match (since, &holder.created_at) {
                        (Some(at), _) => format!("since {}", place(*at)),
                        (None, Some(time)) => format!("since {time}, says the file"),
                        (None, None) if told.places.is_empty() => String::new(),
                        (None, None) => "not committed yet".to_owned(),
                    };
                    let group =
                        if now.groups > 1 { format!("group {}, ", holder.group + 1) } else { String::new() };
                    line(joined(&format!("  {}", named(holder, names)), &format!("{group}{since}")));
                }
            }
        }
        if !story.former.is_empty() {
            line("former recipients:".to_owned());
        }
        for former in &story.former {
            let until = former.gone.map_or_else(
                || "not in the file any more, which is not committed yet".to_owned(),
                |at| format!("out since {}", place(at)),
            );
            line(format!("  {}: since {}, {until}", named(&former.holder, names), place(former.first)));
            for text in reach(told, former) {
                line(format!("    {text}"));
            }
        }
        if let (Some(newest), Some(oldest)) = (story.clear.first(), story.clear.last()) {
            let among = match story.clear.len() {
                1 => place(*oldest),
                all => format!("{all} commits, from {} to {}", place(*oldest), place(*newest)),
            };
            line(format!("CLEAR TEXT: the whole file was committed in clear text: {among}"));
        }
        if let Some(newest) = story.clear_values.iter().map(|(_, at)| *at).min() {
            let values: Vec<usize> = story.clear_values.iter().map(|(value, _)| *value).collect();
            line(format!(
                "CLEAR TEXT: {} that {} encrypted today stood in clear text, last in {}: {}",
                count(values.len(), "value"),
                if values.len() == 1 { "is" } else { "are" },
                place(newest),
                some(told, &values)
            ));
        }
        if let Some(at) = story.unreadable.first() {
            let versions = count(story.unreadable.len(), "committed version");
            line(format!("note: {versions} could not be read, the last one {}", place(*at)));
        }
        for note in &told.notes {
            line(format!("note: {note}"));
        }
        lines
    }

    /// The age of the data key, as far as it is known.
    fn key(&self, told: &Told) -> String {
        match told.story.key_since {
            Some(at) => {
                let commit = &told.places[at].commit;
                let before = if told.story.unproven_before {
                    "older versions have nothing in common with it: it was changed then, or all else was"
                } else {
                    "not changed since the first encrypted version that git has"
                };
                format!(
                    "in use since {} at least, {}; {before}",
                    shown(commit),
                    match self.days(commit) {
                        1 => "1 day".to_owned(),
                        days => format!("{days} days"),
                    }
                )
            }
            None if told.story.unproven_before => {
                "no committed version has anything in common with it: it was changed since, or all else was"
                    .to_owned()
            }
            None => "how old it is, only committed versions could tell".to_owned(),
        }
    }
}

/// What a former recipient can still do, for certain and perhaps.
fn reach(told: &Told, former: &Former) -> Vec<String> {
    let all = told.present.as_ref().map_or(0, |present| present.paths.len());
    let together = if former.alone { "" } else { " (with keys of other groups)" };
    if !former.same_key {
        return vec![format!(
            "nothing is as it was then: the data key was changed since, or all else was; whether the values \
             were, only a key tells{together}"
        )];
    }
    let mut lines = vec![format!(
        "the data key is still the same: whoever kept it can read every value of today{together}"
    )];
    let unchanged = former.unchanged.len();
    if unchanged > 0 {
        lines.push(format!(
            "{unchanged} of {} {} unchanged since then: {}",
            count(all, "value"),
            if unchanged == 1 { "is" } else { "are" },
            some(told, &former.unchanged)
        ));
    }
    lines
}

/// The first of some values.
fn some(told: &Told, values: &[usize]) -> String {
    let paths = told.present.as_ref().map_or(&[][..], |present| &present.paths);
    let first = values.iter().filter_map(|at| paths.get(*at)).take(SHOWN);
    let mut out = first.map(String::as_str).collect::<Vec<_>>().join(", ");
    if values.len() > SHOWN {
        out.push_str(&format!(" and {} more", values.len() - SHOWN));
    }
    out
}

fn named(holder: &Holder, names: &Names) -> String {
    names.of(&holder.key).map_or_else(
        || format!("{} {}", holder.kind.name(), holder.key),
        |name| format!("{name} ({} {})", holder.kind.name(), holder.key),
    )
}

fn joined(what: &str, more: &str) -> String {
    if more.is_empty() { what.to_owned() } else { format!("{what}: {more}") }
}

/// A commit for people: `2024-03-01 (1f3a9c02d4)`.
fn shown(commit: &Commit) -> String {
    let day = time(commit).map_or_else(|| "?".to_owned(), |time| time.chars().take(10).collect());
    format!("{day} ({})", commit.id.get(..10).unwrap_or(&commit.id))
}

fn time(commit: &Commit) -> Option<String> {
    jiff::Timestamp::from_second(commit.time).ok().map(|time| time.to_string())
}

fn seconds(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The exit codes of `check` for the like.
const fn code(concern: Concern) -> u8 {
    match concern {
        Concern::ClearText => 31,
        Concern::Former => 32,
        Concern::OldKey => 34,
    }
}
