//! Destination rules: where `publish` puts a file (configuration §6).

use std::path::Path;
use std::sync::OnceLock;

use super::super::destination::Destination;
use super::super::go_regex::GoRegex;
use super::decode::Decoder;
use super::error::{ConfigError, ConfigErrorKind, Place};
use super::rules::CreationRule;
use crate::document::yaml::node::NodeId;

/// A rule of `destination_rules`: where the files that it is for are published.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // fields carry the names of the configuration
pub struct DestinationRule {
    pub path_regex: String,
    pub s3_bucket: String,
    pub s3_prefix: String,
    pub gcs_bucket: String,
    pub gcs_prefix: String,
    pub vault_path: String,
    pub vault_address: String,
    pub vault_kv_mount_name: String,
    pub vault_kv_version: i64,
    pub aws_secrets_manager_secret_name: String,
    pub aws_secrets_manager_kms_key: String,
    pub aws_region: String,
    pub aws_profile: String,
    pub gcp_secret_manager_project: String,
    pub gcp_secret_manager_prefix: String,
    pub gcp_secret_manager_locations: String,
    pub azure_keyvault_url: String,
    pub azure_keyvault_prefix: String,
    pub kubernetes_secret_file: String,
    pub kubernetes_namespace: String,
    pub omit_extensions: bool,
    /// What the file is encrypted with anew; its `path_regex` counts for nothing.
    pub recreation_rule: CreationRule,
    /// Where the rule stands.
    pub place: Place,
    regex: OnceLock<Option<GoRegex>>,
}

pub(super) const DESTINATION_RULE: &[&str] = &[
    "path_regex",
    "s3_bucket",
    "s3_prefix",
    "gcs_bucket",
    "gcs_prefix",
    "vault_path",
    "vault_address",
    "vault_kv_mount_name",
    "vault_kv_version",
    "aws_secrets_manager_secret_name",
    "aws_secrets_manager_kms_key",
    "aws_region",
    "aws_profile",
    "gcp_secret_manager_project",
    "gcp_secret_manager_prefix",
    "gcp_secret_manager_locations",
    "azure_keyvault_url",
    "azure_keyvault_prefix",
    "kubernetes_secret_file",
    "kubernetes_namespace",
    "recreation_rule",
    "omit_extensions",
];

impl DestinationRule {
    pub(super) fn read(d: &mut Decoder<'_>, node: NodeId) -> Result<Self, ConfigError> {
        let place = d.place(node);
        let mut rule = Self {
            path_regex: String::new(),
            s3_bucket: String::new(),
            s3_prefix: String::new(),
            gcs_bucket: String::new(),
            gcs_prefix: String::new(),
            vault_path: String::new(),
            vault_address: String::new(),
            vault_kv_mount_name: String::new(),
            vault_kv_version: 0,
            aws_secrets_manager_secret_name: String::new(),
            aws_secrets_manager_kms_key: String::new(),
            aws_region: String::new(),
            aws_profile: String::new(),
            gcp_secret_manager_project: String::new(),
            gcp_secret_manager_prefix: String::new(),
            gcp_secret_manager_locations: String::new(),
            azure_keyvault_url: String::new(),
            azure_keyvault_prefix: String::new(),
            kubernetes_secret_file: String::new(),
            kubernetes_namespace: String::new(),
            omit_extensions: false,
            recreation_rule: CreationRule::empty(place.clone()),
            place,
            regex: OnceLock::new(),
        };
        for entry in d.entries(node, "config.destinationRule")? {
            let value = entry.value;
            match &*entry.key {
                "path_regex" => rule.path_regex = d.string(value)?,
                "s3_bucket" => rule.s3_bucket = d.string(value)?,
                "s3_prefix" => rule.s3_prefix = d.string(value)?,
                "gcs_bucket" => rule.gcs_bucket = d.string(value)?,
                "gcs_prefix" => rule.gcs_prefix = d.string(value)?,
                "vault_path" => rule.vault_path = d.string(value)?,
                "vault_address" => rule.vault_address = d.string(value)?,
                "vault_kv_mount_name" => rule.vault_kv_mount_name = d.string(value)?,
                "vault_kv_version" => rule.vault_kv_version = d.int(value)?,
                "aws_secrets_manager_secret_name" => {
                    rule.aws_secrets_manager_secret_name = d.string(value)?
                }
                "aws_secrets_manager_kms_key" => rule.aws_secrets_manager_kms_key = d.string(value)?,
                "aws_region" => rule.aws_region = d.string(value)?,
                "aws_profile" => rule.aws_profile = d.string(value)?,
                "gcp_secret_manager_project" => rule.gcp_secret_manager_project = d.string(value)?,
                "gcp_secret_manager_prefix" => rule.gcp_secret_manager_prefix = d.string(value)?,
                "gcp_secret_manager_locations" => rule.gcp_secret_manager_locations = d.string(value)?,
                "azure_keyvault_url" => rule.azure_keyvault_url = d.string(value)?,
                "azure_keyvault_prefix" => rule.azure_keyvault_prefix = d.string(value)?,
                "kubernetes_secret_file" => rule.kubernetes_secret_file = d.string(value)?,
                "kubernetes_namespace" => rule.kubernetes_namespace = d.string(value)?,
                "omit_extensions" => rule.omit_extensions = d.bool(value)?,
                "recreation_rule" => rule.recreation_rule = CreationRule::read(d, value)?,
                _ => d.unknown(&entry, DESTINATION_RULE),
            }
        }
        Ok(rule)
    }

    /// Whether the rule is for `path`; a regex that does not compile matches nothing, as in
    /// sops.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.path_regex.is_empty()
            || self
                .regex
                .get_or_init(|| GoRegex::new(&self.path_regex).ok())
                .as_ref()
                .is_some_and(|regex| regex.is_match(path.as_bytes()))
    }

    /// The destination, if the rule names one.
    #[must_use]
    pub fn destination(&self) -> Option<Destination> {
        if !self.s3_bucket.is_empty() {
            let (bucket, prefix) = (self.s3_bucket.clone(), self.s3_prefix.clone());
            return Some(Destination::S3 { bucket, prefix });
        }
        if !self.gcs_bucket.is_empty() {
            let (bucket, prefix) = (self.gcs_bucket.clone(), self.gcs_prefix.clone());
            return Some(Destination::Gcs { bucket, prefix });
        }
        if !self.vault_path.is_empty() {
            return Some(Destination::vault(
                &self.vault_address,
                &self.vault_kv_mount_name,
                &self.vault_path,
                self.vault_kv_version,
            ));
        }
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        if !self.aws_secrets_manager_secret_name.is_empty() {
            return Some(Destination::AwsSecretsManager {
                secret: self.aws_secrets_manager_secret_name.clone(),
                region: given(&self.aws_region),
                profile: self.aws_profile.clone(),
                kms_key: given(&self.aws_secrets_manager_kms_key),
            });
        }
        if !self.gcp_secret_manager_project.is_empty() {
            let locations = self.gcp_secret_manager_locations.split(',').map(str::trim);
            return Some(Destination::GcpSecretManager {
                project: self.gcp_secret_manager_project.clone(),
                prefix: self.gcp_secret_manager_prefix.clone(),
                locations: locations.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            });
        }
        if !self.kubernetes_secret_file.is_empty() {
            // Below the configuration, wherever the command is run.
            let folder = Path::new(&*self.place.file).parent().unwrap_or(Path::new(""));
            let file = folder.join(&self.kubernetes_secret_file).to_string_lossy().into_owned();
            return Some(Destination::KubernetesSecret {
                file,
                namespace: self.kubernetes_namespace.clone(),
            });
        }
        let vault = given(&self.azure_keyvault_url)?;
        Some(Destination::AzureKeyVault { vault, prefix: self.azure_keyvault_prefix.clone() })
    }

    /// The fields of which one makes a destination, with their values.
    pub(super) fn destinations(&self) -> [(&'static str, &str); 7] {
        [
            ("s3_bucket", &self.s3_bucket),
            ("gcs_bucket", &self.gcs_bucket),
            ("vault_path", &self.vault_path),
            ("aws_secrets_manager_secret_name", &self.aws_secrets_manager_secret_name),
            ("gcp_secret_manager_project", &self.gcp_secret_manager_project),
            ("azure_keyvault_url", &self.azure_keyvault_url),
            ("kubernetes_secret_file", &self.kubernetes_secret_file),
        ]
    }

    /// The rule, if it has at most one destination and its recreation rule one selector.
    pub(super) fn checked(&self) -> Result<&Self, ConfigError> {
        let destinations = self.destinations();
        if destinations.iter().filter(|(_, value)| !value.is_empty()).count() > 1 {
            return Err(ConfigError {
                kind: ConfigErrorKind::SeveralDestinations,
                place: Some(self.place.clone()),
            });
        }
        self.recreation_rule.checked()?;
        Ok(self)
    }
}
