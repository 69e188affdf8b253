//! A certificate authority for one test, and a certificate of it for the loopback.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// Who signs the certificates of a test's servers. Clients trust it through `SSL_CERT_FILE`.
pub struct Authority {
    folder: tempfile::TempDir,
    config: Arc<rustls::ServerConfig>,
}

impl Authority {
    /// A new one, with one certificate for `localhost` and `127.0.0.1`.
    pub fn new() -> Self {
        Self::for_names(&[])
    }

    /// A new one, whose certificate is also for these names.
    pub fn for_names(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("signed");
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("written");
        let issuer = Issuer::new(params, key);

        let leaf_key = KeyPair::generate().expect("a key");
        let names: Vec<_> =
            ["localhost", "127.0.0.1"].iter().chain(more).map(|name| (*name).to_owned()).collect();
        let leaf =
            CertificateParams::new(names).expect("names").signed_by(&leaf_key, &issuer).expect("signed");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = rustls::pki_types::PrivateKeyDer::try_from(leaf_key.serialize_der()).expect("a key");
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .expect("a certificate");
        Self { folder, config: Arc::new(config) }
    }

    /// The file that `SSL_CERT_FILE` is to name.
    pub fn file(&self) -> PathBuf {
        Path::join(self.folder.path(), "ca.pem")
    }

    pub(super) fn server_config(&self) -> Arc<rustls::ServerConfig> {
        Arc::clone(&self.config)
    }
}
