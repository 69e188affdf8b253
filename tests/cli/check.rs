//! `check`: each kind of finding, how it is printed, and the exit code that says which it is.

use crate::home::{Home, RECIPIENT, STRANGER};

fn rules() -> String {
    format!("creation_rules:\n  - path_regex: ^s/\n    age: {RECIPIENT}\n  - age: {STRANGER}\n")
}

/// One encrypted file of each format, and a file that no `path_regex` covers.
fn home() -> Home {
    let home = Home::empty()
        .file(".sops.yaml", &rules())
        .file("s/a.yaml", "db:\n  password: hunter2 # note\n  empty: ''\n  none: null\n# words\nlist: [x]\n")
        .file("s/b.json", "{\"k\": {\"j\": \"v\"}, \"n\": 1}\n")
        .file("s/c.env", "# words\nA=b\n")
        .file("s/d.ini", "; words\n[s]\na = b\n")
        .file("s/e.bin", "any bytes")
        .file("README.md", "sops: ENC[AES256_GCM,…] is what a value looks like\n");
    home.run(["encrypt", "-i", "--recursive"]).exits(0).says("encrypt: 5 files encrypted");
    home
}

fn change(home: Home, name: &str, from: &str, to: &str) -> Home {
    let text = home.read(name);
    assert!(text.contains(from), "{name} lacks {from}: {text}");
    home.file(name, &text.replacen(from, to, 1))
}

/// The findings, without what helps.
fn found(home: &Home, arguments: &[&str], code: i32) -> String {
    let run = home.run(["check"].into_iter().chain(arguments.iter().copied())).exits(code);
    run.stdout.lines().filter(|line| !line.starts_with("help: ")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn sound_files_have_no_findings_and_need_no_key() {
    let home = home().without_key();
    home.run(["check"]).exits(0).prints("").says("check: 6 files, 5 encrypted, nothing found");
}

#[test]
fn files_that_sops_made_have_no_findings() {
    let there = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop/encrypted");
    let home = Home::empty();
    let mut command = home.sops(["check", "--recursive", "--skip", "duplicate-key"]);
    let run = crate::home::Run::of(command.arg(there).output().expect("sops runs"));
    run.exits(0).prints("").mentions("nothing found");
}

#[test]
fn values_in_clear_text() {
    let home = change(home(), "s/a.yaml", "list:", "leak:\n  token: hunter3\n  port: 80\nlist:");
    let home = change(home, "s/c.env", "\nA=", "\nB=hunter4\nA=");
    let home = change(home, "s/b.json", "\"k\": {", "\"k\": {\"new\": \"hunter5\", ");
    let text = found(&home, &[], 31);
    for line in [
        "s/a.yaml:7: plaintext-value: leak.token: this value is in clear text",
        "s/a.yaml:8: plaintext-value: leak.port: this value is in clear text",
        "s/b.json:2: plaintext-value: k.new: this value is in clear text",
        "s/c.env:2: plaintext-value: B: this value is in clear text",
    ] {
        let (file, rest) = line.split_once(": ").expect("two parts");
        let file = file.rsplit_once(':').expect("a line").0;
        assert!(text.lines().any(|l| l.starts_with(file) && l.ends_with(rest)), "{line} is not in: {text}");
    }
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(!text.contains("hunter"), "{text}");
    let home = change(home, "s/a.yaml", "leak:", "# told\nleak:");
    assert!(found(&home, &["s/a.yaml"], 31).contains("s/a.yaml:6: plaintext-comment: "));
}

#[test]
fn a_forgotten_file_is_found_and_mended() {
    let home = home().file("s/new.yaml", "n: 1\n").file("s/empty.yaml", "").file("other.yaml", "o: 1\n");
    let line = "s/new.yaml:1: plaintext-file: not encrypted, and a creation rule covers it\n";
    assert_eq!(found(&home, &["--recursive"], 31), line);
    home.run(["check", "--fix"])
        .exits(0)
        .prints("s/new.yaml: fixed: encrypted\n")
        .says("check: 9 files, 5 encrypted, 1 fixed, nothing found");
    home.run(["decrypt", "s/new.yaml"]).exits(0).prints("n: 1\n");
    assert_eq!(home.read("other.yaml"), "o: 1\n");
    let home = home.file("s/broken.yaml", "n: [\n");
    home.run(["check", "--fix"]).exits(31).mentions("s/broken.yaml: not fixed: Error unmarshalling file");
    assert_eq!(home.read("s/broken.yaml"), "n: [\n");
}

#[test]
fn damage() {
    let sound = home();
    let mac = |text: &str| {
        let line = text.lines().find(|line| line.contains("mac: ")).expect("a MAC").to_owned();
        format!("{line}\n")
    };
    let text = sound.read("s/a.yaml");
    for (text, kind) in [
        (
            text.replacen(",data:", ",dat:", 1),
            "damaged-value: db.password: the encrypted value is cut or changed",
        ),
        (text.replace(&mac(&text), ""), "damaged-metadata: there is no MAC"),
        (text.replace("version: 3.13.2", "version: x"), "damaged-metadata: version: "),
        (text.replace("lastmodified: ", "lastmodified: x"), "damaged-metadata: parsing time"),
        (text.replace("db:\n", "db: [\n"), "damaged-file: "),
        (
            text.replace("list:", "db: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]\nlist:"),
            "damaged-file: ",
        ),
        (
            format!("<<<<<<< HEAD\nx: 1\n=======\nx: 2\n>>>>>>> theirs\n{text}"),
            "conflict-markers: conflict markers of a merge",
        ),
    ] {
        let home = Home::empty().file(".sops.yaml", &rules()).file("s/a.yaml", &text);
        let found = found(&home, &[], 33);
        assert!(found.contains(kind), "{kind}: {found}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
    let text = sound.read("s/b.json");
    let (start, rest) = text.split_once("\"n\":").expect("a key");
    let value = rest.split_once(',').map(|_| rest.split_once("]\"").expect("an end").0).expect("a value");
    let twice = format!("{start}\"n\":{value}]\",\"n\":{rest}");
    let home = Home::empty().file(".sops.yaml", &rules()).file("s/b.json", &twice);
    assert!(found(&home, &[], 33).contains("duplicate-key: the key n is there already"), "{twice}");
}

#[test]
fn drift_from_the_rules() {
    let home = home();
    let home = home.file(".sops.yaml", &rules().replacen(RECIPIENT, STRANGER, 1));
    let text = found(&home, &["s/a.yaml"], 32);
    assert!(
        text.contains(&format!("recipients: group 1 lacks {STRANGER}, which the rule names\n")),
        "{text}"
    );
    assert!(text.contains(&format!("recipients: group 1 has {RECIPIENT}, which the rule does not name\n")));
    let selector = format!("age: {RECIPIENT}\n    encrypted_regex: ^p\n");
    let home = home.file(".sops.yaml", &rules().replacen(&format!("age: {RECIPIENT}\n"), &selector, 1));
    let text = found(&home, &["s/a.yaml"], 32);
    assert!(text.contains(
        "selection: encrypted by unencrypted_suffix: _unencrypted, and by the rule: encrypted_regex: ^p"
    ));
    // A binary file has no selector.
    assert_eq!(found(&home, &["s/e.bin"], 0), "");
    let home = home.file("s/f.yaml", "a: 1\n");
    home.run(["encrypt", "-i", "s/f.yaml"]).exits(0);
    assert!(
        found(&home, &["s/f.yaml"], 35)
            .contains("weak-selector: the selector of this file leaves every value")
    );
    let home = home.file(".sops.yaml", &rules().replacen("path_regex", "path-regex", 1));
    let text = found(&home, &["README.md"], 35);
    assert_eq!(text, ".sops.yaml:2: misspelt-rule: path-regex is passed over; did you mean path_regex?\n");
    let bad = rules().replacen("    age", "    encrypted_regex: '['\n    age", 1);
    let home = home.file(".sops.yaml", &bad);
    assert!(
        found(&home, &["README.md"], 35).contains(".sops.yaml:2: weak-selector: the selector cannot be used")
    );
}

#[test]
fn age_and_what_is_left_out() {
    let home = home();
    let text = home.read("s/a.yaml");
    let line = text.lines().find(|line| line.contains("lastmodified")).expect("a date").trim().to_owned();
    let home = change(home, "s/a.yaml", &line, "lastmodified: \"2020-01-02T03:04:05Z\"");
    assert_eq!(found(&home, &[], 0), "");
    assert!(
        found(&home, &["--max-age", "1y"], 34).contains(": stale: last encrypted 2020-01-02T03:04:05Z\n")
    );
    assert_eq!(found(&home, &["--max-age", "1y", "--skip", "stale"], 0), "");
    home.run(["check", "--max-age", "1"]).exits(1).mentions("no number of days, weeks or years");
    home.run(["check", "--skip", "all"]).exits(1).mentions("no findings called all");
    home.run(["check", "--output-format", "xml"]).exits(1).mentions("none of text, json and sarif");
    home.run(["check", "nowhere"]).exits(100).mentions("nowhere: no such file");
}

#[test]
fn with_keys_files_are_opened() {
    let home = home();
    home.run(["check", "--keys"]).exits(0).prints("");
    let text = home.read("s/a.yaml");
    let line = text.lines().find(|line| line.contains("lastmodified")).expect("a date").trim().to_owned();
    let home = change(home, "s/a.yaml", &line, "lastmodified: \"2020-01-02T03:04:05Z\"");
    assert!(found(&home, &["--keys", "s/a.yaml"], 51).contains("mac: the MAC does not fit the values"));
    let other = Home::empty().without_key().file(".sops.yaml", &rules()).file("s/a.yaml", &text);
    assert!(found(&other, &["--keys"], 128).contains("no-key: no key on this machine opens the file"));
}

#[test]
fn json_and_sarif() {
    let home = home().file("s/new file.yaml", "n: 1\n");
    let run = home.run(["check", "--output-format", "json"]).exits(31);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(json["findings"][0]["file"], "s/new file.yaml");
    assert_eq!(json["findings"][0]["kind"], "plaintext-file");
    assert_eq!((json["files"].as_i64(), json["encrypted"].as_i64()), (Some(7), Some(5)));
    let run = home.run(["check", "--output-format", "sarif"]).exits(31);
    let sarif: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "s/new%20file.yaml");
    assert_eq!(place["region"]["startLine"], 1);
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
    let clean = home.run(["check", "--output-format", "sarif", "README.md"]).exits(0);
    let sarif: serde_json::Value = serde_json::from_str(&clean.stdout).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(0));
}

fn git(home: &Home, arguments: &[&str]) -> String {
    let mut command = home.command("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]);
    let output = command.args(arguments).output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn what_is_staged_counts_not_what_is_on_disk() {
    let home = home();
    git(&home, &["init", "-q"]);
    git(&home, &["add", "-A"]);
    home.run(["check", "--staged"]).exits(0).says("check: 6 files, 5 encrypted, nothing found");
    git(&home, &["commit", "-qm", "one"]);
    home.run(["check", "--staged"]).exits(0).says("check: 0 files, 0 encrypted, nothing found");
    // Staged in clear text, encrypted on disk since.
    let home = home.file("s/new.yaml", "n: 1\n").file("s/late.yaml", "l: 1\n");
    git(&home, &["add", "s/new.yaml"]);
    home.run(["encrypt", "-i", "s/new.yaml"]).exits(0);
    assert!(found(&home, &["--staged"], 31).starts_with("s/new.yaml:1: plaintext-file: "));
    let on_disk = home.read("s/new.yaml");
    home.run(["check", "--staged", "--fix"])
        .exits(31)
        .mentions("s/new.yaml: not fixed: it is not the same on disk as it is staged");
    assert_eq!(home.read("s/new.yaml"), on_disk);
    git(&home, &["add", "s/new.yaml", "s/late.yaml"]);
    home.run(["check", "--staged", "--fix"]).exits(0).prints("s/late.yaml: fixed: encrypted\n");
    assert_eq!(git(&home, &["show", ":s/late.yaml"]), home.read("s/late.yaml"));
    assert!(home.read("s/late.yaml").contains("ENC["));
    // From a folder below, what is there.
    let mut command = home.sops(["check", "--staged", "--config", "../.sops.yaml"]);
    let output = command.current_dir(home.path("s")).output().expect("sops runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("check: 2 files, 2 encrypted, nothing found"), "{stderr}");
    home.run(["check", "--staged", "s"]).exits(8).mentions("--staged takes all that is staged");
}

/// The encrypted values of a file, its MAC left out.
fn ciphertext(text: &str) -> Vec<String> {
    let tokens = text.split("ENC[").skip(1).map(|rest| rest.split(']').next().unwrap_or(rest).to_owned());
    let mac = text.find("mac").map(|at| text[at..].split("ENC[").nth(1).unwrap_or("").to_owned());
    tokens.filter(|token| !mac.as_ref().is_some_and(|mac| mac.starts_with(token.as_str()))).collect()
}

#[test]
fn values_typed_into_an_encrypted_file_are_encrypted_there() {
    let before = home();
    let names = ["s/a.yaml", "s/b.json", "s/c.env", "s/d.ini"];
    let kept: Vec<_> = names.iter().flat_map(|name| ciphertext(&before.read(name))).collect();
    let home = change(before, "s/a.yaml", "list:", "# told\nleak:\n  token: hunter3\n  port: 80\nlist:");
    let home = change(home, "s/c.env", "\nA=", "\nB=hunter4\nA=");
    let home = change(home, "s/b.json", "\"k\": {", "\"k\": {\"new\": \"hunter5\", ");
    let home = change(home, "s/d.ini", "[s]\n", "[s]\nnew = hunter6\n");
    home.run(["decrypt", "s/a.yaml"]).exits(25);
    let run =
        home.run(["check", "--fix"]).exits(0).says("check: 6 files, 5 encrypted, 4 fixed, nothing found");
    assert!(
        run.stdout.contains("s/a.yaml: fixed: encrypted what was in clear text in lines 6, 8, 9\n"),
        "{}",
        run.stdout
    );
    let all: String = names.iter().map(|name| home.read(name)).collect();
    assert!(!all.contains("hunter") && !all.contains("told"), "{all}");
    for token in &kept {
        assert!(all.contains(token.as_str()), "the ciphertext of what was there is kept");
    }
    for (name, text) in [
        ("s/a.yaml", "# told\nleak:\n  token: hunter3\n  port: 80\nlist: [x]\n"),
        ("s/b.json", "\"new\": \"hunter5\""),
        ("s/c.env", "\nB=hunter4\nA=b\n"),
        ("s/d.ini", "new = hunter6"),
    ] {
        let run = home.run(["decrypt", name]).exits(0);
        assert!(run.stdout.contains(text), "{name}: {}", run.stdout);
    }
    home.run(["check", "--keys"]).exits(0).mentions("nothing found");
}

#[test]
fn what_the_mac_does_not_vouch_for_is_not_encrypted() {
    let refused = |home: &Home, name: &str, why: &str| {
        let before = home.read(name);
        home.run(["check", "--fix", "--skip", "duplicate-key", name])
            .exits(31)
            .mentions(&format!("{name}: not fixed: {why}"));
        assert_eq!(home.read(name), before, "{name} is as it was");
    };
    let mac = "the MAC does not hold without the values in clear text";
    // Typed over ciphertext: what stood there cannot be told.
    let over = home();
    let text = over.read("s/a.yaml");
    let token = text.split("password: ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a token");
    refused(&change(over, "s/a.yaml", token, "hunter3"), "s/a.yaml", mac);
    // Something else was taken away at the same time.
    let home = change(home(), "s/c.env", "\nA=", "\nB=hunter4\nC=");
    refused(&home, "s/c.env", "Error decrypting tree");
    let list = home.read("s/a.yaml");
    let list = list.lines().find(|line| line.starts_with("list:")).expect("a list").to_owned();
    refused(&change(home, "s/a.yaml", &list, "leak: hunter3"), "s/a.yaml", mac);
    // The later of two keys counts.
    let home = self::home();
    let text = home.read("s/b.json");
    let at = text.find("\"n\":").expect("a key");
    let home = home.file("s/b.json", &format!("{}\"k\": \"hunter5\",\n{}", &text[..at], &text[at..]));
    refused(&home, "s/b.json", "the key k stands twice");
    // A seal covers more than values.
    home.run(["seal", "s/d.ini"]).exits(0);
    let home = change(home, "s/d.ini", "[s]\n", "[s]\nnew = hunter6\n");
    refused(&home, "s/d.ini", "the file has a seal");
    // Without a key nothing can be done.
    let home = change(self::home(), "s/c.env", "\nA=", "\nB=hunter4\nA=").without_key();
    refused(&home, "s/c.env", "Failed to get the data key");
    home.run(["check", "--fix", "s/c.env"]).exits(31).mentions("hint: ");
}

/// Each of these keeps the order of the values, which is all that the MAC knows, and the keys above each
/// ciphertext: another value would stand in the place of an encrypted one.
#[test]
fn what_may_stand_in_the_place_of_an_encrypted_value_is_not_encrypted() {
    let token = |text: &str, start: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(start)).expect("a line");
        line.trim().strip_prefix(start).expect("a value").to_owned()
    };
    let check = |name: &str, plain: &str, edit: &dyn Fn(&str) -> String, refused: bool| {
        let home = home().file(name, plain);
        home.run(["encrypt", "-i", name]).exits(0);
        let text = edit(&home.read(name));
        let home = home.file(name, &text);
        let run = home.run(["check", "--fix", name]).exits(if refused { 31 } else { 0 });
        if refused {
            run.mentions(&format!("{name}: not fixed: ")).mentions("may have been moved there");
            assert_eq!(home.read(name), text, "{name} is as it was");
        } else {
            assert!(!home.read(name).contains("hunter"), "{}", home.read(name));
        }
    };
    // The cipher takes `a.b` and `"a:b"` for the same.
    let colon = |text: &str| {
        let old = token(text, "pw: ");
        text.replace(&format!("db:\n  pw: {old}"), &format!("\"db:pw\": {old}\ndb:\n  pw: hunter3"))
    };
    check("s/1.yaml", "db:\n  pw: x\n", &colon, true);
    // A section may stand twice; readers take its first key.
    let section = |text: &str| format!("[s]\nA = hunter3\n{text}");
    check("s/2.ini", "[s]\nA = x\n", &section, true);
    // Into the next item of a list, and the next document.
    let item = |text: &str| {
        let old = token(text, "pw: ");
        text.replace(&format!("  pw: {old}"), &format!("  pw: hunter3\n- pw: {old}"))
    };
    check("s/3.yaml", "users:\n- name: y\n  pw: x\n", &item, true);
    let document = |text: &str| {
        let old = token(text, "a: ");
        text.replacen(&old, "hunter3", 1).replace("\nb:", &format!("\na: {old}\nb:"))
    };
    check("s/4.yaml", "a: x\n---\nb: y\n", &document, true);
    // One more item of a list.
    let items = |text: &str| text.replace("list:", "list:\n- hunter3");
    check("s/5.yaml", "list:\n- x\n- y\nother:\n- z\n", &items, false);
    // Not of another list, from which the first item was taken.
    let lists = |text: &str| {
        let old = token(text, "- - ");
        text.replace(&old, "hunter3").replace("hunter3\n- -", &format!("hunter3\n- - {old}\n  -"))
    };
    check("s/6.yaml", "l:\n- - x\n- - y\n", &lists, true);
}
