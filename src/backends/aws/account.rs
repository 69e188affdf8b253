//! One region, profile and role: its credentials, kept, and signed requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use reqwest::Method;
use tokio::sync::{Mutex, OnceCell};
use zeroize::Zeroizing;

use super::answer::{Refusal, passes, refused};
use super::credentials::{self, NoCredentials};
use super::endpoint::Service;
use super::settings::Settings;
use super::{Pace, USER_AGENT, Who, role};
use crate::backends::SystemHost;
use crate::backends::http::{self, Answer, NoAnswerKind, Patience};
use crate::backends::network::Client;

/// How long before their end credentials are replaced.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// How long it is remembered that there are none: other files of the run need not wait for that again.
const REMEMBERED: Duration = Duration::from_secs(60);
/// The slowest line that a large body gets time for, in bytes per second.
const SLOWEST: usize = 64 * 1024;
/// The clocks' difference that a signature survives.
const SKEW: i64 = 4 * 60;

/// Why AWS does not do what it should.
#[derive(Debug, Clone)]
pub(crate) enum Failed {
    /// There are no credentials.
    NoCredentials {
        reason: String,
        /// Where they were looked for.
        looked_in: Vec<String>,
    },
    /// Anything else.
    Told(String),
}

impl Failed {
    /// All that is to be said.
    pub(crate) fn told(self) -> String {
        match self {
            Self::Told(reason) => reason,
            Self::NoCredentials { reason, looked_in } => {
                format!("{reason} (looked in {})", looked_in.join(", "))
            }
        }
    }
}

/// A service's no.
#[derive(Debug)]
#[cfg_attr(not(feature = "publish"), allow(dead_code))]
pub(crate) struct Refused {
    /// What the service calls it.
    pub(crate) code: String,
    /// In the words of sops' SDK; nothing secret.
    pub(crate) told: String,
}

/// A request before it is signed.
pub(crate) struct Call<'a> {
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// What must not be shown of what comes back.
    pub(crate) secrets: &'a [&'a str],
    pub(crate) insistence: Insistence,
}

/// What is done about a request that fails in a way that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Insistence {
    /// It is repeated as often as the settings say.
    Usual,
    /// It is left at that.
    #[cfg(feature = "publish")]
    None,
}

/// What was found out of who asks.
type Found = Option<(Instant, Result<Credentials, Failed>)>;

/// One region, profile and role.
pub(crate) struct Account {
    who: Who,
    machine: SystemHost,
    client: Client,
    pace: Pace,
    settings: OnceCell<Settings>,
    found: Mutex<Found>,
    /// Seconds that the services' clock is ahead of ours.
    skew: AtomicI64,
    /// The account that the role is assumed from.
    base: Option<Arc<Account>>,
}

impl Account {
    /// An account whose role is assumed from `base`, if it has one.
    pub(super) fn new(
        who: Who,
        machine: SystemHost,
        client: Client,
        pace: Pace,
        base: Option<Arc<Self>>,
    ) -> Self {
        let (settings, found, skew) = (OnceCell::new(), Mutex::default(), AtomicI64::new(0));
        Self { who, machine, client, pace, settings, found, skew, base }
    }

    /// Where a service is, without a slash at the end.
    pub(crate) async fn endpoint(&self, service: &Service) -> String {
        self.settings().await.endpoint(&self.machine, service, &self.who.region)
    }

    /// Asks a service, and asks again if that may help.
    ///
    /// # Errors
    ///
    /// In the words of sops' SDK; none holds anything secret.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Answer, Failed> {
        self.ask(call).await?.map_err(|refused| Failed::Told(refused.told))
    }

    /// As [`call`](Self::call); what the service refuses is told apart from all else.
    ///
    /// # Errors
    ///
    /// The outer one is as there: nobody could be asked.
    pub(crate) async fn ask(&self, call: &Call<'_>) -> Result<Result<Answer, Refused>, Failed> {
        let credentials = self.credentials(call).await?;
        let (mut answer, mut refusal) = self.send(call, &credentials).await?;
        if refusal.is_some() && self.set_clock(&answer) {
            (answer, refusal) = self.send(call, &credentials).await?;
        }
        let Some(refusal) = refusal else { return Ok(Ok(answer)) };
        if refusal.has_expired() {
            *self.found.lock().await = None;
        }
        let mut secrets = call.secrets.to_vec();
        secrets.push(credentials.secret_access_key());
        secrets.extend(credentials.session_token());
        let told = refused(call.service, call.operation, &answer, &refusal, &secrets);
        Ok(Err(Refused { code: refusal.code, told }))
    }

    async fn settings(&self) -> &Settings {
        let Who { region, profile, .. } = &self.who;
        self.settings.get_or_init(|| Settings::read(&self.machine, &self.client, region, profile)).await
    }

    /// Who asks. Others that need the same wait for it.
    async fn credentials(&self, call: &Call<'_>) -> Result<Credentials, Failed> {
        let mut found = self.found.lock().await;
        match &*found {
            Some((_, Ok(credentials))) if is_good(credentials) => return Ok(credentials.clone()),
            Some((when, Err(failed))) if when.elapsed() < REMEMBERED => return Err(failed.clone()),
            _ => {}
        }
        let result = match &self.base {
            Some(base) => Box::pin(role::assume(base, &self.who.role)).await,
            None => self.own_credentials().await.map_err(|none| self.none(none, call)),
        };
        *found = Some((Instant::now(), result.clone()));
        result
    }

    async fn own_credentials(&self) -> Result<Credentials, NoCredentials> {
        let Who { region, profile, .. } = &self.who;
        let variant = self.settings().await.variant;
        let search = credentials::find(&self.machine, &self.client, region, variant, profile);
        tokio::time::timeout(self.pace.limit, search).await.unwrap_or_else(|_| {
            Err(format!("no credentials within {} seconds", self.pace.limit.as_secs_f64()).into())
        })
    }

    fn none(&self, NoCredentials { reason, looked_in }: NoCredentials, call: &Call<'_>) -> Failed {
        let reason = match reason.starts_with("could not load AWS config") {
            true => reason,
            false => format!(
                "operation error {}: {}, get identity: get credentials: {reason}",
                call.service.name, call.operation
            ),
        };
        match looked_in.is_empty() {
            true => Failed::Told(reason),
            false => Failed::NoCredentials { reason, looked_in },
        }
    }

    /// An answer, and what it says if it is an error.
    async fn send(
        &self,
        call: &Call<'_>,
        credentials: &Credentials,
    ) -> Result<(Answer, Option<Refusal>), Failed> {
        let retries = match call.insistence {
            Insistence::Usual => self.settings().await.retries,
            #[cfg(feature = "publish")]
            Insistence::None => 0,
        };
        let limit = self.pace.limit + Duration::from_secs((call.body.len() / SLOWEST) as u64);
        let patience = Patience { deadline: Instant::now() + limit, retries, pause: self.pace.pause };
        let what = |reason: &str| {
            Failed::Told(format!("operation error {}: {}, {reason}", call.service.name, call.operation))
        };
        let outcome = http::repeat(&self.client, patience, passes, || self.signed(call, credentials)).await;
        let method = capitalized(&call.method);
        let lost = |reason: &str| what(&format!("request send failed, {method} \"{}\": {reason}", call.url));
        match outcome.map_err(|reason| what(&reason))? {
            Ok(answer) if (200..300).contains(&answer.status) => Ok((answer, None)),
            Ok(answer) => {
                let refusal = Refusal::read(&answer);
                Ok((answer, Some(refusal)))
            }
            Err(error) if error.kind == NoAnswerKind::TimedOut => {
                Err(lost(&format!("no answer within {} seconds", limit.as_secs_f64())))
            }
            Err(error) => Err(lost(&error.reason)),
        }
    }

    /// The request as it is sent now.
    fn signed(&self, call: &Call<'_>, credentials: &Credentials) -> Result<reqwest::RequestBuilder, String> {
        let url: reqwest::Url = call.url.parse().map_err(|_| format!("\"{}\" is no URL", call.url))?;
        // `a/../b` would become `b`: another object.
        let same = call.url.split_once("://").is_some_and(|(_, rest)| {
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            rest.find('/').is_some_and(|at| rest[at..] == format!("{}{query}", url.path()))
        });
        if !same || !matches!(url.scheme(), "http" | "https") {
            return Err(format!("\"{}\" is no address that can be asked for", call.url));
        }
        let mut settings = SigningSettings::default();
        if call.service.id == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let unsigned = |error: &dyn std::fmt::Display| format!("the request cannot be signed: {error}");
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.who.region)
            .name(call.service.id)
            .time(self.now())
            .settings(settings)
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let headers = call.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let body = SignableBody::Bytes(&call.body);
        let request = SignableRequest::new(call.method.as_str(), url.as_str(), headers, body)
            .map_err(|error| unsigned(&error))?;
        let (instructions, _) = sign(request, &params).map_err(|error| unsigned(&error))?.into_parts();
        let mut request = self.client.request(call.method.clone(), url);
        request = request.header("user-agent", USER_AGENT).body(call.body.to_vec());
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        for (name, value) in instructions.headers() {
            let mut value = reqwest::header::HeaderValue::from_str(value)
                .map_err(|_| "the credentials cannot be sent".to_owned())?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        Ok(request)
    }

    /// The time of the services.
    fn now(&self) -> SystemTime {
        let skew = self.skew.load(Ordering::Relaxed);
        let by = Duration::from_secs(skew.unsigned_abs());
        let now = SystemTime::now();
        let then = if skew < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        then.unwrap_or(now)
    }

    /// After a refusal: whether our clock was so wrong that the signature was none, and has been set.
    fn set_clock(&self, answer: &Answer) -> bool {
        let date = answer.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let Some(date) = date.filter(|_| matches!(answer.status, 400 | 401 | 403)) else { return false };
        let skew = date.timestamp().as_second() - jiff::Timestamp::now().as_second();
        let wrong = (skew - self.skew.load(Ordering::Relaxed)).abs() > SKEW;
        if wrong {
            self.skew.store(skew, Ordering::Relaxed);
        }
        wrong
    }
}

fn is_good(credentials: &Credentials) -> bool {
    credentials.expiry().is_none_or(|expiry| expiry > SystemTime::now() + EARLY)
}

/// `Post`, as the SDK writes a method.
fn capitalized(method: &Method) -> String {
    let method = method.as_str();
    let (first, rest) = method.split_at(1.min(method.len()));
    format!("{first}{}", rest.to_ascii_lowercase())
}
