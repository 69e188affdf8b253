//! What is typed: flags, words, help, version (command line §1).

use crate::home::{Home, RECIPIENT};

/// A usage error: help on stdout, a log line on stderr, exit 1.
#[track_caller]
fn check_misuse(line: &[&str], message: &str, first_line: &str) {
    let run = Home::empty().run(line.iter().copied()).exits(1);
    assert_eq!(run.stdout.lines().next(), Some(first_line));
    assert!(run.stdout.contains("Usage: sops"), "no help: {}", run.stdout);
    run.says(&format!("[CMD]\t level=fatal msg={message}"));
}

#[test]
fn misuse() {
    check_misuse(
        &["-x"],
        r#""flag provided but not defined: -x""#,
        "Incorrect Usage. flag provided but not defined: -x",
    );
    check_misuse(&["---x"], r#""bad flag syntax: ---x""#, "Incorrect Usage. bad flag syntax: ---x");
    check_misuse(
        &["decrypt", "-di", "f"],
        r#""flag provided but not defined: -di""#,
        "Incorrect Usage: flag provided but not defined: -di",
    );
    check_misuse(
        &["-i", "--in-place", "f"],
        r#""Cannot use two forms of the same flag: i in-place""#,
        "Cannot use two forms of the same flag: i in-place",
    );
    check_misuse(
        &["encrypt", "-i", "--in-place", "f"],
        r#""Cannot use two forms of the same flag: i in-place""#,
        "Incorrect Usage: Cannot use two forms of the same flag: i in-place",
    );
    check_misuse(
        &["--indent", "x", "decrypt", "f"],
        r#""invalid value \"x\" for flag -indent: parse error""#,
        "Incorrect Usage. invalid value \"x\" for flag -indent: parse error",
    );
    check_misuse(
        &["rotate", "--ignore-mac", "f"],
        r#""flag provided but not defined: -ignore-mac""#,
        "Incorrect Usage: flag provided but not defined: -ignore-mac",
    );
}

/// sops drops an unknown flag behind the file with a warning, and with it perhaps a policy. Here it
/// is an error wherever it stands.
#[test]
fn unknown_flags_are_never_dropped() {
    let home = Home::empty().with(&["a.yaml"]);
    home.run(["decrypt", "a.yaml", "--bogus"]).exits(1);
    home.run(["decrypt", "-i", "a.yaml", "--outputt", "x"]).exits(1);
    assert!(home.read("a.yaml").contains("ENC["));
}

#[test]
fn known_flags_stand_anywhere() {
    let home = Home::empty().with(&["a.yaml"]).file("f.yaml", "a: 1\n");
    home.run(["encrypt", "-i", "f.yaml", "--age", RECIPIENT]).exits(0).says_nothing();
    home.run(["decrypt", "f.yaml"]).exits(0).prints("a: 1\n");
    // sops ignores --output here and decrypts the file in place
    home.run(["decrypt", "-i", "a.yaml", "--output", "x"])
        .exits(8)
        .says("Error: cannot operate on both --output and --in-place");
    home.run(["decrypt", "-extract", "[\"b\"]", "a.yaml"]).exits(0).prints("two");
    home.run(["decrypt", "-extract=[\"b\"]", "a.yaml"]).exits(0).prints("two");
    home.run(["decrypt", "--", "a.yaml"]).exits(0);
}

/// These stand in front of a command in sops, and are unknown behind it.
#[test]
fn global_flags_work_on_both_sides() {
    for line in [
        ["--mac-only-encrypted", "encrypt", "--age", RECIPIENT, "f.yaml"],
        ["encrypt", "--mac-only-encrypted", "--age", RECIPIENT, "f.yaml"],
    ] {
        let run = Home::empty().file("f.yaml", "a: 1\n").run(line).exits(0).says_nothing();
        assert!(run.stdout.contains("mac_only_encrypted: true"), "{}", run.stdout);
    }
    for line in [
        ["--indent", "1", "decrypt", "--output-type", "json", "a.yaml"],
        ["decrypt", "--output-type", "json", "--indent", "1", "a.yaml"],
    ] {
        let home = Home::empty().with(&["a.yaml"]);
        home.run(line).exits(0).prints("{\n \"a\": 1,\n \"b\": \"two\",\n \"c\": [\n  \"x\",\n  3\n ]\n}\n");
    }
    let home = Home::empty().with(&["no-mac.yaml"]);
    home.run(["--ignore-mac", "decrypt", "no-mac.yaml"]).exits(0); // sops: 51
    home.run(["decrypt", "--config", "none", "no-mac.yaml"])
        .exits(1)
        .says("could not read config file: open none: no such file or directory");
}

#[test]
fn more_words_are_ignored_with_a_warning() {
    let home = Home::empty().with(&["a.json"]);
    home.run(["decrypt", "a.json", "b"]).exits(0).says(
        "[CMD]\t level=warning msg=\"More than one positional argument provided. Only the first one will be used!\"",
    );
    home.run(["decrypt", "a.json", "--", "--age"]).exits(0).says(
        "[CMD]\t level=warning msg=\"More than one positional argument provided. Only the first one will be used!\"\n\
         [CMD]\t level=warning msg=\"Note that one of the ignored positional argument is \\\"--age\\\", which looks \
         like a flag. Flags must always be provided before the first positional argument!\"",
    );
}

#[test]
fn no_file() {
    let home = Home::empty();
    home.run([]).exits(100).says("Error: no file specified");
    home.run(["edit"]).exits(100).says("Error: no file specified");
    home.run(["rotate"]).exits(100).says("Error: no file specified");
    home.run(["filestatus"]).exits(100).says("Error: no file specified");
    home.run(["unset", "f"]).exits(100).says("Error: no file specified, or index is missing");
    home.run(["set", "f", "i"]).exits(100).says(
        "Error: no file specified, or index and value are missing. Need precisely 3 positional arguments.",
    );
    home.run(["set", "--value-stdin", "f", "i", "v"]).exits(100).says(
        "Error: file specified, or index and value are missing. Need precisely 2 positional arguments since \
         --value-stdin is used.",
    );
    home.run(["exec-env", "f"]).exits(1).says("error: missing file to decrypt");
    let missing = home.path("nope").display().to_string();
    for line in [["decrypt", "nope"], ["encrypt", "nope"], ["-r", "nope"], ["-d", "nope"], ["decrypt", "-"]] {
        let run = home.run(line).exits(100);
        if line[1] == "nope" {
            run.says(&format!("Error: cannot operate on non-existent file \"{missing}\""));
        }
    }
    for line in [&["set", "nope", "[\"a\"]", "1"][..], &["unset", "nope", "[\"a\"]"], &["rotate", "nope"]] {
        home.run(line.iter().copied())
            .exits(2)
            .says(&format!("Error reading file: open {missing}: no such file or directory"));
    }
}

#[test]
fn version_and_help() {
    let home = Home::empty();
    for line in [&["--version"][..], &["-v", "decrypt"], &["--version", "--disable-version-check"]] {
        home.run(line.iter().copied()).exits(0).prints("sops 3.13.2\n").says_nothing();
    }
    let top = home.run(["--help"]).exits(0).says_nothing().stdout;
    for line in [&["help"][..], &["h"], &["-h", "decrypt"], &["--help", "--version"]] {
        home.run(line.iter().copied()).exits(0).prints(&top);
    }
    for verb in
        ["encrypt", "decrypt", "edit", "set", "unset", "rotate", "exec-env", "exec-file", "filestatus"]
    {
        assert!(top.contains(&format!("\n  {verb} ")), "{verb} is not listed");
        let help = home.run([verb, "--help"]).exits(0).says_nothing().stdout;
        assert!(help.contains("Examples:\n  sops "), "{verb} has no examples");
        home.run(["help", verb]).exits(0).prints(&help);
        home.run([verb, "f", "-h"]).exits(0).prints(&help);
    }
    home.run(["help", "nope"]).exits(3).prints("").says("No help topic for 'nope'");
}

#[test]
fn what_comes_later_says_so() {
    let home = Home::empty();
    for verb in ["updatekeys", "groups", "publish", "keyservice", "completion"] {
        home.run([verb, "x"]).exits(1).says(&format!("the command {verb} is not in this version yet"));
    }
}

#[test]
fn variables_stand_for_flags() {
    let home = || Home::empty().with(&["a.yaml"]).file("f.yaml", "a: 1\n");
    home().var("SOPS_ENABLE_LOCAL_KEYSERVICE", "foo").run(["decrypt", "a.yaml"]).exits(1).says(
        "[CMD]\t level=fatal msg=\"could not parse foo as bool value for flag enable-local-keyservice: \
         strconv.ParseBool: parsing \\\"foo\\\": invalid syntax\"",
    );
    home().var("SOPS_ENABLE_LOCAL_KEYSERVICE", "").run(["decrypt", "a.yaml"]).exits(128);
    home().var("SOPS_DECRYPTION_ORDER", "age,age").run(["decrypt", "a.yaml"]).exits(112);
    let set = home().var("SOPS_AGE_RECIPIENTS", RECIPIENT);
    set.run(["encrypt", "f.yaml"]).exits(0).says_nothing();
    set.run(["encrypt", "--age", "", "f.yaml"]).exits(1);
}
