//! Where a destination rule puts a file, as typed data (configuration §6).

use std::path::Path;

/// One destination.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// A bucket of AWS S3.
    S3 {
        /// Its name.
        bucket: String,
        /// Put in front of the name, as it is.
        prefix: String,
    },
    /// A bucket of Google Cloud Storage.
    Gcs {
        /// Its name.
        bucket: String,
        /// Put in front of the name, as it is.
        prefix: String,
    },
    /// A key/value store of HashiCorp Vault or OpenBao.
    VaultKv {
        /// Where it is; without it the environment says so.
        address: Option<String>,
        /// The mount, ending in `/`.
        mount: String,
        /// The folder, ending in `/`.
        path: String,
        /// Which API the mount has.
        version: KvVersion,
    },
    /// A secret of AWS Secrets Manager.
    AwsSecretsManager {
        /// Its name; one that ends in `/` is a folder, and the file's name follows.
        secret: String,
        /// Where it is; without it the environment or the profile says so.
        region: Option<String>,
        /// Whose credentials are used; empty for those of the environment.
        profile: String,
        /// What a new secret is encrypted with; without it the account's own key.
        kms_key: Option<String>,
    },
    /// The secrets of a project in GCP Secret Manager.
    GcpSecretManager {
        /// Its id or number.
        project: String,
        /// Put in front of the name, as it is.
        prefix: String,
        /// Where the copies of a new secret are; empty leaves that to Google.
        locations: Vec<String>,
    },
    /// The secrets of an Azure Key Vault.
    AzureKeyVault {
        /// The vault's URL.
        vault: String,
        /// Put in front of the name, as it is.
        prefix: String,
    },
    /// The manifest of a Kubernetes Secret, as a file of this machine.
    KubernetesSecret {
        /// Its path; one that ends in `/` is a folder, and the name with the ending `.yaml` follows.
        file: String,
        /// Where the Secret belongs; empty leaves that to who applies it.
        namespace: String,
    },
}

/// What a destination is given of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// The encrypted file.
    File,
    /// Its values as a JSON object, whatever the file is.
    Members,
    /// Its values as a JSON object; of a file without values, its plaintext.
    Value,
    /// A manifest with its values.
    Manifest,
}

/// Why a file cannot have a name of its own at its destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A character that no name there has.
    #[error(
        "{kind} has no secret called {name:?}: {character:?} may not be in a name, only letters, digits and {allowed}"
    )]
    Character {
        /// The destination's kind.
        kind: &'static str,
        /// The name.
        name: String,
        /// The first character that is wrong.
        character: char,
        /// What names may have besides letters and digits.
        allowed: &'static str,
    },
    /// No name at all, or one that is too long.
    #[error("{kind} has no secret called {name:?}: a name has 1 to {longest} characters")]
    Length {
        /// The destination's kind.
        kind: &'static str,
        /// The name.
        name: String,
        /// How many characters it may have.
        longest: usize,
    },
}

/// What names of secrets look like at a destination.
struct Naming {
    /// Besides ASCII letters and digits.
    allowed: &'static str,
    /// What file names have and secrets have not: `-` stands for it.
    replaced: &'static str,
    longest: usize,
}

/// The versions of Vault's key/value store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KvVersion {
    /// Without versions of secrets.
    V1,
    /// With them: a secret is `{"data": …}` below `data/`.
    V2,
}

impl Destination {
    /// A Vault destination with the defaults filled in: any version but 1 is 2.
    pub(super) fn vault(address: &str, mount: &str, path: &str, version: i64) -> Self {
        let folder = |text: &str| if text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
        Self::VaultKv {
            address: Some(address.to_owned()).filter(|address| !address.is_empty()),
            mount: folder(if mount.is_empty() { "secret" } else { mount }),
            path: folder(path),
            version: if version == 1 { KvVersion::V1 } else { KvVersion::V2 },
        }
    }

    /// Its kind, as people call it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::S3 { .. } => "S3",
            Self::Gcs { .. } => "Google Cloud Storage",
            Self::VaultKv { .. } => "Vault",
            Self::AwsSecretsManager { .. } => "AWS Secrets Manager",
            Self::GcpSecretManager { .. } => "GCP Secret Manager",
            Self::AzureKeyVault { .. } => "Azure Key Vault",
            Self::KubernetesSecret { .. } => "a Kubernetes Secret",
        }
    }

    /// What it is given of a file.
    #[must_use]
    pub const fn takes(&self) -> Takes {
        match self {
            Self::S3 { .. } | Self::Gcs { .. } => Takes::File,
            Self::VaultKv { .. } => Takes::Members,
            Self::AwsSecretsManager { .. } | Self::GcpSecretManager { .. } | Self::AzureKeyVault { .. } => {
                Takes::Value
            }
            Self::KubernetesSecret { .. } => Takes::Manifest,
        }
    }

    /// The namespace of a Kubernetes Secret; empty for none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        match self {
            Self::KubernetesSecret { namespace, .. } => namespace,
            _ => "",
        }
    }

    /// How names look there; nothing where any will do.
    const fn naming(&self) -> Option<Naming> {
        match self {
            Self::S3 { .. } | Self::Gcs { .. } | Self::VaultKv { .. } | Self::KubernetesSecret { .. } => None,
            Self::AwsSecretsManager { .. } => {
                Some(Naming { allowed: "/ _ + = . @ -", replaced: "", longest: 512 })
            }
            Self::GcpSecretManager { .. } => Some(Naming { allowed: "_ -", replaced: "/.", longest: 255 }),
            Self::AzureKeyVault { .. } => Some(Naming { allowed: "-", replaced: "/._", longest: 127 }),
        }
    }

    /// The name at its destination of what is published as `name`. Where names have neither `/` nor `.`,
    /// `-` stands for them: whoever publishes several files sees to it that they stay apart.
    ///
    /// # Errors
    ///
    /// If no name there looks like this.
    pub fn name_of(&self, name: &str) -> Result<String, NameError> {
        let full = match self {
            Self::S3 { prefix, .. }
            | Self::Gcs { prefix, .. }
            | Self::GcpSecretManager { prefix, .. }
            | Self::AzureKeyVault { prefix, .. } => format!("{prefix}{name}"),
            Self::VaultKv { path, .. } => format!("{path}{name}"),
            Self::AwsSecretsManager { secret, .. } if secret.ends_with('/') => format!("{secret}{name}"),
            Self::AwsSecretsManager { secret, .. } => secret.clone(),
            Self::KubernetesSecret { file, .. } if file.ends_with('/') => {
                format!("{file}{}", Path::new(name).with_extension("yaml").display())
            }
            Self::KubernetesSecret { file, .. } => file.clone(),
        };
        let (Some(naming), kind) = (self.naming(), self.kind()) else { return Ok(full) };
        let full = full.replace(|c| naming.replaced.contains(c), "-");
        let wrong =
            full.chars().find(|&c| !c.is_ascii_alphanumeric() && (c == ' ' || !naming.allowed.contains(c)));
        match wrong {
            Some(character) => {
                Err(NameError::Character { kind, name: full, character, allowed: naming.allowed })
            }
            None if full.is_empty() || full.len() > naming.longest => {
                Err(NameError::Length { kind, name: full, longest: naming.longest })
            }
            None => Ok(full),
        }
    }

    /// The full name of what is published as `name`, as the question shows it. `vault` is the
    /// address of Vault where the rule has none.
    #[must_use]
    pub fn url(&self, name: &str, vault: &str) -> String {
        match self {
            Self::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}{name}"),
            Self::Gcs { bucket, prefix } => format!("gcs://{bucket}/{prefix}{name}"),
            Self::VaultKv { address, mount, path, version } => {
                let address = address.as_deref().unwrap_or(vault);
                let data = if *version == KvVersion::V2 { "data/" } else { "" };
                format!("{address}/v1/{mount}{data}{path}{name}")
            }
            Self::AwsSecretsManager { region, .. } => {
                let region = region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
                format!("{} secret {}{region}", self.kind(), self.shown(name))
            }
            Self::GcpSecretManager { project, .. } => {
                format!("{} secret projects/{project}/secrets/{}", self.kind(), self.shown(name))
            }
            Self::AzureKeyVault { vault, .. } => {
                format!("{}/secrets/{}", vault.trim_end_matches('/'), self.shown(name))
            }
            Self::KubernetesSecret { .. } => self.shown(name),
        }
    }

    fn shown(&self, name: &str) -> String {
        self.name_of(name).unwrap_or_else(|_| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the questions of sops 3.13.2 show them.
    #[test]
    fn urls() {
        let s3 = Destination::S3 { bucket: "b".into(), prefix: "pre".into() };
        assert_eq!(s3.url("f.yaml", ""), "s3://b/pref.yaml");
        let vault =
            |mount: &str, version| Destination::vault("", mount, "pa", version).url("f", "http://x:1");
        assert_eq!(vault("", 0), "http://x:1/v1/secret/data/pa/f");
        assert_eq!(vault("m", 7), "http://x:1/v1/m/data/pa/f");
        assert_eq!(vault("m/", 1), "http://x:1/v1/m/pa/f");
        assert_eq!(Destination::vault("http://y/", "m", "pa/", 2).url("f", ""), "http://y//v1/m/data/pa/f");
    }

    /// As the vendors' references have them: AWS' CreateSecret, Google's secretId, Azure's secret-name.
    #[test]
    fn names_of_secrets() {
        let aws = |secret: &str| Destination::AwsSecretsManager {
            secret: secret.into(),
            region: None,
            profile: String::new(),
            kms_key: None,
        };
        let gcp = |prefix: &str| Destination::GcpSecretManager {
            project: "p".into(),
            prefix: prefix.into(),
            locations: Vec::new(),
        };
        let azure =
            |prefix: &str| Destination::AzureKeyVault { vault: "https://v.x/".into(), prefix: prefix.into() };
        let check = |destination: Destination, name: &str, expected: Option<&str>| {
            assert_eq!(destination.name_of(name).ok().as_deref(), expected, "{destination:?} {name}");
        };
        check(aws("team/"), "x/db.yaml", Some("team/x/db.yaml"));
        check(aws("team"), "x/db.yaml", Some("team"));
        check(aws("a_b+c=d.e@f-g"), "", Some("a_b+c=d.e@f-g"));
        check(aws("team/"), "a b", None);
        check(aws("team/"), "\u{e9}", None);
        check(aws(&"x".repeat(513)), "", None);
        check(gcp("app-"), "x/db_1.yaml", Some("app-x-db_1-yaml"));
        check(gcp(""), "a b", None);
        check(gcp(""), "", None);
        check(gcp(&"x".repeat(255)), "y", None);
        check(azure("app-"), "x/db_1.yaml", Some("app-x-db-1-yaml"));
        check(azure(""), "a@b", None);
        check(azure(&"x".repeat(127)), "", Some(&"x".repeat(127)));
        check(azure(&"x".repeat(128)), "", None);
        let manifest =
            |file: &str| Destination::KubernetesSecret { file: file.into(), namespace: String::new() };
        check(manifest("out/"), "x/db.enc.env", Some("out/x/db.enc.yaml"));
        check(manifest("out.yaml"), "x/db.env", Some("out.yaml"));
        assert_eq!(azure("").url("a.b", ""), "https://v.x/secrets/a-b");
        assert_eq!(gcp("").url("a", ""), "GCP Secret Manager secret projects/p/secrets/a");
        let error = azure("").name_of("a@b").unwrap_err().to_string();
        assert!(error.contains("'@' may not be in a name"), "{error}");
    }
}
