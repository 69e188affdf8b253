//! Where the installed clients are, and a `PATH` on which `sops` is ours.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::home::{Home, Run};

/// The folder that `scripts/clients.sh` fills: beside this program in the target folder.
pub(crate) fn installed() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_sops"));
    program.ancestors().nth(2).expect("a target folder").join("clients")
}

/// Whether a client is there. If not, that is said, or a failure with `CI` set.
#[allow(clippy::print_stderr)] // said out loud
pub(crate) fn is_there(what: &str) -> bool {
    let there = installed().join(what).exists();
    assert!(there || std::env::var_os("CI").is_none(), "{what} is not installed: scripts/clients.sh does it");
    if !there {
        eprintln!("SKIPPED: {what} is not installed: scripts/clients.sh does it");
    }
    there
}

/// A command of the home for which `sops` is our program.
pub(crate) fn with_sops(home: &Home, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let bin = home.tmp().join("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).expect("a folder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sops"), bin.join("sops")).expect("a link");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = home.command(program);
    command.env("PATH", format!("{}:{path}", bin.display()));
    command
}

/// Runs a line of bash in which `sops` is our program, as a file on the `PATH`.
pub(crate) fn shell(home: &Home, line: &str) -> Run {
    let mut command = with_sops(home, "/bin/bash");
    Run::of(command.args(["-c", line]).output().expect("a shell runs"))
}
