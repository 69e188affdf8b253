//! What is asked of the `git` program: which files it tracks, what is staged. Nothing is guessed from
//! the files in `.git`.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cli::error::{Failure, reason};

/// Runs git in a folder and gives what it prints.
///
/// # Errors
///
/// Exit 1 if there is no git, or it fails; its own words are passed on.
pub(super) fn ask<A: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = A>,
    input: &[u8],
) -> Result<Vec<u8>, Failure> {
    let mut command = Command::new("git");
    command.current_dir(folder);
    answer(command, arguments, input)
}

/// The git for the repository that a folder has in it. Where a variable says that the repository is, is about
/// the folder that we were started in.
pub(super) fn at_home_in(top: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(top).env_remove("GIT_DIR").env_remove("GIT_WORK_TREE");
    command
}

/// What that git prints.
///
/// # Errors
///
/// As [`ask`].
pub(super) fn answer<A: AsRef<OsStr>>(
    mut command: Command,
    arguments: impl IntoIterator<Item = A>,
    input: &[u8],
) -> Result<Vec<u8>, Failure> {
    command
        .args(arguments)
        // Names are names, not patterns.
        .env("GIT_LITERAL_PATHSPECS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| {
        Failure::generic(format!("git cannot be started: {}", reason(&error)))
            .hint("install git, or name the files: --recursive and --files-from do not need it")
    })?;
    let mut stdin = child.stdin.take();
    let mut stdout = child.stdout.take();
    let mut out = Vec::new();
    let status = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A git that does not read to the end says why on stderr.
            let _ = stdin.take().map(|mut stdin| stdin.write_all(input));
        });
        let errors = child.stderr.take();
        let errors = scope.spawn(move || {
            let mut text = Vec::new();
            let _ = errors.map(|mut errors| errors.read_to_end(&mut text));
            text
        });
        let read = stdout.as_mut().map_or(Ok(0), |stdout| stdout.read_to_end(&mut out));
        let errors = errors.join().unwrap_or_default();
        read.and_then(|_| child.wait()).map(|status| (status, errors))
    });
    let (status, errors) = status.map_err(|error| Failure::generic(format!("git: {}", reason(&error))))?;
    if status.success() {
        return Ok(out);
    }
    let errors = String::from_utf8_lossy(&errors);
    let errors = errors.trim_end();
    let failure =
        Failure::generic(if errors.is_empty() { format!("git: {status}") } else { format!("git: {errors}") });
    Err(if errors.contains("not a git repository") {
        failure.hint("run this inside a git repository, or use --recursive")
    } else {
        failure
    })
}

fn names(list: &[u8]) -> impl Iterator<Item = OsString> {
    list.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(|name| resops::os::owned(name.to_vec()))
}

/// The tracked files below a folder, or below these names in it, relative to it.
///
/// # Errors
///
/// As [`ask`].
pub(super) fn tracked(folder: &Path, below: &[OsString]) -> Result<Vec<OsString>, Failure> {
    let arguments = ["ls-files", "--cached", "-z", "--"].map(OsString::from);
    // A file with a conflict is listed once for each side.
    let mut files: Vec<_> = names(&ask(folder, arguments.iter().chain(below), b"")?).collect();
    files.dedup();
    Ok(files)
}

/// A file as it is staged.
pub(crate) struct Staged {
    /// Below the folder that was asked about.
    pub(crate) name: OsString,
    /// What is staged.
    pub(crate) content: Vec<u8>,
}

/// The files below a folder whose staged content is not that of the last commit. Those with a conflict are
/// not staged.
///
/// # Errors
///
/// As [`ask`].
pub(crate) fn staged(folder: &Path) -> Result<Vec<Staged>, Failure> {
    let diff = [
        "diff",
        "--cached",
        "--raw",
        "--no-renames",
        "--no-abbrev",
        "--diff-filter=ACMT",
        "--relative",
        "-z",
    ];
    let list = ask(folder, diff, b"")?;
    let mut wanted = Vec::new();
    let mut fields = list.split(|byte| *byte == 0);
    // `:100644 100644 <old id> <new id> M`, then the name.
    while let (Some(about), Some(name)) = (fields.next(), fields.next()) {
        let about: Vec<&[u8]> = about.split(|byte| *byte == b' ').collect();
        if let [_, mode, _, id, _] = about[..]
            && mode.starts_with(b"100")
        {
            wanted.push((resops::os::owned(name.to_vec()), id.to_vec()));
        }
    }
    let mut input = Vec::new();
    for (_, id) in &wanted {
        input.extend_from_slice(id);
        input.push(b'\n');
    }
    let answer = ask(folder, ["cat-file", "--batch"], &input)?;
    let mut rest = &answer[..];
    let mut files = Vec::with_capacity(wanted.len());
    for (name, _) in wanted {
        let broken = || Failure::generic(format!("git: no content for {}", name.display()));
        let end = memchr::memchr(b'\n', rest).ok_or_else(broken)?;
        let head = String::from_utf8_lossy(&rest[..end]);
        let length: usize = head.rsplit(' ').next().and_then(|n| n.parse().ok()).ok_or_else(broken)?;
        let content = rest.get(end + 1..end + 1 + length).ok_or_else(broken)?.to_vec();
        rest = rest.get(end + 2 + length..).unwrap_or_default();
        files.push(Staged { name, content });
    }
    Ok(files)
}

/// Stages a file as it is on disk.
///
/// # Errors
///
/// As [`ask`].
pub(crate) fn stage(folder: &Path, name: &OsStr) -> Result<(), Failure> {
    ask(folder, [OsStr::new("add"), OsStr::new("--"), name], b"").map(drop)
}
