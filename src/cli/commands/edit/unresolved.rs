//! Resolving a merge: what could be merged is, and a person decides in the editor about the rest.
//!
//! The file holds its versions encrypted, between markers ([`conflict`]). Whoever has a key sees them
//! in plaintext, in the private folder of `edit` alone; what is saved is encrypted again.

use resops::document::conflict::{self, Sides};
use resops::document::{EmitStyle, Format};
use resops::ops::{MergeError, MergeSide, Merging, OpenFileError};

use super::Editing;
use super::base::{Base, Draft, Trouble};
use crate::cli::error::{Failure, Kind};
use crate::cli::files::{self, UpdateError};
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::Session;
use crate::cli::ui;

/// What is decided without an editor.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Decision {
    /// Whose values are taken wherever both sides changed one.
    pub(crate) values: Option<MergeSide>,
    /// Whose recipients and selection count where both sides changed them.
    pub(crate) metadata: Option<MergeSide>,
}

impl Editing<'_> {
    /// The versions that the file holds, if it is an unresolved merge.
    ///
    /// # Errors
    ///
    /// If someone changed the markers, and what reading says.
    pub(crate) fn unresolved_versions(&self) -> Result<Option<Sides>, Failure> {
        let regular = std::fs::metadata(self.path).is_ok_and(|there| there.is_file());
        if !regular {
            return Ok(None);
        }
        let source = input::read(self.path)?;
        conflict::split(&source).map_err(|error| {
            Failure::generic(format!("{}: {error}", self.path.display())).hint(
                "git checkout --merge FILE brings the conflict back as it was; then sops git resolve FILE",
            )
        })
    }

    /// Makes one file of the versions and writes it.
    ///
    /// # Errors
    ///
    /// As [`Editing::run`], and if a conflict of the metadata is not decided.
    pub(crate) fn resolve(&self, versions: Sides, decision: &Decision) -> Result<(), Failure> {
        // Between markers there is no place for the metadata.
        let editing = Self { show_master_keys: false, ..*self };
        let style = self.config.style(self.output, "Could not marshal tree")?;
        let merging = self.session.merge(versions, self.input)?;
        let mut merging = merging.map_err(|error| merge_failure(error, self.input, self.session))?;
        match decision.metadata {
            Some(side) => merging.prefer_policy_of(side),
            None if !merging.policy_conflicts().is_empty() => return Err(self.undecided(&merging)),
            None => {}
        }
        let decided = match decision.values {
            _ if merging.conflicts().is_empty() => Some(merging.text()),
            Some(side) => Some(merging.text_of(side).to_vec()),
            None => None,
        };
        let on_disk = std::fs::metadata(self.path)
            .is_ok_and(|there| there.is_file())
            .then(|| input::read(self.path))
            .transpose()?;
        match decided {
            Some(text) => {
                let whole = merging.as_it_is().map(<[u8]>::to_vec);
                editing.write_merged(&Base::of_merge(merging, on_disk), text, whole, &style)?;
            }
            None => {
                let base = Base::of_merge(merging, on_disk);
                if std::str::from_utf8(base.text()).is_err() || base.text().contains(&0) {
                    return Err(Failure::generic(format!(
                        "both sides changed {}, and it is no text",
                        self.path.display()
                    ))
                    .hint("choose one of them: sops git resolve --ours FILE, or --theirs"));
                }
                editing.edit(base, style)?;
            }
        }
        ui::say(&format!("{}: resolved and encrypted; git add it\n", self.path.display()));
        Ok(())
    }

    fn write_merged(
        &self,
        base: &Base,
        text: Vec<u8>,
        whole: Option<Vec<u8>>,
        style: &EmitStyle,
    ) -> Result<(), Failure> {
        let bytes = match whole {
            Some(bytes) => bytes,
            None => self
                .seal(base, &Draft { text, metadata: None }, style)
                .map_err(|Trouble { failure, .. }| failure)?,
        };
        files::update(self.path, base.on_disk(), &bytes).map_err(|error| match error {
            UpdateError::Changed => {
                Failure::generic(format!("{} was changed in the meantime", self.path.display()))
            }
            UpdateError::Write(error) => error.into_failure("in-place"),
        })
    }

    fn undecided(&self, merging: &Merging) -> Failure {
        let path = self.path.display();
        let conflicts: Vec<String> = merging.policy_conflicts().iter().map(ToString::to_string).collect();
        Failure::generic(format!("{path}: {}", conflicts.join("; "))).hint(
            "decide whose count: sops git resolve --metadata ours FILE, or theirs; sops updatekeys can change recipients afterwards",
        )
    }
}

/// Why versions were not merged, with the exit code of what went wrong.
pub(crate) fn merge_failure(error: MergeError, format: Format, session: &Session) -> Failure {
    match error {
        MergeError::Open { side, error: OpenFileError::DataKey(failure) } => {
            session.no_key(failure).after(&format!("{side} does not open"))
        }
        MergeError::Open { side, error } => library_errors::open_failure(error, format)
            .after(&format!("{side} does not open"))
            .or_hint("to take one version whole: git checkout --ours FILE, or --theirs"),
        MergeError::Mac { .. } => Failure::new(Kind::Mac, error.to_string()),
        MergeError::Emit { .. } => Failure::new(Kind::DumpTree, error.to_string()),
        MergeError::Encrypt(error) => library_errors::encrypt_failure(error, format),
        error => Failure::generic(error.to_string()),
    }
}
