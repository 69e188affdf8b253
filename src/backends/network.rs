//! What all services on a network share: one asynchronous runtime and one TLS stack, started when
//! the first key needs them and used for all files of a run.
//!
//! Backends are blocking to their callers: [`Network::block_on`] runs a future to its end and may be
//! called from several threads at once. Nothing here is reached by a command that has no key on a
//! network.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::keys::KeyError;

/// How long opening a connection may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one request may take, connection and answer together.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A handle to what the network backends of a run share. Making one starts nothing.
#[derive(Clone, Default)]
pub struct Network(Arc<OnceLock<Result<Started, String>>>);

struct Started {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
}

impl Network {
    /// Runs a future to its end on the shared runtime.
    ///
    /// # Errors
    ///
    /// If the runtime or the TLS stack cannot be started.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T, KeyError> {
        Ok(self.started()?.runtime.block_on(future))
    }

    /// The HTTP client: TLS with the system's roots (or those of `SSL_CERT_FILE`), proxies from the
    /// environment, no redirects, [`CONNECT_TIMEOUT`] and [`REQUEST_TIMEOUT`].
    ///
    /// # Errors
    ///
    /// As [`block_on`](Self::block_on).
    pub fn http(&self) -> Result<&reqwest::Client, KeyError> {
        Ok(&self.started()?.http)
    }

    fn started(&self) -> Result<&Started, KeyError> {
        let started = self.0.get_or_init(Started::new);
        started.as_ref().map_err(|reason| KeyError::Backend(reason.clone()))
    }
}

impl Started {
    fn new() -> Result<Self, String> {
        // Fails if another thread was faster: the provider is there then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start the network runtime: {error}"))?;
        let client = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(REQUEST_TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
        };
        // Without any root, as in a bare container, TLS fails when it is needed, and not the client.
        let http = client()
            .build()
            .or_else(|_| client().tls_certs_only([]).build())
            .map_err(|error| format!("cannot start the HTTP client: {error}"))?;
        Ok(Self { runtime, http })
    }
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
