//! All that is read from the process's surroundings: variables, working directory, terminals.
//!
//! Nothing else in the program asks for them, so what a run depends on can be seen here.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::os::places;

/// The surroundings of one run.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    /// In tests: all the variables there are.
    #[cfg(test)]
    fixed: Option<Vec<(OsString, OsString)>>,
}

impl Environment {
    /// Only these variables and nothing of the machine.
    #[cfg(test)]
    pub(crate) fn for_test(variables: &[(&str, &str)]) -> Self {
        Self { fixed: Some(variables.iter().map(|(k, v)| (k.into(), v.into())).collect()) }
    }

    /// The tokens of the command line, without the program's name.
    pub(crate) fn arguments() -> Vec<OsString> {
        std::env::args_os().skip(1).collect()
    }

    /// The name that this program was called by, without its folder.
    pub(crate) fn called_as() -> Option<OsString> {
        std::env::args_os().next().and_then(|name| Path::new(&name).file_name().map(OsStr::to_owned))
    }

    /// Where this program is.
    pub(crate) fn own_program() -> Option<PathBuf> {
        std::env::current_exe().ok()
    }

    /// A variable, also if it is empty.
    pub(crate) fn variable(&self, name: impl AsRef<OsStr>) -> Option<OsString> {
        #[cfg(test)]
        if let Some(fixed) = &self.fixed {
            return fixed.iter().find(|(k, _)| k == name.as_ref()).map(|(_, v)| v.clone());
        }
        std::env::var_os(name)
    }

    /// A variable that is set and not empty.
    pub(crate) fn nonempty(&self, name: &str) -> Option<OsString> {
        self.variable(name).filter(|value| !value.is_empty())
    }

    /// All variables, for a child.
    pub(crate) fn all(&self) -> Vec<(OsString, OsString)> {
        #[cfg(test)]
        if let Some(fixed) = &self.fixed {
            return fixed.clone();
        }
        std::env::vars_os().collect()
    }

    /// The working directory as Go sees it.
    ///
    /// # Errors
    ///
    /// If the working directory is gone.
    pub(crate) fn working_directory(&self) -> std::io::Result<PathBuf> {
        places::working_directory(&|name| self.variable(name))
    }

    /// How many folders there are from the working directory up to `/`, both counted; nothing if the
    /// kernel cannot tell.
    pub(crate) fn depth() -> Option<usize> {
        let folder = std::env::current_dir().ok().filter(|folder| folder.is_absolute());
        folder.map(|folder| folder.components().count())
    }

    /// Where temporary plaintext goes: where the user says, else a place in memory that has room for it, if
    /// there is one, else the system's temporary directory.
    pub(crate) fn temporary_directory(&self, room: usize) -> PathBuf {
        places::temporary_directory(&|name| self.variable(name), room)
    }

    /// Whether a person can answer on stdin.
    pub(crate) fn stdin_is_terminal(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    /// Whether stderr is a terminal: log lines are for people then.
    pub(crate) fn stderr_is_terminal() -> bool {
        std::io::stderr().is_terminal()
    }

    /// Whether results are read by a person.
    pub(crate) fn stdout_is_terminal() -> bool {
        std::io::stdout().is_terminal()
    }

    /// Whether reports are coloured: sops looks at stdout for that, also for what it writes to stderr
    /// (command line §10).
    pub(crate) fn colours() -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        set("NO_COLOR").is_none()
            && set("TERM").is_none_or(|term| term != "dumb")
            && std::io::stdout().is_terminal()
    }
}
