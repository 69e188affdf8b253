//! What `publish --dry-run` says: for each file what would become of it at its destination, with the keys
//! that are new (`+`), have another value (`~`) or go (`-`). Values are never shown.

use std::path::Path;

use resops::destinations::{Change, Standing};

use crate::cli::error::Failure;
use crate::cli::files;

/// How many files there were of each kind.
#[derive(Default)]
pub(super) struct Preview {
    new: usize,
    changed: usize,
    same: usize,
    unknown: usize,
}

impl Preview {
    /// Tells of one file.
    pub(super) fn tell(&mut self, path: &Path, url: &str, standing: &Standing) -> Result<(), Failure> {
        let path = path.display();
        let (count, head, keys) = match standing {
            Standing::Absent(keys) => (&mut self.new, format!("would create {url} from {path}"), &keys[..]),
            Standing::Differs(keys) => {
                (&mut self.changed, format!("would change {url} from {path}"), &keys[..])
            }
            Standing::Same => (&mut self.same, format!("unchanged: {url} is as {path}"), &[][..]),
            Standing::Unknown(reason) => {
                let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
                let head = format!("would write {url} from {path}; what is there cannot be read: {reason}");
                (&mut self.unknown, head, &[][..])
            }
        };
        *count += 1;
        let mut text = head + "\n";
        for difference in keys {
            let sign = match difference.change {
                Change::Added => '+',
                Change::Changed => '~',
                Change::Removed => '-',
            };
            text.push_str(&format!("    {sign} {}\n", difference.key));
        }
        files::write_stdout(text.as_bytes())
    }

    /// One line over all, where there are several files.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { new, changed, same, unknown } = self;
        let files = new + changed + same + unknown;
        if files < 2 {
            return Ok(());
        }
        let unread = if unknown == 0 { String::new() } else { format!(", {unknown} unknown") };
        let text = format!(
            "{files} files: {new} new, {changed} changed, {same} unchanged{unread}; nothing was published\n"
        );
        files::write_stdout(text.as_bytes())
    }
}
