//! Where credentials come from and how each kind gets its token. The names of Google's services are
//! led to the test's server by a proxy, for sops as for us.

use serde_json::{Value, json};

use super::support::fake::Reply;
use super::support::fake::google::{CLIENT_SECRET, EMAIL, Google, KEY, REFRESH_TOKEN, SUBJECT_TOKEN, TOKEN};
use super::{Home, PLAIN, discreet, lines, real_sops};

const METADATA: &str = "/computeMetadata/v1/instance/service-accounts/default/token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform%2Chttps%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloudkms";

/// A home without credentials, in which Google's own names lead to the server.
pub(super) fn home(google: &Google) -> Home {
    Home::empty()
        .set("SSL_CERT_FILE", &google.authority.file().display().to_string())
        .set("HTTPS_PROXY", &google.proxy.url())
        .set("SOPS_GCP_KMS_IDS", KEY)
        .set("NO_GCE_CHECK", "true")
}

/// The file of a user who logged in with gcloud.
pub(super) fn user() -> Value {
    json!({
        "type": "authorized_user", "client_id": "client.apps.googleusercontent.com",
        "client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN, "token_uri": "http://127.0.0.1:1/",
    })
}

fn external(google: &Google, source: &Value) -> Value {
    json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}/v1/token", google.plain.url()),
        "credential_source": source,
    })
}

fn impersonated(google: &Google, source: &Value) -> Value {
    json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url":
            format!("{}/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken", google.plain.url()),
        "source_credentials": source,
    })
}

/// Both programs open a file with these credentials, and ask the same.
#[track_caller]
fn works(google: &Google, home: Home, asked: &[&str]) -> Home {
    home.write("a.yaml", PLAIN);
    let all = |google: &Google| {
        let mut all = google.plain.requests();
        let others = google.tls.requests().into_iter();
        all.extend(others.filter(|request| !request.path().starts_with("/google.cloud.kms")));
        lines(&all)
    };
    let before = all(google).len();
    let run = discreet(home.sops(["encrypt", "a.yaml"])).exits(0);
    assert_eq!(all(google)[before..], *asked);
    home.write("b.yaml", run.stdout);
    assert_eq!(home.decrypted("b.yaml"), PLAIN.as_bytes());
    if let Some(sops) = real_sops() {
        let before = all(google).len();
        home.run(&sops, ["decrypt", "b.yaml"], b"").exits(0);
        assert_eq!(all(google)[before..], *asked, "sops asks otherwise");
    }
    home
}

#[track_caller]
fn fails(home: &Home, expected: &str) {
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "a.yaml"])).exits(1).says(expected);
}

/// With its own key, and without asking anybody.
#[test]
fn a_service_account_signs_its_tokens() {
    let google = Google::start();
    let account = google.service_account();
    let home = works(&google, home(&google).set("GOOGLE_CREDENTIALS", &account.to_string()), &[]);
    assert_eq!(google.proxy.hosts()[0], "cloudkms.googleapis.com:443");
    home.write("robot.json", account.to_string());
    let home = works(&google, home.set("GOOGLE_CREDENTIALS", "robot.json"), &[]);
    let path = home.path("robot.json").display().to_string();
    let home = home.set("GOOGLE_CREDENTIALS", "").set("GOOGLE_APPLICATION_CREDENTIALS", &path);
    works(&google, home, &[]);

    let mut broken = account;
    broken["private_key"] = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n".into();
    let home = self::home(&google).set("GOOGLE_CREDENTIALS", &broken.to_string());
    fails(&home, "could not parse key");
    broken["private_key"] = "no key".into();
    let home = home.set("GOOGLE_CREDENTIALS", &broken.to_string());
    fails(&home, "there is no private key in PEM form");
}

#[test]
fn a_user_has_a_refresh_token() {
    let google = Google::start();
    let home = home(&google);
    std::fs::create_dir_all(home.path(".config/gcloud")).unwrap();
    home.write(".config/gcloud/application_default_credentials.json", user().to_string());
    let home = works(&google, home, &["POST /token"]);
    assert!(google.proxy.hosts().contains(&"oauth2.googleapis.com:443".to_owned()));

    let mut expired = user();
    expired["refresh_token"] = "1//old".into();
    home.write(".config/gcloud/application_default_credentials.json", expired.to_string());
    fails(
        &home,
        "rpc error: code = Unauthenticated desc = transport: per-RPC creds failed due to error: auth: ",
    );
    fails(&home, "Token has been expired or revoked.");
}

#[test]
fn accounts_of_other_providers() {
    let google = Google::start();
    let home = home(&google);
    home.write("token", format!("{SUBJECT_TOKEN}\n"));
    home.write("token.json", json!({ "id_token": SUBJECT_TOKEN }).to_string());
    let json = json!({ "type": "json", "subject_token_field_name": "id_token" });
    let headers = json!({ "X-Flavor": "vanilla" });
    let mut home = home;
    for (source, asked) in [
        (json!({ "file": home.path("token") }), &["POST /v1/token"][..]),
        (json!({ "file": home.path("token.json"), "format": json }), &["POST /v1/token"]),
        (
            json!({ "url": format!("{}/subject", google.plain.url()), "headers": headers }),
            &["GET /subject", "POST /v1/token"],
        ),
        (
            json!({ "url": format!("{}/subject.json", google.plain.url()), "headers": headers, "format": json }),
            &["GET /subject.json", "POST /v1/token"],
        ),
    ] {
        let account = external(&google, &source);
        home = works(&google, home.set("GOOGLE_CREDENTIALS", &account.to_string()), asked);
    }
    for (source, expected) in [
        (json!({ "file": "/nonexistent" }), "open /nonexistent: no such file or directory"),
        (json!({ "file": home.path("token"), "format": json }), "it is not JSON"),
        (
            json!({ "url": format!("{}/subject", google.plain.url()) }),
            "auth: cannot fetch token: 403 Response: forbidden",
        ),
        (json!({ "executable": { "command": "x" } }), "\"executable\" is not supported"),
        (json!({ "environment_id": "aws1" }), "\"environment_id\" (AWS) is not supported"),
        (json!({}), "unable to parse credential source"),
    ] {
        home = home.set("GOOGLE_CREDENTIALS", &external(&google, &source).to_string());
        fails(&home, expected);
    }
    let account = json!({
        "type": "external_account_authorized_user", "client_id": "client", "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN, "token_url": format!("{}/v1/token", google.plain.url()),
        "audience": "//iam.googleapis.com/locations/global/workforcePools/p/providers/x",
    });
    works(&google, home.set("GOOGLE_CREDENTIALS", &account.to_string()), &["POST /v1/token"]);
}

#[test]
fn accounts_that_speak_for_others() {
    let google = Google::start();
    let call = format!("POST /v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken");
    let account = impersonated(&google, &google.service_account());
    let home = works(&google, home(&google).set("GOOGLE_CREDENTIALS", &account.to_string()), &[&call]);

    home.write("token", SUBJECT_TOKEN);
    let mut account = external(&google, &json!({ "file": home.path("token") }));
    account["service_account_impersonation_url"] =
        impersonated(&google, &Value::Null)["service_account_impersonation_url"].take();
    let home =
        works(&google, home.set("GOOGLE_CREDENTIALS", &account.to_string()), &["POST /v1/token", &call]);

    let later = Reply::text(503, "later");
    google.replies(vec![later; 3]);
    fails(&home, "auth: cannot fetch token: 503");
}

#[test]
fn a_machine_of_googles() {
    let google = Google::start();
    let host = google.plain.url().replace("http://", "");
    let home = works(&google, home(&google).set("GCE_METADATA_HOST", &host), &[&format!("GET {METADATA}")]);
    google.replies([Reply::text(404, "no account")]);
    fails(&home, "credentials: cannot fetch token: ");
    google.replies([Reply::text(200, "{")]);
    fails(&home, "the token's answer is no JSON");
}

/// The first place counts, also if it is of no use.
#[test]
fn the_order_of_places() {
    let google = Google::start();
    let home = home(&google).set("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN);
    let home = works(&google, home.set("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent"), &[]);
    let home = home.set("GOOGLE_CREDENTIALS", "/nonexistent/credentials.json");
    let said =
        "cannot create GCP KMS service: GOOGLE_CREDENTIALS names no file and is no credentials: not JSON";
    fails(&home, said);
    let home = home.set("GOOGLE_CREDENTIALS", "").set("GOOGLE_OAUTH_ACCESS_TOKEN", "");
    fails(&home, "cannot create GCP KMS service: open /nonexistent: no such file or directory");
    let home = home.set("GOOGLE_APPLICATION_CREDENTIALS", "/");
    fails(&home, "is a directory");
}

#[test]
fn no_credentials_at_all() {
    let google = Google::start();
    let home = works(&google, home(&google).set("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN), &[]);
    let home = home.set("GOOGLE_OAUTH_ACCESS_TOKEN", "");
    let before = google.tls.requests().len();
    let start = std::time::Instant::now();
    discreet(home.sops(["decrypt", "b.yaml"])).exits(128).says(
        "credentials: could not find default credentials. See https://cloud.google.com/docs/authentication",
    );
    assert!(start.elapsed() < std::time::Duration::from_secs(2));
    assert_eq!(google.tls.requests().len(), before);
}

/// Clouds of partners have other names, and accounts of their own.
#[test]
fn universes() {
    let google = Google::start();
    let mut account = google.service_account();
    account["universe_domain"] = "s3nsapis.fr".into();
    let home = home(&google).set("GOOGLE_CREDENTIALS", &account.to_string());
    fails(
        &home,
        "the configured universe domain (\"googleapis.com\") does not match the universe domain found in the credentials (\"s3nsapis.fr\")",
    );
    let home = works(&google, home.set("SOPS_GCP_KMS_UNIVERSE_DOMAIN", "s3nsapis.fr"), &[]);
    assert!(google.proxy.hosts().contains(&"cloudkms.s3nsapis.fr:443".to_owned()));
    let home = home.set("GOOGLE_CREDENTIALS", "").set("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN);
    fails(&home, "does not match the universe domain found in the credentials (\"googleapis.com\")");
}
