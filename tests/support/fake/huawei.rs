//! Huawei's key management, identity service, metadata service and pod identity: real encryption,
//! and a check of every signature, header and field.
//!
//! The surface is that of keys §9, as the real sops uses it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::secrets;
use super::seal::{open, seal};
use super::{Authority, Reply, Request, Server};

pub const ACCESS_KEY: &str = "HPUAACCESSKEY";
pub const SECRET_KEY: &str = secrets::HUAWEI_SECRET_KEY;
/// What goes with the temporary access key [`TEMPORARY`].
pub const SECURITY_TOKEN: &str = secrets::HUAWEI_SECURITY_TOKEN;
pub const TEMPORARY: &str = "HSTATEMPORARY";
pub const PROJECT: &str = "0b6f1c0de0001";
pub const ID_TOKEN: &str = secrets::HUAWEI_ID_TOKEN;
/// A key that is there when it is first used.
pub const KEY: &str = "tr-west-1:0d0466b0-e727-4d9c-b35d-f84bb474a37f";
/// The variable that leads `tr-west-1` to a server.
pub const REGION: &str = "HUAWEICLOUD_SDK_REGION_KMS_TR_WEST_1";

/// A server that is all of Huawei's cloud.
pub struct Huawei {
    pub server: Server,
    next: Arc<Mutex<VecDeque<Reply>>>,
}

impl Huawei {
    pub fn start() -> Self {
        let next = Arc::new(Mutex::new(VecDeque::new()));
        Self { server: Server::start(handler(&next)), next }
    }

    pub fn start_tls(authority: &Authority) -> Self {
        let next = Arc::new(Mutex::new(VecDeque::new()));
        Self { server: Server::start_tls(authority, handler(&next)), next }
    }

    /// The next requests get these replies instead.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.next.lock().expect("no panic elsewhere").extend(replies);
    }
}

fn handler(next: &Arc<Mutex<VecDeque<Reply>>>) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let next = Arc::clone(next);
    move |request| {
        let reply = next.lock().expect("no panic elsewhere").pop_front();
        reply.unwrap_or_else(|| answer(request))
    }
}

/// An error of the key management.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({ "error": { "error_code": code, "error_msg": message } }))
}

fn answer(request: &Request) -> Reply {
    match (&request.method[..], request.path()) {
        ("PUT", "/meta-data/latest/api/token") => Reply::text(200, "session"),
        ("GET", "/openstack/latest/securitykey") => {
            if request.header("x-metadata-token") != "session" {
                return Reply::text(401, "no session");
            }
            Reply::json(
                200,
                &json!({ "credential": temporary("expires_at", "access", "secret", "securitytoken") }),
            )
        }
        ("POST", "/pod") => {
            if request.header("authorization") != ID_TOKEN || request.body != b"{}" {
                return Reply::text(401, "no token");
            }
            let fields = temporary("expiration", "accessKeyId", "secretAccessKey", "securityToken");
            Reply::json(200, &json!({ "credentials": fields }))
        }
        ("POST", "/v3.0/OS-AUTH/id-token/tokens") => {
            let expected = json!({ "auth": { "id_token": { "id": ID_TOKEN } } });
            if request.header("x-idp-id") != "provider" || request.json() != expected {
                return Reply::json(
                    401,
                    &json!({ "error_code": "IAM.0001", "error_msg": "no such provider" }),
                );
            }
            Reply::json(201, &json!({ "token": { "expires_at": "2099-01-01T00:00:00Z" } }))
                .with("X-Subject-Token", "subject")
                .with("X-Request-Id", "request")
        }
        ("POST", "/v3.0/OS-CREDENTIAL/securitytokens") => {
            if request.json().pointer("/auth/identity/token/id") != Some(&json!("subject")) {
                return Reply::json(401, &json!({ "error_code": "IAM.0002", "error_msg": "no token" }));
            }
            Reply::json(
                201,
                &json!({ "credential": temporary("expires_at", "access", "secret", "securitytoken") }),
            )
        }
        ("GET", "/v3/projects") => match signature(request) {
            Ok(()) if request.target.ends_with("?name=tr-west-1") => {
                Reply::json(200, &json!({ "projects": [{ "id": PROJECT, "name": "tr-west-1" }] }))
            }
            Ok(()) => Reply::json(200, &json!({ "projects": [] })),
            Err(reason) => unsigned(&reason),
        },
        ("POST", path) => match path.strip_prefix(&format!("/v1.0/{PROJECT}/kms/")) {
            Some(operation) => key_management(request, operation),
            None => Reply::json(
                404,
                &json!({ "error_code": "APIGW.0101", "error_msg": "The API does not exist" }),
            ),
        },
        _ => Reply::empty(405),
    }
}

fn temporary(expires: &str, access: &str, secret: &str, token: &str) -> Value {
    json!({
        expires: "2099-01-01T00:00:00Z", access: TEMPORARY, secret: SECRET_KEY, token: SECURITY_TOKEN
    })
}

fn unsigned(reason: &str) -> Reply {
    let text = format!("Incorrect IAM authentication information: {reason}");
    Reply::json(401, &json!({ "error_code": "APIGW.0301", "error_msg": text }))
}

/// Computes the signature from what came and compares.
fn signature(request: &Request) -> Result<(), String> {
    let sent = request.header("authorization").strip_prefix("SDK-HMAC-SHA256 ").ok_or("no signature")?;
    let field = |name: &str| {
        let part = sent.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        part.ok_or_else(|| format!("no {name}"))
    };
    let (access, names, signature) = (field("Access")?, field("SignedHeaders")?, field("Signature")?);
    match (access, request.header("x-security-token")) {
        (ACCESS_KEY, "") | (TEMPORARY, SECURITY_TOKEN) => {}
        _ => return Err("unknown access key".to_owned()),
    }
    let list: Vec<_> = names.split(';').collect();
    for needed in ["x-sdk-date", "x-project-id", "x-security-token"] {
        if request.headers.contains_key(needed) != list.contains(&needed) {
            return Err(format!("{needed} is not signed"));
        }
    }
    if !list.is_sorted() {
        return Err("headers are not sorted".to_owned());
    }
    let date = request.header("x-sdk-date");
    if date.len() != 16 || !date.ends_with('Z') || date.as_bytes()[8] != b'T' {
        return Err("bad date".to_owned());
    }
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let headers: String = list.iter().map(|name| format!("{name}:{}\n", request.header(name))).collect();
    let body = hex(&Sha256::digest(&request.body));
    let canonical = format!(
        "{}\n{}/\n{query}\n{headers}\n{names}\n{body}",
        request.method,
        request.path().trim_end_matches('/')
    );
    let text = format!("SDK-HMAC-SHA256\n{date}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let mac = Hmac::<Sha256>::new_from_slice(SECRET_KEY.as_bytes()).expect("any length");
    let expected = hex(&mac.chain_update(text.as_bytes()).finalize().into_bytes());
    if expected == signature { Ok(()) } else { Err("verify aksk signature fail".to_owned()) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key_management(request: &Request, operation: &str) -> Reply {
    if let Err(reason) = signature(request) {
        return unsigned(&reason);
    }
    if request.header("x-project-id") != PROJECT
        || !request.header("content-type").starts_with("application/json")
    {
        return error(400, "KMS.0201", "headers are missing");
    }
    let body = request.json();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = text("key_id");
    if body.as_object().is_none_or(|fields| fields.len() != 3)
        || text("encryption_algorithm") != "SYMMETRIC_DEFAULT"
        || id.len() != 36
    {
        return error(400, "KMS.0205", "the request is not as it should be");
    }
    match operation {
        "encrypt-data" if !text("plain_text").is_empty() => Reply::json(
            200,
            &json!({ "key_id": id, "cipher_text": seal(&id, text("plain_text").as_bytes()) }),
        ),
        "decrypt-data" => match open(&id, &text("cipher_text")) {
            Some(plain) => {
                Reply::json(200, &json!({ "key_id": id, "plain_text": String::from_utf8_lossy(&plain) }))
            }
            None => error(400, "KMS.0309", "Decrypt failed"),
        },
        _ => error(400, "KMS.0205", "no such operation"),
    }
}
