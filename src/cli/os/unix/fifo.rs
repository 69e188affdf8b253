//! A named pipe that gives its content to everyone who opens it, any number of times.
//!
//! A pipe has one content for all its readers, so each opening needs a pipe of its own. Two pipes
//! trade places under the name at short intervals: who has opened one of them since the last trade is
//! found waiting when it is out of sight, is served there, and that pipe is never used again. A reader
//! that opens the name twice gets a fresh pipe the second time, since its first opening waits until
//! then. Two processes that open it within the same interval would share one pipe; sops has one
//! reading at all.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, OFlags, RenameFlags};
use zeroize::Zeroizing;

/// Why there are none, where that is so.
pub(crate) const ABSENT: Option<&str> = None;

/// A pipe being served. It ends when dropped; readers that were served to the end have all of it.
pub(crate) struct Fifo {
    stop: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl Fifo {
    /// Makes the pipe `name` in `folder` and serves `content` there.
    ///
    /// # Errors
    ///
    /// If the pipe cannot be made.
    pub(crate) fn serve(folder: &Path, name: &Path, content: Zeroizing<Vec<u8>>) -> std::io::Result<Self> {
        let path = folder.join(name);
        let spare = folder.join(format!(".{:08x}", crate::cli::open::random_number()));
        make(&path)?;
        make(&spare)?;
        let stop = Arc::new(AtomicBool::new(false));
        let server = Server { path, spare, content: Arc::new(content), stop: Arc::clone(&stop) };
        Ok(Self { stop, server: Some(std::thread::spawn(move || server.run())) })
    }
}

impl Drop for Fifo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

fn make(path: &Path) -> std::io::Result<()> {
    Ok(rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?)
}

struct Server {
    path: PathBuf,
    spare: PathBuf,
    content: Arc<Zeroizing<Vec<u8>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    fn run(self) {
        let mut last = Instant::now();
        while !self.stop.load(Ordering::Acquire) {
            let idle = last.elapsed();
            std::thread::sleep(match idle.as_millis() {
                0..100 => Duration::from_micros(100),
                100..2000 => Duration::from_millis(1),
                _ => Duration::from_millis(4),
            });
            let waiting =
                match rustix::fs::renameat_with(CWD, &self.path, CWD, &self.spare, RenameFlags::EXCHANGE) {
                    Ok(()) => open_for_reader(&self.spare),
                    // This file system cannot trade names: look in place, and put a new pipe over it.
                    Err(_) => match open_for_reader(&self.path) {
                        Some(pipe) if std::fs::rename(&self.spare, &self.path).is_ok() => Some(pipe),
                        other => other,
                    },
                };
            let Some(pipe) = waiting else { continue };
            last = Instant::now();
            let _ = std::fs::remove_file(&self.spare);
            if make(&self.spare).is_err() {
                break;
            }
            self.give(pipe);
        }
    }

    /// Writes the content to one reader, beside the others.
    fn give(&self, mut pipe: File) {
        let content = Arc::clone(&self.content);
        std::thread::spawn(move || pipe.write_all(&content));
    }
}

/// The writing end, if a reader waits at the other.
fn open_for_reader(path: &Path) -> Option<File> {
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let pipe = rustix::fs::open(path, flags, Mode::empty()).ok()?;
    rustix::fs::fcntl_setfl(&pipe, OFlags::WRONLY).ok()?;
    Some(pipe.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(length: usize) -> (tempfile::TempDir, Fifo, Vec<u8>) {
        let folder = tempfile::tempdir().expect("a folder");
        let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        let fifo = Fifo::serve(folder.path(), Path::new("tmp-file"), content.clone().into()).expect("served");
        (folder, fifo, content)
    }

    #[test]
    fn it_can_be_read_again_and_again() {
        let (folder, fifo, content) = served(300_000); // more than a pipe holds
        for _ in 0..20 {
            assert!(std::fs::read(folder.path().join("tmp-file")).expect("read") == content);
        }
        drop(fifo);
        drop(folder);
    }

    #[test]
    fn one_reader_may_hold_it_open_twice() {
        use std::io::Read;
        let (folder, _fifo, content) = served(10);
        let path = folder.path().join("tmp-file");
        for _ in 0..50 {
            let (mut a, mut b) = (File::open(&path).expect("opened"), File::open(&path).expect("opened"));
            let (mut from_a, mut from_b) = (Vec::new(), Vec::new());
            a.read_to_end(&mut from_a).expect("read");
            b.read_to_end(&mut from_b).expect("read");
            assert_eq!((&from_a, &from_b), (&content, &content));
        }
    }

    #[test]
    fn a_reader_may_leave_early() {
        let (folder, _fifo, content) = served(300_000);
        let path = folder.path().join("tmp-file");
        drop(File::open(&path).expect("opened"));
        assert!(std::fs::read(&path).expect("read") == content);
    }
}
