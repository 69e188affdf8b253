//! The secrets of all tests, and a look for them in all that the program says.
//!
//! Whoever runs the program in a test looks through its output here: `Home::run` of the tests' homes, the
//! servers, the terminals. Credentials are nowhere; plaintext is on stdout and in editors only. A secret is
//! found in each form in which it might get out: as it is, quoted, percent-encoded, as base64 and as hex.

#![allow(dead_code, unreachable_pub)] // every test file takes its own part

use std::collections::BTreeSet;
use std::sync::LazyLock;

pub const VAULT_TOKEN: &str = "hvs.CAESIFakeTokenForTests";
pub const AWS_SECRET_KEY: &str = "fakeAwsSecretForTests0123456789";
pub const AWS_ROLE_SECRET: &str = "fakeRoleSecretForTests9876543210";
pub const AWS_ROLE_TOKEN: &str = "fakeSessionTokenForTests/+=";
pub const GOOGLE_TOKEN: &str = "ya29.static-token-of-the-tests";
pub const GOOGLE_REFRESH_TOKEN: &str = "1//refresh-token-of-the-tests";
pub const GOOGLE_CLIENT_SECRET: &str = "client-secret-of-the-tests";
pub const GOOGLE_SUBJECT_TOKEN: &str = "eyJ.subject-token-of-the.tests";
pub const AZURE_TOKEN: &str = "eyJ0eXAi.access-token-of-the-test";
pub const AZURE_SECRET: &str = "Q~client-secret/of+the test&";
pub const AZURE_FEDERATED: &str = "eyJhbGci.federated-token-of-the-test";
pub const AZURE_PASSWORD: &str = "pass&word-of-the-test";
pub const AZURE_HEADER: &str = "identity-header-of-the-test";
pub const HUAWEI_SECRET_KEY: &str = "fakeSecretKeyForTests0123456789";
pub const HUAWEI_SECURITY_TOKEN: &str = "fakeSecurityTokenForTests";
pub const HUAWEI_ID_TOKEN: &str = "eyJfake.identity.token";
/// Of the audit database's users.
pub const DATABASE_PASSWORD: &str = "pa55 w@rd";
/// Of a PGP key that `tests/pgp.rs` makes.
pub const PASSPHRASE: &str = "open sesame";
/// The data key of tests that talk to a backend.
pub const DATA_KEY: &str = "data-key-of-the-tests-of-backend";
/// In the files that services have the keys of.
pub const PLAINTEXT: &str = "a word of value";

const CREDENTIALS: &[&str] = &[
    VAULT_TOKEN,
    AWS_SECRET_KEY,
    AWS_ROLE_SECRET,
    AWS_ROLE_TOKEN,
    GOOGLE_TOKEN,
    GOOGLE_REFRESH_TOKEN,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_SUBJECT_TOKEN,
    AZURE_TOKEN,
    AZURE_SECRET,
    AZURE_FEDERATED,
    AZURE_PASSWORD,
    AZURE_HEADER,
    HUAWEI_SECRET_KEY,
    HUAWEI_SECURITY_TOKEN,
    HUAWEI_ID_TOKEN,
    DATABASE_PASSWORD,
    PASSPHRASE,
    DATA_KEY,
];
/// Files of private keys, of which each line of some length is a secret.
const KEY_FILES: &[&str] = &[
    include_str!("../../testdata/interop/keys/age1.txt"),
    include_str!("../../testdata/interop/keys/age2.txt"),
    include_str!("../../testdata/interop/keys/age3.txt"),
    include_str!("../../testdata/interop/keys/pq.txt"),
    include_str!("../../testdata/interop/keys/pgp.asc"),
    include_str!("../../testdata/interop/keys/ssh_ed25519"),
    include_str!("../../testdata/gcp/service-account.pem"),
    include_str!("fake/azure/principal.pem"),
];
/// Variables whose values are secrets, whatever a test puts there.
const VARIABLES: &[&str] = &[
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_SECRET",
    "AZURE_PASSWORD",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "HUAWEICLOUD_SDK_SECURITY_TOKEN",
    "HUAWEICLOUD_SDK_SK",
    "IDENTITY_HEADER",
    "SOPS_AGE_KEY",
    "VAULT_TOKEN",
];
/// A shorter word may stand in any text.
const SHORTEST: usize = 8;
/// What a line of a key file has at least.
const SHORTEST_LINE: usize = 40;

/// All forms of all secrets, as one expression.
struct Search(regex::bytes::Regex);

impl Search {
    fn of(secrets: impl IntoIterator<Item = String>) -> Self {
        let forms: BTreeSet<String> = secrets.into_iter().flat_map(|secret| forms(&secret)).collect();
        let parts: Vec<_> = forms.iter().map(|form| regex::escape(form)).collect();
        let search = regex::bytes::RegexBuilder::new(&parts.join("|")).size_limit(1 << 28).build();
        Self(search.expect("literals"))
    }

    fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        self.0.find(text).map(|found| found.as_bytes())
    }
}

fn credentials() -> impl Iterator<Item = String> {
    let lines = KEY_FILES.iter().flat_map(|file| file.lines());
    let lines = lines.filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with('#'));
    CREDENTIALS.iter().copied().chain(lines).map(str::to_owned)
}

static ALL_CREDENTIALS: LazyLock<Search> = LazyLock::new(|| Search::of(credentials()));
static PLAINTEXTS: LazyLock<Search> = LazyLock::new(|| Search::of([PLAINTEXT.to_owned()]));

/// The forms in which a secret might get out.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let percent = |plain: &str| -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte);
        let encode = |byte: &u8| match is_plain(*byte) {
            true => char::from(*byte).to_string(),
            false => format!("%{byte:02X}"),
        };
        bytes.iter().map(encode).collect()
    };
    vec![
        secret.to_owned(),
        format!("{secret:?}").trim_matches('"').to_owned(),
        percent("-_.~"),
        percent("-_.~ ").replace(' ', "+"),
        base64_simd::STANDARD_NO_PAD.encode_to_string(bytes),
        base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes),
        bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    ]
}

/// Looks for secrets in what a program said, and for those that its variables held.
///
/// # Panics
///
/// If there is one.
#[track_caller]
pub fn look_through<'v>(
    what: &str,
    stdout: &[u8],
    stderr: &[u8],
    variables: impl IntoIterator<Item = (&'v str, &'v str)>,
) {
    let own =
        variables.into_iter().filter(|(name, value)| VARIABLES.contains(name) && value.len() >= SHORTEST);
    let own: Vec<_> = own.map(|(_, value)| value.to_owned()).collect();
    let own = (!own.is_empty()).then(|| Search::of(own));
    for (stream, text) in [("stdout", stdout), ("stderr", stderr)] {
        let found = ALL_CREDENTIALS.find(text).or_else(|| own.as_ref()?.find(text));
        let found = found.or_else(|| PLAINTEXTS.find(text).filter(|_| stream == "stderr"));
        if let Some(found) = found {
            panic!(
                "{what} told a secret, {:?}, on {stream}:\n{}",
                String::from_utf8_lossy(found),
                String::from_utf8_lossy(text)
            );
        }
    }
}
