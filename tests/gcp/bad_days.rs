//! What goes wrong on the way to Google and back: each has its own reason, the right number of
//! attempts, and tells no secret.

use std::time::{Duration, Instant};

use resops::backends::SystemHost;
use resops::backends::gcp_kms::GcpService;
use resops::backends::network::Network;
use resops::keys::{Attempt, KeyService, MasterKey, WrappedKey};
use serde_json::json;

use super::support::fake::google::{DENIED_KEY, Google, KEY, TOKEN, error, gives, status};
use super::support::fake::{Authority, Reply};
use super::{Home, PLAIN, discreet, home, tells_nothing};

const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
const ENC: &str = "c29tZXRoaW5nIHRoYXQgaXMgbm8ga2V5";
const FAILED: &str = "failed to decrypt sops data key with GCP KMS key: ";

/// A user with these variables, who is not patient.
pub(super) fn service(variables: &[(&str, &str)]) -> GcpService {
    let machine =
        SystemHost::new(variables.iter().map(|(name, value)| (name.into(), value.into())).collect());
    GcpService::with_pace(machine, Network::default(), Duration::from_secs(5), Duration::from_millis(5))
}

/// Over REST without TLS, so that no certificate has to be trusted.
fn variables(address: &str) -> [(&str, &str); 3] {
    [
        ("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN),
        ("SOPS_GCP_KMS_CLIENT_TYPE", "rest"),
        ("SOPS_GCP_KMS_ENDPOINT", address),
    ]
}

/// Why the key does not open, which tells no secret.
#[track_caller]
fn reason(service: &GcpService, key: &str) -> String {
    let wrapped = WrappedKey { enc: ENC.to_owned(), ..WrappedKey::new(MasterKey::gcp_kms(key)) };
    let reason = match service.unwrap(&wrapped) {
        Attempt::Recovered(_) => panic!("it opens"),
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => reason.to_string(),
    };
    tells_nothing(&reason);
    assert!(!reason.contains(ENC), "{reason}");
    reason
}

/// These replies, then as usual; `attempts` requests are made, and the reason is `expected`.
#[track_caller]
fn check(replies: Vec<Reply>, attempts: usize, expected: &str) {
    let google = Google::start();
    google.replies(replies);
    let said = reason(&service(&variables(&google.plain.url())), KEY);
    let url = format!("{}/v1/{KEY}:decrypt?%24alt=json%3Benum-encoding%3Dint", google.plain.url());
    let expected = format!("{FAILED}{}", expected.replace("URL", &url));
    assert!(said.starts_with(&expected), "{said}\n  instead of\n{expected}");
    assert_eq!(google.plain.requests().len(), attempts, "{said}");
}

#[test]
fn refusals_are_in_googles_words() {
    check(vec![error(403, "PERMISSION_DENIED", "denied")], 1, "googleapi: Error 403: denied");
    check(vec![], 1, "googleapi: Error 400: Decryption failed: verify that 'name' refers");
    check(vec![error(401, "UNAUTHENTICATED", "expired")], 1, "googleapi: Error 401: expired");
    let google = Google::start();
    let said = reason(&service(&variables(&google.plain.url())), DENIED_KEY);
    assert!(said.starts_with(&format!("{FAILED}googleapi: Error 403: Permission 'cloudkms.")), "{said}");
    let mut wrong = variables("");
    let address = google.plain.url();
    (wrong[0].1, wrong[2].1) = ("ya29.another", &address);
    let wrapped = WrappedKey { enc: ENC.to_owned(), ..WrappedKey::new(MasterKey::gcp_kms(KEY)) };
    let Attempt::Failed(said) = service(&wrong).unwrap(&wrapped) else { panic!() };
    assert_eq!(said.to_string(), format!("{FAILED}googleapi: Error 401: unknown token"));
}

#[test]
fn what_may_pass_is_tried_three_times() {
    for code in [429, 500, 502, 503, 504] {
        check(vec![error(code, "X", "later"); 3], 3, &format!("googleapi: Error {code}: later"));
    }
    check(vec![Reply::Close; 3], 3, "Post \"URL\": connection closed before message");
    let truncated = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"plain".to_vec();
    check(vec![Reply::Raw(truncated); 3], 3, "Post \"URL\": ");
    check(vec![Reply::Raw(b"garbage\r\n\r\n".to_vec()); 3], 3, "Post \"URL\": invalid HTTP");

    let google = Google::start();
    let service = service(&variables(&google.plain.url()));
    google.replies([
        error(503, "UNAVAILABLE", "busy"),
        error(429, "RESOURCE_EXHAUSTED", "slow down").with("Retry-After", "0"),
    ]);
    let key = MasterKey::gcp_kms(KEY);
    let enc = service.wrap(&key, SECRET).unwrap();
    let wrapped = WrappedKey { enc, ..WrappedKey::new(key) };
    assert!(matches!(service.unwrap(&wrapped), Attempt::Recovered(secret) if secret[..] == SECRET[..]));
}

#[test]
fn answers_without_a_key() {
    check(vec![Reply::json(200, &json!({}))], 1, "the answer has no plaintext");
    check(vec![Reply::json(200, &json!({"plaintext": 1}))], 1, "plaintext is no text");
    check(vec![Reply::json(200, &json!({"plaintext": "%"}))], 1, "plaintext: illegal base64 data");
    check(vec![Reply::text(200, "{\"plainte")], 1, "the answer is no JSON, or not all of it came");
    check(vec![Reply::text(200, "[]")], 1, "the answer is no JSON");
    let damaged = json!({"plaintext": "c2hvcnQ=", "plaintextCrc32c": "1"});
    check(vec![Reply::json(200, &damaged)], 1, "plaintext does not have the checksum that came with it");
    let google = Google::start();
    google.replies([Reply::json(200, &json!({"name": "x"}))]);
    let error = service(&variables(&google.plain.url())).wrap(&MasterKey::gcp_kms(KEY), SECRET).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to encrypt sops data key with GCP KMS key: the answer has no ciphertext"
    );
}

#[test]
fn secrets_that_come_back_are_taken_out() {
    let plain = base64_simd::STANDARD.encode_to_string(SECRET);
    let google = Google::start();
    let text = format!("{TOKEN} {ENC} {plain}");
    google.replies([error(400, "X", &text), Reply::text(400, &text)]);
    let service = service(&variables(&google.plain.url()));
    let said = reason(&service, KEY);
    assert!(said.contains("[redacted] [redacted] "), "{said}");
    let said = service.wrap(&MasterKey::gcp_kms(KEY), SECRET).unwrap_err().to_string();
    assert!(said.contains("[redacted]") && !said.contains(&plain), "{said}");
}

#[test]
fn nobody_there_or_nobody_who_answers() {
    let said = reason(&service(&variables("http://127.0.0.1:1")), KEY);
    assert!(said.ends_with("\": connection refused"), "{said}");
    let mut grpc = variables("127.0.0.1:1");
    grpc[1].1 = "grpc";
    let said = reason(&service(&grpc), KEY);
    let expected = "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: connection refused\"";
    assert_eq!(said, format!("{FAILED}{expected}"));

    let google = Google::start();
    google.replies([Reply::Hang]);
    let address = google.plain.url();
    let all = variables(&address).iter().map(|(name, value)| (name.into(), value.into())).collect();
    let limit = Duration::from_millis(300);
    let hasty = GcpService::with_pace(SystemHost::new(all), Network::default(), limit, limit);
    let said = reason(&hasty, KEY);
    assert!(said.ends_with("no answer within 0.3 seconds"), "{said}");
}

#[test]
fn what_is_in_the_file_is_no_ciphertext() {
    let wrapped = WrappedKey { enc: "%".to_owned(), ..WrappedKey::new(MasterKey::gcp_kms(KEY)) };
    let Attempt::Failed(reason) = service(&variables("http://127.0.0.1:1")).unwrap(&wrapped) else {
        panic!()
    };
    assert_eq!(reason.to_string(), "illegal base64 data at input byte 0");
}

/// Over gRPC, through the program, which trusts the server's certificate.
#[test]
fn calls_that_end_badly() {
    let google = Google::start();
    let home = home(&google).set("SOPS_GCP_KMS_IDS", KEY);
    let text = home.encrypted("a.yaml", PLAIN);
    let mut before = google.tls.requests().len();
    for (replies, attempts, expected) in [
        (vec![status(7, "denied")], 1, "code = PermissionDenied desc = denied"),
        (vec![status(16, "expired")], 1, "code = Unauthenticated desc = expired"),
        (vec![status(14, "later"); 3], 3, "code = Unavailable desc = later"),
        (vec![status(8, "slow down"); 3], 3, "code = ResourceExhausted desc = slow down"),
        (vec![Reply::text(503, "<html>"); 3], 3, "code = Unavailable desc = unexpected HTTP status"),
        (vec![Reply::text(403, "<html>")], 1, "code = PermissionDenied desc = unexpected HTTP status"),
        (vec![Reply::text(200, "garbage").with("grpc-status", "0")], 1, "not all of it came"),
        (vec![gives(b"short", Some(1))], 1, "plaintext does not have the checksum that came with it"),
        (vec![Reply::Close; 3], 3, "code = Unavailable desc = "),
        (vec![Reply::Raw(b"\0\0\0\0\x10half".to_vec()); 3], 3, "code = Unavailable desc = "),
    ] {
        google.replies(replies);
        discreet(home.sops(["decrypt", "a.yaml"])).exits(128).prints_nothing().says(expected);
        let now = google.tls.requests().len();
        assert_eq!(now - before, attempts, "{expected}");
        before = now;
    }
    google.replies([status(14, "busy"), status(8, "slow down")]);
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());

    // Nothing is written when the data key could not be wrapped.
    google.replies([gives(b"", None)]);
    discreet(home.sops(["rotate", "-i", "a.yaml"])).exits(128).says("the answer has no plaintext");
    discreet(home.sops(["rotate", "-i", "--add-gcp-kms", DENIED_KEY, "a.yaml"])).exits(1).says("Permission");
    let home = home.set("SOPS_GCP_KMS_IDS", &format!("{KEY},{DENIED_KEY}"));
    home.write("b.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "b.yaml"])).exits(1).says("Permission 'cloudkms");
    assert_eq!((home.read_text("a.yaml"), home.read_text("b.yaml")), (text, PLAIN.to_owned()));
}

#[test]
fn a_server_that_nobody_vouches_for() {
    let google = Google::start();
    let other = Authority::new();
    let home = home(&google).set("SOPS_GCP_KMS_IDS", KEY);
    home.encrypted("a.yaml", PLAIN);
    let before = google.tls.requests().len();
    let home = home.set("SSL_CERT_FILE", &other.file().display().to_string());
    discreet(home.sops(["decrypt", "a.yaml"])).exits(128).says("authentication handshake failed");
    assert_eq!(google.tls.requests().len(), before);
}

/// A server of HTTP/1.1 is no gRPC server.
#[test]
fn a_server_that_does_not_speak_grpc() {
    let authority = Authority::new();
    let server = super::support::fake::Server::start_tls(&authority, |_| Reply::text(200, "hello"));
    let home = Home::empty()
        .set("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
        .set("SSL_CERT_FILE", &authority.file().display().to_string())
        .set("SOPS_GCP_KMS_ENDPOINT", &format!("127.0.0.1:{}", server.port()));
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "--gcp-kms", KEY, "a.yaml"])).exits(1).says("code = Unavailable");
    assert!(server.requests().is_empty());
}

/// One dead key in front of a good one, and five dead ones beside one: nobody waits for them.
#[test]
fn a_dead_cloud_delays_nobody() {
    let google = Google::start();
    let dead = |number: usize| format!("projects/p/locations/global/keyRings/dead/cryptoKeys/k{number}");
    let keys: Vec<_> = (0..5).map(dead).chain([KEY.to_owned()]).collect();
    let home = home(&google).set("SOPS_GCP_KMS_IDS", &keys.join(","));
    home.encrypted("a.yaml", PLAIN);
    // Five calls hang, the sixth is answered.
    google.replies(vec![Reply::Hang; 5]);
    let start = Instant::now();
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
