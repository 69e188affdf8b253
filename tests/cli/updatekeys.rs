//! `updatekeys` (command line §7.13). Texts, streams and exit codes were seen with sops 3.13.2.

use crate::home::{Home, RECIPIENT, STRANGER};

const NO_METADATA: &str = "sops metadata not found";

/// The real `a.yaml` for one recipient, a rule for `groups`.
fn with_groups(groups: &str) -> Home {
    let groups = groups.replace("RECIPIENT", RECIPIENT).replace("STRANGER", STRANGER);
    Home::empty()
        .with(&["a.yaml", "a.json", "a.txt"])
        .file(".sops.yaml", &format!("creation_rules: [{{key_groups: {groups}}}]"))
}

/// The lines of a file without those that hold wrapped keys, names and thresholds.
fn values(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.contains("ENC[") || line.contains("lastmod") || line.contains("version"))
        .collect()
}

fn two_recipients() -> String {
    format!(
        "The following changes will be made to the file's groups:\nGroup 1\n    {RECIPIENT}\n+++ {STRANGER}\n"
    )
}

fn file(home: &Home, name: &str) -> String {
    home.path(name).display().to_string()
}

#[test]
fn keys_are_brought_in_line() {
    for name in ["a.yaml", "a.json", "a.txt"] {
        let home = with_groups("[{age: [RECIPIENT, STRANGER]}]");
        let (before, plain) = (home.read(name), home.run(["decrypt", name]).stdout);
        let path = file(&home, name);
        home.run(["updatekeys", "-y", name])
            .exits(0)
            .prints(&two_recipients())
            .says(&format!("Syncing keys for file {path}\nFile {path} synced with new keys"));
        let after = home.read(name);
        assert!(after.contains(STRANGER), "{after}");
        assert_eq!(values(&after), values(&before), "{name}");
        home.run(["decrypt", name]).exits(0).prints(&plain);
        home.run(["updatekeys", name])
            .exits(0)
            .prints("")
            .says(&format!("Syncing keys for file {path}\nFile {path} already up to date"));
    }
}

#[test]
fn the_question_wants_one_word() {
    const QUESTION: &str = "Is this okay? (y/n):";
    for (answer, asked, code, end) in [
        ("y", 1, 0, "File PATH synced with new keys"),
        ("y\nn\n", 1, 0, "File PATH synced with new keys"),
        ("n\n", 1, 0, "File PATH left unchanged"),
        ("maybe\nyes\nn", 3, 0, "File PATH left unchanged"),
        ("\n", 1, 1, "unexpected newline"),
        ("y y\n", 1, 1, "expected newline"),
        ("", 1, 1, "EOF"),
        ("maybe\n", 2, 1, "EOF"),
    ] {
        let home = with_groups("[{age: [RECIPIENT, STRANGER]}]");
        let (before, path) = (home.read("a.yaml"), file(&home, "a.yaml"));
        home.pipe(answer, ["updatekeys", "a.yaml"])
            .exits(code)
            .prints(&format!("{}{}", two_recipients(), QUESTION.repeat(asked)))
            .says(&format!("Syncing keys for file {path}\n{}", end.replace("PATH", &path)));
        let written = home.read("a.yaml") != before;
        assert_eq!(written, end.contains("synced"), "{answer:?}");
    }
}

#[test]
fn thresholds_follow_the_file_and_never_exceed_the_groups() {
    let three = "[{age: [RECIPIENT]}, {age: [RECIPIENT]}, {age: [RECIPIENT]}]";
    let two = "[{age: [RECIPIENT]}, {age: [RECIPIENT]}]";
    let config = |groups: &str| {
        let groups = groups.replace("RECIPIENT", RECIPIENT);
        format!("creation_rules: [{{key_groups: {groups}, shamir_threshold: 2}}]")
    };
    let home = with_groups(three).file(".sops.yaml", &config(three));
    // A file without a threshold gets all groups, whatever the rule says.
    let run = home.run(["updatekeys", "-y", "a.yaml"]).exits(0);
    assert!(!run.stdout.contains("shamir"), "{}", run.stdout);
    assert!(home.read("a.yaml").contains("    shamir_threshold: 3\n"));
    // ours: the flag, which sops reads but does not know
    let run = home.run(["updatekeys", "-y", "--shamir-secret-sharing-threshold", "2", "a.yaml"]).exits(0);
    let start = "The following changes will be made to the file's groups:\n";
    assert!(
        run.stdout
            .starts_with(&format!("{start}+++ shamir_threshold: 2\n--- shamir_threshold: 3\nGroup 1\n")),
        "{}",
        run.stdout
    );
    let home = home.file(".sops.yaml", &config(two));
    let run = home.run(["updatekeys", "-y", "a.yaml"]).exits(0);
    assert!(run.stdout.starts_with(&format!("{start}shamir_threshold: 2\nGroup 1\n")), "{}", run.stdout);
    assert!(run.stdout.ends_with(&format!("Group 3\n--- {RECIPIENT}\n")), "{}", run.stdout);
    let home = home.file(".sops.yaml", &config("[{age: [RECIPIENT]}]"));
    let run = home.run(["updatekeys", "-y", "a.yaml"]).exits(0);
    assert!(run.stdout.contains("+++ shamir_threshold: 1\n--- shamir_threshold: 2\n"), "{}", run.stdout);
    home.run(["decrypt", "a.yaml"]).exits(0);
}

#[test]
fn several_files_are_all_tried() {
    let home = with_groups("[{age: [RECIPIENT, STRANGER]}]").file("plain.yaml", "a: 1\n").file("d/x", "");
    let (first, plain, missing) = (file(&home, "a.yaml"), file(&home, "plain.yaml"), file(&home, "missing"));
    home.run(["updatekeys", "-y", "a.yaml", "plain.yaml", "missing", "d"]).exits(1).says(&format!(
        "Syncing keys for file {first}\nFile {first} synced with new keys\n\
         Syncing keys for file {plain}\n\
         [CMD]\t level=error msg=\"{NO_METADATA}\"\n\
         [CMD]\t level=error msg=\"stat {missing}: no such file or directory\"\n\
         [CMD]\t level=error msg=\"can't operate on a directory\"\n\
         failed updating 3 key(s)"
    ));
    home.run(["updatekeys", "a.yaml", "a.json", "-y"]).exits(0);
    assert!(home.read("a.json").contains(STRANGER));
}

#[test]
fn what_stops_it_leaves_the_file_alone() {
    let home = with_groups("[{age: [RECIPIENT]}, {pgp: [ABCDEF]}]").file("plain.yaml", "a: 1\n");
    let before = home.read("a.yaml");
    home.run(["updatekeys", "-y", "a.yaml"]).exits(1).mentions(
        "error updating one or more master keys: [failed to encrypt new data key with master key \"ABCDEF\": ",
    );
    let path = file(&home, "plain.yaml");
    home.run(["updatekeys", "plain.yaml"])
        .exits(1)
        .says(&format!("Syncing keys for file {path}\n{NO_METADATA}"));
    home.run(["updatekeys", "."]).exits(1).says("can't operate on a directory");
    let path = file(&home, "missing");
    home.run(["updatekeys", "missing"]).exits(1).says(&format!("stat {path}: no such file or directory"));
    home.run(["updatekeys"]).exits(100).says("Error: no file specified");
    let home = home.var("SOPS_AGE_KEY", "");
    home.run(["updatekeys", "-y", "a.yaml"])
        .exits(128)
        .mentions("Failed to get the data key required to decrypt the SOPS file.\n\nGroup 0: FAILED\n");
    assert_eq!(home.read("a.yaml"), before);
    assert!(home.leftovers().is_empty());
}

#[test]
fn the_configuration_is_needed() {
    let home = Home::empty().with(&["a.yaml"]);
    // asked for before the arguments are counted
    home.run(["updatekeys"]).exits(1).says("config file not found");
    home.run(["--config", "nope", "updatekeys"]).exits(100).says("Error: no file specified");
    home.run(["--config", "nope", "updatekeys", "a.yaml"])
        .exits(1)
        .says("could not read config file: open nope: no such file or directory");
    let path = file(&home, "a.yaml");
    let home = home.file(".sops.yaml", "stores: {}\n");
    home.run(["updatekeys", "a.yaml"]).exits(1).says(&format!(
        "Syncing keys for file {path}\nThe config file .sops.yaml does not contain any creation rule"
    ));
    let home = home.file(".sops.yaml", "creation_rules: [{path_regex: ^x, age: a}]\n");
    home.run(["updatekeys", "a.yaml"])
        .exits(1)
        .mentions("error loading config: no matching creation rules found");
}

/// Nothing but the block changes: not the blank lines, not the comments, not the quotes, and the
/// layout patch of a text that values cannot carry goes on to work.
#[test]
fn the_bytes_outside_the_block_stay() {
    let text = "# top\n\nb:   'x'   # here\na: [1,  0x1F]\nf: >\n  folded\n  text\n\nsecret: |\n   block\n";
    let home = with_groups("[{age: [RECIPIENT]}, {age: [STRANGER]}]").file("p.yaml", text);
    home.run(["encrypt", "-i", "--age", RECIPIENT, "p.yaml"]).exits(0);
    let before = home.read("p.yaml");
    assert!(before.contains("    layout: ENC["), "{before}");
    let home = home.file(
        ".sops.yaml",
        &format!("creation_rules: [{{key_groups: [{{age: [{RECIPIENT}]}}, {{age: [{RECIPIENT}]}}]}}]"),
    );
    home.run(["updatekeys", "-y", "p.yaml"]).exits(0);
    let after = home.read("p.yaml");
    let (start, _) = before.split_once("sops:\n").expect("a block");
    assert!(after.starts_with(start), "{after}");
    assert_eq!(values(&after), values(&before));
    home.run(["decrypt", "p.yaml"]).exits(0).prints(text);
}
