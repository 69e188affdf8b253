//! `publish` to S3: the same objects as from sops, at moto and at a server that checks signatures.

use super::moto::moto;
use super::support::fake::Reply;
use super::support::fake::aws::{ARN, Aws};
use super::support::{Home, real_sops};
use super::{PLAIN, discreet, home, home_at};

/// Rules for a bucket; the files are under an age key.
fn set_up(home: Home, bucket: &str) -> Home {
    let home = home.and_age().set("AWS_REGION", "us-east-1");
    home.write(
        ".sops.yaml",
        format!(
            "destination_rules:\n\
             - {{s3_bucket: {bucket}, s3_prefix: rec/, path_regex: '^again', recreation_rule: {{kms: '{ARN}'}}}}\n\
             - {{s3_bucket: {bucket}, path_regex: '^bare', omit_extensions: true}}\n\
             - {{s3_bucket: missing, path_regex: '^lost'}}\n\
             - {{s3_bucket: {bucket}, s3_prefix: 'pre fix+ü/'}}\n"
        ),
    );
    std::fs::create_dir_all(home.path("d/e")).expect("folders");
    for name in ["a.yaml", "again.yaml", "bare.x.yaml", "lost.yaml", "d/b.json", "d/e/.c.yaml", "d/e/f"] {
        let text = if name.ends_with("json") { "{\"a\": \"a word of value\"}\n" } else { PLAIN };
        home.write(name, text);
        discreet(home.sops(["encrypt", "-i", name])).exits(0);
    }
    home.set("SOPS_AGE_RECIPIENTS", "")
}

#[test]
#[allow(clippy::print_stderr)] // said out loud
fn objects_are_those_of_sops() {
    let aws = Aws::start();
    let home = set_up(home(&aws), "bucket");
    let lines: &[&[&str]] = &[
        &["publish", "--yes", "a.yaml"],
        &["publish", "--yes", "--omit-extensions", "a.yaml"],
        &["publish", "--yes", "bare.x.yaml"],
        &["publish", "--yes", "--recursive", "d"],
        &["publish", "--yes", "--recursive", "--omit-extensions", "d/e"],
    ];
    for line in lines {
        discreet(home.sops(*line)).exits(0).prints_nothing();
    }
    let ours = aws.objects();
    let keys: Vec<_> = ours.keys().map(String::as_str).collect();
    assert!(keys.contains(&"/bucket/pre%20fix%2B%C3%BC/e/.c.yaml"), "{keys:?}");
    assert!(keys.contains(&"/bucket/bare.x"), "{keys:?}");
    assert_eq!(ours["/bucket/pre%20fix%2B%C3%BC/a.yaml"], home.read("a.yaml"));
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    let theirs = Aws::start();
    let home = home.set("AWS_ENDPOINT_URL", &theirs.server.url());
    for line in lines {
        home.run(&sops, *line, b"").exits(0);
    }
    assert_eq!(ours, theirs.objects());
    let puts = |aws: &Aws| {
        let puts = aws.server.requests().into_iter().filter(|request| request.method == "PUT");
        let shown = |request: super::support::fake::Request| {
            let header = |name: &str| request.header(name).to_owned();
            let names = ["content-type", "content-length", "x-amz-content-sha256", "x-amz-checksum-crc32"];
            (request.target.clone(), names.map(header))
        };
        puts.map(shown).collect::<Vec<_>>()
    };
    assert_eq!(puts(&aws), puts(&theirs));
}

#[test]
fn moto_gets_the_files() {
    let Some(moto) = moto() else { return };
    moto.bucket("published");
    let home = set_up(home_at(&moto.url()), "published");
    discreet(home.sops(["publish", "--yes", "bare.x.yaml"])).exits(0);
    assert_eq!(moto.object("published", "bare.x").expect("an object"), home.read_text("bare.x.yaml"));
    discreet(home.sops(["publish", "--yes", "--recursive", "d"])).exits(0);
    assert_eq!(
        moto.object("published", "pre%20fix%2B%C3%BC/e/f").expect("an object"),
        home.read_text("d/e/f")
    );
    let run = home.run(&super::support::program(), ["publish", "a.yaml"], b"y\n").exits(0);
    assert!(String::from_utf8_lossy(&run.stdout).contains("to s3://published/pre fix+ü/a.yaml ? (y/n): "));
    if let Some(sops) = real_sops() {
        let ours = moto.object("published", "bare.x");
        home.run(&sops, ["publish", "--yes", "bare.x.yaml"], b"").exits(0);
        assert_eq!(moto.object("published", "bare.x"), ours);
    }
}

/// What is there already is not sent again; what cannot be compared is.
#[test]
fn an_unchanged_object_is_left_alone() {
    let aws = Aws::start();
    let home = set_up(home(&aws), "bucket");
    let puts = || aws.server.requests().iter().filter(|request| request.method == "PUT").count();
    for _ in 0..3 {
        discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(0);
        assert_eq!(puts(), 1);
    }
    discreet(home.sops(["--verbose", "publish", "--yes", "a.yaml"]))
        .exits(0)
        .says("a.yaml is already up-to-date");
    aws.replies([Reply::text(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")]);
    let run = discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(0);
    assert_eq!((puts(), run.stderr.as_str()), (2, ""));
    home.sops(["set", "a.yaml", "[\"password\"]", "\"other\""]).exits(0);
    discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(0);
    assert_eq!(puts(), 3);
}

#[test]
fn a_recreation_rule_makes_a_file_for_other_keys() {
    let aws = Aws::start();
    let home = set_up(home(&aws), "bucket");
    let run = discreet(home.sops(["publish", "--yes", "again.yaml"])).exits(0);
    assert!(String::from_utf8_lossy(&run.stdout).contains(&format!("+++ {ARN}")));
    home.write("published.yaml", &aws.objects()["/bucket/rec/again.yaml"]);
    let home = home.set("SOPS_AGE_KEY_FILE", "");
    discreet(home.sops(["decrypt", "published.yaml"])).exits(0).prints(PLAIN);
    if let Some(sops) = real_sops() {
        home.run(&sops, ["decrypt", "published.yaml"], b"").exits(0).prints(PLAIN);
    }
    // a key that cannot wrap: nothing is sent
    let before = aws.objects();
    let home = set_up(home, "bucket");
    aws.replies([Reply::text(400, "no")]);
    discreet(home.sops(["publish", "--yes", "again.yaml"])).exits(1);
    assert_eq!(aws.objects(), before);
}

#[test]
fn uploads_that_fail_are_failures() {
    let aws = Aws::start();
    let home = set_up(home(&aws), "bucket");
    discreet(home.sops(["publish", "--yes", "lost.yaml"]))
        .exits(1)
        .says("operation error S3: PutObject, https response error StatusCode: 404, RequestID: , HostID: , api error NoSuchBucket: The specified bucket does not exist");
    let busy = Reply::text(503, "<Error><Code>SlowDown</Code><Message>slow</Message></Error>");
    aws.replies([busy.clone(), busy.clone(), busy.clone(), busy]);
    discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(1).says("api error SlowDown: slow");
    assert!(aws.objects().is_empty());
    let home = home.set("AWS_REGION", "");
    discreet(home.sops(["publish", "--yes", "a.yaml"]))
        .exits(1)
        .says("Invalid region: ")
        .says("set AWS_REGION");
    let home = home.set("AWS_CONFIG_FILE", "config");
    home.write("config", "[default]\nregion = eu-south-1\n");
    discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(0);
    let request = aws.server.requests().pop().expect("a request");
    assert!(request.header("authorization").contains("/eu-south-1/s3/"));
    let home = home.set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
    home.sops(["set", "a.yaml", "[\"password\"]", "\"other\""]).exits(0);
    discreet(home.sops(["publish", "--yes", "a.yaml"])).exits(1).says("connection refused");
    let home = home.set("AWS_ACCESS_KEY_ID", "");
    discreet(home.sops(["publish", "--yes", "a.yaml"]))
        .exits(1)
        .says("get identity: get credentials: ")
        .says("looked in");
}
