//! Many files in one run. sops has nothing like it but for `updatekeys`, so what is expected here is what the
//! help says; that results are as those of single runs is seen by opening them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::home::{Home, RECIPIENT, STRANGER, signal, wait_for};

fn rules() -> String {
    format!(
        "creation_rules:\n  - path_regex: ^s/.*\\.(yaml|env)$\n    age: {RECIPIENT}\n  - age: {STRANGER}\n"
    )
}

/// A rule that covers all there is in the folder.
fn rule_for_all() -> String {
    format!("creation_rules:\n  - path_regex: ^s/\n    age: {RECIPIENT}\n")
}

/// Two plain files that a rule covers, and some that none does.
fn plain() -> Home {
    Home::empty()
        .file(".sops.yaml", &rules())
        .file("s/a.yaml", "a: 1 # one\n")
        .file("s/deep/b.env", "B=2\n")
        .file("s/notes.txt", "notes\n")
        .file("README.md", "read me\n")
}

fn encrypted() -> Home {
    let home = plain();
    home.run(["encrypt", "-i", "--recursive"]).exits(0);
    home
}

fn git(home: &Home, arguments: &[&str]) {
    let mut command = home.command("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]);
    let output = command.args(arguments).output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A map in braces keeps them, and its metadata are in them.
#[test]
fn a_file_in_flow_style_is_one_of_the_encrypted_ones() {
    for text in ["{a: 1, b: two}\n", "# c\n{\n  a: 1,\n  b: two\n}\n", "{ 'a': 1 }\n"] {
        let home = Home::empty().file(".sops.yaml", &rule_for_all()).file("s/f.yaml", text);
        home.run(["encrypt", "-i", "--recursive"]).exits(0).says("encrypt: 1 file encrypted");
        home.run(["check", "--recursive"]).exits(0).mentions("check: 1 file, 1 encrypted, nothing found");
        home.run(["rotate", "-i", "--recursive"]).exits(0).says("rotate: 1 file rotated");
        home.run(["decrypt", "-i", "--recursive"]).exits(0).says("decrypt: 1 file decrypted");
        assert_eq!(home.read("s/f.yaml"), text);
    }
}

#[test]
fn a_folder_is_encrypted_as_its_rules_say_and_decrypted_again() {
    let home = plain();
    std::os::unix::fs::symlink("..", home.path("s/loop")).expect("a link");
    std::os::unix::fs::symlink("a.yaml", home.path("s/z.yaml")).expect("a link");
    home.run(["encrypt", "--dry-run", "--recursive"])
        .exits(0)
        .prints("s/a.yaml: would be encrypted\ns/deep/b.env: would be encrypted\n")
        .says("encrypt: 2 files would be encrypted");
    assert_eq!(home.read("s/a.yaml"), "a: 1 # one\n");
    home.run(["encrypt", "-i", "--recursive"]).exits(0).prints("").says("encrypt: 2 files encrypted");
    assert_eq!((home.read("s/notes.txt"), home.read("README.md")), ("notes\n".into(), "read me\n".into()));
    home.run(["encrypt", "-i", "--recursive", "s"])
        .exits(0)
        .says("encrypt: 0 files encrypted, 2 encrypted already");
    home.run(["decrypt", "s/a.yaml"]).exits(0).prints("a: 1 # one\n");
    home.run(["decrypt", "-i", "--recursive"]).exits(0).says("decrypt: 2 files decrypted");
    assert_eq!((home.read("s/a.yaml"), home.read("s/deep/b.env")), ("a: 1 # one\n".into(), "B=2\n".into()));
    assert!(std::fs::symlink_metadata(home.path("s/z.yaml")).expect("there").is_symlink());
    assert!(home.leftovers().is_empty());
}

#[test]
fn files_that_are_named_are_taken_and_those_in_lists() {
    let home = plain();
    home.run(["encrypt", "-i", "--each", "s/a.yaml", "./s/a.yaml", "s/notes.txt"])
        .exits(0)
        .says("encrypt: 2 files encrypted");
    assert!(home.read("s/notes.txt").contains(STRANGER), "the rule for all files");
    home.pipe("s/a.yaml\r\n\ns/deep/b.env\n", ["decrypt", "-i", "--files-from", "-"])
        .exits(0)
        .says("decrypt: 1 file decrypted, 1 in clear text already");
    let home = home.file("list", "s/a.yaml\0s/new\nline.yaml\0").file("s/new\nline.yaml", "c: 3\n");
    home.run(["encrypt", "-i", "--files-from", "list", "-0"]).exits(0).says("encrypt: 2 files encrypted");
    assert!(home.read("s/new\nline.yaml").contains("ENC["));
}

#[test]
fn what_git_tracks_is_taken_from_where_one_stands() {
    let home = plain();
    git(&home, &["init", "-q"]);
    git(&home, &["add", "s/a.yaml", "README.md"]);
    home.run(["encrypt", "-i", "--git-tracked"]).exits(0).says("encrypt: 1 file encrypted");
    assert_eq!(home.read("s/deep/b.env"), "B=2\n");
    git(&home, &["add", "-A"]);
    let mut below = home.sops(["rotate", "--dry-run", "--git-tracked"]);
    let output = below.current_dir(home.path("s")).output().expect("sops runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "a.yaml: would be rotated\n");
    let missing = home.run(["encrypt", "-i", "--git-tracked", "nowhere", "s/deep"]).exits(100);
    missing.says("nowhere: no such file\nencrypt: 1 file encrypted, 1 failed");
}

#[test]
fn without_git_that_is_said() {
    let home = plain();
    let mut command = home.sops(["encrypt", "-i", "--git-tracked"]);
    command.env("GIT_CEILING_DIRECTORIES", home.path("").parent().expect("a parent"));
    let run = crate::home::Run::of(command.output().expect("sops runs")).exits(1);
    run.mentions("not a git repository")
        .mentions("hint: run this inside a git repository, or use --recursive");
    let mut command = home.sops(["encrypt", "-i", "--git-tracked"]);
    command.env("PATH", "/nonexistent");
    crate::home::Run::of(command.output().expect("sops runs")).exits(1).mentions("git cannot be started");
}

#[test]
fn one_that_fails_stops_no_other() {
    let home = encrypted();
    let home = home.file("s/broken.yaml", "a: [\nsops: ENC[AES256_GCM,\n").file("s/c.yaml", "c: 3\n");
    home.run(["encrypt", "-i", "--config", "/dev/null", "--age", STRANGER, "--each", "s/c.yaml"]).exits(0);
    let stranger = home.read("s/c.yaml");
    let run = home.run(["rotate", "-i", "--recursive"]).exits(30);
    assert!(run.stderr.contains("s/broken.yaml: yaml: line"), "{}", run.stderr);
    assert!(run.stderr.contains("s/c.yaml: Failed to get the data key"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: whoever can open the file"), "the whole of the first: {}", run.stderr);
    assert!(run.stderr.ends_with("rotate: 2 files rotated, 2 failed\n"), "{}", run.stderr);
    assert_eq!(home.read("s/c.yaml"), stranger);
    home.run(["decrypt", "s/a.yaml"]).exits(0).prints("a: 1 # one\n");
    std::fs::remove_file(home.path("s/broken.yaml")).expect("removed");
    // Of one kind, its code.
    home.run(["rotate", "-i", "--recursive"]).exits(128);
    home.run(["rotate", "-i", "--each", "s/a.yaml", "nowhere", "s"]).exits(30).says(
        "nowhere: no such file\ns: is a folder; --recursive goes into it\nrotate: 1 file rotated, 2 failed",
    );
}

#[test]
fn flags_that_go_together_with_nothing() {
    let home = encrypted();
    for (arguments, why) in [
        (&["rotate", "--recursive"][..], "give --in-place, or --dry-run"),
        (&["decrypt", "--each", "s/a.yaml", "--output", "x"], "--output takes one result"),
        (&["decrypt", "-i", "--each", "s/a.yaml", "--extract", "[\"a\"]"], "--extract is for one file"),
        (
            &["encrypt", "-i", "--each", "s/a.yaml", "--filename-override", "x"],
            "--filename-override is for one",
        ),
        (&["updatekeys", "--recursive"], "give --yes, or --dry-run"),
        (&["decrypt", "-i", "--each", "-0", "s/a.yaml"], "needs it"),
    ] {
        home.run(arguments.iter().copied()).exits(8).mentions(why);
    }
    home.run(["reencrypt"]).exits(100).mentions("no file specified");
    home.run(["decrypt", "-i", "--each"]).exits(100);
    // A rule without path_regex says how, not which.
    let home = home.file(".sops.yaml", &format!("creation_rules: [{{age: {RECIPIENT}}}]"));
    home.run(["encrypt", "-i", "--recursive"]).exits(1).mentions("no creation rule says which files");
    // Without the new flags all is as in sops.
    home.run(["decrypt", "s/a.yaml", "README.md"]).exits(0).mentions("Only the first one will be used!");
}

#[test]
fn keys_follow_the_rules_in_all_files() {
    let home = encrypted();
    home.run(["updatekeys", "--recursive", "--yes"])
        .exits(0)
        .says("updatekeys: 0 files synced with new keys, 2 up to date");
    let home = home.file(".sops.yaml", &rules().replacen(RECIPIENT, &format!("{RECIPIENT},{STRANGER}"), 1));
    let diff = format!("Group 1\n    {RECIPIENT}\n+++ {STRANGER}\n");
    let before = home.read("s/a.yaml");
    home.run(["updatekeys", "--recursive", "--dry-run"]).exits(0).prints(&format!(
        "s/a.yaml: would be synced with new keys\n{diff}s/deep/b.env: would be synced with new keys\n{diff}"
    ));
    assert_eq!(home.read("s/a.yaml"), before);
    home.run(["updatekeys", "--recursive", "--yes"])
        .exits(0)
        .prints(&format!("s/a.yaml: synced with new keys\n{diff}s/deep/b.env: synced with new keys\n{diff}"))
        .says("updatekeys: 2 files synced with new keys");
    let after = home.read("s/a.yaml");
    assert!(after.contains(STRANGER));
    let value = |text: &str| text.lines().next().map(str::to_owned);
    assert_eq!(value(&before), value(&after), "values stay");
    home.run(["decrypt", "s/a.yaml"]).exits(0).prints("a: 1 # one\n");
}

#[test]
fn reencrypt_does_what_decrypt_and_encrypt_do() {
    let home = encrypted();
    home.run(["reencrypt", "--recursive"])
        .exits(0)
        .says("reencrypt: 0 files encrypted anew, 2 as their rules say");
    let before = home.read("s/a.yaml");
    home.run(["reencrypt", "--force", "s/a.yaml"]).exits(0).says("reencrypt: 1 file encrypted anew");
    assert_ne!(home.read("s/a.yaml").lines().next(), before.lines().next(), "a new data key");
    let selector =
        format!("age: {RECIPIENT},{STRANGER}\n    encrypted_regex: ^B\n    mac_only_encrypted: true\n");
    let home = home.file(".sops.yaml", &rules().replacen(&format!("age: {RECIPIENT}\n"), &selector, 1));
    let run = home.run(["reencrypt", "--recursive"]).exits(0);
    assert!(
        run.stdout.contains(&format!("group 1 lacks {STRANGER}, which the rule names")),
        "{}",
        run.stdout
    );
    let text = home.read("s/a.yaml");
    assert!(text.starts_with("a: 1 # one\nsops:\n"), "{text}");
    assert!(
        text.contains(STRANGER)
            && text.contains("encrypted_regex: ^B")
            && text.contains("mac_only_encrypted")
    );
    assert!(!text.contains("unencrypted_suffix"), "{text}");
    home.run(["decrypt", "s/a.yaml"]).exits(0).prints("a: 1 # one\n");
    home.run(["decrypt", "s/deep/b.env"]).exits(0).prints("B=2\n");
    home.run(["reencrypt", "--recursive"]).exits(0).mentions("2 as their rules say");
}

/// Many small files that are encrypted.
fn thousand() -> Home {
    let home = Home::empty().file(".sops.yaml", &rules());
    std::fs::create_dir(home.path("s")).expect("a folder");
    for number in 0..1000 {
        std::fs::write(home.path(&format!("s/{number}.yaml")), format!("a: {number}\nb: x\n"))
            .expect("written");
    }
    home.run(["encrypt", "-i", "--recursive"]).exits(0).says("encrypt: 1000 files encrypted");
    home
}

fn plain_and_encrypted(folder: &Path) -> (usize, usize) {
    let (mut plain, mut encrypted) = (0, 0);
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("text");
        if text == format!("a: {name}\nb: x\n") {
            plain += 1;
        } else if text.starts_with("a: ENC[") && text.ends_with("version: 3.13.2\n") {
            encrypted += 1;
        } else {
            panic!("{}: neither old nor new: {text}", path.display());
        }
    }
    (plain, encrypted)
}

#[test]
fn a_run_that_is_ended_leaves_old_or_new_files_and_a_second_one_finishes() {
    let home = thousand();
    let folder = home.path("s");
    for name in ["TERM", "INT"] {
        if !crate::home::can_arrive(name) {
            continue;
        }
        home.run(["encrypt", "-i", "--recursive"]).exits(0);
        let mut command = home.sops(["decrypt", "-i", "--recursive"]);
        let mut child = command.stderr(Stdio::null()).spawn().expect("sops runs");
        wait_for("the first files", || {
            // Files come and go under this look at them.
            let first = std::fs::read_to_string(folder.join("0.yaml")).unwrap_or_default();
            first == "a: 0\nb: x\n" || child.try_wait().is_ok_and(|status| status.is_some())
        });
        if child.try_wait().expect("known").is_none() {
            signal(&child, name);
        }
        let status = child.wait().expect("it ends");
        let (plain, encrypted) = plain_and_encrypted(&folder);
        assert_eq!(plain + encrypted, 1000, "no temporary file stays: {status}");
        assert!(plain > 0);
        home.run(["decrypt", "-i", "--recursive"]).exits(0);
        assert_eq!(plain_and_encrypted(&folder), (1000, 0));
    }
}

#[test]
fn somebody_elses_change_is_not_lost() {
    let home = thousand();
    let mut command = home.sops(["rotate", "-i", "--recursive"]);
    let mut child = command.stderr(Stdio::null()).spawn().expect("sops runs");
    for number in [999, 500, 250] {
        let file = format!("s/{number}.yaml");
        home.run(["set", &file, "[\"b\"]", "\"changed\""]).exits(0);
    }
    assert!(child.wait().expect("it ends").success());
    for number in [999, 500, 250] {
        home.run(["decrypt", &format!("s/{number}.yaml")])
            .exits(0)
            .prints(&format!("a: {number}\nb: changed\n"));
    }
}

#[test]
fn hard_links_stay() {
    let home = encrypted();
    std::fs::hard_link(home.path("s/a.yaml"), home.path("s/b.yaml")).expect("a link");
    home.run(["decrypt", "-i", "--recursive"]).exits(0).says("decrypt: 2 files decrypted");
    assert_eq!(home.read("s/b.yaml"), "a: 1 # one\n");
}

#[test]
#[allow(clippy::print_stderr)] // said out loud
fn a_folder_that_cannot_be_listed_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let home = encrypted();
    std::fs::set_permissions(home.path("s/deep"), std::fs::Permissions::from_mode(0o000)).expect("allowed");
    if std::fs::read_dir(home.path("s/deep")).is_err() {
        let run = home.run(["rotate", "-i", "--recursive"]).exits(2);
        run.mentions("s/deep: cannot be listed: permission denied");
    } else {
        eprintln!("SKIPPED: whoever runs this may list every folder");
    }
    let restored = Command::new("chmod").arg("755").arg(home.path("s/deep")).status();
    assert!(restored.expect("chmod runs").success());
}

/// Neither waited for nor read without end, and the rest goes on.
#[test]
fn what_is_no_regular_file_is_refused() {
    let home = encrypted();
    assert!(Command::new("mkfifo").arg(home.path("f.yaml")).status().expect("mkfifo runs").success());
    std::os::unix::fs::symlink("loop.yaml", home.path("loop.yaml")).expect("a link");
    for words in [&["check"][..], &["rotate", "-i", "--each"], &["updatekeys", "-y", "--each"], &["report"]] {
        let files = ["f.yaml", "/dev/zero", "loop.yaml", "s/a.yaml", "s/a.yaml"];
        let run = home.run(words.iter().copied().chain(files)).exits(2);
        run.mentions("f.yaml: is no regular file")
            .mentions("/dev/zero: is no regular file")
            .mentions("loop.yaml: too many levels of symbolic links")
            .mentions("3 failed");
    }
    // Found in a folder they are no part of it.
    home.run(["check", "--recursive"]).exits(0);
    home.run(["rotate", "-i", "--recursive"]).exits(0);
}

/// A hostile repository must not write to the terminal of who looks at it, nor forge a line.
#[test]
fn odd_names_are_spelled_out() {
    let name = "s/x\n\u{1b}[31mok.yaml";
    let home = plain().file(".sops.yaml", &rule_for_all()).file(name, "a: 1\n");
    let run = home.run(["check"]).exits(31);
    assert!(run.stdout.contains("s/x\\n\\u{1b}[31mok.yaml:1: plaintext-file"), "{}", run.stdout);
    let run = home.run(["encrypt", "-i", "--recursive", "--dry-run"]).exits(0);
    assert!(run.stdout.contains("s/x\\n\\u{1b}[31mok.yaml: would be encrypted"), "{}", run.stdout);
    home.run(["check", "no\u{1b}such"]).exits(100).mentions("no\\u{1b}such: no such file");
    home.run(["encrypt", "-i", "--recursive"]).exits(0);
    assert!(home.read(name).contains("ENC["));
}

/// Temporary files of a run that was killed, or that is at work, are no files to work on.
#[test]
fn temporary_files_are_left_alone_and_told() {
    let home = encrypted();
    let sealed = home.read("s/a.yaml");
    let home = home.file(".sops.yaml", &rule_for_all());
    let names = ["s/.a.yaml.0123abcd.tmp", "s/.b.yaml.0123abcd.tmp", "s/.c.yaml.0123abcX.tmp"];
    let home = home.file(names[0], "a: 1 # one\n").file(names[1], &sealed).file(names[2], "x: 1\n");
    let run = home.run(["check", "--fix", "--recursive", "--skip", "plaintext-file"]).exits(31);
    let told = "s/.a.yaml.0123abcd.tmp:1: left-over: left by a run that was killed while it wrote a.yaml\n";
    assert!(run.stdout.starts_with(told), "{}", run.stdout);
    assert!(!run.stdout.contains(".b.yaml"), "{}", run.stdout);
    home.run(["rotate", "-i", "--recursive"]).exits(0);
    home.run(["encrypt", "-i", "--recursive"]).exits(0);
    assert_eq!(home.read(names[0]), "a: 1 # one\n");
    assert_eq!(home.read(names[1]), sealed);
}
