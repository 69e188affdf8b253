//! Sockets in the file system.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

pub use std::os::unix::net::UnixListener;

/// A socket that connections come from, for the network runtime.
#[cfg(feature = "keyservice")]
pub(crate) struct Incoming(tokio::net::UnixListener);

/// Who connected.
#[cfg(feature = "keyservice")]
pub(crate) type Connection = tokio::net::UnixStream;

#[cfg(feature = "keyservice")]
impl Incoming {
    /// Takes a socket over; inside the runtime.
    ///
    /// # Errors
    ///
    /// If the runtime does not take it.
    pub(crate) fn new(socket: UnixListener) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        tokio::net::UnixListener::from_std(socket).map(Self)
    }

    /// The next connection.
    pub(crate) fn poll(
        &self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<Connection>> {
        self.0.poll_accept(context).map_ok(|(connection, _)| connection)
    }
}

/// The socket that a database listens on, if it is none of the network.
#[cfg(feature = "audit")]
pub(crate) fn socket_of(host: &tokio_postgres::config::Host) -> Option<&Path> {
    match host {
        tokio_postgres::config::Host::Unix(path) => Some(path),
        tokio_postgres::config::Host::Tcp(_) => None,
    }
}

/// Whether there are sockets in the file system.
#[cfg(feature = "vault")]
pub(crate) const HAS_SOCKETS: bool = true;

/// A client whose requests go through a socket.
#[cfg(feature = "vault")]
pub(crate) fn through_socket(builder: reqwest::ClientBuilder, socket: &str) -> reqwest::ClientBuilder {
    builder.unix_socket(socket)
}

/// Connects to a socket.
pub(crate) fn connect(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(path)
}

/// Whether a file is a socket.
pub(crate) fn is_socket(there: &std::fs::Metadata) -> bool {
    there.file_type().is_socket()
}
