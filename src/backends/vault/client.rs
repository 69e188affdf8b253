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
use crate::backends::network::{CONNECT_TIMEOUT, Network};

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
    own: Mutex<Vec<(String, reqwest::Client)>>,
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
        let outcome = http::repeat(patience, passes, || self.request(call, socket)).await?;
        outcome.map_err(|error| self.lost(call, &error))
    }

    fn request(&self, call: &Call<'_>, socket: Option<&str>) -> Result<reqwest::RequestBuilder, String> {
        let (client, url, host) = self.connection(&call.url, socket)?;
        let mut request = client.request(call.method.clone(), url).header("X-Vault-Request", "true");
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

    /// The client for a URL, the URL for that client, and the `Host` to be sent if it is another.
    fn connection(
        &self,
        url: &Url,
        socket: Option<&str>,
    ) -> Result<(reqwest::Client, Url, Option<HeaderValue>), String> {
        let shared = self.network.http().map_err(|error| error.to_string())?;
        let tls = &self.settings.tls;
        if tls.is_usual() && self.settings.proxy.is_none() && socket.is_none() {
            return Ok((shared.clone(), url.clone(), None));
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
        let Some(name) = name else { return Ok((client, url.clone(), None)) };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let sent = HeaderValue::from_str(&format!("{}{port}", url.host_str().unwrap_or_default()));
        let mut url = url.clone();
        url.set_host(Some(name)).map_err(|error| format!("{ACTION}: VAULT_TLS_SERVER_NAME: {error}"))?;
        Ok((client, url, sent.ok()))
    }

    /// A client of our own. One that is to check for another name asks for the host by that name, and
    /// finds it at `host`.
    fn build(&self, socket: Option<&str>, host: Option<&str>) -> Result<reqwest::Client, String> {
        let wrong = |what: &str, error: &reqwest::Error| {
            let error = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            format!("{ACTION}: {what}: {error}")
        };
        let tls = &self.settings.tls;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tls_danger_accept_invalid_certs(tls.skip_verify);
        if let Some(files) = &tls.authorities {
            let mut all = Vec::new();
            for pem in files {
                let some = reqwest::Certificate::from_pem_bundle(pem);
                all.extend(some.map_err(|error| wrong("VAULT_CACERT", &error))?);
            }
            builder = builder.tls_certs_only(all);
        }
        if let Some(pem) = &tls.identity {
            let identity = reqwest::Identity::from_pem(pem);
            builder = builder.identity(identity.map_err(|error| wrong("VAULT_CLIENT_CERT", &error))?);
        }
        if let Some(proxy) = &self.settings.proxy {
            // The error would repeat the proxy's password.
            let proxy = reqwest::Proxy::all(proxy)
                .map_err(|_| format!("{ACTION}: VAULT_PROXY_ADDR or VAULT_HTTP_PROXY is no URL"))?;
            builder = builder.proxy(proxy);
        }
        if let Some(host) = host {
            builder = builder.dns_resolver(Elsewhere(host.to_owned()));
        }
        if let Some(socket) = socket {
            builder = builder.unix_socket(socket);
        }
        builder.build().map_err(|error| wrong("TLS", &error))
    }
}

/// Whether an answer may change by itself.
fn passes(answer: &Answer) -> bool {
    matches!(answer.status, 412 | 429) || (answer.status >= 500 && answer.status != 501)
}

/// Whatever name is asked for, it is at this host.
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
