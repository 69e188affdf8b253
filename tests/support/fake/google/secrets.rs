//! Secret Manager: secrets with versions, as Google's reference of its REST API has them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::super::{Reply, Request};
use super::tokens::{Wanted, authorized};
use super::{crc32c, error};

/// What a secret has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secret {
    pub replication: Value,
    /// The content of each version.
    pub versions: Vec<Vec<u8>>,
    /// The last version is disabled.
    pub disabled: bool,
}

pub(super) type Secrets = Mutex<BTreeMap<String, Secret>>;

pub(super) fn answer(request: &Request, secrets: &Secrets) -> Reply {
    if let Err(reason) = authorized(request, Wanted::Secrets) {
        return error(401, "UNAUTHENTICATED", &reason);
    }
    let mut secrets = secrets.lock().expect("no panic elsewhere");
    let Some(path) = request.path().strip_prefix("/v1/projects/") else {
        return error(404, "NOT_FOUND", "no such method");
    };
    let wrong = || error(400, "INVALID_ARGUMENT", "the request is not as it should be");
    let not_found =
        |name: &str| error(404, "NOT_FOUND", &format!("Secret [{name}] not found or has no versions."));
    if !path.starts_with("p/") {
        return error(403, "PERMISSION_DENIED", "Permission denied on resource project.");
    }
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let body = request.json();
    if request.method == "POST" && request.header("content-type") != "application/json" {
        return wrong();
    }
    if let Some(name) =
        path.strip_prefix("p/secrets/").and_then(|rest| rest.strip_suffix("/versions/latest:access"))
    {
        let Some(secret) = secrets.get(name).filter(|secret| !secret.versions.is_empty()) else {
            return not_found(name);
        };
        if secret.disabled {
            let text = format!("Secret Version [projects/1/secrets/{name}/versions/1] is in DISABLED state.");
            return error(400, "FAILED_PRECONDITION", &text);
        }
        let content = secret.versions.last().expect("a version");
        let payload = json!({
            "data": base64_simd::STANDARD.encode_to_string(content), "dataCrc32c": crc32c(content).to_string(),
        });
        return match request.method.as_str() {
            "GET" if request.body.is_empty() && query.is_empty() => Reply::json(
                200,
                &json!({ "name": format!("projects/1/secrets/{name}/versions/1"), "payload": payload }),
            ),
            _ => wrong(),
        };
    }
    if let Some(name) = path.strip_prefix("p/secrets/").and_then(|rest| rest.strip_suffix(":addVersion")) {
        let Some(secret) = secrets.get_mut(name) else {
            return error(404, "NOT_FOUND", &format!("Secret [projects/1/secrets/{name}] not found."));
        };
        let data = body.pointer("/payload/data").and_then(Value::as_str);
        let Some(data) = data.and_then(|data| base64_simd::STANDARD.decode_to_vec(data).ok()) else {
            return wrong();
        };
        let expected = json!({ "payload": {
            "data": base64_simd::STANDARD.encode_to_string(&data), "dataCrc32c": crc32c(&data).to_string(),
        } });
        if request.method != "POST" || body != expected {
            return wrong();
        }
        secret.versions.push(data);
        secret.disabled = false;
        return Reply::json(
            200,
            &json!({ "name": format!("projects/1/secrets/{name}/versions/1"), "state": "ENABLED" }),
        );
    }
    match (request.method.as_str(), path, query.strip_prefix("secretId=")) {
        ("POST", "p/secrets", Some(name)) if body.as_object().is_some_and(|body| body.len() == 1) => {
            if secrets.contains_key(name) {
                return error(409, "ALREADY_EXISTS", "Secret already exists.");
            }
            let replication = body["replication"].clone();
            secrets.insert(name.to_owned(), Secret { replication, ..Secret::default() });
            Reply::json(200, &json!({ "name": format!("projects/1/secrets/{name}") }))
        }
        _ => wrong(),
    }
}
