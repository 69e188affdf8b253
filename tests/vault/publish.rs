//! `publish` into key/value stores of version 1 and 2: what sops sends, and nothing twice (services
//! §3.3).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::support::fake::Reply;
use super::support::fake::vault::{TOKEN, Vault, errors};
use super::support::{Home, Run, real_sops};

const RULES: &str = "\
destination_rules:
- {path_regex: one, vault_path: team, vault_kv_mount_name: kv1, vault_kv_version: 1}
- {path_regex: short, vault_path: team/, omit_extensions: true}
- {path_regex: '', vault_path: team}
";

/// A home whose user may publish to the server.
fn home(vault: &Vault) -> Home {
    let home = Home::with_age().set("VAULT_TOKEN", TOKEN).set("VAULT_ADDR", &vault.server.url());
    home.write(".sops.yaml", RULES);
    home
}

#[track_caller]
fn discreet(run: Run) -> Run {
    run.does_not_crash().keeps_quiet_about(TOKEN).keeps_quiet_about("a word of value")
}

/// Requests since the last time, as `METHOD PATH`.
fn asked(vault: &Vault, from: &mut usize) -> Vec<String> {
    let new = vault.server.requests().split_off(*from);
    *from += new.len();
    new.iter().map(|request| format!("{} {}", request.method, request.target)).collect()
}

#[test]
fn values_are_put_where_the_rule_says() {
    let vault = Vault::start();
    let home = home(&vault);
    let mut seen = 0;
    for (name, path) in [
        ("one.yaml", "kv1/team/one.yaml"),
        ("two.yaml", "secret/data/team/two.yaml"),
        ("short.yaml", "secret/data/team/short"),
    ] {
        home.encrypted(name, "a: a word of value\nn: 1\nm:\n    - true\n    - null\n");
        discreet(home.sops(["publish", "-y", name])).exits(0).prints_nothing();
        assert_eq!(asked(&vault, &mut seen), [format!("GET /v1/{path}"), format!("PUT /v1/{path}")]);
        let expected = json!({ "a": "a word of value", "n": 1, "m": [true, null] });
        assert_eq!(vault.take_secrets(), BTreeMap::from([(path.to_owned(), expected)]));
    }
}

#[test]
fn what_is_there_is_not_put_again() {
    let vault = Vault::start();
    let home = home(&vault);
    let mut seen = 0;
    for name in ["one.yaml", "two.yaml"] {
        home.encrypted(name, "b: x\na: [1, two]\n");
        for puts in [1, 0] {
            discreet(home.sops(["publish", "-y", name])).exits(0);
            assert_eq!(asked(&vault, &mut seen).len(), 1 + puts, "{name}");
        }
        home.encrypted(name, "b: x\na: [\"1\", two]\n");
        discreet(home.sops(["publish", "-y", name])).exits(0);
        assert_eq!(asked(&vault, &mut seen).len(), 2, "{name}");
    }
}

#[test]
fn a_dry_run_puts_nothing() {
    let vault = Vault::start();
    let home = home(&vault);
    home.encrypted("two.yaml", "b: a word of value\na: [1, two]\n");
    let url = format!("{}/v1/secret/data/team/two.yaml", vault.server.url());
    let dry = || discreet(home.sops(["publish", "--dry-run", "two.yaml"])).exits(0);
    dry().prints(format!("would create {url} from two.yaml\n    + a\n    + b\n"));
    discreet(home.sops(["publish", "-y", "two.yaml"])).exits(0);
    let mut seen = vault.server.requests().len();
    dry().prints(format!("unchanged: {url} is as two.yaml\n"));
    home.encrypted("two.yaml", "b: a word of value\na: [1, three]\n");
    dry().prints(format!("would change {url} from two.yaml\n    ~ a[1]\n"));
    vault.replies([errors(403, &["permission denied"])]);
    let said = String::from_utf8_lossy(&dry().stdout).into_owned();
    assert!(said.contains("cannot be read: Error making API request."), "{said}");
    assert!(asked(&vault, &mut seen).iter().all(|line| line.starts_with("GET ")));
}

#[test]
fn a_folder_is_put_file_by_file() {
    let vault = Vault::start();
    let home = home(&vault);
    std::fs::create_dir_all(home.path("f/g")).expect("folders");
    home.encrypted("f/a.yaml", "a: 1\n");
    home.encrypted("f/g/b.json", "{\"b\": \"x\"}\n");
    discreet(home.sops(["publish", "-y", "--recursive", "f"])).exits(0);
    let stored: Vec<_> = vault.take_secrets().into_keys().collect();
    assert_eq!(stored, ["secret/data/team/a.yaml", "secret/data/team/g/b.json"]);
    // Connections are kept: there are four requests.
    assert!(vault.server.connections() < 4);
}

#[test]
fn failures_are_errors() {
    let vault = Vault::start();
    let home = home(&vault);
    home.encrypted("a.yaml", "a: a word of value\n");
    let refused = |replies: Vec<Reply>, said: &str| {
        vault.replies(replies);
        let run = discreet(home.sops(["publish", "-y", "a.yaml"])).exits(1).prints_nothing().says(said);
        assert_eq!(vault.left(), 0);
        assert!(vault.take_secrets().is_empty());
        run
    };
    let none = || errors(404, &[]);
    let url = format!(
        "URL: PUT {}/v1/secret/data/team/a.yaml\nCode: 403. Errors:\n\n* permission denied",
        vault.server.url()
    );
    refused(vec![none(), errors(403, &["permission denied"])], &url);
    refused(vec![none(), errors(400, &["bad: a word of value"])], "bad: [redacted]");
    refused(vec![none(), Reply::text(501, "no")], "Code: 501. Raw Message:");
    // That it cannot be read is no reason not to write it.
    vault.replies([errors(403, &["permission denied"])]);
    discreet(home.sops(["publish", "-y", "a.yaml"]))
        .exits(0)
        .says("Cannot check if")
        .says("New version will be created even if the data has not been changed.");
    assert_eq!(vault.take_secrets().len(), 1);
    // Neither is the file of a token looked at, nor the allow list.
    let home = home.set("VAULT_TOKEN", "").set("SOPS_HC_VAULT_ALLOWLIST", "none");
    home.write(".vault-token", TOKEN);
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(1).says("permission denied");
    let home = home.set("VAULT_TOKEN", TOKEN);
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(0);
    let home = home.set("VAULT_ADDR", "http://127.0.0.1:1").set("VAULT_MAX_RETRIES", "0");
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(1).says("connection refused");
}

#[test]
fn an_agent_counts_where_the_rule_has_no_address() {
    let (vault, agent) = (Vault::start(), Vault::start());
    let home = home(&vault).set("VAULT_AGENT_ADDR", &agent.server.url());
    home.encrypted("a.yaml", "a: 1\n");
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(0);
    assert_eq!((vault.take_secrets().len(), agent.take_secrets().len()), (0, 1));
    let url = vault.server.url();
    home.write(".sops.yaml", format!("destination_rules:\n- {{vault_path: p, vault_address: '{url}'}}\n"));
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(0);
    assert_eq!((vault.take_secrets().len(), agent.take_secrets().len()), (1, 0));
}

/// Both programs send the same, for all formats.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn requests_are_those_of_sops() {
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    let vault = Vault::start();
    let home = home(&vault);
    for (name, text) in [
        (
            "a.yaml",
            "# c\ns: \"<é&>\\n\"\nn: -12\nf: 1.5\ng: 1e21\nb: true\nt: 2024-02-29\ne: {}\nl: [1, x, [y]]\nm: {k: {}, x: null}\n",
        ),
        ("docs.yaml", "a: 1\nb: x\n---\na: two\nc: y\n"),
        ("one.json", "{\"a\": {\"b\": [1, 2.5, \"x\", null]}, \"c\": 9223372036854775807}\n"),
        ("a.env", "A=b\nC=d e\n# c\n"),
        ("a.ini", "top=1\n[s]\nk = v\n"),
        ("a.txt", "binary \\ \"text\"\n"),
        ("empty.json", "{}\n"),
    ] {
        home.encrypted(name, text);
        let sent = |program: Option<&std::path::Path>| {
            let from = vault.server.requests().len();
            let words = ["publish", "-y", name];
            match program {
                Some(program) => home.run(program, words, b""),
                None => home.sops(words),
            }
            .exits(0);
            let headers = ["x-vault-request", "x-vault-token", "x-vault-namespace", "content-type"];
            let requests = vault.server.requests().split_off(from);
            let seen: Vec<_> = requests
                .iter()
                .map(|request| {
                    let headers = headers.map(|name| request.header(name).to_owned());
                    (request.method.clone(), request.target.clone(), request.json(), headers)
                })
                .collect();
            (seen, vault.take_secrets())
        };
        let (theirs, ours) = (sent(Some(&sops)), sent(None));
        assert_eq!(ours.1, theirs.1, "{name}");
        assert_eq!(ours.0, theirs.0, "{name}");
        assert!(ours.1.values().all(Value::is_object));
    }
}
