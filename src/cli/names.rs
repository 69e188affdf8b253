//! Who is behind which key, for all that people read. Nothing here is in what scripts match: sops' own
//! lines stay as they are.

use std::sync::OnceLock;

use resops::policy::Names;

use super::environment::Environment;

/// The names of the configuration that this run has read.
static NAMES: OnceLock<Names> = OnceLock::new();

/// Keeps the names of the configuration.
pub(crate) fn keep(names: &Names) {
    let _ = NAMES.set(names.clone());
}

/// The names of this run for lines of sops on stdout: a person sees them, a script does not.
pub(crate) fn on_stdout() -> &'static Names {
    if Environment::stdout_is_terminal() { all() } else { nobody() }
}

/// The names of this run: none before the configuration is read.
pub(crate) fn all() -> &'static Names {
    NAMES.get().unwrap_or_else(nobody)
}

fn nobody() -> &'static Names {
    static NOBODY: OnceLock<Names> = OnceLock::new();
    NOBODY.get_or_init(Names::default)
}
