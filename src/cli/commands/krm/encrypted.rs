//! An encrypted resource among the items: kustomize loaded it as it loads any, and hands it over.
//!
//! kustomize sorts its keys and annotates it, and the MAC covers order and annotations. So the file that it
//! comes from is looked for; its MAC is checked, and the values of the resource are those that it has. Without
//! the file the resource itself must hold, as it does where keys are sorted and only they are covered.
//!
//! Its name, its namespace and all else that is plain are what the kustomization made of them: patches and
//! prefixes leave no trace that could not be forged. So a resource of the same kind, made by a patch or in the
//! base of others, may have the file's values; one that a file of the kustomization holds may not, for each file
//! with that MAC must verify.

use std::collections::HashMap;
use std::path::Path;

use resops::document::{self, EmitStyle, Format, Pair, Tree};

use super::kustomization::SameMac;
use super::list::{entry, take, text};
use super::sources::{Opener, check_printable};
use crate::cli::commands::decrypt::Plain;
use crate::cli::error::{Failure, Kind};

/// Annotations that others put on a resource while it is handed on; those of the prefix too.
const PASSING: &[&str] = &[
    "config.k8s.io/id",
    "config.kubernetes.io/index",
    "config.kubernetes.io/local-config",
    "config.kubernetes.io/origin",
    "config.kubernetes.io/path",
    "kustomize.config.k8s.io/id",
];
const PASSING_PREFIX: &str = "internal.config.kubernetes.io/";

/// Whether a resource is encrypted.
pub(super) fn is(item: &Tree) -> bool {
    matches!(item.get("sops"), Some(Tree::Map(_)))
}

/// The resource, decrypted and without its metadata block. `files` are those that it may come from.
///
/// # Errors
///
/// Those of opening it, [`Kind::Mac`] if neither it nor its file can be verified.
pub(super) fn open(
    item: &Tree,
    name: &str,
    files: &HashMap<String, SameMac>,
    opener: &Opener<'_>,
) -> Result<Tree, Failure> {
    let mac = item.get("sops").and_then(|sops| text(sops, "mac"));
    let opened = match mac.and_then(|mac| files.get(mac)) {
        Some(same) => by_file(item, same, opener),
        None => alone(item, name, opener),
    }?;
    check_printable(&opened)?;
    Ok(opened)
}

/// The values of the file that the resource was loaded from.
fn by_file(item: &Tree, files: &SameMac, opener: &Opener<'_>) -> Result<Tree, Failure> {
    let mut copy = item.values_only();
    take(&mut copy, "sops");
    let mut why = None;
    for (path, originals) in files.open(opener.session)? {
        match originals.open(&copy) {
            Ok(tree) => return Ok(tree),
            Err(error) => why = Some(format!("{}: {error}", path.display())),
        }
    }
    Err(Failure::new(Kind::DecryptTree, why.unwrap_or_default()).hint(
        "patches cannot add encrypted values to an encrypted resource, and no other resource has its values; encrypt each in a file of its own",
    ))
}

/// The resource by itself.
fn alone(item: &Tree, name: &str, opener: &Opener<'_>) -> Result<Tree, Failure> {
    let mut copy = item.values_only();
    let passing = take_passing(&mut copy);
    let style = EmitStyle { yaml_indent: 2, ..EmitStyle::default() };
    let source = document::emit(&[copy], Format::Yaml, &style)
        .map_err(|error| Failure::new(Kind::DumpTree, format!("Error dumping tree: {error}")))?;
    opener.session.about(Path::new(name));
    let file = opener.session.open(source, Format::Yaml)?;
    let plain = Plain::of(&file, opener.ignore_mac).map_err(|failure| {
        failure.hint(
            "kustomize hands resources over sorted and annotated, so the MAC is checked on the file that they come from, and that was not found among resources: of the kustomization; list it in a generator (files: of kind ksops), or give --ignore-mac: each value is authenticated by itself then",
        )
    })?;
    let mut tree = plain.trees().into_iter().next().unwrap_or(Tree::Map(Vec::new()));
    put_back(&mut tree, passing);
    Ok(tree)
}

fn is_passing(key: &[u8]) -> bool {
    let key = String::from_utf8_lossy(key);
    PASSING.contains(&&*key) || key.starts_with(PASSING_PREFIX)
}

/// Takes off what the author did not write.
fn take_passing(item: &mut Tree) -> Vec<Pair> {
    let Some(Tree::Map(annotations)) = inside(item, "metadata").and_then(|tree| inside(tree, "annotations"))
    else {
        return Vec::new();
    };
    let is = |pair: &Pair| matches!(pair, Pair::Entry(key, _) if is_passing(key));
    let (passing, own) = std::mem::take(annotations).into_iter().partition(is);
    *annotations = own;
    if annotations.is_empty()
        && let Some(metadata) = inside(item, "metadata")
    {
        take(metadata, "annotations");
    }
    passing
}

fn put_back(item: &mut Tree, passing: Vec<Pair>) {
    if passing.is_empty() {
        return;
    }
    let Some(Tree::Map(metadata)) = inside(item, "metadata") else { return };
    let there = metadata.iter().position(|pair| matches!(pair, Pair::Entry(key, _) if key == b"annotations"));
    let at = there.unwrap_or_else(|| {
        metadata.push(entry("annotations", Tree::Map(Vec::new())));
        metadata.len() - 1
    });
    if let Pair::Entry(_, Tree::Map(annotations)) = &mut metadata[at] {
        annotations.extend(passing);
    }
}

/// The value at a key, to be changed.
fn inside<'t>(tree: &'t mut Tree, key: &str) -> Option<&'t mut Tree> {
    let Tree::Map(pairs) = tree else { return None };
    pairs.iter_mut().find_map(|pair| match pair {
        Pair::Entry(name, value) if name == key.as_bytes() => Some(value),
        _ => None,
    })
}
