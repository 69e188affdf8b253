//! Where credentials, the project and the region come from.

use std::time::Duration;

use resops::backends::SystemHost;
use resops::backends::huawei_kms::HuaweiService;
use resops::backends::network::Network;
use resops::keys::{Attempt, KeyService, MasterKey, WrappedKey};

use super::support::fake::huawei::{
    ACCESS_KEY, Huawei, ID_TOKEN, KEY, PROJECT, REGION, SECRET_KEY, SECURITY_TOKEN, TEMPORARY,
};
use super::support::fake::{Authority, Reply};
use super::{Home, PLAIN, discreet};

pub(super) const SECRET: &[u8; 32] = b"data-key-of-the-tests-of-backend";

/// A user with these variables, who is not patient.
pub(super) fn service(variables: &[(&str, &str)]) -> HuaweiService {
    let machine =
        SystemHost::new(variables.iter().map(|(name, value)| (name.into(), value.into())).collect());
    HuaweiService::with_pace(machine, Network::default(), Duration::from_secs(5), Duration::from_millis(5))
}

pub(super) fn key() -> MasterKey {
    MasterKey::HuaweiKms { key_id: KEY.to_owned() }
}

#[track_caller]
fn works(variables: &[(&str, &str)]) {
    let service = service(variables);
    let enc = service.wrap(&key(), SECRET).unwrap_or_else(|error| panic!("{error}"));
    match service.unwrap(&WrappedKey { enc, ..WrappedKey::new(key()) }) {
        Attempt::Recovered(secret) => assert_eq!(&secret[..], SECRET),
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => panic!("{reason}"),
    }
}

#[track_caller]
fn fails(variables: &[(&str, &str)], expected: &str) {
    let error = service(variables).wrap(&key(), SECRET).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    for secret in [SECRET_KEY, SECURITY_TOKEN, ID_TOKEN] {
        assert!(!error.contains(secret), "a secret is told: {error}");
    }
}

#[test]
fn temporary_keys_come_with_a_token() {
    let huawei = Huawei::start();
    works(&[
        ("HUAWEICLOUD_SDK_AK", TEMPORARY),
        ("HUAWEICLOUD_SDK_SK", SECRET_KEY),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECURITY_TOKEN),
        ("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT),
        (REGION, &huawei.server.url()),
    ]);
    assert_eq!(huawei.server.connections(), 1);
}

#[test]
fn the_file_comes_behind_the_environment() {
    let huawei = Huawei::start();
    let home = Home::empty().set(REGION, &huawei.server.url()).set("SOPS_HUAWEICLOUD_KMS_IDS", KEY);
    std::fs::create_dir(home.path(".huaweicloud")).unwrap();
    let content = format!("[basic]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}\nproject_id = {PROJECT}\n");
    home.write(".huaweicloud/credentials", &content);
    home.encrypted("a.yaml", PLAIN);
    let home = home.set("HUAWEICLOUD_SDK_AK", "other").set("HUAWEICLOUD_SDK_SK", SECRET_KEY);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(128);
    home.write("named", &content);
    let home = home.set("HUAWEICLOUD_SDK_AK", "").set("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "named");
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
}

#[test]
fn without_a_project_the_identity_service_is_asked() {
    let huawei = Huawei::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    let address = huawei.server.url();
    let write = |sk: &str| {
        std::fs::write(&file, format!("[basic]\nak={ACCESS_KEY}\nsk={sk}\niam_endpoint={address}\n"))
            .unwrap();
    };
    let file = file.display().to_string();
    let variables = [("HUAWEICLOUD_SDK_CREDENTIALS_FILE", &file[..]), (REGION, &address)];
    write(SECRET_KEY);
    works(&variables);
    let asked = huawei.server.requests().iter().filter(|r| r.path() == "/v3/projects").count();
    assert_eq!(asked, 1, "once for all keys of the region");

    let failed = "failed to create HuaweiCloud KMS client: failed to get project id of region 'tr-west-1' automatically: ";
    write("wrong");
    fails(&variables, &format!("{failed}{{\"status_code\":401,"));
    write(SECRET_KEY);
    let projects = |text: &str| Reply::text(200, &format!("{{\"projects\":{text}}}"));
    huawei.replies([
        projects("[]"),
        projects("[{\"id\":\"a\"},{\"id\":\"b\"}]"),
        projects("[{}]"),
        projects("3"),
    ]);
    let advice = "; set HUAWEICLOUD_SDK_PROJECT_ID";
    fails(&variables, &format!("{failed}there is no project of that name{advice}"));
    fails(&variables, &format!("{failed}there are several projects of that name{advice}"));
    fails(&variables, &format!("{failed}the project has no id{advice}"));
    fails(&variables, &format!("{failed}there is no project of that name{advice}"));
}

/// The variable of the identity service always means TLS.
#[test]
fn the_identity_service_may_be_named() {
    let authority = Authority::new();
    let huawei = Huawei::start_tls(&authority);
    let home = Home::empty()
        .set("SSL_CERT_FILE", &authority.file().display().to_string())
        .set(REGION, &huawei.server.url())
        .set("HUAWEICLOUD_SDK_IAM_ENDPOINT", &huawei.server.url().replace("https://", ""))
        .set("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
        .set("HUAWEICLOUD_SDK_SK", SECRET_KEY)
        .set("SOPS_HUAWEICLOUD_KMS_IDS", KEY);
    home.encrypted("a.yaml", PLAIN);
    assert_eq!(huawei.server.requests()[0].target, "/v3/projects?name=tr-west-1");
}

#[test]
fn an_identity_token_is_exchanged() {
    let huawei = Huawei::start();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, format!("{ID_TOKEN}\n")).unwrap();
    let file = folder.path().join("credentials");
    let content = format!(
        "[basic]\nidp_id=provider\nid_token_file={}\nproject_id={PROJECT}\niam_endpoint={}\n",
        token.display(),
        huawei.server.url()
    );
    std::fs::write(&file, content).unwrap();
    let (file, address) = (file.display().to_string(), huawei.server.url());
    let variables = [("HUAWEICLOUD_SDK_CREDENTIALS_FILE", &file[..]), (REGION, &address)];
    works(&variables);
    std::fs::write(&token, "another").unwrap();
    fails(&variables, "failed to get credential for the identity token: {\"status_code\":401,");
    std::fs::write(&token, " \n").unwrap();
    fails(&variables, "file content is empty");
}

#[test]
fn the_machine_and_the_pod_have_credentials() {
    let huawei = Huawei::start();
    let address = huawei.server.url();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, ID_TOKEN).unwrap();
    let (token, pod) = (token.display().to_string(), format!("{address}/pod"));
    // Neither names a project.
    let iam = [(REGION, &address[..]), ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "127.0.0.1:1")];
    let variables = |more: &[(&'static str, &str)]| {
        iam.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>()
    };
    for (more, path) in [
        (&[("SOPS_HUAWEICLOUD_METADATA", &address[..])][..], "/openstack/latest/securitykey"),
        (
            &[
                ("HC_CONTAINER_CREDENTIALS_FULL_URI", &pod[..]),
                ("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token),
            ],
            "/pod",
        ),
    ] {
        let before = huawei.server.requests().len();
        let all = variables(more);
        let all: Vec<_> = all.iter().map(|(k, v)| (&k[..], &v[..])).collect();
        fails(&all, "failed to get project id of region 'tr-west-1' automatically");
        let asked: Vec<_> =
            huawei.server.requests()[before..].iter().map(|request| request.target.clone()).collect();
        assert_eq!(asked.last().map(String::as_str), Some(path));
    }
}

#[test]
fn no_credentials_at_all() {
    let huawei = Huawei::start();
    fails(
        &[(REGION, &huawei.server.url()), ("HOME", "/nonexistent")],
        "failed to create HuaweiCloud KMS client: failed to get HuaweiCloud credentials: {\"ErrorMessage\": \"unable to get credential in providers:\n",
    );
    assert!(huawei.server.requests().is_empty());
}

#[test]
fn regions_that_nobody_knows() {
    let variables = [("HUAWEICLOUD_SDK_AK", "a"), ("HUAWEICLOUD_SDK_SK", "s")];
    let key = MasterKey::HuaweiKms { key_id: "x:0d0466b0-e727-4d9c-b35d-f84bb474a37f".to_owned() };
    let error = service(&variables).wrap(&key, SECRET).unwrap_err().to_string();
    let start = "failed to create HuaweiCloud KMS client: invalid region \"x\": region id 'x' is not in the following supported regions of service 'KMS': [ae-ad-1,";
    assert!(error.starts_with(start), "{error}");
}

/// The second endpoint of a region is for when the first is out of reach.
#[test]
fn regions_may_have_several_endpoints() {
    let huawei = Huawei::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("regions.yaml");
    std::fs::write(
        &file,
        format!(
            "KMS:\n  - id: tr-west-1\n    endpoints:\n      - http://127.0.0.1:1\n      - {}\n",
            huawei.server.url()
        ),
    )
    .unwrap();
    works(&[
        ("HUAWEICLOUD_SDK_AK", ACCESS_KEY),
        ("HUAWEICLOUD_SDK_SK", SECRET_KEY),
        ("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT),
        ("HUAWEICLOUD_SDK_REGIONS_FILE", &file.display().to_string()),
    ]);
}
