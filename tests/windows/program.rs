//! sops.exe as it is used on Windows: files and their lines, paths in rules, editors, shells.
#![cfg(windows)]

use resops_windows_tests::{Home, KEY, RECIPIENT};

const YAML: &str = "a: 1\n# c\nb:\n  - x\n";

#[test]
fn files_come_back_byte_for_byte() {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let marked = |text: &str| format!("\u{feff}{text}");
    for (name, text) in [
        ("a.yaml", YAML.to_owned()),
        ("b.yaml", crlf(YAML)),
        ("c.yaml", marked(&crlf(YAML))),
        ("a.json", crlf("{\n  \"a\": \"x\"\n}\n")),
        ("b.json", marked("{\"a\": 1}\n")),
        ("a.env", crlf("A=1\n# c\nB=x y\n")),
        ("b.env", marked("A=1\n")),
        ("a.bin", "\u{1}\r\n\n".to_owned()),
    ] {
        let home = Home::new().encrypted(name, &text);
        assert_ne!(home.text(name), text, "{name}");
        let printed = home.run(&["decrypt", name]).exits(0);
        assert_eq!(printed.bytes(), text.as_bytes(), "{name}");
        home.run(&["decrypt", "-i", name]).exits(0);
        assert_eq!(home.text(name), text, "{name}");
        assert!(home.left_over().is_empty());
    }
}

/// What a file of PowerShell's `>` is.
#[test]
fn utf_16_from_a_redirection_is_read() {
    let units = "\u{feff}a: 1\r\n".encode_utf16();
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let home = Home::new().encrypted("a.yaml", bytes);
    home.run(&["decrypt", "--extract", "[\"a\"]", "a.yaml"]).exits(0).prints("1");
}

#[test]
fn values_and_keys_are_changed_in_place() {
    let home = Home::new().encrypted("a.yaml", "a: 1\r\nb: two\r\n");
    home.run(&["set", "a.yaml", "[\"a\"]", "\"new\""]).exits(0);
    home.run(&["unset", "a.yaml", "[\"b\"]"]).exits(0);
    home.run(&["rotate", "-i", "a.yaml"]).exits(0);
    home.run(&["decrypt", "a.yaml"]).exits(0).prints("a: new");
    let config = format!("creation_rules:\n- age: {RECIPIENT}\n");
    let home = home.file(".sops.yaml", config);
    home.run(&["updatekeys", "--yes", "a.yaml"]).exits(0);
    home.run(&["check", "a.yaml"]).exits(0);
    home.run(&["get", "a.yaml", "a"]).exits(0).prints("new");
    assert!(home.left_over().is_empty());
}

#[test]
fn the_key_is_found_where_sops_looks() {
    let home = Home::new().encrypted("a.yaml", YAML).without_key();
    home.run(&["decrypt", "a.yaml"]).exits(128).says("appdata");
    let keys = home.own("appdata").join("sops").join("age");
    std::fs::create_dir_all(&keys).expect("a folder");
    std::fs::write(keys.join("keys.txt"), format!("# k\r\n{KEY}\r\n")).expect("written");
    home.run(&["decrypt", "--extract", "[\"a\"]", "a.yaml"]).exits(0).prints("1");
}

/// A folder, `--config`, the file as typed, and what the rule sees: as sops' own calls give it, in
/// `src/policy/file_path/tests.rs`. `HERE` is the folder of the configuration.
const SEEN: &[(&str, &str, &str, &str)] = &[
    ("", "", "f", "f"),
    ("", "", r".\f", "f"),
    ("", "", "./f", "f"),
    ("", "", "sub/f", r"sub\f"),
    ("", "", r"sub\\deep//f", r"sub\deep\f"),
    ("", "", r"sub\..\f", "f"),
    ("", "", r"..\f", r"ABOVE\f"),
    ("", "", r"HERE\sub/f", r"sub\f"),
    ("sub", "", "f", r"sub\f"),
    ("sub", "", "../f", "f"),
    (r"sub\deep", "", "f", r"sub\deep\f"),
    ("other", r"..\config\.sops.yaml", "f", r"HERE\other\f"),
    ("other", "../config/.sops.yaml", r"..\config\f", "f"),
    ("other", r"HERE\config\.sops.yaml", r"HERE\config\sub\f", r"sub\f"),
];

#[test]
fn rules_see_what_they_see_in_sops() {
    let rules = "creation_rules:\n- path_regex: ^$\n";
    let home = Home::new().file(".sops.yaml", rules).file("config/.sops.yaml", rules);
    let slashes = Home::new();
    let with = format!("match_separator: /\n{rules}");
    let slashes = slashes.file(".sops.yaml", &with).file("config/.sops.yaml", with);
    for (home, slashes) in [(home, false), (slashes, true)] {
        for folder in [r"sub\deep", "other"] {
            std::fs::create_dir_all(home.path(folder)).expect("a folder");
        }
        let here = home.path("").display().to_string();
        let here = here.trim_end_matches('\\');
        let above = home.path("").parent().expect("a folder").display().to_string();
        let fill = |text: &str| text.replace("HERE", here).replace("ABOVE", &above);
        for (folder, config, file, seen) in SEEN {
            let (config, file, seen) = (fill(config), fill(file), fill(seen));
            let mut words = vec!["config", "explain", &file];
            if !config.is_empty() {
                words.extend(["--config", &config]);
            }
            let told = home.run_in(folder, &words).exits(1).out();
            let seen = if slashes { seen.replace('\\', "/") } else { seen };
            let line = told.lines().find_map(|line| line.split_once("are asked about the path "));
            assert_eq!(line.expect(&told).1, seen, "{folder} {words:?}");
        }
    }
}

#[test]
fn a_rule_with_slashes_is_told_about() {
    let rule = format!("creation_rules:\n- path_regex: ^sub/\n  age: {RECIPIENT}\n");
    let home = Home::new().file(".sops.yaml", &rule).file("sub/a.yaml", YAML);
    home.run(&["encrypt", "sub/a.yaml"]).exits(1).says("no matching creation rules found\n").says(
        r".sops.yaml:2:3 would match: add `match_separator: /` at the top of .sops.yaml, or write [/\\]",
    );
    home.run(&["config", "explain", "sub/a.yaml"]).exits(1).says("match_separator: /");
    let both = home.file(".sops.yaml", rule.replace("sub/", r"sub[/\\]"));
    both.run(&["encrypt", "sub/a.yaml"]).exits(0);
    let ours = both.file(".sops.yaml", format!("match_separator: /\n{rule}"));
    ours.run(&["encrypt", "-i", r"sub\a.yaml"]).exits(0);
    ours.run(&["decrypt", "--extract", "[\"a\"]", "sub/a.yaml"]).exits(0).prints("1");
    let wrong = ours.file(".sops.yaml", format!("match_separator: '\\'\n{rule}"));
    wrong.run(&["encrypt", "sub/a.yaml"]).exits(1).says(".sops.yaml:1:18");
}

#[test]
fn an_editor_edits() {
    let home = Home::new().encrypted("a.yaml", "a: 1\r\n").editor("echo b: two>>%1");
    home.run(&["edit", "a.yaml"]).exits(0);
    home.run(&["decrypt", "a.yaml"]).exits(0).prints("a: 1\nb: two");
    let home = home.editor("rem");
    home.run(&["edit", "a.yaml"]).exits(200);
    let home = home.editor("exit 7");
    home.run(&["edit", "a.yaml"]).exits(201).says("exit status 7");
    assert!(home.left_over().is_empty(), "{:?}", home.left_over());
}

/// GHSA-x5c7-x7m2-rhmf: the working directory may be somebody else's.
#[test]
fn nothing_is_run_from_the_working_directory() {
    let mut home = Home::new().encrypted("a.yaml", YAML);
    for name in ["vim", "ed", "gpg", "cmd", "age-plugin-x"] {
        home = home.file(&format!("{name}.bat"), format!("@echo {name}>>was-run\r\n"));
        std::fs::copy(r"C:\windows\system32\hostname.exe", home.path(&format!("{name}.exe"))).ok();
    }
    home.run(&["edit", "a.yaml"]).exits(201).says("no editor available");
    let home = home.var("SOPS_EDITOR", "ed");
    home.run(&["edit", "a.yaml"]).exits(201).says(r#"exec: "ed": executable file not found in %PATH%"#);
    home.run(&["encrypt", "--pgp", "85D77543B3D624B63CEA9E6DBC17301B491B3F21", "ed.bat"]).exits(1);
    home.run(&["encrypt", "--age", "age1x1qqqsyqcyh6hx4u", "ed.bat"]);
    home.run(&["exec-env", "a.yaml", "echo fine"]);
    home.run(&["exec-file", "--no-fifo", "a.yaml", "echo fine"]).exits(0).prints("fine");
    assert!(!home.path("was-run").exists(), "{}", home.text("was-run"));
}

#[test]
fn exec_env_runs_the_shell_of_windows() {
    let home = Home::new().encrypted("a.env", "S=a b\nLONG=correct horse\n");
    home.run(&["exec-env", "a.env", "echo %S%"]).exits(0).prints("a b");
    home.run(&["exec-env", "a.env", r#"if "%S%"=="a b" (echo "yes")"#]).exits(0).prints(r#""yes""#);
    home.run(&["exec-env", "--pristine", "a.env", "echo %S%%AppData%"]).exits(0).prints("a b%AppData%");
    home.run(&["exec-env", "a.env", "exit 7"]).exits(7).says("exit status 7");
    home.run(&["exec-env", "--same-process", "a.env", "echo x"])
        .exits(1)
        .says("The --same-process flag is not supported on Windows");
    home.run(&["exec-env", "--user", "nobody", "a.env", "echo x"])
        .exits(1)
        .says("user switching not available on windows");
    home.run(&["run", "a.env", "--", "cmd", "/c", "echo %S%"]).exits(0).prints("a b");
    home.run(&["run", "--mask", "a.env", "--", "cmd.exe", "/c", "echo %LONG%"]).exits(0).prints("*****");
}

#[test]
fn exec_file_gives_a_file() {
    let home = Home::new().encrypted("a.env", "S=a b\n");
    home.run(&["exec-file", "a.env", r#"type "{}""#])
        .exits(0)
        .says("no fifos on windows, use --no-fifo next time")
        .prints("S=a b");
    home.run(&["exec-file", "--no-fifo", "--filename", "x.env", "a.env", r#"echo "{}""#]).exits(0);
    home.run(&["exec-file", "--filename", r"..\x", "a.env", "echo x"]).exits(1).says("not a local path");
    assert!(home.left_over().is_empty(), "{:?}", home.left_over());
}

#[test]
fn a_file_that_may_not_be_written_stays() {
    let home = Home::new().file("a.yaml", YAML);
    let path = home.path("a.yaml");
    let mut rights = std::fs::metadata(&path).expect("there").permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&path, rights.clone()).expect("allowed");
    home.run(&["encrypt", "--age", RECIPIENT, "-i", "a.yaml"])
        .exits(3)
        .says("Could not open in-place file for writing: open ");
    assert_eq!(home.text("a.yaml"), YAML);
    assert!(home.left_over().is_empty());
    rights.set_readonly(false);
    std::fs::set_permissions(&path, rights).expect("allowed");
}

#[test]
fn a_file_is_replaced_and_not_overwritten() {
    let home = Home::new().file("a.yaml", YAML);
    let before = home.identity("a.yaml");
    home.run(&["encrypt", "--age", RECIPIENT, "-i", "a.yaml"]).exits(0);
    assert_ne!(home.text("a.yaml"), YAML);
    let replaced = home.identity("a.yaml");
    assert_ne!(replaced, before);
    // Who holds it open keeps it from being replaced where there is no better file system: then it is
    // overwritten, and is as whole.
    let reader = std::fs::File::open(home.path("a.yaml")).expect("there");
    home.run(&["set", "a.yaml", "[\"a\"]", "\"much longer than before\""]).exits(0);
    home.run(&["decrypt", "--extract", "[\"a\"]", "a.yaml"]).exits(0).prints("much longer than before");
    drop(reader);
    // What has two names keeps both.
    std::fs::hard_link(home.path("a.yaml"), home.path("b.yaml")).expect("linked");
    home.run(&["set", "a.yaml", "[\"a\"]", "2"]).exits(0);
    assert_eq!(home.text("a.yaml"), home.text("b.yaml"));
    home.run(&["decrypt", "--output", "NUL", "a.yaml"]).exits(0);
    assert!(home.left_over().is_empty());
}

#[test]
fn folders_are_gone_through() {
    let rule = format!("creation_rules:\n- path_regex: ^s[/\\\\]\n  age: {RECIPIENT}\n");
    let home =
        Home::new().file("s/a.yaml", YAML).file("s/deep/b.json", "{\"a\": 1}").file(".sops.yaml", rule);
    home.run(&["encrypt", "-i", "--recursive", "s"]).exits(0);
    assert_ne!(home.text("s/deep/b.json"), "{\"a\": 1}");
    home.run(&["check", "s/a.yaml", r"s\deep\b.json"]).exits(0);
    home.run(&["decrypt", "-i", "--recursive", "s"]).exits(0);
    assert_eq!(home.text("s/a.yaml"), YAML);
    home.run_with(
        &home.path(""),
        &["encrypt", "--age", RECIPIENT, "-i", "--files-from", "-"],
        b"s\\a.yaml\r\n",
    )
    .exits(0);
    assert_ne!(home.text("s/a.yaml"), YAML);
}

#[test]
fn what_is_not_there_is_told() {
    let home = Home::new();
    home.run(&["decrypt", "a.yaml"]).exits(100).says("cannot operate on non-existent file");
    home.run(&["decrypt", "-"]).exits(100);
    home.run(&["decrypt", "."]).exits(2).says("is a directory");
    let here = home.path("");
    home.run_with(&here, &["encrypt", "--age", RECIPIENT, "--filename-override", r"x\a.yaml"], b"a: 1\r\n")
        .exits(0);
}
