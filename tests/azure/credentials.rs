//! Who may ask: every place that credentials come from.

use super::support::Home;
use super::support::fake::azure::{
    Azure, CLIENT, FEDERATED, HEADER, PASSWORD, PRINCIPAL, SECRET, TENANT, TOKEN, VERSIONS,
};
use super::support::{Run, real_sops};
use super::{PLAIN, discreet, nobody, told, url};

/// A file that the keys of `azure` open.
fn sealed(azure: &Azure, home: &Home) {
    let owner = super::home(azure).set("SOPS_AZURE_KEYVAULT_URLS", &url(VERSIONS[0]));
    let text = owner.encrypted("a.yaml", PLAIN);
    home.write("a.yaml", text);
}

/// The file opens, for us and for sops, and what was asked on the way; ours comes first.
#[track_caller]
fn check(prepare: impl Fn(Home, &Azure) -> Home) -> Vec<String> {
    let azure = Azure::start();
    let home = prepare(nobody(&azure), &azure);
    sealed(&azure, &home);
    let before = azure.server.requests().len();
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let asked = azure.server.requests().split_off(before);
    if let Some(sops) = real_sops() {
        home.run(&sops, ["decrypt", "a.yaml"], b"").exits(0).prints(PLAIN);
    }
    let elsewhere = asked.iter().filter(|request| !request.path().starts_with("/keys/"));
    elsewhere
        .map(|request| format!("{} {}{}", request.method, request.header("host"), request.target))
        .collect()
}

fn tenant(home: Home) -> Home {
    home.set("AZURE_TENANT_ID", TENANT).set("AZURE_CLIENT_ID", CLIENT)
}

fn token_of(host: &str) -> String {
    format!("POST {host}/{TENANT}/oauth2/v2.0/token")
}

#[test]
fn a_secret() {
    let asked = check(|home, _| tenant(home).set("AZURE_CLIENT_SECRET", SECRET));
    assert_eq!(asked, [token_of("login.microsoftonline.com")]);
}

#[test]
fn a_certificate() {
    let with = |chain: &'static str| {
        move |home: Home, _: &Azure| {
            home.write("principal.pem", PRINCIPAL);
            let path = home.path("principal.pem").display().to_string();
            tenant(home)
                .set("AZURE_CLIENT_CERTIFICATE_PATH", &path)
                .set("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", chain)
        }
    };
    assert_eq!(check(with("")), [token_of("login.microsoftonline.com")]);
    assert_eq!(check(with("true")), [token_of("login.microsoftonline.com")]);
}

#[test]
fn a_federated_token() {
    let asked = check(|home, _| {
        home.write("token", FEDERATED);
        let path = home.path("token").display().to_string();
        tenant(home).set("AZURE_FEDERATED_TOKEN_FILE", &path)
    });
    assert_eq!(asked, [token_of("login.microsoftonline.com")]);
}

#[test]
fn national_clouds() {
    let asked = check(|home, _| {
        tenant(home)
            .set("AZURE_CLIENT_SECRET", SECRET)
            .set("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn/")
    });
    assert_eq!(asked, [token_of("login.chinacloudapi.cn")]);
}

#[test]
fn app_service() {
    let asked = check(|home, azure| {
        home.set("IDENTITY_ENDPOINT", &format!("{}/msi/token", azure.server.url()))
            .set("IDENTITY_HEADER", HEADER)
    });
    let [asked] = &asked[..] else { panic!("{asked:?}") };
    assert!(
        asked.contains("/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net"),
        "{asked}"
    );
}

#[test]
fn the_metadata_service() {
    let asked = check(|home, _| home);
    let [probe, asked] = &asked[..] else { panic!("{asked:?}") };
    assert!(probe.ends_with("/metadata/identity/oauth2/token"), "{probe}");
    assert!(asked.ends_with("api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"), "{asked}");
    // One of several identities, and nobody else in the chain.
    let asked = check(|home, _| {
        home.set("AZURE_CLIENT_ID", CLIENT).set("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    });
    let [asked] = &asked[..] else { panic!("{asked:?}") };
    assert!(asked.ends_with(&format!("&client_id={CLIENT}")), "{asked}");
}

/// A program in a folder that is searched first.
fn with_program(home: Home, name: &str, script: &str) -> Home {
    use std::os::unix::fs::PermissionsExt;

    let _ = std::fs::create_dir(home.path("bin"));
    let path = format!("bin/{name}");
    home.write(&path, format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(home.path(&path), std::fs::Permissions::from_mode(0o755)).expect("changed");
    let folder = home.path("bin").display().to_string();
    home.set("PATH", &format!("{folder}:/usr/bin:/bin")).set("AZURE_TOKEN_CREDENTIALS", "dev")
}

#[test]
fn azure_cli() {
    let line =
        format!("account get-access-token -o json --resource https://vault.azure.net --tenant {TENANT}");
    for expires in ["\"expires_on\": 4102444800", "\"expiresOn\": \"2100-01-01 00:00:00.000000\""] {
        let script = format!(
            "test \"$*\" = '{line}' || exit 2\necho '{{\"accessToken\": \"{TOKEN}\", {expires}, \"tokenType\": \"Bearer\"}}'"
        );
        assert!(check(|home, _| with_program(home, "az", &script)).is_empty());
    }
}

#[test]
fn azure_developer_cli_and_power_shell() {
    let line = format!(
        "auth token -o json --no-prompt --scope https://vault.azure.net/.default --tenant-id {TENANT}"
    );
    let script = format!(
        "test \"$*\" = '{line}' || exit 2\necho '{{\"token\": \"{TOKEN}\", \"expiresOn\": \"2100-01-01T00:00:00Z\"}}'"
    );
    assert!(check(|home, _| with_program(home, "azd", &script)).is_empty());
    let script = format!(
        "test \"$1 $2\" = '-NoProfile -NonInteractive' || exit 2\necho '{{\"Token\": \"{TOKEN}\", \"ExpiresOn\": 4102444800}}'"
    );
    assert!(check(|home, _| with_program(home, "pwsh", &script)).is_empty());
}

/// What is said when the file does not open.
#[track_caller]
fn refused(prepare: impl Fn(Home) -> Home, said: &[&str]) -> Run {
    let azure = Azure::start();
    let home = prepare(nobody(&azure));
    sealed(&azure, &home);
    let run = discreet(home.sops(["decrypt", "a.yaml"])).exits(128).prints_nothing();
    for said in said {
        assert!(told(&run).contains(said), "{said:?} is not in:\n{}", run.stderr);
    }
    run
}

#[test]
fn nobody_at_all() {
    let dev = |home: Home| home.set("AZURE_TOKEN_CREDENTIALS", "dev").set("PATH", "/nonexistent");
    refused(
        dev,
        &[
            "DefaultAzureCredential: failed to acquire a token.",
            "AzureCLICredential: executable not found on path",
            "AzureDeveloperCLICredential: executable not found on path",
            "az login",
        ],
    );
    refused(
        |home| home.set("AZURE_TOKEN_CREDENTIALS", "x"),
        &["invalid AZURE_TOKEN_CREDENTIALS value \"x\""],
    );
    let environment = |home: Home| home.set("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential");
    refused(environment, &["EnvironmentCredential: missing environment variable AZURE_TENANT_ID"]);
}

#[test]
fn refused_credentials_end_the_chain() {
    let wrong = |home: Home| tenant(home).set("AZURE_CLIENT_SECRET", "the-wrong-secret");
    refused(
        wrong,
        &["ClientSecretCredential authentication failed.", "RESPONSE 401: 401 Unauthorized", "AADSTS7000215"],
    )
    .keeps_quiet_about("the-wrong-secret")
    .keeps_quiet_about("AzureCLICredential");
    let other = |home: Home| {
        tenant(home)
            .set("AZURE_CLIENT_SECRET", SECRET)
            .set("AZURE_TENANT_ID", "bbbbbbbb-0000-4000-8000-000000000009")
    };
    refused(other, &["isn't configured to acquire tokens for tenant", "AZURE_ADDITIONALLY_ALLOWED_TENANTS"]);
    let no_file = |home: Home| tenant(home).set("AZURE_FEDERATED_TOKEN_FILE", "/none");
    refused(no_file, &["WorkloadIdentityCredential: open /none: no such file or directory"]);
}

#[test]
fn certificates_that_cannot_be_used() {
    let with = |text: &'static str| {
        move |home: Home| {
            home.write("principal.pem", text);
            let path = home.path("principal.pem").display().to_string();
            tenant(home)
                .set("AZURE_CLIENT_CERTIFICATE_PATH", &path)
                .set("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
        }
    };
    refused(with("garbage"), &["it has no private key in PEM form", "openssl pkcs12 -in"]);
    let key = &PRINCIPAL[PRINCIPAL.find("-----BEGIN PRIVATE").expect("a key")..];
    refused(with(key), &["it has no certificate of its key"]);
    let missing = |home: Home| tenant(home).set("AZURE_CLIENT_CERTIFICATE_PATH", "/none");
    refused(
        move |home| missing(home).set("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential"),
        &["failed to read certificate file \"/none\": open /none: no such file or directory"],
    );
}

#[test]
fn a_password() {
    let azure = Azure::start();
    let home =
        tenant(nobody(&azure)).set("AZURE_USERNAME", "user@example.test").set("AZURE_PASSWORD", PASSWORD);
    sealed(&azure, &home);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
}
