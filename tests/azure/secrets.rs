//! `publish` to the secrets of a vault, at a server that has the real names.

use serde_json::json;

use super::discreet;
use super::support::Home;
use super::support::fake::Reply;
use super::support::fake::azure::{Azure, VAULT, Where, error};

fn home(azure: &Azure) -> Home {
    let home = super::home(azure).and_age();
    home.write(
        ".sops.yaml",
        format!(
            "destination_rules:\n\
             - {{path_regex: ^clear, azure_keyvault_url: 'http://team.vault.azure.net'}}\n\
             - {{azure_keyvault_url: '{VAULT}/', azure_keyvault_prefix: team-, omit_extensions: true}}\n"
        ),
    );
    home
}

#[test]
fn values_become_a_secret_and_nothing_is_put_twice() {
    let azure = Azure::start();
    let home = home(&azure);
    home.encrypted("a_b.yaml", "b: a word of value\na: {n: 1}\n");
    let publish = || discreet(home.sops(["publish", "-y", "a_b.yaml"])).exits(0).prints_nothing();
    let dry = || discreet(home.sops(["publish", "--dry-run", "a_b.yaml"])).exits(0);
    dry().prints(format!("would create {VAULT}/secrets/team-a-b from a_b.yaml\n    + a.n\n    + b\n"));
    publish();
    let get = ["GET /secrets/team-a-b", "GET* /secrets/team-a-b"];
    assert_eq!(azure.asked(), [&get[..], &get, &["PUT* /secrets/team-a-b"]].concat());
    let value =
        json!({ "value": r#"{"b":"a word of value","a":{"n":1}}"#, "contentType": "application/json" });
    assert_eq!(azure.secrets()["team-a-b"], [value]);
    publish();
    dry().prints(format!("unchanged: {VAULT}/secrets/team-a-b is as a_b.yaml\n"));
    assert_eq!(azure.secrets()["team-a-b"].len(), 1);
    home.encrypted("a_b.yaml", "b: a word of value\n");
    dry().prints(format!("would change {VAULT}/secrets/team-a-b from a_b.yaml\n    - a.n\n"));
    publish();
    assert_eq!(azure.secrets()["team-a-b"].len(), 2);
}

#[test]
fn whole_files() {
    let azure = Azure::start();
    let home = home(&azure);
    home.encrypted("text.pem", "-----BEGIN\né\n");
    home.encrypted("bytes.bin", b"\xff\x00");
    for name in ["text.pem", "bytes.bin", "text.pem", "bytes.bin"] {
        discreet(home.sops(["publish", "-y", name])).exits(0).prints_nothing();
    }
    assert_eq!(azure.secrets()["team-text"], [json!({ "value": "-----BEGIN\né\n" })]);
    let bytes = json!({
        "value": "/wA=", "contentType": "application/octet-stream", "tags": { "file-encoding": "base64" },
    });
    assert_eq!(azure.secrets()["team-bytes"], [bytes]);
    // The same text is another value if it stands for bytes.
    azure.secrets().get_mut("team-text").expect("it is there")[0]["tags"] =
        json!({ "file-encoding": "base64" });
    discreet(home.sops(["publish", "-y", "text.pem"])).exits(0);
    assert_eq!(azure.secrets()["team-text"].len(), 2);
}

#[test]
fn failures_are_errors() {
    let azure = Azure::start();
    let home = home(&azure);
    for name in ["a.yaml", "clear.yaml", "b c.yaml"] {
        home.encrypted(name, "b: a word of value\n");
    }
    home.encrypted("large.yaml", format!("b: {}\n", "a word of value".repeat(2000)));
    let publish = |name: &str| discreet(home.sops(["publish", "-y", name]));
    publish("clear.yaml").exits(1).says("not permitted for non-TLS protected (https) endpoints");
    publish("b c.yaml").exits(1).says("' ' may not be in a name");
    publish("large.yaml").exits(1).says("has 30008 bytes").says("25600 at the most");
    assert!(azure.asked().is_empty());

    let denied = || error(403, "Forbidden", "The user does not have secrets get permission on key vault");
    azure.replies(Where::Vault, [denied()]);
    publish("a.yaml").exits(0).says("Cannot check if a already exists").says("secrets get permission");
    azure.secrets().clear();
    azure.replies(Where::Vault, [denied(), error(403, "Forbidden", "no secrets set permission")]);
    publish("a.yaml")
        .exits(1)
        .says("a.yaml: PUT https://team.vault.azure.net/secrets/team-a")
        .says("set permission");
    let conflict = json!({ "error": {
        "code": "Conflict", "innererror": { "code": "ObjectIsDeletedButRecoverable" },
        "message": "Secret team-a is currently in a deleted but recoverable state.",
    } });
    azure.replies(Where::Vault, [error(404, "SecretNotFound", "no"), Reply::json(409, &conflict)]);
    publish("a.yaml")
        .exits(1)
        .says("az keyvault secret recover --id https://team.vault.azure.net/secrets/team-a");
    azure.replies(
        Where::Vault,
        [error(404, "SecretNotFound", "no"), error(400, "BadParameter", "bad: {\"b\":\"a word of value\"}")],
    );
    publish("a.yaml").exits(1).says("[redacted]");
    azure.replies(Where::Vault, [error(429, "Throttled", "slow down").with("Retry-After", "0")]);
    publish("a.yaml").exits(0);
    azure.replies(Where::Vault, [Reply::text(200, "{\"value\":")]);
    publish("a.yaml").exits(1).says("not all of it came");
    assert_eq!(azure.left(), 0);
    let home = home.set("AZURE_CLIENT_SECRET", "a secret of somebody else");
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(1).says("AADSTS7000215");
}
