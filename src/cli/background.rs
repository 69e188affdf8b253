//! A process of our own that outlives the command line: it keeps a temporary file while a command
//! runs in the background.
//!
//! `exec-file --background` returns at once, but someone must serve the pipe and remove the folder
//! when the command ends. So the program starts itself again, with the plaintext on stdin, and waits
//! only for the word that the command runs.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use super::environment::Environment;
use super::error::{Failure, Kind, reason};
use super::os::processes;

/// Set for the process that keeps the file: it takes the plaintext from stdin.
pub(crate) const KEEPER: &str = "RESOPS_KEEPS_FILE";

/// What the keeper says when the command runs.
const STARTED: &[u8] = b"+";

/// Whether this process was started to keep the file.
pub(crate) fn is_keeper(environment: &Environment) -> bool {
    environment.variable(KEEPER).is_some()
}

/// Starts the keeper and waits until the command runs.
///
/// # Errors
///
/// If the keeper does not start; if the command does not, the keeper has said why.
pub(crate) fn start(arguments: &[OsString], plaintext: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::generic(format!("fork/exec sops: {}", reason(&error)));
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.args(arguments).env(KEEPER, "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut keeper = command.spawn().map_err(failed)?;
    // What cannot be written is missed by the keeper, which says so.
    let _ = keeper.stdin.take().map(|mut stdin| stdin.write_all(plaintext));
    let mut word = Vec::new();
    if let Some(stdout) = keeper.stdout.take() {
        // To its end, so that the keeper has let go of what we share.
        let length = if processes::LETS_GO { u64::MAX } else { STARTED.len() as u64 };
        stdout.take(length).read_to_end(&mut word).map_err(failed)?;
    }
    if word == STARTED {
        return Ok(());
    }
    let status = keeper.wait().map_err(failed)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0);
    Err(Failure::silent(code.map_or(Kind::Generic, Kind::Child)))
}

/// The keeper's word that the command runs. From then on it speaks to nobody: whoever reads our
/// output must not wait for it.
pub(crate) fn started() {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(STARTED).and_then(|()| stdout.flush());
    processes::let_go_of_streams();
}
