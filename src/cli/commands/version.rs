//! `--version`: scripts read the first line, `sops X.Y.Z`.

use crate::cli::error::Failure;
use crate::cli::files;

use resops::metadata::SOPS_VERSION;

/// Prints the version whose files and command line this program has. The network is never asked.
pub(crate) fn run(check_for_updates: bool) -> Result<(), Failure> {
    let mut text = format!("sops {SOPS_VERSION}\n");
    if check_for_updates {
        text.push_str("[warning] failed to retrieve latest version from upstream: this program does not ask the network\n");
    }
    files::write_stdout(text.as_bytes())
}
