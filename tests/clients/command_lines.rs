//! The command lines that known clients type, word for word, each with what the client relies on.
//!
//! Read from the clients' sources. `F`, `R` and the like are files and recipients here.

use crate::home::{Home, RECIPIENT, Run, STRANGER};
use crate::tools::shell;

/// What `a.yaml` and its like hold.
const YAML: &str = "a: 1\nb: two\nc:\n    - x\n    - 3\n";

fn home() -> Home {
    Home::empty()
        .with(&["a.yaml", "a.json", "a.txt", "other.yaml", "no-mac.yaml", "vars.json"])
        .file("plain.yaml", YAML)
        .file("plain.json", "{\"a\": 1}\n")
        .file("plain.txt", "hello\n")
        .file("k8s.yaml", "kind: Secret\ndata:\n    a: eA==\nstringData:\n    b: x\n")
        .file(".sops.yaml", &format!("creation_rules:\n  - age: {RECIPIENT}\n"))
        .var("R", RECIPIENT)
        .var("S", STRANGER)
}

#[track_caller]
fn run(line: &str) -> Run {
    shell(&home(), line)
}

#[track_caller]
fn prints(line: &str, expected: &str) {
    run(line).exits(0).prints(expected).says_nothing();
}

#[test]
fn ansible() {
    let run = run("sops --version --disable-version-check").exits(0).says_nothing();
    assert!(run.stdout.starts_with("sops 3."), "{}", run.stdout);
    prints("sops decrypt a.yaml", YAML);
    prints("SOPS_AGE_KEY_CMD=\"echo $SOPS_AGE_KEY\" SOPS_AGE_KEY= sops decrypt a.yaml", YAML);
    prints("sops decrypt --output-type json a.json | tr -d '\\n\\t '", "{\"a\":1,\"b\":{\"c\":\"x\"}}");
    prints("sops decrypt --output-type yaml a.json", "a: 1\nb:\n    c: x\n");
    prints("sops decrypt --output-type binary a.txt", "hello");
    prints("sops decrypt --input-type yaml --output-type yaml /dev/stdin < a.yaml", YAML);
    prints("sops decrypt --extract \"['c'][0]\" a.yaml", "x");
    prints("sops filestatus a.yaml", "{\"encrypted\":true}\n");
    prints("sops filestatus plain.yaml", "{\"encrypted\":false}\n");
    prints("sops --config .sops.yaml decrypt a.yaml", YAML);
    prints(
        "sops decrypt --keyservice tcp://127.0.0.1:1 --keyservice unix:///nonexistent a.json > /dev/null 2>&1",
        "",
    );
    prints("sops --help > /dev/null", "");
}

#[test]
fn ansible_encrypts_from_stdin() {
    for (arguments, round) in [
        ("--age $R,$S --input-type yaml --output-type yaml", "yaml"),
        ("--age $R --encrypted-regex '^b$' --input-type yaml", "yaml"),
        ("--age $R --shamir-secret-sharing-threshold 0 --input-type yaml", "yaml"),
        ("--input-type yaml", "yaml"),
    ] {
        let line = format!(
            "sops encrypt {arguments} --filename-override x.yaml /dev/stdin < plain.yaml > x && \
             sops decrypt --input-type {round} --output-type {round} /dev/stdin < x"
        );
        prints(&line, YAML);
    }
    prints(
        "sops encrypt --input-type binary --filename-override x.txt /dev/stdin < plain.txt | \
         sops decrypt --input-type binary --output-type binary /dev/stdin",
        "hello\n",
    );
    run("sops decrypt --enable-local-keyservice=false a.yaml").exits(128).prints("");
}

/// Its table of names covers the codes, and it reads stderr only then.
#[test]
fn ansible_maps_exit_codes() {
    run("sops decrypt other.yaml").exits(128).prints("").mentions("Failed to get the data key");
    run("sops decrypt no-mac.yaml").exits(51).prints("");
    run("sops decrypt nope.yaml").exits(100).prints("");
    run("sops decrypt --extract x a.yaml").exits(91).prints("");
}

#[test]
fn helm_secrets() {
    prints("sops --decrypt --input-type yaml --output-type yaml --output out a.yaml && cat out", YAML);
    prints("sops --decrypt --input-type yaml --output-type yaml a.yaml", YAML);
    prints("sops --decrypt --input-type binary --output-type binary a.txt", "hello");
    prints(
        "sops --decrypt --input-type json --output-type json /dev/stdin < a.json | tr -d '\\n\\t '",
        "{\"a\":1,\"b\":{\"c\":\"x\"}}",
    );
    prints(
        "sops --encrypt --input-type yaml --output-type yaml plain.yaml | sops -d --input-type yaml --output-type yaml /dev/stdin",
        YAML,
    );
    prints(
        "sops --encrypt --input-type yaml --output-type yaml --in-place plain.yaml && sops -d plain.yaml",
        YAML,
    );
    prints(
        "EDITOR='sed -i s/two/three/' sops --input-type yaml --output-type yaml a.yaml && sops -d --extract '[\"b\"]' a.yaml",
        "three",
    );
    prints(
        "EDITOR='sh -c \"echo n: v > \\$0\"' sops --input-type yaml --output-type yaml new.yaml && sops -d new.yaml",
        "n: v\n",
    );
    // SECRET_BACKEND_ARGS comes first; a flag that is given twice counts once, the last one
    let line = "sops --verbose --output-type \"yaml\" --decrypt --input-type yaml --output-type yaml a.yaml 2> /dev/null";
    run(line).exits(0).prints(YAML);
}

/// It knows encrypted files by their text.
#[test]
fn helm_secrets_looks_for_these_lines() {
    let home = home();
    shell(&home, "sops -e -i plain.yaml && sops -e -i plain.txt").exits(0);
    let yaml = home.read("plain.yaml");
    assert!(yaml.lines().any(|line| line == "sops:"), "{yaml}");
    assert!(
        yaml.lines().any(|line| line.trim_start().starts_with("mac: ") && line.ends_with(",type:str]")),
        "{yaml}"
    );
    assert!(home.read("plain.txt").contains("\"data\": \"ENC"), "{}", home.read("plain.txt"));
}

#[test]
fn vscode_sops() {
    let copy = "cp a.yaml tmp && cp no-mac.yaml bad &&";
    prints(&format!("{copy} sops --output-type yaml --input-type yaml --decrypt tmp"), YAML);
    let line = format!("{copy} sops --ignore-mac --output-type yaml --input-type yaml --decrypt bad");
    prints(&line, YAML);
    prints(
        &format!(
            "{copy} echo 'n: v' > text; echo 'cp text \"$1\"' > e; EDITOR='sh e' sops --output-type yaml --input-type yaml tmp && sops -d --input-type yaml --output-type yaml tmp"
        ),
        "n: v\n",
    );
    prints(
        "cp .sops.yaml cfg && sops --config cfg --output-type yaml --input-type yaml --encrypt plain.yaml | sops -d --input-type yaml --output-type yaml /dev/stdin",
        YAML,
    );
    prints("sops --output-type plaintext --input-type plaintext --decrypt a.txt", "hello");
}

#[test]
fn editors() {
    // nvim-sops
    prints(
        "sops --encrypt --in-place plain.yaml && sops --decrypt --in-place plain.yaml && cat plain.yaml",
        YAML,
    );
    // sops.nvim: SOPS_EDITOR before EDITOR
    prints("sops --decrypt --input-type yaml --output-type yaml a.yaml", YAML);
    prints(
        "EDITOR=false SOPS_EDITOR='sed -i s/two/three/' sops edit a.yaml && sops decrypt --extract '[\"b\"]' a.yaml",
        "three",
    );
    // vim-sops: EDITOR with arguments and quotes
    prints("EDITOR=\"sed -i 's/b: two/b: a b/'\" sops a.yaml && sops -d --extract '[\"b\"]' a.yaml", "a b");
    // sops-file.el
    let run = shell(&home(), "sops decrypt --filename-override a.yaml --output /dev/stderr < a.yaml")
        .exits(0)
        .prints("");
    assert_eq!(run.stderr, YAML);
    prints(
        "sops encrypt --filename-override a.yaml < plain.yaml | sops decrypt --filename-override a.yaml",
        YAML,
    );
    // IntelliJ (Blarc): an escaped blank in EDITOR; our streams are the editor's
    prints(
        "printf '#!/bin/sh\\ncat; sed -i s/two/three/ \"$1\"\\n' > 'my editor'; chmod +x 'my editor'; echo in | EDITOR='./my\\ editor' sops a.yaml && sops decrypt --extract '[\"b\"]' a.yaml",
        "in\nthree",
    );
    prints(
        "sops encrypt --in-place plain.yaml && sops decrypt --in-place plain.yaml && cat plain.yaml",
        YAML,
    );
    prints("sops --version | head -1", "sops 3.13.2\n");
    // IntelliJ (spetriuk)
    prints("sops -e -i plain.yaml && sops -d -i plain.yaml && cat plain.yaml", YAML);
}

/// The content on stdin, no file, and the key twice in the environment.
#[test]
fn mise() {
    prints(
        "echo \"$SOPS_AGE_KEY\" > keys; printf '%s\\n%s\\n' \"$SOPS_AGE_KEY\" \"$SOPS_AGE_KEY\" > k2; SOPS_AGE_KEY_FILE=keys SOPS_AGE_KEY=$(cat k2) sops decrypt --input-type yaml --output-type yaml < a.yaml",
        YAML,
    );
    prints(
        "sops decrypt --input-type json --output-type json < a.json | tr -d '\\n\\t '",
        "{\"a\":1,\"b\":{\"c\":\"x\"}}",
    );
}

#[test]
fn sopstool() {
    prints("sops -e plain.yaml > x.yaml && sops -d x.yaml", YAML);
    prints("sops -i -r a.yaml && sops -d a.yaml", YAML);
    prints("EDITOR='sed -i s/two/three/' sops a.yaml && sops -d --extract '[\"b\"]' a.yaml", "three");
    run("sops updatekeys a.yaml --yes").exits(0);
}

#[test]
fn sopsy() {
    prints(
        "cp .sops.yaml tmp; sops --config tmp decrypt --extract '[\"b\"]' --input-type yaml a.yaml",
        "two",
    );
    prints(
        "cp .sops.yaml tmp; sops --config tmp encrypt --in-place --input-type yaml plain.yaml && sops --config tmp decrypt --output out --output-type yaml plain.yaml && cat out",
        YAML,
    );
    prints(
        "cp .sops.yaml tmp; sops --config tmp encrypt --input-type yaml --filename-override dummy.yaml < plain.yaml | sops --config tmp decrypt --input-type yaml --filename-override dummy.yaml",
        YAML,
    );
    prints("cp .sops.yaml tmp; sops --config tmp rotate --in-place a.yaml && sops decrypt a.yaml", YAML);
    prints(
        "cp .sops.yaml tmp; sops --config tmp rotate a.yaml | sops decrypt --filename-override a.yaml",
        YAML,
    );
}

/// The npm package takes every byte on stderr for an error; the one on PyPI asks for exit codes.
#[test]
fn sops_wrapper() {
    prints("sops --decrypt a.yaml", YAML);
    prints("sops --encrypt plain.yaml > x.yaml && sops --decrypt x.yaml", YAML);
    prints("sops --in-place --encrypt plain.yaml && sops --decrypt plain.yaml", YAML);
    run("sops --version").exits(0).says_nothing();
}

/// As filters and textconv; git itself runs in `git.rs`.
#[test]
fn git_and_friends() {
    prints(
        "cp a.yaml /tmp/git-blob-$$-a.yaml; sops -d -- /tmp/git-blob-$$-a.yaml; rm /tmp/git-blob-$$-a.yaml",
        YAML,
    );
    prints(
        "sops encrypt --filename-override d/x.yaml < plain.yaml | sops decrypt --filename-override d/x.yaml",
        YAML,
    );
    prints(
        "sops --encrypt --input-type yaml --output-type yaml /dev/stdin < plain.yaml | sops --decrypt --input-type yaml --output-type yaml /dev/stdin",
        YAML,
    );
    // direnv: nested data is exit 4
    run("sops -d --output-type dotenv a.json").exits(4).prints("");
    // chezmoi, Terraform's external data source
    prints("sops -d --extract '[\"b\"][\"c\"]' a.json", "x");
    prints("sops -d --output-type json a.yaml | tr -d '\\n\\t '", "{\"a\":1,\"b\":\"two\",\"c\":[\"x\",3]}");
}

#[test]
fn flux_documentation() {
    let home = home();
    shell(
        &home,
        "rm .sops.yaml; sops --age=$R --encrypt --encrypted-regex '^(data|stringData)$' --in-place k8s.yaml",
    )
    .exits(0)
    .says_nothing();
    let text = home.read("k8s.yaml");
    assert!(text.starts_with("kind: Secret\ndata:\n    a: ENC["), "{text}");
    // useless here, and accepted
    shell(&home, "sops --age=$R --decrypt --encrypted-regex '^(data|stringData)$' --in-place k8s.yaml")
        .exits(0);
    assert_eq!(home.read("k8s.yaml"), "kind: Secret\ndata:\n    a: eA==\nstringData:\n    b: x\n");
    prints("sops --encrypt --in-place plain.yaml && sops -d plain.yaml", YAML);
    prints(
        "sops -e --input-type=yaml --output-type=yaml plain.yaml | sops -d --input-type=yaml --output-type=yaml /dev/stdin",
        YAML,
    );
    prints("sops -e -i plain.yaml && sops -d -i plain.yaml && cat plain.yaml", YAML);
    // these keys are nobody's here: the flags are read, the key fails
    for keys in [
        "--hc-vault-transit http://127.0.0.1:1/v1/sops/keys/k",
        "--pgp=FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4",
    ] {
        let run = run(&format!(
            "SOPS_GPG_EXEC=false VAULT_TOKEN=t VAULT_MAX_RETRIES=0 sops {keys} --encrypt plain.yaml"
        ))
        .exits(1)
        .prints("");
        run.mentions("Could not generate data key");
    }
}

#[test]
fn pipelines() {
    prints("sops -d -i a.yaml && cat a.yaml", YAML);
    prints("sops -d a.yaml | cat", YAML);
    prints("sops exec-env vars.json 'echo $S'", "a b\n");
    prints("sops exec-env --pristine vars.json 'echo $S'", "a b\n");
    prints("sops exec-file a.yaml 'cat {}'", YAML);
    prints(
        "sops exec-file --no-fifo --filename x.yaml a.yaml 'basename {}; cat {}'",
        &format!("x.yaml\n{YAML}"),
    );
    run("sops exec-env vars.json 'exit 7'").exits(7);
    run("sops exec-file a.yaml 'exit 7'").exits(7);
    prints("EDITOR='sed -i s/two/three/' sops edit a.yaml && sops -d --extract '[\"b\"]' a.yaml", "three");
    prints(
        "sops -r -i a.yaml && sops rotate -i --add-age $S --rm-age $R a.yaml && sops filestatus a.yaml",
        "{\"encrypted\":true}\n",
    );
    prints(
        "sops set a.yaml '[\"b\"]' '\"x\"' && sops --set '[\"d\"] \"y\"' a.yaml && sops unset a.yaml '[\"c\"]' && sops unset --idempotent a.yaml '[\"c\"]' && sops -d a.yaml",
        "a: 1\nb: x\nd: \"y\"\n",
    );
    prints(
        "mv .sops.yaml cfg; SOPS_CONFIG=cfg SOPS_DISABLE_VERSION_CHECK=1 sops -e -i plain.yaml && sops -d plain.yaml",
        YAML,
    );
}

#[test]
fn updatekeys_and_publish() {
    let rule = "printf 'creation_rules:\\n  - age: [%s, %s]\\n' $R $S > .sops.yaml;";
    run(&format!("{rule} sops updatekeys -y a.yaml a.json && grep -c recipient a.yaml")).exits(0);
    run(&format!("{rule} echo y | sops updatekeys a.yaml > /dev/null && grep -c recipient a.yaml"))
        .exits(0)
        .prints("2\n");
    run("sops publish --yes a.yaml").exits(1);
}
