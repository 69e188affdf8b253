//! What the library's errors come to: sops' words around them, and the kind that decides the exit code.

use resops::document::{ChangeError, EmitError, Format, ParseError, ParseErrorKind};
use resops::ops::{EncryptError, KeysError, MacError, OpenFileError, RotateError, SealError, Warning};

use super::environment::Environment;
use super::error::{Failure, Kind};
use super::ui::{self, Level};

const ALREADY_ENCRYPTED: &str = "The file you have provided contains a top-level entry called 'sops', or for \
flat file formats top-level entries starting with 'sops_'. This is generally due to the file already being \
encrypted. SOPS uses a top-level entry called 'sops' to store the metadata required to decrypt the file. For \
this reason, SOPS can not encrypt files that already contain such an entry.";

const ALREADY_ENCRYPTED_ADVICE: &str = "\n\nIf this is an unencrypted file, rename the 'sops' entry.\n\n\
If this is an encrypted file and you want to edit it, use the editor mode,\n\
for example: `sops edit my_file.yaml`";

const ENCRYPT_WHOLE: &str = "sops has one line for each value; under a name that does not end in .env the file is \
encrypted whole, and sops run --dotenv-dialect node or shell reads it";

const NO_DOCUMENT: &str = "File cannot be completely empty, it must contain at least one document";

const NOT_BINARY: &str = "\n\nThis is likely not an encrypted binary file? If not, use --output-type to select \
the correct output type.";

/// A parse error in sops' words for the format, with the place where the trouble is.
fn parse_text(error: &ParseError, format: Format) -> String {
    match format {
        Format::Yaml => format!("yaml: {error}"),
        Format::Dotenv => error.to_string(),
        Format::Json | Format::Binary | Format::Ini | Format::Toml => {
            let ParseError { line, column, problem, .. } = error;
            format!("Could not unmarshal input data: {problem} (line {line}, column {column})")
        }
    }
}

/// The failure of encrypting a file of that format.
pub(crate) fn encrypt_failure(error: EncryptError, format: Format) -> Failure {
    match error {
        EncryptError::Parse(error) if error.kind == ParseErrorKind::Syntax => {
            let why = format!("Error unmarshalling file: {}", parse_text(&error, format));
            let failure = Failure::new(Kind::ReadInput, why);
            if format == Format::Dotenv { failure.hint(ENCRYPT_WHOLE) } else { failure }
        }
        error => error.into(),
    }
}

/// The failure of opening a file of that format.
pub(crate) fn open_failure(error: OpenFileError, format: Format) -> Failure {
    match error {
        OpenFileError::Parse(error) if error.kind == ParseErrorKind::Syntax => {
            Failure::generic(parse_text(&error, format))
        }
        error => error.into(),
    }
}

impl From<EncryptError> for Failure {
    fn from(error: EncryptError) -> Self {
        match error {
            EncryptError::Parse(error) => match error.kind {
                ParseErrorKind::NoDocument => Self::new(Kind::NoDocument, NO_DOCUMENT),
                ParseErrorKind::Unwalkable => {
                    Self::new(Kind::EncryptTree, format!("Error encrypting tree: {error}"))
                }
                ParseErrorKind::Syntax => {
                    Self::new(Kind::ReadInput, format!("Error unmarshalling file: {error}"))
                }
            },
            EncryptError::AlreadyEncrypted => {
                Self::new(Kind::AlreadyEncrypted, ui::wrap(ALREADY_ENCRYPTED, 75) + ALREADY_ENCRYPTED_ADVICE)
            }
            EncryptError::ReservedKey => Self::new(
                Kind::DumpTree,
                format!("Could not marshal tree: Error marshaling metadata: {error}"),
            ),
            EncryptError::Splice(_) | EncryptError::Emit(_) => {
                Self::new(Kind::DumpTree, format!("Could not marshal tree: {error}"))
            }
            EncryptError::Unwalkable { .. } | EncryptError::WouldNotComeBack(_) => {
                Self::new(Kind::EncryptTree, format!("Error encrypting tree: {error}"))
            }
            error => Self::generic(error.to_string()),
        }
    }
}

impl From<OpenFileError> for Failure {
    fn from(error: OpenFileError) -> Self {
        let kind = match &error {
            OpenFileError::DataKey(report) => {
                return Self::new(Kind::NoDataKey, report.report(Environment::colours()));
            }
            // A file without a document has no metadata either: that is what sops says of it.
            OpenFileError::Parse(error) if error.kind == ParseErrorKind::NoDocument => {
                return Self::generic("sops metadata not found");
            }
            OpenFileError::Leaf(_) => Kind::DecryptTree,
            OpenFileError::Splice(_) => Kind::DumpTree,
            _ => Kind::Generic,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<MacError> for Failure {
    fn from(error: MacError) -> Self {
        let failure = Self::new(Kind::Mac, error.to_string());
        match error {
            MacError::Seal(SealError::Missing) => {
                failure.hint("if the file is as it should be, sops seal FILE puts a seal on it")
            }
            MacError::Seal(SealError::Unknown) => failure,
            MacError::Seal(_) => failure.hint(
                "compare the file with an earlier commit; if it is as it should be, sops seal --renew FILE makes a new seal",
            ),
            _ => failure,
        }
    }
}

impl From<RotateError> for Failure {
    fn from(error: RotateError) -> Self {
        match error {
            RotateError::Encrypt(error) => error.into(),
            RotateError::Emit(_) => Self::new(Kind::DumpTree, format!("Could not marshal tree: {error}")),
            RotateError::LostComment => Self::new(Kind::DecryptTree, error.to_string()),
            error => Self::generic(error.to_string()),
        }
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Seal(error) => MacError::Seal(error).into(),
            KeysError::DataKey(report) => OpenFileError::DataKey(report).into(),
            KeysError::Splice(_) => Self::new(Kind::DumpTree, error.to_string()),
            error => Self::generic(error.to_string()),
        }
    }
}

/// The failure of printing a decrypted file in a format that cannot hold it.
pub(crate) fn dump_failure(error: &EmitError, output: resops::document::Format) -> Failure {
    let hint = if output == resops::document::Format::Binary { NOT_BINARY } else { "" };
    Failure::new(Kind::DumpTree, format!("Error dumping file: {error}{hint}"))
}

/// The failure of `set`.
pub(crate) fn set_failure(error: &ChangeError) -> Failure {
    match error {
        ChangeError::Unwritable(_) => {
            Failure::new(Kind::DumpTree, format!("Could not marshal tree: {error}"))
        }
        _ => Failure::new(Kind::SetFormat, error.to_string()),
    }
}

/// Tells what the user should know about a file that was read or written.
pub(crate) fn warn(warnings: &[Warning]) {
    for warning in warnings {
        ui::log_with("SOPS", Level::Warning, &warning.to_string(), &[]);
    }
}
