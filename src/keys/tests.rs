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

/// A key that gives another file's data key has failed; if all do, the file may be to blame.
#[test]
fn what_does_not_fit() {
    let mut groups = groups(&[&["a", "b"]]);
    groups[0].0[0].enc = "42".repeat(32);
    groups[0].0[1].enc = "41".repeat(32);
    let order = DecryptionOrder::default();
    let recover = |fits: &dyn Fn(&DataKey) -> bool| {
        recover_fitting(&groups, 0, &order, &[&Hex::default()], fits).map(|key| key.expose()[0])
    };
    assert_eq!(recover(&|_| true), Ok(0x42));
    assert_eq!(recover(&|key| key.expose()[0] == 0x41), Ok(0x41));
    assert_eq!(recover(&|_| false), Ok(0x42));
    // Beside a key that fails, the one that does not fit is what there is.
    let lost = Hex { lost: "b", ..Hex::default() };
    let key = recover_fitting(&groups, 0, &order, &[&lost], &|_| false);
    assert_eq!(key.map(|key| key.expose()[0]), Ok(0x42));
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

mod network {
    //! Services that take their time, as a network does.

    use super::*;
    use crate::keys::attempts::Limits;
    use crate::keys::recover::recover_within;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    /// GCP keys wait on a network, all others are used in turn. A GCP key's name says what it does:
    /// `ok`, `dead`, `panic`, and how many milliseconds that takes.
    #[derive(Default, Clone)]
    struct Slow(Arc<Inner>);

    #[derive(Default)]
    struct Inner {
        tried: Mutex<Vec<String>>,
        busy: AtomicUsize,
        busiest: AtomicUsize,
        queued: bool,
    }

    impl Slow {
        fn queued() -> Self {
            Self(Arc::new(Inner { queued: true, ..Inner::default() }))
        }

        fn act(&self, key: &MasterKey) -> Result<(), KeyError> {
            let name = key.text().into_owned();
            self.0.tried.lock().unwrap().push(name.clone());
            let busy = self.0.busy.fetch_add(1, Ordering::SeqCst) + 1;
            self.0.busiest.fetch_max(busy, Ordering::SeqCst);
            let (what, time) = name.split_once('-').unwrap();
            std::thread::sleep(Duration::from_millis(time.parse().unwrap()));
            self.0.busy.fetch_sub(1, Ordering::SeqCst);
            match what {
                "ok" => Ok(()),
                "dead" => Err(KeyError::Backend(format!("{name} is dead"))),
                _ => std::panic::resume_unwind(Box::new("as the test wants it")),
            }
        }
    }

    impl KeyService for Slow {
        fn handles(&self, key: &MasterKey) -> bool {
            key.kind() != KeyKind::AwsKms
        }

        fn manner(&self, key: &MasterKey) -> Manner {
            match (key.kind(), self.0.queued) {
                (KeyKind::GcpKms, false) => Manner::AtOnce(Arc::new(self.clone())),
                (KeyKind::GcpKms, true) => Manner::Queued(Arc::new(self.clone())),
                _ => Manner::InTurn,
            }
        }

        fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
            self.act(key)?;
            Ok(format!("{}:{}", key.text(), secret.len()))
        }

        fn unwrap(&self, key: &WrappedKey) -> Attempt {
            match self.act(&key.key) {
                Ok(()) if key.enc.is_empty() => Attempt::Recovered(vec![0x41; 32].into()),
                Ok(()) => Attempt::Recovered(key.enc.as_bytes().to_vec().into()),
                Err(reason) => Attempt::Failed(reason),
            }
        }
    }

    /// A key of GCP, or with `pgp:` before its name one that is used in turn.
    fn entry(name: &str) -> WrappedKey {
        match name.strip_prefix("pgp:") {
            Some(name) => pgp(name),
            None => gcp(name),
        }
    }

    fn group(names: &[&str]) -> KeyGroup {
        KeyGroup(names.iter().map(|name| entry(name)).collect())
    }

    const LIMITS: Limits =
        Limits { head_start: Duration::from_millis(300), attempt: Duration::from_millis(1000), at_once: 8 };

    /// Recovers in stored order; also says how many milliseconds it took.
    fn recover_slowly(service: &Slow, names: &[&str]) -> (Result<(), RecoverFailure>, u128) {
        let start = Instant::now();
        let order = DecryptionOrder::as_stored();
        let result = recover_within(&[group(names)], 0, &order, &[service], &|_| true, LIMITS).map(|_| ());
        (result, start.elapsed().as_millis())
    }

    const DEAD: &str = "dead-60000";

    /// Far less than the dead take, and enough for a machine that has other things to do.
    const IN_TIME: Duration = Duration::from_secs(20);

    #[test]
    fn dead_keys_delay_nobody() {
        let (result, took) = recover_slowly(&Slow::default(), &[DEAD, DEAD, DEAD, DEAD, DEAD, "ok-100"]);
        assert!(result.is_ok());
        assert!((100..IN_TIME.as_millis()).contains(&took), "{took} ms");
    }

    /// What may ask the user waits a little for the network keys before it, and not long.
    #[test]
    fn keys_in_turn_hold_back() {
        let service = Slow::default();
        let limits = Limits { head_start: IN_TIME, ..LIMITS };
        let order = DecryptionOrder::as_stored();
        let groups = [group(&["ok-50", "pgp:ok-0"])];
        assert!(recover_within(&groups, 0, &order, &[&service], &|_| true, limits).is_ok());
        assert_eq!(*service.0.tried.lock().unwrap(), ["ok-50"]);

        let service = Slow::default();
        let (result, took) = recover_slowly(&service, &[DEAD, "pgp:dead-0", DEAD, "pgp:ok-0"]);
        assert!(result.is_ok());
        assert!((280..IN_TIME.as_millis()).contains(&took), "{took} ms");
    }

    /// A local key that works keeps the network out of it.
    #[test]
    fn what_is_not_needed_is_not_touched() {
        let service = Slow::default();
        assert!(recover_slowly(&service, &["pgp:ok-0", "ok-0"]).0.is_ok());
        assert_eq!(*service.0.tried.lock().unwrap(), ["ok-0"]);

        // Two shares are enough: the third group's key is not asked, and one that is asked already
        // is not waited for.
        let service = Slow::default();
        let mut groups = [group(&[DEAD]), group(&["pgp:ok-0"]), group(&["pgp:ok-1"]), group(&["ok-2"])];
        for (group, x) in groups.iter_mut().zip('a'..) {
            group.0[0].enc = format!("{:33}", x).chars().rev().collect();
        }
        let start = Instant::now();
        let order = DecryptionOrder::as_stored();
        assert!(recover_within(&groups, 2, &order, &[&service], &|_| true, LIMITS).is_ok());
        assert!(start.elapsed() < IN_TIME, "{:?}", start.elapsed());
        // The thread of the first may not have come to its key before there was enough.
        let mut tried = service.0.tried.lock().unwrap().clone();
        tried.retain(|name| name != DEAD);
        tried.sort();
        assert_eq!(tried, ["ok-0", "ok-1"]);
    }

    #[test]
    fn the_report_keeps_the_order_of_the_keys() {
        let names = ["dead-200", "pgp:dead-0", "dead-1", "panic-1", "dead-100"];
        let (result, _) = recover_slowly(&Slow::default(), &names);
        let RecoverFailure::KeysFailed { groups, .. } = result.unwrap_err() else { panic!() };
        let told: Vec<_> = groups[0]
            .failed
            .iter()
            .map(|key| format!("{}: {}", key.key.text(), key.attempts[0].reason))
            .collect();
        assert_eq!(
            told,
            [
                "dead-200: dead-200 is dead",
                "dead-0: dead-0 is dead",
                "dead-1: dead-1 is dead",
                "panic-1: the attempt ended without an answer",
                "dead-100: dead-100 is dead",
            ]
        );
    }

    #[test]
    fn who_does_not_answer_is_given_up() {
        let (result, took) = recover_slowly(&Slow::default(), &[DEAD, "dead-1"]);
        assert!((900..IN_TIME.as_millis()).contains(&took), "{took} ms");
        let report = result.unwrap_err().report(false);
        assert!(report.contains("dead-60000: FAILED\n    - | no answer within 1 seconds"), "{report}");
    }

    /// A remote service may have a user to ask: it gets one key after the other, and none that is
    /// not needed any more.
    #[test]
    fn a_queue_goes_one_by_one() {
        let service = Slow::queued();
        let (result, _) = recover_slowly(&service, &["dead-50", "dead-50", "ok-1", "dead-50"]);
        assert!(result.is_ok());
        assert_eq!(service.0.busiest.load(Ordering::SeqCst), 1);
        assert_eq!(*service.0.tried.lock().unwrap(), ["dead-50", "dead-50", "ok-1"]);
    }

    /// No more threads than allowed, and every key gets its turn.
    #[test]
    fn threads_are_bounded() {
        let service = Slow::default();
        let (result, _) = recover_slowly(&service, &["dead-10"; 40]);
        assert!(result.is_err());
        assert_eq!(service.0.tried.lock().unwrap().len(), 40);
        assert!(service.0.busiest.load(Ordering::SeqCst) <= LIMITS.at_once);
    }

    /// Each service of a key is asked, also behind one that answers late; and the next key does not
    /// wait for that.
    #[test]
    fn services_follow_each_other() {
        let (local, remote) = (Slow::default(), Slow::queued());
        let order = DecryptionOrder::as_stored();
        let groups = [group(&["dead-30", "pgp:dead-0"])];
        let failure =
            recover_within(&groups, 0, &order, &[&local, &remote], &|_| true, LIMITS).err().unwrap();
        let RecoverFailure::KeysFailed { groups, .. } = failure else { panic!() };
        assert_eq!(groups[0].failed.iter().map(|key| key.attempts.len()).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(remote.0.tried.lock().unwrap().len(), 2);
    }

    #[test]
    fn wrapping_goes_side_by_side_and_lists_every_failure() {
        let start = Instant::now();
        let mut groups = [group(&["ok-300", "ok-301", "pgp:ok-0", "ok-302"])];
        let service = Slow::default();
        wrap_all(&mut groups, 0, &key(), &[&service], &mut Counter(1), "now").unwrap();
        assert!(start.elapsed() < Duration::from_millis(850), "{:?}", start.elapsed());
        let encs: Vec<_> = groups[0].0.iter().map(|key| key.enc.as_str()).collect();
        assert_eq!(encs, ["ok-300:32", "ok-301:32", "ok-0:32", "ok-302:32"]);

        let mut groups = [group(&["dead-30", "ok-1", "pgp:dead-0", "dead-1"])];
        let error = wrap_all(&mut groups, 0, &key(), &[&service], &mut Counter(1), "now").unwrap_err();
        let WrapError::Keys(failures) = error else { panic!() };
        let keys: Vec<_> = failures.iter().map(|failure| failure.key.text()).collect();
        assert_eq!(keys, ["dead-30", "dead-0", "dead-1"]);
        assert!(groups[0].0.iter().all(|key| key.enc.is_empty()));
    }
}
