//! Sockets in the file system.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

pub use std::os::unix::net::UnixListener;

/// Connects to a socket.
pub(crate) fn connect(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(path)
}

/// Whether a file is a socket.
pub(crate) fn is_socket(there: &std::fs::Metadata) -> bool {
    there.file_type().is_socket()
}
