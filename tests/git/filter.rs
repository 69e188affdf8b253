//! Plaintext in the work tree, ciphertext in git.

use crate::{KEEP_OURS, Repo};

fn filtered(process: bool) -> Option<Repo> {
    let repo = Repo::bare_of_us()?;
    repo.home.write(".sops.yaml", format!("creation_rules:\n  - age: {}\n", crate::support::AGE_RECIPIENT));
    repo.sops(&["git", "install", "--filter", "--pattern", "s.*"]).exits(0);
    if !process {
        repo.git(&["config", "--unset", "filter.sops.process"]).exits(0);
    }
    Some(repo)
}

fn blob(repo: &Repo, object: &str) -> String {
    String::from_utf8(repo.git(&["cat-file", "blob", object]).exits(0).stdout).expect("text")
}

#[test]
fn what_says_the_same_is_the_same() {
    for process in [true, false] {
        for (name, one, two) in [
            ("s.yaml", "a: secret\nb: 0x1F\n", "a: other\nb: 0x1F\n"),
            ("s.json", "{\"a\": \"secret\"}\n", "{\"a\": \"other\"}\n"),
            ("s.env", "A=secret\n", "A=other\n"),
            ("s.ini", "[s]\na=secret\n", "[s]\na=other\n"),
            ("s.bin", "\0secret", "\0other"),
        ] {
            let Some(repo) = filtered(process) else { return };
            repo.home.write(name, one);
            repo.commit("one");
            let first = blob(&repo, &format!("HEAD:{name}"));
            assert!(first.contains("ENC[") && !first.contains("secret"), "{first}");
            std::fs::remove_file(repo.home.path(name)).expect("removed");
            repo.git(&["checkout", "-q", name]).exits(0);
            assert_eq!(repo.home.read_text(name), one);
            // Written anew, it is the same to git.
            std::fs::remove_file(repo.home.path(name)).expect("removed");
            repo.home.write(name, one);
            repo.git(&["diff", "--exit-code"]).exits(0);
            repo.home.write(name, two);
            repo.git(&["diff", "--exit-code", "--no-textconv", "--stat"]).exits(1);
            repo.commit("two");
            let second = blob(&repo, &format!("HEAD:{name}"));
            assert!(!second.contains("other"), "{second}");
            // The old text gives the old bytes while git has them at hand.
            repo.git(&["reset", "-q", "--soft", "HEAD^"]).exits(0);
            repo.home.write(name, one);
            repo.git(&["add", name]).exits(0);
            assert_eq!(blob(&repo, &format!(":{name}")), first);
        }
    }
}

#[test]
fn without_a_key_files_stay_encrypted() {
    let Some(repo) = filtered(true) else { return };
    repo.home.write("s.yaml", "a: secret\n");
    repo.commit("one");
    let repo = repo.set("SOPS_AGE_KEY_FILE", "/nonexistent");
    std::fs::remove_file(repo.home.path("s.yaml")).expect("removed");
    repo.git(&["checkout", "-q", "s.yaml"]).exits(0).says("s.yaml: stays encrypted");
    repo.holds_no_plaintext("s.yaml", &["secret"]);
    repo.git(&["diff", "--exit-code", "--no-textconv"]).exits(0);
    // Nothing gets into git that could not be encrypted as what was there.
    repo.home.write("s.yaml", "a: other\n");
    repo.git(&["add", "s.yaml"]).refuses().says("does not open").keeps_quiet_about("other");
}

#[test]
fn a_conflict_does_not_get_into_git() {
    let Some(repo) = filtered(true) else { return };
    let commit = |text: &str| {
        repo.home.write("s.yaml", text);
        repo.commit("next");
    };
    commit("a: 0\nb: 0\n");
    repo.git(&["checkout", "-q", "-b", "topic"]).exits(0);
    commit("a: your-secret\nb: 1\n");
    repo.git(&["checkout", "-q", "main"]).exits(0);
    commit("a: my-secret\nb: 0\n");
    repo.git(&["merge", "topic"]).exits(1);
    repo.holds_no_plaintext("s.yaml", &["your-secret", "my-secret"]);
    repo.git(&["add", "s.yaml"]).refuses().says("unresolved merge");
    repo.git(&["status"]).exits(0);
    let repo = repo.editor(KEEP_OURS);
    repo.sops(&["git", "resolve", "s.yaml"]).exits(0);
    repo.commit("merged");
    assert!(!blob(&repo, "HEAD:s.yaml").contains("my-secret"));
    std::fs::remove_file(repo.home.path("s.yaml")).expect("removed");
    repo.git(&["checkout", "-q", "s.yaml"]).exits(0);
    assert_eq!(repo.home.read_text("s.yaml"), "a: my-secret\nb: 1\n");
}

/// Without the filter git would take the plaintext that it left.
#[test]
fn uninstall_encrypts_the_work_tree() {
    let Some(repo) = filtered(true) else { return };
    repo.home.write("s.yaml", "a: secret\n").write("s.env", "A=1\n");
    repo.commit("one");
    repo.home.write("s.env", "A=changed\n");
    repo.sops(&["git", "uninstall"]).exits(0);
    repo.holds_no_plaintext("s.yaml", &["secret"]);
    repo.holds_no_plaintext("s.env", &["changed"]);
    let status = String::from_utf8(repo.git(&["status", "--short"]).stdout).expect("text");
    assert!(!status.contains("s.yaml") && status.contains(" M s.env"), "{status}");
    assert_eq!(repo.home.decrypted("s.env"), b"A=changed\n");
}

#[test]
fn a_new_file_without_a_rule_is_refused() {
    let Some(repo) = Repo::bare_of_us() else { return };
    let repo = repo.set("SOPS_AGE_RECIPIENTS", "");
    repo.sops(&["git", "install", "--filter", "--pattern", "s.*"]).exits(0);
    repo.home.write("s.yaml", "a: secret\n");
    repo.git(&["add", "s.yaml"]).refuses().keeps_quiet_about("secret");
}
