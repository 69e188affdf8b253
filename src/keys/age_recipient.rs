//! What may stand for an age recipient, and why it may not (keys §3.1).
//!
//! The test is made when a key is read, not when it is used: a bad recipient in a rule is an error
//! of the rule. Errors are in sops' words.

use super::base64::{self, Base64Error, Padding};
use super::bech32::{self, Bech32Error};
use super::quote::quote;

/// Bytes of an X25519 public key.
const X25519_LEN: usize = 32;
/// Bytes of an ML-KEM-768 encapsulation key: 768 coefficients of 12 bits and a seed.
const ML_KEM_LEN: usize = 768 * 12 / 8 + 32;
/// The modulus that the coefficients of an ML-KEM key stay below.
const ML_KEM_Q: u16 = 3329;

/// A recipient taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgeRecipient {
    /// `age1…`.
    X25519([u8; X25519_LEN]),
    /// `age1pq1…`: an ML-KEM-768 key and an X25519 key, 1216 bytes.
    Hybrid(Vec<u8>),
    /// `age1NAME1…`, served by the program `age-plugin-NAME`.
    Plugin {
        /// The plugin's name.
        name: String,
    },
    /// `ssh-ed25519 …`: the key in SSH's wire format.
    SshEd25519(Vec<u8>),
    /// `ssh-rsa …`: the key in SSH's wire format.
    SshRsa(Vec<u8>),
}

/// Why a text is no age recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgeRecipientError {
    /// Neither `age1…` nor `ssh-…`.
    #[error("failed to parse input, unknown recipient type: {}", quote(.0))]
    Unknown(String),
    /// `age1…` that is not well-formed Bech32.
    #[error(
        "failed to parse input as Bech32-encoded age public key: malformed recipient {}: {error}",
        quote(.text)
    )]
    Bech32 {
        /// The text.
        text: String,
        /// What is wrong with it.
        error: Bech32Error,
    },
    /// The Bech32 prefix is another one than that of age.
    #[error(
        "failed to parse input as Bech32-encoded age public key: malformed recipient {}: \
         invalid type {}",
        quote(.text),
        quote(.prefix)
    )]
    Prefix {
        /// The text.
        text: String,
        /// Its prefix.
        prefix: String,
    },
    /// Well-formed, but the bytes are no key.
    #[error(
        "failed to parse input as Bech32-encoded age public key: malformed recipient {}: \
         invalid {kind} public key",
        quote(.text)
    )]
    Key {
        /// The text.
        text: String,
        /// The kind of key that it should be.
        kind: &'static str,
    },
    /// A plugin's recipient that is not well-formed Bech32.
    #[error("failed to parse input as age key from age plugin: invalid recipient encoding: {0}")]
    PluginBech32(Bech32Error),
    /// A plugin's recipient that names no plugin.
    #[error("failed to parse input as age key from age plugin: invalid plugin name: {}", quote(.0))]
    PluginName(String),
    /// No SSH public key that age can use.
    #[error(
        "failed to parse input as age-ssh public key: malformed SSH recipient: {}: {error}",
        quote(.text)
    )]
    Ssh {
        /// The text.
        text: String,
        /// What is wrong with it.
        error: SshKeyError,
    },
    /// An SSH public key of a kind that age does not use.
    #[error("failed to parse input as age-ssh public key: unknown SSH recipient type: {}", quote(.0))]
    SshType(String),
}

/// Why a text is no SSH public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SshKeyError {
    /// There is no key in the text.
    #[error("ssh: no key found")]
    NoKey,
    /// There is no key in the text, and this is wrong with what looks like one.
    #[error("ssh: no key found; last parsing error for ignored line: {0}")]
    BadKey(SshBlobError),
    /// An RSA key of less than 2048 bits.
    #[error("RSA key size is too small")]
    RsaTooSmall,
    /// The bytes are no point of the curve.
    #[error("invalid Ed25519 public key: edwards25519: invalid point encoding")]
    InvalidPoint,
}

/// What is wrong with the encoded part of an SSH public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SshBlobError {
    /// No base64 at this byte.
    #[error("illegal base64 data at input byte {0}")]
    Base64(usize),
    /// A length points behind the end.
    #[error("ssh: short read")]
    ShortRead,
    /// Something follows the key.
    #[error("ssh: trailing junk in public key")]
    TrailingJunk,
    /// A kind of key that SSH does not know.
    #[error("ssh: unknown key algorithm: {0}")]
    Algorithm(String),
    /// An Ed25519 key that has not 32 bytes.
    #[error("invalid size {0} for Ed25519 public key")]
    Ed25519Size(usize),
    /// An RSA exponent that is even or too small.
    #[error("ssh: incorrect exponent")]
    Exponent,
    /// An RSA exponent of more than 24 bits.
    #[error("ssh: exponent too large")]
    LargeExponent,
    /// An RSA modulus of more than 8192 bits.
    #[error("ssh: rsa modulus too large")]
    LargeModulus,
}

impl AgeRecipient {
    /// Reads a recipient.
    ///
    /// # Errors
    ///
    /// [`AgeRecipientError`].
    ///
    /// # Compatibility
    ///
    /// As in sops, the prefixes are told apart in this order and by case, so `AGE1…` is unknown and
    /// the recipients of age's newer `tag` and `tagpq` types belong to plugins of these names.
    pub fn parse(text: &str) -> Result<Self, AgeRecipientError> {
        if text.starts_with("age1pq1") {
            let bytes = decode(text, "age1pq")?;
            if !is_hybrid_key(&bytes) {
                let kind = "MLKEM768-X25519";
                return Err(AgeRecipientError::Key { text: text.to_owned(), kind });
            }
            return Ok(Self::Hybrid(bytes));
        }
        if let Some(rest) = text.strip_prefix("age1") {
            if rest.contains('1') {
                return plugin(text);
            }
            let bytes = decode(text, "age")?;
            return bytes
                .try_into()
                .map(Self::X25519)
                .map_err(|_| AgeRecipientError::Key { text: text.to_owned(), kind: "X25519" });
        }
        if text.starts_with("ssh-") {
            return ssh(text);
        }
        Err(AgeRecipientError::Unknown(text.to_owned()))
    }
}

fn decode(text: &str, wanted: &str) -> Result<Vec<u8>, AgeRecipientError> {
    let (prefix, bytes) =
        bech32::decode(text).map_err(|error| AgeRecipientError::Bech32 { text: text.to_owned(), error })?;
    if prefix != wanted {
        let (text, prefix) = (text.to_owned(), prefix.to_owned());
        return Err(AgeRecipientError::Prefix { text, prefix });
    }
    Ok(bytes.to_vec())
}

/// Length, and every ML-KEM coefficient below the modulus (FIPS 203 §7.2).
fn is_hybrid_key(bytes: &[u8]) -> bool {
    let Some((coefficients, rest)) = bytes.split_at_checked(ML_KEM_LEN - 32) else {
        return false;
    };
    rest.len() == 32 + X25519_LEN
        && coefficients.chunks_exact(3).all(|c| {
            let [a, b, c] = [u16::from(c[0]), u16::from(c[1]), u16::from(c[2])];
            (a | (b & 0xf) << 8) < ML_KEM_Q && (b >> 4 | c << 4) < ML_KEM_Q
        })
}

fn plugin(text: &str) -> Result<AgeRecipient, AgeRecipientError> {
    let (prefix, _) = bech32::decode(text).map_err(AgeRecipientError::PluginBech32)?;
    let name = prefix.strip_prefix("age1").unwrap_or_default();
    if !is_plugin_name(name) {
        return Err(AgeRecipientError::PluginName(name.to_owned()));
    }
    Ok(AgeRecipient::Plugin { name: name.to_owned() })
}

/// Whether a plugin may be called so; the name becomes part of a program's name.
pub(crate) fn is_plugin_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._".contains(&b))
}

/// Reads an SSH public key as `authorized_keys` has it.
///
/// The kind is taken from the encoded part; what stands before that does not matter. It is the
/// second word, or the third if the line begins with options.
fn ssh(text: &str) -> Result<AgeRecipient, AgeRecipientError> {
    let error = |error| AgeRecipientError::Ssh { text: text.to_owned(), error };
    let mut reason = SshKeyError::NoKey;
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    for word in lines.flat_map(|line| line.split([' ', '\t']).filter(|word| !word.is_empty()).skip(1).take(2))
    {
        let blob = match base64::decode(word.as_bytes(), Padding::Required) {
            Ok(blob) => blob,
            Err(Base64Error(at)) => {
                reason = SshKeyError::BadKey(SshBlobError::Base64(at));
                continue;
            }
        };
        match read_ssh_key(&blob) {
            Ok(SshKey::Ed25519) => {
                let line = format!("ssh-ed25519 {word}");
                return match line.parse::<age::ssh::Recipient>() {
                    Ok(_) => Ok(AgeRecipient::SshEd25519(blob)),
                    Err(_) => Err(error(SshKeyError::InvalidPoint)),
                };
            }
            Ok(SshKey::Rsa { modulus_bytes }) if modulus_bytes < 2048 / 8 => {
                return Err(error(SshKeyError::RsaTooSmall));
            }
            Ok(SshKey::Rsa { .. }) => return Ok(AgeRecipient::SshRsa(blob)),
            Ok(SshKey::Other(kind)) => return Err(AgeRecipientError::SshType(kind)),
            Err(error) => reason = SshKeyError::BadKey(error),
        }
    }
    Err(error(reason))
}

enum SshKey {
    Ed25519,
    Rsa { modulus_bytes: usize },
    Other(String),
}

/// Reads a public key in SSH's wire format (RFC 4253 §6.6).
fn read_ssh_key(blob: &[u8]) -> Result<SshKey, SshBlobError> {
    let string = |bytes| ssh_string(bytes).ok_or(SshBlobError::ShortRead);
    let (kind, rest) = string(blob)?;
    let (key, rest) = match kind {
        b"ssh-ed25519" => {
            let (key, rest) = string(rest)?;
            if key.len() != 32 {
                return Err(SshBlobError::Ed25519Size(key.len()));
            }
            (SshKey::Ed25519, rest)
        }
        b"ssh-rsa" => {
            let (exponent, rest) = string(rest)?;
            let (modulus, rest) = string(rest)?;
            let modulus = positive(modulus).ok_or(SshBlobError::ShortRead)?;
            let exponent = positive(exponent).ok_or(SshBlobError::Exponent)?;
            if modulus.len() > 8192 / 8 {
                return Err(SshBlobError::LargeModulus);
            }
            if exponent.len() > 3 {
                return Err(SshBlobError::LargeExponent);
            }
            if exponent == [1] || exponent.last().is_none_or(|low| low & 1 == 0) {
                return Err(SshBlobError::Exponent);
            }
            (SshKey::Rsa { modulus_bytes: modulus.len() }, rest)
        }
        kind => {
            let name = String::from_utf8_lossy(kind).into_owned();
            // How many strings a key of that kind has.
            let parts = match kind {
                b"ssh-dss" => 4,
                b"ecdsa-sha2-nistp256"
                | b"ecdsa-sha2-nistp384"
                | b"ecdsa-sha2-nistp521"
                | b"sk-ssh-ed25519@openssh.com" => 2,
                b"sk-ecdsa-sha2-nistp256@openssh.com" => 3,
                _ => return Err(SshBlobError::Algorithm(name)),
            };
            let rest = (0..parts).try_fold(rest, |rest, _| string(rest).map(|(_, rest)| rest))?;
            (SshKey::Other(name), rest)
        }
    };
    if rest.is_empty() { Ok(key) } else { Err(SshBlobError::TrailingJunk) }
}

/// A length-prefixed string and what follows it.
pub(crate) fn ssh_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// A positive number without leading zeros.
fn positive(number: &[u8]) -> Option<&[u8]> {
    if number.first().is_some_and(|high| high & 0x80 != 0) {
        return None;
    }
    let zeros = number.iter().take_while(|b| **b == 0).count();
    Some(&number[zeros..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_error(text: &str, error: &str) {
        assert_eq!(AgeRecipient::parse(text).unwrap_err().to_string(), error);
    }

    const KEY: &str = "age1cqvj5sgzuys9cdz9zkl9dhx3gw03sje8kagysqjnjh5jnmw49vcsfhw42m";

    #[test]
    fn x25519() {
        assert!(matches!(AgeRecipient::parse(KEY).unwrap(), AgeRecipient::X25519(_)));
    }

    /// Texts that sops 3.13.2 printed for `--age`.
    #[test]
    fn errors() {
        check_error("bad", "failed to parse input, unknown recipient type: \"bad\"");
        check_error("", "failed to parse input, unknown recipient type: \"\"");
        check_error(
            &KEY.replace("fhw42m", "fhw42n"),
            "failed to parse input as Bech32-encoded age public key: malformed recipient \
             \"age1cqvj5sgzuys9cdz9zkl9dhx3gw03sje8kagysqjnjh5jnmw49vcsfhw42n\": invalid checksum",
        );
        check_error(
            &format!("{KEY} {KEY}"),
            "failed to parse input as age key from age plugin: invalid recipient encoding: \
             invalid character human-readable part: s[62]=32",
        );
        check_error(
            "ssh-ed25519 x",
            "failed to parse input as age-ssh public key: malformed SSH recipient: \
             \"ssh-ed25519 x\": ssh: no key found; last parsing error for ignored line: illegal \
             base64 data at input byte 0",
        );
    }
}
