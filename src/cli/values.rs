//! The plaintext of encrypted files as values, for commands that hand them on.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use resops::document::{Dialect, Format, Missing, Tree, TypedPath};
use zeroize::Zeroizing;

use super::args::OpeningArgs;
use super::commands::decrypt::Plain;
use super::environment::Environment;
use super::error::{Failure, Kind};
use super::formats::Types;
use super::input;
use super::library_errors::dump_failure;
use super::open::Session;
use super::ui::{self, Level};

/// Opens files and gives their values.
pub(crate) struct Reader<'a> {
    session: Session,
    input_type: Option<&'a str>,
    ignore_mac: bool,
    dialect: Option<Dialect>,
}

impl<'a> Reader<'a> {
    /// As the flags say.
    ///
    /// # Errors
    ///
    /// Those of [`Session::opening`].
    pub(crate) fn new(
        opening: &OpeningArgs,
        environment: &Environment,
        input_type: Option<&'a str>,
    ) -> Result<Self, Failure> {
        let session = Session::opening(opening, environment)?;
        Ok(Self { session, input_type, ignore_mac: false, dialect: None })
    }

    /// Also files whose MAC is wrong, if the user says so.
    pub(crate) fn ignoring_mac(self, ignore_mac: bool) -> Self {
        Self { ignore_mac, ..self }
    }

    /// With dotenv files as a dialect has them, and files that are encrypted whole read as such.
    pub(crate) fn in_dialect(self, dialect: Option<Dialect>) -> Self {
        Self { dialect, ..self }
    }

    /// The values of a file: those of its first document.
    ///
    /// # Errors
    ///
    /// Those of reading and of opening it, and what the dialect cannot read.
    pub(crate) fn tree(&self, file: &OsStr) -> Result<Tree, Failure> {
        let path = Path::new(file);
        input::Input::File(path.to_path_buf()).must_exist()?;
        self.session.about(path);
        let source = input::read(path)?;
        // A dotenv file that sops has no lines for is encrypted whole, whatever it is called.
        let whole = || matches!(resops::ops::is_encrypted(source.clone(), Format::Binary), Ok(true));
        let types = match self.input_type {
            None if self.dialect.is_some() && whole() => Types::choose(Some("binary"), None, path),
            given => Types::choose(given, None, path).for_content(&source, true),
        };
        let file = self.session.open(source, types.input).map_err(|failure| about(path, failure))?;
        let plain = Plain::of(&file, self.ignore_mac).map_err(|failure| about(path, failure))?;
        if let (Some(dialect), Format::Dotenv | Format::Binary) = (self.dialect, types.input) {
            let text = plain.editable().map_err(|error| dump_failure(&error, types.output))?;
            return dialect.read(&Zeroizing::new(text)).map_err(|error| {
                let why = format!("{}: {error}", path.display());
                Failure::new(Kind::ReadInput, why)
                    .hint("the line is that of the plaintext, as sops decrypt prints it")
            });
        }
        let mut trees = plain.trees();
        if trees.len() > 1 {
            let count = trees.len();
            let message =
                format!("{} has {count} YAML documents; only the first one is used", path.display());
            ui::log(Level::Warning, &message);
        }
        if trees.is_empty() { Ok(Tree::Map(Vec::new())) } else { Ok(trees.swap_remove(0)) }
    }

    /// The plaintext of a file, whole.
    ///
    /// # Errors
    ///
    /// As [`tree`](Self::tree).
    pub(crate) fn plaintext(&self, source: Vec<u8>, path: &Path) -> Result<Vec<u8>, Failure> {
        self.session.about(path);
        let types = Types::choose(None, None, path).for_content(&source, false);
        let file = self.session.open(source, types.input).map_err(|failure| about(path, failure))?;
        let proof = file.verify().map_err(|error| about(path, error.into()))?;
        let plaintext = file.into_plaintext(&proof);
        plaintext.map_err(|error| dump_failure(&error, types.output))
    }
}

/// Says which of several files it is.
fn about(path: &Path, failure: Failure) -> Failure {
    failure.after(&path.to_string_lossy())
}

/// The dialect of that name; none for sops' own.
///
/// # Errors
///
/// Exit 1 for a name of none.
pub(crate) fn dialect(name: Option<&str>) -> Result<Option<Dialect>, Failure> {
    match name.filter(|name| !matches!(*name, "" | "sops")) {
        None => Ok(None),
        Some(name) => Dialect::named(name).map(Some).ok_or_else(|| {
            let names = Dialect::NAMES.map(|(name, _)| name).join(", ");
            Failure::generic(format!("Error: --dotenv-dialect takes sops, {names}"))
        }),
    }
}

/// A path as typed.
///
/// # Errors
///
/// [`Kind::TreePath`].
pub(crate) fn parse_path(text: &OsStr) -> Result<TypedPath, Failure> {
    let text = text.to_string_lossy();
    TypedPath::parse(&text).map_err(|error| {
        Failure::new(Kind::TreePath, format!("{text} is no path: {error}"))
            .hint("db.hosts.0, /db/hosts/0 and '[\"db\"][\"hosts\"][0]' are the same; tls.\"ca.pem\" has a dot in a key")
    })
}

/// That nothing is at a path of a file: exit 1, as with `--extract`.
pub(crate) fn missing(file: &OsStr, typed: &str, missing: &Missing) -> Failure {
    let failure = Failure::generic(format!("{}: nothing at {typed}: {missing}", file.display()));
    match did_you_mean(&missing.nearest) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The question, if there is anything to ask.
pub(crate) fn did_you_mean(nearest: &[String]) -> Option<String> {
    (!nearest.is_empty()).then(|| format!("did you mean {}?", nearest.join(" or ")))
}

/// `NAME=FILE`.
///
/// # Errors
///
/// If it is none, or NAME is no name.
pub(crate) fn name_and_file(flag: &str, text: &OsString) -> Result<(String, OsString), Failure> {
    let bytes = text.as_encoded_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=');
    let parts = at.map(|at| {
        let file = resops::os::owned(bytes[at + 1..].to_vec());
        (String::from_utf8_lossy(&bytes[..at]).into_owned(), file)
    });
    let is_name = |name: &str| {
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
    };
    parts.filter(|(name, file)| is_name(name) && !file.is_empty()).ok_or_else(|| {
        let shown = ui::go_quote(&text.to_string_lossy());
        Failure::generic(format!("Error: {flag} takes NAME=FILE, not {shown}"))
            .hint("NAME has letters, digits and underscores, and begins with no digit")
    })
}
