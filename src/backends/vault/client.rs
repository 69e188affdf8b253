//! One request to Vault, with retries and the one redirect that a standby gives, as Vault's own client
//! does it.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{HOST, HeaderValue, LOCATION};
use reqwest::{Method, Url};
use zeroize::Zeroizing;

use super::address::Address;
use super::settings::Settings;
use crate::backends::http::{self, Answer, NoAnswer, NoAnswerKind, Patience};
use crate::backends::network::{self, Network};
use crate::os;

/// How long a failed request waits for its first repetition at least; then twice that, and so on.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);
const ACTION: &str = "cannot create Vault client";

/// Sends requests; one for a run.
pub(crate) struct Client {
    settings: Settings,
    network: Network,
    pause: Duration,
    /// Clients that differ from everybody's, by the host that they are for. Without
    /// `VAULT_TLS_SERVER_NAME` one serves all hosts.
    own: Mutex<Vec<(String, network::Client)>>,
}

/// How a request gets to its server.
struct Connection {
    client: network::Client,
    /// For that client.
    url: Url,
    /// What is sent as `Host` if that is not the URL's.
    host: Option<HeaderValue>,
}

/// A request, complete but for its connection.
struct Call<'a> {
    method: Method,
    url: Url,
    shown: String,
    body: Option<&'a Zeroizing<Vec<u8>>>,
}

impl Call<'_> {
    /// As Go names a request that came to nothing.
    fn name(&self) -> String {
        let method = if self.method == Method::GET { "Get" } else { "Put" };
        format!("{method} \"{}\"", self.shown)
    }
}

impl Client {
    pub(crate) fn new(settings: Settings, network: Network, pause: Duration) -> Self {
        Self { settings, network, pause, own: Mutex::default() }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Reads a path below `/v1/`, or writes JSON to it, and gives the answer, whatever its status.
    ///
    /// # Errors
    ///
    /// Why there is none. The text names the URL, without the user.
    pub(crate) fn ask(
        &self,
        method: Method,
        address: &str,
        path: &str,
        body: Option<&Zeroizing<Vec<u8>>>,
    ) -> Result<(String, Answer), String> {
        // A socket has no host: Vault's client names this one.
        let socket = address.strip_prefix("unix://");
        let address = Address::parse(if socket.is_some() { "http://localhost" } else { address })?;
        if self.settings.srv_lookup && socket.is_none() && !address.has_port() {
            return Err(format!(
                "{ACTION}: VAULT_SRV_LOOKUP is not supported here; name host and port with VAULT_AGENT_ADDR"
            ));
        }
        let shown = address.shown(path);
        let url =
            Url::parse(&address.url(path)).map_err(|error| format!("{ACTION}: parse {shown}: {error}"))?;
        let call = Call { method, url, shown, body };
        let deadline = Instant::now() + self.settings.limit;
        self.network.block_on(self.follow(call, socket, deadline)).map_err(|error| error.to_string())?
    }

    /// The answer, with the URL it came from; a redirect is followed once.
    async fn follow(
        &self,
        call: Call<'_>,
        socket: Option<&str>,
        deadline: Instant,
    ) -> Result<(String, Answer), String> {
        let answer = self.repeat(&call, socket, deadline).await?;
        let location = answer.headers.get(LOCATION).filter(|_| matches!(answer.status, 301 | 302 | 307));
        let Some(location) = location.filter(|_| self.settings.redirects) else {
            return Ok((call.shown, answer));
        };
        let failed = |what: &str| Err(format!("{}: {what}", call.name()));
        let Some(url) = location.to_str().ok().and_then(|location| call.url.join(location).ok()) else {
            return failed("redirect to something that is no URL");
        };
        if call.url.scheme() == "https" && url.scheme() != "https" {
            return failed("redirect would cause protocol downgrade");
        }
        let mut shown = url.clone();
        if shown.set_username("").and_then(|()| shown.set_password(None)).is_err() {
            return failed("redirect to something that is no address of a server");
        }
        let call = Call { url, shown: shown.into(), ..call };
        let answer = self.repeat(&call, None, deadline).await?;
        Ok((call.shown, answer))
    }

    /// The answer, repetitions and all.
    async fn repeat(
        &self,
        call: &Call<'_>,
        socket: Option<&str>,
        deadline: Instant,
    ) -> Result<Answer, String> {
        let patience = Patience { deadline, retries: self.settings.retries, pause: self.pause };
        let connection = self.connection(&call.url, socket)?;
        let request = || self.request(call, &connection);
        let outcome = http::repeat(&connection.client, patience, passes, request).await?;
        outcome.map_err(|error| self.lost(call, &error))
    }

    fn request(&self, call: &Call<'_>, connection: &Connection) -> Result<reqwest::RequestBuilder, String> {
        let Connection { client, url, host } = connection;
        let mut request = client.request(call.method.clone(), url.clone()).header("X-Vault-Request", "true");
        if let Some(body) = call.body {
            request = request.body(body.to_vec());
        }
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        for (name, value) in &self.settings.headers {
            request = request.header(name, value);
        }
        if let Some(namespace) = &self.settings.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        if !self.settings.token.is_empty() {
            let token = HeaderValue::from_bytes(self.settings.token.as_bytes());
            let mut token = token.map_err(|_| "configured Vault token cannot be sent".to_owned())?;
            token.set_sensitive(true);
            request = request.header("X-Vault-Token", token);
        }
        Ok(request)
    }

    fn lost(&self, call: &Call<'_>, error: &NoAnswer) -> String {
        let reason = match error.kind {
            NoAnswerKind::TimedOut => {
                format!(
                    "no answer within {} seconds (VAULT_CLIENT_TIMEOUT)",
                    self.settings.limit.as_secs_f64()
                )
            }
            NoAnswerKind::Tls if error.reason.contains("UnknownIssuer") => {
                format!("{}; VAULT_CACERT names the file of an authority to trust", error.reason)
            }
            _ => error.reason.clone(),
        };
        format!("{}: {reason}", call.name())
    }

    /// How a URL is reached.
    fn connection(&self, url: &Url, socket: Option<&str>) -> Result<Connection, String> {
        let shared = self.network.http().map_err(|error| error.to_string())?;
        let tls = &self.settings.tls;
        if tls.is_usual() && self.settings.proxy.is_none() && socket.is_none() {
            return Ok(Connection { client: shared.clone(), url: url.clone(), host: None });
        }
        let name = tls.server_name.as_deref().filter(|_| url.scheme() == "https" && socket.is_none());
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let cached = match (socket, name) {
            (Some(socket), _) => format!("unix://{socket}"),
            (None, Some(_)) => host.to_owned(),
            (None, None) => String::new(),
        };
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match own.iter().find(|(other, _)| *other == cached) {
            Some((_, client)) => client.clone(),
            None => {
                let client = self.build(socket, name.map(|_| host))?;
                own.push((cached, client.clone()));
                client
            }
        };
        let Some(name) = name else { return Ok(Connection { client, url: url.clone(), host: None }) };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let sent = HeaderValue::from_str(&format!("{}{port}", url.host_str().unwrap_or_default()));
        let mut url = url.clone();
        url.set_host(Some(name)).map_err(|error| format!("{ACTION}: VAULT_TLS_SERVER_NAME: {error}"))?;
        Ok(Connection { client, url, host: sent.ok() })
    }

    /// A client of our own. One that is to check for another name asks for the host by that name, and
    /// finds it at `host`.
    fn build(&self, socket: Option<&str>, host: Option<&str>) -> Result<network::Client, String> {
        let wrong = |what: &str, error: &reqwest::Error| {
            let error = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            format!("{ACTION}: {what}: {error}")
        };
        let tls = &self.settings.tls;
        let authorities = tls.authorities.as_ref().map(|files| -> Result<Vec<_>, String> {
            let mut all = Vec::new();
            for pem in files {
                let some = reqwest::Certificate::from_pem_bundle(pem);
                all.extend(some.map_err(|error| wrong("VAULT_CACERT", &error))?);
            }
            Ok(all)
        });
        let authorities = authorities.transpose()?;
        let identity = tls.identity.as_ref().map(|pem| {
            let identity = reqwest::Identity::from_pem(pem);
            identity.map_err(|error| wrong("VAULT_CLIENT_CERT", &error))
        });
        let identity = identity.transpose()?;
        let proxy = self.settings.proxy.as_ref().map(|proxy| {
            // The error would repeat the proxy's password.
            reqwest::Proxy::all(proxy)
                .map_err(|_| format!("{ACTION}: VAULT_PROXY_ADDR or VAULT_HTTP_PROXY is no URL"))
        });
        let proxy = proxy.transpose()?;
        let elsewhere = host.map(|host| Elsewhere(host.to_owned()));
        let (socket, plan) = (socket.map(str::to_owned), self.network.plan());
        if socket.is_some() && !os::HAS_SOCKETS {
            return Err(format!("{ACTION}: a socket in the file system cannot be reached on Windows"));
        }
        let skip_verify = tls.skip_verify;
        let make = move || {
            // A proxy of Vault's own is for all addresses, and before that of the environment.
            let mut builder = match proxy.clone() {
                Some(proxy) => plan.direct().proxy(proxy),
                None => plan.builder(),
            };
            builder = builder.http1_only().tls_danger_accept_invalid_certs(skip_verify);
            if let Some(authorities) = authorities.clone() {
                builder = builder.tls_certs_only(authorities);
            }
            if let Some(identity) = identity.clone() {
                builder = builder.identity(identity);
            }
            if let Some(elsewhere) = elsewhere.clone() {
                builder = builder.dns_resolver(elsewhere);
            }
            if let Some(socket) = socket.as_deref() {
                builder = os::through_socket(builder, socket);
            }
            builder.build()
        };
        network::Client::new(make).map_err(|error| wrong("TLS", &error))
    }
}

/// Whether an answer may change by itself.
fn passes(answer: &Answer) -> bool {
    matches!(answer.status, 412 | 429) || (answer.status >= 500 && answer.status != 501)
}

/// Whatever name is asked for, it is at this host.
#[derive(Clone)]
struct Elsewhere(String);

impl reqwest::dns::Resolve for Elsewhere {
    fn resolve(&self, _name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let host = self.0.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}
