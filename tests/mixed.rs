//! Files whose keys are of all kinds at once, on bad days: whatever one service does, the next key is tried,
//! and it is not waited for; a file that not every key can open is not written.
#![cfg(unix)] // Windows has tests/windows
#![cfg(all(feature = "aws", feature = "gcp", feature = "azure", feature = "vault", feature = "hckms"))]

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::fake::aws::{self, Aws};
use support::fake::azure::{self, Azure, Where};
use support::fake::google::{self, Google};
use support::fake::huawei::{self, Huawei};
use support::fake::vault::{self, Vault};
use support::fake::{Reply, Request};
use support::secrets::PLAINTEXT;
use support::{AGE_RECIPIENT, Home};

/// One server for each kind of key.
struct Services {
    aws: Aws,
    google: Google,
    azure: Azure,
    vault: Vault,
    huawei: Huawei,
}

/// The kinds, as decryption orders name them.
const KINDS: [&str; 5] = ["kms", "gcp_kms", "azure_kv", "hc_vault", "hckms"];
/// What opens a file when no service does.
const LAST: &str = "kms,gcp_kms,azure_kv,hc_vault,hckms,age";

impl Services {
    fn start() -> Self {
        Self {
            aws: Aws::start(),
            google: Google::start(),
            azure: Azure::start(),
            vault: Vault::start(),
            huawei: Huawei::start(),
        }
    }

    /// A home whose user may use all keys, and has the age identity.
    fn home(&self) -> Home {
        let azure = self.azure.environment();
        let home = azure.into_iter().fold(Home::with_age(), |home, (name, value)| home.set(name, &value));
        home.set("SOPS_AGE_RECIPIENTS", "")
            .set("AWS_ACCESS_KEY_ID", aws::ACCESS_KEY)
            .set("AWS_SECRET_ACCESS_KEY", aws::SECRET_KEY)
            .set("AWS_EC2_METADATA_DISABLED", "true")
            .set("AWS_ENDPOINT_URL", &self.aws.server.url())
            .set("GOOGLE_OAUTH_ACCESS_TOKEN", google::TOKEN)
            .set("SOPS_GCP_KMS_CLIENT_TYPE", "rest")
            .set("SOPS_GCP_KMS_ENDPOINT", &self.google.plain.url())
            .set("AZURE_TENANT_ID", azure::TENANT)
            .set("AZURE_CLIENT_ID", azure::CLIENT)
            .set("AZURE_CLIENT_SECRET", azure::SECRET)
            .set("VAULT_TOKEN", vault::TOKEN)
            .set("HUAWEICLOUD_SDK_AK", huawei::ACCESS_KEY)
            .set("HUAWEICLOUD_SDK_SK", huawei::SECRET_KEY)
            .set("HUAWEICLOUD_SDK_PROJECT_ID", huawei::PROJECT)
            .set(huawei::REGION, &self.huawei.server.url())
            .set("SOPS_DECRYPTION_ORDER", LAST)
    }

    /// The flag and the name of a key.
    fn key(&self, kind: &str) -> [String; 2] {
        let (flag, name) = match kind {
            "kms" => ("--kms", aws::ARN.to_owned()),
            "gcp_kms" => ("--gcp-kms", google::KEY.to_owned()),
            "azure_kv" => {
                ("--azure-kv", format!("{}/keys/{}/{}", azure::VAULT, azure::KEY, azure::VERSIONS[0]))
            }
            "hc_vault" => ("--hc-vault-transit", self.vault.key("transit", "k")),
            "hckms" => ("--hckms", huawei::KEY.to_owned()),
            _ => ("--age", AGE_RECIPIENT.to_owned()),
        };
        [flag.to_owned(), name]
    }

    /// Encrypts `a.yaml` for keys of these kinds alone.
    fn encrypt(&self, home: &Home, kinds: &[&str]) -> support::Run {
        home.write("a.yaml", plain());
        let keys = kinds.iter().flat_map(|kind| self.key(kind));
        home.sops(
            ["encrypt".to_owned(), "-i".to_owned()].into_iter().chain(keys).chain(["a.yaml".to_owned()]),
        )
    }

    /// The next request that the service of a kind gets has this reply.
    fn reply(&self, kind: &str, reply: Reply) {
        match kind {
            "kms" => self.aws.replies([reply]),
            "gcp_kms" => self.google.replies([reply]),
            "azure_kv" => self.azure.replies(Where::Vault, [reply]),
            "hc_vault" => self.vault.replies([reply]),
            _ => self.huawei.replies([reply]),
        }
    }

    /// Every request so far.
    fn requests(&self) -> Vec<Request> {
        let servers = [
            &self.aws.server,
            &self.google.plain,
            &self.azure.server,
            &self.vault.server,
            &self.huawei.server,
        ];
        servers.into_iter().flat_map(|server| server.requests()).collect()
    }
}

fn plain() -> String {
    format!("password: {PLAINTEXT}\n")
}

/// A successful answer: these bytes are the data key.
fn unwrapped(kind: &str, bytes: &[u8]) -> Reply {
    let text = STANDARD.encode_to_string(bytes);
    let body: Value = match kind {
        "kms" => json!({ "KeyId": aws::ARN, "Plaintext": text }),
        "gcp_kms" => json!({ "plaintext": text }),
        "azure_kv" => json!({ "kid": "k", "value": URL_SAFE_NO_PAD.encode_to_string(bytes) }),
        "hc_vault" => json!({ "data": { "plaintext": text } }),
        _ => json!({ "key_id": huawei::KEY, "plain_text": text }),
    };
    Reply::json(200, &body)
}

/// What is no answer, or none with a key in it, and needs no second look.
fn useless(kind: &str) -> Vec<(&'static str, Reply)> {
    let whole = match unwrapped(kind, &[7; 32]) {
        Reply::Answer { body, .. } => body,
        _ => Vec::new(),
    };
    vec![
        ("another key's plaintext", unwrapped(kind, &[7; 32])),
        ("too short", unwrapped(kind, b"much too short")),
        ("too long", unwrapped(kind, &[7; 33])),
        ("empty", unwrapped(kind, b"")),
        ("denied", Reply::text(403, "no")),
        ("no JSON", Reply::text(200, "<html>hello</html>")),
        ("cut", Reply::text(200, &String::from_utf8_lossy(&whole[..whole.len() / 2]))),
        ("null", Reply::json(200, &Value::Null)),
        ("other types", Reply::text(200, &String::from_utf8_lossy(&whole).replace('"', "1"))),
    ]
}

#[test]
fn whatever_a_service_answers_the_next_key_opens_the_file() {
    let services = Services::start();
    let home = services.home();
    for kind in KINDS {
        services.encrypt(&home, &[kind, "age"]).exits(0);
        for (what, reply) in useless(kind) {
            services.reply(kind, reply);
            let run = home.sops(["decrypt", "a.yaml"]);
            assert_eq!(run.code, Some(0), "{kind}, {what}: {}", run.stderr);
            run.prints(plain());
        }
    }
}

#[test]
fn without_a_next_key_nothing_is_printed_and_the_reason_is_told() {
    let services = Services::start();
    let home = services.home();
    for kind in KINDS {
        services.encrypt(&home, &[kind]).exits(0);
        for (what, reply) in useless(kind) {
            services.reply(kind, reply);
            let run = home.sops(["decrypt", "a.yaml"]).refuses().prints_nothing();
            // Nobody can tell another key from a changed file.
            let wrong_key = what == "another key's plaintext";
            assert_eq!(run.code, Some(if wrong_key { 25 } else { 128 }), "{kind}, {what}: {}", run.stderr);
            assert!(!run.stderr.contains("much too short"), "{kind}, {what}: {}", run.stderr);
        }
        home.sops(["decrypt", "a.yaml"]).exits(0).prints(plain());
    }
}

/// All keys wrap, or the file stays as it is; the key that did not is named.
#[test]
fn nothing_is_written_when_one_key_of_many_cannot_wrap() {
    let services = Services::start();
    let home = services.home();
    let all: Vec<_> = KINDS.into_iter().chain(["age"]).collect();
    for kind in KINDS {
        for reply in [Reply::text(403, "no"), Reply::text(200, "{}"), Reply::text(200, "garbage")] {
            services.reply(kind, reply);
            let run = services.encrypt(&home, &all).exits(1).prints_nothing();
            assert_eq!(home.read_text("a.yaml"), plain(), "{kind}");
            let [_, name] = services.key(kind);
            let told = run.says(&format!("with master key \"{name}"));
            assert_eq!(told.stderr.matches("with master key").count(), 1, "{}", told.stderr);
        }
    }
    // The same when an encrypted file gets its keys anew.
    services.encrypt(&home, &all).exits(0);
    let before = home.read("a.yaml");
    services.reply("hckms", Reply::text(403, "no"));
    home.sops(["rotate", "-i", "--decryption-order", "age", "a.yaml"]).refuses();
    assert_eq!(home.read("a.yaml"), before);
}

/// A socket that takes connections and never answers.
fn silent() -> (TcpListener, String) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", socket.local_addr().expect("an address"));
    (socket, url)
}

/// A file of six keys opens in the time of the sixth, and at most a second more.
#[track_caller]
fn opens_in_time(home: &Home, usual: Duration) {
    let start = Instant::now();
    home.sops(["decrypt", "a.yaml"]).exits(0).prints(plain());
    let taken = start.elapsed();
    assert!(taken < usual + Duration::from_secs(1), "{taken:?} instead of {usual:?}");
}

/// Everything but age is where `url` says.
fn all_at(home: Home, url: &str) -> Home {
    home.set("AWS_ENDPOINT_URL", url)
        .set("SOPS_GCP_KMS_ENDPOINT", url)
        .set("HTTPS_PROXY", url)
        .set("VAULT_AGENT_ADDR", url)
        .set(huawei::REGION, url)
}

#[test]
fn five_of_six_services_are_unreachable() {
    let services = Services::start();
    let home = services.home();
    services.encrypt(&home, &["age"]).exits(0);
    let start = Instant::now();
    home.sops(["decrypt", "a.yaml"]).exits(0);
    let usual = start.elapsed();

    let all: Vec<_> = KINDS.into_iter().chain(["age"]).collect();
    services.encrypt(&home, &all).exits(0);
    let asked = services.requests().len();
    let (_socket, url) = silent();
    let home = all_at(home, &url);
    opens_in_time(&home, usual);
    opens_in_time(&all_at(home, "http://127.0.0.1:1"), usual);
    assert_eq!(services.requests().len(), asked);
}

/// The one that works is on the network too, and may be any of them.
#[test]
fn the_sixth_is_a_vault() {
    let services = Services::start();
    let dead = Vault::start();
    let home = services.home();
    services.encrypt(&home, &["hc_vault"]).exits(0);
    let start = Instant::now();
    home.sops(["decrypt", "a.yaml"]).exits(0);
    let usual = start.elapsed();

    let both = format!("{},{}", dead.key("transit", "k"), services.key("hc_vault")[1]);
    let home = home.set("SOPS_VAULT_URIS", &both);
    home.write("a.yaml", plain());
    let others = ["kms", "gcp_kms", "azure_kv", "hckms"].into_iter().flat_map(|kind| services.key(kind));
    let words = ["encrypt", "-i", "--hc-vault-transit", &both].map(str::to_owned);
    home.sops(words.into_iter().chain(others).chain(["a.yaml".to_owned()])).exits(0);
    dead.replies([Reply::Hang]);
    let (_socket, url) = silent();
    let home = home
        .set("AWS_ENDPOINT_URL", &url)
        .set("SOPS_GCP_KMS_ENDPOINT", &url)
        .set("HTTPS_PROXY", &url)
        .set(huawei::REGION, &url);
    opens_in_time(&home, usual);
}
