//! Ours and the real sops on the same files. Runs only if `SOPS_BIN` names a real sops 3.13.2, and
//! says so loudly if not.
//!
//! `RESOPS_DIFF_CASES` says how many documents each way (default 2,000).
#![cfg(unix)] // Windows has tests/windows
#![allow(clippy::print_stdout)] // what was counted is shown with --nocapture

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use resops::document::{Document, Format};
use resops::leaf::ValueRef;
use support::nasty::{self, Nasty};
use support::{Home, on_all_cores, real_sops, setting, shown, tamper};

/// The real sops, or a line that nobody overlooks.
fn real_or_skip(test: &str) -> Option<PathBuf> {
    let real = real_sops();
    if real.is_none() {
        // Past the test harness, which hides what a passing test prints.
        use std::io::Write as _;
        let line = format!("\nSKIPPED: SOPS_BIN is not set: {test}\n");
        drop(std::io::stderr().lock().write_all(line.as_bytes()));
    }
    real
}

fn documents() -> u64 {
    setting("RESOPS_DIFF_CASES", 2000)
}

/// Every value with its path and its type, and every comment, in order.
#[derive(PartialEq, Eq, Debug)]
struct Content {
    values: Vec<(Vec<u8>, &'static str, Vec<u8>)>,
    /// How often each comment is there: where it stands is judged by the MAC alone.
    comments: BTreeMap<Vec<u8>, usize>,
}

fn content(text: &[u8], suffix: &str) -> Result<Content, String> {
    let format = if suffix == "json" { Format::Json } else { Format::Yaml };
    let document = Document::parse(text.to_vec(), format).map_err(|e| format!("does not parse: {e}"))?;
    let (mut values, mut comments) = (Vec::new(), BTreeMap::new());
    for (number, leaf) in document.leaves().iter().enumerate() {
        let path = document.paths().aad(leaf.path);
        let value = document.value(number);
        let bytes = match value {
            ValueRef::Null => Vec::new(),
            ValueRef::Bool(b) => b.to_string().into_bytes(),
            ValueRef::Int(i) => i.to_string().into_bytes(),
            // As sops hashes it: what is spelled 1.0 may come back as 1.
            ValueRef::Float(f) => format!("{}", if f == 0.0 { 0.0 } else { f }).into_bytes(),
            ValueRef::BigInt(digits) => digits.as_bytes().to_vec(),
            ValueRef::Time(time) => time.as_bytes().to_vec(),
            ValueRef::Str(text) => text.to_vec(),
            ValueRef::Comment(text) => {
                *comments.entry(text.trim_ascii_end().to_vec()).or_default() += 1;
                continue;
            }
        };
        // sops prints a whole float without its point, and a big integer as a float.
        let kind = match value {
            ValueRef::Int(_) | ValueRef::Float(_) | ValueRef::BigInt(_) => "number",
            other => other.kind(),
        };
        values.push((path, kind, bytes));
    }
    Ok(Content { values, comments })
}

#[track_caller]
fn none(what: &str, count: u64, problems: &[String], compared: usize) {
    let shown: Vec<_> = problems.iter().take(5).cloned().collect();
    println!("{what}: {compared} of {count} documents compared, {} differ", problems.len());
    assert!(problems.is_empty(), "{what}: {} of {count} differ:\n{}", problems.len(), shown.join("\n"));
}

/// What one document came to.
enum Outcome {
    /// Both programs agree.
    Same,
    /// Neither takes it, or one of them cannot by a known bug of sops.
    Apart(&'static str),
    Differs(String),
}

fn run_all(what: &str, check: impl Fn(&Home, u64) -> Outcome + Sync) {
    let count = documents();
    let outcomes = on_all_cores(count, |home, seed| Some(check(home, seed)));
    let mut apart: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut same, mut problems) = (0, Vec::new());
    for outcome in outcomes {
        match outcome {
            Outcome::Same => same += 1,
            Outcome::Apart(why) => *apart.entry(why).or_default() += 1,
            Outcome::Differs(problem) => problems.push(problem),
        }
    }
    println!("{what}: {same} the same; apart: {apart:?}");
    problems.sort_by_key(|problem| problem.split_once("--- source").map_or(0, |(_, source)| source.len()));
    none(what, count, &problems, same + problems.len());
    assert!(same as u64 * 10 >= count * 8, "{what}: only {same} of {count} could be compared: {apart:?}");
}

fn problem(seed: u64, made: &Nasty, what: &str, said: &str) -> Outcome {
    Outcome::Differs(format!("=== seed {seed}: {what}: {said}\n--- source\n{}", shown(&made.text)))
}

/// Encrypts with ours and decrypts with the real one: its MAC check is on, the values are equal
/// and no comment is lost.
#[test]
fn real_sops_opens_our_files() {
    let Some(real) = real_or_skip("real_sops_opens_our_files") else { return };
    run_all("ours, opened by sops", |home, seed| {
        let made = nasty::of_sops(seed);
        let name = format!("f.{}", made.suffix);
        home.write(&name, &made.text);
        let ours = home.sops(["encrypt", &name]).does_not_crash();
        if ours.code != Some(0) {
            let theirs = home.run(&real, ["encrypt", &name], b"");
            if theirs.code != ours.code && !made.beyond_sops {
                let said =
                    format!("{:?} and {:?}: {} / {}", ours.code, theirs.code, ours.stderr, theirs.stderr);
                return problem(seed, &made, "refused with another code", &said);
            }
            return Outcome::Apart("refused");
        }
        home.write(&name, &ours.stdout);
        let theirs = home.run(&real, ["decrypt", &name], b"");
        if theirs.code != Some(0) || String::from_utf8_lossy(&theirs.stdout).contains("type:comment]") {
            let said =
                format!("exit {:?}: {}\n--- encrypted\n{}", theirs.code, theirs.stderr, shown(&ours.stdout));
            return problem(seed, &made, "sops does not open it", &said);
        }
        if made.suffix == "bin" {
            return if theirs.stdout == made.text {
                Outcome::Same
            } else {
                problem(seed, &made, "other bytes", "")
            };
        }
        if made.beyond_sops {
            return Outcome::Apart("sops opens it, but its values are beyond sops");
        }
        match (content(&made.text, made.suffix), content(&theirs.stdout, made.suffix)) {
            (Ok(mut source), Ok(mut opened)) => {
                // An alias repeats the comments of what it stands for; sops prints empty ones or not.
                if made.text.contains(&b'*') {
                    source.comments.clear();
                    opened.comments.clear();
                }
                if source == opened {
                    return Outcome::Same;
                }
                if source.values == opened.values && drops_comments(home, &real, &made, &source, &opened) {
                    return Outcome::Apart("sops drops a comment of its own file as well");
                }
                let said =
                    format!("{}\n--- sops printed\n{}", difference(&source, &opened), shown(&theirs.stdout));
                problem(seed, &made, "sops reads something else", &said)
            }
            // A key `"<<"` that is no merge key: sops prints `!!merge <<`, and nobody reads that.
            (Ok(_), Err(_)) if shown(&theirs.stdout).contains("!!merge <<:") => {
                Outcome::Apart("bug V9 of sops")
            }
            (Ok(_), Err(_))
                if home.write("g.yaml", &theirs.stdout).run(&real, ["encrypt", "g.yaml"], b"").code
                    != Some(0) =>
            {
                Outcome::Apart("sops prints what it cannot read itself")
            }
            (source, opened) => {
                let said = format!("{:?} {:?}", source.err(), opened.err());
                problem(seed, &made, "cannot compare", &said)
            }
        }
    });
}

/// Whether sops brings back every comment that it brings back when it had the file in its own hands and
/// encrypted none of them, as often as there; and none that is not in the source.
fn drops_comments(home: &Home, real: &Path, made: &Nasty, source: &Content, opened: &Content) -> bool {
    home.write("own.yaml", &made.text);
    let own = home.run(real, ["encrypt", "--encrypted-regex", "^$", "own.yaml"], b"");
    home.write("own.yaml", &own.stdout);
    let own = home.run(real, ["decrypt", "own.yaml"], b"");
    if own.code != Some(0) {
        return false;
    }
    let Ok(own) = content(&own.stdout, "yaml") else { return false };
    let count = |of: &Content, text: &Vec<u8>| of.comments.get(text).copied().unwrap_or(0);
    opened.comments.keys().all(|text| count(opened, text) <= count(source, text))
        && source.comments.iter().all(|(text, &there)| count(opened, text) >= there.min(count(&own, text)))
}

/// The values that are not empty strings.
fn without_empty(content: &Content) -> Vec<&(Vec<u8>, &'static str, Vec<u8>)> {
    content.values.iter().filter(|(_, kind, bytes)| *kind != "string" || !bytes.is_empty()).collect()
}

fn difference(one: &Content, other: &Content) -> String {
    let first = one.values.iter().zip(&other.values).find(|(a, b)| a != b);
    let text = |(path, kind, bytes): &(Vec<u8>, &str, Vec<u8>)| {
        format!("{} {kind} {:?}", String::from_utf8_lossy(path), String::from_utf8_lossy(bytes))
    };
    match first {
        Some((a, b)) => format!("{} became {}", text(a), text(b)),
        None if one.values.len() != other.values.len() => {
            format!("{} values became {}", one.values.len(), other.values.len())
        }
        None => format!("comments {:?} became {:?}", lossy(&one.comments), lossy(&other.comments)),
    }
}

fn lossy(comments: &BTreeMap<Vec<u8>, usize>) -> Vec<String> {
    comments.iter().map(|(text, count)| format!("{count}x{}", String::from_utf8_lossy(text))).collect()
}

/// Whether ours prints what sops prints, but for quotes around strings that some YAML reader takes
/// for something else (bugs V8 and V9): numbers beyond 64 bits, dates that are none, `=`, `<<`.
fn same_but_for_quotes(ours: &[u8], theirs: &[u8]) -> bool {
    let (ours, theirs) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs));
    let like_a_number = |value: &str| {
        value.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
            && value.chars().all(|c| c.is_ascii_hexdigit() || "+-.:_ xXoOtTzZ".contains(c))
    };
    let same = |(one, other): (&str, &str)| {
        one == other
            || one.strip_suffix('"').and_then(|rest| rest.rfind(" \"")).is_some_and(|at| {
                let (before, value) = (&one[..at], &one[at + 2..one.len() - 1]);
                let bare = other.strip_prefix(before).map(str::trim_start).unwrap_or_default();
                (bare == value && (like_a_number(value) || value == "="))
                    || (value == "<<" && bare == "!!merge <<")
            })
    };
    ours.lines().count() == theirs.lines().count() && ours.lines().zip(theirs.lines()).all(same)
}

/// Encrypts with the real one and decrypts with ours: the bytes that the real one prints.
#[test]
fn we_open_files_of_real_sops() {
    let Some(real) = real_or_skip("we_open_files_of_real_sops") else { return };
    run_all("made by sops, opened by ours", |home, seed| {
        let made = nasty::of_sops(seed);
        let name = format!("f.{}", made.suffix);
        home.write(&name, &made.text);
        let encrypted = home.run(&real, ["encrypt", &name], b"");
        if encrypted.code != Some(0) {
            return Outcome::Apart("sops refuses it");
        }
        home.write(&name, &encrypted.stdout);
        let theirs = home.run(&real, ["decrypt", &name], b"");
        let ours = home.sops(["decrypt", &name]).does_not_crash();
        let said = |ours: &support::Run| {
            format!(
                "{:?} {}\n--- encrypted\n{}\n--- sops prints\n{}\n--- ours prints\n{}",
                ours.code,
                ours.stderr,
                shown(&encrypted.stdout),
                shown(&theirs.stdout),
                shown(&ours.stdout)
            )
        };
        if ours.code != Some(0) {
            // What sops cannot open for its comments, we open.
            return match theirs.code {
                Some(0) => problem(seed, &made, "sops opens it, we do not", &said(&ours)),
                Some(1) if ours.code == Some(1) => Outcome::Apart("sops wrote what is no YAML"),
                _ => {
                    home.write(&name, &made.bare);
                    let bare = home.run(&real, ["encrypt", &name], b"");
                    home.write(&name, &bare.stdout);
                    match home.run(&real, ["decrypt", &name], b"").code {
                        Some(0) => problem(seed, &made, "neither opens it, for its comments", &said(&ours)),
                        _ => Outcome::Apart("neither opens what sops made, with or without comments"),
                    }
                }
            };
        }
        let comments = made.comments;
        let garbled =
            theirs.code != Some(0) || String::from_utf8_lossy(&theirs.stdout).contains("type:comment]");
        if !garbled && !comments.inline && !comments.in_lists {
            let yaml = made.suffix == "yaml";
            if ours.stdout == theirs.stdout || (yaml && same_but_for_quotes(&ours.stdout, &theirs.stdout)) {
                return Outcome::Same;
            }
            match (content(&theirs.stdout, made.suffix), content(&ours.stdout, made.suffix)) {
                (Err(_), _) if yaml => return Outcome::Apart("sops prints what is no YAML"),
                (Ok(sops), Ok(own))
                    if sops.values != own.values && without_empty(&sops) == without_empty(&own) =>
                {
                    return Outcome::Apart("sops makes an item of an empty comment");
                }
                _ => {}
            }
            return problem(seed, &made, "other bytes", &said(&ours));
        }
        if String::from_utf8_lossy(&ours.stdout).contains("type:comment]") {
            return problem(seed, &made, "a comment stays ciphertext", &said(&ours));
        }
        // Comments are where sops loses them: the values are those of the same file without any.
        home.write(&name, &made.bare);
        let bare = home.run(&real, ["encrypt", &name], b"");
        if bare.code != Some(0) {
            return Outcome::Apart("sops refuses it without its comments");
        }
        home.write(&name, &bare.stdout);
        let bare = home.run(&real, ["decrypt", &name], b"");
        match (content(&bare.stdout, made.suffix), content(&ours.stdout, made.suffix)) {
            (Ok(bare), Ok(ours_content)) if bare.values == ours_content.values => Outcome::Same,
            // `#` in a list became `- ""` when sops encrypted: the file no longer tells them apart.
            (Ok(bare), Ok(ours_content)) if without_empty(&bare) == without_empty(&ours_content) => {
                Outcome::Apart("sops made an item of an empty comment")
            }
            (Ok(bare), Ok(ours_content)) => problem(
                seed,
                &made,
                "other values",
                &format!("{} {}", difference(&bare, &ours_content), said(&ours)),
            ),
            (Err(_), Ok(_)) => Outcome::Apart("sops prints what is no YAML"),
            (bare, opened) => {
                problem(seed, &made, "cannot compare", &format!("{:?} {:?}", bare.err(), opened.err()))
            }
        }
    });
}

/// Both programs take and refuse the same tampered files, whoever made them.
#[test]
fn tampering_is_noticed_alike() {
    let Some(real) = real_or_skip("tampering_is_noticed_alike") else { return };
    let home = Home::with_age();
    let mut wrong = Vec::new();
    for row in tamper::all() {
        for maker in [&support::program(), &real] {
            home.write("f.yaml", tamper::PLAIN);
            let made =
                home.run(maker, row.flags.iter().copied().chain(["encrypt", "-i", "f.yaml"]), b"").exits(0);
            home.write("f.yaml", (row.edit)(&home.read_text("f.yaml")));
            let ours = home.sops(["decrypt", "f.yaml"]).does_not_crash();
            let theirs = home.run(&real, ["decrypt", "f.yaml"], b"");
            if ours.code != theirs.code || theirs.code != Some(row.exit) {
                wrong.push(format!(
                    "{} ({}): ours exits {:?}, sops {:?}, the table says {}: {} / {}",
                    row.what, made.what, ours.code, theirs.code, row.exit, ours.stderr, theirs.stderr
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `set`, `unset` and `rotate` by one program, read by the other.
#[test]
fn edits_of_one_are_read_by_the_other() {
    let Some(real) = real_or_skip("edits_of_one_are_read_by_the_other") else { return };
    let ours = support::program();
    let home = Home::with_age();
    let edits: &[&[&str]] = &[
        &["set", "FILE", r#"["a"]"#, "2"],
        &["set", "FILE", r#"["list"][0]"#, r#""other""#],
        &["set", "FILE", r#"["new"]"#, r#"{"k": [1, 2.5, null, true, "x"]}"#],
        &["unset", "FILE", r#"["s"]"#],
        &["unset", "FILE", r#"["list"][0]"#],
        &["rotate", "-i", "FILE"],
    ];
    let plain_json =
        "{\n\t\"a\": 1,\n\t\"s\": \"text\",\n\t\"list\": [\n\t\t\"x\",\n\t\t\"longer\"\n\t]\n}\n";
    for (name, plain) in [("f.yaml", tamper::PLAIN), ("f.json", plain_json)] {
        for edit in edits {
            let mut printed = Vec::new();
            for (maker, editor, reader) in
                [(&ours, &ours, &real), (&real, &ours, &real), (&ours, &real, &ours), (&real, &real, &ours)]
            {
                home.write(name, plain);
                home.run(maker, ["encrypt", "-i", name], b"").exits(0);
                let arguments = edit.iter().map(|argument| if *argument == "FILE" { name } else { argument });
                home.run(editor, arguments, b"").exits(0);
                printed.push(home.run(reader, ["decrypt", name], b"").exits(0).stdout);
            }
            for other in &printed[1..] {
                assert_eq!(shown(&printed[0]), shown(other), "{name} {edit:?}");
            }
        }
    }
}

#[test]
fn recipients_and_groups_open_on_both_sides() {
    let Some(real) = real_or_skip("recipients_and_groups_open_on_both_sides") else { return };
    let ours = support::program();
    let public: serde_json::Value =
        serde_json::from_slice(&support::read_testdata("interop/keys/public.json")).unwrap();
    let recipient = |name: &str| public[name].as_str().expect("a recipient").to_owned();
    let key = |name: &str| support::testdata("interop/keys").join(name).display().to_string();
    let all = ["age1", "age2", "age3"].map(recipient);
    let flat = |list: &[String]| format!("creation_rules:\n  - age: '{}'\n", list.join(","));
    let groups = format!(
        "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n{}",
        all.iter().map(|r| format!("      - age: ['{r}']\n")).collect::<String>()
    );
    for (what, rule, variable, path) in [
        ("three recipients", flat(&all), "SOPS_AGE_KEY_FILE", key("age3.txt")),
        ("post-quantum", flat(&[recipient("pq")]), "SOPS_AGE_KEY_FILE", key("pq.txt")),
        ("ssh", flat(&[recipient("ssh")]), "SOPS_AGE_SSH_PRIVATE_KEY_FILE", key("ssh_ed25519")),
        ("two of three", groups, "SOPS_AGE_KEY_FILE", String::new()),
    ] {
        for (maker, reader) in [(&ours, &real), (&real, &ours), (&ours, &ours)] {
            let home = Home::empty();
            home.write(
                "two.txt",
                [
                    support::read_testdata("interop/keys/age1.txt"),
                    support::read_testdata("interop/keys/age3.txt"),
                ]
                .concat(),
            );
            let path =
                if path.is_empty() { home.path("two.txt").display().to_string() } else { path.clone() };
            let home = home.set(variable, &path);
            home.write(".sops.yaml", &rule).write("f.yaml", tamper::PLAIN);
            home.run(maker, ["encrypt", "-i", "f.yaml"], b"").exits(0);
            let opened = home.run(reader, ["decrypt", "f.yaml"], b"").exits(0).stdout;
            assert_eq!(shown(&opened), tamper::PLAIN, "{what}: {} to {}", name(maker), name(reader));
        }
    }
}

fn name(program: &Path) -> String {
    program.display().to_string()
}
