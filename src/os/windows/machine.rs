//! Users, processes and places.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Child, ExitStatus};

/// The value of an environment variable: `PATH` may be called `Path`.
pub(crate) fn variable<'v>(variables: &'v HashMap<OsString, OsString>, name: &str) -> Option<&'v OsStr> {
    let exact = variables.get(OsStr::new(name));
    let any = || variables.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    exact.or_else(any).map(OsString::as_os_str)
}

/// The home directory of the user.
pub(crate) fn home_of_user() -> Option<PathBuf> {
    std::env::home_dir()
}

/// The folder of the user as variables name it; `set` gives those that are not empty.
///
/// # Errors
///
/// In Go's words.
pub(crate) fn home_folder(set: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, String> {
    set("USERPROFILE").ok_or_else(|| "%userprofile% is not defined".to_owned())
}

/// Where the user's settings are, in the same way.
///
/// # Errors
///
/// In Go's words.
pub(crate) fn config_folder(set: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, String> {
    set("AppData").ok_or_else(|| "%AppData% is not defined".to_owned())
}

/// Where temporary files are; `variable` gives the variables of the environment, in the order of the system.
#[must_use]
pub fn temporary_folder(variable: &dyn Fn(&str) -> Option<OsString>) -> PathBuf {
    let chosen = ["TMP", "TEMP", "USERPROFILE"].iter().find_map(|name| variable(name));
    chosen.filter(|path| !path.is_empty()).map_or_else(std::env::temp_dir, PathBuf::from)
}

/// The name of the terminal or file that standard input is: gpg-agent wants it, and there is no way to it.
pub(crate) const fn standard_input() -> Option<String> {
    None
}

/// Ends a process. Its pipes are closed, so one that listens has ended before.
pub(crate) fn interrupt(child: &mut Child) {
    const PATIENCE: std::time::Duration = std::time::Duration::from_millis(10);
    for _ in 0..100 {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(PATIENCE);
    }
    let _ = child.kill();
}

/// There are none.
pub(crate) const fn signal_of(_status: ExitStatus) -> Option<(i32, bool)> {
    None
}

/// The name of this machine.
#[cfg(feature = "aws-api")]
pub(crate) fn host_name() -> Result<OsString, String> {
    winapi_util::sysinfo::get_computer_name(winapi_util::sysinfo::ComputerNameKind::DnsHostname)
        .map_err(|error| error.to_string())
}
