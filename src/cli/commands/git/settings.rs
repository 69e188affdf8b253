//! What git is told: its settings, and the file of attributes; looked at, changed, or said what would be.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::repository::{Git, line};
use crate::cli::args::GitPlaceArgs;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::{self, NewFile};

/// Settings that belong together.
pub(super) struct Section {
    pub(super) name: &'static str,
    /// The setting that tells whose section it is, and what its value holds if it is ours.
    pub(super) mark: (&'static str, &'static str),
    pub(super) keys: &'static [&'static str],
}

pub(super) const SECTIONS: [Section; 4] = [
    Section { name: "diff.sops", mark: ("textconv", " git textconv"), keys: &["textconv"] },
    Section { name: "merge.sops", mark: ("driver", " git merge-driver "), keys: &["name", "driver"] },
    Section { name: "mergetool.sops", mark: ("cmd", " git mergetool "), keys: &["cmd", "trustExitCode"] },
    Section {
        name: "filter.sops",
        mark: ("process", " git filter-process"),
        keys: &["process", "clean", "smudge", "required"],
    },
];

pub(super) const FILTER: &str = "filter.sops";

/// Where settings and attributes are.
pub(super) struct Setup {
    pub(super) git: Git,
    /// The flag of `git config`.
    scope: &'static str,
    pub(super) attributes: PathBuf,
    /// The top of the work tree; nothing for all repositories.
    pub(super) top: Option<PathBuf>,
    pub(super) dry_run: bool,
    pub(super) report: String,
}

impl Setup {
    pub(super) fn new(place: &GitPlaceArgs, environment: &Environment) -> Result<Self, Failure> {
        if place.local && place.global {
            return Err(Failure::new(Kind::Conflict, "Error: --local and --global exclude each other"));
        }
        let git = Git::find(environment)?;
        let (scope, top) = if place.global { ("--global", None) } else { ("--local", Some(git.top()?)) };
        let attributes = match &top {
            Some(top) => top.join(".gitattributes"),
            None => global_attributes(&git, environment)?,
        };
        Ok(Self { git, scope, attributes, top, dry_run: place.dry_run, report: String::new() })
    }

    pub(super) fn setting(&self, section: &Section, key: &str) -> Result<Option<String>, Failure> {
        let name = format!("{}.{key}", section.name);
        let value = self.git.answer(&["config", self.scope, "--get", &name])?;
        Ok(value.map(|value| line(value).to_string_lossy().into_owned()))
    }

    /// Whether the section is there, and whether it is ours.
    pub(super) fn owner(&self, section: &Section) -> Result<Owner, Failure> {
        Ok(match self.setting(section, section.mark.0)? {
            None => Owner::Nobody,
            Some(value) if value.contains(section.mark.1) => Owner::We,
            Some(_) => Owner::SomeoneElse,
        })
    }

    pub(super) fn set(&mut self, section: &Section, key: &str, value: &str) -> Result<(), Failure> {
        if self.setting(section, key)?.as_deref() == Some(value) {
            return Ok(());
        }
        let name = format!("{}.{key}", section.name);
        self.say(&format!("set {name} = {value}"));
        if !self.dry_run {
            self.git.must(&["config", self.scope, "--replace-all", &name, value])?;
        }
        Ok(())
    }

    pub(super) fn unset(&mut self, section: &Section, key: &str) -> Result<(), Failure> {
        if self.setting(section, key)?.is_none() {
            return Ok(());
        }
        let name = format!("{}.{key}", section.name);
        self.say(&format!("remove {name}"));
        if !self.dry_run {
            self.git.must(&["config", self.scope, "--unset-all", &name])?;
        }
        Ok(())
    }

    pub(super) fn attributes(&self) -> Result<Option<Vec<u8>>, Failure> {
        if !self.attributes.exists() {
            return Ok(None);
        }
        files::read(&self.attributes).map(Some).map_err(|why| Failure::new(Kind::ReadInput, why))
    }

    pub(super) fn write_attributes(&mut self, new: Option<&[u8]>) -> Result<(), Failure> {
        let path = self.attributes.clone();
        let Some(new) = new else {
            self.say(&format!("remove {}", path.display()));
            if !self.dry_run {
                std::fs::remove_file(&path).map_err(|error| {
                    Failure::new(Kind::WriteOutput, format!("{}: {error}", path.display()))
                })?;
            }
            return Ok(());
        };
        if !self.dry_run {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| {
                    Failure::new(Kind::WriteOutput, format!("{}: {error}", folder.display()))
                })?;
            }
            files::write(&path, new, NewFile::Shared).map_err(|error| error.into_failure("output"))?;
        }
        Ok(())
    }

    pub(super) fn say(&mut self, what: &str) {
        let would = if self.dry_run { "would " } else { "" };
        self.report.push_str(&format!("{would}{what}\n"));
    }

    pub(super) fn finish(self, otherwise: &str) -> Result<(), Failure> {
        let text = if self.report.is_empty() { format!("{otherwise}\n") } else { self.report };
        files::write_stdout(text.as_bytes())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Nobody,
    We,
    SomeoneElse,
}

/// The file of attributes for all repositories of a user (gitattributes, "NOTES").
pub(super) fn global_attributes(git: &Git, environment: &Environment) -> Result<PathBuf, Failure> {
    let named = git.answer(&["config", "--global", "--type=path", "--get", "core.attributesFile"])?;
    if let Some(path) = named.map(line).filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    let base = environment.nonempty("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = base.or_else(|| environment.nonempty("HOME").map(|home| Path::new(&home).join(".config")));
    base.map(|base| base.join("git/attributes"))
        .ok_or_else(|| Failure::generic("neither XDG_CONFIG_HOME nor HOME is set"))
}

pub(super) fn no_words(words: &[OsString]) -> Result<(), Failure> {
    match words.first() {
        None => Ok(()),
        Some(word) => Err(Failure::generic(format!("{} means nothing here", word.display()))
            .hint("patterns of files are given with --pattern")),
    }
}
