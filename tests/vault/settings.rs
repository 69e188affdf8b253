//! The variables of Vault's client, each seen at the server (keys §8.3, §8.4).

use std::io::{Read, Write};

use resops::backends::vault::VaultService;
use resops::keys::{Attempt, KeyService, WrappedKey};

use super::bad_days::{key, reason, service};
use super::support::fake::vault::{TOKEN, Vault};
use super::support::fake::{Authority, Reply, Server};
use super::{Home, PLAIN, discreet};

const SECRET: &[u8; 32] = b"data-key-of-the-tests-of-backend";

/// A secret goes there and comes back.
#[track_caller]
fn works(service: &VaultService, address: &str) {
    let key = key(address);
    let enc = service.wrap(&key, SECRET).unwrap_or_else(|error| panic!("{error}"));
    match service.unwrap(&WrappedKey { enc, ..WrappedKey::new(key) }) {
        Attempt::Recovered(secret) => assert_eq!(&secret[..], SECRET),
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => panic!("{reason}"),
    }
}

#[test]
fn the_token_of_the_variable_comes_before_that_of_the_file() {
    let vault = Vault::start();
    let home = Home::empty().set("SOPS_VAULT_URIS", &vault.key("transit", "k"));
    home.write(".vault-token", format!("  {TOKEN}\n"));
    home.encrypted("a.yaml", PLAIN);
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
    let home = home.set("VAULT_TOKEN", "wrong");
    discreet(home.sops(["decrypt", "a.yaml"])).exits(128).says("* permission denied");
    let home = home.set("VAULT_TOKEN", "bad\u{7}token");
    discreet(home.sops(["decrypt", "a.yaml"]))
        .exits(128)
        .says("non-printable")
        .keeps_quiet_about("token\u{7}");
}

#[test]
fn namespace_and_headers_are_sent() {
    let vault = Vault::start();
    let service =
        service(&[("VAULT_NAMESPACE", "team/a"), ("VAULT_HEADERS", "{\"X-One\":\"1\",\"X-Two\":\"2\"}")]);
    works(&service, &vault.server.url());
    for request in vault.server.requests() {
        let sent = ["x-vault-namespace", "x-one", "x-two"].map(|name| request.header(name).to_owned());
        assert_eq!(sent, ["team/a", "1", "2"]);
    }
    assert_eq!(vault.server.connections(), 1);
}

#[test]
fn the_agent_stands_for_the_stored_address() {
    let vault = Vault::start();
    works(&service(&[("VAULT_AGENT_ADDR", &vault.server.url())]), "http://stored.invalid:8200");
    assert_eq!(vault.server.requests().len(), 2);
}

/// `unix://`: an agent that listens on a socket.
#[test]
fn the_agent_may_be_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let agent = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        let body = "{\"data\":{\"ciphertext\":\"vault:v1:x\"}}";
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    let service = service(&[("VAULT_AGENT_ADDR", &format!("unix://{}", path.display()))]);
    assert_eq!(service.wrap(&key("http://stored.invalid"), SECRET).unwrap(), "vault:v1:x");
    let request = agent.join().unwrap();
    assert!(request.starts_with("PUT /v1/transit/encrypt/k1 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("host: localhost\r\n"), "{request}");
}

#[test]
fn authorities_are_named_in_three_ways() {
    let authority = Authority::new();
    let vault = Vault::start_tls(&authority);
    let file = authority.file().display().to_string();
    let folder = authority.file().parent().unwrap().display().to_string();
    let text = std::fs::read_to_string(&file).unwrap();
    for (name, value) in [("VAULT_CACERT", &file), ("VAULT_CACERT_BYTES", &text), ("VAULT_CAPATH", &folder)] {
        works(&service(&[(name, value)]), &vault.server.url());
    }
    let other = Authority::new().file().display().to_string();
    let said = reason(&service(&[("VAULT_CACERT", &other)]), &vault.server.url(), "x-enc-x");
    // The other authority's folder went with it.
    assert!(said.starts_with("cannot create Vault client: error encountered setting up default"), "{said}");
    let other = Authority::new();
    let said = reason(
        &service(&[("VAULT_CACERT", &other.file().display().to_string())]),
        &vault.server.url(),
        "x-enc-x",
    );
    assert!(said.contains("invalid peer certificate: "), "{said}");
}

#[test]
fn the_program_takes_the_authority_too() {
    let authority = Authority::new();
    let vault = Vault::start_tls(&authority);
    let home = Home::empty()
        .set("VAULT_TOKEN", TOKEN)
        .set("SOPS_VAULT_URIS", &vault.key("transit", "k"))
        .set("SSL_CERT_FILE", &authority.file().display().to_string());
    home.encrypted("a.yaml", PLAIN);
    let home = home.set("SSL_CERT_FILE", "").set("VAULT_CACERT", &authority.file().display().to_string());
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
}

#[test]
fn the_certificate_may_be_for_another_name_or_none() {
    let authority = Authority::new();
    let vault = Vault::start_tls(&authority);
    let file = authority.file().display().to_string();
    let address = vault.server.url();
    works(&service(&[("VAULT_CACERT", &file), ("VAULT_TLS_SERVER_NAME", "localhost")]), &address);
    assert_eq!(vault.server.requests()[0].header("host"), address.trim_start_matches("https://"));
    let wrong = service(&[("VAULT_CACERT", &file), ("VAULT_TLS_SERVER_NAME", "vault.example")]);
    let said = reason(&wrong, &address, "x-enc-x");
    assert!(said.contains("certificate not valid for name \"vault.example\""), "{said}");
    works(&service(&[("VAULT_SKIP_VERIFY", "true")]), &address);
}

/// That it is asked for is the server's business; that it can be read is ours.
#[test]
fn a_client_certificate_is_read() {
    let authority = Authority::new();
    let vault = Vault::start_tls(&authority);
    let folder = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["me".to_owned()]).unwrap().self_signed(&key).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(path("key.pem"), key.serialize_pem()).unwrap();
    let authority = authority.file().display().to_string();
    let with = |key: &str| {
        let cert = path("cert.pem");
        service(&[("VAULT_CACERT", &authority), ("VAULT_CLIENT_CERT", &cert), ("VAULT_CLIENT_KEY", key)])
    };
    works(&with(&path("key.pem")), &vault.server.url());
    let said = reason(&with(&path("cert.pem")), &vault.server.url(), "x-enc-x");
    assert!(said.contains("cannot create Vault client: VAULT_CLIENT_CERT: "), "{said}");
    let said = reason(&with(&path("none.pem")), &vault.server.url(), "x-enc-x");
    assert!(said.ends_with("none.pem: no such file or directory"), "{said}");
}

#[test]
fn a_proxy_is_asked_for_everything() {
    let vault = Vault::start();
    let proxy = vault.server.url();
    works(
        &service(&[("VAULT_HTTP_PROXY", "http://proxy.invalid"), ("VAULT_PROXY_ADDR", &proxy)]),
        "http://stored.invalid",
    );
    assert_eq!(vault.server.requests()[0].header("host"), "stored.invalid");
}

#[test]
fn a_standby_sends_elsewhere_once() {
    let vault = Vault::start();
    let active = vault.server.url();
    let location = active.clone();
    let standby = Server::start(move |request| {
        Reply::empty(307).with("Location", &format!("{location}{}", request.target))
    });
    works(&service(&[]), &standby.url());
    assert_eq!(standby.requests().len(), 2);

    let said = reason(&service(&[("VAULT_DISABLE_REDIRECTS", "1")]), &standby.url(), "x-enc-x");
    assert!(said.ends_with("transit backend is empty"), "{said}");
    let there = standby.url();
    let round = Server::start(move |_| Reply::empty(302).with("Location", &there));
    let said = reason(&service(&[]), &round.url(), "x-enc-x");
    assert!(said.ends_with("transit backend is empty"), "{said}");
    assert_eq!(standby.requests().len(), 4, "only one redirect is followed");
}

/// The token must not go out in clear because a server says so.
#[test]
fn a_redirect_does_not_leave_tls() {
    let vault = Vault::start();
    let location = vault.server.url();
    let authority = Authority::new();
    let standby = Server::start_tls(&authority, move |_| Reply::empty(302).with("Location", &location));
    let file = authority.file().display().to_string();
    let said = reason(&service(&[("VAULT_CACERT", &file)]), &standby.url(), "x-enc-x");
    assert!(said.ends_with("redirect would cause protocol downgrade"), "{said}");
    assert!(vault.server.requests().is_empty());
}

#[test]
fn servers_that_are_not_on_the_list_are_not_asked() {
    let vault = Vault::start();
    let address = vault.server.url();
    let list = |value: &str| service(&[("SOPS_HC_VAULT_ALLOWLIST", value)]);
    works(&list(&format!("https://other , {address}")), &address);
    let before = vault.server.requests().len();
    for value in ["none", "https://other"] {
        let said = reason(&list(value), &address, "x-enc-x");
        assert_eq!(said, format!("Allowlist does not allow {address}"));
        let error = list(value).wrap(&key(&address), SECRET).unwrap_err();
        assert_eq!(error.to_string(), format!("Allowlist does not allow {address}"));
    }
    let said = reason(&list("https://other,"), &address, "x-enc-x");
    assert_eq!(said, "SOPS_HC_VAULT_ALLOWLIST's entry 2 is empty");
    assert_eq!(vault.server.requests().len(), before);
}

#[test]
fn service_records_are_refused_where_they_matter() {
    let vault = Vault::start();
    let service = service(&[("VAULT_SRV_LOOKUP", "true")]);
    works(&service, &vault.server.url());
    let said = reason(&service, "http://vault.invalid", "x-enc-x");
    assert!(said.contains("VAULT_SRV_LOOKUP is not supported here"), "{said}");
}
