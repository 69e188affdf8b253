//! Vault's transit engine, with real encryption, and its key/value stores; with a look at all that
//! they are sent.
//!
//! The surface is what was recorded from a real Vault (emulators §4, §5).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::seal::{open, seal};
use super::{Authority, Reply, Request, Server};

/// What a token looks like. No message may hold it.
pub const TOKEN: &str = "hvs.CAESIFakeTokenForTests";
/// The mounts of transit engines.
const MOUNTS: [&str; 2] = ["transit", "team/keys"];

/// The mounts of key/value stores of version 1 and 2.
pub const KV: [&str; 2] = ["kv1", "secret"];

/// A server with transit engines at `transit` and `team/keys`; keys are there when they are first
/// used, in each namespace others.
pub struct Vault {
    pub server: Server,
    next: Arc<Mutex<VecDeque<Reply>>>,
    stored: Stored,
}

/// The secrets of the key/value stores, by mount and path.
type Stored = Arc<Mutex<BTreeMap<String, serde_json::Value>>>;

impl Vault {
    pub fn start() -> Self {
        let (next, stored) = (Arc::default(), Stored::default());
        Self { server: Server::start(handler(&next, &stored)), next, stored }
    }

    pub fn start_tls(authority: &Authority) -> Self {
        let (next, stored) = (Arc::default(), Stored::default());
        Self { server: Server::start_tls(authority, handler(&next, &stored)), next, stored }
    }

    /// Takes away all that the key/value stores hold, and gives it.
    pub fn take_secrets(&self) -> BTreeMap<String, serde_json::Value> {
        std::mem::take(&mut *self.stored.lock().expect("no panic elsewhere"))
    }

    /// The URI of a key.
    pub fn key(&self, mount: &str, name: &str) -> String {
        format!("{}/v1/{mount}/keys/{name}", self.server.url())
    }

    /// The next requests get these replies instead.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.next.lock().expect("no panic elsewhere").extend(replies);
    }

    /// Replies that wait for their request.
    pub fn left(&self) -> usize {
        self.next.lock().expect("no panic elsewhere").len()
    }
}

fn handler(
    next: &Arc<Mutex<VecDeque<Reply>>>,
    stored: &Stored,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let (next, stored) = (Arc::clone(next), Arc::clone(stored));
    move |request| {
        let reply = next.lock().expect("no panic elsewhere").pop_front();
        reply.unwrap_or_else(|| answer(request, &stored))
    }
}

/// An error as Vault words it.
pub fn errors(status: u16, errors: &[&str]) -> Reply {
    Reply::json(status, &json!({ "errors": errors }))
}

/// A success with this `data`.
pub fn data(data: &serde_json::Value) -> Reply {
    Reply::json(
        200,
        &json!({
            "request_id": "6d3c1a2e-0000-4000-8000-000000000000", "lease_id": "", "renewable": false,
            "lease_duration": 0, "data": data, "wrap_info": null, "warnings": null, "auth": null
        }),
    )
}

fn answer(request: &Request, stored: &Stored) -> Reply {
    if request.header("x-vault-request") != "true" {
        return errors(412, &["required 'X-Vault-Request' header is missing"]);
    }
    if request.header("x-vault-token") != TOKEN {
        return errors(403, &["permission denied"]);
    }
    if let Some(reply) = key_value(request, stored) {
        return reply;
    }
    if request.method != "PUT" || request.target.contains('?') {
        return errors(405, &["unsupported operation"]);
    }
    // To a proxy, the whole URL is sent.
    let path = request
        .path()
        .strip_prefix("http://")
        .map_or(request.path(), |url| url.find('/').map_or("", |at| &url[at..]));
    let path = path.strip_prefix("/v1/").unwrap_or_default();
    let mount = MOUNTS.iter().find_map(|mount| Some((mount, path.strip_prefix(mount)?.strip_prefix('/')?)));
    let Some((mount, (operation, key))) = mount.and_then(|(m, rest)| Some((m, rest.split_once('/')?))) else {
        let text = format!("no handler for route \"{path}\". route entry not found.");
        return errors(404, &[&text]);
    };
    let body = request.json();
    let field = |name: &str| {
        let object = body.as_object().filter(|object| object.len() == 1)?;
        object.get(name)?.as_str().map(str::to_owned)
    };
    let key = format!("{}|{mount}|{key}", request.header("x-vault-namespace"));
    match operation {
        "encrypt" => {
            let plain = field("plaintext").and_then(|text| base64_simd::STANDARD.decode_to_vec(text).ok());
            let Some(plain) = plain else { return errors(400, &["missing plaintext to encrypt"]) };
            data(&json!({ "ciphertext": format!("vault:v1:{}", seal(&key, &plain)), "key_version": 1 }))
        }
        "decrypt" => {
            let Some(text) = field("ciphertext") else {
                return errors(400, &["missing ciphertext to decrypt"]);
            };
            let Some(sealed) = text.strip_prefix("vault:v1:") else {
                return errors(400, &["invalid ciphertext: no prefix"]);
            };
            match open(&key, sealed) {
                Some(plain) => data(&json!({ "plaintext": base64_simd::STANDARD.encode_to_string(plain) })),
                None => errors(400, &["cipher: message authentication failed"]),
            }
        }
        _ => errors(404, &["unsupported path"]),
    }
}

/// What a key/value store does; nothing if the path is in none.
fn key_value(request: &Request, stored: &Stored) -> Option<Reply> {
    let path = request.path().strip_prefix("/v1/")?;
    let mount =
        KV.iter().find(|mount| path.strip_prefix(**mount).is_some_and(|rest| rest.starts_with('/')))?;
    let two = *mount == KV[1];
    if two && !path.starts_with(&format!("{mount}/data/")) {
        return Some(errors(404, &["no handler for route"]));
    }
    let mut stored = stored.lock().expect("no panic elsewhere");
    Some(match (&request.method[..], request.json()) {
        ("GET", _) if !request.body.is_empty() => errors(400, &["a body"]),
        ("GET", _) => match stored.get(path) {
            None => errors(404, &[]),
            Some(value) if two => data(&json!({ "data": value, "metadata": { "version": 1 } })),
            Some(value) => data(value),
        },
        ("PUT", serde_json::Value::Object(mut body)) if two => match body.remove("data") {
            Some(value) if body.is_empty() && value.is_object() => {
                stored.insert(path.to_owned(), value);
                data(&json!({ "version": 1, "destroyed": false }))
            }
            _ => errors(400, &["no data provided"]),
        },
        ("PUT", value @ serde_json::Value::Object(_)) => {
            stored.insert(path.to_owned(), value);
            Reply::empty(204)
        }
        _ => errors(405, &["unsupported operation"]),
    })
}
