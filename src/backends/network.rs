//! What all services on a network share: one asynchronous runtime and one TLS stack, started when
//! the first key needs them and used for all files of a run.
//!
//! Backends are blocking to their callers: [`Network::block_on`] runs a future to its end and may be
//! called from several threads at once. Nothing here is reached by a command that has no key on a
//! network.

// A key service and the audit have lines of their own.
#[cfg_attr(not(feature = "gcp"), allow(dead_code))]
mod client;
mod proxy;

#[allow(unused_imports)] // as above
pub(crate) use client::Client;

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use rustls_platform_verifier::ConfigVerifierExt;

use super::SystemHost;
use crate::keys::KeyError;
use proxy::Proxies;

/// How long opening a connection may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one request may take, connection and answer together.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A handle to what the network backends of a run share. Making one starts nothing.
///
/// The default one knows no proxy; see [`new`](Self::new).
#[derive(Clone, Default)]
pub struct Network(Arc<Shared>);

#[derive(Default)]
struct Shared {
    proxies: Proxies,
    started: OnceLock<Result<Started, String>>,
}

#[cfg_attr(not(feature = "gcp"), allow(dead_code))]
struct Started {
    runtime: tokio::runtime::Runtime,
    tls: ClientConfig,
    http: Client,
    http2: OnceLock<Result<Client, String>>,
}

impl Network {
    /// A network behind the proxies that the variables of `machine` name: `HTTPS_PROXY`, `HTTP_PROXY` and
    /// `NO_PROXY`, as Go reads them.
    #[must_use]
    pub fn new(machine: &SystemHost) -> Self {
        let variable = |name: &str| machine.get(name).and_then(|value| value.to_str()).map(str::to_owned);
        Self(Arc::new(Shared { proxies: Proxies::read(variable), ..Shared::default() }))
    }

    /// Runs a future to its end on the shared runtime.
    ///
    /// # Errors
    ///
    /// If the runtime or the TLS stack cannot be started.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T, KeyError> {
        Ok(self.started()?.runtime.block_on(future))
    }

    /// The HTTP client: HTTP/1.1, TLS with the system's roots (or those of `SSL_CERT_FILE`), the proxies of
    /// the environment, no redirects, [`CONNECT_TIMEOUT`] and [`REQUEST_TIMEOUT`].
    ///
    /// # Errors
    ///
    /// As [`block_on`](Self::block_on).
    #[cfg_attr(not(feature = "gcp"), allow(dead_code))]
    pub(crate) fn http(&self) -> Result<&Client, KeyError> {
        Ok(&self.started()?.http)
    }

    /// The same for HTTP/2, for hosts that speak nothing else.
    ///
    /// # Errors
    ///
    /// As [`block_on`](Self::block_on).
    #[cfg(feature = "gcp")]
    pub(crate) fn http2(&self) -> Result<&Client, KeyError> {
        let started = self.started()?;
        let client = started.http2.get_or_init(|| {
            let mut tls = started.tls.clone();
            tls.alpn_protocols = vec![b"h2".to_vec()];
            let builder = self.plan().builder().http2_prior_knowledge().tls_backend_preconfigured(tls);
            builder.build().map(Client::shared).map_err(|error| cannot_start(&error))
        });
        client.as_ref().map_err(|reason| KeyError::Backend(reason.clone()))
    }

    /// How clients of one's own are made.
    pub(crate) fn plan(&self) -> Plan {
        Plan(self.0.proxies.clone())
    }

    fn started(&self) -> Result<&Started, KeyError> {
        let started = self.0.started.get_or_init(|| Started::new(self.plan()));
        started.as_ref().map_err(|reason| KeyError::Backend(reason.clone()))
    }
}

/// What all clients of a run have in common, however they differ in TLS.
#[derive(Clone)]
pub(crate) struct Plan(Proxies);

impl Plan {
    /// With the proxies of the environment, without redirects, with [`CONNECT_TIMEOUT`] and
    /// [`REQUEST_TIMEOUT`].
    pub(crate) fn builder(&self) -> reqwest::ClientBuilder {
        let proxies = self.0.clone();
        self.direct().proxy(reqwest::Proxy::custom(move |url| proxies.of(url)))
    }

    /// The same without proxies.
    #[allow(clippy::unused_self)] // whoever has a plan has it from a network
    pub(crate) fn direct(&self) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
    }
}

impl Started {
    fn new(plan: Plan) -> Result<Self, String> {
        // Fails if another thread was faster: the provider is there then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start the network runtime: {error}"))?;
        // Without any root, as in a bare container, TLS fails when it is needed, and not the client.
        let mut tls = ClientConfig::with_platform_verifier().unwrap_or_else(|_| {
            ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth()
        });
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let of_lines = tls.clone();
        let http = Client::new(move || {
            plan.builder().http1_only().tls_backend_preconfigured(of_lines.clone()).build()
        });
        let http = http.map_err(|error| cannot_start(&error))?;
        Ok(Self { runtime, tls, http, http2: OnceLock::new() })
    }
}

fn cannot_start(error: &reqwest::Error) -> String {
    format!("cannot start the HTTP client: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_threads_wait_on_one_runtime() {
        let network = Network::default();
        let sum: u32 = std::thread::scope(|scope| {
            let tasks: Vec<_> = (0..8)
                .map(|n| {
                    let network = network.clone();
                    scope.spawn(move || {
                        network
                            .block_on(async move {
                                tokio::time::sleep(Duration::from_millis(5)).await;
                                n
                            })
                            .unwrap()
                    })
                })
                .collect();
            tasks.into_iter().map(|task| task.join().unwrap()).sum()
        });
        assert_eq!(sum, 28);
        assert!(network.http().is_ok());
    }
}
