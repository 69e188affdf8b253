//! Asking git: the program, run in the working directory.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Output, Stdio};

use crate::cli::child;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, reason};

/// The program git.
pub(super) struct Git {
    program: PathBuf,
}

impl Git {
    /// Finds it on PATH.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub(super) fn find(environment: &Environment) -> Result<Self, Failure> {
        child::find_program(OsStr::new("git"), environment)
            .map(|program| Self { program })
            .map_err(Failure::generic)
    }

    /// Runs git to its end and gives what it says.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub(super) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Output, Failure> {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Failure::generic(format!("git: {}", reason(&error))))
    }

    /// What git prints, if it ends well.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub(super) fn answer<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Option<Vec<u8>>, Failure> {
        let output = self.run(arguments)?;
        Ok(output.status.success().then_some(output.stdout))
    }

    /// What git prints.
    ///
    /// # Errors
    ///
    /// If it fails, with what it says.
    pub(super) fn must<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Vec<u8>, Failure> {
        let output = self.run(arguments)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        let first = arguments.first().map(|word| word.as_ref().to_string_lossy().into_owned());
        Err(Failure::generic(format!("git {}: {said}", first.unwrap_or_default())))
    }

    /// Runs git with our terminal.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub(super) fn pass_on<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<ExitStatus, Failure> {
        self.command(arguments).status().map_err(|error| Failure::generic(format!("git: {}", reason(&error))))
    }

    /// What git prints for this input, if it ends well.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub(super) fn answer_to<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
        input: &[u8],
    ) -> Result<Option<Vec<u8>>, Failure> {
        let failed = |error: std::io::Error| Failure::generic(format!("git: {}", reason(&error)));
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(input)));
            child.wait_with_output()
        });
        let output = output.map_err(failed)?;
        Ok(output.status.success().then_some(output.stdout))
    }

    /// The top folder of the work tree.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn top(&self) -> Result<PathBuf, Failure> {
        let answer = self.answer(&["rev-parse", "--show-toplevel"])?;
        let top = answer.map(line).filter(|top| !top.is_empty());
        top.map(PathBuf::from).ok_or_else(|| {
            Failure::generic("this folder is in no work tree of git")
                .hint("run it in a repository, or use --global")
        })
    }

    fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        command
    }
}

/// What was printed, without the line end.
pub(super) fn line(mut output: Vec<u8>) -> OsString {
    while output.last() == Some(&b'\n') {
        output.pop();
    }
    resops::os::owned(output)
}
