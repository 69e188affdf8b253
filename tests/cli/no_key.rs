//! No key opens the file: sops' report, then what was found and what would help (command line §13).

use crate::home::{Home, RECIPIENT, STRANGER};

/// A throwaway identity that opens nothing here, and its recipient.
const OTHER: &str = "AGE-SECRET-KEY-1QUYQJZSTPSXSURCSZYFPX9Q4ZCT3SXG6RVWP68SLYQSJYGEYY5NQ23P5FC";

/// Where sops' own text ends.
const END: &str = "at least one key has to be successful,\nbut none were.\n";

fn ours(stderr: &str) -> String {
    assert!(
        stderr.starts_with(
            "Failed to get the data key required to decrypt the SOPS file.\n\nGroup 0: FAILED\n"
        )
    );
    let (_, ours) = stderr.split_once(END).unwrap_or_else(|| panic!("sops' report: {stderr}"));
    ours.to_owned()
}

#[test]
fn nothing_found() {
    let home = Home::empty().with(&["a.yaml"]).without_key();
    let run = home.run(["decrypt", "a.yaml"]).exits(128).prints("");
    let path = home.path("a.yaml").display().to_string();
    assert_eq!(
        ours(&run.stderr),
        format!(
            "\nfound on this machine: no age identity\n\
             hint: name a file that has the identity of {RECIPIENT}: SOPS_AGE_KEY_FILE=PATH sops decrypt {path}\n"
        )
    );
}

#[test]
fn an_identity_of_someone_else() {
    let home = Home::empty().with(&["other.yaml"]).file("../home/.config/sops/age/keys.txt", OTHER);
    for line in
        [&["decrypt", "other.yaml"][..], &["edit", "other.yaml"], &["set", "other.yaml", "[\"a\"]", "1"]]
    {
        let run = home.run(line.iter().copied()).exits(128).prints("");
        assert!(!run.stderr.contains("AGE-SECRET-KEY"), "{}", run.stderr);
        let run = run.mentions(&format!(
            "\n  SOPS_AGE_KEY: {RECIPIENT} (no recipient of this file, or of a group that was opened)\n  \
             ~/.config/sops/age/keys.txt: age1"
        ));
        let path = home.path("other.yaml").display().to_string();
        run.mentions(&format!(
            "hint: whoever can open the file can let you in: sops rotate --in-place --add-age {RECIPIENT} {path}\n"
        ));
    }
}

/// A variable that names no file is the reason more often than not.
#[test]
fn a_place_that_cannot_be_used() {
    let home = Home::empty().with(&["a.yaml"]).without_key().var("SOPS_AGE_KEY_FILE", "/nonexistent/k");
    home.run(["decrypt", "a.yaml"])
        .exits(128)
        .mentions(
            "\n  SOPS_AGE_KEY_FILE (/nonexistent/k): unusable: failed to open SOPS_AGE_KEY_FILE file: open \
             /nonexistent/k: no such file or directory\n",
        )
        .mentions("hint: repair SOPS_AGE_KEY_FILE (/nonexistent/k) first: ls -l /nonexistent/k\n");
}

/// The identity is there, but at a place that is not searched: that of another operating system, say.
#[test]
fn an_identity_at_the_wrong_place() {
    let key = Home::key();
    let home = Home::empty().with(&["a.yaml"]).without_key();
    let home = home.file("../home/Library/Application Support/sops/age/keys.txt", &format!("{key}\n"));
    let run = home.run(["decrypt", "a.yaml"]);
    if cfg!(target_os = "macos") {
        return;
    }
    let run = run.exits(128).mentions(&format!(
        "  ~/Library/Application Support/sops/age/keys.txt: {RECIPIENT} (a recipient of this file, in group 0; \
         this place is not searched)\n"
    ));
    let command = run.stderr.lines().last().and_then(|line| line.split_once("identity: ")).expect("a hint").1;
    // the hint does what it says
    home.shell(command).exits(0).prints("a: 1\nb: two\nc:\n    - x\n    - 3\n");
}

/// Shares of one group are not enough: what belongs to groups that were opened does not help.
#[test]
fn groups() {
    let home = Home::empty().file(
        ".sops.yaml",
        &format!(
            "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [{RECIPIENT}]\n      - age: \
             [{STRANGER}]\n"
        ),
    );
    let home = home.file("f.yaml", "a: 1\n");
    home.run(["encrypt", "-i", "f.yaml"]).exits(0);
    let run = home.run(["decrypt", "f.yaml"]).exits(128);
    let (report, ours) = run.stderr.split_once("\n\nfound on this machine:\n").expect("our part");
    assert!(report.ends_with("with any of the keys in that key group."), "{report}");
    assert!(report.contains("Group 0: SUCCESS\n\nGroup 1: FAILED\n"), "{report}");
    assert!(
        ours.starts_with(&format!(
            "  SOPS_AGE_KEY: {RECIPIENT} (no recipient of this file, or of a group that"
        ))
    );
}

#[test]
fn no_service_was_asked() {
    let home = Home::empty().with(&["a.yaml"]);
    home.run(["decrypt", "--enable-local-keyservice=false", "a.yaml"])
        .exits(128)
        .mentions("hint: no key service was asked; leave out --enable-local-keyservice=false\n");
}
