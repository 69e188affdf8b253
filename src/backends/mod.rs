//! The services that wrap and unwrap data keys, a cargo feature each.
//!
//! [`LocalService`] is what a run asks first: one service for all keys, made of one backend per kind
//! of master key. A backend is made at the first key that needs it and serves the whole run, for all
//! files and threads; a kind that no key has is never touched.
//!
//! | kind | feature | module |
//! |---|---|---|
//! | age | – | [`age`] |
//! | PGP | `pgp` | [`pgp`] |
//! | AWS KMS | `aws` | [`aws_kms`] |
//! | GCP KMS | `gcp` | [`gcp_kms`] |
//! | Azure Key Vault | `azure` | [`azure_kv`] |
//! | HashiCorp Vault, OpenBao | `vault` | [`vault`] |
//! | Huawei KMS | `hckms` | [`huawei_kms`] |
//! | any, on another machine | `keyservice` | [`remote`] |
//!
//! # How a backend is added
//!
//! One module with a [`KeyService`] and one line in [`backend`]; nothing else knows the backends.
//!
//! - It knows no documents. What it needs of the machine it asks of the [`SystemHost`] that it is
//!   given: variables, files, programs, the terminal. Making it does nothing and cannot fail:
//!   settings are read, and clients made, at the first key (a `OnceLock` inside), and kept.
//! - Errors are [`KeyError::Backend`](crate::keys::KeyError::Backend) with sops' words (keys §5–§9);
//!   the report puts the key before them. They hold no token, no plaintext, no ciphertext.
//! - Whatever waits on a network answers [`manner`](KeyService::manner) with
//!   [`Manner::AtOnce`] and a second handle to itself (an `Arc` inside that is cloned), has short
//!   limits for connecting and for the whole attempt, and asks the user nothing. Then it runs on a
//!   thread of its own: it may block there, and nobody waits for it when another key was faster.
//!   An async runtime, if it needs one, is made inside, with the first client.
//! - A service that may keep somebody else's user busy, like a remote key service, answers
//!   [`Manner::Queued`]. It is no part of [`LocalService`] but stands beside it in the list that
//!   [`recover`](crate::keys::recover) gets.

pub mod age;
#[cfg(feature = "aws-api")]
pub(crate) mod aws;
#[cfg(feature = "aws")]
pub mod aws_kms;
#[cfg(feature = "azure")]
pub mod azure_kv;
#[cfg(feature = "gcp")]
pub mod gcp_kms;
#[cfg(any(feature = "gcp", feature = "publish"))]
pub(crate) mod google;
#[cfg(any(
    feature = "aws-api",
    feature = "azure",
    feature = "gcp",
    feature = "vault",
    feature = "hckms",
    feature = "publish"
))]
pub(crate) mod http;
#[cfg(feature = "hckms")]
pub mod huawei_kms;
#[cfg(feature = "network")]
pub mod network;
#[cfg(feature = "pgp")]
pub mod pgp;
#[cfg(feature = "keyservice")]
pub mod remote;
#[cfg(feature = "vault")]
pub mod vault;

pub use age::SystemHost;

use crate::keys::{Attempt, Finding, Holding, KeyError, KeyKind, KeyService, Manner, MasterKey, WrappedKey};
use std::sync::{Arc, OnceLock};

#[cfg(feature = "network")]
pub use network::Network;

/// What the network backends share; there are none in this build.
#[cfg(not(feature = "network"))]
#[derive(Clone, Default)]
pub struct Network(());

#[cfg(not(feature = "network"))]
impl Network {
    /// Nothing, whatever the variables of the machine say.
    #[must_use]
    pub fn new(_machine: &SystemHost) -> Self {
        Self(())
    }
}

/// The backends of this build. Every backend has its line here and nowhere else.
#[allow(unused_variables)] // a build may have none that talks to a network
fn backend(kind: KeyKind, machine: &SystemHost, network: &Network) -> Option<Arc<dyn KeyService>> {
    match kind {
        KeyKind::Age => Some(Arc::new(age::AgeService::new(machine.clone()))),
        #[cfg(feature = "gcp")]
        KeyKind::GcpKms => Some(Arc::new(gcp_kms::GcpService::new(machine.clone(), network.clone()))),
        #[cfg(feature = "azure")]
        KeyKind::AzureKeyVault => {
            Some(Arc::new(azure_kv::AzureService::new(machine.clone(), network.clone())))
        }
        #[cfg(feature = "aws")]
        KeyKind::AwsKms => Some(Arc::new(aws_kms::AwsKmsService::new(machine.clone(), network.clone()))),
        #[cfg(feature = "hckms")]
        KeyKind::HuaweiKms => {
            Some(Arc::new(huawei_kms::HuaweiService::new(machine.clone(), network.clone())))
        }
        #[cfg(feature = "vault")]
        KeyKind::VaultTransit => Some(Arc::new(vault::VaultService::new(machine.clone(), network.clone()))),
        #[cfg(feature = "pgp")]
        KeyKind::Pgp => Some(Arc::new(pgp::PgpService::new(machine.clone()))),
        #[allow(unreachable_patterns)] // with all features
        _ => None,
    }
}

/// A place where something that opens files may be, and what is there. Holds no key material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// The kind of keys that it is for.
    pub kind: KeyKind,
    /// An environment variable, a path, or another name of the place.
    pub place: String,
    /// The file there, if it is one.
    pub file: Option<std::path::PathBuf>,
    /// Whether unwrapping looks there.
    pub searched: bool,
    /// What is there.
    pub holdings: Vec<Holding>,
    /// If nothing is, why.
    pub absent: Option<&'static str>,
}

/// What this machine has that opens files, in the order in which it is looked for: age identities, then
/// PGP keys. No command of `SOPS_AGE_KEY_CMD` is run and nobody is asked over the network; gpg is asked
/// which secret keys it has.
#[must_use]
pub fn inventory(machine: &SystemHost) -> Vec<Searched> {
    let age = age::inventory(machine).into_iter();
    #[cfg(feature = "pgp")]
    let age = age.chain(pgp::inventory(machine));
    age.collect()
}

/// Makes the backend for a kind of key, or nothing if there is none.
type Make = Box<dyn Fn(KeyKind) -> Option<Arc<dyn KeyService>> + Send + Sync>;

/// All keys that this machine can use: a backend for each kind.
pub struct LocalService {
    make: Make,
    made: [OnceLock<Option<Arc<dyn KeyService>>>; KeyKind::ALL.len()],
}

impl LocalService {
    /// The backends of this build, on that machine. What else talks to the network in this run
    /// shares `network` with them.
    #[must_use]
    pub fn new(machine: SystemHost, network: Network) -> Self {
        Self::of(move |kind| backend(kind, &machine, &network))
    }

    /// A service with backends of the caller's; each is made at the first key of its kind.
    pub fn of(make: impl Fn(KeyKind) -> Option<Arc<dyn KeyService>> + Send + Sync + 'static) -> Self {
        Self { make: Box::new(make), made: Default::default() }
    }

    fn backend(&self, key: &MasterKey) -> Option<&Arc<dyn KeyService>> {
        let kind = key.kind();
        let at = KeyKind::ALL.iter().position(|other| *other == kind)?;
        self.made[at].get_or_init(|| (self.make)(kind)).as_ref()
    }
}

impl KeyService for LocalService {
    /// Every key, so that one whose backend is missing says so beside what a remote service says.
    fn handles(&self, _key: &MasterKey) -> bool {
        true
    }

    fn manner(&self, key: &MasterKey) -> Manner {
        self.backend(key).map_or(Manner::InTurn, |backend| backend.manner(key))
    }

    fn complete(&self, key: &MasterKey) -> Result<Option<MasterKey>, KeyError> {
        self.backend(key).map_or(Ok(None), |backend| backend.complete(key))
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let backend = self.backend(key).ok_or(KeyError::NoBackend(key.kind()))?;
        backend.wrap(key, secret)
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        match self.backend(&key.key) {
            Some(backend) => backend.unwrap(key),
            None => Attempt::Failed(KeyError::NoBackend(key.key.kind())),
        }
    }

    /// What the backends found whose keys are among those that failed.
    fn findings(&self, failed: &[&MasterKey]) -> Vec<Finding> {
        let mut kinds = Vec::new();
        let first_of_kind = failed.iter().filter(|key| {
            let new = !kinds.contains(&key.kind());
            kinds.push(key.kind());
            new
        });
        first_of_kind
            .filter_map(|key| self.backend(key))
            .flat_map(|backend| backend.findings(failed))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Nothing;

    impl KeyService for Nothing {
        fn handles(&self, _key: &MasterKey) -> bool {
            true
        }

        fn wrap(&self, key: &MasterKey, _secret: &[u8]) -> Result<String, KeyError> {
            Ok(key.text().into_owned())
        }

        fn unwrap(&self, key: &WrappedKey) -> Attempt {
            Attempt::Recovered(key.enc.as_bytes().to_vec().into())
        }
    }

    #[test]
    fn a_backend_is_made_once_and_only_if_needed() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = made.clone();
        let local = LocalService::of(move |kind| {
            counter.fetch_add(1, Ordering::SeqCst);
            (kind == KeyKind::GcpKms).then(|| Arc::new(Nothing) as _)
        });
        assert_eq!(made.load(Ordering::SeqCst), 0);
        let gcp = MasterKey::gcp_kms("projects/x");
        assert_eq!(local.wrap(&gcp, b"").unwrap(), "projects/x");
        assert!(matches!(local.unwrap(&WrappedKey::new(gcp)), Attempt::Recovered(_)));
        assert_eq!(made.load(Ordering::SeqCst), 1);
        for _ in 0..2 {
            let pgp = MasterKey::pgp("ABC");
            assert_eq!(local.wrap(&pgp, b""), Err(KeyError::NoBackend(KeyKind::Pgp)));
            let Attempt::Failed(reason) = local.unwrap(&WrappedKey::new(pgp)) else { panic!() };
            assert_eq!(reason.to_string(), "this build has no PGP backend");
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }
}
