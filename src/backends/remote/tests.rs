//! Both sides against each other, and the client against servers that are none.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::*;

/// Turns secrets round.
struct Mirror;

impl KeyService for Mirror {
    fn handles(&self, _key: &MasterKey) -> bool {
        true
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let turned: Vec<u8> = secret.iter().rev().copied().collect();
        match key.text().as_ref() {
            "bad" => Err(KeyError::Backend("two\nlines \x1b[2J".into())),
            "empty" => Ok(String::new()),
            "panic" => panic!("on purpose"),
            _ => Ok(String::from_utf8(turned).unwrap()),
        }
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        Attempt::Recovered(key.enc.bytes().rev().collect::<Vec<_>>().into())
    }
}

fn served(approve: Option<Approve>) -> RemoteService {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("tcp://{}", socket.local_addr().unwrap());
    std::thread::spawn(move || serve(Listener::Tcp(socket), || Mirror, approve));
    at(&url)
}

fn at(url: &str) -> RemoteService {
    RemoteService(Arc::new(Line::impatient(Address::parse(url).unwrap())))
}

fn gcp(name: &str) -> MasterKey {
    MasterKey::GcpKms { resource_id: name.into() }
}

fn unwrapped(service: &RemoteService, enc: &str) -> Result<Vec<u8>, String> {
    match service.unwrap(&WrappedKey { enc: enc.into(), ..WrappedKey::new(gcp("k")) }) {
        Attempt::Recovered(secret) => Ok(secret.to_vec()),
        Attempt::Failed(reason) | Attempt::NotHeld { reason, .. } => Err(reason.to_string()),
    }
}

#[test]
fn there_and_back() {
    let service = served(None);
    assert_eq!(service.wrap(&gcp("k"), b"secret").unwrap(), "terces");
    assert_eq!(unwrapped(&service, "terces").unwrap(), b"secret");
    let bad = service.wrap(&gcp("bad"), b"x").unwrap_err().to_string();
    assert_eq!(bad, "rpc error: code = Unknown desc = two\nlines \\u{1b}[2J");
    assert!(service.wrap(&gcp("empty"), b"x").unwrap_err().to_string().contains("no wrapped key"));
    // A crash of a backend is no crash of the service.
    let panic = service.wrap(&gcp("panic"), b"x").unwrap_err().to_string();
    assert_eq!(panic, "rpc error: code = Internal desc = the attempt ended without an answer");
    let long = service.wrap(&gcp("k"), &[b'x'; 5 << 20]).unwrap_err().to_string();
    assert!(long.starts_with("rpc error: code = "), "{long}");
    assert_eq!(service.wrap(&gcp("k"), b"still").unwrap(), "llits");
}

#[test]
fn many_ask_at_once() {
    let service = served(None);
    let url = format!("{}", service.0.address());
    std::thread::scope(|scope| {
        for number in 0..20 {
            let url = url.clone();
            scope.spawn(move || {
                let service = at(&url);
                for round in 0..5 {
                    let text = format!("{number}-{round}");
                    let turned: String = text.chars().rev().collect();
                    assert_eq!(unwrapped(&service, &text).unwrap(), turned.as_bytes());
                }
            });
        }
    });
}

#[test]
fn a_person_decides_before_the_key_is_used_and_may_take_time() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let service = served(Some(Box::new(move |operation, key| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        assert_eq!(operation, Operation::Decrypt);
        assert_eq!(printable_key(key), "GCP KMS key with resource ID k");
        std::thread::sleep(Duration::from_millis(900)); // three times as long as this client waits
        match number {
            0 => Ok(()),
            1 => Err(Refusal::Rejected),
            _ => Err(Refusal::Failed("EOF".into())),
        }
    })));
    assert_eq!(unwrapped(&service, "ab").unwrap(), b"ba");
    let refused = unwrapped(&service, "ab").unwrap_err();
    assert_eq!(refused, "rpc error: code = PermissionDenied desc = Request rejected by user");
    assert_eq!(unwrapped(&service, "ab").unwrap_err(), "rpc error: code = Unknown desc = EOF");
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

/// Neither one that accepts nor one that does not even do that.
#[test]
fn who_says_nothing_is_left() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let service = at(&format!("tcp://{}", silent.local_addr().unwrap()));
    let start = Instant::now();
    let why = unwrapped(&service, "x").unwrap_err();
    assert_eq!(
        why,
        "rpc error: code = DeadlineExceeded desc = the key service is connected but does not answer"
    );
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn who_is_no_key_service_is_told() {
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("tcp://{}", web.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in web.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 1024]);
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let why = unwrapped(&at(&url), "x").unwrap_err();
    assert!(why.starts_with("rpc error: code = Unavailable desc = "), "{why}");

    let closing = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("tcp://{}", closing.local_addr().unwrap());
    std::thread::spawn(move || closing.incoming().for_each(drop));
    let why = unwrapped(&at(&url), "x").unwrap_err();
    assert!(why.starts_with("rpc error: code = Unavailable desc = "), "{why}");
}

/// As seen with sops 3.13.2.
#[test]
fn who_is_not_there_is_told_in_gos_words() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, why) in [
        (format!("tcp4://{free}"), format!("dial tcp4 {free}: connect: connection refused")),
        ("unix:///none/s".into(), "dial unix /none/s: connect: no such file or directory".into()),
    ] {
        assert_eq!(
            unwrapped(&at(&url), "x").unwrap_err(),
            format!(
                "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: {why}\""
            )
        );
    }
    assert_eq!(
        unwrapped(&at("tcp://"), "x").unwrap_err(),
        "rpc error: code = Unavailable desc = dns resolver: missing address"
    );
}

/// A service that is started again is found again.
#[test]
fn a_new_server_in_the_old_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let service = at(&format!("unix://{}", path.display()));
    assert!(unwrapped(&service, "ab").unwrap_err().contains("no such file"));
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || serve(Listener::Unix(socket), || Mirror, None));
    assert_eq!(unwrapped(&service, "ab").unwrap(), b"ba");
}

#[test]
fn questions_name_the_key_on_one_line() {
    let text = |key: MasterKey| printable_key(&key);
    assert_eq!(text(MasterKey::Pgp { fingerprint: "A\nB".into() }), "PGP key with fingerprint A\\u{a}B");
    assert_eq!(text(MasterKey::Age { recipient: "age1x".into() }), "age key with recipient age1x");
    assert!(text(gcp(&"x".repeat(1 << 20))).len() < 3000);
    let vault =
        MasterKey::VaultTransit { address: "http://h".into(), engine_path: "e".into(), key_name: "k".into() };
    assert_eq!(text(vault), "Hashicorp Vault key with URI http://h/v1/e/keys/k");
}
