//! What the backends have in common that speak JSON over HTTP: an answer of bounded size, and what
//! may be said of one, and of none.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use zeroize::Zeroizing;

use super::network::Client;

/// The largest answer that is read, in bytes. A wrapped data key has a few hundred.
const LARGEST: usize = 1 << 20;
/// How much of an answer's text is shown, in characters.
const SHOWN: usize = 2000;
/// What hyper says of a connection without TLS, said of one with it.
const CLOSED: &str = "connection closed before message completed";
/// A shorter word is no secret but may stand in any text.
const SHORTEST_SECRET: usize = 4;

/// An answer, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// What came behind the body: how a gRPC call ended.
    #[cfg_attr(not(feature = "gcp"), allow(dead_code))]
    pub(crate) trailers: reqwest::header::HeaderMap,
}

impl Answer {
    /// A header, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoAnswer {
    /// Without the address.
    pub(crate) reason: String,
    pub(crate) kind: NoAnswerKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswerKind {
    /// The time that the request had is over.
    TimedOut,
    /// The server is not who it should be, or does not speak TLS: asking again changes nothing.
    Tls,
    /// No connection came about: nothing was sent.
    Connect,
    /// No key is that long.
    TooLong,
    /// Anything else on the way.
    Broken,
}

/// How long and how often somebody is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// When it ends, repetitions and all.
    pub(crate) deadline: Instant,
    /// How often a failed request is repeated.
    pub(crate) retries: u32,
    /// The shortest wait before the first repetition; twice that before the second, and so on.
    pub(crate) pause: Duration,
}

/// Asks until there is an answer that repeating would not change, or time or patience is over.
///
/// `passes` tells which answer may be another the next time; so may a connection that broke.
///
/// # Errors
///
/// The outer one is that of `request`; the inner one says why there is no answer.
pub(crate) async fn repeat<E>(
    client: &Client,
    patience: Patience,
    passes: impl Fn(&Answer) -> bool,
    request: impl Fn() -> Result<reqwest::RequestBuilder, E>,
) -> Result<Result<Answer, NoAnswer>, E> {
    let mut attempt = 0;
    loop {
        let left = patience.deadline.saturating_duration_since(Instant::now());
        let outcome = send(client, request()?.timeout(left)).await;
        let asked_for = match &outcome {
            Ok(answer) if passes(answer) => retry_after(answer),
            Err(NoAnswer { kind: NoAnswerKind::Connect | NoAnswerKind::Broken, .. }) => None,
            _ => return Ok(outcome),
        };
        attempt += 1;
        let pause = asked_for.unwrap_or_else(|| some_more(patience.pause).saturating_mul(attempt));
        let left = patience.deadline.saturating_duration_since(Instant::now());
        if attempt > patience.retries || pause >= left {
            return Ok(outcome);
        }
        tokio::time::sleep(pause).await;
    }
}

/// Up to half as much again, so that those who failed together do not come back together.
fn some_more(pause: Duration) -> Duration {
    let mut random = [0];
    let _ = getrandom::fill(&mut random);
    pause.mul_f64(1.0 + f64::from(random[0]) / 512.0)
}

/// What a busy server asks for.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let asked = answer.header("retry-after").filter(|_| matches!(answer.status, 429 | 503))?;
    asked.parse().ok().map(Duration::from_secs)
}

/// Sends a request and reads the whole answer.
pub(super) async fn send(client: &Client, request: reqwest::RequestBuilder) -> Result<Answer, NoAnswer> {
    let request = request.build().map_err(|error| no_answer(&error))?;
    let line = client.line(request.url());
    let response = line.send(request).await.map_err(|error| no_answer(&error))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut response = reqwest::Body::from(response);
    let mut body = Zeroizing::new(Vec::with_capacity(4096));
    let mut trailers = reqwest::header::HeaderMap::new();
    while let Some(frame) = response.frame().await {
        let chunk = match frame.map_err(|error| no_answer(&error))?.into_data() {
            Ok(chunk) => chunk,
            Err(frame) => {
                trailers.extend(frame.into_trailers().unwrap_or_default());
                continue;
            }
        };
        if body.len() + chunk.len() > LARGEST {
            let reason = format!("the answer has more than {LARGEST} bytes");
            return Err(NoAnswer { reason, kind: NoAnswerKind::TooLong });
        }
        body.extend_from_slice(&chunk);
    }
    drop(response);
    let _ = tokio::spawn(let_connection_return()).await;
    drop(line);
    Ok(Answer { status, headers, body, trailers })
}

/// Ends when the connection whose answer was just read is there for the next request: it comes back in
/// tasks of the runtime that are due before this one. Whoever asks again at once would open another, also
/// on a line of his own: `tests/aws/many.rs` counts two for one without this.
async fn let_connection_return() {
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
}

/// What happened, from the innermost cause; it knows no URL, so it tells nothing of one.
fn no_answer(error: &reqwest::Error) -> NoAnswer {
    let mut innermost: &(dyn Error + 'static) = error;
    let mut tls = false;
    while let Some(cause) = cause(innermost) {
        innermost = cause;
        tls |= cause.is::<rustls::Error>();
    }
    let kind = if error.is_timeout() {
        NoAnswerKind::TimedOut
    } else if tls {
        NoAnswerKind::Tls
    } else if error.is_connect() {
        NoAnswerKind::Connect
    } else {
        NoAnswerKind::Broken
    };
    let reason = match kind {
        NoAnswerKind::TimedOut => "no answer in time".to_owned(),
        _ => match innermost.downcast_ref::<reqwest::Error>() {
            Some(_) => "the request could not be sent".to_owned(),
            None => match innermost.to_string() {
                text if text.contains("close_notify") => CLOSED.to_owned(),
                text => plain(&text),
            },
        },
    };
    NoAnswer { reason, kind }
}

/// One level down; an I/O error hides what it holds from `source`.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    held.map(|held| held as &(dyn Error + 'static)).or_else(|| error.source())
}

/// An operating system's words in the middle of a sentence.
pub(super) fn plain(text: &str) -> String {
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// A part of a path, a query or a form, percent-encoded but for what no place treats specially.
#[cfg(any(feature = "azure", feature = "hckms", feature = "publish"))]
pub(crate) fn escaped(text: &str) -> String {
    use std::fmt::Write;

    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'~' | b'.' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// What a server said, fit to be shown: of bounded length, without control characters but line
/// breaks, and without any of `secrets`, should it send them back.
pub(crate) fn shown(text: &str, secrets: &[&str]) -> String {
    let mut text: String = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET) {
        text = text.replace(secret, "[redacted]");
    }
    let long = text.chars().nth(SHOWN).is_some();
    let kept = text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).take(SHOWN);
    kept.chain(long.then_some('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_said_is_made_harmless() {
        assert_eq!(shown("a\x1b[2Jb\n\tc", &[]), "a[2Jb\n\tc");
        assert_eq!(shown("token s.123 and data", &["s.123", "", "a"]), "token [redacted] and data");
        let long = shown(&"x".repeat(5000), &[]);
        assert_eq!((long.chars().count(), long.chars().last()), (SHOWN + 1, Some('…')));
    }

    #[test]
    fn an_operating_system_speaks_in_the_middle_of_a_sentence() {
        assert_eq!(plain("Connection refused (os error 111)"), "connection refused");
    }
}
