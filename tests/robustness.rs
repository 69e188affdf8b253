//! Broken, hostile and oversized input: the exit code of sops 3.13.2, a clear error, nothing
//! written, no crash and no secret in the message.
//!
//! The exit codes of the tables were seen by running sops 3.13.2 on the same bytes.
#![cfg(unix)] // Windows has tests/windows

mod support;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use support::{AGE_RECIPIENT, Home, assert_same, line, replace_once, setting, shown};

const SECRET: &str = "MARKER-7f3a9c";

fn plain() -> String {
    format!("token: {SECRET}\nnumber: 4711\nlist:\n    - {SECRET}\n    - x\n")
}

/// A change of a good encrypted file that has to be refused.
struct Damage {
    what: &'static str,
    exit: i32,
    edit: fn(&str) -> Vec<u8>,
}

fn in_line(text: &str, start: &str, edit: impl Fn(&str) -> String) -> Vec<u8> {
    let old = line(text, start);
    replace_once(text, old, &edit(old)).into_bytes()
}

/// The block of one age recipient's wrapped key: all lines from `enc: |` up to the next field.
fn wrapped_key(text: &str) -> &str {
    let start = text.find("enc: |").expect("a wrapped key");
    let end = text[start..].find("-----END AGE ENCRYPTED FILE-----").expect("its end") + start;
    &text[start..end]
}

fn damages() -> Vec<Damage> {
    let row = |what, exit, edit| Damage { what, exit, edit };
    vec![
        row("ciphertext shortened", 25, |t| in_line(t, "token:", |l| l.replacen("data:", "data:AAAA", 1))),
        row("ciphertext emptied", 25, |t| {
            in_line(t, "token:", |l| {
                let (from, to) = (l.find("data:").unwrap() + 5, l.find(",iv:").unwrap());
                format!("{}{}", &l[..from], &l[to..])
            })
        }),
        row("ciphertext not base64", 25, |t| in_line(t, "token:", |l| l.replacen("data:", "data:!!!!", 1))),
        row("ciphertext without padding", 25, |t| in_line(t, "number:", |l| l.replacen("==,iv:", ",iv:", 1))),
        row("nonce not base64", 25, |t| in_line(t, "token:", |l| l.replacen("iv:", "iv:*", 1))),
        row("another nonce", 25, |t| in_line(t, "token:", |l| l.replacen("iv:", "iv:AAAA", 1))),
        row("another tag", 25, |t| in_line(t, "token:", |l| l.replacen("tag:", "tag:AAAA", 1))),
        row("no closing bracket", 25, |t| in_line(t, "token:", |l| l.replacen("str]", "str", 1))),
        row("no type", 25, |t| in_line(t, "token:", |l| l.replacen(",type:str", "", 1))),
        row("unknown type", 25, |t| in_line(t, "token:", |l| l.replacen("type:str", "type:strange", 1))),
        row("text that is no int", 25, |t| in_line(t, "token:", |l| l.replacen("type:str", "type:int", 1))),
        row("text that is no float", 25, |t| {
            in_line(t, "token:", |l| l.replacen("type:str", "type:float", 1))
        }),
        row("text that is no bool", 25, |t| in_line(t, "token:", |l| l.replacen("type:str", "type:bool", 1))),
        row("text that is no time", 25, |t| in_line(t, "token:", |l| l.replacen("type:str", "type:time", 1))),
        row("another cipher", 25, |t| in_line(t, "token:", |l| l.replacen("AES256_GCM", "AES128_GCM", 1))),
        row("a blank before the token", 25, |t| {
            in_line(t, "token:", |l| format!("token: ' {}'\n", l.trim_start_matches("token: ").trim_end()))
        }),
        row("MAC no token", 51, |t| in_line(t, "mac:", |_| "    mac: nonsense\n".to_owned())),
        row("MAC of another type", 51, |t| in_line(t, "mac:", |l| l.replacen("type:str", "type:int", 1))),
        row("wrapped key damaged", 128, |t| {
            let old = wrapped_key(t);
            let at = old.len() - 20;
            replace_once(t, old, &format!("{}AAAA{}", &old[..at], &old[at + 4..])).into_bytes()
        }),
        row("wrapped key not armored", 128, |t| {
            t.replace("-----BEGIN AGE ENCRYPTED FILE-----", "-----BEGIN SOMETHING ELSE-----").into_bytes()
        }),
        row("wrapped key cut short", 128, |t| {
            let old = wrapped_key(t);
            let cut = &old[..old.len() / 2];
            let cut = &cut[..cut.rfind('\n').unwrap()];
            replace_once(t, old, &format!("{cut}\n                ")).into_bytes()
        }),
        row("no keys at all", 1, |t| {
            let start = t.find("    age:\n").unwrap();
            let end = t.find("    lastmodified:").unwrap();
            format!("{}{}", &t[..start], &t[end..]).into_bytes()
        }),
        row("metadata is text", 1, |t| {
            format!("{}sops: text\n", &t[..t.find("sops:\n").unwrap()]).into_bytes()
        }),
        row("metadata is a list", 1, |t| {
            format!("{}sops: []\n", &t[..t.find("sops:\n").unwrap()]).into_bytes()
        }),
        row("metadata is empty", 1, |t| {
            format!("{}sops: {{}}\n", &t[..t.find("sops:\n").unwrap()]).into_bytes()
        }),
        row("metadata missing", 1, |t| t.as_bytes()[..t.find("sops:\n").unwrap()].to_vec()),
        row("metadata twice", 1, |t| format!("{t}{}", &t[t.find("sops:\n").unwrap()..]).into_bytes()),
        row("lastmodified no time", 1, |t| {
            in_line(t, "lastmodified:", |_| "    lastmodified: yesterday\n".to_owned())
        }),
        row("lastmodified missing", 1, |t| in_line(t, "lastmodified:", |_| String::new())),
        row("version no version", 1, |t| in_line(t, "version:", |_| "    version: one\n".to_owned())),
        row("file cut in its values", 1, |t| t.as_bytes()[..40].to_vec()),
        row("file cut in its metadata", 1, |t| t.as_bytes()[..t.find("lastmodified:").unwrap()].to_vec()),
        row("file empty", 1, |_| Vec::new()),
        row("file of blanks", 1, |_| b" \n\n".to_vec()),
        row("file not UTF-8", 1, |t| [b"bad: \xFF\xFE\n", t.as_bytes()].concat()),
        row("file with NUL", 1, |t| [b"bad: \0\n", t.as_bytes()].concat()),
        row("no YAML", 1, |t| format!("{t}]\n").into_bytes()),
        row("a key twice", 1, |t| format!("{}{t}", line(t, "token:")).into_bytes()),
        row("nested 100,000 deep", 1, |t| {
            format!("deep: {}{}\n{t}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes()
        }),
        row("an alias to itself", 1, |t| format!("self: &a [*a]\n{t}").into_bytes()),
        row("an unknown alias", 1, |t| format!("x: *nobody\n{t}").into_bytes()),
        row("aliases that multiply", 1, |t| format!("{}{t}", bomb()).into_bytes()),
    ]
}

/// Nine levels of nine aliases: 387 million leaves.
fn bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    text
}

#[test]
fn damaged_files_are_refused_with_the_exit_code_of_sops() {
    let made = Home::with_age();
    let good = made.encrypted("f.yaml", plain());
    let mut wrong = Vec::new();
    for row in damages() {
        let home = Home::with_age();
        let bad = (row.edit)(&good);
        assert_ne!(bad, good.as_bytes(), "{}: nothing damaged", row.what);
        home.write("f.yaml", &bad);
        for arguments in [&["decrypt", "f.yaml"][..], &["decrypt", "-i", "f.yaml"]] {
            let started = Instant::now();
            let run = home.sops(arguments).does_not_crash();
            if run.code != Some(row.exit) {
                wrong.push(format!("{}: exits {:?}, not {}: {}", row.what, run.code, row.exit, run.stderr));
            }
            if run.stderr.contains(SECRET) {
                wrong.push(format!("{}: tells the secret: {}", row.what, run.stderr));
            }
            if !run.stdout.is_empty() || home.read("f.yaml") != bad {
                wrong.push(format!("{}: wrote something: {}", row.what, shown(&run.stdout)));
            }
            if run.stderr.trim().is_empty() {
                wrong.push(format!("{}: says nothing", row.what));
            }
            if started.elapsed() > Duration::from_secs(20) {
                wrong.push(format!("{}: takes {:?}", row.what, started.elapsed()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_a_key_nothing_is_told() {
    let made = Home::with_age();
    let good = made.encrypted("f.yaml", plain());
    let other = support::testdata("interop/keys/age2.txt").display().to_string();
    for home in [Home::empty(), Home::empty().set("SOPS_AGE_KEY_FILE", &other)] {
        home.write("f.yaml", &good);
        for arguments in [
            &["decrypt", "f.yaml"][..],
            &["decrypt", "-i", "f.yaml"],
            &["decrypt", "--ignore-mac", "f.yaml"],
            &["rotate", "-i", "f.yaml"],
            &["set", "f.yaml", r#"["number"]"#, "1"],
            &["exec-env", "f.yaml", "true"],
            &["exec-file", "f.yaml", "true"],
        ] {
            home.sops(arguments).exits(128).prints_nothing().says(AGE_RECIPIENT);
            assert_eq!(home.read_text("f.yaml"), good, "{arguments:?}");
        }
    }
}

/// Input that cannot be encrypted.
struct Refused {
    what: &'static str,
    file: &'static str,
    exit: i32,
    text: fn() -> Vec<u8>,
}

fn refusals() -> Vec<Refused> {
    let row = |what, file, exit, text| Refused { what, file, exit, text };
    vec![
        row("empty YAML", "f.yaml", 92, Vec::new),
        row("YAML key twice", "f.yaml", 2, || b"a: 1\nb: MARKER-7f3a9c\na: MARKER-7f3a9c\n".to_vec()),
        row("YAML with a key sops", "f.yaml", 203, || b"a: MARKER-7f3a9c\nsops: 1\n".to_vec()),
        row("YAML with a key sops, empty", "f.yaml", 203, || b"a: MARKER-7f3a9c\nsops:\n".to_vec()),
        row("JSON with a key sops", "f.json", 203, || b"{\"a\": \"MARKER-7f3a9c\", \"sops\": {}}".to_vec()),
        row("YAML not UTF-8", "f.yaml", 2, || b"a: MARKER-7f3a9c \xFF\n".to_vec()),
        row("YAML with NUL", "f.yaml", 2, || b"a: MARKER-7f3a9c\0\n".to_vec()),
        row("YAML with a TAB as indentation", "f.yaml", 2, || b"a:\n\tMARKER-7f3a9c: 1\n".to_vec()),
        row("YAML with an open quote", "f.yaml", 2, || b"a: \"MARKER-7f3a9c\n".to_vec()),
        row("YAML with an open bracket", "f.yaml", 2, || b"a: [MARKER-7f3a9c\n".to_vec()),
        row("YAML with a bad escape", "f.yaml", 2, || b"a: \"\\q MARKER-7f3a9c\"\n".to_vec()),
        row("YAML with a bad indentation", "f.yaml", 2, || b"a:\n    b: 1\n  MARKER-7f3a9c: 1\n".to_vec()),
        row("YAML with two values", "f.yaml", 2, || b"a: b: MARKER-7f3a9c\n".to_vec()),
        row("YAML with an unknown alias", "f.yaml", 2, || b"a: *MARKER-7f3a9c\n".to_vec()),
        row("YAML with an alias to itself", "f.yaml", 2, || b"a: &a [MARKER-7f3a9c, *a]\n".to_vec()),
        row("YAML with aliases that multiply", "f.yaml", 2, || bomb().into_bytes()),
        row("YAML with a number as key", "f.yaml", 23, || b"1: MARKER-7f3a9c\n".to_vec()),
        row("YAML with a list as key", "f.yaml", 2, || b"? [a]\n: MARKER-7f3a9c\n".to_vec()),
        row("YAML with a map as key", "f.yaml", 2, || b"{a: 1}: MARKER-7f3a9c\n".to_vec()),
        row("YAML with a key of 2,000 bytes", "f.yaml", 2, || {
            format!("{}: MARKER-7f3a9c\n", "k".repeat(2000)).into_bytes()
        }),
        row("YAML list", "f.yaml", 2, || b"- MARKER-7f3a9c\n".to_vec()),
        row("YAML text", "f.yaml", 2, || b"MARKER-7f3a9c\n".to_vec()),
        row("YAML flow list nested 100,000 deep", "f.yaml", 2, || {
            format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)).into_bytes()
        }),
        row("YAML flow list nested 100,000 deep, open", "f.yaml", 2, || {
            format!("a: {}\n", "[".repeat(100_000)).into_bytes()
        }),
        row("YAML flow map nested 100,000 deep", "f.yaml", 2, || {
            format!("a: {}{}\n", "{a: ".repeat(100_000), "}".repeat(100_000)).into_bytes()
        }),
        row("YAML block list nested 100,000 deep", "f.yaml", 2, || {
            format!("a:\n  {}x\n", "- ".repeat(100_000)).into_bytes()
        }),
        row("YAML keys nested 100,000 deep", "f.yaml", 2, || {
            format!("{}x\n", "? ".repeat(100_000)).into_bytes()
        }),
        row("empty JSON", "f.json", 2, Vec::new),
        row("JSON cut short", "f.json", 2, || b"{\"a\": \"MARKER-7f3a9c\"".to_vec()),
        row("JSON with a comma too many", "f.json", 2, || b"{\"a\": \"MARKER-7f3a9c\",}".to_vec()),
        row("JSON with a comment", "f.json", 2, || b"{\"a\": \"MARKER-7f3a9c\" /* c */}".to_vec()),
        row("JSON with single quotes", "f.json", 2, || b"{'a': 'MARKER-7f3a9c'}".to_vec()),
        row("JSON with a bad number", "f.json", 2, || b"{\"a\": 01, \"b\": \"MARKER-7f3a9c\"}".to_vec()),
        row("JSON with a bad escape", "f.json", 2, || b"{\"a\": \"\\q MARKER-7f3a9c\"}".to_vec()),
        row("JSON with a raw line break", "f.json", 2, || b"{\"a\": \"\nMARKER-7f3a9c\"}".to_vec()),
        row("JSON with NaN", "f.json", 2, || b"{\"a\": NaN, \"b\": \"MARKER-7f3a9c\"}".to_vec()),
        row("JSON text", "f.json", 2, || b"\"MARKER-7f3a9c\"".to_vec()),
        row("JSON list", "f.json", 2, || b"[\"MARKER-7f3a9c\"]".to_vec()),
        // sops reads it for half a minute, and only then cannot write it: its exit is 4.
        row("JSON nested 100,000 deep", "f.json", 2, || {
            format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes()
        }),
        row("JSON nested 100,000 deep, open", "f.json", 2, || "{\"a\":".repeat(100_000).into_bytes()),
    ]
}

#[test]
fn bad_plaintext_is_refused_with_the_exit_code_of_sops() {
    let mut wrong = Vec::new();
    for row in refusals() {
        let home = Home::with_age();
        let bad = (row.text)();
        home.write(row.file, &bad);
        for arguments in [&["encrypt", row.file][..], &["encrypt", "-i", row.file]] {
            let started = Instant::now();
            let run = home.sops(arguments).does_not_crash();
            if run.code != Some(row.exit) {
                let said: String = run.stderr.chars().take(300).collect();
                wrong.push(format!("{}: exits {:?}, not {}: {said}", row.what, run.code, row.exit));
            }
            // A key may be named, as may an anchor; a value may not.
            if run.stderr.contains(SECRET) && !row.what.contains("alias") && !row.what.contains("indentation")
            {
                wrong.push(format!("{}: tells the secret: {}", row.what, run.stderr));
            }
            if !run.stdout.is_empty() || home.read(row.file) != bad {
                wrong.push(format!("{}: wrote something: {}", row.what, shown(&run.stdout)));
            }
            if started.elapsed() > Duration::from_secs(20) {
                wrong.push(format!("{}: takes {:?}", row.what, started.elapsed()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test] // 20 MB unless RESOPS_LINE_MB says otherwise
fn very_long_lines_come_back() {
    let length = usize::try_from(setting("RESOPS_LINE_MB", 20)).unwrap() * 1_000_000;
    for (name, text) in [
        ("plain.yaml", format!("k: {}\nl: 1\n", "x".repeat(length))),
        ("quoted.yaml", format!("k: \"{}\"\n", "x\\n".repeat(length / 3))),
        ("flow.yaml", format!("k: [{}]\n", "a, ".repeat(length / 100))),
        ("comment.yaml", format!("k: 1\n# {}\n", "x".repeat(length))),
        ("one.json", format!("{{\"k\": \"{}\"}}", "x".repeat(length))),
        ("file.bin", "x".repeat(length)),
    ] {
        let home = Home::with_age();
        home.write(name, &text);
        home.sops(["encrypt", "-i", name]).exits(0);
        let back = home.sops(["decrypt", name]).exits(0).stdout;
        assert!(back == text.as_bytes(), "{name}: {} bytes come back as {}", text.len(), back.len());
    }
}

#[test]
fn nesting_that_sops_takes_comes_back() {
    for (name, text) in [
        ("f.yaml", format!("a: {}{}\n", "[".repeat(5000), "]".repeat(5000))),
        ("g.yaml", format!("a:\n  {}x\n", "- ".repeat(5000))),
        ("h.yaml", format!("a: {}1{}\n", "{a: ".repeat(2000), "}".repeat(2000))),
        ("f.json", format!("{{\"a\": {}1{}}}\n", "[".repeat(5000), "]".repeat(5000))),
        ("g.json", format!("{}1{}\n", "{\"a\":".repeat(2000), "}".repeat(2000))),
    ] {
        let home = Home::with_age();
        home.write(name, &text);
        home.sops(["encrypt", "-i", name]).exits(0);
        let back = home.sops(["decrypt", name]).exits(0).stdout;
        assert_same(name, &back, text.as_bytes());
    }
}

/// What all tests rely on: a secret that gets out is found, whatever form it has; what is none is not.
#[test]
fn secrets_in_logs_are_found() {
    use support::secrets::{AWS_ROLE_TOKEN, AZURE_SECRET, DATABASE_PASSWORD, PLAINTEXT, VAULT_TOKEN};
    let is_found = |home: &Home, shell: &str| {
        let run = || home.run(std::path::Path::new("/bin/sh"), ["-c", shell], b"");
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err()
    };
    let home = Home::with_age().set("AWS_SECRET_ACCESS_KEY", "the value of a variable");
    let key = std::fs::read_to_string(support::testdata("interop/keys/age1.txt")).expect("a key");
    let key = key.lines().find(|line| !line.starts_with('#')).expect("a key");
    let base64 = base64_simd::STANDARD.encode_to_string(VAULT_TOKEN);
    let percent = AZURE_SECRET.replace('/', "%2F").replace('+', "%2B").replace(' ', "+").replace('&', "%26");
    for secret in
        [VAULT_TOKEN, AWS_ROLE_TOKEN, DATABASE_PASSWORD, key, &base64, &percent, "the value of a variable"]
    {
        assert!(is_found(&home, &format!("echo 'error: {secret}.' >&2")), "{secret}");
        assert!(is_found(&home, &format!("echo 'x={secret}'")), "{secret}");
        assert!(!is_found(&home, &format!("echo '{}'", &secret[1..])), "{secret}");
    }
    assert!(is_found(&home, &format!("echo '{PLAINTEXT}' >&2")));
    assert!(!is_found(&home, &format!("echo '{PLAINTEXT}'")), "it may be what was asked for");
}

#[test]
fn random_bytes_are_no_crash() {
    let home = Home::with_age();
    let good = home.encrypted("f.yaml", plain()).into_bytes();
    let json = home.encrypted("f.json", format!("{{\"token\": \"{SECRET}\", \"n\": [1, 2]}}")).into_bytes();
    let count = setting("RESOPS_RANDOM_CASES", 300);
    support::on_all_cores(count, |home, seed| -> Option<()> {
        let mut rng = support::rng::Rng::new(seed);
        let (name, mut bytes) =
            if seed % 2 == 0 { ("f.yaml", good.clone()) } else { ("f.json", json.clone()) };
        for _ in 0..rng.between(1, 4) {
            let at = rng.below(bytes.len());
            match rng.below(4) {
                0 => bytes[at] = rng.next().to_le_bytes()[0],
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"\n:#-[]{}\"'ENC*&!|>"[rng.below(18)]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        home.write(name, &bytes);
        let run = home.sops(["decrypt", name]).does_not_crash().keeps_quiet_about(SECRET);
        assert!(run.code == Some(0) || run.stdout.is_empty(), "seed {seed}: prints and fails");
        None
    });
}
