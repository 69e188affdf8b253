//! Where a request goes: the server of the key, and the path of an operation there.

/// A server's address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// `http` or `https`.
    scheme: String,
    /// With its `@`, if there is one; a secret.
    user_info: String,
    /// Host and port.
    pub(super) host: String,
    /// What stands before `/v1`, without a slash at its end.
    prefix: String,
}

impl Address {
    /// Reads an address as a file or a variable has it. Query and fragment do not count, as in
    /// Vault's client.
    ///
    /// # Errors
    ///
    /// If it is none of HTTP. The text does not repeat it: it may hold a password.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| Err(format!("cannot create Vault client: the key's address {what}"));
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return wrong("holds a character that no address has");
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong("has no scheme; it has to begin with https:// or http://");
        };
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "https" && scheme != "http" {
            return wrong("has an unsupported protocol scheme; it has to begin with https:// or http://");
        }
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let at = authority.rfind('@').map_or(0, |at| at + 1);
        let (user_info, host) = authority.split_at(at);
        if host.is_empty() {
            return wrong("names no host");
        }
        Ok(Self {
            scheme,
            user_info: user_info.to_owned(),
            host: host.to_owned(),
            prefix: prefix.trim_end_matches('/').to_owned(),
        })
    }

    /// The URL of a path below `/v1/`, as it is requested.
    pub(super) fn url(&self, path: &str) -> String {
        let Self { scheme, user_info, host, prefix } = self;
        format!("{scheme}://{user_info}{host}{prefix}/v1/{}", escaped(path))
    }

    /// The same, as it is shown: without the user.
    pub(super) fn shown(&self, path: &str) -> String {
        let Self { scheme, host, prefix, .. } = self;
        format!("{scheme}://{host}{prefix}/v1/{}", escaped(path))
    }

    /// Whether host and port leave the port open.
    pub(super) fn has_port(&self) -> bool {
        self.host.rsplit_once(']').map_or(&self.host[..], |(_, rest)| rest).contains(':')
    }
}

/// Parts of a path as one, such as `ENGINE/OPERATION/KEY`.
///
/// Nothing if a part would lead elsewhere. sops lets `..` through: a file that somebody hands you
/// could have your token write to any path of your server.
pub(crate) fn path(parts: &[&str]) -> Option<String> {
    let parts: Vec<_> =
        parts.iter().flat_map(|part| part.split('/')).filter(|part| !part.is_empty()).collect();
    (!parts.iter().any(|part| matches!(*part, "." | ".."))).then(|| parts.join("/"))
}

/// The path as Go's client sends it: what is escaped already is escaped once more.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            _ if b"-_.~$&+,/:;=@".contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, url: &str, shown: &str) {
        let address = Address::parse(address).unwrap();
        assert_eq!(address.url("t/encrypt/k"), url);
        assert_eq!(address.shown("t/encrypt/k"), shown);
    }

    #[test]
    fn addresses() {
        let plain = "https://h:8200/v1/t/encrypt/k";
        check("https://h:8200", plain, plain);
        check("HTTPS://h:8200/", plain, plain);
        check("https://h:8200?x=1#f", plain, plain);
        check("http://u:p@h", "http://u:p@h/v1/t/encrypt/k", "http://h/v1/t/encrypt/k");
        check("http://h/pre/", "http://h/pre/v1/t/encrypt/k", "http://h/pre/v1/t/encrypt/k");
        assert!(Address::parse("http://[::1]:8200").unwrap().has_port());
        assert!(!Address::parse("http://[::1]").unwrap().has_port());
    }

    #[test]
    fn no_addresses() {
        for bad in ["", "h:8200", "ftp://h", "http://", "http://u:secret@", "http://a b", "http://a\\@secret"]
        {
            let error = Address::parse(bad).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn paths() {
        assert_eq!(path(&["a/b", "encrypt", "k"]).unwrap(), "a/b/encrypt/k");
        assert_eq!(path(&["/a//", "encrypt", "k/"]).unwrap(), "a/encrypt/k");
        for (engine, key) in [("t", ".."), ("t", "../../sys/seal"), ("..", "k"), ("t/./x", "k")] {
            assert!(path(&[engine, "decrypt", key]).is_none(), "{engine} {key}");
        }
        // Seen in what sops 3.13.2 requests.
        assert_eq!(escaped("t/encrypt/k?x=1"), "t/encrypt/k%3Fx=1");
        assert_eq!(escaped("t/encrypt/k%20x"), "t/encrypt/k%2520x");
    }
}
