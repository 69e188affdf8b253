//! The real machine as an [`AgeHost`]: files and processes, under an environment that is given.

use super::AgeHost;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use zeroize::Zeroizing;

/// The machine that the program runs on.
///
/// The environment is read by the caller, once, and is also what child processes get.
pub struct SystemHost {
    variables: HashMap<OsString, OsString>,
}

impl SystemHost {
    /// A host with these environment variables.
    #[must_use]
    pub fn new(variables: HashMap<OsString, OsString>) -> Self {
        Self { variables }
    }

    /// A command for the program of that name; like a shell, but never from the current directory.
    fn command(&self, program: &str) -> Result<Command, String> {
        let path = find_program(program, self.variables.get(OsStr::new("PATH")))?;
        let mut command = Command::new(path);
        command.env_clear().envs(&self.variables);
        Ok(command)
    }
}

impl AgeHost for SystemHost {
    fn var(&self, name: &str) -> Option<OsString> {
        self.variables.get(OsStr::new(name)).cloned()
    }

    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        std::fs::read(path).map(Zeroizing::new)
    }

    fn run(
        &self,
        program: &str,
        arguments: &[String],
        variable: (&str, &str),
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut command = self.command(program)?;
        command.args(arguments).env(variable.0, variable.1);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let Output { status, stdout, .. } =
            command.output().map_err(|error| start_error(&command, &error))?;
        let stdout = Zeroizing::new(stdout);
        if status.success() {
            return Ok(stdout);
        }
        Err(match status.code() {
            Some(code) => format!("exit status {code}"),
            None => status.to_string(),
        })
    }
}

fn start_error(command: &Command, error: &io::Error) -> String {
    super::sources::io_error("fork/exec", Path::new(command.get_program()), error)
}

/// Looks a program up in `search`, the value of `PATH`.
///
/// # Errors
///
/// In Go's words. A program found through a relative entry of `PATH` is refused: whoever can write
/// to the directory of a file could else have a program of theirs run with its keys.
fn find_program(name: &str, search: Option<&OsString>) -> Result<PathBuf, String> {
    let quoted = crate::keys::quote::quote(name);
    if name.contains('/') {
        return match check_program(Path::new(name)) {
            Ok(()) => Ok(PathBuf::from(name)),
            Err(error) => {
                let error = super::sources::io_error("stat", Path::new(name), &error);
                Err(format!("exec: {quoted}: {error}"))
            }
        };
    }
    let search = search.map(OsString::as_os_str).unwrap_or_default();
    for directory in std::env::split_paths(search) {
        let path = directory.join(name);
        if check_program(&path).is_ok() {
            if path.is_absolute() {
                return Ok(path);
            }
            return Err(format!("exec: {quoted}: cannot run executable found relative to current directory"));
        }
    }
    Err(format!("exec: {quoted}: executable file not found in $PATH"))
}

fn check_program(path: &Path) -> io::Result<()> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o111 == 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    Ok(())
}
