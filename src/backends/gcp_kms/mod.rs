//! Google Cloud KMS (keys §6).
//!
//! ```text
//! machine ──endpoint.rs─▶ protocol and address        google ─▶ token
//! data key ──grpc.rs or rest.rs, client.rs─▶ ciphertext, and back
//! ```
//!
//! No additional authenticated data, as in sops. The checksums that the service sends are compared,
//! which sops does not do.

mod client;
mod endpoint;
mod grpc;
mod rest;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use zeroize::Zeroizing;

use super::SystemHost;
use super::google::{Access, NoAccount, Pace, Purpose};
use super::network::{Network, REQUEST_TIMEOUT};
use crate::keys::base64::{self, Padding};
use crate::keys::{Attempt, KeyError, KeyKind, KeyService, Manner, MasterKey, WrappedKey};
use client::{Client, Operation};
use endpoint::Endpoint;

const PURPOSE: Purpose = Purpose {
    scopes: &["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/cloudkms"],
    self_signed: true,
    variables: true,
};

/// The Google Cloud KMS backend. A clone is another handle to the same one.
#[derive(Clone)]
pub struct GcpService(Arc<Shared>);

struct Shared {
    machine: SystemHost,
    client: Client,
    endpoint: OnceLock<Result<Endpoint, String>>,
}

/// Why a key is not used.
enum Failure {
    /// There are no credentials in any of these places.
    NoCredentials(String, Vec<String>),
    Other(KeyError),
}

impl GcpService {
    /// A service that looks for settings and credentials on `machine` at the first key.
    #[must_use]
    pub fn new(machine: SystemHost, network: Network) -> Self {
        Self::with_pace(machine, network, REQUEST_TIMEOUT, Duration::from_millis(300))
    }

    /// As [`new`](Self::new), with another limit for a request, its repetitions counted in, and
    /// another pause before the first of them.
    #[must_use]
    pub fn with_pace(machine: SystemHost, network: Network, limit: Duration, pause: Duration) -> Self {
        let access = Access::new(machine.clone(), network, Pace { limit, pause }, PURPOSE);
        Self(Arc::new(Shared { machine, client: Client { access }, endpoint: OnceLock::new() }))
    }

    fn call(&self, key: &MasterKey, operation: &Operation<'_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let MasterKey::GcpKms { resource_id } = key else {
            return Err(Failure::Other(KeyError::NoBackend(key.kind())));
        };
        let Shared { machine, client, endpoint } = &*self.0;
        let made = |reason: &str| format!("cannot create GCP KMS service: {reason}");
        let other = |reason: String| Failure::Other(KeyError::Backend(reason));
        if !is_resource_id(resource_id) {
            return Err(other(made(&format!("no valid resource ID found in {resource_id:?}"))));
        }
        client.access.account().map_err(|none| {
            let reason = made(none.reason());
            match none {
                NoAccount::Nowhere { looked_in } => Failure::NoCredentials(reason, looked_in),
                NoAccount::Unusable(_) => other(reason),
            }
        })?;
        let endpoint = endpoint.get_or_init(|| Endpoint::read(machine));
        let endpoint = endpoint.as_ref().map_err(|reason| other(made(reason)))?;
        client.call(endpoint, resource_id, operation).map_err(|reason| {
            let what = operation.verb;
            other(format!("failed to {what} sops data key with GCP KMS key: {reason}"))
        })
    }
}

impl KeyService for GcpService {
    fn handles(&self, key: &MasterKey) -> bool {
        key.kind() == KeyKind::GcpKms
    }

    fn manner(&self, _key: &MasterKey) -> Manner {
        Manner::AtOnce(Arc::new(self.clone()))
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        match self.call(key, &Operation { verb: "encrypt", input: secret, ..client::ENCRYPT }) {
            Ok(enc) => Ok(base64_simd::STANDARD.encode_to_string(&enc[..])),
            Err(Failure::NoCredentials(reason, _)) => Err(KeyError::Backend(reason)),
            Err(Failure::Other(error)) => Err(error),
        }
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let enc = match base64::decode(key.enc.as_bytes(), Padding::Required) {
            Ok(enc) => enc,
            Err(error) => return Attempt::Failed(KeyError::Backend(error.to_string())),
        };
        match self.call(&key.key, &Operation { input: &enc, ..client::DECRYPT }) {
            Ok(secret) => Attempt::Recovered(secret),
            Err(Failure::NoCredentials(reason, looked_in)) => {
                Attempt::NotHeld { reason: KeyError::Backend(reason), looked_in }
            }
            Err(Failure::Other(error)) => Attempt::Failed(error),
        }
    }
}

/// `projects/P/locations/L/keyRings/R/cryptoKeys/K`: not a version of a key, and nothing else.
fn is_resource_id(text: &str) -> bool {
    let mut parts = text.split('/');
    let mut named =
        |word: &str| parts.next() == Some(word) && parts.next().is_some_and(|name| !name.is_empty());
    ["projects", "locations", "keyRings", "cryptoKeys"].into_iter().all(&mut named) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_ids() {
        let good = "projects/p/locations/global/keyRings/r/cryptoKeys/k";
        assert!(is_resource_id(good));
        for bad in [
            "",
            "projects/p",
            "projects//locations/global/keyRings/r/cryptoKeys/k",
            "projects/p/locations/global/keyRings/r/cryptoKeys/",
            "projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",
            "/projects/p/locations/global/keyRings/r/cryptoKeys/k",
            "projects/p/Locations/global/keyRings/r/cryptoKeys/k",
        ] {
            assert!(!is_resource_id(bad), "{bad}");
        }
    }
}
