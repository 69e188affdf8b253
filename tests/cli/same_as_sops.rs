//! Lines that the real sops and this program must answer alike: exit code, stdout, stderr, and the
//! names of the files that are left. Runs where `SOPS_BIN` names a sops 3.13.2; elsewhere the other
//! modules hold what was seen with it.

use crate::home::{Home, RECIPIENT, Run, STRANGER};

/// One program's answer to one line, in a home of its own.
fn answer(program: &str, line: &str) -> (Run, Vec<String>) {
    let home = Home::empty()
        .with(&["a.yaml", "a.json", "a.txt", "vars.json", "multi.yaml", "other.yaml", "no-mac.yaml"])
        .file("f.yaml", "a: 1\nb: two\nc:\n    - x\n    - 3\n")
        .file("f.json", "{\"a\": 1, \"b\": {\"c\": \"x\"}}")
        .file("f.txt", "hello")
        .file("empty.yaml", "")
        .var("RECIPIENT", RECIPIENT)
        .var("STRANGER", STRANGER)
        .var("SOPS_DISABLE_VERSION_CHECK", "true");
    let script = format!("sops() {{ '{program}' \"$@\"; }}\nconf() {{ echo \"$1\" > .sops.yaml; }}\n{line}");
    let run = Run::of(home.command("/bin/bash").args(["-c", &script]).output().expect("a shell runs"));
    let folder = home.path("").display().to_string();
    let entries = std::fs::read_dir(home.path("")).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into()).collect();
    names.sort();
    (run.without(folder.trim_end_matches('/')), names)
}

/// The report of a file that no key opens, as sops gives it: what we found on this machine follows it
/// (docs/compatibility.md, key-report).
fn without_findings(mut run: Run) -> Run {
    const LAST: &str = "but none were.\n";
    if run.code == 128
        && let Some(at) = run.stderr.find(LAST)
    {
        run.stderr.truncate(at + LAST.len());
    }
    run
}

#[test]
#[allow(clippy::print_stderr)] // said out loud
fn the_same_answers() {
    let Some(sops) = std::env::var("SOPS_BIN").ok().filter(|path| !path.is_empty()) else {
        return eprintln!("SKIPPED: lines that a real sops answers too: SOPS_BIN is not set");
    };
    let lines = include_str!("data/same-as-sops.txt").lines();
    let mut different = Vec::new();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (theirs, (ours, files)) = (answer(&sops, line), answer(env!("CARGO_BIN_EXE_sops"), line));
        let ours = (without_findings(ours), files);
        if theirs != ours {
            different.push(format!("{line}\n  sops: {theirs:?}\n  ours: {ours:?}"));
        }
    }
    assert!(different.is_empty(), "{} lines differ:\n{}", different.len(), different.join("\n"));
}
