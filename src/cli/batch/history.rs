//! Which versions of files git has: one `git log` for all files of a repository, and one `git cat-file` for each
//! thread that reads. Files are followed through the log in [`walk`].

mod walk;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use resops::os::borrowed;

use super::git;
use crate::cli::error::Failure;

/// So many files of a repository are looked for by name; with more, all commits are looked at once.
const FEW: usize = 8;
/// Larger versions are not read.
const LARGEST: u64 = 256 << 20;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Its whole name.
    pub(crate) id: String,
    /// When it was made: seconds since 1970.
    pub(crate) time: i64,
}

/// A version of a file: what a commit left of it.
pub(crate) struct Edition {
    pub(crate) commit: Arc<Commit>,
    /// The name of its content.
    pub(crate) blob: String,
    /// The file as it was called then, from the top of the repository.
    pub(crate) path: PathBuf,
}

/// A repository with files that are asked about.
pub(crate) struct Repository {
    top: PathBuf,
    /// Whether the commits before some date are not here.
    pub(crate) shallow: bool,
    idle: Mutex<Vec<Reader>>,
}

/// What git knows of a file.
pub(crate) struct History {
    pub(crate) repository: Arc<Repository>,
    /// The newest first; none if it was never committed.
    pub(crate) editions: Vec<Edition>,
}

/// Which commits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those that led to what is checked out.
    Head,
    /// All that some branch, tag or stash leads to.
    All,
}

/// Looks the files up, whose paths are absolute. For each its history, or why there is none.
pub(crate) fn trace(files: &[&Path], reach: Reach) -> Vec<Result<History, String>> {
    let mut traced: Vec<Result<History, String>> = Vec::with_capacity(files.len());
    let mut tops: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
    let mut groups: BTreeMap<PathBuf, Vec<(usize, PathBuf)>> = BTreeMap::new();
    for (number, file) in files.iter().enumerate() {
        traced.push(Err("it is in no git repository".to_owned()));
        // git knows what a link leads to, by that name.
        let Ok(file) = std::fs::canonicalize(file) else { continue };
        if let Some(top) = file.parent().and_then(|folder| top_of(folder, &mut tops)) {
            groups.entry(top).or_default().push((number, file));
        }
    }
    for (top, members) in groups {
        let paths: Vec<&Path> = members.iter().map(|(_, file)| file.as_path()).collect();
        match Repository::trace(&top, &paths, reach) {
            Ok(histories) => {
                members
                    .iter()
                    .zip(histories)
                    .for_each(|((number, _), history)| traced[*number] = Ok(history));
            }
            Err(failure) => {
                let why = failure.message().lines().next().unwrap_or_default();
                members.iter().for_each(|(number, _)| traced[*number] = Err(why.to_owned()));
            }
        }
    }
    traced
}

/// The folder at or above this one that has a `.git`: files with the same one are asked about together.
fn top_of(folder: &Path, known: &mut HashMap<PathBuf, Option<PathBuf>>) -> Option<PathBuf> {
    let mut passed = Vec::new();
    let mut found = None;
    for above in folder.ancestors() {
        if let Some(top) = known.get(above) {
            found.clone_from(top);
            break;
        }
        passed.push(above.to_path_buf());
        if above.join(".git").exists() {
            found = Some(above.to_path_buf());
            break;
        }
    }
    known.extend(passed.into_iter().map(|folder| (folder, found.clone())));
    found
}

impl Repository {
    fn trace(top: &Path, files: &[&Path], reach: Reach) -> Result<Vec<History>, Failure> {
        let about = ask(top, ["rev-parse", "--is-shallow-repository", "--show-toplevel"])?;
        let shallow = about.starts_with(b"true");
        // Not every `.git` is one; git knows.
        let top = about.iter().position(|byte| *byte == b'\n').map_or(&[][..], |end| &about[end + 1..]);
        let top = borrowed(top.strip_suffix(b"\n").unwrap_or(top));
        let top = Path::new(&top);
        let repository = Arc::new(Self { top: top.to_path_buf(), shallow, idle: Mutex::default() });
        let names: Vec<PathBuf> =
            files.iter().map(|file| file.strip_prefix(top).unwrap_or(file).to_path_buf()).collect();
        let empty = reach == Reach::Head && ask(top, ["rev-parse", "--verify", "-q", "HEAD"]).is_err();
        let log = if empty { Vec::new() } else { log(top, &names, reach)? };
        let history = |editions| History { repository: Arc::clone(&repository), editions };
        Ok(walk::editions(&names, &log).into_iter().map(history).collect())
    }

    /// The content of a blob; nothing if it is not here, or larger than any file of this kind.
    ///
    /// # Errors
    ///
    /// If git does not answer.
    pub(crate) fn read(&self, blob: &str) -> io::Result<Option<Vec<u8>>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => Reader::start(&self.top)?,
        };
        let content = reader.read(blob)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(content)
    }
}

/// What git says in the repository that has its top here.
fn ask<A: AsRef<OsStr>>(top: &Path, arguments: impl IntoIterator<Item = A>) -> Result<Vec<u8>, Failure> {
    git::answer(git::at_home_in(top), arguments, b"")
}

/// The commits, the newest first, with what each changed.
fn log(top: &Path, names: &[PathBuf], reach: Reach) -> Result<Vec<u8>, Failure> {
    let all = (reach == Reach::All).then_some("--all");
    let mut arguments: Vec<OsString> =
        ["-c", "log.showRoot=true", "-c", "log.showSignature=false", "log", "--topo-order", "--raw", "-z"]
            .iter()
            // A merge counts where it has what none of its sides had.
            .chain(&["-M", "-c", "--no-abbrev", "--no-color", "--format=%x01%H %ct %P"])
            .chain(&all)
            .map(OsString::from)
            .collect();
    if names.len() <= FEW {
        arguments.extend(["--full-history", "--parents", "--"].map(OsString::from));
        for name in names {
            let before = ["log", "--follow", "-M", "--name-only", "--format=", "-z"];
            let before = before.iter().chain(&all).chain(&["--"]).map(OsString::from);
            let before = ask(top, before.chain([name.clone().into_os_string()]))?;
            arguments.push(name.clone().into_os_string());
            let before: HashSet<&[u8]> = before.split(|byte| matches!(byte, 0 | b'\n')).collect();
            let before = before.into_iter().filter(|name| !name.is_empty());
            arguments.extend(before.map(|name| resops::os::owned(name.to_vec())));
        }
    }
    ask(top, arguments)
}

/// A `git cat-file` that waits for names.
struct Reader {
    child: Child,
    names: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    fn start(folder: &Path) -> io::Result<Self> {
        let mut child = git::at_home_in(folder)
            .args(["cat-file", "--batch"])
            // What is not here is not fetched: nobody asked for the network.
            .env("GIT_NO_LAZY_FETCH", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let names = child.stdin.take();
        let answers = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, names, answers: BufReader::new(answers) })
    }

    fn read(&mut self, blob: &str) -> io::Result<Option<Vec<u8>>> {
        let names = self.names.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        names.write_all(format!("{blob}\n").as_bytes())?;
        let mut head = Vec::new();
        self.answers.read_until(b'\n', &mut head)?;
        if head.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // `<id> blob <length>`, or `<id> missing`.
        let head = String::from_utf8_lossy(&head);
        let mut words = head.split_whitespace().skip(1);
        let length = match (words.next(), words.next().and_then(|length| length.parse::<u64>().ok())) {
            (Some("blob"), Some(length)) => length,
            _ => return Ok(None),
        };
        let mut content = Vec::new();
        let mut part = self.answers.by_ref().take(length);
        if length > LARGEST {
            io::copy(&mut part, &mut io::sink())?;
        } else {
            part.read_to_end(&mut content)?;
        }
        let mut end = [0];
        self.answers.read_exact(&mut end)?;
        Ok((length <= LARGEST).then_some(content))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.names.take());
        let _ = self.child.wait();
    }
}
