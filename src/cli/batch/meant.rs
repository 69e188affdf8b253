//! Which of the files that were found a command is for: those that are encrypted.

use std::io::Read;
use std::path::Path;

use resops::document::Format;
use resops::ops;

use super::{Origin, Target};
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::input;

/// Reads a file that was named, or one that was found and is encrypted, perhaps not well.
///
/// # Errors
///
/// As reading.
pub(crate) fn encrypted(target: &Target, format: Format) -> Result<Option<Vec<u8>>, Failure> {
    if target.origin == Origin::Named {
        return input::read(&target.path).map(Some);
    }
    let Some(source) = candidate(&target.path, format)? else { return Ok(None) };
    let meant = ops::looks_encrypted(&source, format)
        && !matches!(ops::is_encrypted(source.clone(), format), Ok(false));
    Ok(meant.then_some(source))
}

/// Reads a file, unless its first bytes tell that it is no encrypted one: an encrypted binary file is JSON,
/// and others of that type may be large.
///
/// # Errors
///
/// As reading.
pub(crate) fn candidate(path: &Path, format: Format) -> Result<Option<Vec<u8>>, Failure> {
    if format == Format::Binary {
        let mut start = Vec::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
        if let Err(error) = read {
            let why = format!("Error reading file: open {}: {}", path.display(), reason(&error));
            return Err(Failure::new(Kind::ReadInput, why));
        }
        if !start.trim_ascii_start().starts_with(b"{") {
            return Ok(None);
        }
    }
    input::read(path).map(Some)
}
