//! An armored age file gives its secret to the identity that fits.
//!
//! Native identities (X25519, hybrid) come first, then SSH, plugin and passphrase-protected ones;
//! "not for me" goes on to the next, any other error ends the attempt (keys §3.6). Sources are
//! opened one after the other, so a key that lies in the environment starts no command.

use super::sources::{Found, Sources};
use super::{AgeHost, armor, header};
use crate::keys::{Attempt, KeyError};
use age::DecryptError;
use age_core::format::{FileKey, Stanza};
use std::cell::{Cell, RefCell};
use std::io::Read;
use zeroize::Zeroizing;

const HEAD: &str = "failed to create reader for decrypting sops data key with age: ";

/// Unwraps `enc` with whatever identity fits.
pub(super) fn unwrap(enc: &str, recipient: &str, sources: &Sources, host: &dyn AgeHost) -> Attempt {
    let decoded = armor::decode(enc.as_bytes());
    let search = Search::new(recipient, sources, host);
    let reason = match age::Decryptor::new_buffered(&decoded.bytes[..]) {
        Err(_) => header::explain(&decoded.bytes, decoded.fault.as_deref()),
        Ok(decryptor) => match decryptor.decrypt(std::iter::once(&search as _)) {
            Ok(mut reader) => {
                let mut secret = Zeroizing::new(Vec::with_capacity(64));
                let read = reader.read_to_end(&mut secret);
                return match (read, decoded.fault) {
                    (Ok(_), None) => Attempt::Recovered(secret),
                    (Ok(_), Some(fault)) => {
                        payload_error(&format!("non-EOF error reading after end of encrypted file: {fault}"))
                    }
                    (Err(error), fault) => payload_error(&explain_payload(&error, fault)),
                };
            }
            Err(error) => search.explain(&error),
        },
    };
    search.failure(reason)
}

fn payload_error(reason: &str) -> Attempt {
    Attempt::Failed(KeyError::Backend(format!(
        "failed to copy age decrypted data into bytes.Buffer: {reason}"
    )))
}

fn explain_payload(error: &std::io::Error, fault: Option<String>) -> String {
    fault.unwrap_or_else(|| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        _ => "failed to decrypt and authenticate payload chunk, file may be corrupted or \
              tampered with"
            .to_owned(),
    })
}

/// Goes through the identities for the `age` crate, and remembers what came of it.
struct Search<'a> {
    recipient: &'a str,
    sources: &'a Sources,
    host: &'a dyn AgeHost,
    /// The error of the identity that ended the search.
    abort: RefCell<Option<String>>,
    unlocked: Cell<bool>,
}

impl<'a> Search<'a> {
    fn new(recipient: &'a str, sources: &'a Sources, host: &'a dyn AgeHost) -> Self {
        let (abort, unlocked) = (RefCell::new(None), Cell::new(false));
        Self { recipient, sources, host, abort, unlocked }
    }

    fn try_all(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, String>> {
        for native in [true, false] {
            let mut outcome = None;
            self.sources.each(native, self.recipient, self.host, &mut |found| {
                let Found::Identities(identities) = found else { return false };
                outcome = identities
                    .iter()
                    .filter(|identity| identity.is_native() == native)
                    .find_map(|identity| identity.unwrap(stanzas, self.host));
                outcome.is_some()
            });
            if outcome.is_some() {
                return outcome;
            }
        }
        None
    }

    /// Why the crate gave no reader.
    fn explain(&self, _error: &DecryptError) -> String {
        if let Some(reason) = self.abort.take() {
            return reason;
        }
        if self.unlocked.get() {
            // An identity opened the header, and the file key does not fit its MAC.
            return "bad header MAC".to_owned();
        }
        String::new()
    }

    /// The failure with its suffixes: what went wrong with sources, and which had nothing.
    ///
    /// An empty reason means that no identity fits.
    fn failure(&self, reason: String) -> Attempt {
        let listing = self.sources.list(self.recipient, self.host);
        let not_held = reason.is_empty();
        let mut text = match &listing.identities[..] {
            [] => "failed to load age identities".to_owned(),
            _ if !not_held => format!("{HEAD}{reason}"),
            [mismatch] => {
                format!("{HEAD}identity did not match any of the recipients: {mismatch}")
            }
            _ => format!("{HEAD}no identity matched any of the recipients"),
        };
        if !listing.errors.is_empty() {
            text.push_str(". Errors while loading age identities: ");
            text.push_str(&listing.errors.join("; "));
        }
        match &listing.without[..] {
            [] => {}
            [one] => text.push_str(&format!(". Did not find keys in location '{one}'.")),
            [one, two] => {
                text.push_str(&format!(". Did not find keys in locations '{one}' and '{two}'."));
            }
            [first @ .., last] => text.push_str(&format!(
                ". Did not find keys in locations '{}', and '{last}'.",
                first.join("', '")
            )),
        }
        let reason = KeyError::Backend(text);
        if not_held || listing.identities.is_empty() {
            Attempt::NotHeld { reason, looked_in: listing.without }
        } else {
            Attempt::Failed(reason)
        }
    }
}

impl age::Identity for Search<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.unwrap_stanzas(std::slice::from_ref(stanza))
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        match self.try_all(stanzas)? {
            Ok(file_key) => {
                self.unlocked.set(true);
                Some(Ok(file_key))
            }
            Err(reason) => {
                self.abort.replace(Some(reason));
                None
            }
        }
    }
}
