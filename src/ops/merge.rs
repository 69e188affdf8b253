//! Making one of two versions of a file that go back to a third, as git needs it.
//!
//! The three are opened and their plaintexts merged leaf by leaf
//! ([`three_way`](crate::document::three_way)); recipients and selection are merged too. What comes out is
//! sealed under the data key of one side, and every value that stands in either version keeps its
//! ciphertext if that is under the same data key. What both changed in different ways is left to a person:
//! [`Merging::text`] shows it to someone with a key, [`Merging::unresolved`] keeps it in a file that holds
//! no plaintext.

mod cover;
mod policy;
#[cfg(test)]
mod tests;
mod version;

pub use policy::PolicyConflict;
pub use version::{MergeError, MergeSide};

use super::Context;
use super::amend::{self, AmendError};
use super::beside::Beside;
use super::open::{self, OpenFile};
use super::previous::{Previous, TakeOver};
use super::reseal::{previous, reseal_from};
use super::seal::Encrypted;
use crate::document::conflict::{self, Show, Sides};
use crate::document::{self, EmitStyle, Format};
use crate::metadata::{Metadata, VersionError};
use policy::{Blocks, Policy};
use version::Version;

/// Two versions of a file on the way to be one.
pub struct Merging {
    base: Option<Version>,
    ours: Version,
    theirs: Version,
    /// The side whose data key the result gets.
    home: MergeSide,
    /// Whether both sides have one data key.
    one_key: bool,
    merged: document::Merged,
    policy: Policy,
}

impl Merging {
    /// Opens the versions and merges what they say. Versions may be plaintext, but not both sides.
    ///
    /// Key services are asked for one version only where all have one data key.
    ///
    /// # Errors
    ///
    /// [`MergeError`].
    pub fn open(versions: Sides, format: Format, context: &Context<'_>) -> Result<Self, MergeError> {
        let read =
            |side, bytes: Vec<u8>, others: &[&OpenFile]| Version::open(side, bytes, format, others, context);
        let ours = read(MergeSide::Ours, versions.ours, &[])?;
        let known: Vec<&OpenFile> = ours.file.iter().collect();
        let theirs = read(MergeSide::Theirs, versions.theirs, &known)?;
        let known: Vec<&OpenFile> = ours.file.iter().chain(&theirs.file).collect();
        let base = versions.base.map(|base| read(MergeSide::Base, base, &known)).transpose()?;

        let one_key = |a: &Version, b: &Version| match (&a.file, &b.file) {
            (Some(a), Some(b)) => std::sync::Arc::ptr_eq(&a.cipher, &b.cipher),
            _ => false,
        };
        let home = match (&ours.file, &theirs.file) {
            (None, None) => return Err(MergeError::NotEncrypted),
            (None, Some(_)) => MergeSide::Theirs,
            // Who changed the data key had a reason.
            (Some(_), Some(_)) if base.as_ref().is_some_and(|base| one_key(base, &ours)) => {
                if one_key(&ours, &theirs) { MergeSide::Ours } else { MergeSide::Theirs }
            }
            (Some(_), _) => MergeSide::Ours,
        };
        let text = |version: &Version| version.text.clone();
        let base_text = base.as_ref().map(text);
        let merged = document::three_way(base_text.as_deref(), &ours.text, &theirs.text, format)?;
        let one_key = one_key(&ours, &theirs);
        let policy = blocks(base.as_ref(), &ours, &theirs)?.merge(MergeSide::Ours);
        let mut merging = Self { base, ours, theirs, home, one_key, merged, policy };
        let (versions, selection) = (merging.versions(), &merging.policy.wanted.selection);
        if let Some(path) = cover::uncovered(&versions, &merging.merged, selection, format)? {
            merging.policy.conflicts.push(PolicyConflict::Uncovered(path));
        }
        Ok(merging)
    }

    /// The paths of what both sides changed in different ways; an empty one stands for the whole file.
    #[must_use]
    pub fn conflicts(&self) -> &[String] {
        &self.merged.conflicts
    }

    /// What both sides changed in the metadata in different ways.
    #[must_use]
    pub fn policy_conflicts(&self) -> &[PolicyConflict] {
        &self.policy.conflicts
    }

    /// Whether nobody has to be asked.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.merged.conflicts.is_empty() && self.policy.conflicts.is_empty()
    }

    /// Decides all conflicts of the metadata for one side.
    pub fn prefer_policy_of(&mut self, side: MergeSide) {
        if let Ok(blocks) = blocks(self.base.as_ref(), &self.ours, &self.theirs) {
            let uncovered = self.policy.conflicts.iter().any(|it| matches!(it, PolicyConflict::Uncovered(_)));
            let preferred = match side {
                MergeSide::Base => blocks.base.unwrap_or(blocks.ours),
                MergeSide::Ours => blocks.ours,
                MergeSide::Theirs => blocks.theirs,
            };
            let selection = preferred.selection.clone();
            self.policy = blocks.merge(side);
            if uncovered {
                self.policy.wanted.selection = selection;
            }
            self.policy.conflicts.clear();
        }
    }

    /// The merged plaintext, with markers where someone has to decide.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        if self.merged.conflicts.is_empty() {
            return self.merged.text.clone();
        }
        let otherwise = self.merged.otherwise.clone();
        let sides = Sides { base: otherwise.base, ours: self.merged.text.clone(), theirs: otherwise.theirs };
        conflict::join(&sides, conflict::MARKER, Show::Conflicts)
    }

    /// The merged plaintext with all conflicts decided for one side.
    #[must_use]
    pub fn text_of(&self, side: MergeSide) -> &[u8] {
        match side {
            MergeSide::Ours => &self.merged.text,
            MergeSide::Theirs => &self.merged.otherwise.theirs,
            MergeSide::Base => self.merged.otherwise.base.as_deref().unwrap_or_default(),
        }
    }

    /// The version that says all that is merged already, if there is one: nothing has to be encrypted.
    #[must_use]
    pub fn as_it_is(&self) -> Option<&[u8]> {
        let says_it = |side: MergeSide| {
            let version = self.version(side);
            let metadata = version.metadata()?;
            (self.is_clean()
                && version.text == self.merged.text
                && (side == self.home || self.one_key)
                && metadata.seal.is_some() == self.is_sealed()
                && amend::same_policy(metadata, &self.policy.wanted))
            .then_some(version.bytes.as_slice())
        };
        says_it(MergeSide::Ours).or_else(|| says_it(MergeSide::Theirs))
    }

    /// The metadata of the side whose data key the result gets.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        self.home().metadata()
    }

    /// Encrypts a text as the result.
    ///
    /// # Errors
    ///
    /// [`AmendError`], also if a key that only one side has cannot be reached.
    pub fn seal(
        &self,
        text: Vec<u8>,
        style: EmitStyle,
        context: &mut Context<'_>,
    ) -> Result<Encrypted, AmendError> {
        let metadata = self.merged_metadata(context)?;
        self.seal_as(metadata, self.previous(&[]), text, style, context)
    }

    /// The data key of the merged file, for a text beside it.
    #[must_use]
    pub fn beside(&self) -> Beside {
        Beside::of(self.home())
    }

    /// The file that stands for an unresolved merge: the versions as whole encrypted files, put together
    /// where they are the same. What could be merged is.
    ///
    /// # Errors
    ///
    /// As [`Self::seal`].
    pub fn unresolved(
        &self,
        size: usize,
        style: EmitStyle,
        context: &mut Context<'_>,
    ) -> Result<Vec<u8>, AmendError> {
        // Under the selection of one side a value of the other could stand in clear.
        if !self.policy.conflicts.is_empty() {
            let sides = Sides {
                base: self.base.as_ref().map(|base| base.bytes.clone()),
                ours: self.ours.bytes.clone(),
                theirs: self.theirs.bytes.clone(),
            };
            return Ok(conflict::join(&sides, size, Show::Everything));
        }
        let metadata = self.merged_metadata(context)?;
        let mut sealed: Vec<OpenFile> = Vec::new();
        let mut seal = |side: MergeSide| -> Result<Vec<u8>, AmendError> {
            let (text, previous) = (self.text_of(side).to_vec(), self.previous(&sealed));
            let bytes = self.seal_as(metadata.clone(), previous, text, style, context)?.bytes;
            sealed.extend(
                open::open_like(&bytes, self.home().format(), self.home(), context.strict).ok().flatten(),
            );
            Ok(bytes)
        };
        let ours = seal(MergeSide::Ours)?;
        let theirs = seal(MergeSide::Theirs)?;
        let base = self.merged.otherwise.base.is_some().then(|| seal(MergeSide::Base)).transpose()?;
        Ok(conflict::join(&Sides { base, ours, theirs }, size, Show::Everything))
    }

    fn seal_as(
        &self,
        metadata: Metadata,
        previous: Previous,
        text: Vec<u8>,
        style: EmitStyle,
        context: &mut Context<'_>,
    ) -> Result<Encrypted, AmendError> {
        let home = self.home();
        Ok(reseal_from(home, previous, metadata, text, (home.format(), style), context)?)
    }

    fn versions(&self) -> Vec<&Version> {
        [Some(&self.ours), Some(&self.theirs), self.base.as_ref()].into_iter().flatten().collect()
    }

    fn version(&self, side: MergeSide) -> &Version {
        match (side, &self.base) {
            (MergeSide::Base, Some(base)) => base,
            (MergeSide::Theirs, _) => &self.theirs,
            _ => &self.ours,
        }
    }

    fn home(&self) -> &OpenFile {
        let sides = [self.version(self.home), &self.ours, &self.theirs];
        let file = sides.into_iter().find_map(|version| version.file.as_ref());
        file.expect("one of the sides is encrypted, or there would be no merge")
    }

    /// Ciphertext to take over: of our side, then of theirs, then of what was before.
    fn previous(&self, first: &[OpenFile]) -> Previous {
        let home = self.home();
        let mut all = first.iter().chain(&self.ours.file).chain(&self.theirs.file).collect::<Vec<_>>();
        all.extend(self.base.iter().filter_map(|base| base.file.as_ref()));
        let (same, other): (Vec<&OpenFile>, Vec<&OpenFile>) =
            all.into_iter().partition(|file| std::sync::Arc::ptr_eq(&file.cipher, &home.cipher));
        let mut versions = same.into_iter();
        let mut taken = versions.next().map_or_else(Previous::default, previous);
        versions.for_each(|file| taken.absorb(&file.document, &file.reading, TakeOver::Ciphertext));
        other.into_iter().for_each(|file| taken.absorb(&file.document, &file.reading, TakeOver::Look));
        taken
    }

    /// Whether the result gets a seal: one that a side put on the file stays.
    fn is_sealed(&self) -> bool {
        let sealed = |version: &Version| version.metadata().is_some_and(|metadata| metadata.seal.is_some());
        [&self.ours, &self.theirs].into_iter().any(sealed)
    }

    /// The metadata of the result, with the data key wrapped for everyone.
    fn merged_metadata(&self, context: &mut Context<'_>) -> Result<Metadata, AmendError> {
        let home = self.home().metadata();
        let other = match self.home {
            MergeSide::Theirs => self.ours.metadata(),
            _ => self.theirs.metadata(),
        };
        let other = other.filter(|_| self.one_key);
        let wanted = &self.policy.wanted;
        let mut metadata = match policy::ready_made(wanted, home, other) {
            Some(metadata) => metadata,
            None => {
                let whole = other.filter(|other| other.groups.len() == 1);
                let also = whole.map_or(&[][..], |other| &other.groups[0].0);
                amend::amend_from(home, wanted, also, context)?
            }
        };
        metadata.seal = self.is_sealed().then(String::new);
        // A version that is none was refused when the file was opened.
        let _: Result<(), VersionError> = metadata.raise_version();
        Ok(metadata)
    }
}

fn blocks<'a>(
    base: Option<&'a Version>,
    ours: &'a Version,
    theirs: &'a Version,
) -> Result<Blocks<'a>, MergeError> {
    // A side that is not encrypted has changed nothing of that.
    let (ours, theirs) = match (ours.metadata(), theirs.metadata()) {
        (Some(ours), Some(theirs)) => (ours, theirs),
        (Some(one), None) | (None, Some(one)) => (one, one),
        (None, None) => return Err(MergeError::NotEncrypted),
    };
    Ok(Blocks { base: base.and_then(Version::metadata), ours, theirs })
}
