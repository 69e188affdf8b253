//! HTTP/2 over TLS, for services that are called with gRPC. Handlers are those of HTTP/1.1.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::http::Shared;
use super::{Authority, Reply, Request, Server};

impl Server {
    /// A server that speaks HTTP/2 alone. Headers of a reply that begin with `grpc-` are sent behind
    /// its body.
    pub fn start_h2(
        authority: &Authority,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let mut config = (*authority.server_config()).clone();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener for tokio");
        let address = listener.local_addr().expect("an address");
        let shared = Shared::new(handler);
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    if accepting.over.load(Ordering::SeqCst) {
                        break;
                    }
                    accepting.connections.fetch_add(1, Ordering::SeqCst);
                    let (shared, acceptor) = (Arc::clone(&accepting), acceptor.clone());
                    let line = Line::default();
                    let own = Arc::clone(&line);
                    let task = tokio::spawn(async move {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            serve(stream, shared, own).await;
                        }
                    });
                    let _ = line.set(task.abort_handle());
                }
            });
            runtime.shutdown_background();
        });
        Self { address, scheme: "https", shared }
    }
}

/// A connection, to be cut.
type Line = Arc<OnceLock<AbortHandle>>;

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>, line: Line) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(request, respond, Arc::clone(&shared), Arc::clone(&line)));
    }
}

async fn answer(
    request: http::Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    shared: Arc<Shared>,
    line: Line,
) {
    let (head, mut stream) = request.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = stream.data().await {
        let Ok(chunk) = chunk else { return };
        let _ = stream.flow_control().release_capacity(chunk.len());
        body.extend_from_slice(&chunk);
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: BTreeMap<_, _> =
        head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let host = head.uri.authority().map(ToString::to_string).unwrap_or_default();
    headers.insert("host".to_owned(), host);
    let target = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let request = Request { method: head.method.to_string(), target, headers, body };
    shared.requests.lock().expect("no panic elsewhere").push(request.clone());
    let handler = Arc::clone(&shared);
    let reply = tokio::task::spawn_blocking(move || (handler.handler)(&request)).await;
    match reply.unwrap_or(Reply::Close) {
        Reply::Answer { status, headers, body } => {
            let mut response = http::Response::builder().status(status);
            let mut trailers = HeaderMap::new();
            for (name, value) in &headers {
                if name.starts_with("grpc-") {
                    let name: HeaderName = name.parse().expect("a name");
                    trailers.insert(name, value.parse().expect("a value"));
                } else {
                    response = response.header(name, value);
                }
            }
            let response = response.body(()).expect("a response");
            let Ok(mut out) = respond.send_response(response, false) else { return };
            let _ = out.send_data(body.into(), trailers.is_empty());
            if !trailers.is_empty() {
                let _ = out.send_trailers(trailers);
            }
        }
        // What was announced, and no end.
        Reply::Raw(bytes) => {
            let response = http::Response::builder().header("content-type", "application/grpc");
            let Ok(mut out) = respond.send_response(response.body(()).expect("a response"), false) else {
                return;
            };
            let _ = out.send_data(bytes.into(), false);
            tokio::time::sleep(Duration::from_millis(20)).await;
            out.send_reset(h2::Reason::INTERNAL_ERROR);
        }
        Reply::Close => {
            line.get().inspect(|line| line.abort());
        }
        Reply::Hang => {
            while !shared.over.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}
