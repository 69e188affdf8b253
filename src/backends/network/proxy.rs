//! Which proxy leads to a host: what Go's programs read of the environment, and sops with them.
//!
//! `HTTPS_PROXY` and `HTTP_PROXY` go by the scheme of what is asked for; `NO_PROXY` lists what needs none:
//! names with what is below them, addresses, networks, each with or without a port, or `*`. Upper case
//! comes before lower case. This machine itself is never asked for through a proxy: who sits there would
//! find another machine, and would be shown tokens of this one.

use std::net::IpAddr;

use reqwest::Url;

/// The proxies of an environment.
#[derive(Clone, Default)]
pub(super) struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    direct: Vec<Direct>,
}

/// What needs no proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Direct {
    Everything,
    Network {
        address: IpAddr,
        bits: u32,
    },
    Address {
        address: IpAddr,
        port: Option<String>,
    },
    /// In lower case, with a dot before it.
    Below {
        domain: String,
        itself: bool,
        port: Option<String>,
    },
}

impl Proxies {
    /// Those that variables name; `variable` gives their values.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first =
            |names: [&str; 2]| names.into_iter().find_map(|name| variable(name).filter(|v| !v.is_empty()));
        // A request's header `Proxy` becomes this variable in a CGI program.
        let in_cgi = variable("REQUEST_METHOD").is_some_and(|method| !method.is_empty());
        let http = first(["HTTP_PROXY", "http_proxy"]).filter(|_| !in_cgi);
        Self {
            http: http.and_then(|text| proxy(&text)),
            https: first(["HTTPS_PROXY", "https_proxy"]).and_then(|text| proxy(&text)),
            direct: exceptions(&first(["NO_PROXY", "no_proxy"]).unwrap_or_default()),
        }
    }

    /// The proxy for a URL.
    pub(super) fn of(&self, url: &Url) -> Option<Url> {
        let proxy = match url.scheme() {
            "https" => self.https.as_ref(),
            "http" => self.http.as_ref(),
            _ => None,
        }?;
        let host = url.host_str()?.trim_matches(['[', ']']);
        let port = url.port_or_known_default().map(|port| port.to_string());
        let address = host.parse::<IpAddr>().ok();
        let is_here =
            host == "localhost" || address.is_some_and(|address| address.to_canonical().is_loopback());
        if is_here || self.direct.iter().any(|direct| direct.holds(host, address, port.as_deref())) {
            return None;
        }
        Some(proxy.clone())
    }
}

impl Direct {
    fn holds(&self, host: &str, address: Option<IpAddr>, port: Option<&str>) -> bool {
        let is_port = |wanted: &Option<String>| wanted.is_none() || wanted.as_deref() == port;
        match (self, address) {
            (Self::Everything, _) => true,
            (Self::Network { address: network, bits }, Some(address)) => is_within(address, *network, *bits),
            (Self::Address { address: wanted, port }, Some(address)) => {
                wanted.to_canonical() == address.to_canonical() && is_port(port)
            }
            (Self::Below { domain, itself, port }, None) => {
                (host.ends_with(domain.as_str()) || (*itself && host == &domain[1..])) && is_port(port)
            }
            _ => false,
        }
    }
}

/// A proxy's URL. One without a scheme is asked by HTTP.
fn proxy(text: &str) -> Option<Url> {
    let whole = Url::parse(text).ok().filter(Url::has_host);
    whole.or_else(|| Url::parse(&format!("http://{text}")).ok())
}

fn exceptions(list: &str) -> Vec<Direct> {
    let words = list.split(',').map(|word| word.trim().to_lowercase());
    let all: Vec<_> = words.filter_map(|word| exception(&word)).collect();
    match all.contains(&Direct::Everything) {
        true => vec![Direct::Everything],
        false => all,
    }
}

fn exception(word: &str) -> Option<Direct> {
    if word == "*" {
        return Some(Direct::Everything);
    }
    if let Some((address, bits)) = word.split_once('/')
        && let (Ok(address), Ok(bits)) = (address.parse::<IpAddr>(), bits.parse())
        && bits <= if address.is_ipv4() { 32 } else { 128 }
    {
        return Some(Direct::Network { address, bits });
    }
    let (host, port) = match word.parse::<IpAddr>() {
        Ok(_) => (word, None),
        Err(_) => match word.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') => {
                (host.trim_matches(['[', ']']), Some(port.to_owned()).filter(|port| !port.is_empty()))
            }
            _ => (word.trim_matches(['[', ']']), None),
        },
    };
    if let Ok(address) = host.parse() {
        return Some(Direct::Address { address, port });
    }
    let name = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
    let (itself, name) = name.strip_prefix('.').map_or((true, name), |name| (false, name));
    if name.is_empty() {
        return None;
    }
    // As URLs have it, when it is not ASCII.
    let url = Url::parse(&format!("http://{name}")).ok().filter(|_| !name.is_ascii());
    let name = url.as_ref().and_then(Url::host_str).unwrap_or(name);
    Some(Direct::Below { domain: format!(".{name}"), itself, port })
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address.to_canonical(), network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32 - bits;
            (address.to_bits() ^ network.to_bits()).checked_shr(shift).unwrap_or_default() == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128 - bits;
            (address.to_bits() ^ network.to_bits()).checked_shr(shift).unwrap_or_default() == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The port of the proxy that is asked for `url`.
    fn by(variables: &[(&str, &str)], url: &str) -> Option<u16> {
        let variable = |name: &str| {
            variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        };
        let proxy = Proxies::read(variable).of(&url.parse().unwrap());
        proxy.map(|proxy| proxy.port().unwrap())
    }

    #[test]
    fn the_scheme_says_which() {
        let both = [("HTTP_PROXY", "http://p:1"), ("https_proxy", "p:2"), ("ALL_PROXY", "http://p:3")];
        assert_eq!(by(&both, "http://a.example/"), Some(1));
        assert_eq!(by(&both, "https://a.example/"), Some(2));
        assert_eq!(by(&both[2..], "https://a.example/"), None);
        assert_eq!(by(&[("HTTPS_PROXY", ""), ("https_proxy", "p:2")], "https://a.example"), Some(2));
        assert_eq!(by(&[both[0], ("REQUEST_METHOD", "GET")], "http://a.example/"), None);
    }

    #[test]
    fn this_machine_needs_none() {
        let both = [("HTTP_PROXY", "http://p:1"), ("HTTPS_PROXY", "http://p:2")];
        for host in ["localhost:8200", "LOCALHOST", "127.0.0.1", "127.9.8.7:1", "[::1]:8200"] {
            assert_eq!(by(&both, &format!("http://{host}/")), None, "{host}");
            assert_eq!(by(&both, &format!("https://{host}/")), None, "{host}");
        }
        for host in ["localhost.example", "128.0.0.1", "[::2]", "0.0.0.0"] {
            assert_eq!(by(&both, &format!("https://{host}/")), Some(2), "{host}");
        }
    }

    /// Expectations: what `httpproxy` of golang.org/x/net 0.56 answers.
    #[test]
    fn exceptions_are_those_of_go() {
        let is_direct = |list: &str, host: &str| {
            by(&[("HTTPS_PROXY", "p:1"), ("NO_PROXY", list)], &format!("https://{host}/")).is_none()
        };
        for (list, host) in [
            ("*", "a.example"),
            ("b.example, *", "a.example"),
            ("a.example", "a.example"),
            ("A.Example", "x.a.example"),
            (" b.example ,a.example", "a.example"),
            (".a.example", "x.a.example"),
            ("*.a.example", "x.a.example"),
            ("a.example:8443", "a.example:8443"),
            ("a.example:443", "a.example"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("10.1.2.3", "10.1.2.3:8200"),
            ("10.1.2.3:443", "10.1.2.3"),
            ("0.0.0.0/0", "10.1.2.3"),
            ("fd00::/8", "[fd12::1]"),
            ("fd12::1", "[fd12::1]"),
            ("[fd12::1]:443", "[fd12::1]"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            assert!(is_direct(list, host), "{list} {host}");
        }
        for (list, host) in [
            ("", "a.example"),
            (",:80,.", "a.example"),
            ("a.example", "aa.example"),
            ("a.example", "ba.example"),
            (".a.example", "a.example"),
            ("*.a.example", "a.example"),
            ("*a.example", "xa.example"),
            ("a.example:80", "a.example"),
            ("10.0.0.0/8", "11.1.2.3"),
            ("10.0.0.0/33", "10.0.0.1"),
            ("10.0.0.0/8", "a.10.example"),
            ("10.1.2.3:80", "10.1.2.3"),
            ("fd00::/8", "[fe80::1]"),
            ("3", "10.1.2.3"),
        ] {
            assert!(!is_direct(list, host), "{list} {host}");
        }
    }
}
