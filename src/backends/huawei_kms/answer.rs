//! What Huawei's services answer: a JSON object, or an error in one of their forms.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::backends::http::{Answer, shown};

/// The object of a successful answer.
///
/// # Errors
///
/// What the service says, as its own SDK prints it, with everything in `secrets` taken out.
pub(super) fn object(answer: &Answer, secrets: &[&str]) -> Result<Value, String> {
    if answer.status >= 400 {
        return Err(refused(answer, secrets));
    }
    let object = answer.json().filter(Value::is_object);
    object.ok_or_else(|| "the answer is no JSON, or not all of it came".to_owned())
}

/// Takes the text at a path out of an answer; nothing if there is none.
pub(super) fn take(answer: &mut Value, names: &[&str]) -> Option<Zeroizing<String>> {
    let field = names.iter().try_fold(answer, |value, name| value.get_mut(*name))?;
    match field.take() {
        Value::String(text) if !text.is_empty() => Some(Zeroizing::new(text)),
        _ => None,
    }
}

/// An error with the line end that sops prints behind it.
fn refused(answer: &Answer, secrets: &[&str]) -> String {
    let (mut code, mut message, mut encoded) = (String::new(), String::new(), String::new());
    // The fields are at the top or within an object of it, under any name.
    let value = answer.json().unwrap_or(Value::Null);
    let mut objects = vec![&value];
    while let Some(object) = objects.pop() {
        let Some(fields) = object.as_object() else { continue };
        let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(text) = text("encoded_authorization_message") {
            text.clone_into(&mut encoded);
        }
        let pairs = [("error_code", "error_msg"), ("code", "message")];
        let found = pairs.into_iter().find_map(|(code, message)| Some((text(code)?, text(message)?)));
        match found {
            Some((c, m)) => (code, message) = (c.to_owned(), m.to_owned()),
            None => objects.extend(fields.values()),
        }
    }
    if message.is_empty() {
        message = String::from_utf8_lossy(&answer.body).into_owned();
    }
    let quoted = |text: &str| Value::from(shown(text, secrets)).to_string();
    format!(
        "{{\"status_code\":{},\"request_id\":{},\"error_code\":{},\"error_message\":{},\"encoded_authorization_message\":{},\"details\":null}}\n",
        answer.status,
        quoted(answer.header("x-request-id").unwrap_or_default()),
        quoted(&code),
        quoted(&message),
        quoted(&encoded),
    )
}
