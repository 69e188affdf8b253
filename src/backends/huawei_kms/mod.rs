//! Huawei Cloud KMS (keys §9).
//!
//! ```text
//! region of the key ──region.rs─▶ endpoint        machine ──credentials.rs─▶ who asks
//! data key as base64 ──client.rs, signed by sign.rs─▶ cipher_text, and back        answer.rs
//! ```
//!
//! The service encrypts text: what it is given, and gives back, is the base64 of the data key.

mod answer;
mod client;
mod credentials;
mod region;
mod sign;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::SystemHost;
use super::network::{Network, REQUEST_TIMEOUT};
use crate::keys::base64::{self, Padding};
use crate::keys::{Attempt, KeyError, KeyKind, KeyService, Manner, MasterKey, WrappedKey};
use answer::take;
use client::{Client, Pace};
use credentials::Credentials;

/// How long before their end temporary credentials are replaced, in seconds, as in Huawei's SDK.
const EARLY: i64 = 40 * 60;
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

/// The Huawei Cloud KMS backend. A clone is another handle to the same one.
#[derive(Clone)]
pub struct HuaweiService(Arc<Shared>);

struct Shared {
    machine: SystemHost,
    client: Client,
    who: Mutex<Who>,
}

/// What was found out in this run.
#[derive(Default)]
struct Who {
    credentials: Option<Credentials>,
    /// The project of each region that was asked for.
    projects: Vec<(String, String)>,
}

impl HuaweiService {
    /// A service that looks for credentials on `machine` at the first key.
    #[must_use]
    pub fn new(machine: SystemHost, network: Network) -> Self {
        Self::with_pace(machine, network, REQUEST_TIMEOUT, Duration::from_millis(500))
    }

    /// As [`new`](Self::new), with another limit for a request, its repetitions counted in, and
    /// another pause before the first of them.
    #[must_use]
    pub fn with_pace(machine: SystemHost, network: Network, limit: Duration, pause: Duration) -> Self {
        let client = Client { network, pace: Pace { limit, pause } };
        Self(Arc::new(Shared { machine, client, who: Mutex::default() }))
    }

    /// Who asks, in which project.
    fn who(&self, region: &str) -> Result<(Credentials, String), String> {
        let Shared { machine, client, who } = &*self.0;
        // Held while the services are asked: others that need the same wait for it.
        let mut who = who.lock().unwrap_or_else(PoisonError::into_inner);
        let now = jiff::Timestamp::now().as_second();
        let good = |it: &Credentials| it.expires.is_none_or(|expires| expires - now >= EARLY);
        let credentials = match who.credentials.clone().filter(good) {
            Some(credentials) => credentials,
            None => {
                let found = client.credentials(credentials::find(machine)?, machine);
                let found = found.map_err(|reason| credentials::none(&reason))?;
                who.credentials.insert(found).clone()
            }
        };
        if let Some(project) = &credentials.project {
            return Ok((credentials.clone(), project.clone()));
        }
        if let Some((_, project)) = who.projects.iter().find(|(of, _)| of == region) {
            return Ok((credentials, project.clone()));
        }
        let project = client.project(region, &credentials, machine)?;
        who.projects.push((region.to_owned(), project.clone()));
        Ok((credentials, project))
    }

    fn call(&self, key: &MasterKey, operation: &Operation<'_>) -> Result<Value, KeyError> {
        let MasterKey::HuaweiKms { key_id } = key else {
            return Err(KeyError::NoBackend(key.kind()));
        };
        let (region, id) = key_id.trim().split_once(':').unwrap_or_default();
        let (region, id) = (region.trim(), id.trim());
        let made =
            |reason: String| KeyError::Backend(format!("failed to create HuaweiCloud KMS client: {reason}"));
        // sops finds out who asks first, and then whether the region is one.
        let endpoints = region::endpoints(region, &self.0.machine);
        let (credentials, project) = match &endpoints {
            Ok(_) => self.who(region),
            Err(reason) => credentials::find(&self.0.machine).and_then(|_| Err(reason.clone())),
        }
        .map_err(made)?;
        let body = (operation.body)(id);
        let mut reasons = Vec::new();
        for endpoint in endpoints.map_err(made)? {
            let secret = operation.secret;
            let client = &self.0.client;
            match client.key_management(
                &endpoint,
                operation.name,
                &credentials,
                &project,
                body.clone(),
                secret,
            ) {
                Ok(answer) => return Ok(answer),
                Err(failed) => {
                    reasons.push(failed.reason);
                    if !failed.elsewhere {
                        break;
                    }
                }
            }
        }
        Err(KeyError::Backend(format!("{}: {}", operation.failed, reasons.join("; "))))
    }
}

/// What is asked, and what is said if it fails.
struct Operation<'a> {
    name: &'static str,
    /// The body, for the id of the key.
    body: &'a dyn Fn(&str) -> Zeroizing<Vec<u8>>,
    /// What of the body must not be shown.
    secret: &'a str,
    failed: &'static str,
}

impl KeyService for HuaweiService {
    fn handles(&self, key: &MasterKey) -> bool {
        key.kind() == KeyKind::HuaweiKms
    }

    fn manner(&self, _key: &MasterKey) -> Manner {
        Manner::AtOnce(Arc::new(self.clone()))
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let text = Zeroizing::new(base64_simd::STANDARD.encode_to_string(secret));
        let body = |id: &str| {
            // The plaintext goes into no value of its own that would stay in memory.
            let (id, algorithm) = (Value::from(id), Value::from(ALGORITHM));
            let parts = [
                format!("{{\"key_id\":{id},\"encryption_algorithm\":{algorithm},\"plain_text\":\"").into(),
                text.clone(),
                "\"}".to_owned().into(),
            ];
            let parts: [Zeroizing<String>; 3] = parts;
            let mut body = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
            parts.iter().for_each(|part| body.extend_from_slice(part.as_bytes()));
            body
        };
        let mut answer = self.call(
            key,
            &Operation {
                name: "encrypt-data",
                body: &body,
                secret: &text,
                failed: "failed to encrypt sops data key with HuaweiCloud KMS",
            },
        )?;
        let enc = take(&mut answer, &["cipher_text"]);
        let enc =
            enc.ok_or_else(|| KeyError::Backend("encryption response missing ciphertext".to_owned()))?;
        Ok(enc.as_str().to_owned())
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let body = |id: &str| {
            let body = json!({ "cipher_text": key.enc, "encryption_algorithm": ALGORITHM, "key_id": id });
            Zeroizing::new(body.to_string().into_bytes())
        };
        let answer = self.call(
            &key.key,
            &Operation {
                name: "decrypt-data",
                body: &body,
                secret: &key.enc,
                failed: "failed to decrypt sops data key with HuaweiCloud KMS",
            },
        );
        let failed = |reason: &str| Attempt::Failed(KeyError::Backend(reason.to_owned()));
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Attempt::Failed(error),
        };
        let Some(text) = take(&mut answer, &["plain_text"]) else {
            return failed("decryption response missing plaintext");
        };
        match base64::decode(text.as_bytes(), Padding::Required) {
            Ok(secret) => Attempt::Recovered(Zeroizing::new(secret)),
            Err(error) => failed(&format!("failed to base64 decode decrypted data key: {error}")),
        }
    }
}
