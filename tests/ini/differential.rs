//! Ours and the real sops on the same files. Runs only if `SOPS_BIN` names a real sops 3.13.2, and
//! says so loudly if not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use resops::document::{Document, Format};
use resops::leaf::ValueRef;

use crate::generate;
use crate::support::rng::Rng;
use crate::support::{Home, on_all_cores, real_sops, setting, shown};

/// The real sops, or a line that nobody overlooks.
pub(crate) fn real_or_skip(test: &str) -> Option<PathBuf> {
    let real = real_sops();
    if real.is_none() {
        // Past the test harness, which hides what a passing test prints.
        use std::io::Write as _;
        let line = format!("\nSKIPPED: SOPS_BIN is not set: {test}\n");
        drop(std::io::stderr().lock().write_all(line.as_bytes()));
    }
    real
}

enum Outcome {
    Same,
    /// Neither takes it, or one of them cannot by a known bug of sops.
    Apart(&'static str),
    Differs(String),
}

fn run_all(what: &str, check: impl Fn(&Home, u64, &[u8]) -> Outcome + Sync) {
    let (first, count) = (setting("RESOPS_SEED", 0), setting("RESOPS_DIFF_CASES", 300));
    let outcomes = on_all_cores(count, |home, number| {
        let text = generate::document(first + number);
        Some((check(home, first + number, &text), first + number, text))
    });
    let mut apart: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut same, mut problems) = (0, Vec::new());
    for (outcome, seed, text) in outcomes {
        match outcome {
            Outcome::Same => same += 1,
            Outcome::Apart(why) => *apart.entry(why).or_default() += 1,
            Outcome::Differs(problem) => problems.push((text, seed, problem)),
        }
    }
    println!("{what}: {same} of {count} the same, {} differ; apart: {apart:?}", problems.len());
    problems.sort_by_key(|(text, ..)| text.len());
    if let Some((text, seed, problem)) = problems.first() {
        panic!("{what}: {} differ; seed {seed}: {problem}\n--- source\n{}", problems.len(), shown(text));
    }
    assert!(count < 100 || same * 10 >= count * 7, "{what}: only {same} of {count} compared: {apart:?}");
}

/// Path and text of every value that is not a comment; invalid UTF-8 as JSON output has it.
fn values(text: &[u8], format: Format) -> Result<Vec<(String, String)>, String> {
    let document = Document::parse(text.to_vec(), format).map_err(|error| error.to_string())?;
    let seen = (0..document.leaves().len()).filter(|leaf| document.counts(*leaf));
    let values = seen.filter_map(|leaf| match document.value(leaf) {
        ValueRef::Str(text) => Some((
            String::from_utf8_lossy(&document.paths().aad(document.leaves()[leaf].path)).into_owned(),
            String::from_utf8_lossy(text).into_owned(),
        )),
        _ => None,
    });
    Ok(values.collect())
}

/// What ours writes, sops opens: its MAC check is on, the values are equal.
#[test]
fn real_sops_opens_our_files() {
    let Some(real) = real_or_skip("ini: real_sops_opens_our_files") else { return };
    run_all("ours, opened by sops", |home, _, text| {
        home.write("f.ini", text);
        let ours = home.sops(["encrypt", "f.ini"]).does_not_crash();
        if ours.code != Some(0) {
            // A value that stays plain and that sops would cut: it says nothing, we refuse (I1).
            if ours.code == Some(23) && ours.stderr.contains("sops would read this value up to") {
                return Outcome::Apart("refused: sops would cut a plain value");
            }
            let theirs = home.run(&real, ["encrypt", "f.ini"], b"");
            if theirs.code != ours.code {
                return Outcome::Differs(format!(
                    "{:?}, theirs {:?}: {}",
                    ours.code, theirs.code, ours.stderr
                ));
            }
            return Outcome::Apart("refused");
        }
        home.write("f.ini", &ours.stdout);
        let theirs = home.run(&real, ["decrypt", "--output-type", "json", "f.ini"], b"");
        let printed = home.run(&real, ["decrypt", "f.ini"], b"");
        let said = |what: &str| {
            Outcome::Differs(format!(
                "{what}: exit {:?} {}\n--- encrypted\n{}\n--- sops printed\n{}",
                theirs.code,
                theirs.stderr,
                shown(&ours.stdout),
                shown(&printed.stdout)
            ))
        };
        if theirs.code != Some(0) || printed.code != Some(0) {
            return said("sops does not open it");
        }
        if String::from_utf8_lossy(&printed.stdout).contains("type:comment]") {
            return said("a comment stays ciphertext");
        }
        match (values(text, Format::Ini), values(&theirs.stdout, Format::Json)) {
            (Ok(source), Ok(opened)) if source == opened => Outcome::Same,
            (Ok(source), Ok(opened)) => said(&format!("values {source:?} became {opened:?}")),
            (source, opened) => said(&format!("{:?} {:?}", source.err(), opened.err())),
        }
    });
}

/// Whether the same is printed, but for markers of comments that are not encrypted: each time that
/// sops writes such a comment it drops one (`; # x`, `# x`, `; x`), and blanks around its text; we
/// leave it as it stands. A comment behind the last key, such as the `#1 =` that it makes of a key `-`,
/// it drops whole.
fn same_but_for_markers(encrypted: &[u8], ours: &[u8], theirs: &[u8]) -> bool {
    let [encrypted, ours, theirs] = [encrypted, ours, theirs].map(String::from_utf8_lossy);
    let text = |line: &str| line.trim_start_matches(['#', ';', ' ']).trim_end().to_owned();
    let same = |(one, other): (&str, &str)| {
        let stands = one.starts_with(['#', ';']) && encrypted.lines().any(|line| line == one);
        one == other || (stands && other.starts_with(['#', ';']) && text(one) == text(other))
    };
    let known = theirs.lines().count();
    let mut rest = ours.lines().skip(known);
    ours.lines().count() >= known
        && ours.lines().zip(theirs.lines()).all(same)
        && rest.all(|line| line.starts_with(['#', ';']) && encrypted.lines().any(|stands| stands == line))
}

/// What sops writes, ours opens, and prints what sops prints.
#[test]
fn we_open_files_of_real_sops() {
    let Some(real) = real_or_skip("ini: we_open_files_of_real_sops") else { return };
    run_all("made by sops, opened by ours", |home, seed, text| {
        home.write("f.ini", text);
        let rule: &[&str] =
            if seed.is_multiple_of(3) { &["--encrypted-regex", "^(a|pass|db)$"] } else { &[] };
        let made = home.run(&real, rule.iter().copied().chain(["encrypt", "f.ini"]), b"");
        if made.code != Some(0) {
            return Outcome::Apart("sops refuses it");
        }
        home.write("f.ini", &made.stdout);
        for output in ["ini", "yaml", "json"] {
            let theirs = home.run(&real, ["decrypt", "--output-type", output, "f.ini"], b"");
            let ours = home.sops(["decrypt", "--output-type", output, "f.ini"]).does_not_crash();
            if theirs.code == Some(2) && theirs.stderr.contains("panic") {
                if ours.code != Some(0) {
                    return Outcome::Differs(format!("sops panics, ours says {}", ours.stderr));
                }
                return Outcome::Apart("sops panics, ours opens it");
            }
            if theirs.code == Some(51) && ours.code == Some(51) {
                return Outcome::Apart("neither opens what sops made");
            }
            if output == "ini" && same_but_for_markers(&made.stdout, &ours.stdout, &theirs.stdout) {
                continue;
            }
            if (ours.code, &ours.stdout) != (theirs.code, &theirs.stdout) {
                return Outcome::Differs(format!(
                    "{output}: {:?} {}, theirs {:?} {}\n--- encrypted\n{}\n--- sops prints\n{}\n--- ours prints\n{}",
                    ours.code,
                    ours.stderr,
                    theirs.code,
                    theirs.stderr,
                    shown(&made.stdout),
                    shown(&theirs.stdout),
                    shown(&ours.stdout)
                ));
            }
        }
        Outcome::Same
    });
}

/// A YAML file of maps of scalars, with comments: what INI can hold.
fn yaml(seed: u64) -> String {
    let rng = &mut Rng::new(seed ^ 0x2E);
    let scalars: &[&str] = &[
        "1",
        "1.0",
        "1e6",
        "-0.5",
        "1e-7",
        "123456789.125",
        "true",
        "null",
        "\"\"",
        "two words",
        "\"p#q\"",
        "\"a;b\"",
        "\" pad \"",
        "\"l1\\nl2\"",
        "\"back`tick\"",
        "\"\\\"q\\\"\"",
        "'it''s'",
        "2024-02-29T01:02:03Z",
        "2024-02-29T01:02:03.5+02:00",
        "\"tri\\\"\\\"\\\"ple\"",
        "\"ends\\\\\"",
        "0x1F",
        "é",
        "\"x\\r\"",
        "\"`\\n#\"",
        "98765432109876543210",
        ".inf",
        "~",
        "[]",
        "{}",
    ];
    let keys: &[&str] =
        &["a", "b", "longer_key", "\"x=y\"", "\"c:d\"", "\"q\\\"k\"", "\"t`k\"", "é", "\"#h\"", "\"-\""];
    let sections: &[&str] = &["s", "DEFAULT", "default", "\"a b\"", "\"x]y\"", "t", "Default"];
    let mut out = String::new();
    let (mut used, comment) = (Vec::new(), |rng: &mut Rng, indent: &str| match rng.below(6) {
        0 => format!("{indent}# about it\n"),
        1 => format!("{indent}#tight\n{indent}# second\n"),
        2 => format!("{indent}#;odd\n"),
        _ => String::new(),
    });
    for _ in 0..rng.between(1, 4) {
        let name = rng.pick(sections);
        if used.contains(&name) {
            continue;
        }
        used.push(name);
        out.push_str(&comment(rng, ""));
        out.push_str(&format!("{name}:\n"));
        let mut keys_used = Vec::new();
        for number in 0..rng.between(1, 5) {
            let key = rng.pick(keys);
            if keys_used.contains(&key) {
                continue;
            }
            keys_used.push(key);
            // Collections below a key are refused here and written as debug text by sops.
            let value = rng.pick(&scalars[..scalars.len() - 2 * usize::from(!seed.is_multiple_of(50))]);
            out.push_str(&comment(rng, "  "));
            let inline = if number == 1 && rng.chance(20) { " # inline" } else { "" };
            out.push_str(&format!("  {key}: {value}{inline}\n"));
        }
        out.push_str(&comment(rng, "  "));
    }
    if seed.is_multiple_of(40) {
        out.push_str("top: 1\n");
    }
    out
}

/// Other formats become the INI that sops makes of them, and our encrypted INI made of them is read
/// by sops.
#[test]
fn conversions_are_those_of_sops() {
    let Some(real) = real_or_skip("ini: conversions_are_those_of_sops") else { return };
    run_all("YAML to INI", |home, seed, _| {
        let text = yaml(seed);
        home.write("f.yaml", &text);
        let made = home.run(&real, ["encrypt", "f.yaml"], b"").exits(0);
        home.write("e.yaml", &made.stdout);
        let theirs = home.run(&real, ["decrypt", "--output-type", "ini", "e.yaml"], b"");
        let ours = home.sops(["decrypt", "--output-type", "ini", "e.yaml"]).does_not_crash();
        if (ours.code, &ours.stdout) != (theirs.code, &theirs.stdout) {
            if ours.stderr.contains("is a map or list") {
                return Outcome::Apart("a collection below a key");
            }
            return Outcome::Differs(format!(
                "{:?} {}, theirs {:?} {}\n{text}\n--- sops prints\n{}\n--- ours prints\n{}",
                ours.code,
                ours.stderr,
                theirs.code,
                theirs.stderr,
                shown(&theirs.stdout),
                shown(&ours.stdout)
            ));
        }
        let ours = home.sops(["encrypt", "--output-type", "ini", "f.yaml"]).does_not_crash();
        home.write("e.ini", &ours.stdout);
        if ours.code == Some(0) {
            let opened = home.run(&real, ["decrypt", "e.ini"], b"");
            if opened.code != Some(0) {
                return Outcome::Differs(format!("sops does not open ours: {}\n{text}", opened.stderr));
            }
        }
        Outcome::Same
    });
}

/// sops prints some values in a form that it reads as others. An edit beside them must not change
/// them.
#[test]
fn an_edit_changes_no_other_value_of_a_file_of_sops() {
    let Some(real) = real_or_skip("ini: an_edit_changes_no_other_value_of_a_file_of_sops") else { return };
    let home = Home::with_age();
    let yaml =
        "s:\n    q: '\"x\"'\n    b: 'C:\\'\n    z: plain\n    t: \"\\\"\\\"\\\"a\"\n    l: \"a`\\nb\"\n";
    home.write("f.yaml", yaml);
    let made = home.run(&real, ["encrypt", "--output-type", "ini", "f.yaml"], b"").exits(0);
    for edit in [&["set", "f.ini", r#"["s"]["z"]"#, r#""new""#][..], &["rotate", "-i", "f.ini"]] {
        home.write("f.ini", &made.stdout);
        let json =
            |home: &Home| home.run(&real, ["decrypt", "--output-type", "json", "f.ini"], b"").exits(0).stdout;
        let before = String::from_utf8(json(&home)).unwrap();
        home.sops(edit).exits(0);
        let after = String::from_utf8(json(&home)).unwrap();
        assert_eq!(after.replace("\"new\"", "\"plain\""), before);
    }
}
