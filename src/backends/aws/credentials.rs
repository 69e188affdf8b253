//! Who asks: the places where sops' SDK looks for credentials, in its order (keys §5.5).
//!
//! Variables first, a web identity next, then the profile in use, then the container's and the machine's
//! own. A profile that was asked for by name comes before all of these. What comes out is not kept here.
//!
//! # Compatibility
//!
//! `aws-config` goes its own way in two things: variables beat a profile that was asked for by name, and
//! a web identity of the environment comes after the profile. So the order is made here.

use std::error::Error;
use std::time::Duration;

use aws_config::Region;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;

use super::connector::Connector;
use super::endpoint::Variant;
use super::files::Files;
use super::settings::variable;
use crate::backends::SystemHost;
use crate::backends::http::shown;

/// How long the machine's metadata service may take to answer one question; outside the cloud nobody
/// answers at its address.
const NEAR: Duration = Duration::from_secs(1);
/// How long one question to it may take, repetitions and all.
const NEAR_IN_ALL: Duration = Duration::from_secs(2);

/// Why nobody can ask.
#[derive(Debug, Clone)]
pub(super) struct NoCredentials {
    pub(super) reason: String,
    /// Where they were looked for, if they are nowhere; empty if something there is wrong.
    pub(super) looked_in: Vec<String>,
}

impl From<String> for NoCredentials {
    fn from(reason: String) -> Self {
        Self { reason, looked_in: Vec::new() }
    }
}

/// Looks for credentials. `profile` is empty if none was asked for by name.
pub(super) async fn find(
    machine: &SystemHost,
    client: &reqwest::Client,
    region: &str,
    variant: Variant,
    profile: &str,
) -> Result<Credentials, NoCredentials> {
    if profile.is_empty()
        && let Some(credentials) = of_variables(machine)
    {
        return Ok(credentials);
    }
    let config = ProviderConfig::without_region()
        .with_region(Some(Region::new(region.to_owned())))
        .with_http_client(Connector::new(client.clone()))
        .with_use_fips(Some(variant.fips))
        .with_use_dual_stack(Some(variant.dual_stack));
    let seek = Search { machine, profile, files: Files::read(machine, profile) };
    if profile.is_empty() && variable(machine, "AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
        let web = WebIdentityTokenCredentialsProvider::builder().configure(&config).build();
        return web.provide_credentials().await.map_err(|error| seek.wrong(&error).into());
    }
    if let Some(found) = seek.in_files(&config).await? {
        return Ok(found);
    }
    let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    if container.into_iter().any(|name| variable(machine, name).is_some()) {
        let container = EcsCredentialsProvider::builder().configure(&config).build();
        return container.provide_credentials().await.map_err(|error| seek.wrong(&error).into());
    }
    let metadata = imds::Client::builder()
        .configure(&config)
        .connect_timeout(NEAR / 2)
        .read_timeout(NEAR / 2)
        .operation_timeout(NEAR_IN_ALL)
        .max_attempts(2)
        .build();
    let machines_own = ImdsCredentialsProvider::builder().configure(&config).imds_client(metadata).build();
    machines_own.provide_credentials().await.map_err(|error| NoCredentials {
        reason: format!("no EC2 IMDS role found, {}", seek.wrong(&error)),
        looked_in: seek.places(),
    })
}

/// The keys of the environment.
fn of_variables(machine: &SystemHost) -> Option<Credentials> {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| variable(machine, name));
    let id = first(["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"])?;
    let secret = first(["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"])?;
    let token = variable(machine, "AWS_SESSION_TOKEN");
    Some(Credentials::new(id, secret, token, None, "environment"))
}

/// One search, for what is said of it.
struct Search<'a> {
    machine: &'a SystemHost,
    profile: &'a str,
    files: Files,
}

impl Search<'_> {
    /// The credentials of the profile in use; nothing if it has none.
    async fn in_files(&self, config: &ProviderConfig) -> Result<Option<Credentials>, NoCredentials> {
        if self.files.lack_profile() {
            return Err(NoCredentials {
                reason: format!(
                    "could not load AWS config: failed to get shared config profile, {}",
                    shown(&self.files.profile, &[])
                ),
                looked_in: self.files.places(),
            });
        }
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(config)
            .profile_files(self.files.given())
            .profile_name(&self.files.profile)
            .build();
        match provider.provide_credentials().await {
            Ok(credentials) => Ok(Some(credentials)),
            Err(CredentialsError::CredentialsNotLoaded(_)) => Ok(None),
            Err(error) => Err(self.wrong(&error).into()),
        }
    }

    /// What was wrong, with all its causes.
    fn wrong(&self, error: &CredentialsError) -> String {
        let mut text = String::new();
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            let words = error.to_string();
            if !text.contains(&words) {
                let colon = if text.is_empty() { "" } else { ": " };
                text = format!("{text}{colon}{words}");
            }
            cause = error.source();
        }
        let names = ["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN"];
        let secrets: Vec<_> = names.iter().filter_map(|name| variable(self.machine, name)).collect();
        let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
        let advice = match text.contains("SSO") || text.contains("sso") {
            true => "; run aws sso login",
            false => "",
        };
        format!("{}{advice}", shown(&text, &secrets))
    }

    /// Everywhere that credentials may be.
    fn places(&self) -> Vec<String> {
        let variables = self.profile.is_empty().then(|| "AWS_ACCESS_KEY_ID".to_owned());
        let off = variable(self.machine, "AWS_EC2_METADATA_DISABLED");
        let metadata = match off.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            true => None,
            false => Some("the EC2 metadata service".to_owned()),
        };
        variables.into_iter().chain(self.files.places()).chain(metadata).collect()
    }
}
