//! HTTP/1.1 as far as clients of key services speak it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Authority;

/// What a client sent.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// With the query, as it came.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A header, empty if it was not sent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or(serde_json::Value::Null)
    }
}

/// What a server does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// These bytes, whatever they are; then the connection is closed.
    Raw(Vec<u8>),
    /// The connection is closed without a word.
    Close,
    /// Nothing happens until the client gives up or the server ends.
    Hang,
}

impl Reply {
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Self::Answer { status, headers, body: value.to_string().into_bytes() }
    }

    pub fn empty(status: u16) -> Self {
        Self::Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    /// With one header more.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A listening server; dropping it ends it.
pub struct Server {
    pub(super) address: SocketAddr,
    pub(super) scheme: &'static str,
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) handler: Box<Handler>,
    pub(super) requests: Mutex<Vec<Request>>,
    pub(super) connections: AtomicUsize,
    pub(super) over: AtomicBool,
}

impl Shared {
    pub(super) fn new(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            handler: Box::new(handler),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        })
    }
}

impl Server {
    /// A server without TLS.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(handler, None)
    }

    /// A server whose certificate `authority` signed.
    pub fn start_tls(
        authority: &Authority,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(handler, Some(authority.server_config()))
    }

    /// A proxy that answers for everybody: whatever a client asks it for comes here, also what is
    /// asked of a host through TLS, whose certificate `authority` signed.
    pub fn start_proxy(
        authority: &Authority,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let config = authority.server_config();
        let mut server = Self::serving(handler, move |stream, shared| {
            let mut reader = BufReader::new(&stream);
            let Some(request) = read_request(&mut reader) else { return };
            if request.method != "CONNECT" {
                drop(reader);
                return answer_all(stream, Some(request), shared);
            }
            // The client says nothing more before it hears this.
            drop(reader);
            if (&stream).write_all(b"HTTP/1.1 200 OK\r\n\r\n").is_err() {
                return;
            }
            let Ok(connection) = rustls::ServerConnection::new(config.clone()) else { return };
            serve(rustls::StreamOwned::new(connection, stream), shared);
        });
        server.scheme = "http";
        server
    }

    fn listen(
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let mut server = Self::serving(handler, move |stream, shared| match tls.clone() {
            None => serve(stream, shared),
            Some(config) => {
                let Ok(connection) = rustls::ServerConnection::new(config) else { return };
                serve(rustls::StreamOwned::new(connection, stream), shared);
            }
        });
        server.scheme = scheme;
        server
    }

    fn serving(
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
        speak: impl Fn(TcpStream, &Shared) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Shared::new(handler);
        let accepting = Arc::clone(&shared);
        let speak = Arc::new(speak);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let _ = stream.set_nodelay(true);
                accepting.connections.fetch_add(1, Ordering::SeqCst);
                let (shared, speak) = (Arc::clone(&accepting), Arc::clone(&speak));
                std::thread::spawn(move || speak(stream, &shared));
            }
        });
        Self { address, scheme: "http", shared }
    }

    /// `http://127.0.0.1:PORT`, without a slash.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().expect("no panic elsewhere").clone()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn serve(stream: impl Read + Write, shared: &Shared) {
    answer_all(stream, None, shared);
}

/// Answers a request that was read already, and all that follow.
fn answer_all(stream: impl Read + Write, mut first: Option<Request>, shared: &Shared) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = first.take().or_else(|| read_request(&mut stream)) {
        shared.requests.lock().expect("no panic elsewhere").push(request.clone());
        let reply = (shared.handler)(&request);
        let out = stream.get_mut();
        match reply {
            Reply::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
                for (name, value) in &headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                if status != 204 {
                    head.push_str(&format!("Content-Length: {}\r\n", body.len()));
                }
                head.push_str("\r\n");
                let body = if request.method == "HEAD" { &[][..] } else { &body };
                if out.write_all(head.as_bytes()).and_then(|()| out.write_all(body)).is_err() {
                    return;
                }
                let _ = out.flush();
            }
            Reply::Raw(bytes) => {
                let _ = out.write_all(&bytes);
                let _ = out.flush();
                return;
            }
            Reply::Close => return,
            Reply::Hang => {
                while !shared.over.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(20));
                }
                return;
            }
        }
    }
}

fn read_request(stream: &mut impl BufRead) -> Option<Request> {
    let line = read_line(stream)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        loop {
            let line = read_line(stream)?;
            let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..]).ok()?;
            read_line(stream)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = headers.get("content-length") {
        body.resize(length.parse().ok()?, 0);
        stream.read_exact(&mut body).ok()?;
    }
    Some(Request { method, target, headers, body })
}

fn read_line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).ok()? == 0 {
        return None;
    }
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Some(line)
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
