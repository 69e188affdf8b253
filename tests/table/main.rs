//! The table of invocations: every flag of every command and every exit code that needs no cloud.
//!
//! `lines/*.txt` hold lines of shell and, below each, what sops 3.13.2 answered: exit code, stdout,
//! stderr, and the files it made or changed, with ciphertext and times masked. Where we differ on
//! purpose, `~` lines say how and name a row of `docs/compatibility.md`. See `lines/README.md`.
//!
//! * `SOPS_BIN=/path/to/sops` runs that program beside ours and compares live, records included;
//! * `RECORD=1 SOPS_BIN=…` writes the records anew, `RECORD=missing` those of new lines. They never come
//!   from this program;
//! * `TIDY=1` removes the marks of what was not there yet and now is;
//! * `ONLY=text` runs the lines that contain the text and shows our answers.
#![cfg(unix)] // Windows has tests/windows

mod block;
mod difference;
mod machine;
mod mask;
#[path = "../support/secrets.rs"]
mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use block::{Block, Table};
use difference::Difference;
use machine::{Answer, answer};

const OURS: &str = env!("CARGO_BIN_EXE_sops");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/table/lines")
}

/// The tables by file name.
fn tables() -> BTreeMap<PathBuf, Table> {
    let entries = std::fs::read_dir(folder()).expect("the tables");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a table");
            let table = Table::parse(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            (path, table)
        })
        .collect()
}

/// Does something with every block on all cores.
fn on_all_cores<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

/// Writes what the real program answers into the tables.
fn record(sops: &str, tables: &mut BTreeMap<PathBuf, Table>) {
    for (path, table) in tables {
        let only_missing = std::env::var_os("RECORD").is_some_and(|which| which == "missing");
        let blocks = table.blocks().filter(|block| !only_missing || block.recorded.is_none());
        let blocks: Vec<&mut Block> = blocks.collect();
        let blocks: Vec<Mutex<&mut Block>> = blocks.into_iter().map(Mutex::new).collect();
        on_all_cores(&blocks, |block| {
            let mut block = block.lock().expect("no panic");
            block.recorded = Some(answer(sops, &block.line));
        });
        drop(blocks);
        std::fs::write(path, table.print()).expect("written");
    }
}

/// What is wrong with our answer to a line, if anything.
fn fault(block: &Block, sops: Option<&str>) -> Option<String> {
    let Some(recorded) = &block.recorded else {
        return Some("no record; RECORD=1 SOPS_BIN=… makes one".to_owned());
    };
    if let Some(sops) = sops {
        let live = answer(sops, &block.line);
        if live != *recorded {
            return Some(format!("the record is not what sops answers:\n{live}"));
        }
    }
    let ours = answer(OURS, &block.line);
    if std::env::var_os("ONLY").is_some() {
        return Some(format!("(shown because of ONLY)\nsops:\n{recorded}ours:\n{ours}"));
    }
    block.difference.fault(recorded, &ours).map(|why| format!("{why}\nsops:\n{recorded}ours:\n{ours}"))
}

/// Takes the mark `later-…` from the lines that are answered as by sops now.
fn tidy(tables: &mut BTreeMap<PathBuf, Table>) {
    for (path, table) in tables {
        let waiting: Vec<_> =
            table.blocks().filter(|block| block.difference.is_later()).map(Mutex::new).collect();
        on_all_cores(&waiting, |block| {
            let mut block = block.lock().expect("no panic");
            let ours = answer(OURS, &block.line);
            if block.recorded.as_ref().is_some_and(|sops| Difference::is_over(sops, &ours)) {
                block.difference = Difference::default();
            }
        });
        drop(waiting);
        std::fs::write(path, table.print()).expect("written");
    }
}

#[test]
#[allow(clippy::print_stderr)] // said out loud
fn every_line_is_answered_as_sops_answers_it() {
    let mut sops = std::env::var("SOPS_BIN").ok().filter(|path| !path.is_empty());
    let mut tables = tables();
    if std::env::var_os("RECORD").is_some() {
        // What was just recorded need not be asked again.
        let sops = sops.take();
        record(
            sops.as_deref().expect("RECORD needs SOPS_BIN: only the real program is recorded"),
            &mut tables,
        );
    }
    if std::env::var_os("TIDY").is_some() {
        tidy(&mut tables);
    }
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut blocks = Vec::new();
    for (path, table) in &mut tables {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let wanted = table.blocks().filter(|block| block.line.contains(&only));
        blocks.extend(wanted.map(|block| (name.clone(), block)));
    }
    let faults = Mutex::new(BTreeSet::new());
    on_all_cores(&blocks, |(name, block)| {
        if let Some(why) = fault(block, sops.as_deref()) {
            faults.lock().expect("no panic").insert(format!("{name}: $ {}\n{why}\n", block.line));
        }
    });
    let later = blocks.iter().filter(|(_, block)| block.difference.is_later()).count();
    if later > 0 {
        eprintln!("NOT YET: {later} of {} lines wait for a part of the program", blocks.len());
    }
    let faults = faults.into_inner().expect("no panic");
    assert!(
        faults.is_empty(),
        "{} of {} lines:\n\n{}",
        faults.len(),
        blocks.len(),
        faults.into_iter().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn there_are_hundreds_of_them_and_no_two_alike() {
    let mut lines = BTreeSet::new();
    for table in tables().values_mut() {
        for block in table.blocks() {
            assert!(lines.insert(block.line.clone()), "twice: {}", block.line);
        }
    }
    assert!(lines.len() >= 1000, "{}", lines.len());
}

/// The exit codes of sops 3.13.2 that some input can bring about (command line §11), but for 21, which
/// needs a failing cipher.
#[test]
fn every_exit_code_is_met() {
    let mut met = BTreeSet::new();
    for table in tables().values_mut() {
        met.extend(table.blocks().filter_map(|block| Some(block.recorded.as_ref()?.code)));
    }
    for code in [0, 1, 2, 3, 4, 6, 7, 8, 23, 25, 49, 51, 91, 92, 100, 112, 128, 200, 201, 203, 255] {
        assert!(met.contains(&code), "no line ends with {code}");
    }
}

/// Every answer is found again in what is written of it.
#[test]
fn records_are_read_as_they_were_written() {
    let answer = Answer {
        code: 3,
        stdout: "a\n\n  b".into(),
        stderr: "x\n".into(),
        files: BTreeMap::from([
            ("d/f 1".into(), "mode 644\ntext\n".into()),
            ("gone".into(), "removed\n".into()),
        ]),
    };
    let text = format!("# about\n\n$ sops x\n{answer}~ because some-row\n~ exit 4\n");
    let mut table = Table::parse(&text).expect("a table");
    assert_eq!(table.blocks().next().expect("a block").recorded.as_ref(), Some(&answer));
    assert_eq!(table.print(), text);
}
