//! kustomize builds with our program as the function that it runs, and prints decrypted resources.

use std::path::Path;

use crate::home::{Home, Run};
use crate::tools::{installed, is_there, shell};

const BUILD: &str = "build --enable-alpha-plugins --enable-exec";

/// The files of `testdata/krm`, and a kustomize.
fn kustomization() -> Option<Home> {
    if !is_there("bin/kustomize") {
        return None;
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/krm");
    let home = Home::empty();
    shell(&home, &format!("cp -r {}/. .", data.display())).exits(0);
    shell(&home, "ln -s sops ../tmp/bin/ksops").exits(0);
    Some(home)
}

fn kustomize(home: &Home, words: &str) -> Run {
    shell(home, &format!("{}/bin/kustomize {words}", installed().display()))
}

#[test]
fn it_builds_what_it_builds_with_ksops() {
    let Some(home) = kustomization() else { return };
    let expected = std::fs::read_to_string(home.path("built.yaml")).expect("the file");
    let run = kustomize(&home, &format!("{BUILD} .")).exits(0);
    assert_eq!(run.stdout, expected);
    // Under its own name it takes an argument.
    shell(
        &home,
        "rm ../tmp/bin/ksops && sed -i 's/path: ksops/path: sops\\n        args: [krm]/' generator.yaml",
    )
    .exits(0);
    let run = kustomize(&home, &format!("{BUILD} .")).exits(0);
    assert_eq!(run.stdout, expected);
}

#[test]
fn plugins_of_the_older_kind_too() {
    let Some(home) = kustomization() else { return };
    let line = "mkdir -p plugins/viaduct.ai/v1/ksops && ln -s \"$(command -v sops)\" plugins/viaduct.ai/v1/ksops/ksops && \
                sed -i 5,8d generator.yaml";
    shell(&home, line).exits(0);
    let expected = std::fs::read_to_string(home.path("built.yaml")).expect("the file");
    let absolute = home.path("plugins").display().to_string();
    let home = home.var("KUSTOMIZE_PLUGIN_HOME", &absolute);
    let run = kustomize(&home, "build --enable-alpha-plugins .").exits(0);
    assert_eq!(run.stdout, expected);
}

const TRANSFORMER: &str = "apiVersion: viaduct.ai/v1
kind: ksops
metadata:
  name: decrypt
  annotations:
    config.kubernetes.io/function: |
      exec: {path: sops, args: [krm]}
";

#[test]
fn encrypted_resources_are_listed_like_others() {
    let Some(home) = kustomization() else { return };
    let home = home
        .file("base/kustomization.yaml", "resources: [../first.enc.yaml, ../two.enc.yaml]\n")
        .file("over/kustomization.yaml", "resources: [../base]\nnamePrefix: p-\ntransformers: [t.yaml]\n")
        .file("over/t.yaml", TRANSFORMER);
    // Files outside of a kustomization's folder are not its own; copies are.
    shell(&home, "cp first.enc.yaml two.enc.yaml base && sed -i 's:\\.\\./::g' base/kustomization.yaml")
        .exits(0);
    let run = kustomize(&home, &format!("{BUILD} over")).exits(0);
    assert_eq!(
        run.stdout,
        "apiVersion: v1
data:
  \"n\": \"5\"
kind: ConfigMap
metadata:
  name: p-third
---
apiVersion: v1
data:
  a: eA==
  b: aHVudGVy
kind: Secret
metadata:
  name: p-second
  namespace: prod
---
apiVersion: v1
kind: Secret
metadata:
  annotations:
    kustomize.config.k8s.io/needs-hash: \"true\"
  name: p-first
stringData:
  flag: \"true\"
  multi: |
    line one
    line two
  octal: \"0755\"
  password: hunter2secret
type: Opaque
"
    );
    // A value that somebody changed in the file is found, sorted keys or not.
    shell(&home, "sed -i 's/name: first/name: fist/' base/first.enc.yaml").exits(0);
    let run = kustomize(&home, &format!("{BUILD} over")).exits(1).mentions("MAC mismatch");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_file_that_fails_builds_nothing() {
    let Some(home) = kustomization() else { return };
    shell(&home, "sed -i 's/- two.enc.yaml/- missing.enc.yaml/' generator.yaml").exits(0);
    let run = kustomize(&home, &format!("{BUILD} .")).exits(1);
    let run = run.mentions("missing.enc.yaml: there is no such file");
    assert_eq!(run.stdout, "");
    let home = home.without_key();
    let run = kustomize(&home, &format!("{BUILD} .")).exits(1).mentions("no age identity");
    assert!(run.stdout.is_empty() && !run.stderr.contains("hunter2"));
}

#[test]
fn it_prints_a_secret_of_decrypt_as_it_is() {
    let Some(home) = kustomization() else { return };
    let line = "mkdir s && sops decrypt --output-type k8s-secret --namespace web --label a=b vars.enc.env > s/s.yaml && \
                echo 'resources: [s.yaml]' > s/kustomization.yaml";
    shell(&home, line).exits(0);
    let run = kustomize(&home, "build s").exits(0);
    assert_eq!(run.stdout, std::fs::read_to_string(home.path("s/s.yaml")).expect("the file"));
}
