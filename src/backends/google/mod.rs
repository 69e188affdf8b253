//! Who asks Google's services: credentials, and the tokens they give (keys §6).
//!
//! ```text
//! machine ──source.rs, credentials.rs─▶ account        once for a run
//! account ──exchange.rs, jwt.rs, subject.rs, metadata.rs─▶ token, kept until shortly before its end
//! ```
//!
//! Shared by the key management and by the services that `publish` writes to; `request.rs` sends what
//! is JSON over HTTP.

mod crc32c;
mod credentials;
mod exchange;
mod jwt;
mod metadata;
#[cfg_attr(not(feature = "publish"), allow(dead_code))]
mod request;
mod source;
mod subject;

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::SystemHost;
use super::network::{Client, Network};
use credentials::Account;
use exchange::Asking;

pub(crate) use crc32c::crc32c;
pub(crate) use credentials::GOOGLE;
#[cfg(feature = "publish")]
pub(crate) use request::Request;
pub(crate) use request::refused;
pub(crate) use source::NoAccount;

/// How long before its end a token is replaced, in seconds, as in Google's library.
const EARLY: i64 = 3 * 60 + 45;

/// How long and how often services are asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// For one request, its repetitions counted in.
    pub(crate) limit: Duration,
    /// Before the first repetition.
    pub(crate) pause: Duration,
}

/// What tokens are wanted for.
pub(crate) struct Purpose {
    pub(crate) scopes: &'static [&'static str],
    /// Service accounts sign the tokens themselves.
    pub(crate) self_signed: bool,
    /// `GOOGLE_CREDENTIALS` and `GOOGLE_OAUTH_ACCESS_TOKEN` count.
    pub(crate) variables: bool,
}

/// One user's way to one of Google's services.
pub(crate) struct Access {
    machine: SystemHost,
    network: Network,
    pace: Pace,
    purpose: Purpose,
    direct: OnceLock<Result<Client, String>>,
    account: OnceLock<Result<Account, NoAccount>>,
    token: Mutex<Option<Token>>,
}

/// A token and its end, in seconds since 1970, if it has one.
struct Token {
    value: Zeroizing<String>,
    until: Option<i64>,
}

/// What goes with each request.
pub(crate) struct Authorization {
    pub(crate) token: Zeroizing<String>,
    /// The project that pays.
    pub(crate) quota_project: Option<String>,
}

impl Authorization {
    /// The request with it.
    pub(crate) fn on(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let request = request.bearer_auth(self.token.as_str());
        match &self.quota_project {
            Some(project) => request.header("x-goog-user-project", project),
            None => request,
        }
    }
}

#[cfg_attr(not(feature = "gcp"), allow(dead_code))]
impl Access {
    pub(crate) fn new(machine: SystemHost, network: Network, pace: Pace, purpose: Purpose) -> Self {
        let (direct, account) = (OnceLock::new(), OnceLock::new());
        Self { machine, network, pace, purpose, direct, account, token: Mutex::default() }
    }

    /// The network that the services are on.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// The pace of requests.
    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    /// Looks for credentials, once for all that ask.
    ///
    /// # Errors
    ///
    /// If there are none, or none that can be used.
    pub(crate) fn account(&self) -> Result<(), NoAccount> {
        self.found().map(|_| ()).map_err(Clone::clone)
    }

    /// A token that is good for `universe`, the domain of the cloud that is asked.
    ///
    /// # Errors
    ///
    /// Why there is none, in the words of Google's library; no secret.
    pub(crate) fn authorize(&self, universe: &str) -> Result<Authorization, String> {
        let account = self.found().map_err(|none| none.reason().to_owned())?;
        if let Some(own) = account.universe.as_deref().filter(|own| *own != universe) {
            return Err(format!(
                "the configured universe domain ({universe:?}) does not match the universe domain found in the credentials ({own:?}). If you haven't configured the universe domain explicitly, \"googleapis.com\" is the default"
            ));
        }
        // Held while a service is asked: others that need the same wait for it.
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let good = |token: &Token| token.until.is_none_or(|until| until - now() > EARLY);
        let token = match kept.take().filter(good) {
            Some(token) => token,
            None => {
                let asking = Asking {
                    network: &self.network,
                    pace: self.pace,
                    direct: &|| self.direct(),
                    metadata_host: &metadata::host(&self.machine),
                    self_signed: self.purpose.self_signed,
                    universe: account.universe.as_deref().unwrap_or(GOOGLE),
                };
                asking.token(&account.kind, self.purpose.scopes)?
            }
        };
        let value = token.value.clone();
        *kept = Some(token);
        Ok(Authorization { token: value, quota_project: account.quota_project.clone() })
    }

    fn found(&self) -> Result<&Account, &NoAccount> {
        let look = || {
            source::find(&self.machine, self.purpose.variables, || {
                self.direct().is_ok_and(|direct| metadata::is_there(&self.machine, &self.network, direct))
            })
        };
        self.account.get_or_init(look).as_ref()
    }

    /// A client without proxy and without TLS, for what is beside this machine.
    fn direct(&self) -> Result<&Client, String> {
        let direct = self.direct.get_or_init(|| {
            // The first use of the network installs what a client is made with.
            self.network.http().map_err(|error| error.to_string())?;
            let plan = self.network.plan();
            let client = Client::new(move || plan.direct().http1_only().tls_certs_only([]).build());
            client.map_err(|error| format!("cannot start the HTTP client: {error}"))
        });
        direct.as_ref().map_err(Clone::clone)
    }
}

/// The domain of the cloud that is asked: what a service's own setting says, or the general one.
pub(crate) fn universe(machine: &SystemHost, own: Option<&str>) -> String {
    let named = |name: &str| machine.get(name).filter(|value| !value.is_empty());
    let named = own.and_then(named).or_else(|| named("GOOGLE_CLOUD_UNIVERSE_DOMAIN"));
    named.map_or_else(|| GOOGLE.to_owned(), |value| value.to_string_lossy().into_owned())
}

/// Seconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Escapes a text for a query or a form, as Go does.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                out.push(HEX[usize::from(byte >> 4)].into());
                out.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
}
