//! Which versions of files git has: one `git log` for all files of a repository, renames followed along its
//! commits, and one `git cat-file` for each thread that reads.
//!
//! Unlike `git log --follow` this finds what a branch did to a file under its old name while another branch
//! renamed it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use super::git::ask;
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
        let about = ask(top, ["rev-parse", "--is-shallow-repository", "--show-toplevel"], b"")?;
        let shallow = about.starts_with(b"true");
        // Not every `.git` is one; git knows.
        let top = about.iter().position(|byte| *byte == b'\n').map_or(&[][..], |end| &about[end + 1..]);
        let top = Path::new(OsStr::from_bytes(top.strip_suffix(b"\n").unwrap_or(top)));
        let repository = Arc::new(Self { top: top.to_path_buf(), shallow, idle: Mutex::default() });
        let names: Vec<PathBuf> =
            files.iter().map(|file| file.strip_prefix(top).unwrap_or(file).to_path_buf()).collect();
        let empty = reach == Reach::Head && ask(top, ["rev-parse", "--verify", "-q", "HEAD"], b"").is_err();
        let log = if empty { Vec::new() } else { log(top, &names, reach)? };
        let history = |editions| History { repository: Arc::clone(&repository), editions };
        Ok(editions(&names, &log).into_iter().map(history).collect())
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
            let before = ask(top, before.chain([name.clone().into_os_string()]), b"")?;
            arguments.push(name.clone().into_os_string());
            let before: HashSet<&[u8]> = before.split(|byte| matches!(byte, 0 | b'\n')).collect();
            let before = before.into_iter().filter(|name| !name.is_empty());
            arguments.extend(before.map(|name| OsString::from_vec(name.to_vec())));
        }
    }
    ask(top, arguments, b"")
}

/// Which files go by which name in a commit.
type Names<'a> = Rc<HashMap<&'a [u8], Vec<usize>>>;

/// A commit as the log has it.
struct Step<'a> {
    id: &'a [u8],
    time: i64,
    parents: Vec<&'a [u8]>,
    changes: Vec<Change<'a>>,
}

/// What a commit did to a file.
struct Change<'a> {
    name: &'a [u8],
    /// What it was called before.
    old: Option<&'a [u8]>,
    mode: &'a [u8],
    blob: &'a [u8],
}

/// Reads what git printed: for each commit a head, then its changes.
fn steps(log: &[u8]) -> Vec<Step<'_>> {
    let mut fields = log.split(|byte| *byte == 0).map(|field| field.strip_prefix(b"\n").unwrap_or(field));
    let mut steps: Vec<Step<'_>> = Vec::new();
    while let Some(field) = fields.next() {
        if let Some(head) = field.strip_prefix(b"\x01") {
            let mut words = head.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
            let (Some(id), Some(time)) = (words.next(), words.next()) else { continue };
            let time = std::str::from_utf8(time).ok().and_then(|time| time.parse().ok()).unwrap_or(0);
            steps.push(Step { id, time, parents: words.collect(), changes: Vec::new() });
        } else if field.first() == Some(&b':')
            && let Some(step) = steps.last_mut()
        {
            step.changes.extend(change(field, &mut fields));
        }
    }
    steps
}

/// The versions of files with these names today.
fn editions(names: &[PathBuf], log: &[u8]) -> Vec<Vec<Edition>> {
    let steps = steps(log);
    let mut walk = Walk::new(names);
    walk.follow(&steps);
    if walk.moves.is_empty() || steps.iter().all(|step| step.parents.len() < 2) {
        return walk.editions;
    }
    // A branch that was merged may have the old names, and what they were is known now.
    let mut again = Walk::new(names);
    again.moved = Moved::of(walk.moves, &steps);
    again.follow(&steps);
    again.editions
}

/// A new name, and the old one before it.
type Move<'a> = (&'a [u8], &'a [u8]);

/// In which commits files had been renamed already.
#[derive(Default)]
struct Moved<'a> {
    /// By commit, the newest first.
    commits: Vec<Vec<Move<'a>>>,
    /// For each commit, which of these it comes after: a bit for each.
    behind: HashMap<&'a [u8], Vec<u64>>,
}

impl<'a> Moved<'a> {
    /// So many commits that rename something count: the bits take room for all commits.
    const MOST: usize = 512;

    fn of(moves: Vec<(&'a [u8], Vec<Move<'a>>)>, steps: &[Step<'a>]) -> Self {
        let moves: Vec<_> = moves.into_iter().take(Self::MOST).collect();
        let number: HashMap<&[u8], usize> = moves.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
        let mut behind: HashMap<&[u8], Vec<u64>> = HashMap::with_capacity(steps.len());
        for step in steps.iter().rev() {
            let mut bits = vec![0; moves.len().div_ceil(64)];
            for parent in step.parents.iter().filter_map(|parent| behind.get(parent)) {
                bits.iter_mut().zip(parent).for_each(|(bits, more)| *bits |= more);
            }
            if let Some(at) = number.get(step.id) {
                bits[at / 64] |= 1 << (at % 64);
            }
            behind.insert(step.id, bits);
        }
        Self { commits: moves.into_iter().map(|(_, moves)| moves).collect(), behind }
    }

    /// The names of a merge as one of its parents has them.
    fn before(&self, names: &Names<'a>, parent: &[u8]) -> Names<'a> {
        let mut names = Rc::clone(names);
        let Some(bits) = self.behind.get(parent) else { return names };
        for (at, moves) in self.commits.iter().enumerate() {
            let happened = bits[at / 64] & (1 << (at % 64)) != 0;
            if !happened && moves.iter().any(|(new, _)| names.contains_key(new)) {
                rename(Rc::make_mut(&mut names), moves);
            }
        }
        names
    }
}

/// Gives files the names that they had before.
fn rename<'a>(names: &mut HashMap<&'a [u8], Vec<usize>>, moves: &[Move<'a>]) {
    // Two files may have changed places.
    let taken: Vec<_> = moves.iter().map(|(new, old)| (*old, names.remove(new))).collect();
    for (old, files) in taken {
        if let Some(files) = files {
            names.entry(old).or_default().extend(files);
        }
    }
}

/// A walk from the newest commits to the oldest.
struct Walk<'a> {
    editions: Vec<Vec<Edition>>,
    /// The names of today.
    start: Names<'a>,
    /// What commits that come later in the walk call the files.
    ahead: HashMap<&'a [u8], Names<'a>>,
    /// What was renamed, by commit.
    moves: Vec<(&'a [u8], Vec<Move<'a>>)>,
    /// The same of an earlier walk.
    moved: Moved<'a>,
}

impl<'a> Walk<'a> {
    fn new(names: &'a [PathBuf]) -> Self {
        let mut start: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (number, name) in names.iter().enumerate() {
            start.entry(name.as_os_str().as_bytes()).or_default().push(number);
        }
        Self {
            editions: names.iter().map(|_| Vec::new()).collect(),
            start: Rc::new(start),
            ahead: HashMap::new(),
            moves: Vec::new(),
            moved: Moved::default(),
        }
    }

    fn follow(&mut self, steps: &[Step<'a>]) {
        steps.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step<'a>) {
        let mut names = self.ahead.remove(step.id).unwrap_or_else(|| Rc::clone(&self.start));
        let commit = Arc::new(Commit { id: String::from_utf8_lossy(step.id).into_owned(), time: step.time });
        let mut renamed: Vec<Move<'a>> = Vec::new();
        for change in &step.changes {
            let Some(files) = names.get(change.name) else { continue };
            // Neither deletions, nor links, nor submodules.
            if change.mode.starts_with(b"100") {
                for file in files {
                    self.editions[*file].push(Edition {
                        commit: Arc::clone(&commit),
                        blob: String::from_utf8_lossy(change.blob).into_owned(),
                        path: PathBuf::from(OsStr::from_bytes(change.name)),
                    });
                }
            }
            renamed.extend(change.old.map(|old| (change.name, old)));
        }
        if !renamed.is_empty() {
            rename(Rc::make_mut(&mut names), &renamed);
            self.moves.push((step.id, renamed));
        }
        for parent in &step.parents {
            let names = match step.parents.len() {
                1 => Rc::clone(&names),
                _ => self.moved.before(&names, parent),
            };
            self.meet(parent, names);
        }
    }

    /// Notes what a commit that is yet to come calls the files.
    fn meet(&mut self, commit: &'a [u8], names: Names<'a>) {
        match self.ahead.get_mut(commit) {
            None => drop(self.ahead.insert(commit, names)),
            Some(known) if Rc::ptr_eq(known, &names) || *known == names => {}
            Some(known) => {
                let known = Rc::make_mut(known);
                for (name, files) in names.iter() {
                    let there = known.entry(name).or_default();
                    for file in files {
                        if !there.contains(file) {
                            there.push(*file);
                        }
                    }
                }
            }
        }
    }
}

/// A change: `:100644 100644 <old id> <new id> M`, with a colon, a mode and an id more for each further
/// parent of a merge; then the name, or the old and the new one.
fn change<'a>(about: &'a [u8], names: &mut impl Iterator<Item = &'a [u8]>) -> Option<Change<'a>> {
    let parents = about.iter().take_while(|byte| **byte == b':').count();
    let words: Vec<&[u8]> = about[parents..].split(|byte| *byte == b' ').collect();
    let name = names.next()?;
    let status = words.last()?;
    let moved = parents == 1 && matches!(status.first(), Some(b'R' | b'C'));
    let (name, old) = if moved { (names.next()?, Some(name)) } else { (name, None) };
    Some(Change { name, old, mode: words.get(parents)?, blob: words.get(2 * parents + 1)? })
}

/// A `git cat-file` that waits for names.
struct Reader {
    child: Child,
    names: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    fn start(folder: &Path) -> io::Result<Self> {
        let mut child = Command::new("git")
            .args(["cat-file", "--batch"])
            .current_dir(folder)
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
