//! `publish` (command line §7.12, configuration §6): all that happens before something is sent.
//! Texts, streams and exit codes were seen with sops 3.13.2.

use crate::home::{Home, RECIPIENT, STRANGER};

const CONFIG: &str = "\
destination_rules:
- {path_regex: '[', s3_bucket: never}
- {path_regex: ^nodest}
- {path_regex: ^two, s3_bucket: a, gcs_bucket: b}
- {path_regex: ^sel, s3_bucket: a, recreation_rule: {encrypted_regex: a, unencrypted_regex: b}}
- {path_regex: '^f\\.yaml|^p\\.yaml|^r/', s3_bucket: bucket, s3_prefix: pre/}
- {path_regex: '^f\\.json', gcs_bucket: gb, gcs_prefix: pre}
- {path_regex: '^f\\.txt', gcs_bucket: gb, omit_extensions: true}
- {path_regex: '^rec\\.', s3_bucket: b, recreation_rule: {age: STRANGER}}
- {path_regex: ^recsame, s3_bucket: b, recreation_rule: {age: RECIPIENT}}
- {path_regex: ^recbad, s3_bucket: b, recreation_rule: {age: bad}}
- {path_regex: ^v1, vault_path: pa, vault_kv_version: 1, vault_address: 'http://127.0.0.1:1'}
- {path_regex: ^v2other, vault_path: pa/, vault_kv_mount_name: m, vault_kv_version: 7, vault_address: 'http://h/'}
- {path_regex: ^v2, vault_path: pa}
";

fn home() -> Home {
    let config = CONFIG.replace("RECIPIENT", RECIPIENT).replace("STRANGER", STRANGER);
    let home = Home::empty().with(&["a.yaml", "a.json", "a.txt"]).file(".sops.yaml", &config);
    let (yaml, json, txt) = (home.read("a.yaml"), home.read("a.json"), home.read("a.txt"));
    let home = ["f", "nodest", "two", "sel", "rec", "recsame", "recbad", "v1", "v2", "v2other", "norule"]
        .into_iter()
        .fold(home, |home, name| home.file(&format!("{name}.yaml"), &yaml));
    home.file("f.json", &json)
        .file("f.txt", &txt)
        .file("p.yaml", "a: 1\n")
        .file("r/f.yaml", &yaml)
        .file("r/x/b.yaml", &yaml)
        .file("r/x/.hidden", &txt)
        .file("r/zz.yaml", "a: 1\n")
        .file("empty/x/y", "")
}

#[test]
fn what_is_refused() {
    let home = home();
    std::fs::remove_file(home.path("empty/x/y")).expect("removed");
    for (line, code, said) in [
        ("missing", 1, "stat missing: no such file or directory"),
        ("r", 1, "[CMD]\t level=fatal msg=\"can't operate on a directory without --recursive flag.\""),
        ("p.yaml", 1, "sops metadata not found"),
        ("nodest.yaml", 1, "no destination configured for this file"),
        ("--yes nodest.yaml", 1, "no destination configured for this file"),
        ("norule.yaml", 1, "error loading config: no matching destination found in config"),
        ("./f.yaml", 1, "error loading config: no matching destination found in config"),
        ("f.yaml --decryption-order age,age", 112, "Duplicate decryption key type: age"),
        ("--recursive empty", 0, ""),
    ] {
        home.run(["publish"].into_iter().chain(line.split(' '))).exits(code).prints("").says(said);
    }
    // these say more than sops: where the rule stands
    for (name, said) in [
        (
            "two.yaml",
            "error loading config: more than one destinations were found in a single destination rule, you can only use one per rule\n",
        ),
        ("sel.yaml", "error loading config: cannot use more than one of encrypted_suffix, "),
        ("recbad.yaml", "failed to parse input, unknown recipient type: \"bad\"\n"),
    ] {
        home.run(["publish", name]).exits(1).prints("").mentions(said).mentions("\n  at .sops.yaml:");
    }
    home.run(["publish"]).exits(100).says("Error: no file specified");
    home.run(["--config", "nope", "publish"]).exits(100).says("Error: no file specified");
    home.run(["--config", "nope", "publish", "f.yaml"])
        .exits(1)
        .says("could not read config file: open nope: no such file or directory");
    Home::empty().run(["publish"]).exits(1).says("config file not found");
    let home = Home::empty().with(&["a.yaml"]).file(".sops.yaml", "stores: {}\n");
    home.run(["publish", "a.yaml"])
        .exits(1)
        .says("error loading config: no matching destination found in config");
}

#[test]
fn the_question_names_the_destination() {
    for (line, url) in [
        ("f.yaml", "s3://bucket/pre/f.yaml"),
        ("--omit-extensions f.yaml", "s3://bucket/pre/f"),
        ("f.json", "gcs://gb/pref.json"),
        ("f.json --omit-extensions", "gcs://gb/pref"),
        ("f.txt", "gcs://gb/f"),
        ("recsame.yaml", "s3://b/recsame.yaml"),
        ("v1.yaml", "http://127.0.0.1:1/v1/secret/pa/v1.yaml"),
        ("v2.yaml", "https://127.0.0.1:8200/v1/secret/data/pa/v2.yaml"),
        ("v2other.yaml", "http://h//v1/m/data/pa/v2other.yaml"),
    ] {
        let home = home();
        let name = line.split(' ').find(|word| !word.starts_with('-')).expect("a name");
        let path = home.path(name).display().to_string();
        home.pipe("n\n", ["publish"].into_iter().chain(line.split(' ')))
            .exits(1)
            .prints(&format!("uploading {path} to {url} ? (y/n): "))
            .says(&format!("Publication of {path} canceled"));
    }
    let home = home().var("VAULT_ADDR", "http://x:1");
    let run = home.pipe("n\n", ["publish", "v2.yaml"]);
    assert!(run.stdout.contains(" to http://x:1/v1/secret/data/pa/v2.yaml ? "), "{}", run.stdout);
    home.run(["publish", "f.yaml"]).exits(1).says("EOF");
    home.pipe("\n", ["publish", "f.yaml"]).exits(1).says("unexpected newline");
}

#[test]
fn all_files_below_a_folder() {
    let home = home();
    let path = |name: &str| home.path(name).display().to_string();
    let asked = |name: &str| {
        let path = path(&format!("r/{name}"));
        format!("uploading {path} to s3://bucket/pre/{name} ? (y/n): Publication of {path} canceled\n")
    };
    let all = [asked("f.yaml"), asked("x/.hidden"), asked("x/b.yaml")].concat();
    for folder in ["r", "r/"] {
        home.pipe("n\nn\nn\nn\n", ["publish", "--recursive", folder])
            .exits(1)
            .prints(&all)
            .says("sops metadata not found");
    }
    // sops calls this file `.` at its destination
    let run = home.pipe("n\n", ["publish", "--recursive", "f.yaml"]).exits(0);
    assert!(run.stdout.contains(" to s3://bucket/pre/f.yaml ? "), "{}", run.stdout);
}

#[test]
fn new_keys_are_shown_before_the_question() {
    let home = home();
    let run = home.pipe("n\n", ["publish", "rec.yaml", "--verbose"]).exits(1);
    assert!(
        run.stdout.starts_with(&format!(
            "The following changes will be made to the file's key groups:\nGroup 1\n+++ {STRANGER}\n--- {RECIPIENT}\nuploading "
        )),
        "{}",
        run.stdout
    );
    run.mentions("[PUBLISH]\t level=debug msg=\"Re-encrypting tree before publishing\"\n")
        .mentions(&format!("[AGE]\t level=info msg=\"Encryption succeeded\" recipient={STRANGER}\n"));
    // a copy needs no key, all else does
    let home = home.var("SOPS_AGE_KEY", "");
    home.pipe("n\n", ["publish", "f.yaml"]).exits(1).mentions("canceled");
    home.run(["publish", "rec.yaml"]).exits(128).prints("");
    home.run(["publish", "v2.yaml"]).exits(128).prints("");
}

#[test]
fn misspelt_fields_are_named() {
    let home = Home::empty().with(&["a.yaml"]).file(
        ".sops.yaml",
        "destination_rules: [{s3-bucket: b, path_regx: x, bucket: c}]\nstores: {yaml: {indentt: 2}, jsn: {}}\n",
    );
    home.run(["publish", "a.yaml"])
        .exits(1)
        .mentions("s3-bucket is ignored; did you mean s3_bucket?")
        .mentions("path_regx is ignored; did you mean path_regex?")
        .mentions("bucket is ignored; did you mean s3_bucket?")
        .mentions("indentt is ignored; did you mean indent?")
        .mentions("jsn is ignored; did you mean json?")
        .mentions("no destination configured for this file");
}

/// Fields that sops skips; the rules are checked as all others are.
#[test]
fn secret_managers_are_destinations() {
    let rules = "\
destination_rules:
- {path_regex: ^both, aws_secrets_manager_secret_name: a, azure_keyvault_url: 'https://v.vault.azure.net'}
- {path_regex: ^aws, aws_secrets_manager_secret_name: team/, aws_region: eu-west-1}
- {path_regex: ^gcp, gcp_secret_manager_project: demo, gcp_secret_manager_prefix: x-}
- {path_regex: ^azure, azure_keyvault_url: 'https://v.vault.azure.net/', omit_extensions: true}
- {path_regex: ^wrong, aws_secretsmanager_secret_name: a}
- {path_regex: ^clear, azure_keyvault_url: 'http://v.vault.azure.net/'}
";
    let home = Home::empty().with(&["a.yaml"]).file(".sops.yaml", rules);
    let text = home.read("a.yaml");
    let names = ["both.yaml", "aws.yaml", "gcp.yaml", "azure.yaml", "azure b.yaml", "wrong.yaml"];
    let home = names.into_iter().fold(home, |home, name| home.file(name, &text));
    for (name, url) in [
        ("aws.yaml", "AWS Secrets Manager secret team/aws.yaml in eu-west-1"),
        ("gcp.yaml", "GCP Secret Manager secret projects/demo/secrets/x-gcp-yaml"),
        ("azure.yaml", "https://v.vault.azure.net/secrets/azure"),
    ] {
        let path = home.path(name).display().to_string();
        home.pipe("n\n", ["publish", name])
            .exits(1)
            .prints(&format!("uploading {path} to {url} ? (y/n): "))
            .mentions(&format!("Publication of {path} canceled"));
    }
    home.run(["publish", "both.yaml"]).exits(1).mentions("more than one destinations were found");
    home.run(["publish", "azure b.yaml"]).exits(1).prints("").mentions("' ' may not be in a name");
    home.run(["publish", "wrong.yaml"])
        .exits(1)
        .mentions("aws_secretsmanager_secret_name is ignored; did you mean aws_secrets_manager_secret_name?")
        .mentions("no destination configured for this file");
    let run = home.run(["config", "check"]);
    for said in [
        "more than one destinations",
        "azure_keyvault_url is to begin with https://",
        "the rule has no destination: s3_bucket",
    ] {
        assert!(run.stdout.contains(said), "{}{}", run.stdout, run.stderr);
    }
}

/// Below the configuration, for the owner alone, and over nothing but such a manifest.
#[test]
fn a_kubernetes_secret_is_a_private_file() {
    use std::os::unix::fs::PermissionsExt;
    let rules = "\
destination_rules:
- {path_regex: db, kubernetes_secret_file: out/k8s/, kubernetes_namespace: web}
- {path_regex: one, kubernetes_secret_file: one.yaml}
- {path_regex: self, kubernetes_secret_file: ./}
";
    let home = Home::empty().with(&["a.yaml"]).file(".sops.yaml", rules).file("sub/x", "");
    let write = |name: &str, text: &str| {
        std::fs::write(home.path(name), text).expect("written");
        home.run(["encrypt", "--age", RECIPIENT, "-i", name]).exits(0);
    };
    write("db.enc.env", "USER=a\nPASSWORD=c2VjcmV0\n");
    let (from, out) = ("out/k8s/db.enc.yaml from db.enc.env", "out/k8s/db.enc.yaml");
    let dry =
        |expected: &str| drop(home.run(["publish", "--dry-run", "db.enc.env"]).exits(0).prints(expected));
    dry(&format!("would create {from}\n    + PASSWORD\n    + USER\n"));
    assert!(!home.path("out").exists());
    home.run(["publish", "-y", "db.enc.env"]).exits(0).prints("");
    // as kubectl create secret generic --from-env-file prints it
    let manifest = "apiVersion: v1\ndata:\n  PASSWORD: YzJWamNtVjA=\n  USER: YQ==\nkind: Secret\nmetadata:\n  name: db\n  namespace: web\ntype: Opaque\n";
    assert_eq!(home.read(out), manifest);
    let mode = |name: &str| std::fs::metadata(home.path(name)).expect("it is there").permissions().mode();
    assert_eq!(mode(out) & 0o777, 0o600);
    dry(&format!("unchanged: {out} is as db.enc.env\n"));
    let before = std::fs::metadata(home.path(out)).expect("it is there").modified().expect("a time");
    home.run(["publish", "-y", "db.enc.env"]).exits(0);
    assert_eq!(std::fs::metadata(home.path(out)).expect("it is there").modified().expect("a time"), before);
    write("db.enc.env", "USER=b\nHOST=h\n");
    dry(&format!("would change {from}\n    + HOST\n    - PASSWORD\n    ~ USER\n"));

    // an encrypted file, its own source too, and what is no Secret are left alone
    write("self.yaml", "a: b\n");
    let source = home.read("self.yaml");
    home.run(["publish", "-y", "self.yaml"])
        .exits(1)
        .mentions("self.yaml is there and is no manifest of a Secret");
    assert_eq!(home.read("self.yaml"), source);
    write("one.json", "{\"a\": \"b\"}");
    std::fs::write(home.path("one.yaml"), "kind: ConfigMap\n").expect("written");
    for flag in ["-y", "--dry-run"] {
        home.run(["publish", flag, "one.json"]).exits(1).mentions("is no manifest of a Secret");
    }
    // what makes no Secret
    write("one.json", "{\"a\": {\"b\": \"c\"}}");
    home.run(["publish", "-y", "one.json"]).exits(4).mentions("nested").mentions("one level of keys");
    std::fs::create_dir(home.path("d")).expect("a folder");
    write("d/db.env", "A=b\n");
    write("d/db.json", "{\"a\": \"b\"}");
    home.run(["publish", "-y", "--recursive", "d"])
        .exits(1)
        .mentions("d/db.env and d/db.json would be one secret: out/k8s/db.yaml");
}
