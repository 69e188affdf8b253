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

/// sops takes the lexical parent of the link for the configuration's folder, and finds no rule.
#[test]
fn a_working_directory_behind_a_link() {
    let home = Home::empty()
        .file("real/sub/f.yaml", "a: 1\n")
        .file("real/.sops.yaml", &format!("creation_rules: [{{path_regex: ^sub/f, age: {RECIPIENT}}}]"));
    std::os::unix::fs::symlink("real/sub", home.path("link")).expect("linked");
    home.shell("cd link && sops encrypt f.yaml").exits(0);
    home.shell("cd -P link && sops encrypt f.yaml").exits(0);
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

/// `.sops.yaml.example`, as people copy it: what each of its fields comes to.
#[test]
fn every_field_of_the_example_does_what_it_says() {
    let example = include_str!("../../.sops.yaml.example");
    let text = "# sops:enc\na: 1\ndata: {x_plain: 2}\nkind: 3\nb_secret: 4\n# sops:plain\nm: 5\n";
    let mut home = Home::empty().with(&["a.yaml", "a.json", "a.txt"]).file(".sops.yaml", example);
    home = home.file("team.txt", &format!("# the team\n{STRANGER}\n"));
    let own = home.read("a.yaml");
    for name in ["k8s/f.yaml", "x.config.yaml", "notes/f.yaml", "f.yaml"] {
        home = home.file(name, text);
    }
    for name in ["cloud/f.yaml", "shared/f.yaml", "s3/f.yaml", "gcs/f.yaml", "vault/f.yaml"] {
        home = home.file(name, &own);
    }
    for (name, lines) in [
        (
            "k8s/f.yaml",
            &[
                "\na: 1\n",
                "{x_plain: 'ENC[",
                "encrypted_regex: ^(data|stringData)$",
                "mac_only_encrypted: true",
            ][..],
        ),
        ("x.config.yaml", &["\na: ENC[", "\nkind: 3\n", "unencrypted_regex: ^(kind|metadata)$"]),
        (
            "notes/f.yaml",
            &["\na: ENC[", "\nm: 5\n", "encrypted_comment_regex: sops:enc", "\n  seal: ENC[", STRANGER],
        ),
        ("f.yaml", &["\na: ENC[", "\nm: 5\n", "unencrypted_comment_regex: sops:plain"]),
    ] {
        let run = home.run(["encrypt", name]).exits(0).says_nothing();
        for line in lines {
            assert!(run.stdout.contains(line), "{name} lacks {line:?}: {}", run.stdout);
        }
    }
    // keys of all kinds, without asking any of them
    let (cloud, shared) = (
        "The following changes will be made to the file's groups:
Group 1
+++ E20E6FF558885DA4D982D65D97BBBA8CF1BA00BE
+++ arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000||production
+++ projects/demo/locations/global/keyRings/ring/cryptoKeys/key
+++ tr-west-1:00000000-0000-4000-8000-000000000000
+++ https://demo.vault.azure.net/keys/demo/0123456789abcdef0123456789abcdef
+++ https://vault.example.com:8200/v1/transit/keys/demo
--- RECIPIENT
",
        "The following changes will be made to the file's groups:
Group 1
+++ age1gghtsm9pq24x4efnkmgnv9auwvy46lpzkpr3g5qzr6w0hya22ads8jp5jg
+++ E20E6FF558885DA4D982D65D97BBBA8CF1BA00BE
--- RECIPIENT
Group 2
+++ arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000+arn:aws:iam::111122223333:role/secrets|project:demo|production
+++ projects/demo/locations/global/keyRings/ring/cryptoKeys/key
+++ tr-west-1:00000000-0000-4000-8000-000000000000
+++ https://demo.vault.azure.net/keys/demo/0123456789abcdef0123456789abcdef
+++ https://vault.example.com:8200/v1/transit/keys/demo
Group 3
+++ RECIPIENT
",
    );
    for (name, changes) in [("cloud/f.yaml", cloud), ("shared/f.yaml", shared)] {
        let question = format!("{changes}Is this okay? (y/n):").replace("RECIPIENT", RECIPIENT);
        home.pipe("n\n", ["updatekeys", name]).exits(0).prints(&question);
    }
    for (name, url) in [
        ("s3/f.yaml", "s3://demo-secrets/team/f.yaml"),
        ("gcs/f.yaml", "gcs://demo-secrets/team/f"),
        ("vault/f.yaml", "https://vault.example.com:8200/v1/secret/data/team/f.yaml"),
    ] {
        let run = home.pipe("n\n", ["publish", name]).exits(1);
        assert!(run.stdout.ends_with(&format!(" to {url} ? (y/n): ")), "{}", run.stdout);
    }
    home.run(["decrypt", "--output-type", "yaml", "a.json"]).exits(0).prints("a: 1\nb:\n  c: x\n");
    home.run(["decrypt", "--output-type", "json", "a.json"])
        .exits(0)
        .prints("{\n\t\"a\": 1,\n\t\"b\": {\n\t\t\"c\": \"x\"\n\t}\n}\n");
}

/// sops passes over a marker above a map in silence, and everything in it stays readable (its
/// issue 1672).
#[test]
fn a_comment_above_a_map_counts_for_all_of_it() {
    let home = with_config("creation_rules: [{age: RECIPIENT, unencrypted_comment_regex: plain}]")
        .file("map.yaml", "# plain\nm:\n    a: 1\n    l: [2, 3]\nb: 4\n")
        .file("leaf.yaml", "# plain\na: 1\nb: 4\n");
    home.run(["encrypt", "map.yaml"]).exits(0).mentions(
        "3 value(s) stay in plain text: a comment that matches unencrypted_comment_regex stands above",
    );
    home.run(["encrypt", "leaf.yaml"]).exits(0).says_nothing();
}
