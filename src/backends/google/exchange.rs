//! How an account gets a token: what is asked of whom (keys §6, RFC 6749 §6, RFC 7523, RFC 8693).

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::credentials::{External, GOOGLE, Kind, secret, text};
use super::jwt::{self, Claims};
use super::metadata;
use super::{Pace, Token, now};
use crate::backends::http::{self, Answer, NoAnswerKind, Patience, shown};
use crate::backends::network::Network;

/// Where users' refresh tokens are taken. The file's own `token_uri` does not count, as in Google's
/// library for Go.
const USERS: &str = "https://oauth2.googleapis.com/token";
/// What an account needs to speak for another.
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How often a failed request is repeated.
const RETRIES: u32 = 2;
/// Clocks differ: a token for the token service is dated back by so many seconds.
const SKEW: i64 = 10;
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A request for something that is not yet authorized.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Zeroizing<Vec<u8>>,
    /// What must not be shown of what comes back.
    pub(super) secrets: &'a [&'a str],
}

/// Asks for tokens.
pub(super) struct Asking<'a> {
    pub(super) network: &'a Network,
    pub(super) pace: Pace,
    /// For servers that are asked without a proxy.
    pub(super) direct: &'a dyn Fn() -> Result<&'a reqwest::Client, String>,
    pub(super) metadata_host: &'a str,
    /// A service account signs its own tokens instead of asking for them.
    pub(super) self_signed: bool,
    /// The domain of the cloud that the account belongs to.
    pub(super) universe: &'a str,
}

impl Asking<'_> {
    /// A token for these scopes. The depth of accounts behind accounts is that of the JSON they
    /// came in.
    pub(super) fn token(&self, kind: &Kind, scopes: &[&str]) -> Result<Token, String> {
        match kind {
            Kind::Token(token) => Ok(Token { value: token.clone(), until: None }),
            Kind::ServiceAccount { email, key_id, key, token_url } => {
                let scope = scopes.join(" ");
                // Other universes have no service that exchanges tokens.
                if self.self_signed || self.universe != GOOGLE {
                    let from = now();
                    let claims =
                        Claims { issuer: email, subject: Some(email), scope: &scope, audience: "", from };
                    let value =
                        jwt::signed(&claims, key_id, key).map_err(|why| format!("credentials: {why}"))?;
                    return Ok(Token { value, until: Some(from + jwt::LIFETIME) });
                }
                let claims = Claims {
                    issuer: email,
                    subject: None,
                    scope: &scope,
                    audience: token_url,
                    from: now() - SKEW,
                };
                let assertion = jwt::signed(&claims, key_id, key)?;
                let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
                let form = form(&[("assertion", &assertion), ("grant_type", grant)]);
                self.oauth(token_url, &[FORM], form, &[&assertion])
            }
            Kind::User { client_id, client_secret, refresh_token } => {
                let form = form(&[
                    ("client_id", client_id),
                    ("client_secret", client_secret),
                    ("grant_type", "refresh_token"),
                    ("refresh_token", refresh_token),
                ]);
                self.oauth(USERS, &[FORM], form, &[client_secret, refresh_token])
            }
            Kind::ExternalUser { client_id, client_secret, refresh_token, token_url } => {
                let form = form(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]);
                let basic = basic(client_id, client_secret);
                let headers = [FORM, ("authorization", basic.as_str())];
                self.oauth(token_url, &headers, form, &[client_secret, refresh_token, &basic])
            }
            Kind::External(external) => self.external(external, scopes),
            Kind::Impersonated { url, delegates, lifetime, source } => {
                let source = self.token(source, &[CLOUD_PLATFORM])?;
                self.impersonated(url, delegates, *lifetime, &source, scopes)
            }
            Kind::Metadata => {
                let url = metadata::token_url(self.metadata_host, scopes);
                let call = Call {
                    method: Method::GET,
                    url: &url,
                    headers: &[metadata::FLAVOR],
                    body: Zeroizing::default(),
                    secrets: &[],
                };
                let answer = self.send(&call, (self.direct)()?);
                let answer = answer.map_err(|why| format!("credentials: cannot fetch token: {why}"))?;
                good(&answer, &[]).map_err(|why| format!("credentials: cannot fetch token: {why}"))?;
                granted(&answer)
            }
        }
    }

    /// Gives the token of another provider for one of the cloud's.
    fn external(&self, external: &External, scopes: &[&str]) -> Result<Token, String> {
        let subject = external.subject.token(self)?;
        let scope = scopes.join(" ");
        let options = external.user_project.as_ref().filter(|_| external.client_id.is_empty());
        let options = options.map(|project| json!({ "userProject": project }).to_string());
        let mut fields = vec![
            ("audience", external.audience.as_str()),
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("scope", &scope),
            ("subject_token", &subject),
            ("subject_token_type", &external.subject_type),
        ];
        if let Some(options) = &options {
            fields.push(("options", options));
        }
        let basic = basic(&external.client_id, &external.client_secret);
        let mut headers = vec![FORM];
        if !external.client_id.is_empty() && !external.client_secret.is_empty() {
            headers.push(("authorization", &basic));
        }
        self.oauth(&external.token_url, &headers, form(&fields), &[&subject, &external.client_secret, &basic])
    }

    /// A token of a service account for which the account of `source` may speak.
    fn impersonated(
        &self,
        url: &str,
        delegates: &[String],
        lifetime: u64,
        source: &Token,
        scopes: &[&str],
    ) -> Result<Token, String> {
        let mut body = json!({ "lifetime": format!("{lifetime}s"), "scope": scopes });
        if !delegates.is_empty() {
            body["delegates"] = delegates.into();
        }
        let bearer = Zeroizing::new(format!("Bearer {}", *source.value));
        let call = Call {
            method: Method::POST,
            url,
            headers: &[("content-type", "application/json"), ("authorization", &bearer)],
            body: body.to_string().into_bytes().into(),
            secrets: &[&source.value],
        };
        let answer = self.ask(&call)?;
        let broken = || "credentials: unable to parse response".to_owned();
        let mut answer = answer.json().ok_or_else(broken)?;
        let until = text(&mut answer, "expireTime").ok_or_else(broken)?;
        let until: jiff::Timestamp =
            until.parse().map_err(|_| "credentials: unable to parse expiry".to_owned())?;
        let value = secret(&mut answer, "accessToken").ok_or_else(broken)?;
        Ok(Token { value, until: Some(until.as_second()) })
    }

    /// A request to a service that gives tokens as RFC 6749 says.
    fn oauth(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        form: Zeroizing<Vec<u8>>,
        secrets: &[&str],
    ) -> Result<Token, String> {
        granted(&self.ask(&Call { method: Method::POST, url, headers, body: form, secrets })?)
    }

    /// The answer to a request that succeeded.
    ///
    /// # Errors
    ///
    /// What the service says if it did not, without secrets.
    pub(super) fn ask(&self, call: &Call<'_>) -> Result<Answer, String> {
        let http = self.network.http().map_err(|error| error.to_string())?;
        let answer = self.send(call, http).map_err(|why| format!("auth: cannot fetch token: {why}"))?;
        good(&answer, call.secrets)?;
        Ok(answer)
    }

    fn send(&self, call: &Call<'_>, http: &reqwest::Client) -> Result<Answer, String> {
        let address = without_query(call.url);
        if reqwest::Url::parse(call.url).is_err() {
            return Err(format!("{address:?} is no URL"));
        }
        let request = || {
            let mut request = http.request(call.method.clone(), call.url).body(call.body.to_vec());
            for (name, value) in call.headers {
                request = request.header(*name, *value);
            }
            Ok::<_, std::convert::Infallible>(request)
        };
        let patience =
            Patience { deadline: Instant::now() + self.pace.limit, retries: RETRIES, pause: self.pace.pause };
        let passes = |answer: &Answer| matches!(answer.status, 429 | 500 | 502 | 503 | 504);
        let outcome = self.network.block_on(http::repeat(patience, passes, request));
        let Ok(outcome) = outcome.map_err(|error| error.to_string())?;
        outcome.map_err(|error| match error.kind {
            NoAnswerKind::TimedOut => format!(
                "{} \"{address}\": no answer within {} seconds",
                call.method,
                self.pace.limit.as_secs_f64()
            ),
            _ => format!("{} \"{address}\": {}", call.method, error.reason),
        })
    }
}

/// The token of a successful answer.
fn granted(answer: &Answer) -> Result<Token, String> {
    let broken = |what: &str| format!("auth: {what}");
    let mut answer =
        answer.json().ok_or_else(|| broken("the token's answer is no JSON, or not all of it came"))?;
    let value =
        secret(&mut answer, "access_token").ok_or_else(|| broken("server response missing access_token"))?;
    let lifetime = answer.get("expires_in").and_then(Value::as_i64);
    Ok(Token { value, until: lifetime.map(|seconds| now().saturating_add(seconds)) })
}

/// Whether an answer is one of success; if not, what it says, in the words of Google's library.
fn good(answer: &Answer, secrets: &[&str]) -> Result<(), String> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    let mut said = answer.json().unwrap_or_default();
    if let Some(code) = text(&mut said, "error") {
        let quoted = |text: &str| format!("{:?}", shown(text, secrets));
        let more = text(&mut said, "error_description").map(|text| format!(" {}", quoted(&text)));
        return Err(format!("auth: {}{}", quoted(&code), more.unwrap_or_default()));
    }
    let body = String::from_utf8_lossy(&answer.body);
    Err(format!("auth: cannot fetch token: {}\nResponse: {}", answer.status, shown(body.trim_end(), secrets)))
}

/// Fields of a form, escaped.
fn form(fields: &[(&str, &str)]) -> Zeroizing<Vec<u8>> {
    let room = fields.iter().map(|(name, value)| name.len() + 2 + 3 * value.len()).sum();
    let mut form = Zeroizing::new(String::with_capacity(room));
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        super::escape(value, &mut form);
    }
    Zeroizing::new(std::mem::take(&mut *form).into_bytes())
}

fn basic(name: &str, password: &str) -> Zeroizing<String> {
    let both = Zeroizing::new(format!("{name}:{password}"));
    Zeroizing::new(format!("Basic {}", base64_simd::STANDARD.encode_to_string(both.as_bytes())))
}

fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped() {
        assert_eq!(form(&[("a", "x y/ä+~"), ("b", "")])[..], *b"a=x+y%2F%C3%A4%2B~&b=");
    }
}
