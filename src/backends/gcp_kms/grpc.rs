//! The service as gRPC: one call is one request of HTTP/2, whose answer ends with a status.
//!
//! It goes over the HTTP client that all backends share, with its connections, its roots and its
//! proxies. Messages are those of `google/cloud/kms/v1/service.proto`, as far as sops fills them.

use prost::Message;
use reqwest::{RequestBuilder, Version};
use zeroize::{Zeroize, Zeroizing};

use super::client::{Operation, Output};
use crate::backends::http::Answer;

/// A name and what is to be encrypted or decrypted: both requests have these fields alone.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Request {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes = "vec", tag = "2")]
    input: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Encrypted {
    #[prost(bytes = "vec", tag = "2")]
    ciphertext: Vec<u8>,
    #[prost(message, optional, tag = "4")]
    checksum: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Decrypted {
    #[prost(bytes = "vec", tag = "1")]
    plaintext: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    checksum: Option<i64>,
}

/// The names that Go gives the codes.
const CODES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];
const UNKNOWN: usize = 2;
const DEADLINE_EXCEEDED: usize = 4;
const RESOURCE_EXHAUSTED: usize = 8;
const INTERNAL: usize = 13;
const UNAVAILABLE: usize = 14;
/// A byte for compression, four for the length.
const PREFIX: usize = 5;

/// The message with the prefix that gRPC has before each.
pub(super) fn request(name: &str, operation: &Operation<'_>) -> Zeroizing<Vec<u8>> {
    let mut message = Request { name: name.to_owned(), input: operation.input.to_vec() };
    let length = message.encoded_len();
    let mut body = Zeroizing::new(Vec::with_capacity(PREFIX + length));
    body.push(0);
    body.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    message.encode_raw(&mut *body);
    message.input.zeroize();
    body
}

pub(super) fn headers(request: RequestBuilder) -> RequestBuilder {
    let request = request.version(Version::HTTP_2);
    request.header("content-type", "application/grpc").header("te", "trailers")
}

/// Whether what was refused may be granted the next time.
pub(super) fn passes(answer: &Answer) -> bool {
    let passing = [DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE];
    matches!(status(answer), Err((code, _)) if passing.contains(&code))
}

pub(super) fn output(answer: &Answer, operation: &Operation<'_>) -> Result<Output, String> {
    let error = |code: usize, why: &str| {
        let name = CODES.get(code).map_or_else(|| format!("Code({code})"), ToString::to_string);
        format!("rpc error: code = {name} desc = {why}")
    };
    status(answer).map_err(|(code, why)| error(code, &why))?;
    let message = match answer.body.split_at_checked(PREFIX) {
        Some(([0, length @ ..], message)) => {
            let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            Some(message).filter(|message| message.len() == length)
        }
        _ => None,
    };
    let output = message.and_then(operation.read);
    output.ok_or_else(|| error(INTERNAL, "the answer is no message, or not all of it came"))
}

pub(super) fn encrypted(message: &[u8]) -> Option<Output> {
    let message = Encrypted::decode(message).ok()?;
    Some(Output { bytes: message.ciphertext.into(), checksum: message.checksum })
}

pub(super) fn decrypted(message: &[u8]) -> Option<Output> {
    let message = Decrypted::decode(message).ok()?;
    Some(Output { bytes: message.plaintext.into(), checksum: message.checksum })
}

/// How a call ended: a code and what is said of it.
fn status(answer: &Answer) -> Result<(), (usize, String)> {
    // Without a message the status stands in the headers.
    let field = |name: &str| {
        let value = answer.trailers.get(name).or_else(|| answer.headers.get(name));
        value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    match field("grpc-status") {
        Some(code) if code == "0" => Ok(()),
        Some(code) => {
            let why = unescaped(&field("grpc-message").unwrap_or_default());
            Err((code.parse().unwrap_or(UNKNOWN), why))
        }
        None if answer.status == 200 => {
            Err((INTERNAL, "server closed the stream without sending trailers".to_owned()))
        }
        None => {
            let code = match answer.status {
                400 => INTERNAL,
                401 => 16,
                403 => 7,
                404 => 12,
                429 | 502 | 503 | 504 => UNAVAILABLE,
                _ => UNKNOWN,
            };
            Err((code, format!("unexpected HTTP status code received from server: {}", answer.status)))
        }
    }
}

/// What a server says, in which bytes that no header may have are `%XX`.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::client::{DECRYPT, ENCRYPT};
    use super::*;
    use reqwest::header::HeaderMap;

    fn answer(
        status: u16,
        body: &[u8],
        headers: &[(&'static str, &str)],
        trailers: &[(&'static str, &str)],
    ) -> Answer {
        let map = |fields: &[(&'static str, &str)]| {
            fields
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect::<HeaderMap>()
        };
        Answer { status, headers: map(headers), body: body.to_vec().into(), trailers: map(trailers) }
    }

    fn said(answer: &Answer) -> String {
        match output(answer, &DECRYPT) {
            Ok(_) => panic!("it is taken"),
            Err(reason) => reason,
        }
    }

    /// Field 1 is the name, field 2 what is given, both with their lengths.
    #[test]
    fn a_request_in_bytes() {
        let operation = Operation { input: b"key", ..ENCRYPT };
        assert_eq!(request("n", &operation)[..], *b"\0\0\0\0\x08\x0a\x01n\x12\x03key");
    }

    #[test]
    fn an_answer_in_bytes() {
        let good = [("grpc-status", "0")];
        // 0x1234 in an Int64Value at field 2.
        let body = b"\0\0\0\0\x0a\x0a\x03key\x12\x03\x08\xb4\x24";
        let output = output(&answer(200, body, &[], &good), &DECRYPT).ok().unwrap();
        assert_eq!((&output.bytes[..], output.checksum), (&b"key"[..], Some(0x1234)));
        for damaged in [&body[..3], &body[..12], b"\x01\0\0\0\x05\x0a\x03key", b"\0\0\0\0\x02\xff\xff"] {
            assert!(said(&answer(200, damaged, &[], &good)).contains("not all of it came"));
        }
    }

    #[test]
    fn how_calls_end() {
        let denied = [("grpc-status", "7"), ("grpc-message", "no%20%c3%a4 100%")];
        let expected = "rpc error: code = PermissionDenied desc = no ä 100%";
        assert_eq!(said(&answer(200, b"", &denied, &[])), expected);
        assert_eq!(said(&answer(200, b"", &[], &denied)), expected);
        assert!(said(&answer(200, b"", &[], &[("grpc-status", "99")])).contains("Code(99)"));
        assert!(said(&answer(200, b"", &[], &[])).contains("Internal desc = server closed"));
        assert!(
            said(&answer(503, b"<html>", &[], &[]))
                .contains("Unavailable desc = unexpected HTTP status code")
        );
        assert!(
            passes(&answer(503, b"", &[], &[])) && passes(&answer(200, b"", &[("grpc-status", "8")], &[]))
        );
        assert!(!passes(&answer(200, b"", &denied, &[])) && !passes(&answer(403, b"", &[], &[])));
    }
}
