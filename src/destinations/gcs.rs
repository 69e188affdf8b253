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

use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::{Content, Destination, DestinationError, Standing};
use crate::backends::google::{
    self, Access, Authorization, Pace, Purpose, Request, crc32c, escaped, refused,
};
use crate::backends::http::{self, Answer, shown};
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
const PACE: Pace = Pace { limit: REQUEST_TIMEOUT, pause: Duration::from_millis(500) };

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
                let access = Access::new(machine.clone(), network.clone(), PACE, PURPOSE);
                (format!("https://storage.{universe}"), Some(access))
            }
        };
        let (name, prefix) = (name.to_owned(), prefix.to_owned());
        Self { name, prefix, base, universe, access, network: network.clone() }
    }

    fn base_url(&self) -> Result<Url, String> {
        Url::parse(&self.base).map_err(|error| format!("{EMULATOR}: {error}"))
    }

    fn url(&self, object: &str) -> Result<Url, String> {
        let mut url = self.base_url()?;
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

    /// Who asks; an emulator is asked by nobody.
    fn authorization(&self) -> Result<Option<Authorization>, String> {
        let Some(access) = &self.access else { return Ok(None) };
        access.account().map_err(|none| format!("dialing: {}", none.reason()))?;
        access.authorize(&self.universe).map(Some)
    }

    /// The size and checksum of the object that is there; its content stays where it is.
    fn look(&self, object: &str) -> Result<Result<Option<(u64, String)>, String>, String> {
        // In a path a blank is no plus.
        let [bucket, object] = [&self.name, object].map(http::escaped);
        let mut url = self.base_url()?;
        url.set_path(&format!("/storage/v1/b/{bucket}/o/{object}"));
        url.set_query(Some("alt=json&fields=size,crc32c&prettyPrint=false"));
        let authorization = self.authorization()?;
        let request = Request { method: Method::GET, url: url.as_str(), body: None };
        let answer = request.send(&self.network, authorization.as_ref(), PACE)?;
        let value = answer.json().unwrap_or_default();
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        Ok(match (answer.status, text("size").and_then(|size| size.parse().ok()), text("crc32c")) {
            (200, Some(size), Some(checksum)) => Ok(Some((size, checksum.to_owned()))),
            (200, ..) => Err("the answer is no JSON, or not all of it came".to_owned()),
            // A bucket that is not there is another matter.
            (404, ..) if !refused(&answer).contains("bucket") => Ok(None),
            _ => {
                let token = authorization.as_ref().map_or("", |authorization| &authorization.token);
                Err(shown(&refused(&answer), &[token]))
            }
        })
    }

    fn upload(&self, object: &str, content: &[u8]) -> Result<(), String> {
        let failed = |reason: String| {
            format!("could not upload to gcs://{}/{object}: {}", self.name, reason.trim_end())
        };
        let url = self.url(object).map_err(failed)?;
        let authorization = self.authorization().map_err(failed)?;
        let checksum = checksum(content);
        let metadata = json!({ "bucket": self.name, "crc32c": checksum, "name": object }).to_string();
        // A line that no file has.
        let boundary = super::random::<30>();
        let body = multipart(&boundary, &metadata, content);
        let kind = format!("multipart/related; boundary={boundary}");
        let request = Request { method: Method::POST, url: url.as_str(), body: Some((&kind, &body)) };
        let answer = request.send(&self.network, authorization.as_ref(), PACE).map_err(failed)?;
        let token = authorization.as_ref().map_or("", |authorization| &authorization.token);
        arrived(&answer, &checksum).map_err(|reason| failed(shown(&reason, &[token])))
    }
}

impl Destination for Bucket {
    fn compare(&self, name: &str, content: &Content) -> Result<Standing, DestinationError> {
        let object = format!("{}{name}", self.prefix);
        let found = self.look(&object).map_err(|reason| {
            DestinationError::Service(format!("could not look at gcs://{}/{object}: {reason}", self.name))
        })?;
        let here = (content.bytes().len() as u64, checksum(content.bytes()));
        Ok(match found {
            Ok(None) => content.beside_nothing(),
            Ok(Some(there)) if there == here => Standing::Same,
            Ok(Some(_)) => Standing::Differs(Vec::new()),
            Err(reason) => Standing::Unknown(reason),
        })
    }

    /// An upload costs no more than a look, and a checksum proves little.
    fn looks_first(&self) -> bool {
        false
    }

    fn put(&self, name: &str, content: &Content) -> Result<(), DestinationError> {
        let object = format!("{}{name}", self.prefix);
        self.upload(&object, content.bytes()).map_err(DestinationError::Service)
    }
}

/// What the service calls `crc32c`.
fn checksum(content: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(crc32c(content).to_be_bytes())
}

/// The object's description and its content, as one body.
fn multipart(boundary: &str, metadata: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{boundary}\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n--{boundary}\r\nContent-Type: {}\r\n\r\n",
        sniff::content_type(content)
    );
    [head.as_bytes(), content, format!("\r\n--{boundary}--\r\n").as_bytes()].concat()
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
    Err(refused(answer))
}
