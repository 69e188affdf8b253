//! What the environment and the shared configuration files say besides credentials.

use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::connector::Connector;
use super::endpoint::{self, Service, Variant};
use super::files::Files;
use crate::backends::SystemHost;
use crate::backends::network::Client;

/// How often a request is sent if nothing says it, as in sops' SDK.
const ATTEMPTS: u32 = 3;
/// However much more is asked for.
const MOST_ATTEMPTS: u32 = 20;

/// The settings of one region and profile.
pub(super) struct Settings {
    config: SdkConfig,
    pub(super) variant: Variant,
    /// How often a failed request is repeated.
    pub(super) retries: u32,
}

impl Settings {
    /// Reads the variables and the files.
    pub(super) async fn read(machine: &SystemHost, client: &Client, region: &str, profile: &str) -> Self {
        let files = Files::read(machine, profile);
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Connector::new(client.clone()))
            .no_credentials()
            .region(Region::new(region.to_owned()))
            .profile_files(files.given())
            .profile_name(&files.profile)
            .load()
            .await;
        let fips = config.use_fips().unwrap_or_default();
        let dual_stack = config.use_dual_stack().unwrap_or_default();
        let attempts = config.retry_config().map_or(ATTEMPTS, |retry| retry.max_attempts());
        Self { config, variant: Variant { fips, dual_stack }, retries: attempts.clamp(1, MOST_ATTEMPTS) - 1 }
    }

    /// Where the service is, without a slash at the end: its own variable, the one for all services, the
    /// profile, or the public host.
    pub(super) fn endpoint(&self, machine: &SystemHost, service: &Service, region: &str) -> String {
        let ignored = variable(machine, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .or_else(|| self.of_profile(service, "ignore_configured_endpoint_urls"));
        let variables = [service.variable, "AWS_ENDPOINT_URL"];
        let named = || {
            let named = variables.into_iter().find_map(|name| variable(machine, name));
            named.or_else(|| self.of_profile(service, "endpoint_url"))
        };
        let is_ignored = ignored.is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let named = if is_ignored { None } else { named() };
        match named {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => endpoint::public(service, region, self.variant),
        }
    }

    /// What the profile in use says, for this service or for all.
    fn of_profile(&self, service: &Service, name: &str) -> Option<String> {
        // Variables were looked at: an empty one, which says nothing, would be an answer here. None has
        // this name.
        let key = ServiceConfigKey::builder().service_id(service.name).env("=").profile(name).build();
        self.config.service_config()?.load_config(key.ok()?).filter(|text| !text.is_empty())
    }
}

/// A variable that is set and not empty.
pub(super) fn variable(machine: &SystemHost, name: &str) -> Option<String> {
    let value = machine.get(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}

/// The region of the environment, else of the profile in use, which is `profile` if that is not empty. The
/// machine's own is not asked for: sops does not either.
#[cfg(feature = "publish")]
pub(super) async fn region(machine: &SystemHost, client: &Client, profile: &str) -> Option<String> {
    let names = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    if let Some(region) = names.into_iter().find_map(|name| variable(machine, name)) {
        return Some(region);
    }
    let config = ProviderConfig::without_region().with_http_client(Connector::new(client.clone()));
    let files = Files::read(machine, profile);
    let provider = ProfileFileRegionProvider::builder()
        .configure(&config)
        .profile_files(files.given())
        .profile_name(&files.profile)
        .build();
    Some(provider.region().await?.to_string())
}
