//! Signed requests to Huawei's services, and the ones that come before them: for temporary credentials
//! and for the project.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::answer::{object, take};
use super::credentials::{Credentials, Source};
use super::region::text;
use super::sign::{DATE, DATE_FORMAT, Signed, authorization};
use crate::backends::SystemHost;
use crate::backends::http::{self, Answer, NoAnswerKind, Patience, escaped};
use crate::backends::network::Network;

/// What a service is told about who asks.
const USER_AGENT: &str = concat!("resops/", env!("CARGO_PKG_VERSION"));
/// How often a failed request is repeated. sops' SDK does not.
const RETRIES: u32 = 2;
/// How long the metadata service may take, as in the SDK.
const NEAR: Duration = Duration::from_secs(3);
/// How long the one for pods may take, as there.
const POD: Duration = Duration::from_secs(10);
/// How long temporary credentials live that are asked for here.
const LIFETIME: u32 = 6 * 60 * 60;
const JSON: &str = "application/json;charset=UTF-8";

/// How long and how often services are asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) limit: Duration,
    pub(super) pause: Duration,
}

/// Sends requests; one for a run.
pub(super) struct Client {
    pub(super) network: Network,
    pub(super) pace: Pace,
}

/// Why a request did not succeed.
pub(super) struct Failed {
    pub(super) reason: String,
    /// Another endpoint of the same service may do.
    pub(super) elsewhere: bool,
}

impl From<String> for Failed {
    fn from(reason: String) -> Self {
        Self { reason, elsewhere: false }
    }
}

/// A request before it is signed.
struct Call<'a> {
    method: Method,
    endpoint: &'a str,
    /// Escaped.
    path: String,
    query: String,
    headers: Vec<(&'a str, &'a str)>,
    body: Zeroizing<Vec<u8>>,
    /// What must not be shown of what comes back.
    secrets: Vec<&'a str>,
}

impl Client {
    /// Has the key management do one operation.
    pub(super) fn key_management(
        &self,
        endpoint: &str,
        operation: &str,
        credentials: &Credentials,
        project: &str,
        body: Zeroizing<Vec<u8>>,
        secret: &str,
    ) -> Result<Value, Failed> {
        self.signed(
            Call {
                method: Method::POST,
                endpoint,
                path: format!("/v1.0/{}/kms/{operation}", escaped(project)),
                query: String::new(),
                headers: vec![("x-project-id", project)],
                body,
                secrets: vec![secret],
            },
            credentials,
        )
    }

    /// The project that has the region's name.
    pub(super) fn project(
        &self,
        region: &str,
        credentials: &Credentials,
        machine: &SystemHost,
    ) -> Result<String, String> {
        const ADVICE: &str = "; set HUAWEICLOUD_SDK_PROJECT_ID";
        let failed = |reason: &str| {
            format!(
                "failed to get project id of region '{region}' automatically: {}{ADVICE}",
                reason.trim_end()
            )
        };
        let endpoint = iam_endpoint(region, credentials, machine);
        let call = Call {
            method: Method::GET,
            endpoint: &endpoint,
            path: "/v3/projects".to_owned(),
            query: format!("name={}", escaped(region)),
            headers: Vec::new(),
            body: Zeroizing::default(),
            secrets: Vec::new(),
        };
        let mut answer = self.signed(call, credentials).map_err(|error| failed(&error.reason))?;
        let projects = answer.get_mut("projects").and_then(Value::as_array_mut);
        match projects.map(|list| list.as_mut_slice()) {
            Some([only]) => {
                let id = take(only, &["id"]).ok_or_else(|| failed("the project has no id"))?;
                Ok(id.as_str().to_owned())
            }
            Some([_, _, ..]) => Err(failed("there are several projects of that name")),
            _ => Err(failed("there is no project of that name")),
        }
    }

    /// The credentials of a source.
    pub(super) fn credentials(&self, source: Source, machine: &SystemHost) -> Result<Credentials, String> {
        match source {
            Source::Known(credentials) => Ok(credentials),
            Source::Metadata(address) => self.of_metadata(&address),
            Source::Pod { address, token } => {
                let headers = [("content-type", JSON), ("authorization", token.as_str())];
                let what = "failed to get credential from PodIdentityAccessor";
                let answer = self.plain(Method::POST, &address, &headers, "{}", POD, what)?;
                let mut answer = object(&answer, &[&token]).map_err(|error| format!("{what}: {error}"))?;
                temporary(answer.get_mut("credentials"), Credentials::default())
            }
            Source::Federated { provider, token, base } => self.federated(&provider, &token, base, machine),
        }
    }

    /// Asks the metadata service, with a session token where it has those.
    fn of_metadata(&self, address: &str) -> Result<Credentials, String> {
        let what = "failed to get credential from the metadata service";
        let session = self.plain(
            Method::PUT,
            &format!("{address}/meta-data/latest/api/token"),
            &[("x-metadata-token-ttl-seconds", "21600")],
            "",
            NEAR,
            what,
        )?;
        let session = match session.status {
            200 => Zeroizing::new(String::from_utf8_lossy(&session.body).trim().to_owned()),
            404 | 405 | 503 => Zeroizing::default(),
            status => return Err(format!("{what}: it answers with status {status}")),
        };
        let header = [("x-metadata-token", session.as_str())];
        let headers = if session.is_empty() { &[][..] } else { &header };
        let address = format!("{address}/openstack/latest/securitykey");
        let answer = self.plain(Method::GET, &address, headers, "", NEAR, what)?;
        let mut answer = object(&answer, &[&session]).map_err(|error| format!("{what}: {error}"))?;
        temporary(answer.get_mut("credential"), Credentials::default())
    }

    /// Gives an identity token for a token of the cloud, and that one for an access key.
    fn federated(
        &self,
        provider: &str,
        token: &str,
        base: Credentials,
        machine: &SystemHost,
    ) -> Result<Credentials, String> {
        let what = "failed to get credential for the identity token";
        let failed = |error: String| format!("{what}: {error}");
        // As in the SDK, not the region's.
        let endpoint = iam_endpoint("", &base, machine);
        let body = json!({ "auth": { "id_token": { "id": token } } });
        let body = Zeroizing::new(body.to_string());
        let headers = [("content-type", JSON), ("x-idp-id", provider)];
        let address = format!("{endpoint}/v3.0/OS-AUTH/id-token/tokens");
        let answer = self.plain(Method::POST, &address, &headers, &body, self.pace.limit, what)?;
        object(&answer, &[token]).map_err(failed)?;
        let session = Zeroizing::new(answer.header("x-subject-token").unwrap_or_default().to_owned());
        if session.is_empty() {
            return Err(failed("the answer has no X-Subject-Token".to_owned()));
        }
        let body = json!({ "auth": { "identity": {
            "methods": ["token"],
            "token": { "id": session.as_str(), "duration_seconds": LIFETIME },
        } } });
        let body = Zeroizing::new(body.to_string());
        let address = format!("{endpoint}/v3.0/OS-CREDENTIAL/securitytokens");
        let headers = [("content-type", JSON)];
        let answer = self.plain(Method::POST, &address, &headers, &body, self.pace.limit, what)?;
        let mut answer = object(&answer, &[token, &session]).map_err(failed)?;
        temporary(answer.get_mut("credential"), base)
    }

    /// A request without a signature.
    fn plain(
        &self,
        method: Method,
        address: &str,
        headers: &[(&str, &str)],
        body: &str,
        limit: Duration,
        what: &str,
    ) -> Result<Answer, String> {
        let http = self.network.http().map_err(|error| error.to_string())?;
        let limit = limit.min(self.pace.limit);
        let patience = Patience { deadline: Instant::now() + limit, retries: 0, pause: self.pace.pause };
        let request = || {
            let mut request = http.request(method.clone(), address).body(body.to_owned());
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            Ok::<_, String>(request)
        };
        let outcome = http::repeat(patience, |_| false, request);
        let outcome = self.network.block_on(outcome).map_err(|error| error.to_string())??;
        outcome.map_err(|error| format!("{what}: {method} \"{}\": {}", without_query(address), error.reason))
    }

    fn signed(&self, call: Call<'_>, credentials: &Credentials) -> Result<Value, Failed> {
        let http = self.network.http().map_err(|error| error.to_string())?;
        let Call { method, endpoint, path, query, headers, body, mut secrets } = call;
        let mut address = format!("{endpoint}{path}");
        if !query.is_empty() {
            address = format!("{address}?{query}");
        }
        let Credentials { access_key, secret_key, security_token, .. } = credentials;
        secrets.extend([secret_key.as_str(), security_token.as_str()]);
        let request = || {
            let date = jiff::Timestamp::now().strftime(DATE_FORMAT).to_string();
            let mut all = headers.clone();
            all.extend([("user-agent", USER_AGENT), (DATE, &date)]);
            if !security_token.is_empty() {
                all.push(("x-security-token", security_token));
            }
            all.sort_unstable();
            let signed =
                Signed { method: method.as_str(), path: &path, query: &query, headers: &all, body: &body };
            let mut request = http
                .request(method.clone(), &address)
                .header("authorization", authorization(&signed, access_key, secret_key))
                .header("content-type", JSON)
                .body(body.to_vec());
            for (name, value) in all {
                request = request.header(name, value);
            }
            Ok::<_, String>(request)
        };
        let patience =
            Patience { deadline: Instant::now() + self.pace.limit, retries: RETRIES, pause: self.pace.pause };
        let passes = |answer: &Answer| matches!(answer.status, 429 | 500 | 502 | 503 | 504);
        let outcome = self.network.block_on(http::repeat(patience, passes, request));
        let outcome = outcome.map_err(|error| error.to_string())??;
        let answer = outcome.map_err(|error| Failed {
            reason: match error.kind {
                NoAnswerKind::TimedOut => format!(
                    "{method} \"{endpoint}{path}\": no answer within {} seconds",
                    self.pace.limit.as_secs_f64()
                ),
                _ => format!("{method} \"{endpoint}{path}\": {}", error.reason),
            },
            elsewhere: matches!(error.kind, NoAnswerKind::Connect | NoAnswerKind::Tls),
        })?;
        object(&answer, &secrets).map_err(Failed::from)
    }
}

/// The identity service of a region.
fn iam_endpoint(region: &str, credentials: &Credentials, machine: &SystemHost) -> String {
    if let Some(endpoint) = &credentials.iam_endpoint {
        return endpoint.trim_end_matches('/').to_owned();
    }
    match text(machine, "HUAWEICLOUD_SDK_IAM_ENDPOINT") {
        Some(endpoint) if endpoint.starts_with("https://") => endpoint.trim_end_matches('/').to_owned(),
        Some(endpoint) => format!("https://{}", endpoint.trim_end_matches('/')),
        None if HAVE_IAM.contains(&region) => format!("https://iam.{region}.myhuaweicloud.com"),
        None => "https://iam.myhuaweicloud.com".to_owned(),
    }
}

/// The regions with an identity service of their own.
const HAVE_IAM: [&str; 27] = [
    "ae-ad-1",
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "cn-east-2",
    "cn-east-3",
    "cn-east-4",
    "cn-east-5",
    "cn-north-1",
    "cn-north-12",
    "cn-north-2",
    "cn-north-4",
    "cn-north-9",
    "cn-south-1",
    "cn-south-2",
    "cn-southwest-2",
    "eu-west-0",
    "la-north-2",
    "la-south-2",
    "me-east-1",
    "my-kualalumpur-1",
    "na-mexico-1",
    "ru-moscow-1",
    "sa-brazil-1",
    "tr-west-1",
];

/// Temporary credentials of an answer, under either spelling of their fields.
fn temporary(answer: Option<&mut Value>, base: Credentials) -> Result<Credentials, String> {
    let mut found = answer.map(Value::take).unwrap_or_default();
    let mut get = |one: &str, other: &str| {
        let field = take(&mut found, &[one]).or_else(|| take(&mut found, &[other]));
        field.ok_or_else(|| format!("{one} or {other} not found in credential"))
    };
    let access_key = get("access", "accessKeyId")?.as_str().to_owned();
    let secret_key = get("secret", "secretAccessKey")?;
    let security_token = get("securitytoken", "securityToken")?;
    let expires = get("expires_at", "expiration")?;
    let expires: jiff::Timestamp =
        expires.parse().map_err(|_| "the credential's expiration is no date".to_owned())?;
    Ok(Credentials { access_key, secret_key, security_token, expires: Some(expires.as_second()), ..base })
}

fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}
