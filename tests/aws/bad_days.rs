//! What goes wrong on the way to KMS and back: each has its own reason, the right number of attempts, and
//! tells no secret.

use std::time::{Duration, Instant};

use resops::backends::SystemHost;
use resops::backends::aws_kms::AwsKmsService;
use resops::backends::network::Network;
use resops::keys::{Attempt, KeyService, MasterKey, WrappedKey};
use serde_json::json;

use super::support::Home;
use super::support::fake::aws::{ACCESS_KEY, ARN, Aws, ROLE, ROLE_TOKEN, SECRET_KEY, error, plaintext};
use super::support::fake::{Authority, Reply};
use super::{PLAIN, discreet, home};

const ENC: &str = "c29tZXRoaW5nIHRoYXQgaXMgbm8ga2V5";
pub(super) const SECRET: &[u8; 32] = b"data-key-of-the-tests-of-backend";
const FAILED: &str = "failed to decrypt sops data key with AWS KMS: operation error KMS: Decrypt, ";

/// A service of a user who is not patient.
pub(super) fn service_within(address: &str, limit: Duration) -> AwsKmsService {
    let variables = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("AWS_ENDPOINT_URL", address),
        ("HOME", "/nonexistent"),
    ];
    let machine =
        SystemHost::new(variables.iter().map(|(name, value)| (name.into(), value.into())).collect());
    AwsKmsService::with_pace(machine, Network::default(), limit, Duration::from_millis(5))
}

fn service(address: &str) -> AwsKmsService {
    service_within(address, Duration::from_secs(20))
}

pub(super) fn key(role: &str) -> MasterKey {
    MasterKey::AwsKms {
        arn: ARN.to_owned(),
        role: role.to_owned(),
        context: Vec::new(),
        profile: String::new(),
    }
}

/// Why the key does not open, which tells no secret.
#[track_caller]
fn reason_of(service: &AwsKmsService, key: MasterKey) -> String {
    let reason = match service.unwrap(&WrappedKey { enc: ENC.to_owned(), ..WrappedKey::new(key) }) {
        Attempt::Recovered(_) => panic!("it opens"),
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => reason.to_string(),
    };
    for secret in [SECRET_KEY, ENC, ROLE_TOKEN] {
        assert!(!reason.contains(secret), "a secret is told: {reason}");
    }
    reason
}

/// These replies, then as usual; `attempts` requests are made, and the reason is `expected`.
#[track_caller]
fn check(replies: Vec<Reply>, attempts: usize, expected: &str) {
    let aws = Aws::start();
    aws.replies(replies);
    let said = reason_of(&service(&aws.server.url()), key(""));
    let expected = expected.replace("URL", &format!("{}/", aws.server.url()));
    assert!(said.starts_with(&expected), "{said}\n  instead of\n{expected}");
    assert_eq!(aws.server.requests().len(), attempts, "{said}");
}

fn says(status: u16, told: &str) -> String {
    format!("{FAILED}https response error StatusCode: {status}, RequestID: the-request, {told}")
}

/// In the words of sops 3.13.2.
#[test]
fn refusals_are_in_the_sdks_words() {
    check(
        vec![],
        1,
        &format!(
            "{FAILED}https response error StatusCode: 400, RequestID: the-request, InvalidCiphertextException: "
        ),
    );
    let denied = error(400, "AccessDeniedException", "User: u is not authorized");
    check(vec![denied], 1, &says(400, "api error AccessDeniedException: User: u is not authorized"));
    let missing = error(400, "com.amazonaws.kms#NotFoundException", "no such key");
    check(vec![missing], 1, &says(400, "NotFoundException: no such key"));
    let expired = error(400, "ExpiredTokenException", "The security token has expired");
    check(vec![expired], 1, &says(400, "api error ExpiredTokenException: The security token has expired"));
    let odd = format!("{FAILED}https response error StatusCode: 404, RequestID: , <html>");
    check(vec![Reply::text(404, "<html>")], 1, &odd);
    check(
        vec![Reply::empty(403)],
        1,
        &format!("{FAILED}https response error StatusCode: 403, RequestID: , no reason"),
    );
}

#[test]
fn what_may_pass_is_tried_three_times() {
    for status in [429, 500, 502, 503, 504] {
        let reply = error(status, "KMSInternalException", "later");
        check(vec![reply; 3], 3, &says(status, "KMSInternalException: later"));
    }
    check(
        vec![error(400, "ThrottlingException", "slow"); 3],
        3,
        &says(400, "api error ThrottlingException: slow"),
    );
    check(vec![Reply::Close; 3], 3, &format!("{FAILED}request send failed, Post \"URL\": connection closed"));
    let truncated = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Plain".to_vec();
    check(vec![Reply::Raw(truncated); 3], 3, &format!("{FAILED}request send failed, Post \"URL\": "));
    check(
        vec![Reply::Raw(b"garbage\r\n\r\n".to_vec()); 3],
        3,
        &format!("{FAILED}request send failed, Post \"URL\": "),
    );

    let aws = Aws::start();
    let service = service(&aws.server.url());
    aws.replies([error(400, "ThrottlingException", "slow"), error(500, "KMSInternalException", "busy")]);
    let enc = service.wrap(&key(""), SECRET).unwrap();
    aws.replies([error(400, "LimitExceededException", "slow"), Reply::Close]);
    let wrapped = WrappedKey { enc, ..WrappedKey::new(key("")) };
    assert!(matches!(service.unwrap(&wrapped), Attempt::Recovered(secret) if secret[..] == SECRET[..]));
}

#[test]
fn answers_without_a_key() {
    let what = "failed to decrypt sops data key with AWS KMS";
    check(vec![Reply::json(200, &json!({}))], 1, &format!("{what}: the answer has no Plaintext"));
    check(
        vec![Reply::json(200, &json!({"Plaintext": 1}))],
        1,
        &format!("{what}: the answer has no Plaintext"),
    );
    check(
        vec![Reply::json(200, &json!({"Plaintext": "%"}))],
        1,
        &format!("{what}: the answer's Plaintext is no base64"),
    );
    check(
        vec![Reply::text(200, "{\"Plain")],
        1,
        &format!("{what}: the answer is no JSON, or not all of it came"),
    );
    check(vec![Reply::text(200, "[]")], 1, &format!("{what}: the answer is no JSON, or not all of it came"));
    check(
        vec![Reply::text(200, &"x".repeat(2 << 20))],
        1,
        &format!("{FAILED}request send failed, Post \"URL\": the answer has"),
    );
    let aws = Aws::start();
    aws.replies([Reply::json(200, &json!({"KeyId": ARN}))]);
    let error = service(&aws.server.url()).wrap(&key(""), SECRET).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to encrypt sops data key with AWS KMS: the answer has no CiphertextBlob"
    );
    let damaged = WrappedKey { enc: "a?b".to_owned(), ..WrappedKey::new(key("")) };
    let Attempt::Failed(reason) = service(&aws.server.url()).unwrap(&damaged) else { panic!() };
    assert_eq!(
        reason.to_string(),
        "error base64-decoding encrypted data key: illegal base64 data at input byte 1"
    );
}

#[test]
fn secrets_that_come_back_are_taken_out() {
    let plain = base64_simd::STANDARD.encode_to_string(SECRET);
    let aws = Aws::start();
    let text = format!("{SECRET_KEY} {ENC} {plain}");
    aws.replies([error(400, "X", &text), Reply::text(400, &text)]);
    let service = service(&aws.server.url());
    assert!(reason_of(&service, key("")).contains("[redacted] [redacted] "));
    let said = service.wrap(&key(""), SECRET).unwrap_err().to_string();
    assert!(said.contains("[redacted]") && !said.contains(&plain), "{said}");
    // KMS shows what it would have signed, a session's token with it
    let token = format!("The canonical string should have been 'x-amz-security-token:{ROLE_TOKEN}'");
    service.wrap(&key(ROLE), SECRET).unwrap();
    aws.replies([error(400, "InvalidSignatureException", &token)]);
    assert!(reason_of(&service, key(ROLE)).ends_with("x-amz-security-token:[redacted]'"));
}

#[test]
fn a_role_that_is_not_ours() {
    let aws = Aws::start();
    let service = service(&aws.server.url());
    let said = reason_of(&service, key("arn:aws:iam::1:role/other"));
    assert_eq!(
        said,
        "failed to assume role 'arn:aws:iam::1:role/other': operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: the-request, api error AccessDenied: not \"you\""
    );
    aws.replies([Reply::text(200, "<AssumeRoleResponse/>")]);
    assert!(reason_of(&service, key(ROLE)).ends_with(": the answer has no credentials"));
}

#[test]
fn nobody_there_or_nobody_who_answers() {
    let said = reason_of(&service("http://127.0.0.1:1"), key(""));
    assert_eq!(
        said,
        format!("{FAILED}request send failed, Post \"http://127.0.0.1:1/\": connection refused")
    );
    let said = reason_of(&service("nonsense"), key(""));
    assert!(said.ends_with("is no URL"), "{said}");
    let aws = Aws::start();
    aws.replies([Reply::Hang]);
    let said = reason_of(&service_within(&aws.server.url(), Duration::from_millis(300)), key(""));
    assert!(said.ends_with("no answer within 0.3 seconds"), "{said}");
}

#[test]
fn a_server_that_nobody_vouches_for() {
    let authority = Authority::new();
    let aws = Aws::start_tls(&authority);
    let said = reason_of(&service(&aws.server.url()), key(""));
    assert!(said.ends_with("invalid peer certificate: UnknownIssuer"), "{said}");
    assert!(aws.server.requests().is_empty());
    // The file that AWS' programs take, and everybody's
    let home =
        home(&aws).set("SOPS_KMS_ARN", ARN).set("AWS_CA_BUNDLE", &authority.file().display().to_string());
    let encrypted = home.encrypted("a.yaml", PLAIN);
    assert!(encrypted.contains(ARN));
    let home = home.set("AWS_CA_BUNDLE", "").set("SSL_CERT_FILE", &authority.file().display().to_string());
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let home = home.set("AWS_CA_BUNDLE", "nowhere");
    discreet(home.sops(["decrypt", "a.yaml"]))
        .exits(128)
        .prints_nothing()
        .says("failed to load custom CA bundle");
}

/// Only the clock of this machine is wrong: the service's own tells how much.
#[test]
fn a_clock_that_is_wrong_is_set() {
    let aws = Aws::start();
    let late = error(400, "InvalidSignatureException", "Signature expired")
        .with("Date", "Sat, 01 Jan 2050 00:00:00 GMT");
    aws.replies([late]);
    let service = service(&aws.server.url());
    service.wrap(&key(""), SECRET).unwrap();
    service.wrap(&key(""), SECRET).unwrap();
    let dates: Vec<_> =
        aws.server.requests().iter().map(|r| r.header("x-amz-date")[..4].to_owned()).collect();
    assert_eq!(dates[1..], ["2050", "2050"]);
    assert_ne!(dates[0], "2050");
}

/// Nothing is written if one of the keys cannot wrap.
#[test]
fn nothing_is_written_when_one_key_fails() {
    let aws = Aws::start();
    let home = home(&aws);
    home.write("a.yaml", PLAIN);
    let other = "arn:aws:kms:eu-west-1:111122223333:key/other";
    aws.replies([error(400, "AccessDeniedException", "no")]);
    discreet(home.sops(["encrypt", "-i", "--kms", &format!("{ARN},{other}"), "a.yaml"]))
        .exits(1)
        .says("Could not generate data key: [failed to encrypt new data key with master key \"arn:aws:kms:")
        .says("api error AccessDeniedException: no");
    assert_eq!(home.read("a.yaml"), PLAIN.as_bytes());
}

fn with_two_keys(aws: &Aws) -> Home {
    let home = home(aws).and_age().set("SOPS_KMS_ARN", ARN);
    home.encrypted("a.yaml", PLAIN);
    home.set("SOPS_DECRYPTION_ORDER", "kms,age")
}

/// A wrong key is no key: the next is tried, and if there is none, nothing is printed.
#[test]
fn a_service_that_gives_another_key() {
    let aws = Aws::start();
    let home = with_two_keys(&aws);
    for reply in
        [plaintext(&[7; 32]), plaintext(b"short"), error(400, "AccessDeniedException", "no"), Reply::Close]
    {
        aws.replies([reply]);
        discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    }
    let home = home.set("SOPS_AGE_KEY_FILE", "");
    aws.replies([plaintext(&[7; 32]), plaintext(b"short")]);
    discreet(home.sops(["decrypt", "a.yaml"])).refuses().prints_nothing();
    discreet(home.sops(["decrypt", "a.yaml"]))
        .exits(128)
        .prints_nothing()
        .says("unwrapping gave 5 bytes")
        .keeps_quiet_about("short");
}

/// Five keys that nobody answers for, and one that opens: it opens in that one's time.
#[test]
fn the_dead_delay_nobody() {
    let aws = Aws::start();
    let home = home(&aws);
    home.write("a.yaml", PLAIN);
    let others: Vec<_> = (1..6).map(|n| format!("arn:aws:kms:eu-west-1:111122223333:key/{n}")).collect();
    let all = format!("{},{ARN}", others.join(","));
    discreet(home.sops(["encrypt", "-i", "--kms", &all, "a.yaml"])).exits(0);
    let started = Instant::now();
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0);
    let usual = started.elapsed();
    aws.replies([Reply::Hang, Reply::Hang, Reply::Hang, Reply::Hang, Reply::Hang]);
    let started = Instant::now();
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    assert!(started.elapsed() < usual + Duration::from_secs(1), "{:?}", started.elapsed());
}
