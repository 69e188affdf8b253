//! Google's cloud: key management over gRPC and REST, storage, secret manager, the services that give tokens and the
//! metadata server. Real encryption, and a check of every signature, header and field.
//!
//! The surfaces are those of keys §6 and services §3.2, as the real sops uses them.

mod kms;
#[path = "google/secrets.rs"]
mod secret_manager;
mod storage;
mod tokens;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::secrets;
use super::{Authority, Proxy, Reply, Request, Server};

#[allow(unused_imports)] // every test file takes its own part
pub use kms::gives;
#[allow(unused_imports)]
pub use secret_manager::Secret;
#[allow(unused_imports)]
pub use storage::Object;
#[allow(unused_imports)]
pub use tokens::{EMAIL, PRIVATE_KEY};

pub const KEY: &str = "projects/p/locations/global/keyRings/r/cryptoKeys/k";
pub const OTHER_KEY: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k-2";
/// A key that nobody may use.
pub const DENIED_KEY: &str = "projects/p/locations/global/keyRings/r/cryptoKeys/denied";
/// For `GOOGLE_OAUTH_ACCESS_TOKEN`.
pub const TOKEN: &str = secrets::GOOGLE_TOKEN;
pub const REFRESH_TOKEN: &str = secrets::GOOGLE_REFRESH_TOKEN;
pub const CLIENT_SECRET: &str = secrets::GOOGLE_CLIENT_SECRET;
/// What another provider gives, for a file or under `/subject`.
pub const SUBJECT_TOKEN: &str = secrets::GOOGLE_SUBJECT_TOKEN;
/// A bucket that is there.
pub const BUCKET: &str = "gb";

/// All of Google, at one port with TLS and HTTP/2 and at another with neither.
pub struct Google {
    pub authority: Authority,
    pub tls: Server,
    pub plain: Server,
    /// Leads every host to the port with TLS.
    pub proxy: Proxy,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    next: Mutex<VecDeque<Reply>>,
    objects: Mutex<Vec<Object>>,
    kept: secret_manager::Secrets,
}

impl Google {
    pub fn start() -> Self {
        let names = ["*.googleapis.com", "cloudkms.s3nsapis.fr"];
        let authority = Authority::for_names(&names);
        let state = Arc::new(State::default());
        let tls = Server::start_h2(&authority, handler(&state));
        let plain = Server::start(handler(&state));
        let proxy = Proxy::to(tls.port());
        Self { authority, tls, plain, proxy, state }
    }

    /// The next requests get these replies instead, at either port.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.next.lock().expect("no panic elsewhere").extend(replies);
    }

    /// What was stored so far.
    pub fn objects(&self) -> Vec<Object> {
        self.state.objects.lock().expect("no panic elsewhere").clone()
    }

    /// The secrets of the secret manager, to be looked at and changed.
    pub fn secrets(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<String, Secret>> {
        self.state.kept.lock().expect("no panic elsewhere")
    }

    /// Host and port of the server with TLS.
    pub fn endpoint(&self) -> String {
        format!("127.0.0.1:{}", self.tls.port())
    }

    /// The file of a service account.
    pub fn service_account(&self) -> Value {
        json!({
            "type": "service_account", "project_id": "p", "private_key_id": tokens::KEY_ID,
            "private_key": PRIVATE_KEY, "client_email": EMAIL, "client_id": "1",
            "token_uri": format!("{}/token", self.plain.url()),
        })
    }
}

fn handler(state: &Arc<State>) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let state = Arc::clone(state);
    move |request| {
        let reply = state.next.lock().expect("no panic elsewhere").pop_front();
        reply.unwrap_or_else(|| answer(request, &state))
    }
}

fn answer(request: &Request, state: &State) -> Reply {
    let path = request.path();
    if request.header("host").starts_with("secretmanager.") {
        return secret_manager::answer(request, &state.kept);
    }
    match &request.method[..] {
        "POST" if path.starts_with("/google.cloud.kms.v1.") => kms::grpc(request),
        "POST" if path.starts_with("/upload/storage/v1/b/") => storage::upload(request, &state.objects),
        "GET" if path.starts_with("/storage/v1/b/") => storage::look(request, &state.objects),
        "POST" if path == "/token" => tokens::oauth(request),
        "POST" if path == "/v1/token" => tokens::exchange(request),
        "POST" if path.ends_with(":generateAccessToken") => tokens::impersonate(request),
        "POST" if path.starts_with("/v1/projects/") => kms::rest(request),
        "GET" if path.starts_with("/computeMetadata/v1/") => tokens::metadata(request),
        "GET" if path.starts_with("/subject") => tokens::subject(request),
        _ => error(404, "NOT_FOUND", "no such method"),
    }
}

/// An error of a REST service.
pub fn error(status: u16, name: &str, message: &str) -> Reply {
    Reply::json(status, &json!({ "error": { "code": status, "message": message, "status": name } }))
}

/// An error of a gRPC service.
pub fn status(code: u16, message: &str) -> Reply {
    Reply::empty(200)
        .with("content-type", "application/grpc")
        .with("grpc-status", &code.to_string())
        .with("grpc-message", &message.replace('%', "%25"))
}

/// The fields of a form or query.
fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(n, v)| (unescaped(n), unescaped(v)))
        .collect()
}

fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, ..]) => {
                let hex = [*high, *low];
                let hex = std::str::from_utf8(&hex).expect("hex digits");
                out.push(u8::from_str_radix(hex, 16).expect("hex digits"));
                rest = &tail[2..];
            }
            (byte, _) => out.push(*byte),
        }
    }
    String::from_utf8(out).expect("text")
}

/// CRC-32C, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}
