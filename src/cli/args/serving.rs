//! Arguments of the commands that reach out of this machine, and of `completion`
//! (command line §3.1, §7.11, §7.12, §7.14).

use std::ffi::OsString;

use clap::Args;

use super::OpeningArgs;

/// Put an encrypted file, or a folder of them, where the destination rules say
#[derive(Args, Debug, Clone)]
pub(crate) struct PublishArgs {
    /// Publish without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Say what would change at the destinations, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Cut the extension off the names at the destination
    #[arg(long)]
    pub(crate) omit_extensions: bool,
    /// Publish all files below a folder
    #[arg(long)]
    pub(crate) recursive: bool,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Let programs on other machines use the keys of this one
#[derive(Args, Debug, Clone)]
pub(crate) struct KeyServiceArgs {
    /// Kind of network to listen on: tcp, tcp4, tcp6 or unix
    #[arg(long, visible_alias = "net", value_name = "NAME", default_value = "tcp")]
    pub(crate) network: String,
    /// Address to listen on: HOST:PORT, or the path of a socket
    #[arg(long, visible_alias = "addr", value_name = "ADDRESS", default_value = "127.0.0.1:5000")]
    pub(crate) address: String,
    /// Ask before every answer
    #[arg(long)]
    pub(crate) prompt: bool,
    /// Say more on stderr about what is done
    #[arg(long, help_heading = "General")]
    pub(crate) verbose: bool,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Print what a shell needs to complete commands and flags
#[derive(Args, Debug, Clone)]
pub(crate) struct CompletionArgs {}

/// The completion of one shell.
#[derive(Args, Debug, Clone)]
pub(crate) struct ShellArgs {
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Decrypt the resources of a kustomization: a KRM function that reads the files of KSOPS
#[derive(Args, Debug, Clone)]
pub(crate) struct KrmArgs {
    /// Open files, and resources that kustomize hands over, without checking their MAC
    #[arg(long, help_heading = None::<&'static str>)]
    pub(crate) ignore_mac: bool,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}
