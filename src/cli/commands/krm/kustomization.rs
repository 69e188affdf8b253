//! The encrypted files of a kustomization, to find the one that a resource was loaded from.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use resops::document::{Document, Format, Tree};
use resops::leaf::Value;

use super::list::text;
use crate::cli::formats;

/// The names that kustomize looks for.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Where it lists files and other kustomizations.
const LISTS: [&str; 3] = ["resources", "bases", "components"];

/// The encrypted files that the kustomization of `folder` lists, and those that it stands on, by their MACs: no
/// two files have the same. What cannot be read is passed over: kustomize has read it, or says so.
pub(super) fn encrypted_files(folder: &Path) -> HashMap<String, PathBuf> {
    let mut files = HashMap::new();
    let mut waiting = vec![folder.to_path_buf()];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        let Ok(real) = path.canonicalize() else { continue };
        if !seen.insert(real) {
            continue;
        }
        if path.is_dir() {
            waiting.extend(listed(&path).into_iter().map(|name| path.join(name)));
        } else if path.is_file()
            && let Some(mac) = mac(&path)
        {
            files.insert(mac, path);
        }
    }
    files
}

/// What an encrypted file has for a MAC.
fn mac(path: &Path) -> Option<String> {
    let source = std::fs::read(path).ok()?;
    memchr::memmem::find(&source, b"sops")?;
    let document = Document::parse(source, formats::choose(None, path)).ok()?;
    let block = document.metadata()?.ok()?;
    text(block, "mac").map(str::to_owned)
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
