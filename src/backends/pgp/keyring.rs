//! Keys that lie in files: the old keyrings of GnuPG, and an exported key (keys §4.3).
//!
//! Every key of a file is read by itself: one that cannot be read spoils no other.

use crate::backends::SystemHost;
use crate::backends::age::io_error;
use pgp::composed::{Deserializable, SignedPublicKey, SignedPublicSubKey, SignedSecretKey};
use pgp::packet::{Packet, PacketParser, PacketTrait};
use pgp::types::{Fingerprint, KeyDetails, Tag};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// The variable that names a file of exported keys.
const KEY_FILE: &str = "SOPS_PGP_KEY_FILE";
const PUBLIC: &str = "pubring.gpg";
const SECRET: &str = "secring.gpg";

/// Which forms of a fingerprint find a key in `pubring.gpg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// A primary key's fingerprint in upper case, and no other form.
    AsInSops,
    /// Also subkeys, long key ids, lower case, `0x` before it and `!` behind it, as gpg has it.
    AnyForm,
}

/// A certificate, and the one subkey of it that was asked for with `!`.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) certificate: &'a SignedPublicKey,
    pub(super) only: Option<Fingerprint>,
}

/// What a file holds.
#[derive(Debug, Default)]
struct Keys {
    public: Vec<SignedPublicKey>,
    secret: Vec<SignedSecretKey>,
}

/// The files, each read when it is first needed.
#[derive(Default)]
pub(super) struct Keyring {
    public: OnceLock<Result<Keys, String>>,
    /// `None` if there is no such file.
    secret: OnceLock<Option<Result<Keys, String>>>,
    /// `None` if the variable is not set.
    file: OnceLock<Option<Result<Keys, String>>>,
}

impl Keyring {
    /// The certificate with this fingerprint. The key file is looked into with any form of it.
    pub(super) fn certificate(
        &self,
        fingerprint: &str,
        fit: Fit,
        machine: &SystemHost,
    ) -> Result<Found<'_>, String> {
        let in_file = match self.file(machine) {
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(keys)) => find(&keys.public, fingerprint, Fit::AnyForm),
            None => None,
        };
        let in_ring = || find(&self.public(machine).as_ref().ok()?.public, fingerprint, fit);
        in_file
            .or_else(in_ring)
            .ok_or_else(|| format!("key with fingerprint '{fingerprint}' is not available in keyring"))
    }

    /// All secret keys.
    pub(super) fn secret(&self, machine: &SystemHost) -> Result<Vec<&SignedSecretKey>, String> {
        let file = match self.file(machine) {
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(keys)) => Some(&keys.secret),
            None => None,
        };
        let secret = self.secret.get_or_init(|| {
            let path = home(machine).join(SECRET);
            match std::fs::symlink_metadata(&path) {
                Ok(_) => Some(load(&path)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => Some(Err(io_error("lstat", &path, &error))),
            }
        });
        let ring = secret.as_ref().unwrap_or_else(|| self.public(machine));
        match (file, ring) {
            (None, Err(error)) => Err(format!("could not load secring: {error}")),
            (file, ring) => {
                let ring = ring.as_ref().ok().map(|keys| &keys.secret);
                Ok(file.into_iter().chain(ring).flatten().collect())
            }
        }
    }

    /// Where keys are looked for.
    pub(super) fn places(&self, machine: &SystemHost) -> Vec<String> {
        let file = key_file(machine).map(|path| path.display().to_string());
        file.into_iter().chain([home(machine).display().to_string()]).collect()
    }

    fn public(&self, machine: &SystemHost) -> &Result<Keys, String> {
        self.public.get_or_init(|| load(&home(machine).join(PUBLIC)))
    }

    fn file(&self, machine: &SystemHost) -> Option<&Result<Keys, String>> {
        let load = || {
            let path = key_file(machine)?;
            Some(load(&path).map_err(|error| format!("could not load {KEY_FILE}: {error}")))
        };
        self.file.get_or_init(load).as_ref()
    }
}

fn key_file(machine: &SystemHost) -> Option<PathBuf> {
    machine.get(KEY_FILE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The GnuPG home: `$GNUPGHOME`, else `.gnupg` in the home of the user database, else in `$HOME`.
fn home(machine: &SystemHost) -> PathBuf {
    if let Some(path) = machine.get("GNUPGHOME").filter(|path| !path.is_empty()) {
        return path.into();
    }
    let home = machine.home_of_user().or_else(|| machine.get("HOME").map(PathBuf::from));
    home.unwrap_or_default().join(".gnupg")
}

/// Finds a key. A later one wins over an earlier one with the same fingerprint.
fn find<'a>(keys: &'a [SignedPublicKey], fingerprint: &str, fit: Fit) -> Option<Found<'a>> {
    if fit == Fit::AsInSops {
        let matches = |key: &&SignedPublicKey| hex(key.fingerprint().as_bytes()) == fingerprint;
        return keys.iter().rev().find(matches).map(|certificate| Found { certificate, only: None });
    }
    let (name, exact) = match fingerprint.strip_suffix('!') {
        Some(name) => (name, true),
        None => (fingerprint, false),
    };
    let name = name.strip_prefix("0x").or_else(|| name.strip_prefix("0X")).unwrap_or(name);
    let name = name.to_ascii_uppercase();
    let matches = |key: &dyn KeyDetails| match name.len() {
        16 => hex(key.legacy_key_id().as_ref()) == name,
        _ => hex(key.fingerprint().as_bytes()) == name,
    };
    keys.iter().rev().find_map(|certificate| {
        let subkey = |key: &&SignedPublicSubKey| matches(*key);
        let only = if matches(certificate) {
            certificate.fingerprint()
        } else {
            certificate.public_subkeys.iter().find(subkey)?.fingerprint()
        };
        Some(Found { certificate, only: exact.then_some(only) })
    })
}

/// Upper-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Reads a file of keys. What its errors say is ours: a parser's might quote a key.
fn load(path: &Path) -> Result<Keys, String> {
    let bytes = std::fs::read(path).map(Zeroizing::new).map_err(|error| io_error("open", path, &error))?;
    let keys = parse(&bytes);
    if keys.public.is_empty() && keys.secret.is_empty() {
        return Err(format!("{} holds no OpenPGP key", path.display()));
    }
    Ok(keys)
}

fn parse(bytes: &[u8]) -> Keys {
    let is_armored = bytes.first().is_some_and(|first| first & 0x80 == 0);
    if !is_armored {
        return collect(PacketParser::new(bytes));
    }
    // One block after the other: `gpg --export` and `--export-secret-keys` may stand in one file.
    let mut keys = Keys::default();
    let text = String::from_utf8_lossy(bytes);
    for block in text
        .split_inclusive("-----END PGP")
        .filter_map(|part| part.find("-----BEGIN PGP").map(|at| &part[at..]))
    {
        let whole = Zeroizing::new(format!("{block}{}", end_of(block)));
        let mut armor = pgp::armor::Dearmor::new(whole.as_bytes());
        let mut binary = Zeroizing::new(Vec::with_capacity(whole.len()));
        if armor.read_header().is_err() || armor.read_to_end(&mut binary).is_err() {
            continue;
        }
        let more = collect(PacketParser::new(BufReader::new(&binary[..])));
        keys.public.extend(more.public);
        keys.secret.extend(more.secret);
    }
    keys
}

/// The rest of the line that ends a block, as its first line has it.
fn end_of(block: &str) -> &str {
    block.lines().next().and_then(|line| line.strip_prefix("-----BEGIN PGP")).unwrap_or_default()
}

/// Sorts packets into keys; trust packets, which only keyrings have, fall out.
fn collect(packets: impl Iterator<Item = pgp::errors::Result<Packet>>) -> Keys {
    let mut keys = Keys::default();
    let mut current: Vec<Packet> = Vec::new();
    for packet in packets.flatten() {
        match packet.tag() {
            Tag::Trust | Tag::Marker | Tag::Padding => {}
            Tag::PublicKey | Tag::SecretKey => {
                keys.add(std::mem::take(&mut current));
                current.push(packet);
            }
            _ if !current.is_empty() => current.push(packet),
            _ => {}
        }
    }
    keys.add(current);
    keys
}

impl Keys {
    /// Adds the key that these packets are, if they are one. A secret key is a certificate, too.
    fn add(&mut self, packets: Vec<Packet>) {
        let is_secret = packets.first().is_some_and(|packet| packet.tag() == Tag::SecretKey);
        let packets = packets.into_iter().map(Ok).peekable();
        if is_secret {
            if let Some(Ok(key)) = SignedSecretKey::from_packets(packets).next() {
                self.public.push(key.to_public_key());
                self.secret.push(key);
            }
        } else if let Some(Ok(key)) = SignedPublicKey::from_packets(packets).next() {
            self.public.push(key);
        }
    }
}
