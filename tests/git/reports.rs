//! `report`: who could read a file, and what of that is still in use, as its versions in git show it.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use super::Repo;
use crate::support::{AGE_RECIPIENT, Home, program, real_sops};

const OTHER: &str = "age1gghtsm9pq24x4efnkmgnv9auwvy46lpzkpr3g5qzr6w0hya22ads8jp5jg";
const SOURCE: &str = "db:\n  user: app\n  password: hunter2\n# words\napi: first\nport: 5\n";

/// A repository where `s.yaml` is encrypted for both keys and committed in January.
fn with_two() -> Option<Repo> {
    let repo = Repo::bare_of_us()?;
    repo.home.write("s.yaml", SOURCE);
    both(&repo, "s.yaml");
    Some(in_month(repo, 1, "two may read"))
}

fn both(repo: &Repo, name: &str) {
    repo.sops(&["encrypt", "--age", &format!("{AGE_RECIPIENT},{OTHER}"), "-i", name]).exits(0);
}

/// Commits all there is, in this month of 2024.
fn in_month(repo: Repo, month: u32, message: &str) -> Repo {
    let date = format!("2024-{month:02}-01T12:00:00Z");
    let repo = repo.set("GIT_COMMITTER_DATE", &date).set("GIT_AUTHOR_DATE", &date);
    repo.commit(message);
    repo
}

/// Takes the second key out, and keeps the data key.
fn take_out(repo: &Repo) {
    let rules = format!(
        "creation_rules:\n  - age: {AGE_RECIPIENT}\nnames:\n  alice: {AGE_RECIPIENT}\n  bob: {OTHER}\n"
    );
    repo.home.write(".sops.yaml", rules);
    repo.sops(&["updatekeys", "-y", "s.yaml"]).exits(0);
}

/// What is reported of the one file.
fn report(repo: &Repo, arguments: &[&str]) -> Value {
    let mut all = vec!["report", "--output-format", "json"];
    all.extend(arguments);
    let run = repo.sops(&all).exits(0);
    let mut told: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(told["files"].as_array().map(Vec::len), Some(1), "{told:#}");
    told["files"][0].take()
}

fn text(repo: &Repo, arguments: &[&str]) -> String {
    String::from_utf8(repo.sops(arguments).exits(0).stdout).expect("text")
}

/// git tells its aliases and hooks by a variable where their repository is. A file has the one it is in.
#[test]
fn a_variable_names_no_other_repository() {
    let (Some(repo), Some(other)) = (Repo::bare_of_us(), with_two()) else { return };
    repo.home.write("s.yaml", SOURCE);
    both(&repo, "s.yaml");
    let repo = in_month(repo, 7, "two may read");
    std::fs::create_dir(repo.home.path("sub")).expect("a folder");
    let (program, other) = (program(), other.home.path("s.yaml"));
    let since = |script: &str| {
        let script = format!("{script} exec \"$0\" report --output-format json \"${{1:-../s.yaml}}\"");
        let words = [OsStr::new("-c"), OsStr::new(&script), program.as_os_str()];
        let words = words.into_iter().chain((!script.starts_with("cd ")).then_some(other.as_os_str()));
        let run = repo.home.run(Path::new("/bin/sh"), words, b"").exits(0);
        let told: Value = serde_json::from_slice(&run.stdout).expect("JSON");
        told["files"][0]["data_key"]["since"]["date"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(since("cd sub && GIT_DIR=../.git"), "2024-07-01T12:00:00Z");
    assert_eq!(since("GIT_DIR=.git"), "2024-01-01T12:00:00Z");
    assert_eq!(since("GIT_DIR=$PWD/.git"), "2024-01-01T12:00:00Z");
    assert_eq!(since("GIT_DIR=$PWD/.git GIT_WORK_TREE=$PWD"), "2024-01-01T12:00:00Z");
}

#[test]
fn what_a_former_recipient_read_and_nobody_changed_is_named() {
    let Some(repo) = with_two() else { return };
    repo.sops(&["set", "s.yaml", "[\"api\"]", "\"second\""]).exits(0);
    let repo = in_month(repo, 2, "set");
    take_out(&repo);
    let repo = in_month(repo, 3, "bob is out");
    repo.sops(&["set", "s.yaml", "[\"port\"]", "6"]).exits(0);
    let repo = in_month(repo, 4, "set");
    // No key is needed.
    let repo = repo.set("SOPS_AGE_KEY_FILE", "/nowhere");

    let told = report(&repo, &["s.yaml"]);
    let former = &told["former"][0];
    assert_eq!(former["key"], OTHER);
    assert_eq!(former["name"], "bob");
    assert_eq!(former["since"]["date"], "2024-01-01T12:00:00Z");
    assert_eq!(former["last"]["date"], "2024-02-01T12:00:00Z");
    assert_eq!(former["removed"]["date"], "2024-03-01T12:00:00Z");
    assert_eq!(former["same_data_key_proven"], true);
    assert_eq!(former["unchanged"], serde_json::json!(["db.user", "db.password", "api"]));
    assert_eq!(told["data_key"]["since"]["date"], "2024-01-01T12:00:00Z");
    assert_eq!(told["data_key"]["unproven_before"], false);
    assert!(told["data_key"]["days"].as_u64() > Some(600));
    assert_eq!(told["recipients"][0]["name"], "alice");
    assert_eq!(told["clear_text"], serde_json::json!([]));

    let text = text(&repo, &["report"]);
    for says in [
        "former recipients:\n    bob (age age1gght",
        "since 2024-01-01",
        "out since 2024-03-01",
        "3 of 4 values are unchanged since then: db.user, db.password, api\n",
        "help: former: ",
    ] {
        assert!(text.contains(says), "{says:?} is not in\n{text}");
    }
    repo.sops(&["report", "--fail-on", "clear-text"]).exits(0);
    repo.sops(&["report", "--fail-on", "former"]).exits(32).says("report: 1 file, 1 with a data key that");
    repo.sops(&["report", "--fail-on", "former,old-key", "--max-key-age", "1w"]).exits(30);
    repo.sops(&["report", "--fail-on", "old-key", "--max-key-age", "90y"]).exits(0);
}

#[test]
fn a_new_data_key_ends_what_the_old_one_could() {
    let Some(repo) = with_two() else { return };
    repo.sops(&["rotate", "-i", "--rm-age", OTHER, "s.yaml"]).exits(0);
    let repo = in_month(repo, 2, "rotated");
    let told = report(&repo, &[]);
    assert_eq!(told["former"][0]["same_data_key_proven"], false);
    assert_eq!(told["former"][0]["unchanged"], serde_json::json!([]));
    assert_eq!(told["data_key"]["unproven_before"], true);
    assert_eq!(told["data_key"]["since"]["date"], "2024-02-01T12:00:00Z");
    assert!(text(&repo, &["report"]).contains("whether the values were, only a key tells"));
    repo.sops(&["report", "--fail-on", "former"]).exits(0);
}

/// sops wraps the data key anew for everybody. With all values changed in the same commit nothing tells that
/// it is the same data key, so nothing may be said that sounds as if it were not.
#[test]
fn a_new_data_key_is_not_claimed_where_all_else_is_new_too() {
    let Some(real) = real_sops() else { return };
    let Some(repo) = with_two() else { return };
    repo.home.write(".sops.yaml", format!("creation_rules:\n  - age: {AGE_RECIPIENT}\n"));
    repo.home.run(&real, ["updatekeys", "-y", "s.yaml"], b"").exits(0);
    repo.home.write("new", "db:\n  user: b\n  password: c\napi: d\nport: 6\n");
    let repo = repo.set("EDITOR", "cp new");
    repo.sops(&["edit", "s.yaml"]).exits(0);
    std::fs::remove_file(repo.home.path("new")).expect("removed");
    let repo = in_month(repo, 2, "all is new");
    assert_eq!(report(&repo, &["s.yaml"])["former"][0]["same_data_key_proven"], false);
    let text = text(&repo, &["report"]);
    assert!(text.contains("the data key was changed since, or all else was"), "{text}");
    assert!(text.contains("it was changed then, or all else was"), "{text}");
}

#[test]
fn versions_of_the_real_sops_tell_the_same() {
    let Some(real) = real_sops() else { return };
    let Some(repo) = with_two() else { return };
    repo.home.run(&real, ["set", "s.yaml", "[\"api\"]", "\"second\""], b"").exits(0);
    let repo = in_month(repo, 2, "set");
    repo.home.write(".sops.yaml", format!("creation_rules:\n  - age: {AGE_RECIPIENT}\n"));
    repo.home.run(&real, ["updatekeys", "-y", "s.yaml"], b"").exits(0);
    let repo = in_month(repo, 3, "out");
    let told = report(&repo, &[]);
    assert_eq!(told["former"][0]["same_data_key_proven"], true);
    assert_eq!(told["former"][0]["unchanged"].as_array().map(Vec::len), Some(4));
    repo.home.run(&real, ["rotate", "-i", "s.yaml"], b"").exits(0);
    let repo = in_month(repo, 4, "rotated");
    assert_eq!(report(&repo, &[])["former"][0]["same_data_key_proven"], false);
}

#[test]
fn clear_text_in_history_is_said_aloud() {
    let Some(repo) = Repo::bare_of_us() else { return };
    repo.home.write("old.yaml", SOURCE);
    let repo = in_month(repo, 1, "oh");
    repo.home.encrypt("old.yaml");
    let repo = in_month(repo, 2, "encrypted");
    repo.git(&["mv", "old.yaml", "new.yaml"]).exits(0);
    let repo = in_month(repo, 3, "moved");
    repo.sops(&["rotate", "-i", "new.yaml"]).exits(0);
    let repo = in_month(repo, 4, "rotated");
    let told = report(&repo, &["new.yaml"]);
    assert_eq!(told["clear_text"][0]["date"], "2024-01-01T12:00:00Z");
    assert_eq!(told["clear_text"][0]["path"], "old.yaml");
    assert_eq!(told["clear_values"].as_array().map(Vec::len), Some(4));
    let text = text(&repo, &["report", "--git-tracked"]);
    assert!(text.contains("CLEAR TEXT: the whole file was committed in clear text: 2024-01-01"), "{text}");
    assert!(!text.contains("hunter2"));
    repo.sops(&["report", "--fail-on", "clear-text"]).exits(31).says("1 committed in clear text");
}

#[test]
fn a_value_that_was_left_out_of_the_selection_is_found() {
    let Some(repo) = Repo::bare_of_us() else { return };
    repo.home.write("s.json", "{\"password\": \"hunter2\", \"note\": \"x\", \"none\": null}\n");
    repo.sops(&["encrypt", "--encrypted-regex", "^note$", "-i", "s.json"]).exits(0);
    let repo = in_month(repo, 1, "half");
    let plain = repo.home.decrypted("s.json");
    repo.home.write("s.json", plain).encrypt("s.json");
    let repo = in_month(repo, 2, "whole");
    let told = report(&repo, &[]);
    assert_eq!(told["clear_text"], serde_json::json!([]));
    assert_eq!(told["clear_values"].as_array().map(Vec::len), Some(1));
    assert_eq!(told["clear_values"][0]["value"], "password");
}

#[test]
fn other_branches_count_on_request() {
    let Some(repo) = with_two() else { return };
    repo.git(&["checkout", "-q", "-b", "topic"]).exits(0);
    repo.home.write("s.yaml", SOURCE);
    let repo = in_month(repo, 2, "oh");
    repo.git(&["checkout", "-q", "main"]).exits(0);
    assert_eq!(report(&repo, &[])["clear_text"], serde_json::json!([]));
    let told = report(&repo, &["--all"]);
    assert_eq!(told["clear_text"][0]["date"], "2024-02-01T12:00:00Z");
}

#[test]
fn both_sides_of_a_merge_count() {
    let Some(repo) = with_two() else { return };
    repo.git(&["checkout", "-q", "-b", "topic"]).exits(0);
    let sealed = repo.home.read("s.yaml");
    repo.home.write("s.yaml", SOURCE);
    let repo = in_month(repo, 2, "oh");
    repo.home.write("s.yaml", &sealed);
    let repo = in_month(repo, 3, "back");
    repo.git(&["checkout", "-q", "main"]).exits(0);
    repo.home.write("else.txt", "x");
    let repo = in_month(repo, 4, "else");
    repo.git(&["mv", "s.yaml", "t.yaml"]).exits(0);
    let repo = in_month(repo, 5, "moved");
    repo.git(&["merge", "-q", "--no-edit", "topic"]).exits(0);
    // The other side goes by the old name.
    let told = report(&repo, &["t.yaml"]);
    assert_eq!(told["clear_text"][0]["date"], "2024-02-01T12:00:00Z", "{told:#}");
    assert_eq!(told["clear_text"][0]["path"], "s.yaml");
    repo.git(&["reset", "-q", "--hard", "HEAD^^"]).exits(0);
    repo.git(&["merge", "-q", "--no-edit", "topic"]).exits(0);
    let told = report(&repo, &["s.yaml"]);
    assert_eq!(told["clear_text"][0]["date"], "2024-02-01T12:00:00Z");
    // Many files are looked for in another way.
    for number in 0..9 {
        repo.home.write(&format!("{number}.yaml"), &sealed);
    }
    let repo = in_month(repo, 6, "more");
    let run = repo.sops(&["report", "--output-format", "json"]).exits(0);
    let all: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let files = all["files"].as_array().expect("a list");
    assert_eq!(files.len(), 10);
    assert_eq!(files.last(), Some(&told));
}

#[test]
fn a_history_with_gaps_says_so() {
    let Some(repo) = with_two() else { return };
    let sealed = repo.home.read_text("s.yaml");
    repo.home.write("s.yaml", sealed.replace("\nsops:", "\n- sops:"));
    let repo = in_month(repo, 2, "damaged");
    repo.home.write("s.yaml", &sealed);
    let repo = in_month(repo, 3, "mended");
    let told = report(&repo, &[]);
    assert_eq!(told["unreadable"][0]["date"], "2024-02-01T12:00:00Z", "{told:#}");

    let url = format!("file://{}", repo.home.path(".").display());
    repo.git(&["clone", "-q", "--depth", "1", &url, "tmp/shallow"]).exits(0);
    let told = text(&repo, &["report", "tmp/shallow/s.yaml"]);
    assert!(told.contains("note: the clone is shallow"), "{told}");
    repo.git(&["clone", "-q", "--bare", &url, "tmp/bare.git"]).exits(0);
    repo.sops(&["report", "tmp/bare.git/s.yaml"]).exits(100).says("no such file");
    // A `.git` that is none, and a link.
    std::fs::create_dir_all(repo.home.path("sub/.git")).expect("a folder");
    repo.home.write("sub/t.yaml", &sealed);
    repo.git(&["add", "sub/t.yaml"]).exits(0);
    let repo = in_month(repo, 4, "sub");
    assert_eq!(report(&repo, &["sub/t.yaml"])["versions"], 1);
    std::os::unix::fs::symlink("sub/t.yaml", repo.home.path("link.yaml")).expect("a link");
    assert_eq!(report(&repo, &["link.yaml"])["versions"], 1);
    // A repository of its own within this one.
    let told = text(&repo, &["report", "--recursive", "tmp", "s.yaml"]);
    assert_eq!(told.matches("note: the clone is shallow").count(), 1, "{told}");
    assert_eq!(told.matches("could not be read").count(), 1, "{told}");
}

#[test]
fn without_a_history_the_file_itself_is_told() {
    let home = Home::with_age();
    home.write("s.yaml", SOURCE).encrypt("s.yaml");
    let run = home.sops(["report", "s.yaml"]).exits(0);
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(told.contains("note: no history: it is in no git repository"), "{told}");
    assert!(told.contains("how old it is, only committed versions could tell"), "{told}");
    assert!(told.contains(AGE_RECIPIENT), "{told}");
    let Some(repo) = Repo::bare_of_us() else { return };
    repo.home.write("s.yaml", SOURCE).encrypt("s.yaml");
    let told = text(&repo, &["report"]);
    assert!(told.contains("note: no history: the file was never committed"), "{told}");
    let without = repo.set("PATH", "/nowhere");
    let told = text(&without, &["report"]);
    assert!(told.contains("note: no history: git cannot be started"), "{told}");
}

#[test]
fn what_is_in_clear_text_on_disk_is_told_from_git() {
    let Some(repo) = with_two() else { return };
    repo.home.write("s.yaml", SOURCE);
    let told = text(&repo, &["report", "s.yaml"]);
    assert!(told.contains("note: as it is on disk, it is not encrypted\n"), "{told}");
    assert!(told.contains("4 encrypted values"), "{told}");
    // What is found and not encrypted is no file of ours.
    assert!(text(&repo, &["report"]).is_empty());
}

#[test]
fn odd_names_and_formats() {
    let Some(repo) = Repo::bare_of_us() else { return };
    for name in ["a\nb.yaml", "-x.yaml", "ü*[.yaml"] {
        repo.home.write(name, SOURCE);
        both(&repo, &format!("./{name}"));
    }
    repo.home.write("e.bin", [0, 1, 2, 255]).encrypt("e.bin");
    repo.home.write("e.env", "A=b\n").encrypt("e.env");
    let repo = in_month(repo, 1, "odd");
    let told = text(&repo, &["report"]);
    assert!(told.contains("\na\\nb.yaml\n"), "{told}");
    assert_eq!(told.matches("data key: in use since 2024-01-01").count(), 5, "{told}");
    let one = report(&repo, &["./a\nb.yaml"]);
    assert_eq!(one["versions"], 1);
    assert_eq!(report(&repo, &["./-x.yaml"])["versions"], 1);
    assert_eq!(report(&repo, &["./ü*[.yaml"])["versions"], 1);
}

#[test]
fn what_is_asked_wrong() {
    let home = Home::with_age();
    home.sops(["report", "--fail-on", "bob"]).exits(1).says("none of clear-text, former and old-key");
    home.sops(["report", "--fail-on", "old-key"]).exits(8).says("--max-key-age");
    home.sops(["report", "--max-key-age", "soon"]).exits(1).says("--max-key-age: soon");
    home.sops(["report", "--output-format", "sarif"]).exits(1).says("text and json");
    home.sops(["report", "nothere.yaml"]).exits(100).says("no such file");
    home.sops(["report"]).exits(0).prints_nothing().says("report: 0 files");
}
