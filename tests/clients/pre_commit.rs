//! pre-commit runs `sops check` by the hooks of this repository, and the action's steps run in a shell.

use std::path::Path;

use crate::home::{Home, RECIPIENT};
use crate::tools::{installed, is_there, shell};

/// A repository with a hook of ours, taken from a repository that has our list of hooks.
fn repository(hook: &str) -> Option<Home> {
    if !is_there("python/bin/pre-commit") {
        return None;
    }
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let home = Home::empty()
        .var("PRE_COMMIT_COLOR", "never")
        .file("hooks/.pre-commit-hooks.yaml", &std::fs::read_to_string(hooks).expect("the hooks"))
        .file("repo/.sops.yaml", &format!("creation_rules:\n  - path_regex: ^s/\n    age: {RECIPIENT}\n"))
        .file("repo/README.md", "read me\n");
    let line = format!(
        "git config --global user.name n; git config --global user.email e@example.com; \
         git config --global commit.gpgsign false; git config --global init.defaultBranch main; \
         (cd hooks && git init -q . && git add . && git commit -qm hooks) && cd repo && git init -q . && \
         printf 'repos:\\n  - repo: %s\\n    rev: %s\\n    hooks:\\n      - id: {hook}\\n' \
             \"$OLDPWD/hooks\" \"$(git -C ../hooks rev-parse HEAD)\" > .pre-commit-config.yaml && \
         {}/python/bin/pre-commit install && git add . && git commit -qm one",
        installed().display()
    );
    let line = line.replace("$OLDPWD", &home.path("").display().to_string());
    shell(&home, &line).exits(0);
    Some(home)
}

#[test]
fn a_secret_in_clear_text_is_not_committed() {
    let Some(home) = repository("sops-check") else { return };
    let run = shell(
        &home,
        "cd repo && mkdir s && echo 'a: 1' > s/a.yaml && echo x > x.txt && git add . && git commit -qm two",
    );
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains("s/a.yaml:1: plaintext-file: not encrypted"), "{said}");
    assert!(said.contains("exit code: 31"), "{said}");
    let run = shell(&home, "cd repo && sops encrypt -i s/a.yaml && git add . && git commit -qm two");
    run.exits(0);
    // What is staged counts: pre-commit puts other changes aside.
    let run = shell(
        &home,
        "cd repo && cp s/a.yaml s/b.yaml && sops decrypt -i s/b.yaml && git add . && \
         sops encrypt -i s/b.yaml && git commit -qm three",
    );
    run.exits(1).mentions("plaintext-file");
    let run = shell(&home, "cd repo && git add . && git commit -qm three && git ls-files s").exits(0);
    assert!(run.stdout.ends_with("s/a.yaml\ns/b.yaml\n"), "{}", run.stdout);
}

#[test]
fn a_forgotten_file_is_encrypted_for_the_next_try() {
    let Some(home) = repository("sops-check-fix") else { return };
    let commit = "git add . && git commit -qm two";
    let run = shell(&home, &format!("cd repo && mkdir s && echo 'a: 1' > s/a.yaml && {commit}")).exits(1);
    assert!(run.stderr.contains("files were modified by this hook"), "{}", run.stderr);
    shell(&home, &format!("cd repo && {commit} && git show HEAD:s/a.yaml | grep -q ENC")).exits(0);
}

/// The scripts of the action, as the runner would run them.
#[test]
fn the_action_checks_a_repository() {
    let action = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    let home = Home::empty()
        .file("action.yaml", &std::fs::read_to_string(action).expect("the action"))
        .file("repo/.sops.yaml", &format!("creation_rules:\n  - path_regex: ^s/\n    age: {RECIPIENT}\n"))
        .file("repo/s/a.yaml", "a: 1\n");
    // The file is YAML: as an encrypted one its parts can be had by their paths.
    shell(&home, &format!("sops encrypt -i --age {RECIPIENT} action.yaml")).exits(0);
    for (step, name) in ["have", "check"].iter().enumerate() {
        let line = format!(
            "sops decrypt --extract '[\"runs\"][\"steps\"][{step}][\"run\"]' action.yaml > {name}.sh"
        );
        shell(&home, &line).exits(0);
    }
    let run = |paths: &str| {
        let line = format!(
            "cd repo && git init -q . && git add . && export RUNNER_TEMP=/nonexistent GITHUB_PATH=/dev/null \
             SOURCE=. PATHS='{paths}' ARGUMENTS='--max-age 1y' SARIF=../out.sarif && \
             bash -e ../have.sh && bash -e ../check.sh"
        );
        shell(&home, &line)
    };
    for paths in ["", "s", ". s/a.yaml"] {
        let run = run(paths).exits(31);
        assert!(run.stdout.contains("s/a.yaml:1: plaintext-file"), "{}", run.stdout);
        assert!(home.read("out.sarif").contains("\"ruleId\": \"plaintext-file\""));
    }
    shell(&home, "cd repo && sops encrypt -i s/a.yaml").exits(0);
    run("").exits(0);
}
