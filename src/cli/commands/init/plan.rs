//! The text of a first `.sops.yaml`.

use resops::keys::{KeyKind, KmsOptions, MasterKey};

use crate::cli::error::Failure;

/// Who can open the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recipient {
    /// The field of a rule.
    field: &'static str,
    pub(super) text: String,
}

/// Reads a recipient by its form.
///
/// # Errors
///
/// Exit 1 if it is none.
pub(super) fn recipient(text: &str) -> Result<Recipient, Failure> {
    let text = text.trim();
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if matches!(plain.len(), 40 | 64) && plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Recipient { field: "pgp", text: plain.to_ascii_uppercase() });
    }
    let keys = MasterKey::from_list(KeyKind::Age, text, &KmsOptions::default());
    match keys.as_deref() {
        Ok([MasterKey::Age { recipient }]) => Ok(Recipient { field: "age", text: recipient.clone() }),
        Ok(_) => Err(Failure::generic(format!("--recipient {text}: give one at a time"))),
        Err(error) => Err(Failure::generic(format!("--recipient: {error}"))
            .hint("a recipient is age1…, ssh-ed25519 …, or a PGP fingerprint of 40 digits; other keys go into .sops.yaml by hand")),
    }
}

/// What is written.
pub(super) struct Rules {
    /// A name, and whose recipient it is for.
    pub(super) name: Option<(String, String)>,
    pub(super) path_regex: String,
    pub(super) encrypted_regex: Option<String>,
    pub(super) recipients: Vec<Recipient>,
}

impl Rules {
    pub(super) fn text(&self) -> String {
        let mut out = String::from(
            "# Which files sops encrypts, and who can open them. The first rule whose path_regex is found in\n\
             # the path of a file, below this folder, decides. `sops config check` and `sops config explain FILE`\n\
             # tell what it means; after a change here, `sops updatekeys FILE` brings files in line.\n",
        );
        if let Some((name, recipient)) = &self.name {
            out.push_str(&format!("names:\n  {}: {recipient}\n", scalar(name)));
        }
        out.push_str(&format!("creation_rules:\n  - path_regex: {}\n", quoted(&self.path_regex)));
        if let Some(regex) = &self.encrypted_regex {
            out.push_str(&format!("    encrypted_regex: {}\n", quoted(regex)));
        }
        for field in ["age", "pgp"] {
            let mut keys = self.recipients.iter().filter(|recipient| recipient.field == field).peekable();
            if keys.peek().is_some() {
                out.push_str(&format!("    {field}:\n"));
            }
            keys.for_each(|key| out.push_str(&format!("      - {}\n", scalar(&key.text))));
        }
        out
    }
}

/// A text that may be any, in single quotes.
fn quoted(text: &str) -> String {
    // Single quotes hold no line breaks and no control characters.
    if text.chars().any(char::is_control) {
        let escape = |c: char| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04x}", c as u32),
            c => c.to_string(),
        };
        return format!("\"{}\"", text.chars().map(escape).collect::<String>());
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A text, in quotes if it could be taken for something else.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let plain = letters
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use resops::policy::Config;

    use super::{Rules, recipient};

    const AGE: &str = "age1gghtsm9pq24x4efnkmgnv9auwvy46lpzkpr3g5qzr6w0hya22ads8jp5jg";

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        for (name, regex) in [("alice", "^secrets/"), ("O'Brien: x", "it's \\.yaml$"), ("true", "a\tb\"\\.")]
        {
            let rules = Rules {
                name: Some((name.to_owned(), AGE.to_owned())),
                path_regex: regex.to_owned(),
                encrypted_regex: Some("^(a|'b')$".to_owned()),
                recipients: vec![
                    recipient(AGE).expect("a recipient"),
                    recipient("0000 1111 2222 3333 4444 5555 6666 7777 8888 9999").expect("a fingerprint"),
                ],
            };
            let (config, warnings) =
                Config::parse(rules.text().as_bytes(), ".sops.yaml").expect("a configuration");
            assert_eq!(config.review(&warnings), [], "{}", rules.text());
            assert_eq!(config.names.of(AGE), Some(name));
            let rule = &config.creation_rules.as_deref().expect("rules")[0];
            assert_eq!(
                (rule.path_regex.as_str(), rule.selection.encrypted_regex.as_str()),
                (regex, "^(a|'b')$")
            );
            assert_eq!(rule.groups().expect("keys")[0].0.len(), 2);
        }
    }

    #[test]
    fn what_is_no_recipient_is_refused() {
        for text in ["", "bob", "age1bad", "a@example.org", &format!("{AGE},{AGE}")] {
            assert!(recipient(text).is_err(), "{text}");
        }
    }
}
