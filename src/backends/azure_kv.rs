//! A stub.

use crate::keys::{Attempt, KeyError, KeyKind, KeyService, MasterKey, WrappedKey};

use super::SystemHost;
use super::network::Network;

/// Not there yet.
pub struct AzureService;

impl AzureService {
    /// Does nothing.
    #[must_use]
    pub fn new(_machine: SystemHost, _network: Network) -> Self {
        Self
    }
}

impl KeyService for AzureService {
    fn handles(&self, key: &MasterKey) -> bool {
        key.kind() == KeyKind::AzureKeyVault
    }

    fn wrap(&self, _key: &MasterKey, _secret: &[u8]) -> Result<String, KeyError> {
        Err(KeyError::NoBackend(KeyKind::AzureKeyVault))
    }

    fn unwrap(&self, _key: &WrappedKey) -> Attempt {
        Attempt::Failed(KeyError::NoBackend(KeyKind::AzureKeyVault))
    }
}
