//! `publish` to Secrets Manager: at a server that checks signatures and every field, and at moto.

use serde_json::{Value, json};

use super::moto::moto;
use super::support::Home;
use super::support::fake::Reply;
use super::support::fake::aws::{ARN, Aws, error};
use super::{discreet, home, home_at};

/// A home with rules, whose user may use age.
fn set_up(home: Home) -> Home {
    let home = home.and_age();
    home.write(
        ".sops.yaml",
        format!(
            "destination_rules:\n\
             - {{path_regex: ^one, aws_secrets_manager_secret_name: app/one, aws_region: eu-west-1, aws_secrets_manager_kms_key: '{ARN}'}}\n\
             - {{path_regex: ^profile, aws_secrets_manager_secret_name: p/, aws_profile: other}}\n\
             - {{aws_secrets_manager_secret_name: team/, aws_region: eu-west-1, omit_extensions: true}}\n"
        ),
    );
    home
}

/// The operations since the last time.
fn asked(aws: &Aws, from: &mut usize) -> Vec<String> {
    let new = aws.server.requests().split_off(*from);
    *from += new.len();
    let operation = |target: &str| target.trim_start_matches("secretsmanager.").to_owned();
    new.iter().map(|request| operation(request.header("x-amz-target"))).collect()
}

#[test]
fn values_become_a_secret_and_nothing_is_put_twice() {
    let aws = Aws::start();
    let home = set_up(home(&aws));
    let mut seen = 0;
    home.encrypted("one.yaml", "# c\nb: a word of value\na: {n: 1, f: 1.50, l: [true, null]}\n");
    discreet(home.sops(["publish", "-y", "one.yaml"])).exits(0).prints_nothing();
    assert_eq!(asked(&aws, &mut seen), ["GetSecretValue", "PutSecretValue", "CreateSecret"]);
    let secret = aws.secrets()["app/one"].clone();
    assert_eq!(secret.text(), r#"{"b":"a word of value","a":{"n":1,"f":1.5,"l":[true,null]}}"#);
    assert_eq!((secret.versions.len(), secret.kms_key.as_deref()), (1, Some(ARN)));
    let scope = aws.server.requests()[0].header("authorization").to_owned();
    assert!(scope.contains("/eu-west-1/secretsmanager/aws4_request"), "{scope}");

    // again; and what another program wrote otherwise, but with the same values
    discreet(home.sops(["publish", "-y", "one.yaml"])).exits(0).prints_nothing();
    assert_eq!(asked(&aws, &mut seen), ["GetSecretValue"]);
    home.encrypted("one.yaml", "b: [1, x]\na: two\n");
    aws.secrets().get_mut("app/one").expect("it is there").versions[0].1 =
        json!({ "SecretString": "{ \"a\": \"two\", \"b\": [1, \"x\"] }" });
    discreet(home.sops(["--verbose", "publish", "-y", "one.yaml"])).exits(0).says("already up-to-date");
    assert_eq!(asked(&aws, &mut seen), ["GetSecretValue"]);

    home.encrypted("one.yaml", "b: [1, x]\na: three\n");
    discreet(home.sops(["publish", "-y", "one.yaml"])).exits(0);
    assert_eq!(asked(&aws, &mut seen), ["GetSecretValue", "PutSecretValue"]);
    assert_eq!(aws.secrets()["app/one"].versions.len(), 2);
    // a secret without a value
    aws.secrets().get_mut("app/one").expect("it is there").versions.clear();
    discreet(home.sops(["publish", "-y", "one.yaml"])).exits(0);
    assert_eq!(asked(&aws, &mut seen), ["GetSecretValue", "PutSecretValue"]);
}

/// A file that has no values of its own is its plaintext.
#[test]
fn whole_files_and_folders() {
    let aws = Aws::start();
    let home = set_up(home(&aws));
    std::fs::create_dir_all(home.path("d/e")).expect("folders");
    home.encrypted("d/key.pem", "-----BEGIN\né \"x\"\n");
    home.encrypted("d/key.bin", b"\xff\x00a word of value");
    home.encrypted("d/e/a.env", "A=1\nB=a word of value\n");
    home.encrypted("d/e/b.ini", "[s]\nk = v\n");
    let run = discreet(home.sops(["publish", "-y", "--recursive", "d"]));
    run.exits(1).says(
        "d/key.bin and d/key.pem would be one secret: AWS Secrets Manager secret team/key in eu-west-1",
    );
    aws.secrets().clear();
    std::fs::rename(home.path("d/key.bin"), home.path("d/other.bin")).expect("renamed");
    for _ in 0..2 {
        discreet(home.sops(["publish", "-y", "--recursive", "d"])).exits(0).prints_nothing();
    }
    let secrets = aws.secrets().clone();
    assert!(secrets.values().all(|secret| secret.versions.len() == 1), "{secrets:?}");
    assert_eq!(secrets["team/key"].text(), "-----BEGIN\né \"x\"\n");
    let binary = base64_simd::STANDARD.encode_to_string(b"\xff\x00a word of value");
    assert_eq!(secrets["team/other"].versions[0].1, json!({ "SecretBinary": binary }));
    assert_eq!(secrets["team/e/a"].text(), r#"{"A":"1","B":"a word of value"}"#);
    assert_eq!(secrets["team/e/b"].text(), r#"{"DEFAULT":{},"s":{"k":"v"}}"#);
}

#[test]
fn a_dry_run_tells_keys_and_changes_nothing() {
    let aws = Aws::start();
    let home = set_up(home(&aws));
    home.encrypted("a.yaml", "b: a word of value\nc: {d: [1, 2], e: x}\n");
    let from = "AWS Secrets Manager secret team/a in eu-west-1 from a.yaml\n";
    let dry = || discreet(home.sops(["publish", "--dry-run", "a.yaml"])).exits(0);
    dry().prints(format!("would create {from}    + b\n    + c.d\n    + c.e\n"));
    assert!(aws.secrets().is_empty());
    discreet(home.sops(["publish", "-y", "a.yaml"])).exits(0);
    dry().prints("unchanged: AWS Secrets Manager secret team/a in eu-west-1 is as a.yaml\n");
    home.encrypted("a.yaml", "b: another word of value\nc: {d: [1], f: x}\n");
    dry().prints(format!("would change {from}    ~ b\n    - c.d[1]\n    - c.e\n    + c.f\n"));
    assert_eq!(aws.secrets()["team/a"].versions.len(), 1);
    aws.replies([error(400, "AccessDeniedException", "no right to secretsmanager:GetSecretValue")]);
    let run = dry();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(said.starts_with("would write AWS Secrets Manager secret team/a"), "{said}");
    assert!(said.contains("cannot be read: operation error") && said.contains("no right to"), "{said}");

    // S3 has files, no keys.
    home.write(".sops.yaml", "destination_rules: [{s3_bucket: bucket}]\n");
    let home = home.set("AWS_REGION", "eu-west-1");
    let dry = || discreet(home.sops(["publish", "--dry-run", "a.yaml"])).exits(0);
    dry().prints("would create s3://bucket/a.yaml from a.yaml\n");
    assert!(aws.objects().is_empty());
    home.sops(["publish", "-y", "a.yaml"]).exits(0);
    dry().prints("unchanged: s3://bucket/a.yaml is as a.yaml\n");
    home.encrypted("a.yaml", "b: another word of value\n");
    dry().prints("would change s3://bucket/a.yaml from a.yaml\n");
    std::fs::create_dir(home.path("d")).expect("a folder");
    home.encrypted("d/a.yaml", "b: another word of value\n");
    home.encrypted("d/b.yaml", "b: another word of value\n");
    let run = discreet(home.sops(["publish", "--dry-run", "--recursive", "d"])).exits(0);
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(said.ends_with("2 files: 1 new, 1 changed, 0 unchanged; nothing was published\n"), "{said}");
}

#[test]
fn failures_say_what_to_do() {
    let aws = Aws::start();
    let home = set_up(home(&aws));
    home.encrypted("a.yaml", "b: a word of value\n");
    let publish = |home: &Home| discreet(home.sops(["publish", "-y", "a.yaml"]));
    let denied = || error(400, "AccessDeniedException", "User: arn:aws:iam::1:user/ci is not authorized");

    // who may not read may write
    aws.replies([denied()]);
    publish(&home).exits(0).says("Cannot check if a already exists.").says("is not authorized");
    assert_eq!(aws.secrets()["team/a"].versions.len(), 1);
    home.encrypted("a.yaml", "b: the next word of value\n");
    aws.replies([denied(), denied()]);
    publish(&home)
        .exits(1)
        .says("a.yaml: operation error Secrets Manager: PutSecretValue")
        .says("secretsmanager:PutSecretValue, and CreateSecret")
        .says("the rule in .sops.yaml:4:");
    // what comes back is not shown
    aws.replies([
        denied(),
        error(400, "InvalidParameterException", "bad: {\"b\":\"the next word of value\"}"),
    ]);
    publish(&home).exits(1).says("bad: [redacted]").keeps_quiet_about("the next word");

    aws.secrets().get_mut("team/a").expect("it is there").doomed = true;
    publish(&home).exits(1).says("aws secretsmanager restore-secret --secret-id team/a");
    discreet(home.sops(["publish", "--dry-run", "a.yaml"])).exits(1).prints_nothing().says("restore-secret");
    aws.secrets().clear();

    let throttled = error(400, "ThrottlingException", "Rate exceeded");
    aws.replies([throttled.clone()]);
    publish(&home).exits(0);
    aws.secrets().clear();
    aws.replies([throttled.clone(), throttled.clone(), throttled]);
    publish(&home).exits(1).says("Rate exceeded");
    // an answer that is lost makes no second version
    aws.secrets().clear();
    let from = aws.server.requests().len();
    aws.replies([error(400, "ResourceNotFoundException", "no"), Reply::Close]);
    publish(&home).exits(0);
    let tokens: Vec<_> = aws.server.requests()[from + 1..]
        .iter()
        .map(|request| request.json()["ClientRequestToken"].clone())
        .collect();
    assert!(tokens.len() == 3 && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    aws.replies([Reply::text(200, "{\"SecretString\":")]);
    publish(&home).exits(1).says("not all of it came");

    let from = aws.server.requests().len();
    home.encrypted("large.yaml", format!("b: {}\n", "a word of value".repeat(5000)));
    discreet(home.sops(["publish", "-y", "large.yaml"]))
        .exits(1)
        .says("team/large has 75008 bytes, and a secret of AWS Secrets Manager has 65536 at the most");
    home.encrypted("a b.yaml", "b: c\n");
    discreet(home.sops(["publish", "-y", "a b.yaml"])).exits(1).says("' ' may not be in a name");
    assert_eq!(aws.server.requests().len(), from);

    home.encrypted("profile.yaml", "b: c\n");
    discreet(home.sops(["publish", "-y", "profile.yaml"])).exits(1).says("no region").says("aws_region");
    let home = home.set("AWS_CONFIG_FILE", "config");
    home.write("config", "[profile other]\nregion = eu-south-1\naws_access_key_id = AKIDFAKEFORTESTS\naws_secret_access_key = fakeAwsSecretForTests0123456789\n");
    discreet(home.sops(["publish", "-y", "profile.yaml"])).exits(0);
    let request = aws.server.requests().pop().expect("a request");
    assert!(request.header("authorization").contains("/eu-south-1/secretsmanager/"));
    let home = home.set("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1");
    publish(&home).exits(1).says("connection refused");
    let home = home.set("AWS_ACCESS_KEY_ID", "");
    publish(&home).exits(1).says("looked in");
}

#[test]
fn moto_gets_the_secrets() {
    let Some(moto) = moto() else { return };
    let home = set_up(home_at(&moto.url()));
    let value = |name: &str| moto.secret("eu-west-1", "GetSecretValue", &json!({ "SecretId": name }));
    home.encrypted("moto.yaml", "b: a word of value\nn: 1\n");
    let dry = || discreet(home.sops(["publish", "--dry-run", "moto.yaml"])).exits(0).stdout;
    assert!(dry().starts_with(b"would create "));
    discreet(home.sops(["publish", "-y", "moto.yaml"])).exits(0);
    let first = value("team/moto");
    assert_eq!(first["SecretString"], r#"{"b":"a word of value","n":1}"#);
    assert!(dry().starts_with(b"unchanged: "));
    discreet(home.sops(["publish", "-y", "moto.yaml"])).exits(0);
    assert_eq!(value("team/moto")["VersionId"], first["VersionId"]);
    home.encrypted("moto.yaml", "b: a word of value\nn: 2\n");
    assert!(dry().ends_with(b"    ~ n\n"));
    discreet(home.sops(["publish", "-y", "moto.yaml"])).exits(0);
    assert_ne!(value("team/moto")["VersionId"], first["VersionId"]);
    home.encrypted("bytes.bin", b"\xff\x00");
    for _ in 0..2 {
        discreet(home.sops(["publish", "-y", "bytes.bin"])).exits(0);
    }
    assert_eq!(value("team/bytes")["SecretBinary"], "/wA=");
    moto.secret("eu-west-1", "DeleteSecret", &json!({ "SecretId": "team/moto" }));
    discreet(home.sops(["publish", "-y", "moto.yaml"])).exits(1).says("restore-secret --secret-id team/moto");
    let versions: Value =
        moto.secret("eu-west-1", "ListSecretVersionIds", &json!({ "SecretId": "team/bytes" }));
    assert_eq!(versions["Versions"].as_array().map(Vec::len), Some(1), "{versions}");
}
