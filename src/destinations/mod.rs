//! Where `publish` puts files: object stores, the key/value store of Vault, and the secret managers of
//! the clouds (services §3; the last are ours).
//!
//! A destination is asked for a name below itself and knows nothing of encryption: it gets a [`Content`],
//! tells how that compares with what is there, and puts it there. What each of them takes is
//! [`Takes`](policy::Takes).

#[cfg(all(feature = "publish", feature = "azure"))]
mod azure_keyvault;
#[cfg(feature = "publish")]
mod compare;
mod content;
#[cfg(feature = "publish")]
mod gcp_secret_manager;
#[cfg(feature = "publish")]
mod gcs;
#[cfg(feature = "publish")]
mod s3;
#[cfg(feature = "publish")]
mod secrets_manager;
#[cfg(all(feature = "publish", feature = "vault"))]
mod vault_kv;

pub use content::{Change, Content, Difference};

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
        #[cfg(feature = "publish")]
        policy::Destination::AwsSecretsManager { region, profile, kms_key, .. } => {
            let (machine, network) = (machine.clone(), network.clone());
            let place = secrets_manager::Place {
                naming: destination.clone(),
                region: region.clone(),
                profile: profile.clone(),
                kms_key: kms_key.clone(),
            };
            Ok(Box::new(secrets_manager::SecretsManager::new(place, machine, network)))
        }
        #[cfg(feature = "publish")]
        policy::Destination::GcpSecretManager { project, locations, .. } => {
            let place = gcp_secret_manager::Place {
                naming: destination.clone(),
                project: project.clone(),
                locations: locations.clone(),
            };
            Ok(Box::new(gcp_secret_manager::SecretManager::new(place, machine, network)))
        }
        #[cfg(all(feature = "publish", feature = "azure"))]
        policy::Destination::AzureKeyVault { vault, .. } => {
            let naming = destination.clone();
            Ok(Box::new(azure_keyvault::Vault::new(naming, vault, machine.clone(), network.clone())))
        }
        #[allow(unreachable_patterns)] // with all features
        other => Err(DestinationError::NotInThisBuild(other.kind())),
    }
}

/// A place that files are published to.
pub trait Destination: Send + Sync {
    /// How `content` compares with what is there under `name`. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`DestinationError`] if nobody can be asked, or if what is there could not be replaced either.
    fn compare(&self, name: &str, content: &Content) -> Result<Standing, DestinationError>;

    /// Whether a look before [`put`](Self::put) is worth its request.
    fn looks_first(&self) -> bool {
        true
    }

    /// Puts `content` there under `name`; what is there is replaced.
    ///
    /// # Errors
    ///
    /// [`DestinationError`] if it does not arrive whole.
    fn put(&self, name: &str, content: &Content) -> Result<(), DestinationError>;
}

/// How what is published compares with what is there. Names keys, and holds no values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is nothing; all keys are new.
    Absent(Vec<Difference>),
    /// The same is there.
    Same,
    /// Something else is there. The keys are listed if both have any.
    Differs(Vec<Difference>),
    /// What is there may not be read, or cannot; that says nothing of writing.
    Unknown(String),
}

/// Why a file is not published. Holds nothing of the file, and no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DestinationError {
    /// This build cannot talk to such a destination.
    #[error("this build cannot publish to {0}; nothing was published")]
    NotInThisBuild(&'static str),
    /// The secret cannot have that name.
    #[error(transparent)]
    Name(#[from] policy::NameError),
    /// More than the service takes.
    #[error(
        "{name} has {size} bytes, and a secret of {kind} has {largest} at the most; publish it in several files, or to an object store"
    )]
    TooLarge {
        /// What was to be published.
        name: String,
        /// Its size in bytes.
        size: usize,
        /// Where.
        kind: &'static str,
        /// The limit in bytes.
        largest: usize,
    },
    /// What the service, or the way to it, says.
    #[error("{0}")]
    Service(String),
}

/// Refuses what is larger than a service takes.
#[cfg(feature = "publish")]
fn fits(name: &str, size: usize, kind: &'static str, largest: usize) -> Result<(), DestinationError> {
    if size <= largest {
        return Ok(());
    }
    Err(DestinationError::TooLarge { name: name.to_owned(), size, kind, largest })
}

/// Hexadecimal digits that nobody else has.
#[cfg(feature = "publish")]
fn random<const BYTES: usize>() -> String {
    let mut random = [0; BYTES];
    let _ = getrandom::fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
