//! Files: which of them are no files. Who may read one is told by the folder it is in, as long as nobody says
//! otherwise; the folder of temporary files is its user's alone.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, IsTerminal, Read, Seek, Write};
use std::os::windows::fs::FileExt;
use std::os::windows::io::AsHandle;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Standard output.
pub(crate) enum Stdout {
    /// Text for a person: the library makes UTF-16 of it.
    Console(io::Stdout),
    /// Without a buffer.
    File(File),
}

/// Standard output.
///
/// # Errors
///
/// If there is none.
pub(crate) fn stdout() -> io::Result<Stdout> {
    let stdout = io::stdout();
    if stdout.is_terminal() {
        return Ok(Stdout::Console(stdout));
    }
    Ok(Stdout::File(stdout.as_handle().try_clone_to_owned()?.into()))
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Console(console) => match str::from_utf8(bytes) {
                Ok(_) => console.write_all(bytes).and_then(|()| console.flush()).map(|()| bytes.len()),
                // What is no text can still be looked at.
                Err(_) => {
                    let shown = String::from_utf8_lossy(bytes);
                    console.write_all(shown.as_bytes()).and_then(|()| console.flush()).map(|()| bytes.len())
                }
            },
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
        let told = winapi_util::file::information(file)?;
        Ok(Self(told.volume_serial_number(), told.file_index()))
    }

    /// That of what is at a path.
    pub(crate) fn at(path: &Path, _there: &Metadata) -> Option<Self> {
        let told =
            winapi_util::Handle::from_path_any(path).and_then(|file| winapi_util::file::information(&file));
        told.ok().map(|told| Self(told.volume_serial_number(), told.file_index()))
    }
}

/// Whether a file that can be opened to be written has more names than one.
pub(crate) fn has_several_names(path: &Path, _there: &Metadata) -> bool {
    let told =
        winapi_util::Handle::from_path_any(path).and_then(|file| winapi_util::file::information(&file));
    told.is_ok_and(|told| told.number_of_links() > 1)
}

/// Whether a name is that of a device, wherever it stands.
pub(crate) fn is_device(path: &Path) -> bool {
    const NAMES: &[&str] = &["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    if path.as_os_str().as_encoded_bytes().starts_with(br"\\.\") {
        return true;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
    let numbered =
        |kind: &str| name.strip_prefix(kind).is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']));
    NAMES.contains(&name.as_str()) || numbered("COM") || numbered("LPT")
}

/// Whether what is there is written and not replaced.
pub(crate) fn is_written_through(
    _path: &Path,
    there: &Metadata,
    _follow: impl FnOnce(&Path) -> io::Result<PathBuf>,
) -> bool {
    !there.is_file()
}

/// Whether links below this path are none.
pub(crate) const fn has_no_links(_path: &Path) -> bool {
    false
}

/// That links lead in a circle.
pub(crate) fn too_many_links() -> io::Error {
    io::Error::other("too many levels of symbolic links")
}

/// Makes a file that is not there.
///
/// # Errors
///
/// What the system says.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The same: who may read it is told by its folder.
///
/// # Errors
///
/// What the system says.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    create(path)
}

/// A file without a name, which there is not here.
///
/// # Errors
///
/// Always.
pub(crate) fn create_nameless(_folder: &Path, _is_private: bool) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives such a file a name.
///
/// # Errors
///
/// Always.
pub(crate) fn give_name(_file: &File, _path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes a folder.
///
/// # Errors
///
/// What the system says.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir(path)
}

/// The same with all that are missing above it.
///
/// # Errors
///
/// What the system says.
pub(crate) fn create_private_folders(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Whether a file may be written, as far as opening it does not tell: one that is read-only could still be
/// replaced.
///
/// # Errors
///
/// What the system would say.
pub(crate) fn check_writable(there: &Metadata) -> io::Result<()> {
    const ACCESS_DENIED: i32 = 5;
    if there.permissions().readonly() { Err(io::Error::from_raw_os_error(ACCESS_DENIED)) } else { Ok(()) }
}

/// Who may do what with a file, to be given to another one.
pub(crate) fn rights(there: &Metadata) -> Permissions {
    there.permissions()
}

/// Makes a file a program: its name or its first line does.
///
/// # Errors
///
/// None.
pub(crate) const fn make_executable(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Nothing that is kept by hand.
///
/// # Errors
///
/// None.
pub(crate) const fn keep_attributes(_old: &File, _there: &Metadata, _new: &File) -> io::Result<()> {
    Ok(())
}

/// Whether a lock on a file keeps us from writing it by another handle.
pub(crate) const LOCKS_STOP_OUR_WRITES: bool = true;

/// Opens a file to read it. That of a folder is denied, which says little.
///
/// # Errors
///
/// What the system says.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied if path.is_dir() => {
            io::Error::new(io::ErrorKind::IsADirectory, "is a directory")
        }
        _ => error,
    })
}

/// Reads a file to its end. While another run of ours compares and replaces it, it is locked.
///
/// # Errors
///
/// What the system says.
pub(crate) fn read_to_end(file: &mut File, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let before = bytes.len();
    again_while_held(|| file.read_to_end(bytes).map(drop))?;
    Ok(bytes.len() - before)
}

/// Gives a file the name of another one, whose place it takes. On NTFS that can be done while the other one is
/// open; elsewhere `let_go` closes what we hold of it. Programs that look at every new file hold it for a moment.
///
/// # Errors
///
/// What the system says.
pub(crate) fn rename(from: &Path, to: &Path, let_go: impl FnOnce()) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if is_held(&error) => {
            let_go();
            again_while_held(|| std::fs::rename(from, to))
        }
        done => done,
    }
}

/// Tries a step some times while somebody else has the file open.
fn again_while_held(mut step: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    const ATTEMPTS: u32 = 10;
    let mut pause = Duration::from_millis(1);
    for _ in 1..ATTEMPTS {
        match step() {
            Err(error) if is_held(&error) => std::thread::sleep(pause),
            done => return done,
        }
        pause *= 2;
    }
    step()
}

/// Access denied, sharing violation, lock violation.
fn is_held(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(5 | 32 | 33))
}

/// Writes at a place of a file. What is written next still goes where it would have gone.
///
/// # Errors
///
/// What the system says.
pub(crate) fn write_all_at(mut file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    let position = file.stream_position()?;
    while !bytes.is_empty() {
        match file.seek_write(bytes, at)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => {
                bytes = &bytes[written..];
                at += written as u64;
            }
        }
    }
    file.seek(io::SeekFrom::Start(position)).map(drop)
}

/// Nothing: the system begins by itself.
pub(crate) const fn begin_to_sync(_file: &File) {}

/// Removes a folder or a file, which a program may hold that is about to end. What stays is told: it may be
/// plaintext.
pub(crate) fn remove(path: &Path) {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    };
    let removed = again_while_held(|| {
        gone(if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) })
    });
    if let Err(error) = removed {
        let why = resops::os::reason(&error);
        let place = path.display();
        crate::cli::ui::say(&format!("{place} stays: {why} It may hold secrets; remove it by hand.\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_known_by_name() {
        for (name, device) in
            [("NUL", true), ("nul", true), (r"C:\x\con", true), ("COM1", true), ("LPT9", true)]
        {
            assert_eq!(is_device(Path::new(name)), device, "{name}");
        }
        for name in ["nul.yaml", "COM0", "COM10", "x"] {
            assert!(!is_device(Path::new(name)), "{name}");
        }
        assert!(is_device(Path::new(r"\\.\pipe\x")));
    }
}
