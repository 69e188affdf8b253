//! Merges without a question.

use crate::{Repo, SECOND};

/// One file in each format: base, ours, theirs, merged.
const CASES: [(&str, [&str; 4]); 4] = [
    (
        "s.yaml",
        [
            "# top\na: 1\ndb:\n  user: web # who\n  password: x\nlist: [1, 2]\nold: y\nz: 0x1F\n",
            "# top\na: 1\nz: 0x1F\ndb:\n  user: admin # who\n  password: x\nlist: [1, 2]\nold: y\nours: new\n",
            "# top\na: 1\ndb:\n  user: web # who\n  password: changed\n  port: 5\nlist: [1, 2]\nz: 0x1F\n",
            "# top\na: 1\nz: 0x1F\ndb:\n  user: admin # who\n  password: changed\n  port: 5\nlist: [1, 2]\nours: new\n",
        ],
    ),
    (
        "s.json",
        [
            "{\n  \"a\": 1,\n  \"b\": {\"c\": true, \"d\": null},\n  \"old\": \"x\"\n}\n",
            "{\n  \"a\": 2,\n  \"b\": {\"c\": true, \"d\": null},\n  \"old\": \"x\",\n  \"ours\": 1.5\n}\n",
            "{\n  \"a\": 1,\n  \"b\": {\"c\": false, \"d\": null, \"e\": \"é\"}\n}\n",
            "{\n  \"a\": 2,\n  \"b\": {\"c\": false, \"d\": null, \"e\": \"é\"},\n  \"ours\": 1.5\n}\n",
        ],
    ),
    (
        "s.ini",
        [
            "; top\n[a]\nx = 1\ny = 2\n\n[b]\nz = 3\n",
            "; top\n[a]\nx = 9\ny = 2\n\n[b]\nz = 3\nours = 1\n",
            "; top\n[a]\nx = 1\ny = 8\n\n[b]\n\n[c]\nn = 1\n",
            "; top\n[a]\nx = 9\ny = 8\n\n[b]\nours = 1\n\n[c]\nn = 1\n",
        ],
    ),
    (
        "s.env",
        [
            "# top\nA=1\nB=2\nC=3\nD=4\n",
            "# top\nA=one\nB=2\nC=3\nD=4\nOURS=1\n",
            "# top\nTHEIRS=1\nA=1\nB=two\nD=4\n",
            "# top\nA=one\nB=two\nD=4\nOURS=1\nTHEIRS=1\n",
        ],
    ),
];

#[test]
fn all_formats() {
    for (name, [base, ours, theirs, merged]) in CASES {
        let Some(repo) = Repo::installed() else { return };
        repo.branches(name, base, ours, theirs);
        repo.git(&["merge", "-q", "topic"]).exits(0);
        repo.says(name, merged);
        repo.git(&["diff", "--check", "HEAD^1"]).exits(0);
    }
}

#[test]
fn unchanged_values_keep_their_ciphertext() {
    let Some(repo) = Repo::installed() else { return };
    repo.branches(
        "s.yaml",
        "a: 1\nb: 2\nc: 3\nd: 4\n",
        "a: 9\nb: 2\nc: 3\nd: 4\n",
        "a: 1\nb: 2\nc: 3\nd: 8\n",
    );
    let line = |revision: &str, key: &str| {
        let show = repo.git(&["cat-file", "blob", &format!("{revision}:s.yaml")]).exits(0);
        let text = String::from_utf8(show.stdout).expect("text");
        crate::support::line(&text, key).to_owned()
    };
    repo.git(&["merge", "-q", "topic"]).exits(0);
    for (key, from) in [("a:", "HEAD^1"), ("b:", "HEAD^1"), ("c:", "HEAD^2"), ("d:", "HEAD^2")] {
        assert_eq!(line("HEAD", key), line(from, key), "{key}");
    }
}

#[test]
fn rebase_and_cherry_pick() {
    let base = "a: 1\nb: 2\nc: 3\n";
    let Some(repo) = Repo::installed() else { return };
    repo.branches("s.yaml", base, "a: 9\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 8\n");
    repo.git(&["rebase", "-q", "topic"]).exits(0);
    repo.says("s.yaml", "a: 9\nb: 2\nc: 8\n");
    let Some(repo) = Repo::installed() else { return };
    repo.branches("s.yaml", base, "a: 9\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 8\nd: 4\n");
    repo.git(&["cherry-pick", "topic"]).exits(0);
    repo.says("s.yaml", "a: 9\nb: 2\nc: 8\nd: 4\n");
}

#[test]
fn a_renamed_file_is_merged_under_its_new_name() {
    let Some(repo) = Repo::installed() else { return };
    repo.put("s.yaml", "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n");
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "topic"]).exits(0);
    repo.git(&["mv", "s.yaml", "s.new.yaml"]).exits(0);
    repo.put("s.new.yaml", "a: 1\nb: 2\nc: 3\nd: 4\ne: 6\n");
    repo.commit("renamed");
    repo.git(&["checkout", "-q", "main"]).exits(0);
    repo.put("s.yaml", "a: 9\nb: 2\nc: 3\nd: 4\ne: 5\n");
    repo.commit("ours");
    repo.git(&["merge", "-q", "topic"]).exits(0);
    repo.says("s.new.yaml", "a: 9\nb: 2\nc: 3\nd: 4\ne: 6\n");
}

#[test]
fn both_add_a_file() {
    let Some(repo) = Repo::installed() else { return };
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "topic"]).exits(0);
    repo.put("s.yaml", "a: 1\nb: 2\n");
    repo.commit("theirs");
    repo.git(&["checkout", "-q", "main"]).exits(0);
    repo.put("s.yaml", "a: 1\nc: 3\n");
    repo.commit("ours");
    repo.git(&["merge", "-q", "topic"]).exits(0);
    let text = String::from_utf8(repo.home.decrypted("s.yaml")).expect("text");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["a: 1", "b: 2", "c: 3"]);
}

#[test]
fn one_side_encrypts_the_file() {
    let Some(repo) = Repo::installed() else { return };
    repo.home.write("s.yaml", "a: 1\nb: 2\n");
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "topic"]).exits(0);
    repo.home.encrypt("s.yaml");
    repo.commit("encrypted");
    repo.git(&["checkout", "-q", "main"]).exits(0);
    repo.home.write("s.yaml", "a: 1\nb: changed\n");
    repo.commit("ours");
    repo.git(&["merge", "-q", "topic"]).exits(0);
    repo.holds_no_plaintext("s.yaml", &["changed"]);
    repo.says("s.yaml", "a: 1\nb: changed\n");
}

#[test]
fn plain_files_are_merged_by_lines() {
    let Some(repo) = Repo::installed() else { return };
    for (branch, text) in [("main", "1\n2\n3\n4\n"), ("topic", "1\n2\n3\nx\n"), ("main", "y\n2\n3\n4\n")] {
        repo.git(&["checkout", "-q", "-B", branch]).code.expect("ended");
        if text.starts_with('y') {
            repo.git(&["reset", "-q", "--hard", "HEAD^"]).exits(0);
        }
        repo.home.write("s.txt", text);
        repo.commit("next");
    }
    repo.git(&["merge", "-q", "topic"]).exits(0);
    assert_eq!(repo.home.read_text("s.txt"), "y\n2\n3\nx\n");
}

#[test]
fn recipients_of_both_sides() {
    let Some(repo) = Repo::installed() else { return };
    let second = crate::support::read_testdata(SECOND);
    let second = String::from_utf8(second).expect("text");
    let second =
        second.split_whitespace().find(|word| word.starts_with("age1")).expect("a recipient").to_owned();
    repo.put("s.yaml", "a: 1\nb: 2\n");
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "topic"]).exits(0);
    repo.sops(&["rotate", "-i", "--add-age", &second, "s.yaml"]).exits(0);
    repo.commit("another reader");
    repo.git(&["checkout", "-q", "main"]).exits(0);
    repo.put("s.yaml", "a: 9\nb: 2\n");
    repo.commit("ours");
    repo.git(&["merge", "-q", "topic"]).exits(0);
    repo.says("s.yaml", "a: 9\nb: 2\n");
    let key = crate::support::testdata(SECOND).display().to_string();
    let repo = repo.set("SOPS_AGE_KEY_FILE", &key);
    repo.says("s.yaml", "a: 9\nb: 2\n");
}

#[test]
fn carriage_returns() {
    let Some(repo) = Repo::installed() else { return };
    repo.branches(
        "s.yaml",
        "a: 1\r\nb: 2\r\nc: 3\r\n",
        "a: 9\r\nb: 2\r\nc: 3\r\n",
        "a: 1\r\nb: 2\r\nc: 8\r\n",
    );
    repo.git(&["merge", "-q", "topic"]).exits(0);
    repo.says("s.yaml", "a: 9\r\nb: 2\r\nc: 8\r\n");
}

/// Also where the other side says all there is to say; and who rotated keeps the new data key.
#[test]
fn a_seal_and_a_new_data_key_stay() {
    for (words, kept) in [(&["seal", "s.yaml"][..], "seal: "), (&["rotate", "-i", "s.yaml"], "")] {
        for edited in ["main", "topic"] {
            let Some(repo) = Repo::installed() else { return };
            repo.put("s.yaml", "a: 1\nb: 2\n");
            repo.commit("base");
            repo.git(&["branch", "topic"]).exits(0);
            for branch in ["topic", "main"] {
                repo.git(&["checkout", "-q", branch]).exits(0);
                if branch == edited {
                    repo.put("s.yaml", "a: 9\nb: 2\n");
                } else {
                    repo.sops(words).exits(0);
                }
                repo.commit(branch);
            }
            repo.git(&["merge", "-q", "topic"]).exits(0);
            repo.says("s.yaml", "a: 9\nb: 2\n");
            assert!(repo.home.read_text("s.yaml").contains(kept), "{}", repo.home.read_text("s.yaml"));
        }
    }
}

/// Stash and pop are merges too; a name that no shell takes as it is.
#[test]
fn a_stash_on_an_odd_name() {
    for name in ["s. x.yaml", "s.it's$(x)\".yaml", "s.\u{e4}.yaml", "-s.yaml"] {
        let Some(repo) = Repo::installed() else { return };
        repo.sops(&["git", "install", "--pattern", "*.yaml"]).exits(0);
        let put = |text: &str| match repo.home.path(name).exists() {
            true => {
                repo.home.run(&crate::support::program(), ["replace", "--", name], text.as_bytes()).exits(0)
            }
            false => {
                repo.home.write(name, text);
                repo.sops(&["encrypt", "-i", "--", name]).exits(0)
            }
        };
        put("a: 1\nb: 2\n");
        repo.commit("base");
        put("a: 9\nb: 2\n");
        repo.git(&["stash", "-q"]).exits(0);
        put("a: 1\nb: 8\n");
        repo.git(&["diff"]).exits(0);
        repo.commit("next");
        repo.git(&["stash", "pop", "-q"]).exits(0);
        repo.says(&format!("./{name}"), "a: 9\nb: 8\n");
        put("a: x\nb: 8\n");
        repo.git(&["stash", "-q"]).exits(0);
        put("a: y\nb: 8\n");
        repo.commit("another");
        repo.git(&["stash", "pop", "-q"]).exits(1).says("sops git resolve ");
        repo.sops(&["git", "resolve", "--theirs", &format!("./{name}")]).exits(0);
        repo.says(&format!("./{name}"), "a: x\nb: 8\n");
    }
}
