//! The token of another identity provider that an external account is known by: where it is.

use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use zeroize::Zeroizing;

use super::credentials::{secret, text};
use super::exchange::{Asking, Call};
use crate::backends::age::io_error;

/// Where the token is.
pub(super) struct Subject {
    place: Place,
    /// The field of a JSON object that holds it; nothing if it is the whole text.
    field: Option<String>,
}

enum Place {
    File(String),
    Url { url: String, headers: Vec<(String, Zeroizing<String>)> },
}

impl Subject {
    /// Reads the field `credential_source` of an external account.
    ///
    /// # Errors
    ///
    /// If it is of a kind that is not supported.
    pub(super) fn read(source: &mut Value) -> Result<Self, String> {
        let refused =
            |what: &str| Err(format!("credentials: credential_source with {what} is not supported"));
        if text(source, "environment_id").is_some() {
            return refused("\"environment_id\" (AWS)");
        }
        let place = if let Some(path) = text(source, "file") {
            Place::File(path)
        } else if let Some(url) = text(source, "url") {
            let mut headers = Vec::new();
            if let Some(Value::Object(fields)) = source.get_mut("headers") {
                let names: Vec<String> = fields.keys().cloned().collect();
                let fields = &mut source["headers"];
                headers.extend(names.into_iter().filter_map(|name| {
                    let value = secret(fields, &name)?;
                    Some((name, value))
                }));
            }
            Place::Url { url, headers }
        } else if source.get("executable").is_some_and(|value| !value.is_null()) {
            return refused("\"executable\"");
        } else if source.get("certificate").is_some_and(|value| !value.is_null()) {
            return refused("\"certificate\"");
        } else {
            return Err("credentials: unable to parse credential source".to_owned());
        };
        let format = source.get_mut("format").map(Value::take).unwrap_or_default();
        let field = match format.get("type").and_then(Value::as_str) {
            None | Some("text") => None,
            Some("json") => {
                let field = format.get("subject_token_field_name").and_then(Value::as_str);
                Some(field.unwrap_or_default().to_owned())
            }
            Some(_) => return Err("credentials: invalid credential_source file format type".to_owned()),
        };
        Ok(Self { place, field })
    }

    /// The token of now: it is read anew each time, because others renew it.
    ///
    /// # Errors
    ///
    /// What became of the file or the request.
    pub(super) fn token(&self, asking: &Asking<'_>) -> Result<Zeroizing<String>, String> {
        let bytes = match &self.place {
            Place::File(path) => {
                let path = Path::new(path);
                let bytes = std::fs::read(path).map(Zeroizing::new);
                bytes.map_err(|error| format!("credentials: {}", io_error("open", path, &error)))?
            }
            Place::Url { url, headers } => {
                let headers: Vec<_> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let secrets: Vec<_> = headers.iter().map(|(_, value)| *value).collect();
                let call = Call {
                    method: Method::GET,
                    url,
                    headers: &headers,
                    body: Zeroizing::default(),
                    secrets: &secrets,
                };
                asking.ask(&call)?.body
            }
        };
        let broken = |what: &str| format!("credentials: {what}");
        let Some(field) = &self.field else {
            let text = std::str::from_utf8(&bytes).map_err(|_| broken("the subject token is no text"))?;
            return Ok(Zeroizing::new(text.trim().to_owned()));
        };
        let mut object: Value = serde_json::from_slice(&bytes)
            .map_err(|_| broken("failed to unmarshal subject token file: it is not JSON"))?;
        if object.get(field).is_none() {
            return Err(broken("provided subject_token_field_name not found in credentials"));
        }
        secret(&mut object, field).ok_or_else(|| broken("improperly formatted subject token"))
    }
}
