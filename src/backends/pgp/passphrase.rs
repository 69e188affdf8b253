//! Passphrases of secret keys that lie in files: from gpg-agent, or from the user.

use super::message::Locked;
use crate::backends::SystemHost;
use crate::backends::age::{AgeHost, Agent};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// gpg-agent; it asks the user in its own window.
    Agent,
    /// The user, on the terminal.
    Terminal,
}

/// Passphrases that were typed on the terminal, for the rest of the run. (gpg-agent keeps its own.)
#[derive(Default)]
pub(super) struct Passphrases(Mutex<HashMap<String, Zeroizing<String>>>);

impl Passphrases {
    /// The passphrase of a key.
    ///
    /// # Errors
    ///
    /// Why nobody gave it.
    pub(super) fn get(
        &self,
        key: &Locked,
        ask: Ask,
        machine: &SystemHost,
    ) -> Result<Zeroizing<String>, String> {
        let id = &key.short_id;
        // Locked while the user is asked: once is enough.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if key.again {
            known.remove(id);
        } else if let Some(passphrase) = known.get(id) {
            return Ok(passphrase.clone());
        }
        if ask == Ask::Terminal {
            let passphrase = machine.read_secret(&format!("Enter passphrase for PGP key {id}:"))?;
            known.insert(id.clone(), passphrase.clone());
            return Ok(passphrase);
        }
        let mut agent = Agent::connect(machine)
            .ok_or_else(|| "could not establish connection with gpg-agent".to_owned())?;
        if key.again {
            agent.forget(id);
        }
        agent
            .passphrase(id, &format!("Unlock key {id} to decrypt sops's key"), machine)
            .map_err(|error| format!("gpg-agent passphrase request errored: {error}"))
    }
}
