//! Google Cloud Storage (services §3.2): one object for each file, with the content type that sops'
//! library would guess.
//!
//! Credentials are those of applications: `GOOGLE_CREDENTIALS` and `GOOGLE_OAUTH_ACCESS_TOKEN` do
//! not count here, as in sops. `STORAGE_EMULATOR_HOST` leads to another server, without credentials.
//!
//! # Compatibility
//!
//! sops drops the result of an upload and is content with any. Here it is an error, and so is an
//! object that did not arrive whole. sops sends files from 16 MiB on in pieces, with the same outcome.

mod sniff;

use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::{Value, json};

use super::{Destination, DestinationError};
use crate::backends::google::{self, Access, Pace, Purpose, crc32c, escaped};
use crate::backends::http::{self, Answer, Patience, shown};
use crate::backends::network::REQUEST_TIMEOUT;
use crate::backends::{Network, SystemHost};

const EMULATOR: &str = "STORAGE_EMULATOR_HOST";
const PURPOSE: Purpose = Purpose {
    scopes: &[
        "https://www.googleapis.com/auth/devstorage.full_control",
        "https://www.googleapis.com/auth/cloud-platform",
    ],
    self_signed: false,
    variables: false,
};
/// How often a failed upload is repeated: it puts the same bytes in the same place.
const RETRIES: u32 = 2;
const PAUSE: Duration = Duration::from_millis(500);
/// A line that is slower than this, in bytes a second, is not waited for.
const SLOWEST: u64 = 64 * 1024;
const USER_AGENT: &str = concat!("resops/", env!("CARGO_PKG_VERSION"));

/// A bucket, and what the names of all objects in it begin with.
pub(super) struct Bucket {
    name: String,
    prefix: String,
    /// Scheme, host and port.
    base: String,
    universe: String,
    /// Nothing for an emulator, which asks nobody who he is.
    access: Option<Access>,
    network: Network,
}

impl Bucket {
    pub(super) fn new(name: &str, prefix: &str, machine: &SystemHost, network: &Network) -> Self {
        let emulator = machine.get(EMULATOR).map(|host| host.to_string_lossy().into_owned());
        let universe = google::universe(machine, None);
        let (base, access) = match emulator.filter(|host| !host.is_empty()) {
            Some(host) if host.contains("://") => (host, None),
            Some(host) => (format!("http://{host}"), None),
            None => {
                let pace = Pace { limit: REQUEST_TIMEOUT, pause: PAUSE };
                let access = Access::new(machine.clone(), network.clone(), pace, PURPOSE);
                (format!("https://storage.{universe}"), Some(access))
            }
        };
        let (name, prefix) = (name.to_owned(), prefix.to_owned());
        Self { name, prefix, base, universe, access, network: network.clone() }
    }

    fn url(&self, object: &str) -> Result<Url, String> {
        let mut url = Url::parse(&self.base).map_err(|error| format!("{EMULATOR}: {error}"))?;
        {
            let mut path =
                url.path_segments_mut().map_err(|()| format!("{EMULATOR} is no address of a server"))?;
            path.clear().extend(["upload", "storage", "v1", "b", &self.name, "o"]);
        }
        let name = escaped(object);
        url.set_query(Some(&format!(
            "alt=json&name={name}&prettyPrint=false&projection=full&uploadType=multipart"
        )));
        Ok(url)
    }

    fn upload(&self, object: &str, content: &[u8]) -> Result<(), String> {
        let failed = |reason: String| {
            format!("could not upload to gcs://{}/{object}: {}", self.name, reason.trim_end())
        };
        let url = self.url(object).map_err(failed)?;
        let authorization = match &self.access {
            None => None,
            Some(access) => {
                access.account().map_err(|none| failed(format!("dialing: {}", none.reason())))?;
                Some(access.authorize(&self.universe).map_err(failed)?)
            }
        };
        let checksum = base64_simd::STANDARD.encode_to_string(crc32c(content).to_be_bytes());
        let metadata = json!({ "bucket": self.name, "crc32c": checksum, "name": object }).to_string();
        let boundary = boundary();
        let body = multipart(&boundary, &metadata, content);
        let http = self.network.http().map_err(|error| failed(error.to_string()))?;
        let limit = REQUEST_TIMEOUT + Duration::from_secs(content.len() as u64 / SLOWEST);
        let request = || {
            let kind = format!("multipart/related; boundary={boundary}");
            let request =
                http.post(url.clone()).header("content-type", kind).header("user-agent", USER_AGENT);
            let request = request.body(body.clone());
            Ok::<_, std::convert::Infallible>(match &authorization {
                None => request,
                Some(authorization) => {
                    let request = request.bearer_auth(authorization.token.as_str());
                    match &authorization.quota_project {
                        Some(project) => request.header("x-goog-user-project", project),
                        None => request,
                    }
                }
            })
        };
        let patience = Patience { deadline: Instant::now() + limit, retries: RETRIES, pause: PAUSE };
        let passes = |answer: &Answer| matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504);
        let outcome = self.network.block_on(http::repeat(patience, passes, request));
        let Ok(outcome) = outcome.map_err(|error| failed(error.to_string()))?;
        let answer = outcome.map_err(|lost| failed(lost.reason))?;
        let token = authorization.as_ref().map_or("", |authorization| &authorization.token);
        arrived(&answer, &checksum).map_err(|reason| failed(shown(&reason, &[token])))
    }
}

impl Destination for Bucket {
    /// Nothing: an upload costs no more than a look.
    fn current(&self, _name: &str) -> Result<Option<Vec<u8>>, DestinationError> {
        Ok(None)
    }

    fn put(&self, name: &str, content: &[u8]) -> Result<(), DestinationError> {
        self.upload(&format!("{}{name}", self.prefix), content).map_err(DestinationError::Service)
    }
}

/// The object's description and its content, as one body.
fn multipart(boundary: &str, metadata: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{boundary}\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n--{boundary}\r\nContent-Type: {}\r\n\r\n",
        sniff::content_type(content)
    );
    [head.as_bytes(), content, format!("\r\n--{boundary}--\r\n").as_bytes()].concat()
}

/// A line that no file has.
fn boundary() -> String {
    let mut random = [0; 30];
    let _ = getrandom::fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the object is there as it should be. If not, why, as Google's library says it.
fn arrived(answer: &Answer, checksum: &str) -> Result<(), String> {
    let value = answer.json().unwrap_or_default();
    if (200..300).contains(&answer.status) {
        return match value.get("crc32c").and_then(Value::as_str) {
            Some(there) if there != checksum => Err("what arrived is not what was sent".to_owned()),
            _ if value.is_object() => Ok(()),
            _ => Err("the answer is no JSON, or not all of it came".to_owned()),
        };
    }
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    Err(match text("/error/message") {
        Some(message) => {
            let reason = text("/error/errors/0/reason").map(|reason| format!(", {reason}"));
            format!("googleapi: Error {}: {message}{}", answer.status, reason.unwrap_or_default())
        }
        None => {
            let body = String::from_utf8_lossy(&answer.body);
            format!("googleapi: got HTTP response code {} with body: {body}", answer.status)
        }
    })
}
