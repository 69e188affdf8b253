//! `groups add` and `groups delete` (command line §7.10). What succeeds with sops 3.13.2 does the
//! same here; what makes a file there that nobody can open is an error here.

use crate::home::{Home, RECIPIENT, STRANGER};

/// A file with one group, and `three.yaml` with three groups of which two are needed.
fn home() -> Home {
    let group = format!("{{age: [{RECIPIENT}]}}");
    let home = Home::empty().with(&["a.yaml", "a.json", "a.txt"]).file("three.yaml", "a: 1\n").file(
        "three.conf",
        &format!("creation_rules: [{{key_groups: [{group}, {group}, {group}], shamir_threshold: 2}}]"),
    );
    home.run(["--config", "three.conf", "encrypt", "-i", "three.yaml"]).exits(0);
    home
}

#[test]
fn a_group_more() {
    for name in ["a.yaml", "a.json", "a.txt"] {
        let home = home();
        let (before, plain) = (home.read(name), home.run(["decrypt", name]).stdout);
        let run = home.run(["groups", "add", "--file", name, "--age", RECIPIENT]).exits(0).says_nothing();
        assert!(run.stdout.contains("key_groups"), "{}", run.stdout);
        assert_eq!(home.read(name), before);
        home.run(["groups", "add", "-i", "-f", name, "--age", RECIPIENT]).exits(0).prints("").says_nothing();
        assert!(home.read(name).contains("shamir_threshold"), "{}", home.read(name));
        home.run(["decrypt", name]).exits(0).prints(&plain);
    }
}

#[test]
fn the_keys_of_a_group() {
    let home = home();
    let list = format!("{STRANGER},{RECIPIENT}");
    let run = home.run(["groups", "add", "-f", "three.yaml", "--age", &list, "--age", RECIPIENT]).exits(0);
    assert_eq!(run.stdout.matches("recipient:").count(), 6, "{}", run.stdout);
    assert!(run.stdout.contains("shamir_threshold: 2\n"), "{}", run.stdout);
    let run = home
        .run([
            "groups",
            "add",
            "-f",
            "three.yaml",
            "--age",
            STRANGER,
            "--shamir-secret-sharing-threshold",
            "4",
        ])
        .exits(0);
    assert!(run.stdout.contains("shamir_threshold: 4\n"), "{}", run.stdout);
    // in front of the command the flag counts too
    let run = home.run(["--age", STRANGER, "groups", "add", "-f", "three.yaml"]).exits(0);
    assert_eq!(run.stdout.matches("recipient:").count(), 4, "{}", run.stdout);
}

#[test]
fn a_group_less() {
    let home = home();
    home.run(["groups", "delete", "-f", "three.yaml", "-i", "1"]).exits(0).prints("").says_nothing();
    let after = home.read("three.yaml");
    assert_eq!(after.matches("recipient:").count(), 2, "{after}");
    home.run(["decrypt", "three.yaml"]).exits(0).prints("a: 1\n");
    home.run(["groups", "delete", "-f", "three.yaml", "-i", "1"]).exits(1).says(
        "[CMD]\t level=fatal msg=\"removing this key group will make the Shamir threshold impossible to satisfy: \
         Shamir threshold is 2, but we only have 1 key groups\"",
    );
    assert_eq!(home.read("three.yaml"), after);
    home.run(["groups", "delete", "-f", "three.yaml", "-i", "--shamir-secret-sharing-threshold", "1", "0"])
        .exits(0);
    home.run(["decrypt", "three.yaml"]).exits(0).prints("a: 1\n");
}

/// For every line here sops 3.13.2 writes a file that nobody can open, or one that lacks a key that
/// was asked for, with exit code 0; or it crashes.
#[test]
fn no_file_is_made_that_nobody_can_open() {
    let home = home();
    let before = (home.read("a.yaml"), home.read("three.yaml"));
    for (line, problem) in [
        ("add -i -f a.yaml", "the new group has no keys: nobody could open it"),
        ("add -i -f a.yaml --age bad", "unknown recipient type: \"bad\""),
        ("add -i -f a.yaml --age STRANGER --age bad", "unknown recipient type: \"bad\""),
        ("add -i -f a.yaml --hckms x:y", "failed to encrypt new data key with master key"),
        ("add -i -f a.yaml --pgp ABCDEF", "failed to encrypt new data key with master key"),
        ("add -i -f a.yaml --age STRANGER --pgp ABCDEF", "failed to encrypt new data key with master key"),
        (
            "add -i -f a.yaml --age STRANGER --shamir-secret-sharing-threshold 1",
            "threshold must be at least 2",
        ),
        (
            "add -i -f a.yaml --age STRANGER --shamir-secret-sharing-threshold -3",
            "threshold must be at least 2",
        ),
        (
            "add -i -f a.yaml --age STRANGER --shamir-secret-sharing-threshold 3",
            "parts cannot be less than threshold",
        ),
        ("delete -i -f a.yaml 0", "would leave nobody who can open it"),
        ("delete -i -f a.yaml 7", "there is no group 7: the file has 1 key group(s), counted from 0"),
        ("delete -i -f three.yaml --shamir-secret-sharing-threshold 1 0", "threshold must be at least 2"),
    ] {
        let line = line.replace("STRANGER", STRANGER);
        let problem = problem.replace('"', "\\\"");
        let run = home.run(["groups"].into_iter().chain(line.split(' '))).exits(1).prints("");
        let said = run.stderr.replace('"', "\\\"").replace("\\\\\"", "\\\"");
        assert!(said.contains(&problem), "{line}: {}", run.stderr);
        assert_eq!((home.read("a.yaml"), home.read("three.yaml")), before, "{line}");
    }
}

#[test]
fn bad_arguments() {
    let home = home().file("plain.yaml", "a: 1\n").file("d/x", "");
    let log = |message: &str| format!("[CMD]\t level=fatal msg=\"{message}\"");
    for (line, code, said) in [
        ("add", 2, "Error reading file: open : no such file or directory".to_owned()),
        ("add -f missing --age X", 1, "failed to parse input, unknown recipient type: \"X\"".to_owned()),
        (
            "add -f missing --age STRANGER",
            2,
            "Error reading file: open missing: no such file or directory".to_owned(),
        ),
        ("add -f d --age STRANGER", 2, "Error reading file: read d: is a directory".to_owned()),
        ("add -f plain.yaml --age STRANGER", 1, log("sops metadata not found")),
        ("add -f a.yaml word", 1, "error: no positional arguments allowed".to_owned()),
        ("delete", 1, "error: exactly one positional argument (index) required".to_owned()),
        ("delete -f a.yaml 0 1", 1, "error: exactly one positional argument (index) required".to_owned()),
        ("delete 0", 2, "Error reading file: open : no such file or directory".to_owned()),
        (
            "delete -f a.yaml x",
            1,
            log("failed to parse [index] argument: strconv.ParseUint: parsing \\\"x\\\": invalid syntax"),
        ),
        (
            "delete -f a.yaml 99999999999",
            1,
            log(
                "failed to parse [index] argument: strconv.ParseUint: parsing \\\"99999999999\\\": value out of range",
            ),
        ),
        ("x", 3, "No help topic for 'x'".to_owned()),
        ("help x", 3, "No help topic for 'x'".to_owned()),
    ] {
        let line = line.replace("STRANGER", STRANGER);
        home.run(["groups"].into_iter().chain(line.split(' '))).exits(code).prints("").says(&said);
    }
    home.run(["groups"]).exits(0).says_nothing();
    home.run(["groups", "help", "add"]).exits(0).says_nothing();
}

/// sops prints the last line alone.
#[test]
fn without_a_key_the_report_is_there() {
    let home = home().var("SOPS_AGE_KEY", "");
    home.run(["groups", "add", "-f", "a.yaml", "--age", STRANGER])
        .exits(1)
        .mentions("Group 0: FAILED\n")
        .mentions(
            "[CMD]\t level=fatal msg=\"Error getting data key: 0 successful groups required, got 0\"\n",
        );
    home.run(["groups", "delete", "-f", "three.yaml", "0"]).exits(1).mentions(
        "[CMD]\t level=fatal msg=\"Error getting data key: 2 successful groups required, got 0\"\n",
    );
}
