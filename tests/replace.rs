//! `replace`: a new plaintext without an editor.
#![cfg(unix)] // Windows has tests/windows

mod support;

use support::{Home, Run, line, program};

const OLD: &str = "# note\na: one\nb: two\n";

fn replaced(home: &Home, name: &str, text: &str) -> Run {
    home.run(&program(), ["replace", name], text.as_bytes())
}

#[test]
fn what_did_not_change_keeps_its_ciphertext() {
    let home = Home::with_age();
    let before = home.encrypted("f.yaml", OLD);
    replaced(&home, "f.yaml", "# note\na: one\nb: three\nc: 4\n").exits(0).prints_nothing();
    let after = home.read_text("f.yaml");
    for start in ["#ENC", "a:", "recipient:"] {
        assert_eq!(line(&after, start), line(&before, start));
    }
    assert_ne!(line(&after, "b:"), line(&before, "b:"));
    assert_eq!(home.decrypted("f.yaml"), b"# note\na: one\nb: three\nc: 4\n");
}

#[test]
fn nothing_changed_nothing_is_written() {
    for (name, text) in [
        ("f.yaml", OLD),
        ("f.json", "{\"a\": 1.0}"),
        ("f.ini", "[s]\nq = \"x\"\n"),
        ("f.env", "A=1\n"),
        ("f.bin", "\0\u{1}"),
    ] {
        let home = Home::with_age();
        let before = home.encrypted(name, text);
        replaced(&home, name, text).exits(0);
        assert_eq!(home.read_text(name), before, "{name}");
        home.write("new", text).sops(["replace", "--from", "new", name]).exits(0);
        assert_eq!(home.read_text(name), before, "{name}");
    }
}

#[test]
fn from_a_file() {
    let home = Home::with_age();
    home.encrypted("f.env", "A=1\n");
    home.write("new", "A=2\nB=3\n").sops(["replace", "--from", "new", "f.env"]).exits(0);
    assert_eq!(home.decrypted("f.env"), b"A=2\nB=3\n");
    home.write("new", "").sops(["replace", "--from", "new", "f.env"]).exits(0);
    assert_eq!(home.decrypted("f.env"), b"");
}

#[test]
fn bad_input_changes_nothing() {
    let home = Home::with_age();
    let before = home.encrypted("f.yaml", OLD);
    replaced(&home, "f.yaml", "").exits(2).says("empty");
    replaced(&home, "f.yaml", "a: [\n").exits(2);
    replaced(&home, "f.yaml", &before).exits(203);
    replaced(&home, "missing.yaml", "a: 1\n").exits(100).says("sops encrypt");
    home.sops(["replace", "--from", "missing", "f.yaml"]).exits(2);
    home.sops(["replace"]).exits(100);
    home.sops(["replace", "f.yaml", "g.yaml"]).exits(100);
    assert_eq!(home.read_text("f.yaml"), before);
    let plain = home.write("plain.yaml", OLD);
    replaced(plain, "plain.yaml", "a: 1\n").refuses();
    let tampered = before.replace("lastmodified: \"2", "lastmodified: \"1");
    home.write("f.yaml", &tampered);
    replaced(&home, "f.yaml", "a: 1\n").exits(51);
    assert_eq!(home.read_text("f.yaml"), tampered);
    let stranger = Home::empty();
    stranger.write("f.yaml", &before);
    replaced(&stranger, "f.yaml", "a: 1\n").exits(128);
}
