//! The key management: `Encrypt` and `Decrypt` of `google.cloud.kms.v1.KeyManagementService`, with
//! additional data and checksums as its description has them.

use prost::Message;
use serde_json::{Value, json};

use super::super::seal::{open, seal};
use super::super::{Reply, Request};
use super::tokens::{Wanted, authorized};
use super::{DENIED_KEY, crc32c, error, fields, status};

/// All fields that either request has.
#[derive(Clone, PartialEq, Message)]
struct EncryptRequest {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes = "vec", tag = "2")]
    plaintext: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    additional: Vec<u8>,
    #[prost(message, optional, tag = "7")]
    plaintext_crc32c: Option<i64>,
    #[prost(message, optional, tag = "8")]
    additional_crc32c: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct EncryptResponse {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes = "vec", tag = "2")]
    ciphertext: Vec<u8>,
    #[prost(message, optional, tag = "4")]
    ciphertext_crc32c: Option<i64>,
    #[prost(bool, tag = "5")]
    verified_plaintext_crc32c: bool,
    #[prost(bool, tag = "6")]
    verified_additional_crc32c: bool,
    #[prost(int32, tag = "7")]
    protection_level: i32,
}

#[derive(Clone, PartialEq, Message)]
struct DecryptRequest {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes = "vec", tag = "2")]
    ciphertext: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    additional: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    ciphertext_crc32c: Option<i64>,
    #[prost(message, optional, tag = "6")]
    additional_crc32c: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct DecryptResponse {
    #[prost(bytes = "vec", tag = "1")]
    plaintext: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    plaintext_crc32c: Option<i64>,
    #[prost(bool, tag = "3")]
    used_primary: bool,
    #[prost(int32, tag = "4")]
    protection_level: i32,
}

/// Codes of gRPC with their names and numbers in REST.
const INVALID_ARGUMENT: (u16, u16, &str) = (3, 400, "INVALID_ARGUMENT");
const PERMISSION_DENIED: (u16, u16, &str) = (7, 403, "PERMISSION_DENIED");
const UNAUTHENTICATED: (u16, u16, &str) = (16, 401, "UNAUTHENTICATED");

type Refused = ((u16, u16, &'static str), String);

fn refused<T>(code: (u16, u16, &'static str), message: &str) -> Result<T, Refused> {
    Err((code, message.to_owned()))
}

pub(super) fn grpc(request: &Request) -> Reply {
    match called(request) {
        Ok(message) => {
            let length = u32::try_from(message.len()).expect("short");
            let body = [&[0], &length.to_be_bytes()[..], &message].concat();
            Reply::Answer { status: 200, headers: Vec::new(), body }
                .with("content-type", "application/grpc")
                .with("grpc-status", "0")
        }
        Err(((code, ..), message)) => status(code, &message),
    }
}

fn called(request: &Request) -> Result<Vec<u8>, Refused> {
    if request.header("content-type") != "application/grpc" || request.header("te") != "trailers" {
        return refused(INVALID_ARGUMENT, "not a call of gRPC");
    }
    let broken = || (INVALID_ARGUMENT, "not a message".to_owned());
    let (prefix, message) = request.body.split_at_checked(5).ok_or_else(broken)?;
    if prefix[0] != 0 || prefix[1..] != u32::try_from(message.len()).expect("short").to_be_bytes() {
        return Err(broken());
    }
    match request.path().rsplit('/').next() {
        Some("Encrypt") => {
            let asked = EncryptRequest::decode(message).map_err(|_| broken())?;
            Ok(encrypt(request, asked)?.encode_to_vec())
        }
        Some("Decrypt") => {
            let asked = DecryptRequest::decode(message).map_err(|_| broken())?;
            Ok(decrypt(request, asked)?.encode_to_vec())
        }
        _ => refused((12, 404, "UNIMPLEMENTED"), "unknown method"),
    }
}

pub(super) fn rest(request: &Request) -> Reply {
    match posted(request) {
        Ok(value) => Reply::json(200, &value),
        Err(((_, code, name), message)) => error(code, name, &message),
    }
}

fn posted(request: &Request) -> Result<Value, Refused> {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    if fields(query) != [("$alt".to_owned(), "json;enum-encoding=int".to_owned())]
        || request.header("content-type") != "application/json"
    {
        return refused(INVALID_ARGUMENT, "the request is not as it should be");
    }
    let body = request.json();
    let path = request.path().strip_prefix("/v1/").unwrap_or_default();
    let (name, verb) = path.rsplit_once(':').unwrap_or_default();
    let text = |field: &str| body[field].as_str().unwrap_or_default();
    let bytes = |field: &str| {
        let bytes = base64_simd::STANDARD.decode_to_vec(text(field));
        bytes.map_err(|_| (INVALID_ARGUMENT, format!("{field} is not base64")))
    };
    let known = ["name", "plaintext", "ciphertext"];
    if body.as_object().is_none_or(|object| object.keys().any(|field| !known.contains(&&field[..])))
        || text("name") != name
    {
        return refused(INVALID_ARGUMENT, "unknown fields or another name");
    }
    let encoded = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
    match verb {
        "encrypt" => {
            let asked = EncryptRequest {
                name: name.to_owned(),
                plaintext: bytes("plaintext")?,
                ..EncryptRequest::default()
            };
            let answer = encrypt(request, asked)?;
            Ok(json!({
                "name": answer.name, "ciphertext": encoded(&answer.ciphertext),
                "ciphertextCrc32c": answer.ciphertext_crc32c.map(|crc| crc.to_string()), "protectionLevel": 1,
            }))
        }
        "decrypt" => {
            let asked = DecryptRequest {
                name: name.to_owned(),
                ciphertext: bytes("ciphertext")?,
                ..DecryptRequest::default()
            };
            let answer = decrypt(request, asked)?;
            Ok(json!({
                "plaintext": encoded(&answer.plaintext), "usedPrimary": true,
                "plaintextCrc32c": answer.plaintext_crc32c.map(|crc| crc.to_string()), "protectionLevel": 1,
            }))
        }
        _ => refused(INVALID_ARGUMENT, "no such operation"),
    }
}

/// What both operations want of a request.
fn checked(request: &Request, name: &str) -> Result<(), Refused> {
    if let Err(reason) = authorized(request, Wanted::KeyManagement) {
        return refused(UNAUTHENTICATED, &reason);
    }
    if fields(request.header("x-goog-request-params")) != [("name".to_owned(), name.to_owned())] {
        return refused(INVALID_ARGUMENT, "no x-goog-request-params");
    }
    if request.header("user-agent").is_empty() {
        return refused(INVALID_ARGUMENT, "no user-agent");
    }
    if name == DENIED_KEY {
        let message = format!(
            "Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource '{name}' (or it may not exist)."
        );
        return refused(PERMISSION_DENIED, &message);
    }
    Ok(())
}

fn same_checksum(sent: Option<i64>, bytes: &[u8], field: &str) -> Result<bool, Refused> {
    match sent {
        Some(sent) if sent != i64::from(crc32c(bytes)) => {
            refused(INVALID_ARGUMENT, &format!("The checksum in field {field} did not match"))
        }
        sent => Ok(sent.is_some()),
    }
}

fn encrypt(request: &Request, asked: EncryptRequest) -> Result<EncryptResponse, Refused> {
    checked(request, &asked.name)?;
    let sealed = seal(&material(&asked.name, &asked.additional), &asked.plaintext);
    let ciphertext = base64_simd::STANDARD.decode_to_vec(sealed).expect("base64");
    Ok(EncryptResponse {
        name: format!("{}/cryptoKeyVersions/1", asked.name),
        ciphertext_crc32c: Some(crc32c(&ciphertext).into()),
        ciphertext,
        verified_plaintext_crc32c: same_checksum(
            asked.plaintext_crc32c,
            &asked.plaintext,
            "plaintext_crc32c",
        )?,
        verified_additional_crc32c: same_checksum(
            asked.additional_crc32c,
            &asked.additional,
            "additional_authenticated_data_crc32c",
        )?,
        protection_level: 1,
    })
}

fn decrypt(request: &Request, asked: DecryptRequest) -> Result<DecryptResponse, Refused> {
    checked(request, &asked.name)?;
    same_checksum(asked.ciphertext_crc32c, &asked.ciphertext, "ciphertext_crc32c")?;
    same_checksum(asked.additional_crc32c, &asked.additional, "additional_authenticated_data_crc32c")?;
    let sealed = base64_simd::STANDARD.encode_to_string(&asked.ciphertext);
    match open(&material(&asked.name, &asked.additional), &sealed) {
        Some(plaintext) => Ok(decrypted(plaintext)),
        None => refused(
            INVALID_ARGUMENT,
            "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
        ),
    }
}

/// The key under which a key encrypts for some additional data.
fn material(name: &str, additional: &[u8]) -> String {
    format!("{name} {additional:?}")
}

fn decrypted(plaintext: Vec<u8>) -> DecryptResponse {
    let plaintext_crc32c = Some(crc32c(&plaintext).into());
    DecryptResponse { plaintext, plaintext_crc32c, used_primary: true, protection_level: 1 }
}

/// The answer of gRPC that gives these bytes as what was decrypted; `checksum` is sent instead of
/// the right one.
pub fn gives(plaintext: &[u8], checksum: Option<i64>) -> Reply {
    let mut answer = decrypted(plaintext.to_vec());
    answer.plaintext_crc32c = checksum.or(answer.plaintext_crc32c);
    let message = answer.encode_to_vec();
    let length = u32::try_from(message.len()).expect("short");
    let body = [&[0], &length.to_be_bytes()[..], &message].concat();
    Reply::Answer { status: 200, headers: Vec::new(), body }
        .with("content-type", "application/grpc")
        .with("grpc-status", "0")
}
