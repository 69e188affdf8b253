//! Against files that sops 3.13.2 wrote (`testdata/interop/age`), on a machine made up per test.

mod findings;
mod interaction;
mod machine;
mod ssh;
mod system;

use super::AgeService;
use crate::keys::{
    Attempt, DecryptionOrder, KeyGroup, KeyService, MasterKey, RecoverFailure, WrappedKey, recover,
};
use machine::Machine;
use std::path::Path;
use std::sync::atomic::Ordering;

fn testdata(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop/age").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// An entry as a file has it; the recipient does not matter for unwrapping.
fn entry(enc: &str) -> WrappedKey {
    let key = MasterKey::Age { recipient: "age1recipient".into() };
    WrappedKey { key, created_at: None, enc: enc.into() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The secret in hex, or the failure's text.
fn unwrap(machine: Machine, enc: &str) -> Result<String, String> {
    match AgeService::new(machine).unwrap(&entry(enc)) {
        Attempt::Recovered(secret) => Ok(hex(&secret)),
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => Err(reason.to_string()),
    }
}

const X25519_SECRET: &str = "14bb159ad6e2b50836154d16b9e45458ed98872b903eae9e10b750ead29cd1b2";

#[test]
fn x25519_from_every_place() {
    let enc = testdata("x25519.age");
    let key = testdata("age1.txt");
    let line = key.lines().last().unwrap();
    let other = testdata("age2.txt");
    for machine in [
        Machine::new().var("SOPS_AGE_KEY", &format!("# x\n{line} {line}\n")),
        Machine::new().var("SOPS_AGE_KEY_FILE", "/k").file("/k", key.as_bytes()),
        Machine::new().var("SOPS_AGE_KEY_CMD", "cat '/k'").file("/k", key.as_bytes()),
        Machine::new().file("/home/alice/.config/sops/age/keys.txt", key.as_bytes()),
        Machine::new().var("XDG_CONFIG_HOME", "/c").file("/c/sops/age/keys.txt", key.as_bytes()),
        Machine::new()
            .var("SOPS_AGE_KEY", "bad")
            .var("SOPS_AGE_KEY_FILE", "/o")
            .file("/o", other.as_bytes())
            .file("/home/alice/.config/sops/age/keys.txt", key.replace('\n', "\r\n").as_bytes()),
    ] {
        assert_eq!(unwrap(machine, &enc).unwrap(), X25519_SECRET);
    }
}

#[test]
fn hybrid() {
    let machine = Machine::new().var("SOPS_AGE_KEY_FILE", "/k");
    let machine = machine.file("/k", testdata("pq.txt").as_bytes());
    assert_eq!(
        unwrap(machine, &testdata("hybrid.age")).unwrap(),
        "97539de83fd2a24f66f678d5034e9dc3ccba6d746b84eac14167e2fa03fc2bf5"
    );
}

#[test]
fn wrapped_keys_come_back() {
    for key in ["age1.txt", "pq.txt"] {
        check_round_trip(&testdata(key));
    }
}

fn check_round_trip(key: &str) {
    let identity = key.lines().last().unwrap();
    let recipient = key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let service = AgeService::new(Machine::new().var("SOPS_AGE_KEY", identity));
    let key = MasterKey::age(recipient).unwrap();
    for length in [0, 1, 17, 32, 33, 200, 65536, 65537] {
        let secret = vec![7; length];
        let enc = service.wrap(&key, &secret).unwrap();
        assert!(enc.ends_with("\n-----END AGE ENCRYPTED FILE-----\n"));
        assert!(enc.lines().all(|line| line.len() <= 64));
        let Attempt::Recovered(back) = service.unwrap(&entry(&enc)) else { panic!() };
        assert_eq!(*back, secret);
    }
}

/// One stanza and nothing else, as sops writes.
#[test]
fn wrapped_keys_are_as_long_as_those_of_sops() {
    let wrap = |recipient: &str| {
        let key = MasterKey::age(recipient).unwrap();
        AgeService::new(Machine::new()).wrap(&key, &[7; 32]).unwrap()
    };
    let recipient = |file: &str| {
        let key = testdata(file);
        key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned()
    };
    assert_eq!(wrap(&recipient("age1.txt")).len(), testdata("x25519.age").len());
    assert_eq!(wrap(&recipient("pq.txt")).len(), testdata("hybrid.age").len());
    assert_eq!(wrap(&testdata("ssh_ed25519.pub")).len(), testdata("ssh-ed25519.age").len());
}

/// A low-order point would make every file readable by everybody.
#[test]
fn weak_points_are_refused() {
    let zero = crate::keys::bech32::encode("age", &[0; 32]);
    let key = MasterKey::age(&zero).unwrap();
    let error = AgeService::new(Machine::new()).wrap(&key, b"x").unwrap_err().to_string();
    assert_eq!(
        error,
        "failed to create writer for encrypting sops data key with age: failed to wrap key for \
         recipient #0: crypto/ecdh: bad X25519 remote ECDH input: low order point"
    );
}

/// A key that lies at hand starts no command; a command runs once per recipient.
#[test]
fn commands_run_when_needed() {
    let key = testdata("age1.txt");
    let enc = testdata("x25519.age");
    let machine = Machine::new()
        .var("SOPS_AGE_KEY_CMD", "cat /k")
        .file("/k", key.as_bytes())
        .var("SOPS_AGE_SSH_PRIVATE_KEY_CMD", "cat /k");
    let service = AgeService::new(machine);
    for _ in 0..2 {
        assert!(matches!(service.unwrap(&entry(&enc)), Attempt::Recovered(_)));
    }
    assert_eq!(service.host.runs.load(Ordering::Relaxed), 1);

    let service = AgeService::new(
        Machine::new().var("SOPS_AGE_KEY", key.lines().last().unwrap()).var("SOPS_AGE_KEY_CMD", "x"),
    );
    assert!(matches!(service.unwrap(&entry(&enc)), Attempt::Recovered(_)));
    assert_eq!(service.host.runs.load(Ordering::Relaxed), 0);
}

/// What the real sops printed for 62 failures: wrong identities, sources that cannot be read,
/// damaged files, too few Shamir shares. `reports.json` has for each the variables that were set,
/// the keys of the file, and standard error of `sops decrypt`.
#[test]
fn reports_are_those_of_sops() {
    let cases: serde_json::Value = serde_json::from_str(&testdata("reports.json")).unwrap();
    for case in cases.as_array().unwrap() {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let mut machine = Machine::default();
        for (name, value) in case["variables"].as_object().unwrap() {
            machine = machine.var(name, &text(value));
        }
        let key = |key: &serde_json::Value| WrappedKey {
            key: MasterKey::Age { recipient: text(&key["recipient"]) },
            created_at: None,
            enc: text(&key["enc"]),
        };
        let groups: Vec<_> = case["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| KeyGroup(group.as_array().unwrap().iter().map(key).collect()))
            .collect();
        let threshold = usize::try_from(case["threshold"].as_u64().unwrap()).unwrap();
        let order = DecryptionOrder::default();
        let failure = recover(&groups, threshold, &order, &[&AgeService::new(machine)]);
        let report = failure.err().map(|failure: RecoverFailure| failure.report(false) + "\n");
        assert_eq!(report.unwrap_or_default(), text(&case["report"]), "{}", case["name"]);
    }
}
