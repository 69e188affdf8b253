//! Managed identity: a service near the machine gives tokens for who the machine is.
//!
//! | where | what tells it | |
//! |---|---|---|
//! | Service Fabric | `IDENTITY_ENDPOINT`, `IDENTITY_HEADER`, `IDENTITY_SERVER_THUMBPRINT` | not supported |
//! | App Service, Container Apps | `IDENTITY_ENDPOINT`, `IDENTITY_HEADER` | |
//! | Azure ML | `MSI_ENDPOINT`, `MSI_SECRET` | |
//! | Cloud Shell | `MSI_ENDPOINT` | |
//! | Azure Arc | `IDENTITY_ENDPOINT`, `IMDS_ENDPOINT`, or its agent is there | proves that it may read a file |
//! | virtual machines, AKS | nothing: 169.254.169.254 is asked whether it is there | |
//!
//! Service Fabric shows a certificate that only its thumbprint vouches for; the SDK of sops refuses it too.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Method;
use zeroize::Zeroizing;

use super::answer::not_authenticated;
use super::challenge::Wanted;
use super::client::{Call, Client, USER_AGENT, passes};
use super::principal::CLIENT;
use super::token::{NoToken, Token, said, secret, take, text};
use crate::backends::SystemHost;
use crate::backends::age::io_error;
use crate::backends::http::{Answer, NoAnswerKind, escaped};
use crate::keys::quote::quote;

const NAME: &str = "ManagedIdentityCredential";
const IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const ARC: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
/// What Arc's agent is, and where it puts what only it and its friends may read.
const ARC_AGENT: &str = "/opt/azcmagent/bin/himds";
const ARC_TOKENS: &str = "/var/opt/azcmagent/tokens";
const ARC_TOKEN_LARGEST: u64 = 4096;
/// How long the machine may take to say that it has a metadata service.
const PROBE: Duration = Duration::from_secs(1);
/// How often that is asked again.
const RETRIES: u32 = 3;

/// The identity of the machine.
pub(super) struct Managed {
    place: Place,
    /// One of several identities.
    client: Option<String>,
}

enum Place {
    AppService {
        endpoint: String,
        header: Zeroizing<String>,
    },
    MachineLearning {
        endpoint: String,
        secret: Zeroizing<String>,
        client: Option<String>,
    },
    CloudShell {
        endpoint: String,
    },
    Arc {
        endpoint: String,
    },
    /// If nobody else can be asked, it is asked without finding out first whether it is there.
    Imds {
        alone: bool,
        there: OnceLock<Result<(), String>>,
    },
}

impl Managed {
    /// The place that variables name; else the one that all virtual machines have.
    ///
    /// # Errors
    ///
    /// What such a place cannot do.
    pub(super) fn find(machine: &SystemHost, alone: bool) -> Result<Self, String> {
        let client = text(machine, CLIENT);
        let endpoint = text(machine, "IDENTITY_ENDPOINT");
        let header = secret(machine, "IDENTITY_HEADER");
        let no_choice = |place: &str| match client {
            Some(_) => Err(format!("{place} doesn't support user-assigned managed identities")),
            None => Ok(()),
        };
        let place = match (endpoint, header, text(machine, "MSI_ENDPOINT")) {
            (Some(_), Some(_), _) if text(machine, "IDENTITY_SERVER_THUMBPRINT").is_some() => {
                return Err("Service Fabric is not supported".to_owned());
            }
            (Some(endpoint), Some(header), _) => Place::AppService { endpoint, header },
            (_, _, Some(endpoint)) => match secret(machine, "MSI_SECRET") {
                Some(secret) => {
                    let client = text(machine, "DEFAULT_IDENTITY_CLIENT_ID");
                    Place::MachineLearning { endpoint, secret, client }
                }
                None => {
                    no_choice("Cloud Shell")?;
                    Place::CloudShell { endpoint }
                }
            },
            (endpoint, ..) => {
                let named = endpoint.is_some() && text(machine, "IMDS_ENDPOINT").is_some();
                if named || Path::new(ARC_AGENT).exists() {
                    no_choice("Azure Arc")?;
                    Place::Arc { endpoint: endpoint.unwrap_or_else(|| ARC.to_owned()) }
                } else {
                    Place::Imds { alone, there: OnceLock::new() }
                }
            }
        };
        Ok(Self { place, client })
    }

    /// A token for the machine. Whose tenant's it is, the machine knows.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn token(&self, wanted: &Wanted, client: &Client) -> Result<Token, NoToken> {
        let resource = escaped(&wanted.resource);
        let identity = |name: &str, id: Option<&String>| {
            id.map(|id| format!("&{name}={}", escaped(id))).unwrap_or_default()
        };
        let own = identity("client_id", self.client.as_ref());
        match &self.place {
            Place::AppService { endpoint, header } => {
                let url = with_query(endpoint, &format!("api-version=2019-08-01&resource={resource}{own}"));
                self.ask(&url, &[("x-identity-header", header)], header, client)
            }
            Place::MachineLearning { endpoint, secret, client: default } => {
                let id = identity("clientid", self.client.as_ref().or(default.as_ref()));
                let url = with_query(endpoint, &format!("api-version=2017-09-01&resource={resource}{id}"));
                self.ask(&url, &[("secret", secret)], secret, client)
            }
            Place::CloudShell { endpoint } => {
                let body = Zeroizing::new(format!("resource={resource}").into_bytes());
                let form = ("content-type", "application/x-www-form-urlencoded");
                let headers = [USER_AGENT, ("metadata", "true"), form];
                let call = Call {
                    method: Method::POST,
                    url: endpoint,
                    headers: &headers,
                    body: Some(&body),
                    passes,
                };
                self.read("POST", endpoint, client.ask(&call), "")
            }
            Place::Arc { endpoint } => {
                let url = with_query(endpoint, &format!("api-version=2020-06-01&resource={resource}"));
                let key = Self::arc_key(&url, client).map_err(|reason| failed(&reason))?;
                let basic = Zeroizing::new(format!("Basic {}", key.as_str()));
                self.ask(&url, &[("metadata", "true"), ("authorization", &basic)], &key, client)
            }
            Place::Imds { alone, there } => {
                if !alone {
                    let there = there.get_or_init(|| probe(client));
                    there.clone().map_err(|reason| unavailable(&reason))?;
                }
                let url = format!("{IMDS}?api-version=2018-02-01&resource={resource}{own}");
                self.ask(&url, &[("metadata", "true")], "", client)
            }
        }
    }

    /// Arc's agent writes a secret to a file and names it: who can read that is let in.
    fn arc_key(url: &str, client: &Client) -> Result<Zeroizing<String>, String> {
        let headers = [USER_AGENT, ("metadata", "true")];
        let call = Call { method: Method::GET, url, headers: &headers, body: None, passes };
        let answer = client.ask(&call).map_err(|reason| format!("Get \"{url}\": {reason}"))?;
        if answer.status != 401 {
            return Err(format!("expected a 401 response, received {}", answer.status));
        }
        let header = answer.header("www-authenticate").ok_or("response has no www-authenticate header")?;
        let (_, path) =
            header.split_once("Basic realm=").ok_or("the www-authenticate header names no file")?;
        let path = PathBuf::from(path.trim_matches('"'));
        // Else whoever answers at that address could have any file sent.
        let expected = path.parent() == Some(Path::new(ARC_TOKENS))
            && path.extension().is_some_and(|extension| extension == "key");
        if !expected {
            return Err(format!("the agent names a file that is none of {ARC_TOKENS}/*.key"));
        }
        let size = std::fs::metadata(&path).map_err(|error| io_error("stat", &path, &error))?.len();
        if size > ARC_TOKEN_LARGEST {
            return Err(format!("{} has more than {ARC_TOKEN_LARGEST} bytes", path.display()));
        }
        let key = std::fs::read_to_string(&path).map_err(|error| io_error("open", &path, &error))?;
        Ok(Zeroizing::new(key))
    }

    fn ask(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        secret: &str,
        client: &Client,
    ) -> Result<Token, NoToken> {
        let all: Vec<_> =
            [USER_AGENT, ("accept", "application/json")].iter().chain(headers).copied().collect();
        let passes = match self.place {
            Place::Imds { .. } => |status| matches!(status, 404 | 410 | 429) || status >= 500,
            _ => passes,
        };
        let call = Call { method: Method::GET, url, headers: &all, body: None, passes };
        let answer = client.ask_within(&call, client.limit, RETRIES).map_err(|error| error.reason);
        self.read("GET", url, answer, secret)
    }

    fn read(
        &self,
        method: &str,
        url: &str,
        answer: Result<Answer, String>,
        secret: &str,
    ) -> Result<Token, NoToken> {
        let url = url.split('?').next().unwrap_or_default();
        let answer = answer.map_err(|reason| failed(&format!("{method} \"{url}\": {reason}")))?;
        let imds = matches!(self.place, Place::Imds { .. });
        let body = String::from_utf8_lossy(&answer.body);
        match answer.status {
            200 | 202 => take(&answer.body, "access_token", &["expires_on", "expires_in"])
                // Somebody else's server is at that address.
                .map_err(|reason| if imds { unavailable(&reason) } else { failed(&reason) }),
            400 if imds && self.client.is_none() => Err(unavailable(&format!(
                "failed to authenticate a system assigned identity. The endpoint responded with {}",
                said(&body)
            ))),
            400 if imds => Err(failed("the requested identity isn't assigned to this resource")),
            403 if imds && body.contains("unreachable") => {
                Err(unavailable(&format!("unexpected response {}", quote(&said(&body)))))
            }
            _ => {
                let request = format!("{method} {url}");
                let text = not_authenticated(NAME, &request, &answer, &[secret], "managed-id");
                Err(NoToken::Failed(text))
            }
        }
    }
}

/// Asks whether there is a metadata service: without the header that it wants, so it refuses.
fn probe(client: &Client) -> Result<(), String> {
    let call = Call { method: Method::GET, url: IMDS, headers: &[USER_AGENT], body: None, passes: |_| false };
    match client.ask_within(&call, PROBE.min(client.limit), 0) {
        Ok(_) => Ok(()),
        Err(error) if error.kind == NoAnswerKind::TimedOut => Err(
            "managed identity timed out. See https://aka.ms/azsdk/go/identity/troubleshoot#dac for more information"
                .to_owned(),
        ),
        Err(error) => Err(format!("Get \"{IMDS}\": {}", error.reason)),
    }
}

fn with_query(url: &str, query: &str) -> String {
    format!("{url}{}{query}", if url.contains('?') { '&' } else { '?' })
}

fn unavailable(reason: &str) -> NoToken {
    NoToken::Unavailable(format!("{NAME}: {reason}"))
}

fn failed(reason: &str) -> NoToken {
    NoToken::Failed(format!(
        "{NAME}: {reason}. To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#managed-id"
    ))
}
