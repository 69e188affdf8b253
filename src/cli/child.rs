//! Other programs: finding them, running them, and telling how they ended in Go's words.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use super::environment::Environment;
use super::error::{Failure, Kind, reason};
use super::signals::{self, OnSignal};

/// The program that a word names: a path as it stands, else the first hit on PATH. A hit by way of
/// a relative entry of PATH is refused: the working directory may be someone else's.
///
/// # Errors
///
/// In Go's words.
pub(crate) fn find_program(word: &OsStr, environment: &Environment) -> Result<PathBuf, String> {
    let shown = super::ui::go_quote(&word.to_string_lossy());
    if word.as_encoded_bytes().contains(&b'/') {
        return Ok(PathBuf::from(word));
    }
    for folder in std::env::split_paths(&environment.variable("PATH").unwrap_or_default()) {
        let program = folder.join(word);
        if is_executable(&program) {
            if folder.is_absolute() {
                return Ok(program);
            }
            return Err(format!("exec: {shown}: cannot run executable found relative to current directory"));
        }
    }
    Err(format!("exec: {shown}: executable file not found in $PATH"))
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// The shell that runs `command`, with exactly these variables.
pub(crate) fn shell(command: &OsStr, variables: Vec<(OsString, OsString)>) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).env_clear().envs(variables);
    shell
}

/// Runs a child to its end and passes its exit status on. HUP, INT, QUIT and TERM go to the child.
/// `started` is called once it runs.
///
/// # Errors
///
/// [`Kind::Child`] with its status, 255 if a signal ended it; sops says which.
pub(crate) fn run(command: &mut Command, started: impl FnOnce()) -> Result<(), Failure> {
    let status = wait_with(command, |child| {
        started();
        child.wait()
    });
    let status = status.map_err(|error| match error {
        NotRun::NotStarted(error) => not_started(command, &error),
        NotRun::NotWaited(failure) => failure,
    })?;
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(255);
    Err(Failure::new(Kind::Child(code), ending(status)))
}

/// Why there is no word of how a child ended.
pub(crate) enum NotRun {
    NotStarted(std::io::Error),
    NotWaited(Failure),
}

/// Starts a child and lets `wait` wait for its end. Meanwhile signals go to the child.
///
/// # Errors
///
/// [`NotRun`].
pub(crate) fn wait_with(
    command: &mut Command,
    wait: impl FnOnce(&mut Child) -> std::io::Result<ExitStatus>,
) -> Result<ExitStatus, NotRun> {
    let mut child = signals::start(command, OnSignal::Forward).map_err(NotRun::NotStarted)?;
    let status = wait(&mut child);
    signals::on_signal(OnSignal::Die);
    status.map_err(|error| NotRun::NotWaited(Failure::generic(format!("wait: {}", reason(&error)))))
}

/// Why a program could not be started.
pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    let failure = Failure::generic(format!("fork/exec {program}: {}", reason(error)));
    if error.raw_os_error() != Some(rustix::io::Errno::TOOBIG.raw_os_error()) {
        return failure;
    }
    // The system does not say which one it is; one of 128 KiB is too long on Linux.
    let sizes = command.get_envs().filter_map(|(name, value)| Some((name.len() + value?.len(), name)));
    match sizes.max() {
        Some((size, name)) => failure.hint(format!(
            "the largest variable is {} ({size} bytes); hand over what is too long for the environment with exec-file",
            name.display()
        )),
        None => failure,
    }
}

/// How a process ended: `exit status 7`, `signal: killed`.
pub(crate) fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => {
            let core = if status.core_dumped() { " (core dumped)" } else { "" };
            format!("signal: {}{core}", signal_name(signal))
        }
        (None, None) => "it ended in an unknown way".to_owned(),
    }
}

/// Go's words for a signal.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

/// Makes this process another user's, with that user's groups, and gives the variables that go with it.
///
/// # Errors
///
/// As sops logs them: the user is unknown, or we may not.
pub(crate) fn become_user(name: &str) -> Result<Vec<(OsString, OsString)>, Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_in_the_working_directory_are_not_found_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("tool");
        std::fs::write(&program, "#!/bin/sh\n").expect("written");
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("allowed");
        let find = |path: &str| find_program(OsStr::new("tool"), &Environment::for_test(&[("PATH", path)]));
        assert_eq!(find(folder.path().to_str().expect("text")).expect("found"), program);
        assert_eq!(
            find("/nonexistent").expect_err("absent"),
            "exec: \"tool\": executable file not found in $PATH"
        );
    }

    #[test]
    fn endings_are_told_as_go_tells_them() {
        assert_eq!(ending(ExitStatus::from_raw(7 << 8)), "exit status 7");
        assert_eq!(ending(ExitStatus::from_raw(9)), "signal: killed");
    }
}
