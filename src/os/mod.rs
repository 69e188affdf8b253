//! What differs between systems, for backends and for the program: the same small interface on each, so
//! that nothing else asks which one it is on.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | names that came as bytes | as they are | UTF-8, with the surrogates that a name may hold there |
//! | programs | executable files on PATH | also without their ending, by PATHEXT; never in the working directory |
//! | variables | by name | by name in any case |
//! | a person | `/dev/tty` | the console |
//! | gpg-agent, `unix://` | sockets | not there |
//!
//! Files, signals and processes of the command line are in `cli/os`.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use system::machine::temporary_folder;
pub use system::sockets::UnixListener;
pub use system::text::{borrowed, owned};

pub(crate) use system::machine::{
    config_folder, home_folder, home_of_user, interrupt, standard_input, variable,
};
pub(crate) use system::sockets::{connect, is_socket};
pub(crate) use system::terminal;

#[cfg(feature = "aws-api")]
pub(crate) use system::machine::host_name;
#[cfg(feature = "audit")]
pub(crate) use system::sockets::socket_of;
#[cfg(feature = "keyservice")]
pub(crate) use system::sockets::{Connection, Incoming};
#[cfg(feature = "vault")]
pub(crate) use system::sockets::{HAS_SOCKETS, through_socket};

/// How an answer is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A line that is not shown.
    Hidden,
    /// A line that is shown.
    Shown,
    /// One key, not shown.
    Character,
}

/// Why there is no program of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoProgram {
    /// It is nowhere on PATH.
    NotFound,
    /// It is in the working directory, by way of a relative entry of PATH.
    InWorkingDirectory,
}

impl NoProgram {
    /// Go's words for a program that is not found.
    pub const NOT_FOUND: &str = system::programs::NOT_FOUND;

    /// Go's words; `name` is in quotes.
    #[must_use]
    pub fn about(self, name: &str) -> String {
        let why = match self {
            Self::NotFound => Self::NOT_FOUND,
            Self::InWorkingDirectory => "cannot run executable found relative to current directory",
        };
        format!("exec: {name}: {why}")
    }
}

/// The program that a word names: a path as it stands, else the first hit on PATH. `variable` gives the
/// variables of the environment.
///
/// # Errors
///
/// [`NoProgram`]. A hit by way of a relative entry of PATH is refused: the working directory may be someone
/// else's, and a program of theirs would run with our keys (GHSA-x5c7-x7m2-rhmf).
pub fn find_program(
    word: &OsStr,
    variable: &dyn Fn(&str) -> Option<std::ffi::OsString>,
) -> Result<PathBuf, NoProgram> {
    let programs = system::programs::Programs::new(variable);
    if let Some(path) = programs.by_path(word) {
        return Ok(path);
    }
    for folder in std::env::split_paths(&variable("PATH").unwrap_or_default()) {
        if let Some(program) = programs.there(&folder.join(word)) {
            return if folder.is_absolute() { Ok(program) } else { Err(NoProgram::InWorkingDirectory) };
        }
    }
    Err(NoProgram::NotFound)
}

/// The reason of an I/O failure in the words of the system, as Go prints it: `permission denied`.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    system::text::sentence(text)
}

/// The signal that ended a process, and whether it left a core; nothing if it ended by itself.
#[must_use]
pub fn signal_of(status: std::process::ExitStatus) -> Option<(i32, bool)> {
    system::machine::signal_of(status)
}
