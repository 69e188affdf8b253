//! Why a run fails, and the exit code it fails with: sops' numbers (command line §11), in one match.

use super::ui::{self, Level};

/// The reason of an I/O failure in the words of the system, as Go prints it: `permission denied`.
pub(crate) use resops::os::reason;

/// What kind of failure it is. The kind decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything that has no number of its own: usage, configuration, keys, metadata.
    Generic,
    /// The input cannot be read, or plaintext cannot be parsed.
    ReadInput,
    /// The output cannot be opened.
    WriteOutput,
    /// The format cannot hold the result.
    DumpTree,
    /// `--encryption-context` is malformed.
    EncryptionContext,
    /// The index or the value of `set` and `unset`.
    SetFormat,
    /// Flags that exclude each other.
    Conflict,
    /// A value or key that cannot be encrypted.
    EncryptTree,
    /// A value that does not decrypt.
    DecryptTree,
    /// Keys to add or remove, but no file.
    NoFileForKeys,
    /// The MAC differs, is missing, or does not decrypt.
    Mac,
    /// `--extract` is no path.
    TreePath,
    /// YAML without a document.
    NoDocument,
    /// A file is missing, or not named.
    NoFile,
    /// `--decryption-order` names a kind twice.
    DuplicateOrder,
    /// No master key could recover the data key.
    NoDataKey,
    /// The editor left the text as it was.
    Unchanged,
    /// The editor is missing, or failed.
    Editor,
    /// The file has a metadata block already.
    AlreadyEncrypted,
    /// `help` about something unknown.
    NoHelpTopic,
    /// Of many files several failed, for different reasons.
    Several,
    /// What `check` found, by its code.
    Found(u8),
    /// A child ended with this status.
    Child(u8),
}

impl Kind {
    /// sops' number for it; those that sops knows nothing like are from 30 on.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Generic => 1,
            Self::ReadInput => 2,
            Self::WriteOutput | Self::NoHelpTopic => 3,
            Self::DumpTree => 4,
            Self::EncryptionContext => 6,
            Self::SetFormat => 7,
            Self::Conflict => 8,
            Self::EncryptTree => 23,
            Self::DecryptTree => 25,
            Self::Several => 30,
            Self::NoFileForKeys => 49,
            Self::Mac => 51,
            Self::TreePath => 91,
            Self::NoDocument => 92,
            Self::NoFile => 100,
            Self::DuplicateOrder => 112,
            Self::NoDataKey => 128,
            Self::Unchanged => 200,
            Self::Editor => 201,
            Self::AlreadyEncrypted => 203,
            Self::Child(code) | Self::Found(code) => code,
        }
    }
}

/// A failed run: its kind and what is said about it. The text never holds a secret value.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    form: Form,
}

/// How the message is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The bare text on a line.
    Bare,
    /// A log line, as sops prints errors that have no number.
    Logged(&'static str),
    /// Nothing: it was said already, or there is nothing to say.
    Silent,
}

impl Failure {
    /// A failure with the text that is printed for it.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None, hint: None, form: Form::Bare }
    }

    /// A failure without a number of its own.
    pub(crate) fn generic(message: impl Into<String>) -> Self {
        Self::new(Kind::Generic, message)
    }

    /// A failure that is printed as a fatal line of `logger`, with exit code 1.
    pub(crate) fn logged(logger: &'static str, message: impl Into<String>) -> Self {
        Self { form: Form::Logged(logger), ..Self::generic(message) }
    }

    /// The end of a child that says enough by itself.
    pub(crate) fn silent(kind: Kind) -> Self {
        Self { form: Form::Silent, ..Self::new(kind, "") }
    }

    /// The same with something said in front of it.
    #[must_use]
    pub(crate) fn after(self, text: &str) -> Self {
        Self { message: format!("{text}: {}", self.message), ..self }
    }

    /// The same as a failure of another kind: where the exit code means something to who called us.
    #[must_use]
    pub(crate) fn with_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// Adds what is known besides, below the message and apart from it: sops' text ends there.
    #[must_use]
    pub(crate) fn detail(mut self, detail: Option<String>) -> Self {
        self.detail = detail;
        self
    }

    /// Adds one next step for the reader, on a line of its own.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// [`Self::hint`], unless it has one.
    #[must_use]
    pub(crate) fn or_hint(self, hint: &str) -> Self {
        if self.hint.is_some() { self } else { self.hint(hint) }
    }

    /// Says its first line about one file of many.
    pub(crate) fn tell(&self, file: &str) {
        let line = format!("{file}: {}", self.message.lines().next().unwrap_or_default());
        ui::say(&format!("{}\n", ui::visible(&line)));
    }

    /// Says in front that it was to be mended.
    #[must_use]
    pub(crate) fn of_fix(mut self) -> Self {
        self.message = format!("not fixed: {}", self.message);
        self
    }

    /// What kind of failure it is.
    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// What is said about it.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What it advises.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether there is more to say than the first line of the message.
    pub(crate) fn has_more(&self) -> bool {
        self.message.contains('\n') || self.detail.is_some() || self.hint.is_some()
    }

    /// Says it on stderr and gives the exit code.
    pub(crate) fn report(&self) -> u8 {
        match self.form {
            Form::Silent => {}
            Form::Bare => ui::say(&format!("{}\n", self.message)),
            Form::Logged(logger) => ui::log_with(logger, Level::Fatal, &self.message, &[]),
        }
        if let Some(detail) = &self.detail {
            ui::say(&format!("\n{detail}\n"));
        }
        if let Some(hint) = &self.hint {
            ui::say(&format!("hint: {hint}\n"));
        }
        self.kind.code()
    }
}
