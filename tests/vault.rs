//! Vault's transit engine through the built program, at a server of this process (keys §8).
#![cfg(unix)] // Windows has tests/windows
#![cfg(feature = "vault")]

mod support;

#[path = "vault/bad_days.rs"]
mod bad_days;
#[cfg(feature = "publish")]
#[path = "vault/publish.rs"]
mod publish;
#[path = "vault/settings.rs"]
mod settings;

use serde_json::json;
use support::fake::vault::{TOKEN, Vault, data};
use support::{AGE_RECIPIENT, Home, real_sops};

const PLAIN: &str = "password: a word of value\n";

/// A home whose user may use the server's keys.
fn home() -> Home {
    Home::empty().set("VAULT_TOKEN", TOKEN)
}

/// Nothing that was said holds a secret.
#[track_caller]
fn discreet(run: support::Run) -> support::Run {
    run.does_not_crash()
        .keeps_quiet_about(TOKEN)
        .keeps_quiet_about("a word of value")
        .keeps_quiet_about("vault:v1:")
}

#[test]
fn a_file_is_encrypted_and_decrypted() {
    let vault = Vault::start();
    let key = vault.key("team/keys", "k1");
    let home = home();
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "--hc-vault-transit", &key, "a.yaml"])).exits(0);
    let text = home.read_text("a.yaml");
    for line in [
        &format!(" vault_address: {}\n", vault.server.url()),
        " engine_path: team/keys\n",
        " key_name: k1\n",
        " enc: vault:v1:",
    ] {
        assert!(text.contains(line), "{line:?} is not in:\n{text}");
    }
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);

    let requests = vault.server.requests();
    let lines: Vec<_> = requests.iter().map(|r| format!("{} {}", r.method, r.target)).collect();
    assert_eq!(lines, ["PUT /v1/team/keys/encrypt/k1", "PUT /v1/team/keys/decrypt/k1"]);
}

#[test]
fn keys_come_from_the_environment_and_from_rules() {
    let vault = Vault::start();
    let (one, two) = (vault.key("transit", "one"), vault.key("transit", "two"));
    let home = home().set("SOPS_VAULT_URIS", &format!("{one},,{two}"));
    let text = home.encrypted("a.yaml", PLAIN);
    assert_eq!(text.matches("key_name:").count(), 2, "{text}");

    let home = self::home();
    home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - path_regex: flat\n    hc_vault_transit_uri: '{one}, {two}'\n  - key_groups:\n      - hc_vault: ['{one}']\n      - hc_vault: ['{two}']\n"
        ),
    );
    assert_eq!(home.encrypted("flat.yaml", PLAIN).matches("key_name:").count(), 2);
    assert!(home.encrypted("groups.yaml", PLAIN).contains("shamir_threshold: 2\n"));
    for name in ["flat.yaml", "groups.yaml"] {
        assert_eq!(home.decrypted(name), PLAIN.as_bytes(), "{name}");
    }
}

#[test]
fn keys_are_added_and_removed() {
    let vault = Vault::start();
    let (one, two) = (vault.key("transit", "one"), vault.key("transit", "two"));
    let home = home().set("SOPS_VAULT_URIS", &one);
    home.encrypted("a.yaml", PLAIN);
    let change = ["rotate", "-i", "--add-hc-vault-transit", &two, "--rm-hc-vault-transit", &one, "a.yaml"];
    discreet(home.sops(change)).exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains("key_name: two") && !text.contains("key_name: one"), "{text}");
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());

    home.write(".sops.yaml", format!("creation_rules:\n  - hc_vault_transit_uri: {one}\n"));
    discreet(home.sops(["updatekeys", "-y", "a.yaml"])).exits(0);
    assert!(home.read_text("a.yaml").contains("key_name: one"));
}

#[test]
fn shares_lie_with_age_and_vault() {
    let vault = Vault::start();
    let home = Home::with_age().set("VAULT_TOKEN", TOKEN);
    home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [{AGE_RECIPIENT}]\n      - hc_vault: ['{}']\n",
            vault.key("transit", "k")
        ),
    );
    home.write("a.yaml", PLAIN);
    // The recipient of the environment would come before the rule.
    let home = home.set("SOPS_AGE_RECIPIENTS", "");
    home.encrypt("a.yaml");
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let home = home.set("VAULT_TOKEN", "other");
    discreet(home.sops(["decrypt", "a.yaml"])).exits(128).says("permission denied").says("Group 0: SUCCESS");
}

/// As in Go: whatever proxy there is, this machine is asked without it.
#[test]
fn this_machine_is_not_asked_through_a_proxy() {
    let (vault, proxy) = (Vault::start(), Vault::start());
    let nobody = |home: support::Home, name: &str| home.set(name, &proxy.server.url());
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let home = names.into_iter().fold(home(), nobody);
    let uris = [vault.key("transit", "k"), vault.key("transit", "k").replace("127.0.0.1", "localhost")];
    for uri in uris {
        home.write("a.yaml", PLAIN);
        discreet(home.sops(["encrypt", "-i", "--hc-vault-transit", &uri, "a.yaml"])).exits(0);
        discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    }
    assert_eq!((vault.server.requests().len(), proxy.server.connections()), (4, 0));
    // Any other is, and only if the variables say so.
    let elsewhere = "http://vault.example:8200/v1/transit/keys/k";
    home.write("b.yaml", PLAIN);
    home.sops(["encrypt", "-i", "--hc-vault-transit", elsewhere, "b.yaml"]);
    assert_eq!(proxy.server.requests()[0].header("host"), "vault.example:8200");
    let asked = proxy.server.requests().len();
    let home = home.set("NO_PROXY", ".example:8200");
    discreet(home.sops(["encrypt", "--hc-vault-transit", elsewhere, "b.yaml"])).refuses();
    assert_eq!(proxy.server.requests().len(), asked);
}

#[test]
fn many_files_use_one_connection() {
    let vault = Vault::start();
    let home = home().set("SOPS_VAULT_URIS", &vault.key("transit", "one"));
    home.write(
        ".sops.yaml",
        format!("creation_rules:\n  - hc_vault_transit_uri: {}\n", vault.key("transit", "two")),
    );
    let names: Vec<_> = (0..12).map(|n| format!("{n}.yaml")).collect();
    for name in &names {
        home.encrypted(name, PLAIN);
    }
    let before = (vault.server.connections(), vault.server.requests().len());
    let arguments = ["updatekeys", "-y"].into_iter().chain(names.iter().map(String::as_str));
    home.sops(arguments).exits(0);
    let after = (vault.server.connections(), vault.server.requests().len());
    assert_eq!(after.1 - before.1, 24, "an unwrap and a wrap for each file");
    assert!(after.0 - before.0 <= support::workers(), "{} connections", after.0 - before.0);
}

/// Nobody can tell a wrong data key from a changed file; but that nothing fits is said.
#[test]
fn a_server_that_gives_another_key() {
    let vault = Vault::start();
    let home = home().set("SOPS_VAULT_URIS", &vault.key("transit", "k"));
    home.encrypted("a.yaml", PLAIN);
    let key = |bytes: &[u8]| data(&json!({ "plaintext": base64_simd::STANDARD.encode_to_string(bytes) }));
    vault.replies([key(&[7; 32])]);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(25).prints_nothing().says("password");
    vault.replies([key(b"short")]);
    discreet(home.sops(["decrypt", "a.yaml"]))
        .exits(128)
        .says("unwrapping gave 5 bytes")
        .keeps_quiet_about("short");
}

/// Nothing is written when one of the keys could not wrap.
#[test]
fn one_key_that_fails_spoils_the_file() {
    let vault = Vault::start();
    let good = vault.key("transit", "k");
    let bad = vault.key("nowhere", "k");
    let home = home().set("SOPS_VAULT_URIS", &format!("{good},{bad}"));
    home.write("a.yaml", PLAIN);
    let run = discreet(home.sops(["encrypt", "-i", "a.yaml"])).exits(1).prints_nothing();
    run.says(&format!(
        "Could not generate data key: [failed to encrypt new data key with master key \"{bad}\": failed to encrypt sops data key to Vault transit backend 'nowhere/encrypt/k': Error making API request.\n\nURL: PUT {}/v1/nowhere/encrypt/k\nCode: 404. Errors:\n\n* no handler for route \"nowhere/encrypt/k\". route entry not found.]",
        vault.server.url()
    ));
    assert_eq!(home.read_text("a.yaml"), PLAIN);
}

/// The password of an address is in the file, and in nothing that is said.
#[test]
fn the_user_of_an_address_is_not_shown() {
    let vault = Vault::start();
    let key = vault.key("transit", "k").replace("://", "://user:swordfish@");
    let home = home().set("SOPS_VAULT_URIS", &key);
    home.encrypted("a.yaml", PLAIN);
    assert!(vault.server.requests()[0].header("authorization").starts_with("Basic "));
    let home = home.set("VAULT_TOKEN", "other");
    let says = |run: support::Run| discreet(run).keeps_quiet_about("swordfish").says("permission denied");
    says(home.sops(["decrypt", "a.yaml"]).exits(128));
    home.write("b.yaml", PLAIN);
    says(home.sops(["encrypt", "b.yaml"]).exits(1));
    let home = home.set("VAULT_TOKEN", TOKEN);
    home.write(
        ".sops.yaml",
        format!("creation_rules:\n  - hc_vault_transit_uri: {}\n", vault.key("transit", "x")),
    );
    let run = home.sops(["updatekeys", "-y", "a.yaml"]).exits(0);
    assert!(!String::from_utf8_lossy(&run.stdout).contains("swordfish"), "{}", support::shown(&run.stdout));
    run.keeps_quiet_about("swordfish");
}

/// Both programs send the same, and each opens what the other wrote.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn requests_are_those_of_sops() {
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    let vault = Vault::start();
    for (mount, name) in [("transit", "k1"), ("team/keys", "with-dash_9"), ("transit", "odd%20!(x)")] {
        let key = vault.key(mount, name);
        let home = home().set("VAULT_NAMESPACE", "team/a").set("VAULT_HEADERS", "{\"X-Extra\":\"1\"}");
        home.write("a.yaml", PLAIN);
        let ours = home.sops(["encrypt", "--hc-vault-transit", &key, "a.yaml"]).exits(0).stdout;
        let theirs = home.run(&sops, ["encrypt", "--hc-vault-transit", &key, "a.yaml"], b"").exits(0).stdout;
        home.write("ours.yaml", ours).write("theirs.yaml", theirs);
        home.run(&sops, ["decrypt", "ours.yaml"], b"").exits(0);
        home.sops(["decrypt", "theirs.yaml"]).exits(0).prints(PLAIN);

        let requests = vault.server.requests();
        let [.., our_wrap, their_wrap, their_unwrap, our_unwrap] = &requests[..] else { panic!() };
        for (ours, theirs) in [(our_wrap, their_wrap), (our_unwrap, their_unwrap)] {
            assert_eq!((&ours.method, &ours.target), (&theirs.method, &theirs.target));
            for header in ["x-vault-token", "x-vault-request", "x-vault-namespace", "x-extra", "host"] {
                assert_eq!(ours.header(header), theirs.header(header), "{header}");
                assert!(!ours.header(header).is_empty(), "{header}");
            }
            let fields = |request: &support::fake::Request| {
                request.json().as_object().map(|object| object.keys().cloned().collect::<Vec<_>>())
            };
            assert_eq!(fields(ours), fields(theirs));
        }
    }

    // What the server says is printed alike, on both ways.
    let home = home().set("VAULT_TOKEN", "another").set("SOPS_VAULT_URIS", &vault.key("transit", "k1"));
    let good = self::home().set("SOPS_VAULT_URIS", &vault.key("transit", "k1"));
    home.write("a.yaml", PLAIN).write("b.yaml", good.encrypted("b.yaml", PLAIN));
    for (arguments, code) in [(["encrypt", "a.yaml"], 1), (["decrypt", "b.yaml"], 128)] {
        let theirs = home.run(&sops, arguments, b"").exits(code).stderr;
        let ours = home.sops(arguments).exits(code).stderr;
        assert!(theirs.contains("permission denied"), "{theirs}");
        for line in theirs.lines() {
            assert!(ours.contains(line.trim_end()), "{line:?} is not in:\n{ours}");
        }
    }
}
