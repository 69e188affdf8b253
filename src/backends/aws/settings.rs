//! What the environment and the shared configuration files say besides credentials.

use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::connector::Connector;
use super::endpoint::{self, Service, Variant};
use crate::backends::SystemHost;

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
    pub(super) async fn read(
        machine: &SystemHost,
        client: &reqwest::Client,
        region: &str,
        profile: &str,
    ) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Connector::new(client.clone()))
            .no_credentials()
            .region(Region::new(region.to_owned()));
        if let Some(profile) = chosen_profile(machine, profile) {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        let fips = config.use_fips().unwrap_or_default();
        let dual_stack = config.use_dual_stack().unwrap_or_default();
        let attempts = config.retry_config().map_or(ATTEMPTS, |retry| retry.max_attempts());
        Self { config, variant: Variant { fips, dual_stack }, retries: attempts.clamp(1, MOST_ATTEMPTS) - 1 }
    }

    /// Where the service is, without a slash at the end: its own variable, the one for all services, the
    /// profile, or the public host. The second value says whether the user named it.
    pub(super) fn endpoint(&self, machine: &SystemHost, service: &Service, region: &str) -> (String, bool) {
        let ignored = variable(machine, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let ignored = ignored.is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let named =
            [service.variable, "AWS_ENDPOINT_URL"].into_iter().find_map(|name| variable(machine, name));
        let named = named.filter(|_| !ignored).or_else(|| self.endpoint_of_profile(service));
        match named {
            Some(url) => (url.trim_end_matches('/').to_owned(), true),
            None => (endpoint::public(service, region, self.variant), false),
        }
    }

    fn endpoint_of_profile(&self, service: &Service) -> Option<String> {
        let key = ServiceConfigKey::builder()
            .service_id(service.name)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        self.config.service_config()?.load_config(key).filter(|url| !url.is_empty())
    }
}

/// A variable that is set and not empty.
pub(super) fn variable(machine: &SystemHost, name: &str) -> Option<String> {
    let value = machine.get(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}

/// The profile that is asked for, if it is not for `aws-config` to find out.
pub(super) fn chosen_profile(machine: &SystemHost, profile: &str) -> Option<String> {
    if !profile.is_empty() {
        return Some(profile.to_owned());
    }
    // `aws-config` knows `AWS_PROFILE` only.
    let names = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
    names.into_iter().find_map(|name| variable(machine, name))
}

/// The region of the environment, else of the profile in use. The machine's own is not asked for: sops
/// does not either.
#[cfg(feature = "publish")]
pub(super) async fn region(machine: &SystemHost, client: &reqwest::Client) -> Option<String> {
    let names = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    if let Some(region) = names.into_iter().find_map(|name| variable(machine, name)) {
        return Some(region);
    }
    let config = ProviderConfig::without_region().with_http_client(Connector::new(client.clone()));
    let mut provider = ProfileFileRegionProvider::builder().configure(&config);
    if let Some(profile) = chosen_profile(machine, "") {
        provider = provider.profile_name(profile);
    }
    Some(provider.build().region().await?.to_string())
}
