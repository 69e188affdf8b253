//! Where `publish` puts files: object stores and the key/value store of Vault (services §3).
//!
//! A destination is asked for a name below itself and knows nothing of encryption: object stores
//! get the bytes of an encrypted file, Vault the JSON text of a decrypted one.

#[cfg(feature = "publish")]
mod gcs;
#[cfg(feature = "publish")]
mod s3;
#[cfg(all(feature = "publish", feature = "vault"))]
mod vault_kv;

use crate::backends::{Network, SystemHost};
use crate::policy;

/// The service behind a destination rule. Asks nobody yet. Every destination has its line here.
///
/// # Errors
///
/// [`DestinationError::NotInThisBuild`].
#[allow(unused_variables)] // a build may have none
pub fn connect(
    destination: &policy::Destination,
    machine: &SystemHost,
    network: &Network,
) -> Result<Box<dyn Destination>, DestinationError> {
    match destination {
        #[cfg(feature = "publish")]
        policy::Destination::S3 { bucket, prefix } => {
            Ok(Box::new(s3::S3::new(bucket, prefix, machine, network)))
        }
        #[cfg(feature = "publish")]
        policy::Destination::Gcs { bucket, prefix } => {
            Ok(Box::new(gcs::Bucket::new(bucket, prefix, machine, network)))
        }
        #[cfg(all(feature = "publish", feature = "vault"))]
        policy::Destination::VaultKv { address, mount, path, version } => {
            let folder = vault_kv::Folder { address: address.as_deref(), mount, path, version: *version };
            Ok(Box::new(vault_kv::VaultKv::new(&folder, machine, network)?))
        }
        #[allow(unreachable_patterns)] // with all features
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

    /// Whether `content` is there already under `name`.
    ///
    /// # Errors
    ///
    /// As [`current`](Self::current).
    fn has(&self, name: &str, content: &[u8]) -> Result<bool, DestinationError> {
        Ok(self.current(name)?.is_some_and(|there| there == content))
    }

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
    #[error("this build cannot publish to {0}; nothing was published")]
    NotInThisBuild(&'static str),
    /// What the service, or the way to it, says.
    #[error("{0}")]
    Service(String),
}
