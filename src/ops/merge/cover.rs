//! Nothing that was encrypted comes to stand in clear because two sides changed what is encrypted.

use std::collections::HashSet;

use super::super::seal::EncryptError;
use super::version::{MergeError, Version};
use crate::document::{self, Document, Format};
use crate::leaf::{PathId, Paths, ValueRef};
use crate::policy::{OnBadRegex, Selection, Selector};

/// The path of the first value that one of the versions encrypts and that would stand in clear under the
/// selection `wanted` in the result, or in what is shown of a conflict: the values of all sides are encrypted
/// by one selection there.
///
/// # Errors
///
/// [`MergeError`] if the selection or a text cannot be read.
pub(super) fn uncovered(
    versions: &[&Version],
    merged: &document::Merged,
    wanted: &Selection,
    format: Format,
) -> Result<Option<String>, MergeError> {
    let as_before = |version: &&Version| version.metadata().is_none_or(|it| it.selection == *wanted);
    if versions.iter().all(as_before) || format == Format::Binary {
        return Ok(None);
    }
    let selector = Selector::compile(wanted, OnBadRegex::Refuse).map_err(EncryptError::Selector)?;
    let (mut hidden, mut shown) = (HashSet::new(), HashSet::new());
    for version in versions.iter().copied() {
        let Some(file) = &version.file else {
            let document = Document::parse(version.text.clone(), format)?;
            let leaves = document.leaves().iter().enumerate();
            shown.extend(
                leaves.map(|(it, leaf)| fingerprint(document.paths(), leaf.path, document.value(it))),
            );
            continue;
        };
        for (number, leaf) in file.document.leaves().iter().enumerate() {
            let paths = file.document.paths();
            match &file.reading.opened[number] {
                Some(opened) => hidden.insert(fingerprint(paths, leaf.path, opened.value.as_ref())),
                None => shown.insert(fingerprint(paths, leaf.path, file.document.value(number))),
            };
        }
    }
    let otherwise = &merged.otherwise;
    for text in [Some(&merged.text), Some(&otherwise.theirs), otherwise.base.as_ref()] {
        let Some(text) = text else { continue };
        let document = Document::parse(text.clone(), format)?;
        let chosen = selector.choose(&document, &|_| false);
        let found = document.leaves().iter().enumerate().find(|&(number, leaf)| {
            let fingerprint = fingerprint(document.paths(), leaf.path, document.value(number));
            !chosen[number] && hidden.contains(&fingerprint) && !shown.contains(&fingerprint)
        });
        if let Some((_, leaf)) = found {
            return Ok(Some(document.paths().display(leaf.path)));
        }
    }
    Ok(None)
}

fn fingerprint(paths: &Paths, path: PathId, value: ValueRef<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    if !matches!(value, ValueRef::Comment(_)) {
        paths.write_aad(path, &mut out);
    }
    out.push(0);
    out.extend_from_slice(&value.to_text());
    out
}
