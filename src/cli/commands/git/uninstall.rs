//! `git uninstall`: what `git install` told git is taken back, and nothing else.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use resops::os::borrowed;

use super::attributes;
use super::filter::Filter;
use super::settings::{Owner, SECTIONS, Setup, no_words};
use crate::cli::args::{GitToolArgs, GitUninstallArgs, KeyArgs, SelectorArgs};
use crate::cli::environment::Environment;
use crate::cli::error::Failure;
use crate::cli::files::{self, NewFile};

pub(crate) fn uninstall(args: &GitUninstallArgs, environment: &Environment) -> Result<(), Failure> {
    no_words(&args.words)?;
    let mut setup = Setup::new(&args.place, environment)?;
    let old = setup.attributes()?;
    let mut refresh = Vec::new();
    if setup.owner(&SECTIONS[3])? == Owner::We {
        let tools = GitToolArgs { input_type: None, opening: args.opening.clone() };
        // They have their settings in common.
        for top in work_trees(&setup)? {
            let unchanged = encrypt_work_tree(&mut setup, &top, &tools, environment)?;
            refresh.push((top, unchanged));
        }
        if setup.top.is_none() {
            setup.report.push_str(
                "note: repositories are not looked for: where the filter decrypted files, git add takes the plaintext from now on; in such a repository, first: sops git install --filter; sops git uninstall\n",
            );
        }
    }
    for section in &SECTIONS {
        if setup.owner(section)? == Owner::We {
            for key in section.keys {
                setup.unset(section, key)?;
            }
        }
    }
    if let Some(old) = old.filter(|old| attributes::ours(old).is_some()) {
        let place = setup.attributes.display().to_string();
        setup.say(&format!("remove our lines from {place}"));
        let new = attributes::without(&old);
        setup.write_attributes(new.as_deref())?;
    }
    for (top, unchanged) in refresh.iter().filter(|(_, unchanged)| !unchanged.is_empty() && !setup.dry_run) {
        // git goes by the length that it has seen, and that was the plaintext's.
        let words = git_at(top, &["update-index", "--"]);
        setup.git.must(&[&words[..], unchanged].concat())?;
    }
    setup.finish("nothing of ours is there")
}

/// The words for git in a work tree.
fn git_at(top: &Path, words: &[&str]) -> Vec<OsString> {
    let place = [OsStr::new("-C"), top.as_os_str()].into_iter();
    place.chain(words.iter().map(OsStr::new)).map(OsStr::to_owned).collect()
}

/// All work trees of the repository that are there.
fn work_trees(setup: &Setup) -> Result<Vec<PathBuf>, Failure> {
    let Some(own) = &setup.top else { return Ok(Vec::new()) };
    let list = setup.git.must(&["worktree", "list", "--porcelain"])?;
    let all = list.split(|&byte| byte == b'\n').filter_map(|line| line.strip_prefix(b"worktree "));
    let others = all.map(|path| PathBuf::from(&*borrowed(path)));
    // One without files has a `.git` of its own name.
    let others = others.filter(|path| path != own && path.join(".git").exists());
    Ok(std::iter::once(own.clone()).chain(others).collect())
}

/// Puts ciphertext in place of what the filter decrypted: without it, git would take the plaintext. Gives the
/// files that are now as git has them.
fn encrypt_work_tree(
    setup: &mut Setup,
    top: &Path,
    tools: &GitToolArgs,
    environment: &Environment,
) -> Result<Vec<OsString>, Failure> {
    let tracked = setup.git.must(&git_at(top, &["ls-files", "-z"]))?;
    let attributes =
        setup.git.answer_to(&git_at(top, &["check-attr", "-z", "--stdin", "filter"]), &tracked)?;
    let attributes = attributes.ok_or_else(|| Failure::generic("git check-attr failed"))?;
    let fields: Vec<&[u8]> = attributes.split(|&byte| byte == 0).collect();
    let (keys, selectors) = (KeyArgs::default(), SelectorArgs::default());
    let filter = Filter::new(tools, &keys, &selectors, environment)?.below(top);
    let (mut ready, mut unchanged) = (Vec::new(), Vec::new());
    for entry in fields.chunks_exact(3).filter(|entry| entry[2] == b"sops") {
        let path = top.join(borrowed(entry[0]));
        let Ok(content) = files::read(&path) else { continue };
        let name = &*borrowed(entry[0]);
        let encrypted = filter.clean(name, content.clone())?;
        if filter.blob(":./", name)?.as_ref() == Some(&encrypted) {
            unchanged.push(path.clone().into_os_string());
        }
        if encrypted != content {
            ready.push((path, encrypted));
        }
    }
    for (path, encrypted) in ready {
        setup.say(&format!("encrypt {}", path.display()));
        if !setup.dry_run {
            files::write(&path, &encrypted, NewFile::Shared)
                .map_err(|error| error.into_failure("in-place"))?;
        }
    }
    Ok(unchanged)
}
