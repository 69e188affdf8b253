//! Users, processes and places.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};

/// The value of an environment variable.
pub(crate) fn variable<'v>(variables: &'v HashMap<OsString, OsString>, name: &str) -> Option<&'v OsStr> {
    variables.get(OsStr::new(name)).map(OsString::as_os_str)
}

/// The home directory that the user database names.
pub(crate) fn home_of_user() -> Option<PathBuf> {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.nth(2)? == id).then(|| fields.nth(2).map(PathBuf::from))?
    })
}

/// The folder of the user as variables name it; `set` gives those that are not empty.
///
/// # Errors
///
/// In Go's words.
pub(crate) fn home_folder(set: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, String> {
    set("HOME").ok_or_else(|| "$HOME is not defined".to_owned())
}

/// Where the user's settings are, in the same way.
///
/// # Errors
///
/// In Go's words.
#[cfg(target_os = "macos")]
pub(crate) fn config_folder(set: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, String> {
    match set("XDG_CONFIG_HOME") {
        Some(folder) => Ok(folder),
        None => Ok(home_folder(set)?.join("Library").join("Application Support")),
    }
}

/// Where the user's settings are, in the same way.
///
/// # Errors
///
/// In Go's words.
#[cfg(not(target_os = "macos"))]
pub(crate) fn config_folder(set: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, String> {
    match set("XDG_CONFIG_HOME") {
        Some(folder) if folder.is_absolute() => Ok(folder),
        Some(_) => Err("path in $XDG_CONFIG_HOME is relative".to_owned()),
        None => home_folder(set)
            .map(|home| home.join(".config"))
            .map_err(|_| "neither $XDG_CONFIG_HOME nor $HOME are defined".to_owned()),
    }
}

/// Where temporary files are; `variable` gives the variables of the environment.
#[must_use]
pub fn temporary_folder(variable: &dyn Fn(&str) -> Option<OsString>) -> PathBuf {
    variable("TMPDIR").filter(|path| !path.is_empty()).unwrap_or_else(|| "/tmp".into()).into()
}

/// The name of the terminal or file that standard input is.
pub(crate) fn standard_input() -> Option<String> {
    let path = std::fs::read_link("/proc/self/fd/0").ok()?;
    Some(path.to_string_lossy().into_owned())
}

/// Asks a process to end.
pub(crate) fn interrupt(child: &mut Child) {
    let id = rustix::process::Pid::from_child(child);
    let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
}

pub(crate) fn signal_of(status: ExitStatus) -> Option<(i32, bool)> {
    status.signal().map(|signal| (signal, status.core_dumped()))
}

/// The name of this machine.
#[cfg(feature = "aws-api")]
pub(crate) fn host_name() -> Result<OsString, String> {
    nix::unistd::gethostname().map_err(|error| error.desc().to_lowercase())
}
