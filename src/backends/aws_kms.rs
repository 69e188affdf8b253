//! A stub.

use crate::keys::{Attempt, KeyError, KeyKind, KeyService, MasterKey, WrappedKey};

use super::SystemHost;
use super::network::Network;

/// Not there yet.
pub struct AwsKmsService;

impl AwsKmsService {
    /// Does nothing.
    #[must_use]
    pub fn new(_machine: SystemHost, _network: Network) -> Self {
        Self
    }
}

impl KeyService for AwsKmsService {
    fn handles(&self, key: &MasterKey) -> bool {
        key.kind() == KeyKind::AwsKms
    }

    fn wrap(&self, _key: &MasterKey, _secret: &[u8]) -> Result<String, KeyError> {
        Err(KeyError::NoBackend(KeyKind::AwsKms))
    }

    fn unwrap(&self, _key: &WrappedKey) -> Attempt {
        Attempt::Failed(KeyError::NoBackend(KeyKind::AwsKms))
    }
}
