//! Where credentials are looked for (keys §6): the first place that has something counts, also if
//! it is of no use.
//!
//! 1. [`CREDENTIALS`], a file or its content; 2. [`TOKEN`]; both for the key management alone
//! 3. the file that [`FILE`] names; 4. gcloud's own; 5. the metadata server

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::credentials::{Account, GOOGLE, Kind, read};
use crate::backends::SystemHost;
use crate::backends::age::io_error;

const CREDENTIALS: &str = "GOOGLE_CREDENTIALS";
const TOKEN: &str = "GOOGLE_OAUTH_ACCESS_TOKEN";
const FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";
const QUOTA_PROJECT: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";

/// Why nobody can ask.
#[derive(Debug, Clone)]
pub(crate) enum NoAccount {
    /// There are no credentials in any of these places.
    #[cfg_attr(not(feature = "gcp"), allow(dead_code))]
    Nowhere { looked_in: Vec<String> },
    /// What is there is of no use.
    Unusable(String),
}

impl NoAccount {
    /// In sops' words.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Nowhere { .. } => {
                "credentials: could not find default credentials. See https://cloud.google.com/docs/authentication/external/set-up-adc for more information"
            }
            Self::Unusable(reason) => reason,
        }
    }
}

/// Finds who asks. `variables` tells whether sops' own variables count, `on_google` whether there is
/// a metadata server.
pub(super) fn find(
    machine: &SystemHost,
    variables: bool,
    on_google: impl FnOnce() -> bool,
) -> Result<Account, NoAccount> {
    let mut account = look(machine, variables, on_google)?;
    if let Some(project) = text(machine, QUOTA_PROJECT) {
        account.quota_project = Some(project.as_str().to_owned());
    }
    Ok(account)
}

fn look(
    machine: &SystemHost,
    variables: bool,
    on_google: impl FnOnce() -> bool,
) -> Result<Account, NoAccount> {
    let mut looked_in = Vec::new();
    if variables {
        if let Some(value) = text(machine, CREDENTIALS) {
            let path = Path::new(value.as_str());
            if std::fs::metadata(path).is_ok() {
                let failed = format!("credentials: failed to obtain credentials from \"{CREDENTIALS}\": ");
                return of_file(path, &failed);
            }
            return read(value.as_bytes()).map_err(|reason| {
                // It may be a path that is misspelled, or JSON that is broken: it is not shown.
                NoAccount::Unusable(format!("{CREDENTIALS} names no file and is no credentials: {reason}"))
            });
        }
        looked_in.push(CREDENTIALS.to_owned());
        if let Some(token) = text(machine, TOKEN) {
            let kind = Kind::Token(token);
            return Ok(Account { kind, universe: Some(GOOGLE.to_owned()), quota_project: None });
        }
        looked_in.push(TOKEN.to_owned());
    }
    if let Some(path) = text(machine, FILE) {
        return of_file(Path::new(path.as_str()), "");
    }
    looked_in.push(FILE.to_owned());
    if let Some(path) = well_known(machine) {
        if std::fs::metadata(&path).is_ok() {
            return of_file(&path, "");
        }
        looked_in.push(path.display().to_string());
    }
    if on_google() {
        return Ok(Account { kind: Kind::Metadata, universe: None, quota_project: None });
    }
    looked_in.push("the metadata server".to_owned());
    Err(NoAccount::Nowhere { looked_in })
}

fn of_file(path: &Path, failed: &str) -> Result<Account, NoAccount> {
    let bytes = std::fs::read(path).map(Zeroizing::new);
    let bytes =
        bytes.map_err(|error| NoAccount::Unusable(format!("{failed}{}", io_error("open", path, &error))))?;
    read(&bytes).map_err(|reason| NoAccount::Unusable(format!("{}: {reason}", path.display())))
}

/// The file that `gcloud auth application-default login` writes.
fn well_known(machine: &SystemHost) -> Option<PathBuf> {
    let home = machine.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| machine.home_of_user())?;
    Some(home.join(".config/gcloud/application_default_credentials.json"))
}

fn text(machine: &SystemHost, name: &str) -> Option<Zeroizing<String>> {
    let value = machine.get(name)?.to_string_lossy().into_owned();
    Some(Zeroizing::new(value)).filter(|value| !value.is_empty())
}
