//! Whatever ends a run, no plaintext stays on disk: for each command that has some, and each signal.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::home::{Home, can_arrive, signal, wait_for};

/// Stands in the plaintext and nowhere else.
const MARKER: &str = "xK7-a-secret-that-must-not-stay-qT2";

/// The files below a folder that hold the marker.
fn traces(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(path),
                // Not pipes: whoever opens one waits.
                Ok(kind) if kind.is_file() => {
                    let text = std::fs::read(&path).unwrap_or_default();
                    if text.windows(MARKER.len()).any(|part| part == MARKER.as_bytes()) {
                        found.push(path);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// A file with the marker, and an editor that waits. Both editor and commands end when `go` is there.
fn home() -> Home {
    let home = Home::empty().file("m.json", &format!("{{\n  \"SECRET\": \"{MARKER}\"\n}}\n"));
    home.run(["encrypt", "-i", "--age", crate::home::RECIPIENT, "m.json"]).exits(0);
    home.editor("touch ready; until test -e go; do sleep 0.02; done")
}

const WAIT: &str = "touch ready; until test -e go; do sleep 0.02; done";
/// The commands, whether their plaintext is in a file while they run, and how they end by a signal.
const COMMANDS: [(&[&str], bool); 5] = [
    (&["edit", "m.json"], true),
    (&["m.json"], true),
    (&["exec-file", "--no-fifo", "m.json", WAIT], true),
    (&["exec-file", "m.json", WAIT], false),
    (&["exec-env", "m.json", WAIT], false),
];

#[test]
fn a_signal_leaves_no_plaintext() {
    let shared = Path::new("/dev/shm");
    for (line, in_file) in COMMANDS {
        for name in ["TERM", "HUP", "INT", "QUIT", "PIPE"].into_iter().filter(|name| can_arrive(name)) {
            for own_folder in [true, false] {
                if !(own_folder || cfg!(target_os = "linux") && shared.is_dir()) {
                    continue; // no place in memory
                }
                let home = home();
                let all = home.path("").parent().expect("a parent").to_path_buf();
                let mut command = home.sops(line.iter().copied());
                if !own_folder {
                    command.env_remove("TMPDIR");
                }
                let mut child =
                    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("sops runs");
                wait_for("the command", || home.path("ready").exists());
                let place = if own_folder { home.tmp() } else { shared.to_path_buf() };
                assert_eq!(!traces(&place).is_empty(), in_file, "{line:?}: plaintext is where it should be");
                signal(&child, name);
                if name == "PIPE" {
                    // Nobody dies of that who does not write; the command goes on.
                    std::fs::write(home.path("go"), "").expect("written");
                }
                child.wait().expect("it ends");
                let left = [traces(&all), traces(shared)].concat();
                assert_eq!(left, Vec::<PathBuf>::new(), "{line:?} by {name}");
                assert!(home.leftovers().is_empty(), "{line:?} by {name}");
                std::fs::write(home.path("go"), "").expect("written"); // whoever still waits
            }
        }
    }
}

/// The exit codes that go with it: a command's end by a signal is 255, as in sops.
#[test]
fn a_signal_ends_commands_and_sops() {
    for (line, codes) in [
        (&["edit", "m.json"][..], [("TERM", 1), ("HUP", 129), ("QUIT", 131)]),
        (&["exec-env", "m.json", WAIT], [("TERM", 255), ("HUP", 255), ("QUIT", 255)]),
        (&["exec-file", "m.json", WAIT], [("TERM", 255), ("HUP", 255), ("QUIT", 255)]),
    ] {
        for (name, code) in codes.into_iter().filter(|(name, _)| can_arrive(name)) {
            let home = home();
            let mut command = home.sops(line.iter().copied());
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("sops runs");
            wait_for("the command", || home.path("ready").exists());
            signal(&child, name);
            crate::home::Run::of(child.wait_with_output().expect("it ends")).exits(code);
            std::fs::write(home.path("go"), "").expect("written");
        }
    }
}

/// The editor is told when sops is ended: its file is gone, and it would keep the terminal.
#[test]
fn the_editor_is_told() {
    let home = home().editor("trap 'touch told; exit 0' TERM; touch ready; while :; do sleep 0.02; done");
    let mut command = home.sops(["edit", "m.json"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("sops runs");
    wait_for("the editor", || home.path("ready").exists());
    signal(&child, "TERM");
    crate::home::Run::of(child.wait_with_output().expect("it ends")).exits(1);
    wait_for("the editor's end", || home.path("told").exists());
}

/// What the editor had saved when the run was ended is kept, in ciphertext. The file stays as it was: nobody
/// said that the text is ready. sops drops it. INT and QUIT are typed by who wants that.
#[test]
fn what_was_saved_before_a_signal_is_kept() {
    let editor = "printf half >> \"$1\"; touch ready; until test -e go; do sleep 0.02; done";
    for (name, kept) in [("TERM", true), ("HUP", true), ("INT", false), ("QUIT", false)] {
        for file in ["m.json", "new.json"] {
            if !can_arrive(name) {
                continue;
            }
            let home = home().editor(editor).var("SOPS_AGE_RECIPIENTS", crate::home::RECIPIENT);
            let all = home.path("").parent().expect("a parent").to_path_buf();
            let before = home.read("m.json");
            let mut command = home.sops(["edit", file]);
            let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("sops runs");
            wait_for("the editor", || home.path("ready").exists());
            signal(&child, name);
            let run = crate::home::Run::of(child.wait_with_output().expect("it ends"));
            std::fs::write(home.path("go"), "").expect("written");
            assert_eq!(traces(&all), Vec::<PathBuf>::new(), "{file} by {name}");
            assert!(home.leftovers().is_empty(), "{file} by {name}");
            assert_eq!(home.read("m.json"), before);
            let rescued = format!("{file}.rescued");
            assert_eq!(home.path(&rescued).exists(), kept, "{file} by {name}");
            if kept {
                run.mentions("your text is kept, encrypted for the keys of the file: sops decrypt ");
                let text = home.run(["decrypt", &rescued]).exits(0).stdout;
                assert!(text.ends_with("half") && text.contains(MARKER) == (file == "m.json"), "{text}");
                home.editor("true").run(["edit", "m.json"]).mentions(if file == "m.json" {
                    "a text of an earlier edit was not saved"
                } else {
                    "File has not changed"
                });
            }
        }
    }
}

/// Failures leave none either: a text that cannot be saved is kept encrypted.
#[test]
fn a_failure_leaves_no_plaintext() {
    let home = home().editor("echo '{' >> \"$1\"");
    let all = home.path("").parent().expect("a parent").to_path_buf();
    home.run(["edit", "m.json"]).exits(2);
    // nobody reads what we say
    home.shell("sops edit m.json 2>&1 | true").exits(0);
    home.run(["exec-file", "--no-fifo", "m.json", "exit 3"]).exits(3);
    home.run(["exec-file", "--no-fifo", "--filename", "no/such", "m.json", "true"]).exits(1);
    assert_eq!(traces(&all), Vec::<PathBuf>::new());
    let kept = home.run(["decrypt", "m.json.rescued"]).exits(0).stdout;
    assert!(kept.contains(MARKER) && kept.ends_with("{\n"), "{kept}");
}
