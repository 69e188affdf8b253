//! Encrypting what stands in clear text in an encrypted file: somebody typed a value right into it.
//!
//! Such a file opens nowhere, in sops neither. Its MAC is that of the values that were there before, so it is
//! checked without those in clear text. If it holds, the file is as it was but for them, and they are encrypted
//! where they stand; all other ciphertext stays. If not, something else was changed too, or an encrypted value
//! was typed over, and nothing is done: nobody could tell what the file should say.
//!
//! The MAC knows values in their order, and ciphertext the keys above it. Both hold if a value moves to a place
//! with the same keys: into the next item of a list, another YAML document, from `a.b` to `"a:b"`. Then another one
//! could stand in clear text where it was, so a value in clear text must not have the keys of an encrypted one,
//! unless it is one more item of the same list. What no MAC covers is not vouched for here either: with
//! `mac_only_encrypted`, that is what is meant to be in clear text.

use std::collections::HashMap;

use super::open::{self, MacError, OpenFile, OpenFileError};
use super::read::ClearValues;
use super::{Context, EncryptError, Encrypted, reseal};
use crate::document::{EmitError, EmitStyle, Format, Leaf};
use crate::leaf::Step;

/// A file under its data key, of which some values stand in clear text.
pub struct Unfinished(OpenFile);

/// Why values in clear text are not encrypted where they stand. Nothing is written then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestError {
    /// The MAC of the other values does not hold, or there is none.
    #[error(
        "the MAC does not hold without the values in clear text: something else was changed, or one of them \
             was typed over an encrypted one"
    )]
    Mac,
    /// There is a seal, or there should be one, and it covers more than values.
    #[error("the file has a seal, or should have one: nobody can tell that the rest of it was not changed")]
    Sealed,
    /// A reader would take one of the values for one that is there already.
    #[error("the key {0} stands twice")]
    Twice(String),
    /// It may stand where that was before.
    #[error(
        "{clear} has the keys of what is encrypted in line {line}, which may have been moved there from its place"
    )]
    Moved {
        /// The path of the value in clear text.
        clear: String,
        /// The line of the encrypted one, counted from 1.
        line: usize,
    },
    /// The layout of the other values would be lost.
    #[error("the layout of the other values could not be kept")]
    Layout,
    /// It does not encrypt.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// It has no plaintext.
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// Opens a file of which values may stand in clear text that its selectors want encrypted.
///
/// # Errors
///
/// As [`open`](super::open).
pub fn open_unfinished(
    source: Vec<u8>,
    format: Format,
    context: &Context<'_>,
) -> Result<Unfinished, OpenFileError> {
    open::open_where(source, format, ClearValues::LeftOut, context).map(Unfinished)
}

impl Unfinished {
    /// Encrypts what stands in clear text.
    ///
    /// # Errors
    ///
    /// [`RestError`] if the rest of the file cannot be vouched for.
    pub fn finish(&self, style: EmitStyle, context: &mut Context<'_>) -> Result<Encrypted, RestError> {
        let file = &self.0;
        let proof = match file.verify() {
            // A seal does not hold in any case, and a missing one is asked for by who is strict.
            _ if file.metadata.seal.is_some() => return Err(RestError::Sealed),
            Err(MacError::Seal(_)) => return Err(RestError::Sealed),
            Err(_) => return Err(RestError::Mac),
            Ok(proof) => proof,
        };
        if let Some(key) = file.document.duplicate_keys().first() {
            return Err(RestError::Twice(file.document.paths().display(key.path)));
        }
        if let Some((clear, encrypted)) = contested(file) {
            let leaves = file.document.leaves();
            return Err(RestError::Moved {
                clear: file.document.paths().display(leaves[clear].path),
                line: file.document.position(leaves[encrypted].span.start).0,
            });
        }
        if file.metadata.layout.is_some() && file.layout.is_none() {
            return Err(RestError::Layout);
        }
        let plaintext = file.editable(&proof)?.into_owned();
        Ok(reseal(file, plaintext, file.format, style, context)?)
    }
}

/// A value in clear text that may stand where an encrypted one was, and that one.
fn contested(file: &OpenFile) -> Option<(usize, usize)> {
    let (leaves, paths) = (file.document.leaves(), file.document.paths());
    let list = |leaf: usize| {
        let Leaf { path, part, .. } = leaves[leaf];
        matches!(paths.last(path), Some(Step::Index(_))).then(|| (part, paths.parent(path)))
    };
    // By the keys above them: the first one, and one that is not in the same list.
    let mut clear: HashMap<Vec<u8>, (usize, Option<usize>)> = HashMap::new();
    for &leaf in &file.reading.left_out {
        let (first, other) = clear.entry(paths.aad(leaves[leaf].path)).or_insert((leaf, None));
        if list(*first) != list(leaf) {
            *other = Some(leaf);
        }
    }
    let is_encrypted = |leaf: &usize| !leaves[*leaf].is_comment() && file.reading.opened[*leaf].is_some();
    let encrypted = (0..leaves.len()).filter(|leaf| !clear.is_empty() && is_encrypted(leaf));
    encrypted.into_iter().find_map(|leaf| {
        let (first, other) = *clear.get(&paths.aad(leaves[leaf].path))?;
        let is_item = list(leaf).is_some() && list(leaf) == list(first);
        let clear = if is_item { other } else { Some(first) };
        Some((clear?, leaf))
    })
}
