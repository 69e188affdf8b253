//! What goes wrong on the way to a vault and back: each has its own reason, the right number of
//! attempts, and tells no secret.

use std::time::{Duration, Instant};

use serde_json::json;

use super::support::Home;
use super::support::fake::azure::{Azure, TOKEN, VERSIONS, Where, error};
use super::support::fake::{Reply, Server};
use super::{PLAIN, discreet, home, nobody, told, url};

/// A home with a file under a key of `azure`.
fn sealed(azure: &Azure) -> Home {
    let home = home(azure).set("SOPS_AZURE_KEYVAULT_URLS", &url(VERSIONS[0]));
    home.encrypted("a.yaml", PLAIN);
    home
}

/// These replies of a vault, and then as usual: `attempts` requests come with a token, and why the
/// file does not open.
#[track_caller]
fn check(replies: Vec<Reply>, attempts: usize, said: &str) {
    let azure = Azure::start();
    let home = sealed(&azure);
    let before = azure.asked().len();
    azure.replies(Where::Vault, replies);
    let run = discreet(home.sops(["decrypt", "a.yaml"])).exits(128).prints_nothing();
    assert!(told(&run).contains(said), "{said:?} is not in:\n{}", run.stderr);
    let asked = azure.asked().split_off(before);
    assert_eq!(asked.iter().filter(|line| line.contains('*')).count(), attempts, "{asked:?}");
    assert_eq!(azure.left(), 0);
}

#[test]
fn refusals_are_in_azures_words() {
    check(
        vec![error(403, "Forbidden", "no decrypt permission")],
        1,
        "RESPONSE 403: 403 Forbidden ERROR CODE: Forbidden",
    );
    check(vec![error(400, "BadParameter", "echo")], 1, "\"message\": \"echo\"");
    check(vec![Reply::text(404, "<html>")], 1, "ERROR CODE UNAVAILABLE");
    check(vec![Reply::empty(302)], 1, "Response contained no body");
    // A server that sends back what it got.
    check(vec![error(400, "BadParameter", TOKEN)], 1, "[redacted]");
    check(vec![error(401, "Unauthorized", "expired")], 1, "RESPONSE 401: 401 Unauthorized");
}

#[test]
fn what_may_pass_is_tried_four_times() {
    for status in [429, 503] {
        let reply = Reply::text(status, "later").with("Retry-After", "0");
        check(vec![reply; 4], 4, &format!("RESPONSE {status}: {status}"));
    }
    check(vec![Reply::text(500, "later"); 4], 4, "RESPONSE 500: 500 Internal Server Error");
}

#[test]
fn connections_that_break() {
    check(vec![Reply::Close; 4], 4, "connection closed before message");
    check(vec![Reply::Raw(b"garbage\r\n\r\n".to_vec()); 4], 4, "invalid HTTP");
}

#[test]
fn a_vault_that_recovers_is_not_given_up() {
    let azure = Azure::start();
    let home = sealed(&azure);
    azure.replies(Where::Vault, [error(429, "Throttled", "slow").with("Retry-After", "0"), Reply::Close]);
    azure.replies(Where::Challenge, [Reply::text(503, "x").with("Retry-After", "0")]);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
}

#[test]
fn answers_without_a_key() {
    check(vec![Reply::text(200, "garbage")], 1, "the answer is no JSON, or not all of it came");
    check(vec![Reply::text(200, "{\"value\":\"AA")], 1, "the answer is no JSON, or not all of it came");
    check(vec![Reply::json(200, &json!({}))], 1, "the answer has no value");
    check(vec![Reply::json(200, &json!({ "value": "a+b" }))], 1, "the answer's value is no base64");
    let short = base64_simd::URL_SAFE_NO_PAD.encode_to_string("short");
    check(vec![Reply::json(200, &json!({ "value": short }))], 1, "unwrapping gave 5 bytes");
}

/// The next key is tried when the vault gives back what is no key of this file, or nothing at all.
#[test]
fn the_next_key_is_tried() {
    let azure = Azure::start();
    let home = home(&azure)
        .and_age()
        .set("SOPS_AZURE_KEYVAULT_URLS", &url(VERSIONS[0]))
        .set("SOPS_DECRYPTION_ORDER", "azure_kv,age");
    home.encrypted("a.yaml", PLAIN);
    let other = base64_simd::URL_SAFE_NO_PAD.encode_to_string([7; 32]);
    for reply in [Reply::json(200, &json!({ "value": other })), error(403, "Forbidden", "no"), Reply::Hang] {
        azure.replies(Where::Vault, [reply]);
        let start = Instant::now();
        discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
}

#[test]
fn challenges_that_are_none() {
    let check = |reply: Reply, said: &str| {
        let azure = Azure::start();
        let home = sealed(&azure);
        azure.replies(Where::Challenge, [reply]);
        let run = discreet(home.sops(["decrypt", "a.yaml"])).exits(128);
        assert!(told(&run).contains(said), "{said:?} is not in:\n{}", run.stderr);
        assert!(azure.asked().iter().skip(2).all(|line| !line.contains('*')), "a token was sent");
    };
    let challenge = |text: &str| error(401, "Unauthorized", "x").with("WWW-Authenticate", text);
    check(challenge("Basic realm=\"x\""), "could not find a valid resource in the WWW-Authenticate header");
    let other = "Bearer authorization=\"https://login.microsoftonline.com/t\", resource=\"https://management.azure.com\"";
    check(challenge(other), "doesn't match the requested domain");
    check(error(401, "Unauthorized", "x"), "RESPONSE 401");
}

/// A file may name any server: it gets no token.
#[test]
fn vaults_of_somebody_else() {
    let azure = Azure::start();
    let home = sealed(&azure);
    let text = home.read_text("a.yaml");
    for (vault, said) in [
        ("https://team.vault.azure.net.evil.example", "invalid peer certificate"),
        ("https://vault.azure.net.evil.example", "doesn't match the requested domain"),
        ("http://team.vault.azure.net", "authorized requests are not permitted for non-TLS"),
        ("https://me:my-own-password@team.vault.azure.net", "more than a server and a path"),
    ] {
        home.write("b.yaml", text.replace("https://team.vault.azure.net", vault));
        let run = discreet(home.sops(["decrypt", "b.yaml"])).exits(128).keeps_quiet_about("my-own-password");
        assert!(told(&run).contains(said), "{said:?} is not in:\n{}", run.stderr);
    }
    let requests = azure.server.requests();
    let evil = requests.iter().filter(|request| request.header("host").contains("evil"));
    assert!(
        evil.clone().all(|request| request.header("authorization").is_empty() && request.body.is_empty())
    );
    home.write("b.yaml", text.replace("name: k1", "name: .."));
    let run = discreet(home.sops(["decrypt", "b.yaml"])).exits(128);
    assert!(told(&run).contains("name or version is none"), "{}", run.stderr);
}

#[test]
fn servers_that_are_not_there_or_not_trusted() {
    let azure = Azure::start();
    let home = sealed(&azure);
    let text = home.read_text("a.yaml");
    // Nobody listens there.
    let port = Server::start(|_| Reply::Close).port();
    home.write("b.yaml", text.replace("https://team.vault.azure.net", &format!("https://127.0.0.1:{port}")));
    let run = discreet(home.sops(["decrypt", "b.yaml"])).exits(128);
    assert!(told(&run).contains("connection refused"), "{}", run.stderr);
    // A certificate of nobody known.
    let home = home.set("SSL_CERT_FILE", "/dev/null");
    let start = Instant::now();
    discreet(home.sops(["decrypt", "a.yaml"])).exits(128);
    assert!(start.elapsed() < Duration::from_secs(3), "TLS is tried again");
}

#[test]
fn nothing_is_written_when_a_key_fails() {
    let azure = Azure::start();
    let home = home(&azure).set("SOPS_AZURE_KEYVAULT_URLS", &url(VERSIONS[0]));
    home.write("a.yaml", PLAIN);
    azure.replies(Where::Vault, [error(403, "Forbidden", "no")]);
    discreet(home.sops(["encrypt", "-i", "a.yaml"]))
        .exits(1)
        .says("Could not generate data key: [failed to encrypt");
    assert_eq!(home.read_text("a.yaml"), PLAIN);
    for bad in ["http://v/keys/k", "https://v/k", "https://v/keys/k//"] {
        discreet(home.sops(["encrypt", "--azure-kv", bad, "a.yaml"]))
            .exits(1)
            .says("into a valid Azure Key Vault MasterKey");
    }
    let home = nobody(&azure).set("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential");
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "--azure-kv", "https://team.vault.azure.net/keys/k1", "a.yaml"]))
        .exits(1)
        .prints_nothing()
        .says("failed to fetch Azure Key to retrieve key version: DefaultAzureCredential");
}

#[test]
fn tokens_that_are_not_to_be_had() {
    let azure = Azure::start();
    let home = sealed(&azure);
    for (reply, said) in [
        (Reply::text(200, "garbage"), "the answer is no JSON"),
        (Reply::json(200, &json!({ "expires_in": 1 })), "the answer has no access_token"),
        (Reply::json(200, &json!({ "access_token": TOKEN })), "when the token expires"),
    ] {
        azure.replies(Where::Tokens, [reply]);
        let run = discreet(home.sops(["decrypt", "a.yaml"])).exits(128);
        assert!(told(&run).contains(said), "{}", run.stderr);
    }
    azure.replies(
        Where::Tokens,
        [Reply::text(503, "x").with("Retry-After", "0"), Reply::text(429, "x").with("Retry-After", "0")],
    );
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0);
}
