//! Google Cloud KMS, Cloud Storage and Secret Manager through the built program, at servers of this process (keys
//! §6, services §3.2).
#![cfg(unix)] // Windows has tests/windows
#![cfg(feature = "gcp")]

mod support;

#[path = "gcp/bad_days.rs"]
mod bad_days;
#[path = "gcp/credentials.rs"]
mod credentials;
#[cfg(feature = "publish")]
#[path = "gcp/publish.rs"]
mod publish;
#[cfg(feature = "publish")]
#[path = "gcp/secret_manager.rs"]
mod secret_manager;

use support::fake::Request;
use support::fake::google::{
    CLIENT_SECRET, Google, KEY, OTHER_KEY, PRIVATE_KEY, REFRESH_TOKEN, SUBJECT_TOKEN, TOKEN,
};
use support::{AGE_RECIPIENT, Home, Run, real_sops};

const PLAIN: &str = "password: a word of value\n";

/// A home whose user may use the server's keys, with gRPC.
fn home(google: &Google) -> Home {
    Home::empty()
        .set("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
        .set("SSL_CERT_FILE", &google.authority.file().display().to_string())
        .set("SOPS_GCP_KMS_ENDPOINT", &google.endpoint())
}

/// The same with REST.
fn rest(google: &Google) -> Home {
    home(google).set("SOPS_GCP_KMS_CLIENT_TYPE", "Rest").set("SOPS_GCP_KMS_ENDPOINT", &google.plain.url())
}

/// No text holds a secret.
#[track_caller]
fn tells_nothing(text: &str) {
    let key = PRIVATE_KEY.lines().nth(3).expect("a line of the key");
    for secret in [TOKEN, REFRESH_TOKEN, CLIENT_SECRET, SUBJECT_TOKEN, key, "ya29.", "a word of value"] {
        assert!(!text.contains(secret), "a secret is told: {text}");
    }
}

/// Nothing that was said holds a secret. What a report wraps is one line again.
#[track_caller]
fn discreet(run: Run) -> Run {
    tells_nothing(&run.stderr);
    let run = run.does_not_crash();
    let lines = run.stderr.lines().map(|line| line.trim_start_matches([' ', '-', '|']));
    Run { stderr: lines.collect::<Vec<_>>().join(" "), ..run }
}

/// As the fake logs show it.
fn lines(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|request| format!("{} {}", request.method, request.target)).collect()
}

#[test]
fn a_file_is_encrypted_and_decrypted() {
    let google = Google::start();
    let home = home(&google);
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "--gcp-kms", KEY, "a.yaml"])).exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains(&format!(" resource_id: {KEY}\n")), "{text}");
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let service = "/google.cloud.kms.v1.KeyManagementService";
    let expected = [format!("POST {service}/Encrypt"), format!("POST {service}/Decrypt")];
    assert_eq!(lines(&google.tls.requests()), expected);

    // The same key over the other protocol.
    let home = rest(&google);
    home.write("a.yaml", text);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    home.sops(["rotate", "-i", "a.yaml"]).exits(0);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let query = "?%24alt=json%3Benum-encoding%3Dint";
    let [decrypt, encrypt] = ["decrypt", "encrypt"].map(|verb| format!("POST /v1/{KEY}:{verb}{query}"));
    let expected = [decrypt.clone(), decrypt.clone(), encrypt, decrypt];
    assert_eq!(lines(&google.plain.requests()), expected);
}

#[test]
fn keys_come_from_the_environment_and_from_rules() {
    let google = Google::start();
    let home = home(&google).set("SOPS_GCP_KMS_IDS", &format!("{KEY}, {OTHER_KEY}"));
    assert_eq!(home.encrypted("a.yaml", PLAIN).matches("resource_id:").count(), 2);

    let home = home.set("SOPS_GCP_KMS_IDS", "");
    home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - path_regex: flat\n    gcp_kms: {KEY}\n  - shamir_threshold: 2\n    key_groups:\n      - gcp_kms: [{{resource_id: '{KEY}'}}]\n      - age: [{AGE_RECIPIENT}]\n"
        ),
    );
    assert!(home.encrypted("flat.yaml", PLAIN).contains(KEY));
    assert_eq!(home.decrypted("flat.yaml"), PLAIN.as_bytes());
    assert!(home.encrypted("groups.yaml", PLAIN).contains("shamir_threshold: 2\n"));
    let home = home.and_identity();
    assert_eq!(home.decrypted("groups.yaml"), PLAIN.as_bytes());
}

#[test]
fn keys_are_added_and_removed() {
    let google = Google::start();
    let home = home(&google).set("SOPS_GCP_KMS_IDS", KEY);
    home.encrypted("a.yaml", PLAIN);
    discreet(home.sops(["rotate", "-i", "--add-gcp-kms", OTHER_KEY, "--rm-gcp-kms", KEY, "a.yaml"])).exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains(OTHER_KEY) && !text.contains(KEY), "{text}");
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
    home.write(".sops.yaml", format!("creation_rules:\n  - gcp_kms: '{KEY}'\n"));
    discreet(home.sops(["updatekeys", "-y", "a.yaml"])).exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains(KEY) && !text.contains(OTHER_KEY), "{text}");
    discreet(home.sops(["groups", "add", "-i", "-f", "a.yaml", "--gcp-kms", OTHER_KEY])).exits(0);
    assert!(home.read_text("a.yaml").contains(OTHER_KEY));
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
}

/// All files of a run share one connection and one token.
#[test]
fn one_connection_and_one_token_for_a_run() {
    use resops::keys::{KeyService, MasterKey};
    let google = Google::start();
    let address = google.plain.url();
    let account = google.service_account().to_string();
    let service = bad_days::service(&[
        ("GOOGLE_CREDENTIALS", &account),
        ("SOPS_GCP_KMS_CLIENT_TYPE", "rest"),
        ("SOPS_GCP_KMS_ENDPOINT", &address),
    ]);
    for _ in 0..20 {
        service.wrap(&MasterKey::gcp_kms(KEY), &[7; 32]).unwrap_or_else(|error| panic!("{error}"));
    }
    let requests = google.plain.requests();
    assert_eq!(requests.len(), 20);
    assert_eq!(google.plain.connections(), 1);
    assert!(
        requests.iter().all(|request| request.header("authorization") == requests[0].header("authorization"))
    );

    // So do those who work on files at the same time: gRPC needs one for everybody.
    let home = home(&google).set("SOPS_GCP_KMS_IDS", KEY);
    let names: Vec<_> = (0..6).map(|number| format!("f{number}.yaml")).collect();
    names.iter().for_each(|name| drop(home.encrypted(name, PLAIN)));
    home.write(".sops.yaml", format!("creation_rules:\n  - gcp_kms: '{KEY},{OTHER_KEY}'\n"));
    let before = google.tls.connections();
    let words = ["updatekeys", "-y"].into_iter().chain(names.iter().map(String::as_str));
    discreet(home.sops(words)).exits(0);
    assert!(names.iter().all(|name| home.read_text(name).contains(OTHER_KEY)));
    assert_eq!(google.tls.connections() - before, 1);
}

#[test]
fn callers_who_begin_together_share_one_connection() {
    use resops::keys::{KeyService, MasterKey};
    const CALLERS: usize = 6;
    let google = Google::start();
    let home = home(&google).set("SOPS_GCP_KMS_IDS", &[KEY; CALLERS].join(","));
    let before = google.tls.connections();
    discreet(home.write("a.yaml", PLAIN).sops(["encrypt", "-i", "a.yaml"])).exits(0);
    assert_eq!(google.tls.connections() - before, 1);

    let address = google.plain.url();
    let service = bad_days::service(&[
        ("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN),
        ("SOPS_GCP_KMS_CLIENT_TYPE", "rest"),
        ("SOPS_GCP_KMS_ENDPOINT", &address),
    ]);
    let start = std::sync::Barrier::new(CALLERS);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                start.wait();
                for _ in 0..5 {
                    service.wrap(&MasterKey::gcp_kms(KEY), &[7; 32]).unwrap();
                }
            });
        }
    });
    assert!(google.plain.connections() <= CALLERS, "{} connections", google.plain.connections());
}

/// Whom the resource id names is asked, and nobody else is.
#[test]
fn what_is_no_resource_id() {
    let google = Google::start();
    let home = home(&google);
    home.write("a.yaml", PLAIN);
    for id in ["projects/p/keys/k", &format!("{KEY}/cryptoKeyVersions/1"), "x"] {
        let said = format!("cannot create GCP KMS service: no valid resource ID found in {id:?}");
        discreet(home.sops(["encrypt", "-i", "--gcp-kms", id, "a.yaml"])).exits(1).says(&said);
    }
    assert_eq!(home.read_text("a.yaml"), PLAIN);
    assert!(google.tls.requests().is_empty());
}

/// What a key of a file gives may be another file's key; the next one is tried.
#[test]
fn a_server_that_gives_another_key() {
    use support::fake::google::gives;
    let google = Google::start();
    let home = home(&google).set("SOPS_GCP_KMS_IDS", KEY);
    home.encrypted("a.yaml", PLAIN);
    google.replies([gives(&[7; 32], None), gives(b"short", None)]);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(25).prints_nothing().says("password");
    let run = discreet(home.sops(["decrypt", "a.yaml"])).exits(128).says("unwrapping gave 5 bytes");
    run.keeps_quiet_about("short");

    let home = home.set("SOPS_GCP_KMS_IDS", &format!("{KEY},{OTHER_KEY}"));
    home.encrypted("b.yaml", PLAIN);
    for wrong in [gives(&[7; 32], None), gives(b"short", None)] {
        google.replies([wrong]);
        assert_eq!(home.decrypted("b.yaml"), PLAIN.as_bytes());
    }
}

/// Both programs send the same, and each opens what the other wrote.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn requests_are_those_of_sops() {
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    for over_rest in [false, true] {
        let google = Google::start();
        let home = if over_rest { rest(&google) } else { home(&google) };
        let home = home.set("GOOGLE_CLOUD_QUOTA_PROJECT", "payer");
        home.write("a.yaml", PLAIN);
        let ours = home.sops(["encrypt", "--gcp-kms", KEY, "a.yaml"]).exits(0).stdout;
        let theirs = home.run(&sops, ["encrypt", "--gcp-kms", KEY, "a.yaml"], b"").exits(0).stdout;
        home.write("ours.yaml", ours).write("theirs.yaml", theirs);
        home.run(&sops, ["decrypt", "ours.yaml"], b"").exits(0);
        home.sops(["decrypt", "theirs.yaml"]).exits(0).prints(PLAIN);

        let requests = if over_rest { google.plain.requests() } else { google.tls.requests() };
        let [our_wrap, their_wrap, their_unwrap, our_unwrap] = &requests[..] else { panic!() };
        for (ours, theirs) in [(our_wrap, their_wrap), (our_unwrap, their_unwrap)] {
            assert_eq!((&ours.method, &ours.target), (&theirs.method, &theirs.target));
            for header in
                ["authorization", "x-goog-request-params", "x-goog-user-project", "content-type", "te"]
            {
                assert_eq!(ours.header(header), theirs.header(header), "{header}");
            }
            if over_rest {
                let fields = |request: &Request| {
                    request.json().as_object().map(|object| object.keys().cloned().collect::<Vec<_>>())
                };
                assert_eq!(fields(ours), fields(theirs));
            } else {
                // A data key is 32 bytes long, so the messages are.
                assert_eq!(ours.body.len(), theirs.body.len());
                let head = ours.body.len().min(5 + 2 + KEY.len() + 2);
                assert_eq!(ours.body[..head], theirs.body[..head]);
            }
        }
    }
}

/// What the service says is printed alike.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn errors_are_those_of_sops() {
    use support::fake::google::{error, status};
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    let google = Google::start();
    let home_of = |over_rest| if over_rest { rest(&google) } else { home(&google) };
    home(&google).set("SOPS_GCP_KMS_IDS", KEY).encrypted("a.yaml", PLAIN);
    for (over_rest, reply) in [
        (false, status(7, "no <right> to 100%")),
        (false, status(3, "")),
        (true, error(403, "PERMISSION_DENIED", "no <right>")),
        (true, support::fake::Reply::text(404, "<html>")),
        (true, support::fake::Reply::json(400, &serde_json::json!({"error": {"code": 400}}))),
    ] {
        let home = home_of(over_rest).set("SOPS_GCP_KMS_IDS", KEY);
        home.encrypted("a.yaml", PLAIN);
        google.replies([reply.clone()]);
        let theirs = home.run(&sops, ["decrypt", "a.yaml"], b"").exits(128).stderr;
        let line = theirs.lines().find(|line| line.contains("failed to decrypt sops data key"));
        let line = line.unwrap_or_else(|| panic!("no error in {theirs}"));
        google.replies([reply]);
        let line = line.trim().trim_start_matches(['|', ' ']);
        home.sops(["decrypt", "a.yaml"]).exits(128).says(line);
    }
}
