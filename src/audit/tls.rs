//! Connecting, with as much proof of who answers as the connection string asks for, in lib/pq's terms.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::{Connection, Trust};
use super::reason;

/// Connects; the connection lives on the runtime that this is called on.
///
/// # Errors
///
/// Why there is no connection, without the password.
pub(super) async fn connect(connection: &Connection) -> Result<Client, String> {
    let config = &connection.config;
    if connection.trust == Trust::Plain {
        let (client, traffic) = config.connect(NoTls).await.map_err(|error| reason(&error))?;
        tokio::spawn(traffic);
        return Ok(client);
    }
    let connector = connector(connection.trust, connection.root.as_deref())?;
    let (client, traffic) = config.connect(connector).await.map_err(|error| reason(&error))?;
    tokio::spawn(traffic);
    Ok(client)
}

fn connector(trust: Trust, root: Option<&str>) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(ring::default_provider());
    // Fails if there is one already, which is as good.
    let _ = ring::default_provider().install_default();
    let Some(root) = root else {
        if trust != Trust::Anyone {
            // The system's authorities; that the name has to be right too is more than verify-ca asks.
            let (connector, _) = MakeRustlsConnect::with_native_certs()
                .map_err(|_| "the certificates of this system cannot be read".to_owned())?;
            return Ok(connector);
        }
        return with(&provider, Arc::new(Lenient { provider: provider.clone(), chain: None }));
    };
    let unreadable = || format!("the certificate {root} (sslrootcert) cannot be read");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(root).map_err(|_| unreadable())? {
        roots.add(certificate.map_err(|_| unreadable())?).map_err(|_| unreadable())?;
    }
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|_| unreadable())?;
    if trust == Trust::Host {
        return with(&provider, chain);
    }
    with(&provider, Arc::new(Lenient { provider: provider.clone(), chain: Some(chain) }))
}

fn with(
    provider: &Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<MakeRustlsConnect, String> {
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// `require`: whoever answers. `verify-ca`: whoever has a certificate of the authority, for any name.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    chain: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // The name is looked at last, when all else was right.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
