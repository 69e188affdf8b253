//! `init`: from nothing to an encrypted file, and nothing written over.

use std::os::unix::fs::PermissionsExt;

use crate::home::{Home, RECIPIENT, STRANGER};

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[test]
fn from_nothing_to_an_encrypted_file() {
    let home = Home::empty().without_key().var("USER", "rita").file("secrets/x.yaml", "a: hunter2\n");
    let dry = home.run(["init", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains("would be written: .sops.yaml\n"), "{}", dry.stdout);
    let keys = home.path("../home/.config/sops/age/keys.txt");
    assert!(!home.path(".sops.yaml").exists() && !keys.exists());
    let run = home.run(["init", "--yes"]).exits(0);
    assert_eq!((mode(&keys), mode(keys.parent().expect("a folder"))), (0o600, 0o700));
    let identity = std::fs::read_to_string(&keys).expect("an identity");
    let recipient =
        identity.lines().find_map(|line| line.strip_prefix("# public key: ")).expect("a recipient");
    assert!(
        run.stdout.contains(&format!("  its public recipient: {recipient}\n  keep a copy")),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("SECRET-KEY"), "{}", run.stdout);
    let rules = home.read(".sops.yaml");
    assert!(rules.contains(&format!("names:\n  rita: {recipient}\ncreation_rules:\n  - path_regex: '^secrets/'\n    age:\n      - {recipient}\n")), "{rules}");
    home.run(["config", "check"]).exits(0).prints("");
    home.run(["encrypt", "-i", "secrets/x.yaml"]).exits(0);
    home.run(["decrypt", "secrets/x.yaml"]).exits(0).prints("a: hunter2\n");
    home.run(["doctor", "secrets/x.yaml"]).exits(0);
    // Once more: all is there already.
    let run = home.run(["init", "--yes", "--path-regex", "^other/"]).exits(0);
    assert!(run.stdout.contains("there already: .sops.yaml, which stays as it is"), "{}", run.stdout);
    assert!(run.stdout.contains("  - path_regex: '^other/'\n"), "{}", run.stdout);
    assert_eq!(home.read(".sops.yaml"), rules);
    assert_eq!(std::fs::read_to_string(&keys).expect("an identity"), identity);
}

#[test]
fn flags_say_the_rest() {
    let home = Home::empty();
    let fingerprint = "85D77543B3D624B63CEA9E6DBC17301B491B3F21";
    home.run([
        "init",
        "--yes",
        "--name",
        "r",
        "--recipient",
        STRANGER,
        "--recipient",
        fingerprint,
        "--path-regex",
        "it's",
        "--encrypted-regex",
        "^data$",
    ])
    .exits(0);
    let rules = home.read(".sops.yaml");
    assert!(rules.ends_with(&format!(
        "names:\n  r: {RECIPIENT}\ncreation_rules:\n  - path_regex: 'it''s'\n    encrypted_regex: '^data$'\n    age:\n      - {RECIPIENT}\n      - {STRANGER}\n    pgp:\n      - {fingerprint_}\n",
        fingerprint_ = format_args!("'{fingerprint}'")
    )), "{rules}");
    let home = Home::empty().without_key();
    home.run(["init", "--yes", "--no-identity", "--recipient", STRANGER]).exits(0);
    assert!(home.read(".sops.yaml").contains(STRANGER));
    assert!(!home.path("../home/.config").exists());
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let home = Home::empty().without_key();
    home.run(["init"]).exits(1).mentions("no terminal").mentions("--yes");
    home.run(["init", "--yes", "--no-identity"]).exits(1).mentions("nobody could open the files");
    home.run(["init", "--yes", "--recipient", "bob"]).exits(1).mentions("--recipient: ");
    home.run(["init", "--yes", "--path-regex", "["]).exits(1).mentions("--path-regex: ");
    home.run(["init", "--yes", "--git", "--no-git"]).exits(8);
    home.run(["init", "--yes", "x"]).exits(1);
    assert!(!home.path(".sops.yaml").exists() && !home.path("../home/.config").exists());
    // A file that is there and cannot be used is somebody's, and stays.
    let home = home.file("../home/.config/sops/age/keys.txt", "not an identity\n");
    home.run(["init", "--yes"]).exits(1).mentions("nothing is written over");
    assert_eq!(home.read("../home/.config/sops/age/keys.txt"), "not an identity\n");
    assert!(!home.path(".sops.yaml").exists());
}
