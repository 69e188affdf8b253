//! Many files in one run: all cores, one set of clients, each file whole or untouched.
//!
//! [`select`] says which files, a command gives what becomes of one, [`run`] does the rest: threads, writing,
//! progress, what failed, the summary and the one exit code.
//!
//! Files are read and changed on their own, and then put in place some at a time, so that the disk
//! is waited for less often; see [`Prepared`]. A signal removes what is not in place yet, and what is stays: a
//! second run finishes the job.

pub(crate) mod git;
pub(crate) mod history;
pub(crate) mod meant;
mod report;
mod select;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};

pub(crate) use report::Words;
pub(crate) use select::{Entry, Origin, Refused, Target, select};

use crate::cli::args::OutputArgs;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::{Prepared, UpdateError};
use crate::cli::output::{self, Rewritten};
use crate::cli::ui;
use report::{Progress, Report};

/// How many files a thread puts in place together, at most, and how many bytes.
const TOGETHER: usize = 16;
const BYTES_TOGETHER: usize = 4 << 20;
/// Threads for each core: most of them wait for the disk.
const THREADS_PER_CORE: usize = 4;

/// What becomes of a file.
pub(crate) enum Outcome {
    /// It gets another content.
    Change {
        /// What it is to hold.
        bytes: Vec<u8>,
        /// What is told of the change on stdout; may be empty.
        text: String,
    },
    /// It is as it should be.
    Unchanged,
    /// It was found, but is none of those that the command is for.
    NotMeant,
}

/// How a file ended.
enum Ended {
    Changed(String),
    Unchanged,
    NotMeant,
    Failed(Failure),
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    InPlace,
    /// `--dry-run`
    Nothing,
}

/// How many files are written: in place, or not at all.
///
/// # Errors
///
/// [`Kind::Conflict`] for flags that mean one file, or one output.
pub(crate) fn in_place_only(output: &OutputArgs, dry_run: bool) -> Result<Writing, Failure> {
    let conflict = |why: &str| Err(Failure::new(Kind::Conflict, format!("Error: {why}")));
    if output.output.as_ref().is_some_and(|path| !path.is_empty()) {
        return conflict("--output takes one result; many files are written in place");
    }
    if output.filename_override.as_ref().is_some_and(|name| !name.is_empty()) {
        return conflict("--filename-override is for one file; many go by their own names");
    }
    match (dry_run, output.in_place) {
        (true, _) => Ok(Writing::Nothing),
        (false, true) => Ok(Writing::InPlace),
        (false, false) => conflict("many files are written in place: give --in-place, or --dry-run to see"),
    }
}

/// What a command does with one file: from its content to its new content. It may be asked again if
/// somebody changes the file meanwhile.
pub(crate) type Job<'a> = dyn Fn(&Target, Vec<u8>) -> Result<Outcome, Failure> + Sync + 'a;

/// Reads a file for a job; nothing if it cannot be one that is meant, so that large files in folders
/// are not read.
pub(crate) type Reader<'a> = dyn Fn(&Target) -> Result<Option<Vec<u8>>, Failure> + Sync + 'a;

/// Does the job for all files.
///
/// # Errors
///
/// The kind of the files that failed, or [`Kind::Several`](crate::cli::error::Kind::Several); what failed was
/// told.
pub(crate) fn run(
    entries: Vec<Entry>,
    words: &Words,
    writing: Writing,
    read: &Reader<'_>,
    job: &Job<'_>,
) -> Result<(), Failure> {
    let mut report = Report::new(words, writing, entries.len());
    let mut targets = Vec::with_capacity(entries.len());
    for (number, entry) in entries.into_iter().enumerate() {
        match entry {
            Ok(target) if target.draft => {
                report.take(number, &target.name, Ended::NotMeant)?;
            }
            Ok(target) => targets.push((number, target)),
            Err(refused) => {
                let (name, failure) = *refused;
                report.take(number, &name, Ended::Failed(failure))?;
            }
        }
    }
    let work = Work { targets: &targets, next: AtomicUsize::new(0), writing, read, job };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (cores * THREADS_PER_CORE).min(targets.len());
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, work) = (sender.clone(), &work);
            scope.spawn(move || work.help(&sender));
        }
        drop(sender);
        for (at, ended) in receiver {
            let (number, target) = &targets[at];
            report.take(*number, &target.name, ended)?;
        }
        Ok::<(), Failure>(())
    })?;
    report.finish()
}

/// Does something with each of many things, on all cores; `verb` is what is shown on a terminal meanwhile.
pub(crate) fn map<T: Sync, R: Send>(verb: &str, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_on(std::thread::available_parallelism().map_or(1, usize::from), verb, items, work)
}

/// [`map`] on so many threads, for work that waits for others.
pub(crate) fn map_on<T: Sync, R: Send>(
    threads: usize,
    verb: &str,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let threads = threads.min(items.len());
    let (sender, receiver) = mpsc::channel();
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let mut progress = Progress::new(verb, items.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while let Some((at, item)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
                {
                    let _ = sender.send((at, work(item)));
                }
            });
        }
        drop(sender);
        for (at, result) in receiver {
            results[at] = Some(result);
            progress.step();
        }
    });
    ui::progress("");
    results.into_iter().flatten().collect()
}

/// What all threads share.
struct Work<'a> {
    targets: &'a [(usize, Target)],
    /// The first file that nobody has taken.
    next: AtomicUsize,
    writing: Writing,
    read: &'a Reader<'a>,
    job: &'a Job<'a>,
}

/// A file that is changed, but not in place yet.
struct Pending {
    at: usize,
    text: String,
    prepared: Prepared,
}

impl Work<'_> {
    /// Takes files until there are none left.
    fn help(&self, sender: &Sender<(usize, Ended)>) {
        let mut pending: Vec<Pending> = Vec::new();
        let mut bytes = 0;
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((_, target)) = self.targets.get(at) else { break };
            let ended = match ui::about(&target.name, || self.change(target)) {
                Ok(Step::Ended(ended)) => ended,
                Ok(Step::Pending(text, prepared)) => {
                    bytes += prepared.len();
                    pending.push(Pending { at, text, prepared });
                    if pending.len() >= TOGETHER || bytes >= BYTES_TOGETHER {
                        self.put(&mut pending, sender);
                        bytes = 0;
                    }
                    continue;
                }
                Err(failure) => Ended::Failed(failure),
            };
            // Whoever listens ends when nobody sends: nobody to tell is nothing to do.
            let _ = sender.send((at, ended));
        }
        self.put(&mut pending, sender);
    }

    fn change(&self, target: &Target) -> Result<Step, Failure> {
        let Some(source) = (self.read)(target)? else { return Ok(Step::Ended(Ended::NotMeant)) };
        Ok(match (self.job)(target, source.clone())? {
            Outcome::Change { bytes, text } if self.writing == Writing::InPlace => {
                let prepared = Prepared::new(&target.path, source, bytes);
                Step::Pending(text, prepared.map_err(|error| error.into_failure("in-place"))?)
            }
            Outcome::Change { text, .. } => Step::Ended(Ended::Changed(text)),
            Outcome::Unchanged => Step::Ended(Ended::Unchanged),
            Outcome::NotMeant => Step::Ended(Ended::NotMeant),
        })
    }

    /// Waits for the disk, and puts the files in place.
    fn put(&self, pending: &mut Vec<Pending>, sender: &Sender<(usize, Ended)>) {
        let synced: Vec<_> = pending.iter().map(|pending| pending.prepared.sync()).collect();
        let mut folders = BTreeSet::new();
        let mut ended = Vec::with_capacity(pending.len());
        for (Pending { at, text, prepared }, synced) in pending.drain(..).zip(synced) {
            let put = synced.map_err(UpdateError::Write).and_then(|()| prepared.put());
            ended.push((
                at,
                match put {
                    Ok(folder) => {
                        folders.extend(folder);
                        Ended::Changed(text)
                    }
                    Err(UpdateError::Changed) => {
                        let (_, target) = &self.targets[at];
                        ui::about(&target.name, || self.change_again(target))
                    }
                    Err(UpdateError::Write(error)) => Ended::Failed(error.into_failure("in-place")),
                },
            ));
        }
        folders.iter().for_each(|folder| crate::cli::files::sync_folder(folder));
        ended.into_iter().for_each(|ended| drop(sender.send(ended)));
    }

    /// Does the job with what somebody else left.
    fn change_again(&self, target: &Target) -> Ended {
        let mut told = Ended::Unchanged;
        let rewritten = output::rewrite(&target.path, |source| match (self.job)(target, source)? {
            Outcome::Change { bytes, text } => {
                told = Ended::Changed(text);
                Ok(Some(bytes))
            }
            Outcome::Unchanged => {
                told = Ended::Unchanged;
                Ok(None)
            }
            Outcome::NotMeant => {
                told = Ended::NotMeant;
                Ok(None)
            }
        });
        match rewritten {
            Ok(Rewritten::Yes | Rewritten::No) => told,
            Err(failure) => Ended::Failed(failure),
        }
    }
}

/// How far a file came.
enum Step {
    Ended(Ended),
    Pending(String, Prepared),
}
