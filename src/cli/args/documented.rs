//! Holds `docs/compatibility.md` to the definition and to the tests that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::Command;

use super::{VERBS, top_level};

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The rows of the table below a heading, as cells.
fn rows(document: &str, heading: &str) -> Vec<Vec<String>> {
    let below = document.split(&format!("\n## {heading}\n")).nth(1).expect("the heading");
    let section = below.split("\n## ").next().unwrap_or_default();
    let table = section.lines().filter(|line| line.starts_with('|')).skip(2);
    table
        .map(|line| {
            let line = line.replace("\\|", "\u{1}");
            let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{1}', "|"));
            cells.collect()
        })
        .collect()
}

/// The words in backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Flag by flag: its other names and its variable.
type Flags = BTreeMap<String, (BTreeSet<String>, Option<String>)>;

/// The flags that a command defines. Hidden ones that sops has too are flags all the same.
fn defined(command: &Command) -> Flags {
    let flags = command.get_arguments().filter(|flag| !flag.is_positional());
    flags
        .map(|flag| {
            let mut others: BTreeSet<String> =
                flag.get_short().map(|short| format!("-{short}")).into_iter().collect();
            others.extend(flag.get_all_aliases().into_iter().flatten().map(|alias| format!("--{alias}")));
            let variable = flag.get_env().map(|name| name.to_string_lossy().into_owned());
            (format!("--{}", flag.get_long().unwrap_or_default()), (others, variable))
        })
        .collect()
}

/// Commands that sops does not have: nothing of theirs can be compared.
const BEYOND: &[&str] = &[
    "replace", "report", "seal", "git", "init", "keys", "doctor", "config", "run", "get", "render",
    "generate", "krm",
];

/// The flags of every command of sops, by the names that the document uses.
fn commands() -> BTreeMap<String, Flags> {
    let mut commands = BTreeMap::from([("top".to_owned(), defined(&top_level()))]);
    for verb in VERBS.iter().filter(|verb| verb.name != "completion" && !BEYOND.contains(&verb.name)) {
        if verb.nested.is_empty() {
            commands.insert(verb.name.to_owned(), defined(&verb.command()));
        }
        for inner in verb.nested {
            commands.insert(format!("{}-{}", verb.name, inner.name), defined(&inner.command()));
        }
    }
    commands
}

#[test]
fn every_flag_is_in_the_compatibility_table_and_the_other_way_round() {
    let mut documented: BTreeMap<String, Flags> = BTreeMap::new();
    for row in rows(&text("docs/compatibility.md"), "Flags") {
        let [flag, others, variable, _, theirs, also, _] = &row[..] else { panic!("seven cells: {row:?}") };
        for command in theirs.split_whitespace().chain(also.split_whitespace()) {
            let about = (quoted(others).into_iter().collect(), quoted(variable).pop());
            let before =
                documented.entry(command.to_owned()).or_default().insert(quoted(flag).remove(0), about);
            assert!(before.is_none(), "{flag} stands twice for {command}");
        }
    }
    let defined = commands();
    let mut wrong = Vec::new();
    for command in documented.keys().chain(defined.keys()).collect::<BTreeSet<_>>() {
        let none = Flags::new();
        let (said, is) = (documented.get(command).unwrap_or(&none), defined.get(command).unwrap_or(&none));
        for flag in said.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
            if said.get(flag) != is.get(flag) {
                wrong.push(format!(
                    "{command} {flag}: documented {:?}, defined {:?}",
                    said.get(flag),
                    is.get(flag)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The name of a row: what its anchor says.
fn anchor(cell: &str) -> String {
    cell.split('"').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn every_difference_has_a_test_that_exists() {
    let document = text("docs/compatibility.md");
    let mut tables = String::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/table/lines");
    for entry in std::fs::read_dir(folder).expect("the table") {
        tables += &std::fs::read_to_string(entry.expect("an entry").path()).expect("text");
    }
    let mut names = BTreeSet::new();
    for row in rows(&document, "Differences") {
        let name = anchor(&row[0]);
        let tests = row.last().expect("cells");
        assert!(tests.contains("table") || tests.contains("::"), "{name} has no test");
        if tests.split(',').any(|test| test.trim() == "table") {
            assert!(
                tables.contains(&format!("\n~ because {name}\n")),
                "no line of the table differs because {name}"
            );
        }
        for test in quoted(tests) {
            let (file, function) = test.split_once("::").unwrap_or_else(|| panic!("{name}: {test}"));
            assert!(text(file).contains(&format!("fn {function}(")), "{name}: there is no {test}");
        }
        assert!(names.insert(name), "twice: {row:?}");
    }
    for line in tables.lines().filter_map(|line| line.strip_prefix("~ because ")) {
        assert!(names.contains(line) || line.starts_with("later-"), "no row: {line}");
    }
    for link in document.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(names.contains(link) || link == "differences", "no row: {link}");
    }
}

/// Every flag of sops is walked: some line of the table uses it with each command of sops that has it.
#[test]
fn every_flag_is_in_the_table_of_invocations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/table/lines");
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the table") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("text");
        lines.extend(text.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned));
    }
    // The calls of sops, each with the command in front.
    let calls: Vec<&str> = lines.iter().flat_map(|line| line.split("sops ").skip(1)).collect();
    let ours_alone: BTreeSet<(String, String)> = rows(&text("docs/compatibility.md"), "Flags")
        .iter()
        .flat_map(|row| {
            row[5].split_whitespace().map(|command| (command.to_owned(), quoted(&row[0]).remove(0)))
        })
        .collect();
    let mut missing = Vec::new();
    for (command, flags) in commands() {
        for (flag, (others, variable)) in flags {
            let uses = |call: &&str| {
                let words: Vec<&str> = call.split([' ', ';', '\'', '"', '|']).collect();
                let with = |name: &String| {
                    words.iter().any(|word| word == name || word.starts_with(&format!("{name}=")))
                };
                let typed = command.replacen('-', " ", usize::from(command.starts_with("groups-")));
                let of_command = command == "top" || call.contains(&format!("{typed} "));
                of_command && (with(&flag) || others.iter().any(with))
            };
            let by_variable =
                variable.as_ref().is_some_and(|name| lines.iter().any(|l| l.contains(&format!("{name}="))));
            let theirs = !ours_alone.contains(&(command.clone(), flag.clone()));
            if theirs && !calls.iter().any(uses) && !(by_variable && command == "top") {
                missing.push(format!("{command} {flag}"));
            }
        }
    }
    assert!(missing.is_empty(), "no line of the table uses: {}", missing.join(", "));
}
