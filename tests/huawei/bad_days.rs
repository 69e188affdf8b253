//! What goes wrong on the way to Huawei and back: each has its own reason, the right number of
//! attempts, and tells no secret.

use std::time::Duration;

use resops::backends::SystemHost;
use resops::backends::huawei_kms::HuaweiService;
use resops::backends::network::Network;
use resops::keys::{Attempt, KeyService, WrappedKey};
use serde_json::json;

use super::credentials::{SECRET, key, service};
use super::support::fake::huawei::{ACCESS_KEY, Huawei, PROJECT, REGION, SECRET_KEY, error};
use super::support::fake::{Authority, Reply};

const ENC: &str = "c29tZXRoaW5nIHRoYXQgaXMgbm8ga2V5";

fn variables(address: &str) -> [(&str, &str); 4] {
    [
        ("HUAWEICLOUD_SDK_AK", ACCESS_KEY),
        ("HUAWEICLOUD_SDK_SK", SECRET_KEY),
        ("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT),
        (REGION, address),
    ]
}

/// Why the key does not open, which tells no secret.
#[track_caller]
fn reason(service: &HuaweiService) -> String {
    let wrapped = WrappedKey { enc: ENC.to_owned(), ..WrappedKey::new(key()) };
    let reason = match service.unwrap(&wrapped) {
        Attempt::Recovered(_) => panic!("it opens"),
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => reason.to_string(),
    };
    for secret in [SECRET_KEY, ENC] {
        assert!(!reason.contains(secret), "a secret is told: {reason}");
    }
    reason
}

/// These replies, then as usual; `attempts` requests are made, and the reason is `expected`.
#[track_caller]
fn check(replies: Vec<Reply>, attempts: usize, expected: &str) {
    let huawei = Huawei::start();
    huawei.replies(replies);
    let said = reason(&service(&variables(&huawei.server.url())));
    let expected =
        expected.replace("URL", &format!("{}/v1.0/{PROJECT}/kms/decrypt-data", huawei.server.url()));
    assert!(said.starts_with(&expected), "{said}\n  instead of\n{expected}");
    assert_eq!(huawei.server.requests().len(), attempts, "{said}");
}

const FAILED: &str = "failed to decrypt sops data key with HuaweiCloud KMS: ";

fn says(status: u16, code: &str, message: &str) -> String {
    format!(
        "{FAILED}{{\"status_code\":{status},\"request_id\":\"\",\"error_code\":\"{code}\",\"error_message\":{},",
        json!(message)
    )
}

#[test]
fn refusals_are_in_huaweis_words() {
    check(vec![error(403, "KMS.0301", "denied")], 1, &says(403, "KMS.0301", "denied"));
    let plain = Reply::json(400, &json!({"code": "C", "message": "a \"word\""}));
    check(vec![plain], 1, &says(400, "C", "a \"word\""));
    check(vec![Reply::text(404, "<html>")], 1, &says(404, "", "<html>"));
    check(vec![], 1, &says(400, "KMS.0309", "Decrypt failed"));
    let huawei = Huawei::start();
    let address = huawei.server.url();
    let mut variables = variables(&address);
    variables[1].1 = "another secret";
    let said = reason(&service(&variables));
    let expected = "Incorrect IAM authentication information: verify aksk signature fail";
    assert!(said.starts_with(&says(401, "APIGW.0301", expected)), "{said}");
}

#[test]
fn what_may_pass_is_tried_three_times() {
    for status in [429, 500, 502, 503, 504] {
        check(vec![Reply::text(status, "later"); 3], 3, &says(status, "", "later"));
    }
    check(vec![Reply::Close; 3], 3, &format!("{FAILED}POST \"URL\": connection closed before message"));
    let truncated = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"plain".to_vec();
    check(vec![Reply::Raw(truncated); 3], 3, &format!("{FAILED}POST \"URL\": "));
    check(
        vec![Reply::Raw(b"garbage\r\n\r\n".to_vec()); 3],
        3,
        &format!("{FAILED}POST \"URL\": invalid HTTP"),
    );

    let huawei = Huawei::start();
    let service = service(&variables(&huawei.server.url()));
    huawei.replies([
        error(503, "KMS.0001", "busy"),
        error(429, "APIGW.0308", "slow down").with("Retry-After", "0"),
    ]);
    let enc = service.wrap(&key(), SECRET).unwrap();
    let wrapped = WrappedKey { enc, ..WrappedKey::new(key()) };
    assert!(matches!(service.unwrap(&wrapped), Attempt::Recovered(secret) if secret[..] == SECRET[..]));
}

#[test]
fn answers_without_a_key() {
    check(vec![Reply::json(200, &json!({}))], 1, "decryption response missing plaintext");
    check(vec![Reply::json(200, &json!({"plain_text": 1}))], 1, "decryption response missing plaintext");
    check(
        vec![Reply::json(200, &json!({"plain_text": "%"}))],
        1,
        "failed to base64 decode decrypted data key: illegal base64 data at input byte 0",
    );
    let lacking = format!("{FAILED}the answer is no JSON, or not all of it came");
    check(vec![Reply::text(200, "{\"plain_te")], 1, &lacking);
    check(vec![Reply::text(200, "[]")], 1, &lacking);
    let huawei = Huawei::start();
    huawei.replies([Reply::json(200, &json!({"key_id": "x"}))]);
    let error = service(&variables(&huawei.server.url())).wrap(&key(), SECRET).unwrap_err();
    assert_eq!(error.to_string(), "encryption response missing ciphertext");
}

#[test]
fn secrets_that_come_back_are_taken_out() {
    let plain = base64_simd::STANDARD.encode_to_string(SECRET);
    let huawei = Huawei::start();
    let text = format!("{SECRET_KEY} {ENC} {plain}");
    huawei.replies([error(400, "X", &text), Reply::text(400, &text)]);
    let service = service(&variables(&huawei.server.url()));
    assert!(reason(&service).contains("[redacted] [redacted] "));
    let said = service.wrap(&key(), SECRET).unwrap_err().to_string();
    assert!(said.contains("[redacted]") && !said.contains(&plain), "{said}");
}

#[test]
fn nobody_there_or_nobody_who_answers() {
    let said = reason(&service(&variables("http://127.0.0.1:1")));
    assert!(said.ends_with("/kms/decrypt-data\": connection refused"), "{said}");

    let huawei = Huawei::start();
    huawei.replies([Reply::Hang]);
    let address = huawei.server.url();
    let all = variables(&address).iter().map(|(name, value)| (name.into(), value.into())).collect();
    let limit = Duration::from_millis(300);
    let hasty = HuaweiService::with_pace(SystemHost::new(all), Network::default(), limit, limit);
    let said = reason(&hasty);
    assert!(said.ends_with("no answer within 0.3 seconds"), "{said}");
}

#[test]
fn a_server_that_nobody_vouches_for() {
    let authority = Authority::new();
    let huawei = Huawei::start_tls(&authority);
    let said = reason(&service(&variables(&huawei.server.url())));
    assert!(said.ends_with("invalid peer certificate: UnknownIssuer"), "{said}");
    assert!(huawei.server.requests().is_empty());
}
