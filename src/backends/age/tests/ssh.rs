//! SSH keys made by `ssh-keygen`, and files for them made by sops 3.13.2; the secrets were
//! unwrapped with filippo.io/age 1.3.1. The passphrase is `passw`.

use super::machine::Machine;
use super::{entry, testdata, unwrap};
use crate::backends::age::AgeService;
use crate::keys::{Attempt, KeyService, MasterKey};

fn check(name: &str, machine: Machine) {
    let secret = testdata(&format!("ssh/{name}.secret"));
    assert_eq!(unwrap(machine, &testdata(&format!("ssh/{name}.age"))).unwrap(), secret.trim_end());
}

fn check_error(machine: Machine, error: &str) {
    let text = unwrap(machine, &testdata("x25519.age")).unwrap_err();
    assert!(text.contains(error), "{text}");
}

#[test]
fn from_every_place() {
    for name in ["ed25519", "rsa", "rsa-pkcs1", "rsa-pkcs8"] {
        let key = testdata(&format!("ssh/{name}"));
        let machine = || Machine::new().file("/k", key.as_bytes());
        check(name, machine().var("SOPS_AGE_SSH_PRIVATE_KEY_FILE", "/k"));
        check(name, machine().var("SOPS_AGE_SSH_PRIVATE_KEY_CMD", "cat /k"));
        check(name, Machine::new().file("/home/alice/.ssh/id_ed25519", key.as_bytes()));
        check(name, Machine::new().file("/home/alice/.ssh/id_rsa", key.as_bytes()));
    }
}

#[test]
fn passphrase() {
    for name in ["ed25519-passphrase", "rsa-passphrase"] {
        let key = testdata(&format!("ssh/{name}"));
        let machine = || Machine::new().file("/k", key.as_bytes()).var("SOPS_AGE_SSH_PRIVATE_KEY_FILE", "/k");
        check(name, machine().passphrase("passw"));

        let enc = testdata(&format!("ssh/{name}.age"));
        let error = unwrap(machine().passphrase("wrong"), &enc).unwrap_err();
        let expected = "failed to create reader for decrypting sops data key with age: failed to \
                        decrypt SSH key file: x509: decryption password incorrect. Did not find";
        assert!(error.starts_with(expected), "{error}");
        let error = unwrap(machine(), &enc).unwrap_err();
        assert!(
            error.contains(
                "failed to obtain passphrase: could not read passphrase for \"/k\": standard input"
            )
        );
    }
}

/// Nobody is asked for the passphrase of a key that no stanza names; and once is enough.
#[test]
fn asks_when_needed_and_once() {
    let key = testdata("ssh/ed25519-passphrase");
    let machine = Machine::new().passphrase("passw");
    let machine = machine.file("/home/alice/.ssh/id_ed25519", key.as_bytes());
    let service = AgeService::new(machine);
    assert!(matches!(service.unwrap(&entry(&testdata("x25519.age"))), Attempt::NotHeld { .. }));
    assert!(service.host.prompts.lock().unwrap().is_empty());
    for _ in 0..2 {
        let entry = entry(&testdata("ssh/ed25519-passphrase.age"));
        assert!(matches!(service.unwrap(&entry), Attempt::Recovered(_)));
    }
    let prompts = service.host.prompts.lock().unwrap();
    assert_eq!(*prompts, ["Enter passphrase for \"/home/alice/.ssh/id_ed25519\":"]);
}

/// The texts of sops 3.13.2.
#[test]
fn errors() {
    let file = |name: &str| {
        let key = testdata(name);
        Machine::new().file("/k", key.as_bytes()).var("SOPS_AGE_SSH_PRIVATE_KEY_FILE", "/k")
    };
    let command = |name: &str| {
        let key = testdata(name);
        Machine::new().file("/k", key.as_bytes()).var("SOPS_AGE_SSH_PRIVATE_KEY_CMD", "cat /k")
    };
    let error = "malformed SSH identity in \"/k\": unsupported SSH identity type: *ecdsa.PrivateKey";
    check_error(file("ssh/ecdsa"), error);
    check_error(file("age1.txt"), "malformed SSH identity in \"/k\": ssh: no key found");
    let start = "malformed SSH identity returned by running SOPS_AGE_SSH_PRIVATE_KEY_CMD: ";
    let error = "\"unsupported SSH identity type: *ecdsa.PrivateKey\"";
    check_error(command("ssh/ecdsa"), &format!("{start}{error}"));
    check_error(command("age1.txt"), &format!("{start}\"ssh: no key found\""));
    for name in ["ssh/rsa-passphrase", "ssh/rsa-pkcs1-passphrase"] {
        check_error(
            command(name),
            "the SSH key returned by running SOPS_AGE_SSH_PRIVATE_KEY_CMD is password protected, \
             which is unsupported. (\"ssh: this private key is passphrase protected\")",
        );
    }
}

/// A key file that is cut anywhere, or has a byte changed, is an error and no panic.
#[test]
fn damaged_key_files() {
    for name in ["ed25519", "rsa", "ed25519-passphrase", "rsa-pkcs8"] {
        let key = testdata(&format!("ssh/{name}"));
        let enc = testdata("x25519.age");
        for at in (0..key.len()).step_by(29) {
            let mut changed = key.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            for key in [&key.as_bytes()[..at], &changed] {
                let machine = Machine::new().file("/home/alice/.ssh/id_rsa", key);
                assert!(unwrap(machine, &enc).is_err());
            }
        }
    }
}

#[test]
fn wrapped_keys_come_back() {
    let service = AgeService::new(
        Machine::new().file("/home/alice/.ssh/id_ed25519", testdata("ssh_ed25519").as_bytes()),
    );
    let key = MasterKey::age(&format!("{} a comment", testdata("ssh_ed25519.pub").trim())).unwrap();
    let enc = service.wrap(&key, &[7; 32]).unwrap();
    let Attempt::Recovered(secret) = service.unwrap(&entry(&enc)) else { panic!() };
    assert_eq!(*secret, [7; 32]);
}
