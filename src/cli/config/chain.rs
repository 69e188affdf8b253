//! The configuration that a run finds, and those that it extends, one behind the other.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use resops::policy::{self, ConfigError, ConfigErrorKind, CreationRule, Extends, Outer, PathStyle, Place};

use super::{DEPTH, NAME};
use crate::cli::environment::Environment;
use crate::cli::error::Failure;
use crate::cli::files;
use crate::cli::input;
use crate::cli::paths;
use crate::cli::ui::{self, Level};

/// One configuration file.
pub(crate) struct Loaded {
    /// The folder that path rules are relative to.
    pub(super) base: PathBuf,
    /// The name in messages: as found or as typed.
    pub(super) name: PathBuf,
    pub(super) config: policy::Config,
    pub(super) warnings: Vec<policy::ConfigWarning>,
    /// Whether they were told.
    warned: AtomicBool,
}

/// What a rule said when it was asked about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tried {
    Matches,
    Differs,
    /// It cannot be asked, and why.
    Fails(String),
}

/// The rules of one configuration that are asked about a file, in turn up to the one that is for it.
pub(crate) struct Asked<'a> {
    pub(super) file: &'a Loaded,
    /// The path that they see.
    pub(crate) path: String,
    pub(crate) tried: Vec<(&'a CreationRule, Tried)>,
    /// The rule that would be for the file if it saw `/` where the system has something else.
    pub(crate) with_slashes: Option<&'a Place>,
}

impl Asked<'_> {
    /// The configuration as it was found or named.
    pub(crate) fn name(&self) -> String {
        self.file.name.display().to_string()
    }

    /// Where it says which configuration is asked next, if it does.
    pub(crate) fn extends(&self) -> Option<&Extends> {
        self.file.config.extends.as_ref()
    }

    /// How many rules it has.
    pub(crate) fn rules(&self) -> usize {
        self.file.config.creation_rules.as_ref().map_or(0, Vec::len)
    }
}

/// Why a configuration that another one extends is not to be had.
pub(crate) struct NotExtended {
    /// Where the other one names it.
    pub(crate) place: Place,
    /// What is wrong, in words with no place.
    pub(crate) why: String,
}

impl From<NotExtended> for Failure {
    fn from(NotExtended { place, why }: NotExtended) -> Self {
        Self::generic(format!("error loading config: {why}\n  at {place}"))
    }
}

/// Reads a configuration and all that it extends, and ties them together: the innermost goes first.
///
/// # Errors
///
/// Exit 1 if one of them cannot be read or understood, or extends itself.
pub(super) fn load(name: PathBuf, environment: &Environment) -> Result<Vec<Loaded>, Failure> {
    let first = Loaded::read(name, environment)?;
    let mut chain = vec![first];
    chain.extend(behind(&chain[0].name, &chain[0].config, environment)?);
    for at in (1..chain.len()).rev() {
        let (inner, outer) = chain.split_at_mut(at);
        inner[at - 1].config.extend(&outer[0].config);
    }
    Ok(chain)
}

/// The configurations behind `config`, which was read from `name`: not tied together.
fn behind(
    name: &Path,
    config: &policy::Config,
    environment: &Environment,
) -> Result<Vec<Loaded>, NotExtended> {
    let mut names = vec![name.to_path_buf()];
    let mut real = vec![std::fs::canonicalize(name).unwrap_or_else(|_| name.to_path_buf())];
    let mut found: Vec<Loaded> = Vec::new();
    while let Some(extends) = found.last().map_or(config, |last| &last.config).extends.clone() {
        let fails = |why: String| NotExtended { place: extends.place.clone(), why };
        let inner = &names[names.len() - 1];
        let folder = inner.parent().unwrap_or(Path::new(""));
        let outer = match &extends.outer {
            Outer::File(path) => folder.join(path),
            Outer::Next => {
                above(folder).ok_or_else(|| fails(format!("extends: no {NAME} above {}", inner.display())))?
            }
        };
        let there = std::fs::canonicalize(&outer).unwrap_or_else(|_| outer.clone());
        let known = real.contains(&there);
        names.push(outer.clone());
        real.push(there);
        if known {
            let round: Vec<_> = names.iter().map(|name| name.display().to_string()).collect();
            return Err(fails(format!("extends goes round in a circle: {}", round.join(" → "))));
        }
        let loaded = Loaded::read(outer, environment)
            .map_err(|failure| fails(format!("extends: {}", failure.message())))?;
        found.push(loaded);
    }
    Ok(found)
}

/// Ties a configuration that was read from `name` to what it extends.
///
/// # Errors
///
/// As [`load`].
pub(crate) fn complete(
    config: &mut policy::Config,
    name: &Path,
    environment: &Environment,
) -> Result<(), NotExtended> {
    let mut behind = behind(name, config, environment)?;
    for at in (1..behind.len()).rev() {
        let (inner, outer) = behind.split_at_mut(at);
        inner[at - 1].config.extend(&outer[0].config);
    }
    if let Some(outer) = behind.first() {
        config.extend(&outer.config);
    }
    Ok(())
}

/// The next configuration above a folder, by the kernel's parents.
fn above(folder: &Path) -> Option<PathBuf> {
    let real = |folder: &Path| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        std::fs::canonicalize(folder).ok()
    };
    let mut folder = if folder.is_absolute() { real(folder)? } else { folder.to_path_buf() };
    for _ in 0..DEPTH {
        if folder.is_absolute() {
            if !folder.pop() {
                return None;
            }
        } else {
            let before = real(&folder)?;
            folder.push("..");
            if real(&folder)? == before {
                return None;
            }
        }
        let path = folder.join(NAME);
        if std::fs::metadata(&path).is_ok() {
            return Some(path);
        }
    }
    None
}

impl Loaded {
    fn read(name: PathBuf, environment: &Environment) -> Result<Self, Failure> {
        let bytes = files::read(&name)
            .map_err(|why| Failure::generic(format!("could not read config file: {why}")))?;
        let parsed = policy::Config::parse(&bytes, &name.to_string_lossy());
        let (config, warnings) = parsed.map_err(super::refused)?;
        let base = input::absolute(name.as_os_str(), environment)?;
        let base = paths::folder(&base);
        Ok(Self { base, name, config, warnings, warned: AtomicBool::new(false) })
    }

    /// What sops passes over in silence; nobody is told of it from here on.
    pub(super) fn oddities(&self) -> &[policy::ConfigWarning] {
        self.warned.store(true, Ordering::Relaxed);
        &self.warnings
    }

    /// Tells once what sops passes over in silence.
    pub(super) fn warn(&self) {
        if self.warned.swap(true, Ordering::Relaxed) {
            return;
        }
        for warning in &self.warnings {
            ui::log(Level::Warning, &format!("{}: {warning}", self.name.display()));
        }
    }

    /// The rule for a file by its path as typed, as sops looks for it. Where no rule matches, the path is
    /// tried again without symbolic links in it, and below a root without its first separator: sops gives up.
    pub(super) fn rule_for(&self, name: &Path) -> Result<Option<&CreationRule>, ConfigError> {
        let ask = |name: &Path, base: &Path| {
            self.config.rule_for(&name.to_string_lossy(), &base.to_string_lossy(), PathStyle::NATIVE)
        };
        let error = match ask(name, &self.base) {
            Err(error) if matches!(error.kind, ConfigErrorKind::NoMatchingRule(_)) => error,
            found => return found,
        };
        let (name, base) = self.otherwise(name);
        match ask(&name, &base) {
            Ok(rule) => Ok(rule),
            Err(_) => Err(error),
        }
    }

    /// The other form of a path and its base, which is tried where no rule matches the first.
    fn otherwise(&self, name: &Path) -> (PathBuf, PathBuf) {
        let base = match paths::is_root(&self.base) {
            true => paths::without_separator(&std::fs::canonicalize(&self.base).unwrap_or_default()),
            false => resolved(&self.name, &self.base),
        };
        (resolved_parent(name), base)
    }

    /// Asks the rules in turn, as [`Self::rule_for`] does.
    pub(super) fn tried(&self, name: &Path) -> Asked<'_> {
        let ask = |name: &Path, base: &Path| {
            let (name, base) = (name.to_string_lossy(), base.to_string_lossy());
            let path = self.config.seen(&name, &base, PathStyle::NATIVE).into_owned();
            let mut tried = Vec::new();
            for rule in self.config.creation_rules.iter().flatten() {
                let outcome = match rule.matches(&path) {
                    Ok(true) => Tried::Matches,
                    Ok(false) => Tried::Differs,
                    Err(error) => Tried::Fails(error.to_string()),
                };
                let last = outcome != Tried::Differs;
                tried.push((rule, outcome));
                if last {
                    break;
                }
            }
            let with_slashes =
                self.config.with_slashes(&name, &base, PathStyle::NATIVE).map(|rule| &rule.place);
            Asked { file: self, path, tried, with_slashes }
        };
        let first = ask(name, &self.base);
        if first.tried.last().is_some_and(|(_, last)| *last != Tried::Differs) {
            return first;
        }
        let (name, base) = self.otherwise(name);
        let second = ask(&name, &base);
        if second.tried.last().is_some_and(|(_, last)| *last == Tried::Matches) { second } else { first }
    }
}

/// The folder that a configuration really is in.
fn resolved(name: &Path, otherwise: &Path) -> PathBuf {
    let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::canonicalize(folder).unwrap_or_else(|_| otherwise.to_path_buf())
}

/// A path without symbolic links on the way; the file itself may be one, or not be there.
fn resolved_parent(path: &Path) -> PathBuf {
    match (path.parent().map(std::fs::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}
