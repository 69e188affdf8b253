//! What an Azure service answers when it refuses, in the words of Azure's SDK (keys §7).

use serde_json::Value;

use crate::backends::http::{Answer, shown};

const RULER: &str = "--------------------------------------------------------------------------------";
/// In bytes; what is nested deeply would grow with every line.
const MORE_THAN_IS_SHOWN: usize = 64 << 10;

/// A refusal of Key Vault: the request, the status, the code and all that the service says.
pub(super) fn refused(request: &str, answer: &Answer, secrets: &[&str]) -> String {
    let code = match answer.header("x-ms-error-code").map(str::to_owned).or_else(|| code(answer)) {
        Some(code) => format!("ERROR CODE: {}", shown(&code, secrets)),
        None => "ERROR CODE UNAVAILABLE".to_owned(),
    };
    format!("{request}\n{RULER}\n{}\n{code}\n{RULER}\n{}\n{RULER}\n", status(answer), body(answer, secrets))
}

/// A refusal of who gives out tokens. `advice` names the section of Microsoft's help.
pub(super) fn not_authenticated(
    credential: &str,
    request: &str,
    answer: &Answer,
    secrets: &[&str],
    advice: &str,
) -> String {
    format!(
        "{credential} authentication failed. \n{request}\n{RULER}\n{}\n{RULER}\n{}\n{RULER}\nTo troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#{advice}",
        status(answer),
        body(answer, secrets)
    )
}

fn status(answer: &Answer) -> String {
    let status = answer.status;
    let reason = reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    format!("RESPONSE {status}: {status} {}", reason.unwrap_or_default())
}

fn body(answer: &Answer, secrets: &[&str]) -> String {
    if answer.body.is_empty() {
        return "Response contained no body".to_owned();
    }
    let text = String::from_utf8_lossy(&answer.body);
    let text = if answer.json().is_some() { indented(&text) } else { text.into_owned() };
    shown(&text, secrets)
}

/// The code of an error object, wrapped or not.
fn code(answer: &Answer) -> Option<String> {
    let value = answer.json()?;
    let object = match (value.get("error"), value.get("odata.error")) {
        (Some(wrapped), _) | (None, Some(wrapped)) => wrapped,
        (None, None) => &value,
    };
    object.get("code").and_then(Value::as_str).filter(|code| !code.is_empty()).map(str::to_owned)
}

/// JSON on lines of its own, two blanks a level; order, numbers and texts stay as they came.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut chars = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = chars.next().filter(|_| out.len() < MORE_THAN_IS_SHOWN) {
        if in_text {
            out.push(c);
            match c {
                '\\' => out.extend(chars.next()),
                '"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match c {
            ' ' | '\t' | '\r' | '\n' => {}
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                if let Some(end) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_text = c == '"';
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Go's `json.Indent` prints it.
    #[test]
    fn json_is_indented() {
        let json = r#"{"b":{"x":[],"y":{ }},"a":[1.50,"{\"}, ",null]}"#;
        let expected = "{\n  \"b\": {\n    \"x\": [],\n    \"y\": {}\n  },\n  \"a\": [\n    1.50,\n    \"{\\\"}, \",\n    null\n  ]\n}";
        assert_eq!(indented(json), expected);
    }
}
