//! age: X25519, hybrid post-quantum, SSH and plugin recipients (keys §3).
//!
//! One master key is one small age file with one recipient, armored. To unwrap, every identity that
//! this machine offers is tried; the stored recipient is not looked at. Identities are looked for
//! at the first unwrap, cheapest places first, and kept for the run.
//!
//! ```text
//! recipient ──▶ stanza ──▶ age file ──▶ armor            wrap.rs, file.rs, hybrid.rs, plugin.rs
//! armor ──▶ header ──▶ stanza ──identity──▶ file key     unwrap.rs, armor.rs, header.rs
//! places ──▶ identities, errors, places without any      sources.rs, identity.rs
//! ```
//!
//! The machine is reached through [`AgeHost`] alone. Randomness is the `age` crate's own
//! (the operating system's): its interface takes no other.

mod agent;
mod armor;
mod encrypted;
mod file;
mod findings;
mod header;
mod host;
mod hpke;
mod hybrid;
mod identity;
mod inventory;
mod plugin;
mod shell_words;
mod sources;
mod ssh;
mod system;
#[cfg(all(test, unix))] // the machine of these tests is one
mod tests;
mod unwrap;
mod wrap;

#[cfg(feature = "pgp")]
pub(in crate::backends) use agent::Agent;
pub use host::{AgeHost, Level, Stream};
pub(in crate::backends) use inventory::inventory;
pub use inventory::{new_identity, user_file};
#[cfg(any(feature = "pgp", feature = "network"))]
pub(in crate::backends) use sources::io_error;
pub use system::SystemHost;
#[cfg(any(feature = "azure", feature = "pgp"))]
pub(in crate::backends) use system::start_error;

use crate::keys::{Attempt, Finding, KeyError, KeyService, MasterKey, WrappedKey};
use sources::Sources;
use zeroize::Zeroizing;

/// The age backend.
pub struct AgeService<H> {
    host: H,
    sources: Sources,
}

impl<H: AgeHost> AgeService<H> {
    /// A service that looks for identities on `host` when it first needs one.
    pub fn new(host: H) -> Self {
        Self { host, sources: Sources::default() }
    }
}

impl<H: AgeHost> KeyService for AgeService<H> {
    fn handles(&self, key: &MasterKey) -> bool {
        matches!(key, MasterKey::Age { .. })
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let MasterKey::Age { recipient } = key else {
            return Err(KeyError::NoBackend(key.kind()));
        };
        wrap::wrap(recipient, secret, &self.host).map_err(KeyError::Backend)
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let MasterKey::Age { recipient } = &key.key else {
            return Attempt::Failed(KeyError::NoBackend(key.key.kind()));
        };
        unwrap::unwrap(&key.enc, recipient, &self.sources, &self.host)
    }

    fn findings(&self, failed: &[&MasterKey]) -> Vec<Finding> {
        if failed.iter().any(|key| self.handles(key)) {
            findings::all(&self.sources, &self.host)
        } else {
            Vec::new()
        }
    }
}

/// A secret text.
type Secret = Zeroizing<String>;
