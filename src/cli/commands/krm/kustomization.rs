//! The encrypted files of a kustomization, to find the one that a resource was loaded from.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use resops::document::{self, Document, Format, Pair, Tree};
use resops::leaf::Value;
use resops::ops::Originals;

use super::list::text;
use crate::cli::error::Failure;
use crate::cli::formats::Types;
use crate::cli::input;
use crate::cli::open::Session;

/// The names that kustomize looks for.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Where it lists files and other kustomizations.
const LISTS: [&str; 3] = ["resources", "bases", "components"];

/// Files with the same MAC: one, unless it was copied.
#[derive(Default)]
pub(super) struct SameMac {
    paths: Vec<PathBuf>,
    opened: OnceLock<Result<Vec<(PathBuf, Originals)>, Failure>>,
}

/// What kustomize changes in no resource, so that values of a Secret are not opened in something that more may read.
const FIXED: &[&str] = &["apiVersion", "kind"];

impl SameMac {
    /// The files, opened at the first call for all resources that they have.
    ///
    /// # Errors
    ///
    /// Those of opening them, [`Kind::Mac`](crate::cli::error::Kind::Mac) if one was changed: nobody can tell
    /// which of them a resource is a copy of.
    pub(super) fn open(&self, session: &Session) -> Result<&[(PathBuf, Originals)], Failure> {
        let open = |path: &PathBuf| {
            session.about(path);
            let source = input::read_regular(path)?;
            let types = Types::choose(None, None, path).for_content(&source, false);
            let file = session.open(source, types.input)?;
            let proof = file.verify()?;
            Ok((path.clone(), file.originals(FIXED, &proof)))
        };
        let opened = self.opened.get_or_init(|| {
            let one = |path: &PathBuf| {
                let opened: Result<_, Failure> = open(path);
                opened.map_err(|failure| self.explain(failure.after(&path.to_string_lossy())))
            };
            self.paths.iter().map(one).collect()
        });
        opened.as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    /// Says what copied ciphertext has to do with a failure.
    fn explain(&self, failure: Failure) -> Failure {
        if self.paths.len() == 1 || failure.advice().is_some() {
            return failure;
        }
        let mut paths: Vec<_> = self.paths.iter().map(|path| path.to_string_lossy()).collect();
        paths.sort();
        failure.hint(format!(
            "several files have this resource's MAC: {}; each must hold, so encrypt anew what was copied and changed",
            paths.join(", ")
        ))
    }
}

/// The encrypted files that the kustomization of `folder` lists, and those that it stands on, by their MACs.
/// What cannot be read is passed over: kustomize has read it, or says so.
pub(super) fn encrypted_files(folder: &Path) -> HashMap<String, SameMac> {
    let mut files = HashMap::<String, SameMac>::new();
    let mut waiting = vec![folder.to_path_buf()];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        let Ok(real) = path.canonicalize() else { continue };
        if !seen.insert(real) {
            continue;
        }
        if path.is_dir() {
            waiting.extend(listed(&path).into_iter().map(|name| path.join(name)));
        } else if path.is_file() {
            for mac in macs(&path) {
                files.entry(mac).or_default().paths.push(path.clone());
            }
        }
    }
    files
}

/// The MACs that stand in a file: its own, and those of all that it holds, for kustomize makes a resource of each
/// document and of each item of a list.
fn macs(path: &Path) -> BTreeSet<String> {
    let source = std::fs::read(path).unwrap_or_default();
    // Other spellings of the word need one of these.
    let may_be =
        memchr::memmem::find(&source, b"sops").is_some() || memchr::memchr2(b'\\', 0, &source).is_some();
    if !may_be {
        return BTreeSet::new();
    }
    let mac = |block: &Tree| text(block, "mac").map(str::to_owned);
    let mut macs = BTreeSet::new();
    for part in documents(&source) {
        // To kustomize all files are YAML, JSON too.
        let Ok(document) = Document::parse(part.to_vec(), Format::Yaml) else { continue };
        macs.extend(document.metadata().and_then(Result::ok).and_then(mac));
        let mut trees = document.trees(&mut |leaf| document.value(leaf).to_owned());
        trees.iter_mut().for_each(document::merge);
        let mut waiting: Vec<&Tree> = trees.iter().collect();
        while let Some(tree) = waiting.pop() {
            macs.extend(tree.get("sops").and_then(mac));
            match tree {
                Tree::Map(pairs) => waiting.extend(pairs.iter().filter_map(|pair| match pair {
                    Pair::Entry(_, value) => Some(value),
                    Pair::Comment { .. } => None,
                })),
                Tree::List(items) => waiting.extend(items),
                Tree::Leaf(_) => {}
            }
        }
    }
    macs
}

/// The YAML documents of a file, each for itself: read together they have the block of the first one alone.
fn documents(source: &[u8]) -> Vec<&[u8]> {
    const BREAKS: [&[u8]; 5] = [b"\n", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9"];
    let begins = |at: &usize| BREAKS.iter().any(|ends| source[..*at].ends_with(ends));
    let mut marks: Vec<usize> = [&b"---"[..], b"..."]
        .iter()
        .flat_map(|mark| memchr::memmem::find_iter(source, mark))
        .filter(begins)
        .collect();
    marks.sort_unstable();
    let ends = marks.iter().copied().chain([source.len()]);
    let starts = std::iter::once(0).chain(marks.iter().copied());
    let documents = starts.zip(ends).map(|(start, end)| &source[start..end]);
    documents.map(|document| document.strip_prefix(b"...").unwrap_or(document)).collect()
}

fn listed(folder: &Path) -> Vec<String> {
    let source = NAMES.iter().find_map(|name| std::fs::read(folder.join(name)).ok());
    let document = source.and_then(|source| Document::parse(source, Format::Yaml).ok());
    let Some(document) = document else { return Vec::new() };
    let trees = document.trees(&mut |leaf| document.value(leaf).to_owned());
    let Some(tree) = trees.first() else { return Vec::new() };
    let mut names = Vec::new();
    for list in LISTS {
        let Some(Tree::List(items)) = tree.get(list) else { continue };
        names.extend(items.iter().filter_map(|item| match item {
            Tree::Leaf(Value::Str(name)) => String::from_utf8(name.clone()).ok(),
            _ => None,
        }));
    }
    names
}
