//! Which protocol is spoken, and with whom (keys §6).
//!
//! | `SOPS_GCP_KMS_CLIENT_TYPE` | `SOPS_GCP_KMS_ENDPOINT` |
//! |---|---|
//! | `rest`, in any case | the URL of a server, or host and port |
//! | anything else: gRPC | host and port; always TLS |

use reqwest::Url;

use crate::backends::SystemHost;
use crate::backends::google::universe;

const CLIENT_TYPE: &str = "SOPS_GCP_KMS_CLIENT_TYPE";
const ENDPOINT: &str = "SOPS_GCP_KMS_ENDPOINT";
const UNIVERSE: &str = "SOPS_GCP_KMS_UNIVERSE_DOMAIN";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Grpc,
    Rest,
}

/// A server and how it is spoken to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) protocol: Protocol,
    /// Without a slash at its end.
    pub(super) base: String,
    /// The domain of the cloud that it belongs to.
    pub(super) universe: String,
}

impl Endpoint {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// If the endpoint is none.
    pub(super) fn read(machine: &SystemHost) -> Result<Self, String> {
        let text = |name: &str| machine.get(name).map(|value| value.to_string_lossy()).unwrap_or_default();
        let rest = text(CLIENT_TYPE).eq_ignore_ascii_case("rest");
        let protocol = if rest { Protocol::Rest } else { Protocol::Grpc };
        let named = text(ENDPOINT);
        if named.is_empty() {
            let universe = universe(machine, Some(UNIVERSE));
            let base = format!("https://cloudkms.{universe}");
            return if Url::parse(&base).is_ok() {
                Ok(Self { protocol, base, universe })
            } else {
                Err(format!("{universe:?} is no domain ({UNIVERSE})"))
            };
        }
        let base = match protocol {
            Protocol::Rest if named.contains("://") => named.trim_end_matches('/').to_owned(),
            Protocol::Rest => format!("https://{named}"),
            Protocol::Grpc => {
                let host = named.strip_prefix("dns:///").or_else(|| named.strip_prefix("https://"));
                let host = host.unwrap_or(&named).trim_end_matches('/');
                if host.contains('/') {
                    return Err(format!(
                        "{ENDPOINT} is to be HOST:PORT for gRPC, which always has TLS; a URL is for {CLIENT_TYPE}=rest"
                    ));
                }
                format!("https://{host}")
            }
        };
        let url = Url::parse(&base).map_err(|error| format!("{ENDPOINT}: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(format!("{ENDPOINT} is no address of a server"));
        }
        Ok(Self { protocol, base, universe: universe(machine, None) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Endpoint, String> {
        let all = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Endpoint::read(&SystemHost::new(all))
    }

    #[track_caller]
    fn check(variables: &[(&str, &str)], protocol: Protocol, base: &str, universe: &str) {
        let expected = Endpoint { protocol, base: base.to_owned(), universe: universe.to_owned() };
        assert_eq!(read(variables), Ok(expected));
    }

    #[test]
    fn settings() {
        use Protocol::{Grpc, Rest};
        let (google, rest) = ("googleapis.com", (CLIENT_TYPE, "REST"));
        check(&[], Grpc, "https://cloudkms.googleapis.com", google);
        check(&[(CLIENT_TYPE, "http")], Grpc, "https://cloudkms.googleapis.com", google);
        check(&[rest], Rest, "https://cloudkms.googleapis.com", google);
        check(&[(UNIVERSE, "s3nsapis.fr")], Grpc, "https://cloudkms.s3nsapis.fr", "s3nsapis.fr");
        check(&[(ENDPOINT, "h:1"), (UNIVERSE, "s3nsapis.fr")], Grpc, "https://h:1", google);
        check(&[(ENDPOINT, "dns:///h:1")], Grpc, "https://h:1", google);
        check(&[rest, (ENDPOINT, "h:1")], Rest, "https://h:1", google);
        check(&[rest, (ENDPOINT, "http://h:1/")], Rest, "http://h:1", google);
    }

    #[test]
    fn what_is_no_endpoint() {
        for (endpoint, kind) in
            [("http://h:1", "grpc"), ("h/x", ""), ("", " x "), ("ftp://h", "rest"), ("h:p", "rest")]
        {
            let universe = if endpoint.is_empty() { "a b" } else { "" };
            let result = read(&[(ENDPOINT, endpoint), (CLIENT_TYPE, kind), (UNIVERSE, universe)]);
            assert!(result.is_err(), "{endpoint}: {result:?}");
        }
    }
}
