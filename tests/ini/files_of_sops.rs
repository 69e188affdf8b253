//! The interop corpus, as far as INI goes in or comes out: the bytes that sops 3.13.2 printed, or
//! its refusal.

use serde_json::Value;

use crate::support::{Home, assert_same, read_testdata, shown};

fn cases() -> Vec<Value> {
    serde_json::from_slice(&read_testdata("interop/cases.json")).expect("cases.json")
}

fn home() -> Home {
    let keys = ["age1.txt", "age3.txt"].map(|name| read_testdata(&format!("interop/keys/{name}"))).concat();
    let home = Home::with_age();
    home.write("keys.txt", keys);
    let path = home.path("keys.txt").display().to_string();
    home.set("SOPS_AGE_KEY_FILE", &path)
}

#[test]
fn every_file_gives_what_sops_gave() {
    let (mut printed, mut refused) = (0, 0);
    for case in cases() {
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        if case["encrypted"].is_null() || !matches!(text("key").as_str(), "age" | "shamir") {
            continue;
        }
        let kind = text("type");
        let home = home();
        let file = text("encrypted").replace("encrypted/", "");
        home.write(&file, read_testdata(&format!("interop/encrypted/{file}")));
        for (output, theirs) in case["decrypted"].as_object().expect("outputs") {
            // An empty YAML comment in a list makes files that sops cannot open; see corpus.rs.
            if (kind != "ini" && output != "ini") || theirs["exit"] == 51 {
                continue;
            }
            let run = home.sops(["decrypt", "--input-type", &kind, "--output-type", output, &file]);
            let what = format!("{} as {output}", text("name"));
            let exit = i32::try_from(theirs["exit"].as_i64().expect("a number")).expect("a code");
            assert_eq!(run.code, Some(exit), "{what}: {}", run.stderr);
            match theirs["file"].as_str() {
                Some(name) => {
                    assert_same(&what, &run.stdout, &read_testdata(&format!("interop/{name}")));
                    printed += 1;
                }
                None => {
                    let said = theirs["stderr"].as_str().expect("a reason").trim();
                    assert!(run.stderr.trim().ends_with(said), "{what}: {}\nsops: {said}", run.stderr);
                    refused += 1;
                }
            }
        }
    }
    assert!(printed >= 10 && refused >= 20, "{printed} printed, {refused} refused");
}

#[test]
fn plain_files_come_back_or_are_refused() {
    let mut count = 0;
    for case in cases() {
        let file = case["plain"].as_str().expect("a name");
        if !file.ends_with(".ini") {
            continue;
        }
        count += 1;
        let home = home();
        let plain = read_testdata(&format!("interop/{file}"));
        home.write("f.ini", &plain);
        let run = home.sops(["encrypt", "f.ini"]).does_not_crash();
        assert_eq!(run.code.map(i64::from), case["encrypt_exit"].as_i64(), "{file}: {}", run.stderr);
        if run.code != Some(0) {
            // sops repeats the line; it may hold a secret, so we say where it is.
            let said = case["encrypt_stderr"].as_str().expect("a reason").trim();
            let (words, _) = said.rsplit_once(": ").expect("a line");
            assert!(run.stderr.starts_with(words), "{file}: {} but sops: {said}", run.stderr);
            continue;
        }
        home.write("f.ini", &run.stdout);
        assert_same(file, &home.decrypted("f.ini"), &plain);
    }
    assert!(count >= 4, "{count} files");
}

/// What sops 3.13.2 refuses (stores §6.1), in its words, without the line itself.
#[test]
fn refusals_say_where() {
    for (text, says) in [
        ("a = 1\n=v\n", "empty key name (line 2, column 1)"),
        ("a = 1\n  []\n", "empty section name (line 2, column 3)"),
        ("[s\n", "unclosed section (line 1, column 1)"),
        ("\"a = 1\n", "missing closing key quote (line 1, column 1)"),
        ("\"\" = 1\n", "error creating new key: empty key name (line 1, column 1)"),
        ("é = `x\n\ny\n", "missing closing key quote (line 1, column 5)"),
        ("[s]\n\"a\" b\n", "key-value delimiter not found (line 2, column 1)"),
    ] {
        let home = home();
        home.write("f.ini", text);
        let words = format!("Error unmarshalling file: Could not unmarshal input data: {says}");
        home.sops(["encrypt", "f.ini"]).exits(2).prints_nothing().says(&words);
        home.sops(["decrypt", "f.ini"]).exits(1).prints_nothing();
    }
    let home = home();
    home.write("f.ini", "");
    home.sops(["decrypt", "f.ini"]).exits(1).says("sops metadata not found");
    assert!(shown(&home.sops(["encrypt", "f.ini"]).exits(0).stdout).starts_with("[sops]\n"));
}
