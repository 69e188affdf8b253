//! A proxy that leads every host to one server: so a program asks the real names of a service, and a
//! server of the test answers.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A proxy for connections with TLS (`CONNECT`); dropping it ends it.
pub struct Proxy {
    address: SocketAddr,
    hosts: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
}

impl Proxy {
    /// Leads to this port of the loopback.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (hosts, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (named, ended) = (Arc::clone(&hosts), Arc::clone(&over));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), named) = (stream, Arc::clone(&named)) else { continue };
                std::thread::spawn(move || lead(stream, port, &named));
            }
        });
        Self { address, hosts, over }
    }

    /// What `HTTPS_PROXY` is to say.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The hosts and ports that were asked for, in this order.
    pub fn hosts(&self) -> Vec<String> {
        self.hosts.lock().expect("no panic elsewhere").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn lead(client: TcpStream, port: u16, hosts: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    hosts
        .lock()
        .expect("no panic elsewhere")
        .push(line.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned());
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).ok()?;
    }
    let server = TcpStream::connect(("127.0.0.1", port)).ok()?;
    (&client).write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut up, mut down) = (server.try_clone().ok()?, client.try_clone().ok()?);
    let back = std::thread::spawn(move || {
        let _ = std::io::copy(&mut &server, &mut down);
        let _ = down.shutdown(std::net::Shutdown::Both);
    });
    // What the client sent already is in the reader.
    let _ = std::io::copy(&mut reader, &mut up);
    let _ = up.shutdown(std::net::Shutdown::Write);
    back.join().ok()
}
