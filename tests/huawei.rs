//! Huawei Cloud KMS through the built program, at a server of this process (keys §9).
#![cfg(unix)] // Windows has tests/windows
#![cfg(feature = "hckms")]

mod support;

#[path = "huawei/bad_days.rs"]
mod bad_days;
#[path = "huawei/credentials.rs"]
mod credentials;

use support::fake::huawei::{ACCESS_KEY, Huawei, KEY, PROJECT, REGION, SECRET_KEY};
use support::{AGE_RECIPIENT, Home, discreet, real_sops};

const PLAIN: &str = "password: a word of value\n";
const OTHER: &str = "tr-west-1:11111111-e727-4d9c-b35d-f84bb474a37f";

/// A home whose user may use the server's keys.
fn home(huawei: &Huawei) -> Home {
    Home::empty()
        .set("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
        .set("HUAWEICLOUD_SDK_SK", SECRET_KEY)
        .set("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT)
        .set(REGION, &huawei.server.url())
}

#[test]
fn a_file_is_encrypted_and_decrypted() {
    let huawei = Huawei::start();
    let home = home(&huawei);
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "--hckms", KEY, "a.yaml"])).exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains(&format!(" key_id: {KEY}\n")), "{text}");
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let requests = huawei.server.requests();
    let lines: Vec<_> = requests.iter().map(|r| format!("{} {}", r.method, r.target)).collect();
    assert_eq!(
        lines,
        [format!("POST /v1.0/{PROJECT}/kms/encrypt-data"), format!("POST /v1.0/{PROJECT}/kms/decrypt-data")]
    );
}

#[test]
fn keys_come_from_the_environment_and_from_rules() {
    let huawei = Huawei::start();
    let home = home(&huawei).set("SOPS_HUAWEICLOUD_KMS_IDS", &format!("{KEY}, {OTHER}"));
    assert_eq!(home.encrypted("a.yaml", PLAIN).matches("key_id:").count(), 2);

    let home = home.set("SOPS_HUAWEICLOUD_KMS_IDS", "");
    home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - path_regex: flat\n    hckms: ['{KEY}']\n  - shamir_threshold: 2\n    key_groups:\n      - hckms: [{{key_id: '{KEY}'}}]\n      - age: [{AGE_RECIPIENT}]\n"
        ),
    );
    assert!(home.encrypted("flat.yaml", PLAIN).contains(KEY));
    assert_eq!(home.decrypted("flat.yaml"), PLAIN.as_bytes());
    assert!(home.encrypted("groups.yaml", PLAIN).contains("shamir_threshold: 2\n"));
    let home = home.and_identity();
    assert_eq!(home.decrypted("groups.yaml"), PLAIN.as_bytes());
}

#[test]
fn keys_are_added_and_removed() {
    let huawei = Huawei::start();
    let home = home(&huawei).set("SOPS_HUAWEICLOUD_KMS_IDS", KEY);
    home.encrypted("a.yaml", PLAIN);
    discreet(home.sops(["rotate", "-i", "--add-hckms", OTHER, "--rm-hckms", KEY, "a.yaml"])).exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains(OTHER) && !text.contains(KEY), "{text}");
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
    home.write(".sops.yaml", format!("creation_rules:\n  - hckms: ['{KEY}']\n"));
    discreet(home.sops(["updatekeys", "-y", "a.yaml"])).exits(0);
    assert!(home.read_text("a.yaml").contains(KEY));
}

/// sops knows the flag and forgets the key, and the file is lost.
#[test]
fn a_group_of_a_huawei_key_has_that_key() {
    let huawei = Huawei::start();
    let home = home(&huawei).set("SOPS_HUAWEICLOUD_KMS_IDS", KEY);
    home.encrypted("a.yaml", PLAIN);
    discreet(home.sops(["groups", "add", "-i", "-f", "a.yaml", "--hckms", OTHER])).exits(0);
    assert!(home.read_text("a.yaml").contains(OTHER));
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
}

/// Nobody can tell a wrong data key from a changed file; but that nothing fits is said.
#[test]
fn a_server_that_gives_another_key() {
    let huawei = Huawei::start();
    let home = home(&huawei).set("SOPS_HUAWEICLOUD_KMS_IDS", KEY);
    home.encrypted("a.yaml", PLAIN);
    let key = |bytes: &[u8]| {
        let text = base64_simd::STANDARD.encode_to_string(bytes);
        support::fake::Reply::json(200, &serde_json::json!({ "plain_text": text }))
    };
    huawei.replies([key(&[7; 32]), key(b"short")]);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(25).prints_nothing().says("password");
    discreet(home.sops(["decrypt", "a.yaml"]))
        .exits(128)
        .says("unwrapping gave 5 bytes")
        .keeps_quiet_about("short");
}

/// Both programs send the same, and each opens what the other wrote.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn requests_are_those_of_sops() {
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    let huawei = Huawei::start();
    let home = home(&huawei);
    home.write("a.yaml", PLAIN);
    let ours = home.sops(["encrypt", "--hckms", KEY, "a.yaml"]).exits(0).stdout;
    let theirs = home.run(&sops, ["encrypt", "--hckms", KEY, "a.yaml"], b"").exits(0).stdout;
    home.write("ours.yaml", ours).write("theirs.yaml", theirs);
    home.run(&sops, ["decrypt", "ours.yaml"], b"").exits(0);
    home.sops(["decrypt", "theirs.yaml"]).exits(0).prints(PLAIN);

    let requests = huawei.server.requests();
    let [our_wrap, their_wrap, their_unwrap, our_unwrap] = &requests[..] else { panic!() };
    for (ours, theirs) in [(our_wrap, their_wrap), (our_unwrap, their_unwrap)] {
        assert_eq!((&ours.method, &ours.target), (&theirs.method, &theirs.target));
        for header in ["x-project-id", "content-type", "host"] {
            assert_eq!(ours.header(header), theirs.header(header), "{header}");
            assert!(!ours.header(header).is_empty(), "{header}");
        }
        let signed = |request: &support::fake::Request| {
            let header = request.header("authorization").to_owned();
            header.split("Signature=").next().map(str::to_owned)
        };
        assert_eq!(signed(ours), signed(theirs));
        let fields = |request: &support::fake::Request| {
            request.json().as_object().map(|object| object.keys().cloned().collect::<Vec<_>>())
        };
        assert_eq!(fields(ours), fields(theirs));
    }

    // What the service says is printed alike.
    huawei.replies([support::fake::huawei::error(403, "KMS.0301", "no <right>")]);
    let their_words = home.run(&sops, ["decrypt", "ours.yaml"], b"").exits(128).stderr;
    let line =
        their_words.lines().find(|line| line.contains("status_code")).expect("an error of the service");
    huawei.replies([support::fake::huawei::error(403, "KMS.0301", "no <right>")]);
    home.sops(["decrypt", "ours.yaml"]).exits(128).says(line);
}
