//! Azure Key Vault (keys §7).
//!
//! ```text
//! key ──vault.rs─▶ request ──without a token─▶ 401 ──challenge.rs─▶ what a token has to be for
//! variables ──token.rs─▶ chain of principal.rs (certificate.rs), managed.rs, tools.rs ─▶ token
//! {"alg": "RSA-OAEP-256", "value": …} ──client.rs, with the token─▶ value          answer.rs
//! ```
//!
//! A key without a version is the latest one. Files name a version: [`AzureService::complete`] asks for it.

mod answer;
mod certificate;
mod challenge;
mod client;
mod managed;
mod principal;
#[cfg(feature = "publish")]
mod secrets;
mod token;
mod tools;
mod vault;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use zeroize::Zeroizing;

use super::SystemHost;
use super::http::Answer;
use super::network::{Network, REQUEST_TIMEOUT};
use crate::keys::{Attempt, KeyError, KeyKind, KeyService, Manner, MasterKey, WrappedKey};
use client::Client;
#[cfg(feature = "publish")]
pub(crate) use secrets::{Secrets, SecretsError};
use vault::{Refusal, Vaults};

/// How long a failed request waits for its first repetition, as in Azure's SDK.
const PAUSE: Duration = Duration::from_millis(800);
/// RSA-OAEP with SHA-256, the only algorithm that sops uses.
const ALGORITHM: &str = "RSA-OAEP-256";

/// The Azure Key Vault backend. A clone is another handle to the same one.
#[derive(Clone)]
pub struct AzureService(Arc<Shared>);

struct Shared {
    vaults: Vaults,
    /// Vault and name of keys whose latest version was asked for, with that version.
    latest: Mutex<Vec<(String, String, String)>>,
}

impl AzureService {
    /// A service that looks for credentials on `machine` at the first key.
    #[must_use]
    pub fn new(machine: SystemHost, network: Network) -> Self {
        Self::with_pace(machine, network, REQUEST_TIMEOUT, PAUSE)
    }

    /// As [`new`](Self::new), with another limit for a request, its repetitions counted in, and
    /// another pause before the first of them.
    #[must_use]
    pub fn with_pace(machine: SystemHost, network: Network, limit: Duration, pause: Duration) -> Self {
        let vaults = Vaults::new(machine, Client { network, limit, pause });
        Self(Arc::new(Shared { vaults, latest: Mutex::default() }))
    }

    /// Has a vault encrypt or decrypt a value and gives the value that it answers.
    fn operate(&self, key: &MasterKey, operation: &Operation<'_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let MasterKey::AzureKeyVault { vault_url, name, version } = key else {
            return Err(Failure::Other(KeyError::NoBackend(key.kind())));
        };
        let value = Zeroizing::new(base64_simd::URL_SAFE_NO_PAD.encode_to_string(operation.value));
        let mut body = Zeroizing::new(Vec::with_capacity(value.len() + 64));
        for part in ["{\"alg\":\"", ALGORITHM, "\",\"value\":\"", &value, "\"}"] {
            body.extend_from_slice(part.as_bytes());
        }
        let said = |reason: String| {
            format!(
                "failed to {} sops data key with Azure Key Vault key '{}': {reason}",
                operation.name,
                key.shown()
            )
        };
        let url = vault::url(vault_url, name, version, Some(operation.name)).map_err(said)?;
        let answer = self.0.vaults.ask(&Method::POST, &url, Some(&body), &[&value]);
        let answer = answer.map_err(|refusal| match refusal {
            Refusal::Nobody(reason) => Failure::NoCredential(said(reason)),
            Refusal::Setup(reason) => {
                format!("failed to get Azure token credential to {}: {reason}", operation.purpose).into()
            }
            Refusal::Said { told, .. } | Refusal::Other(told) => said(told).into(),
        })?;
        let mut answer = object(&answer).map_err(said)?;
        let text = take(answer.get_mut("value")).ok_or_else(|| said("the answer has no value".to_owned()))?;
        decode(&text).map_err(|_| said("the answer's value is no base64".to_owned()).into())
    }
}

/// What is asked of a vault.
struct Operation<'a> {
    name: &'static str,
    /// What a credential is needed for, in sops' words.
    purpose: &'static str,
    value: &'a [u8],
}

enum Failure {
    /// Nothing on this machine gives a token.
    NoCredential(String),
    Other(KeyError),
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Other(KeyError::Backend(reason))
    }
}

impl KeyService for AzureService {
    fn handles(&self, key: &MasterKey) -> bool {
        key.kind() == KeyKind::AzureKeyVault
    }

    fn manner(&self, _key: &MasterKey) -> Manner {
        Manner::AtOnce(Arc::new(self.clone()))
    }

    fn complete(&self, key: &MasterKey) -> Result<Option<MasterKey>, KeyError> {
        let MasterKey::AzureKeyVault { vault_url, name, version } = key else { return Ok(None) };
        if !version.is_empty() {
            return Ok(None);
        }
        let whole = |version: &str| MasterKey::AzureKeyVault {
            vault_url: vault_url.clone(),
            name: name.clone(),
            version: version.to_owned(),
        };
        // Held while the vault is asked: all files of a run get the same version.
        let mut latest = self.0.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., version)) = latest.iter().find(|(vault, key, _)| vault == vault_url && key == name) {
            return Ok(Some(whole(version)));
        }
        let said = |reason: String| {
            KeyError::Backend(format!("failed to fetch Azure Key to retrieve key version: {reason}"))
        };
        let url = vault::url(vault_url, name, "", None).map_err(said)?;
        let answer = self.0.vaults.ask(&Method::GET, &url, None, &[]).map_err(|refusal| match refusal {
            Refusal::Setup(reason) => KeyError::Backend(format!(
                "failed to get Azure token credential to retrieve key version: {reason}"
            )),
            Refusal::Nobody(told) | Refusal::Said { told, .. } | Refusal::Other(told) => said(told),
        })?;
        let answer = object(&answer).map_err(said)?;
        let version = answer.pointer("/key/kid").and_then(Value::as_str).and_then(version_of);
        let version = version.ok_or_else(|| said("the answer names no version of the key".to_owned()))?;
        latest.push((vault_url.clone(), name.clone(), version.to_owned()));
        Ok(Some(whole(version)))
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let operation = Operation { name: "encrypt", purpose: "encrypt data", value: secret };
        match self.operate(key, &operation) {
            Ok(wrapped) => Ok(base64_simd::URL_SAFE_NO_PAD.encode_to_string(&wrapped[..])),
            Err(Failure::NoCredential(reason)) => Err(KeyError::Backend(reason)),
            Err(Failure::Other(error)) => Err(error),
        }
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let wrapped = match decode(&key.enc) {
            Ok(wrapped) => wrapped,
            Err(at) => {
                let reason = format!(
                    "failed to base64 decode Azure Key Vault encrypted key: illegal base64 data at input byte {at}"
                );
                return Attempt::Failed(KeyError::Backend(reason));
            }
        };
        let operation = Operation { name: "decrypt", purpose: "decrypt", value: &wrapped };
        match self.operate(&key.key, &operation) {
            Ok(secret) => Attempt::Recovered(secret),
            Err(Failure::NoCredential(reason)) => Attempt::NotHeld {
                reason: KeyError::Backend(reason),
                looked_in: ["AZURE_* variables", "managed identity", "az", "azd", "pwsh"]
                    .map(str::to_owned)
                    .to_vec(),
            },
            Err(Failure::Other(error)) => Attempt::Failed(error),
        }
    }
}

fn object(answer: &Answer) -> Result<Value, String> {
    let object = answer.json().filter(Value::is_object);
    object.ok_or_else(|| "the answer is no JSON, or not all of it came".to_owned())
}

fn take(value: Option<&mut Value>) -> Option<Zeroizing<String>> {
    match value?.take() {
        Value::String(text) if !text.is_empty() => Some(Zeroizing::new(text)),
        _ => None,
    }
}

/// The version in a key's id: `https://VAULT/keys/NAME/VERSION`.
fn version_of(id: &str) -> Option<&str> {
    let (_, path) = id.split_once("://")?;
    let mut parts = path.split('/').skip(1);
    (parts.next()? == "keys").then_some(())?;
    let version = parts.nth(1)?;
    (!version.is_empty() && version.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(version)
}

/// Decodes base64url without padding; line ends do not count, as in Go.
///
/// # Errors
///
/// Where it is none.
fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, usize> {
    let kept = text.replace(['\r', '\n'], "");
    base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&kept).map(Zeroizing::new).map_err(|_| {
        let symbol = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'\r' | b'\n');
        text.bytes().position(|b| !symbol(b)).unwrap_or(text.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(version_of("https://v.x/keys/k/abc1"), Some("abc1"));
        for id in [
            "https://v.x/keys/k",
            "https://v.x/keys/k/",
            "https://v.x/secrets/k/1",
            "x",
            "https://v/keys/k/a b",
        ] {
            assert_eq!(version_of(id), None, "{id}");
        }
    }

    #[test]
    fn stored_keys() {
        assert_eq!(decode("_-8\n").unwrap()[..], [0xff, 0xef]);
        assert_eq!(decode("ab+c"), Err(2));
        assert_eq!(decode("ab=="), Err(2));
    }
}
