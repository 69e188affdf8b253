//! What keys did, as log lines for `--verbose`, in the form that sops gives them (keys §2.5).

use std::sync::Arc;

use resops::keys::{Attempt, Finding, KeyError, KeyKind, KeyService, Manner, MasterKey, WrappedKey};

use super::ui::{self, Level};

/// A key service whose successes and failures are logged.
pub(crate) struct Logged(Arc<dyn KeyService>);

impl Logged {
    pub(crate) fn new(service: impl KeyService + 'static) -> Self {
        Self(Arc::new(service))
    }
}

impl KeyService for Logged {
    fn handles(&self, key: &MasterKey) -> bool {
        self.0.handles(key)
    }

    fn manner(&self, key: &MasterKey) -> Manner {
        match self.0.manner(key) {
            Manner::InTurn => Manner::InTurn,
            Manner::AtOnce(service) => Manner::AtOnce(Arc::new(Self(service))),
            Manner::Queued(service) => Manner::Queued(Arc::new(Self(service))),
        }
    }

    fn complete(&self, key: &MasterKey) -> Result<Option<MasterKey>, KeyError> {
        let result = self.0.complete(key);
        match &result {
            Ok(Some(whole)) => log(whole, "Version fetch", true, true),
            Ok(None) => {}
            Err(_) => log(key, "Encryption", false, true),
        }
        result
    }

    fn findings(&self, failed: &[&MasterKey]) -> Vec<Finding> {
        self.0.findings(failed)
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let result = self.0.wrap(key, secret);
        log(key, "Encryption", result.is_ok(), true);
        result
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let attempt = self.0.unwrap(key);
        // An age key is not named here: any identity may have been the one.
        let named = key.key.kind() != KeyKind::Age;
        log(&key.key, "Decryption", matches!(attempt, Attempt::Recovered(_)), named);
        attempt
    }
}

fn log(key: &MasterKey, what: &str, success: bool, named: bool) {
    let outcome = match (success, key.kind()) {
        (false, _) => "failed",
        (true, KeyKind::VaultTransit) => "successful",
        (true, _) => "succeeded",
    };
    let path;
    let (logger, fields): (_, Vec<(&str, &str)>) = match key {
        MasterKey::Age { recipient } => ("AGE", vec![("recipient", recipient)]),
        MasterKey::Pgp { fingerprint } => ("PGP", vec![("fingerprint", fingerprint)]),
        MasterKey::AwsKms { arn, .. } => ("AWSKMS", vec![("arn", arn)]),
        MasterKey::GcpKms { resource_id } => ("GCPKMS", vec![("resourceID", resource_id)]),
        MasterKey::AzureKeyVault { name, version, .. } => ("AZKV", vec![("key", name), ("version", version)]),
        MasterKey::VaultTransit { engine_path, key_name, .. } => {
            let verb = if what == "Encryption" { "encrypt" } else { "decrypt" };
            path = format!("{engine_path}/{verb}/{key_name}");
            ("VAULT_TRANSIT", vec![("Path", &path)])
        }
        MasterKey::HuaweiKms { key_id } => ("HCKMS", vec![("keyID", key_id)]),
        _ => return,
    };
    let fields = if named { fields } else { Vec::new() };
    ui::log_with(logger, Level::Info, &format!("{what} {outcome}"), &fields);
}
