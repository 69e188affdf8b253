//! Secrets Manager: secrets with versions, as AWS' reference of its API has them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::{Reply, Request};
use super::error;

/// What a secret has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secret {
    /// `SecretString` or `SecretBinary` of each version, by its token; the last is current.
    pub versions: Vec<(String, Value)>,
    /// What it is encrypted with, if that was said.
    pub kms_key: Option<String>,
    /// It is to be deleted.
    pub doomed: bool,
}

impl Secret {
    /// The current text.
    pub fn text(&self) -> &str {
        self.versions.last().and_then(|(_, value)| value["SecretString"].as_str()).unwrap_or_default()
    }
}

pub(super) type Secrets = Arc<Mutex<BTreeMap<String, Secret>>>;

fn missing(what: &str) -> Reply {
    error(400, "ResourceNotFoundException", what)
}

pub(super) fn answer(request: &Request, operation: &str, secrets: &Secrets) -> Reply {
    let mut secrets = secrets.lock().expect("no panic elsewhere");
    if request.header("content-type") != "application/x-amz-json-1.1" || request.path() != "/" {
        return error(400, "SerializationException", "not the protocol");
    }
    let Value::Object(mut body) = request.json() else {
        return error(400, "SerializationException", "no object");
    };
    let mut take = |name: &str| match body.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (id, name) = (take("SecretId"), take("Name"));
    let (token, kms_key) = (take("ClientRequestToken"), take("KmsKeyId"));
    let is_value = body.len() == 1 && body.keys().all(|key| key == "SecretString" || key == "SecretBinary");
    let value = Value::Object(body.clone());
    let deletion = "You can't perform this operation on the secret because it was marked for deletion.";
    let kept = |token: &Option<String>| token.clone().filter(|token| (32..=64).contains(&token.len()));
    match (operation, id, name, kept(&token)) {
        ("GetSecretValue", Some(id), None, None) if body.is_empty() => match secrets.get(&id) {
            None => missing("Secrets Manager can't find the specified secret."),
            Some(secret) if secret.doomed => error(400, "InvalidRequestException", deletion),
            Some(secret) => match secret.versions.last() {
                None => missing(
                    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
                ),
                Some((version, value)) => {
                    let mut answer = value.clone();
                    answer["Name"] = id.into();
                    answer["VersionId"] = version.as_str().into();
                    answer["VersionStages"] = json!(["AWSCURRENT"]);
                    Reply::json(200, &answer)
                }
            },
        },
        ("PutSecretValue", Some(id), None, Some(token)) if is_value && kms_key.is_none() => {
            match secrets.get_mut(&id) {
                None => missing("Secrets Manager can't find the specified secret."),
                Some(secret) if secret.doomed => error(400, "InvalidRequestException", deletion),
                Some(secret) => {
                    // A request that comes twice makes one version.
                    if secret.versions.iter().all(|(known, _)| *known != token) {
                        secret.versions.push((token.clone(), value));
                    }
                    Reply::json(200, &json!({ "Name": id, "VersionId": token }))
                }
            }
        }
        ("CreateSecret", None, Some(name), Some(token)) if is_value => {
            if secrets.contains_key(&name) {
                return error(400, "ResourceExistsException", "a secret with this name already exists");
            }
            let versions = vec![(token.clone(), value)];
            secrets.insert(name.clone(), Secret { versions, kms_key, doomed: false });
            Reply::json(200, &json!({ "Name": name, "VersionId": token }))
        }
        _ => error(400, "ValidationException", "the request is not as it should be"),
    }
}
