//! The certificate of a service principal, and what is signed with its key.
//!
//! A PEM file with a certificate and its RSA key, and perhaps those who signed it.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use rustls::{SignatureAlgorithm, SignatureScheme};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::token::text;
use crate::backends::SystemHost;
use crate::backends::age::io_error;
use crate::keys::quote::quote;

/// How long an assertion is good for, in seconds, as in the SDK.
const LIFETIME: i64 = 10 * 60;

/// A certificate with its key.
pub(super) struct Certificate {
    key: Arc<dyn SigningKey>,
    /// The first is the key's own.
    chain: Vec<CertificateDer<'static>>,
    /// Whether all of `chain` is sent, for tenants that know the issuer and not the certificate.
    sends_chain: bool,
}

impl Certificate {
    /// Reads the file that the environment names.
    ///
    /// # Errors
    ///
    /// What is wrong with it; nothing of it is told.
    pub(super) fn read(path: &str, machine: &SystemHost) -> Result<Self, String> {
        let bytes = std::fs::read(path).map(Zeroizing::new).map_err(|error| {
            format!(
                "failed to read certificate file {}: {}",
                quote(path),
                io_error("open", Path::new(path), &error)
            )
        })?;
        let sends_chain = text(machine, "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
            .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
        let locked = text(machine, "AZURE_CLIENT_CERTIFICATE_PASSWORD").is_some();
        Self::parse(&bytes, sends_chain).map_err(|reason| {
            let shown = quote(path);
            let pem = bytes.windows(11).any(|bytes| bytes == b"-----BEGIN ");
            if pem && !locked {
                return format!("failed to parse {shown}: {reason}");
            }
            format!(
                "failed to parse {shown}: {reason}. A PKCS #12 file has to be made a PEM file first: openssl pkcs12 -in {shown} -out FILE.pem -nodes"
            )
        })
    }

    fn parse(bytes: &[u8], sends_chain: bool) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(bytes).map_err(|_| "it has no private key in PEM form")?;
        let key = rustls::crypto::ring::sign::any_supported_type(&key)
            .ok()
            .filter(|key| key.algorithm() == SignatureAlgorithm::RSA)
            .ok_or("its key is no RSA key of 2048 to 8192 bits")?;
        let public = key.public_key().ok_or("its key has no public half")?;
        let mut chain: Vec<_> = CertificateDer::pem_slice_iter(bytes).filter_map(Result::ok).collect();
        // A certificate holds its public key as it is.
        let own = chain.iter().position(|certificate| memchr::memmem::find(certificate, &public).is_some());
        let own = own.ok_or("it has no certificate of its key")?;
        let own = chain.remove(own);
        chain.insert(0, own);
        Ok(Self { key, chain, sends_chain })
    }

    /// What shows `audience` that `client` has the key: a JSON web token, signed with PS256.
    ///
    /// # Errors
    ///
    /// If signing fails.
    pub(super) fn assertion(&self, audience: &str, client: &str) -> Result<Zeroizing<String>, String> {
        let own = &self.chain[0];
        let standard = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
        let mut header = serde_json::json!({
            "alg": "PS256", "typ": "JWT", "x5t#S256": base64_simd::URL_SAFE_NO_PAD.encode_to_string(Sha256::digest(own)),
        });
        if self.sends_chain {
            header["x5c"] = self.chain.iter().map(|certificate| standard(certificate)).collect();
        }
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| format!("no randomness: {error}"))?;
        let now = jiff::Timestamp::now().as_second();
        let claims = serde_json::json!({
            "aud": audience, "iss": client, "sub": client, "jti": uuid(id), "nbf": now, "exp": now + LIFETIME,
        });
        let part =
            |value: &serde_json::Value| base64_simd::URL_SAFE_NO_PAD.encode_to_string(value.to_string());
        let mut token = Zeroizing::new(format!("{}.{}", part(&header), part(&claims)));
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]);
        let signature = signer.and_then(|signer| signer.sign(token.as_bytes()).ok());
        let signature = signature.ok_or("unable to sign the assertion with the certificate's key")?;
        token.push('.');
        token.push_str(&base64_simd::URL_SAFE_NO_PAD.encode_to_string(signature));
        Ok(token)
    }
}

/// Random bytes as a UUID of version 4.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
