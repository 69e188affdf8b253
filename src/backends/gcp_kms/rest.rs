//! The service as JSON over HTTP.

use reqwest::RequestBuilder;
use serde_json::Value;
use zeroize::Zeroizing;

use super::client::{Operation, Output};
use crate::backends::google::refused;
use crate::backends::http::Answer;
use crate::keys::base64::{self, Padding};

/// `{"name": …, "plaintext": …}`: the data key goes into no value of its own that would stay in
/// memory.
pub(super) fn request(name: &str, operation: &Operation<'_>) -> Zeroizing<Vec<u8>> {
    let input = Zeroizing::new(base64_simd::STANDARD.encode_to_string(operation.input));
    let head = format!("{{\"name\":{},\"{}\":\"", Value::from(name), operation.given);
    let mut body = Zeroizing::new(Vec::with_capacity(head.len() + input.len() + 2));
    for part in [&head, input.as_str(), "\"}"] {
        body.extend_from_slice(part.as_bytes());
    }
    body
}

pub(super) fn headers(request: RequestBuilder) -> RequestBuilder {
    request.header("content-type", "application/json")
}

/// Where a key is asked.
pub(super) fn url(base: &str, name: &str, verb: &str) -> String {
    format!("{base}/v1/{}:{verb}?%24alt=json%3Benum-encoding%3Dint", path(name))
}

/// A path as Go writes it into a URL.
fn path(name: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~/$&+,;=:@".contains(byte);
    let escaped =
        |byte: &u8| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    name.as_bytes().iter().map(escaped).collect()
}

/// Whether a status may change by itself.
pub(super) fn passes(answer: &Answer) -> bool {
    matches!(answer.status, 429 | 500 | 502 | 503 | 504)
}

pub(super) fn output(answer: &Answer, operation: &Operation<'_>) -> Result<Output, String> {
    if answer.status >= 300 {
        return Err(refused(answer));
    }
    let mut object = answer.json().filter(Value::is_object);
    let object = object.as_mut().ok_or("the answer is no JSON, or not all of it came")?;
    let text = match object.get_mut(operation.wanted).map(Value::take) {
        Some(Value::String(text)) => Zeroizing::new(text),
        None => Zeroizing::default(),
        Some(_) => return Err(format!("{} is no text", operation.wanted)),
    };
    let bytes = base64::decode(text.as_bytes(), Padding::Required).map(Zeroizing::new);
    let bytes = bytes.map_err(|error| format!("{}: {error}", operation.wanted))?;
    // 64-bit numbers are texts in Google's JSON; a number is taken too.
    let checksum = object.get(operation.checksum);
    let checksum =
        checksum.and_then(|it| it.as_i64().or_else(|| it.as_str().and_then(|text| text.parse().ok())));
    Ok(Output { bytes, checksum })
}
