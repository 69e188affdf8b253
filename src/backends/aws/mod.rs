//! What KMS, S3 and Secrets Manager have in common: who asks, where, and signed requests (keys §5.4, §5.5; services §3.1).
//!
//! ```text
//! machine, files.rs ──settings.rs─▶ region, endpoints, limits        endpoint.rs: the public hosts
//!                   ──credentials.rs─▶ who asks ──role.rs─▶ as whom
//! request ──account.rs: signed, sent, sent again─▶ answer          answer.rs: sops' words for refusals
//! ```
//!
//! [`Aws`] is made once for a run. For each region, profile and role there is one [`Account`], which
//! keeps its settings and credentials; all of them share the connections of one HTTP client. Shared
//! configuration files, single sign-on, processes and metadata services are read by AWS' own
//! `aws-config`, which gets its HTTP from here too (`connector.rs`).

mod account;
mod answer;
mod connector;
mod credentials;
mod endpoint;
mod files;
mod role;
mod settings;

#[cfg(feature = "publish")]
pub(crate) use account::Refused;
pub(crate) use account::{Account, Call, Failed, Insistence};
pub(crate) use endpoint::{Service, is_label};

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::network::{Client, Network, Plan, REQUEST_TIMEOUT};
use super::{SystemHost, http};

/// What a service is told about who asks.
const USER_AGENT: &str = concat!("resops/", env!("CARGO_PKG_VERSION"));

/// How long and how often services are asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// For one request, its repetitions counted in.
    pub(crate) limit: Duration,
    /// Before the first repetition.
    pub(crate) pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { limit: REQUEST_TIMEOUT, pause: Duration::from_millis(400) }
    }
}

/// Whose credentials are used, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) region: String,
    /// The profile that was asked for; empty for what the environment says.
    pub(crate) profile: String,
    /// The role to be assumed; empty for none.
    pub(crate) role: String,
}

/// All of AWS, for a run. Making one does nothing.
pub(crate) struct Aws {
    machine: SystemHost,
    network: Network,
    pace: Pace,
    client: OnceLock<Result<Client, String>>,
    accounts: Mutex<Vec<(Who, Arc<Account>)>>,
}

impl Aws {
    pub(crate) fn new(machine: SystemHost, network: Network, pace: Pace) -> Self {
        Self { machine, network, pace, client: OnceLock::new(), accounts: Mutex::default() }
    }

    /// The account of `who`: the same one for all keys of a run.
    pub(crate) fn account(&self, who: &Who) -> Result<Arc<Account>, Failed> {
        let client = self.client()?;
        let own = Who { role: String::new(), ..who.clone() };
        let base = if *who == own { None } else { Some(self.kept(own, &client, None)) };
        Ok(self.kept(who.clone(), &client, base))
    }

    fn kept(&self, who: Who, client: &Client, base: Option<Arc<Account>>) -> Arc<Account> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, account)) = accounts.iter().find(|(other, _)| *other == who) {
            return account.clone();
        }
        let account = Account::new(who.clone(), self.machine.clone(), client.clone(), self.pace, base);
        let account = Arc::new(account);
        accounts.push((who, account.clone()));
        account
    }

    /// The region that the environment names, or the profile in use: `profile` if that is not empty.
    #[cfg(feature = "publish")]
    pub(crate) async fn region(&self, profile: &str) -> Result<Option<String>, Failed> {
        Ok(settings::region(&self.machine, &self.client()?, profile).await)
    }

    /// Runs a future to its end.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
        self.network.block_on(future).map_err(|error| Failed::Told(error.to_string()))?
    }

    /// The client that everybody shares, or one that trusts only the authorities of `AWS_CA_BUNDLE`.
    fn client(&self) -> Result<Client, Failed> {
        let made = self.client.get_or_init(|| {
            let shared = self.network.http().map_err(|error| error.to_string())?;
            match self.machine.get("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
                None => Ok(shared.clone()),
                Some(path) => trusting(path.as_ref(), self.network.plan()),
            }
        });
        made.clone().map_err(Failed::Told)
    }
}

fn trusting(path: &std::path::Path, plan: Plan) -> Result<Client, String> {
    let failed = |what: &str| {
        format!(
            "could not load AWS config: failed to load custom CA bundle PEM file, {}: {what}",
            path.display()
        )
    };
    let pem = std::fs::read(path).map_err(|error| failed(&http::plain(&error.to_string())))?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem)
        .ok()
        .filter(|all| !all.is_empty())
        .ok_or_else(|| failed("there is no certificate in it"))?;
    Client::new(move || plan.builder().http1_only().tls_certs_only(certificates.clone()).build())
        .map_err(|_| failed("a certificate in it cannot be used"))
}
