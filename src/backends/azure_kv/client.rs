//! One request to an Azure service, with repetitions as Azure's SDK makes them, and an end to them.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::backends::http::{self, Answer, NoAnswer, NoAnswerKind, Patience};
use crate::backends::network::Network;

/// How often a failed request is repeated, as in the SDK.
const RETRIES: u32 = 3;

/// Sends requests; one for a run.
pub(super) struct Client {
    pub(super) network: Network,
    /// How long a request may take, its repetitions counted in.
    pub(super) limit: Duration,
    /// How long the first repetition waits.
    pub(super) pause: Duration,
}

/// A request, complete.
pub(super) struct Call<'a> {
    pub(super) method: reqwest::Method,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a Zeroizing<Vec<u8>>>,
    /// Which status may be another the next time.
    pub(super) passes: fn(u16) -> bool,
}

impl Client {
    /// The answer, whatever its status.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn ask(&self, call: &Call<'_>) -> Result<Answer, String> {
        self.ask_within(call, self.limit, RETRIES).map_err(|error| match error.kind {
            NoAnswerKind::TimedOut => format!("no answer within {} seconds", self.limit.as_secs_f64()),
            _ => error.reason,
        })
    }

    /// As [`ask`](Self::ask), with another limit and number of repetitions.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub(super) fn ask_within(
        &self,
        call: &Call<'_>,
        limit: Duration,
        retries: u32,
    ) -> Result<Answer, NoAnswer> {
        let broken = |reason: String| NoAnswer { reason, kind: NoAnswerKind::Broken };
        let http = self.network.http().map_err(|error| broken(error.to_string()))?;
        let request = || {
            let mut request = http.request(call.method.clone(), call.url);
            for (name, value) in call.headers {
                let mut value = reqwest::header::HeaderValue::from_str(value)
                    .map_err(|_| broken(format!("the header {name} cannot be sent")))?;
                value.set_sensitive(*name == "authorization");
                request = request.header(*name, value);
            }
            // A POST without a body says so.
            request = match call.body {
                Some(body) => request.body(body.to_vec()),
                None if call.method == reqwest::Method::POST => request.header("content-length", "0"),
                None => request,
            };
            Ok(request)
        };
        let deadline = Instant::now() + limit;
        let patience = Patience { deadline, retries, pause: self.pause };
        let outcome =
            self.network.block_on(http::repeat(patience, |answer| (call.passes)(answer.status), request));
        outcome.map_err(|error| broken(error.to_string()))??
    }
}

/// The status that Azure's SDK repeats a request for.
pub(super) fn passes(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// What a service calls itself, in all requests.
pub(super) const USER_AGENT: (&str, &str) = ("user-agent", concat!("resops/", env!("CARGO_PKG_VERSION")));
