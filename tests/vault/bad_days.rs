//! What goes wrong on the way to Vault and back, at the library's seam: each has its own reason, the
//! right number of attempts, and tells no secret.

use std::time::{Duration, Instant};

use resops::backends::SystemHost;
use resops::backends::network::Network;
use resops::backends::vault::VaultService;
use resops::keys::{Attempt, KeyService, MasterKey, WrappedKey};
use serde_json::json;

use super::support::fake::vault::{TOKEN, Vault, data, errors};
use super::support::fake::{Authority, Reply};

const SECRET: &[u8; 32] = b"data-key-of-the-tests-of-backend";

/// A user with these variables, who waits 5 ms where others wait a second.
pub(super) fn service(variables: &[(&str, &str)]) -> VaultService {
    let all = [("VAULT_TOKEN", TOKEN), ("HOME", "/nonexistent")].iter().chain(variables);
    let machine = SystemHost::new(all.map(|(name, value)| (name.into(), value.into())).collect());
    VaultService::with_pause(machine, Network::default(), Duration::from_millis(5))
}

pub(super) fn key(address: &str) -> MasterKey {
    MasterKey::VaultTransit {
        address: address.to_owned(),
        engine_path: "transit".to_owned(),
        key_name: "k1".to_owned(),
    }
}

/// Why the key does not open, which tells no secret.
#[track_caller]
pub(super) fn reason(service: &VaultService, address: &str, enc: &str) -> String {
    let wrapped = WrappedKey { enc: enc.to_owned(), ..WrappedKey::new(key(address)) };
    let reason = match service.unwrap(&wrapped) {
        Attempt::Recovered(_) => panic!("it opens"),
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => reason.to_string(),
    };
    let plain = base64_simd::STANDARD.encode_to_string(SECRET);
    for secret in [TOKEN, &plain, super::support::secrets::DATA_KEY, enc] {
        assert!(!reason.contains(secret), "a secret is told: {reason}");
    }
    reason
}

const ENC: &str = "vault:v1:c29tZXRoaW5nIHRoYXQgaXMgbm8ga2V5";

/// These replies, then as usual; `attempts` requests are made, and the reason is `expected`.
#[track_caller]
fn check(replies: Vec<Reply>, attempts: usize, expected: &str) {
    let vault = Vault::start();
    vault.replies(replies);
    let said = reason(&service(&[]), &vault.server.url(), ENC);
    let start = "failed to decrypt sops data key from Vault transit backend 'transit/decrypt/k1': ";
    let expected = format!("{start}{}", expected.replace("SERVER", &vault.server.url()));
    assert!(said.starts_with(&expected), "{said}\n  instead of\n{expected}");
    assert_eq!(vault.server.requests().len(), attempts, "{said}");
}

#[test]
fn refusals_are_in_vaults_words() {
    let answer = |code: u16, rest: &str| {
        format!("Error making API request.\n\nURL: PUT SERVER/v1/transit/decrypt/k1\nCode: {code}. {rest}")
    };
    check(vec![errors(403, &["permission denied"])], 1, &answer(403, "Errors:\n\n* permission denied"));
    check(vec![errors(400, &["a", "b"])], 1, &answer(400, "Errors:\n\n* a\n* b"));
    check(vec![errors(404, &[])], 1, &answer(404, "Errors:\n\n"));
    check(vec![Reply::text(400, "<html>")], 1, &answer(400, "Raw Message:\n\n<html>"));
    check(vec![Reply::text(501, "no")], 1, &answer(501, "Raw Message:\n\nno"));
    let namespace = errors(403, &["no"]).with("X-Vault-Namespace", "team/");
    check(
        vec![namespace],
        1,
        "Error making API request.\n\nNamespace: team/\nURL: PUT SERVER/v1/transit/decrypt/k1\nCode: 403. Errors:\n\n* no",
    );
    // As the server has no such key.
    check(vec![], 1, &answer(400, "Errors:\n\n* cipher: message authentication failed"));
}

#[test]
fn what_may_pass_is_tried_three_times() {
    for status in [429, 412, 500, 502, 503] {
        check(
            vec![Reply::text(status, "later"); 3],
            3,
            &format!(
                "Error making API request.\n\nURL: PUT SERVER/v1/transit/decrypt/k1\nCode: {status}. Raw Message:\n\nlater"
            ),
        );
    }
    check(vec![Reply::Close; 3], 3, "Put \"SERVER/v1/transit/decrypt/k1\": connection closed before message");
    check(
        vec![Reply::Raw(b"garbage\r\n\r\n".to_vec()); 3],
        3,
        "Put \"SERVER/v1/transit/decrypt/k1\": invalid HTTP",
    );
    let truncated = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":{".to_vec();
    check(vec![Reply::Raw(truncated); 3], 3, "Put \"SERVER/v1/transit/decrypt/k1\": ");
}

#[test]
fn a_server_that_recovers_is_not_given_up() {
    let vault = Vault::start();
    vault.replies([Reply::text(503, "sealed"), Reply::Close]);
    let service = service(&[]);
    let enc = service.wrap(&key(&vault.server.url()), SECRET).unwrap();
    vault.replies([errors(429, &["slow down"]).with("Retry-After", "0")]);
    let wrapped = WrappedKey { enc, ..WrappedKey::new(key(&vault.server.url())) };
    let Attempt::Recovered(secret) = service.unwrap(&wrapped) else { panic!() };
    assert_eq!(&secret[..], SECRET);
    assert_eq!(vault.server.requests().len(), 5);
}

#[test]
fn answers_without_a_key() {
    check(vec![Reply::json(200, &json!({"request_id": "x"}))], 1, "transit backend is empty");
    check(vec![Reply::json(200, &json!({"data": null}))], 1, "transit backend is empty");
    check(vec![Reply::empty(204)], 1, "transit backend is empty");
    check(vec![data(&json!({}))], 1, "no decrypted data");
    check(vec![data(&json!({"plaintext": 5}))], 1, "the answer's plaintext is no text");
    check(vec![data(&json!({"plaintext": "%"}))], 1, "cannot decode base64 plaintext into data key bytes");
    check(vec![Reply::text(200, "{\"data\":{\"plainte")], 1, "the answer is no JSON, or not all of it came");
    check(
        vec![Reply::text(200, &"x".repeat(2 << 20))],
        1,
        "Put \"SERVER/v1/transit/decrypt/k1\": the answer has",
    );

    let vault = Vault::start();
    vault.replies([data(&json!({"key_version": 1}))]);
    assert_eq!(
        service(&[]).wrap(&key(&vault.server.url()), SECRET).unwrap_err().to_string(),
        "failed to encrypt sops data key to Vault transit backend 'transit/encrypt/k1': no encrypted data"
    );
}

/// A server that sends back what it was sent does not get it into a message.
#[test]
fn secrets_that_come_back_are_taken_out() {
    let plain = base64_simd::STANDARD.encode_to_string(SECRET);
    let vault = Vault::start();
    let text = format!("you sent {TOKEN} and {ENC}");
    vault.replies([errors(400, &[&text]), Reply::text(400, &text), Reply::text(400, &plain)]);
    let service = service(&[]);
    for _ in 0..2 {
        let said = reason(&service, &vault.server.url(), ENC);
        assert!(said.contains("you sent [redacted] and [redacted]"), "{said}");
    }
    let said = service.wrap(&key(&vault.server.url()), SECRET).unwrap_err().to_string();
    assert!(said.ends_with("[redacted]"), "{said}");
}

#[test]
fn nobody_there() {
    let address = {
        let gone = Vault::start();
        gone.server.url()
    };
    let said = reason(&service(&[]), &address, ENC);
    assert!(
        said.ends_with(&format!("Put \"{address}/v1/transit/decrypt/k1\": connection refused")),
        "{said}"
    );
    let said = reason(&service(&[("VAULT_MAX_RETRIES", "0")]), "http://no-such-host.invalid", ENC);
    assert!(said.contains("Put \"http://no-such-host.invalid/v1/transit/decrypt/k1\": "), "{said}");
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let vault = Vault::start();
    vault.replies([Reply::Hang]);
    let started = Instant::now();
    let said = reason(&service(&[("VAULT_CLIENT_TIMEOUT", "300ms")]), &vault.server.url(), ENC);
    assert!(said.ends_with("no answer within 0.3 seconds (VAULT_CLIENT_TIMEOUT)"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(5));

    // Whoever asks for more patience than there is gets none.
    vault.replies([errors(503, &["busy"]).with("Retry-After", "3600")]);
    let said = reason(&service(&[]), &vault.server.url(), ENC);
    assert!(said.contains("Code: 503") && said.ends_with("* busy"), "{said}");
}

#[test]
fn a_server_that_nobody_vouches_for() {
    let authority = Authority::new();
    let vault = Vault::start_tls(&authority);
    let said = reason(&service(&[]), &vault.server.url(), ENC);
    assert!(said.contains("invalid peer certificate: UnknownIssuer; VAULT_CACERT names"), "{said}");
    assert!(vault.server.requests().is_empty());
    assert_eq!(vault.server.connections(), 1, "it is not tried again");

    let plain = Vault::start();
    let address = plain.server.url().replace("http:", "https:");
    let said = reason(&service(&[]), &address, ENC);
    assert!(said.contains(&format!("Put \"{address}/v1/transit/decrypt/k1\": ")), "{said}");
}

#[test]
fn a_key_that_leads_elsewhere_is_not_asked_for() {
    let vault = Vault::start();
    let key = MasterKey::VaultTransit {
        address: vault.server.url(),
        engine_path: "transit".to_owned(),
        key_name: "../../sys/seal".to_owned(),
    };
    let Attempt::Failed(reason) = service(&[]).unwrap(&WrappedKey::new(key)) else { panic!() };
    assert!(reason.to_string().contains("leads elsewhere"), "{reason}");
    assert!(vault.server.requests().is_empty());
}

#[test]
fn a_missing_token_says_where_it_was_looked_for() {
    let vault = Vault::start();
    let service = service(&[("VAULT_TOKEN", "")]);
    let wrapped = WrappedKey { enc: ENC.to_owned(), ..WrappedKey::new(key(&vault.server.url())) };
    let Attempt::NotHeld { reason, looked_in } = service.unwrap(&wrapped) else { panic!() };
    assert!(reason.to_string().ends_with("* permission denied"), "{reason}");
    assert_eq!(looked_in, ["VAULT_TOKEN", "/nonexistent/.vault-token"]);
    assert!(!vault.server.requests()[0].headers.contains_key("x-vault-token"));
}
