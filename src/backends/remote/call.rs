//! The line to a key service: one connection for a whole run, made at the first call.

use std::error::Error;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::address::{Address, Target, dialing};
use super::text::printable;
use crate::backends::network::{CONNECT_TIMEOUT, Network};
use crate::keys::KeyError;

/// So long nobody wonders where the answer is.
const PATIENCE: Duration = Duration::from_secs(15);
/// A method that no key service has: whoever is there says so at once.
const NOBODYS: &str = "/KeyService/Alive";
/// No reason needs more characters.
const LONGEST_REASON: usize = 4096;

/// A key service, as seen from here.
pub(super) struct Line {
    address: Address,
    network: Network,
    connection: Mutex<Option<Channel>>,
    patience: Duration,
}

impl Line {
    pub(super) fn new(address: Address, network: Network) -> Self {
        Self { address, network, connection: Mutex::default(), patience: PATIENCE }
    }

    #[cfg(test)]
    pub(super) fn impatient(address: Address) -> Self {
        Self { patience: Duration::from_millis(300), ..Self::new(address, Network::default()) }
    }

    #[cfg(test)]
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    ///
    /// The answer of the service or the reason why there is none, in the form in which sops reports
    /// it: `rpc error: code = … desc = …`.
    pub(super) fn call<Q, A>(&self, method: &'static str, request: Q) -> Result<A, KeyError>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let answer = self.network.block_on(self.exchange(method, request))?;
        answer.map_err(|(code, why)| {
            let why = printable(&why, LONGEST_REASON, true);
            KeyError::Backend(format!("rpc error: code = {} desc = {why}", name(code)))
        })
    }

    async fn exchange<Q, A>(&self, method: &'static str, request: Q) -> Result<A, (Code, String)>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let channel = self.connection().await.map_err(|why| (Code::Unavailable, why))?;
        let mut answer = pin!(unary(channel.clone(), method, request));
        loop {
            if let Ok(answer) = timeout(self.patience, answer.as_mut()).await {
                return answer.map_err(|status| {
                    if status.source().is_some() {
                        // The connection is broken; the next key gets a new one.
                        self.keep(None);
                    }
                    reason(&status)
                });
            }
            // A person may take any time to answer, a program may not: it refuses an unknown method
            // without thinking.
            let sign = pin!(unary::<(), ()>(channel.clone(), NOBODYS, ()));
            if timeout(self.patience / 3, sign).await.is_err() {
                self.keep(None);
                return Err((
                    Code::DeadlineExceeded,
                    "the key service is connected but does not answer".into(),
                ));
            }
        }
    }

    /// The connection of this run. Calls come one after the other, so that none makes a second.
    async fn connection(&self) -> Result<Channel, String> {
        let known = self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(channel) = known {
            return Ok(channel);
        }
        let address = self.address.clone();
        // Names are looked up by the system's library, which blocks.
        let target = tokio::task::spawn_blocking(move || address.target());
        let channel = match target.await.map_err(|_| "the lookup of the name ended early".to_owned())?? {
            Target::Socket(path) => self.connect(&format!("unix:{path}"), &path).await?,
            Target::Hosts(hosts) => {
                let mut failure = String::new();
                let mut connected = None;
                for host in hosts {
                    match self.connect(&format!("http://{host}"), &host.to_string()).await {
                        Ok(channel) => {
                            connected = Some(channel);
                            break;
                        }
                        Err(why) => failure = why,
                    }
                }
                connected.ok_or(failure)?
            }
        };
        self.keep(Some(channel.clone()));
        Ok(channel)
    }

    async fn connect(&self, url: &str, place: &str) -> Result<Channel, String> {
        let dial = |how: &str| dialing(&format!("dial {} {place}: {how}", self.address.network()));
        let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|_| dial("not an address"))?;
        match timeout(CONNECT_TIMEOUT, endpoint.connect()).await {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(error)) => Err(match system_error(&error) {
                Some(why) => dial(&format!("connect: {why}")),
                None => broken(&error),
            }),
            Err(_) => Err(dial("i/o timeout")),
        }
    }

    fn keep(&self, channel: Option<Channel>) {
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = channel;
    }
}

async fn unary<Q, A>(channel: Channel, method: &'static str, request: Q) -> Result<A, Status>
where
    Q: prost::Message + 'static,
    A: prost::Message + Default + 'static,
{
    let mut client = Grpc::new(channel);
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let codec = ProstCodec::<Q, A>::default();
    let answer = client.unary(Request::new(request), PathAndQuery::from_static(method), codec).await;
    answer.map(tonic::Response::into_inner)
}

/// What the service said, or what became of the connection.
fn reason(status: &Status) -> (Code, String) {
    match status.source() {
        None => (status.code(), status.message().to_owned()),
        Some(source) => (Code::Unavailable, broken(source)),
    }
}

/// How a connection ended.
fn broken(error: &(dyn Error + 'static)) -> String {
    let why = system_error(error)
        .unwrap_or_else(|| chain(error).last().map_or_else(String::new, ToString::to_string));
    format!("error reading from server: {why}")
}

/// An error and what is behind it.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The error of the operating system behind another, in the words of the C library.
fn system_error(error: &(dyn Error + 'static)) -> Option<String> {
    let error = chain(error).find_map(|error| {
        error.downcast_ref::<std::io::Error>().filter(|error| error.raw_os_error().is_some())
    })?;
    let text = error.to_string();
    let text = text.rsplit_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect())
}

/// The name of a code in Go.
fn name(code: Code) -> String {
    match code {
        Code::Ok => "OK".to_owned(),
        Code::Cancelled => "Canceled".to_owned(),
        code => format!("{code:?}"),
    }
}
