//! Secrets of an Azure Key Vault: one for each file, a version for each change of its values.
//!
//! sops has no such destination. A secret's value is the file's values as JSON (content type
//! `application/json`), or the plaintext of a file that has none; where that is no text it is base64, with
//! the tag `file-encoding` that Microsoft's `az keyvault secret download` goes by.
//!
//! Requests are those of Microsoft's reference, Get Secret and Set Secret; credentials are looked for as
//! for keys (keys §7).

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Content, Destination, DestinationError, Standing, fits};
use crate::backends::azure_kv::{Secrets, SecretsError};
use crate::backends::{Network, SystemHost};
use crate::policy;

/// The most that a secret's value has, in bytes.
const LARGEST: usize = 25_600;
const ENCODING: &str = "file-encoding";

/// The secrets of one vault.
pub(super) struct Vault {
    naming: policy::Destination,
    url: String,
    secrets: Secrets,
}

impl Vault {
    pub(super) fn new(naming: policy::Destination, url: &str, machine: SystemHost, network: Network) -> Self {
        Self { naming, url: url.to_owned(), secrets: Secrets::new(machine, network) }
    }

    /// The name there, and the value with its kind and encoding.
    fn prepared(&self, name: &str, content: &Content) -> Result<(String, Prepared), DestinationError> {
        let name = self.naming.name_of(name)?;
        let prepared = Prepared::new(content);
        fits(&name, prepared.value.len(), self.naming.kind(), LARGEST)?;
        Ok((name, prepared))
    }
}

/// What is sent.
struct Prepared {
    value: Zeroizing<String>,
    content_type: Option<&'static str>,
    encoding: Option<&'static str>,
}

impl Prepared {
    fn new(content: &Content) -> Self {
        let bytes = content.bytes();
        let members = matches!(content, Content::Members(_));
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                value: Zeroizing::new(text.to_owned()),
                content_type: members.then_some("application/json"),
                encoding: None,
            },
            Err(_) => Self {
                value: Zeroizing::new(base64_simd::STANDARD.encode_to_string(bytes)),
                content_type: Some("application/octet-stream"),
                encoding: Some("base64"),
            },
        }
    }

    fn body(&self) -> Zeroizing<Vec<u8>> {
        let mut rest = serde_json::Map::new();
        if let Some(kind) = self.content_type {
            rest.insert("contentType".to_owned(), kind.into());
        }
        if let Some(encoding) = self.encoding {
            rest.insert("tags".to_owned(), json!({ ENCODING: encoding }));
        }
        let rest = Value::Object(rest).to_string();
        // An escaped byte takes six.
        let mut body = Zeroizing::new(Vec::with_capacity(self.value.len() * 6 + rest.len() + 16));
        body.extend_from_slice(b"{\"value\":");
        // Writing into memory does not fail.
        let _ = serde_json::to_writer(&mut *body, self.value.as_str());
        if rest != "{}" {
            body.push(b',');
        }
        body.extend_from_slice(&rest.as_bytes()[1..]);
        body
    }
}

impl Destination for Vault {
    fn compare(&self, name: &str, content: &Content) -> Result<Standing, DestinationError> {
        let (name, prepared) = self.prepared(name, content)?;
        let mut there = match self.secrets.get(&self.url, &name) {
            Ok(there) => there,
            Err(SecretsError::Refused { status: 404, .. }) => return Ok(content.beside_nothing()),
            // Not for us to read, or disabled.
            Err(SecretsError::Refused { status: 403, told }) => return Ok(Standing::Unknown(told)),
            Err(error) => return Err(DestinationError::Service(error.told())),
        };
        let encoding = there.pointer(&format!("/tags/{ENCODING}")).and_then(Value::as_str);
        let base64 = encoding == Some("base64");
        let encoded = base64 || encoding == Some("hex");
        let value = match there.get_mut("value").map(Value::take) {
            Some(Value::String(text)) => Zeroizing::new(text),
            _ => Zeroizing::default(),
        };
        Ok(match prepared.encoding {
            Some(_) if base64 && *value == *prepared.value => Standing::Same,
            None if !encoded => content.beside(value.as_bytes()),
            _ => Standing::Differs(Vec::new()),
        })
    }

    fn put(&self, name: &str, content: &Content) -> Result<(), DestinationError> {
        let (name, prepared) = self.prepared(name, content)?;
        let secrets = content.secrets();
        let mut hidden: Vec<&str> = vec![&prepared.value];
        hidden.extend(secrets.iter().map(|secret| secret.as_str()));
        self.secrets.set(&self.url, &name, &prepared.body(), &hidden).map_err(|error| {
            let told = error.told();
            DestinationError::Service(match told.contains("ObjectIsDeletedButRecoverable") {
                true => format!(
                    "{}\ntake it back (az keyvault secret recover --id {}/secrets/{name}), or publish under another name",
                    told.trim_end(),
                    self.url.trim_end_matches('/')
                ),
                false => told,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        let check = |content: Content, expected: Value| {
            let body: Value = serde_json::from_slice(&Prepared::new(&content).body()).unwrap();
            assert_eq!(body, expected);
        };
        let bytes = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        check(
            Content::Members(bytes(b"{\"a\":\"\\n\"}")),
            json!({ "value": "{\"a\":\"\\n\"}", "contentType": "application/json" }),
        );
        check(Content::Whole(bytes("é\n".as_bytes())), json!({ "value": "é\n" }));
        check(
            Content::Whole(bytes(b"\xff")),
            json!({ "value": "/w==", "contentType": "application/octet-stream", "tags": { ENCODING: "base64" } }),
        );
    }
}
