//! Where things are.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf, Prefix};

/// Reads a variable of the environment.
pub(crate) type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The working directory. As in Go no variable is asked for it.
///
/// # Errors
///
/// If there is none.
pub(crate) fn working_directory(_variable: Variable<'_>) -> io::Result<PathBuf> {
    std::env::current_dir()
}

/// Where paths start that are relative to a folder: with the name of another drive, where that drive's working
/// directory is.
pub(crate) fn start_of(path: &Path, base: &Path) -> PathBuf {
    let drive = |path: &Path| match path.components().next() {
        Some(Component::Prefix(prefix)) => match prefix.kind() {
            Prefix::Disk(drive) | Prefix::VerbatimDisk(drive) => Some(drive.to_ascii_uppercase()),
            _ => None,
        },
        _ => None,
    };
    match drive(path).filter(|other| path.is_relative() && Some(*other) != drive(base)) {
        Some(other) => {
            let there = format!("{}:.", char::from(other));
            std::path::absolute(there).unwrap_or_else(|_| format!("{}:\\", char::from(other)).into())
        }
        None => base.to_path_buf(),
    }
}

/// Where temporary plaintext goes: the user's own folder.
pub(crate) fn temporary_directory(variable: Variable<'_>, _room: usize) -> PathBuf {
    resops::os::temporary_folder(variable)
}
