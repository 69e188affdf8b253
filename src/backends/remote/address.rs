//! Where a key service is: the forms of `--keyservice` (services §1.2).

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// The address of a key service, as a URL names it. Whether anyone can be reached there shows when
/// the first key is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    scheme: String,
    /// Host and port.
    authority: String,
    /// The path behind them, or all that follows the scheme if it has no slash.
    path: String,
}

/// A text is no URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the URL of a key service: tcp://HOST:PORT or unix:///PATH")]
pub struct InvalidAddress;

/// What a connection is made to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A socket in the file system.
    Socket(String),
    /// Addresses of which any one will do.
    Hosts(Vec<SocketAddr>),
}

impl Address {
    /// Takes a URL apart as Go does.
    ///
    /// # Errors
    ///
    /// [`InvalidAddress`] where Go's parser fails, which is where sops leaves the service out:
    /// `127.0.0.1:5000`, a port that is no number, an unclosed bracket.
    pub fn parse(url: &str) -> Result<Self, InvalidAddress> {
        if url.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err(InvalidAddress);
        }
        let url = url.split('#').next().unwrap_or_default();
        let (scheme, rest) = split_scheme(url)?;
        let rest = rest.split('?').next().unwrap_or_default();
        let mut address =
            Self { scheme: scheme.to_ascii_lowercase(), authority: String::new(), path: String::new() };
        if let Some(rest) =
            rest.strip_prefix("//").filter(|rest| !scheme.is_empty() || !rest.starts_with('/'))
        {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            address.authority = host(authority)?;
            address.path = unescaped(path)?;
        } else if rest.starts_with('/') {
            address.path = unescaped(rest)?;
        } else if scheme.is_empty() {
            if rest.split('/').next().is_some_and(|first| first.contains(':')) {
                return Err(InvalidAddress);
            }
            address.path = unescaped(rest)?;
        } else {
            rest.clone_into(&mut address.path);
        }
        Ok(address)
    }

    /// Finds what to connect to; looks up names.
    ///
    /// # Errors
    ///
    /// What stands behind `desc = ` in sops' report.
    pub(super) fn target(&self) -> Result<Target, String> {
        let Self { scheme, authority, path } = self;
        if scheme == "unix" {
            return match (authority.is_empty(), path.is_empty()) {
                (false, _) => Err(format!("invalid (non-empty) authority: {authority}")),
                (true, true) => Err(dialing("dial unix: missing address")),
                (true, false) => Ok(Target::Socket(path.clone())),
            };
        }
        if authority.is_empty() {
            return Err("dns resolver: missing address".to_owned());
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((_, "")) => {
                return Err("dns resolver: missing port after port-separator colon".to_owned());
            }
            Some((host, port)) if host.ends_with(']') || !host.contains(':') => (host, port),
            // As if there were TLS: so it is in the library that sops uses.
            _ => (authority.as_str(), "443"),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if !matches!(scheme.as_str(), "tcp" | "tcp4" | "tcp6") {
            return Err(dialing(&format!("dial {scheme}: unknown network {scheme}")));
        }
        let number: u16 =
            port.parse().map_err(|_| dialing(&format!("dial {scheme}: address {port}: invalid port")))?;
        let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, number)],
            Err(_) => (host, number).to_socket_addrs().map(Iterator::collect).unwrap_or_default(),
        };
        if found.is_empty() {
            return Err("name resolver error: produced zero addresses".to_owned());
        }
        let fits = |address: &&SocketAddr| match scheme.as_str() {
            "tcp4" => address.is_ipv4(),
            "tcp6" => address.is_ipv6(),
            _ => true,
        };
        let usable: Vec<SocketAddr> = found.iter().filter(fits).copied().collect();
        match (usable.is_empty(), found.first()) {
            (true, Some(first)) => {
                Err(dialing(&format!("dial {scheme}: address {}: no suitable address found", first.ip())))
            }
            _ => Ok(Target::Hosts(usable)),
        }
    }

    /// The network in Go's words: `tcp`, `unix`.
    pub(super) fn network(&self) -> &str {
        &self.scheme
    }
}

/// As sops logs it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.scheme == "unix" { &self.path } else { &self.authority };
        write!(f, "{}://{place}", self.scheme)
    }
}

/// A failure to connect, in the words of sops' report.
pub(super) fn dialing(why: &str) -> String {
    format!("connection error: desc = \"transport: Error while dialing: {why}\"")
}

/// Scheme and rest. What begins as no scheme can begin has none.
fn split_scheme(url: &str) -> Result<(&str, &str), InvalidAddress> {
    for (at, byte) in url.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at > 0 => return Ok((&url[..at], &url[at + 1..])),
            b':' => return Err(InvalidAddress),
            _ => break,
        }
    }
    Ok(("", url))
}

/// Host and port of an authority, without the user; what Go refuses is refused.
fn host(authority: &str) -> Result<String, InvalidAddress> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(InvalidAddress)?.1,
        None => host.rfind(':').map_or("", |at| &host[at..]),
    };
    let numeric = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    let allowed =
        |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"".contains(c);
    if numeric && host.chars().all(allowed) { Ok(host.to_owned()) } else { Err(InvalidAddress) }
}

/// A path without `%41`.
fn unescaped(path: &str) -> Result<String, InvalidAddress> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = rest.next().and_then(|digit| char::from(digit).to_digit(16));
            digit.and_then(|digit| u8::try_from(digit).ok()).ok_or(InvalidAddress)
        };
        bytes.push(digit()? << 4 | digit()?);
    }
    String::from_utf8(bytes).map_err(|_| InvalidAddress)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As seen with sops 3.13.2.
    #[test]
    fn what_is_left_out() {
        for url in [
            "127.0.0.1:5010",
            "tcp://127.0.0.1:x",
            "tcp://a b",
            "tcp://[::1",
            " tcp://127.0.0.1:1",
            ":x",
            "a\nb",
        ] {
            assert_eq!(Address::parse(url), Err(InvalidAddress), "{url}");
        }
    }

    /// As seen with sops 3.13.2.
    #[test]
    fn what_cannot_be_reached() {
        let missing = "dns resolver: missing address";
        for (url, why) in [
            ("localhost:5010", missing),
            ("tcp:127.0.0.1:1", missing),
            ("tcp://", missing),
            ("/x/y", missing),
            ("x", missing),
            ("ftp:", missing),
            ("unixpacket:///tmp/x", missing),
            ("unix://rel/none", "invalid (non-empty) authority: rel"),
            ("tcp://nosuch.invalid:5", "name resolver error: produced zero addresses"),
        ] {
            assert_eq!(Address::parse(url).unwrap().target(), Err(why.to_owned()), "{url}");
        }
        for (url, why) in [
            ("tcp6://127.0.0.1:1", "dial tcp6: address 127.0.0.1: no suitable address found"),
            ("unix://", "dial unix: missing address"),
            ("tcp://127.0.0.1:99999", "dial tcp: address 99999: invalid port"),
            ("http://127.0.0.1:1", "dial http: unknown network http"),
        ] {
            assert_eq!(Address::parse(url).unwrap().target(), Err(dialing(why)), "{url}");
        }
    }

    /// As seen with sops 3.13.2.
    #[test]
    fn what_is_dialled() {
        let hosts = |text: &str| Target::Hosts(vec![text.parse().unwrap()]);
        let socket = |path: &str| Target::Socket(path.to_owned());
        for (url, target, shown) in [
            ("tcp://127.0.0.1:1", hosts("127.0.0.1:1"), "tcp://127.0.0.1:1"),
            ("TCP://127.0.0.1:1", hosts("127.0.0.1:1"), "tcp://127.0.0.1:1"),
            ("tcp4://127.0.0.1:1", hosts("127.0.0.1:1"), "tcp4://127.0.0.1:1"),
            ("tcp6://[::1]:1", hosts("[::1]:1"), "tcp6://[::1]:1"),
            ("tcp://u:p@127.0.0.1:1/path", hosts("127.0.0.1:1"), "tcp://127.0.0.1:1"),
            ("tcp://127.0.0.1:1?x=1", hosts("127.0.0.1:1"), "tcp://127.0.0.1:1"),
            ("tcp://127.0.0.1", hosts("127.0.0.1:443"), "tcp://127.0.0.1"),
            ("unix:///a/b", socket("/a/b"), "unix:///a/b"),
            ("unix:/a/b", socket("/a/b"), "unix:///a/b"),
            ("unix:///a/%41", socket("/a/A"), "unix:///a/A"),
            ("unix:///a/b?c", socket("/a/b"), "unix:///a/b"),
            ("unix:rel", socket("rel"), "unix://rel"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.target(), Ok(target), "{url}");
            assert_eq!(address.to_string(), shown, "{url}");
        }
    }
}
