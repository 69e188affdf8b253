//! `git merge-driver`, `git mergetool` and `git resolve`: three versions become one file.
//!
//! What git sees of a conflict is an exit code of 1 and a file with markers, as always. But that file holds
//! ciphertext alone, also where no key was at hand: it is then just both versions, whole.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use resops::document::conflict::{self, Show, Sides};
use resops::document::{EmitStyle, Format};
use resops::ops::{AmendError, MergeError, MergeSide, Merging};

use super::repository::Git;
use crate::cli::args::{GitDecisionArgs, GitMergeDriverArgs, GitMergetoolArgs, GitResolveArgs, GitToolArgs};
use crate::cli::audit::Action;
use crate::cli::commands::edit::{Decision, Editing, merge_failure};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::{self, NewFile};
use crate::cli::formats::{self, Types};
use crate::cli::input::{self, Input};
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::paths;
use crate::cli::ui;

pub(crate) fn merge_driver(args: &GitMergeDriverArgs, environment: &Environment) -> Result<(), Failure> {
    let [base, ours, theirs, path] = args.words.as_slice() else {
        return Err(Failure::generic("need precisely four words: BASE OURS THEIRS PATH (git's %O %A %B %P)"));
    };
    let read = |word: &OsString| files::read(Path::new(word)).map_err(Failure::generic);
    // Where both sides added the file, git hands over an empty one.
    let base_bytes = Some(read(base)?).filter(|bytes| !bytes.is_empty());
    // Of several common ancestors git makes one, with our help; their conflicts are older than ours.
    let base_bytes = base_bytes.map(|bytes| match conflict::split(&bytes) {
        Ok(Some(sides)) => sides.base.unwrap_or(sides.ours),
        _ => bytes,
    });
    let versions = Sides { base: base_bytes, ours: read(ours)?, theirs: read(theirs)? };
    let name = input::absolute(path, environment)?;
    let driver = Driver {
        format: format(&args.tools, &name, &versions),
        config: Config::load(&args.tools.opening.global, environment)?,
        session: session(&args.tools, &name, environment)?,
        size: args.marker_size,
        path: PathBuf::from(path),
    };
    let merged = match driver.merge(&versions) {
        Ok(merged) => merged,
        Err(Unmerged::NotEncrypted) => return by_lines(args.marker_size, [base, ours, theirs], environment),
        Err(Unmerged::Failed(failure)) => Merged {
            bytes: conflict::join(&versions, driver.size, Show::Everything),
            conflict: Some(*failure),
        },
    };
    files::write(Path::new(ours), &merged.bytes, NewFile::Shared)
        .map_err(|error| error.into_failure("merge"))?;
    // git takes 1 for a conflict, and 129 and more for an accident.
    merged.conflict.map_or(Ok(()), |failure| Err(failure.with_kind(Kind::Generic)))
}

fn session(tools: &GitToolArgs, name: &Path, environment: &Environment) -> Result<Session, Failure> {
    let session = Session::opening(&tools.opening, environment)?;
    session.about(name);
    Ok(session)
}

/// The format of a file by its name, or by what an encrypted version holds.
fn format(tools: &GitToolArgs, name: &Path, versions: &Sides) -> Format {
    let types = Types::choose(tools.input_type.as_deref(), None, name);
    types.for_content(&versions.ours, false).input
}

/// Files that are not encrypted are merged as git merges any text.
fn by_lines(size: usize, files: [&OsString; 3], environment: &Environment) -> Result<(), Failure> {
    let [base, ours, theirs] = files.map(OsString::as_os_str);
    let size = format!("--marker-size={size}");
    let labels = ["-L", "ours", "-L", "base", "-L", "theirs"].map(OsStr::new);
    let first = [OsStr::new("merge-file"), OsStr::new(&size)];
    let arguments = [&first[..], &labels[..], &[ours, base, theirs]].concat();
    let status = Git::find(environment)?.pass_on(&arguments)?;
    if status.success() { Ok(()) } else { Err(Failure::silent(Kind::Generic)) }
}

struct Driver {
    format: Format,
    config: Config,
    session: Session,
    size: usize,
    /// The file as git names it.
    path: PathBuf,
}

/// What the file is to hold, and why git should not take it for merged.
struct Merged {
    bytes: Vec<u8>,
    conflict: Option<Failure>,
}

enum Unmerged {
    NotEncrypted,
    Failed(Box<Failure>),
}

impl From<Failure> for Unmerged {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl Driver {
    fn merge(&self, versions: &Sides) -> Result<Merged, Unmerged> {
        let refused = |failure: Failure| {
            let (path, pasted) = (self.path.display(), paths::pasted(&self.path));
            ui::say(&format!(
                "{path}: not merged; the file holds both versions as they are; who has a key goes on with: sops git resolve {pasted}\n"
            ));
            Unmerged::from(failure)
        };
        let merging = match self.session.merge(versions.clone(), self.format)? {
            Ok(merging) => merging,
            Err(MergeError::NotEncrypted) => return Err(Unmerged::NotEncrypted),
            Err(error) => return Err(refused(merge_failure(error, self.format, &self.session))),
        };
        let style = self.config.style(self.format, "Could not marshal tree").map_err(&refused)?;
        self.result(&merging, style).map_err(refused)
    }

    fn result(&self, merging: &Merging, style: EmitStyle) -> Result<Merged, Failure> {
        let amend_failure = |error: AmendError| match error {
            AmendError::DataKey(failure) => self.session.no_key(failure),
            AmendError::Encrypt(error) => error.into(),
            error => Failure::generic(error.to_string()),
        };
        if !merging.is_clean() {
            let bytes = self.session.with(|context| merging.unresolved(self.size, style, context));
            let bytes = bytes.map_err(amend_failure)?;
            self.session.record(Action::Encrypt)?;
            return Ok(Merged { bytes, conflict: Some(self.conflict(merging)) });
        }
        if let Some(bytes) = merging.as_it_is() {
            return Ok(Merged { bytes: bytes.to_vec(), conflict: None });
        }
        let sealed = self.session.with(|context| merging.seal(merging.text(), style, context));
        let bytes = encrypted_bytes(sealed.map_err(amend_failure)?);
        self.session.record(Action::Encrypt)?;
        Ok(Merged { bytes, conflict: None })
    }

    fn conflict(&self, merging: &Merging) -> Failure {
        let (path, pasted) = (self.path.display(), paths::pasted(&self.path));
        let whole = merging.conflicts().iter().any(String::is_empty);
        let mut what: Vec<String> = match merging.conflicts() {
            [] => Vec::new(),
            _ if whole => vec!["the changes of both sides cannot be brought together".to_owned()],
            conflicts => vec![format!("both sides changed {}", conflicts.join(", "))],
        };
        what.extend(merging.policy_conflicts().iter().map(ToString::to_string));
        let (decide, or) = match merging.policy_conflicts() {
            [] => ("", ""),
            _ => (" --metadata ours", " (or theirs)"),
        };
        Failure::generic(format!("{path}: {}", what.join("; "))).hint(format!(
            "sops git resolve{decide} {pasted}{or}; it shows both values, and encrypts what you save. Then git add {pasted}"
        ))
    }
}

pub(crate) fn mergetool(args: &GitMergetoolArgs, environment: &Environment) -> Result<(), Failure> {
    let [local, base, remote, merged] = args.words.as_slice() else {
        return Err(Failure::generic("need precisely four words: LOCAL BASE REMOTE MERGED"));
    };
    let read = |word: &OsString| files::read(Path::new(word)).map_err(Failure::generic);
    let base_bytes = Some(base).filter(|base| Path::new(base).is_file()).map(read).transpose()?;
    let base_bytes = base_bytes.filter(|bytes| !bytes.is_empty());
    let versions = Sides { base: base_bytes, ours: read(local)?, theirs: read(remote)? };
    let path = input::absolute(merged, environment)?;
    on_file(&path, &args.tools, &args.decisions, environment, |_| Ok(versions))
}

pub(crate) fn resolve(args: &GitResolveArgs, environment: &Environment) -> Result<(), Failure> {
    let [word] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: need precisely one file"));
    };
    let path = input::absolute(word, environment)?;
    Input::File(path.clone()).must_exist()?;
    on_file(&path, &args.tools, &args.decisions, environment, |editing| {
        let broken = match editing.unresolved_versions() {
            Ok(Some(versions)) => return Ok(versions),
            Ok(None) => Failure::generic(format!("{} is not in the middle of a merge", path.display())),
            Err(failure) => failure,
        };
        stages(&path, environment)?.ok_or(broken)
    })
}

fn on_file(
    path: &Path,
    tools: &GitToolArgs,
    decisions: &GitDecisionArgs,
    environment: &Environment,
    versions: impl FnOnce(&Editing<'_>) -> Result<Sides, Failure>,
) -> Result<(), Failure> {
    if decisions.ours && decisions.theirs {
        return Err(Failure::new(Kind::Conflict, "Error: --ours and --theirs exclude each other"));
    }
    let config = Config::load(&tools.opening.global, environment)?;
    let session = session(tools, path, environment)?;
    let input = formats::choose(tools.input_type.as_deref(), path);
    let mut editing = Editing {
        path,
        input,
        output: input,
        show_master_keys: false,
        ignore_mac: false,
        config: &config,
        session: &session,
        environment,
    };
    let versions = versions(&editing)?;
    editing.input = format(tools, path, &versions);
    editing.output = editing.input;
    let metadata = match decisions.metadata.as_deref() {
        None | Some("") => None,
        Some("ours") => Some(MergeSide::Ours),
        Some("theirs") => Some(MergeSide::Theirs),
        Some(other) => {
            return Err(Failure::generic(format!("--metadata {other}: it is ours or theirs")));
        }
    };
    let values = match (decisions.ours, decisions.theirs) {
        (true, _) => Some(MergeSide::Ours),
        (_, true) => Some(MergeSide::Theirs),
        _ => None,
    };
    editing.resolve(versions, &Decision { values, metadata })
}

/// The versions that git keeps of a file that it could not merge.
fn stages(path: &Path, environment: &Environment) -> Result<Option<Sides>, Failure> {
    let Ok(git) = Git::find(environment) else { return Ok(None) };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(None) };
    let stage = |number: u8| {
        let mut object = OsString::from(format!(":{number}:./"));
        object.push(name);
        git.answer(&[
            OsStr::new("-C"),
            folder.as_os_str(),
            OsStr::new("cat-file"),
            OsStr::new("blob"),
            &object,
        ])
    };
    Ok(match (stage(2)?, stage(3)?) {
        (Some(ours), Some(theirs)) => Some(Sides { base: stage(1)?, ours, theirs }),
        _ => None,
    })
}
