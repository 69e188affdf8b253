//! Temporary files that a killed run left: they may hold what it was about to write in clear text.

use std::path::Path;
use std::time::Duration;

use resops::ops::{self, Checked, Finding, FindingKind};

use super::{Item, Seen};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;

/// What is wrong with a temporary file of ours. One that is new may be at work.
pub(super) fn check(item: &Item) -> Seen {
    const WORK: Duration = Duration::from_secs(60);
    let mut seen =
        Seen { checked: Checked { encrypted: false, findings: Vec::new() }, rule: None, failure: None };
    let changed = std::fs::metadata(&item.path).and_then(|there| there.modified());
    let old = changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > WORK));
    let source = match &item.staged {
        Some(staged) => Ok(staged.clone()),
        None if old => input::read(&item.path),
        None => return seen,
    };
    let was_for = item.path.file_name().and_then(files::of_draft).unwrap_or_default();
    match source {
        Ok(source) if ops::looks_encrypted(&source, formats::choose(None, Path::new(was_for))) => {}
        Ok(source) if source.is_empty() => {}
        Ok(_) => seen.checked.findings.push(Finding {
            kind: FindingKind::LeftOver,
            line: 1,
            message: format!("left by a run that was killed while it wrote {}", was_for.display()),
        }),
        Err(failure) => seen.failure = Some(failure),
    }
    seen
}
