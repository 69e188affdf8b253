//! `sops` without a command (command line §7.6), as clients call it.

use crate::home::{Home, RECIPIENT};

const PLAIN: &str = "a: 1\nb: two\nc:\n    - x\n    - 3\n";
const MORE: &str = "[CMD]\t level=warning msg=\"More than one positional argument provided. Only the first one will be used!\"\n";

#[test]
fn flags_end_at_the_file() {
    let home = Home::empty().with(&["a.yaml"]);
    let before = home.read("a.yaml");
    home.run(["-d", "a.yaml"]).exits(0).prints(PLAIN).says_nothing();
    home.run(["-d", "--", "a.yaml"]).exits(0).prints(PLAIN).says_nothing();
    let run = home.run(["-d", "a.yaml", "--output-type", "json"]).exits(0).prints(PLAIN);
    assert!(run.stderr.starts_with(MORE), "{}", run.stderr);
    home.run(["-d", "a.yaml", "-i"]).exits(0).prints(PLAIN);
    assert_eq!(home.read("a.yaml"), before);
}

#[test]
fn modes() {
    let home = Home::empty().with(&["a.yaml"]).file("f.yaml", "a: 1\n");
    let encrypted = home.run(["-e", "--age", RECIPIENT, "f.yaml"]).exits(0).says_nothing();
    assert!(encrypted.stdout.starts_with("a: ENC["));
    home.run(["--age", RECIPIENT, "--encrypt", "--encrypted-regex", "^a$", "--in-place", "f.yaml"])
        .exits(0)
        .prints("");
    home.run(["-d", "-i", "f.yaml"]).exits(0).prints("").says_nothing();
    assert_eq!(home.read("f.yaml"), "a: 1\n");
    home.run(["-i", "-r", "a.yaml"]).exits(0).prints("").says_nothing();
    home.run(["--set", "[\"a\"] 5", "a.yaml"]).exits(0).prints("").says_nothing();
    home.run(["-d", "--extract", "[\"a\"]", "a.yaml"]).exits(0).prints("5\n");
    home.run(["--set", "[\"a\"]5", "a.yaml"]).exits(7).says("Invalid --set format");
    home.run(["--set", "x] 5", "a.yaml"]).exits(7).says("Invalid --set format");
    home.run(["--set", "[\"a\"] x", "a.yaml"]).exits(7).says("Value for --set is not valid JSON");
}

#[test]
fn several_modes_at_once() {
    let home = Home::empty().with(&["a.yaml"]);
    home.run(["-d", "-r", "a.yaml"])
        .exits(0)
        .mentions("More than one command (--encrypt, --decrypt, --rotate, --set)");
    // the error of -e is forgotten, but not that there are no keys
    home.run(["-e", "-d", "--age", RECIPIENT, "a.yaml"]).exits(0).prints(PLAIN);
    home.run(["-e", "-d", "a.yaml"]).exits(1);
}

#[test]
fn a_command_name_runs_the_command() {
    let home = Home::empty().with(&["a.yaml"]);
    home.run(["-d", "edit"])
        .exits(100)
        .mentions("--decrypt in front of edit")
        .mentions("Error: no file specified");
    home.run(["-d", "decrypt", "a.yaml"]).exits(0).prints(PLAIN);
}

#[test] // vscode-sops, helm-secrets, mise, git
fn lines_that_clients_type() {
    let home = Home::empty().with(&["a.yaml", "a.json"]);
    std::fs::copy(home.path("a.yaml"), home.path("TMP")).expect("copied");
    home.run(["--ignore-mac", "--output-type", "yaml", "--input-type", "yaml", "--decrypt", "TMP"])
        .exits(0)
        .prints(PLAIN);
    home.run(["--input-type", "plaintext", "--output-type", "plaintext", "-d", "a.yaml"])
        .exits(0)
        .prints(PLAIN);
    home.run([
        "--verbose",
        "--output-type",
        "yaml",
        "--decrypt",
        "--input-type",
        "yaml",
        "--output-type",
        "yaml",
        "a.yaml",
    ])
    .exits(0)
    .prints(PLAIN);
    home.run(["--decrypt", "--input-type", "yaml", "--output-type", "yaml", "--output", "OUT", "a.yaml"])
        .exits(0);
    assert_eq!(home.read("OUT"), PLAIN);
    let file = home.read("a.json");
    let json = "{\n\t\"a\": 1,\n\t\"b\": {\n\t\t\"c\": \"x\"\n\t}\n}\n";
    home.pipe(&file, ["--decrypt", "--input-type", "json", "--output-type", "json", "/dev/stdin"])
        .exits(0)
        .prints(json);
    home.pipe(&file, ["decrypt", "--input-type", "json", "--output-type", "json"]).exits(0).prints(json);
    home.pipe(&file, ["decrypt", "--filename-override", "f.json", "--output", "/dev/stderr"])
        .exits(0)
        .prints("")
        .says(json.trim_end());
}

/// A misspelt command would open an editor; without a terminal it is refused instead.
#[test]
fn a_misspelt_command() {
    let home = Home::empty().editor("echo reached >&2");
    home.run(["decypt"]).exits(1).mentions("hint: did you mean `sops decrypt`?");
    let run = home.run(["--age", RECIPIENT, "e"]).exits(200); // a file called e
    run.mentions("reached");
}
