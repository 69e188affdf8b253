//! PGP: a built-in OpenPGP over exported keys and old keyrings, and gpg (keys §4).
//!
//! Both ways stand in sops' order: what lies in files is tried first, then gpg is asked, which also
//! has the keys of its agent and of smart cards. On a machine with a current GnuPG there are no
//! such files, and gpg does everything. Without gpg the built-in way does:
//!
//! | file | holds |
//! |---|---|
//! | `$SOPS_PGP_KEY_FILE` | exported keys, public or secret, armored or not; ours alone |
//! | `secring.gpg`, `pubring.gpg` in the GnuPG home | the keyrings of GnuPG 1, or what `gpg --export` wrote |
//!
//! ```text
//! fingerprint ──keyring.rs──▶ certificate ──recipient.rs──▶ its encryption key ──▶ message
//! message ──message.rs──▶ secret key, passphrase.rs if it is locked ──▶ secret
//! gpg.rs: the program, for both
//! ```

mod gpg;
mod inventory;
mod keyring;
mod message;
mod passphrase;
mod recipient;
#[cfg(test)]
mod tests;

use crate::backends::SystemHost;
use crate::keys::{Attempt, KeyError, KeyService, MasterKey, WrappedKey};
use gpg::GpgError;
pub(in crate::backends) use inventory::inventory;
use keyring::{Fit, Keyring};
use message::{Message, OpenError};
use passphrase::{Ask, Passphrases};

/// The PGP backend.
pub struct PgpService {
    machine: SystemHost,
    keyring: Keyring,
    passphrases: Passphrases,
}

impl PgpService {
    /// A service that looks for keys and gpg on `machine` when it first needs one.
    #[must_use]
    pub fn new(machine: SystemHost) -> Self {
        Self { machine, keyring: Keyring::default(), passphrases: Passphrases::default() }
    }

    fn wrap_builtin(&self, fingerprint: &str, fit: Fit, secret: &[u8]) -> Result<String, String> {
        let found = self.keyring.certificate(fingerprint, fit, &self.machine)?;
        recipient::wrap(&found, secret)
    }

    /// The built-in way with all secret keys there are.
    fn unwrap_builtin(&self, enc: &str, ask: Ask) -> Result<zeroize::Zeroizing<Vec<u8>>, OpenError> {
        let keys = self.keyring.secret(&self.machine).map_err(OpenError::NotHeld)?;
        let message = Message::parse(enc).map_err(OpenError::Failed)?;
        message.open(&keys, &|key| self.passphrases.get(key, ask, &self.machine))
    }
}

impl KeyService for PgpService {
    fn handles(&self, key: &MasterKey) -> bool {
        matches!(key, MasterKey::Pgp { .. })
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let MasterKey::Pgp { fingerprint } = key else {
            return Err(KeyError::NoBackend(key.kind()));
        };
        let fingerprint = fingerprint.replace(' ', "");
        let builtin = match self.wrap_builtin(&fingerprint, Fit::AsInSops, secret) {
            Ok(enc) => return Ok(enc),
            Err(reason) => reason,
        };
        let (builtin, gpg) = match gpg::wrap(&self.machine, &fingerprint, secret) {
            Ok(enc) => return Ok(enc),
            Err(GpgError::Failed(reason)) => (builtin, reason),
            // Nothing else can find the key in the other forms of its name.
            Err(GpgError::NotStarted(reason)) => {
                match self.wrap_builtin(&fingerprint, Fit::AnyForm, secret) {
                    Ok(enc) => return Ok(enc),
                    Err(builtin) => (builtin, reason),
                }
            }
        };
        Err(both("encrypt", &builtin, &gpg))
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        if !matches!(key.key, MasterKey::Pgp { .. }) {
            return Attempt::Failed(KeyError::NoBackend(key.key.kind()));
        }
        let builtin = match self.unwrap_builtin(&key.enc, Ask::Agent) {
            Ok(secret) => return Attempt::Recovered(secret),
            Err(error) => error,
        };
        let (gpg, gpg_has_none) = match gpg::unwrap(&self.machine, &key.enc) {
            Ok(secret) => return Attempt::Recovered(secret),
            Err(GpgError::Failed(reason)) => {
                let none = reason.contains("No secret key") || reason.contains("secret key not available");
                (reason, none)
            }
            Err(GpgError::NotStarted(reason)) => (reason, true),
        };
        // The user is asked last: gpg may have had the key unlocked already.
        let builtin = match builtin {
            OpenError::Locked(_) => match self.unwrap_builtin(&key.enc, Ask::Terminal) {
                Ok(secret) => return Attempt::Recovered(secret),
                Err(error) => error,
            },
            error => error,
        };
        let not_held = matches!(builtin, OpenError::NotHeld(_)) && gpg_has_none;
        let reason = both("decrypt", &builtin.to_string(), &gpg);
        if not_held {
            Attempt::NotHeld { reason, looked_in: self.keyring.places(&self.machine) }
        } else {
            Attempt::Failed(reason)
        }
    }
}

/// The reasons of both ways, in sops' words.
fn both(what: &str, builtin: &str, gpg: &str) -> KeyError {
    KeyError::Backend(format!(
        "could not {what} data key with PGP key: github.com/ProtonMail/go-crypto/openpgp error: \
         {builtin}; GnuPG binary error: failed to {what} sops data key with pgp: {gpg}"
    ))
}
