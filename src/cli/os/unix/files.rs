//! Files: whose they are, who may read them, and which of them are no files.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Standard output, without a buffer: `std::io::stdout` cuts large results into small writes.
///
/// # Errors
///
/// If there is none.
pub(crate) fn stdout() -> io::Result<File> {
    Ok(rustix::stdio::stdout().try_clone_to_owned()?.into())
}

/// Which file it is, whatever its names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    /// That of an open file.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|there| Self(there.dev(), there.ino()))
    }

    /// That of what is at a path, whose metadata are these.
    pub(crate) fn at(_path: &Path, there: &Metadata) -> Option<Self> {
        Some(Self(there.dev(), there.ino()))
    }
}

/// Whether a file that can be opened to be written has more names than one.
pub(crate) fn has_several_names(_path: &Path, there: &Metadata) -> bool {
    there.nlink() > 1
}

/// Whether a name is that of a device, wherever it stands.
pub(crate) const fn is_device(_path: &Path) -> bool {
    false
}

/// Whether what is there is written and not replaced: devices and the like, and what is named by a
/// descriptor. `follow` gives what links lead to.
pub(crate) fn is_written_through(
    path: &Path,
    there: &Metadata,
    follow: impl FnOnce(&Path) -> io::Result<std::path::PathBuf>,
) -> bool {
    let kind = there.file_type();
    kind.is_char_device()
        || kind.is_block_device()
        || kind.is_fifo()
        || kind.is_socket()
        || !kind.is_file()
        || path.starts_with("/dev")
        || path.starts_with("/proc")
        || follow(path).is_ok_and(|target| target.starts_with("/proc") || target.starts_with("/dev/fd"))
}

/// Whether links below this path are none: the kernel's names for descriptors look like links but lead
/// nowhere by name.
pub(crate) fn has_no_links(path: &Path) -> bool {
    path.starts_with("/proc")
}

/// That links lead in a circle.
pub(crate) fn too_many_links() -> io::Error {
    rustix::io::Errno::LOOP.into()
}

/// Makes a file that is not there, for whoever the umask allows.
///
/// # Errors
///
/// What the system says.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o666).open(path)
}

/// Makes a file that is not there, for its owner alone.
///
/// # Errors
///
/// What the system says.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Makes a file in a folder that has no name there and is gone when it is closed, until it
/// [gets one](give_name).
///
/// # Errors
///
/// What the system says, or that it cannot do that.
#[cfg(target_os = "linux")]
pub(crate) fn create_nameless(folder: &Path, is_private: bool) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let mode = Mode::from_raw_mode(if is_private { 0o600 } else { 0o666 });
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(folder, flags, mode)?);
    // What its name will be made of.
    std::fs::read_link(descriptor(&file))?;
    Ok(file)
}

/// Gives a file that was made without one a name that is not there.
///
/// # Errors
///
/// What the system says.
#[cfg(target_os = "linux")]
pub(crate) fn give_name(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};

    Ok(linkat(CWD, descriptor(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// Where the kernel shows an open file (open(2), `O_TMPFILE`).
#[cfg(target_os = "linux")]
fn descriptor(file: &File) -> std::path::PathBuf {
    format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file)).into()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn create_nameless(_folder: &Path, _is_private: bool) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn give_name(_file: &File, _path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes a folder that only its owner may enter.
///
/// # Errors
///
/// What the system says.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// The same with all that are missing above it.
///
/// # Errors
///
/// What the system says.
pub(crate) fn create_private_folders(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Whether a file may be written, as far as opening it does not tell.
///
/// # Errors
///
/// What the system would say.
pub(crate) const fn check_writable(_there: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Who may do what with a file, to be given to another one.
pub(crate) fn rights(there: &Metadata) -> Permissions {
    Permissions::from_mode(there.mode() & 0o7777)
}

/// Makes a file a program.
///
/// # Errors
///
/// What the system says.
pub(crate) fn make_executable(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(0o755))
}

/// Gives the new file the old one's owner and extended attributes (access lists among them, of which none
/// counts while the group has no right).
/// An owner that we may not give away is an error: the file is then overwritten where it stands.
///
/// # Errors
///
/// What the system says.
pub(crate) fn keep_attributes(old: &File, there: &Metadata, new: &File) -> io::Result<()> {
    let made = new.metadata()?;
    if made.uid() != there.uid() || made.gid() != there.gid() {
        std::os::unix::fs::fchown(new, Some(there.uid()), Some(there.gid()))?;
    }
    copy_extended_attributes(old, new);
    new.set_permissions(Permissions::from_mode(0o600))
}

#[cfg(target_os = "linux")]
fn copy_extended_attributes(old: &File, new: &File) {
    let mut names = vec![0_u8; 4096];
    // A file opened for writing only still tells its attributes.
    let Ok(length) = rustix::fs::flistxattr(old, &mut names[..]) else { return };
    for name in names[..length].split(|&b| b == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0_u8; 65536];
        if let Ok(length) = rustix::fs::fgetxattr(old, name, &mut value[..]) {
            let _ = rustix::fs::fsetxattr(new, name, &value[..length], rustix::fs::XattrFlags::empty());
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn copy_extended_attributes(_old: &File, _new: &File) {}

/// Whether a lock on a file keeps us from writing it by another handle.
pub(crate) const LOCKS_STOP_OUR_WRITES: bool = false;

/// Opens a file to read it.
///
/// # Errors
///
/// What the system says.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Reads a file to its end.
///
/// # Errors
///
/// What the system says.
pub(crate) fn read_to_end(file: &mut File, bytes: &mut Vec<u8>) -> io::Result<usize> {
    file.read_to_end(bytes)
}

/// Gives a file the name of another one, whose place it takes. Nobody needs to let go of that.
///
/// # Errors
///
/// What the system says.
pub(crate) fn rename(from: &Path, to: &Path, _let_go: impl FnOnce()) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Writes at a place of a file.
///
/// # Errors
///
/// What the system says.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.write_all_at(bytes, at)
}

/// Lets the disk begin with what was written: it will be waited for.
pub(crate) fn begin_to_sync(file: &File) {
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
}

/// Removes a folder or a file.
pub(crate) fn remove(path: &Path) {
    let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
}
