//! The server that tells a machine of Google's who it is.

use std::time::{Duration, Instant};

use super::escaped;
use crate::backends::SystemHost;
use crate::backends::http::{self, Patience};
use crate::backends::network::Network;

/// Names another server, and says that there is one.
const HOST: &str = "GCE_METADATA_HOST";
/// `true` if there is none, as for Google's libraries for Python and Java.
const NONE: &str = "NO_GCE_CHECK";
const ADDRESS: &str = "169.254.169.254";
/// What every request to it, and every answer of it, says.
pub(super) const FLAVOR: (&str, &str) = ("metadata-flavor", "Google");
/// Who is in the machine needs no longer. Elsewhere nobody may be there for seconds.
const NEAR: Duration = Duration::from_millis(500);

/// The server's host and port, asked or not.
pub(super) fn host(machine: &SystemHost) -> String {
    let named = machine.get(HOST).map(|host| host.to_string_lossy().into_owned());
    named.filter(|host| !host.is_empty()).unwrap_or_else(|| ADDRESS.to_owned())
}

/// Whether there is such a server.
pub(super) fn is_there(machine: &SystemHost, network: &Network, direct: &reqwest::Client) -> bool {
    if machine.get(HOST).is_some_and(|host| !host.is_empty()) {
        return true;
    }
    if machine.get(NONE).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1") {
        return false;
    }
    let patience = Patience { deadline: Instant::now() + NEAR, retries: 0, pause: Duration::ZERO };
    let request = || {
        let (name, value) = FLAVOR;
        Ok::<_, std::convert::Infallible>(direct.get(format!("http://{ADDRESS}")).header(name, value))
    };
    let answer = network.block_on(http::repeat(patience, |_| false, request));
    // Other clouds have a server at this address too.
    matches!(answer, Ok(Ok(Ok(answer))) if answer.header(FLAVOR.0) == Some(FLAVOR.1))
}

/// Where a token of the machine's account is to be had.
pub(super) fn token_url(host: &str, scopes: &[&str]) -> String {
    let scopes = escaped(&scopes.join(","));
    format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token?scopes={scopes}")
}
