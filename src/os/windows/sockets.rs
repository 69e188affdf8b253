//! There are no sockets in the file system: those that newer versions have are in no library that we use.

use std::io;
use std::path::Path;

/// A socket that cannot be.
#[derive(Debug)]
pub enum UnixListener {}

impl UnixListener {
    /// Fails.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn bind(_path: impl AsRef<Path>) -> io::Result<Self> {
        Err(unsupported())
    }
}

/// A socket that connections would come from.
#[cfg(feature = "keyservice")]
pub(crate) enum Incoming {}

/// Who would connect.
#[cfg(feature = "keyservice")]
pub(crate) type Connection = tokio::net::TcpStream;

#[cfg(feature = "keyservice")]
impl Incoming {
    /// Takes over what cannot be.
    ///
    /// # Errors
    ///
    /// None.
    pub(crate) fn new(socket: UnixListener) -> io::Result<Self> {
        match socket {}
    }

    /// The next connection.
    pub(crate) fn poll(
        &self,
        _context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<Connection>> {
        match *self {}
    }
}

/// The socket that a database listens on: none.
#[cfg(feature = "audit")]
pub(crate) const fn socket_of(_host: &tokio_postgres::config::Host) -> Option<&Path> {
    None
}

/// Whether there are sockets in the file system.
#[cfg(feature = "vault")]
pub(crate) const HAS_SOCKETS: bool = false;

/// The client as it is: whoever wants a socket was told that there is none.
#[cfg(feature = "vault")]
pub(crate) const fn through_socket(builder: reqwest::ClientBuilder, _socket: &str) -> reqwest::ClientBuilder {
    builder
}

/// Fails.
pub(crate) fn connect(_path: &Path) -> io::Result<std::net::TcpStream> {
    Err(unsupported())
}

/// Whether a file is a socket.
pub(crate) fn is_socket(_there: &std::fs::Metadata) -> bool {
    false
}

fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "sockets in the file system are not used on Windows")
}
