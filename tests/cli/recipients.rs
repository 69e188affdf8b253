//! `groups`, `recipients` and `extends` in `.sops.yaml`: fields that sops skips. What files get is plain keys.

use crate::home::{Home, RECIPIENT, STRANGER};

const GROUPS: &str = "names:
  alice: RRR
groups:
  ops: &ops
    age: [SSS]
    recipients: [ci]
  ci: '85D77543B3D624B63CEA9E6DBC17301B491B3F21'
  solo: SSS
  loop: [inner]
  inner: {recipients: [loop]}
  odd: {age: 5, kms: no}
  wrong: {age: [bob]}
";

fn rules(rest: &str) -> String {
    format!("{GROUPS}{rest}").replace("RRR", RECIPIENT).replace("SSS", STRANGER)
}

fn with(rest: &str) -> Home {
    Home::empty().file(".sops.yaml", &rules(rest)).file("f.yaml", "a: hunter2\n")
}

/// The age recipients in an encrypted file, by their place.
fn recipients(text: &str) -> Vec<&str> {
    let lines =
        text.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("recipient: "));
    lines.map(|key| if key == RECIPIENT { "R" } else { "S" }).collect()
}

fn encrypted(rest: &str) -> Vec<String> {
    let run = with(rest).run(["encrypt", "f.yaml"]).exits(0);
    recipients(&run.stdout).into_iter().map(str::to_owned).collect()
}

#[test]
fn names_become_the_keys_that_they_stand_for() {
    for (rule, want) in [
        ("recipients: [alice, solo]", "R S"),
        ("recipients: solo, alice", "S R"),
        ("recipients: [solo, solo, SSS]", "S"),
        ("recipients: [RRR]", "R"),
        // After the flat keys, and no key a second time; flat keys stay as they are, twice too.
        ("age: SSS\n    recipients: [alice, solo]", "S R"),
        ("age: [RRR, RRR]\n    recipients: [alice]", "R R"),
        ("key_groups: [{recipients: [alice, solo]}]", "R S"),
        ("key_groups: [{age: [SSS], merge: [{recipients: [alice]}], recipients: [solo]}]", "R S"),
        ("key_groups: [{recipients: [alice]}, {age: [SSS]}]", "R S"),
    ] {
        assert_eq!(encrypted(&format!("creation_rules:\n  - {rule}\n")).join(" "), want, "{rule}");
    }
}

#[test]
fn a_file_has_no_trace_of_names_and_other_commands_see_the_keys() {
    let home = with("creation_rules:\n  - recipients: [alice, solo]\n");
    home.run(["encrypt", "-i", "f.yaml"]).exits(0);
    let text = home.read("f.yaml");
    assert!(!text.contains("alice") && !text.contains("solo") && !text.contains("recipients"), "{text}");
    home.run(["updatekeys", "-y", "f.yaml"]).exits(0);
    assert_eq!(home.read("f.yaml"), text, "up to date");
    home.run(["check", "f.yaml"]).exits(0);
    // The group loses somebody.
    let home =
        home.file(".sops.yaml", &rules("creation_rules:\n  - path_regex: f\n    recipients: [alice]\n"));
    assert!(home.run(["check", "f.yaml"]).stdout.contains("(solo)"));
    let run = home.run(["config", "explain", "f.yaml"]).exits(0);
    assert!(run.stdout.contains(&format!("age  {RECIPIENT} (alice)")), "{}", run.stdout);
    assert!(run.stdout.contains("not as the rule says"), "{}", run.stdout);
    home.run(["updatekeys", "-y", "f.yaml"]).exits(0);
    assert_eq!(recipients(&home.read("f.yaml")), ["R"]);
}

#[test]
fn every_kind_of_key_can_be_a_member() {
    let keys = "arn:aws:kms:eu-west-1:111122223333:key/x projects/p/locations/l/keyRings/r/cryptoKeys/k \
                https://demo.vault.azure.net/keys/k/v https://v.example/v1/transit/keys/k \
                tr-west-1:00000000-0000-4000-8000-000000000000";
    let list: Vec<String> = keys.split(' ').map(|key| format!("'{key}'")).collect();
    let home = with(&format!("creation_rules:\n  - recipients: [ops, {}]\n", list.join(", ")));
    let run = home.run(["config", "explain", "x.yaml"]).exits(0);
    for key in keys.split(' ').chain([STRANGER, "85D77543B3D624B63CEA9E6DBC17301B491B3F21"]) {
        assert!(run.stdout.contains(&format!("  {key}")), "{key}: {}", run.stdout);
    }
}

#[test]
fn what_names_can_do_wrong_has_its_place_and_nothing_is_written() {
    for (rule, want) in [
        (
            "recipients: [alicia]",
            "unknown recipient: \"alicia\" is no group, no name and no key; did you mean \"alice\"?\n  at .sops.yaml:14:18\n",
        ),
        (
            "recipients: [alice, nobody]",
            "unknown recipient: \"nobody\" is no group, no name and no key\n  at .sops.yaml:14:25\n",
        ),
        (
            "recipients: [loop]",
            "a group is in itself: \"loop\", which has \"inner\", which has \"loop\"\n  at .sops.yaml:10:24\n",
        ),
        (
            "recipients: [odd]",
            "error loading config: Could not unmarshal config file: yaml: unmarshal errors:\n  line 11: cannot unmarshal !!int `5` into []string\n",
        ),
        (
            "recipients: [wrong]",
            "failed to parse input, unknown recipient type: \"bob\"\n  at .sops.yaml:12:17\n",
        ),
        ("key_groups: [{age: [RRR]}]\n    recipients: [alice]", "recipients stands beside key_groups"),
        ("key_groups: [{recipients: [alicia]}]", "at .sops.yaml:14:32\n"),
        ("recipients: {a: b}", "line 14: cannot unmarshal !!map into []string"),
    ] {
        let home = with(&format!("creation_rules:\n  - {rule}\n"));
        let run = home.run(["encrypt", "-i", "f.yaml"]).exits(1);
        assert!(run.stderr.contains(want), "{rule}: {}", run.stderr);
        assert_eq!(home.read("f.yaml"), "a: hunter2\n");
        let run = home.run(["config", "check"]).exits(1);
        assert!(run.stdout.contains(": error: "), "{}", run.stdout);
    }
    // Somebody pastes the wrong half of a key pair.
    let secret = Home::key().lines().find(|line| line.starts_with("AGE-")).expect("an identity");
    let run =
        with(&format!("creation_rules:\n  - recipients: [{secret}]\n")).run(["encrypt", "f.yaml"]).exits(1);
    assert!(run.stderr.contains("an age identity, which is a secret") && !run.stderr.contains(secret));
}

/// A map of that name may be where people keep their anchors: it harms nobody who names no group.
#[test]
fn a_map_called_groups_may_hold_anything() {
    for groups in ["5", "[a, b]", "{a: 5, b: {age: 5}, c: [[d]]}", "&g {a: {merge: 5}}", "~"] {
        let text = format!("groups: {groups}\ncreation_rules:\n  - path_regex: f\n    age: {RECIPIENT}\n");
        let home = Home::empty().file(".sops.yaml", &text).file("f.yaml", "a: b\n");
        home.run(["encrypt", "f.yaml"]).exits(0).says_nothing();
    }
    let home = with("creation_rules:\n  - path_regex: f\n    age: RRR\n");
    let run = home.run(["config", "check"]).exits(35);
    assert!(run.stdout.contains(".sops.yaml:11:14: warning: unusable-group: "), "{}", run.stdout);
    assert!(run.stdout.contains(".sops.yaml:12:17: warning: unusable-group: "), "{}", run.stdout);
}

/// Groups in groups in groups, each twice: as many keys as there are, and no time.
#[test]
fn groups_that_multiply() {
    let mut groups = format!("groups:\n  g0: {STRANGER}\n");
    (1..200).for_each(|n| groups.push_str(&format!("  g{n}: [g{0}, g{0}]\n", n - 1)));
    groups.push_str("creation_rules:\n  - recipients: [g199, g198]\n");
    let home = Home::empty().file(".sops.yaml", &groups).file("f.yaml", "a: b\n");
    assert_eq!(recipients(&home.run(["encrypt", "f.yaml"]).exits(0).stdout), ["S"]);
}

#[test]
fn where_sops_finds_no_key_config_check_says_so() {
    for (rule, code, told) in [
        ("recipients: [alice]", 35, true),
        ("age_recipients_file: team.txt", 35, true),
        ("key_groups: [{age: [RRR]}, {recipients: [solo]}]", 35, true),
        ("age: RRR\n    recipients: [solo]", 0, false),
        ("key_groups: [{merge: [*ops]}, {age: [RRR], recipients: [solo]}]", 35, false),
    ] {
        let text = rules(&format!("creation_rules:\n  - path_regex: f\n    {rule}\n"));
        let text: String = text
            .lines()
            .filter(|l| !["loop", "inner", "odd", "wrong"].iter().any(|w| l.starts_with(&format!("  {w}:"))))
            .map(|l| format!("{l}\n"))
            .collect();
        let run = Home::empty().file(".sops.yaml", &text).run(["config", "check"]).exits(code);
        assert_eq!(
            run.stdout.contains("no-keys-for-sops: sops itself finds no key here"),
            told,
            "{}",
            run.stdout
        );
    }
}

/// An outer file, one in `sub` and what else there is.
fn nested(inner: &str) -> Home {
    let outer = format!(
        "names: {{rita: {RECIPIENT}}}\ngroups:\n  ops: [rita]\nstores: {{yaml: {{indent: 7}}, json: {{indent: 3}}}}\ncreation_rules:\n  - path_regex: ^sub/out/\n    \
         recipients: [ops]\n    encrypted_regex: ^a$\n  - path_regex: ^sub/b\\.yaml$\n    age: {STRANGER}\ndestination_rules:\n  - path_regex: ^pub/\n    s3_bucket: b\n"
    );
    Home::empty()
        .file(".sops.yaml", &outer)
        .file("sub/.sops.yaml", inner)
        .file("sub/out/f.yaml", "a: b\n")
        .file("sub/b.yaml", "a: b\n")
        .file("sub/in/f.yaml", "a: b\n")
}

fn in_sub(home: &Home, line: &str) -> crate::home::Run {
    home.shell(&format!("cd sub && sops {line}"))
}

#[test]
fn r5_without_a_rule_of_its_own_a_file_asks_the_one_that_it_extends() {
    for extends in ["true", "../.sops.yaml", "'../.sops.yaml'"] {
        let own = format!(
            "extends: {extends}\ngroups: {{ops: {STRANGER}}}\nstores: {{yaml: {{indent: 3}}}}\ncreation_rules:\n  - path_regex: ^in/\n    recipients: [ops]\n  \
             - path_regex: ^b\\.yaml$\n    recipients: [rita]\n"
        );
        let home = nested(&own);
        // Its own rule goes first, and its own group; names it has not come from outside.
        assert_eq!(recipients(&in_sub(&home, "encrypt in/f.yaml").exits(0).stdout), ["S"]);
        assert_eq!(recipients(&in_sub(&home, "encrypt b.yaml").exits(0).stdout), ["R"]);
        // The outer rule sees its own paths and its own group.
        let run = in_sub(&home, "encrypt out/f.yaml").exits(0);
        assert_eq!(recipients(&run.stdout), ["R"], "{}", run.stdout);
        assert!(run.stdout.contains("encrypted_regex: ^a$"));
        in_sub(&home, "encrypt -i out/f.yaml").exits(0);
        in_sub(&home, "updatekeys -y out/f.yaml").exits(0);
        in_sub(&home, "check out/f.yaml").exits(0);
        // Fields of stores that it has not set come from outside.
        let yaml = in_sub(
            &home,
            "encrypt --filename-override in/x.json --output-type yaml < in/f.yaml --input-type yaml",
        );
        assert!(yaml.exits(0).stdout.contains("\n   age:"));
        let json = in_sub(&home, "encrypt --input-type yaml --output-type json in/f.yaml");
        assert!(json.exits(0).stdout.contains("\n   \"sops\""));
        let run = in_sub(&home, "config explain out/f.yaml").exits(0);
        let want = "  rules of .sops.yaml are asked about the path out/f.yaml\n    line 5: ^in/  does not match\n    line 7: ^b\\.yaml$  does not \
                    match\n    none of them is for it: line 1 extends another file\n  rules of ../.sops.yaml are asked about the path \
                    sub/out/f.yaml\n    line 6: ^sub/out/  matches\n";
        assert!(run.stdout.contains(want), "{}", run.stdout);
        in_sub(&home, "config check").mentions("config check: .sops.yaml: 0 errors");
        let run = in_sub(&home, "encrypt new.yaml").exits(100);
        assert!(run.stderr.contains("no such file") || run.stderr.contains("exist"), "{}", run.stderr);
        std::fs::write(home.path("sub/new.yaml"), "a: b\n").expect("a file");
        in_sub(&home, "encrypt new.yaml").exits(1).says(
            "error loading config: no matching creation rules found\n  for the path new.yaml\n  tried ^in/ at .sops.yaml:5:5\n  tried \
             ^b\\.yaml$ at .sops.yaml:7:5\n  for the path sub/new.yaml\n  tried ^sub/out/ at ../.sops.yaml:6:5\n  tried ^sub/b\\.yaml$ at \
             ../.sops.yaml:9:5",
        );
    }
}

#[test]
fn destination_rules_of_the_inner_file_go_first() {
    let inner = "extends: true\ndestination_rules:\n  - path_regex: ^own/\n    gcs_bucket: g\n";
    let home = nested(inner).with(&["a.yaml"]);
    let own = home.read("a.yaml");
    let home = home.file("sub/pub/a.yaml", &own).file("sub/own/a.yaml", &own).file("sub/else/a.yaml", &own);
    for (file, url) in [("own/a.yaml", "gcs://g/a.yaml"), ("pub/a.yaml", "s3://b/a.yaml")] {
        let run = home.shell(&format!("cd sub && echo n | sops publish {file}")).exits(1);
        assert!(run.stdout.ends_with(&format!(" to {url} ? (y/n): ")), "{}", run.stdout);
    }
    in_sub(&home, "publish else/a.yaml").exits(1).mentions("no matching destination found in config");
}

#[test]
fn a_chain_of_three_and_what_ends_it() {
    let home = nested("extends: true\n").file("sub/out/.sops.yaml", "extends: ../.sops.yaml\n");
    let run = home.shell("cd sub/out && sops encrypt f.yaml").exits(0);
    assert_eq!(recipients(&run.stdout), ["R"]);
    for nothing in ["extends: false\n", "extends:\n", "# none\n"] {
        let home = nested(&format!("{nothing}creation_rules:\n  - path_regex: ^in/\n    age: {STRANGER}\n"));
        in_sub(&home, "encrypt out/f.yaml").exits(1).mentions("no matching creation rules found");
    }
}

#[test]
fn what_extends_can_do_wrong() {
    for (inner, want) in [
        (
            "extends: ../nope.yaml\n",
            "error loading config: extends: could not read config file: open ../nope.yaml: no such file or directory\n  at .sops.yaml:1:10\n",
        ),
        (
            "extends: ..\n",
            "extends: could not read config file: read ..: is a directory\n  at .sops.yaml:1:10\n",
        ),
        (
            "extends: .sops.yaml\n",
            "extends goes round in a circle: .sops.yaml → .sops.yaml\n  at .sops.yaml:1:10\n",
        ),
        ("extends: 5\n", "line 1: cannot unmarshal !!int `5` into string\n"),
        ("extends: [a]\n", "line 1: cannot unmarshal !!seq into string\n"),
        ("extends: ''\n", "into string\n"),
        (
            "extends: b.yaml\n",
            "extends: error loading config: Could not unmarshal config file: yaml: unmarshal errors:\n  line 1: ",
        ),
    ] {
        let home = nested(inner).file("sub/b.yaml", "creation_rules: 5\n");
        let run = in_sub(&home, "encrypt -i out/f.yaml").exits(1);
        assert!(run.stderr.contains(want), "{inner}: {}", run.stderr);
        assert_eq!(home.read("sub/out/f.yaml"), "a: b\n");
        let run = in_sub(&home, "config check").exits(1);
        assert!(run.stdout.starts_with(".sops.yaml:1:10: error: "), "{}", run.stdout);
    }
    // A circle of two, and nothing above.
    let home = nested("extends: true\n").file(".sops.yaml", "extends: sub/.sops.yaml\n");
    in_sub(&home, "encrypt out/f.yaml")
        .exits(1)
        .mentions("in a circle: .sops.yaml → ../.sops.yaml → ../sub/.sops.yaml");
    let home = Home::empty().file(".sops.yaml", "extends: true\n").file("f.yaml", "a: b\n");
    home.run(["encrypt", "f.yaml"])
        .exits(1)
        .mentions("extends: no .sops.yaml above .sops.yaml\n  at .sops.yaml:1:10");
    let home = nested(&format!("extends: true\ncreation_rules:\n  - age: {STRANGER}\n"));
    let run = in_sub(&home, "config check").exits(35);
    assert!(run.stdout.contains("1:10: warning: dead-rule: no file gets here"), "{}", run.stdout);
}
