//! Other programs, and whose we are.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::cli::error::{Failure, reason};

/// Variables.
type Variables = Vec<(OsString, OsString)>;

/// The shell that runs `command`.
pub(crate) fn shell(command: &OsStr) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    shell
}

/// Variables that no program can do without, beside those that it gets.
pub(crate) const fn needed_beside(_given: &Variables) -> Variables {
    Vec::new()
}

/// Calls the program by the name that the user typed.
pub(crate) fn call_by(command: &mut Command, name: &OsStr) {
    command.arg0(name);
}

/// Puts a program in the place of this one. Comes back if that fails; with nothing where it cannot be done.
pub(crate) fn exec(command: &mut Command) -> Option<io::Error> {
    Some(command.exec())
}

/// Whether what a program gets was more than the system takes.
pub(crate) fn was_too_long(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::TOOBIG.raw_os_error())
}

/// The words of a command that a variable holds, as a shell splits them; nothing if its quoting is broken.
pub(crate) fn words(text: &OsStr) -> Option<Vec<OsString>> {
    let words: Option<Vec<_>> = shlex::bytes::split(text.as_encoded_bytes());
    words.map(|words| words.into_iter().map(resops::os::owned).collect())
}

/// Whether [`let_go_of_streams`] does it: who reads our output need not wait for us any more.
pub(crate) const LETS_GO: bool = true;

/// Speaks to nobody from now on.
pub(crate) fn let_go_of_streams() {
    let nowhere = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null");
    if let Ok(nowhere) = nowhere {
        let _ = rustix::stdio::dup2_stdin(&nowhere);
        let _ = rustix::stdio::dup2_stderr(&nowhere);
        let _ = rustix::stdio::dup2_stdout(&nowhere);
    }
}

/// The login name of the user.
#[cfg(feature = "audit")]
pub(crate) fn user_name() -> Option<String> {
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::current());
    user.ok().flatten().map(|user| user.name)
}

/// Makes this process another user's, with that user's groups, and gives the variables that go with it.
///
/// # Errors
///
/// As sops logs them: the user is unknown, or we may not.
pub(crate) fn become_user(name: &str) -> Result<Variables, Failure> {
    let refused = |error: nix::Error| Failure::logged("EXEC", reason(&error.into()));
    let user = nix::unistd::User::from_name(name)
        .map_err(refused)?
        .ok_or_else(|| Failure::logged("EXEC", format!("user: unknown user {name}")))?;
    let c_name = std::ffi::CString::new(user.name.as_str())
        .map_err(|_| Failure::logged("EXEC", format!("user: unknown user {name}")))?;
    let groups = groups_of(&c_name, user.gid).map_err(refused)?;
    set_groups(&groups).map_err(refused)?;
    nix::unistd::setgid(user.gid).map_err(refused)?;
    nix::unistd::setuid(user.uid).map_err(refused)?;
    Ok(vec![
        ("HOME".into(), user.dir.into_os_string()),
        ("USER".into(), user.name.clone().into()),
        ("LOGNAME".into(), user.name.into()),
    ])
}

#[cfg(not(target_vendor = "apple"))]
fn groups_of(name: &std::ffi::CStr, group: nix::unistd::Gid) -> nix::Result<Vec<nix::unistd::Gid>> {
    nix::unistd::getgrouplist(name, group)
}

#[cfg(not(target_vendor = "apple"))]
fn set_groups(groups: &[nix::unistd::Gid]) -> nix::Result<()> {
    nix::unistd::setgroups(groups)
}

#[cfg(target_vendor = "apple")]
fn groups_of(_name: &std::ffi::CStr, _group: nix::unistd::Gid) -> nix::Result<Vec<nix::unistd::Gid>> {
    Err(nix::Error::ENOTSUP)
}

#[cfg(target_vendor = "apple")]
fn set_groups(_groups: &[nix::unistd::Gid]) -> nix::Result<()> {
    Err(nix::Error::ENOTSUP)
}
