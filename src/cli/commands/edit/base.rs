//! What an edited text is put in place of: a file as it was opened, or nothing yet.

use std::sync::Arc;

use resops::crypto::MacScope;
use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format, ParseErrorKind, conflict};
use resops::keys::{KeyGroup, WrappedKey};
use resops::metadata::{Metadata, MetadataError};
use resops::ops::{self, AmendError, Beside, EncryptError, Merging, OpenFile, OpenFileError, Recipe};

use super::Editing;
use crate::cli::audit::Action;
use crate::cli::commands::decrypt::Plain;
use crate::cli::error::{Failure, Kind};
use crate::cli::example;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::encrypted_bytes;

/// Why a round of editing did not end in a written file.
pub(super) struct Trouble {
    /// What the log line says.
    pub(super) message: &'static str,
    pub(super) failure: Failure,
}

impl Trouble {
    pub(super) fn new(message: &'static str, failure: impl Into<Failure>) -> Self {
        Self { message, failure: failure.into() }
    }
}

/// What was typed: the plaintext, and the metadata if it was shown.
pub(super) struct Draft {
    pub(super) text: Vec<u8>,
    pub(super) metadata: Option<Metadata>,
}

/// A draft with someone else's changes, and what could not be brought together.
pub(super) struct Met {
    pub(super) draft: Draft,
    pub(super) conflicts: Vec<String>,
}

/// What the edited text is put in place of.
pub(super) struct Base {
    what: What,
    /// The bytes that the file must still have when it is replaced; nothing if it must not be there.
    on_disk: Option<Vec<u8>>,
    text: Vec<u8>,
    /// For a text that cannot be put in its place.
    beside: Arc<Beside>,
}

enum What {
    Old(Box<OpenFile>),
    /// Two versions on the way to be one.
    Merging(Box<Merging>),
    /// How the file will be encrypted, and the metadata that was made of that in a rehearsal.
    New(Box<Recipe>, Box<Metadata>),
}

impl Base {
    /// The result of a merge, in place of a file that holds `on_disk`.
    pub(super) fn of_merge(merging: Merging, on_disk: Option<Vec<u8>>) -> Self {
        let (text, beside) = (merging.text(), Arc::new(merging.beside()));
        Self { what: What::Merging(Box::new(merging)), on_disk, text, beside }
    }

    pub(super) fn on_disk(&self) -> Option<&[u8]> {
        self.on_disk.as_deref()
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn is_new(&self) -> bool {
        matches!(self.what, What::New(..))
    }

    /// From now on nothing is to be there.
    pub(super) fn was_removed(&mut self) {
        self.on_disk = None;
    }

    pub(super) fn metadata(&self) -> Option<&Metadata> {
        match &self.what {
            What::Old(file) => Some(file.metadata()),
            What::Merging(merging) => Some(merging.metadata()),
            What::New(_, metadata) => Some(metadata),
        }
    }

    /// Whether someone who asks for `wanted` asks for what is there.
    pub(super) fn wants(&self, wanted: &Metadata) -> bool {
        self.metadata().is_some_and(|metadata| ops::same_policy(metadata, wanted))
    }

    /// Whether both have the same keys and encrypt the same leaves.
    pub(super) fn has_policy(&self, other: &Self) -> bool {
        other.metadata().is_some_and(|metadata| self.wants(metadata))
    }

    /// The data key, for a text beside the file.
    pub(super) fn beside(&self) -> Arc<Beside> {
        Arc::clone(&self.beside)
    }
}

impl Editing<'_> {
    /// Opens the file as it is now.
    pub(super) fn open(&self) -> Result<Base, Failure> {
        let source = input::read(self.path)?;
        let regular = std::fs::metadata(self.path).is_ok_and(|there| there.is_file());
        let mut file = self.session.open(source.clone(), self.input)?;
        file.metadata_mut().raise_version().map_err(|error| Failure::generic(error.to_string()))?;
        let text = Plain::of(&file, self.ignore_mac)?
            .editable()
            .map_err(|error| Failure::new(Kind::DumpTree, format!("Could not marshal tree: {error}")))?;
        // What is no regular file cannot be asked twice.
        let on_disk = Some(source).filter(|_| regular);
        let beside = Arc::new(Beside::of(&file));
        Ok(Base { what: What::Old(Box::new(file)), on_disk, text, beside })
    }

    /// A file that is not there yet, with the example. It is encrypted for all keys once: better to
    /// fail now than when something is typed.
    pub(super) fn fresh(&self, recipe: Recipe, style: &EmitStyle) -> Result<Base, Failure> {
        let text = example::text(self.input, style);
        let rehearsal = self.session.with(|context| ops::encrypt_and_keep(text.clone(), &recipe, context));
        let (rehearsal, beside) = rehearsal.map_err(|error| match error {
            EncryptError::Wrap(error) => Failure::new(
                Kind::NoDataKey,
                format!("Error encrypting the data key with one or more master keys: {error}"),
            ),
            error => error.into(),
        })?;
        let form = if recipe.output == Format::Binary { Format::Json } else { recipe.output };
        let metadata =
            Document::parse(rehearsal.bytes, form).ok().and_then(|document| Metadata::of(&document).ok());
        let mut metadata = metadata.unwrap_or_default();
        // As sops shows a file that was never written.
        "0001-01-01T00:00:00Z".clone_into(&mut metadata.last_modified);
        metadata.mac.clear();
        metadata.layout = None;
        let what = What::New(Box::new(recipe), Box::new(metadata));
        Ok(Base { what, on_disk: None, text, beside: Arc::new(beside) })
    }

    /// Whether the metadata block stands in the text that is edited.
    fn with_block(&self) -> bool {
        self.show_master_keys && self.input != Format::Binary
    }

    /// A text for the editor: the plaintext, with the metadata block of `base` if that is wanted.
    pub(super) fn shown(&self, base: &Base, text: &[u8], style: &EmitStyle) -> Result<Vec<u8>, Failure> {
        match base.metadata().filter(|_| self.with_block()) {
            None => Ok(text.to_vec()),
            Some(metadata) => with_block(text, metadata, self.input, style),
        }
    }

    /// A draft as it is edited on top of `base`.
    pub(super) fn shown_as(&self, base: &Base, draft: &Draft, style: &EmitStyle) -> Result<Vec<u8>, Failure> {
        match &draft.metadata {
            Some(metadata) => with_block(&draft.text, metadata, self.input, style),
            None => self.shown(base, &draft.text, style),
        }
    }

    /// Reads what was typed: the plaintext and, where it was shown, the metadata.
    pub(super) fn take_apart(&self, edited: &[u8], style: &EmitStyle) -> Result<Draft, Trouble> {
        if !self.with_block() {
            return Ok(Draft { text: edited.to_vec(), metadata: None });
        }
        let document = Document::parse(edited.to_vec(), self.input).map_err(|error| {
            let failure = library_errors::encrypt_failure(EncryptError::Parse(error), self.input);
            Trouble::new("Could not load tree, probably due to invalid syntax.", failure)
        })?;
        let metadata = Metadata::of(&document).map_err(|error| {
            let message = match error {
                MetadataError::NoKeys => "No master keys were provided, so sops can't encrypt the file.",
                _ => "SOPS metadata is invalid.",
            };
            Trouble::new(message, Failure::generic(error.to_string()))
        })?;
        let edits =
            Edits { leaves: Vec::new(), block: Block::Remove, style: *style, copies: Copies::OneLine };
        let plain = document.splice(&edits).map_err(|error| {
            Trouble::new("Tree not valid for encryption.", Failure::new(Kind::DumpTree, error.to_string()))
        })?;
        Ok(Draft { text: plain.bytes, metadata: Some(metadata) })
    }

    /// Encrypts a draft in place of `base`.
    pub(super) fn seal(&self, base: &Base, draft: &Draft, style: &EmitStyle) -> Result<Vec<u8>, Trouble> {
        let invalid = |error: EncryptError| {
            let message = match &error {
                EncryptError::Parse(error) if error.kind == ParseErrorKind::Syntax => {
                    "Could not load tree, probably due to invalid syntax."
                }
                EncryptError::Parse(error) if error.kind == ParseErrorKind::NoDocument => {
                    "Tree not valid for encryption."
                }
                EncryptError::AlreadyEncrypted => "Tree not valid for encryption.",
                EncryptError::Selector(_) | EncryptError::Wrap(_) if draft.metadata.is_some() => {
                    "SOPS metadata is invalid."
                }
                _ => "Could not encrypt the file.",
            };
            Trouble::new(message, library_errors::encrypt_failure(error, self.input))
        };
        if conflict::is_unresolved(&draft.text) {
            return Err(Trouble::new(
                "There are conflict markers left in the text.",
                Failure::generic(
                    "the conflict is not resolved: a line with a marker (<<<<<<<, |||||||, >>>>>>>) is left",
                )
                .hint("keep one of the versions between the markers, and remove the lines with markers"),
            ));
        }
        let text = draft.text.clone();
        let amended = |error: AmendError| match error {
            AmendError::DataKey(failure) => {
                Trouble::new("Could not wrap the data key for other keys.", OpenFileError::DataKey(failure))
            }
            AmendError::Encrypt(error) => invalid(error),
            error => Trouble::new("SOPS metadata is invalid.", Failure::generic(error.to_string())),
        };
        let encrypted = match &base.what {
            What::Merging(merging) => {
                let sealed = self.session.with(|context| merging.seal(text, *style, context));
                Ok(sealed.map_err(amended)?)
            }
            What::New(recipe, _) => {
                let changed = draft.metadata.as_ref().map(|metadata| recipe_of(recipe, metadata));
                let recipe = changed.as_ref().unwrap_or(recipe);
                self.session.with(|context| ops::encrypt(text, recipe, context))
            }
            What::Old(file) => {
                let metadata = match &draft.metadata {
                    None => file.metadata().clone(),
                    Some(wanted) => {
                        let sealed = self.session.with(|context| ops::amend(file, wanted, context));
                        sealed.map_err(amended)?
                    }
                };
                let output = self.output;
                self.session.with(|context| ops::reseal_under(file, metadata, text, output, *style, context))
            }
        };
        let encrypted = encrypted.map_err(invalid)?;
        let refused = |failure| Trouble::new("Could not record the change.", failure);
        self.session.record(Action::Encrypt).map_err(refused)?;
        Ok(encrypted_bytes(encrypted))
    }
}

/// A recipe with what was edited of the metadata.
fn recipe_of(recipe: &Recipe, metadata: &Metadata) -> Recipe {
    let fresh = |key: &WrappedKey| WrappedKey { enc: String::new(), ..key.clone() };
    let groups = metadata.groups.iter().map(|group| KeyGroup(group.0.iter().map(fresh).collect())).collect();
    Recipe {
        input: recipe.input,
        output: recipe.output,
        groups,
        shamir_threshold: metadata.shamir_threshold,
        selection: metadata.selection.clone(),
        mac_scope: if metadata.mac_only_encrypted { MacScope::EncryptedLeaves } else { MacScope::AllLeaves },
        seal: recipe.seal,
        style: recipe.style,
    }
}

fn with_block(
    text: &[u8],
    metadata: &Metadata,
    format: Format,
    style: &EmitStyle,
) -> Result<Vec<u8>, Failure> {
    let unwritable = |error: &dyn std::fmt::Display| {
        Failure::new(Kind::DumpTree, format!("Could not marshal tree: {error}"))
    };
    let document = Document::parse(text.to_vec(), format).map_err(|error| unwritable(&error))?;
    let block = metadata.to_tree();
    let edits =
        Edits { leaves: Vec::new(), block: Block::Put(&block), style: *style, copies: Copies::OneLine };
    Ok(document.splice(&edits).map_err(|error| unwritable(&error))?.bytes)
}
