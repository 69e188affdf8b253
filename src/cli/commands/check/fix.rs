//! `check --fix`: files that were forgotten are encrypted as their rule says, and values in clear text in encrypted
//! files as the selectors of the file say.

use std::ffi::OsStr;
use std::path::Path;

use resops::ops::RestError;

use super::Item;
use crate::cli::args::{KeyArgs, SelectorArgs};
use crate::cli::batch::git;
use crate::cli::commands::encrypt::{self, Again, Values};
use crate::cli::config::{Config, Rule};
use crate::cli::error::{Failure, Kind};
use crate::cli::formats;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::output;
use crate::cli::recipe::{self, Shape};

/// Encrypts a file in place. One that was checked as it is staged has to be the same on disk, and is
/// staged again: what is not staged yet is nobody else's affair.
///
/// # Errors
///
/// As `encrypt`; then the file is as it was.
pub(super) fn encrypt(item: &Item, rule: &Rule, config: &Config, session: &Session) -> Result<(), Failure> {
    same_as_staged(item)?;
    session.about(&item.path);
    let format = formats::choose(None, &item.path);
    let style = config.style(format, "Could not marshal tree")?;
    let shape = Shape { input: format, output: format, style };
    let recipe = recipe::recipe(&KeyArgs::default(), &SelectorArgs::default(), Some(rule), shape, session)?;
    let encrypt = |source| encrypt::encrypt(source, &recipe, Again::Refused, Values::AsWritten, session);
    output::rewrite(&item.path, |source| encrypt(source).map(Some))?;
    stage(item)
}

/// Encrypts the values and comments of an encrypted file that stand in it in clear text, in place. What is
/// encrypted already keeps its ciphertext.
///
/// # Errors
///
/// As `decrypt` and `encrypt`, and if anything else of the file was changed; then the file is as it was.
pub(super) fn finish(item: &Item, config: &Config, session: &Session) -> Result<(), Failure> {
    same_as_staged(item)?;
    session.about(&item.path);
    let format = formats::choose(None, &item.path);
    let style = config.style(format, "Could not marshal tree")?;
    output::rewrite(&item.path, |source| {
        let file = session.open_unfinished(source, format)?;
        let finished = session.with(|context| file.finish(style, context));
        finished.map(|encrypted| Some(encrypted_bytes(encrypted))).map_err(|error| match error {
            RestError::Encrypt(error) => library_errors::encrypt_failure(error, format),
            RestError::Emit(error) => library_errors::dump_failure(&error, format),
            // Not a word of the MAC that would be right.
            error => Failure::new(Kind::Mac, error.to_string()).hint(
                "take the values in clear text out, or the file from an earlier commit, and put them in with sops set or sops edit",
            ),
        })
    })?;
    stage(item)
}

fn same_as_staged(item: &Item) -> Result<(), Failure> {
    match &item.staged {
        Some(staged) if input::read(&item.path)? != *staged => {
            Err(Failure::generic("it is not the same on disk as it is staged")
                .hint("stage or stash the other changes, then try again"))
        }
        _ => Ok(()),
    }
}

/// Stages a file again if it was staged.
fn stage(item: &Item) -> Result<(), Failure> {
    if item.staged.is_some() {
        let folder = item.path.parent().unwrap_or(Path::new("/"));
        git::stage(folder, item.path.file_name().unwrap_or(OsStr::new("")))?;
    }
    Ok(())
}
