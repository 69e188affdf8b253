//! `doctor`: who can open a file, and what mends it.

use crate::home::{Home, RECIPIENT, STRANGER};

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000";

fn home(rules: &str) -> Home {
    let rules = rules.replace("$R", RECIPIENT).replace("$S", STRANGER).replace("$K", ARN);
    Home::empty().file(".sops.yaml", &rules).file("a.yaml", "k: hunter2\n")
}

#[test]
fn a_file_that_opens_here() {
    let home = home("names: {rita: $R, oscar: $S}\ncreation_rules:\n  - age: [$R, $S]\n");
    home.run(["encrypt", "-i", "a.yaml"]).exits(0);
    home.run(["doctor", "a.yaml"]).exits(0).prints(&format!(
        "a.yaml: this machine can open it\n  age {RECIPIENT} (rita): opens, through SOPS_AGE_KEY\n  \
         age {STRANGER} (oscar): nothing on this machine opens it\n  it is as its creation rule says\n"
    ));
    // Where the rule has changed, the command that follows it.
    let home = home.file(".sops.yaml", &format!("creation_rules:\n  - age: {RECIPIENT}\n"));
    let run = home.run(["doctor", "a.yaml"]).exits(0);
    assert!(
        run.stdout.contains(&format!("    group 1 has {STRANGER}, which the rule does not name\n")),
        "{}",
        run.stdout
    );
    assert!(run.stdout.ends_with("  next: sops updatekeys a.yaml\n"), "{}", run.stdout);
    home.run(["updatekeys", "--yes", "a.yaml"]).exits(0);
    assert!(home.run(["doctor", "a.yaml"]).exits(0).stdout.ends_with("  it is as its creation rule says\n"));
    let home =
        home.file(".sops.yaml", &format!("creation_rules:\n  - age: {RECIPIENT}\n    encrypted_regex: x\n"));
    assert!(home.run(["doctor", "a.yaml"]).exits(0).stdout.ends_with("  next: sops reencrypt a.yaml\n"));
}

#[test]
fn a_file_that_does_not() {
    let home = home("names: {oscar: $S}\ncreation_rules:\n  - age: $S\n");
    home.run(["encrypt", "-i", "a.yaml"]).exits(0);
    let run = home.run(["doctor", "a.yaml"]).exits(128);
    assert!(run.stdout.starts_with("a.yaml: this machine cannot open it\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with(&format!("  next: whoever can open the file can let you in: sops rotate --in-place --add-age {RECIPIENT} a.yaml\n")), "{}", run.stdout);
    let home = home.without_key();
    let run = home.run(["doctor", "a.yaml"]).exits(128);
    assert!(
        run.stdout
            .contains(&format!("identity of {STRANGER} (oscar): SOPS_AGE_KEY_FILE=PATH sops decrypt a.yaml")),
        "{}",
        run.stdout
    );
}

#[test]
fn groups_are_counted_and_the_network_is_left_alone() {
    let rules = "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [$R]\n      - age: [$S]\n      - age: [$S]\n";
    let home = home(rules);
    home.run(["encrypt", "-i", "a.yaml"]).exits(0);
    let run = home.run(["doctor", "a.yaml"]).exits(128);
    assert!(
        run.stdout.contains("  2 of 3 groups are needed, 1 opened here: 1 more needed\n"),
        "{}",
        run.stdout
    );
    // A key of a cloud in place of the third group: what it wraps is not looked at.
    let text = home.read("a.yaml");
    let third = text.rfind("- age:").expect("a group");
    let end = text.find("    lastmodified").or_else(|| text.find("  lastmodified")).expect("the rest");
    let start = text[..third].rfind('\n').expect("a line") + 1;
    let indent = " ".repeat(third - start);
    let kms = format!(
        "{indent}- kms:\n{indent}    - arn: {ARN}\n{indent}      created_at: \"2026-01-01T00:00:00Z\"\n{indent}      enc: AAAA\n{indent}      aws_profile: \"\"\n"
    );
    let home = home.file("a.yaml", &format!("{}{kms}{}", &text[..start], &text[end..]));
    let run = home.run(["doctor", "a.yaml"]).exits(128);
    assert!(run.stdout.starts_with("a.yaml: it cannot be told without the network"), "{}", run.stdout);
    assert!(
        run.stdout
            .contains(&format!("    AWS KMS {ARN}: not asked: it is reached over the network (--online)\n")),
        "{}",
        run.stdout
    );
    assert!(run.stdout.ends_with("  next: sops doctor --online a.yaml\n"), "{}", run.stdout);
}

#[test]
fn what_is_no_encrypted_file() {
    let home = home("creation_rules:\n  - age: $R\n");
    home.run(["doctor", "a.yaml"])
        .exits(1)
        .prints("a.yaml: it is not encrypted\n  next: sops encrypt --in-place a.yaml\n");
    home.run(["doctor", "nope.yaml"]).exits(2);
    home.run(["doctor"]).exits(100);
    home.run(["encrypt", "-i", "a.yaml"]).exits(0);
    home.run(["doctor", "a.yaml", "nope.yaml"]).exits(2);
    let home = home.file("b.yaml", "x: 1\n");
    home.run(["doctor", "b.yaml", "nope.yaml"]).exits(30);
    let run = home.run(["doctor", "--output-format", "json", "a.yaml", "b.yaml"]).exits(1);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(json["files"][0]["groups"][0][0]["state"], "opens");
    assert_eq!(json["files"][1]["opens"], false);
    let damaged = home.read("a.yaml").replace("lastmodified: \"", "lastmodified: \"x");
    let home = home.file("a.yaml", &damaged);
    home.run(["doctor", "a.yaml"]).exits(33);
}

#[test]
fn a_failed_decrypt_names_people_behind_the_text_of_sops() {
    let home = home("names: {rita: $R, oscar: $S}\ncreation_rules:\n  - age: $S\n");
    home.run(["encrypt", "-i", "a.yaml"]).exits(0);
    let run = home.run(["decrypt", "a.yaml"]).exits(128);
    let (theirs, ours) = run.stderr.split_once("found on this machine:").expect("both parts");
    assert!(theirs.contains(STRANGER) && !theirs.contains("oscar"), "{theirs}");
    assert!(ours.contains(&format!("SOPS_AGE_KEY: {RECIPIENT} (rita) (no recipient of this file")), "{ours}");
}
