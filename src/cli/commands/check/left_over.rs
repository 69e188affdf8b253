//! Temporary files that a killed run left: they may hold what it was about to write in clear text.

use std::path::Path;

use resops::ops::{self, Checked, Finding, FindingKind};

use super::{Item, Seen};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;

/// What is wrong with a temporary file of ours. Ciphertext may be that of a run at work, and is nothing to
/// hide; so may be a file that is gone when it is read.
pub(super) fn check(item: &Item) -> Seen {
    let mut seen =
        Seen { checked: Checked { encrypted: false, findings: Vec::new() }, rule: None, failure: None };
    let source = match &item.staged {
        Some(staged) => Ok(staged.clone()),
        None => input::read(&item.path),
    };
    let was_for = item.path.file_name().and_then(files::of_draft).unwrap_or_default();
    match source {
        Ok(source) if ops::looks_encrypted(&source, formats::choose(None, Path::new(&was_for))) => {}
        Ok(source) if source.is_empty() => {}
        Ok(_) => seen.checked.findings.push(Finding {
            kind: FindingKind::LeftOver,
            line: 1,
            message: format!("left by a run that was killed while it wrote {}", was_for.display()),
        }),
        Err(_) if input::is_missing(&item.path) => {}
        Err(failure) => seen.failure = Some(failure),
    }
    seen
}
