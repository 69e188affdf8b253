//! A named pipe that gives its content to everyone who opens it: Windows has none in a folder.

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

/// Why there are none, in sops' words.
pub(crate) const ABSENT: Option<&str> = Some("no fifos on windows, use --no-fifo next time");

/// A pipe being served.
pub(crate) enum Fifo {}

impl Drop for Fifo {
    fn drop(&mut self) {
        match *self {}
    }
}

impl Fifo {
    /// Fails.
    ///
    /// # Errors
    ///
    /// Always.
    pub(crate) fn serve(_folder: &Path, _name: &Path, _content: Zeroizing<Vec<u8>>) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "fifos are not available on windows"))
    }
}
