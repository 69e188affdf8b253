//! SSH private keys as identities (keys §3.3, §3.5).
//!
//! The `age` crate reads keys in OpenSSH's own form and RSA keys in PKCS #1. What else may be in a
//! key file is sorted out here first: other PEM labels, other kinds of key, and keys behind a
//! passphrase, whose public half says whether it is worth asking.

use super::identity::Identity;
use super::{AgeHost, Secret};
use crate::keys::quote::quote;
use crate::keys::{AgeRecipient, ssh_string};
use age::secrecy::SecretString;
use age_core::format::{FileKey, Stanza};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// What a container in OpenSSH's form begins with.
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// An SSH key that may unwrap.
pub(super) enum SshIdentity {
    /// Ready for use.
    Open(Box<age::ssh::Identity>),
    /// Behind a passphrase.
    Locked(Box<Locked>),
}

/// A key whose passphrase is asked for when a stanza names its public half.
pub(super) struct Locked {
    path: String,
    kind: &'static str,
    /// The recipient that goes with it.
    recipient: String,
    /// The stanza argument that names the key: the hash of its public half, cut short.
    tag: String,
    key: age::ssh::EncryptedKey,
    opened: Mutex<Option<Arc<age::ssh::Identity>>>,
}

/// The identity of a private key file.
pub(super) fn from_file(text: &[u8], path: &Path) -> Result<Identity, String> {
    let quoted = quote(&path.display().to_string());
    match read_key(text) {
        Ok(Key::Open(identity)) => Ok(Identity::Ssh(SshIdentity::Open(identity))),
        Ok(Key::Locked(key, public_key)) => {
            let create = |error| format!("could not create encrypted SSH identity: {error}");
            let kind = usable_kind(&public_key).map_err(create)?;
            let tag = &Sha256::digest(&public_key)[..4];
            Ok(Identity::Ssh(SshIdentity::Locked(Box::new(Locked {
                path: path.display().to_string(),
                kind,
                recipient: recipient(kind, &public_key),
                tag: base64_simd::STANDARD_NO_PAD.encode_to_string(tag),
                key: *key,
                opened: Mutex::default(),
            }))))
        }
        Ok(Key::OldLocked) => Err(format!(
            "malformed SSH identity in {quoted}: a passphrase in the old PEM form is not \
             supported, `ssh-keygen -p -f` writes the new one"
        )),
        Err(error) => Err(format!("malformed SSH identity in {quoted}: {error}")),
    }
}

/// The identity of a private key that a command printed.
pub(super) fn from_command(text: &[u8]) -> Result<Identity, String> {
    match read_key(text) {
        Ok(Key::Open(identity)) => Ok(Identity::Ssh(SshIdentity::Open(identity))),
        Ok(Key::Locked(..) | Key::OldLocked) => Err(format!(
            "the SSH key returned by running SOPS_AGE_SSH_PRIVATE_KEY_CMD is password protected, \
             which is unsupported. ({})",
            quote("ssh: this private key is passphrase protected")
        )),
        Err(error) => Err(format!(
            "malformed SSH identity returned by running SOPS_AGE_SSH_PRIVATE_KEY_CMD: {}",
            quote(&error)
        )),
    }
}

/// A public key as a recipient is written.
fn recipient(kind: &str, public_key: &[u8]) -> String {
    format!("{kind} {}", base64_simd::STANDARD.encode_to_string(public_key))
}

impl SshIdentity {
    /// The recipient that goes with it.
    pub(super) fn recipient(&self) -> Option<String> {
        match self {
            Self::Open(identity) => {
                let recipient = age::ssh::Recipient::try_from((**identity).clone()).ok()?;
                Some(recipient.to_string())
            }
            Self::Locked(locked) => Some(locked.recipient.clone()),
        }
    }

    /// Tries the stanzas of this key; asks for the passphrase if there is one and a stanza fits.
    pub(super) fn unwrap(&self, stanzas: &[Stanza], host: &dyn AgeHost) -> Option<Result<FileKey, String>> {
        match self {
            Self::Open(identity) => unwrap_with(identity, stanzas),
            Self::Locked(locked) => {
                let named = |s: &Stanza| s.tag == locked.kind && s.args.first() == Some(&locked.tag);
                if !stanzas.iter().any(named) {
                    return None;
                }
                match locked.open(host) {
                    Ok(identity) => unwrap_with(&identity, stanzas),
                    Err(error) => Some(Err(error)),
                }
            }
        }
    }
}

fn unwrap_with(identity: &age::ssh::Identity, stanzas: &[Stanza]) -> Option<Result<FileKey, String>> {
    let result = age::Identity::unwrap_stanzas(identity, stanzas)?;
    let reason = if stanzas.iter().any(|stanza| stanza.tag == "ssh-rsa") {
        "crypto/rsa: decryption error"
    } else {
        "chacha20poly1305: message authentication failed"
    };
    Some(result.map_err(|_| format!("failed to decrypt file key: {reason}")))
}

impl Locked {
    fn open(&self, host: &dyn AgeHost) -> Result<Arc<age::ssh::Identity>, String> {
        // Locked while the user is asked: once is enough.
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = &*opened {
            return Ok(Arc::clone(identity));
        }
        let path = quote(&self.path);
        let passphrase: Secret =
            host.read_secret(&format!("Enter passphrase for {path}:")).map_err(|error| {
                format!("failed to obtain passphrase: could not read passphrase for {path}: {error}")
            })?;
        let key = self
            .key
            .decrypt(SecretString::from(passphrase.as_str()))
            .map_err(|_| "failed to decrypt SSH key file: x509: decryption password incorrect".to_owned())?;
        let identity = Arc::new(age::ssh::Identity::from(key));
        *opened = Some(Arc::clone(&identity));
        Ok(identity)
    }
}

/// The kind of a public key that age can use.
fn usable_kind(public_key: &[u8]) -> Result<&'static str, String> {
    let kind = ssh_string(public_key).map(|(kind, _)| String::from_utf8_lossy(kind).into_owned());
    let kind = kind.unwrap_or_default();
    match AgeRecipient::parse(&recipient(&kind, public_key)) {
        Ok(AgeRecipient::SshEd25519(_)) => Ok("ssh-ed25519"),
        Ok(AgeRecipient::SshRsa(_)) => Ok("ssh-rsa"),
        _ if kind == "ssh-rsa" => Err("RSA key size is too small".to_owned()),
        _ => Err(format!("unsupported SSH key type: {kind}")),
    }
}

/// A private key, as far as it can be read without a passphrase.
enum Key {
    Open(Box<age::ssh::Identity>),
    /// With its public half.
    Locked(Box<age::ssh::EncryptedKey>, Vec<u8>),
    /// As OpenSSH wrote them before 7.8: PEM, encrypted under a key made with MD5.
    OldLocked,
}

fn read_key(text: &[u8]) -> Result<Key, String> {
    let pem = Pem::read(text).ok_or("ssh: no key found")?;
    if pem.encrypted {
        return Ok(Key::OldLocked);
    }
    match pem.label {
        "RSA PRIVATE KEY" => open("RSA PRIVATE KEY", &pem.bytes),
        "PRIVATE KEY" => open("RSA PRIVATE KEY", pkcs8_rsa(&pem.bytes)?),
        "OPENSSH PRIVATE KEY" => read_container(&pem.bytes),
        "EC PRIVATE KEY" => Err(unsupported("*ecdsa.PrivateKey")),
        "DSA PRIVATE KEY" => Err(unsupported("*dsa.PrivateKey")),
        label => Err(format!("ssh: unsupported key type {}", quote(label))),
    }
}

fn unsupported(kind: &str) -> String {
    format!("unsupported SSH identity type: {kind}")
}

/// Reads OpenSSH's container: cipher, KDF and its options, one key, its public half, its private
/// half (OpenSSH's `PROTOCOL.key`).
fn read_container(bytes: &[u8]) -> Result<Key, String> {
    const MALFORMED: &str = "ssh: malformed OpenSSH key";
    let rest = bytes.strip_prefix(MAGIC).ok_or("ssh: invalid openssh private key format")?;
    let (cipher, rest) = ssh_string(rest).ok_or(MALFORMED)?;
    let (kdf, rest) = ssh_string(rest).ok_or(MALFORMED)?;
    let (_, rest) = ssh_string(rest).ok_or(MALFORMED)?;
    let (count, rest) = rest.split_first_chunk::<4>().ok_or(MALFORMED)?;
    if u32::from_be_bytes(*count) != 1 {
        return Err("ssh: multi-key files are not supported".to_owned());
    }
    let (public_key, rest) = ssh_string(rest).ok_or(MALFORMED)?;
    let (private_key, _) = ssh_string(rest).ok_or(MALFORMED)?;
    if cipher != b"none" || kdf != b"none" {
        return match parse("OPENSSH PRIVATE KEY", bytes)? {
            age::ssh::Identity::Encrypted(key) => Ok(Key::Locked(Box::new(key), public_key.to_vec())),
            _ => Err(format!("ssh: unknown cipher {}", quote(&String::from_utf8_lossy(cipher)))),
        };
    }
    let (kind, numbers) = private_key.get(8..).and_then(ssh_string).ok_or(MALFORMED)?;
    match kind {
        b"ssh-ed25519" => {}
        b"ssh-rsa" => check_numbers(numbers).ok_or(MALFORMED)?,
        kind if kind.starts_with(b"ecdsa-sha2-") => return Err(unsupported("*ecdsa.PrivateKey")),
        _ => return Err("ssh: unhandled key type".to_owned()),
    }
    open("OPENSSH PRIVATE KEY", bytes)
}

/// The six numbers of an RSA key must be positive; the `age` crate does not survive a zero.
fn check_numbers(mut rest: &[u8]) -> Option<()> {
    for _ in 0..6 {
        let (number, after) = ssh_string(rest)?;
        number.iter().any(|&byte| byte != 0).then_some(())?;
        rest = after;
    }
    Some(())
}

fn open(label: &str, bytes: &[u8]) -> Result<Key, String> {
    match parse(label, bytes)? {
        identity @ age::ssh::Identity::Unencrypted(_) => Ok(Key::Open(Box::new(identity))),
        _ => Err("ssh: unhandled key type".to_owned()),
    }
}

/// Gives the key to the `age` crate in the strict form that it wants.
fn parse(label: &str, bytes: &[u8]) -> Result<age::ssh::Identity, String> {
    let body = Zeroizing::new(base64_simd::STANDARD.encode_to_string(bytes));
    let mut text = Secret::new(String::with_capacity(body.len() * 2 + 100));
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    age::ssh::Identity::from_buffer(text.as_bytes(), None)
        .map_err(|_| "ssh: malformed OpenSSH key".to_owned())
}

/// The PKCS #1 key in a PKCS #8 container, if it is an RSA key (RFC 5208).
fn pkcs8_rsa(der: &[u8]) -> Result<&[u8], String> {
    /// The algorithm identifier `rsaEncryption`, without parameters.
    const RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let read = || {
        let (0x30, body, _) = der_value(der)? else { return None };
        let (0x02, _, rest) = der_value(body)? else { return None };
        let (0x30, algorithm, rest) = der_value(rest)? else { return None };
        let (0x04, key, _) = der_value(rest)? else { return None };
        Some((algorithm, key))
    };
    match read() {
        Some((RSA, key)) => Ok(key),
        Some(_) => Err("only RSA keys are supported in PKCS #8 form".to_owned()),
        None => Err("x509: failed to parse private key".to_owned()),
    }
}

/// Tag, content, and what follows.
fn der_value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if length.len() > 4 {
            return None;
        }
        (length.iter().fold(0, |all, &byte| all << 8 | usize::from(byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The first PEM block of a text.
struct Pem<'a> {
    label: &'a str,
    /// Whether its headers say that it is encrypted.
    encrypted: bool,
    bytes: Zeroizing<Vec<u8>>,
}

impl<'a> Pem<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let mut lines = text.lines();
        let label =
            lines.find_map(|line| line.trim_end().strip_prefix("-----BEGIN ")?.strip_suffix("-----"))?;
        let mut body = Secret::new(String::with_capacity(text.len()));
        let mut encrypted = false;
        for line in lines {
            let line = line.trim();
            if let Some(end) = line.strip_prefix("-----END ") {
                if end.strip_suffix("-----") != Some(label) {
                    return None;
                }
                let bytes = base64_simd::STANDARD.decode_to_vec(body.as_bytes()).ok()?;
                return Some(Self { label, encrypted, bytes: Zeroizing::new(bytes) });
            }
            match line.split_once(':') {
                Some((name, value)) => {
                    encrypted |= name == "Proc-Type" && value.contains("ENCRYPTED");
                }
                None => body.push_str(line),
            }
        }
        None
    }
}
