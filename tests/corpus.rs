//! The interop corpus: files that sops 3.13.2 made and what it printed for them.
//!
//! Ours prints the same bytes, in every output format, or refuses with the same words and code.
//! The intended differences are listed below by case: [`beyond_sops`], [`INLINE`],
//! [`as_we_print`] in a file's own format, [`DIFFERENCES`] in another one.
#![cfg(unix)] // Windows has tests/windows
#![allow(clippy::print_stdout)] // what was counted is shown with --nocapture

mod support;

use serde_json::Value;
use support::{Home, assert_same, read_testdata, shown, testdata};

/// Two files that sops made and cannot open: it turned the comments of lists into items. We print
/// what went in, in the layout that the encrypted file has: sops wrote them with four columns per
/// level, without blank lines, and inline comments of list items as items of their own.
fn beyond_sops(case: &str) -> Option<&'static str> {
    match case {
        "list-comments-yaml" => Some(LIST_COMMENTS),
        "comments-yaml" => Some(COMMENTS),
        _ => None,
    }
}

/// `plain/list-comments.yaml` as it stands in `encrypted/list-comments-yaml.yaml`, where every
/// comment of the list is an item: `# on 2` comes before the item that it stood behind.
const LIST_COMMENTS: &str = "\
# sops 3.13.2 turns the comments of a list into items when it encrypts, and then fails its own MAC check
a:
    # head of the list
    - 1
    # in the list
    # on 2
    - 2
    # end of the list
b: c
";

/// `plain/comments.yaml` as it stands in `encrypted/comments-yaml.yaml`.
///
/// `# on the key of a mapping` stands above the key there: so sops writes it.
const COMMENTS: &str = "\
#no space comment
#
# a
# after a blank line
a: 1 # on a
# before b
b:
    # first in b
    c: 2
    # last in b
# between b and d
d:
    - 1
    - 2
# on the key of a mapping
e:
    f: 3
# on the key of a list
g:
    - x
    # the end
    # really the end
";

/// What sops prints, and what we print for it, where an inline comment is encrypted: sops moves it
/// to a line of its own, we leave it where it stands in the encrypted file. (Only YAML files made
/// of these plain files have one.)
const INLINE: &[(&str, &str, &str)] = &[
    ("plain/basic.yaml", "    # inline comment\n    user: admin\n", "    user: admin # inline comment\n"),
    ("plain/crlf.yaml", "# c\nb: two\n", "b: two # c\n"),
];

/// What we print for a file of sops: what sops prints, but for the intended differences.
fn as_we_print(case: &Case, theirs: &[u8]) -> Vec<u8> {
    if case.kind() != "yaml" {
        return theirs.to_vec();
    }
    let mut text = String::from_utf8(theirs.to_vec()).expect("YAML is text");
    if let Some((_, old, new)) = INLINE.iter().find(|(plain, _, _)| *plain == case.text("plain")) {
        text = support::replace_once(&text, old, new);
    }
    // This file was made with two columns per level, and keeps them; sops goes back to four.
    if case.name() == "basic-yaml-indent2" {
        text = text.replace("    ", "  ");
    }
    text.into_bytes()
}

struct Case(Value);

impl Case {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{}: {name}", self.0))
    }
    fn name(&self) -> &str {
        self.text("name")
    }
    fn kind(&self) -> &str {
        self.text("type")
    }
    fn suffix(&self) -> &str {
        self.text("plain").rsplit_once('.').expect("a suffix").1
    }
    /// The output type that it was encrypted with, if not that of the plain file.
    fn converted(&self) -> Option<&str> {
        let settings = self.0["settings"].as_array().expect("a list");
        let flag = settings.iter().position(|setting| *setting == "--output-type")?;
        settings[flag + 1].as_str()
    }
    /// The name of the encrypted file: its suffix tells its type.
    fn encrypted_name(&self) -> String {
        let path = self.text("encrypted");
        path.rsplit_once('/').expect("a folder").1.to_owned()
    }
}

fn cases() -> Vec<Case> {
    let all: Vec<Value> = serde_json::from_slice(&read_testdata("interop/cases.json")).expect("cases.json");
    all.into_iter().map(Case).collect()
}

fn key(name: &str) -> String {
    testdata("interop/keys").join(name).display().to_string()
}

/// A home with the identity that opens the case.
fn home_for(case: &Case) -> Home {
    // PGP without gpg: the public key in a keyring.
    let home = Home::empty();
    std::fs::create_dir(home.path("gnupg")).expect("a folder");
    home.write("gnupg/pubring.gpg", read_testdata("interop/keys/pgp.asc"));
    let folder = home.path("gnupg").display().to_string();
    let home = home.set("GNUPGHOME", &folder);
    match case.text("key") {
        "age" => home.set("SOPS_AGE_KEY_FILE", &key("age1.txt")),
        "pq" => home.set("SOPS_AGE_KEY_FILE", &key("pq.txt")),
        "ssh" => home.set("SOPS_AGE_SSH_PRIVATE_KEY_FILE", &key("ssh_ed25519")),
        "shamir" => {
            let both =
                ["age1.txt", "age3.txt"].map(|name| read_testdata(&format!("interop/keys/{name}"))).concat();
            home.write("keys.txt", both);
            let path = home.path("keys.txt").display().to_string();
            home.set("SOPS_AGE_KEY_FILE", &path)
        }
        "pgp" => home.set("SOPS_PGP_KEY_FILE", &key("pgp.asc")),
        other => panic!("unknown key {other}"),
    }
}

#[test]
fn files_of_sops_decrypt_to_the_same_bytes() {
    let (mut opened, mut wrong) = (0, Vec::new());
    for case in cases() {
        if case.0.get("encrypted").is_none() {
            continue;
        }
        let home = home_for(&case);
        let name = case.encrypted_name();
        home.write(&name, read_testdata(&format!("interop/{}", case.text("encrypted"))));
        let own = &case.0["decrypted"][case.kind()];
        let expected = if let Some(text) = beyond_sops(case.name()) {
            assert_eq!(own["exit"], 51, "{}: sops cannot open it", case.name());
            text.as_bytes().to_vec()
        } else {
            assert_eq!(own["exit"], 0, "{}", case.name());
            as_we_print(&case, &read_testdata(&format!("interop/{}", own["file"].as_str().expect("a file"))))
        };
        let arguments = ["decrypt", "--input-type", case.kind(), "--output-type", case.kind(), &name];
        let run = home.sops(arguments).does_not_crash();
        if run.code != Some(0) || run.stdout != expected {
            wrong.push(format!(
                "=== {}: exits {:?}: {}\n--- expected\n{}\n--- got\n{}",
                case.name(),
                run.code,
                run.stderr,
                shown(&expected),
                shown(&run.stdout)
            ));
        }
        opened += 1;
    }
    assert!(wrong.is_empty(), "{} cases differ\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(opened, 40, "files in the corpus");
}

/// What a conversion comes to.
enum Outcome {
    Prints(Vec<u8>),
    Refuses(i32, String),
}

/// Conversions that come out otherwise than with sops: case, output type, and what we print.
///
/// - `anchors-yaml`: sops prints a merge key to JSON as a key named `<<`, which nobody reads as a
///   merge; we merge (wishes §4.2, V10).
/// - The other two sops cannot open at all (exit 51, [`beyond_sops`]). What stands here is what it
///   prints with `--ignore-mac`.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("anchors-yaml", "json", "convert/anchors-merged.json"),
    ("comments-yaml", "json", "convert/comments-yaml.json"),
    ("list-comments-yaml", "json", "convert/list-comments-yaml.json"),
];

fn expected(case: &Case, kind: &str) -> Option<Outcome> {
    let (name, theirs) = (case.name(), &case.0["decrypted"][kind]);
    if let Some((_, _, file)) = DIFFERENCES.iter().find(|(case, to, _)| *case == name && *to == kind) {
        return Some(Outcome::Prints(read_testdata(file)));
    }
    if let Some(file) = theirs["file"].as_str() {
        return Some(Outcome::Prints(read_testdata(&format!("interop/{file}"))));
    }
    let (mut exit, mut words) = (theirs["exit"].as_i64()?, theirs["stderr"].as_str()?.to_owned());
    if beyond_sops(name).is_some() {
        // Past the MAC it is a YAML file like others.
        let first = if name == "comments-yaml" { "b" } else { "a" };
        exit = 4;
        words = match kind {
            "dotenv" => format!("Error dumping file: cannot use complex value in dotenv file; offending key {first}"),
            "ini" => "Error dumping file: Error marshaling to INI: Error encoding section: Section values should always be TreeBranches".to_owned(),
            _ => "Error dumping file: error emitting binary store: no binary data found in tree".to_owned(),
        };
    }
    Some(Outcome::Refuses(i32::try_from(exit).expect("an exit code"), words))
}

#[test]
fn other_output_types_give_the_same_bytes() {
    let (mut same, mut wrong) = (0, Vec::new());
    for case in cases() {
        if case.0.get("encrypted").is_none() {
            continue;
        }
        let home = home_for(&case);
        let name = case.encrypted_name();
        home.write(&name, read_testdata(&format!("interop/{}", case.text("encrypted"))));
        for kind in ["yaml", "json", "dotenv", "ini", "binary"] {
            let Some(expected) = expected(&case, kind).filter(|_| kind != case.kind()) else { continue };
            let run = home
                .sops(["decrypt", "--input-type", case.kind(), "--output-type", kind, &name])
                .does_not_crash();
            let as_expected = match &expected {
                Outcome::Prints(bytes) => run.code == Some(0) && run.stdout == *bytes,
                Outcome::Refuses(exit, words) => {
                    run.code == Some(*exit) && run.stdout.is_empty() && run.stderr.contains(words)
                }
            };
            if as_expected {
                same += 1;
                continue;
            }
            let wanted = match expected {
                Outcome::Prints(bytes) => shown(&bytes),
                Outcome::Refuses(exit, words) => format!("exit {exit}: {words}"),
            };
            wrong.push(format!(
                "=== {} as {kind}: exits {:?}: {}\n--- expected\n{wanted}\n--- got\n{}",
                case.name(),
                run.code,
                run.stderr,
                shown(&run.stdout)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(same, 143, "conversions in the corpus");
}

/// What is encrypted into another format, by ours, says what sops says of its own.
#[test]
fn files_encrypted_into_another_format_say_the_same() {
    let mut done = Vec::new();
    for case in cases() {
        let Some(kind) = case.converted() else { continue };
        let home = home_for(&case);
        let name = format!("file.{}", case.suffix());
        home.write(&name, read_testdata(&format!("interop/{}", case.text("plain"))))
            .write(".sops.yaml", rule(&case));
        let run = home.sops(["encrypt", "--output-type", kind, &name]).exits(0);
        home.write("converted", &run.stdout);
        for to in ["yaml", "json", "dotenv", "ini"] {
            let Some(Outcome::Prints(bytes)) = expected(&case, to) else { continue };
            home.sops(["decrypt", "--input-type", kind, "--output-type", to, "converted"])
                .exits(0)
                .prints(bytes);
        }
        done.push(case.name().to_owned());
    }
    let all = ["yaml-as-json", "json-as-yaml", "env-as-yaml", "ini-as-json"];
    assert_eq!(done, all);
}

/// What sops refuses and we take.
fn accepted_by_us(case: &str) -> bool {
    matches!(case, "uint64-yaml" | "comment-only-yaml")
}

#[test]
fn plain_files_come_back_or_are_refused_as_by_sops() {
    let (mut came_back, mut refused, mut wrong) = (0, 0, Vec::new());
    for case in cases() {
        let home = home_for(&case);
        let plain = read_testdata(&format!("interop/{}", case.text("plain")));
        let name = format!("file.{}", case.suffix());
        let rule = rule(&case);
        home.write(&name, &plain).write(".sops.yaml", rule);
        let flags = flags(&case);
        let exit =
            if accepted_by_us(case.name()) { 0 } else { case.0["encrypt_exit"].as_i64().expect("a number") };
        let run = home.sops(flags.iter().map(String::as_str).chain(["encrypt", &name])).does_not_crash();
        if run.code.map(i64::from) != Some(exit) {
            wrong.push(format!("{}: encrypt exits {:?}, not {exit}: {}", case.name(), run.code, run.stderr));
            continue;
        }
        if exit != 0 {
            assert!(run.stdout.is_empty(), "{}", case.name());
            assert!(!run.stderr.trim().is_empty(), "{} says nothing", case.name());
            refused += 1;
            continue;
        }
        home.write(&name, &run.stdout);
        let back = home.sops(["decrypt", &name]).does_not_crash();
        if back.code != Some(0) || back.stdout != plain {
            wrong.push(format!(
                "{}: decrypt exits {:?}: {}\n--- plain\n{}\n--- back\n{}",
                case.name(),
                back.code,
                back.stderr,
                shown(&plain),
                shown(&back.stdout)
            ));
        }
        came_back += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(came_back >= 31 && refused >= 9, "{came_back} came back, {refused} refused");
}

/// The settings of a case that are flags; `--output-type` is left out, for a file has to come back
/// in its own format here.
fn flags(case: &Case) -> Vec<String> {
    let settings =
        case.0["settings"].as_array().expect("a list").iter().map(|s| s.as_str().expect("text").to_owned());
    let settings: Vec<String> = settings.collect();
    match settings.first().map(String::as_str) {
        Some("--indent") => settings,
        _ => Vec::new(),
    }
}

/// The settings of a case that belong to its creation rule, with its recipients.
fn rule(case: &Case) -> String {
    let public: Value =
        serde_json::from_slice(&read_testdata("interop/keys/public.json")).expect("public.json");
    let recipients: Vec<_> = case.0["recipients"].as_array().expect("a list").iter().collect();
    let public_key =
        |name: &Value| public[name.as_str().expect("a name")].as_str().expect("a recipient").to_owned();
    let mut rule = String::from("creation_rules:\n  - ");
    if case.text("key") == "shamir" {
        rule.push_str("shamir_threshold: 2\n    key_groups:\n");
        for name in &recipients {
            rule.push_str(&format!("      - age: ['{}']\n", public_key(name)));
        }
    } else {
        let (pgp, age): (Vec<_>, Vec<_>) = recipients.iter().partition(|name| **name == "pgp");
        let list =
            |names: Vec<&&Value>| names.iter().map(|name| public_key(name)).collect::<Vec<_>>().join(",");
        rule.push_str(&format!("age: '{}'\n    pgp: '{}'\n", list(age), list(pgp)));
    }
    let settings: Vec<&str> =
        case.0["settings"].as_array().expect("a list").iter().map(|s| s.as_str().expect("text")).collect();
    for setting in &settings {
        if setting.contains(": ") {
            rule.push_str(&format!("    {setting}\n"));
        }
    }
    for pair in settings.chunks(2) {
        if let [flag, value] = pair
            && let Some(name) = flag.strip_prefix("--")
            && !matches!(name, "indent" | "output-type")
        {
            rule.push_str(&format!("    {}: '{value}'\n", name.replace('-', "_")));
        }
    }
    rule
}

#[test]
fn settings_of_the_corpus_become_rules() {
    let find = |name: &str| cases().into_iter().find(|case| case.name() == name).expect(name);
    assert!(rule(&find("k8s-regex")).ends_with("    encrypted_regex: '^(data|stringData)$'\n"));
    assert!(rule(&find("k8s-regex-maconly")).ends_with("    mac_only_encrypted: true\n"));
    assert_same("flags", flags(&find("basic-yaml-indent2")).join(" ").as_bytes(), b"--indent 2");
}
