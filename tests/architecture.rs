//! Holds the edges of the modules: a module uses only what stands above it, and the library below
//! `backends` touches nothing outside itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A module and what it may use beside itself.
const EDGES: &[(&str, &[&str])] = &[
    ("leaf", &[]),
    ("threads", &[]),
    ("document", &["leaf", "threads"]),
    ("crypto", &["leaf", "threads"]),
    ("keys", &["crypto", "leaf"]),
    ("policy", &["leaf", "document", "keys"]),
    ("metadata", &["leaf", "document", "crypto", "keys", "policy"]),
    ("ops", &["leaf", "threads", "document", "crypto", "keys", "policy", "metadata"]),
    ("os", &[]),
    ("backends", &["crypto", "keys", "os"]),
    ("destinations", &["backends", "policy"]),
    ("audit", &["os"]),
];

/// Modules that get time, randomness and files as arguments.
const PURE: &[&str] = &["leaf", "threads", "document", "crypto", "keys", "policy", "metadata", "ops"];

/// What pure modules do not name.
const OUTSIDE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::process",
    "std::net",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "println!",
    "eprintln!",
    "print!(",
    "eprint!(",
    "dbg!",
    "getrandom",
];

#[test]
fn modules_use_only_what_stands_above_them() {
    let files = sources();
    assert!(files.len() > 20, "only {} files found", files.len());
    let wrong: Vec<String> = files.iter().flat_map(|(path, text)| forbidden_edges(path, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_edges_named() {
    let known: BTreeSet<&str> = EDGES
        .iter()
        .map(|(module, _)| *module)
        .chain(["lib", "main", "cli", "mathematics", "start"])
        .collect();
    for (path, _) in sources() {
        let module = module_of(&path);
        assert!(known.contains(module.as_str()), "{}: give the module {module} its edges", path.display());
    }
}

#[test]
fn the_library_touches_nothing_outside_itself() {
    let wrong: Vec<String> = sources().iter().flat_map(|(path, text)| outside(path, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A scan that finds nothing proves nothing: it has to find what is planted.
#[test]
fn the_scan_finds_what_is_forbidden() {
    let found = |path: &str, text: &str| {
        forbidden_edges(Path::new(path), text).len() + outside(Path::new(path), text).len()
    };
    assert_eq!(found("leaf/path.rs", "use crate::document::Document;\n"), 1);
    assert_eq!(
        found("document/mod.rs", "use crate::leaf::Span;\nuse crate::{leaf::Value, crypto::Mac};\n"),
        1
    );
    assert_eq!(found("document/yaml/scan.rs", "fn f() { super::super::super::keys::recover() }\n"), 1);
    assert_eq!(found("document/yaml/mod.rs", "use super::super::ops;\n"), 1);
    assert_eq!(found("document/yaml/mod.rs", "use super::Span;\n"), 0);
    assert_eq!(found("policy/selector.rs", "let x = crate::metadata::Metadata::default();\n"), 1);
    assert_eq!(found("ops/encrypt.rs", "use crate::cli::files;\n"), 1);
    assert_eq!(found("ops/encrypt.rs", "use crate::backends::age;\n"), 1);
    assert_eq!(found("ops/encrypt.rs", "let now = std::time::SystemTime::now();\n"), 1);
    assert_eq!(
        found("keys/mod.rs", "// std::env is read elsewhere, see crate::cli\nuse crate::crypto::DataKey;\n"),
        0
    );
    assert_eq!(found("keys/mod.rs", "/// [`crate::ops`] does the rest\n"), 0);
    assert_eq!(
        found(
            "keys/mod.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests { use crate::ops; fn g() { std::fs::read(\"x\"); } }\n"
        ),
        0
    );
    assert_eq!(found("keys/mod.rs", "fn f() { eprintln!(\"x\") }\n"), 1);
}

/// Every Rust file of the package with its path below `src/`.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of src") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|suffix| suffix == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                files.push((path.strip_prefix(&root).expect("below src").to_owned(), text));
            }
        }
    }
    files
}

/// The top-level module that a file belongs to.
fn module_of(path: &Path) -> String {
    let first = path.components().next().expect("a path").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Code without comments and without tests.
fn code(path: &Path, text: &str) -> String {
    let is_test =
        path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")));
    if is_test {
        return String::new();
    }
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn forbidden_edges(path: &Path, text: &str) -> Vec<String> {
    let module = module_of(path);
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == module) else { return Vec::new() };
    let used = used_modules(path, &code(path, text));
    used.iter()
        .filter(|name| **name != module && !allowed.contains(&name.as_str()))
        .map(|name| format!("src/{}: {module} must not use {name}", path.display()))
        .collect()
}

fn outside(path: &Path, text: &str) -> Vec<String> {
    if !PURE.contains(&module_of(path).as_str()) {
        return Vec::new();
    }
    let code = code(path, text);
    let named = OUTSIDE.iter().filter(|name| contains_word(&code, name));
    named.map(|name| format!("src/{}: names {name}", path.display())).take(1).collect()
}

/// Whether `word` stands in `code` and is not the end of a longer name.
fn contains_word(code: &str, word: &str) -> bool {
    let mut rest = code;
    while let Some(at) = rest.find(word) {
        let before = rest[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            return true;
        }
        rest = &rest[at + word.len()..];
    }
    false
}

/// The top-level modules named by `crate::…` and by `super::` beyond the module's own root.
fn used_modules(path: &Path, code: &str) -> BTreeSet<String> {
    let own_file = path.file_stem().is_some_and(|stem| stem == "mod");
    let parts = path.components().count();
    // How many `super::` lead from this file's module to the crate.
    let depth = if own_file { parts - 1 } else { parts };
    let to_crate = "super::".repeat(depth);
    let mut used = BTreeSet::new();
    for start in ["crate::", &to_crate] {
        let mut rest = code;
        while let Some(at) = rest.find(start) {
            let named = &rest[at + start.len()..];
            match named.strip_prefix('{') {
                Some(list) => used.extend(first_names(list)),
                None => used.extend(Some(name(named)).filter(|name| !name.is_empty() && name != "super")),
            }
            rest = named;
        }
    }
    used.retain(|name| EDGES.iter().any(|(module, _)| module == name) || name == "cli");
    used
}

/// The first names of a `{a::b, c}` list, whose `{` is already read.
fn first_names(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut start = true;
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            c if c.is_whitespace() => {}
            _ if start => {
                names.push(name(&list[at..]));
                start = false;
            }
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
