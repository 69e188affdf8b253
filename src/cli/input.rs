//! The file that a command works on: as typed, as an absolute path, and as the name that decides its
//! format and creation rule.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::error::{Failure, Kind, reason};
use super::files;
use super::paths;
use super::ui::{self, Level, go_quote};

/// Where the bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A file, by its absolute path.
    File(PathBuf),
    /// Standard input, because no file is named.
    Stdin,
}

impl Input {
    /// The first of the words, or stdin if there is none.
    ///
    /// # Errors
    ///
    /// If the working directory is gone.
    pub(crate) fn first(words: &[OsString], environment: &Environment) -> Result<Self, Failure> {
        match words.first() {
            Some(word) => absolute(word, environment).map(Self::File),
            None => Ok(Self::Stdin),
        }
    }

    /// Checks that the file is there.
    ///
    /// # Errors
    ///
    /// [`Kind::NoFile`], also for a link that leads nowhere.
    pub(crate) fn must_exist(&self) -> Result<(), Failure> {
        match self {
            Self::File(path) if is_missing(path) => Err(Failure::new(
                Kind::NoFile,
                format!("Error: cannot operate on non-existent file {}", quoted(path)),
            )),
            _ => Ok(()),
        }
    }

    /// The name for format and rule: the override, else the file; empty for stdin.
    ///
    /// # Errors
    ///
    /// If the working directory is gone.
    pub(crate) fn name(
        &self,
        instead: Option<&OsString>,
        environment: &Environment,
    ) -> Result<PathBuf, Failure> {
        match (instead.filter(|name| !name.is_empty()), self) {
            (Some(name), _) => absolute(name, environment),
            (None, Self::File(path)) => Ok(path.clone()),
            (None, Self::Stdin) => Ok(PathBuf::new()),
        }
    }

    /// All bytes.
    ///
    /// # Errors
    ///
    /// [`Kind::ReadInput`].
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::File(path) => read(path),
            Self::Stdin => files::read_stdin(),
        }
    }
}

/// Reads the file that a command works on.
///
/// # Errors
///
/// [`Kind::ReadInput`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    files::read(path).map_err(|why| Failure::new(Kind::ReadInput, format!("Error reading file: {why}")))
}

/// Reads a file that nobody typed, but another file names. A pipe would be waited for, and a device may have no
/// end.
///
/// # Errors
///
/// [`Kind::ReadInput`], also for what is no regular file.
pub(crate) fn read_regular(path: &Path) -> Result<Vec<u8>, Failure> {
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() && !there.is_dir() => {
            Err(Failure::new(Kind::ReadInput, "Error reading file: it is no regular file"))
        }
        _ => read(path),
    }
}

/// A path as typed, made absolute from the working directory.
///
/// # Errors
///
/// If the working directory is gone.
pub(crate) fn absolute(path: &OsStr, environment: &Environment) -> Result<PathBuf, Failure> {
    if Path::new(path).is_absolute() {
        return Ok(paths::absolute(path, Path::new("")));
    }
    let base = environment
        .working_directory()
        .map_err(|error| Failure::generic(format!("getwd: {}", reason(&error))))?;
    Ok(paths::absolute(path, &base))
}

/// Whether nothing can be reached under this name, as Go's `os.IsNotExist` sees it.
pub(crate) fn is_missing(path: &Path) -> bool {
    std::fs::metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// A path in quotes, as sops' messages have it.
pub(crate) fn quoted(path: &Path) -> String {
    go_quote(&path.to_string_lossy())
}

/// Says that words after the first are ignored, in sops' words.
pub(crate) fn warn_about_more_words(words: &[OsString]) {
    if words.len() < 2 {
        return;
    }
    ui::log(Level::Warning, "More than one positional argument provided. Only the first one will be used!");
    let flag = words[1..].iter().rev().find(|word| word.as_encoded_bytes().starts_with(b"-"));
    if let Some(flag) = flag {
        ui::log(
            Level::Warning,
            &format!(
                "Note that one of the ignored positional argument is {}, which looks like a flag. Flags must \
                 always be provided before the first positional argument!",
                go_quote(&flag.to_string_lossy())
            ),
        );
    }
}
