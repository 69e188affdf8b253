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
        "encrypt decrypt edit set unset rotate updatekeys groups exec-env exec-file publish keyservice \
         filestatus completion"
            .split(' ')
    {
        assert!(top.contains(&format!("\n  {verb} ")), "{verb} is not listed");
        let help = home.run([verb, "--help"]).exits(0).says_nothing().stdout;
        assert!(help.contains("Examples:\n  sops "), "{verb} has no examples");
        home.run(["help", verb]).exits(0).prints(&help);
        if !["groups", "completion"].contains(&verb) {
            home.run([verb, "f", "-h"]).exits(0).prints(&help);
        }
    }
    home.run(["help", "nope"]).exits(3).prints("").says("No help topic for 'nope'");
}

/// What `groups` and `completion` have behind them is found by help too.
#[test]
fn commands_of_commands_have_help() {
    let home = Home::empty();
    for (verb, nested) in
        [("groups", &["add", "delete"][..]), ("completion", &["bash", "zsh", "fish", "powershell", "elvish"])]
    {
        let help = home.run([verb]).exits(0).says_nothing().stdout;
        for line in [&[verb, "--help"][..], &[verb, "help"], &[verb, "h"], &["help", verb]] {
            home.run(line.iter().copied()).exits(0).prints(&help).says_nothing();
        }
        for name in nested {
            assert!(help.contains(&format!("\n  {name} ")), "{name} is not listed: {help}");
            let help = home.run([verb, name, "--help"]).exits(0).says_nothing().stdout;
            assert!(help.contains(&format!("Usage: sops {verb} {name}")), "{help}");
            for line in [[verb, "help", name], ["help", verb, name]] {
                home.run(line).exits(0).prints(&help).says_nothing();
            }
        }
        home.run([verb, "nope"]).exits(3).prints("").says("No help topic for 'nope'");
        home.run([verb, "help", "nope"]).exits(3).prints("").says("No help topic for 'nope'");
        check_misuse(
            &[verb, "-x"],
            r#""flag provided but not defined: -x""#,
            "Incorrect Usage. flag provided but not defined: -x",
        );
    }
    check_misuse(
        &["groups", "add", "--bogus"],
        r#""flag provided but not defined: -bogus""#,
        "Incorrect Usage: flag provided but not defined: -bogus",
    );
}

/// In front of a command sops drops them all, or reads some of them; behind it most are unknown.
#[test]
fn a_flag_works_in_front_of_a_command_and_behind_it() {
    let home = || Home::empty().with(&["a.yaml", "no-mac.yaml"]).file("f.yaml", "a: 1\nb_x: 2\n# m\nc: 3\n");
    for (flag, rest, expected) in [
        (&["--age", RECIPIENT][..], &["encrypt", "f.yaml"][..], "recipient: age1r"),
        (&["--ignore-mac"], &["decrypt", "no-mac.yaml"], "a: 1"),
        (&["--input-type", "yaml", "--output-type", "json"], &["decrypt", "a.yaml"], "\"a\": 1"),
        (&["--extract", "[\"b\"]"], &["decrypt", "a.yaml"], "two"),
        (&["--unencrypted-suffix", "_x"], &["encrypt", "--age", RECIPIENT, "f.yaml"], "b_x: 2\n"),
        (&["--encrypted-suffix", "_x"], &["encrypt", "--age", RECIPIENT, "f.yaml"], "a: 1\nb_x: ENC["),
        (&["--encrypted-regex", "^b"], &["encrypt", "--age", RECIPIENT, "f.yaml"], "a: 1\nb_x: ENC["),
        (&["--unencrypted-regex", "^a"], &["encrypt", "--age", RECIPIENT, "f.yaml"], "a: 1\nb_x: ENC["),
        (&["--encrypted-comment-regex", "^ ?m$"], &["encrypt", "--age", RECIPIENT, "f.yaml"], "a: 1\n"),
        (&["--unencrypted-comment-regex", "^ ?m$"], &["encrypt", "--age", RECIPIENT, "f.yaml"], "# m\nc: 3"),
        (&["--mac-only-encrypted"], &["encrypt", "--age", RECIPIENT, "f.yaml"], "mac_only_encrypted: true"),
        (
            &["--shamir-secret-sharing-threshold", "1"],
            &["encrypt", "--age", RECIPIENT, "f.yaml"],
            "shamir_threshold: 1",
        ),
        (&["--filename-override", "x.json"], &["decrypt", "--input-type", "yaml", "a.yaml"], "\"a\": 1"),
        (&["--add-age", RECIPIENT], &["rotate", "a.yaml"], "lastmodified"),
        (&["--decryption-order", "age"], &["decrypt", "a.yaml"], "a: 1"),
        (&["--enable-local-keyservice=true"], &["decrypt", "a.yaml"], "a: 1"),
    ] {
        let front: Vec<&str> = flag.iter().chain(rest).copied().collect();
        let behind: Vec<&str> = rest[..1].iter().chain(flag).chain(&rest[1..]).copied().collect();
        let last: Vec<&str> = rest.iter().chain(flag).copied().collect();
        for line in [front, behind, last] {
            let run = home().run(line.iter().copied()).exits(0);
            assert!(run.stdout.contains(expected), "{line:?}: {}", run.stdout);
            assert!(!run.stderr.contains("ignored"), "{line:?}: {}", run.stderr);
        }
    }
    home().run(["--enable-local-keyservice=false", "decrypt", "a.yaml"]).exits(128);
    home().run(["--decryption-order", "age,age", "decrypt", "a.yaml"]).exits(112);
    // the one behind counts more
    home()
        .run(["--output-type", "json", "decrypt", "--output-type", "yaml", "a.yaml"])
        .exits(0)
        .prints(&home().run(["decrypt", "a.yaml"]).stdout);
    home().run(["--in-place=true", "decrypt", "--in-place=false", "a.yaml"]).exits(0).says_nothing();
}

/// sops says nothing.
#[test]
fn a_flag_that_means_nothing_to_the_command_is_named() {
    let home = Home::empty().with(&["a.yaml"]);
    home.run(["--ignore-mac", "rotate", "a.yaml"]).exits(0).says(
        "[CMD]\t level=warning msg=\"--ignore-mac in front of rotate means nothing to it and is ignored\"",
    );
    home.run(["--encrypt", "decrypt", "a.yaml"]).exits(0).mentions("--encrypt in front of decrypt");
    home.run(["-d", "decrypt", "a.yaml"]).exits(0).says_nothing();
    home.run(["--age", RECIPIENT, "decrypt", "a.yaml"]).exits(0).says_nothing();
    home.run(["--disable-version-check", "decrypt", "a.yaml"]).exits(0).says_nothing();
}

/// In sops it has an effect without a command, and for `publish` and `keyservice`.
#[test]
fn verbose_shows_what_is_done() {
    let lines = "[AGE]\t level=info msg=\"Decryption succeeded\"\n\
                 [SOPS]\t level=info msg=\"Data key recovered successfully\"\n\
                 [SOPS]\t level=debug msg=\"Decrypting tree\"";
    let home = Home::empty().with(&["a.yaml"]).file("f.yaml", "a: 1\n");
    home.run(["--verbose", "-d", "a.yaml"]).exits(0).says(lines);
    home.run(["--verbose", "decrypt", "a.yaml"]).exits(0).says(lines);
    home.run(["decrypt", "a.yaml", "--verbose"]).exits(0).says(lines);
    home.run(["decrypt", "--verbose=false", "a.yaml"]).exits(0).says_nothing();
    home.run(["encrypt", "--verbose", "--age", RECIPIENT, "f.yaml"])
        .exits(0)
        .mentions("[CMD]\t level=debug msg=\"Master keys available:  [age1") // sops shows pointers there
        .mentions(&format!("[AGE]\t level=info msg=\"Encryption succeeded\" recipient={RECIPIENT}\n"));
    home.var("SOPS_AGE_KEY", "")
        .run(["decrypt", "--verbose", "a.yaml"])
        .exits(128)
        .mentions("[AGE]\t level=info msg=\"Decryption failed\"\n");
}

#[test]
fn a_misspelt_command_is_no_new_file() {
    let home = Home::empty().editor("echo a: 1 > \"$1\"");
    for (word, verb) in [
        ("updatekey", "updatekeys"),
        ("update-keys", "updatekeys"),
        ("group", "groups"),
        ("publsh", "publish"),
        ("keyservce", "keyservice"),
        ("completions", "completion"),
    ] {
        home.run(["--age", RECIPIENT, word, "x"])
            .exits(1)
            .mentions(&format!("{word} is neither a file nor a command\nhint: did you mean `sops {verb}`?"));
        assert!(!home.path(word).exists());
    }
}

#[test]
fn filestatus_tells_of_one_file() {
    let home = Home::empty().with(&["a.yaml", "a.json"]);
    home.run(["filestatus", "a.yaml", "a.json"])
        .exits(0)
        .prints("{\"encrypted\":true}\n")
        .mentions("More than one file given");
}

/// The network is never asked; who wants it to be is told that it was not.
#[test]
fn the_version_is_there_without_a_network() {
    let home = Home::empty();
    home.run(["--version", "--check-for-updates"]).exits(0).says_nothing().prints(
        "sops 3.13.2\n[warning] failed to retrieve latest version from upstream: this program does not ask the network\n",
    );
    home.var("SOPS_DISABLE_VERSION_CHECK", "yes").run(["--version"]).exits(1).says(
        "[CMD]\t level=fatal msg=\"could not parse yes as bool value for flag disable-version-check: \
         strconv.ParseBool: parsing \\\"yes\\\": invalid syntax\"",
    );
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
