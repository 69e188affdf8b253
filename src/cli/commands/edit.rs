//! `edit`, and bare `sops FILE`: the plaintext in an editor, and back into the file
//! (command line §7.3).
//!
//! While a person can answer, no failure loses what was typed: the editor comes back with the same
//! text, also if the file was changed by someone else in the meantime. Without a terminal the first
//! failure ends the run, and since no plaintext may stay behind, the edit is lost then.

use std::path::{Path, PathBuf};

use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format};
use resops::metadata::Metadata;
use resops::ops::{self, OpenFile, Recipe};

use super::decrypt::Plain;
use crate::cli::args::EditArgs;
use crate::cli::config::Config;
use crate::cli::editor::Editor;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::example;
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::output;
use crate::cli::paths;
use crate::cli::recipe::{self, Shape};
use crate::cli::signals::{self, OnSignal};
use crate::cli::temporary::PrivateFolder;
use crate::cli::ui::{self, Level};

const RETURN: &str = "Press enter to return to the editor, or Ctrl+C to exit.";

pub(crate) fn run(args: &EditArgs, environment: &Environment) -> Result<(), Failure> {
    let Some(word) = args.words.first() else {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified"));
    };
    input::warn_about_more_words(&args.words);
    let path = input::absolute(word, environment)?;
    let config = Config::load(&args.global, environment)?;
    let session = Session::new(&args.services, &args.order, environment)?;
    let editing = Editing {
        path: &path,
        input: formats::choose(args.types.input_type.as_deref(), &path),
        output: formats::choose(args.types.output_type.as_deref(), &path),
        show_master_keys: args.show_master_keys,
        ignore_mac: args.ignore_mac,
        config: &config,
        session: &session,
        environment,
    };
    editing.run(&|| {
        let rule = config.rule(&path, None)?;
        let (input, output) = (editing.input, editing.output);
        let shape = Shape { input, output, style: config.style(output, "Could not marshal tree")? };
        recipe::recipe(&args.keys, &args.selectors, rule.as_ref(), shape)
    })
}

/// One editing of one file.
pub(crate) struct Editing<'a> {
    pub(crate) path: &'a Path,
    pub(crate) input: Format,
    pub(crate) output: Format,
    pub(crate) show_master_keys: bool,
    pub(crate) ignore_mac: bool,
    pub(crate) config: &'a Config,
    pub(crate) session: &'a Session,
    pub(crate) environment: &'a Environment,
}

/// What the edited text is put in place of.
enum Base {
    /// A file, with its bytes as they were when it was opened.
    Old(Box<OpenFile>, Vec<u8>),
    /// Nothing: the file is new.
    New(Box<Recipe>),
}

/// Why a round of editing did not end in a written file.
struct Trouble {
    /// What the log line says.
    message: &'static str,
    failure: Failure,
}

impl Trouble {
    fn new(message: &'static str, failure: impl Into<Failure>) -> Self {
        Self { message, failure: failure.into() }
    }
}

impl Editing<'_> {
    /// Edits the file, or the example if it is new; `plan` tells how it is encrypted then.
    ///
    /// # Errors
    ///
    /// [`Kind::Unchanged`], [`Kind::Editor`], and all that opening, encrypting and writing can say.
    pub(crate) fn run(&self, plan: &dyn Fn() -> Result<Recipe, Failure>) -> Result<(), Failure> {
        let format = self.input;
        let style = self.config.style(self.output, "Could not marshal tree")?;
        let (mut base, text) = if std::fs::metadata(self.path).is_ok() {
            self.open()?
        } else {
            let recipe = plan()?;
            let text = example::text(format, &style);
            self.try_keys(&recipe, &text)?;
            (Base::New(Box::new(recipe)), text)
        };

        let folder = PrivateFolder::new(self.environment, "").map_err(|why| {
            Failure::new(Kind::WriteOutput, format!("Could not create temporary directory: {why}"))
        })?;
        let copy = folder.path().join(paths::base_name(self.path));
        let shown = self.shown(&base, text, format, &style)?;
        files::write_private(&copy, &shown).map_err(|error| {
            let why = crate::cli::error::reason(&error);
            Failure::new(Kind::WriteOutput, format!("Could not create temporary file: {why}"))
        })?;

        signals::on_signal(OnSignal::Cancel);
        let editor = Editor::choose(self.environment)?;
        loop {
            editor.edit(&copy, self.environment)?;
            let edited = files::read(&copy)
                .map_err(|why| Failure::new(Kind::ReadInput, format!("Could not hash file: {why}")))?;
            if edited == shown {
                return Err(Failure::new(Kind::Unchanged, "File has not changed, exiting."));
            }
            let Err(trouble) = self.finish(&base, edited, &style) else { return Ok(()) };
            self.complain(&trouble)?;
            if self.changed_meanwhile(&base) {
                base = self.rebase(&folder, base)?;
            }
        }
    }

    fn open(&self) -> Result<(Base, Vec<u8>), Failure> {
        let source = input::read(self.path)?;
        let mut file = self.session.open(source.clone(), self.input)?;
        file.metadata_mut().raise_version().map_err(|error| Failure::generic(error.to_string()))?;
        let plain = Plain::of(&file, self.ignore_mac)?;
        let text = plain
            .editable()
            .map_err(|error| Failure::new(Kind::DumpTree, format!("Could not marshal tree: {error}")))?;
        Ok((Base::Old(Box::new(file), source), text))
    }

    /// Encrypts the example for all keys: better to fail now than when something is typed.
    fn try_keys(&self, recipe: &Recipe, text: &[u8]) -> Result<(), Failure> {
        match self.session.with(|context| ops::encrypt(text.to_vec(), recipe, context)) {
            Ok(_) => Ok(()),
            Err(ops::EncryptError::Wrap(error)) => Err(Failure::new(
                Kind::NoDataKey,
                format!("Error encrypting the data key with one or more master keys: {error}"),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// The text for the editor: the plaintext, with the metadata block if that is wanted.
    fn shown(
        &self,
        base: &Base,
        text: Vec<u8>,
        format: Format,
        style: &EmitStyle,
    ) -> Result<Vec<u8>, Failure> {
        let metadata = match base {
            Base::Old(file, _) if self.show_master_keys && format != Format::Binary => file.metadata(),
            _ => return Ok(text),
        };
        let unwritable = |error: &dyn std::fmt::Display| {
            Failure::new(Kind::DumpTree, format!("Could not marshal tree: {error}"))
        };
        let document = Document::parse(text, format).map_err(|error| unwritable(&error))?;
        let block = metadata.to_tree();
        let edits =
            Edits { leaves: Vec::new(), block: Block::Put(&block), style: *style, copies: Copies::OneLine };
        Ok(document.splice(&edits).map_err(|error| unwritable(&error))?.bytes)
    }

    /// Encrypts the edited text and writes the file.
    fn finish(&self, base: &Base, mut text: Vec<u8>, style: &EmitStyle) -> Result<(), Trouble> {
        let format = self.input;
        if self.show_master_keys && format != Format::Binary && matches!(base, Base::Old(..)) {
            text = without_block(text, format, style)?;
        }
        let invalid = |error: ops::EncryptError| {
            let message = match &error {
                ops::EncryptError::Parse(_) => "Could not load tree, probably due to invalid syntax.",
                ops::EncryptError::AlreadyEncrypted => "Tree not valid for encryption.",
                _ => "Could not encrypt the file.",
            };
            Trouble::new(message, library_errors::encrypt_failure(error, format))
        };
        let encrypted = match base {
            Base::New(recipe) => self.session.with(|context| ops::encrypt(text, recipe, context)),
            Base::Old(file, _) => {
                let output = self.output;
                self.session.with(|context| ops::reseal(file, text, output, *style, context))
            }
        };
        let bytes = encrypted_bytes(encrypted.map_err(invalid)?);
        if self.changed_meanwhile(base) {
            return Err(Trouble::new(
                "The file was changed by someone else while you edited it.",
                Failure::generic(format!("{} was changed while it was edited", self.path.display())),
            ));
        }
        output::in_place(self.path, &bytes)
            .map_err(|failure| Trouble::new("Could not write the file.", failure))
    }

    /// Whether the file is no longer what was opened. What is no regular file cannot be asked twice.
    fn changed_meanwhile(&self, base: &Base) -> bool {
        let there = std::fs::metadata(self.path);
        match base {
            Base::New(_) => there.is_ok(),
            Base::Old(..) if there.is_ok_and(|there| !there.is_file()) => false,
            Base::Old(_, source) => files::read(self.path).ok().as_ref() != Some(source),
        }
    }

    /// Takes the file as someone else left it for the new base, and puts its plaintext beside the
    /// user's. Saving again then replaces it knowingly.
    fn rebase(&self, folder: &PrivateFolder, base: Base) -> Result<Base, Failure> {
        let Ok((theirs, text)) = self.open() else { return Ok(base) };
        let name = format!("theirs-{}", paths::base_name(self.path).to_string_lossy());
        let beside: PathBuf = folder.path().join(name);
        let _ = std::fs::remove_file(&beside);
        if files::write_private(&beside, &text).is_ok() {
            ui::say(&format!(
                "their version is in {} until you leave; saving yours replaces it\n",
                beside.display()
            ));
        }
        Ok(theirs)
    }

    /// Tells what went wrong and waits until the user wants the editor back.
    fn complain(&self, trouble: &Trouble) -> Result<(), Failure> {
        if !self.environment.stdin_is_terminal() {
            return Err(trouble.failure.clone().hint("nothing is written; the edited text is lost"));
        }
        let message = format!("{} {RETURN}", trouble.message);
        ui::log_with("CMD", Level::Error, &message, &[("error", trouble.failure.message())]);
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(length) if length > 0 => Ok(()),
            _ => Err(trouble.failure.clone().hint("nothing is written; the edited text is lost")),
        }
    }
}

/// The edited text without the metadata block, which must still be one.
fn without_block(text: Vec<u8>, format: Format, style: &EmitStyle) -> Result<Vec<u8>, Trouble> {
    let document = Document::parse(text, format).map_err(|error| {
        let failure = library_errors::encrypt_failure(ops::EncryptError::Parse(error), format);
        Trouble::new("Could not load tree, probably due to invalid syntax.", failure)
    })?;
    if let Err(error) = Metadata::of(&document) {
        return Err(Trouble::new("SOPS metadata is invalid.", Failure::generic(error.to_string())));
    }
    let edits = Edits { leaves: Vec::new(), block: Block::Remove, style: *style, copies: Copies::OneLine };
    let plain = document.splice(&edits);
    plain.map(|plain| plain.bytes).map_err(|error| {
        Trouble::new("Tree not valid for encryption.", Failure::new(Kind::DumpTree, error.to_string()))
    })
}
