//! Encrypting a plaintext file: leaves are chosen, encrypted and spliced back, and the data
//! key is wrapped for everyone who may read them.

use std::sync::Arc;

use super::beside::Beside;
use super::seal::{EncryptError, Encrypted, Job, seal};
use super::{Context, read};
use crate::crypto::{Cipher, DataKey, MacScope};
use crate::document::{Document, EmitStyle, Format, Item, layout::Encoding};
use crate::keys::{self, KeyGroup};
use crate::leaf::{PathId, Step};
use crate::metadata::{Metadata, SOPS_VERSION};
use crate::policy::Selection;

/// How a new file is to be encrypted.
pub struct Recipe {
    /// What the source is.
    pub input: Format,
    /// What is written; another format than the input's is a conversion.
    pub output: Format,
    /// Who gets the data key.
    pub groups: Vec<KeyGroup>,
    /// How many groups must answer; 0 for all.
    pub shamir_threshold: i64,
    /// Which leaves are encrypted.
    pub selection: Selection,
    /// What the MAC covers.
    pub mac_scope: MacScope,
    /// Whether the whole file gets a seal.
    pub seal: bool,
    /// Indentation of what finds no example in the source.
    pub style: EmitStyle,
}

/// Encrypts `source`.
///
/// Every byte outside of the chosen leaves stays as it is; the metadata block comes last. The
/// result was decrypted again in memory and came back equal to `source`, to the byte.
///
/// # Errors
///
/// [`EncryptError`]; its kinds are the exit codes of sops, checked in sops' order (command
/// line §7.1): the source, then the keys, then the leaves.
pub fn encrypt(
    source: Vec<u8>,
    recipe: &Recipe,
    context: &mut Context<'_>,
) -> Result<Encrypted, EncryptError> {
    encrypt_and_keep(source, recipe, context).map(|(encrypted, _)| encrypted)
}

/// [`encrypt`] for someone who may have to keep more texts under the same data key.
///
/// # Errors
///
/// As [`encrypt`].
pub fn encrypt_and_keep(
    source: Vec<u8>,
    recipe: &Recipe,
    context: &mut Context<'_>,
) -> Result<(Encrypted, Beside), EncryptError> {
    let encoding = if recipe.input == Format::Yaml { Encoding::of(&source) } else { Encoding::Utf8 };
    let original = (encoding != Encoding::Utf8).then(|| source.clone());
    let document = Document::parse(source, recipe.input)?;
    if document.metadata().is_some() || is_reserved(&document, recipe.output) {
        return Err(EncryptError::AlreadyEncrypted);
    }

    let data_key = DataKey::generate(context.random);
    let mut groups = recipe.groups.clone();
    let mut shamir_threshold = recipe.shamir_threshold;
    if groups.len() > 1 && shamir_threshold == 0 {
        shamir_threshold = i64::try_from(groups.len()).unwrap_or(i64::MAX);
    }
    let threshold = read::threshold(shamir_threshold);
    keys::wrap_all(&mut groups, threshold, &data_key, context.services, context.random, context.now)?;

    let metadata = Metadata {
        groups,
        shamir_threshold,
        last_modified: context.now.to_owned(),
        selection: if recipe.input == Format::Binary {
            Selection::default()
        } else {
            recipe.selection.clone()
        },
        mac_only_encrypted: recipe.mac_scope == MacScope::EncryptedLeaves && recipe.input != Format::Binary,
        version: SOPS_VERSION.to_owned(),
        seal: recipe.seal.then(String::new),
        ..Metadata::default()
    };
    let job =
        Job { document, encoding, original, output: recipe.output, style: recipe.style, previous: None };
    let cipher = Arc::new(Cipher::new(&data_key));
    let beside = Beside::new(metadata.clone(), Arc::clone(&cipher));
    seal(job, metadata, &cipher, context).map(|encrypted| (encrypted, beside))
}

/// Whether a top-level key of the first part is where the output format has its metadata. (A
/// document of that format has such keys as its metadata.)
fn is_reserved(document: &Document, output: Format) -> bool {
    if document.format() == output || document.format() == Format::Binary {
        return false;
    }
    let top = document.outline().iter().filter_map(|item| match *item {
        Item::OpenMap(path) | Item::OpenList(path) => Some(path),
        Item::Leaf(leaf) if document.leaves()[leaf].part == 0 => Some(document.leaves()[leaf].path),
        Item::Leaf(_) | Item::Close => None,
    });
    let paths = document.paths();
    let mut keys = top.filter(|path| paths.parent(*path) == PathId::ROOT).map(|path| paths.last(path));
    keys.any(|key| match key {
        Some(Step::Key(key)) if output == Format::Dotenv => key.starts_with(b"sops_"),
        Some(Step::Key(key)) => key == b"sops",
        _ => false,
    })
}
