//! `.sops.yaml` as commands find and use it (configuration §1, §3, §5).

use crate::home::{Home, RECIPIENT, STRANGER};

const NO_RULE: &str = "error loading config: no matching creation rules found";

fn with_config(text: &str) -> Home {
    let text = text.replace("RECIPIENT", RECIPIENT).replace("STRANGER", STRANGER);
    Home::empty().with(&["a.yaml", "a.json"]).file("f.yaml", "a: 1\nb: 2\n").file(".sops.yaml", &text)
}

#[test]
fn keys_and_selectors_of_a_rule() {
    let home =
        with_config("creation_rules: [{age: RECIPIENT, encrypted_regex: ^a$, mac_only_encrypted: true}]");
    let run = home.run(["encrypt", "f.yaml"]).exits(0).says_nothing();
    assert!(run.stdout.starts_with("a: ENC["), "{}", run.stdout);
    for line in ["\nb: 2\n", "    encrypted_regex: ^a$\n", "    mac_only_encrypted: true\n", RECIPIENT] {
        assert!(run.stdout.contains(line), "{line:?} is missing: {}", run.stdout);
    }
    let home = with_config("creation_rules: [{key_groups: [{age: [RECIPIENT]}, {age: [STRANGER]}]}]");
    let run = home.run(["encrypt", "f.yaml"]).exits(0);
    assert!(run.stdout.contains("    shamir_threshold: 2\n"), "{}", run.stdout);
}

#[test]
fn flags_before_the_rule() {
    let home = with_config("creation_rules: [{age: STRANGER, encrypted_regex: x}]");
    let run = home.run(["encrypt", "--age", RECIPIENT, "--encrypted-regex", "^a$", "f.yaml"]).exits(0);
    assert!(run.stdout.contains("encrypted_regex: ^a$") && !run.stdout.contains(STRANGER), "{}", run.stdout);
    home.run(["encrypt", "--unencrypted-suffix", "y", "f.yaml"]).exits(8);
    // a rule that does not match, or is no good, is an error also where all keys come from flags
    let home = with_config("creation_rules: [{path_regex: ^x, age: RECIPIENT}]");
    home.run(["encrypt", "--age", RECIPIENT, "f.yaml"]).exits(1).mentions(NO_RULE);
    let home = with_config("creation_rules: [{age: bad}]");
    home.run(["encrypt", "--age", RECIPIENT, "f.yaml"]).exits(1).mentions("unknown recipient type: \"bad\"");
}

#[test]
fn rules_see_the_path_below_the_configuration() {
    let home = with_config("creation_rules: [{path_regex: '^d/f\\.yaml$', age: RECIPIENT}]")
        .file("d/f.yaml", "a: 1\n");
    home.run(["encrypt", "d/f.yaml"]).exits(0);
    home.run(["encrypt", "./d/../d/f.yaml"]).exits(0);
    home.run(["encrypt", "--filename-override", "d/f.yaml", "f.yaml"]).exits(0);
    home.shell("cd d && sops encrypt f.yaml").exits(0);
    home.run(["encrypt", "f.yaml"]).exits(1).mentions(NO_RULE).mentions("for the path f.yaml");
    home.run(["encrypt", "--filename-override", "/d/f.yaml", "f.yaml"]).exits(1).mentions(NO_RULE);
}

#[test]
fn who_needs_a_rule() {
    let home = with_config("creation_rules: [{path_regex: nothing, age: RECIPIENT}]").editor("true");
    for (line, code) in [
        (&["-d", "a.yaml"][..], 0),
        (&["decrypt", "a.yaml"], 0),
        (&["rotate", "-i", "a.yaml"], 0),
        (&["set", "a.yaml", "[\"b\"]", "\"x\""], 0),
        (&["edit", "a.yaml"], 200),
        (&["a.yaml"], 1),
        (&["-r", "a.yaml"], 1),
        (&["--set", "[\"b\"] \"x\"", "a.yaml"], 1),
        (&["edit", "new.yaml"], 1),
    ] {
        let run = home.run(line.iter().copied()).exits(code);
        if code == 1 {
            run.mentions(NO_RULE);
        }
    }
}

#[test]
fn where_it_is_found() {
    let rule = format!("creation_rules: [{{age: {RECIPIENT}}}]");
    let home = Home::empty()
        .with(&["a.yaml"])
        .file("f.yaml", "a: 1\n")
        .file("cfg", &rule)
        .file("d/e/g.yaml", "a: 1\n");
    home.run(["--config", "cfg", "encrypt", "f.yaml"]).exits(0).says_nothing();
    home.run(["encrypt", "--config", "cfg", "f.yaml"]).exits(0).says_nothing(); // sops: unknown flag
    home.run(["encrypt", "f.yaml"]).exits(1);
    home.run(["--config", "none", "decrypt", "a.yaml"])
        .exits(1)
        .says("could not read config file: open none: no such file or directory");
    let home = home.var("SOPS_CONFIG", "cfg");
    home.run(["encrypt", "f.yaml"]).exits(0).says_nothing();
}

#[test]
fn the_nearest_one_above() {
    let home = with_config("creation_rules: [{age: RECIPIENT}]")
        .file("d/e/f.yaml", "a: 1\n")
        .file("d/.sops.yml", "");
    home.shell("cd d/e && sops encrypt f.yaml").exits(0).says(
        "[CMD]\t level=warning msg=\"ignoring \\\"../.sops.yml\\\" when searching for config file; the config file \
         must be called \\\".sops.yaml\\\"; using \\\"../../.sops.yaml\\\" instead\"",
    );
    let home = Home::empty().with(&["a.yaml"]).file(".sops.yml", "");
    home.run(["decrypt", "a.yaml"]).exits(0).says(
        "[CMD]\t level=warning msg=\"ignoring \\\".sops.yml\\\" when searching for config file; the config file must \
         be called \\\".sops.yaml\\\"\"",
    );
    let home = Home::empty().with(&["a.yaml"]).file(".sops.yaml/x", "");
    home.run(["decrypt", "a.yaml"])
        .exits(1)
        .says("could not read config file: read .sops.yaml: is a directory");
}

#[test]
fn one_that_cannot_be_read_stops_everything() {
    for text in ["a: [1", "creation_rules: 5"] {
        let home = with_config(text);
        for line in [["decrypt", "a.yaml"], ["filestatus", "a.yaml"], ["encrypt", "f.yaml"]] {
            home.run(line)
                .exits(1)
                .prints("")
                .mentions("error loading config: Could not unmarshal config file: yaml: ");
        }
    }
}

/// sops says nothing, and the rule is for every file then.
#[test]
fn misspelt_keys_are_named() {
    let home = with_config("creation_rules: [{path-regex: ^prod/, age: RECIPIENT}]");
    home.run(["encrypt", "f.yaml"]).exits(0).mentions("path-regex is ignored; did you mean path_regex?");
    home.run(["decrypt", "a.yaml"]).exits(0).says_nothing();
}

#[test]
fn indentation() {
    let home = with_config("stores: {yaml: {indent: 2}, json: {indent: 3}}");
    home.run(["decrypt", "--output-type", "yaml", "a.json"]).exits(0).prints("a: 1\nb:\n  c: x\n");
    home.run(["decrypt", "--output-type", "json", "a.yaml"])
        .exits(0)
        .prints("{\n   \"a\": 1,\n   \"b\": \"two\",\n   \"c\": [\n      \"x\",\n      3\n   ]\n}\n");
    home.run(["--indent", "0", "decrypt", "--output-type", "json", "a.yaml"])
        .exits(0)
        .prints("{\n\"a\": 1,\n\"b\": \"two\",\n\"c\": [\n\"x\",\n3\n]\n}\n");
    let home = with_config("stores: {yaml: {indent: -1}}");
    home.run(["decrypt", "--output-type", "yaml", "a.json"])
        .exits(4)
        .says("Error dumping file: YAML Negative indentation not accepted");
}
