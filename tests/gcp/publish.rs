//! `publish` to Cloud Storage: the objects are those of sops, and a failed upload is an error.

use serde_json::json;

use super::credentials::{home as plain_home, user};
use super::support::fake::google::{BUCKET, Google, TOKEN};
use super::support::fake::{Reply, Request};
use super::{Home, discreet, lines, real_sops};

/// A home with encrypted files and rules, which may use age.
fn with_files(home: Home) -> Home {
    let home = home.and_age().set("SOPS_GCP_KMS_IDS", "");
    for (name, text) in [
        ("a.yaml", "password: a word of value\n"),
        ("b c+é.json", "{\"a\": 1}\n"),
        ("d.env", "BM_KEY=1\n"),
        ("e.ini", "[s]\nk = v\n"),
        ("f.txt", "just text"),
        ("denied.yaml", "a: 1\n"),
        ("nowhere.yaml", "a: 1\n"),
    ] {
        home.encrypted(name, text);
    }
    home.write(
        ".sops.yaml",
        format!(
            "destination_rules:\n  - {{path_regex: ^denied, gcs_bucket: forbidden}}\n  - {{path_regex: ^nowhere, gcs_bucket: nowhere}}\n  - {{path_regex: \"\", gcs_bucket: {BUCKET}, gcs_prefix: pre/fix-}}\n"
        ),
    );
    home
}

/// With an emulator, which both programs find by its variable.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn objects_are_those_of_sops() {
    let google = Google::start();
    let host = google.plain.url().replace("http://", "");
    let names = ["a.yaml", "b c+é.json", "d.env", "e.ini", "f.txt"];
    let mut home = with_files(Home::empty());
    for emulator in [google.plain.url(), host] {
        home = home.set("STORAGE_EMULATOR_HOST", &emulator);
        for name in names {
            discreet(home.sops(["publish", "--yes", name])).exits(0);
        }
    }
    let ours = google.objects();
    assert_eq!(ours.len(), 2 * names.len());
    for (object, name) in ours.iter().zip(names) {
        assert_eq!((&object.bucket[..], &object.name[..]), (BUCKET, &format!("pre/fix-{name}")[..]));
        assert_eq!(object.content, home.read(name));
    }
    let kinds: Vec<_> = ours.iter().take(names.len()).map(|object| &object.content_type[..]).collect();
    let text = "text/plain; charset=utf-8";
    assert_eq!(kinds, [text, text, "image/bmp", text, text]);

    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    for name in names {
        home.run(&sops, ["publish", "--yes", name], b"").exits(0);
    }
    assert_eq!(google.objects()[2 * names.len()..], ours[..names.len()]);
    let requests = google.plain.requests();
    let targets = |requests: &[Request]| lines(requests);
    assert_eq!(targets(&requests[2 * names.len()..]), targets(&requests[..names.len()]));
}

/// Credentials of applications count, and nothing else; one token is enough for a folder.
#[test]
fn who_publishes() {
    let google = Google::start();
    let home = with_files(plain_home(&google));
    let run = discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(1);
    run.says("dialing: credentials: could not find default credentials.");
    let home = home.set("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN).set("GOOGLE_CREDENTIALS", &user().to_string());
    discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(1).says("could not find default credentials");

    home.write("user.json", user().to_string());
    home.write("robot.json", google.service_account().to_string());
    std::fs::create_dir(home.path("folder")).unwrap();
    for name in ["a.yaml", "e.ini", "f.txt"] {
        std::fs::copy(home.path(name), home.path("folder").join(name)).unwrap();
    }
    let mut home = home;
    for (file, tokens) in [("user.json", 1), ("robot.json", 1)] {
        let path = home.path(file).display().to_string();
        home = home.set("GOOGLE_APPLICATION_CREDENTIALS", &path);
        let count = || {
            let all = [google.plain.requests(), google.tls.requests()].concat();
            all.iter().filter(|request| request.path() == "/token").count()
        };
        let (asked, stored) = (count(), google.objects().len());
        discreet(home.sops(["publish", "--yes", "--recursive", "folder"])).exits(0);
        assert_eq!((count() - asked, google.objects().len() - stored), (tokens, 3), "{file}");
        if let Some(sops) = real_sops() {
            home.run(&sops, ["publish", "--yes", "a.yaml"], b"").exits(0);
        }
    }
    assert!(google.proxy.hosts().contains(&"storage.googleapis.com:443".to_owned()));
}

/// sops says nothing and exits 0.
#[test]
fn a_failed_upload_is_an_error() {
    let google = Google::start();
    let home = with_files(Home::empty()).set("STORAGE_EMULATOR_HOST", &google.plain.url());
    let start = format!("could not upload to gcs://{BUCKET}/pre/fix-a.yaml: ");
    for (name, replies, attempts, said) in [
        (
            "denied.yaml",
            vec![],
            1,
            "googleapi: Error 403: robot@p.iam.gserviceaccount.com does not have storage.objects.create access, forbidden",
        ),
        (
            "nowhere.yaml",
            vec![],
            1,
            "could not upload to gcs://nowhere/nowhere.yaml: googleapi: Error 404: The specified bucket does not exist.",
        ),
        (
            "a.yaml",
            vec![Reply::text(401, "who?")],
            1,
            "googleapi: got HTTP response code 401 with body: who?",
        ),
        ("a.yaml", vec![Reply::Close; 3], 3, &start),
        ("a.yaml", vec![Reply::text(200, "{\"name\": ")], 1, "not all of it came"),
        (
            "a.yaml",
            vec![Reply::json(200, &json!({"crc32c": "AAAAAA=="}))],
            1,
            "what arrived is not what was sent",
        ),
    ] {
        let before = google.plain.requests().len();
        google.replies(replies);
        let run = discreet(home.sops(["publish", "--yes", name])).exits(1).says(said);
        assert!(run.stdout.is_empty());
        assert_eq!(google.plain.requests().len() - before, attempts, "{said}");
    }
    assert!(google.objects().is_empty());
    google.replies([Reply::text(503, "later"), Reply::text(429, "slow down").with("Retry-After", "0")]);
    discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(0);
    assert_eq!(google.objects().len(), 1);

    let home = home.set("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1");
    discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(1).says("connection refused");
}

/// Size and checksum of what is there are looked at; nothing is uploaded.
#[test]
fn a_dry_run_uploads_nothing() {
    let google = Google::start();
    let home = with_files(Home::empty()).set("STORAGE_EMULATOR_HOST", &google.plain.url());
    let dry = |name: &str| discreet(home.sops(["publish", "--dry-run", name])).exits(0);
    let url = format!("gcs://{BUCKET}/pre/fix-b c+é.json");
    dry("b c+é.json").prints(format!("would create {url} from b c+é.json\n"));
    assert!(google.objects().is_empty());
    discreet(home.sops(["publish", "--yes", "b c+é.json"])).exits(0);
    dry("b c+é.json").prints(format!("unchanged: {url} is as b c+é.json\n"));
    home.sops(["set", "b c+é.json", "[\"a\"]", "2"]).exits(0);
    dry("b c+é.json").prints(format!("would change {url} from b c+é.json\n"));
    assert_eq!(google.objects().len(), 1);
    for (name, said) in [
        ("denied.yaml", "cannot be read: googleapi: Error 403: storage.objects.get access is missing"),
        ("nowhere.yaml", "cannot be read: googleapi: Error 404: The specified bucket does not exist."),
    ] {
        let said_there = String::from_utf8_lossy(&dry(name).stdout).into_owned();
        assert!(said_there.contains(said), "{said_there}");
    }
    let home = home.set("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1");
    discreet(home.sops(["publish", "--dry-run", "a.yaml"]))
        .exits(1)
        .prints_nothing()
        .says("connection refused");
}
