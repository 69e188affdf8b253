//! One request to a service that speaks JSON over HTTP, and what its refusals say.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use super::{Authorization, Pace};
use crate::backends::http::{self, Answer, NoAnswerKind, Patience};
use crate::backends::network::Network;

/// How often a failed request is repeated.
const RETRIES: u32 = 2;
const USER_AGENT: &str = concat!("resops/", env!("CARGO_PKG_VERSION"));
/// A line that is slower than this, in bytes a second, is not waited for.
const SLOWEST: u64 = 64 * 1024;

/// A request, complete but for who asks.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    /// What the body is, and the body.
    pub(crate) body: Option<(&'a str, &'a [u8])>,
}

impl Request<'_> {
    /// Sends it, and again if that may help. Whoever asks an emulator is nobody.
    ///
    /// # Errors
    ///
    /// Why there is no answer; any answer is one, whatever its status.
    pub(crate) fn send(
        &self,
        network: &Network,
        authorization: Option<&Authorization>,
        pace: Pace,
    ) -> Result<Answer, String> {
        let http = network.http().map_err(|error| error.to_string())?;
        let request = || {
            let mut request = http.request(self.method.clone(), self.url).header("user-agent", USER_AGENT);
            if let Some((kind, body)) = self.body {
                request = request.header("content-type", kind).body(body.to_vec());
            }
            if let Some(authorization) = authorization {
                request = authorization.on(request);
            }
            Ok::<_, std::convert::Infallible>(request)
        };
        let size = self.body.map_or(0, |(_, body)| body.len() as u64);
        let limit = pace.limit + Duration::from_secs(size / SLOWEST);
        let patience = Patience { deadline: Instant::now() + limit, retries: RETRIES, pause: pace.pause };
        let passes = |answer: &Answer| matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504);
        let outcome = network.block_on(http::repeat(http, patience, passes, request));
        let Ok(outcome) = outcome.map_err(|error| error.to_string())?;
        outcome.map_err(|lost| match lost.kind {
            NoAnswerKind::TimedOut => format!("no answer within {} seconds", limit.as_secs_f64()),
            _ => lost.reason,
        })
    }
}

/// An error as Google's library prints it.
pub(crate) fn refused(answer: &Answer) -> String {
    let value = answer.json().unwrap_or_default();
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    match text("/error/message") {
        Some(message) => {
            let reason = text("/error/errors/0/reason").map(|reason| format!(", {reason}"));
            format!("googleapi: Error {}: {message}{}", answer.status, reason.unwrap_or_default())
        }
        None => {
            let body = String::from_utf8_lossy(&answer.body);
            format!("googleapi: got HTTP response code {} with body: {}", answer.status, body.trim_end())
        }
    }
}
