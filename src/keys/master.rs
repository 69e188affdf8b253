//! The master keys that a file names, and their text form.

use std::borrow::Cow;

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

/// The kinds of master key that sops 3.13.2 knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyKind {
    /// An age recipient: X25519, hybrid, SSH or a plugin's.
    Age,
    /// An OpenPGP key, by fingerprint.
    Pgp,
    /// A key of AWS KMS.
    AwsKms,
    /// A key of Google Cloud KMS.
    GcpKms,
    /// A key of Azure Key Vault.
    AzureKeyVault,
    /// A transit key of HashiCorp Vault or OpenBao.
    VaultTransit,
    /// A key of Huawei Cloud KMS.
    HuaweiKms,
}

impl KeyKind {
    /// Every kind, in the order in which sops assembles a file's flat lists (file format §10.3).
    pub const ALL: [Self; 7] = [
        Self::AwsKms,
        Self::GcpKms,
        Self::HuaweiKms,
        Self::AzureKeyVault,
        Self::VaultTransit,
        Self::Pgp,
        Self::Age,
    ];

    /// The type id: the name of its list in a file and the word of the decryption order.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Pgp => "pgp",
            Self::AwsKms => "kms",
            Self::GcpKms => "gcp_kms",
            Self::AzureKeyVault => "azure_kv",
            Self::VaultTransit => "hc_vault",
            Self::HuaweiKms => "hckms",
        }
    }

    /// The kind's name as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Pgp => "PGP",
            Self::AwsKms => "AWS KMS",
            Self::GcpKms => "GCP KMS",
            Self::AzureKeyVault => "Azure Key Vault",
            Self::VaultTransit => "HashiCorp Vault",
            Self::HuaweiKms => "HuaweiCloud KMS",
        }
    }
}

impl MasterKey {
    /// The kind of the key.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Age { .. } => KeyKind::Age,
            Self::Pgp { .. } => KeyKind::Pgp,
            Self::AwsKms { .. } => KeyKind::AwsKms,
            Self::GcpKms { .. } => KeyKind::GcpKms,
            Self::AzureKeyVault { .. } => KeyKind::AzureKeyVault,
            Self::VaultTransit { .. } => KeyKind::VaultTransit,
            Self::HuaweiKms { .. } => KeyKind::HuaweiKms,
        }
    }

    /// The text form: what reports and diffs show, and what `--rm-*` and de-duplication compare
    /// (keys §1, §5.3).
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Age { recipient } => recipient.into(),
            Self::Pgp { fingerprint } => fingerprint.into(),
            Self::AwsKms { arn, role, context, profile } => aws_text(arn, role, context, profile).into(),
            Self::GcpKms { resource_id } => resource_id.into(),
            Self::AzureKeyVault { vault_url, name, version } => {
                format!("{vault_url}/keys/{name}/{version}").into()
            }
            Self::VaultTransit { address, engine_path, key_name } => {
                format!("{address}/v1/{engine_path}/keys/{key_name}").into()
            }
            Self::HuaweiKms { key_id } => key_id.into(),
        }
    }
}

impl MasterKey {
    /// Whether this key of a file is the one that a rule names, as far as that can be told without asking
    /// anybody: what a rule leaves open was found out when the file was encrypted.
    ///
    /// A rule may name an Azure key without a version, which is then the newest of that time; and the address
    /// of a vault may end in a slash or not (keys §7). Everything else has to have the same text form.
    #[must_use]
    pub fn is_named_by(&self, rule: &Self) -> bool {
        match (self, rule) {
            (
                Self::AzureKeyVault { vault_url, name, version },
                Self::AzureKeyVault { vault_url: its_vault, name: its_name, version: its_version },
            ) => {
                let same_vault =
                    vault_url.trim_end_matches('/').eq_ignore_ascii_case(its_vault.trim_end_matches('/'));
                same_vault && name == its_name && (its_version.is_empty() || version == its_version)
            }
            _ => self.kind() == rule.kind() && self.text() == rule.text(),
        }
    }

    /// The text form for people: as [`text`](Self::text), without the user and password that an
    /// address may hold.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        match self.text() {
            text if !matches!(self, Self::VaultTransit { .. } | Self::AzureKeyVault { .. }) => text,
            Cow::Borrowed(text) => without_user(text),
            Cow::Owned(text) => without_user(&text).into_owned().into(),
        }
    }
}

/// A URL with `***` for its user and password. What is no URL stays as it is; one that is malformed
/// loses too much rather than too little.
#[must_use]
pub fn without_user(url: &str) -> Cow<'_, str> {
    let start = url.find("//").map(|at| at + 2);
    match start.and_then(|start| Some((start, start + url[start..].rfind('@')?))) {
        Some((start, at)) => format!("{}***{}", &url[..start], &url[at..]).into(),
        None => url.into(),
    }
}

impl KeyGroup {
    /// The keys in the order in which a file gives them back: it holds a list for each kind
    /// (file format §10.3), so that only the order within a kind is kept.
    #[must_use]
    pub fn as_stored(&self) -> Vec<&WrappedKey> {
        let mut keys: Vec<_> = self.0.iter().collect();
        keys.sort_by_key(|key| KeyKind::ALL.iter().position(|kind| *kind == key.key.kind()));
        keys
    }
}

impl WrappedKey {
    /// A master key that has wrapped nothing yet.
    #[must_use]
    pub fn new(key: MasterKey) -> Self {
        Self { key, created_at: None, enc: String::new() }
    }
}

/// `ARN[+ROLE][|CONTEXT[|PROFILE]]`: role and context count, so an ARN with another context is
/// another key. With a profile the context's bar is there even if it is empty.
fn aws_text(arn: &str, role: &str, context: &[(String, Option<String>)], profile: &str) -> String {
    let mut pairs: Vec<_> = context.iter().collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let context: Vec<_> =
        pairs.iter().map(|(k, v)| format!("{k}:{}", v.as_deref().unwrap_or_default())).collect();
    let context = context.join(",");

    let mut text = arn.to_owned();
    if !role.is_empty() {
        text.push('+');
        text.push_str(role);
    }
    if !context.is_empty() || !profile.is_empty() {
        text.push('|');
        text.push_str(&context);
    }
    if !profile.is_empty() {
        text.push('|');
        text.push_str(profile);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(role: &str, context: &[(&str, &str)], profile: &str) -> String {
        let context = context.iter().map(|(k, v)| ((*k).to_owned(), Some((*v).to_owned()))).collect();
        MasterKey::AwsKms { arn: "ARN".into(), role: role.into(), context, profile: profile.into() }
            .text()
            .into_owned()
    }

    /// The forms of keys §5.3.
    #[test]
    fn aws_text_form() {
        assert_eq!(aws("", &[], ""), "ARN");
        assert_eq!(aws("ROLE", &[], ""), "ARN+ROLE");
        assert_eq!(aws("", &[("k2", "v2"), ("k", "v")], ""), "ARN|k:v,k2:v2");
        assert_eq!(aws("", &[], "P"), "ARN||P");
        assert_eq!(aws("", &[("k", "v")], "P"), "ARN|k:v|P");
    }

    #[test]
    fn users_are_not_shown() {
        let key = MasterKey::VaultTransit {
            address: "https://u:p@h".into(),
            engine_path: "t".into(),
            key_name: "k".into(),
        };
        assert_eq!(key.text(), "https://u:p@h/v1/t/keys/k");
        assert_eq!(key.shown(), "https://***@h/v1/t/keys/k");
        assert_eq!(without_user("https://u:p/w@h"), "https://***@h");
        assert_eq!(without_user("https://h:8200"), "https://h:8200");
    }

    #[test]
    fn a_rule_may_leave_the_version_of_an_azure_key_open() {
        let azure = |vault_url: &str, name: &str, version: &str| MasterKey::AzureKeyVault {
            vault_url: vault_url.into(),
            name: name.into(),
            version: version.into(),
        };
        let key = azure("https://v.vault.azure.net", "k", "1");
        for rule in [
            azure("https://v.vault.azure.net", "k", ""),
            azure("https://v.vault.azure.net/", "k", ""),
            azure("https://V.vault.azure.net/", "k", "1"),
        ] {
            assert!(key.is_named_by(&rule), "{}", rule.text());
        }
        for rule in [
            azure("https://v.vault.azure.net", "k", "2"),
            azure("https://w.vault.azure.net", "k", ""),
            azure("https://v.vault.azure.net", "k2", ""),
            MasterKey::pgp("https://v.vault.azure.net/keys/k/1"),
        ] {
            assert!(!key.is_named_by(&rule), "{}", rule.text());
        }
        // A file without a version is not one whose version the rule names.
        assert!(!azure("https://v.vault.azure.net", "k", "").is_named_by(&key));
    }

    #[test]
    fn url_text_forms() {
        let azure = MasterKey::AzureKeyVault {
            vault_url: "https://v".into(),
            name: "k".into(),
            version: String::new(),
        };
        assert_eq!(azure.text(), "https://v/keys/k/");
        let vault = MasterKey::VaultTransit {
            address: "http://h:8200".into(),
            engine_path: "a/b".into(),
            key_name: "k1".into(),
        };
        assert_eq!(vault.text(), "http://h:8200/v1/a/b/keys/k1");
    }
}
