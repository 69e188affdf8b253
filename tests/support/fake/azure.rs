//! Azure as far as sops meets it: Key Vault with real RSA-OAEP-256 and its challenge, Microsoft Entra,
//! the metadata service of machines and App Service's; with a look at all that they are sent.
//!
//! It is a proxy: clients ask for the real names, through real TLS, and all of them are here. The
//! surface is that of keys §7 and emulators §6.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::signature::Verifier;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey, pss};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use sha2_0_10::Sha256;

use super::super::secrets;
use super::{Authority, Reply, Request, Server};

/// A vault.
pub const VAULT: &str = "https://team.vault.azure.net";
/// A key of it, and its versions, the latest last.
pub const KEY: &str = "k1";
pub const VERSIONS: [&str; 2] = ["11111111111111111111111111111111", "22222222222222222222222222222222"];
const KEYS: [&[u8]; 2] = [include_bytes!("azure/k1.der"), include_bytes!("azure/k2.der")];
/// The certificate and key of a service principal.
pub const PRINCIPAL: &str = include_str!("azure/principal.pem");

/// What may be told: who asks.
pub const TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub const CLIENT: &str = "cccccccc-0000-4000-8000-000000000002";
/// What no message may hold.
pub const TOKEN: &str = secrets::AZURE_TOKEN;
pub const SECRET: &str = secrets::AZURE_SECRET;
pub const FEDERATED: &str = secrets::AZURE_FEDERATED;
pub const PASSWORD: &str = secrets::AZURE_PASSWORD;
pub const HEADER: &str = secrets::AZURE_HEADER;

/// All of it.
pub struct Azure {
    pub server: Server,
    authority: Authority,
    next: Arc<Mutex<VecDeque<(Where, Reply)>>>,
    kept: Secrets,
}

/// The versions of each secret of the vault, as they were set; the last is the latest.
type Secrets = Arc<Mutex<BTreeMap<String, Vec<Value>>>>;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// A vault, to a request without a token.
    Challenge,
    /// A vault, to one with a token.
    Vault,
    /// Who gives out tokens.
    Tokens,
}

impl Azure {
    pub fn start() -> Self {
        let authority = Authority::for_names(&[
            "*.vault.azure.net",
            "vault.azure.net.evil.example",
            "login.microsoftonline.com",
            "westeurope.login.microsoft.com",
            "login.chinacloudapi.cn",
        ]);
        let next: Arc<Mutex<VecDeque<(Where, Reply)>>> = Arc::default();
        let waiting = Arc::clone(&next);
        let kept = Secrets::default();
        let stored = Arc::clone(&kept);
        let server = Server::start_proxy(&authority, move |request| {
            let place = place(request);
            let mut waiting = waiting.lock().expect("no panic elsewhere");
            let reply = match waiting.front() {
                Some((wanted, _)) if *wanted == place => waiting.pop_front(),
                _ => None,
            };
            drop(waiting);
            reply.map_or_else(|| answer(request, &stored), |(_, reply)| reply)
        });
        Self { server, authority, next, kept }
    }

    /// The secrets of the vault, to be looked at and changed.
    pub fn secrets(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<Value>>> {
        self.kept.lock().expect("no panic elsewhere")
    }

    /// The environment of somebody who reaches it, without credentials.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HTTPS_PROXY", self.server.url()),
            ("HTTP_PROXY", self.server.url()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
            ("SSL_CERT_FILE", self.authority.file().display().to_string()),
        ]
    }

    /// The next requests there get these replies instead.
    pub fn replies(&self, place: Where, replies: impl IntoIterator<Item = Reply>) {
        let mut next = self.next.lock().expect("no panic elsewhere");
        next.extend(replies.into_iter().map(|reply| (place, reply)));
    }

    /// Replies that wait for their request.
    pub fn left(&self) -> usize {
        self.next.lock().expect("no panic elsewhere").len()
    }

    /// What was asked of vaults, as `METHOD PATH`, with a star for those with a token.
    pub fn asked(&self) -> Vec<String> {
        let of_vaults = self.server.requests().into_iter().filter(is_vault);
        let line = |request: Request| {
            let star = if request.header("authorization").is_empty() { "" } else { "*" };
            format!("{}{star} {}", request.method, request.path())
        };
        of_vaults.map(line).collect()
    }
}

/// A refusal in the form that Key Vault gives it.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({ "error": { "code": code, "message": message } }))
}

fn is_vault(request: &Request) -> bool {
    request.header("host").contains("vault.azure.net") && request.path().starts_with('/')
}

fn place(request: &Request) -> Where {
    match is_vault(request) {
        false => Where::Tokens,
        true if request.header("authorization").is_empty() => Where::Challenge,
        true => Where::Vault,
    }
}

fn answer(request: &Request, kept: &Secrets) -> Reply {
    let host = request.header("host");
    if is_vault(request) {
        return vault(request, kept);
    }
    let plain = request.target.strip_prefix("http://169.254.169.254");
    if let Some(target) = plain {
        return metadata(request, target);
    }
    if host.starts_with("127.0.0.1") {
        return app_service(request);
    }
    entra(request, host)
}

fn fields(text: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().unwrap_or(0), rest.next().unwrap_or(0)];
                    u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
                }
                byte => byte,
            });
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    text.split('&').filter(|text| !text.is_empty()).map(pair).collect()
}

fn query(target: &str) -> BTreeMap<String, String> {
    fields(target.split_once('?').map_or("", |(_, query)| query))
}

fn vault(request: &Request, kept: &Secrets) -> Reply {
    let unauthorized = |message: &str| {
        let challenge = format!(
            "Bearer authorization=\"https://login.microsoftonline.com/{TENANT}\", resource=\"https://vault.azure.net\""
        );
        error(401, "Unauthorized", message).with("WWW-Authenticate", &challenge)
    };
    match request.header("authorization") {
        "" if !request.body.is_empty() => return error(400, "BadParameter", "a body without a token"),
        "" => return unauthorized("AKV10000: Request is missing a Bearer or PoP token."),
        sent if sent != format!("Bearer {TOKEN}") => return unauthorized("AKV10032: Invalid issuer."),
        _ => {}
    }
    if query(&request.target).get("api-version").map(String::as_str) != Some("2025-07-01")
        || request.header("accept") != "application/json"
    {
        return error(400, "BadParameter", "not the version or the form that is spoken here");
    }
    let parts: Vec<_> = request.path().trim_start_matches('/').split('/').collect();
    if let ["secrets", name] = parts[..] {
        return secret(request, name, kept);
    }
    let (name, version, operation) = match (&request.method[..], &parts[..]) {
        ("GET", ["keys", name, version]) => (*name, *version, None),
        ("POST", ["keys", name, operation @ ("encrypt" | "decrypt")]) => (*name, "", Some(*operation)),
        ("POST", ["keys", name, version, operation @ ("encrypt" | "decrypt")]) => {
            (*name, *version, Some(*operation))
        }
        _ => return error(404, "NotFound", "no such path"),
    };
    let at = if version.is_empty() { Some(1) } else { VERSIONS.iter().position(|known| *known == version) };
    let Some(at) = at.filter(|_| name == KEY) else {
        let text = format!("A key with (name/id) {name}/{version} was not found in this key vault.");
        return error(404, "KeyNotFound", &text);
    };
    let id = format!("https://{}/keys/{name}/{}", request.header("host"), VERSIONS[at]);
    let Some(operation) = operation else {
        return Reply::json(
            200,
            &json!({ "key": { "kid": id, "kty": "RSA" }, "attributes": { "enabled": true } }),
        );
    };
    if request.header("content-type") != "application/json" {
        return error(415, "UnsupportedMediaType", "no JSON");
    }
    let body = request.json();
    let value = body.as_object().filter(|body| body.len() == 2 && body["alg"] == "RSA-OAEP-256");
    let value =
        value.and_then(|body| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(body.get("value")?.as_str()?).ok());
    let key = RsaPrivateKey::from_pkcs1_der(KEYS[at]).expect("a key");
    let result = value.and_then(|value| match operation {
        "encrypt" => key.to_public_key().encrypt(&mut Random, Oaep::new::<Sha256>(), &value).ok(),
        _ => key.decrypt(Oaep::new::<Sha256>(), &value).ok(),
    });
    match result {
        Some(bytes) => {
            let value = base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
            Reply::json(200, &json!({ "kid": id, "value": value }))
        }
        None => error(400, "BadParameter", "The parameter is incorrect."),
    }
}

/// Get Secret and Set Secret, as Microsoft's reference has them.
fn secret(request: &Request, name: &str, kept: &Secrets) -> Reply {
    let mut kept = kept.lock().expect("no panic elsewhere");
    let named = |value: &Value, version: usize| {
        let mut value = value.clone();
        value["id"] = format!("https://{}/secrets/{name}/{version:032}", request.header("host")).into();
        Reply::json(200, &value)
    };
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return error(400, "BadParameter", "The request URI contains an invalid name");
    }
    let body = request.json();
    match request.method.as_str() {
        "GET" => match kept.get(name).and_then(|versions| Some((versions.last()?, versions.len()))) {
            Some((value, version)) => named(value, version),
            None => {
                let text = format!("A secret with (name/id) {name} was not found in this key vault.");
                error(404, "SecretNotFound", &text)
            }
        },
        "PUT" if request.header("content-type") == "application/json" && body["value"].is_string() => {
            let fields = ["value", "contentType", "tags"];
            if !body.as_object().is_some_and(|body| body.keys().all(|key| fields.contains(&key.as_str()))) {
                return error(400, "BadParameter", "Property has invalid value");
            }
            let versions = kept.entry(name.to_owned()).or_default();
            versions.push(body.clone());
            named(&body, versions.len())
        }
        _ => error(405, "MethodNotAllowed", ""),
    }
}

fn token(expires: Value) -> Reply {
    Reply::json(
        200,
        &json!({ "token_type": "Bearer", "access_token": TOKEN, "expires_in": 3599, "expires_on": expires }),
    )
}

fn metadata(request: &Request, target: &str) -> Reply {
    if request.header("metadata") != "true" {
        return Reply::json(
            400,
            &json!({ "error": "invalid_request", "error_description": "Required metadata header not specified" }),
        );
    }
    let query = query(target);
    if !target.starts_with("/metadata/identity/oauth2/token?")
        || query.get("api-version").map(String::as_str) != Some("2018-02-01")
        || query.get("resource").map(String::as_str) != Some("https://vault.azure.net")
    {
        return Reply::json(400, &json!({ "error": "invalid_request" }));
    }
    match query.get("client_id") {
        Some(id) if id != CLIENT => Reply::json(
            400,
            &json!({ "error": "invalid_request", "error_description": "Identity not found" }),
        ),
        _ => token("4102444800".into()),
    }
}

fn app_service(request: &Request) -> Reply {
    let query = query(&request.target);
    let right = request.header("x-identity-header") == HEADER
        && query.get("api-version").map(String::as_str) == Some("2019-08-01")
        && query.get("resource").map(String::as_str) == Some("https://vault.azure.net");
    if right {
        token("4102444800".into())
    } else {
        Reply::json(401, &json!({ "message": "no such identity" }))
    }
}

fn entra(request: &Request, host: &str) -> Reply {
    let tenant = format!("https://{host}/{TENANT}");
    match (&request.method[..], request.path()) {
        ("GET", "/common/discovery/instance") => Reply::json(
            200,
            &json!({
                "tenant_discovery_endpoint": format!("{tenant}/v2.0/.well-known/openid-configuration"),
                "api-version": "1.1",
                "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
            }),
        ),
        ("GET", path) if path == format!("/{TENANT}/v2.0/.well-known/openid-configuration") => Reply::json(
            200,
            &json!({
                "authorization_endpoint": format!("{tenant}/oauth2/v2.0/authorize"),
                "token_endpoint": format!("{tenant}/oauth2/v2.0/token"), "issuer": format!("{tenant}/v2.0"),
            }),
        ),
        ("POST", path) if path == format!("/{TENANT}/oauth2/v2.0/token") => grant(request, &tenant),
        _ => refusal("invalid_tenant", "AADSTS90002: Tenant not found."),
    }
}

fn refusal(error: &str, description: &str) -> Reply {
    Reply::json(
        if error == "invalid_client" { 401 } else { 400 },
        &json!({ "error": error, "error_description": description }),
    )
}

/// Checks who asks, and for what.
fn grant(request: &Request, tenant: &str) -> Reply {
    let fields = fields(&String::from_utf8_lossy(&request.body));
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if !request.header("content-type").starts_with("application/x-www-form-urlencoded")
        || field("client_id") != CLIENT
        || field("scope").split(' ').next() != Some("https://vault.azure.net/.default")
    {
        return refusal("invalid_request", "AADSTS900144: The request body is not as it should be.");
    }
    let known = match field("grant_type") {
        "password" => field("username") == "user@example.test" && field("password") == PASSWORD,
        "client_credentials" if fields.contains_key("client_secret") => field("client_secret") == SECRET,
        "client_credentials" => {
            field("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                && (field("client_assertion") == FEDERATED || is_signed(field("client_assertion"), tenant))
        }
        _ => false,
    };
    if known {
        token(Value::Null)
    } else {
        refusal("invalid_client", "AADSTS7000215: Invalid client secret provided.")
    }
}

/// Whether the principal's key signed this, for us, now.
fn is_signed(token: &str, tenant: &str) -> bool {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { return false };
    let decoded = |part: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).unwrap_or_default();
    let json = |part: &str| serde_json::from_slice::<Value>(&decoded(part)).unwrap_or_default();
    let (header, claims) = (json(header), json(claims));
    let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_slice(PRINCIPAL.as_bytes()).expect("a key")
    else {
        return false;
    };
    let key = <RsaPrivateKey as rsa::pkcs8::DecodePrivateKey>::from_pkcs8_der(key.secret_pkcs8_der())
        .expect("a key");
    let verifier = pss::VerifyingKey::<Sha256>::new(RsaPublicKey::from(&key));
    let signed = &token[..token.rfind('.').unwrap_or_default()];
    let Ok(signature) = pss::Signature::try_from(&decoded(signature)[..]) else { return false };
    header["alg"] == "PS256"
        && header["x5t#S256"].is_string()
        && claims["aud"] == format!("{tenant}/oauth2/v2.0/token")
        && claims["iss"] == CLIENT
        && claims["sub"] == CLIENT
        && claims["exp"].as_i64() > Some(jiff::Timestamp::now().as_second())
        && verifier.verify(signed.as_bytes(), &signature).is_ok()
}

/// Randomness in the form that the key wants it.
struct Random;

impl rsa::rand_core::RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        rsa::rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rsa::rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("random bytes");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Random {}
