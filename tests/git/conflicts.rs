//! Both sides changed one value: nothing of it in plaintext but for who has a key, and nothing of it by accident
//! in a commit.

use crate::{KEEP_OURS, Repo};

const BASE: &str = "user: web\npassword: old # note\nport: 1\n";
const OURS: &str = "user: web\npassword: mine-secret # note\nport: 1\n";
const THEIRS: &str = "user: admin\npassword: your-secret # note\nport: 1\n";

fn contested() -> Option<Repo> {
    let repo = Repo::installed()?;
    repo.branches("s.yaml", BASE, OURS, THEIRS);
    repo.git(&["merge", "topic"]).exits(1).says("both sides changed [\"password\"]");
    Some(repo)
}

#[test]
fn the_file_holds_no_plaintext_and_is_no_file_of_its_format() {
    let Some(repo) = contested() else { return };
    repo.holds_no_plaintext("s.yaml", &["mine-secret", "your-secret", "admin"]);
    assert!(String::from_utf8_lossy(&repo.git(&["status", "--short"]).stdout).contains("UU s.yaml"));
    repo.sops(&["decrypt", "s.yaml"]).refuses().says("sops git resolve");
    repo.sops(&["set", "s.yaml", "[\"a\"]", "1"]).refuses();
    repo.git(&["commit", "-m", "no"]).refuses();
    repo.git(&["merge", "--abort"]).exits(0);
    repo.says("s.yaml", OURS);
}

#[test]
fn the_editor_shows_both_values_and_the_result_is_encrypted() {
    for verb in [&["git", "resolve", "s.yaml"][..], &["edit", "s.yaml"], &["s.yaml"]] {
        let Some(repo) = contested() else { return };
        let repo = repo.editor(KEEP_OURS);
        repo.sops(verb).exits(0).prints_nothing();
        assert_eq!(
            repo.seen(),
            "user: admin\n<<<<<<< sops:ours\npassword: mine-secret # note\n||||||| sops:base\npassword: old # note\n\
             =======\npassword: your-secret # note\n>>>>>>> sops:theirs\nport: 1\n"
        );
        repo.holds_no_plaintext("s.yaml", &["mine-secret", "your-secret"]);
        repo.commit("merged");
        repo.says("s.yaml", "user: admin\npassword: mine-secret # note\nport: 1\n");
        repo.git(&["merge-base", "--is-ancestor", "topic", "HEAD"]).exits(0);
    }
}

#[test]
fn markers_that_are_left_are_refused() {
    let Some(repo) = contested() else { return };
    let before = repo.home.read("s.yaml");
    let repo = repo.editor("-e '1d'");
    repo.sops(&["git", "resolve", "s.yaml"])
        .refuses()
        .says("the conflict is not resolved")
        .keeps_quiet_about("secret");
    assert_eq!(repo.home.read("s.yaml"), before);
    repo.holds_no_plaintext("s.yaml.rescued", &["mine-secret", "your-secret"]);
}

#[test]
fn without_an_editor() {
    for (side, value) in [("--ours", "mine-secret"), ("--theirs", "your-secret")] {
        let Some(repo) = contested() else { return };
        repo.sops(&["git", "resolve", side, "s.yaml"]).exits(0);
        repo.says("s.yaml", &format!("user: admin\npassword: {value} # note\nport: 1\n"));
    }
    let Some(repo) = contested() else { return };
    repo.sops(&["git", "resolve", "--ours", "--theirs", "s.yaml"]).exits(8);
}

#[test]
fn without_a_key_nothing_is_lost() {
    let Some(repo) = Repo::installed() else { return };
    repo.branches("s.yaml", BASE, "user: web\npassword: old # note\nport: 2\n", THEIRS);
    let key = crate::support::testdata("interop/keys/age1.txt").display().to_string();
    let repo = repo.set("SOPS_AGE_KEY_FILE", "/nonexistent");
    repo.git(&["merge", "topic"]).exits(1).says("not merged").says("sops git resolve s.yaml");
    repo.sops(&["git", "resolve", "s.yaml"]).exits(128);
    assert!(String::from_utf8_lossy(&repo.git(&["status", "--short"]).stdout).contains("UU s.yaml"));
    // Whoever has one needs no editor: there was no conflict.
    let repo = repo.set("SOPS_AGE_KEY_FILE", &key).set("EDITOR", "false");
    repo.sops(&["git", "resolve", "s.yaml"]).exits(0);
    repo.says("s.yaml", "user: admin\npassword: your-secret # note\nport: 2\n");
}

/// Without our driver git merges ciphertext by lines, and leaves what no sops opens.
#[test]
fn what_git_alone_could_not_merge() {
    let Some(repo) = Repo::bare_of_us() else { return };
    repo.branches("s.yaml", BASE, "user: web\npassword: old # note\nport: 2\n", THEIRS);
    repo.git(&["merge", "topic"]).exits(1);
    assert!(repo.home.read_text("s.yaml").contains("<<<<<<< HEAD"));
    repo.sops(&["git", "resolve", "s.yaml"]).exits(0);
    repo.says("s.yaml", "user: admin\npassword: your-secret # note\nport: 2\n");
    repo.sops(&["git", "resolve", "s.yaml"]).exits(0);
    repo.commit("merged");
    repo.sops(&["git", "resolve", "s.yaml"]).exits(1).says("not in the middle of a merge");
}

#[test]
fn the_mergetool() {
    let Some(repo) = contested() else { return };
    let repo = repo.editor(KEEP_OURS);
    repo.git(&["config", "mergetool.keepBackup", "false"]).exits(0);
    repo.git(&["mergetool", "--no-prompt", "--tool", "sops", "s.yaml"]).exits(0);
    assert!(repo.seen().contains("your-secret"));
    repo.says("s.yaml", "user: admin\npassword: mine-secret # note\nport: 1\n");
    assert!(String::from_utf8_lossy(&repo.git(&["status", "--short"]).stdout).contains("M  s.yaml"));
}

#[test]
fn metadata_alone() {
    let Some(repo) = Repo::installed() else { return };
    let plain = "a: 1\nb: 2\n";
    let encrypt = |regex: &str| {
        repo.home.write("s.yaml", plain);
        repo.sops(&["encrypt", "-i", "--encrypted-regex", regex, "s.yaml"]).exits(0);
        repo.commit(regex);
    };
    encrypt("^.$");
    repo.git(&["checkout", "-q", "-b", "topic"]).exits(0);
    encrypt("^a$");
    repo.git(&["checkout", "-q", "main"]).exits(0);
    encrypt("^b$");
    repo.git(&["merge", "topic"]).exits(1).says("both sides changed which values are encrypted");
    repo.sops(&["git", "resolve", "s.yaml"]).exits(1).says("--metadata");
    repo.sops(&["git", "resolve", "--metadata", "both", "s.yaml"]).exits(1).says("ours or theirs");
    repo.sops(&["git", "resolve", "--metadata", "theirs", "s.yaml"]).exits(0);
    assert!(repo.home.read_text("s.yaml").contains("b: 2\n"));
    repo.says("s.yaml", plain);
}

#[test]
fn binary_files() {
    let Some(repo) = Repo::installed() else { return };
    repo.branches("s.bin", "old", "mine\0secret", "your\0secret");
    repo.git(&["merge", "topic"]).exits(1).says("cannot be brought together");
    repo.holds_no_plaintext("s.bin", &["secret"]);
    repo.sops(&["git", "resolve", "s.bin"]).exits(1).says("--theirs");
    repo.sops(&["git", "resolve", "--theirs", "s.bin"]).exits(0);
    repo.says("s.bin", "your\0secret");
}

#[test]
fn a_conflict_in_every_format_while_rebasing() {
    for (name, [base, ours, theirs]) in [
        ("s.json", ["{\n  \"a\": \"0\"\n}\n", "{\n  \"a\": \"mine\"\n}\n", "{\n  \"a\": \"your\"\n}\n"]),
        ("s.ini", ["[s]\na = 0\n", "[s]\na = mine\n", "[s]\na = your\n"]),
        ("s.env", ["A=0\n", "A=mine\n", "A=your\n"]),
    ] {
        let Some(repo) = Repo::installed() else { return };
        repo.branches(name, base, ours, theirs);
        repo.git(&["rebase", "topic"]).exits(1);
        // In a rebase it is the other branch that one stands on.
        let repo = repo.editor(KEEP_OURS);
        repo.sops(&["edit", name]).exits(0);
        repo.says(name, theirs);
        repo.git(&["add", name]).exits(0);
        repo.git(&["rebase", "--skip"]).exits(0);
    }
}
