//! Tokens that a service account signs itself: JSON Web Tokens with RS256 (RFC 7515, RFC 7518 §3.3).

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;
use zeroize::Zeroizing;

/// How long a token is good for, in seconds.
pub(super) const LIFETIME: i64 = 60 * 60;

/// What a token says.
pub(super) struct Claims<'a> {
    /// Who says it.
    pub(super) issuer: &'a str,
    /// On whose behalf, if that is to be said.
    pub(super) subject: Option<&'a str>,
    pub(super) scope: &'a str,
    /// For whom; empty for all services.
    pub(super) audience: &'a str,
    /// From when on, in seconds since 1970.
    pub(super) from: i64,
}

/// A signed token. `key` is PEM, in PKCS #8 or PKCS #1.
///
/// # Errors
///
/// What is wrong with the key; nothing of the key itself.
pub(super) fn signed(claims: &Claims<'_>, key_id: &str, key: &str) -> Result<Zeroizing<String>, String> {
    let key = read(key)?;
    let mut fields = json!({
        "iss": claims.issuer,
        "scope": claims.scope,
        "exp": claims.from + LIFETIME,
        "iat": claims.from,
        "aud": claims.audience,
    });
    if let Some(subject) = claims.subject {
        fields["sub"] = subject.into();
    }
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key_id });
    let encoded = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let text =
        format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(fields.to_string().as_bytes()));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| "the token could not be signed".to_owned())?;
    Ok(Zeroizing::new(format!("{text}.{}", encoded(&signature))))
}

fn read(pem: &str) -> Result<RsaKeyPair, String> {
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| "could not parse key: there is no private key in PEM form".to_owned())?;
    let key = match &der {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        _ => return Err("could not parse key: Google's keys are RSA keys, and this one is not".to_owned()),
    };
    key.map_err(|reason| format!("could not parse key: {reason}"))
}
