//! Flags for many files at once, and the commands that are made for them: `reencrypt` and `check`.

use std::ffi::OsString;

use clap::Args;

use super::{AnswerArgs, GlobalArgs, OpeningArgs, OrderArgs, ServiceArgs};

/// Which files, where one is not enough.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Many files at once")]
pub(crate) struct ManyArgs {
    /// Go into folders too; without FILE, into the working directory
    #[arg(long)]
    pub(crate) recursive: bool,
    /// Take the files that this file names, a line each; - is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<OsString>,
    /// With --files-from: names end with a zero byte
    #[arg(short = '0', long)]
    pub(crate) null: bool,
    /// Take the files that git tracks, below FILE… or the working directory
    #[arg(long)]
    pub(crate) git_tracked: bool,
}

impl ManyArgs {
    /// Whether one of the flags is given.
    pub(crate) const fn any(&self) -> bool {
        self.recursive || self.files_from.is_some() || self.git_tracked
    }
}

/// As [`ManyArgs`], for commands that take one file without them.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Many files at once")]
pub(crate) struct EachArgs {
    /// Take each FILE of the command line, not the first one alone
    #[arg(long)]
    pub(crate) each: bool,
    #[command(flatten)]
    pub(crate) many: ManyArgs,
    /// Tell what would change, and write nothing
    #[arg(long, help_heading = "Many files at once")]
    pub(crate) dry_run: bool,
}

impl EachArgs {
    /// Whether many files are meant.
    pub(crate) const fn any(&self) -> bool {
        self.each || self.dry_run || self.many.any()
    }
}

/// Encrypt files anew as their creation rules say today, in place
#[derive(Args, Debug, Clone)]
pub(crate) struct ReencryptArgs {
    /// Also files that are as their rule says
    #[arg(long)]
    pub(crate) force: bool,
    /// Tell what would change, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) many: ManyArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Put a seal on encrypted files: nothing of them can be changed unseen then
#[derive(Args, Debug, Clone)]
pub(crate) struct SealArgs {
    /// Make a new seal where the old one does not hold; the file should have been looked at before
    #[arg(long)]
    pub(crate) renew: bool,
    /// Tell what would change, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) many: ManyArgs,
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    #[command(flatten)]
    pub(crate) order: OrderArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Tell of encrypted files who can read them, who could, and what of that is still in use
#[derive(Args, Debug, Clone)]
pub(crate) struct ReportArgs {
    /// Look through all branches, tags and stashes of git, not only what led to the current commit
    #[arg(long)]
    pub(crate) all: bool,
    /// Fail if this is found, a comma list: clear-text, former, old-key
    #[arg(long, value_name = "LIST")]
    pub(crate) fail_on: Option<String>,
    /// What makes a data key old: 90d, 12w or 1y
    #[arg(long, value_name = "TIME")]
    pub(crate) max_key_age: Option<String>,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) many: ManyArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}

/// Look for secrets in clear text, for damage, and for files that are not as their rules say
#[derive(Args, Debug, Clone)]
pub(crate) struct CheckArgs {
    /// Check what is staged in git for the next commit, not the files on disk
    #[arg(long)]
    pub(crate) staged: bool,
    /// Encrypt forgotten files, and values in clear text in encrypted ones; with --staged, stage them again
    #[arg(long)]
    pub(crate) fix: bool,
    /// Open the files too, and verify their MACs
    #[arg(long)]
    pub(crate) keys: bool,
    /// Find files that were last encrypted longer ago than this: 90d, 12w or 1y
    #[arg(long, value_name = "TIME")]
    pub(crate) max_age: Option<String>,
    /// Leave out findings of these kinds, a comma list of their names
    #[arg(long, value_name = "LIST")]
    pub(crate) skip: Option<String>,
    /// How the findings are printed: text, json or sarif
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: Option<String>,
    #[command(flatten)]
    pub(crate) many: ManyArgs,
    #[command(flatten)]
    pub(crate) opening: OpeningArgs,
    #[arg(hide = true)]
    pub(crate) words: Vec<OsString>,
}
