//! Secrets of a vault, for `publish`: read, and set (Microsoft's reference of Key Vault, Get Secret and
//! Set Secret).

use reqwest::Method;
use serde_json::Value;
use zeroize::Zeroizing;

use super::client::Client;
use super::vault::{Refusal, Vaults, secret_url};
use super::{PAUSE, object};
use crate::backends::SystemHost;
use crate::backends::network::{Network, REQUEST_TIMEOUT};

/// A way to the secrets of vaults; one for a run.
pub(crate) struct Secrets(Vaults);

/// Why a vault does not do what it is asked.
pub(crate) enum SecretsError {
    /// It says no.
    Refused {
        /// The status of its answer.
        status: u16,
        /// In the words of Azure's SDK; nothing secret.
        told: String,
    },
    /// Nobody could be asked.
    Other(String),
}

impl SecretsError {
    /// All that is to be said.
    pub(crate) fn told(self) -> String {
        match self {
            Self::Refused { told, .. } | Self::Other(told) => told,
        }
    }
}

impl From<Refusal> for SecretsError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Said { status, told } => Self::Refused { status, told },
            Refusal::Setup(reason) => Self::Other(format!("failed to get Azure token credential: {reason}")),
            Refusal::Nobody(reason) | Refusal::Other(reason) => Self::Other(reason),
        }
    }
}

impl Secrets {
    /// Asks nobody yet.
    pub(crate) fn new(machine: SystemHost, network: Network) -> Self {
        let client = Client { network, limit: REQUEST_TIMEOUT, pause: PAUSE };
        Self(Vaults::new(machine, client))
    }

    /// The latest version of a secret: an object with its `value`.
    ///
    /// # Errors
    ///
    /// [`SecretsError`]; nothing is there if its status is 404.
    pub(crate) fn get(&self, vault: &str, name: &str) -> Result<Value, SecretsError> {
        let url = secret_url(vault, name).map_err(SecretsError::Other)?;
        let answer = self.0.ask(&Method::GET, &url, None, &[])?;
        object(&answer).map_err(|reason| SecretsError::Other(format!("the secret {name}: {reason}")))
    }

    /// Makes a new version of a secret, and the secret if there is none.
    ///
    /// # Errors
    ///
    /// [`SecretsError`], without what is in `secrets`.
    pub(crate) fn set(
        &self,
        vault: &str,
        name: &str,
        body: &Zeroizing<Vec<u8>>,
        secrets: &[&str],
    ) -> Result<(), SecretsError> {
        let url = secret_url(vault, name).map_err(SecretsError::Other)?;
        self.0.ask(&Method::PUT, &url, Some(body), secrets)?;
        Ok(())
    }
}
