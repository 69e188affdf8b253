//! `check --fix`: files that were forgotten are encrypted as their rule says.

use std::ffi::OsStr;
use std::path::Path;

use super::Item;
use crate::cli::args::{KeyArgs, SelectorArgs};
use crate::cli::batch::git;
use crate::cli::commands::encrypt::{self, Again, Values};
use crate::cli::config::{Config, Rule};
use crate::cli::error::Failure;
use crate::cli::formats;
use crate::cli::input;
use crate::cli::open::Session;
use crate::cli::output;
use crate::cli::recipe::{self, Shape};

/// Encrypts a file in place. One that was checked as it is staged has to be the same on disk, and is
/// staged again: what is not staged yet is nobody else's affair.
///
/// # Errors
///
/// As `encrypt`; then the file is as it was.
pub(super) fn encrypt(item: &Item, rule: &Rule, config: &Config, session: &Session) -> Result<(), Failure> {
    if let Some(staged) = &item.staged
        && input::read(&item.path)? != *staged
    {
        return Err(Failure::generic("it is not the same on disk as it is staged")
            .hint("stage or stash the other changes, then try again"));
    }
    session.about(&item.path);
    let format = formats::choose(None, &item.path);
    let style = config.style(format, "Could not marshal tree")?;
    let shape = Shape { input: format, output: format, style };
    let recipe = recipe::recipe(&KeyArgs::default(), &SelectorArgs::default(), Some(rule), shape, session)?;
    let encrypt = |source| encrypt::encrypt(source, &recipe, Again::Refused, Values::AsWritten, session);
    output::rewrite(&item.path, |source| encrypt(source).map(Some))?;
    if item.staged.is_some() {
        let folder = item.path.parent().unwrap_or(Path::new("/"));
        git::stage(folder, item.path.file_name().unwrap_or(OsStr::new("")))?;
    }
    Ok(())
}
