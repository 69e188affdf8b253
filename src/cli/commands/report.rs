//! `report`: who can read encrypted files, who could, and what of that is still in use. Without keys. What the
//! versions of a file tell is drawn from them in [`resops::ops::story`]; here they are found and told.

mod print;

use std::collections::HashMap;
use std::sync::Arc;

use resops::document::Format;
use resops::ops::{self, Present, Story, Version};

use crate::cli::args::ReportArgs;
use crate::cli::batch::history::{self, Commit, History, Reach};
use crate::cli::batch::{self, Target, meant};
use crate::cli::commands::check;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::formats;
use crate::cli::json;
use crate::cli::names;
use crate::cli::open;
use crate::cli::ui;
use print::Tally;

pub(crate) fn run(args: &ReportArgs, environment: &Environment) -> Result<(), Failure> {
    let json = json::is_wanted(&args.answer)?;
    let old = args.max_key_age.as_deref().filter(|text| !text.is_empty());
    let old = old.map(|age| check::limit("--max-key-age", age)).transpose()?;
    let fail_on = fail_on(args.fail_on.as_deref().unwrap_or_default(), old.is_some())?;
    // For the names of recipients.
    Config::load(&args.global, environment)?;
    let mut many = args.many.clone();
    many.recursive |= args.words.is_empty() && !many.any();
    let mut tally = Tally { fail_on, old, now: open::now(), ..Tally::default() };
    let mut targets = Vec::new();
    for entry in batch::select(&args.words, &many, environment)? {
        match entry {
            Ok(target) if target.draft => {}
            Ok(target) => targets.push(target),
            Err(refused) => tally.fail(&refused.0, refused.1),
        }
    }
    let read = batch::map("report", &targets, |target| ui::about(&target.name, || read(target)));
    let mut files = Vec::new();
    for (target, read) in targets.into_iter().zip(read) {
        match read {
            Ok(Some(present)) => files.push((target, present)),
            Ok(None) => {}
            Err(failure) => tally.fail(&target.name, failure),
        }
    }
    let paths: Vec<_> = files.iter().map(|(target, _)| target.path.as_path()).collect();
    let reach = if args.all { Reach::All } else { Reach::Head };
    let traced = history::trace(&paths, reach);
    let files: Vec<_> = files.into_iter().zip(traced).collect();
    let told = batch::map("report", &files, |((target, present), traced)| tell(target, present, traced));
    for ((target, _), told) in files.iter().map(|(file, _)| file).zip(told) {
        match told {
            Ok(told) => tally.files.push(told),
            Err(failure) => tally.fail(&target.name, failure),
        }
    }
    tally.finish(json, names::all())
}

/// What a run fails on, if it is to fail on anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Concern {
    ClearText,
    Former,
    OldKey,
}

impl Concern {
    const ALL: [Self; 3] = [Self::ClearText, Self::Former, Self::OldKey];

    const fn name(self) -> &'static str {
        match self {
            Self::ClearText => "clear-text",
            Self::Former => "former",
            Self::OldKey => "old-key",
        }
    }
}

fn fail_on(list: &str, has_limit: bool) -> Result<Vec<Concern>, Failure> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    let concerns = words.map(|word| {
        let concern = Concern::ALL.into_iter().find(|concern| concern.name() == word);
        let concern = concern.ok_or_else(|| {
            Failure::generic(format!("--fail-on: {word} is none of clear-text, former and old-key"))
        })?;
        if concern == Concern::OldKey && !has_limit {
            let why = "--fail-on old-key needs --max-key-age, which says what is old";
            return Err(Failure::new(Kind::Conflict, why).hint("as in --max-key-age 1y"));
        }
        Ok(concern)
    });
    concerns.collect()
}

/// What a file is now: encrypted, or what else.
type Now = Result<Present, Version>;

/// Reads a file, unless it was found in a folder and is not encrypted.
fn read(target: &Target) -> Result<Option<Now>, Failure> {
    let format = formats::choose(None, &target.path);
    Ok(meant::encrypted(target, format)?.map(|source| ops::present(source, format)))
}

/// A commit and what it calls the file.
pub(super) struct Place {
    pub(super) commit: Arc<Commit>,
    pub(super) path: String,
}

/// What is told of a file.
pub(super) struct Told {
    pub(super) name: String,
    pub(super) format: Format,
    /// Nothing if the file is not encrypted and never was, as far as is known.
    pub(super) present: Option<Present>,
    pub(super) story: Story,
    /// Where the versions of the story are.
    pub(super) places: Vec<Place>,
    /// What has to be known to read this right.
    pub(super) notes: Vec<String>,
}

/// Reads the versions of a file and draws the conclusions.
///
/// # Errors
///
/// If git does not answer.
fn tell(target: &Target, now: &Now, traced: &Result<History, String>) -> Result<Told, Failure> {
    let format = formats::choose(None, &target.path);
    let mut notes = Vec::new();
    let (mut places, mut versions, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    let mut newest_encrypted = None;
    match traced {
        Err(why) => notes.push(format!("no history: {why}")),
        Ok(history) => {
            let mut known: HashMap<(&str, Format), usize> = HashMap::new();
            let mut absent = 0;
            for edition in &history.editions {
                let format = formats::choose(None, &edition.path);
                let number = match known.get(&(edition.blob.as_str(), format)) {
                    Some(number) => *number,
                    None => {
                        let content = history.repository.read(&edition.blob);
                        let content = content
                            .map_err(|error| Failure::generic(format!("git cat-file: {}", reason(&error))))?;
                        let Some(content) = content else {
                            absent += 1;
                            continue;
                        };
                        versions.push(ops::version(content, format));
                        known.insert((&edition.blob, format), versions.len() - 1);
                        versions.len() - 1
                    }
                };
                if newest_encrypted.is_none() && matches!(versions[number], Version::Encrypted(_)) {
                    newest_encrypted = Some((&edition.blob, format));
                }
                let path = edition.path.to_string_lossy().into_owned();
                places.push(Place { commit: Arc::clone(&edition.commit), path });
                numbers.push(number);
            }
            if history.repository.shallow {
                notes.push("the clone is shallow: older commits are not here (git fetch --unshallow)".into());
            }
            if absent > 0 {
                notes.push(format!("{absent} committed versions are not in this clone, or too large"));
            }
            if history.editions.is_empty() {
                notes.push("no history: the file was never committed".into());
            }
        }
    }
    let versions: Vec<&Version> = numbers.iter().map(|number| &versions[*number]).collect();
    let mut present = now.as_ref().ok().cloned();
    if let Err(now) = now {
        notes.push(match now {
            Version::Unreadable => "as it is on disk, its text or its metadata cannot be read".into(),
            _ => "as it is on disk, it is not encrypted".into(),
        });
        if let (Ok(history), Some((blob, format))) = (traced, newest_encrypted)
            && let Ok(Some(content)) = history.repository.read(blob)
        {
            present = ops::present(content, format).ok();
            notes.push("this is about its last encrypted version in git".into());
        }
    }
    let story = ops::story(present.as_ref(), &versions);
    Ok(Told { name: target.name.clone(), format, present, story, places, notes })
}
