//! `exec-env` and `exec-file` (command line §7.7, §7.8).

use std::process::Stdio;

use crate::home::{Home, Run, can_arrive, signal, wait_for};

const VARS: &str = "S=a b\nI=5\nF=1.0\nB=true\nN=<nil>\nbig=1E+21\n";

#[test]
fn values_are_variables() {
    let home = Home::empty().with(&["vars.json"]).var("OWN", "mine");
    let all = "for v in S I F B N big; do printf '%s=' $v; printenv $v; done";
    home.run(["exec-env", "vars.json", all]).exits(0).prints(VARS).says_nothing();
    // the shell itself has it; some shells do not pass such names on
    home.run(["exec-env", "vars.json", "tr '\\0' '\\n' < /proc/$$/environ | grep '^with space='"])
        .exits(0)
        .prints("with space=y\n");
    home.run(["exec-env", "vars.json", "echo $OWN"]).exits(0).prints("mine\n");
    home.run(["exec-env", "--pristine", "vars.json", "echo $OWN$HOME"]).exits(0).prints("\n");
    home.run(["exec-env", "vars.json", "--pristine", "echo $I"]).exits(0).prints("5\n"); // sops swaps the words
    home.run(["exec-env", "vars.json", "--", "echo $I"]).exits(0).prints("5\n");
    home.pipe("in", ["exec-env", "vars.json", "cat"]).exits(0).prints("in");
}

#[test]
fn what_cannot_be_a_variable() {
    let home = Home::empty().with(&["a.yaml", "other.yaml"]).file("f.yaml", "a: 1\n");
    home.run(["exec-env", "a.yaml", "echo ran"])
        .exits(1)
        .prints("")
        .says("cannot use complex value in environment; offending key c");
    home.run(["exec-env", "other.yaml", "echo ran"]).exits(128).prints("");
    home.run(["exec-env", "f.yaml", "echo ran"]).exits(1).prints("").says("sops metadata not found");
    home.run(["exec-env", "nope.yaml", "echo ran"])
        .exits(2)
        .says("Error reading file: open nope.yaml: no such file or directory");
    home.run(["exec-env", "a.yaml", "--", "echo", "ran"]).exits(1).prints("").mentions(
        "error: missing file to decrypt\nhint: the command is one word, for the shell: sops exec-env FILE",
    );
}

#[test]
fn exit_codes_pass_through() {
    let home = Home::empty().with(&["vars.json"]);
    home.run(["exec-env", "vars.json", "exit 3"]).exits(3).says("exit status 3");
    home.run(["exec-file", "vars.json", "exit 5"]).exits(5).says("exit status 5");
    home.run(["exec-env", "vars.json", "kill -9 $$"]).exits(255).says("signal: killed");
    home.run(["exec-file", "vars.json", "kill -TERM $$"]).exits(255).says("signal: terminated");
    // we ignore it, a child does not
    home.run(["exec-env", "vars.json", "kill -PIPE $$"]).exits(255).says("signal: broken pipe");
    home.run(["exec-env", "--same-process", "vars.json", "echo $I; exit 4"])
        .exits(4)
        .prints("5\n")
        .says_nothing();
}

#[test]
fn background() {
    let home = Home::empty().with(&["vars.json"]);
    home.run(["exec-env", "--background", "vars.json", "echo hi; touch done"]).exits(0).prints("").says(
        "[CMD]\t level=warning msg=\"exec-env's --background option is deprecated and will be removed in a future \
         version of sops\"",
    );
    wait_for("the command", || home.path("done").exists());
    home.run(["exec-env", "--background", "--same-process", "vars.json", "true"])
        .exits(8)
        .mentions("Error: The --same-process flag cannot be used with --background");
    // sops removes the file before the command can read it
    for kind in ["--no-fifo", "--no-fifo=false"] {
        let home = Home::empty().with(&["vars.json"]);
        let line = "until test -e go; do sleep 0.02; done; cat {} > copy; cat {} >> copy; touch done";
        home.run(["exec-file", "--background", kind, "vars.json", line])
            .exits(0)
            .prints("")
            .mentions("deprecated");
        assert_eq!(home.leftovers().len(), 1);
        std::fs::write(home.path("go"), "").expect("written");
        wait_for("the command", || home.path("done").exists() && home.leftovers().is_empty());
        assert_eq!(home.read("copy").matches("\"a b\"").count(), 2);
    }
    // what keeps the command from starting is said by us, and nothing stays
    home.run(["exec-file", "--background", "--filename", "../x", "vars.json", "true"])
        .exits(1)
        .mentions("The provided filename is not a local path.");
    assert!(home.leftovers().is_empty());
}

#[test]
fn the_file_is_a_private_pipe_that_can_be_read_again() {
    let home = Home::empty().with(&["a.txt"]);
    home.run(["exec-file", "a.txt", "test -p {} && stat -c %a {} && basename {}"])
        .exits(0)
        .prints("600\ntmp-file\n");
    home.run(["exec-file", "a.txt", "stat -c %a $(dirname {})"]).exits(0).prints("700\n");
    home.run(["exec-file", "a.txt", "cat {}; cat {} {}"]).exits(0).prints("hellohellohello"); // sops hangs
    home.run(["exec-file", "a.txt", "cmp {} {} && echo same"]).exits(0).prints("same\n");
    home.run(["exec-file", "a.txt", "true"]).exits(0);
    home.run(["exec-file", "--filename", "x.conf", "a.txt", "basename {}; cat {}"])
        .exits(0)
        .prints("x.conf\nhello");
    assert!(home.leftovers().is_empty());
}

#[test]
fn or_a_private_file() {
    let home = Home::empty().with(&["a.txt", "a.yaml"]);
    home.run(["exec-file", "--no-fifo", "a.txt", "test -f {} && stat -c %a {} && cat {} {}"])
        .exits(0)
        .prints("600\nhellohello");
    home.run(["exec-file", "--no-fifo", "--filename", "x", "a.txt", "basename {}"]).exits(0).prints("x\n");
    home.run(["exec-file", "--output-type", "json", "a.yaml", "head -c 1 {}"]).exits(0).prints("{");
    for name in ["../x", "/x"] {
        home.run(["exec-file", "--filename", name, "a.txt", "true"])
            .exits(1)
            .says("The provided filename is not a local path.");
    }
    home.run(["exec-file", "--filename", "sub/x", "a.txt", "true"])
        .exits(1)
        .says("no such file or directory");
    assert!(home.leftovers().is_empty());
}

#[test]
fn signals_reach_the_command_and_nothing_stays() {
    for name in ["TERM", "HUP", "INT", "QUIT"].into_iter().filter(|name| can_arrive(name)) {
        let home = Home::empty().with(&["a.txt"]);
        let line =
            "trap 'touch trapped; exit 9' TERM HUP INT QUIT; touch ready; while :; do sleep 0.05; done";
        let mut command = home.sops(["exec-file", "--no-fifo", "a.txt", line]);
        let child = command.stderr(Stdio::piped()).spawn().expect("sops runs");
        wait_for("the command", || home.path("ready").exists());
        assert_eq!(home.leftovers().len(), 1);
        signal(&child, name);
        Run::of(child.wait_with_output().expect("it ends")).exits(9);
        assert!(home.path("trapped").exists(), "{name} did not arrive");
        assert!(home.leftovers().is_empty(), "{name} left plaintext");
    }
}

#[test]
fn another_user() {
    let home = Home::empty().with(&["vars.json"]);
    home.run(["exec-env", "--user", "no-such-user", "vars.json", "true"])
        .exits(1)
        .says("[EXEC]\t level=fatal msg=\"user: unknown user no-such-user\"");
    if rustix::process::geteuid().is_root() {
        home.run(["exec-env", "--user", "nobody", "vars.json", "id -un; echo $USER $LOGNAME"])
            .exits(0)
            .prints("nobody\nnobody nobody\n");
    } else {
        home.run(["exec-env", "--user", "root", "vars.json", "true"])
            .exits(1)
            .says("[EXEC]\t level=fatal msg=\"operation not permitted\"");
    }
}

/// sops drops the others without a word.
#[test]
fn several_documents() {
    let home = Home::empty().file("m.yaml", "A: 1\n---\nB: 2\n");
    home.run(["encrypt", "-i", "--age", crate::home::RECIPIENT, "m.yaml"]).exits(0);
    let run = home.run(["exec-env", "m.yaml", "echo $A$B"]).exits(0).prints("1\n");
    run.mentions("the file has 2 YAML documents; only the first one is used");
}

/// `{}` may mean something to the command.
#[test]
fn another_placeholder() {
    let home = Home::empty().with(&["a.txt"]);
    home.run([
        "exec-file",
        "--placeholder",
        "@F@",
        "a.txt",
        "awk 'function f() {} {print; print \"{}\"}' @F@",
    ])
    .exits(0)
    .prints("hello\n{}\n");
    home.run(["exec-file", "a.txt", "echo {} | grep -c /"]).exits(0).prints("1\n");
}

/// The system does not say which variable it is.
#[test]
fn a_value_too_long_for_the_environment() {
    let home = Home::empty()
        .file("big.json", &format!("{{\"SMALL\": \"x\", \"BIG\": \"{}\"}}", "y".repeat(300_000)));
    home.run(["encrypt", "-i", "--age", crate::home::RECIPIENT, "big.json"]).exits(0);
    let same = ["exec-env", "--same-process", "big.json", "true"];
    for line in [&["exec-env", "big.json", "true"][..], &same] {
        let run =
            home.run(line.iter().copied()).exits(1).mentions("fork/exec /bin/sh: argument list too long\n");
        run.mentions("hint: the largest variable is BIG (300003 bytes);");
    }
    home.run(["exec-file", "big.json", "wc -c < {}"]).exits(0).prints("300025\n");
}
