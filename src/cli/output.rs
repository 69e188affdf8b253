//! Where a result goes: stdout, `--output`, or back into the file.

use std::path::PathBuf;

use super::args::OutputArgs;
use super::environment::Environment;
use super::error::{Failure, Kind};
use super::files::{self, NewFile};
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

/// Writes a result back into the file that it was made from.
///
/// # Errors
///
/// As [`Output::write`].
pub(crate) fn in_place(path: &std::path::Path, bytes: &[u8]) -> Result<(), Failure> {
    files::write(path, bytes, NewFile::Shared).map_err(|error| error.into_failure("in-place"))?;
    ui::log(Level::Info, "File written successfully");
    Ok(())
}
