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

use super::{Destination, DestinationError};
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

    /// The secret that is there.
    fn read(&self, name: &str) -> Result<Option<Value>, DestinationError> {
        let path = self.path(name)?;
        let asked = self.client.ask(Method::GET, &self.address, &path, None);
        let (url, answer) = asked.map_err(DestinationError::Service)?;
        match answer.status {
            404 => return Ok(None),
            200..300 => {}
            _ => {
                let token = self.client.settings().token.as_str();
                return Err(DestinationError::Service(refused("GET", &url, &answer, &[token])));
            }
        }
        let mut answer = answer.json().ok_or_else(|| {
            DestinationError::Service("the answer is no JSON, or not all of it came".to_owned())
        })?;
        let place = if self.version == KvVersion::V2 { "/data/data" } else { "/data" };
        Ok(answer.pointer_mut(place).map(Value::take).filter(Value::is_object))
    }
}

impl Destination for VaultKv {
    fn current(&self, name: &str) -> Result<Option<Vec<u8>>, DestinationError> {
        Ok(self.read(name)?.map(|secret| secret.to_string().into_bytes()))
    }

    fn has(&self, name: &str, content: &[u8]) -> Result<bool, DestinationError> {
        let Some(there) = self.read(name)? else { return Ok(false) };
        Ok(serde_json::from_slice(content).is_ok_and(|content| same(&there, &content)))
    }

    fn put(&self, name: &str, content: &[u8]) -> Result<(), DestinationError> {
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
        let sent: Value = serde_json::from_slice(content).unwrap_or_default();
        let mut secrets = texts(&sent);
        secrets.push(&self.client.settings().token);
        Err(DestinationError::Service(refused("PUT", &url, &answer, &secrets)))
    }
}

/// Whether two values are the same beyond doubt: a float, or a number that takes more than 64 bits,
/// is read with a loss, and the same as none.
fn same(one: &Value, other: &Value) -> bool {
    let mut open = vec![(one, other)];
    while let Some(pair) = open.pop() {
        match pair {
            (Value::Object(one), Value::Object(other)) => {
                if one.len() != other.len() {
                    return false;
                }
                for (key, value) in one {
                    let Some(other) = other.get(key) else { return false };
                    open.push((value, other));
                }
            }
            (Value::Array(one), Value::Array(other)) => {
                if one.len() != other.len() {
                    return false;
                }
                open.extend(one.iter().zip(other));
            }
            (Value::Number(one), Value::Number(other)) => {
                if one.is_f64() || one != other {
                    return false;
                }
            }
            (one, other) => {
                if one != other {
                    return false;
                }
            }
        }
    }
    true
}

/// All texts in a value, those that hold others first.
fn texts(value: &Value) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => texts.push(text.as_str()),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    texts.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_the_same() {
        let check = |one: &str, other: &str, expected| {
            let read = |text| serde_json::from_str(text).unwrap();
            assert_eq!(same(&read(one), &read(other)), expected, "{one} {other}");
        };
        check(r#"{"a":1,"b":[true,null,"x"]}"#, r#"{"b":[true,null,"x"],"a":1}"#, true);
        check(r#"{"a":18446744073709551615}"#, r#"{"a":18446744073709551615}"#, true);
        check(r#"{"a":1}"#, r#"{"a":"1"}"#, false);
        check(r#"{"a":1}"#, r#"{"a":1.0}"#, false);
        check(r#"{"a":1.5}"#, r#"{"a":1.5}"#, false);
        check(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false);
        check(r#"{"a":[1]}"#, r#"{"a":[1,2]}"#, false);
        check(r#"{"a":null}"#, r#"{"b":null}"#, false);
    }
}
