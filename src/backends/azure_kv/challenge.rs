//! The challenge with which a vault says who may vouch for a caller, and for what (keys §7).

use reqwest::Url;

/// The end of a scope that stands for all that the caller may do.
const DEFAULT: &str = "/.default";

/// What a token has to be for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    /// Empty if the vault does not say.
    pub(super) tenant: String,
    /// The vault's resource, without `/.default`.
    pub(super) resource: String,
}

impl Wanted {
    /// Reads a `WWW-Authenticate` header that came from `vault`.
    ///
    /// # Errors
    ///
    /// If it names no resource, or one that is not the vault's: whoever hands you a file could else
    /// have a token of yours sent to a server of theirs.
    pub(super) fn parse(header: &str, vault: &Url) -> Result<Self, String> {
        let header = header.replace("Bearer ", " ");
        let (mut authority, mut scope, mut resource) = ("", "", "");
        for part in header.split([' ', ',']) {
            let Some((name, value)) = part.split_once('=') else { continue };
            let value = value.trim_matches('"');
            match name {
                "authorization" | "authorization_uri" => authority = value,
                "scope" => scope = value,
                "resource" => resource = value,
                _ => {}
            }
        }
        let resource = if scope.is_empty() { resource } else { scope };
        let resource = resource.strip_suffix(DEFAULT).unwrap_or(resource);
        if resource.is_empty() {
            return Err("could not find a valid resource in the WWW-Authenticate header".to_owned());
        }
        let matches =
            host_in(resource).is_some_and(|resource| host(vault).ends_with(&format!(".{resource}")));
        if !matches {
            return Err(format!(
                "challenge resource \"{}\" doesn't match the requested domain. See https://aka.ms/azsdk/blog/vault-uri for more information",
                resource.escape_default()
            ));
        }
        // https://login.microsoftonline.com/TENANT
        let tenant = authority.split('/').nth(3).unwrap_or_default();
        Ok(Self { tenant: tenant.to_owned(), resource: resource.to_owned() })
    }

    /// The resource as the newer endpoints want it.
    pub(super) fn scope(&self) -> String {
        format!("{}{DEFAULT}", self.resource)
    }
}

/// Host and port.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The same of a resource, as it is written: what looks like a number is not made an address.
fn host_in(resource: &str) -> Option<String> {
    let (scheme, rest) = resource.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let host = host.strip_suffix(":443").unwrap_or(&host);
    (scheme == "https" && !host.is_empty() && !host.contains('@')).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, vault: &str, expected: Result<(&str, &str), &str>) {
        let found = Wanted::parse(header, &Url::parse(vault).unwrap());
        match expected {
            Ok((tenant, resource)) => {
                let expected = Wanted { tenant: tenant.to_owned(), resource: resource.to_owned() };
                assert_eq!(found, Ok(expected), "{header}");
            }
            Err(reason) => assert!(found.unwrap_err().starts_with(reason), "{header}"),
        }
    }

    #[test]
    fn challenges() {
        let vault = "https://v.vault.azure.net/keys/k";
        let both = "Bearer authorization=\"https://login.microsoftonline.com/t-1\", resource=\"https://vault.azure.net\"";
        check(both, vault, Ok(("t-1", "https://vault.azure.net")));
        let scope = "Bearer authorization=\"https://login.windows.net/t\", scope=\"https://vault.azure.net/.default\" resource=\"https://x\"";
        check(scope, vault, Ok(("t", "https://vault.azure.net")));
        let no_tenant = "Bearer resource=\"https://vault.azure.net\"";
        check(no_tenant, vault, Ok(("", "https://vault.azure.net")));
        let port = "Bearer authorization=\"https://l/t\", resource=\"https://0.0.1:8443\"";
        check(port, "https://127.0.0.1:8443/keys/k", Ok(("t", "https://0.0.1:8443")));
    }

    #[test]
    fn resources_that_are_not_the_vaults() {
        let check = |resource: &str, vault: &str| {
            let header = format!("Bearer authorization=\"https://l/t\", resource=\"{resource}\"");
            check(&header, vault, Err("challenge resource"));
        };
        check("https://vault.azure.net", "https://v.vault.azure.net.evil.example/");
        check("https://vault.azure.net", "https://vault.azure.net/");
        check("https://vault.azure.net", "https://evilvault.azure.net/");
        check("https://management.azure.com", "https://v.vault.azure.net/");
        check("https://0.0.1:8443", "https://127.0.0.1:8444/");
        check("no url", "https://v.vault.azure.net/");
        for header in ["", "Bearer", "Basic realm=\"x\"", "Bearer resource=\"\""] {
            let error = Wanted::parse(header, &Url::parse("https://v.w/").unwrap()).unwrap_err();
            assert!(error.starts_with("could not find a valid resource"), "{error}");
        }
    }
}
