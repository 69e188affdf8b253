//! `config check`, `config explain` and `config schema`.

use crate::home::{Home, RECIPIENT, STRANGER};

/// What is found in a configuration, without the file's name.
fn found(rules: &str, code: i32) -> Vec<String> {
    let home = Home::empty().file(".sops.yaml", rules);
    let run = home.run(["config", "check"]).exits(code);
    run.stdout.lines().map(|line| line.strip_prefix(".sops.yaml:").expect("the file").to_owned()).collect()
}

#[test]
fn a_good_configuration_has_no_findings() {
    let rules = format!("creation_rules:\n  - path_regex: ^a/\n    age: {RECIPIENT}\n");
    assert!(found(&rules, 0).is_empty());
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/.sops.yaml.example");
    let run = Home::empty().run(["config", "check", example]).exits(0);
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains(": note: catch-all: "), "{}", run.stdout);
}

#[test]
fn each_kind_has_its_line_and_exit_code() {
    for (rule, code, want) in [
        ("a: [", 1, "syntax: "),
        ("creation_rules: 5", 1, "1:17: error: type: cannot unmarshal !!int `5` into []config.creationRule"),
        (
            "creation_rules:\n  - age: R\n    age: R",
            1,
            "3:5: error: type: mapping key \"age\" already defined at line 2",
        ),
        (
            "creation_rules:\n  - path_regex: '['\n    age: R",
            1,
            "2:17: error: bad-regex: path_regex does not compile",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    age: bob",
            1,
            "3:10: error: bad-key: failed to parse input, unknown recipient type: \"bob\"",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    age: R\n    encrypted_regex: '('",
            1,
            "4:22: error: bad-selector: encrypted_regex does not compile",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    age: R\n    encrypted_regex: a\n    encrypted_suffix: b",
            1,
            "2:5: error: selectors: ",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    shamir_threshold: 3\n    key_groups: [{age: [R]}, {age: [S]}]",
            1,
            "3:23: error: threshold: shamir_threshold is 3, and there are 2 groups",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    shamir_threshold: 1\n    key_groups: [{age: [R]}, {age: [S]}]",
            1,
            "3:23: error: threshold: ",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    path-regex: b\n    age: R",
            35,
            "3:5: warning: misspelt-key: path-regex is passed over; did you mean path_regex?",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    note: b\n    age: R",
            35,
            "3:5: warning: unknown-key: note has no meaning here",
        ),
        (
            "creation_rules:\n  - path_regex: \\.yaml$\n    age: R\n  - path_regex: ^prod/.*\\.yaml$\n    age: S",
            35,
            "4:5: warning: dead-rule: no file meets this rule: the one in line 2 (\\.yaml$) takes all its files",
        ),
        ("creation_rules:\n  - path_regex: a\n", 35, "2:5: warning: no-keys: "),
        (
            "creation_rules:\n  - path_regex: a\n    age: [R, R]",
            35,
            "3:10: warning: duplicate-recipient: R stands twice in one group",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    key_groups: [{age: [R]}, {age: [R]}]",
            35,
            "3:17: warning: duplicate-recipient: R is in several groups",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    pgp: S\n    key_groups: [{age: [R]}]",
            35,
            "3:10: warning: ignored-keys: pgp does not count",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    pgp: '491B3F21'",
            35,
            "3:10: warning: weak-key: 491B3F21: ",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    hc_vault_transit_uri: http://v.example/v1/transit/keys/k",
            35,
            "3:27: warning: weak-key: ",
        ),
        (
            "creation_rules:\n  - path_regex: a\n    age: R\n    unencrypted_regex: '.*'",
            35,
            "4:24: warning: weak-selector: ",
        ),
        ("creation_rules: []", 35, "1:1: warning: no-rules: "),
        ("creation_rules:\n  - age: R", 0, "2:5: note: catch-all: "),
        (
            "creation_rules: [{age: R, path_regex: a}]\ndestination_rules:\n  - path_regex: '['\n    s3_bucket: b",
            1,
            "3:5: error: bad-regex: path_regex never matches",
        ),
        (
            "creation_rules: [{age: R, path_regex: a}]\ndestination_rules:\n  - path_regex: a",
            1,
            "3:5: error: destination: ",
        ),
    ] {
        let real = |text: &str| {
            text.replace("age: R", &format!("age: {RECIPIENT}"))
                .replace("[R", &format!("[{RECIPIENT}"))
                .replace(", R]", &format!(", {RECIPIENT}]"))
                .replace("[S]", &format!("[{STRANGER}]"))
                .replace("age: S", &format!("age: {STRANGER}"))
        };
        let want = want.replace(": R ", &format!(": {RECIPIENT} "));
        let lines = found(&real(rule), code);
        assert!(lines.iter().any(|line| line.contains(&want)), "{rule}\nlacks {want}\nhas {lines:#?}");
        assert_eq!(lines.len(), 1, "{rule}: {lines:#?}");
    }
}

#[test]
fn check_without_a_configuration_and_for_programs() {
    Home::empty().run(["config", "check"]).exits(1).mentions("config file not found").mentions("sops init");
    Home::empty().run(["config", "check", "nope"]).exits(1).mentions("could not read config file: open nope");
    let home = Home::empty().file("c.yaml", "creation_rules:\n  - ages: x\n    path_regex: a\n");
    let run = home.run(["config", "check", "c.yaml", "--output-format", "json"]).exits(35);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(json["warnings"], 2);
    assert_eq!(json["findings"][0]["kind"], "misspelt-key");
    assert_eq!(json["findings"][0]["line"], 2);
    home.run(["config", "check", "c.yaml", "--output-format", "sarif"])
        .exits(1)
        .mentions("none of text and json");
}

fn explained() -> Home {
    Home::empty().file(
        ".sops.yaml",
        &format!(
            "names:\n  oscar: {STRANGER}\ncreation_rules:\n  - path_regex: ^b/\n    age: {RECIPIENT}\n  - path_regex: ^s/\n    \
             age: &rita {RECIPIENT}\n    encrypted_regex: ^data$\n  - path_regex: ^g/\n    key_groups:\n      - age: [{RECIPIENT}]\n      - age: [{STRANGER}]\n"
        ),
    )
}

#[test]
fn explain_says_which_rule_and_which_values() {
    let home = explained().file("s/a.yaml", "data:\n  k: hunter2\nkind: hunter3\n");
    let run = home.run(["config", "explain", "s/a.yaml"]).exits(0);
    let want = format!(
        "s/a.yaml\n  rules of .sops.yaml are asked about the path s/a.yaml\n    line 4: ^b/  does not match\n    \
         line 6: ^s/  matches\n    the first that matches decides; rules below it, not looked at: 1\n  \
         any one of these keys opens the file:\n    age  {RECIPIENT} (rita)\n  encrypted: values at or below keys that match ^data$\n  \
         encrypted by this rule:\n    data.k\n  in clear text by this rule:\n    kind\n  the file is not encrypted\n"
    );
    assert_eq!(run.stdout, want);
    home.run(["encrypt", "-i", "s/a.yaml"]).exits(0);
    let run = home.run(["config", "explain", "s/a.yaml"]).exits(0);
    assert!(run.stdout.ends_with("  the file is as the rule says\n"), "{}", run.stdout);
    let home = home.file(".sops.yaml", &format!("creation_rules:\n  - age: &oscar {STRANGER}\n"));
    let run = home.run(["config", "explain", "s/a.yaml"]).exits(0);
    assert!(
        run.stdout.contains(&format!("group 1 lacks {STRANGER} (oscar), which the rule names\n")),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("has no path_regex: it is for every file"));
}

#[test]
fn explain_of_files_that_are_not_there_and_of_groups() {
    let home = explained();
    let run = home.run(["config", "explain", "g/new.yaml"]).exits(0);
    assert!(
        run.stdout.contains("  2 key groups, any 2 of which open the file:\n    group 1, by any one key:\n")
    );
    assert!(run.stdout.contains(&format!("      age  {STRANGER} (oscar)\n")), "{}", run.stdout);
    assert!(run.stdout.ends_with("  there is no such file yet\n"));
    let run = home.run(["config", "explain", "--output-format", "json", "g/new.yaml"]).exits(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        (&json["rule"]["needed_groups"], &json["rule"]["groups"][1][0]["name"]),
        (&2.into(), &"oscar".into())
    );
    home.run(["config", "explain", "x.yaml"]).exits(1).mentions("no creation rule is for x.yaml");
    home.run(["config", "explain"]).exits(100);
    let home = home.file("s/bad.yaml", "a: [\n");
    home.run(["config", "explain", "s/bad.yaml"]).exits(2).mentions("s/bad.yaml:");
    let home = home.file(".sops.yaml", "creation_rules:\n  - path_regex: '['\n");
    home.run(["config", "explain", "x"]).exits(1).mentions("can not compile regexp");
}

#[test]
fn the_schema_is_the_one_that_is_checked_in() {
    let run = Home::empty().run(["config", "schema"]).exits(0);
    assert_eq!(run.stdout, include_str!("../../docs/sops-yaml.schema.json"));
    Home::empty().run(["config", "schema", "x"]).exits(1);
}

#[test]
fn an_encrypted_file_with_the_name_of_a_command_is_a_file() {
    let home = explained().file("config", "token");
    home.run(["-e", "-i", "--age", RECIPIENT, "config"]).exits(1);
    let home = home.file(".sops.yaml", &format!("creation_rules:\n  - age: {RECIPIENT}\n"));
    home.run(["-e", "-i", "config"]).exits(0);
    home.run(["-d", "config"]).exits(0).prints("token");
    home.run(["config", "check"]).exits(0);
}
