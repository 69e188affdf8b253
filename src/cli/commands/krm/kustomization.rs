//! The files of a kustomization, to find the one that a resource was loaded from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use resops::document::{Document, Format, Tree};
use resops::leaf::Value;

/// The names that kustomize looks for.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Where it lists files and other kustomizations.
const LISTS: [&str; 3] = ["resources", "bases", "components"];

/// The file that holds `token`, among those that the kustomization of `folder` lists, and the ones that it
/// stands on. What cannot be read is passed over: kustomize has read it, or says so.
pub(super) fn file_with(folder: &Path, token: &[u8]) -> Option<PathBuf> {
    let finder = memchr::memmem::Finder::new(token);
    let mut waiting = vec![folder.to_path_buf()];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        let Ok(real) = path.canonicalize() else { continue };
        if !seen.insert(real) {
            continue;
        }
        if path.is_dir() {
            // The first one listed is looked at first.
            waiting.extend(listed(&path).into_iter().rev().map(|name| path.join(name)));
        } else if path.is_file() && std::fs::read(&path).is_ok_and(|bytes| finder.find(&bytes).is_some()) {
            return Some(path);
        }
    }
    None
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
