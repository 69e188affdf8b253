//! What Vault's answers mean, and sops' words for those that are of no use (keys §8.5).

use serde_json::Value;
use zeroize::Zeroizing;

use crate::backends::http::{Answer, shown};

/// The field of an answer's `data`, as text.
///
/// # Errors
///
/// The server's own words with everything in `secrets` taken out, or what the answer lacks.
pub(super) fn field(
    url: &str,
    answer: &Answer,
    field: &str,
    missing: &str,
    secrets: &[&str],
) -> Result<Zeroizing<String>, String> {
    if !(200..400).contains(&answer.status) {
        return Err(refused("PUT", url, answer, secrets));
    }
    if answer.body.is_empty() {
        return Err("transit backend is empty".to_owned());
    }
    let mut value = answer.json().ok_or_else(|| "the answer is no JSON, or not all of it came".to_owned())?;
    let Some(data) = value.get_mut("data").and_then(Value::as_object_mut) else {
        return Err("transit backend is empty".to_owned());
    };
    match data.get_mut(field).map(Value::take) {
        None => Err(missing.to_owned()),
        Some(Value::String(text)) if text.is_empty() => Err(missing.to_owned()),
        Some(Value::String(text)) => Ok(Zeroizing::new(text)),
        Some(_) => Err(format!("the answer's {field} is no text")),
    }
}

/// A status that is an error, in the words of Vault's client.
pub(crate) fn refused(method: &str, url: &str, answer: &Answer, secrets: &[&str]) -> String {
    let namespace = match answer.header("x-vault-namespace") {
        None | Some("" | "root/") => String::new(),
        Some(namespace) => format!("Namespace: {}\n", shown(namespace, secrets)),
    };
    let (what, text) = match errors(answer) {
        Some(errors) => {
            let lines: Vec<_> = errors.iter().map(|error| format!("* {error}")).collect();
            ("Errors", lines.join("\n"))
        }
        None => ("Raw Message", String::from_utf8_lossy(&answer.body).into_owned()),
    };
    let text = shown(&text, secrets);
    format!(
        "Error making API request.\n\n{namespace}URL: {method} {url}\nCode: {}. {what}:\n\n{text}",
        answer.status
    )
}

/// The `errors` of a JSON answer; nothing if it is no such answer.
fn errors(answer: &Answer) -> Option<Vec<String>> {
    let value = answer.json()?;
    match value.as_object()?.get("errors") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(list) => {
            let texts = list.as_array()?.iter().map(|text| text.as_str().map(str::to_owned));
            texts.collect()
        }
    }
}
