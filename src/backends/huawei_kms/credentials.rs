//! Who asks: the first place that says so (keys §9).
//!
//! 1. `HUAWEICLOUD_SDK_AK` with `_SK` (`_SECURITY_TOKEN`, `_PROJECT_ID`), or `_IDP_ID` with
//!    `_ID_TOKEN_FILE`
//! 2. section `[basic]` of `HUAWEICLOUD_SDK_CREDENTIALS_FILE` or `~/.huaweicloud/credentials`, with the
//!    same names
//! 3. the metadata service of the cloud's machines, if [`METADATA`] asks for it
//! 4. `HC_CONTAINER_CREDENTIALS_FULL_URI` with `HC_CONTAINER_AUTHORIZATION_TOKEN_FILE`
//!
//! # Compatibility
//!
//! sops asks 169.254.169.254 on every machine that has no credentials. Here somebody has to say that
//! the machine is one of Huawei's: elsewhere that address is another cloud's, or nobody's for seconds.

use std::collections::HashMap;
use std::path::Path;

use zeroize::Zeroizing;

use super::region::{file, text};
use crate::backends::SystemHost;
use crate::backends::age::io_error;

/// `true`, or the address of another metadata service.
pub(super) const METADATA: &str = "SOPS_HUAWEICLOUD_METADATA";
const METADATA_ADDRESS: &str = "http://169.254.169.254";

/// An access key with its secret.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    pub(super) access_key: String,
    pub(super) secret_key: Zeroizing<String>,
    /// Empty unless the key is a temporary one.
    pub(super) security_token: Zeroizing<String>,
    /// Seconds since 1970, if they end.
    pub(super) expires: Option<i64>,
    /// The project, if it is known.
    pub(super) project: Option<String>,
    /// The identity service, if it is not the region's.
    pub(super) iam_endpoint: Option<String>,
}

/// Where credentials are to be had.
pub(super) enum Source {
    /// Here they are.
    Known(Credentials),
    /// They are given for an identity token. Project and identity service are in the credentials.
    Federated { provider: String, token: Zeroizing<String>, base: Credentials },
    /// From the metadata service at this address.
    Metadata(String),
    /// From this address, for this token.
    Pod { address: String, token: Zeroizing<String> },
}

/// Finds the first source.
///
/// # Errors
///
/// With what every place lacks.
pub(super) fn find(machine: &SystemHost) -> Result<Source, String> {
    let mut reasons = Vec::new();
    for place in [of_environment, of_file, of_metadata, of_pod] {
        match place(machine) {
            Ok(source) => return Ok(source),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(none(&reasons.join("\n")))
}

/// sops' words for credentials that are nowhere.
pub(super) fn none(reasons: &str) -> String {
    format!(
        "failed to get HuaweiCloud credentials: {{\"ErrorMessage\": \"unable to get credential in providers:\n{reasons}\"}}"
    )
}

fn of_environment(machine: &SystemHost) -> Result<Source, String> {
    // The variable of the identity service is not one of the credentials: it is no whole URL.
    let get = |name: &str| {
        let name = Some(name).filter(|name| *name != "iam_endpoint")?;
        text(machine, &format!("HUAWEICLOUD_SDK_{}", name.to_uppercase()))
    };
    from(get).map_err(|reason| match reason {
        Lacking::Credentials => "the environment: AK&SK or IdpId&IdTokenFile does not exist (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK)".to_owned(),
        Lacking::File(reason) => format!("the environment: {reason}"),
    })
}

fn of_file(machine: &SystemHost) -> Result<Source, String> {
    let path = file(machine, "HUAWEICLOUD_SDK_CREDENTIALS_FILE", "credentials")
        .ok_or("~/.huaweicloud/credentials: HOME is not set")?;
    let bytes = std::fs::read(&path).map(Zeroizing::new).map_err(|error| io_error("open", &path, &error))?;
    let content = std::str::from_utf8(&bytes).map_err(|_| format!("{} is no text", path.display()))?;
    let section = section(content, "basic");
    from(|name| section.get(name).map(|value| value.to_string())).map_err(|reason| match reason {
        Lacking::Credentials => {
            format!("{}: AK&SK or IdpId&IdTokenFile does not exist in section [basic]", path.display())
        }
        Lacking::File(reason) => format!("{}: {reason}", path.display()),
    })
}

fn of_metadata(machine: &SystemHost) -> Result<Source, String> {
    match text(machine, METADATA).as_deref() {
        Some("true") => Ok(Source::Metadata(METADATA_ADDRESS.to_owned())),
        Some(address) if address.starts_with("http") => {
            Ok(Source::Metadata(address.trim_end_matches('/').to_owned()))
        }
        _ => Err(format!("the metadata service is not asked unless {METADATA} is true")),
    }
}

fn of_pod(machine: &SystemHost) -> Result<Source, String> {
    const ADDRESS: &str = "HC_CONTAINER_CREDENTIALS_FULL_URI";
    const FILE: &str = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";
    let get = |name| {
        text(machine, name).ok_or_else(|| format!("{name} must be set when using pod identity credential"))
    };
    let address = get(ADDRESS)?;
    Ok(Source::Pod { address, token: content(&get(FILE)?)? })
}

enum Lacking {
    Credentials,
    File(String),
}

/// Credentials from the settings of one place.
fn from(get: impl Fn(&str) -> Option<String>) -> Result<Source, Lacking> {
    let get = |name| get(name).filter(|value| !value.is_empty());
    let mut credentials = Credentials {
        project: get("project_id"),
        iam_endpoint: get("iam_endpoint"),
        ..Credentials::default()
    };
    if let (Some(provider), Some(file)) = (get("idp_id"), get("id_token_file")) {
        let token = content(&file).map_err(Lacking::File)?;
        return Ok(Source::Federated { provider, token, base: credentials });
    }
    let (Some(access_key), Some(secret_key)) = (get("ak"), get("sk")) else {
        return Err(Lacking::Credentials);
    };
    credentials.access_key = access_key;
    credentials.secret_key = Zeroizing::new(secret_key);
    credentials.security_token = get("security_token").map(Zeroizing::new).unwrap_or_default();
    Ok(Source::Known(credentials))
}

/// A token from its file.
fn content(path: &str) -> Result<Zeroizing<String>, String> {
    let path = Path::new(path);
    let bytes = std::fs::read(path).map(Zeroizing::new).map_err(|error| io_error("open", path, &error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("{} is no text", path.display()))?.trim();
    if text.is_empty() {
        return Err(format!("{} file content is empty", path.display()));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// One section of an INI file; the last of equal names counts.
fn section(text: &str, wanted: &str) -> HashMap<String, Zeroizing<String>> {
    let mut here = false;
    let mut found = HashMap::new();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            here = name.split(']').next().unwrap_or_default().trim() == wanted;
            continue;
        }
        if let Some(at) = line.find(['=', ':']).filter(|_| here) {
            let (name, value) = (line[..at].trim(), line[at + 1..].trim());
            let cut = [" #", " ;"].iter().filter_map(|mark| value.find(mark)).min().unwrap_or(value.len());
            let value = value[..cut].trim();
            let quoted = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
            let value = quoted('"').or_else(|| quoted('\'')).or_else(|| quoted('`')).unwrap_or(value);
            found.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_of_a_file() {
        let text = "ak = top\n[global]\nak=other\n[basic]\n# note\nak = one\nsk: 'two=2'\n project_id = \"p\" ; mine\n[x]\nak=no\n";
        let found = section(text, "basic");
        let get = |name: &str| found.get(name).map(|value| value.as_str().to_owned());
        assert_eq!(get("ak").as_deref(), Some("one"));
        assert_eq!(get("sk").as_deref(), Some("two=2"));
        assert_eq!(get("project_id").as_deref(), Some("p"));
        assert_eq!(get("security_token"), None);
    }

    #[test]
    fn every_place_says_what_it_lacks() {
        let Err(reason) = find(&SystemHost::new(HashMap::new())) else { panic!() };
        for part in [
            "failed to get HuaweiCloud credentials: {\"ErrorMessage\": \"unable to get credential in providers:\n",
            "AK&SK or IdpId&IdTokenFile does not exist",
            "HOME is not set",
            "SOPS_HUAWEICLOUD_METADATA",
            "HC_CONTAINER_CREDENTIALS_FULL_URI must be set when using pod identity credential\"}",
        ] {
            assert!(reason.contains(part), "{part} is not in {reason}");
        }
    }
}
