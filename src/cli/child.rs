//! Other programs: finding them, running them, and telling how they ended in Go's words.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use resops::os;

use super::environment::Environment;
use super::error::{Failure, Kind, reason};
use super::os::processes;
pub(crate) use super::os::processes::{become_user, call_by};
use super::signals::{self, OnSignal};

/// The program that a word names: a path as it stands, else the first hit on PATH. A hit by way of
/// a relative entry of PATH is refused: the working directory may be someone else's.
///
/// # Errors
///
/// In Go's words.
pub(crate) fn find_program(word: &OsStr, environment: &Environment) -> Result<PathBuf, String> {
    os::find_program(word, &|name| environment.variable(name))
        .map_err(|error| error.about(&super::ui::go_quote(&word.to_string_lossy())))
}

/// The shell that runs `command`, with exactly these variables.
pub(crate) fn shell(command: &OsStr, variables: Vec<(OsString, OsString)>) -> Command {
    let mut shell = processes::shell(command);
    with_variables(&mut shell, variables);
    shell
}

/// Gives a command exactly these variables, and what no program can do without.
pub(crate) fn with_variables(command: &mut Command, variables: Vec<(OsString, OsString)>) {
    let needed = processes::needed_beside(&variables);
    command.env_clear().envs(needed).envs(variables);
}

/// Puts the command in the place of this program; `not_started` words it if that fails.
pub(crate) fn exec(command: &mut Command, not_started: fn(&Command, &std::io::Error) -> Failure) -> Failure {
    match processes::exec(command) {
        Some(error) => not_started(command, &error),
        None => Failure::generic("The --same-process flag is not supported on Windows"),
    }
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
    if !processes::was_too_long(error) {
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
    match (status.code(), os::signal_of(status)) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some((signal, core))) => {
            let core = if core { " (core dumped)" } else { "" };
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

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
