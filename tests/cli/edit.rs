//! `edit` and bare `sops FILE` (command line §7.3).

use std::os::unix::fs::PermissionsExt;

use crate::home::{Home, RECIPIENT, Run};
use crate::terminal;

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
        home.run(["edit", "a.yaml"])
            .exits(code)
            .mentions(why)
            .mentions("your text is kept, encrypted for the keys of the file: sops decrypt ");
        assert_eq!(home.read("a.yaml"), before);
        home.run(["decrypt", "a.yaml.rescued"]).exits(0).prints(&format!("{text}\n"));
        assert!(home.leftovers().is_empty());
    }
}

/// A second text does not replace the first one.
#[test]
fn texts_that_are_kept() {
    let home = Home::empty().with(&["a.yaml"]).editor("echo \"a: [$$\" > \"$1\"");
    for name in ["a.yaml.rescued", "a.yaml.rescued1"] {
        home.run(["edit", "a.yaml"]).exits(2);
        assert_eq!(std::fs::metadata(home.path(name)).expect("kept").permissions().mode() & 0o777, 0o600);
    }
    assert_ne!(home.read("a.yaml.rescued"), home.read("a.yaml.rescued1"));
    // the second one is not forgotten when the first is gone
    std::fs::remove_file(home.path("a.yaml.rescued")).expect("removed");
    let home = home.editor("true");
    home.run(["edit", "a.yaml"]).exits(200).mentions("a.yaml.rescued1");
    // where there is no folder, the temporary one takes it
    let home = home.var("SOPS_AGE_RECIPIENTS", RECIPIENT).editor("echo 'a: 1' > \"$1\"");
    home.run(["edit", "no/new.yaml"]).exits(3).mentions("Could not open in-place file for writing: open ");
    let kept = home.tmp().join("new.yaml.rescued");
    home.run(["decrypt", kept.to_str().expect("text")]).exits(0).prints("a: 1\n");
}

/// Runs `sops edit` on a file, on a terminal at which enter is pressed once.
fn on_a_terminal(home: &Home, name: &str) -> Run {
    terminal::run(&mut home.sops(["edit", name]), "\n")
}

/// With a terminal the editor comes back with what was typed, whatever is wrong with it.
#[test]
fn with_a_terminal_the_text_comes_back() {
    for (text, why) in [
        ("broken: [1", "Could not load tree, probably due to invalid syntax. Press enter"),
        ("sops: broken", "Tree not valid for encryption. Press enter"),
        ("8080: broken", "Could not encrypt the file. Press enter"),
        ("18446744073709551615: broken", "Could not encrypt the file. Press enter"),
    ] {
        let home = Home::empty().with(&["a.yaml"]).editor(&format!(
            "if grep -q broken \"$1\"; then echo 'a: fixed' > \"$1\"; else echo '{text}' > \"$1\"; fi"
        ));
        let run = on_a_terminal(&home, "a.yaml").exits(0);
        assert!(run.stdout.contains(why), "{text}: {}", run.stdout);
        home.run(["decrypt", "a.yaml"]).exits(0).prints("a: fixed\n");
        assert!(!home.path("a.yaml.rescued").exists());
    }
}

/// So it does if the file cannot be written.
#[test]
fn with_a_terminal_a_missing_folder_can_be_made() {
    let home =
        Home::empty().editor("if test -f again; then mkdir no; else echo 'a: 1' > \"$1\"; touch again; fi");
    let home = home.var("SOPS_AGE_RECIPIENTS", RECIPIENT);
    let run = on_a_terminal(&home, "no/new.yaml").exits(0);
    assert!(run.stdout.contains("Could not write the file. Press enter"), "{}", run.stdout);
    home.run(["decrypt", "no/new.yaml"]).exits(0).prints("a: 1\n");
}

/// An editor that fails may have taken its text with it, or not.
#[test]
fn with_a_terminal_a_failed_editor_can_be_run_again() {
    let home = Home::empty()
        .with(&["a.yaml"])
        .editor("if grep -q mine \"$1\"; then exit 0; else echo 'd: mine' >> \"$1\"; exit 7; fi");
    let run = on_a_terminal(&home, "a.yaml").exits(0);
    assert!(
        run.stdout.contains("The editor failed, and the text was changed. Press enter"),
        "{}",
        run.stdout
    );
    home.run(["decrypt", "--extract", "[\"d\"]", "a.yaml"]).exits(0).prints("mine");
    let home = Home::empty().with(&["a.yaml"]).editor("exit 7");
    let run = on_a_terminal(&home, "a.yaml").exits(201);
    assert!(run.stdout.contains("Could not run editor: exit status 7"), "{}", run.stdout);
}

/// Nobody presses enter any more: the text is kept.
#[test]
fn at_the_end_of_input_the_text_is_kept() {
    let home = Home::empty().with(&["a.yaml"]).editor("echo 'a: [' > \"$1\"");
    let run = terminal::run(&mut home.sops(["edit", "a.yaml"]), "\x04").exits(2);
    assert!(run.stdout.contains("sops decrypt "), "{}", run.stdout);
    home.run(["decrypt", "a.yaml.rescued"]).exits(0).prints("a: [\n");
    assert!(home.leftovers().is_empty());
}

/// Someone else was faster with the same value: their version is shown beside ours, and ours replaces it
/// knowingly.
#[test]
fn with_a_terminal_a_changed_file_can_be_replaced() {
    let sops = env!("CARGO_BIN_EXE_sops");
    let home = Home::empty().with(&["a.yaml"]).editor(&format!(
        "if test -f again; then cat \"$(dirname \"$1\")\"/theirs-a.yaml > seen; cp \"$1\" mine; echo 'e: more' >> \"$1\"
         else touch again; {sops} set a.yaml '[\"b\"]' '\"theirs\"'; {sops} set a.yaml '[\"a\"]' 7
         sed -i 's/two/mine/' \"$1\"; fi"
    ));
    let run = on_a_terminal(&home, "a.yaml").exits(0);
    assert!(run.stdout.contains("The file was changed by someone else"), "{}", run.stdout);
    assert_eq!(home.read("seen"), PLAIN.replace("two", "theirs").replace('1', "7"));
    // what only they changed is in the text already
    assert_eq!(home.read("mine"), PLAIN.replace("two", "mine").replace('1', "7"));
    home.run(["decrypt", "a.yaml"]).exits(0).prints(&format!("{}e: more\n", home.read("mine")));
    assert!(home.leftovers().is_empty());
}

#[test]
fn with_a_terminal_a_removed_file_is_made_again() {
    let home = Home::empty()
        .with(&["a.yaml"])
        .editor("if test -f a.yaml; then rm a.yaml; sed -i 's/two/mine/' \"$1\"; fi");
    let run = on_a_terminal(&home, "a.yaml").exits(0);
    assert!(run.stdout.contains("was removed while it was edited"), "{}", run.stdout);
    home.run(["decrypt", "a.yaml"]).exits(0).prints(&PLAIN.replace("two", "mine"));
}

/// A path with a space must be quoted, as in sops; one that is nothing but blanks is no editor.
#[test]
fn editors_with_spaces() {
    let home = || {
        Home::empty()
            .with(&["a.yaml"])
            .file("my ed/e d", "#!/bin/sh\necho \"$1|$2\"; echo 'd: 1' >> \"$3\"\n")
    };
    let run = |editor: &str| {
        let home = home();
        crate::home::make_executable(&home.path("my ed/e d"));
        home.var("EDITOR", editor).run(["edit", "a.yaml"])
    };
    run("my ed/e d")
        .exits(201)
        .says("Could not run editor: exec: \"my\": executable file not found in $PATH");
    for editor in ["'my ed/e d' 'x  y' \"z's\"", "my\\ ed/e\\ d x\\ \\ y z\\'s # comment"] {
        run(editor).exits(0).prints("x  y|z's\n");
    }
    run("  ").exits(201).says("Could not run editor: invalid $EDITOR:   ");
}

/// The editor's streams are ours (clients §2: IntelliJ).
#[test]
fn the_editor_has_our_streams() {
    let home = Home::empty().with(&["a.yaml"]).editor("cat; echo out; echo err >&2; echo 'd: 1' >> \"$1\"");
    let run = home.pipe("typed ", ["edit", "a.yaml"]).exits(0).prints("typed out\n");
    run.says("err");
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

/// Recipients, selectors and threshold are edited like values; sops drops all of it.
#[test]
fn metadata_can_be_edited() {
    let stranger = crate::home::STRANGER;
    let home = Home::empty().with(&["a.yaml"]).editor(&format!(
        "sed -i 's/two/three/; s/unencrypted_suffix: .*/encrypted_regex: ^b$/' \"$1\"
         sed -i 's/^\\( *\\)age:$/&\\n\\1    - recipient: {stranger}/' \"$1\""
    ));
    let old = home.read("a.yaml");
    home.run(["edit", "-s", "a.yaml"]).exits(0).prints("").says_nothing();
    let new = home.read("a.yaml");
    assert!(new.starts_with("a: 1\nb: ENC["), "{new}");
    assert!(new.contains(stranger) && new.contains("encrypted_regex: ^b$"), "{new}");
    // who could open it before is not asked to wrap anew
    let enc = old.lines().find(|line| line.contains("YWdlLWVuY3J5cHRpb24")).expect("enc");
    assert!(new.contains(enc));
    home.run(["decrypt", "a.yaml"]).exits(0).prints(&PLAIN.replace("two", "three"));
}

/// What would make the file unopenable is refused.
#[test]
fn metadata_that_is_wrong() {
    for (edit, why) in [
        ("/recipient:/d; /enc:/,/END AGE/d; s/age:/age: []/", "No keys found in file"),
        ("s/unencrypted_suffix: .*/encrypted_regex: \"[\"/", "error parsing regexp"),
        ("s/recipient: .*/recipient: nobody/", "unknown recipient type"),
        ("/^sops:/,$d", "sops metadata not found"),
        ("s/unencrypted_suffix: .*/&\\n    encrypted_suffix: x/", "Cannot use more than one of"),
    ] {
        let home = Home::empty()
            .with(&["a.yaml"])
            .editor(&format!("sed -i '{edit}' \"$1\"; sed -i 's/two/three/' \"$1\""));
        let before = home.read("a.yaml");
        let run = home.run(["edit", "-s", "a.yaml"]).mentions(why).mentions("your text is kept");
        assert_eq!(run.stdout, "");
        assert_eq!(home.read("a.yaml"), before, "{edit}");
        let kept = home.run(["decrypt", "a.yaml.rescued"]).exits(0).stdout;
        assert!(kept.contains("b: three"), "{kept}");
    }
    // with a terminal the editor comes back
    let home = Home::empty().with(&["a.yaml"]).editor(
        "if test -f again; then sed -i 's/recipient: nobody/recipient: '$R/ \"$1\"
         else touch again; sed -i 's/recipient: .*/recipient: nobody/; s/two/three/' \"$1\"; fi",
    );
    let home = home.var("R", RECIPIENT);
    let run = terminal::run(&mut home.sops(["edit", "-s", "a.yaml"]), "\n").exits(0);
    assert!(run.stdout.contains("SOPS metadata is invalid. Press enter"), "{}", run.stdout);
    home.run(["decrypt", "a.yaml"]).exits(0).prints(&PLAIN.replace("two", "three"));
}

/// A new file shows its metadata too.
#[test]
fn metadata_of_a_new_file() {
    let home = Home::empty().editor(
        "cp \"$1\" seen; sed -i '1,/^sops:/{/^sops:/!d}; s/unencrypted_suffix: .*/encrypted_suffix: x/' \"$1\"
         sed -i '1i ax: 1\\nb: 2' \"$1\"",
    );
    home.run(["edit", "-s", "--age", RECIPIENT, "new.yaml"]).exits(0).prints("");
    let seen = home.read("seen");
    assert!(seen.starts_with("hello: Welcome to SOPS!"), "{seen}");
    for line in [
        "\nsops:\n",
        &format!("recipient: {RECIPIENT}\n"),
        "    lastmodified: \"0001-01-01T00:00:00Z\"\n",
        "    mac: \"\"\n",
        "    unencrypted_suffix: _unencrypted\n",
        "    version: 3.13.2\n",
    ] {
        assert!(seen.contains(line), "{line:?} in {seen}");
    }
    let new = home.read("new.yaml");
    assert!(new.starts_with("ax: ENC[") && new.contains("\nb: 2\n"), "{new}");
    home.run(["decrypt", "new.yaml"]).exits(0).prints("ax: 1\nb: 2\n");
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
