//! `doctor`: who can open a file, whether this machine can and through what, and the one command that
//! mends what is wrong. Nothing goes over the network unless that is asked for.

mod print;

use std::ffi::OsStr;
use std::path::Path;

use resops::document::{Document, Format};
use resops::keys::{
    FailedAttempt, Finding, GroupOutcome, Holding, KeyOutcome, MasterKey, RecoverFailure, WrappedKey,
};
use resops::metadata::{Metadata, MetadataError};
use resops::ops::{Difference, differences};

use crate::cli::args::DoctorArgs;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;
use crate::cli::json;
use crate::cli::no_key::{self, Situation};
use crate::cli::open::{Session, Tried};
use crate::cli::paths;

/// The exit code of damage, the same as in `check`.
const DAMAGED: u8 = 33;

pub(crate) fn run(args: &DoctorArgs, environment: &Environment) -> Result<(), Failure> {
    let as_json = json::is_wanted(&args.answer)?;
    if args.words.is_empty() {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified"));
    }
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    let home = environment.nonempty("HOME");
    let doctor = Doctor { args, config: &config, session: &session, home: home.as_deref(), environment };
    let reports: Vec<Report> = args.words.iter().map(|word| doctor.look_at(word)).collect();
    if as_json {
        let files = json::map([("files", json::list(reports.iter().map(print::tree)))]);
        files::write_stdout(&json::write(&files)?)?;
    } else {
        let texts: Vec<_> = reports.iter().map(print::text).collect();
        files::write_stdout(texts.join("\n").as_bytes())?;
    }
    let kinds: Vec<Kind> = reports.iter().filter_map(Report::kind).collect();
    match kinds.first() {
        None => Ok(()),
        Some(first) if kinds.iter().all(|kind| kind == first) => Err(Failure::silent(*first)),
        Some(_) => Err(Failure::silent(Kind::Several)),
    }
}

/// What is known of one file.
struct Report {
    file: String,
    found: Result<Found, Failure>,
}

/// What is known of an encrypted file.
struct Found {
    groups: Vec<Vec<KeyState>>,
    /// How many groups it takes.
    needed: usize,
    verdict: Verdict,
    /// Where it is not as its rule says; nothing if there is no rule for it.
    differs: Option<Vec<Difference>>,
    /// What to do next.
    next: Option<String>,
}

/// A key of the file.
struct KeyState {
    key: MasterKey,
    state: State,
}

/// What this machine can do with a key.
enum State {
    /// It opens its group, through this if that is known.
    Opens(Option<String>),
    /// It does not, and why.
    Fails(String),
    /// It is reached over the network, and was not asked.
    NotAsked,
}

/// Whether the file can be opened here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Opens,
    Closed,
    /// Only keys that were not asked can tell.
    Unknown,
}

impl Report {
    /// The kind of failure that the exit code tells.
    fn kind(&self) -> Option<Kind> {
        match &self.found {
            Ok(found) if found.verdict == Verdict::Opens => None,
            Ok(_) => Some(Kind::NoDataKey),
            Err(failure) => Some(failure.kind()),
        }
    }
}

/// What all files of a run share.
struct Doctor<'a> {
    args: &'a DoctorArgs,
    config: &'a Config,
    session: &'a Session,
    home: Option<&'a OsStr>,
    environment: &'a Environment,
}

impl Doctor<'_> {
    fn look_at(&self, word: &OsStr) -> Report {
        Report { file: word.to_string_lossy().into_owned(), found: self.find(word) }
    }

    fn find(&self, word: &OsStr) -> Result<Found, Failure> {
        let path = input::absolute(word, self.environment)?;
        let format = formats::choose(self.args.input_type.as_deref(), &path);
        let rule = self.config.rule_if_any(&path)?;
        let metadata = metadata(&path, word, format)?;
        let situation = Situation { file: Some(Path::new(word)), home: self.home.map(Path::new) };
        let shares = metadata.groups.len() > 1;
        // Everything is tried before it is told through what: what was found is known only then.
        let tried: Vec<Vec<(&WrappedKey, Tried)>> = metadata
            .groups
            .iter()
            .map(|group| {
                let try_one = |key| (key, self.session.try_key(key, shares, self.args.online));
                group.0.iter().map(try_one).collect()
            })
            .collect();
        let keys: Vec<&MasterKey> = metadata.groups.iter().flat_map(|g| &g.0).map(|k| &k.key).collect();
        let findings = self.session.findings(&keys);
        let opened = |group: &[(&WrappedKey, Tried)]| group.iter().any(|(_, t)| matches!(t, Tried::Opened));
        let open_to = |group: &[(&WrappedKey, Tried)]| {
            group.iter().any(|(_, t)| matches!(t, Tried::Opened | Tried::NotAsked))
        };
        let needed = needed(&metadata);
        let verdict = match (
            tried.iter().filter(|group| opened(group)).count(),
            tried.iter().filter(|group| open_to(group)).count(),
        ) {
            (opened, _) if opened >= needed => Verdict::Opens,
            (_, may_open) if may_open >= needed => Verdict::Unknown,
            _ => Verdict::Closed,
        };
        let differs = rule.as_ref().map(|rule| differences(&metadata, format, &rule.wanted()));
        let next = match verdict {
            Verdict::Opens => mend(differs.as_deref().unwrap_or_default(), &situation),
            Verdict::Unknown => Some(format!("sops doctor --online {}", situation.file())),
            Verdict::Closed => {
                let failure = failure(&metadata, &tried);
                no_key::next_step(&failure, &findings, &situation)
            }
        };
        let state = |(key, tried): (&WrappedKey, Tried)| {
            let state = match tried {
                Tried::Opened => State::Opens(through(&key.key, &findings, &situation)),
                Tried::NotAsked => State::NotAsked,
                Tried::Failed(attempts) => State::Fails(reason(&attempts)),
            };
            KeyState { key: key.key.clone(), state }
        };
        let groups = tried.into_iter().map(|group| group.into_iter().map(state).collect()).collect();
        Ok(Found { groups, needed, verdict, differs, next })
    }
}

/// The metadata of a file.
fn metadata(path: &Path, word: &OsStr, format: Format) -> Result<Metadata, Failure> {
    let damaged = |why: String| Failure::new(Kind::Found(DAMAGED), why);
    let source = input::read(path)?;
    let form = if format == Format::Binary { Format::Json } else { format };
    let looks = resops::ops::looks_encrypted(&source, format);
    let plain = || {
        Failure::generic("it is not encrypted")
            .hint(format!("sops encrypt --in-place {}", paths::pasted(Path::new(word))))
    };
    let document = match Document::parse(source, form) {
        Ok(document) => document,
        Err(_) if !looks => return Err(plain()),
        Err(error) => {
            return Err(damaged(format!("damaged: line {}: {}", error.line, error.problem)));
        }
    };
    Metadata::of(&document).map_err(|error| match error {
        MetadataError::NotFound => plain(),
        error => {
            let text = error.to_string();
            damaged(format!(
                "damaged metadata: {}",
                text.lines().find(|line| !line.is_empty()).unwrap_or_default()
            ))
        }
    })
}

/// How many groups it takes to open a file.
fn needed(metadata: &Metadata) -> usize {
    match usize::try_from(metadata.shamir_threshold) {
        _ if metadata.groups.len() < 2 => 1,
        Ok(threshold) if threshold > 0 => threshold,
        _ => metadata.groups.len(),
    }
}

/// What a run that needs the data key would have failed with.
fn failure(metadata: &Metadata, tried: &[Vec<(&WrappedKey, Tried)>]) -> RecoverFailure {
    let groups = tried.iter().map(|group| {
        let recovered = group.iter().any(|(_, tried)| matches!(tried, Tried::Opened));
        let failed = group.iter().filter_map(|(key, tried)| match tried {
            Tried::Failed(attempts) => Some(KeyOutcome { key: key.key.clone(), attempts: attempts.clone() }),
            Tried::Opened | Tried::NotAsked => None,
        });
        GroupOutcome { recovered, failed: failed.collect() }
    });
    RecoverFailure::KeysFailed {
        threshold: usize::try_from(metadata.shamir_threshold).unwrap_or(0),
        groups: groups.collect(),
    }
}

/// Where the identity of a key was found.
fn through(key: &MasterKey, findings: &[Finding], situation: &Situation<'_>) -> Option<String> {
    let text = key.text();
    let found = findings.iter().find(|finding| {
        finding.searched
            && matches!(&finding.holding, Holding::Opens(name) if no_key::is_same_key(name, &text))
    });
    found.map(|finding| situation.place(finding))
}

/// Why a key failed, in a line.
fn reason(attempts: &[FailedAttempt]) -> String {
    const LONG: usize = 120;
    let Some(attempt) = attempts.first() else { return "no key service was asked".to_owned() };
    if !attempt.looked_in.is_empty() {
        return "nothing on this machine opens it".to_owned();
    }
    let text = attempt.reason.to_string();
    let line = text.lines().next().unwrap_or_default();
    let cut = line.char_indices().nth(LONG).map_or(line.len(), |(at, _)| at);
    format!("{}{}", &line[..cut], if cut < line.len() { "…" } else { "" })
}

/// The command that brings a file in line with its rule.
fn mend(differs: &[Difference], situation: &Situation<'_>) -> Option<String> {
    let file = situation.file();
    if differs == [Difference::SealMissing] {
        return Some(format!("sops seal {file}"));
    }
    if differs.iter().any(|difference| !difference.is_about_keys()) {
        return Some(format!("sops reencrypt {file}"));
    }
    // The threshold of a rule is taken on request only.
    if differs.iter().any(|difference| matches!(difference, Difference::Threshold { .. })) {
        return Some(format!("sops reencrypt {file}"));
    }
    (!differs.is_empty()).then(|| format!("sops updatekeys {file}"))
}
