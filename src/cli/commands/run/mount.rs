//! Files for the command alone: templates with values in them, and encrypted files in clear text.
//! They are readable by their owner only, in memory where there is such a place, and gone with the command.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use resops::document::Tree;
use resops::ops;
use resops::ops::template::{self, Delimiters, Template};
use zeroize::Zeroizing;

use crate::cli::commands::render::template_failure;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::os::files::create_private_folder;
use crate::cli::temporary::PrivateFolder;
use crate::cli::values::{self, Reader};

/// A file that is wanted, read but not rendered.
pub(super) struct Source {
    name: String,
    path: PathBuf,
    bytes: Vec<u8>,
}

/// One that is ready to be written.
pub(super) struct Rendered {
    name: String,
    file_name: OsString,
    bytes: Zeroizing<Vec<u8>>,
    /// An encrypted file, so that all of it is secret.
    whole: bool,
}

impl Rendered {
    /// What of it is secret beside the values of the files.
    pub(super) fn secrets(&self) -> Option<&[u8]> {
        self.whole.then_some(&self.bytes[..])
    }
}

/// Reads what `--mount` names.
pub(super) fn sources(flags: &[OsString]) -> Result<Vec<Source>, Failure> {
    let mut names = HashSet::new();
    let sources = flags.iter().map(|text| {
        let (name, file) = values::name_and_file("--mount", text)?;
        if !names.insert(name.clone()) {
            return Err(Failure::generic(format!("Error: --mount names {name} twice")));
        }
        let path = PathBuf::from(file);
        let bytes = files::read(&path)
            .map_err(|why| Failure::new(Kind::ReadInput, format!("Error reading file: {why}")))?;
        Ok(Source { name, path, bytes })
    });
    sources.collect()
}

/// Puts the values in. An encrypted file is decrypted instead.
pub(super) fn rendered(
    sources: Vec<Source>,
    trees: &[Tree],
    reader: &Reader<'_>,
) -> Result<Vec<Rendered>, Failure> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let all = template::together(trees.iter().map(|tree| (None, tree.clone())).collect())
        .map_err(Failure::generic)?;
    let rendered = sources.into_iter().map(|Source { name, path, bytes }| {
        let format = formats::choose(None, &path);
        let whole = matches!(ops::is_encrypted(bytes.clone(), format), Ok(true));
        let bytes = if whole {
            Zeroizing::new(reader.plaintext(bytes, &path)?)
        } else {
            Template::parse(&bytes, &Delimiters::default())
                .and_then(|template| template.render(&all))
                .map_err(|error| template_failure(&path, &error))?
        };
        Ok(Rendered { name, file_name: file_name(&path), bytes, whole })
    });
    rendered.collect()
}

/// The name without the ending that tells a template.
fn file_name(path: &Path) -> OsString {
    let name = path.file_name().unwrap_or(OsStr::new("file"));
    let bytes = name.as_encoded_bytes();
    let bare = [&b".tmpl"[..], b".tpl", b".template"].iter().find_map(|end| bytes.strip_suffix(*end));
    resops::os::owned(bare.filter(|bare| !bare.is_empty()).unwrap_or(bytes).to_vec())
}

/// The files, while the command runs.
pub(super) struct Mounts {
    _folder: Option<PrivateFolder>,
    places: Vec<(String, PathBuf)>,
}

impl Mounts {
    /// Writes them, each into a folder of its own so that it can keep its name.
    pub(super) fn new(rendered: Vec<Rendered>, environment: &Environment) -> Result<Self, Failure> {
        if rendered.is_empty() {
            return Ok(Self { _folder: None, places: Vec::new() });
        }
        let room = rendered.iter().map(|file| file.bytes.len()).sum();
        let folder = PrivateFolder::new(environment, ".sops", room).map_err(Failure::generic)?;
        let mut places = Vec::with_capacity(rendered.len());
        for file in rendered {
            let own = folder.path().join(&file.name);
            let path = own.join(&file.file_name);
            create_private_folder(&own)
                .and_then(|()| files::write_private(&path, &file.bytes))
                .map_err(|error| Failure::generic(format!("{}: {}", path.display(), reason(&error))))?;
            places.push((file.name, path));
        }
        Ok(Self { _folder: Some(folder), places })
    }

    /// Their paths as variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = (OsString, OsString)> {
        self.places.iter().map(|(name, path)| (name.into(), path.clone().into_os_string()))
    }

    /// A word with the paths in place of `{NAME}`.
    pub(super) fn fill_in(&self, word: &OsStr) -> OsString {
        let mut bytes = word.as_encoded_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        while let Some(byte) = bytes.first() {
            let place = self.places.iter().find_map(|(name, path)| {
                let rest = bytes.strip_prefix(b"{")?.strip_prefix(name.as_bytes())?.strip_prefix(b"}")?;
                Some((path, rest))
            });
            if let Some((path, rest)) = place {
                out.extend_from_slice(path.as_os_str().as_encoded_bytes());
                bytes = rest;
            } else {
                out.push(*byte);
                bytes = &bytes[1..];
            }
        }
        resops::os::owned(out)
    }
}
