//! Tokens, and the chain of those who may give one: the order of `DefaultAzureCredential` in the SDK
//! of sops 3.13.2 (azidentity 1.14).
//!
//! 1. the environment: a service principal with secret or certificate, or a user ([`super::principal`])
//! 2. workload identity: a service principal with a federated token ([`super::principal`])
//! 3. managed identity ([`super::managed`])
//! 4. – 6. `az`, `azd`, `pwsh` ([`super::tools`])
//!
//! `AZURE_TOKEN_CREDENTIALS` takes some of them. Who has nothing to say is passed over; who is set up
//! and is refused ends the chain. The first that gave a token is asked alone from then on.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;
use zeroize::Zeroizing;

use super::challenge::Wanted;
use super::client::Client;
use super::managed::Managed;
use super::principal::Principal;
use super::tools::Tool;
use crate::backends::SystemHost;
use crate::backends::http::shown;
use crate::keys::quote::quote;

/// How long before its end a token is replaced, in seconds, as in the SDK.
const EARLY: i64 = 5 * 60;
const SELECTION: &str = "AZURE_TOKEN_CREDENTIALS";
const TENANTS: &str = "AZURE_ADDITIONALLY_ALLOWED_TENANTS";

/// The credentials of the chain, in order.
const NAMES: [&str; 6] = [
    "EnvironmentCredential",
    "WorkloadIdentityCredential",
    "ManagedIdentityCredential",
    "AzureCLICredential",
    "AzureDeveloperCLICredential",
    "AzurePowerShellCredential",
];
/// How many of them are for machines in a cloud; the others are for people.
const FOR_MACHINES: usize = 3;

/// What a vault is shown.
pub(super) struct Token {
    pub(super) text: Zeroizing<String>,
    /// Seconds since 1970.
    pub(super) expires: i64,
}

/// Why a credential gives no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoToken {
    /// It is not for this machine: the next one is asked.
    Unavailable(String),
    /// It is, and is refused.
    Failed(String),
}

/// One way to a token.
enum Source {
    /// Not set up, and why.
    Missing(String),
    Principal(Box<Principal>),
    Managed(Managed),
    Tool(Tool),
}

/// All ways of this machine.
pub(super) struct Chain {
    links: Vec<(&'static str, Source)>,
    tenants: Tenants,
    /// The one that gave a token.
    works: OnceLock<usize>,
    tokens: Mutex<Vec<(Wanted, Cell)>>,
}

/// The place of a token. Locked while it is asked for: others that need the same wait for it.
type Cell = Arc<Mutex<Option<Arc<Token>>>>;

/// Why nobody gives a token.
pub(super) struct Nobody {
    pub(super) reason: String,
    /// Nobody was even set up to.
    pub(super) unavailable: bool,
}

impl Chain {
    /// Reads variables; asks nobody yet.
    ///
    /// # Errors
    ///
    /// If `AZURE_TOKEN_CREDENTIALS` names nobody.
    pub(super) fn read(machine: &SystemHost) -> Result<Self, String> {
        let selected = selected(text(machine, SELECTION).as_deref())?;
        let alone = selected.len() == 1;
        let link = |&name: &&'static str| {
            let source = match name {
                "EnvironmentCredential" => {
                    Principal::of_environment(machine).map(Box::new).map(Source::Principal)
                }
                "WorkloadIdentityCredential" => {
                    Principal::of_workload(machine).map(Box::new).map(Source::Principal)
                }
                "ManagedIdentityCredential" => Managed::find(machine, alone).map(Source::Managed),
                "AzureCLICredential" => Ok(Source::Tool(Tool::az(machine))),
                "AzureDeveloperCLICredential" => Ok(Source::Tool(Tool::azd(machine))),
                _ => Ok(Source::Tool(Tool::power_shell(machine))),
            };
            (name, source.unwrap_or_else(Source::Missing))
        };
        Ok(Self {
            links: selected.iter().map(link).collect(),
            tenants: Tenants::read(machine),
            works: OnceLock::new(),
            tokens: Mutex::default(),
        })
    }

    /// A token, perhaps one that was given before.
    ///
    /// # Errors
    ///
    /// What everybody who was asked says.
    pub(super) fn token(&self, wanted: &Wanted, client: &Client) -> Result<Arc<Token>, Nobody> {
        let cell = self.cell(wanted);
        let mut token = cell.lock().unwrap_or_else(PoisonError::into_inner);
        let now = jiff::Timestamp::now().as_second();
        if let Some(token) = token.as_ref().filter(|token| token.expires - now > EARLY) {
            return Ok(Arc::clone(token));
        }
        let new = Arc::new(self.ask(wanted, client)?);
        *token = Some(Arc::clone(&new));
        Ok(new)
    }

    /// Forgets a token that a vault did not take.
    pub(super) fn refuse(&self, wanted: &Wanted, refused: &Arc<Token>) {
        let cell = self.cell(wanted);
        let mut token = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if token.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused)) {
            *token = None;
        }
    }

    fn cell(&self, wanted: &Wanted) -> Cell {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = tokens.iter().find(|(other, _)| other == wanted) {
            return Arc::clone(cell);
        }
        let cell = Cell::default();
        tokens.push((wanted.clone(), Arc::clone(&cell)));
        cell
    }

    fn ask(&self, wanted: &Wanted, client: &Client) -> Result<Token, Nobody> {
        if let Some(&works) = self.works.get() {
            return self.ask_one(works, wanted, client).map_err(|error| {
                let (NoToken::Unavailable(reason) | NoToken::Failed(reason)) = error;
                Nobody { reason, unavailable: false }
            });
        }
        let mut said = Vec::new();
        let mut unavailable = true;
        for at in 0..self.links.len() {
            match self.ask_one(at, wanted, client) {
                Ok(token) => {
                    let _ = self.works.set(at);
                    return Ok(token);
                }
                Err(NoToken::Unavailable(reason)) => said.push(reason),
                Err(NoToken::Failed(reason)) => {
                    said.push(reason);
                    unavailable = false;
                    break;
                }
            }
        }
        let mut reason =
            "DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:".to_owned();
        for text in said {
            reason.push_str("\n\t");
            reason.push_str(&text.replace('\n', "\n\t\t"));
        }
        Err(Nobody { reason, unavailable })
    }

    fn ask_one(&self, at: usize, wanted: &Wanted, client: &Client) -> Result<Token, NoToken> {
        let (name, source) = &self.links[at];
        match source {
            Source::Missing(reason) => Err(NoToken::Unavailable(format!("{name}: {reason}"))),
            Source::Managed(managed) => managed.token(wanted, client),
            Source::Principal(principal) => {
                let tenant = self.tenants.choose(&principal.tenant, &wanted.tenant, principal.name);
                principal.token(&tenant.map_err(NoToken::Failed)?, wanted, client)
            }
            Source::Tool(tool) => {
                let tenant = self.tenants.choose("", &wanted.tenant, name);
                tool.token(name, &tenant.map_err(NoToken::Failed)?, wanted)
            }
        }
    }
}

/// Those whom the variable names.
fn selected(selection: Option<&str>) -> Result<&'static [&'static str], String> {
    match selection {
        None => Ok(&NAMES),
        Some("prod") => Ok(&NAMES[..FOR_MACHINES]),
        Some("dev") => Ok(&NAMES[FOR_MACHINES..]),
        Some(one) => {
            let at = NAMES.iter().position(|name| name.eq_ignore_ascii_case(one));
            let at = at.ok_or_else(|| {
                format!(
                    "invalid {SELECTION} value {}. Valid values are \"dev\", \"prod\", or the name of any credential type in the default chain: {}",
                    quote(one),
                    NAMES.join(", ")
                )
            })?;
            Ok(&NAMES[at..=at])
        }
    }
}

/// Which tenants besides their own credentials may ask for a token of.
struct Tenants(Vec<String>);

impl Tenants {
    fn read(machine: &SystemHost) -> Self {
        let list = text(machine, TENANTS).unwrap_or_default();
        Self(list.split(';').filter(|tenant| !tenant.is_empty()).map(str::to_owned).collect())
    }

    /// The tenant to ask for a token for a vault of the tenant `of_vault`. `own` is that of the
    /// credential, if it has one.
    fn choose(&self, own: &str, of_vault: &str, name: &str) -> Result<String, String> {
        if of_vault.is_empty() || of_vault == own {
            return Ok(own.to_owned());
        }
        if !is_tenant(of_vault) {
            return Err(format!("{name}: the vault's tenant is none: {}", quote(of_vault)));
        }
        let listed = self.0.iter().any(|tenant| tenant == "*" || tenant == of_vault);
        if listed || (self.0.is_empty() && matches!(own, "" | "organizations")) {
            return Ok(of_vault.to_owned());
        }
        Err(format!(
            "{name} isn't configured to acquire tokens for tenant {}. To enable acquiring tokens for this tenant add it to {TENANTS}, or add \"*\" to allow acquiring tokens for any tenant",
            quote(of_vault)
        ))
    }
}

/// Whether the text can be the id or domain of a tenant; it becomes part of a URL and of a command.
pub(super) fn is_tenant(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && !text.starts_with(['.', '-'])
}

/// A variable that is set and not empty.
pub(super) fn text(machine: &SystemHost, name: &str) -> Option<String> {
    let value = machine.get(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}

/// As [`text`], for what is secret.
pub(super) fn secret(machine: &SystemHost, name: &str) -> Option<Zeroizing<String>> {
    text(machine, name).map(Zeroizing::new)
}

/// Takes a token out of what a service or a program gave.
///
/// # Errors
///
/// What is missing. The text holds nothing of the token.
pub(super) fn take(json: &[u8], name: &str, expires: &[&str]) -> Result<Token, String> {
    let mut value: Value = serde_json::from_slice(json)
        .map_err(|_| "the answer is no JSON, or not all of it came".to_owned())?;
    let text = match value.get_mut(name).map(Value::take) {
        Some(Value::String(text)) if !text.is_empty() => Zeroizing::new(text),
        _ => return Err(format!("the answer has no {name}")),
    };
    let expires = expires.iter().find_map(|name| time(name, value.get(*name)?));
    let expires = expires.ok_or_else(|| "the answer does not say when the token expires".to_owned())?;
    Ok(Token { text, expires })
}

/// A point in time, in the forms that are in use: seconds since 1970 or from now, as number or text, or a
/// date.
fn time(name: &str, value: &Value) -> Option<i64> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    if name.ends_with("_in") {
        return Some(jiff::Timestamp::now().as_second().saturating_add(number?));
    }
    if let Some(number) = number.filter(|&number| number > 0) {
        return Some(number);
    }
    let text = value.as_str()?;
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    // `az` before 2.54 gives local time. Without a time zone database it is taken for UTC, and a token
    // that is refused is asked for again.
    let time = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// What somebody says, fit for one line of a report.
pub(super) fn said(text: &str) -> String {
    shown(text.trim(), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_selects_credentials() {
        assert_eq!(selected(None).unwrap().len(), 6);
        assert_eq!(selected(Some("prod")).unwrap(), &NAMES[..3]);
        assert_eq!(selected(Some("dev")).unwrap(), &NAMES[3..]);
        assert_eq!(selected(Some("azureclicredential")).unwrap(), ["AzureCLICredential"]);
        let error = selected(Some("x")).unwrap_err();
        assert!(
            error.starts_with("invalid AZURE_TOKEN_CREDENTIALS value \"x\". Valid values are"),
            "{error}"
        );
    }

    #[test]
    fn tenants() {
        let check = |list: &str, own: &str, of_vault: &str, expected: Option<&str>| {
            let machine = SystemHost::new([(TENANTS.into(), list.into())].into());
            let chosen = Tenants::read(&machine).choose(own, of_vault, "X");
            assert_eq!(chosen.as_deref().ok(), expected, "{list} {own} {of_vault}: {chosen:?}");
        };
        check("", "a", "a", Some("a"));
        check("", "a", "", Some("a"));
        check("", "a", "b", None);
        check("c;b", "a", "b", Some("b"));
        check("*", "a", "b", Some("b"));
        check("", "", "b", Some("b"));
        check("", "organizations", "b", Some("b"));
        check("c", "", "b", None);
        check("*", "a", "b/../c", None);
        check("*", "a", "--help", None);
    }

    #[test]
    fn tokens() {
        let check = |json: &str, expected: Option<i64>| {
            let token = take(json.as_bytes(), "t", &["expires_on", "expiresOn", "expires_in"]);
            assert_eq!(token.ok().map(|token| token.expires), expected, "{json}");
        };
        check(r#"{"t":"x","expires_on":1893456000}"#, Some(1_893_456_000));
        check(r#"{"t":"x","expires_on":"1893456000"}"#, Some(1_893_456_000));
        check(r#"{"t":"x","expiresOn":"2030-01-01T00:00:00Z"}"#, Some(1_893_456_000));
        check(r#"{"t":"x","expiresOn":"2030-01-01 00:00:00.000000"}"#, Some(1_893_456_000));
        check(r#"{"t":"","expires_on":1}"#, None);
        check(r#"{"t":"x"}"#, None);
        check("garbage", None);
        let relative = take(br#"{"t":"x","expires_in":3600}"#, "t", &["expires_in"]).unwrap();
        assert!(relative.expires > jiff::Timestamp::now().as_second() + 3500);
    }
}
