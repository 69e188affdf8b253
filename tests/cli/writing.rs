//! How files are written: whole or not at all (command line §9, and what we do better).

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Stdio;

use crate::home::{Home, RECIPIENT, Run, signal, wait_for};

fn mode(home: &Home, name: &str) -> u32 {
    std::fs::metadata(home.path(name)).expect("a file").mode() & 0o777
}

#[test]
fn mode_links_and_neighbours() {
    let home = Home::empty().with(&["a.yaml"]);
    std::fs::set_permissions(home.path("a.yaml"), std::fs::Permissions::from_mode(0o640)).expect("allowed");
    std::os::unix::fs::symlink("a.yaml", home.path("link.yaml")).expect("linked");
    home.run(["rotate", "-i", "link.yaml"]).exits(0);
    assert!(std::fs::symlink_metadata(home.path("link.yaml")).expect("there").is_symlink());
    assert_eq!(mode(&home, "a.yaml"), 0o640);
    std::fs::hard_link(home.path("a.yaml"), home.path("hard.yaml")).expect("linked");
    home.run(["set", "a.yaml", "[\"b\"]", "\"new\""]).exits(0);
    home.run(["decrypt", "--extract", "[\"b\"]", "hard.yaml"]).exits(0).prints("new");
    assert_eq!(std::fs::read_dir(home.path("")).expect("a folder").count(), 3);
}

/// sops makes it readable for everyone.
#[test]
fn new_plaintext_is_for_its_owner_only() {
    let home = Home::empty().with(&["a.yaml"]).file("f.yaml", "a: 1\n").file("there", "");
    home.shell("umask 022; sops decrypt --output new a.yaml").exits(0);
    home.shell(&format!("umask 022; sops encrypt --age {RECIPIENT} --output enc.yaml f.yaml")).exits(0);
    assert_eq!((mode(&home, "new"), mode(&home, "enc.yaml")), (0o600, 0o644));
    std::fs::set_permissions(home.path("there"), std::fs::Permissions::from_mode(0o604)).expect("allowed");
    home.run(["decrypt", "--output", "there", "a.yaml"]).exits(0);
    assert_eq!(mode(&home, "there"), 0o604);
}

#[test]
fn what_cannot_be_opened() {
    let home = Home::empty().with(&["a.yaml"]).file("f.yaml", "a: 1\n");
    home.run(["decrypt", "--output", "no/x", "a.yaml"])
        .exits(3)
        .mentions("Could not open output file for writing: open ");
    home.run(["encrypt", "--age", RECIPIENT, "--output", "/", "f.yaml"])
        .exits(3)
        .says("Could not open output file for writing: open /: is a directory");
}

#[test]
fn devices_are_written_through() {
    let home = Home::empty().with(&["a.txt"]);
    home.run(["decrypt", "--output", "/dev/stdout", "a.txt"]).exits(0).prints("hello");
    home.run(["decrypt", "--output", "/dev/stderr", "a.txt"]).exits(0).prints("").says("hello");
    home.shell("sops decrypt --output /dev/stdout a.txt > f; cat f").exits(0).prints("hello");
    home.shell("mkfifo p; cat p & sops decrypt --output p a.txt; wait; test -p p").exits(0).prints("hello");
}

/// A file that is opened must not get the number of a stream: what is said there would end in it.
#[test]
fn streams_that_nobody_gave_us() {
    let home = Home::empty().with(&["a.yaml", "vars.json"]);
    home.shell("sops set a.yaml '[\"b\"]' '\"new\"' <&- >&- 2>&-").exits(0);
    home.run(["decrypt", "--extract", "[\"b\"]", "a.yaml"]).exits(0).prints("new");
    home.shell("sops decrypt --output new missing.yaml <&- 2>&-").exits(100).prints("").says_nothing();
    home.shell(
        "sops exec-env vars.json 'there=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo $there >&2' <&- >&-",
    )
    .exits(0)
    .says("/dev/null /dev/null");
}

#[test]
fn a_full_disk() {
    let home = Home::empty().with(&["a.txt"]);
    home.shell("sops decrypt a.txt > /dev/full").exits(1).says("write /dev/stdout: no space left on device");
}

/// Under `ulimit -f` sops cuts the file and all data are lost.
#[test]
fn a_file_that_may_not_grow_stays_whole() {
    for name in ["f.yaml", "linked.yaml"] {
        let home = Home::empty().file(name, &format!("a: {}\n", "x".repeat(6000)));
        if name == "linked.yaml" {
            std::fs::hard_link(home.path(name), home.path("other")).expect("linked");
        }
        home.run(["encrypt", "-i", "--age", RECIPIENT, name]).exits(0);
        let before = home.read(name);
        home.shell(&format!("ulimit -f 2; sops rotate -i --add-age {RECIPIENT} {name}"))
            .exits(1)
            .mentions("file too large");
        assert_eq!(home.read(name), before);
        assert!(home.leftovers().is_empty());
    }
}

/// Killed at any time, the file is the old one or the new one.
#[test]
fn a_kill_never_leaves_half_a_file() {
    let home = Home::empty().file("f.yaml", &format!("a: {}\n", "x".repeat(100_000)));
    home.run(["encrypt", "-i", "--age", RECIPIENT, "f.yaml"]).exits(0);
    for delay in 0..25 {
        let mut child = home.sops(["rotate", "-i", "f.yaml"]).spawn().expect("sops runs");
        std::thread::sleep(std::time::Duration::from_millis(delay));
        let _ = child.kill();
        let _ = child.wait();
        home.run(["decrypt", "--extract", "[\"a\"]", "f.yaml"]).exits(0).prints(&"x".repeat(100_000));
    }
    // Until it is whole the new file has no name, where the system has such files.
    if has_nameless_files(&home) {
        assert_eq!(home.leftovers(), Vec::<std::path::PathBuf>::new());
    }
}

#[cfg(not(target_os = "linux"))]
fn has_nameless_files(_home: &Home) -> bool {
    false
}

#[cfg(target_os = "linux")]
#[allow(clippy::print_stderr)] // said out loud
fn has_nameless_files(home: &Home) -> bool {
    use rustix::fs::{Mode, OFlags, open};

    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let has = open(home.path(""), flags, Mode::RUSR).is_ok();
    if !has {
        assert!(std::env::var_os("CI").is_none(), "temporary folders need another file system (O_TMPFILE)");
        eprintln!("SKIPPED: that nothing is left: there are no files without a name here");
    }
    has
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let home = Home::empty().file("big.txt", &"x".repeat(300_000));
    home.run(["encrypt", "-i", "--age", RECIPIENT, "big.txt"]).exits(0);
    home.shell("sops decrypt big.txt | head -c 1; echo \" ${PIPESTATUS[0]}\"")
        .exits(0)
        .prints("x 141\n")
        .says_nothing();
}

#[test]
fn a_signal_while_stdin_is_read_ends_it() {
    let home = Home::empty();
    let mut command = home.sops(["decrypt", "--filename-override", "x.yaml"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sops runs");
    child.stdin.as_mut().expect("a pipe").write_all(b"a: 1\n").expect("written");
    wait_for("reading", || true);
    signal(&child, "TERM");
    Run::of(child.wait_with_output().expect("it ends")).exits(143);
}
