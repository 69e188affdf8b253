//! Keys that go and keys in files: `updatekeys --rotate-on-remove`, and files of age recipients.
#![cfg(unix)] // Windows has tests/windows

mod support;

use support::{AGE_RECIPIENT, Home, line, real_sops};

const OTHER: &str = "age1gghtsm9pq24x4efnkmgnv9auwvy46lpzkpr3g5qzr6w0hya22ads8jp5jg";
const SOURCE: &str = "a: secret\nb_unencrypted: x\n# c\nl:\n    - 0x1F\n";

fn rules(home: &Home, keys: &str) {
    home.write(".sops.yaml", format!("creation_rules:\n  - age: {keys}\n"));
}

fn with_two() -> Home {
    let home = Home::with_age();
    home.write("f.yaml", SOURCE);
    home.sops(["encrypt", "--age", &format!("{AGE_RECIPIENT},{OTHER}"), "-i", "f.yaml"]).exits(0);
    home
}

#[test]
fn where_a_key_goes_the_data_key_goes_too() {
    for arguments in [
        &["updatekeys", "-y", "--rotate-on-remove", "f.yaml"][..],
        &["updatekeys", "-y", "--rotate-on-remove", "--each", "f.yaml"],
    ] {
        let home = with_two();
        let before = home.read_text("f.yaml");
        rules(&home, AGE_RECIPIENT);
        home.sops(arguments).exits(0);
        let after = home.read_text("f.yaml");
        assert_ne!(line(&before, "a:"), line(&after, "a:"), "the values are under a new key");
        assert!(!after.contains(OTHER) && after.contains(AGE_RECIPIENT));
        home.sops(["decrypt", "f.yaml"]).exits(0).prints(SOURCE);
        if let Some(real) = real_sops() {
            home.run(&real, ["decrypt", "f.yaml"], b"").exits(0);
        }
        home.sops(arguments).exits(0);
        assert_eq!(home.read_text("f.yaml"), after, "there is nothing left to do");
    }
}

#[test]
fn where_no_key_goes_the_data_key_stays() {
    let home = Home::with_age();
    let before = home.encrypted("f.yaml", SOURCE);
    rules(&home, &format!("{AGE_RECIPIENT},{OTHER}"));
    home.sops(["updatekeys", "-y", "--rotate-on-remove", "f.yaml"]).exits(0);
    let after = home.read_text("f.yaml");
    assert_eq!(line(&before, "a:"), line(&after, "a:"));
    assert!(after.contains(OTHER));
    // Without the flag as ever.
    rules(&home, AGE_RECIPIENT);
    home.sops(["updatekeys", "-y", "f.yaml"]).exits(0);
    assert_eq!(line(&before, "a:"), line(&home.read_text("f.yaml"), "a:"));
}

#[test]
fn a_file_that_was_tampered_with_is_not_rotated() {
    let home = with_two();
    let tampered = home.read_text("f.yaml").replace("b_unencrypted: x", "b_unencrypted: y");
    home.write("f.yaml", &tampered);
    rules(&home, AGE_RECIPIENT);
    home.sops(["updatekeys", "-y", "--rotate-on-remove", "f.yaml"]).exits(51);
    assert_eq!(home.read_text("f.yaml"), tampered);
}

#[test]
fn recipients_come_from_a_file() {
    let home = Home::with_age().set("SOPS_AGE_RECIPIENTS", "");
    let list = format!("# the team\n{AGE_RECIPIENT}\r\n\n  {OTHER}\n{AGE_RECIPIENT}\n");
    home.write("team.txt", &list);
    for flag in ["-R", "--age-recipients-file"] {
        home.write("f.yaml", SOURCE);
        home.sops(["encrypt", flag, "team.txt", "-i", "f.yaml"]).exits(0);
        let text = home.read_text("f.yaml");
        assert_eq!(text.matches("recipient: ").count(), 2);
        home.sops(["decrypt", "f.yaml"]).exits(0).prints(SOURCE);
    }
    // In a rule it stands beside the other keys, relative to the configuration.
    std::fs::create_dir(home.path("sub")).expect("a folder");
    home.write("sub/.sops.yaml", "creation_rules:\n  - age_recipients_file: ../team.txt\n");
    home.write("f.yaml", SOURCE);
    home.sops(["--config", "sub/.sops.yaml", "encrypt", "-i", "f.yaml"]).exits(0);
    assert_eq!(home.read_text("f.yaml").matches("recipient: ").count(), 2);
    home.sops(["--config", "sub/.sops.yaml", "check", "f.yaml"]).exits(0);
}

#[test]
fn a_bad_file_of_recipients_encrypts_nothing() {
    let home = Home::with_age();
    home.write("f.yaml", SOURCE);
    let encrypt = || home.sops(["encrypt", "-R", "team.txt", "-i", "f.yaml"]);
    encrypt().exits(1).says("team.txt");
    for (text, says) in [
        ("# nobody\n", "has no age recipients"),
        ("age1nonsense\n", "team.txt:1"),
        ("# x\nAGE-SECRET-KEY-1QQQ\n", "team.txt:2"),
    ] {
        home.write("team.txt", text);
        encrypt().exits(1).says(says).keeps_quiet_about("SECRET-KEY-1QQQ");
        assert_eq!(home.read_text("f.yaml"), SOURCE);
    }
    home.write("team.txt", AGE_RECIPIENT);
    home.write(
        ".sops.yaml",
        format!("creation_rules:\n  - age_recipients_file: team.txt\n    key_groups:\n      - age: [{AGE_RECIPIENT}]\n"),
    );
    home.sops(["check", "f.yaml"]).exits(1).says(".sops.yaml:2").says("key_groups");
}
