//! Identities: what an identity file may hold, and unwrapping with it (keys §3.4).

use super::encrypted::{self, Encrypted};
use super::ssh::SshIdentity;
use super::{AgeHost, Secret, hybrid, plugin};
use crate::keys::{Holding, bech32};
use age_core::format::{FileKey, Stanza};

/// Something that may unwrap a stanza.
pub(super) enum Identity {
    /// `AGE-SECRET-KEY-1…`.
    X25519(age::x25519::Identity),
    /// `AGE-SECRET-KEY-PQ-1…`.
    Hybrid(hybrid::Identity),
    /// An SSH private key.
    Ssh(SshIdentity),
    /// `AGE-PLUGIN-…`.
    Plugin(plugin::Identity),
    /// Identities behind a passphrase.
    Encrypted(Encrypted),
}

/// How the identities stand in their source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Several on a line, between white space (`SOPS_AGE_KEY`).
    Words,
    /// A line is one identity.
    Lines,
}

impl Identity {
    /// Whether it is tried before the others: neither asks anybody nor starts a program.
    pub(super) fn is_native(&self) -> bool {
        match self {
            Self::X25519(_) | Self::Hybrid(_) => true,
            Self::Ssh(_) | Self::Plugin(_) | Self::Encrypted(_) => false,
        }
    }

    /// What to say when this is the only identity and no stanza is for it.
    pub(super) fn mismatch(&self) -> String {
        const MISMATCH: &str = "incorrect identity for recipient block";
        match self {
            Self::Plugin(identity) => format!("{} plugin: {MISMATCH}", identity.name()),
            _ => MISMATCH.to_owned(),
        }
    }

    /// What a report says of it: the recipient that goes with it, or why that cannot be told.
    pub(super) fn holding(&self) -> Holding {
        let unknown = |what: &str| Holding::Unknown(what.to_owned());
        match self {
            Self::X25519(identity) => Holding::Opens(identity.to_public().to_string()),
            Self::Hybrid(identity) => Holding::Opens(identity.recipient()),
            Self::Ssh(identity) => identity.recipient().map_or_else(|| unknown("an SSH key"), Holding::Opens),
            Self::Plugin(identity) => {
                Holding::Unknown(format!("an identity of the plugin {}", identity.name()))
            }
            Self::Encrypted(identity) => identity.holding(),
        }
    }

    /// Tries to unwrap the file key.
    ///
    /// `None` if no stanza is for this identity; an error ends the attempt, no other identity is
    /// tried after it.
    pub(super) fn unwrap(&self, stanzas: &[Stanza], host: &dyn AgeHost) -> Option<Result<FileKey, String>> {
        match self {
            Self::X25519(identity) => age::Identity::unwrap_stanzas(identity, stanzas)
                .map(|result| result.map_err(|_| "invalid X25519 recipient block".to_owned())),
            Self::Hybrid(identity) => identity.unwrap(stanzas),
            Self::Ssh(identity) => identity.unwrap(stanzas, host),
            Self::Plugin(identity) => identity.unwrap(stanzas, host),
            Self::Encrypted(identity) => identity.unwrap(stanzas, host),
        }
    }
}

/// Reads the identities of a text.
///
/// # Errors
///
/// One bad identity makes the whole text bad.
///
/// # Compatibility
///
/// A line of more than 64 KiB and what follows it are ignored, as in sops.
fn parse_all(text: &[u8], layout: Layout) -> Result<Vec<Identity>, String> {
    let mut identities = Vec::new();
    for line in lines(text) {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match layout {
            Layout::Lines => identities.push(parse(line)?),
            Layout::Words => {
                // Lossy is enough: what is not UTF-8 is no identity.
                let line = Secret::new(String::from_utf8_lossy(line).into_owned());
                for word in line.split_whitespace() {
                    identities.push(parse(word.as_bytes())?);
                }
            }
        }
    }
    Ok(identities)
}

/// Reads a source: identities, one by one or in a file of their own that is encrypted.
pub(super) fn read_source(text: &[u8], location: &str, layout: Layout) -> Result<Vec<Identity>, String> {
    if encrypted::is_encrypted(text) {
        return Ok(vec![Identity::Encrypted(Encrypted::new(text, location)?)]);
    }
    parse_all(text, layout).map_err(|error| format!("failed to parse '{location}' age identities: {error}"))
}

/// The lines that Go's scanner gives: without LF or CRLF, up to the first that is too long.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const MAX_LINE: usize = 64 * 1024;
    text.split_inclusive(|&b| b == b'\n')
        .take_while(|line| line.len() < MAX_LINE)
        .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn parse(text: &[u8]) -> Result<Identity, String> {
    const UNKNOWN: &str = "unknown identity type";
    let text = str::from_utf8(text).map_err(|_| UNKNOWN.to_owned())?;
    if text.starts_with("AGE-PLUGIN-") {
        return plugin::Identity::parse(text).map(Identity::Plugin);
    }
    if text.starts_with("AGE-SECRET-KEY-PQ-1") {
        return hybrid::Identity::parse(text).map(Identity::Hybrid);
    }
    if text.starts_with("AGE-SECRET-KEY-1") {
        return parse_x25519(text).map(Identity::X25519);
    }
    Err(UNKNOWN.to_owned())
}

/// Reads `AGE-SECRET-KEY-1…`.
pub(super) fn parse_x25519(text: &str) -> Result<age::x25519::Identity, String> {
    let (prefix, bytes) = bech32::decode(text).map_err(|error| format!("malformed secret key: {error}"))?;
    if prefix != "AGE-SECRET-KEY-" {
        let prefix = crate::keys::quote::quote(prefix);
        return Err(format!("malformed secret key: unknown type {prefix}"));
    }
    if bytes.len() != 32 {
        return Err("malformed secret key: invalid X25519 secret key".to_owned());
    }
    text.parse().map_err(|_| "malformed secret key: invalid X25519 secret key".to_owned())
}
