//! AWS KMS (keys §5).
//!
//! ```text
//! ARN ──arn.rs─▶ region        region, profile, role ──super::aws─▶ who asks, and where
//! data key ──Encrypt─▶ CiphertextBlob, kept as base64 ──Decrypt─▶ data key
//! ```
//!
//! One account for each region, profile and role serves all files and threads of a run.

mod arn;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::SystemHost;
use super::aws::{Aws, Call, Failed, Insistence, Pace, Service, Who};
use super::network::Network;
use crate::keys::base64::{self, Padding};
use crate::keys::{Attempt, KeyError, KeyKind, KeyService, Manner, MasterKey, WrappedKey};

/// The AWS KMS backend. A clone is another handle to the same one.
#[derive(Clone)]
pub struct AwsKmsService(Arc<Aws>);

impl AwsKmsService {
    /// A service that looks for credentials at the first key: in the variables of `machine`, and where
    /// AWS' shared configuration and the environment of the process say.
    #[must_use]
    pub fn new(machine: SystemHost, network: Network) -> Self {
        Self(Arc::new(Aws::new(machine, network, Pace::default())))
    }

    /// As [`new`](Self::new), with another limit for a request, its repetitions counted in, and another
    /// pause before the first of them.
    #[must_use]
    pub fn with_pace(machine: SystemHost, network: Network, limit: Duration, pause: Duration) -> Self {
        Self(Arc::new(Aws::new(machine, network, Pace { limit, pause })))
    }

    /// Has the key's KMS do something; what it answers is JSON.
    fn ask(&self, key: &MasterKey, operation: &Operation<'_>) -> Result<Value, Failed> {
        let MasterKey::AwsKms { arn, role, context, profile } = key else {
            return Err(Failed::Told(KeyError::NoBackend(key.kind()).to_string()));
        };
        let region = arn::region(arn).map_err(Failed::Told)?.to_owned();
        let who = Who { region, profile: profile.clone(), role: role.clone() };
        let account = self.0.account(&who)?;
        let answer = self.0.block_on(async {
            let url = account.endpoint(&Service::KMS).await;
            let call = Call {
                service: &Service::KMS,
                operation: operation.name,
                method: Method::POST,
                url: format!("{url}/"),
                headers: vec![
                    ("content-type", "application/x-amz-json-1.1".to_owned()),
                    ("x-amz-target", format!("TrentService.{}", operation.name)),
                ],
                body: operation.body(arn, context),
                secrets: &[operation.secret],
                insistence: Insistence::Usual,
            };
            account.call(&call).await.map_err(|error| match error {
                // What sops finds out before it asks KMS stands alone.
                Failed::Told(reason) if reason.starts_with("operation error KMS") => {
                    Failed::Told(format!("{}: {reason}", operation.failed))
                }
                Failed::NoCredentials { reason, looked_in } if reason.starts_with("operation error KMS") => {
                    Failed::NoCredentials { reason: format!("{}: {reason}", operation.failed), looked_in }
                }
                other => other,
            })
        })?;
        answer.json().filter(Value::is_object).ok_or_else(|| {
            Failed::Told(format!("{}: the answer is no JSON, or not all of it came", operation.failed))
        })
    }
}

/// What is asked.
struct Operation<'a> {
    name: &'static str,
    /// The field that is sent with the key's, and its value.
    field: &'static str,
    secret: &'a str,
    failed: &'static str,
}

impl Operation<'_> {
    /// The request's body. Its secret goes into no value of its own that would stay in memory.
    fn body(&self, arn: &str, context: &[(String, Option<String>)]) -> Zeroizing<Vec<u8>> {
        // A value that is null is left out, as in sops.
        let context: BTreeMap<_, _> =
            context.iter().filter_map(|(key, value)| Some((key, value.as_ref()?))).collect();
        let start = format!(
            "{{\"EncryptionContext\":{},\"KeyId\":{},\"{}\":\"",
            json!(context),
            json!(arn),
            self.field
        );
        let parts = [start.as_bytes(), self.secret.as_bytes(), b"\"}"];
        let mut body = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
        parts.iter().for_each(|part| body.extend_from_slice(part));
        body
    }
}

/// A field of the answer, as text.
fn take(answer: &mut Value, name: &str, failed: &str) -> Result<Zeroizing<String>, String> {
    match answer.get_mut(name).map(Value::take) {
        Some(Value::String(text)) if !text.is_empty() => Ok(Zeroizing::new(text)),
        _ => Err(format!("{failed}: the answer has no {name}")),
    }
}

impl KeyService for AwsKmsService {
    fn handles(&self, key: &MasterKey) -> bool {
        key.kind() == KeyKind::AwsKms
    }

    fn manner(&self, _key: &MasterKey) -> Manner {
        Manner::AtOnce(Arc::new(self.clone()))
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let secret = Zeroizing::new(base64_simd::STANDARD.encode_to_string(secret));
        let failed = "failed to encrypt sops data key with AWS KMS";
        let operation = Operation { name: "Encrypt", field: "Plaintext", secret: &secret, failed };
        let mut answer = self.ask(key, &operation).map_err(|failed| KeyError::Backend(failed.told()))?;
        let enc = take(&mut answer, "CiphertextBlob", failed).map_err(KeyError::Backend)?;
        if base64::decode(enc.as_bytes(), Padding::Required).is_err() {
            return Err(KeyError::Backend(format!("{failed}: the answer's CiphertextBlob is no base64")));
        }
        Ok(enc.as_str().to_owned())
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let failed = |reason: String| Attempt::Failed(KeyError::Backend(reason));
        // Line breaks are no error to sops' decoder.
        let enc: String = key.enc.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        if let Err(error) = base64::decode(enc.as_bytes(), Padding::Required) {
            return failed(format!("error base64-decoding encrypted data key: {error}"));
        }
        let what = "failed to decrypt sops data key with AWS KMS";
        let operation = Operation { name: "Decrypt", field: "CiphertextBlob", secret: &enc, failed: what };
        let mut answer = match self.ask(&key.key, &operation) {
            Ok(answer) => answer,
            Err(Failed::Told(reason)) => return failed(reason),
            Err(Failed::NoCredentials { reason, looked_in }) => {
                return Attempt::NotHeld { reason: KeyError::Backend(reason), looked_in };
            }
        };
        let text = match take(&mut answer, "Plaintext", what) {
            Ok(text) => text,
            Err(reason) => return failed(reason),
        };
        match base64::decode(text.as_bytes(), Padding::Required) {
            Ok(secret) => Attempt::Recovered(Zeroizing::new(secret)),
            Err(_) => failed(format!("{what}: the answer's Plaintext is no base64")),
        }
    }
}
