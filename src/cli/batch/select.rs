//! Which files a run over many works on: words, folders, lists, what git tracks.
//!
//! Only names are looked at here; whether a file counts for a command is the command's affair. A file
//! that is named twice, or by two links, is taken once.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::git;
use crate::cli::args::ManyArgs;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files;
use crate::cli::os::files::Identity;
use crate::cli::paths;

/// Never part of a folder: git's own files, and the rules.
const LEFT_OUT: &[&str] = &[".git", ".sops.yaml"];

/// How a file came to be on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody named it.
    Named,
    /// It was found in a folder or in git's index.
    Found,
}

/// A file to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Absolute.
    pub(crate) path: PathBuf,
    /// As people read it: as typed, or below the folder that was.
    pub(crate) name: String,
    pub(crate) origin: Origin,
    /// Whether it was found and is what a killed sops left, or what another one is about to put in place.
    pub(crate) draft: bool,
}

/// A name that stands for no file to work on, and why.
pub(crate) type Refused = Box<(String, Failure)>;

/// A file to work on, or a name that stands for none.
pub(crate) type Entry = Result<Target, Refused>;

/// The files, in the order of the words, those of a folder by name.
///
/// # Errors
///
/// If no file is named in any way, a list cannot be read, or git does not answer.
pub(crate) fn select(
    words: &[OsString],
    many: &ManyArgs,
    environment: &Environment,
) -> Result<Vec<Entry>, Failure> {
    if words.is_empty() && !many.any() {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified")
            .hint("name files, or folders with --recursive; --git-tracked takes what git tracks"));
    }
    let base = environment
        .working_directory()
        .map_err(|error| Failure::generic(format!("getwd: {}", reason(&error))))?;
    let mut names = words.to_vec();
    if let Some(list) = &many.files_from {
        names.extend(listed(list, many.null)?);
    } else if many.null {
        return Err(Failure::new(
            Kind::Conflict,
            "Error: --null says how --files-from is read, and needs it",
        ));
    }
    let mut selection =
        Selection { base, recursive: many.recursive, entries: Vec::new(), seen: HashSet::new() };
    if many.git_tracked {
        selection.add_tracked(&names, many.files_from.is_some())?;
    } else if names.is_empty() && many.files_from.is_none() {
        selection.add_folder(Path::new(""));
    } else {
        names.iter().for_each(|name| selection.add_named(name));
    }
    Ok(selection.entries)
}

/// The names in a list.
fn listed(list: &OsStr, null: bool) -> Result<Vec<OsString>, Failure> {
    let text = if list == "-" {
        files::read_stdin()?
    } else {
        files::read(Path::new(list))
            .map_err(|why| Failure::new(Kind::ReadInput, format!("Error reading file: {why}")))?
    };
    let end = if null { 0 } else { b'\n' };
    let names = text.split(|byte| *byte == end).map(|name| match name {
        [name @ .., b'\r'] if !null => name,
        name => name,
    });
    Ok(names.filter(|name| !name.is_empty()).map(|name| resops::os::owned(name.to_vec())).collect())
}

struct Selection {
    base: PathBuf,
    recursive: bool,
    entries: Vec<Entry>,
    /// What is on the list, by whatever name.
    seen: HashSet<Identity>,
}

impl Selection {
    fn add_named(&mut self, name: &OsStr) {
        let path = paths::absolute(name, &self.base);
        match std::fs::metadata(&path) {
            Ok(there) if there.is_dir() && self.recursive => self.add_folder(Path::new(name)),
            Ok(there) if there.is_dir() => {
                self.refuse(name, Failure::new(Kind::ReadInput, "is a folder; --recursive goes into it"))
            }
            // A pipe would be waited for, a device may have no end, and neither can be put in place.
            Ok(there) if !there.is_file() => {
                self.refuse(name, Failure::new(Kind::ReadInput, "is no regular file"));
            }
            Ok(there) => self.add(path, name, Origin::Named, &there),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.refuse(name, Failure::new(Kind::NoFile, "no such file"));
            }
            Err(error) => self.refuse(name, Failure::new(Kind::ReadInput, reason(&error))),
        }
    }

    fn add(&mut self, path: PathBuf, name: &OsStr, origin: Origin, there: &Metadata) {
        if self.is_new(&path, there) {
            let draft = origin == Origin::Found && path.file_name().and_then(files::of_draft).is_some();
            let name = name.to_string_lossy().into_owned();
            self.entries.push(Ok(Target { path, name, origin, draft }));
        }
    }

    /// Whether it was not on the list by any name, and is now.
    fn is_new(&mut self, path: &Path, there: &Metadata) -> bool {
        Identity::at(path, there).is_none_or(|identity| self.seen.insert(identity))
    }

    fn refuse(&mut self, name: &OsStr, why: Failure) {
        self.entries.push(Err(Box::new((name.to_string_lossy().into_owned(), why))));
    }

    /// What is in a folder, at any depth. Links in it are not followed: what they lead to is found under
    /// its own name, or is no part of the folder.
    fn add_folder(&mut self, folder: &Path) {
        // What is to be visited, the next one last.
        let mut open = vec![folder.to_path_buf()];
        while let Some(name) = open.pop() {
            let path = paths::absolute(name.as_os_str(), &self.base);
            let there = match std::fs::symlink_metadata(&path) {
                // The folder that was named may be a link itself.
                Ok(there) if there.is_symlink() && name == folder => std::fs::metadata(&path),
                there => there,
            };
            match there {
                Ok(there) if there.is_dir() => {
                    if !self.is_new(&path, &there) {
                        continue;
                    }
                    match entries(&path) {
                        Ok(entries) => open.extend(entries.into_iter().rev().map(|entry| name.join(entry))),
                        Err(error) => self.refuse(
                            name.as_os_str(),
                            Failure::new(Kind::ReadInput, format!("cannot be listed: {}", reason(&error))),
                        ),
                    }
                }
                Ok(there) if there.is_file() => self.add(path, name.as_os_str(), Origin::Found, &there),
                Ok(_) => {}
                // Gone since the folder was listed.
                Err(_) => {}
            }
        }
    }

    /// What git tracks, below these names or the working directory.
    fn add_tracked(&mut self, names: &[OsString], listed: bool) -> Result<(), Failure> {
        let mut there = Vec::new();
        for name in names {
            match std::fs::symlink_metadata(paths::absolute(name, &self.base)) {
                Ok(_) => there.push(name.clone()),
                Err(_) => self.refuse(name, Failure::new(Kind::NoFile, "no such file")),
            }
        }
        if there.is_empty() && (listed || !names.is_empty()) {
            return Ok(());
        }
        for name in git::tracked(&self.base, &there)? {
            let path = paths::absolute(&name, &self.base);
            let left_out = LEFT_OUT.iter().any(|out| path.file_name() == Some(OsStr::new(out)));
            // Links, submodules, and files that are deleted but still tracked.
            if let Ok(there) = std::fs::symlink_metadata(&path)
                && there.is_file()
                && !left_out
            {
                self.add(path, &name, Origin::Found, &there);
            }
        }
        Ok(())
    }
}

/// The names in a folder, sorted, without those that are never meant.
fn entries(folder: &Path) -> std::io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !LEFT_OUT.iter().any(|out| name == *out) {
            names.push(name);
        }
    }
    names.sort_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
    Ok(names)
}
