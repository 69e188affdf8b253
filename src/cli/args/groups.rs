//! Flags that several commands share, and where their help is written (command line §3.1).

use std::ffi::OsString;

use clap::Args;

/// Flags that sops knows only in front of a command. Here they work behind it too.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "General")]
pub(crate) struct GlobalArgs {
    /// Use this configuration file and search for none
    #[arg(long, value_name = "PATH", env = "SOPS_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<OsString>,
    /// Indent what is written fresh by this many blanks
    #[arg(long, value_name = "N")]
    pub(crate) indent: Option<i64>,
    /// Say more on stderr about what is done
    #[arg(long)]
    pub(crate) verbose: bool,
}

/// Who unwraps the data key.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Key services")]
pub(crate) struct ServiceArgs {
    /// Use the keys of this machine
    #[arg(long, value_name = "BOOL", env = "SOPS_ENABLE_LOCAL_KEYSERVICE", hide_env_values = true)]
    #[arg(default_value = "true", default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    #[arg(action = clap::ArgAction::Set, hide_possible_values = true)]
    pub(crate) enable_local_keyservice: bool,
    /// Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated
    #[arg(long, value_name = "URI", env = "SOPS_KEYSERVICE", hide_env_values = true)]
    #[arg(action = clap::ArgAction::Append)]
    pub(crate) keyservice: Vec<String>,
}

/// Which keys are tried first.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Key services")]
pub(crate) struct OrderArgs {
    /// Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault
    #[arg(long, value_name = "LIST", env = "SOPS_DECRYPTION_ORDER", hide_env_values = true)]
    pub(crate) decryption_order: Option<String>,
}

/// What all that opens a file takes: who unwraps its data key, in which order, and the flags of every
/// command.
#[derive(Args, Debug, Clone)]
pub(crate) struct OpeningArgs {
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    #[command(flatten)]
    pub(crate) order: OrderArgs,
    /// Refuse files without a seal (see sops help seal)
    #[arg(long, env = "SOPS_STRICT", hide_env_values = true, help_heading = None::<&'static str>)]
    #[arg(value_parser = clap::builder::FalseyValueParser::new())] // the variable may be 0, f, F …
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// The master keys of a new file. Any of them replaces all keys of the creation rule.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Master keys (any of these replaces the keys of the creation rule)")]
pub(crate) struct KeyArgs {
    /// age recipients, a comma list
    #[arg(short, long, value_name = "LIST", env = "SOPS_AGE_RECIPIENTS", hide_env_values = true)]
    pub(crate) age: Option<String>,
    /// A file of age recipients, one to a line; # starts a comment
    #[arg(short = 'R', long, value_name = "FILE")]
    pub(crate) age_recipients_file: Option<OsString>,
    /// PGP fingerprints, a comma list
    #[arg(short, long, value_name = "LIST", env = "SOPS_PGP_FP", hide_env_values = true)]
    pub(crate) pgp: Option<String>,
    /// AWS KMS keys as ARN or ARN+ROLE, a comma list
    #[arg(short, long, value_name = "LIST", env = "SOPS_KMS_ARN", hide_env_values = true)]
    pub(crate) kms: Option<String>,
    /// Profile of the AWS configuration to use with --kms
    #[arg(long, value_name = "NAME")]
    pub(crate) aws_profile: Option<String>,
    /// GCP KMS resource ids, a comma list
    #[arg(long, value_name = "LIST", env = "SOPS_GCP_KMS_IDS", hide_env_values = true)]
    pub(crate) gcp_kms: Option<String>,
    /// HuaweiCloud KMS keys as region:key-uuid, a comma list
    #[arg(long, value_name = "LIST", env = "SOPS_HUAWEICLOUD_KMS_IDS", hide_env_values = true)]
    pub(crate) hckms: Option<String>,
    /// Azure Key Vault keys as https://VAULT/keys/NAME/VERSION, a comma list
    #[arg(long, value_name = "LIST", env = "SOPS_AZURE_KEYVAULT_URLS", hide_env_values = true)]
    pub(crate) azure_kv: Option<String>,
    /// Keys of Vault's transit engine as https://HOST/v1/ENGINE/keys/NAME, a comma list
    #[arg(long, value_name = "LIST", env = "SOPS_VAULT_URIS", hide_env_values = true)]
    pub(crate) hc_vault_transit: Option<String>,
    /// Encryption context of the KMS keys, as in app:web,env:prod
    #[arg(long, value_name = "LIST")]
    pub(crate) encryption_context: Option<String>,
    /// Number of key groups that are needed to open the file
    #[arg(long = "shamir-secret-sharing-threshold", value_name = "N")]
    pub(crate) shamir_threshold: Option<i64>,
}

/// What of a new file is encrypted.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "What is encrypted (at most one selector)")]
pub(crate) struct SelectorArgs {
    /// Leave values in clear whose key ends so
    #[arg(long, value_name = "TEXT")]
    pub(crate) unencrypted_suffix: Option<String>,
    /// Encrypt only values whose key ends so
    #[arg(long, value_name = "TEXT")]
    pub(crate) encrypted_suffix: Option<String>,
    /// Leave values in clear whose key matches
    #[arg(long, value_name = "REGEX")]
    pub(crate) unencrypted_regex: Option<String>,
    /// Encrypt only values whose key matches
    #[arg(long, value_name = "REGEX")]
    pub(crate) encrypted_regex: Option<String>,
    /// Leave values in clear that have a matching comment
    #[arg(long, value_name = "REGEX")]
    pub(crate) unencrypted_comment_regex: Option<String>,
    /// Encrypt only values that have a matching comment
    #[arg(long, value_name = "REGEX")]
    pub(crate) encrypted_comment_regex: Option<String>,
    /// Let the MAC cover only the values that are encrypted
    #[arg(long)]
    pub(crate) mac_only_encrypted: bool,
    /// Put a seal on the file: keys, order, types, comments and metadata cannot be changed unseen either
    #[arg(long)]
    pub(crate) seal: bool,
}

/// The formats, where the file's name does not tell them.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Formats")]
pub(crate) struct TypeArgs {
    /// Format of the input: yaml, json, dotenv, ini, toml or binary; else the file's name decides
    #[arg(long, value_name = "TYPE")]
    pub(crate) input_type: Option<String>,
    /// Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the
    /// file's name decides
    #[arg(long, value_name = "TYPE")]
    pub(crate) output_type: Option<String>,
}

/// The form of an answer to a question, which people read and programs.
#[derive(Args, Debug, Clone)]
pub(crate) struct AnswerArgs {
    /// How the answer is printed: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: String,
}

/// The manifest of a Kubernetes Secret.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Kubernetes Secret (with --output-type k8s-secret)")]
pub(crate) struct SecretArgs {
    /// Name of the Secret; else it is made of the file's name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Namespace of the Secret
    #[arg(long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,
    /// Type of the Secret (default: Opaque)
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// A label, as NAME=TEXT; may be repeated
    #[arg(long, value_name = "NAME=TEXT", action = clap::ArgAction::Append)]
    pub(crate) label: Vec<String>,
    /// An annotation, as NAME=TEXT; may be repeated
    #[arg(long, value_name = "NAME=TEXT", action = clap::ArgAction::Append)]
    pub(crate) annotation: Vec<String>,
    /// Put the whole file under this one key
    #[arg(long, value_name = "NAME")]
    pub(crate) key: Option<String>,
    /// Write text below stringData, not base64 below data
    #[arg(long)]
    pub(crate) string_data: bool,
}

impl SecretArgs {
    /// The first of these flags that is given.
    pub(crate) fn first(&self) -> Option<&'static str> {
        let given = [
            ("name", self.name.is_some()),
            ("namespace", self.namespace.is_some()),
            ("type", self.kind.is_some()),
            ("label", !self.label.is_empty()),
            ("annotation", !self.annotation.is_empty()),
            ("key", self.key.is_some()),
            ("string-data", self.string_data),
        ];
        given.into_iter().find_map(|(flag, given)| given.then_some(flag))
    }
}

/// Where the result goes.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Write the result back to the file
    #[arg(short, long)]
    pub(crate) in_place: bool,
    /// Write the result to this file instead of stdout
    #[arg(long, value_name = "PATH")]
    pub(crate) output: Option<OsString>,
    /// Choose format and creation rule as if the file had this name
    #[arg(long, value_name = "PATH")]
    pub(crate) filename_override: Option<OsString>,
}

/// Keys to add to a file and to remove from it.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Keys to add and remove (comma lists)")]
pub(crate) struct ChangeKeysArgs {
    /// Add age recipients to the first key group
    #[arg(long, value_name = "LIST")]
    pub(crate) add_age: Option<String>,
    /// Remove age recipients
    #[arg(long, value_name = "LIST")]
    pub(crate) rm_age: Option<String>,
    /// Add PGP fingerprints
    #[arg(long, value_name = "LIST")]
    pub(crate) add_pgp: Option<String>,
    /// Remove PGP fingerprints
    #[arg(long, value_name = "LIST")]
    pub(crate) rm_pgp: Option<String>,
    /// Add AWS KMS keys
    #[arg(long, value_name = "LIST")]
    pub(crate) add_kms: Option<String>,
    /// Remove AWS KMS keys
    #[arg(long, value_name = "LIST")]
    pub(crate) rm_kms: Option<String>,
    /// Add GCP KMS keys
    #[arg(long, value_name = "LIST")]
    pub(crate) add_gcp_kms: Option<String>,
    /// Remove GCP KMS keys
    #[arg(long, value_name = "LIST")]
    pub(crate) rm_gcp_kms: Option<String>,
    /// Add HuaweiCloud KMS keys
    #[arg(long, value_name = "LIST")]
    pub(crate) add_hckms: Option<String>,
    /// Remove HuaweiCloud KMS keys
    #[arg(long, value_name = "LIST")]
    pub(crate) rm_hckms: Option<String>,
    /// Add Azure Key Vault keys
    #[arg(long, value_name = "LIST")]
    pub(crate) add_azure_kv: Option<String>,
    /// Remove Azure Key Vault keys
    #[arg(long, value_name = "LIST")]
    pub(crate) rm_azure_kv: Option<String>,
    /// Add keys of Vault's transit engine
    #[arg(long, value_name = "LIST")]
    pub(crate) add_hc_vault_transit: Option<String>,
    /// Remove keys of Vault's transit engine
    #[arg(long, value_name = "LIST")]
    pub(crate) rm_hc_vault_transit: Option<String>,
}

impl ChangeKeysArgs {
    /// Whether any flag asks for a key to be added or removed.
    pub(crate) fn any(&self) -> bool {
        [
            &self.add_age,
            &self.rm_age,
            &self.add_pgp,
            &self.rm_pgp,
            &self.add_kms,
            &self.rm_kms,
            &self.add_gcp_kms,
            &self.rm_gcp_kms,
            &self.add_hckms,
            &self.rm_hckms,
            &self.add_azure_kv,
            &self.rm_azure_kv,
            &self.add_hc_vault_transit,
            &self.rm_hc_vault_transit,
        ]
        .into_iter()
        .any(|list| list.as_deref().is_some_and(|list| !list.is_empty()))
    }
}

/// How the child of `exec-env` and `exec-file` is started.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "The command")]
pub(crate) struct ChildArgs {
    /// Do not wait for the command (deprecated)
    #[arg(long)]
    pub(crate) background: bool,
    /// Run the command as this user
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
}
