//! `publish` to GCP Secret Manager, at a server that looks at every field.

use serde_json::json;

use super::credentials::home as nobody;
use super::support::fake::Reply;
use super::support::fake::google::{Google, TOKEN, error};
use super::{Home, discreet, lines};

/// A home with rules, whose user may use age and the project's secrets.
fn home(google: &Google) -> Home {
    let home = nobody(google).and_age().set("SOPS_GCP_KMS_IDS", "").set("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN);
    home.write(
        ".sops.yaml",
        "destination_rules:\n\
         - {path_regex: ^far, gcp_secret_manager_project: p, gcp_secret_manager_locations: 'europe-west1, europe-west4'}\n\
         - {path_regex: ^denied, gcp_secret_manager_project: q}\n\
         - {path_regex: ^evil, gcp_secret_manager_project: ../../x}\n\
         - {gcp_secret_manager_project: p, gcp_secret_manager_prefix: team-, omit_extensions: true}\n",
    );
    home
}

fn asked(google: &Google, from: &mut usize) -> Vec<String> {
    let new = google.tls.requests().split_off(*from);
    *from += new.len();
    lines(&new)
}

#[test]
fn values_become_a_secret_and_nothing_is_put_twice() {
    let google = Google::start();
    let home = home(&google);
    let mut seen = 0;
    let path = "/v1/projects/p/secrets";
    let access = format!("GET {path}/team-a/versions/latest:access");
    let add = format!("POST {path}/team-a:addVersion");
    home.encrypted("a.yaml", "b: a word of value\na: {n: 1}\n");
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(0).prints_nothing();
    let create = format!("POST {path}?secretId=team-a");
    assert_eq!(asked(&google, &mut seen), [access.clone(), add.clone(), create, add.clone()]);
    let secret = google.secrets()["team-a"].clone();
    assert_eq!(secret.versions, [br#"{"b":"a word of value","a":{"n":1}}"#]);
    assert_eq!(secret.replication, json!({ "automatic": {} }));
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(0).prints_nothing();
    assert_eq!(asked(&google, &mut seen), [&access[..]]);
    home.encrypted("a.yaml", "b: a word of value\na: {n: 2}\n");
    discreet(home.sops(["publish", "--dry-run", "a.yaml"]))
        .exits(0)
        .prints("would change GCP Secret Manager secret projects/p/secrets/team-a from a.yaml\n    ~ a.n\n");
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(0);
    assert_eq!(asked(&google, &mut seen), [access.clone(), access.clone(), add.clone()]);

    // A version that nobody may read any more says nothing.
    google.secrets().get_mut("team-a").expect("it is there").disabled = true;
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(0).says("is in DISABLED state");
    assert_eq!(asked(&google, &mut seen), [access, add]);

    home.encrypted("far.bin", b"\xff\x00");
    for _ in 0..2 {
        discreet(home.sops(["publish", "-y", "far.bin"])).exits(0);
    }
    let secret = google.secrets()["far-bin"].clone();
    assert_eq!(secret.versions, [b"\xff\x00"]);
    let replicas = json!([{ "location": "europe-west1" }, { "location": "europe-west4" }]);
    assert_eq!(secret.replication, json!({ "userManaged": { "replicas": replicas } }));
}

#[test]
fn service_accounts_and_folders() {
    let google = Google::start();
    let home = home(&google).set("GOOGLE_OAUTH_ACCESS_TOKEN", "");
    home.encrypted("a.yaml", "b: a word of value\n");
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(1).says("could not find default credentials");
    home.write("robot.json", google.service_account().to_string());
    let robot = home.path("robot.json").display().to_string();
    let home = home.set("GOOGLE_APPLICATION_CREDENTIALS", &robot);
    std::fs::create_dir_all(home.path("d/e")).expect("folders");
    home.encrypted("d/e/b.yaml", "b: a word of value\n");
    home.encrypted("d/e.b.yaml", "b: a word of value\n");
    discreet(home.sops(["publish", "-y", "--recursive", "d"]))
        .exits(1)
        .says("d/e/b.yaml and d/e.b.yaml would be one secret");
    discreet(home.sops(["publish", "-y", "--recursive", "d/e"])).exits(0);
    let names: Vec<_> = google.secrets().keys().cloned().collect();
    assert_eq!(names, ["team-b", "team-e-b"]);
}

#[test]
fn failures_are_errors() {
    let google = Google::start();
    let home = home(&google);
    for name in ["a.yaml", "denied.yaml", "evil.yaml", "b c.yaml"] {
        home.encrypted(name, "b: a word of value\n");
    }
    let publish = |name: &str| discreet(home.sops(["publish", "-y", name]));
    publish("denied.yaml")
        .exits(1)
        .says("Cannot check if denied.yaml already exists")
        .says("denied.yaml: could not add a version to the GCP Secret Manager secret denied-yaml: googleapi: Error 403: Permission denied");
    publish("evil.yaml").exits(1).says("is no project of Google Cloud");
    publish("b c.yaml").exits(1).says("' ' may not be in a name");
    home.encrypted("large.yaml", format!("b: {}\n", "a word of value".repeat(5000)));
    publish("large.yaml").exits(1).says("has 75008 bytes").says("65536 at the most");
    assert!(google.secrets().is_empty());

    let missing = || error(404, "NOT_FOUND", "Secret not found");
    google.replies([missing(), error(400, "INVALID_ARGUMENT", "bad {\"b\":\"a word of value\"}")]);
    publish("a.yaml").exits(1).says("bad [redacted]");
    google.replies([
        missing(),
        missing(),
        error(403, "PERMISSION_DENIED", "no secretmanager.secrets.create"),
    ]);
    publish("a.yaml")
        .exits(1)
        .says("could not create the GCP Secret Manager secret team-a")
        .says("secrets.create");
    google.replies([error(429, "RESOURCE_EXHAUSTED", "slow down").with("Retry-After", "0")]);
    publish("a.yaml").exits(0);
    google.replies([Reply::text(503, "later"), Reply::text(503, "later"), Reply::text(503, "later")]);
    publish("a.yaml").exits(1).says("code 503 with body: later");
    let other = json!({ "payload": { "data": "eA==", "dataCrc32c": "1" } });
    google.replies([Reply::json(200, &other)]);
    publish("a.yaml").exits(1).says("does not have the checksum");
    google.replies([Reply::text(200, "{\"payload\":")]);
    publish("a.yaml").exits(1).says("not all of it came");
    assert_eq!(google.secrets()["team-a"].versions.len(), 1);
    let home = home.set("HTTPS_PROXY", "http://127.0.0.1:1");
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(1).says("connection refused");
}
