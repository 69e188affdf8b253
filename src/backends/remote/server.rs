//! The other side of the line: keys of this machine for whoever connects.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use tonic::body::Body;
use tonic::codegen::tokio_stream::Stream;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::Grpc;
use tonic::transport::Server;
use tonic::transport::server::Connected;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use zeroize::{Zeroize, Zeroizing};

use super::message::{
    DECRYPT, DecryptRequest, DecryptResponse, ENCRYPT, EncryptRequest, EncryptResponse, Key,
};
use super::text::printable;
use crate::keys::{Attempt, KeyService, MasterKey, WrappedKey};
use crate::os::{self, UnixListener};

/// So many keys are in use at once; further requests wait.
const AT_ONCE: usize = 64;
/// No key's name needs more characters: a post-quantum age recipient has 1959.
const LONGEST_NAME: usize = 2048;

/// Where requests come from.
#[derive(Debug)]
pub enum Listener {
    /// A port.
    Tcp(std::net::TcpListener),
    /// A socket in the file system.
    Unix(UnixListener),
}

/// What is asked of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// To wrap a data key.
    Encrypt,
    /// To unwrap one.
    Decrypt,
}

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The user does not want it.
    Rejected,
    /// The user could not be asked, and why.
    Failed(String),
}

/// Says whether a request may be answered. It is asked before the key is touched, about one request
/// at a time, and may take as long as a person takes.
pub type Approve = Box<dyn Fn(Operation, &MasterKey) -> Result<(), Refusal> + Send + Sync>;

/// A key for a question to a person, in sops' words (services §1.1), on one line whatever the
/// other side sent.
///
/// # Compatibility
///
/// sops calls every age key `Unknown key type`.
#[must_use]
pub fn printable_key(key: &MasterKey) -> String {
    let text = match key {
        MasterKey::Age { recipient } => format!("age key with recipient {recipient}"),
        MasterKey::Pgp { fingerprint } => format!("PGP key with fingerprint {fingerprint}"),
        MasterKey::AwsKms { arn, .. } => format!("AWS KMS key with ARN {arn}"),
        MasterKey::GcpKms { resource_id } => format!("GCP KMS key with resource ID {resource_id}"),
        MasterKey::AzureKeyVault { .. } => format!("Azure Key Vault key with URL {}", key.text()),
        MasterKey::VaultTransit { .. } => format!("Hashicorp Vault key with URI {}", key.text()),
        MasterKey::HuaweiKms { key_id } => format!("HuaweiCloud KMS key with ID {key_id}"),
    };
    printable(&text, LONGEST_NAME, false)
}

/// Answers requests for ever. Each gets a key service of its own from `keys`, so that it sees the
/// identities and settings that are there now.
///
/// # Errors
///
/// If the network runtime cannot be started.
pub fn serve<K: KeyService + 'static>(
    listener: Listener,
    keys: impl Fn() -> K + Send + Sync + 'static,
    approve: Option<Approve>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(AT_ONCE)
        .enable_all()
        .build()?;
    let keys = Box::new(move || Box::new(keys()) as Box<dyn KeyService>);
    let house = House(Arc::new(Inner { keys, approve, asking: Mutex::new(()) }));
    runtime.block_on(async {
        let server = Server::builder();
        let served = match listener {
            Listener::Tcp(socket) => {
                socket.set_nonblocking(true)?;
                let socket = tokio::net::TcpListener::from_std(socket)?;
                server.serve_with_incoming(house, Incoming { socket, pause: None }).await
            }
            Listener::Unix(socket) => {
                let socket = os::Incoming::new(socket)?;
                server.serve_with_incoming(house, Incoming { socket, pause: None }).await
            }
        };
        served.map_err(io::Error::other)
    })
}

struct Inner {
    keys: Box<dyn Fn() -> Box<dyn KeyService> + Send + Sync>,
    approve: Option<Approve>,
    /// Held while a person is asked: questions come one by one.
    asking: Mutex<()>,
}

/// All calls of the protocol.
#[derive(Clone)]
struct House(Arc<Inner>);

impl House {
    /// Does a request's work on a thread that may block. If the caller goes away first, nobody is
    /// asked any more and the key is not touched.
    async fn answer<T: Send + 'static>(
        self,
        operation: Operation,
        key: Option<Key>,
        work: impl FnOnce(&dyn KeyService, MasterKey) -> Result<T, String> + Send + 'static,
    ) -> Result<Response<T>, Status> {
        let key = key.and_then(Key::into_master).ok_or_else(|| Status::not_found("Must provide a key"))?;
        let caller = Caller::default();
        let gone = caller.0.clone();
        let result = tokio::task::spawn_blocking(move || {
            if let Some(approve) = &self.0.approve {
                let _turn = self.0.asking.lock().unwrap_or_else(PoisonError::into_inner);
                if gone.load(Ordering::Relaxed) {
                    return Err(Status::cancelled("nobody waits for the answer"));
                }
                approve(operation, &key).map_err(|refusal| match refusal {
                    Refusal::Rejected => Status::permission_denied("Request rejected by user"),
                    Refusal::Failed(why) => Status::unknown(why),
                })?;
            }
            if gone.load(Ordering::Relaxed) {
                return Err(Status::cancelled("nobody waits for the answer"));
            }
            work(&*(self.0.keys)(), key).map_err(Status::unknown)
        });
        // A panic in a backend ends this request alone.
        let result =
            result.await.unwrap_or_else(|_| Err(Status::internal("the attempt ended without an answer")));
        result.map(Response::new)
    }
}

/// Tells when the one who asked has gone.
#[derive(Default)]
struct Caller(Arc<AtomicBool>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Encrypts.
struct Encrypt(House);

impl Service<Request<EncryptRequest>> for Encrypt {
    type Response = Response<EncryptResponse>;
    type Error = Status;
    type Future = BoxFuture<Self::Response, Status>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<EncryptRequest>) -> Self::Future {
        let mut request = request.into_inner();
        let plaintext = Zeroizing::new(std::mem::take(&mut request.plaintext));
        Box::pin(self.0.clone().answer(Operation::Encrypt, request.key.take(), move |keys, key| {
            let enc = keys.wrap(&key, &plaintext).map_err(|error| error.to_string())?;
            Ok(EncryptResponse { ciphertext: enc.into_bytes() })
        }))
    }
}

/// Decrypts.
struct Decrypt(House);

impl Service<Request<DecryptRequest>> for Decrypt {
    type Response = Response<DecryptResponse>;
    type Error = Status;
    type Future = BoxFuture<Self::Response, Status>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<DecryptRequest>) -> Self::Future {
        let DecryptRequest { key, ciphertext } = request.into_inner();
        Box::pin(self.0.clone().answer(Operation::Decrypt, key, move |keys, key| {
            // Every kind of wrapped key is text; one that is not cannot be anyone's.
            let enc = String::from_utf8(ciphertext).map_err(|_| "the wrapped key is not text".to_owned())?;
            match keys.unwrap(&WrappedKey { enc, ..WrappedKey::new(key) }) {
                Attempt::Recovered(mut secret) => {
                    let response = DecryptResponse { plaintext: secret.to_vec() };
                    secret.zeroize();
                    Ok(response)
                }
                Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => Err(reason.to_string()),
            }
        }))
    }
}

impl Service<http::Request<Body>> for House {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let house = self.clone();
        Box::pin(async move {
            // Messages of more than 4 MiB are refused, as in sops.
            Ok(match request.uri().path() {
                ENCRYPT => Grpc::new(ProstCodec::default()).unary(Encrypt(house), request).await,
                DECRYPT => Grpc::new(ProstCodec::default()).unary(Decrypt(house), request).await,
                other => unknown(other).into_http(),
            })
        })
    }
}

/// Nothing of that name is here.
fn unknown(path: &str) -> Status {
    let path = printable(path, LONGEST_NAME, false);
    let text = match path.trim_start_matches('/').rsplit_once('/') {
        Some(("KeyService", method)) => format!("unknown method {method} for service KeyService"),
        Some((service, _)) => format!("unknown service {service}"),
        None => format!("malformed method name: \"{path}\""),
    };
    Status::unimplemented(text)
}

/// A socket that connections come from.
trait Accept: Unpin {
    type Connection: Connected;

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Self::Connection>>;
}

impl Accept for tokio::net::TcpListener {
    type Connection = tokio::net::TcpStream;

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Self::Connection>> {
        self.poll_accept(context).map_ok(|(connection, _)| {
            let _ = connection.set_nodelay(true);
            connection
        })
    }
}

impl Accept for os::Incoming {
    type Connection = os::Connection;

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Self::Connection>> {
        os::Incoming::poll(self, context)
    }
}

/// The connections of a socket, for ever. Where one cannot be taken, as when there are too many open
/// files, the next is tried a little later.
struct Incoming<S> {
    socket: S,
    pause: Option<Pin<Box<Sleep>>>,
}

impl<S: Accept> Stream for Incoming<S> {
    type Item = io::Result<S::Connection>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(pause) = &mut self.pause {
                if pause.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                self.pause = None;
            }
            match self.socket.poll(context) {
                Poll::Ready(Ok(connection)) => return Poll::Ready(Some(Ok(connection))),
                Poll::Ready(Err(_)) => self.pause = Some(Box::pin(sleep(Duration::from_millis(50)))),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
