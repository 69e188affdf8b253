//! The command line as data: every command, every flag, and their help, defined once.
//!
//! Help, manual pages and completions are made from this definition. The tokens that reach it
//! were brought into its form by [`go_flags`](super::go_flags), because sops' flag syntax
//! (one dash or two, booleans with `=false`, flags anywhere) is not clap's.
//! Only the command that runs is built: start-up is most of a small run.

mod access;
#[cfg(test)]
mod documented;
mod git;
mod groups;
mod help;
mod many;
#[cfg(test)]
mod pages;
mod people;
mod serving;
mod use_values;
mod verbs;

pub(crate) use access::{
    GroupsAddArgs, GroupsArgs, GroupsDeleteArgs, GroupsTargetArgs, NewGroupArgs, UpdateKeysArgs,
};
pub(crate) use git::{
    GitArgs, GitCleanArgs, GitDecisionArgs, GitFilterArgs, GitInstallArgs, GitMergeDriverArgs,
    GitMergetoolArgs, GitPlaceArgs, GitResolveArgs, GitSmudgeArgs, GitTextconvArgs, GitToolArgs,
    GitUninstallArgs,
};
pub(crate) use groups::{
    AnswerArgs, ChangeKeysArgs, ChildArgs, GlobalArgs, KeyArgs, OpeningArgs, OrderArgs, OutputArgs,
    SecretArgs, SelectorArgs, ServiceArgs, TypeArgs,
};

pub(crate) use many::{CheckArgs, EachArgs, ManyArgs, ReencryptArgs, ReportArgs, SealArgs};
pub(crate) use people::{
    ConfigArgs, ConfigCheckArgs, ConfigExplainArgs, ConfigSchemaArgs, DoctorArgs, InitArgs, KeysArgs,
};
pub(crate) use serving::{CompletionArgs, KeyServiceArgs, KrmArgs, PublishArgs, ShellArgs};
pub(crate) use use_values::{GenerateArgs, GetArgs, RenderArgs, RunArgs};
pub(crate) use verbs::{VERBS, Verb, is_for_new_files, top_level, verb, whole};

use std::ffi::OsString;

use clap::Args;

/// The boolean flags in front of a command that a variable may stand for, in the order of their definition.
pub(crate) const SWITCHES: &[(&str, &str)] = &[
    ("enable-local-keyservice", "SOPS_ENABLE_LOCAL_KEYSERVICE"),
    ("strict", "SOPS_STRICT"),
    ("disable-version-check", "SOPS_DISABLE_VERSION_CHECK"),
];

/// Encrypt a file and print it
#[derive(Args, Debug, Clone)]
pub(crate) struct EncryptArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) each: EachArgs,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) selectors: SelectorArgs,
    /// Refuse numbers that other readers would print in another spelling or round (0755, 1_000)
    #[arg(long, help_heading = "What is encrypted (at most one selector)")]
    pub(crate) strict_values: bool,
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Decrypt a file and print it
#[derive(Args, Debug, Clone)]
pub(crate) struct DecryptArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) each: EachArgs,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    /// Print only what is at this path, as in '["db"]["hosts"][0]'
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    pub(crate) extract: Option<String>,
    #[command(flatten)]
    pub(crate) secret: SecretArgs,
    /// Do not check the MAC: the file may have been tampered with
    #[arg(long, help_heading = None::<&'static str>)]
    pub(crate) ignore_mac: bool,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Edit an encrypted file in an editor, or start a new one
#[derive(Args, Debug, Clone)]
pub(crate) struct EditArgs {
    /// Show the metadata block in the editor too
    #[arg(short, long)]
    pub(crate) show_master_keys: bool,
    /// Do not check the MAC: the file may have been tampered with
    #[arg(long, help_heading = None::<&'static str>)]
    pub(crate) ignore_mac: bool,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) selectors: SelectorArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Set one value of an encrypted file, in place
#[derive(Args, Debug, Clone)]
pub(crate) struct SetArgs {
    /// VALUE names a file that holds the value
    #[arg(long)]
    pub(crate) value_file: bool,
    /// Read the value from stdin; there is no VALUE then
    #[arg(long)]
    pub(crate) value_stdin: bool,
    /// Leave the file alone if it has the value already
    #[arg(long)]
    pub(crate) idempotent: bool,
    /// Append to a list also where INDEX is a position further behind its end
    #[arg(long)]
    pub(crate) append: bool,
    /// Do not check the MAC: the file may have been tampered with
    #[arg(long, help_heading = None::<&'static str>)]
    pub(crate) ignore_mac: bool,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    #[arg(long = "shamir-secret-sharing-threshold", value_name = "N", hide = true)]
    pub(crate) shamir_threshold: Option<i64>,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Remove one value of an encrypted file, in place
#[derive(Args, Debug, Clone)]
pub(crate) struct UnsetArgs {
    /// It is no error if there is nothing to remove
    #[arg(long)]
    pub(crate) idempotent: bool,
    /// Do not check the MAC: the file may have been tampered with
    #[arg(long, help_heading = None::<&'static str>)]
    pub(crate) ignore_mac: bool,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    #[arg(long = "shamir-secret-sharing-threshold", value_name = "N", hide = true)]
    pub(crate) shamir_threshold: Option<i64>,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Put a new plaintext into an encrypted file; what did not change keeps its ciphertext
#[derive(Args, Debug, Clone)]
pub(crate) struct ReplaceArgs {
    /// The file that holds the new plaintext; - or nothing is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<OsString>,
    /// Do not check the MAC: the file may have been tampered with
    #[arg(long, help_heading = None::<&'static str>)]
    pub(crate) ignore_mac: bool,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Encrypt a file anew under a new data key, and add or remove master keys
#[derive(Args, Debug, Clone)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) each: EachArgs,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    #[command(flatten)]
    pub(crate) change: ChangeKeysArgs,
    /// Encryption context of the KMS keys to add and remove
    #[arg(long, value_name = "LIST")]
    pub(crate) encryption_context: Option<String>,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Run a command with the decrypted values in its environment
#[derive(Args, Debug, Clone)]
pub(crate) struct ExecEnvArgs {
    #[command(flatten)]
    pub(crate) child: ChildArgs,
    /// Give the command nothing of our own environment
    #[arg(long, help_heading = "The command")]
    pub(crate) pristine: bool,
    /// Become the command instead of waiting for it
    #[arg(long, help_heading = "The command")]
    pub(crate) same_process: bool,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Run a command with the decrypted file in a temporary file or pipe
#[derive(Args, Debug, Clone)]
pub(crate) struct ExecFileArgs {
    #[command(flatten)]
    pub(crate) child: ChildArgs,
    /// Use a regular file instead of a pipe
    #[arg(long, help_heading = "The command")]
    pub(crate) no_fifo: bool,
    /// What stands for the path of the file in COMMAND
    #[arg(long, value_name = "TEXT", default_value = "{}")]
    pub(crate) placeholder: Option<String>,
    /// Name of the temporary file
    #[arg(long, value_name = "NAME", help_heading = "The command")]
    pub(crate) filename: Option<OsString>,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Tell whether a file is encrypted, as one line of JSON
#[derive(Args, Debug, Clone)]
pub(crate) struct FileStatusArgs {
    /// Format of the input: yaml, json, dotenv, ini, toml or binary; else the file's name decides
    #[arg(long, value_name = "TYPE", help_heading = "Formats")]
    pub(crate) input_type: Option<String>,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Edit, encrypt and decrypt files whose values are secret and whose structure is not
#[derive(Args, Debug, Clone)]
pub(crate) struct LegacyArgs {
    /// Encrypt FILE and print it
    #[arg(short, long, help_heading = "Modes without a command (default: edit FILE)")]
    pub(crate) encrypt: bool,
    /// Decrypt FILE and print it
    #[arg(short, long, help_heading = "Modes without a command (default: edit FILE)")]
    pub(crate) decrypt: bool,
    /// Encrypt FILE anew under a new data key and print it
    #[arg(short, long, help_heading = "Modes without a command (default: edit FILE)")]
    pub(crate) rotate: bool,
    /// Set a value of FILE in place, as in '["a"]["b"] 3'
    #[arg(long, value_name = "INDEX VALUE", help_heading = "Modes without a command (default: edit FILE)")]
    pub(crate) set: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) types: TypeArgs,
    /// Print only what is at this path, as in '["db"]["hosts"][0]'
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    pub(crate) extract: Option<String>,
    /// Do not check the MAC: the file may have been tampered with
    #[arg(long, help_heading = None::<&'static str>)]
    pub(crate) ignore_mac: bool,
    /// Show the metadata block in the editor too
    #[arg(short, long, help_heading = None::<&'static str>)]
    pub(crate) show_master_keys: bool,
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) selectors: SelectorArgs,
    #[command(flatten)]
    pub(crate) change: ChangeKeysArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    /// Print the version
    #[arg(short = 'v', long, help_heading = "General")]
    pub(crate) version: bool,
    /// With --version: never ask for newer versions (that is the default here)
    #[arg(long, env = "SOPS_DISABLE_VERSION_CHECK", hide_env_values = true, help_heading = "General")]
    #[arg(value_parser = clap::builder::FalseyValueParser::new())] // the variable may be 0, f, F …
    pub(crate) disable_version_check: bool,
    /// With --version: ask for newer versions
    #[arg(long, help_heading = "General")]
    pub(crate) check_for_updates: bool,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}
