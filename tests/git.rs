//! The real git with our diff, merge, mergetool and filter, on scratch repositories with a home of their own.
#![cfg(unix)] // Windows has tests/windows
#![allow(clippy::print_stderr)] // what cannot run says so

#[path = "git/conflicts.rs"]
mod conflicts;
#[path = "git/diffs.rs"]
mod diffs;
#[path = "git/filter.rs"]
mod filter;
#[path = "git/merges.rs"]
mod merges;
#[path = "git/reports.rs"]
mod reports;
#[path = "git/setup.rs"]
mod setup;
mod support;

use std::path::Path;

use support::{Home, Run, real_sops, shown};

/// A second identity of `testdata/`.
const SECOND: &str = "interop/keys/age2.txt";

/// A repository that our merge driver is installed in.
struct Repo {
    home: Home,
}

impl Repo {
    /// With settings for everything but the filter; nothing if there is no git.
    fn installed() -> Option<Self> {
        let repo = Self::bare_of_us()?;
        repo.sops(&["git", "install", "--pattern", "s.*"]).exits(0);
        repo.git(&["add", ".gitattributes"]).exits(0);
        Some(repo)
    }

    /// A repository that knows nothing of us.
    fn bare_of_us() -> Option<Self> {
        let git = Path::new("/usr/bin/git");
        if !git.exists() {
            assert!(std::env::var_os("CI").is_none(), "git is needed here");
            eprintln!("skipped: there is no git");
            return None;
        }
        let home = Home::with_age()
            .set("GIT_CONFIG_NOSYSTEM", "1")
            .set("GIT_AUTHOR_NAME", "a")
            .set("GIT_AUTHOR_EMAIL", "a@example.org")
            .set("GIT_COMMITTER_NAME", "a")
            .set("GIT_COMMITTER_EMAIL", "a@example.org")
            .set("GIT_EDITOR", "true");
        let repo = Self { home };
        repo.git(&["init", "-q", "-b", "main"]).exits(0);
        repo.home.write(".git/info/exclude", "/tmp/\n/editor\n");
        Some(repo)
    }

    /// The same with one more variable.
    fn set(self, name: &str, value: &str) -> Self {
        Self { home: self.home.set(name, value) }
    }

    fn git(&self, words: &[&str]) -> Run {
        self.home.run(Path::new("/usr/bin/git"), words, b"")
    }

    fn sops(&self, words: &[&str]) -> Run {
        self.home.sops(words)
    }

    /// Writes a file encrypted as its last version was, or for the first time.
    fn put(&self, name: &str, text: &str) {
        if self.home.path(name).exists() {
            self.home.run(&support::program(), ["replace", name], text.as_bytes()).exits(0);
        } else {
            self.home.encrypted(name, text);
        }
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]).exits(0);
        self.git(&["commit", "-q", "-m", message]).exits(0);
    }

    /// `base` on both branches, then `theirs` on topic and `ours` on main, where we stay.
    fn branches(&self, name: &str, base: &str, ours: &str, theirs: &str) {
        self.put(name, base);
        self.commit("base");
        self.git(&["checkout", "-q", "-b", "topic"]).exits(0);
        self.put(name, theirs);
        self.commit("theirs");
        self.git(&["checkout", "-q", "main"]).exits(0);
        self.put(name, ours);
        self.commit("ours");
    }

    /// The file has this content, for us and for the real sops.
    #[track_caller]
    fn says(&self, name: &str, text: &str) {
        support::assert_same(name, &self.home.decrypted(name), text.as_bytes());
        match real_sops() {
            Some(sops) => {
                self.home.run(&sops, ["decrypt", name], b"").exits(0);
            }
            None => eprintln!("SOPS_BIN names no real sops to open {name} with"),
        }
    }

    /// An editor that edits with these commands of sed.
    fn editor(self, script: &str) -> Self {
        let text = format!("#!/bin/sh\ncp \"$1\" \"$HOME/editor.seen\"\nsed -i {script} \"$1\"\n");
        self.home.write("editor", text);
        let path = self.home.path("editor");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("allowed");
        let path = path.display().to_string();
        self.set("EDITOR", &path)
    }

    /// What the editor was shown.
    fn seen(&self) -> String {
        let seen = self.home.read_text("editor.seen");
        std::fs::remove_file(self.home.path("editor.seen")).expect("removed");
        seen
    }

    #[track_caller]
    fn holds_no_plaintext(&self, name: &str, secrets: &[&str]) {
        let bytes = self.home.read(name);
        let text = String::from_utf8_lossy(&bytes);
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in\n{}", shown(&bytes));
        }
    }
}

/// Keeps ours between markers.
const KEEP_OURS: &str = "-e '/^<<<<<<< /d' -e '/^|||||||/,/^>>>>>>> /d'";
