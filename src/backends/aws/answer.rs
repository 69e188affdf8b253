//! What AWS' answers mean, and the words of sops' SDK for those that are of no use (keys §5.4).

use super::endpoint::Service;
use crate::backends::http::{Answer, shown};

/// Errors that KMS' model names: the SDK prints them without `api error`.
const NAMED: &[&str] = &[
    "DependencyTimeoutException",
    "DisabledException",
    "DryRunOperationException",
    "IncorrectKeyException",
    "InvalidCiphertextException",
    "InvalidGrantTokenException",
    "InvalidKeyUsageException",
    "KeyUnavailableException",
    "KMSInternalException",
    "KMSInvalidStateException",
    "NotFoundException",
];

/// Errors that may be gone the next time, whatever their status.
const PASSING: &[&str] = &[
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Errors that a new set of credentials may end.
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/// What an answer says that is an error.
pub(super) struct Refusal {
    pub(super) code: String,
    message: String,
}

impl Refusal {
    /// Reads JSON or XML; what an answer has of neither is left empty.
    pub(super) fn read(answer: &Answer) -> Self {
        if let Some(value) = answer.json() {
            let text = |names: &[&str]| {
                let found = names.iter().find_map(|name| value.get(*name)?.as_str());
                found.unwrap_or_default().to_owned()
            };
            let mut code = answer.header("x-amzn-errortype").unwrap_or_default().to_owned();
            if code.is_empty() {
                code = text(&["__type", "code"]);
            }
            // `com.amazonaws.kms#NotFoundException:http://…`
            let code = code.split(':').next().unwrap_or_default().rsplit('#').next().unwrap_or_default();
            return Self { code: code.to_owned(), message: text(&["message", "Message"]) };
        }
        let body = String::from_utf8_lossy(&answer.body);
        let text = |name| element(&body, name).unwrap_or_default();
        Self { code: text("Code"), message: text("Message") }
    }

    pub(super) fn has_expired(&self) -> bool {
        EXPIRED.contains(&self.code.as_str())
    }
}

/// Whether an answer may be another the next time.
pub(super) fn passes(answer: &Answer) -> bool {
    matches!(answer.status, 429 | 500 | 502 | 503 | 504)
        || (answer.status >= 400 && PASSING.contains(&Refusal::read(answer).code.as_str()))
}

/// An answer that is an error, in the SDK's words.
pub(super) fn refused(
    service: &Service,
    operation: &str,
    answer: &Answer,
    refusal: &Refusal,
    secrets: &[&str],
) -> String {
    let header = |name| shown(answer.header(name).unwrap_or_default(), secrets);
    let request = match header("x-amzn-requestid") {
        id if id.is_empty() => header("x-amz-request-id"),
        id => id,
    };
    let host = match service.name {
        "S3" => format!(", HostID: {}", header("x-amz-id-2")),
        _ => String::new(),
    };
    let Refusal { code, message } = refusal;
    let told = match code.as_str() {
        "" if answer.body.is_empty() => "no reason given".to_owned(),
        "" => String::from_utf8_lossy(&answer.body).into_owned(),
        code if service.name == "KMS" && NAMED.contains(&code) => format!("{code}: {message}"),
        code => format!("api error {code}: {message}"),
    };
    format!(
        "operation error {}: {operation}, https response error StatusCode: {}, RequestID: {request}{host}, {}",
        service.name,
        answer.status,
        shown(&told, secrets)
    )
}

/// The text of the first element of that name, if it holds nothing but text.
pub(super) fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    if text.contains('<') {
        return None;
    }
    // `&amp;` last: what it makes is no entity.
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    Some(entities.iter().fold(text.trim().to_owned(), |text, (from, to)| text.replace(from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements() {
        let xml = "<Error><Code>A</Code><Message>a &amp;lt; &quot;b&quot;</Message><Empty></Empty></Error>";
        assert_eq!(element(xml, "Code").as_deref(), Some("A"));
        assert_eq!(element(xml, "Message").as_deref(), Some("a &lt; \"b\""));
        assert_eq!(element(xml, "Empty").as_deref(), Some(""));
        assert_eq!(element(xml, "Error"), None);
        assert_eq!(element("<Code>cut", "Code"), None);
    }
}
