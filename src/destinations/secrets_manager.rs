//! AWS Secrets Manager: one secret for each file, its value the file's values as JSON.
//!
//! sops has no such destination. Names of the rule's fields, and the JSON, are those of the proposal that
//! its project has (getsops/sops#1953). A file without values of its own is its plaintext: as
//! `SecretString` if it is text, else as `SecretBinary`, which is what the External Secrets Operator and
//! AWS' CSI driver take for a whole secret.
//!
//! Requests are those of AWS' reference: `GetSecretValue`; then `PutSecretValue`, and `CreateSecret` where
//! there is no secret. Each version has a token of ours, so that a request that is repeated makes no other.

use std::sync::{Arc, OnceLock};

use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Content, Destination, DestinationError, Standing, fits, random};
use crate::backends::aws::{Account, Aws, Call, Failed, Insistence, Pace, Refused, Service, Who, is_label};
use crate::backends::{Network, SystemHost};
use crate::policy;

/// The most that a secret holds, in bytes.
const LARGEST: usize = 64 << 10;

/// What a rule says.
pub(super) struct Place {
    pub(super) naming: policy::Destination,
    pub(super) region: Option<String>,
    pub(super) profile: String,
    pub(super) kms_key: Option<String>,
}

/// The secrets of one account and region.
pub(super) struct SecretsManager {
    aws: Aws,
    place: Place,
    account: OnceLock<Result<Arc<Account>, Failed>>,
}

impl SecretsManager {
    pub(super) fn new(place: Place, machine: SystemHost, network: Network) -> Self {
        Self { aws: Aws::new(machine, network, Pace::default()), place, account: OnceLock::new() }
    }

    fn account(&self) -> Result<&Arc<Account>, Failed> {
        let find = || {
            let region = match &self.place.region {
                Some(region) => Some(region.clone()),
                None => self.aws.block_on(self.aws.region(&self.place.profile))?,
            };
            let Some(region) = region else {
                return Err(Failed::Told(
                    "no region for AWS Secrets Manager; write aws_region into the destination rule, or set AWS_REGION"
                        .to_owned(),
                ));
            };
            if !is_label(&region) {
                return Err(Failed::Told(format!("{region:?} is no region of AWS")));
            }
            let profile = self.place.profile.clone();
            self.aws.account(&Who { region, profile, role: String::new() })
        };
        self.account.get_or_init(find).as_ref().map_err(Clone::clone)
    }

    /// Has the service do something: its answer, or its refusal.
    fn ask(
        &self,
        operation: &'static str,
        body: Zeroizing<Vec<u8>>,
        secrets: &[Zeroizing<String>],
    ) -> Result<Result<Value, Refused>, DestinationError> {
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
        let told = |failed: Failed| DestinationError::Service(failed.told());
        let account = self.account().map_err(told)?;
        let asked = self.aws.block_on(async {
            let service = &Service::SECRETS_MANAGER;
            let url = account.endpoint(service).await;
            let call = Call {
                service,
                operation,
                method: Method::POST,
                url: format!("{url}/"),
                headers: vec![
                    ("content-type", "application/x-amz-json-1.1".to_owned()),
                    ("x-amz-target", format!("secretsmanager.{operation}")),
                ],
                body,
                secrets: &secrets,
                insistence: Insistence::Usual,
            };
            account.ask(&call).await
        });
        let answer = match asked.map_err(told)? {
            Ok(answer) => answer,
            Err(refused) => return Ok(Err(refused)),
        };
        answer.json().filter(Value::is_object).map(Ok).ok_or_else(|| {
            let lost = "the answer is no JSON, or not all of it came";
            DestinationError::Service(format!("operation error Secrets Manager: {operation}, {lost}"))
        })
    }
}

impl Destination for SecretsManager {
    fn compare(&self, name: &str, content: &Content) -> Result<Standing, DestinationError> {
        let name = self.place.naming.name_of(name)?;
        fits(&name, content.bytes().len(), self.place.naming.kind(), LARGEST)?;
        let body = Zeroizing::new(json!({ "SecretId": name }).to_string().into_bytes());
        let mut answer = match self.ask("GetSecretValue", body, &[])? {
            Ok(answer) => answer,
            Err(refused) => {
                return match refused.code.as_str() {
                    "ResourceNotFoundException" => Ok(content.beside_nothing()),
                    // One may be allowed to write what one may not read.
                    "AccessDeniedException" | "DecryptionFailure" => Ok(Standing::Unknown(refused.told)),
                    _ => Err(DestinationError::Service(advised(&name, refused))),
                };
            }
        };
        let mut field = |field: &str| match answer.get_mut(field).map(Value::take) {
            Some(Value::String(text)) => Some(Zeroizing::new(text)),
            _ => None,
        };
        if let Some(text) = field("SecretString") {
            return Ok(content.beside(text.as_bytes()));
        }
        let binary = field("SecretBinary").unwrap_or_default();
        let binary = base64_simd::STANDARD.decode_to_vec(binary.as_bytes()).map(Zeroizing::new);
        Ok(binary.map_or(Standing::Differs(Vec::new()), |binary| content.beside(&binary)))
    }

    fn put(&self, name: &str, content: &Content) -> Result<(), DestinationError> {
        let name = self.place.naming.name_of(name)?;
        fits(&name, content.bytes().len(), self.place.naming.kind(), LARGEST)?;
        let (token, secrets) = (random::<16>(), content.secrets());
        let put = body(&[("ClientRequestToken", &token), ("SecretId", &name)], content);
        let refused = match self.ask("PutSecretValue", put, &secrets)? {
            Ok(_) => return Ok(()),
            Err(refused) if refused.code == "ResourceNotFoundException" => {
                let mut fields = vec![("ClientRequestToken", token.as_str()), ("Name", &name)];
                fields.extend(self.place.kms_key.as_ref().map(|key| ("KmsKeyId", key.as_str())));
                match self.ask("CreateSecret", body(&fields, content), &secrets)? {
                    Ok(_) => return Ok(()),
                    Err(refused) => refused,
                }
            }
            Err(refused) => refused,
        };
        Err(DestinationError::Service(advised(&name, refused)))
    }
}

/// The words of a refusal, and what to do where they do not say it.
fn advised(name: &str, refused: Refused) -> String {
    let told = refused.told;
    match refused.code.as_str() {
        "InvalidRequestException" if told.contains("delet") => format!(
            "{told}; take it back (aws secretsmanager restore-secret --secret-id {name}), or publish under another name"
        ),
        "AccessDeniedException" => {
            format!(
                "{told}; publishing needs secretsmanager:PutSecretValue, and CreateSecret for a new secret"
            )
        }
        _ => told,
    }
}

/// The fields and the value as JSON. The value goes into no text of its own that would stay in memory.
fn body(fields: &[(&str, &str)], content: &Content) -> Zeroizing<Vec<u8>> {
    let bytes = content.bytes();
    // An escaped byte takes six.
    let mut body = Zeroizing::new(Vec::with_capacity(bytes.len() * 6 + 2048));
    body.push(b'{');
    for (name, value) in fields {
        body.extend_from_slice(format!("\"{name}\":{},", Value::from(*value)).as_bytes());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            body.extend_from_slice(b"\"SecretString\":");
            // Writing into memory does not fail.
            let _ = serde_json::to_writer(&mut *body, text);
        }
        Err(_) => {
            body.extend_from_slice(b"\"SecretBinary\":\"");
            body.extend_from_slice(Zeroizing::new(base64_simd::STANDARD.encode_to_string(bytes)).as_bytes());
            body.push(b'"');
        }
    }
    body.push(b'}');
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        let check = |content: Content, expected: &str| {
            assert_eq!(body(&[("Name", "a\"b")], &content)[..], *expected.as_bytes());
        };
        let bytes = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        check(
            Content::Members(bytes(b"{\"a\":\"\\n\"}")),
            r#"{"Name":"a\"b","SecretString":"{\"a\":\"\\n\"}"}"#,
        );
        check(Content::Whole(bytes("é\n".as_bytes())), "{\"Name\":\"a\\\"b\",\"SecretString\":\"é\\n\"}");
        check(Content::Whole(bytes(b"\xff")), r#"{"Name":"a\"b","SecretBinary":"/w=="}"#);
        assert_ne!(random::<16>(), random::<16>());
        assert_eq!(random::<16>().len(), 32);
    }
}
