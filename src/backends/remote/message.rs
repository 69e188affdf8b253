//! The messages of sops' key service protocol (services §1), and what they say in our words.
//!
//! Written by hand after the table of fields there: nine small messages need no generator. The
//! bytes they make are compared with known ones below.

use std::collections::BTreeMap;

use zeroize::Zeroize;

use crate::keys::{KeyError, MasterKey};

/// The path of the call that wraps.
pub(super) const ENCRYPT: &str = "/KeyService/Encrypt";
/// The path of the call that unwraps.
pub(super) const DECRYPT: &str = "/KeyService/Decrypt";

/// The master key that is to be used.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Key {
    #[prost(oneof = "KeyType", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub(super) key_type: Option<KeyType>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum KeyType {
    #[prost(message, tag = "1")]
    Kms(KmsKey),
    #[prost(message, tag = "2")]
    Pgp(PgpKey),
    #[prost(message, tag = "3")]
    GcpKms(GcpKmsKey),
    #[prost(message, tag = "4")]
    AzureKeyvault(AzureKeyVaultKey),
    #[prost(message, tag = "5")]
    Vault(VaultKey),
    #[prost(message, tag = "6")]
    Age(AgeKey),
    #[prost(message, tag = "7")]
    Hckms(HckmsKey),
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct KmsKey {
    #[prost(string, tag = "1")]
    arn: String,
    #[prost(string, tag = "2")]
    role: String,
    #[prost(btree_map = "string, string", tag = "3")]
    context: BTreeMap<String, String>,
    #[prost(string, tag = "4")]
    aws_profile: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PgpKey {
    #[prost(string, tag = "1")]
    fingerprint: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GcpKmsKey {
    #[prost(string, tag = "1")]
    resource_id: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AzureKeyVaultKey {
    #[prost(string, tag = "1")]
    vault_url: String,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    version: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct VaultKey {
    #[prost(string, tag = "1")]
    vault_address: String,
    #[prost(string, tag = "2")]
    engine_path: String,
    #[prost(string, tag = "3")]
    key_name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AgeKey {
    #[prost(string, tag = "1")]
    recipient: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HckmsKey {
    #[prost(string, tag = "1")]
    key_id: String,
}

/// Wraps `plaintext`, which is wiped when this is dropped.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub(super) struct EncryptRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) key: Option<Key>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) plaintext: Vec<u8>,
}

/// `ciphertext` is the text that stands as `enc` in a file.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub(super) struct EncryptResponse {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) ciphertext: Vec<u8>,
}

/// Unwraps `ciphertext`.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub(super) struct DecryptRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) key: Option<Key>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) ciphertext: Vec<u8>,
}

/// `plaintext` is wiped when this is dropped.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub(super) struct DecryptResponse {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) plaintext: Vec<u8>,
}

impl Drop for EncryptRequest {
    fn drop(&mut self) {
        self.plaintext.zeroize();
    }
}

impl Drop for DecryptResponse {
    fn drop(&mut self) {
        self.plaintext.zeroize();
    }
}

impl Key {
    /// What is sent for a master key.
    ///
    /// # Errors
    ///
    /// If the protocol cannot say it: an encryption context with a null, on which sops crashes
    /// (keys §5.2).
    pub(super) fn of(key: &MasterKey) -> Result<Self, KeyError> {
        let key_type = match key {
            MasterKey::AwsKms { arn, role, context, profile } => {
                let mut pairs = BTreeMap::new();
                for (name, value) in context {
                    let value = value.clone().ok_or_else(|| {
                        KeyError::Backend(format!(
                            "the encryption context has no value for {name:?}, which a key service cannot be told"
                        ))
                    })?;
                    pairs.insert(name.clone(), value);
                }
                KeyType::Kms(KmsKey {
                    arn: arn.clone(),
                    role: role.clone(),
                    context: pairs,
                    aws_profile: profile.clone(),
                })
            }
            MasterKey::Pgp { fingerprint } => KeyType::Pgp(PgpKey { fingerprint: fingerprint.clone() }),
            MasterKey::GcpKms { resource_id } => {
                KeyType::GcpKms(GcpKmsKey { resource_id: resource_id.clone() })
            }
            MasterKey::AzureKeyVault { vault_url, name, version } => {
                KeyType::AzureKeyvault(AzureKeyVaultKey {
                    vault_url: vault_url.clone(),
                    name: name.clone(),
                    version: version.clone(),
                })
            }
            MasterKey::VaultTransit { address, engine_path, key_name } => KeyType::Vault(VaultKey {
                vault_address: address.clone(),
                engine_path: engine_path.clone(),
                key_name: key_name.clone(),
            }),
            MasterKey::Age { recipient } => KeyType::Age(AgeKey { recipient: recipient.clone() }),
            MasterKey::HuaweiKms { key_id } => KeyType::Hckms(HckmsKey { key_id: key_id.clone() }),
        };
        Ok(Self { key_type: Some(key_type) })
    }

    /// The master key that somebody asks for; nothing if the message names none that is known.
    pub(super) fn into_master(self) -> Option<MasterKey> {
        Some(match self.key_type? {
            KeyType::Kms(key) => MasterKey::AwsKms {
                arn: key.arn,
                role: key.role,
                context: key.context.into_iter().map(|(name, value)| (name, Some(value))).collect(),
                profile: key.aws_profile,
            },
            KeyType::Pgp(key) => MasterKey::Pgp { fingerprint: key.fingerprint.replace(' ', "") },
            KeyType::GcpKms(key) => MasterKey::GcpKms { resource_id: key.resource_id },
            KeyType::AzureKeyvault(key) => {
                MasterKey::AzureKeyVault { vault_url: key.vault_url, name: key.name, version: key.version }
            }
            KeyType::Vault(key) => MasterKey::VaultTransit {
                address: key.vault_address,
                engine_path: key.engine_path,
                key_name: key.key_name,
            },
            KeyType::Age(key) => MasterKey::Age { recipient: key.recipient },
            KeyType::Hckms(key) => MasterKey::HuaweiKms { key_id: key.key_id },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    /// The fields of services §1 in the encoding of Protocol Buffers: tag (number · 8 + 2), length,
    /// bytes.
    #[test]
    fn the_bytes_are_those_of_the_protocol() {
        let aws = MasterKey::AwsKms {
            arn: "a".into(),
            role: "r".into(),
            context: vec![("k".into(), Some("v".into()))],
            profile: "p".into(),
        };
        let azure = MasterKey::AzureKeyVault { vault_url: "u".into(), name: "n".into(), version: "v".into() };
        let vault =
            MasterKey::VaultTransit { address: "a".into(), engine_path: "e".into(), key_name: "k".into() };
        let cases: [(MasterKey, &[u8]); 7] = [
            (aws, b"\x0a\x11\x0a\x01a\x12\x01r\x1a\x06\x0a\x01k\x12\x01v\x22\x01p"),
            (MasterKey::Pgp { fingerprint: "F".into() }, b"\x12\x03\x0a\x01F"),
            (MasterKey::GcpKms { resource_id: "R".into() }, b"\x1a\x03\x0a\x01R"),
            (azure, b"\x22\x09\x0a\x01u\x12\x01n\x1a\x01v"),
            (vault, b"\x2a\x09\x0a\x01a\x12\x01e\x1a\x01k"),
            (MasterKey::Age { recipient: "x".into() }, b"\x32\x03\x0a\x01x"),
            (MasterKey::HuaweiKms { key_id: "I".into() }, b"\x3a\x03\x0a\x01I"),
        ];
        for (key, bytes) in cases {
            let message = Key::of(&key).unwrap();
            assert_eq!(message.encode_to_vec(), bytes, "{key:?}");
            assert_eq!(Key::decode(bytes).unwrap().into_master(), Some(key));
        }
        let key = Some(Key::of(&MasterKey::Age { recipient: "x".into() }).unwrap());
        let request = EncryptRequest { key: key.clone(), plaintext: b"pp".to_vec() };
        assert_eq!(request.encode_to_vec(), b"\x0a\x05\x32\x03\x0a\x01x\x12\x02pp");
        let request = DecryptRequest { key, ciphertext: b"cc".to_vec() };
        assert_eq!(request.encode_to_vec(), b"\x0a\x05\x32\x03\x0a\x01x\x12\x02cc");
        assert_eq!(EncryptResponse { ciphertext: b"c".to_vec() }.encode_to_vec(), b"\x0a\x01c");
        assert_eq!(DecryptResponse { plaintext: b"p".to_vec() }.encode_to_vec(), b"\x0a\x01p");
    }

    #[test]
    fn a_key_may_be_missing_or_unknown() {
        assert!(EncryptRequest::decode(&b""[..]).unwrap().key.is_none());
        let empty = EncryptRequest::decode(&b"\x0a\x00"[..]).unwrap();
        assert_eq!(empty.key.clone().unwrap().into_master(), None);
        // Number 9 is nobody's.
        assert_eq!(Key::decode(&b"\x4a\x03\x0a\x01x"[..]).unwrap().into_master(), None);
    }

    #[test]
    fn blanks_in_fingerprints_do_not_count() {
        let key = Key::decode(&b"\x12\x05\x0a\x03A B"[..]).unwrap();
        assert_eq!(key.into_master(), Some(MasterKey::Pgp { fingerprint: "AB".into() }));
    }

    #[test]
    fn a_context_with_a_null_is_told_and_not_sent() {
        let key = MasterKey::AwsKms {
            arn: "a".into(),
            role: String::new(),
            context: vec![("k".into(), None)],
            profile: String::new(),
        };
        assert!(Key::of(&key).unwrap_err().to_string().contains("no value for \"k\""));
    }
}
