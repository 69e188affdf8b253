//! `edit`, and bare `sops FILE`: the plaintext in an editor, and back into the file
//! (command line §7.3).
//!
//! No failure loses what was typed. While a person can answer, the editor comes back with the same text;
//! if nobody can, or nobody wants to, the text is kept beside the file, encrypted for whoever can open the
//! file ([`rescue`]). A file that someone else changed in the meantime is merged with what was typed
//! ([`base`]); only what both changed is asked about.

mod base;
mod rescue;
mod unresolved;

use std::path::{Path, PathBuf};

use resops::document::{EmitStyle, Format, three_way};
use resops::ops::Recipe;

pub(crate) use self::unresolved::{Decision, merge_failure};

use self::base::{Base, Trouble};
use crate::cli::args::EditArgs;
use crate::cli::config::Config;
use crate::cli::editor::Editor;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files::{self, UpdateError};
use crate::cli::formats;
use crate::cli::input;
use crate::cli::open::Session;
use crate::cli::paths;
use crate::cli::recipe::{self, Shape};
use crate::cli::signals::{self, OnSignal};
use crate::cli::temporary::PrivateFolder;
use crate::cli::ui::{self, Level};

const RETURN: &str = "Press enter to return to the editor, or Ctrl+C to exit.";

const SOMEONE_ELSE: &str = "The file was changed by someone else while you edited it.";

/// How often a file may change under our hands while we merge.
const ATTEMPTS: usize = 20;

pub(crate) fn run(args: &EditArgs, environment: &Environment) -> Result<(), Failure> {
    let Some(word) = args.words.first() else {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified"));
    };
    input::warn_about_more_words(&args.words);
    let path = input::absolute(word, environment)?;
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    session.about(&path);
    let toml = config.wants_toml() && input::is_missing(&path);
    let (input_type, output_type) = (args.types.input_type.as_deref(), args.types.output_type.as_deref());
    let (input, output) = formats::choose_new(input_type, output_type, &path, toml);
    let editing = Editing {
        path: &path,
        input,
        output,
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
        recipe::recipe(&args.keys, &args.selectors, rule.as_ref(), shape, &session)
    })
}

/// One editing of one file.
#[derive(Clone, Copy)]
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

/// Where the text is while it is edited.
struct Desk {
    folder: PrivateFolder,
    /// The text for the editor.
    copy: PathBuf,
    style: EmitStyle,
}

/// What came of an attempt to save.
enum Saved {
    Written,
    /// Someone else changed the file, and the same values as the user. The text with their other
    /// changes is what is edited from here on, in place of their version.
    Contested {
        base: Base,
        text: Vec<u8>,
        trouble: Trouble,
    },
    /// Someone else removed the file. Saving again makes it anew.
    Gone(Trouble),
}

impl Editing<'_> {
    /// Edits the file, or the example if it is new; `plan` tells how it is encrypted then.
    ///
    /// # Errors
    ///
    /// [`Kind::Unchanged`], [`Kind::Editor`], and all that opening, encrypting and writing can say.
    pub(crate) fn run(&self, plan: &dyn Fn() -> Result<Recipe, Failure>) -> Result<(), Failure> {
        let style = self.config.style(self.output, "Could not marshal tree")?;
        if let Some(place) = rescue::left(self.path) {
            ui::log(
                Level::Warning,
                &format!("a text of an earlier edit was not saved; {}", rescue::words(&place)),
            );
        }
        let base = match std::fs::metadata(self.path) {
            Ok(_) => match self.unresolved_versions()? {
                Some(versions) => return self.resolve(versions, &Decision::default()),
                None => self.open()?,
            },
            Err(_) => self.fresh(plan()?, &style)?,
        };
        self.edit(base, style)
    }

    /// Lets the user edit what is put in place of `base`.
    fn edit(&self, mut base: Base, style: EmitStyle) -> Result<(), Failure> {
        let mut shown = self.shown(&base, base.text(), &style)?;
        let folder = PrivateFolder::new(self.environment, "", shown.len()).map_err(|why| {
            Failure::new(Kind::WriteOutput, format!("Could not create temporary directory: {why}"))
        })?;
        let copy = folder.path().join(paths::base_name(self.path));
        let desk = Desk { folder, copy, style };
        files::write_private(&desk.copy, &shown).map_err(|error| {
            Failure::new(Kind::WriteOutput, format!("Could not create temporary file: {}", reason(&error)))
        })?;

        signals::on_signal(OnSignal::Cancel(None));
        let editor = Editor::choose(self.environment)?;
        loop {
            let draft = rescue::Draft {
                path: self.path.to_path_buf(),
                copy: desk.copy.clone(),
                shown: shown.clone(),
                beside: base.beside(),
                style,
                elsewhere: self.environment.temporary_directory(shown.len()),
            };
            let _last = signals::before_the_end(move || draft.keep());
            let ended = editor.edit(&desk.copy, self.environment);
            let edited = match (files::read(&desk.copy), &ended) {
                (Ok(edited), _) => edited,
                (Err(_), Err(failure)) => return Err(failure.clone()),
                (Err(why), Ok(())) => {
                    return Err(Failure::new(Kind::ReadInput, format!("Could not hash file: {why}")));
                }
            };
            let trouble = match ended {
                // An editor that fails says that its text is not to be used; a person may think otherwise.
                Err(failure) if edited == shown || !self.environment.stdin_is_terminal() => {
                    return Err(failure);
                }
                Err(failure) => Trouble::new("The editor failed, and the text was changed.", failure),
                Ok(()) if edited == shown => {
                    return Err(Failure::new(Kind::Unchanged, "File has not changed, exiting."));
                }
                Ok(()) => match self.save(&base, &edited, &desk) {
                    Ok(Saved::Written) => return Ok(()),
                    Ok(Saved::Contested { base: theirs, text, trouble }) => {
                        if self.environment.stdin_is_terminal() {
                            shown = self.shown(&theirs, theirs.text(), &style)?;
                            self.lay_out(&desk, &text, &shown);
                        }
                        base = theirs;
                        trouble
                    }
                    Ok(Saved::Gone(trouble)) => {
                        base.was_removed();
                        trouble
                    }
                    Err(trouble) => trouble,
                },
            };
            if !self.may_go_on(&trouble) {
                return Err(self.keep(&base, edited, &style, trouble.failure));
            }
        }
    }

    /// Encrypts the edited text and writes the file. What someone else changed meanwhile stays.
    fn save(&self, base: &Base, edited: &[u8], desk: &Desk) -> Result<Saved, Trouble> {
        let style = &desk.style;
        let mut draft = self.take_apart(edited, style)?;
        let mut moved: Option<Base> = None;
        for _ in 0..ATTEMPTS {
            let now = moved.as_ref().unwrap_or(base);
            let bytes = self.seal(now, &draft, style)?;
            match files::update(self.path, now.on_disk(), &bytes) {
                Ok(()) => {
                    ui::log(Level::Info, "File written successfully");
                    return Ok(Saved::Written);
                }
                Err(UpdateError::Write(error)) => {
                    return Err(Trouble::new("Could not write the file.", error.into_failure("in-place")));
                }
                Err(UpdateError::Changed) => {}
            }
            if input::is_missing(self.path) {
                let why = format!("{} was removed while it was edited", self.path.display());
                return Ok(Saved::Gone(Trouble::new(SOMEONE_ELSE, Failure::generic(why))));
            }
            let theirs = self.open().map_err(|failure| Trouble::new(SOMEONE_ELSE, failure))?;
            let met = self.meet(now, draft, &theirs);
            if !met.conflicts.is_empty() {
                let text = self.shown_as(&theirs, &met.draft, style);
                let text = text.map_err(|failure| Trouble::new(SOMEONE_ELSE, failure))?;
                let trouble = self.contested(&met.conflicts);
                return Ok(Saved::Contested { base: theirs, text, trouble });
            }
            ui::log(
                Level::Warning,
                &format!(
                    "{} was changed by someone else while you edited it; both changes are in it now",
                    self.path.display()
                ),
            );
            draft = met.draft;
            moved = Some(theirs);
        }
        let why = format!("{} is changed again and again by someone else", self.path.display());
        Err(Trouble::new("Could not write the file.", Failure::generic(why)))
    }

    /// Brings together what was typed and what someone else made of the same file.
    fn meet(&self, base: &Base, mut draft: base::Draft, theirs: &Base) -> base::Met {
        let mut conflicts = Vec::new();
        match three_way(Some(base.text()), &draft.text, theirs.text(), self.input) {
            Ok(merged) => {
                draft.text = merged.text;
                conflicts = merged.conflicts;
            }
            Err(_) => conflicts.push(String::new()),
        }
        if base.is_new() {
            conflicts = vec![String::new()];
        }
        if let Some(wanted) = &draft.metadata
            && !theirs.has_policy(base)
        {
            if base.wants(wanted) {
                draft.metadata = theirs.metadata().cloned();
            } else if !theirs.wants(wanted) {
                conflicts.push("sops".to_owned());
            }
        }
        base::Met { draft, conflicts }
    }

    fn contested(&self, conflicts: &[String]) -> Trouble {
        let path = self.path.display();
        let what = match conflicts {
            [whole] if whole.is_empty() => "the changes cannot be brought together".to_owned(),
            _ => format!("both changed {}", conflicts.join(", ")),
        };
        Trouble::new(
            SOMEONE_ELSE,
            Failure::generic(format!("{path} was changed while it was edited; {what}")),
        )
    }

    /// Puts a text before the user in place of what was typed, and another version beside it.
    fn lay_out(&self, desk: &Desk, text: &[u8], theirs: &[u8]) {
        let _ = std::fs::remove_file(&desk.copy);
        let _ = files::write_private(&desk.copy, text);
        let name = format!("theirs-{}", paths::base_name(self.path).to_string_lossy());
        let beside = desk.folder.path().join(name);
        let _ = std::fs::remove_file(&beside);
        if files::write_private(&beside, theirs).is_ok() {
            ui::say(&format!(
                "the editor shows your version, with what only they changed; theirs is in {} until you leave\n",
                beside.display()
            ));
        }
    }

    /// Tells what went wrong and waits until the user wants the editor back; false if nobody is there.
    fn may_go_on(&self, trouble: &Trouble) -> bool {
        if !self.environment.stdin_is_terminal() {
            return false;
        }
        let message = format!("{} {RETURN}", trouble.message);
        ui::log_with("CMD", Level::Error, &message, &[("error", trouble.failure.message())]);
        let mut line = String::new();
        matches!(std::io::stdin().read_line(&mut line), Ok(length) if length > 0)
    }

    /// The failure that ends the run, after the text is in safety.
    fn keep(&self, base: &Base, text: Vec<u8>, style: &EmitStyle, failure: Failure) -> Failure {
        let elsewhere = self.environment.temporary_directory(text.len());
        failure.hint(match rescue::write(self.path, text, &base.beside(), *style, &elsewhere) {
            Some(place) => format!("nothing is written; {}", rescue::words(&place)),
            None => "nothing is written, and the edited text could not be kept".to_owned(),
        })
    }
}
