//! What the age backend needs of the machine.

use super::Secret;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// The machine, as far as identities are looked for on it.
///
/// The backend touches nothing but through this: a test gives it a machine of its own.
/// [`SystemHost`](super::SystemHost) is the real one. Errors that are text are in Go's words, for
/// they end up in sops' reports.
pub trait AgeHost: Send + Sync {
    /// The value of an environment variable.
    fn var(&self, name: &str) -> Option<OsString>;

    /// The content of a file.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>>;

    /// Runs a program without standard input, with the caller's environment and `variable` besides,
    /// and gives its standard output; standard error goes nowhere.
    ///
    /// # Errors
    ///
    /// Why it did not start, or how it ended (`exit status 3`).
    fn run(
        &self,
        program: &str,
        arguments: &[String],
        variable: (&str, &str),
    ) -> Result<Zeroizing<Vec<u8>>, String>;

    /// Starts `age-plugin-NAME` for one phase of the plugin protocol (`identity-v1`,
    /// `recipient-v1`), in a directory that is not the current one. Dropping the stream ends it.
    ///
    /// # Errors
    ///
    /// Why it did not start.
    fn start_plugin(&self, name: &str, phase: &str) -> Result<Box<dyn Stream>, String>;

    /// A connection to gpg-agent, if there is one to be reached.
    fn connect_agent(&self) -> Option<Box<dyn Stream>>;

    /// The name of the terminal or file that standard input is.
    fn standard_input(&self) -> Option<String>;

    /// Asks the user for a secret, on the terminal and never on standard input.
    ///
    /// # Errors
    ///
    /// Why nobody could be asked.
    fn read_secret(&self, prompt: &str) -> Result<Secret, String>;

    /// Asks the user for something that may be seen.
    ///
    /// # Errors
    ///
    /// Why nobody could be asked.
    fn read_public(&self, prompt: &str) -> Result<String, String>;

    /// Asks the user for one key.
    ///
    /// # Errors
    ///
    /// Why nobody could be asked.
    fn read_character(&self, prompt: &str) -> Result<u8, String>;

    /// Tells the user something.
    fn log(&self, level: Level, message: &str);
}

/// How important a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A plugin speaks to the user. sops shows this with `--verbose` only.
    Info,
    /// Something is not as it should be.
    Warning,
}

/// A conversation with another process.
pub trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}
