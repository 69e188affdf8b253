//! A file of age recipients: one to a line, with comments, as `age -R` takes it.

use std::path::Path;

use resops::keys::{KeyKind, KmsOptions, MasterKey, WrappedKey};

use super::error::Failure;
use super::files;

/// The recipients in a file, in their order, each once.
///
/// # Errors
///
/// Exit 1 if the file cannot be read, has a line that is no recipient, or has no recipient at all.
pub(crate) fn of_file(path: &Path) -> Result<Vec<WrappedKey>, Failure> {
    let name = path.display();
    let bytes = files::read(path)
        .map_err(|why| Failure::generic(format!("could not read the age recipients file {name}: {why}")))?;
    let mut keys: Vec<MasterKey> = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
            let problem = "an age identity, which is a secret and opens files; recipients begin with age1";
            return Err(Failure::generic(format!("{name}:{}: {problem}", at + 1)));
        }
        let parsed = MasterKey::from_list(KeyKind::Age, line, &KmsOptions::default())
            .map_err(|error| Failure::generic(format!("{name}:{}: {error}", at + 1)))?;
        for key in parsed {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    if keys.is_empty() {
        return Err(Failure::generic(format!("{name} has no age recipients")));
    }
    Ok(keys.into_iter().map(WrappedKey::new).collect())
}
