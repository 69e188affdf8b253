//! Events for a PostgreSQL database: who encrypted, decrypted or rotated which file (services §4).
//!
//! A connection is made and tried before anything else is done; each event is one row. What went wrong
//! is told without the password, which sops prints.

mod connection;
mod tls;

use std::error::Error;
use std::time::Duration;

use connection::Connection;
pub use connection::Defaults;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
const INSERT: &str = "INSERT INTO audit_event (action, username, file) VALUES ($1, $2, $3)";

/// A database that is told what happens.
pub struct Auditor {
    client: Client,
    runtime: Runtime,
}

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Values were encrypted.
    Encrypt,
    /// Values were decrypted.
    Decrypt,
    /// A new data key was asked for.
    Rotate,
}

impl Action {
    /// As it stands in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Rotate => "rotate",
        }
    }
}

/// Why an event cannot be recorded. Holds no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The connection string cannot be read.
    #[error("the connection string cannot be read: {0}")]
    Connection(&'static str),
    /// The database cannot be reached, or refuses.
    #[error("connectStr: {place}, err: Pinging audit database failed: {why}")]
    Unreachable {
        /// User, host and database.
        place: String,
        /// The reason.
        why: String,
    },
    /// A row was refused.
    #[error("Failed to insert audit record: {0}")]
    Refused(String),
}

impl Auditor {
    /// Connects to the database of a connection string, a URL or words `key=value` as in lib/pq, and
    /// asks it something.
    ///
    /// # Errors
    ///
    /// [`AuditError::Connection`] and [`AuditError::Unreachable`].
    pub fn connect(connection_string: &str, defaults: &Defaults<'_>) -> Result<Self, AuditError> {
        let connection = Connection::parse(connection_string, defaults).map_err(AuditError::Connection)?;
        let failed = |why: String| AuditError::Unreachable { place: connection.place(), why };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let attempt = async {
            let client = tls::connect(&connection).await?;
            client.simple_query("SELECT 1").await.map_err(|error| reason(&error))?;
            Ok(client)
        };
        let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, attempt).await });
        match answer {
            Ok(client) => Ok(Self { client: client.map_err(failed)?, runtime }),
            Err(_) => Err(failed("no answer in time".to_owned())),
        }
    }

    /// Records that `user` did something with a file.
    ///
    /// # Errors
    ///
    /// [`AuditError::Refused`].
    pub fn record(&self, action: Action, user: &str, file: &str) -> Result<(), AuditError> {
        let action = action.name();
        let answer = self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, self.client.execute(INSERT, &[&action, &user, &file])).await
        });
        match answer {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(AuditError::Refused(reason(&error))),
            Err(_) => Err(AuditError::Refused("no answer in time".to_owned())),
        }
    }
}

/// What the database says, as lib/pq words it, or what became of the connection.
fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("pq: {} ({})", error.message(), error.code().code());
    }
    let mut deepest: &dyn Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = deepest.to_string();
    let text = text.rsplit_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
