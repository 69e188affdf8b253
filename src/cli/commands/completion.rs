//! `completion`: the script that a shell needs, made from the one definition of the command line.

use clap_complete::Shell;

use crate::cli::args;
use crate::cli::error::Failure;
use crate::cli::files;

/// `completion SHELL`.
pub(crate) fn run(shell: &str) -> Result<(), Failure> {
    let shell = match shell {
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        "powershell" => Shell::PowerShell,
        "elvish" => Shell::Elvish,
        other => return Err(Failure::generic(format!("there is no completion for {other}"))),
    };
    files::write_stdout(&script(shell))
}

/// The script for a shell.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut args::whole(), "sops", &mut out);
    out
}
