//! `git install` says what it does, does it once, and `git uninstall` leaves nothing behind.

use crate::Repo;

fn state(repo: &Repo) -> (Option<Vec<u8>>, Vec<u8>) {
    (std::fs::read(repo.home.path(".gitattributes")).ok(), repo.home.read(".git/config"))
}

#[test]
fn there_and_back() {
    for attributes in [None, Some(""), Some("*.png binary\n"), Some("*.png binary"), Some("a b\r\n")] {
        let Some(repo) = Repo::bare_of_us() else { return };
        if let Some(text) = attributes {
            repo.home.write(".gitattributes", text);
        }
        repo.git(&["config", "diff.other.textconv", "cat"]).exits(0);
        let before = state(&repo);
        for more in [&[][..], &["--redact"], &["--filter"]] {
            let install = [&["git", "install", "--pattern", "s.*", "--pattern", "a b"], more].concat();
            let dry = [&install[..], &["--dry-run"]].concat();
            let said = repo.sops(&dry).exits(0).stdout;
            assert!(said.starts_with(b"would set diff.sops.textconv"), "{}", String::from_utf8_lossy(&said));
            assert_eq!(state(&repo), before);
            repo.sops(&install).exits(0);
            let installed = state(&repo);
            let again = repo.sops(&install).exits(0).stdout;
            assert!(again.starts_with(b"all is set up already"), "{}", String::from_utf8_lossy(&again));
            assert_eq!(state(&repo), installed);
            repo.sops(&["git", "uninstall", "--dry-run"]).exits(0);
            assert_eq!(state(&repo), installed);
            repo.sops(&["git", "uninstall"]).exits(0);
            let (left, config) = state(&repo);
            assert_eq!(left, before.0);
            assert_eq!(String::from_utf8_lossy(&config), String::from_utf8_lossy(&before.1));
            repo.sops(&["git", "uninstall"]).exits(0).prints("nothing of ours is there\n");
        }
    }
}

#[test]
fn patterns_come_from_the_rules() {
    let Some(repo) = Repo::bare_of_us() else { return };
    repo.sops(&["git", "install"]).exits(1).says("--pattern");
    repo.home.write(
        ".sops.yaml",
        "creation_rules:\n  - path_regex: ^secrets/.*\\.yaml$\n    age: x\n  - path_regex: '(?i)odd'\n    age: x\n  - age: x\n",
    );
    let said = String::from_utf8(repo.sops(&["git", "install"]).exits(0).stdout).expect("text");
    assert!(said.contains("path_regex (?i)odd") && said.contains("rule 3 is for every file"), "{said}");
    let attributes = repo.home.read_text(".gitattributes");
    assert!(attributes.contains("\n/secrets/**/*.yaml diff=sops merge=sops\n"), "{attributes}");
    for (path, expected) in
        [("secrets/a.yaml", "sops"), ("secrets/x/a.yaml", "sops"), ("a.yaml", "unspecified")]
    {
        let answer = repo.git(&["check-attr", "merge", path]).exits(0).stdout;
        assert_eq!(String::from_utf8_lossy(&answer), format!("{path}: merge: {expected}\n"));
    }
}

#[test]
fn settings_of_others_are_left_alone() {
    let Some(repo) = Repo::bare_of_us() else { return };
    repo.git(&["config", "diff.sops.textconv", "sops -d"]).exits(0);
    let before = state(&repo);
    repo.sops(&["git", "install", "--pattern", "x"]).exits(1).says("--force");
    assert_eq!(state(&repo), before);
    repo.sops(&["git", "uninstall"]).exits(0);
    assert_eq!(state(&repo), before);
    repo.sops(&["git", "install", "--force", "--pattern", "x"]).exits(0);
    repo.sops(&["git", "install", "--local", "--global"]).exits(8);
    repo.sops(&["git", "install", "stray"]).exits(1);
}

#[test]
fn for_all_repositories() {
    let Some(repo) = Repo::bare_of_us() else { return };
    repo.home.write(".gitconfig", "[user]\n\tname = x\n");
    repo.sops(&["git", "install", "--global"]).exits(0);
    assert!(repo.home.read_text(".gitconfig").contains("[merge \"sops\"]"));
    assert!(!repo.home.path(".config/git/attributes").exists());
    repo.sops(&["git", "install", "--global", "--pattern", "*.enc.yaml"]).exits(0);
    let answer = repo.git(&["check-attr", "diff", "x.enc.yaml"]).exits(0).stdout;
    assert_eq!(String::from_utf8_lossy(&answer), "x.enc.yaml: diff: sops\n");
    repo.sops(&["git", "uninstall", "--global"]).exits(0);
    assert_eq!(repo.home.read_text(".gitconfig"), "[user]\n\tname = x\n");
    assert!(!repo.home.path(".config/git/attributes").exists());
    let outside = crate::support::Home::empty();
    outside.sops(["git", "install"]).exits(1).says("--global");
}

#[test]
fn init_sets_git_up_and_writes_a_hook() {
    let Some(repo) = Repo::bare_of_us() else { return };
    let run = repo.sops(&["init", "--yes", "--git", "--hook", "--dry-run"]).exits(0);
    assert!(
        String::from_utf8_lossy(&run.stdout).contains("would be set up: git"),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
    let run = repo.sops(&["init", "--yes", "--git", "--hook"]).exits(0);
    assert!(
        String::from_utf8_lossy(&run.stdout).contains("written: .git/hooks/pre-commit, which runs "),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
    assert!(repo.home.read_text(".gitattributes").contains("secrets/** diff=sops merge=sops"));
    std::fs::create_dir(repo.home.path("secrets")).expect("a folder");
    repo.home.write("secrets/x.yaml", "a: hunter2\n");
    repo.git(&["add", "."]).exits(0);
    repo.git(&["commit", "-qm", "one"]).exits(1);
    repo.sops(&["encrypt", "-i", "secrets/x.yaml"]).exits(0);
    repo.git(&["add", "."]).exits(0);
    repo.git(&["commit", "-qm", "one"]).exits(0);
    let run = repo.sops(&["init", "--yes", "--git", "--hook"]).exits(0);
    assert!(
        String::from_utf8_lossy(&run.stdout)
            .contains("there already: .git/hooks/pre-commit; it runs the check"),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
}

/// The settings are those of all work trees: none of them must be left with plaintext that git would take.
#[test]
fn uninstall_encrypts_the_files_of_every_work_tree() {
    let Some(repo) = Repo::bare_of_us() else { return };
    repo.sops(&["git", "install", "--filter", "--pattern", "s.*"]).exits(0);
    repo.home.encrypted("s.yaml", "a: hunter2\n");
    repo.git(&["add", "-A"]).exits(0);
    repo.git(&["commit", "-qm", "one"]).exits(0);
    repo.git(&["worktree", "add", "-q", "tmp/other", "-b", "other"]).exits(0);
    assert_eq!(repo.home.read_text("tmp/other/s.yaml"), "a: hunter2\n");
    repo.sops(&["git", "uninstall"]).exits(0);
    repo.holds_no_plaintext("tmp/other/s.yaml", &["hunter2"]);
    for place in [".", "tmp/other"] {
        repo.git(&["-C", place, "status", "--short", "s.yaml"]).exits(0).prints("");
    }
}
