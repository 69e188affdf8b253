//! The seal over the whole of a file: it sees what the MAC does not, every command keeps it, and sops opens
//! files that have one.
#![cfg(unix)] // Windows has tests/windows
#![allow(clippy::print_stderr)] // a test that is passed over says so

mod support;

use support::{AGE_RECIPIENT, Home, line, real_sops, replace_once, tamper};

/// Changes that mean nothing: a seal leaves them free.
const FREE: [&str; 6] = [
    "nothing at all",
    "requote a ciphertext",
    "write a ciphertext as a block scalar",
    "indent otherwise",
    "add blank lines",
    "use CRLF",
];

type Edit = fn(&str) -> String;

/// What the MAC does not see, beyond the rows of `tamper`: what is done to a sealed file.
const UNSEEN: [(&str, Edit); 7] = [
    ("delete a comment", |t| replace_once(t, line(t, "#ENC"), "")),
    ("delete an empty map", |t| replace_once(t, line(t, "empty:"), "")),
    ("make a list of a map", |t| replace_once(t, "empty: {}", "empty: []")),
    ("move a value out of its map", |t| {
        replace_once(t, "    deep_unencrypted: x\n", "deep_unencrypted: x\n")
    }),
    ("let a value and null change places", |t| {
        replace_once(
            &replace_once(t, "n1_unencrypted: null", "n1_unencrypted: 7"),
            "n2_unencrypted: 7",
            "n2_unencrypted: null",
        )
    }),
    ("change the selector", |t| {
        replace_once(t, "unencrypted_suffix: _unencrypted\n", "unencrypted_regex: _unencrypted$\n")
    }),
    ("change the version", |t| replace_once(t, line(t, "version:"), "    version: 3.13.1\n")),
];

const SOURCE: &str = "a: secret
empty: {}
map:
    deep_unencrypted: x
n1_unencrypted: null
n2_unencrypted: 7
# a comment
last_unencrypted: y
";

#[test]
fn every_tampering_is_seen() {
    let mut wrong = Vec::new();
    for row in tamper::all() {
        let home = Home::with_age();
        home.write("f.yaml", tamper::PLAIN);
        home.sops(row.flags.iter().copied().chain(["encrypt", "--seal", "-i", "f.yaml"])).exits(0);
        home.write("f.yaml", (row.edit)(&home.read_text("f.yaml")));
        let run = home.sops(["decrypt", "--strict", "f.yaml"]).does_not_crash();
        let expected = match row.exit {
            0 if FREE.contains(&row.what) => 0,
            0 => 51,
            code => code,
        };
        if run.code != Some(expected) || (expected != 0 && !run.stdout.is_empty()) {
            wrong.push(format!("{}: exits {:?}, not {expected}: {}", row.what, run.code, run.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_no_mac_sees_is_seen() {
    let home = Home::with_age();
    home.write("f.yaml", SOURCE);
    home.sops(["encrypt", "--seal", "-i", "f.yaml"]).exits(0);
    home.sops(["decrypt", "--strict", "f.yaml"]).exits(0).prints(SOURCE);
    let sealed = home.read_text("f.yaml");
    for (what, edit) in UNSEEN {
        is_seen_by_the_seal_alone(&home, what, &edit(&sealed));
    }
}

/// The seal sees the change; without it the file opens with its MAC checked.
fn is_seen_by_the_seal_alone(home: &Home, what: &str, edited: &str) {
    home.write("g.yaml", edited);
    let run = home.sops(["decrypt", "g.yaml"]);
    assert_eq!(run.code, Some(51), "{what}: {}", run.stderr);
    run.prints_nothing().says("Seal mismatch").says("sops seal --renew");
    let bare: String = edited.split_inclusive('\n').filter(|line| !line.starts_with("    seal:")).collect();
    home.write("g.yaml", bare);
    let run = home.sops(["decrypt", "g.yaml"]);
    assert_eq!(run.code, Some(0), "{what}: {}", run.stderr);
}

#[test]
fn a_value_cannot_move_to_the_next_document() {
    let home = Home::with_age();
    home.write("f.yaml", "a: secret\nb_unencrypted: 1\n---\nc_unencrypted: 2\n");
    home.sops(["encrypt", "--seal", "-i", "f.yaml"]).exits(0);
    let sealed = home.read_text("f.yaml");
    let without = replace_once(&sealed, "b_unencrypted: 1\n", "");
    let moved = replace_once(&without, "c_unencrypted", "b_unencrypted: 1\nc_unencrypted");
    is_seen_by_the_seal_alone(&home, "move a value", &moved);
}

#[test]
fn a_seal_that_is_taken_away_is_missed_where_one_is_demanded() {
    let home = Home::with_age().set("SOPS_STRICT", "");
    home.write("f.yaml", tamper::PLAIN);
    home.sops(["encrypt", "--seal", "-i", "f.yaml"]).exits(0);
    let sealed = home.read_text("f.yaml");
    let bare = replace_once(&sealed, line(&sealed, "seal:"), "");
    home.write("f.yaml", &bare);
    home.sops(["decrypt", "f.yaml"]).exits(0).prints(tamper::PLAIN);
    for arguments in [
        &["decrypt", "--strict", "f.yaml"][..],
        &["--strict", "decrypt", "f.yaml"],
        &["--strict", "-d", "f.yaml"],
        &["exec-env", "--strict", "f.yaml", "true"],
        &["exec-file", "--strict", "f.yaml", "true"],
        &["set", "--strict", "f.yaml", r#"["a"]"#, "2"],
        &["unset", "--strict", "f.yaml", r#"["a"]"#],
        &["rotate", "--strict", "-i", "f.yaml"],
        &["edit", "--strict", "f.yaml"],
    ] {
        home.sops(arguments).exits(51).prints_nothing().says("has no seal");
        assert_eq!(home.read_text("f.yaml"), bare, "{arguments:?}");
    }
    let home = home.set("SOPS_STRICT", "true");
    home.sops(["decrypt", "f.yaml"]).exits(51).prints_nothing().says("SOPS_STRICT");
    home.sops(["decrypt", "--ignore-mac", "f.yaml"]).exits(0);
    home.sops(["encrypt", "--output", "new.yaml", "f.yaml"]).exits(203);
    let home = home.set("SOPS_STRICT", "maybe");
    home.sops(["decrypt", "f.yaml"]).exits(1);
}

#[test]
fn a_seal_of_another_version_or_file_is_told_from_tampering() {
    let home = Home::with_age();
    home.write("f.yaml", tamper::PLAIN);
    home.sops(["encrypt", "--seal", "-i", "f.yaml"]).exits(0);
    let old = home.read_text("f.yaml");
    home.sops(["set", "f.yaml", r#"["a"]"#, "2"]).exits(0);
    let new = home.read_text("f.yaml");
    home.write("f.yaml", replace_once(&new, line(&new, "seal:"), line(&old, "seal:")));
    home.sops(["decrypt", "f.yaml"]).exits(51).prints_nothing().says("of another version of this file");
    home.write("f.yaml", replace_once(&new, line(&new, "seal:"), "    seal: nonsense\n"));
    home.sops(["decrypt", "f.yaml"]).exits(51).prints_nothing().says("does not open");
    home.sops(["seal", "f.yaml"]).refuses();
    home.sops(["seal", "--renew", "f.yaml"]).exits(0);
    home.sops(["decrypt", "--strict", "f.yaml"]).exits(0);
    // The MAC is no affair of --renew.
    let text = home.read_text("f.yaml");
    home.write("f.yaml", replace_once(&text, line(&text, "mac:"), ""));
    home.sops(["seal", "--renew", "f.yaml"]).refuses();
}

const SOURCES: [(&str, &str); 6] = [
    ("f.yaml", "a: 1\nn: 0x1F\n# c\nb_unencrypted: x\n---\nc: [1, null]\n"),
    ("f.json", "{\"a\": {}, \"b\": 1.0}\n"),
    ("f.env", "A=1\n#c\nB=\n"),
    ("f.ini", "; x\n[s]\nA=1\n"),
    ("f.toml", "a = 1\n# c\nb_unencrypted = 0x1F\n[t]\nl = [1, {}]\n"),
    ("f.bin", "any\u{0}thing"),
];

#[test]
fn every_format_takes_a_seal_and_every_command_keeps_it() {
    let home = Home::with_age();
    for (name, source) in SOURCES {
        home.write(name, source);
        home.sops(["encrypt", "-i", name]).exits(0);
        home.sops(["decrypt", "--strict", name]).exits(51);
        home.sops(["seal", "--dry-run", name]).exits(0);
        home.sops(["decrypt", "--strict", name]).exits(51);
        home.sops(["seal", name]).exits(0);
        home.sops(["decrypt", "--strict", name]).exits(0).prints(source);
        let once = home.read_text(name);
        home.sops(["seal", name]).exits(0);
        assert_eq!(home.read_text(name), once, "{name} had its seal");
        home.sops(["rotate", "-i", name]).exits(0);
        home.sops(["decrypt", "--strict", name]).exits(0).prints(source);
        let other = source.replace('1', "7");
        home.write("plain", &other);
        home.sops(["replace", "--from", "plain", name]).exits(0);
        home.sops(["decrypt", "--strict", name]).exits(0).prints(&other);
        home.write(".sops.yaml", format!("creation_rules:\n  - age: {AGE_RECIPIENT},{OTHER}\n"));
        home.sops(["updatekeys", "-y", name]).exits(0);
        home.sops(["decrypt", "--strict", name]).exits(0).prints(&other);
        std::fs::remove_file(home.path(".sops.yaml")).expect("it is there");
        home.sops(["groups", "add", "-i", "--file", name, "--age", AGE_RECIPIENT]).exits(0);
        home.sops(["decrypt", "--strict", name]).exits(0).prints(&other);
    }
}

const OTHER: &str = "age1gghtsm9pq24x4efnkmgnv9auwvy46lpzkpr3g5qzr6w0hya22ads8jp5jg";

#[test] // more than one piece of the streaming road
fn a_long_binary_file_takes_a_seal() {
    let home = Home::with_age();
    let content: Vec<u8> = (0..600_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    home.write("f.bin", &content);
    home.sops(["encrypt", "--seal", "-i", "f.bin"]).exits(0);
    let run = home.sops(["decrypt", "--strict", "f.bin"]).exits(0);
    assert!(run.stdout == content);
    let text = home.read_text("f.bin");
    home.write("f.bin", replace_once(&text, "\"data\": ", "\"other\": null,\n\t\"data\": "));
    home.sops(["decrypt", "f.bin"]).exits(51).prints_nothing();
}

#[test]
fn check_tells_of_files_without_a_seal_and_of_wrong_ones() {
    let home = Home::with_age();
    home.encrypted("f.yaml", tamper::PLAIN);
    home.sops(["check", "f.yaml"]).exits(0);
    home.sops(["check", "--strict", "f.yaml"]).exits(32);
    home.write(".sops.yaml", format!("creation_rules:\n  - age: {AGE_RECIPIENT}\n    seal: true\n"));
    home.sops(["check", "f.yaml"]).exits(32);
    home.sops(["check", "--keys", "f.yaml"]).exits(32);
    home.sops(["check", "--skip", "unsealed", "f.yaml"]).exits(0);
    home.sops(["seal", "f.yaml"]).exits(0);
    home.sops(["check", "--keys", "--strict", "f.yaml"]).exits(0);
    home.write("f.yaml", format!("# new\n{}", home.read_text("f.yaml")));
    home.sops(["check", "f.yaml", "--skip", "plaintext-comment"]).exits(0);
    home.sops(["check", "--keys", "f.yaml", "--skip", "plaintext-comment"]).exits(51);
    // The rule seals new files.
    home.encrypted("g.yaml", tamper::PLAIN);
    home.sops(["decrypt", "--strict", "g.yaml"]).exits(0);
}

#[test]
fn sops_opens_sealed_files_and_drops_the_seal() {
    let Some(real) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    let home = Home::with_age();
    // sops knows no TOML.
    for (name, source) in SOURCES.into_iter().filter(|(name, _)| !name.ends_with(".toml")) {
        home.write(name, source);
        home.sops(["encrypt", "--seal", "-i", name]).exits(0);
        home.run(&real, ["decrypt", name], b"").exits(0);
        home.run(&real, ["rotate", "-i", name], b"").exits(0);
        home.sops(["decrypt", name]).exits(0);
        home.sops(["decrypt", "--strict", name]).exits(51).says("has no seal");
    }
}
