//! Arguments of `git`: what git calls, and what people call to set that up and to resolve merges.

use std::ffi::OsString;

use clap::Args;

use super::{GlobalArgs, KeyArgs, OpeningArgs, SelectorArgs};

/// Let git show, compare and merge what encrypted files say
#[derive(Args, Debug, Clone)]
pub(crate) struct GitArgs {}

/// Where git keeps its settings.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct GitPlaceArgs {
    /// For this repository: .gitattributes at its top and its own configuration (the default)
    #[arg(long)]
    pub(crate) local: bool,
    /// For all repositories of this user
    #[arg(long)]
    pub(crate) global: bool,
    /// Say what would be changed, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Set git up for encrypted files: diff, merge, mergetool and, if wanted, transparent checkout
#[derive(Args, Debug, Clone)]
pub(crate) struct GitInstallArgs {
    #[command(flatten)]
    pub(crate) place: GitPlaceArgs,
    /// Let diffs show only which values changed, never what they are
    #[arg(long)]
    pub(crate) redact: bool,
    /// Keep files decrypted in the work tree and encrypted in git
    #[arg(long)]
    pub(crate) filter: bool,
    /// Files by a pattern of .gitattributes, as in secrets/*.yaml; may be repeated
    #[arg(long, value_name = "GLOB", action = clap::ArgAction::Append)]
    pub(crate) pattern: Vec<String>,
    /// Take over settings of the same name that are not ours
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) global_flags: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Take back what `git install` set up, and nothing else
#[derive(Args, Debug, Clone)]
pub(crate) struct GitUninstallArgs {
    #[command(flatten)]
    pub(crate) place: GitPlaceArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Print a file for git diff: its values, or which of them changed
#[derive(Args, Debug, Clone)]
pub(crate) struct GitTextconvArgs {
    /// In place of each encrypted value print a mark that changes when the value is written anew
    #[arg(long)]
    pub(crate) redact: bool,
    #[command(flatten)]
    pub(crate) tools: GitToolArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Merge three versions of a file leaf by leaf, for git's merge.sops.driver
#[derive(Args, Debug, Clone)]
pub(crate) struct GitMergeDriverArgs {
    /// Length of conflict markers (git's %L)
    #[arg(long, value_name = "N", default_value = "7")]
    pub(crate) marker_size: usize,
    #[command(flatten)]
    pub(crate) tools: GitToolArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// How conflicts are decided without an editor.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Decisions")]
pub(crate) struct GitDecisionArgs {
    /// Take our value wherever both sides changed one; no editor is started
    #[arg(long)]
    pub(crate) ours: bool,
    /// Take their value wherever both sides changed one; no editor is started
    #[arg(long)]
    pub(crate) theirs: bool,
    /// Whose recipients and selection count where both sides changed them: ours or theirs
    #[arg(long, value_name = "SIDE")]
    pub(crate) metadata: Option<String>,
}

/// Resolve a merge in the editor, for git's mergetool
#[derive(Args, Debug, Clone)]
pub(crate) struct GitMergetoolArgs {
    #[command(flatten)]
    pub(crate) decisions: GitDecisionArgs,
    #[command(flatten)]
    pub(crate) tools: GitToolArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Resolve the conflict in a file: both plaintext values in the editor, an encrypted file when it is saved
#[derive(Args, Debug, Clone)]
pub(crate) struct GitResolveArgs {
    #[command(flatten)]
    pub(crate) decisions: GitDecisionArgs,
    #[command(flatten)]
    pub(crate) tools: GitToolArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Encrypt stdin as the file of this name on its way into git
#[derive(Args, Debug, Clone)]
pub(crate) struct GitCleanArgs {
    #[command(flatten)]
    pub(crate) tools: GitToolArgs,
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) selectors: SelectorArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Decrypt stdin as the file of this name on its way into the work tree
#[derive(Args, Debug, Clone)]
pub(crate) struct GitSmudgeArgs {
    #[command(flatten)]
    pub(crate) tools: GitToolArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Encrypt and decrypt for git as long as it asks, for filter.sops.process
#[derive(Args, Debug, Clone)]
pub(crate) struct GitFilterArgs {
    #[command(flatten)]
    pub(crate) tools: GitToolArgs,
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) selectors: SelectorArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// What everything that opens a file takes.
#[derive(Args, Debug, Clone)]
pub(crate) struct GitToolArgs {
    /// Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides
    #[arg(long, value_name = "TYPE", help_heading = "Formats")]
    pub(crate) input_type: Option<String>,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
}
