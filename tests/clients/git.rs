//! git itself: diffs of plaintext through textconv, clean and smudge filters.

use crate::home::{Home, RECIPIENT};
use crate::tools::{shell, with_sops};

fn git() -> Option<Home> {
    let there =
        std::process::Command::new("git").arg("--version").output().is_ok_and(|out| out.status.success());
    assert!(there || std::env::var_os("CI").is_none(), "git is not installed");
    let home = Home::empty()
        .file(".sops.yaml", &format!("creation_rules:\n  - age: {RECIPIENT}\n"))
        .file("s/a.yaml", "a: 1\nb: two\n");
    let ready = shell(
        &home,
        "git init -q . && git config user.name n && git config user.email e@example.com && git config commit.gpgsign false",
    );
    ready.exits(0);
    there.then_some(home)
}

#[test]
fn textconv_shows_what_changed() {
    for tool in ["sops -d", "sops decrypt", "sops -d --"] {
        let Some(home) = git() else { return };
        let line = format!(
            "echo 's/*.yaml diff=sops' > .gitattributes && git config diff.sops.textconv '{tool}' && \
             sops encrypt -i s/a.yaml && git add . && git commit -qm one && \
             sops set s/a.yaml '[\"b\"]' '\"three\"' && git diff --no-color -U0 s/a.yaml | tail -2"
        );
        shell(&home, &line).exits(0).prints("-b: two\n+b: three\n");
        let shown =
            with_sops(&home, "git").args(["diff", "--no-textconv", "--numstat"]).output().expect("git runs");
        // the value, mac and, a second later, lastmodified: nothing else of the file changed
        let lines = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(["2\t2\ts/a.yaml\n", "3\t3\ts/a.yaml\n"].contains(&&*lines), "{lines}");
    }
}

#[test]
fn filters_keep_ciphertext_in_the_repository() {
    for (clean, smudge) in [
        ("sops encrypt --filename-override %f", "sops decrypt --filename-override %f"),
        (
            "sops --encrypt --input-type yaml --output-type yaml /dev/stdin",
            "sops --decrypt --input-type yaml --output-type yaml /dev/stdin",
        ),
    ] {
        let Some(home) = git() else { return };
        let line = format!(
            "echo 's/*.yaml filter=sops' > .gitattributes && git config filter.sops.required true && \
             git config filter.sops.clean '{clean}' && git config filter.sops.smudge '{smudge}' && \
             git add . && git commit -qm one && git show HEAD:s/a.yaml | grep -c 'ENC\\[' && \
             rm s/a.yaml && git checkout -q s/a.yaml && cat s/a.yaml"
        );
        let run = shell(&home, &line).exits(0);
        assert!(run.stdout.ends_with("a: 1\nb: two\n") && run.stdout.starts_with('3'), "{}", run.stdout);
    }
}
