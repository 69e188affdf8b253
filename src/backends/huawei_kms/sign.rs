//! The signature of a request, `SDK-HMAC-SHA256` (keys §9).

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "SDK-HMAC-SHA256";
/// The header of the time of signing, and how that is written.
pub(super) const DATE: &str = "x-sdk-date";
pub(super) const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// What is signed of a request.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// Escaped, as it is sent.
    pub(super) path: &'a str,
    /// Escaped and sorted, without the question mark.
    pub(super) query: &'a str,
    /// Names in lower case, sorted; [`DATE`] is among them.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

/// The value of the `Authorization` header.
pub(super) fn authorization(request: &Signed<'_>, access_key: &str, secret_key: &str) -> String {
    let date = request.headers.iter().find(|(name, _)| *name == DATE).map_or("", |(_, value)| value);
    let names: Vec<_> = request.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let mut canonical = format!("{}\n{}", request.method, request.path);
    if !request.path.ends_with('/') {
        canonical.push('/');
    }
    let _ = write!(canonical, "\n{}\n", request.query);
    for (name, value) in request.headers {
        let _ = writeln!(canonical, "{name}:{}", value.trim());
    }
    let _ = write!(canonical, "\n{names}\n{}", hex(&Sha256::digest(request.body)));

    let text = format!("{ALGORITHM}\n{date}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    // A key of any length will do.
    let signature = Hmac::<Sha256>::new_from_slice(secret_key.as_bytes())
        .map(|mac| hex(&mac.chain_update(text.as_bytes()).finalize().into_bytes()))
        .unwrap_or_default();
    format!("{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
