//! Users' files: how they are read, and the only place where they are written.
//!
//! A regular file is replaced in one step: a new file beside it is written, synced, given the old
//! one's mode, owner and extended attributes, and renamed over it. A full disk or a kill at any time
//! leaves the old file whole. What cannot be done that way:
//!
//! - Symbolic links are followed; the file they lead to is replaced, the link stays.
//! - Devices, pipes and sockets (`/dev/stdout`) are written through.
//! - A file with several hard links, in a folder that we may not write, or mounted by itself, is
//!   overwritten where it stands, so that links and mount stay. Its new length is reserved before the
//!   first byte changes, so a full disk cannot cut it; only a crash between two writes can.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::{Failure, Kind, reason};
use super::memory;
use super::os::files::{self as system, Identity};
use super::signals;

/// Who may read a file that did not exist before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewFile {
    /// Whoever the umask allows: for ciphertext.
    Shared,
    /// The owner alone: for plaintext.
    Private,
}

/// Why a file is not written.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// It cannot be opened for writing, or made.
    Open(String),
    /// Writing it failed; a file that stood there before is as it was.
    Write(String),
}

impl WriteError {
    /// The failure of a command; `what` is sops' word for the file: `in-place` or `output`.
    pub(crate) fn into_failure(self, what: &str) -> Failure {
        match self {
            Self::Open(why) => {
                Failure::new(Kind::WriteOutput, format!("Could not open {what} file for writing: {why}"))
            }
            Self::Write(why) => Failure::generic(why),
        }
    }
}

/// Reads a whole file.
///
/// # Errors
///
/// In Go's words: `open PATH: permission denied`, `read PATH: is a directory`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.display();
    let mut file = system::open(path).map_err(|error| format!("open {name}: {}", reason(&error)))?;
    let length = file.metadata().map_or(0, |m| usize::try_from(m.len()).unwrap_or(0));
    memory::prepare_for(length);
    let mut bytes = Vec::with_capacity(length.saturating_add(1));
    system::read_to_end(&mut file, &mut bytes).map_err(|error| format!("read {name}: {}", reason(&error)))?;
    Ok(bytes)
}

/// Reads stdin to its end.
///
/// # Errors
///
/// [`Kind::ReadInput`] if it cannot be read.
pub(crate) fn read_stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| {
        Failure::new(
            Kind::ReadInput,
            format!("Error reading from stdin: read /dev/stdin: {}", reason(&error)),
        )
    })?;
    Ok(bytes)
}

/// Writes the result to stdout, raw. If nobody reads any more, the process ends the way other
/// programs do, by SIGPIPE.
///
/// # Errors
///
/// Exit 1 if stdout does not take it.
pub(crate) fn write_stdout(bytes: &[u8]) -> Result<(), Failure> {
    signals::survive_file_size_limit();
    let mut stdout = system::stdout();
    let written = stdout.as_mut().map_err(|error| error.kind()).map(|file| file.write_all(bytes));
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            signals::die_of_broken_pipe();
            Err(Failure::silent(Kind::Child(141)))
        }
        Ok(Err(error)) => Err(Failure::generic(format!("write /dev/stdout: {}", reason(&error)))),
        Err(_) => Err(Failure::generic("write /dev/stdout: bad file descriptor")),
    }
}

/// Puts `bytes` into the file at `path`, whole or not at all.
///
/// # Errors
///
/// [`WriteError`]; a file that stood there before is as it was.
pub(crate) fn write(path: &Path, bytes: &[u8], new: NewFile) -> Result<(), WriteError> {
    write_holding(path, bytes, new, &mut None)
}

/// [`write`] while the file is held open by `lock`, which goes where it would be in the way.
fn write_holding(path: &Path, bytes: &[u8], new: NewFile, lock: &mut Option<File>) -> Result<(), WriteError> {
    signals::survive_file_size_limit();
    let open_error =
        |error: &std::io::Error| WriteError::Open(format!("open {}: {}", path.display(), reason(error)));
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => {
            Err(WriteError::Open(format!("open {}: is a directory", path.display())))
        }
        there
            if system::is_device(path) || there.as_ref().is_ok_and(|there| written_through(path, there)) =>
        {
            let truncate = there.is_ok_and(|there| there.is_file());
            let mut file =
                OpenOptions::new().write(true).truncate(truncate).open(path).map_err(|e| open_error(&e))?;
            match file.write_all(bytes) {
                Ok(()) => Ok(()),
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                    signals::die_of_broken_pipe();
                    Err(write_error(path, &error))
                }
                Err(error) => Err(write_error(path, &error)),
            }
        }
        Ok(there) => {
            let open = || OpenOptions::new().write(true).open(path).map_err(|e| open_error(&e));
            system::check_writable(&there).map_err(|e| open_error(&e))?;
            let mut old = Some(open()?);
            let target = follow(path).map_err(|e| open_error(&e))?;
            let draft = match &old {
                Some(old) if !system::has_several_names(path, &there) => {
                    Draft::of(&target, bytes, &Like::Old(old, &there)).map(Some)
                }
                _ => Ok(None),
            };
            let replaced = draft.and_then(|draft| match draft {
                Some(draft) => draft.take_place(&target, || drop((old.take(), lock.take()))).map(|()| true),
                None => Ok(false),
            });
            match replaced {
                Ok(true) => Ok(()),
                Ok(false) | Err(Step::Prepare(_)) => {
                    if system::LOCKS_STOP_OUR_WRITES {
                        lock.take();
                    }
                    let mut old = old.map_or_else(open, Ok)?;
                    overwrite(&mut old, bytes).map_err(|error| write_error(path, &error))
                }
                Err(Step::Write(error)) => Err(write_error(path, &error)),
            }
        }
        Err(_) => {
            let target = follow(path).map_err(|e| open_error(&e))?;
            let draft = Draft::of(&target, bytes, &Like::New(new));
            match draft.and_then(|draft| draft.take_place(&target, || {})) {
                Ok(()) => Ok(()),
                Err(Step::Prepare(error)) => Err(open_error(&error)),
                Err(Step::Write(error)) => Err(write_error(path, &error)),
            }
        }
    }
}

/// Makes a file that its owner alone can read, where there is none.
///
/// # Errors
///
/// [`WriteError`], also if there is something under this name.
pub(crate) fn create_private(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    signals::survive_file_size_limit();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed =
        |error: &std::io::Error| WriteError::Open(format!("open {}: {}", path.display(), reason(error)));
    // tempfile makes files with mode 0600.
    let mut draft = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    draft.write_all(bytes).map_err(|error| write_error(path, &error))?;
    draft.as_file().sync_all().map_err(|error| write_error(path, &error))?;
    draft.persist_noclobber(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

/// Why a file is not put in place of what was read.
#[derive(Debug)]
pub(crate) enum UpdateError {
    /// Someone else was faster: the file is not what it was.
    Changed,
    /// It cannot be written.
    Write(WriteError),
}

/// Puts `bytes` into the file at `path` if it still holds what `read` says; nothing there if that is
/// nothing.
///
/// The file is locked (flock) while it is compared and replaced, so of two runs that do this only one
/// can win. What is no regular file cannot be read twice, and is just written.
///
/// # Errors
///
/// [`UpdateError`]; the file is as it was.
pub(crate) fn update(path: &Path, read: Option<&[u8]>, bytes: &[u8]) -> Result<(), UpdateError> {
    let there = std::fs::metadata(path);
    let mut lock = match (read, there) {
        (None, Ok(there)) if there.is_file() => return Err(UpdateError::Changed),
        (Some(_), Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(UpdateError::Changed);
        }
        (Some(read), Ok(there)) if there.is_file() => {
            let file = locked(path).ok_or(UpdateError::Changed)?;
            if !holds(&file, read) {
                return Err(UpdateError::Changed);
            }
            Some(file)
        }
        _ => None,
    };
    write_holding(path, bytes, NewFile::Shared, &mut lock).map_err(UpdateError::Write)
}

/// A file's new content, written beside it and not in its place yet.
///
/// Of many files that are rewritten together each is prepared, then each is synced, and only then put in
/// place: the disk waits once for many of them, and every file is the old or the new one at any time.
pub(crate) struct Prepared {
    path: PathBuf,
    read: Vec<u8>,
    bytes: Vec<u8>,
    /// Nothing for a file that is written where it stands.
    draft: Option<(Draft, PathBuf)>,
}

impl Prepared {
    /// Writes what is to take the place of `read`, which the file at `path` holds.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the file is as it was.
    pub(crate) fn new(path: &Path, read: Vec<u8>, bytes: Vec<u8>) -> Result<Self, WriteError> {
        signals::survive_file_size_limit();
        let open_error =
            |error: &std::io::Error| WriteError::Open(format!("open {}: {}", path.display(), reason(error)));
        let there = std::fs::metadata(path).map_err(|error| open_error(&error))?;
        let mut this = Self { path: path.to_path_buf(), read, bytes, draft: None };
        if !there.is_file() || system::has_several_names(path, &there) || written_through(path, &there) {
            return Ok(this);
        }
        system::check_writable(&there).map_err(|error| open_error(&error))?;
        let old = OpenOptions::new().write(true).open(path).map_err(|error| open_error(&error))?;
        let target = follow(path).map_err(|error| open_error(&error))?;
        match Draft::of(&target, &this.bytes, &Like::Old(&old, &there)) {
            Ok(draft) => {
                system::begin_to_sync(&draft.file);
                this.draft = Some((draft, target));
            }
            Err(Step::Prepare(_)) => {}
            Err(Step::Write(error)) => return Err(write_error(path, &error)),
        }
        Ok(this)
    }

    /// How many bytes wait here.
    pub(crate) const fn len(&self) -> usize {
        self.read.len() + self.bytes.len()
    }

    /// Waits until the new content is on disk.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the file is as it was.
    pub(crate) fn sync(&self) -> Result<(), WriteError> {
        match &self.draft {
            Some((draft, _)) => draft.file.sync_all().map_err(|error| write_error(&self.path, &error)),
            None => Ok(()),
        }
    }

    /// Puts it in place, if the file still holds what was read. Gives the folder that is to be
    /// [synced](sync_folder) then, if one is.
    ///
    /// # Errors
    ///
    /// [`UpdateError`]; the file is as it was.
    pub(crate) fn put(self) -> Result<Option<PathBuf>, UpdateError> {
        let Self { path, read, bytes, draft } = self;
        if let Some((draft, target)) = draft {
            let mut file = locked(&path);
            if !file.as_ref().is_some_and(|file| holds(file, &read)) {
                return Err(UpdateError::Changed);
            }
            if draft.put(&target, || drop(file.take())).is_ok() {
                return Ok(Some(folder_of(&target).to_path_buf()));
            }
        }
        update(&path, Some(&read), &bytes).map(|()| None)
    }
}

/// Waits until the names of a folder are on disk; some file systems cannot do that.
pub(crate) fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Whether a file holds these bytes.
fn holds(mut file: &File, mut bytes: &[u8]) -> bool {
    let mut part = vec![0; 64 * 1024];
    loop {
        match file.read(&mut part) {
            Ok(0) => return bytes.is_empty(),
            Ok(length) => match bytes.strip_prefix(&part[..length]) {
                Some(rest) => bytes = rest,
                None => return false,
            },
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// The file that has this name while it is locked: one that was replaced while we waited for its lock
/// is not it. Where there are no locks, or someone keeps one for very long, it goes without.
fn locked(path: &Path) -> Option<File> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let start = Instant::now();
    loop {
        let file = File::open(path).ok()?;
        let held = match file.try_lock() {
            Ok(()) | Err(TryLockError::Error(_)) => true,
            Err(TryLockError::WouldBlock) => start.elapsed() > PATIENCE,
        };
        let named = Identity::at(path, &std::fs::metadata(path).ok()?)?;
        if held && Identity::of(&file).ok()? == named {
            return Some(file);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn write_error(path: &Path, error: &std::io::Error) -> WriteError {
    WriteError::Write(format!("write {}: {}", path.display(), reason(error)))
}

/// Whether the bytes go into what is there: devices and the like, and what is named by a descriptor.
fn written_through(path: &Path, there: &std::fs::Metadata) -> bool {
    system::is_written_through(path, there, follow)
}

/// The file that a chain of symbolic links leads to; the last one need not exist.
fn follow(path: &Path) -> std::io::Result<PathBuf> {
    let mut target = path.to_path_buf();
    for _ in 0..40 {
        if system::has_no_links(&target) {
            return Ok(target);
        }
        match std::fs::read_link(&target) {
            Ok(next) => target = target.parent().unwrap_or(Path::new("/")).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(system::too_many_links())
}

/// What the new file is to look like.
enum Like<'a> {
    Old(&'a File, &'a std::fs::Metadata),
    New(NewFile),
}

/// Where replacing failed.
enum Step {
    /// Before anything was written, or at the rename: the folder does not let us.
    Prepare(std::io::Error),
    /// The disk does not take the bytes.
    Write(std::io::Error),
}

/// The folder that a file is in.
fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The new file before it has its name. Removed when dropped; after the rename there is nothing left
/// to remove.
struct Draft {
    file: File,
    path: PathBuf,
    /// Whether it is found under that path. Where the system can do it, a draft has no name until it is put in
    /// place: whatever ends the run, nothing of it stays.
    has_name: bool,
    /// The rights that it gets with its name. Until then it is its owner's alone: it may hold plaintext, and
    /// nobody removes it if the process is killed for good.
    rights: Option<Permissions>,
    _guard: signals::Guard,
}

impl Draft {
    /// A draft of these bytes beside `target`, not synced.
    fn of(target: &Path, bytes: &[u8], like: &Like<'_>) -> Result<Self, Step> {
        let new = match like {
            Like::New(new) => *new,
            Like::Old(..) => NewFile::Private,
        };
        Self::beside(target, folder_of(target), new).map_err(Step::Prepare)?.filled(bytes, like)
    }

    fn filled(mut self, bytes: &[u8], like: &Like<'_>) -> Result<Self, Step> {
        self.file.write_all(bytes).map_err(Step::Write)?;
        if let Like::Old(old, there) = like {
            system::keep_attributes(old, there, &self.file).map_err(Step::Prepare)?;
            self.rights = Some(system::rights(there));
        }
        Ok(self)
    }

    /// Takes the place of the file that it is made for, to stay. `let_go` closes what we hold of that.
    fn take_place(self, target: &Path, let_go: impl FnOnce()) -> Result<(), Step> {
        self.file.sync_all().map_err(Step::Write)?;
        self.put(target, let_go).map_err(Step::Prepare)?;
        sync_folder(folder_of(target));
        Ok(())
    }

    /// Gives it the name of the file that it is made for.
    fn put(mut self, target: &Path, let_go: impl FnOnce()) -> std::io::Result<()> {
        if let Some(rights) = &self.rights {
            self.file.set_permissions(rights.clone())?;
        }
        signals::undisturbed(|| {
            if !self.has_name {
                system::give_name(&self.file, &self.path)?;
                self.has_name = true;
            }
            system::rename(&self.path, target, let_go)
        })
    }

    fn beside(target: &Path, folder: &Path, new: NewFile) -> std::io::Result<Self> {
        Self::nameless(target, folder, new).or_else(|_| Self::named(target, folder, new))
    }

    fn nameless(target: &Path, folder: &Path, new: NewFile) -> std::io::Result<Self> {
        let file = system::create_nameless(folder, new == NewFile::Private)?;
        let path = folder.join(Self::name_for(target));
        let guard = signals::remove_if_killed(&path);
        Ok(Self { file, path, has_name: false, rights: None, _guard: guard })
    }

    fn named(target: &Path, folder: &Path, new: NewFile) -> std::io::Result<Self> {
        let create = match new {
            NewFile::Shared => system::create,
            NewFile::Private => system::create_private,
        };
        let mut attempts = 0;
        loop {
            let path = folder.join(Self::name_for(target));
            let guard = signals::remove_if_killed(&path);
            match signals::undisturbed(|| create(&path)) {
                Ok(file) => return Ok(Self { file, path, has_name: true, rights: None, _guard: guard }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempts < 100 => {
                    attempts += 1
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A name that hardly anything has; [`of_draft`] knows it.
    fn name_for(target: &Path) -> OsString {
        let mut name = OsString::from(".");
        name.push(target.file_name().filter(|name| name.len() < 200).unwrap_or(OsStr::new("sops")));
        name.push(format!(".{:08x}.tmp", super::open::random_number()));
        name
    }
}

/// The name of the file that a draft of this name was made for; nothing if it is no draft's name.
pub(crate) fn of_draft(name: &OsStr) -> Option<Cow<'_, OsStr>> {
    let name = name.as_encoded_bytes().strip_prefix(b".")?.strip_suffix(b".tmp")?;
    let (name, number) = name.split_at_checked(name.len().checked_sub(9)?)?;
    let number = number.strip_prefix(b".")?;
    let ours = number.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (ours && !name.is_empty()).then(|| resops::os::borrowed(name))
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.has_name {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Overwrites a file where it stands. The room is taken first.
fn overwrite(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    let old = file.metadata()?.len();
    let new = bytes.len() as u64;
    if new > old {
        reserve(file, old, new).inspect_err(|_| {
            let _ = file.set_len(old);
        })?;
    }
    file.write_all(bytes)?;
    file.set_len(new)?;
    file.sync_all()
}

/// Makes the file longer, with blocks behind every byte of it.
fn reserve(file: &File, old: u64, new: u64) -> std::io::Result<()> {
    const ZEROS: [u8; 8192] = [0; 8192];
    let mut at = old;
    while at < new {
        let length = usize::try_from(new - at).unwrap_or(ZEROS.len()).min(ZEROS.len());
        system::write_all_at(file, &ZEROS[..length], at)?;
        at += length as u64;
    }
    file.sync_data()
}

/// Makes a new file for plaintext that must not be there yet, readable by its owner only.
///
/// # Errors
///
/// What the system says.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    signals::survive_file_size_limit();
    system::create_private(path)?.write_all(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("there").mode() & 0o7777
    }

    fn names(folder: &Path) -> usize {
        std::fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn a_replaced_file_keeps_its_mode_and_is_another_inode() {
        let folder = folder();
        let path = folder.path().join("f");
        std::fs::write(&path, "old").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("allowed");
        let before = std::fs::metadata(&path).expect("there").ino();
        write(&path, b"new", NewFile::Shared).expect("written");
        assert_eq!(std::fs::read(&path).expect("there"), b"new");
        assert_eq!(mode(&path), 0o640);
        assert_ne!(std::fs::metadata(&path).expect("there").ino(), before);
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn a_draft_is_private_until_it_has_its_name() {
        let folder = folder();
        let path = folder.path().join("f");
        std::fs::write(&path, "old").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).expect("allowed");
        let old = OpenOptions::new().write(true).open(&path).expect("there");
        let there = old.metadata().expect("there");
        let named = Draft::named(&path, folder.path(), NewFile::Private).expect("made");
        assert_eq!(names(folder.path()), 2);
        // Not every file system has the other kind.
        let nameless = Draft::nameless(&path, folder.path(), NewFile::Private).ok();
        assert_eq!(names(folder.path()), 2);
        for draft in nameless.into_iter().chain([named]) {
            let Ok(draft) = draft.filled(b"plaintext", &Like::Old(&old, &there)) else {
                panic!("not filled")
            };
            assert_eq!(draft.file.metadata().expect("there").mode() & 0o7777, 0o600);
            std::fs::write(&path, "old").expect("written");
            draft.put(&path, || {}).expect("renamed");
            assert_eq!((mode(&path), std::fs::read(&path).expect("there")), (0o664, b"plaintext".to_vec()));
        }
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_draft_that_finds_its_name_taken_takes_nothing() {
        let folder = folder();
        let path = folder.path().join("f");
        let draft = Draft::nameless(&path, folder.path(), NewFile::Shared).expect("a file without a name");
        let taken = draft.path.clone();
        std::fs::write(&taken, "somebody's").expect("written");
        draft.put(&path, || {}).expect_err("taken");
        assert_eq!((std::fs::read(&taken).expect("there"), path.exists()), (b"somebody's".to_vec(), false));
    }

    #[test]
    fn new_plaintext_is_private() {
        let folder = folder();
        write(&folder.path().join("p"), b"x", NewFile::Private).expect("written");
        assert_eq!(mode(&folder.path().join("p")), 0o600);
        write(&folder.path().join("s"), b"x", NewFile::Shared).expect("written");
        assert_eq!(mode(&folder.path().join("s")) & 0o600, 0o600);
    }

    #[test]
    fn links_stay_links() {
        let folder = folder();
        let (file, link, hard) = (folder.path().join("f"), folder.path().join("l"), folder.path().join("h"));
        std::fs::write(&file, "a longer text").expect("written");
        std::os::unix::fs::symlink("f", &link).expect("linked");
        write(&link, b"new", NewFile::Shared).expect("written");
        assert_eq!(std::fs::read(&file).expect("there"), b"new");
        assert!(std::fs::symlink_metadata(&link).expect("there").is_symlink());
        std::fs::hard_link(&file, &hard).expect("linked");
        write(&file, b"newer than before", NewFile::Shared).expect("written");
        assert_eq!(std::fs::read(&hard).expect("there"), b"newer than before");
        std::os::unix::fs::symlink("made", folder.path().join("dangling")).expect("linked");
        write(&folder.path().join("dangling"), b"x", NewFile::Shared).expect("written");
        assert_eq!(std::fs::read(folder.path().join("made")).expect("there"), b"x");
    }

    #[test]
    fn devices_are_written_through() {
        write(Path::new("/dev/null"), b"x", NewFile::Private).expect("written");
        assert!(std::fs::metadata("/dev/null").expect("there").file_type().is_char_device());
    }

    #[test]
    fn errors_speak_like_go() {
        let folder = folder();
        let missing = folder.path().join("no/f");
        let Err(WriteError::Open(why)) = write(&missing, b"x", NewFile::Shared) else { panic!("written") };
        assert_eq!(why, format!("open {}: no such file or directory", missing.display()));
        let Err(why) = read(folder.path()) else { panic!("read") };
        assert_eq!(why, format!("read {}: is a directory", folder.path().display()));
    }
}
