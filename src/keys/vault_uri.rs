//! The URI of a Vault transit key: `SCHEME://HOST[:PORT]/v1/ENGINE…/keys/NAME` (keys §8.1).

use super::quote::quote;
use super::{MasterKey, without_user};

/// Why a text is no URI of a Vault key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultUriError {
    /// No URL at all.
    #[error("parse {}: {reason}", quote(&without_user(.uri)))]
    Url {
        /// The text.
        uri: String,
        /// What is wrong with it, in Go's words.
        reason: String,
    },
    /// It does not begin with `https://` or the like.
    #[error(
        "missing scheme in Vault URL (should be like this: \
         +https://vault.example.com:8200/v1/transit/keys/keyName), got: {}", without_user(.0)
    )]
    Scheme(String),
    /// Something stands before `/v1/`.
    #[error(
        "running Vault with a prefixed URL is not supported! (Format has to be like \
         https://vault.example.com:8200/v1/transit/keys/keyName)"
    )]
    Prefixed,
    /// The path has not enough segments behind `/v1/`.
    #[error(
        "vault path does not seem to be formatted correctly: \
         (eg. https://vault.example.com:8200/v1/transit/keys/keyName)"
    )]
    Path,
}

/// Reads a key's URI.
pub(super) fn parse(uri: &str) -> Result<MasterKey, VaultUriError> {
    // What looks like a port may be a part of a password.
    let unclear = without_user(uri) != uri;
    let error = |reason: String| VaultUriError::Url {
        uri: uri.to_owned(),
        reason: if unclear { "user, password or host is malformed".to_owned() } else { reason },
    };
    let (url, fragment) = match uri.split_once('#') {
        Some((url, fragment)) => (url, Some(fragment)),
        None => (uri, None),
    };
    if url.bytes().any(|b| b < b' ' || b == 0x7f) {
        return Err(error("net/url: invalid control character in URL".to_owned()));
    }
    let (scheme, rest) = split_scheme(url).map_err(|reason| error(reason.to_owned()))?;
    if scheme.is_empty() {
        let segment = rest.split(['/', '?']).next().unwrap_or_default();
        if segment.contains(':') {
            return Err(error("first path segment in URL cannot contain colon".to_owned()));
        }
        return Err(VaultUriError::Scheme(uri.to_owned()));
    }
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, format!("?{query}")),
        None => (rest, String::new()),
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return Err(VaultUriError::Path);
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    check_authority(authority).map_err(error)?;
    let path = escape_path(path).map_err(error)?;
    let (engine_path, key_name) = split_path(&format!("{path}{query}"))?;

    // What is not path stays with the address, as in sops.
    let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
    let address = format!("{}://{authority}{query}{fragment}", scheme.to_ascii_lowercase());
    Ok(MasterKey::VaultTransit { address, engine_path, key_name })
}

fn split_scheme(url: &str) -> Result<(&str, &str), &'static str> {
    for (at, byte) in url.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme"),
            b':' => return Ok((&url[..at], &url[at + 1..])),
            _ => break,
        }
    }
    Ok(("", url))
}

fn check_authority(authority: &str) -> Result<(), String> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(bad) =
        host.chars().find(|c| matches!(c, ' ' | '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}' | '\\'))
    {
        return Err(format!("invalid character {} in host name", quote(&bad.to_string())));
    }
    let after = if host.starts_with('[') {
        host.rsplit_once(']').ok_or("missing ']' in host")?.1
    } else {
        host.rfind(':').map_or("", |colon| &host[colon..])
    };
    let digits = after.strip_prefix(':');
    if after.is_empty() || digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit())) {
        return Ok(());
    }
    Err(format!("invalid port {} after host", quote(after)))
}

/// The path with what may not stand in one escaped; escapes that are there stay.
fn escape_path(path: &str) -> Result<String, String> {
    let mut out = String::with_capacity(path.len());
    for (at, byte) in path.bytes().enumerate() {
        let hex = |i: usize| path.as_bytes().get(at + i).is_some_and(u8::is_ascii_hexdigit);
        match byte {
            b'%' if hex(1) && hex(2) => out.push('%'),
            b'%' => {
                let end = (at + 1..=(at + 3).min(path.len())).rev();
                let escape = end.into_iter().find_map(|end| path.get(at..end));
                return Err(format!("invalid URL escape {}", quote(escape.unwrap_or("%"))));
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            _ if b"-_.~$&+,/:;=@!'()*[]".contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(out)
}

/// Engine path and key name.
///
/// The tests are as loose as sops': the word before the name and the number of the version are not
/// looked at, and `/v1/` may stand anywhere.
fn split_path(path: &str) -> Result<(String, String), VaultUriError> {
    let parts: Vec<_> = path.split('/').collect();
    let is_version = |part: &str| {
        let digits = part.strip_prefix('v').unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let fits = |at: usize| {
        is_version(parts[at]) && (1..=3).all(|i| parts.get(at + i).is_some_and(|p| !p.is_empty()))
    };
    if (2..parts.len()).any(|at| fits(at) && !parts[at - 1].is_empty()) {
        return Err(VaultUriError::Prefixed);
    }
    if !(1..parts.len()).any(fits) {
        return Err(VaultUriError::Path);
    }
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    // The first is the version, the last two are `keys` and the name.
    let [_, engine @ .., _, name] = &parts[..] else { return Err(VaultUriError::Path) };
    let mut clean: Vec<&str> = Vec::new();
    for part in engine {
        match *part {
            "" | "." => {}
            ".." if clean.last().is_some_and(|last| *last != "..") => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    Ok((clean.join("/"), (*name).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, address: &str, engine_path: &str, key_name: &str) {
        let key = parse(uri).unwrap();
        let expected = MasterKey::VaultTransit {
            address: address.into(),
            engine_path: engine_path.into(),
            key_name: key_name.into(),
        };
        assert_eq!(key, expected, "{uri}");
    }

    fn check_error(uri: &str, start: &str) {
        let error = parse(uri).unwrap_err().to_string();
        assert!(error.starts_with(start), "{uri}: {error}");
    }

    /// The table of keys §8.1.
    #[test]
    fn accepted() {
        check("https://h:8200/v1/transit/keys/k1/", "https://h:8200", "transit", "k1");
        check("http://h/v1/a/b/keys/k1", "http://h", "a/b", "k1");
        check("http://h/v2/transit/foo/k1", "http://h", "transit", "k1");
        check("http://h/v1/t/keys/k?x=1", "http://h?x=1", "t", "k?x=1");
        check("http://h/v1/t/keys/k#f", "http://h#f", "t", "k");
        check("http://user:pw@h/v1/t/keys/k%20x", "http://user:pw@h", "t", "k%20x");
    }

    #[test]
    fn refused() {
        check_error("bad", "missing scheme in Vault URL (should be like this: +https://vault.");
        check_error("http://h/pre/v1/t/keys/k", "running Vault with a prefixed URL is not");
        check_error("http://h/v1/x/v1/t/keys/k", "running Vault with a prefixed URL is not");
        check_error("http://h/v1/keys/k1", "vault path does not seem to be formatted correctly");
        check_error("http://h/v1/transit/keys", "vault path does not seem to be formatted");
        check_error(
            " http://h/v1/t/keys/k",
            "parse \" http://h/v1/t/keys/k\": first path segment in URL cannot contain colon",
        );
        check_error(
            "http://h:x/v1/t/keys/k",
            "parse \"http://h:x/v1/t/keys/k\": invalid port \":x\" after host",
        );
        check_error(
            "http://user:pass#word@h/v1/t/keys/k",
            "parse \"http://***@h/v1/t/keys/k\": user, password or host is malformed",
        );
        check_error("http://h/v1/t/keys/%zz", "parse \"http://h/v1/t/keys/%zz\": invalid URL escape \"%zz\"");
    }
}
