//! Arguments of `run`, `get`, `render` and `generate`: they hand values on to programs and people.

use std::ffi::OsString;

use clap::Args;

use super::{OpeningArgs, TypeArgs};

/// How dotenv files are read.
#[derive(Args, Debug, Clone)]
pub(crate) struct DialectArgs {
    /// Who reads dotenv files: sops, raw, docker, node or shell; but for sops, files that are encrypted whole are read
    /// as dotenv too
    #[arg(long, value_name = "NAME", default_value = "sops", help_heading = "Formats")]
    pub(crate) dotenv_dialect: Option<String>,
}

/// Run a command with the values of files in its environment
#[derive(Args, Debug, Clone)]
pub(crate) struct RunArgs {
    /// Take only the variables that fit, as in 'DB_*'; may be repeated
    #[arg(long, value_name = "GLOB", action = clap::ArgAction::Append, help_heading = "Variables")]
    pub(crate) only: Vec<String>,
    /// Leave out the variables that fit; may be repeated
    #[arg(long, value_name = "GLOB", action = clap::ArgAction::Append, help_heading = "Variables")]
    pub(crate) except: Vec<String>,
    /// Put this in front of every name
    #[arg(long, value_name = "TEXT", help_heading = "Variables")]
    pub(crate) prefix: Option<String>,
    /// Make variables of nested values too, as in A_B_0
    #[arg(long, help_heading = "Variables")]
    pub(crate) flatten: bool,
    /// What stands between the keys with --flatten
    #[arg(long, value_name = "TEXT", default_value = "_", help_heading = "Variables")]
    pub(crate) separator: Option<String>,
    /// Take the values below this path of each file only
    #[arg(long, value_name = "PATH", help_heading = "Variables")]
    pub(crate) extract: Option<String>,
    /// Do not start the command without these variables from the files, or if one is empty; may be repeated
    #[arg(long, value_name = "NAME", action = clap::ArgAction::Append, help_heading = "Variables")]
    pub(crate) required: Vec<String>,
    /// Make a file for the command of a template or an encrypted file; NAME becomes a variable with its
    /// path, and so does {NAME} in ARGS; may be repeated
    #[arg(long, value_name = "NAME=FILE", action = clap::ArgAction::Append, help_heading = "The command")]
    pub(crate) mount: Vec<OsString>,
    /// Hide the values of the files in what the command prints
    #[arg(long, help_heading = "The command")]
    pub(crate) mask: bool,
    /// Give the command nothing of our own environment
    #[arg(long, help_heading = "The command")]
    pub(crate) pristine: bool,
    /// Become the command instead of waiting for it
    #[arg(long, help_heading = "The command")]
    pub(crate) same_process: bool,
    /// Run the command as this user
    #[arg(long, value_name = "USER", help_heading = "The command")]
    pub(crate) user: Option<String>,
    /// Format of the files: yaml, json, dotenv, ini, toml or binary; else the names decide
    #[arg(long, value_name = "TYPE", help_heading = "Formats")]
    pub(crate) input_type: Option<String>,
    #[command(flatten)]
    pub(crate) dialect: DialectArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Print values of a file
#[derive(Args, Debug, Clone)]
pub(crate) struct GetArgs {
    /// How: raw, json, shell (to be evaluated) or env (lines NAME=value)
    #[arg(long, value_name = "FORM", default_value = "raw", help_heading = "Output")]
    pub(crate) output_format: Option<String>,
    /// Print this for a value that is missing or null
    #[arg(long, value_name = "TEXT", help_heading = "Output")]
    pub(crate) default: Option<String>,
    /// Do not check the MAC: the file may have been tampered with
    #[arg(long, help_heading = None::<&'static str>)]
    pub(crate) ignore_mac: bool,
    /// Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides
    #[arg(long, value_name = "TYPE", help_heading = "Formats")]
    pub(crate) input_type: Option<String>,
    #[command(flatten)]
    pub(crate) dialect: DialectArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Print a template with the values of files in it
#[derive(Args, Debug, Clone)]
pub(crate) struct RenderArgs {
    /// One more file, whose values are below NAME in the template; may be repeated
    #[arg(long, value_name = "NAME=FILE", action = clap::ArgAction::Append)]
    pub(crate) file: Vec<OsString>,
    /// Write the result to PATH; a new file is readable by its owner only
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    pub(crate) output: Option<OsString>,
    /// The two marks around a path, with a blank between them
    #[arg(long, value_name = "MARKS", default_value = "{{ }}")]
    pub(crate) delimiters: Option<String>,
    /// Format of the files: yaml, json, dotenv, ini, toml or binary; else the names decide
    #[arg(long, value_name = "TYPE", help_heading = "Formats")]
    pub(crate) input_type: Option<String>,
    #[command(flatten)]
    pub(crate) dialect: DialectArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Put a new random secret into a file without showing it
#[derive(Args, Debug, Clone)]
pub(crate) struct GenerateArgs {
    /// What: password, token, hex, uuid or age-key
    #[arg(long, value_name = "KIND", default_value = "password")]
    pub(crate) kind: Option<String>,
    /// How many characters a password has (32), or how many random bytes a token or hex is made of (32)
    #[arg(long, value_name = "N")]
    pub(crate) length: Option<i64>,
    /// What a password is made of: alnum, alpha, digits, symbols (alnum and symbols), or these characters
    #[arg(long, value_name = "SET", default_value = "alnum")]
    pub(crate) charset: Option<String>,
    /// Take the place of a value that is there
    #[arg(long)]
    pub(crate) force: bool,
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
