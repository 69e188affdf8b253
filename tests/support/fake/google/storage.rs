//! The storage: uploads in one request, and descriptions of objects.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::super::{Reply, Request};
use super::tokens::{Wanted, authorized};
use super::{BUCKET, crc32c, error, fields, unescaped};

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub bucket: String,
    pub name: String,
    pub content_type: String,
    pub content: Vec<u8>,
}

pub(super) fn upload(request: &Request, objects: &Mutex<Vec<Object>>) -> Reply {
    match received(request) {
        Ok(object) => {
            let checksum = base64_simd::STANDARD.encode_to_string(crc32c(&object.content).to_be_bytes());
            let answer = json!({
                "kind": "storage#object", "bucket": object.bucket, "name": object.name, "crc32c": checksum,
                "size": object.content.len().to_string(), "contentType": object.content_type,
            });
            objects.lock().expect("no panic elsewhere").push(object);
            Reply::json(200, &answer)
        }
        Err(reply) => reply,
    }
}

/// The description of an object: what was asked for of it.
pub(super) fn look(request: &Request, objects: &Mutex<Vec<Object>>) -> Reply {
    let place = request.path().strip_prefix("/storage/v1/b/").and_then(|rest| rest.split_once("/o/"));
    let Some((bucket, name)) = place else { return error(404, "NOT_FOUND", "no such method") };
    let name = unescaped(name);
    if bucket == "forbidden" {
        return error(403, "PERMISSION_DENIED", "storage.objects.get access is missing");
    }
    if bucket != BUCKET {
        return error(404, "NOT_FOUND", "The specified bucket does not exist.");
    }
    let objects = objects.lock().expect("no panic elsewhere");
    match objects.iter().rev().find(|object| object.name == name) {
        None => error(404, "NOT_FOUND", &format!("No such object: {bucket}/{name}")),
        Some(object) => {
            let checksum = base64_simd::STANDARD.encode_to_string(crc32c(&object.content).to_be_bytes());
            Reply::json(200, &json!({ "size": object.content.len().to_string(), "crc32c": checksum }))
        }
    }
}

fn received(request: &Request) -> Result<Object, Reply> {
    let wrong = |what: &str| error(400, "INVALID_ARGUMENT", what);
    // An emulator has no TLS and asks for no token.
    if !request.header("host").starts_with("127.0.0.1") {
        authorized(request, Wanted::Storage).map_err(|reason| error(401, "UNAUTHENTICATED", &reason))?;
    } else if !request.header("authorization").is_empty() {
        return Err(wrong("a token for an emulator"));
    }
    let bucket =
        request.path().strip_prefix("/upload/storage/v1/b/").and_then(|rest| rest.strip_suffix("/o"));
    let bucket = bucket.ok_or_else(|| wrong("no bucket"))?.to_owned();
    if bucket == "forbidden" {
        let message = format!("{} does not have storage.objects.create access", super::EMAIL);
        let reason = json!([{ "reason": "forbidden", "message": message, "domain": "global" }]);
        let body = json!({ "error": { "code": 403, "message": message, "errors": reason } });
        return Err(Reply::json(403, &body));
    }
    if bucket != BUCKET {
        return Err(error(404, "NOT_FOUND", "The specified bucket does not exist."));
    }
    let query = fields(request.target.split_once('?').map_or("", |(_, query)| query));
    let name = query.iter().find(|(name, _)| name == "name").map(|(_, value)| value.clone());
    let name = name.ok_or_else(|| wrong("no name"))?;
    let expected = [
        ("alt", "json"),
        ("name", &name),
        ("prettyPrint", "false"),
        ("projection", "full"),
        ("uploadType", "multipart"),
    ];
    if !query.iter().map(|(name, value)| (&name[..], &value[..])).eq(expected) {
        return Err(wrong("another query"));
    }
    let boundary = request.header("content-type").strip_prefix("multipart/related; boundary=");
    let boundary = boundary.ok_or_else(|| wrong("no boundary"))?;
    let parts = parts(&request.body, boundary).ok_or_else(|| wrong("no parts"))?;
    let [(json_type, metadata), (content_type, content)] = &parts[..] else {
        return Err(wrong("not two parts"));
    };
    let metadata: Value = serde_json::from_slice(metadata).map_err(|_| wrong("no JSON"))?;
    let checksum = base64_simd::STANDARD.encode_to_string(crc32c(content).to_be_bytes());
    if json_type != "application/json"
        || metadata != json!({ "bucket": bucket, "crc32c": checksum, "name": name })
    {
        return Err(wrong(&format!("other metadata: {metadata}")));
    }
    Ok(Object { bucket, name, content_type: content_type.clone(), content: content.clone() })
}

/// Content type and content of each part.
fn parts(body: &[u8], boundary: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let find =
        |body: &[u8], text: &str| body.windows(text.len()).position(|window| window == text.as_bytes());
    let mut rest = body.strip_prefix(format!("--{boundary}\r\n").as_bytes())?;
    let mut parts = Vec::new();
    loop {
        let end = find(rest, &format!("\r\n--{boundary}"))?;
        let (part, behind) = rest.split_at(end);
        let head = find(part, "\r\n\r\n")?;
        let kind = std::str::from_utf8(&part[..head]).ok()?.strip_prefix("Content-Type: ")?.trim();
        parts.push((kind.to_owned(), part[head + 4..].to_vec()));
        rest = &behind[boundary.len() + 4..];
        match rest.strip_prefix(b"\r\n") {
            Some(more) => rest = more,
            None => return (rest.starts_with(b"--")).then_some(parts),
        }
    }
}
