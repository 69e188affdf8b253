//! Where a destination rule puts a file, as typed data (configuration §6).

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
        }
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
}
