//! What the MAC notices and what it does not: the same as in sops 3.13.2, which reads the same files.
#![cfg(unix)] // Windows has tests/windows

mod support;

use support::{Home, line, replace_once, tamper};

#[test]
fn every_tampering_has_the_exit_code_of_sops() {
    let mut wrong = Vec::new();
    for row in tamper::all() {
        let home = Home::with_age();
        home.write("f.yaml", tamper::PLAIN);
        home.sops(row.flags.iter().copied().chain(["encrypt", "-i", "f.yaml"])).exits(0);
        home.write("f.yaml", (row.edit)(&home.read_text("f.yaml")));
        let run = home.sops(["decrypt", "f.yaml"]).does_not_crash();
        if run.code != Some(row.exit) || (row.exit != 0 && !run.stdout.is_empty()) {
            wrong.push(format!("{}: exits {:?}, not {}: {}", row.what, run.code, row.exit, run.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test] // sops crashes: exit 2 and a trace
fn a_ciphertext_of_type_bytes_is_no_crash() {
    let home = Home::with_age();
    let encrypted = home.encrypted("f.yaml", tamper::PLAIN);
    let old = line(&encrypted, "s:");
    home.write("f.yaml", replace_once(&encrypted, old, &old.replace("type:str]", "type:bytes]")));
    let run = home.sops(["decrypt", "f.yaml"]).does_not_crash();
    // Read as text, which is what the type meant when it was written, or refused.
    match run.code {
        Some(0) => assert_eq!(String::from_utf8_lossy(&run.stdout), tamper::PLAIN),
        _ => drop(run.refuses().prints_nothing().keeps_quiet_about("text")),
    }
}

#[test] // sops prints a map that nobody wrote: `{value: text, inline: false}`, exit 0
fn a_value_that_calls_itself_a_comment_is_refused() {
    let home = Home::with_age();
    let encrypted = home.encrypted("f.yaml", tamper::PLAIN);
    let old = line(&encrypted, "s:");
    home.write("f.yaml", replace_once(&encrypted, old, &old.replace("type:str]", "type:comment]")));
    home.sops(["decrypt", "f.yaml"]).refuses().prints_nothing().keeps_quiet_about("text");
}

#[test]
fn a_missing_mac_is_named() {
    let home = Home::with_age();
    let encrypted = home.encrypted("f.yaml", tamper::PLAIN);
    home.write("f.yaml", replace_once(&encrypted, line(&encrypted, "mac:"), ""));
    home.sops(["decrypt", "f.yaml"]).exits(51).prints_nothing().says("no MAC");
    home.sops(["decrypt", "--ignore-mac", "f.yaml"]).exits(0);
}

#[test]
fn nothing_is_written_when_the_mac_is_wrong() {
    let home = Home::with_age();
    let encrypted = home.encrypted("f.yaml", tamper::PLAIN);
    let tampered = replace_once(&encrypted, ": minbob\n", ": mallory\n");
    home.write("f.yaml", &tampered);
    for arguments in [
        &["decrypt", "-i", "f.yaml"][..],
        &["decrypt", "--output", "out.yaml", "f.yaml"],
        &["rotate", "-i", "f.yaml"],
        &["set", "f.yaml", r#"["a"]"#, "2"],
        &["unset", "f.yaml", r#"["a"]"#],
        &["exec-env", "f.yaml", "true"],
    ] {
        home.sops(arguments).exits(51).prints_nothing();
        assert_eq!(home.read_text("f.yaml"), tampered, "{arguments:?}");
        assert!(!home.path("out.yaml").exists(), "{arguments:?}");
    }
}
