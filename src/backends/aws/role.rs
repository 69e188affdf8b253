//! Another role than one's own, for an hour (keys §5.4).

use std::time::SystemTime;

use aws_credential_types::Credentials;
use reqwest::Method;

use super::account::{Account, Call, Failed, Insistence};
use super::answer::element;
use super::endpoint::Service;
use crate::backends::http::shown;

/// How long the name of a session may be.
const LONGEST: usize = 64;

/// Takes on the role with the account's own credentials.
pub(super) async fn assume(account: &Account, role: &str) -> Result<Credentials, Failed> {
    let failed = |reason: &str| format!("failed to assume role '{}': {reason}", shown(role, &[]));
    let host = crate::os::host_name()
        .map_err(|error| Failed::Told(format!("failed to construct STS session name: {error}")))?;
    let form = reqwest::Url::parse("form:");
    let mut form = form.map_err(|error| Failed::Told(failed(&error.to_string())))?;
    form.query_pairs_mut()
        .append_pair("Action", "AssumeRole")
        .append_pair("RoleArn", role)
        .append_pair("RoleSessionName", &session_name(&host.to_string_lossy()))
        .append_pair("Version", "2011-06-15");
    let url = account.endpoint(&Service::STS).await;
    let call = Call {
        service: &Service::STS,
        operation: "AssumeRole",
        method: Method::POST,
        url: format!("{url}/"),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: form.query().unwrap_or_default().as_bytes().to_vec().into(),
        secrets: &[],
        insistence: Insistence::Usual,
    };
    let answer = account.call(&call).await.map_err(|error| match error {
        Failed::Told(reason) => Failed::Told(failed(&reason)),
        Failed::NoCredentials { reason, looked_in } => {
            Failed::NoCredentials { reason: failed(&reason), looked_in }
        }
    })?;
    let body = String::from_utf8_lossy(&answer.body);
    let text = |name| element(&body, name).filter(|text| !text.is_empty());
    match (text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken")) {
        (Some(id), Some(secret), Some(token)) => {
            let expires = text("Expiration").and_then(|time| time.parse::<jiff::Timestamp>().ok());
            let expires = expires.map(SystemTime::from);
            Ok(Credentials::new(id, secret, Some(token), expires, "role"))
        }
        _ => Err(Failed::Told(failed("the answer has no credentials"))),
    }
}

/// `sops@HOST`, as sops makes it.
///
/// # Compatibility
///
/// What sops keeps of the host's name is `[a-zA-Z0-9=,.@-_]`, and `@-_` is a range there: a hyphen goes.
/// Conditions on the session's name in people's policies know it that way.
fn session_name(host: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '=' | ',' | '.' | '@'..='_');
    let mut name: String = "sops@".chars().chain(host.chars().filter(kept)).collect();
    name.truncate(LONGEST);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen with sops 3.13.2.
    #[test]
    fn session_names() {
        assert_eq!(session_name("my-host.ex_am"), "sops@myhost.ex_am");
        assert_eq!(session_name(&"h".repeat(99)).len(), 64);
    }
}
