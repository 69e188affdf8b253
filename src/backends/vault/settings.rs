//! What the environment says about Vault: the variables that Vault's own client reads (keys §8.3).
//!
//! | variable | |
//! |---|---|
//! | `VAULT_TOKEN`, `~/.vault-token` | who asks |
//! | `VAULT_NAMESPACE`, `VAULT_HEADERS` | sent along |
//! | `VAULT_AGENT_ADDR` | takes the place of the key's address; also `unix://` |
//! | `VAULT_CACERT`, `VAULT_CACERT_BYTES`, `VAULT_CAPATH` | trusted instead of the system's roots |
//! | `VAULT_CLIENT_CERT` with `VAULT_CLIENT_KEY` | TLS client certificate |
//! | `VAULT_TLS_SERVER_NAME`, `VAULT_SKIP_VERIFY` | how the server is checked |
//! | `VAULT_CLIENT_TIMEOUT`, `VAULT_MAX_RETRIES` | per key: 60 seconds, 2 |
//! | `VAULT_PROXY_ADDR`, `VAULT_HTTP_PROXY` | the proxy for all schemes |
//! | `VAULT_DISABLE_REDIRECTS` | no standby's redirect is followed |
//! | `VAULT_ADDR` | for publishing, where the rule names no server; keys name theirs |
//!
//! Not looked at: `VAULT_RATE_LIMIT` (sops limits each call
//! by itself, which never waits); `VAULT_WRAP_TTL` (a wrapped answer is one that sops cannot read).
//! Through a proxy, `VAULT_TLS_SERVER_NAME` is also the name that the proxy is asked for.
//! `VAULT_SRV_LOOKUP` is refused where it would matter: there is no resolver for SRV records here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::backends::SystemHost;
use crate::backends::age::io_error;
use crate::keys::quote::quote;

/// How long one key may take, retries and all, as in Vault's client.
const LIMIT: Duration = Duration::from_secs(60);
/// How often a failed request is repeated, as in Vault's client.
const RETRIES: u32 = 2;
const TOKEN_FILE: &str = ".vault-token";

/// What all keys of a run have in common.
pub(crate) struct Settings {
    /// Empty if there is none.
    pub(crate) token: Zeroizing<String>,
    pub(super) namespace: Option<HeaderValue>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) agent: Option<String>,
    /// `VAULT_ADDR`.
    #[cfg_attr(not(feature = "publish"), allow(dead_code))]
    pub(crate) address: Option<String>,
    pub(super) tls: Tls,
    pub(super) proxy: Option<String>,
    pub(super) limit: Duration,
    pub(super) retries: u32,
    pub(super) redirects: bool,
    pub(super) srv_lookup: bool,
}

/// How a TLS connection is made; nothing set: as all others.
#[derive(Default)]
pub(super) struct Tls {
    /// PEM, of one authority or more.
    pub(super) authorities: Option<Vec<Vec<u8>>>,
    /// Certificate and key as PEM, one behind the other.
    pub(super) identity: Option<Zeroizing<Vec<u8>>>,
    pub(super) server_name: Option<String>,
    pub(super) skip_verify: bool,
}

/// Where a token is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "publish"), allow(dead_code))]
pub(crate) enum TokenFrom {
    /// `VAULT_TOKEN`, as sops does for publishing.
    Variable,
    /// `VAULT_TOKEN`, else `~/.vault-token`, as sops does for keys.
    VariableOrFile,
}

impl Settings {
    /// Reads variables, and the files that they name.
    ///
    /// # Errors
    ///
    /// In sops' words; none holds a value of a variable.
    pub(crate) fn read(machine: &SystemHost, token: TokenFrom) -> Result<Self, String> {
        let variables = Variables(machine);
        let set_up = |error: String| {
            format!("cannot create Vault client: error encountered setting up default configuration: {error}")
        };
        let tls = Tls::read(&variables).map_err(set_up)?;
        let limit = variables.limit().map_err(set_up)?;
        let retries = variables.retries().map_err(set_up)?;
        let srv_lookup = variables.flag("VAULT_SRV_LOOKUP").map_err(set_up)?;
        let redirects = !variables.flag("VAULT_DISABLE_REDIRECTS").map_err(set_up)?;
        let namespace = variables.text("VAULT_NAMESPACE").map(|name| {
            HeaderValue::from_str(&name)
                .map_err(|_| "cannot create Vault client: VAULT_NAMESPACE cannot be sent".to_owned())
        });
        Ok(Self {
            namespace: namespace.transpose()?,
            headers: headers(variables.text("VAULT_HEADERS"))?,
            token: self::token(machine, token)?,
            address: variables.text("VAULT_ADDR"),
            agent: variables.text("VAULT_AGENT_ADDR"),
            proxy: variables.text("VAULT_PROXY_ADDR").or_else(|| variables.text("VAULT_HTTP_PROXY")),
            tls,
            limit,
            retries,
            redirects,
            srv_lookup,
        })
    }
}

/// The token, as it is sent.
fn token(machine: &SystemHost, from: TokenFrom) -> Result<Zeroizing<String>, String> {
    const UNUSABLE: &str = "configured Vault token contains non-printable characters and cannot be used";
    let token = match machine.get("VAULT_TOKEN").filter(|token| !token.is_empty()) {
        Some(token) => token.to_str().ok_or(UNUSABLE)?.to_owned().into(),
        None if from == TokenFrom::Variable => Zeroizing::default(),
        None => token_of_file(machine)?,
    };
    if token.chars().any(|c| c.is_control() || (c.is_whitespace() && c != ' ')) {
        return Err(UNUSABLE.to_owned());
    }
    Ok(token)
}

/// Where a token is looked for besides `VAULT_TOKEN`.
pub(super) fn token_file(machine: &SystemHost) -> Option<PathBuf> {
    let home = machine.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    Some(home.or_else(|| machine.home_of_user())?.join(TOKEN_FILE))
}

fn token_of_file(machine: &SystemHost) -> Result<Zeroizing<String>, String> {
    let Some(path) = token_file(machine) else { return Ok(Zeroizing::default()) };
    match std::fs::read(&path).map(Zeroizing::new) {
        Ok(bytes) => {
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| format!("cannot get Vault token: {} is no text", path.display()))?;
            Ok(Zeroizing::new(text.trim().to_owned()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Zeroizing::default()),
        Err(error) => Err(format!("cannot get Vault token: {}", io_error("open", &path, &error))),
    }
}

/// `VAULT_HEADERS`: a JSON object of texts.
fn headers(text: Option<String>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let wrong = |what: &str| format!("cannot create Vault client: {what}");
    let Some(text) = text else { return Ok(Vec::new()) };
    let Ok(serde_json::Value::Object(object)) = serde_json::from_str(&text) else {
        return Err(wrong("could not unmarshal environment-supplied headers"));
    };
    let forbidden: Vec<_> = object
        .keys()
        .filter(|name| name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("x-vault-")))
        .map(String::as_str)
        .collect();
    if !forbidden.is_empty() {
        return Err(wrong(&format!(
            "failed to setup Headers[{}]: Header starting by 'X-Vault-' are for internal usage only",
            forbidden.join(", ")
        )));
    }
    let header = |(name, value): (&String, &serde_json::Value)| {
        let value =
            value.as_str().ok_or_else(|| wrong("environment-supplied headers include non-string values"))?;
        let mut sent = HeaderValue::from_str(value)
            .map_err(|_| wrong(&format!("the value of VAULT_HEADERS' {} cannot be sent", quote(name))))?;
        sent.set_sensitive(true);
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| wrong(&format!("VAULT_HEADERS' {} is no name of a header", quote(name))))?;
        Ok((name, sent))
    };
    object.iter().map(header).collect()
}

impl Tls {
    fn read(variables: &Variables<'_>) -> Result<Self, String> {
        let identity = match (variables.text("VAULT_CLIENT_CERT"), variables.text("VAULT_CLIENT_KEY")) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                let mut pem = Zeroizing::new(read(Path::new(&certificate))?.to_vec());
                pem.push(b'\n');
                pem.extend_from_slice(&read(Path::new(&key))?);
                Some(pem)
            }
            _ => return Err("both client cert and client key must be provided".to_owned()),
        };
        Ok(Self {
            authorities: authorities(variables)?,
            identity,
            server_name: variables.text("VAULT_TLS_SERVER_NAME"),
            skip_verify: variables.flag("VAULT_SKIP_VERIFY")?,
        })
    }

    /// Whether the client that everybody else uses will do.
    pub(super) fn is_usual(&self) -> bool {
        self.authorities.is_none()
            && self.identity.is_none()
            && self.server_name.is_none()
            && !self.skip_verify
    }
}

/// Whom to trust: the file, else the text, else the folder with all below it.
fn authorities(variables: &Variables<'_>) -> Result<Option<Vec<Vec<u8>>>, String> {
    if let Some(path) = variables.text("VAULT_CACERT") {
        let pem = read(Path::new(&path)).map_err(|error| format!("Error loading CA File: {error}"))?.to_vec();
        if !has_certificate(&pem) {
            return Err(format!("Error loading CA File: Couldn't parse PEM in: {path}"));
        }
        return Ok(Some(vec![pem]));
    }
    if let Some(pem) = variables.text("VAULT_CACERT_BYTES") {
        if !has_certificate(pem.as_bytes()) {
            return Err("Error appending CA: Couldn't parse PEM".to_owned());
        }
        return Ok(Some(vec![pem.into_bytes()]));
    }
    let Some(folder) = variables.text("VAULT_CAPATH") else { return Ok(None) };
    let mut all = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| io_error("open", &folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| io_error("readdir", &folder, &error))?;
            // A link to a folder is not followed, so this ends.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
                continue;
            }
            let path = entry.path();
            let pem = read(&path).map_err(|error| format!("Error loading file from CAPath: {error}"))?;
            if !has_certificate(&pem) {
                return Err(format!("Error loading CA Path: Couldn't parse PEM in: {}", path.display()));
            }
            all.push(pem.to_vec());
        }
    }
    Ok(Some(all))
}

fn has_certificate(pem: &[u8]) -> bool {
    reqwest::Certificate::from_pem_bundle(pem).is_ok_and(|certificates| !certificates.is_empty())
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    std::fs::read(path).map(Zeroizing::new).map_err(|error| io_error("open", path, &error))
}

/// Variables that count only if they are not empty.
struct Variables<'a>(&'a SystemHost);

impl Variables<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let value = self.0.get(name).filter(|value| !value.is_empty())?;
        Some(value.to_string_lossy().into_owned())
    }

    /// The spellings of Go's `ParseBool`.
    fn flag(&self, name: &str) -> Result<bool, String> {
        match self.text(name).as_deref() {
            None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some(_) => Err(format!("could not parse {name}")),
        }
    }

    fn retries(&self) -> Result<u32, String> {
        self.text("VAULT_MAX_RETRIES").map_or(Ok(RETRIES), |text| {
            text.parse().map_err(|_| format!("could not parse VAULT_MAX_RETRIES: {}", quote(&text)))
        })
    }

    fn limit(&self) -> Result<Duration, String> {
        let Some(text) = self.text("VAULT_CLIENT_TIMEOUT") else { return Ok(LIMIT) };
        match duration(&text) {
            Some(Duration::ZERO) => Ok(LIMIT),
            Some(limit) => Ok(limit),
            None => Err(format!("could not parse {}", quote("VAULT_CLIENT_TIMEOUT"))),
        }
    }
}

/// Whole seconds (`60`), days (`2d`), or Go's durations (`1m30s`, `1.5h`), up to a year.
fn duration(text: &str) -> Option<Duration> {
    const YEAR: f64 = 366.0 * 86_400.0;
    let seconds = if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()?
    } else if let Some(days) = text.strip_suffix('d') {
        f64::from(days.parse::<u32>().ok()?) * 86_400.0
    } else {
        let mut seconds = 0.0;
        let mut rest = text.strip_prefix('+').unwrap_or(text);
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let number: f64 = rest[..end].parse().ok()?;
            rest = &rest[end..];
            let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
            let unit = match &rest[..end] {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
            rest = &rest[end..];
            seconds += number * unit;
        }
        seconds
    };
    Duration::try_from_secs_f64(f64::min(seconds, YEAR)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let all = variables.iter().chain(&[("HOME", "/nowhere")]);
        let machine = SystemHost::new(all.map(|(k, v)| (k.into(), v.into())).collect());
        Settings::read(&machine, TokenFrom::VariableOrFile)
    }

    #[test]
    fn durations() {
        let check = |text, expected: Option<u64>| {
            assert_eq!(duration(text), expected.map(Duration::from_millis), "{text}");
        };
        check("60", Some(60_000));
        check("2d", Some(172_800_000));
        check("1m30s", Some(90_000));
        check("1.5s", Some(1500));
        check("250ms", Some(250));
        for bad in ["-1", "1x", "s", "1.2.3s", "soon", "9999999999d"] {
            check(bad, None);
        }
    }

    #[test]
    fn what_is_not_set_is_as_in_vaults_client() {
        let settings = settings(&[]).unwrap();
        assert_eq!((settings.limit, settings.retries), (LIMIT, 2));
        assert!(settings.redirects && settings.tls.is_usual() && settings.token.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_tells_no_value() {
        let check = |name, value, end: &str| {
            let Err(error) = settings(&[(name, value)]) else { panic!("{name} is accepted") };
            assert!(error.ends_with(end), "{error}");
        };
        check("VAULT_SKIP_VERIFY", "perhaps", "could not parse VAULT_SKIP_VERIFY");
        check("VAULT_CLIENT_TIMEOUT", "soon", "could not parse \"VAULT_CLIENT_TIMEOUT\"");
        check("VAULT_HEADERS", "x", "could not unmarshal environment-supplied headers");
        check("VAULT_HEADERS", "{\"a\":1}", "environment-supplied headers include non-string values");
        check(
            "VAULT_HEADERS",
            "{\"X-Vault-Token\":\"t\"}",
            "failed to setup Headers[X-Vault-Token]: Header starting by 'X-Vault-' are for internal usage only",
        );
        check("VAULT_CLIENT_KEY", "k", "both client cert and client key must be provided");
        check("VAULT_CACERT", "/none", "Error loading CA File: open /none: no such file or directory");
        check(
            "VAULT_TOKEN",
            "s.1\n",
            "configured Vault token contains non-printable characters and cannot be used",
        );
    }
}
