//! Private folders for temporary plaintext, gone when the run ends, however it ends.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::error::reason;
use super::os::files;
use super::{open, signals};

/// A folder that only its owner may enter. Removed with all that is in it when dropped, and on every
/// signal that can be caught.
pub(crate) struct PrivateFolder {
    path: PathBuf,
    _guard: signals::Guard,
}

impl PrivateFolder {
    /// Makes one in `$TMPDIR`, or else in memory where `room` bytes find place there. Its path starts
    /// its last part with `prefix`.
    ///
    /// # Errors
    ///
    /// In Go's words: `mkdir /tmp/x: permission denied`.
    pub(crate) fn new(environment: &Environment, prefix: &str, room: usize) -> Result<Self, String> {
        let base = environment.temporary_directory(room);
        let mut attempts = 0;
        loop {
            let path = base.join(format!("{prefix}{:010}", open::random_number()));
            match files::create_private_folder(&path) {
                Ok(()) => {
                    let guard = signals::remove_if_killed(&path);
                    return Ok(Self { path, _guard: guard });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempts < 100 => {
                    attempts += 1;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(format!("stat {}: {}", base.display(), reason(&error)));
                }
                Err(error) => return Err(format!("mkdir {}: {}", path.display(), reason(&error))),
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        files::remove(&self.path);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn it_is_private_and_goes_away() {
        let home = tempfile::tempdir().expect("a folder");
        let place = home.path().to_str().expect("text");
        let environment = Environment::for_test(&[("TMPDIR", place)]);
        let folder = PrivateFolder::new(&environment, "", 0).expect("made");
        assert_eq!(folder.path().metadata().expect("there").permissions().mode() & 0o777, 0o700);
        std::fs::write(folder.path().join("x"), "secret").expect("written");
        let path = folder.path().to_path_buf();
        drop(folder);
        assert!(!path.exists());
        let nowhere = Environment::for_test(&[("TMPDIR", "/nonexistent")]);
        let why = PrivateFolder::new(&nowhere, "", 0).err().expect("no such place");
        assert!(why.ends_with("no such file or directory"), "{why}");
    }
}
