//! `check`: secrets in clear text, damage, and files that are not as their rules say. Without keys, unless
//! they are asked for. What can be wrong is in [`resops::ops::check`]; here it is found, fixed and told.

mod fix;
mod left_over;
mod print;

use std::path::{Path, PathBuf};

use resops::document::Format;
use resops::ops::{self, Checked, Expectations, Finding, FindingKind};
use resops::policy::{OnBadRegex, Selector};

use crate::cli::args::CheckArgs;
use crate::cli::batch::{self, git, meant};
use crate::cli::config::{Config, Rule};
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;
use crate::cli::names;
use crate::cli::open::{self, Session};
use crate::cli::paths;
use crate::cli::ui;
use print::{Printing, Tally};

pub(crate) fn run(args: &CheckArgs, environment: &Environment) -> Result<(), Failure> {
    let printing = Printing::named(args.output_format.as_deref().unwrap_or("text"))?;
    let skip = kinds(args.skip.as_deref().unwrap_or_default())?;
    let not_before = args
        .max_age
        .as_deref()
        .filter(|text| !text.is_empty())
        .map(|age| limit("--max-age", age))
        .transpose()?;
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    let items = items(args, environment)?;
    let checking = Checking {
        config: &config,
        session: &session,
        not_before,
        keys: args.keys,
        strict: args.opening.strict,
    };
    let mut tally = Tally::default();
    for (file, finding) in rules(&config).into_iter().filter(|(_, finding)| !skip.contains(&finding.kind)) {
        tally.add(&file, finding);
    }
    let seen = batch::map("check", &items, |item| match item {
        Ok(item) => ui::about(&item.name, || checking.check(item)),
        Err(refused) => Ok(Seen::failed(refused.1.clone())),
    });
    for (item, seen) in items.iter().zip(seen) {
        let Seen { checked: Checked { encrypted, mut findings }, rule, failure } = seen?;
        let name = match item {
            Ok(item) => &item.name,
            Err(refused) => &refused.0,
        };
        tally.files += usize::from(failure.is_none());
        tally.encrypted += usize::from(encrypted);
        findings.retain(|finding| !skip.contains(&finding.kind));
        if let (true, Ok(item)) = (args.fix, item) {
            match checking.fix(item, rule.as_ref(), &mut findings) {
                Ok(None) => {}
                Ok(Some(what)) => tally.fixed.push((name.clone(), what)),
                // The findings stand, and say the rest.
                Err(failure) => {
                    let failure = failure.of_fix();
                    failure.tell(name);
                    tally.advise(failure);
                }
            }
        }
        findings.into_iter().for_each(|finding| tally.add(name, finding));
        failure.into_iter().for_each(|failure| tally.fail(name, failure));
    }
    tally.finish(printing)
}

/// A file that is checked, or a name that stands for none.
type Entry = Result<Item, batch::Refused>;

/// What is wrong with the rules themselves, with the file they stand in. From here on nobody is told of it by a
/// warning.
fn rules(config: &Config) -> Vec<(String, Finding)> {
    let misspelt = config.oddities().map(|(file, warning)| {
        let finding = Finding {
            kind: FindingKind::MisspeltRule,
            line: warning.line,
            message: format!("{} is passed over; did you mean {}?", warning.key, warning.did_you_mean),
        };
        (file.display().to_string(), finding)
    });
    let unusable = config.creation_rules().filter_map(|rule| {
        let error = Selector::compile(&rule.selection, OnBadRegex::Refuse).err()?;
        let message = format!("the selector cannot be used: {error}");
        let finding = Finding { kind: FindingKind::WeakSelector, line: rule.place.line, message };
        Some((rule.place.file.to_string(), finding))
    });
    misspelt.chain(unusable).collect()
}

/// A file that is checked.
pub(super) struct Item {
    pub(super) path: PathBuf,
    /// As people read it.
    pub(super) name: String,
    /// What is staged, where that is what is checked.
    pub(super) staged: Option<Vec<u8>>,
    /// Whether it goes by the name of a temporary file of ours.
    draft: bool,
}

fn items(args: &CheckArgs, environment: &Environment) -> Result<Vec<Entry>, Failure> {
    if args.staged {
        if args.many.any() || !args.words.is_empty() {
            return Err(Failure::new(
                Kind::Conflict,
                "Error: --staged takes all that is staged, and no other files",
            ));
        }
        let base = environment
            .working_directory()
            .map_err(|error| Failure::generic(format!("getwd: {}", reason(&error))))?;
        let item = |staged: git::Staged| Item {
            path: paths::absolute(&staged.name, &base),
            draft: Path::new(&staged.name).file_name().and_then(files::of_draft).is_some(),
            name: staged.name.to_string_lossy().into_owned(),
            staged: Some(staged.content),
        };
        let staged = git::staged(&base)?.into_iter().map(item);
        return Ok(staged.filter(|item| !item.path.ends_with(".sops.yaml")).map(Ok).collect());
    }
    let mut many = args.many.clone();
    many.recursive |= args.words.is_empty() && !many.any();
    let item = |target: batch::Target| Item {
        draft: target.draft,
        path: target.path,
        name: target.name,
        staged: None,
    };
    Ok(batch::select(&args.words, &many, environment)?.into_iter().map(|entry| entry.map(item)).collect())
}

/// The kinds of findings in a comma list.
fn kinds(list: &str) -> Result<Vec<FindingKind>, Failure> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            FindingKind::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
                let known: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.name()).collect();
                Failure::generic(format!("--skip: there are no findings called {name}"))
                    .hint(format!("they are called {}", known.join(", ")))
            })
        })
        .collect()
}

/// The time that lies this long back: `90d`, `12w`, `1y`.
pub(super) fn limit(flag: &str, age: &str) -> Result<String, Failure> {
    const DAY: i64 = 24 * 60 * 60;
    let unit = match age.as_bytes().last() {
        Some(b'd') => DAY,
        Some(b'w') => 7 * DAY,
        Some(b'y') => 365 * DAY,
        _ => 0,
    };
    let number = age.get(..age.len().saturating_sub(1)).and_then(|number| number.parse::<u32>().ok());
    let past = number.filter(|_| unit > 0).and_then(|number| open::before(i64::from(number) * unit));
    past.ok_or_else(|| {
        Failure::generic(format!("{flag}: {age} is no number of days, weeks or years, as in 90d, 12w or 1y"))
    })
}

/// What all files are checked with.
struct Checking<'a> {
    config: &'a Config,
    session: &'a Session,
    not_before: Option<String>,
    keys: bool,
    strict: bool,
}

/// What was seen of a file.
struct Seen {
    checked: Checked,
    rule: Option<Rule>,
    failure: Option<Failure>,
}

impl Seen {
    fn failed(failure: Failure) -> Self {
        let checked = Checked { encrypted: false, findings: Vec::new() };
        Self { checked, rule: None, failure: Some(failure) }
    }
}

impl Checking<'_> {
    /// Checks one file.
    ///
    /// # Errors
    ///
    /// If the rules are no good: then no file can be checked.
    fn check(&self, item: &Item) -> Result<Seen, Failure> {
        if item.draft {
            return Ok(left_over::check(item));
        }
        let format = formats::choose(None, &item.path);
        let rule = self.config.rule_if_any(&item.path)?;
        let covered = rule.as_ref().is_some_and(Rule::names_files);
        let source = match (&item.staged, covered) {
            (Some(staged), _) => Ok(Some(staged.clone())),
            (None, true) => input::read(&item.path).map(Some),
            (None, false) => meant::candidate(&item.path, format),
        };
        let source = match source {
            Ok(source) => source.unwrap_or_default(),
            Err(failure) => return Ok(Seen { rule, ..Seen::failed(failure) }),
        };
        let wanted = rule.as_ref().map(Rule::wanted);
        let expected = Expectations {
            format,
            rule: wanted.as_ref(),
            to_be_encrypted: covered,
            names: names::all(),
            strict: self.strict,
            not_before: self.not_before.as_deref(),
        };
        let copy = if self.keys { source.clone() } else { Vec::new() };
        let mut checked = ops::check(source, &expected);
        if self.keys && checked.encrypted && !checked.findings.iter().any(|finding| stops(finding.kind)) {
            self.session.about(&item.path);
            checked.findings.extend(self.open(copy, format));
        }
        Ok(Seen { checked, rule, failure: None })
    }

    /// Encrypts what is in clear text and should not be, takes that off the findings, and tells what it was.
    fn fix(
        &self,
        item: &Item,
        rule: Option<&Rule>,
        findings: &mut Vec<Finding>,
    ) -> Result<Option<String>, Failure> {
        let forgotten = |finding: &Finding| finding.kind == FindingKind::PlaintextFile;
        let clear = |finding: &Finding| {
            matches!(finding.kind, FindingKind::PlaintextValue | FindingKind::PlaintextComment)
        };
        if let (Some(rule), true) = (rule, findings.iter().any(forgotten)) {
            fix::encrypt(item, rule, self.config, self.session)?;
            findings.retain(|finding| !forgotten(finding));
            return Ok(Some("encrypted".to_owned()));
        }
        if !findings.iter().any(clear)
            || findings.iter().any(|finding| stops(finding.kind) && !clear(finding))
        {
            return Ok(None);
        }
        fix::finish(item, self.config, self.session)?;
        let lines: Vec<String> = findings
            .iter()
            .filter(|finding| clear(finding))
            .map(|finding| finding.line.to_string())
            .collect();
        findings.retain(|finding| !clear(finding));
        let s = if lines.len() == 1 { "" } else { "s" };
        Ok(Some(format!("encrypted what was in clear text in line{s} {}", lines.join(", "))))
    }

    /// What is wrong with a file for someone who has a key.
    fn open(&self, source: Vec<u8>, format: Format) -> Option<Finding> {
        let (kind, message) = match self.session.open(source, format) {
            Ok(file) => match file.verify() {
                Ok(_) => return None,
                // That is found without keys.
                Err(ops::MacError::Seal(ops::SealError::Missing)) => return None,
                Err(ops::MacError::Seal(error)) => (FindingKind::Seal, error.to_string()),
                // Not the MACs themselves: the right one is a digest of what is secret.
                Err(ops::MacError::Missing { .. }) => (FindingKind::Mac, "there is no MAC".to_owned()),
                Err(_) => (FindingKind::Mac, "the MAC does not fit the values".to_owned()),
            },
            Err(failure) => match failure.kind() {
                Kind::NoDataKey => (FindingKind::NoKey, "no key on this machine opens the file".to_owned()),
                _ => {
                    let line = failure.message().lines().next().unwrap_or_default().to_owned();
                    (FindingKind::Undecryptable, line)
                }
            },
        };
        Some(Finding { kind, line: 1, message })
    }
}

/// Whether a file with such a finding cannot be opened, for a reason that is told already.
const fn stops(kind: FindingKind) -> bool {
    matches!(
        kind,
        FindingKind::ConflictMarkers
            | FindingKind::DamagedFile
            | FindingKind::DamagedMetadata
            | FindingKind::DamagedValue
            | FindingKind::PlaintextValue
    )
}

/// The name of a file as a relative URI.
fn uri(name: &str) -> String {
    let name = name.strip_prefix("./").unwrap_or(name);
    let start = if Path::new(name).is_absolute() { "file://" } else { "" };
    let mut out = String::from(start);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
