//! The JSON files in which Google hands out credentials (keys §6), as its own library reads them.
//!
//! | `type` | what is in it |
//! |---|---|
//! | `service_account` | a private key |
//! | `authorized_user` | a refresh token, from `gcloud auth application-default login` |
//! | `impersonated_service_account` | other credentials, and whom they may speak for |
//! | `external_account` | where another cloud's token is to be found, and who takes it |
//! | `external_account_authorized_user` | a refresh token of a workforce pool |
//!
//! Not here: `gdch_service_account` (air-gapped installations), and of the external accounts those
//! that need AWS signatures, a program or a client certificate. Each says so.

use serde_json::Value;
use zeroize::Zeroizing;

use super::subject::Subject;

/// The domain of Google's own cloud; partners run others.
pub(crate) const GOOGLE: &str = "googleapis.com";

/// Who asks.
pub(super) struct Account {
    pub(super) kind: Kind,
    /// The domain of the cloud that knows the account; nothing if it may be any.
    pub(super) universe: Option<String>,
    /// The project that pays, if the file names one.
    pub(super) quota_project: Option<String>,
}

/// How an account gets its tokens.
pub(super) enum Kind {
    /// It has one.
    Token(Zeroizing<String>),
    ServiceAccount {
        email: String,
        key_id: String,
        key: Zeroizing<String>,
        token_url: String,
    },
    User {
        client_id: String,
        client_secret: Zeroizing<String>,
        refresh_token: Zeroizing<String>,
    },
    /// The same for users that another provider knows.
    ExternalUser {
        client_id: String,
        client_secret: Zeroizing<String>,
        refresh_token: Zeroizing<String>,
        token_url: String,
    },
    Impersonated {
        url: String,
        delegates: Vec<String>,
        /// In seconds.
        lifetime: u64,
        source: Box<Kind>,
    },
    External(Box<External>),
    /// The machine's own, from its metadata server.
    Metadata,
}

/// An account that another identity provider knows.
pub(super) struct External {
    pub(super) audience: String,
    pub(super) subject_type: String,
    pub(super) token_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: Zeroizing<String>,
    pub(super) user_project: Option<String>,
    pub(super) subject: Subject,
}

const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
/// How long an impersonated token lives unless the file says otherwise, in seconds.
const HOUR: u64 = 3600;

/// Reads a file of credentials.
///
/// # Errors
///
/// What it lacks. Nothing of its content but the type.
pub(super) fn read(json: &[u8]) -> Result<Account, String> {
    let mut file: Value = serde_json::from_slice(json)
        .map_err(|error| format!("not JSON (line {}, column {})", error.line(), error.column()))?;
    let universe = text(&mut file, "universe_domain").unwrap_or_else(|| GOOGLE.to_owned());
    let quota_project = text(&mut file, "quota_project_id");
    let kind = kind(&mut file, &universe)?;
    Ok(Account { kind, universe: Some(universe), quota_project })
}

/// The depth of credentials within credentials is bounded by that of the JSON that was read.
fn kind(file: &mut Value, universe: &str) -> Result<Kind, String> {
    let Some(name) = text(file, "type") else {
        return Err("credentials: unsupported unidentified file type".to_owned());
    };
    let missing = |field: &str| format!("credentials: {name} without \"{field}\"");
    match &*name {
        "service_account" => Ok(Kind::ServiceAccount {
            email: text(file, "client_email").ok_or_else(|| missing("client_email"))?,
            key_id: text(file, "private_key_id").unwrap_or_default(),
            key: secret(file, "private_key").ok_or_else(|| missing("private_key"))?,
            token_url: text(file, "token_uri").unwrap_or_else(|| TOKEN_URL.to_owned()),
        }),
        "authorized_user" => Ok(Kind::User {
            client_id: text(file, "client_id").unwrap_or_default(),
            client_secret: secret(file, "client_secret").unwrap_or_default(),
            refresh_token: secret(file, "refresh_token").ok_or_else(|| missing("refresh_token"))?,
        }),
        "external_account_authorized_user" => Ok(Kind::ExternalUser {
            client_id: text(file, "client_id").ok_or_else(|| missing("client_id"))?,
            client_secret: secret(file, "client_secret").ok_or_else(|| missing("client_secret"))?,
            refresh_token: secret(file, "refresh_token").ok_or_else(|| missing("refresh_token"))?,
            token_url: text(file, "token_url").ok_or_else(|| missing("token_url"))?,
        }),
        "impersonated_service_account" => {
            const URL: &str = "service_account_impersonation_url";
            let delegates = file.get("delegates").and_then(Value::as_array).into_iter().flatten();
            let delegates = delegates.filter_map(Value::as_str).map(str::to_owned).collect();
            let url = text(file, URL).ok_or_else(|| missing(URL))?;
            let source = file.get_mut("source_credentials").ok_or_else(|| missing("source_credentials"))?;
            let source = Box::new(kind(source, universe)?);
            Ok(Kind::Impersonated { url, delegates, lifetime: HOUR, source })
        }
        "external_account" => {
            let external = External {
                audience: text(file, "audience").ok_or_else(|| missing("audience"))?,
                subject_type: text(file, "subject_token_type")
                    .ok_or_else(|| missing("subject_token_type"))?,
                token_url: text(file, "token_url")
                    .unwrap_or_else(|| format!("https://sts.{universe}/v1/token")),
                client_id: text(file, "client_id").unwrap_or_default(),
                client_secret: secret(file, "client_secret").unwrap_or_default(),
                user_project: text(file, "workforce_pool_user_project"),
                subject: Subject::read(
                    file.get_mut("credential_source").ok_or_else(|| missing("credential_source"))?,
                )?,
            };
            let external = Kind::External(Box::new(external));
            let Some(url) = text(file, "service_account_impersonation_url") else { return Ok(external) };
            let lifetime = file.pointer("/service_account_impersonation/token_lifetime_seconds");
            let lifetime = lifetime.and_then(Value::as_u64).filter(|seconds| *seconds > 0).unwrap_or(HOUR);
            Ok(Kind::Impersonated { url, delegates: Vec::new(), lifetime, source: Box::new(external) })
        }
        // A type is a short word; what is longer is something else that got here.
        other if other.len() <= 64 => Err(format!("credentials: unsupported filetype {other:?}")),
        _ => Err("credentials: unsupported filetype".to_owned()),
    }
}

/// Takes a text that is not empty out of an object.
pub(super) fn text(object: &mut Value, name: &str) -> Option<String> {
    match object.get_mut(name)?.take() {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// As [`text`], for what is wiped.
pub(super) fn secret(object: &mut Value, name: &str) -> Option<Zeroizing<String>> {
    text(object, name).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        match read(json.as_bytes()) {
            Ok(_) => panic!("{json} is taken"),
            Err(reason) => reason,
        }
    }

    #[test]
    fn what_a_file_lacks() {
        assert_eq!(refused("{\"type\": "), "not JSON (line 1, column 9)");
        assert_eq!(refused("{}"), "credentials: unsupported unidentified file type");
        assert_eq!(refused("[]"), "credentials: unsupported unidentified file type");
        assert_eq!(
            refused(r#"{"type":"gdch_service_account"}"#),
            "credentials: unsupported filetype \"gdch_service_account\""
        );
        for (json, field) in [
            (r#"{"type":"service_account","client_email":"a"}"#, "private_key"),
            (r#"{"type":"authorized_user","refresh_token":""}"#, "refresh_token"),
            (r#"{"type":"impersonated_service_account"}"#, "service_account_impersonation_url"),
            (r#"{"type":"external_account","audience":"a","subject_token_type":"t"}"#, "credential_source"),
        ] {
            assert!(refused(json).ends_with(&format!("without \"{field}\"")), "{}", refused(json));
        }
    }

    #[test]
    fn impersonation_stands_around_what_it_needs() {
        let json = r#"{"type":"external_account","audience":"a","subject_token_type":"t","universe_domain":"x.example",
            "service_account_impersonation_url":"https://i","credential_source":{"file":"/t"},"quota_project_id":"q"}"#;
        let Ok(account) = read(json.as_bytes()) else { panic!() };
        assert_eq!(account.universe.as_deref(), Some("x.example"));
        assert_eq!(account.quota_project.as_deref(), Some("q"));
        let Kind::Impersonated { lifetime: 3600, source, .. } = account.kind else { panic!() };
        let Kind::External(external) = *source else { panic!() };
        assert_eq!(external.token_url, "https://sts.x.example/v1/token");
    }
}
