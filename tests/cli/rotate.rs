//! `rotate` (command line §7.4).

use crate::home::{Home, RECIPIENT, STRANGER};

#[test]
fn a_new_data_key_for_the_same_text() {
    let home = Home::empty().with(&["a.yaml"]);
    let (before, plain) = (home.read("a.yaml"), home.run(["decrypt", "a.yaml"]).stdout);
    let rotated = home.run(["rotate", "a.yaml"]).exits(0).says_nothing().stdout;
    assert_eq!(home.read("a.yaml"), before);
    let tokens =
        |text: &str| text.lines().filter(|line| line.contains("ENC[")).map(str::to_owned).collect::<Vec<_>>();
    assert!(tokens(&rotated).iter().zip(tokens(&before)).all(|(new, old)| *new != old));
    home.run(["rotate", "-i", "a.yaml"]).exits(0).prints("").says_nothing();
    home.run(["decrypt", "a.yaml"]).exits(0).prints(&plain);
}

#[test]
fn keys_come_and_go() {
    let home = Home::empty().with(&["a.yaml"]);
    home.run(["rotate", "-i", "--add-age", STRANGER, "a.yaml"]).exits(0);
    assert!(home.read("a.yaml").contains(STRANGER));
    home.run(["rotate", "-i", "--rm-age", STRANGER, "a.yaml"]).exits(0);
    assert!(!home.read("a.yaml").contains(STRANGER));
    home.run(["rotate", "-i", "--rm-age", RECIPIENT, "a.yaml"])
        .exits(1)
        .says("Could not generate data key: [empty key group provided]");
    home.run(["rotate", "--add-age", "bad", "a.yaml"])
        .exits(1)
        .says("failed to parse input, unknown recipient type: \"bad\"");
    home.run(["decrypt", "a.yaml"]).exits(0);
}

#[test]
fn a_missing_file() {
    let home = Home::empty();
    let missing = home.path("nope").display().to_string();
    home.run(["rotate", "--add-age", STRANGER, "nope"]).exits(49).says(&format!(
        "Error: cannot add or remove keys on non-existent file \"{missing}\", use the `edit` subcommand instead."
    ));
    home.run(["-d", "--add-age", STRANGER, "nope"]).exits(49).says(&format!(
        "Error: cannot add or remove keys on non-existent file \"{missing}\", use `--kms` and `--pgp` instead."
    ));
}

#[test]
fn the_mac_is_checked() {
    let home = Home::empty().with(&["no-mac.yaml"]);
    home.run(["rotate", "no-mac.yaml"]).exits(51).prints("");
    home.run(["-r", "--ignore-mac", "no-mac.yaml"]).exits(0);
}
