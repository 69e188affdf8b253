//! The files that a generator lists, opened.

use std::path::Path;

use resops::document::{Document, Format, Tree};
use resops::ops::kubernetes;
use zeroize::Zeroizing;

use super::list::text;
use crate::cli::commands::decrypt::Plain;
use crate::cli::error::{Failure, Kind};
use crate::cli::formats::Types;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::Session;

/// What a file's plaintext is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// Resources, one in each YAML document.
    Resources,
    /// The text of one key.
    Text,
    /// The bytes of one key.
    Bytes,
    /// Variables, each a key.
    Variables,
}

/// An encrypted file to be opened.
pub(super) struct Source {
    /// The key that it is to be.
    pub(super) key: String,
    /// As it is listed: relative to the working directory, which kustomize makes its own folder.
    pub(super) path: String,
    pub(super) what: As,
}

/// What came of it.
pub(super) struct Opened {
    resources: Vec<Tree>,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

impl Opened {
    /// One resource.
    pub(super) fn resource(tree: Tree) -> Self {
        Self { resources: vec![tree], bytes: Zeroizing::default() }
    }

    pub(super) fn into_resources(self) -> Vec<Tree> {
        self.resources
    }
}

/// Opens files.
pub(super) struct Opener<'a> {
    pub(super) session: &'a Session,
    pub(super) ignore_mac: bool,
}

impl Opener<'_> {
    /// The plaintext of a file, as what it is listed for.
    ///
    /// # Errors
    ///
    /// Those of reading and opening it, and exit 1 for what should be resources and are none.
    pub(super) fn open(&self, source: &Source) -> Result<Opened, Failure> {
        let path = Path::new(&source.path);
        if input::is_missing(path) {
            return Err(Failure::new(Kind::NoFile, "there is no such file")
                .hint("paths are relative to the folder of the kustomization"));
        }
        let bytes = input::read_regular(path)?;
        self.session.about(path);
        let types = Types::choose(None, None, path).for_content(&bytes, false);
        let file = self.session.open(bytes, types.input)?;
        let plain = Plain::of(&file, self.ignore_mac)?;
        if source.what == As::Resources && matches!(file.format(), Format::Yaml | Format::Json) {
            return Ok(Opened { resources: resources(plain.trees())?, bytes: Zeroizing::default() });
        }
        let bytes = match plain {
            Plain::Verified(_, proof) => file.into_plaintext(&proof),
            Plain::Unverified(_) => file.dangerously_into_unverified(),
        };
        let bytes = bytes.map_err(|error| library_errors::dump_failure(&error, types.output))?;
        let bytes = Zeroizing::new(bytes);
        if source.what != As::Resources {
            return Ok(Opened { resources: Vec::new(), bytes });
        }
        // A manifest under a name that says nothing, encrypted as binary.
        let document = Document::parse(bytes.to_vec(), Format::Yaml).map_err(|_| not_resources())?;
        if document.metadata().is_some() {
            return Err(not_resources());
        }
        let trees = document.trees(&mut |leaf| document.value(leaf).to_owned());
        Ok(Opened { resources: resources(trees)?, bytes })
    }
}

fn not_resources() -> Failure {
    Failure::generic("the plaintext is no resource of Kubernetes, which has apiVersion and kind")
        .hint("a file of values goes below secretFrom:; see sops help krm")
}

/// kustomize ends with an error that shows all values of a resource that it cannot print.
pub(super) fn check_printable(tree: &Tree) -> Result<(), Failure> {
    if kubernetes::is_tree_printable(tree) {
        return Ok(());
    }
    Err(Failure::new(Kind::DumpTree, "a value holds a control character that kustomize cannot print")
        .hint("a Secret holds any bytes below data:, as base64, or by secretFrom: of a generator"))
}

/// Resources as they are handed on. Comments are not: they may be secret, and kustomize drops them.
fn resources(trees: Vec<Tree>) -> Result<Vec<Tree>, Failure> {
    let mut resources = Vec::with_capacity(trees.len());
    for mut tree in trees {
        resops::document::merge(&mut tree);
        let tree = tree.values_only();
        if matches!(&tree, Tree::Map(pairs) if pairs.is_empty()) {
            continue;
        }
        // kustomize would say so too, and print the whole resource with it.
        let is_named = |key| text(&tree, key).is_some_and(|text| !text.is_empty());
        if !is_named("apiVersion") || !is_named("kind") {
            return Err(not_resources());
        }
        check_printable(&tree)?;
        resources.push(tree);
    }
    Ok(resources)
}
