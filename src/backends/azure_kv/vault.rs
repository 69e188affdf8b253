//! Requests to a vault: where they go, and the challenge before the first of them (keys §7).

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::{Method, Url};
use zeroize::Zeroizing;

use super::answer::refused;
use super::challenge::Wanted;
use super::client::{Call, Client, USER_AGENT, passes};
use super::token::{Chain, Token};
use crate::backends::SystemHost;
use crate::backends::http::Answer;

/// The version of the service that sops talks to.
const VERSION: &str = "api-version=2025-07-01";

/// All vaults that are talked to in a run.
pub(super) struct Vaults {
    machine: SystemHost,
    client: Client,
    chain: OnceLock<Result<Chain, String>>,
    /// What each of them wants.
    known: Mutex<Vec<(String, Wanted)>>,
}

/// Why a vault does not do what it is asked.
pub(super) enum Refusal {
    /// Nobody on this machine is set up to ask.
    Nobody(String),
    /// The way to a credential cannot even be begun.
    Setup(String),
    /// The vault says no.
    #[cfg_attr(not(feature = "publish"), allow(dead_code))]
    Said {
        status: u16,
        told: String,
    },
    Other(String),
}

impl Vaults {
    pub(super) fn new(machine: SystemHost, client: Client) -> Self {
        Self { machine, client, chain: OnceLock::new(), known: Mutex::default() }
    }

    /// Has a vault do something and gives its answer, which is a success.
    ///
    /// The first request to a vault goes without a body and without a token; its challenge says what
    /// a token has to be for.
    ///
    /// # Errors
    ///
    /// In the words of Azure's SDK, without what is in `secrets`.
    pub(super) fn ask(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Zeroizing<Vec<u8>>>,
        secrets: &[&str],
    ) -> Result<Answer, Refusal> {
        let chain = self.chain.get_or_init(|| Chain::read(&self.machine));
        let chain = chain.as_ref().map_err(|reason| Refusal::Setup(reason.clone()))?;
        let vault = url.origin().ascii_serialization();
        let mut wanted = self.known(&vault);
        let mut token = None;
        for last in [false, true] {
            if let Some(wanted) = &wanted {
                token =
                    Some(chain.token(wanted, &self.client).map_err(|nobody| match nobody.unavailable {
                        true => Refusal::Nobody(nobody.reason),
                        false => Refusal::Other(nobody.reason),
                    })?);
            }
            let answer = self.send(method, url, body, token.as_ref()).map_err(Refusal::Other)?;
            let challenge = answer.header("www-authenticate").filter(|_| answer.status == 401 && !last);
            let Some(challenge) = challenge else {
                if (200..300).contains(&answer.status) {
                    return Ok(answer);
                }
                let mut secrets = secrets.to_vec();
                secrets.extend(token.as_ref().map(|token| token.text.as_str()));
                let told = refused(&request(method, url), &answer, &secrets);
                return Err(Refusal::Said { status: answer.status, told });
            };
            if let (Some(wanted), Some(token)) = (&wanted, &token) {
                chain.refuse(wanted, token);
            }
            let now = Wanted::parse(challenge, url).map_err(Refusal::Other)?;
            self.learn(vault.clone(), now.clone());
            wanted = Some(now);
        }
        // The second round always returns.
        Err(Refusal::Other(format!("{}: the vault keeps asking for a token", request(method, url))))
    }

    fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Zeroizing<Vec<u8>>>,
        token: Option<&Arc<Token>>,
    ) -> Result<Answer, String> {
        let bearer = token.map(|token| Zeroizing::new(format!("Bearer {}", token.text.as_str())));
        let body = body.filter(|_| token.is_some());
        let mut headers = vec![USER_AGENT, ("accept", "application/json")];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        if let Some(bearer) = &bearer {
            headers.push(("authorization", bearer));
        }
        let call = Call { method: method.clone(), url: url.as_str(), headers: &headers, body, passes };
        self.client.ask(&call).map_err(|reason| {
            let name = match *method {
                Method::GET => "Get",
                Method::PUT => "Put",
                _ => "Post",
            };
            format!("{name} \"{}\": {reason}", without_query(url))
        })
    }

    fn known(&self, vault: &str) -> Option<Wanted> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(other, _)| other == vault).map(|(_, wanted)| wanted.clone())
    }

    fn learn(&self, vault: String, wanted: Wanted) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, _)| *other != vault);
        known.push((vault, wanted));
    }
}

/// The URL of a key, or of something that is done with it. Without an operation an empty version
/// stays as a slash, as sops asks for the latest one.
///
/// # Errors
///
/// If the vault is no HTTPS server, or the key's name or version leads elsewhere: a file could else
/// have your token used for anything that your vault can do.
pub(super) fn url(vault: &str, name: &str, version: &str, operation: Option<&str>) -> Result<Url, String> {
    let mut url = server(vault).map_err(|reason| reason.of("key's "))?;
    if [name, version].iter().any(|part| matches!(*part, "." | ".."))
        || name.is_empty()
        || [name, version].iter().any(|part| part.chars().any(|c| c.is_control() || c.is_whitespace()))
    {
        return Err("the key's name or version is none".to_owned());
    }
    {
        let mut path =
            url.path_segments_mut().map_err(|()| "the key's vault URL has no server".to_owned())?;
        path.pop_if_empty().push("keys").push(name);
        match operation {
            Some(operation) if version.is_empty() => path.push(operation),
            Some(operation) => path.push(version).push(operation),
            None => path.push(version),
        };
    }
    url.set_query(Some(VERSION));
    url.set_fragment(None);
    Ok(url)
}

/// The URL of a secret, of its latest version.
///
/// # Errors
///
/// As [`url`]. What its name looks like is for the caller to see to.
#[cfg(feature = "publish")]
pub(super) fn secret_url(vault: &str, name: &str) -> Result<Url, String> {
    let mut url = server(vault).map_err(|reason| reason.of(""))?;
    url.path_segments_mut()
        .map_err(|()| "the vault URL has no server".to_owned())?
        .pop_if_empty()
        .push("secrets")
        .push(name);
    url.set_query(Some(VERSION));
    url.set_fragment(None);
    Ok(url)
}

/// Why an address is none of a vault.
enum NoServer {
    Parse(String),
    Clear,
    More,
}

impl NoServer {
    /// The reason in words; `whose` is what the vault belongs to.
    fn of(self, whose: &str) -> String {
        match self {
            Self::Parse(error) => format!("the {whose}vault URL is none: {error}"),
            Self::Clear => {
                "authorized requests are not permitted for non-TLS protected (https) endpoints".to_owned()
            }
            Self::More => format!("the {whose}vault URL has more than a server and a path"),
        }
    }
}

/// A vault's address, which may be trusted with a token: an HTTPS server, and nothing else.
fn server(vault: &str) -> Result<Url, NoServer> {
    let url = Url::parse(vault).map_err(|error| NoServer::Parse(error.to_string()))?;
    if url.scheme() != "https" {
        return Err(NoServer::Clear);
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(NoServer::More);
    }
    Ok(url)
}

/// As the SDK names a request that was refused.
fn request(method: &Method, url: &Url) -> String {
    format!("{method} {}", without_query(url))
}

fn without_query(url: &Url) -> &str {
    url.as_str().split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let check = |vault, version, operation, expected: &str| {
            let found = url(vault, "k", version, operation).unwrap();
            assert_eq!(found.as_str(), format!("{expected}?{VERSION}"));
        };
        check("https://v.x", "1", Some("encrypt"), "https://v.x/keys/k/1/encrypt");
        check("https://v.x/", "1", Some("encrypt"), "https://v.x/keys/k/1/encrypt");
        check("https://v.x:8443", "", Some("decrypt"), "https://v.x:8443/keys/k/decrypt");
        check("https://v.x", "", None, "https://v.x/keys/k/");
        assert_eq!(url("https://v.x", "a/b", "?", None).unwrap().path(), "/keys/a%2Fb/%3F");
    }

    #[test]
    fn no_urls() {
        for (vault, name, version) in [
            ("http://v.x", "k", "1"),
            ("v.x", "k", "1"),
            ("https://u:p@v.x", "k", "1"),
            ("https://v.x?q", "k", "1"),
            ("https://v.x", "..", "1"),
            ("https://v.x", "k", ".."),
            ("https://v.x", "", "1"),
            ("https://v.x", "k\n", "1"),
        ] {
            let error = url(vault, name, version, None).unwrap_err();
            assert!(!error.contains(":p@"), "{error}");
        }
    }
}
