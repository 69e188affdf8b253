//! The key/value store of HashiCorp Vault and OpenBao, version 1 and 2 (services §3.3).
//!
//! JSON text of an object comes in; a secret of its members is there afterwards. What is there is read first:
//! an equal secret gets no new version.
//!
//! # Compatibility
//!
//! Requests are those of sops 3.13.2: the same paths, the token of `VAULT_TOKEN` alone, no allow list.
//! sops takes no number for equal to another, and looks for a member `data` in version 1, so that it
//! nearly always writes; here equal values are equal.

use reqwest::Method;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{Content, Destination, DestinationError, Standing};
use crate::backends::vault::address;
use crate::backends::vault::answer::refused;
use crate::backends::vault::client::{Client, PAUSE};
use crate::backends::vault::settings::{Settings, TokenFrom};
use crate::backends::{Network, SystemHost};
use crate::policy::KvVersion;

/// Where Vault is if nothing says it.
const ADDRESS: &str = "https://127.0.0.1:8200";
/// What a server says at more length than this, in bytes, is not shown.
const LONG: usize = 16 << 10;

/// A folder of a store.
pub(super) struct Folder<'a> {
    pub(super) address: Option<&'a str>,
    pub(super) mount: &'a str,
    pub(super) path: &'a str,
    pub(super) version: KvVersion,
}

/// A folder of a store, with the way to it.
pub(super) struct VaultKv {
    client: Client,
    address: String,
    folder: String,
    version: KvVersion,
}

impl VaultKv {
    /// Reads the settings of `machine`. Asks nobody yet.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub(super) fn new(
        folder: &Folder<'_>,
        machine: &SystemHost,
        network: &Network,
    ) -> Result<Self, DestinationError> {
        let settings = Settings::read(machine, TokenFrom::Variable).map_err(DestinationError::Service)?;
        let named = folder.address.or(settings.agent.as_deref()).or(settings.address.as_deref());
        let address = named.unwrap_or(ADDRESS).to_owned();
        let data = if folder.version == KvVersion::V2 { "data" } else { "" };
        let folder_path = format!("{}/{data}/{}", folder.mount, folder.path);
        let client = Client::new(settings, network.clone(), PAUSE);
        Ok(Self { client, address, folder: folder_path, version: folder.version })
    }

    fn path(&self, name: &str) -> Result<String, DestinationError> {
        address::path(&[&self.folder, name]).ok_or_else(|| {
            let reason = "the secret's path has a part that leads elsewhere (\".\" or \"..\")";
            DestinationError::Service(reason.to_owned())
        })
    }

    /// The secret that is there; or why it cannot be read, which says nothing of writing.
    fn read(&self, name: &str) -> Result<Result<Option<Value>, String>, DestinationError> {
        let path = self.path(name)?;
        let asked = self.client.ask(Method::GET, &self.address, &path, None);
        let (url, answer) = asked.map_err(DestinationError::Service)?;
        match answer.status {
            404 => return Ok(Ok(None)),
            200..300 => {}
            _ => {
                let token = self.client.settings().token.as_str();
                return Ok(Err(refused("GET", &url, &answer, &[token])));
            }
        }
        let Some(mut answer) = answer.json() else {
            return Ok(Err("the answer is no JSON, or not all of it came".to_owned()));
        };
        let place = if self.version == KvVersion::V2 { "/data/data" } else { "/data" };
        Ok(Ok(answer.pointer_mut(place).map(Value::take).filter(Value::is_object)))
    }
}

impl Destination for VaultKv {
    fn compare(&self, name: &str, content: &Content) -> Result<Standing, DestinationError> {
        Ok(match self.read(name)? {
            Ok(Some(there)) => content.beside_json(&there),
            Ok(None) => content.beside_nothing(),
            Err(reason) => Standing::Unknown(reason),
        })
    }

    fn put(&self, name: &str, content: &Content) -> Result<(), DestinationError> {
        let (secrets, content) = (content.secrets(), content.bytes());
        let path = self.path(name)?;
        let (before, after) = if self.version == KvVersion::V2 {
            (&b"{\"data\":"[..], &b"}"[..])
        } else {
            (&b""[..], &b""[..])
        };
        let mut body = Zeroizing::new(Vec::with_capacity(content.len() + before.len() + after.len()));
        [before, content.trim_ascii_end(), after].iter().for_each(|part| body.extend_from_slice(part));
        let asked = self.client.ask(Method::PUT, &self.address, &path, Some(&body));
        let (url, mut answer) = asked.map_err(DestinationError::Service)?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        // A server may repeat what it does not like.
        if answer.body.len() > LONG {
            answer.body = Zeroizing::new(b"a long answer".to_vec());
        }
        let mut secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
        secrets.push(&self.client.settings().token);
        Err(DestinationError::Service(refused("PUT", &url, &answer, &secrets)))
    }
}
