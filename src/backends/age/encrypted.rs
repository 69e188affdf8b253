//! A source that is itself an age file, encrypted with a passphrase (keys §3.5).
//!
//! The passphrase is asked for at the first use, which is after all native identities failed, and
//! the identities are then kept for the run. (sops asks anew for every master key.)

use super::agent::Agent;
use super::host::Level;
use super::identity::{self, Identity};
use super::{AgeHost, Secret, armor, header, hybrid};
use crate::keys::Holding;
use age::DecryptError;
use age::secrecy::SecretString;
use age_core::format::{FileKey, Stanza};
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// Bytes of a source, without armor, from which on it is refused.
const MAX_LENGTH: usize = 1 << 24;
/// The largest scrypt work factor (log₂ N) that age takes: about 15 seconds.
const MAX_WORK_FACTOR: u8 = 22;
/// What age's own armor and file begin with.
const STARTS: [&[u8]; 2] = [b"-----BEGIN AGE", b"age-encryption"];

/// Whether a source is such a file.
pub(super) fn is_encrypted(text: &[u8]) -> bool {
    STARTS.iter().any(|start| text.starts_with(start))
}

/// Identities behind a passphrase.
pub(super) struct Encrypted {
    file: Vec<u8>,
    location: String,
    opened: Mutex<Option<Arc<Vec<Identity>>>>,
}

impl Encrypted {
    /// Takes the armor off, if there is one.
    pub(super) fn new(text: &[u8], location: &str) -> Result<Self, String> {
        let file = if text.starts_with(STARTS[0]) {
            let decoded = armor::decode(text);
            if let Some(fault) = decoded.fault {
                return Err(format!("failed to read '{location}': {fault}"));
            }
            decoded.bytes
        } else {
            text.to_vec()
        };
        if file.len() >= MAX_LENGTH {
            return Err(format!("failed to read '{location}': file too long"));
        }
        Ok(Self { file, location: location.to_owned(), opened: Mutex::default() })
    }

    /// What a report says of it. Nobody is asked for that.
    pub(super) fn holding(&self) -> Holding {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match opened.as_deref() {
            Some(identities) if identities.len() == 1 => identities[0].holding(),
            Some(identities) => {
                Holding::Unknown(format!("{} identities behind a passphrase", identities.len()))
            }
            None => Holding::Unknown("identities behind a passphrase".to_owned()),
        }
    }

    /// Opens the file if it is not open yet, and tries what is in it.
    pub(super) fn unwrap(&self, stanzas: &[Stanza], host: &dyn AgeHost) -> Option<Result<FileKey, String>> {
        let identities = match self.identities(host) {
            Ok(identities) => identities,
            Err(error) => return Some(Err(error)),
        };
        let result = identities.iter().find_map(|identity| identity.unwrap(stanzas, host));
        if result.is_none() {
            let location = &self.location;
            host.log(
                Level::Warning,
                &format!("encrypted identity '{location}' didn't match file's recipients"),
            );
        }
        result
    }

    fn identities(&self, host: &dyn AgeHost) -> Result<Arc<Vec<Identity>>, String> {
        // Locked while the user is asked: once is enough.
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identities) = &*opened {
            return Ok(Arc::clone(identities));
        }
        let identities = Arc::new(parse(&self.open(host)?)?);
        *opened = Some(Arc::clone(&identities));
        Ok(identities)
    }

    fn open(&self, host: &dyn AgeHost) -> Result<Zeroizing<Vec<u8>>, String> {
        let failed = |reason: &str| format!("failed to decrypt identity file: {reason}");
        let decryptor = age::Decryptor::new_buffered(&self.file[..])
            .map_err(|_| failed(&header::explain(&self.file, None)))?;
        let asking = Asking { encrypted: self, host, error: RefCell::default(), fits: Cell::default() };
        match decryptor.decrypt(std::iter::once(&asking as _)) {
            Ok(mut reader) => {
                let mut text = Zeroizing::new(Vec::with_capacity(self.file.len()));
                reader.read_to_end(&mut text).map_err(|_| {
                    "failed to read identities file: failed to decrypt and authenticate payload \
                     chunk, file may be corrupted or tampered with"
                        .to_owned()
                })?;
                Ok(text)
            }
            Err(_) => match asking.error.take() {
                Some(error) => Err(failed(&error)),
                None if asking.fits.get() => Err(failed("bad header MAC")),
                None => {
                    if let Some(mut agent) = Agent::connect(host) {
                        agent.forget(&self.cache_id());
                    }
                    Err("incorrect passphrase".to_owned())
                }
            },
        }
    }

    /// The name under which gpg-agent keeps the passphrase: it changes when the file does.
    fn cache_id(&self) -> String {
        let hash = Sha256::digest(&self.file);
        let mut id = String::from("SopsAge");
        // 25 bytes are 40 symbols of five bits.
        for chunk in hash[..25].chunks(5) {
            let bits = chunk.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
            for i in (0..8).rev() {
                let symbol = (bits >> (5 * i) & 31) as usize;
                id.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[symbol]));
            }
        }
        id
    }

    fn passphrase(&self, host: &dyn AgeHost) -> Result<Secret, String> {
        let prompt = format!("Enter passphrase for identity '{}':", self.location);
        let Some(mut agent) = Agent::connect(host) else { return host.read_secret(&prompt) };
        let id = self.cache_id();
        let passphrase = agent
            .passphrase(&id, &prompt, host)
            .map_err(|error| format!("gpg-agent passphrase request errored: {error}"))?;
        if passphrase.is_empty()
            && let Some(mut agent) = Agent::connect(host)
        {
            agent.forget(&id);
        }
        Ok(passphrase)
    }
}

/// Asks for the passphrase when there is a stanza that wants one.
struct Asking<'a> {
    encrypted: &'a Encrypted,
    host: &'a dyn AgeHost,
    /// Why the file did not open; nothing if only the passphrase does not fit.
    error: RefCell<Option<String>>,
    /// Whether the passphrase fits.
    fits: Cell<bool>,
}

impl age::Identity for Asking<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.unwrap_stanzas(std::slice::from_ref(stanza))
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        // To keys, not to a passphrase: not ours, and nobody is asked.
        if !stanzas.iter().any(|stanza| stanza.tag == "scrypt") {
            return None;
        }
        let fail = |error: String| {
            self.error.replace(Some(error));
            None
        };
        let passphrase = match self.encrypted.passphrase(self.host) {
            Ok(passphrase) if passphrase.is_empty() => {
                return fail("passphrase can't be empty".to_owned());
            }
            Ok(passphrase) => SecretString::from(passphrase.as_str()),
            Err(error) => return fail(format!("could not read passphrase: {error}")),
        };
        let mut identity = age::scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        match age::Identity::unwrap_stanzas(&identity, stanzas) {
            Some(Err(DecryptError::ExcessiveWork { required, .. })) => {
                fail(format!("scrypt work factor too large: {required}"))
            }
            Some(Err(DecryptError::InvalidHeader)) => fail("invalid scrypt recipient block".to_owned()),
            Some(Ok(file_key)) => {
                self.fits.set(true);
                Some(Ok(file_key))
            }
            Some(Err(_)) | None => None,
        }
    }
}

/// Reads what was behind the passphrase: native identities only, one per line.
///
/// # Compatibility
///
/// sops' error quotes the line; ours does not, for it may be a secret.
fn parse(text: &[u8]) -> Result<Vec<Identity>, String> {
    let mut identities = Vec::new();
    for (number, line) in (1..).zip(identity::lines(text)) {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let Ok(line) = str::from_utf8(line) else {
            return Err("identities file is not valid UTF-8".to_owned());
        };
        let identity = if line.starts_with("AGE-SECRET-KEY-1") {
            identity::parse_x25519(line).map(Identity::X25519)
        } else if line.starts_with("AGE-SECRET-KEY-PQ-1") {
            hybrid::Identity::parse(line).map(Identity::Hybrid)
        } else {
            Err("unknown identity type".to_owned())
        };
        identities.push(identity.map_err(|error| format!("error at line {number}: {error}"))?);
    }
    if identities.is_empty() {
        return Err("no identities found".to_owned());
    }
    Ok(identities)
}
