//! What the age backend needs of the machine.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use zeroize::Zeroizing;

/// The machine, as far as identities are looked for on it.
///
/// The backend touches nothing but through this: a test gives it a machine of its own.
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
    /// Why it did not start, or how it ended (`exit status 3`), as text.
    fn run(
        &self,
        program: &str,
        arguments: &[String],
        variable: (&str, &str),
    ) -> Result<Zeroizing<Vec<u8>>, String>;
}
