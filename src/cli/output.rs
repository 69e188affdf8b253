//! Where a result goes: stdout, `--output`, or back into the file.

use std::path::{Path, PathBuf};

use super::args::OutputArgs;
use super::environment::Environment;
use super::error::{Failure, Kind};
use super::files::{self, NewFile, UpdateError, WriteError};
use super::input::{self, Input};
use super::ui::{self, Level};

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    Stdout,
    InPlace(PathBuf),
    File(PathBuf),
}

impl Output {
    /// What the flags say.
    ///
    /// # Errors
    ///
    /// [`Kind::Conflict`] if they exclude each other.
    pub(crate) fn choose(
        args: &OutputArgs,
        input: &Input,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let output = args.output.as_ref().filter(|path| !path.is_empty());
        match (args.in_place, output, input) {
            (true, _, Input::Stdin) => {
                Err(Failure::new(Kind::Conflict, "Error: cannot use --in-place when reading from stdin"))
            }
            (true, Some(_), _) => {
                Err(Failure::new(Kind::Conflict, "Error: cannot operate on both --output and --in-place"))
            }
            (true, None, Input::File(path)) => Ok(Self::InPlace(path.clone())),
            (false, Some(path), _) => input::absolute(path, environment).map(Self::File),
            (false, None, _) => Ok(Self::Stdout),
        }
    }

    /// Writes the whole result there.
    ///
    /// # Errors
    ///
    /// [`Kind::WriteOutput`] if the file cannot be opened, exit 1 if it does not take the bytes.
    pub(crate) fn write(&self, bytes: &[u8], new: NewFile) -> Result<(), Failure> {
        match self {
            Self::Stdout => files::write_stdout(bytes),
            Self::InPlace(path) => in_place(path, bytes),
            Self::File(path) => files::write(path, bytes, new).map_err(|error| error.into_failure("output")),
        }
    }
}

/// How often a file may change under our hands.
const ATTEMPTS: usize = 100;

/// Whether a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rewritten {
    Yes,
    /// There was nothing to change.
    No,
}

/// Reads a file and puts in its place what `change` makes of it. If someone else changed the file in the
/// meantime, that is done again with what they left: of two changes at once none is lost.
///
/// # Errors
///
/// As reading, as `change`, and as [`Output::write`].
pub(crate) fn rewrite(
    path: &Path,
    change: impl FnMut(Vec<u8>) -> Result<Option<Vec<u8>>, Failure>,
) -> Result<Rewritten, Failure> {
    rewrite_or(path, |error| error.into_failure("in-place"), change)
}

/// [`rewrite`] with words of its own for a file that cannot be written.
///
/// # Errors
///
/// As [`rewrite`].
pub(crate) fn rewrite_or(
    path: &Path,
    not_written: impl Fn(WriteError) -> Failure,
    mut change: impl FnMut(Vec<u8>) -> Result<Option<Vec<u8>>, Failure>,
) -> Result<Rewritten, Failure> {
    for _ in 0..ATTEMPTS {
        let source = input::read(path)?;
        let Some(bytes) = change(source.clone())? else { return Ok(Rewritten::No) };
        match files::update(path, Some(&source), &bytes) {
            Ok(()) => {
                ui::log(Level::Info, "File written successfully");
                return Ok(Rewritten::Yes);
            }
            Err(UpdateError::Changed) => {}
            Err(UpdateError::Write(error)) => return Err(not_written(error)),
        }
    }
    Err(Failure::generic(format!("{} is changed again and again by someone else", path.display()))
        .hint("nothing is written; try again"))
}

/// Writes a result back into the file that it was made from.
///
/// # Errors
///
/// As [`Output::write`].
pub(crate) fn in_place(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::write(path, bytes, NewFile::Shared).map_err(|error| error.into_failure("in-place"))?;
    ui::log(Level::Info, "File written successfully");
    Ok(())
}
