//! Arguments of what explains and sets up: `init`, `keys`, `doctor` and `config`.

use std::ffi::OsString;

use clap::Args;

use super::{AnswerArgs, GlobalArgs, OpeningArgs};

/// Set a project up: an age identity if there is none, .sops.yaml, git
#[derive(Args, Debug, Clone)]
pub(crate) struct InitArgs {
    /// Ask nothing: take what flags say, and else the defaults
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who else can open the files: an age recipient, an SSH key or a PGP fingerprint; may be repeated
    #[arg(long, value_name = "KEY", action = clap::ArgAction::Append)]
    pub(crate) recipient: Vec<String>,
    /// Which files are encrypted: a regular expression that their path below here meets
    #[arg(long, value_name = "REGEX")]
    pub(crate) path_regex: Option<String>,
    /// Which of their values: those below keys that meet this regular expression; else all
    #[arg(long, value_name = "REGEX")]
    pub(crate) encrypted_regex: Option<String>,
    /// What you are called in .sops.yaml; else your user name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Make no identity; --recipient says who can open the files
    #[arg(long)]
    pub(crate) no_identity: bool,
    /// Set git up too, as `git install` does
    #[arg(long)]
    pub(crate) git: bool,
    /// Do not set git up, and do not ask about it
    #[arg(long)]
    pub(crate) no_git: bool,
    /// Write a hook that runs `check --staged` before each commit
    #[arg(long)]
    pub(crate) hook: bool,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Show which identities and credentials are found on this machine, and where
#[derive(Args, Debug, Clone)]
pub(crate) struct KeysArgs {
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Tell who can open a file, whether this machine can, and what mends it if not
#[derive(Args, Debug, Clone)]
pub(crate) struct DoctorArgs {
    /// Also ask keys that are reached over the network
    #[arg(long)]
    pub(crate) online: bool,
    /// Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides
    #[arg(long, value_name = "TYPE")]
    pub(crate) input_type: Option<String>,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Check and explain .sops.yaml
#[derive(Args, Debug, Clone)]
pub(crate) struct ConfigArgs {}

/// Find what is wrong in .sops.yaml, and what does not do what it seems to
#[derive(Args, Debug, Clone)]
pub(crate) struct ConfigCheckArgs {
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Tell which rule is for a file and why, with which keys, and which values it encrypts
#[derive(Args, Debug, Clone)]
pub(crate) struct ConfigExplainArgs {
    /// Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides
    #[arg(long, value_name = "TYPE")]
    pub(crate) input_type: Option<String>,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Print the JSON Schema of .sops.yaml, for editors
#[derive(Args, Debug, Clone)]
pub(crate) struct ConfigSchemaArgs {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}
