//! `edit` and bare `sops FILE` (command line §7.3).

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::home::{Home, RECIPIENT, Run, can_arrive, signal, wait_for};

const PLAIN: &str = "a: 1\nb: two\nc:\n    - x\n    - 3\n";

#[test]
fn a_change_is_written_and_the_rest_stays() {
    for line in
        [&["edit", "a.yaml"][..], &["a.yaml"], &["--input-type", "yaml", "--output-type", "yaml", "a.yaml"]]
    {
        let home = Home::empty().with(&["a.yaml"]).editor("sed -i 's/two/three/' \"$1\"");
        let before = home.read("a.yaml");
        home.run(line.iter().copied()).exits(0).prints("").says_nothing();
        home.run(["decrypt", "a.yaml"]).exits(0).prints(&PLAIN.replace("two", "three"));
        let after = home.read("a.yaml");
        let changed = before.lines().zip(after.lines()).filter(|(a, b)| a != b).count();
        assert_eq!(changed, 3, "b, lastmodified, mac");
        assert_eq!(home.leftovers(), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn nothing_changed() {
    let home = Home::empty().with(&["a.yaml"]).editor("touch \"$1\"");
    let before = home.read("a.yaml");
    home.run(["edit", "a.yaml"]).exits(200).prints("").says("File has not changed, exiting.");
    home.run(["edit", "--age", RECIPIENT, "new.yaml"]).exits(200);
    assert_eq!(home.read("a.yaml"), before);
    assert!(!home.path("new.yaml").exists());
}

#[test]
fn the_copy_is_private_and_has_the_files_name() {
    let home = Home::empty()
        .with(&["a.yaml"])
        .editor("basename \"$1\"; stat -c %a \"$1\" \"$(dirname \"$1\")\"; cat \"$1\"");
    home.run(["edit", "a.yaml"]).exits(200).prints(&format!("a.yaml\n600\n700\n{PLAIN}"));
}

#[test]
fn a_new_file_starts_with_the_example() {
    let home = Home::empty().editor("cat \"$1\"; echo 'k: v' > \"$1\"");
    let run = home.run(["edit", "--age", RECIPIENT, "new.yaml"]).exits(0);
    assert_eq!(
        run.stdout,
        "hello: Welcome to SOPS! Edit this file as you please!\nexample_key: example_value\n# Example comment\n\
         example_array:\n    - example_value1\n    - example_value2\nexample_number: 1234.56789\n\
         example_booleans:\n    - true\n    - false\n"
    );
    home.run(["decrypt", "new.yaml"]).exits(0).prints("k: v\n");
    home.run(["edit", "new2.yaml"]).exits(1).prints("");
    home.run(["edit", "--enable-local-keyservice=false", "--age", RECIPIENT, "new2.yaml"]).exits(128).prints("").says(
        "Error encrypting the data key with one or more master keys: [no key services provided, cannot update \
         master keys]",
    );
}

#[test]
fn the_editor() {
    let home = |editor: &str| Home::empty().with(&["a.yaml"]).var("EDITOR", editor);
    home("sh -c 'exit 7'").run(["edit", "a.yaml"]).exits(201).says("Could not run editor: exit status 7");
    home("sh -c 'kill -9 $$'")
        .run(["edit", "a.yaml"])
        .exits(201)
        .says("Could not run editor: signal: killed");
    home("'x").run(["edit", "a.yaml"]).exits(201).says("Could not run editor: invalid $EDITOR: 'x");
    home("nonexistent-program")
        .run(["edit", "a.yaml"])
        .exits(201)
        .says("Could not run editor: exec: \"nonexistent-program\": executable file not found in $PATH");
    home("false").var("SOPS_EDITOR", "sh -c 'echo \"c: d\" > $0'").run(["edit", "a.yaml"]).exits(0);
    home("rm").run(["edit", "a.yaml"]).exits(2).mentions("Could not hash file: open ");
    home("cat")
        .var("TMPDIR", "/nonexistent")
        .run(["edit", "a.yaml"])
        .exits(3)
        .says("Could not create temporary directory: stat /nonexistent: no such file or directory");
}

/// An editor with an executable bit in the working directory is not run by its bare name.
#[test]
fn editors_are_not_looked_up_in_the_working_directory() {
    let home = Home::empty().with(&["a.yaml"]).file("evil", "#!/bin/sh\ntouch ran\n").var("EDITOR", "evil");
    crate::home::make_executable(&home.path("evil"));
    let path = format!(".:{}", std::env::var("PATH").expect("PATH"));
    home.var("PATH", &path).run(["edit", "a.yaml"]).exits(201).says(
        "Could not run editor: exec: \"evil\": cannot run executable found relative to current directory",
    );
}

/// Without a terminal one failure ends the run; sops loops for ever.
#[test]
fn without_a_terminal_one_failure_ends_it() {
    for (text, code, why) in [
        ("a: [1", 2, "Error unmarshalling file: yaml: "),
        ("sops: 1", 203, "top-level entry called 'sops'"),
        ("8080: x", 23, "Error encrypting tree: "),
    ] {
        let home = Home::empty().with(&["a.yaml"]).editor(&format!("echo '{text}' > \"$1\""));
        let before = home.read("a.yaml");
        home.run(["edit", "a.yaml"]).exits(code).mentions(why).mentions("the edited text is lost");
        assert_eq!(home.read("a.yaml"), before);
        assert!(home.leftovers().is_empty());
    }
}

/// Runs `sops edit a.yaml` on a terminal on which enter is pressed once; `script` gives the terminal.
fn on_a_terminal(home: &Home) -> Option<Run> {
    use std::io::Write;
    let line = format!("{} edit a.yaml", env!("CARGO_BIN_EXE_sops"));
    let mut command = home.command("script");
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().ok()?; // no script(1) here
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"\n").expect("written");
    let run = Run::of(child.wait_with_output().expect("it ends"));
    drop(input);
    Some(run)
}

/// With a terminal the editor comes back with what was typed.
#[test]
fn with_a_terminal_the_text_comes_back() {
    let home = Home::empty().with(&["a.yaml"]).editor(
        "if grep -q broken \"$1\"; then echo 'a: fixed' > \"$1\"; else echo 'broken: [1' > \"$1\"; fi",
    );
    let Some(run) = on_a_terminal(&home) else { return };
    assert!(
        run.stdout.contains("Could not load tree, probably due to invalid syntax. Press enter"),
        "{}",
        run.stdout
    );
    home.run(["decrypt", "a.yaml"]).exits(0).prints("a: fixed\n");
}

/// Someone else was faster: their version is shown beside ours, and ours replaces it knowingly.
#[test]
fn with_a_terminal_a_changed_file_can_be_replaced() {
    let sops = env!("CARGO_BIN_EXE_sops");
    let home = Home::empty().with(&["a.yaml"]).editor(&format!(
        "if test -f again; then cat \"$(dirname \"$1\")\"/theirs-a.yaml > seen; echo 'e: more' >> \"$1\"; else
         touch again; {sops} set a.yaml '[\"b\"]' '\"theirs\"'; echo 'd: mine' >> \"$1\"; fi"
    ));
    let Some(run) = on_a_terminal(&home) else { return };
    assert!(run.stdout.contains("The file was changed by someone else"), "{}", run.stdout);
    assert_eq!(home.read("seen"), PLAIN.replace("two", "theirs"));
    home.run(["decrypt", "a.yaml"]).exits(0).prints(&format!("{PLAIN}d: mine\ne: more\n"));
    assert!(home.leftovers().is_empty());
}

/// Two editors at once: the second one is told, and nothing of the first is lost.
#[test]
fn a_file_that_changed_meanwhile_is_not_overwritten() {
    let sops = env!("CARGO_BIN_EXE_sops");
    let home = Home::empty()
        .with(&["a.yaml"])
        .editor(&format!("{sops} set a.yaml '[\"b\"]' '\"theirs\"'; echo 'd: mine' >> \"$1\""));
    home.run(["edit", "a.yaml"]).exits(1).mentions("was changed while it was edited");
    home.run(["decrypt", "--extract", "[\"b\"]", "a.yaml"]).exits(0).prints("theirs");
}

#[test]
fn show_master_keys_keeps_edits() {
    let home =
        Home::empty().with(&["a.yaml"]).editor("grep -c recipient: \"$1\"; sed -i 's/two/three/' \"$1\"");
    home.run(["edit", "-s", "a.yaml"]).exits(0).prints("1\n").says_nothing(); // sops drops every edit
    home.run(["decrypt", "a.yaml"]).exits(0).prints(&PLAIN.replace("two", "three"));
    let home = Home::empty().with(&["a.yaml"]).editor("touch \"$1\"");
    home.run(["edit", "-s", "a.yaml"]).exits(200);
}

#[test]
fn signals_remove_the_plaintext() {
    for (name, code) in [("TERM", 1), ("INT", 1), ("HUP", 129), ("QUIT", 131)] {
        if !can_arrive(name) {
            continue;
        }
        let home = Home::empty().with(&["a.yaml"]).editor("touch ready; exec sleep 30");
        let mut command = home.sops(["edit", "a.yaml"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("sops runs");
        wait_for("the editor", || home.path("ready").exists());
        assert_eq!(home.leftovers().len(), 1);
        signal(&child, name);
        let run = end(child).exits(code);
        if code == 1 {
            run.says("User canceled operation");
        }
        assert!(home.leftovers().is_empty(), "{name} left plaintext");
    }
}

/// The end of a process whose editor still holds its stderr open.
fn end(mut child: std::process::Child) -> Run {
    use std::io::Read;
    let status = child.wait().expect("it ends");
    let mut stderr = child.stderr.take().expect("a pipe");
    let flags = rustix::fs::fcntl_getfl(&stderr).expect("flags");
    rustix::fs::fcntl_setfl(&stderr, flags | rustix::fs::OFlags::NONBLOCK).expect("set");
    let mut said = Vec::new();
    let _ = stderr.read_to_end(&mut said);
    Run::of(std::process::Output { status, stdout: Vec::new(), stderr: said })
}

/// A file that cannot be written is found out after the edit; without a terminal the run ends.
#[test]
fn a_read_only_file() {
    if rustix::process::geteuid().is_root() {
        return; // root may write anything
    }
    let home = Home::empty().with(&["a.yaml"]).editor("echo 'd: mine' >> \"$1\"");
    std::fs::set_permissions(home.path("a.yaml"), std::fs::Permissions::from_mode(0o400)).expect("allowed");
    home.run(["edit", "a.yaml"]).exits(3).mentions("Could not open in-place file for writing: ");
}
