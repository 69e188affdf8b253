//! The hook that keeps secrets in clear text from being committed.

use std::path::PathBuf;

use super::repository::{Git, line};
use super::setup::own_program;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files::{self, UpdateError};
use crate::cli::os::files::make_executable;

/// The top of the work tree, if there is git and we are in one.
pub(crate) fn top(environment: &Environment) -> Option<PathBuf> {
    Git::find(environment).ok()?.top().ok()
}

/// Writes a pre-commit hook where there is none; gives what was done, or what is to be done by hand.
///
/// # Errors
///
/// If there is no git, no repository, or the hook cannot be written.
pub(crate) fn write_hook(dry_run: bool, environment: &Environment) -> Result<String, Failure> {
    let git = Git::find(environment)?;
    let top = git.top()?;
    let command = format!("{} check --staged", own_program(environment));
    if top.join(".pre-commit-config.yaml").exists() {
        return Ok(format!(
            "there already: .pre-commit-config.yaml; add to its repos:\n  - repo: {}\n    rev: v{}\n    hooks: [{{ id: sops-check }}]\n",
            env!("CARGO_PKG_REPOSITORY"),
            env!("CARGO_PKG_VERSION"),
        ));
    }
    let hook = git.must(&["rev-parse", "--git-path", "hooks/pre-commit"])?;
    let hook = PathBuf::from(line(hook));
    let place = hook.display();
    if std::fs::symlink_metadata(&hook).is_ok() {
        let has =
            files::read(&hook).is_ok_and(|text| memchr::memmem::find(&text, b" check --staged").is_some());
        let rest = if has { "it runs the check\n".to_owned() } else { format!("add to it:\n  {command}\n") };
        return Ok(format!("there already: {place}; {rest}"));
    }
    if dry_run {
        return Ok(format!("would be written: {place}, which runs {command}\n"));
    }
    let not_written = |path: &std::path::Path, error: &std::io::Error| {
        Failure::new(Kind::WriteOutput, format!("{}: {}", path.display(), reason(error)))
    };
    if let Some(folder) = hook.parent() {
        std::fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    }
    let text = format!("#!/bin/sh\n# Refuses what would commit a secret in clear text.\nexec {command}\n");
    match files::update(&hook, None, text.as_bytes()) {
        Ok(()) => {}
        Err(UpdateError::Changed) => return Ok(format!("there already: {place}; add to it:\n  {command}\n")),
        Err(UpdateError::Write(error)) => return Err(error.into_failure("hook")),
    }
    make_executable(&hook).map_err(|error| not_written(&hook, &error))?;
    Ok(format!("written: {place}, which runs {command}\n"))
}
