//! Wrapping and recovering with services that only pretend.

use super::*;
use crate::crypto::{DataKey, Random};
use std::sync::Mutex;

/// Not random, but different at each call.
struct Counter(u8);

impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(3);
            *byte = self.0;
        }
    }
}

/// Wraps into hex, for PGP and age keys; fails for keys whose text begins with `bad`.
#[derive(Default)]
struct Hex {
    /// Keys whose text begins with this do not unwrap.
    lost: &'static str,
    tried: Mutex<Vec<String>>,
}

impl KeyService for Hex {
    fn handles(&self, key: &MasterKey) -> bool {
        matches!(key.kind(), KeyKind::Pgp | KeyKind::Age)
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        if key.text().starts_with("bad") {
            return Err(KeyError::Backend(format!("no {}", key.text())));
        }
        Ok(secret.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        self.tried.lock().unwrap().push(key.key.text().into_owned());
        if !self.lost.is_empty() && key.key.text().starts_with(self.lost) {
            let reason = KeyError::Backend("not here".into());
            return Attempt::NotHeld { reason, looked_in: vec!["pocket".into()] };
        }
        let byte = |at| u8::from_str_radix(&key.enc[at..at + 2], 16).unwrap();
        Attempt::Recovered((0..key.enc.len()).step_by(2).map(byte).collect::<Vec<_>>().into())
    }
}

fn pgp(name: &str) -> WrappedKey {
    WrappedKey::new(MasterKey::pgp(name))
}

fn gcp(name: &str) -> WrappedKey {
    WrappedKey::new(MasterKey::gcp_kms(name))
}

fn groups(names: &[&[&str]]) -> Vec<KeyGroup> {
    names.iter().map(|names| KeyGroup(names.iter().map(|name| pgp(name)).collect())).collect()
}

fn key() -> DataKey {
    DataKey::from_bytes(&[0x41; 32]).unwrap()
}

fn wrap(groups: &mut [KeyGroup], threshold: usize) -> Result<(), String> {
    wrap_all(groups, threshold, &key(), &[&Hex::default()], &mut Counter(1), "now")
        .map_err(|error| error.to_string())
}

#[test]
fn one_group_wraps_the_key_itself() {
    let mut groups = groups(&[&["a", "b"]]);
    groups[0].0[1].created_at = Some("before".into());
    groups[0].0.push(WrappedKey::new(MasterKey::Age { recipient: "age1".into() }));
    wrap(&mut groups, 7).unwrap();
    assert!(groups[0].0.iter().all(|key| key.enc == "41".repeat(32)));
    let dates: Vec<_> = groups[0].0.iter().map(|key| key.created_at.as_deref()).collect();
    assert_eq!(dates, [Some("now"), Some("before"), None]);
}

#[test]
fn groups_get_shares() {
    for (threshold, lost, opens) in [(2, "b", true), (0, "b", false), (3, "", true), (0, "", true)] {
        let mut groups = groups(&[&["a1", "a2"], &["b"], &["c"]]);
        wrap(&mut groups, threshold).unwrap();
        assert_eq!(groups[0].0[0].enc, groups[0].0[1].enc);
        assert_ne!(groups[0].0[0].enc, groups[1].0[0].enc);
        assert_eq!(groups[1].0[0].enc.len(), 66);

        let service = Hex { lost, ..Hex::default() };
        let threshold = if threshold == 0 { 3 } else { threshold };
        let result = recover(&groups, threshold, &DecryptionOrder::default(), &[&service]);
        assert_eq!(result.map(|key| key.expose().to_vec()).ok(), opens.then(|| vec![0x41; 32]));
        // One success ends a group; every group is tried.
        assert_eq!(*service.tried.lock().unwrap(), ["a1", "b", "c"]);
    }
}

/// The texts of file format §9 and keys §2.1.
#[test]
fn wrapping_fails_as_a_whole() {
    let check = |names: &[&[&str]], threshold, error: &str| {
        let mut groups = groups(names);
        let before = groups.clone();
        assert_eq!(wrap(&mut groups, threshold).unwrap_err(), error);
        assert_eq!(groups, before);
    };
    check(&[], 0, "[no key groups provided]");
    check(&[&[]], 0, "[empty key group provided]");
    check(&[&["a"], &[]], 0, "[empty key group provided]");
    let split = "could not split data key into parts for Shamir";
    check(&[&["a"], &["b"]], 1, &format!("[{split}: threshold must be at least 2]"));
    check(&[&["a"], &["b"]], 3, &format!("[{split}: parts cannot be less than threshold]"));
    let failed = "failed to encrypt new data key with master key";
    check(
        &[&["a", "bad1"], &["bad\"2", "b"]],
        0,
        &format!("[{failed} \"bad1\": no bad1 {failed} \"bad\\\"2\": no bad\"2]"),
    );
    let mut groups = [KeyGroup(vec![gcp("x")])];
    assert_eq!(
        wrap(&mut groups, 0).unwrap_err(),
        format!("[{failed} \"x\": this build has no GCP KMS backend]")
    );
    let error = wrap_all(&mut groups, 0, &key(), &[], &mut Counter(0), "now").unwrap_err();
    assert_eq!(error, WrapError::NoServices);
}

/// Every service is asked; the first success decides.
#[test]
fn services_in_order() {
    let mut groups = groups(&[&["a"]]);
    wrap(&mut groups, 0).unwrap();
    let (lost, good) = (Hex { lost: "a", ..Hex::default() }, Hex::default());
    assert!(recover(&groups, 0, &DecryptionOrder::default(), &[&lost, &good]).is_ok());
    let failure = recover(&groups, 0, &DecryptionOrder::default(), &[&lost, &lost]).err().unwrap();
    let RecoverFailure::KeysFailed { groups, .. } = &failure else { panic!() };
    assert_eq!(groups[0].failed[0].attempts.len(), 2);
    assert_eq!(groups[0].failed[0].attempts[0].looked_in, ["pocket"]);
    let report = failure.report(false);
    assert!(report.contains("\n  a: FAILED\n    - | not here\n    \n    - | not here\n\n"), "{report}");
}

/// The layout of command line §13 where the age tests do not come: several keys, several lines,
/// colour, no service.
#[test]
fn report_layout() {
    let mut groups = groups(&[&["a"], &["b"]]);
    wrap(&mut groups, 0).unwrap();
    groups[0].0.insert(0, gcp("projects/x"));
    let order = DecryptionOrder::parse("gcp_kms").unwrap();
    let service = Hex { lost: "b", ..Hex::default() };
    let report = recover(&groups, 2, &order, &[&service]).err().unwrap().report(true);
    assert_eq!(
        report,
        "Failed to get the data key required to decrypt the SOPS file.\n\n\
         Group 0: \x1b[32mSUCCESS\x1b[0m\n\n\
         Group 1: \x1b[31mFAILED\x1b[0m\n  b: \x1b[31mFAILED\x1b[0m\n    - | not here\n\n\
         Recovery failed because the file was encrypted with a Shamir threshold of\n\
         2, but only 1 part(s) were successfully recovered, one for each successful\n\
         key group. In order for SOPS to recover the file, at least 2 groups have to\n\
         be successful. In order for a group to be successful, decryption has to\n\
         succeed with any of the keys in that key group."
    );

    groups.truncate(1);
    let report = recover(&groups, 0, &order, &[]).err().unwrap().report(false);
    assert!(
        report.contains("\nGroup 0: FAILED\n  projects/x: FAILED\n  \n  \n  a: FAILED\n\n\nRecovery"),
        "{report}"
    );
}

/// What is no data key is no success.
#[test]
fn wrong_lengths() {
    let check = |enc: &str, other: &str, error: &str| {
        let mut groups = groups(&[&["a"], &["b"]]);
        groups[0].0[0].enc = enc.into();
        groups[1].0[0].enc = other.into();
        if other.is_empty() {
            groups.pop();
        }
        let failure = recover(&groups, 0, &DecryptionOrder::default(), &[&Hex::default()]);
        let report = failure.err().unwrap().report(false).replace("\n      | ", " ");
        assert!(report.contains(error), "{report}");
    };
    check("", "", "unwrapping gave 0 bytes, but a data key has 16, 24 or 32");
    check(&"41".repeat(33), "", "unwrapping gave 33 bytes, but a data key has 16, 24 or 32");
    check("41", &"42".repeat(33), "less than two parts cannot be used to reconstruct the secret");
    check(&"41".repeat(17), &"42".repeat(33), "all parts must be the same length");
    check(&"41".repeat(33), &"41".repeat(33), "duplicate part detected");
}

/// A secret never shows in what a failure says.
#[test]
fn failures_hold_no_secret() {
    let mut groups = groups(&[&["a"]]);
    groups[0].0[0].enc = "5e".repeat(31);
    let failure = recover(&groups, 0, &DecryptionOrder::default(), &[&Hex::default()]).err().unwrap();
    let text = format!("{failure:?} {failure}");
    assert!(!text.contains("5e5e") && !text.contains("94, 94"), "{text}");
}
