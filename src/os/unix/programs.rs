//! Programs are files that may be executed.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub(crate) const NOT_FOUND: &str = "executable file not found in $PATH";

/// How names lead to programs.
pub(crate) struct Programs;

impl Programs {
    pub(crate) fn new(_variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        Self
    }

    /// The program, if the word is a path and not a name to be looked up.
    pub(crate) fn by_path(&self, word: &OsStr) -> Option<PathBuf> {
        word.as_encoded_bytes().contains(&b'/').then(|| PathBuf::from(word))
    }

    /// The program at this path.
    pub(crate) fn there(&self, path: &Path) -> Option<PathBuf> {
        let runs = path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok();
        runs.then(|| path.to_path_buf())
    }
}
