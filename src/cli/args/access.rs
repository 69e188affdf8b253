//! Arguments of the commands that change who may open a file: `updatekeys` and `groups`
//! (command line §3.1, §7.10, §7.13).

use std::ffi::OsString;

use clap::Args;

use super::{EachArgs, GlobalArgs, ServiceArgs};

/// Bring the master keys of files in line with the creation rules
#[derive(Args, Debug, Clone)]
pub(crate) struct UpdateKeysArgs {
    /// Make the changes without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Number of key groups that are needed to open the file; else the file's own number stays
    #[arg(long = "shamir-secret-sharing-threshold", value_name = "N")]
    pub(crate) shamir_threshold: Option<i64>,
    /// Format of the input: yaml, json, dotenv, ini, toml or binary; else the file's name decides
    #[arg(long, value_name = "TYPE", help_heading = "Formats")]
    pub(crate) input_type: Option<String>,
    #[command(flatten)]
    pub(crate) each: EachArgs,
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Add a key group to a file, or remove one
#[derive(Args, Debug, Clone)]
pub(crate) struct GroupsArgs {}

/// Add a key group to a file and print it
#[derive(Args, Debug, Clone)]
pub(crate) struct GroupsAddArgs {
    #[command(flatten)]
    pub(crate) target: GroupsTargetArgs,
    #[command(flatten)]
    pub(crate) keys: NewGroupArgs,
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Remove a key group from a file and print it
#[derive(Args, Debug, Clone)]
pub(crate) struct GroupsDeleteArgs {
    #[command(flatten)]
    pub(crate) target: GroupsTargetArgs,
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// The file whose groups change.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct GroupsTargetArgs {
    /// The file whose groups are to be changed
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<OsString>,
    /// Write the result back to the file
    #[arg(short, long)]
    pub(crate) in_place: bool,
    /// Number of key groups that are needed to open the file from now on
    #[arg(long = "shamir-secret-sharing-threshold", value_name = "N")]
    pub(crate) shamir_threshold: Option<i64>,
}

/// The keys of a new group. Each flag may be repeated and takes a comma list.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Keys of the new group (any one of them opens it; flags may be repeated)")]
pub(crate) struct NewGroupArgs {
    /// age recipients
    #[arg(long, value_name = "LIST", action = clap::ArgAction::Append)]
    pub(crate) age: Vec<String>,
    /// PGP fingerprints
    #[arg(long, value_name = "LIST", action = clap::ArgAction::Append)]
    pub(crate) pgp: Vec<String>,
    /// AWS KMS keys as ARN or ARN+ROLE
    #[arg(long, value_name = "LIST", action = clap::ArgAction::Append)]
    pub(crate) kms: Vec<String>,
    /// Profile of the AWS configuration to use with --kms
    #[arg(long, value_name = "NAME")]
    pub(crate) aws_profile: Option<String>,
    /// GCP KMS resource ids
    #[arg(long, value_name = "LIST", action = clap::ArgAction::Append)]
    pub(crate) gcp_kms: Vec<String>,
    /// HuaweiCloud KMS keys as region:key-uuid
    #[arg(long, value_name = "LIST", action = clap::ArgAction::Append)]
    pub(crate) hckms: Vec<String>,
    /// Azure Key Vault keys as https://VAULT/keys/NAME/VERSION
    #[arg(long, value_name = "LIST", action = clap::ArgAction::Append)]
    pub(crate) azure_kv: Vec<String>,
    /// Keys of Vault's transit engine as https://HOST/v1/ENGINE/keys/NAME
    #[arg(long, value_name = "LIST", action = clap::ArgAction::Append)]
    pub(crate) hc_vault_transit: Vec<String>,
    /// Encryption context of the KMS keys, as in app:web,env:prod
    #[arg(long, value_name = "LIST")]
    pub(crate) encryption_context: Option<String>,
}
