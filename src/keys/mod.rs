//! Master keys as data, key groups, and how a data key is wrapped by them and recovered.
//!
//! Nothing here talks to a key: that is done by a [`KeyService`], made in `backends`.

/// A key that wraps data keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)] // fields carry the names of the file format (§10.2)
pub enum MasterKey {
    Age { recipient: String },
    Pgp { fingerprint: String },
    AwsKms { arn: String, role: String, context: Vec<(String, Option<String>)>, profile: String },
    GcpKms { resource_id: String },
    AzureKeyVault { vault_url: String, name: String, version: String },
    VaultTransit { address: String, engine_path: String, key_name: String },
    HuaweiKms { key_id: String },
}
/// A master key with the data key (or a share of it) that it wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The master key.
    pub key: MasterKey,
    /// RFC 3339; every kind but age has it.
    pub created_at: Option<String>,
    /// The wrapped bytes in the text form of the kind; empty before wrapping.
    pub enc: String,
}
/// Keys of which any one opens the group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyGroup(pub Vec<WrappedKey>);
