//! Master keys from the texts of flags, environment and configuration.
//!
//! `from_list` functions read a comma list as flags and flat rules have it; the others read one
//! key. Only age, Azure, Vault and Huawei identifiers are checked here; an AWS, GCP or PGP one shows
//! itself to be wrong when it is used, as in sops (configuration §4.5).

use super::quote::quote;
use super::{AgeRecipient, AgeRecipientError, KeyKind, MasterKey, VaultUriError, vault_uri};

/// Why a text names no master key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseKeyError {
    /// No age recipient.
    #[error(transparent)]
    Age(#[from] AgeRecipientError),
    /// No key URL of Azure Key Vault.
    #[error("could not parse {} into a valid Azure Key Vault MasterKey []", quote(.0))]
    AzureUrl(String),
    /// No key URI of Vault.
    #[error(transparent)]
    Vault(#[from] VaultUriError),
    /// A Huawei key id without `:`.
    #[error("invalid key ID format: expected 'region:key-uuid', got {}", quote(.0))]
    HuaweiFormat(String),
    /// A Huawei key id without a region.
    #[error("region cannot be empty in key ID: {}", quote(.0))]
    HuaweiRegion(String),
    /// A Huawei key id without a key.
    #[error("key UUID cannot be empty in key ID: {}", quote(.0))]
    HuaweiUuid(String),
}

impl KeyKind {
    /// The kind of key that a text is like. Whether it is one shows itself when it is read.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.starts_with("age1") || text.starts_with("ssh-") {
            return Some(Self::Age);
        }
        if text.starts_with("arn:") {
            return Some(Self::AwsKms);
        }
        if text.starts_with("projects/") {
            return Some(Self::GcpKms);
        }
        if let Some((_, rest)) = text.split_once("://").filter(|(scheme, _)| scheme.starts_with("http")) {
            let path = rest.split_once('/').map_or("", |(_, path)| path);
            return Some(if path.starts_with("keys/") { Self::AzureKeyVault } else { Self::VaultTransit });
        }
        let digits: String = text.split_whitespace().collect();
        let digits = digits.strip_prefix("0x").unwrap_or(&digits);
        if matches!(digits.len(), 40 | 64) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(Self::Pgp);
        }
        let (_, uuid) = text.split_once(':')?;
        let dashes: Vec<_> = uuid.split('-').map(str::len).collect();
        (dashes == [8, 4, 4, 4, 12]).then_some(Self::HuaweiKms)
    }
}

/// What goes with every AWS KMS key of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KmsOptions {
    /// The encryption context, sorted by key.
    pub context: Vec<(String, Option<String>)>,
    /// The profile of the shared AWS configuration; empty for none.
    pub profile: String,
}

impl MasterKey {
    /// Reads a comma list of keys of one kind; an empty text has none.
    ///
    /// # Errors
    ///
    /// [`ParseKeyError`] of the first item that names no key.
    pub fn from_list(kind: KeyKind, text: &str, options: &KmsOptions) -> Result<Vec<Self>, ParseKeyError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let items = text.split(',');
        match kind {
            KeyKind::Age => items.map(Self::age).collect(),
            KeyKind::Pgp => Ok(items.map(Self::pgp).collect()),
            KeyKind::AwsKms => Ok(items.map(|item| Self::aws_kms(item, options)).collect()),
            KeyKind::GcpKms => Ok(items.map(Self::gcp_kms).collect()),
            KeyKind::AzureKeyVault => items.map(Self::azure_key_vault).collect(),
            KeyKind::VaultTransit => items.filter(|item| !item.is_empty()).map(Self::vault_transit).collect(),
            KeyKind::HuaweiKms => {
                let items = items.map(str::trim).filter(|item| !item.is_empty());
                items.map(Self::huawei_kms).collect()
            }
        }
    }

    /// An age recipient; white space around it goes, the comment of an SSH key stays (keys §3.1).
    ///
    /// # Errors
    ///
    /// [`ParseKeyError::Age`].
    pub fn age(text: &str) -> Result<Self, ParseKeyError> {
        let text = text.trim();
        AgeRecipient::parse(text)?;
        Ok(Self::Age { recipient: text.to_owned() })
    }

    /// A PGP fingerprint as typed, without its blanks (keys §4.1).
    #[must_use]
    pub fn pgp(text: &str) -> Self {
        Self::Pgp { fingerprint: text.replace(' ', "") }
    }

    /// An AWS KMS key from `ARN` or `ARN+ROLE_ARN`, blanks removed (keys §5.1).
    #[must_use]
    pub fn aws_kms(text: &str, options: &KmsOptions) -> Self {
        let text = text.replace(' ', "");
        // An ARN's path may hold `+` but no `:`, so `+arn:` begins the role.
        let (arn, role) = match text.find("+arn:") {
            Some(plus) if plus > 0 => (&text[..plus], &text[plus + 1..]),
            _ => (&text[..], ""),
        };
        Self::AwsKms {
            arn: arn.to_owned(),
            role: role.to_owned(),
            context: options.context.clone(),
            profile: options.profile.clone(),
        }
    }

    /// A GCP KMS resource id, blanks removed (keys §6).
    #[must_use]
    pub fn gcp_kms(text: &str) -> Self {
        Self::GcpKms { resource_id: text.replace(' ', "") }
    }

    /// An Azure key from `https://VAULT/keys/NAME[/VERSION]` (keys §7). A missing version stays
    /// empty: finding it needs the service.
    ///
    /// # Errors
    ///
    /// [`ParseKeyError::AzureUrl`].
    pub fn azure_key_vault(text: &str) -> Result<Self, ParseKeyError> {
        let text = text.trim();
        let parts = text.strip_prefix("https://").map(|rest| rest.split('/').collect::<Vec<_>>());
        match parts.as_deref() {
            Some([host, "keys", name, version @ ..])
                if version.len() <= 1 && !host.is_empty() && !name.is_empty() =>
            {
                Ok(Self::AzureKeyVault {
                    vault_url: format!("https://{host}"),
                    name: (*name).to_owned(),
                    version: version.concat(),
                })
            }
            _ => Err(ParseKeyError::AzureUrl(text.to_owned())),
        }
    }

    /// A Vault transit key from its URI (keys §8.1).
    ///
    /// # Errors
    ///
    /// [`ParseKeyError::Vault`].
    pub fn vault_transit(text: &str) -> Result<Self, ParseKeyError> {
        Ok(vault_uri::parse(text)?)
    }

    /// A Huawei KMS key from `region:key-uuid`, as flags, configuration and files have it
    /// (keys §9). The text is kept as it is.
    ///
    /// # Errors
    ///
    /// [`ParseKeyError::HuaweiFormat`] and its neighbours.
    pub fn huawei_kms(text: &str) -> Result<Self, ParseKeyError> {
        let id = text.trim();
        let Some((region, uuid)) = id.split_once(':') else {
            return Err(ParseKeyError::HuaweiFormat(id.to_owned()));
        };
        if region.trim().is_empty() {
            return Err(ParseKeyError::HuaweiRegion(id.to_owned()));
        }
        if uuid.trim().is_empty() {
            return Err(ParseKeyError::HuaweiUuid(id.to_owned()));
        }
        Ok(Self::HuaweiKms { key_id: text.to_owned() })
    }
}

/// Reads `--encryption-context`: `k:v,k2:v2`, nothing trimmed, sorted by key, the last of equal
/// keys wins. `None` if an item has not exactly one `:` (keys §5.2; the CLI exits 6).
#[must_use]
pub fn parse_encryption_context(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let mut context = std::collections::BTreeMap::new();
    for item in text.split(',') {
        let (key, value) = item.split_once(':').filter(|(_, value)| !value.contains(':'))?;
        context.insert(key.to_owned(), Some(value.to_owned()));
    }
    Some(context.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(kind: KeyKind, text: &str) -> Result<Vec<String>, String> {
        match MasterKey::from_list(kind, text, &KmsOptions::default()) {
            Ok(keys) => Ok(keys.iter().map(|key| key.text().into_owned()).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn check(kind: KeyKind, text: &str, texts: &[&str]) {
        assert_eq!(list(kind, text).unwrap(), texts, "{text}");
    }

    fn check_error(kind: KeyKind, text: &str, error: &str) {
        assert_eq!(list(kind, text).unwrap_err(), error, "{text}");
    }

    #[test]
    fn lists() {
        check(KeyKind::Age, "", &[]);
        check(KeyKind::Pgp, "", &[]);
        check(KeyKind::Pgp, " AB CD ,\tEF,", &["ABCD", "\tEF", ""]);
        check(KeyKind::GcpKms, "projects/p , x", &["projects/p", "x"]);
        check(KeyKind::HuaweiKms, " r:u ,, r : u2", &["r:u", "r : u2"]);
    }

    #[test]
    fn aws_role() {
        let text = "arn:aws:kms:r:1:key/a+b + arn:aws:iam::1:role/x";
        let key = MasterKey::aws_kms(text, &KmsOptions::default());
        let MasterKey::AwsKms { arn, role, .. } = key else { panic!() };
        assert_eq!((&arn[..], &role[..]), ("arn:aws:kms:r:1:key/a+b", "arn:aws:iam::1:role/x"));
    }

    #[test]
    fn azure_urls() {
        check(KeyKind::AzureKeyVault, "https://v/keys/k", &["https://v/keys/k/"]);
        check(
            KeyKind::AzureKeyVault,
            " https://v/keys/k/,https://v/keys/k/V",
            &["https://v/keys/k/", "https://v/keys/k/V"],
        );
        for bad in ["bad", "http://v/keys/k", "https://v/x/keys/k", "https://v/keys/k//", ""] {
            let text = format!("https://v/keys/k,{bad}");
            check_error(
                KeyKind::AzureKeyVault,
                &text,
                &format!("could not parse \"{bad}\" into a valid Azure Key Vault MasterKey []"),
            );
        }
    }

    /// Configuration §4.5.
    #[test]
    fn huawei_errors() {
        let check = |text, error| check_error(KeyKind::HuaweiKms, text, error);
        check("x", "invalid key ID format: expected 'region:key-uuid', got \"x\"");
        check(":x", "region cannot be empty in key ID: \":x\"");
        check("r: ", "key UUID cannot be empty in key ID: \"r:\"");
    }

    #[test]
    fn a_text_tells_its_kind() {
        for (text, kind) in [
            ("age1gghtsm9pq24x4efnkmgnv9auwvy46lpzkpr3g5qzr6w0hya22ads8jp5jg", Some(KeyKind::Age)),
            ("ssh-ed25519 AAAA alice@host", Some(KeyKind::Age)),
            ("arn:aws:kms:r:1:key/a+arn:aws:iam::1:role/x", Some(KeyKind::AwsKms)),
            ("projects/p/locations/l/keyRings/r/cryptoKeys/k", Some(KeyKind::GcpKms)),
            ("https://demo.vault.azure.net/keys/k/v", Some(KeyKind::AzureKeyVault)),
            ("https://vault.example.com:8200/v1/transit/keys/k", Some(KeyKind::VaultTransit)),
            ("85D7 7543 B3D6 24B6 3CEA  9E6D BC17 301B 491B 3F21", Some(KeyKind::Pgp)),
            ("tr-west-1:00000000-0000-4000-8000-000000000000", Some(KeyKind::HuaweiKms)),
            ("team", None),
            ("a:b", None),
            ("", None),
            ("491B3F21", None),
        ] {
            assert_eq!(KeyKind::of_text(text), kind, "{text}");
        }
    }

    #[test]
    fn encryption_context() {
        let pair = |k: &str, v: &str| (k.to_owned(), Some(v.to_owned()));
        assert_eq!(
            parse_encryption_context("b:2, a : 1 ,b:3"),
            Some(vec![pair(" a ", " 1 "), pair("b", "3")])
        );
        for bad in ["", "a", "a:b:c", "a:b,"] {
            assert_eq!(parse_encryption_context(bad), None, "{bad}");
        }
    }
}
