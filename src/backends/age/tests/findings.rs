//! What a report says was found: never key material, and nobody is asked for it.

use super::machine::Machine;
use super::{entry, testdata};
use crate::backends::age::AgeService;
use crate::keys::{Finding, Holding, KeyService, MasterKey};
use std::sync::atomic::Ordering;

/// What is found after a file for someone else was tried.
fn findings(machine: Machine) -> (Vec<Finding>, AgeService<Machine>) {
    let service = AgeService::new(machine);
    let _ = service.unwrap(&entry(&testdata("x25519.age").replace("YWdl", "YWdm")));
    let key = MasterKey::Age { recipient: "age1recipient".into() };
    (service.findings(&[&key]), service)
}

fn public_key(name: &str) -> String {
    let text = testdata(name);
    let line = text.lines().find_map(|line| line.strip_prefix("# public key: "));
    line.expect("a public key").to_owned()
}

#[test]
fn recipients_of_identities() {
    let machine = Machine::new()
        .var("SOPS_AGE_KEY", testdata("age1.txt").lines().last().unwrap())
        .var("SOPS_AGE_KEY_FILE", "/k")
        .file("/k", testdata("pq.txt").as_bytes())
        .file("/home/alice/.ssh/id_ed25519", testdata("ssh_ed25519").as_bytes())
        .file("/home/alice/.config/sops/age/keys.txt", b"AGE-SECRET-KEY-1WRONG\n")
        .file("/home/alice/.config/age/keys.txt", testdata("age2.txt").as_bytes());
    let (found, _) = findings(machine);
    let public = testdata("ssh_ed25519.pub");
    let ssh: Vec<&str> = public.split_whitespace().take(2).collect();
    let opens = |place: &str| {
        let finding = found.iter().find(|finding| finding.place == place).expect("found");
        match &finding.holding {
            Holding::Opens(name) => (name.clone(), finding.searched),
            other => panic!("{place}: {other:?}"),
        }
    };
    assert_eq!(opens("SOPS_AGE_KEY"), (public_key("age1.txt"), true));
    assert_eq!(opens("SOPS_AGE_KEY_FILE"), (public_key("pq.txt"), true));
    assert_eq!(opens("/home/alice/.ssh/id_ed25519"), (ssh.join(" "), true));
    assert_eq!(opens("/home/alice/.config/age/keys.txt"), (public_key("age2.txt"), false));
    assert!(
        matches!(&found[3].holding, Holding::Unusable(why) if why.contains("failed to parse")),
        "{found:?}"
    );
    assert_eq!(found.len(), 5);
    let said = format!("{found:?}");
    assert!(!said.contains("AGE-SECRET-KEY") && !said.contains("PRIVATE"), "{said}");
}

#[test]
fn what_cannot_be_told() {
    let machine = Machine::new()
        .file("/home/alice/.config/sops/age/keys.txt", testdata("age1-passphrase.age.txt").as_bytes())
        .file("/home/alice/.ssh/id_rsa", testdata("ssh/rsa-passphrase").as_bytes());
    let (found, service) = findings(machine);
    let before = service.host.prompts.lock().unwrap().len();
    let [ssh, locked] = &found[..] else { panic!("{found:?}") };
    assert!(matches!(&ssh.holding, Holding::Opens(name) if name.starts_with("ssh-rsa AAAA")), "{found:?}");
    assert_eq!(locked.holding, Holding::Unknown("identities behind a passphrase".into()));
    let key = MasterKey::pgp("A");
    assert!(service.findings(&[&key]).is_empty());
    assert_eq!(service.host.prompts.lock().unwrap().len(), before);
}

/// A command has run for the key, and is not run again.
#[test]
fn commands_are_not_run_again() {
    let machine =
        Machine::new().var("SOPS_AGE_KEY_CMD", "cat /k").file("/k", testdata("age2.txt").as_bytes());
    let (found, service) = findings(machine);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].holding, Holding::Opens(public_key("age2.txt")));
    assert_eq!(service.host.runs.load(Ordering::Relaxed), 1);
}
