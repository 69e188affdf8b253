//! Where things are.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::files::Identity;

/// Reads a variable of the environment.
pub(crate) type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The working directory as Go sees it: `$PWD` if that names it, else what the kernel says.
///
/// # Errors
///
/// If the working directory is gone.
pub(crate) fn working_directory(variable: Variable<'_>) -> io::Result<PathBuf> {
    if let Some(pwd) = variable("PWD").filter(|pwd| !pwd.is_empty()).map(PathBuf::from)
        && pwd.is_absolute()
        && same_directory(&pwd, Path::new("."))
    {
        return Ok(pwd);
    }
    std::env::current_dir()
}

/// Where paths start that are relative to a folder.
pub(crate) fn start_of(_path: &Path, base: &Path) -> PathBuf {
    base.to_path_buf()
}

/// Whether two paths lead to one directory.
fn same_directory(a: &Path, b: &Path) -> bool {
    let identity = |path: &Path| Identity::at(path, &std::fs::metadata(path).ok()?);
    identity(a).is_some_and(|a| identity(b) == Some(a))
}

/// Where temporary plaintext goes: `$TMPDIR` if it is set, else a place in memory that has room for
/// it, else the system's temporary directory.
pub(crate) fn temporary_directory(variable: Variable<'_>, room: usize) -> PathBuf {
    let nonempty = |name: &str| variable(name).filter(|value| !value.is_empty());
    if nonempty("TMPDIR").is_some() {
        return resops::os::temporary_folder(variable);
    }
    let runtime = nonempty("XDG_RUNTIME_DIR").map(PathBuf::from);
    let in_memory = runtime.into_iter().chain([PathBuf::from("/dev/shm")]).find(|place| {
        lives_in_memory(place)
            && rustix::fs::access(place, rustix::fs::Access::WRITE_OK).is_ok()
            && free(place) / 2 >= room as u64
    });
    in_memory.unwrap_or_else(|| resops::os::temporary_folder(variable))
}

/// How many bytes may still be written there.
fn free(place: &Path) -> u64 {
    rustix::fs::statvfs(place).map_or(0, |fs| fs.f_bavail.saturating_mul(fs.f_frsize))
}

/// Whether files there are never written to a disk (but for swap).
#[cfg(target_os = "linux")]
fn lives_in_memory(place: &Path) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    rustix::fs::statfs(place).is_ok_and(|fs| matches!(fs.f_type as u64, TMPFS | RAMFS))
}

#[cfg(not(target_os = "linux"))]
fn lives_in_memory(_place: &Path) -> bool {
    false
}
