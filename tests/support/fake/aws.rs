//! AWS' key management, token service, object store and secrets manager: real encryption under key and context, and a check
//! of every signature, header and field.
//!
//! The surface is that of keys §5.4 and services §3.1, as the real sops uses it.

mod secrets_manager;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

#[allow(unused_imports)] // every test file takes its own part
pub use secrets_manager::Secret;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::secrets;
use super::seal::{open, seal};
use super::{Authority, Reply, Request, Server};

pub const ACCESS_KEY: &str = "AKIDFAKEFORTESTS";
pub const SECRET_KEY: &str = secrets::AWS_SECRET_KEY;
pub const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/0d0466b0-e727-4d9c-b35d-f84bb474a37f";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/ci";
/// What [`ROLE`] asks with.
pub const ROLE_KEY: &str = "ASIAROLE";
pub const ROLE_SECRET: &str = secrets::AWS_ROLE_SECRET;
pub const ROLE_TOKEN: &str = secrets::AWS_ROLE_TOKEN;

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A server that is all of AWS.
pub struct Aws {
    pub server: Server,
    next: Arc<Mutex<VecDeque<Reply>>>,
    objects: Objects,
    kept: secrets_manager::Secrets,
}

impl Aws {
    pub fn start() -> Self {
        Self::served(|handler| Server::start(handler))
    }

    pub fn start_tls(authority: &Authority) -> Self {
        Self::served(|handler| Server::start_tls(authority, handler))
    }

    fn served(start: impl FnOnce(Box<dyn Fn(&Request) -> Reply + Send + Sync>) -> Server) -> Self {
        let (next, objects, kept) = (Arc::default(), Objects::default(), secrets_manager::Secrets::default());
        Self { server: start(Box::new(handler(&next, &objects, &kept))), next, objects, kept }
    }

    /// The secrets of the secrets manager, to be looked at and changed.
    pub fn secrets(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Secret>> {
        self.kept.lock().expect("no panic elsewhere")
    }

    /// The next requests get these replies instead.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.next.lock().expect("no panic elsewhere").extend(replies);
    }

    /// What was put, by bucket and key.
    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.objects.lock().expect("no panic elsewhere").clone()
    }
}

fn handler(
    next: &Arc<Mutex<VecDeque<Reply>>>,
    objects: &Objects,
    kept: &secrets_manager::Secrets,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let (next, objects, kept) = (Arc::clone(next), Arc::clone(objects), Arc::clone(kept));
    move |request| {
        let reply = next.lock().expect("no panic elsewhere").pop_front();
        reply.unwrap_or_else(|| answer(request, &objects, &kept))
    }
}

/// An error of the key management.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({ "__type": code, "message": message }))
        .with("x-amzn-RequestId", "the-request")
}

fn xml_error(status: u16, code: &str, message: &str) -> Reply {
    Reply::text(status, &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

fn answer(request: &Request, objects: &Objects, kept: &secrets_manager::Secrets) -> Reply {
    let target = request.header("x-amz-target");
    if let Some(operation) = target.strip_prefix("secretsmanager.") {
        return match signature(request, "secretsmanager") {
            Ok(()) => secrets_manager::answer(request, operation, kept),
            Err(reason) => error(400, "InvalidSignatureException", &reason),
        };
    }
    if let Some(operation) = target.strip_prefix("TrentService.") {
        return match signature(request, "kms") {
            Ok(()) => key_management(request, operation),
            Err(reason) => error(400, "InvalidSignatureException", &reason),
        };
    }
    if request.header("content-type") == "application/x-www-form-urlencoded" {
        return match signature(request, "sts") {
            Ok(()) => token_service(request),
            Err(reason) => xml_error(403, "SignatureDoesNotMatch", &reason),
        };
    }
    match signature(request, "s3") {
        Ok(()) => object_store(request, objects),
        Err(reason) => xml_error(403, "SignatureDoesNotMatch", &reason),
    }
}

fn key_management(request: &Request, operation: &str) -> Reply {
    let body = request.json();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let arn = text("KeyId");
    let region = arn.split(':').nth(3).unwrap_or_default().to_owned();
    let Some(context) = body.get("EncryptionContext").filter(|context| context.is_object()) else {
        return error(400, "ValidationException", "no context");
    };
    let fields = body.as_object().map_or(0, serde_json::Map::len);
    if fields != 3
        || request.header("content-type") != "application/x-amz-json-1.1"
        || !request.header("authorization").contains(&format!("/{region}/kms/"))
    {
        return error(400, "ValidationException", "the request is not as it should be");
    }
    // A map of serde_json is sorted.
    let key = format!("{arn} {context}");
    let plain = |text: &str| base64_simd::STANDARD.decode_to_vec(text).ok();
    match operation {
        "Encrypt" => match plain(&text("Plaintext")) {
            Some(secret) => Reply::json(200, &json!({ "CiphertextBlob": seal(&key, &secret), "KeyId": arn })),
            None => error(400, "SerializationException", ""),
        },
        "Decrypt" => match open(&key, &text("CiphertextBlob")) {
            Some(secret) => plaintext(&secret),
            None => error(400, "InvalidCiphertextException", ""),
        },
        _ => error(400, "UnknownOperationException", ""),
    }
}

/// The answer of Decrypt.
pub fn plaintext(secret: &[u8]) -> Reply {
    Reply::json(200, &json!({ "KeyId": ARN, "Plaintext": base64_simd::STANDARD.encode_to_string(secret) }))
}

fn token_service(request: &Request) -> Reply {
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let role = format!("RoleArn={}", ROLE.replace(':', "%3A").replace('/', "%2F"));
    let fields: Vec<_> = form.split('&').collect();
    let wanted = ["Action=AssumeRole", "Version=2011-06-15", &role];
    let named = fields.iter().any(|field| field.starts_with("RoleSessionName=sops%40"));
    if fields.len() != 4 || !named || !wanted.iter().all(|field| fields.contains(field)) {
        return Reply::text(
            403,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not &quot;you&quot;</Message></Error><RequestId>r</RequestId></ErrorResponse>",
        )
        .with("x-amzn-RequestId", "the-request");
    }
    Reply::text(
        200,
        &format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{ROLE_KEY}</AccessKeyId><SecretAccessKey>{ROLE_SECRET}</SecretAccessKey><SessionToken>{ROLE_TOKEN}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ),
    )
}

fn object_store(request: &Request, objects: &Objects) -> Reply {
    let mut objects = objects.lock().expect("no panic elsewhere");
    if request.path().starts_with("/missing/") {
        return xml_error(404, "NoSuchBucket", "The specified bucket does not exist");
    }
    match request.method.as_str() {
        "PUT" => {
            if request.header("x-amz-content-sha256") != hex(&Sha256::digest(&request.body))
                || request.header("x-amz-checksum-crc32").is_empty()
                || request.header("content-length") != request.body.len().to_string()
            {
                return xml_error(400, "BadDigest", "");
            }
            objects.insert(request.path().to_owned(), request.body.clone());
            Reply::empty(200)
        }
        "GET" => match objects.get(request.path()) {
            Some(body) => Reply::Answer { status: 200, headers: Vec::new(), body: body.clone() },
            None => xml_error(404, "NoSuchKey", ""),
        },
        _ => Reply::empty(405),
    }
}

/// Computes the signature from what came and compares.
fn signature(request: &Request, service: &str) -> Result<(), String> {
    let sent = request.header("authorization").strip_prefix("AWS4-HMAC-SHA256 ").ok_or("no signature")?;
    let field = |name: &str| {
        let part = sent.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        part.ok_or_else(|| format!("no {name}"))
    };
    let (credential, names, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let (access, scope) = credential.split_once('/').ok_or("no scope")?;
    let secret = match (access, request.header("x-amz-security-token")) {
        (ACCESS_KEY, "") => SECRET_KEY,
        (ROLE_KEY, ROLE_TOKEN) => ROLE_SECRET,
        _ => return Err("unknown access key".to_owned()),
    };
    let [day, region, named, "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
        return Err("no scope".to_owned());
    };
    if named != service {
        return Err(format!("signed for {named}, not for {service}"));
    }
    let list: Vec<_> = names.split(';').collect();
    for needed in ["host", "x-amz-date", "x-amz-security-token", "x-amz-target", "x-amz-content-sha256"] {
        if request.headers.contains_key(needed) != list.contains(&needed) {
            return Err(format!("{needed} is not signed"));
        }
    }
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let headers: String = list.iter().map(|name| format!("{name}:{}\n", request.header(name))).collect();
    let body = hex(&Sha256::digest(&request.body));
    let canonical = format!("{}\n{}\n{query}\n{headers}\n{names}\n{body}", request.method, request.path());
    let date = request.header("x-amz-date");
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [day, region, named, "aws4_request", &text] {
        let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
        key = mac.chain_update(part.as_bytes()).finalize().into_bytes().to_vec();
    }
    // What comes back may hold the token: KMS does that.
    let told = format!("The canonical string should have been '{headers}'");
    if hex(&key) == signature { Ok(()) } else { Err(told) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
