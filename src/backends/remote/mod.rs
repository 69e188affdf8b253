//! Keys on another machine, or of another user: sops' key service protocol, both sides (services §1).
//!
//! gRPC over HTTP/2 in the clear: whoever can connect can use the keys, and whoever can listen on the
//! way sees the data keys. sops has it so, and a socket in the file system or a tunnel is what makes
//! it safe.
//!
//! ```text
//! --keyservice URL ──address.rs──▶ where ──call.rs──▶ one connection per run, one call per key
//! sops keyservice ──server.rs──▶ any KeyService, for whoever connects
//! message.rs: what travels
//! ```

mod address;
mod call;
mod message;
mod server;
mod text;

use std::sync::Arc;

use zeroize::Zeroizing;

use super::network::Network;
use crate::keys::{Attempt, KeyError, KeyService, Manner, MasterKey, WrappedKey};
use call::Line;
use message::{DECRYPT, DecryptRequest, DecryptResponse, ENCRYPT, EncryptRequest, EncryptResponse, Key};

pub use address::{Address, InvalidAddress};
pub use server::{Approve, Listener, Operation, Refusal, printable_key, serve};

/// A key service somewhere else. It is connected to when the first key is asked for.
///
/// It is asked one key after the other, because a person may sit there and answer; one that
/// stopped answering at all is given up after 20 seconds.
#[derive(Clone)]
pub struct RemoteService(Arc<Line>);

impl RemoteService {
    /// The service at `address`.
    #[must_use]
    pub fn new(address: Address, network: Network) -> Self {
        Self(Arc::new(Line::new(address, network)))
    }
}

impl KeyService for RemoteService {
    /// Every key: what the other side has cannot be known.
    fn handles(&self, _key: &MasterKey) -> bool {
        true
    }

    fn manner(&self, _key: &MasterKey) -> Manner {
        Manner::Queued(Arc::new(self.clone()))
    }

    fn wrap(&self, key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        let request = EncryptRequest { key: Some(Key::of(key)?), plaintext: secret.to_vec() };
        let response: EncryptResponse = self.0.call(ENCRYPT, request)?;
        match String::from_utf8(response.ciphertext) {
            Ok(enc) if !enc.is_empty() => Ok(enc),
            _ => Err(KeyError::Backend(
                "the key service answered with something that is no wrapped key".into(),
            )),
        }
    }

    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let answer = Key::of(&key.key).and_then(|master| {
            let request = DecryptRequest { key: Some(master), ciphertext: key.enc.as_bytes().to_vec() };
            self.0.call::<_, DecryptResponse>(DECRYPT, request)
        });
        match answer {
            Ok(mut response) => Attempt::Recovered(Zeroizing::new(std::mem::take(&mut response.plaintext))),
            Err(reason) => Attempt::Failed(reason),
        }
    }
}

#[cfg(test)]
mod tests;
