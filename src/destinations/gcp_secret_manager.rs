//! GCP Secret Manager: one secret for each file, a version for each change of its values.
//!
//! sops has no such destination. A version holds the file's values as JSON, or the plaintext of a file
//! that has none, as bytes. Requests are those of Google's REST reference (v1): `versions/latest:access`;
//! then `:addVersion`, and `secrets?secretId=` where there is no secret, with automatic replication
//! unless the rule names locations. Checksums go both ways.
//!
//! Credentials are looked for as for keys in the key management (keys §6).

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Content, Destination, DestinationError, Standing, fits};
use crate::backends::google::{
    self, Access, Authorization, Pace, Purpose, Request, crc32c, escaped, refused,
};
use crate::backends::http::{Answer, shown};
use crate::backends::network::REQUEST_TIMEOUT;
use crate::backends::{Network, SystemHost};
use crate::policy;

/// The most that a version holds, in bytes.
const LARGEST: usize = 64 << 10;
const PURPOSE: Purpose = Purpose {
    scopes: &["https://www.googleapis.com/auth/cloud-platform"],
    self_signed: true,
    variables: true,
};
const PACE: Pace = Pace { limit: REQUEST_TIMEOUT, pause: Duration::from_millis(500) };
const LOST: &str = "the answer is no JSON, or not all of it came";

/// What a rule says.
pub(super) struct Place {
    pub(super) naming: policy::Destination,
    pub(super) project: String,
    pub(super) locations: Vec<String>,
}

/// The secrets of one project.
pub(super) struct SecretManager {
    place: Place,
    universe: String,
    access: Access,
    network: Network,
}

/// What came of a request.
struct Asked {
    answer: Answer,
    authorization: Arc<Authorization>,
    what: String,
}

impl Asked {
    /// What a refusal says.
    fn told(&self, secrets: &[Zeroizing<String>]) -> String {
        let mut hidden = vec![self.authorization.token.as_str()];
        hidden.extend(secrets.iter().map(|secret| secret.as_str()));
        format!("{}: {}", self.what, shown(&refused(&self.answer), &hidden))
    }
}

impl SecretManager {
    pub(super) fn new(place: Place, machine: &SystemHost, network: &Network) -> Self {
        let access = Access::new(machine.clone(), network.clone(), PACE, PURPOSE);
        Self { place, universe: google::universe(machine, None), access, network: network.clone() }
    }

    /// The path of the project's secrets, or of one of them.
    fn path(&self, secret: &str) -> Result<String, DestinationError> {
        let project = &self.place.project;
        let is_project = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.');
        if !project.chars().all(is_project) || project.chars().all(|c| c == '.') {
            let reason = format!("{project:?} is no project of Google Cloud (gcp_secret_manager_project)");
            return Err(DestinationError::Service(reason));
        }
        Ok(format!("projects/{project}/secrets{}{secret}", if secret.is_empty() { "" } else { "/" }))
    }

    fn ask(
        &self,
        what: String,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Asked, DestinationError> {
        let failed = |reason: String| DestinationError::Service(format!("{what}: {reason}"));
        self.access.account().map_err(|none| failed(none.reason().to_owned()))?;
        let authorization = Arc::new(self.access.authorize(&self.universe).map_err(failed)?);
        let url = format!("https://secretmanager.{}/v1/{path}", self.universe);
        let body = body.map(|body| ("application/json", body));
        let answer = Request { method, url: &url, body }
            .send(&self.network, Some(&authorization), PACE)
            .map_err(failed)?;
        Ok(Asked { answer, authorization, what })
    }

    /// A new version; or that there is no secret to have it.
    fn add(
        &self,
        name: &str,
        content: &Content,
        secrets: &[Zeroizing<String>],
    ) -> Result<Option<()>, DestinationError> {
        let what = format!("could not add a version to the GCP Secret Manager secret {name}");
        let path = format!("{}:addVersion", self.path(name)?);
        let asked = self.ask(what, Method::POST, &path, Some(&payload(content.bytes())))?;
        match asked.answer.status {
            200..300 => Ok(Some(())),
            404 => Ok(None),
            _ => Err(DestinationError::Service(asked.told(secrets))),
        }
    }

    fn create(&self, name: &str) -> Result<(), DestinationError> {
        let replication = match self.place.locations.as_slice() {
            [] => json!({ "automatic": {} }),
            places => {
                let replicas: Vec<_> = places.iter().map(|place| json!({ "location": place })).collect();
                json!({ "userManaged": { "replicas": replicas } })
            }
        };
        let what = format!("could not create the GCP Secret Manager secret {name}");
        let path = format!("{}?secretId={}", self.path("")?, escaped(name));
        let body = json!({ "replication": replication }).to_string();
        let asked = self.ask(what, Method::POST, &path, Some(body.as_bytes()))?;
        match asked.answer.status {
            // Somebody else was faster, or our own request, whose answer was lost.
            200..300 | 409 => Ok(()),
            _ => Err(DestinationError::Service(asked.told(&[]))),
        }
    }
}

impl Destination for SecretManager {
    fn compare(&self, name: &str, content: &Content) -> Result<Standing, DestinationError> {
        let name = self.place.naming.name_of(name)?;
        fits(&name, content.bytes().len(), self.place.naming.kind(), LARGEST)?;
        let what = format!("could not read the GCP Secret Manager secret {name}");
        let path = format!("{}/versions/latest:access", self.path(&name)?);
        let asked = self.ask(what, Method::GET, &path, None)?;
        match asked.answer.status {
            200..300 => {}
            404 => return Ok(content.beside_nothing()),
            // May not be read; or the last version was disabled or destroyed: a new one can be added.
            400 | 403 => return Ok(Standing::Unknown(asked.told(&[]))),
            _ => return Err(DestinationError::Service(asked.told(&[]))),
        }
        let lost = || DestinationError::Service(format!("{}: {LOST}", asked.what));
        let mut answer = asked.answer.json().ok_or_else(lost)?;
        let data = match answer.pointer_mut("/payload/data").map(Value::take) {
            Some(Value::String(text)) => Zeroizing::new(text),
            None => Zeroizing::default(),
            Some(_) => return Err(lost()),
        };
        let data = base64_simd::STANDARD.decode_to_vec(data.as_bytes()).map(Zeroizing::new);
        let data = data.map_err(|_| lost())?;
        // 64-bit numbers are texts in Google's JSON.
        let sent = answer.pointer("/payload/dataCrc32c").and_then(Value::as_str);
        if sent.is_some_and(|sent| sent != crc32c(&data).to_string()) {
            let reason = format!("{}: what came does not have the checksum that came with it", asked.what);
            return Err(DestinationError::Service(reason));
        }
        Ok(content.beside(&data))
    }

    fn put(&self, name: &str, content: &Content) -> Result<(), DestinationError> {
        let name = self.place.naming.name_of(name)?;
        fits(&name, content.bytes().len(), self.place.naming.kind(), LARGEST)?;
        let secrets = content.secrets();
        if self.add(&name, content, &secrets)?.is_some() {
            return Ok(());
        }
        self.create(&name)?;
        self.add(&name, content, &secrets)?.ok_or_else(|| {
            DestinationError::Service(format!(
                "the GCP Secret Manager secret {name} was created and is not there; publish again"
            ))
        })
    }
}

/// A version's content with its checksum. It goes into no value of its own that would stay in memory.
fn payload(content: &[u8]) -> Zeroizing<Vec<u8>> {
    let data = Zeroizing::new(base64_simd::STANDARD.encode_to_string(content));
    let mut body = Zeroizing::new(Vec::with_capacity(data.len() + 80));
    body.extend_from_slice(b"{\"payload\":{\"data\":\"");
    body.extend_from_slice(data.as_bytes());
    body.extend_from_slice(format!("\",\"dataCrc32c\":\"{}\"}}}}", crc32c(content)).as_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads() {
        // The check value of CRC-32C (RFC 3720 B.4 has others of it).
        let expected = json!({ "payload": { "data": "MTIzNDU2Nzg5", "dataCrc32c": "3808858755" } });
        let body: Value = serde_json::from_slice(&payload(b"123456789")).unwrap();
        assert_eq!(body, expected);
    }
}
