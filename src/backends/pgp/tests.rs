//! The built-in way against damage. Everything else is in `tests/pgp.rs`, with a real gpg.

use super::*;
use std::path::Path;

const MESSAGE: &str = "testdata/interop/encrypted/pgp.yaml";
const KEY: &str = "testdata/interop/keys/pgp.asc";

fn service(key: &Path) -> PgpService {
    let variables = [
        ("SOPS_PGP_KEY_FILE", key.as_os_str()),
        ("GNUPGHOME", "/nonexistent".as_ref()),
        ("GPG_AGENT_INFO", "".as_ref()),
        ("SOPS_GPG_EXEC", "/nonexistent".as_ref()),
    ];
    PgpService::new(SystemHost::new(variables.map(|(k, v)| (k.into(), v.to_owned())).into()))
}

/// The stored message of the file.
fn message() -> String {
    let text = std::fs::read_to_string(MESSAGE).unwrap();
    let lines = text.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN"));
    let end = "-----END PGP MESSAGE-----";
    let lines: Vec<_> = lines.take_while(|line| *line != end).chain([end]).collect();
    lines.join("\n")
}

fn unwrap(service: &PgpService, enc: &str) -> Attempt {
    let mut key = WrappedKey::new(MasterKey::pgp("any"));
    key.enc = enc.to_owned();
    service.unwrap(&key)
}

/// Damage gives an error or, where it does not matter, the same secret: no other one, no panic.
#[test]
fn damaged_messages() {
    let service = service(Path::new(KEY));
    let good = message();
    let Attempt::Recovered(secret) = unwrap(&service, &good) else { panic!("does not open") };
    assert_eq!(secret.len(), 32);
    let start = good.find("\n\n").unwrap() + 2;
    for at in (start..good.len() - 32).step_by(7) {
        for other in ["A", "/", "=", "\n", ""] {
            let mut bad = good.clone();
            bad.replace_range(at..=at, other);
            match unwrap(&service, &bad) {
                Attempt::Recovered(found) => assert_eq!(*found, *secret, "{at} {other:?}"),
                Attempt::NotHeld { .. } | Attempt::Failed(_) => {}
            }
        }
    }
    for end in (0..good.len()).step_by(29) {
        assert!(!matches!(unwrap(&service, &good[..end]), Attempt::Recovered(_)), "{end}");
    }
}

#[test]
fn damaged_keys() {
    let good = std::fs::read(KEY).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for at in (0..good.len()).step_by(31) {
        for cut in [false, true] {
            let mut bad = good.clone();
            bad[at] = bad[at].wrapping_add(1);
            if cut {
                bad.truncate(at);
            }
            std::fs::write(&path, &bad).unwrap();
            let _ =
                service(&path).wrap(&MasterKey::pgp("E20E6FF558885DA4D982D65D97BBBA8CF1BA00BE"), &[7; 32]);
            let _ = service(&path).keyring.secret(&SystemHost::new(Default::default()));
        }
    }
}

#[test]
fn what_it_wraps_it_unwraps() {
    let service = service(Path::new(KEY));
    for name in [
        "E20E6FF558885DA4D982D65D97BBBA8CF1BA00BE",
        "e20e6ff558885da4 d982d65d97bbba8cf1ba00be",
        "0x97BBBA8CF1BA00BE",
    ] {
        let enc = service.wrap(&MasterKey::Pgp { fingerprint: name.to_owned() }, &[7; 33]).unwrap();
        assert!(
            enc.starts_with("-----BEGIN PGP MESSAGE-----\n\n")
                && enc.ends_with("\n-----END PGP MESSAGE-----"),
            "{enc}"
        );
        let Attempt::Recovered(secret) = unwrap(&service, &enc) else { panic!("{name}") };
        assert_eq!(*secret, [7; 33]);
    }
    let error = service.wrap(&MasterKey::pgp("97BBBA8CF1BA00BF"), &[7; 32]).unwrap_err().to_string();
    assert!(error.contains("key with fingerprint '97BBBA8CF1BA00BF' is not available in keyring"), "{error}");
}
