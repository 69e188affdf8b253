//! Where credentials come from, each place seen at the server (keys §5.5).

use std::time::{Duration, Instant};

use super::support::Home;
use super::support::fake::aws::{ACCESS_KEY, ARN, Aws, ROLE, ROLE_KEY, ROLE_SECRET, ROLE_TOKEN, SECRET_KEY};
use super::support::fake::{Reply, Server};
use super::{PLAIN, discreet, home};

/// The home without keys in its variables.
fn bare(aws: &Aws) -> Home {
    home(aws)
        .set("AWS_ACCESS_KEY_ID", "")
        .set("AWS_SECRET_ACCESS_KEY", "")
        .set("SOPS_KMS_ARN", ARN)
        .set("AWS_CONFIG_FILE", "config")
        .set("AWS_SHARED_CREDENTIALS_FILE", "credentials")
}

/// A file is wrapped, by whoever has this access key.
#[track_caller]
fn works(home: &Home, aws: &Aws, access_key: &str) {
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "a.yaml"])).exits(0);
    let requests = aws.server.requests();
    let last = requests.last().expect("a request").header("authorization").to_owned();
    assert!(last.contains(&format!("Credential={access_key}/")), "{last}");
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
}

fn keys_of(id: &str, secret: &str) -> String {
    format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

#[test]
fn the_shared_files() {
    let aws = Aws::start();
    let home = bare(&aws);
    home.write("credentials", format!("[default]\n{}", keys_of(ACCESS_KEY, SECRET_KEY)));
    works(&home, &aws, ACCESS_KEY);
    home.write("credentials", format!("[dev]\n{}", keys_of(ACCESS_KEY, SECRET_KEY)));
    let home = home.set("AWS_PROFILE", "dev");
    works(&home, &aws, ACCESS_KEY);
    let home = home.set("AWS_PROFILE", "").set("AWS_DEFAULT_PROFILE", "dev");
    works(&home, &aws, ACCESS_KEY);
    // usual place
    std::fs::create_dir(home.path(".aws")).expect("a folder");
    home.write(".aws/credentials", format!("[default]\n{}", keys_of(ACCESS_KEY, SECRET_KEY)));
    let home = home.set("AWS_DEFAULT_PROFILE", "").set("AWS_SHARED_CREDENTIALS_FILE", "");
    works(&home, &aws, ACCESS_KEY);
}

/// sops: the profile of the flag or the file wins, that of the variable loses against keys.
#[test]
fn a_profile_that_was_asked_for_comes_first() {
    let aws = Aws::start();
    let home = bare(&aws).set("AWS_ACCESS_KEY_ID", "unknown").set("AWS_SECRET_ACCESS_KEY", "unknown-secret");
    home.write("config", format!("[profile dev]\n{}", keys_of(ACCESS_KEY, SECRET_KEY)));
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "--kms", ARN, "--aws-profile", "dev", "a.yaml"])).exits(0);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let home = home.set("AWS_PROFILE", "dev");
    home.write("b.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "--kms", ARN, "b.yaml"])).exits(1).says("InvalidSignatureException");
    discreet(home.sops(["encrypt", "-i", "--kms", ARN, "--aws-profile", "gone", "b.yaml"]))
        .exits(1)
        .says("could not load AWS config: failed to get shared config profile, gone");
    assert_eq!(home.read("b.yaml"), PLAIN.as_bytes());
}

#[test]
fn roles_of_profiles_and_processes() {
    let aws = Aws::start();
    let home = bare(&aws).set("AWS_PROFILE", "ci");
    home.write(
        "config",
        format!(
            "[profile base]\n{}[profile ci]\nrole_arn = {ROLE}\nsource_profile = base\nrole_session_name = sops@x\n",
            keys_of(ACCESS_KEY, SECRET_KEY)
        ),
    );
    works(&home, &aws, ROLE_KEY);
    let json = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{ROLE_KEY}\",\"SecretAccessKey\":\"{ROLE_SECRET}\",\"SessionToken\":\"{ROLE_TOKEN}\"}}"
    );
    home.write("keys.json", json).write("config", "[profile ci]\ncredential_process = cat keys.json\n");
    works(&home, &aws, ROLE_KEY);
    home.write("config", "[profile ci]\ncredential_process = false\n").write("b.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "b.yaml"])).exits(1).says("get identity: get credentials: ");
}

#[test]
fn single_sign_on() {
    let aws = Aws::start();
    let home = bare(&aws).set("AWS_PROFILE", "sso");
    home.write(
        "config",
        "[profile sso]\nsso_session = work\nsso_account_id = 1\nsso_role_name = r\n[sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://work.example/start\n",
    );
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "a.yaml"])).exits(1).says("run aws sso login");
}

#[test]
fn the_machine_and_the_container_have_credentials() {
    let aws = Aws::start();
    let keys = format!(
        "{{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"LastUpdated\":\"2026-01-01T00:00:00Z\",\"Expiration\":\"2099-01-01T00:00:00Z\",\"AccessKeyId\":\"{ROLE_KEY}\",\"SecretAccessKey\":\"{ROLE_SECRET}\",\"Token\":\"{ROLE_TOKEN}\"}}"
    );
    let metadata = Server::start(move |request| match (request.method.as_str(), request.path()) {
        ("PUT", "/latest/api/token") => {
            Reply::text(200, "session").with("x-aws-ec2-metadata-token-ttl-seconds", "21600")
        }
        ("GET", "/container") if request.header("authorization") == "pod" => Reply::text(200, &keys),
        _ if request.header("x-aws-ec2-metadata-token") != "session" => Reply::empty(401),
        ("GET", "/latest/meta-data/iam/security-credentials/") => Reply::text(200, "role"),
        ("GET", "/latest/meta-data/iam/security-credentials/role") => Reply::text(200, &keys),
        _ => Reply::empty(404),
    });
    let home = bare(&aws)
        .set("AWS_EC2_METADATA_DISABLED", "")
        .set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata.url());
    works(&home, &aws, ROLE_KEY);
    let home = bare(&aws)
        .set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/container", metadata.url()))
        .set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod");
    works(&home, &aws, ROLE_KEY);
}

/// Nobody has any: that is found out soon, once for all files, also where the metadata service is a hole.
#[test]
fn without_any_it_does_not_take_long() {
    let aws = Aws::start();
    let known = home(&aws).set("SOPS_KMS_ARN", ARN);
    let text = known.encrypted("a.yaml", PLAIN);
    let home = bare(&aws);
    home.write("a.yaml", &text);
    let before = aws.server.requests().len();
    discreet(home.sops(["decrypt", "a.yaml"]))
        .exits(128)
        .prints_nothing()
        .says("no EC2")
        .says("AWS_EC2_METADATA_DISABLED");
    let hole = Server::start(|_| Reply::Hang);
    let home =
        home.set("AWS_EC2_METADATA_DISABLED", "").set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &hole.url());
    let started = Instant::now();
    discreet(home.sops(["decrypt", "a.yaml"])).exits(128).prints_nothing();
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(aws.server.requests().len(), before);
}

/// The service's own variable, the one for all, the profile.
#[test]
fn endpoints() {
    let aws = Aws::start();
    let url = aws.server.url();
    let dead = "http://127.0.0.1:1";
    let home =
        home(&aws).set("SOPS_KMS_ARN", ARN).set("AWS_ENDPOINT_URL", dead).set("AWS_ENDPOINT_URL_KMS", &url);
    works(&home, &aws, ACCESS_KEY);
    let home =
        home.set("AWS_ENDPOINT_URL", "").set("AWS_ENDPOINT_URL_KMS", "").set("AWS_CONFIG_FILE", "config");
    home.write("config", format!("[default]\nendpoint_url = {url}\n"));
    works(&home, &aws, ACCESS_KEY);
    home.write(
        "config",
        format!(
            "[default]\nservices = s\nendpoint_url = {dead}\n[services s]\nkms =\n  endpoint_url = {url}\n"
        ),
    );
    works(&home, &aws, ACCESS_KEY);
    // the region is the key's, whatever else is said
    let home = home.set("AWS_REGION", "us-east-2");
    works(&home, &aws, ACCESS_KEY);
}
