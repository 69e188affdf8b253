//! HashiCorp Vault and OpenBao: keys of the transit engine (keys §8).
//!
//! ```text
//! variables ──settings.rs─▶ who asks, and how                  once for a run
//! key ──address.rs─▶ URL, if allow_list.rs has its server
//! PUT {"plaintext": …} or {"ciphertext": …} ──client.rs─▶ answer ──answer.rs─▶ text
//! ```
//!
//! No login, no renewal of tokens, no key version and no context, as in sops: a convergent key
//! cannot be used.

pub(crate) mod address;
mod allow_list;
pub(crate) mod answer;
pub(crate) mod client;
pub(crate) mod settings;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Method;
use zeroize::Zeroizing;

use super::SystemHost;
use super::network::Network;
use crate::keys::base64::{self, Padding};
use crate::keys::{Attempt, KeyError, KeyKind, KeyService, Manner, MasterKey, WrappedKey};
use allow_list::AllowList;
use client::Client;
use settings::{Settings, TokenFrom};

/// The Vault backend. A clone is another handle to the same one.
#[derive(Clone)]
pub struct VaultService(Arc<Shared>);

struct Shared {
    machine: SystemHost,
    network: Network,
    pause: Duration,
    client: OnceLock<Result<Client, String>>,
}

impl VaultService {
    /// A service that reads its settings from `machine` at the first key.
    #[must_use]
    pub fn new(machine: SystemHost, network: Network) -> Self {
        Self::with_pause(machine, network, client::PAUSE)
    }

    /// As [`new`](Self::new), with another pause before the first repetition of a failed request.
    #[must_use]
    pub fn with_pause(machine: SystemHost, network: Network, pause: Duration) -> Self {
        Self(Arc::new(Shared { machine, network, pause, client: OnceLock::new() }))
    }

    fn client(&self) -> Result<&Client, String> {
        let Shared { machine, network, pause, client } = &*self.0;
        let client = client.get_or_init(|| {
            let settings = Settings::read(machine, TokenFrom::VariableOrFile)?;
            Ok(Client::new(settings, network.clone(), *pause))
        });
        client.as_ref().map_err(Clone::clone)
    }

    /// Has the server do one operation with a key.
    fn call(&self, key: &MasterKey, operation: &Operation<'_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let MasterKey::VaultTransit { address, engine_path, key_name } = key else {
            return Err(Failure::Other(KeyError::NoBackend(key.kind())));
        };
        let allowed = self.0.machine.get(allow_list::VARIABLE).unwrap_or_default();
        if !AllowList::parse(&allowed.to_string_lossy())?.allows(address) {
            return Err(format!("Allowlist does not allow {}", crate::keys::without_user(address)).into());
        }
        let path = address::path(&[engine_path, operation.name, key_name]).ok_or_else(|| {
            "the key's engine path or name has a part that leads elsewhere (\".\" or \"..\")".to_owned()
        })?;
        let client = self.client()?;
        let said = |reason: String| format!("{} '{path}': {reason}", operation.failed);
        let address = client.settings().agent.as_deref().unwrap_or(address);
        let (url, answer) = client.ask(Method::PUT, address, &path, Some(&operation.body)).map_err(said)?;
        let token = &client.settings().token;
        let secrets = [token.as_str(), operation.secret];
        let text = answer::field(&url, &answer, operation.field, operation.missing, &secrets);
        let result = text.and_then(|text| (operation.read)(text));
        result.map_err(|reason| match answer.status {
            403 if token.is_empty() => Failure::NoToken(said(reason)),
            _ => said(reason).into(),
        })
    }
}

/// Makes of an answer's field what is wanted.
type Read = fn(Zeroizing<String>) -> Result<Zeroizing<Vec<u8>>, String>;

/// What is asked, and what is said if it fails.
struct Operation<'a> {
    name: &'static str,
    body: Zeroizing<Vec<u8>>,
    /// What of the body must not be shown.
    secret: &'a str,
    field: &'static str,
    missing: &'static str,
    read: Read,
    failed: &'static str,
}

enum Failure {
    /// The server wants a token, and there is none.
    NoToken(String),
    Other(KeyError),
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Other(KeyError::Backend(reason))
    }
}

impl KeyService for VaultService {
    fn handles(&self, key: &MasterKey) -> bool {
        key.kind() == KeyKind::VaultTransit
    }

    fn manner(&self, _key: &MasterKey) -> Manner {
        Manner::AtOnce(Arc::new(self.clone()))
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let text = Zeroizing::new(base64_simd::STANDARD.encode_to_string(secret));
        let mut body = Zeroizing::new(Vec::with_capacity(text.len() + 20));
        for part in ["{\"plaintext\":\"", &text, "\"}"] {
            body.extend_from_slice(part.as_bytes());
        }
        let operation = Operation {
            name: "encrypt",
            body,
            secret: &text,
            field: "ciphertext",
            missing: "no encrypted data",
            read: |text| Ok(Zeroizing::new(text.as_bytes().to_vec())),
            failed: "failed to encrypt sops data key to Vault transit backend",
        };
        match self.call(key, &operation) {
            Ok(enc) => Ok(String::from_utf8_lossy(&enc).into_owned()),
            Err(Failure::NoToken(reason)) => Err(KeyError::Backend(reason)),
            Err(Failure::Other(error)) => Err(error),
        }
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let operation = Operation {
            name: "decrypt",
            body: Zeroizing::new(serde_json::json!({ "ciphertext": key.enc }).to_string().into_bytes()),
            secret: &key.enc,
            field: "plaintext",
            missing: "no decrypted data",
            read: decoded,
            failed: "failed to decrypt sops data key from Vault transit backend",
        };
        match self.call(&key.key, &operation) {
            Ok(secret) => Attempt::Recovered(secret),
            Err(Failure::NoToken(reason)) => {
                let file = settings::token_file(&self.0.machine);
                let file = file.map(|path| path.display().to_string());
                let looked_in = ["VAULT_TOKEN".to_owned()].into_iter().chain(file).collect();
                Attempt::NotHeld { reason: KeyError::Backend(reason), looked_in }
            }
            Err(Failure::Other(error)) => Attempt::Failed(error),
        }
    }
}

fn decoded(text: Zeroizing<String>) -> Result<Zeroizing<Vec<u8>>, String> {
    let secret = base64::decode(text.as_bytes(), Padding::Required).map(Zeroizing::new);
    secret.map_err(|_| "cannot decode base64 plaintext into data key bytes".to_owned())
}
