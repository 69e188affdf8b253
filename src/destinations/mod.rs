//! Where `publish` puts files: object stores and the key/value store of Vault (services §3).
//!
//! A destination is asked for a name below itself and knows nothing of encryption: object stores
//! get the bytes of an encrypted file, Vault the JSON text of a decrypted one.

#[cfg(feature = "publish")]
mod s3;

use crate::backends::{Network, SystemHost};
use crate::policy;

/// The service behind a destination rule. Asks nobody yet. Every destination has its line here.
///
/// # Errors
///
/// [`DestinationError::NotInThisBuild`].
pub fn connect(
    destination: &policy::Destination,
    #[allow(unused_variables)] // a build may have none
    machine: &SystemHost,
    #[allow(unused_variables)] network: &Network,
) -> Result<Box<dyn Destination>, DestinationError> {
    match destination {
        #[cfg(feature = "publish")]
        policy::Destination::S3 { bucket, prefix } => {
            Ok(Box::new(s3::S3::new(bucket, prefix, machine, network)))
        }
        other => Err(DestinationError::NotInThisBuild(other.kind())),
    }
}

/// A place that files are published to.
pub trait Destination: Send + Sync {
    /// What is there under `name`, in the form in which [`Self::put`] takes it. Nothing if there is
    /// nothing, or where comparing is not worth a request.
    ///
    /// # Errors
    ///
    /// [`DestinationError`] if it cannot be told.
    fn current(&self, name: &str) -> Result<Option<Vec<u8>>, DestinationError>;

    /// Puts `content` there under `name`; what is there is replaced.
    ///
    /// # Errors
    ///
    /// [`DestinationError`] if it does not arrive whole.
    fn put(&self, name: &str, content: &[u8]) -> Result<(), DestinationError>;
}

/// Why a file is not published. Holds nothing of the file, and no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DestinationError {
    /// This build cannot talk to such a destination.
    #[error("this version cannot publish to {0} yet; nothing was published")]
    NotInThisBuild(&'static str),
    /// What the service, or the way to it, says.
    #[error("{0}")]
    Service(String),
}
