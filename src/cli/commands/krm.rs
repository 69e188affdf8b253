//! `krm`: a function for kustomize, in the protocol of the KRM Functions Specification v1, and by its
//! older one, where a generator is called with the name of its file.
//!
//! ```text
//! ResourceList ──list─▶ items ──generator─▶ files to open ──sources─▶ resources ──list─▶ ResourceList
//!                         └──encrypted─▶ the same resource, decrypted ──┘
//! ```
//!
//! Everything is opened before anything is written; if one file fails, no value of any other goes out.

mod encrypted;
mod generator;
mod kustomization;
mod list;
mod secret;
mod sources;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use resops::document::Tree;

use crate::cli::args::KrmArgs;
use crate::cli::batch;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::input;
use crate::cli::open::Session;
use crate::cli::ui;
use generator::Generator;
use list::{Envelope, Note, ResourceList};
use sources::{Opened, Opener};

/// The name that makes this program a KSOPS.
const KSOPS: &str = "ksops";
/// How many files are opened at once, unless a variable says another number, as for KSOPS.
const AT_ONCE: usize = 20;
const AT_ONCE_VARIABLE: &str = "KSOPS_CONCURRENCY_LIMIT";

/// The command line; that of `krm` if the program was called by the name of KSOPS.
pub(crate) fn as_ksops(name: Option<OsString>, words: Vec<OsString>) -> Vec<OsString> {
    if name.is_none_or(|name| name != KSOPS) {
        return words;
    }
    std::iter::once("krm".into()).chain(words).collect()
}

pub(crate) fn run(args: &KrmArgs, environment: &Environment) -> Result<(), Failure> {
    input::warn_about_more_words(&args.words);
    let (source, name) = match args.words.first() {
        Some(file) => {
            let path = Path::new(file);
            input::Input::File(path.to_path_buf()).must_exist()?;
            (input::read(path)?, file.to_string_lossy().into_owned())
        }
        None if environment.stdin_is_terminal() => {
            return Err(Failure::new(Kind::NoFile, "Error: no resources on stdin")
                .hint("kustomize calls this program: see sops help krm"));
        }
        None => (files::read_stdin()?, "stdin".to_owned()),
    };
    let at_once = at_once(environment)?;
    let list = ResourceList::read(source).map_err(|failure| failure.after(&name))?;
    let session = Session::opening(&args.opening, environment)?;
    let opener = Opener { session: &session, ignore_mac: args.ignore_mac };
    let (items, notes) = transform(&list, &opener, at_once);
    for note in &notes {
        note.say();
    }
    if notes.iter().any(Note::is_error) {
        // As it came: nothing that was decrypted is in it.
        if list.envelope == Envelope::List {
            files::write_stdout(&list.with(list.items.clone(), &notes)?)?;
        }
        return Err(Failure::silent(Kind::Generic));
    }
    files::write_stdout(&zeroize::Zeroizing::new(list.with(items, &notes)?))
}

/// # Errors
///
/// Exit 1 if the variable holds no number, as for KSOPS.
fn at_once(environment: &Environment) -> Result<usize, Failure> {
    let Some(text) = environment.nonempty(AT_ONCE_VARIABLE) else { return Ok(AT_ONCE) };
    let number = text.to_str().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| {
        let shown = ui::go_quote(&text.to_string_lossy());
        Failure::generic(format!("{AT_ONCE_VARIABLE} is {shown}, not a number from 1 on"))
    })
}

/// What becomes of an item.
enum Step<'l> {
    /// It stays.
    Keep(&'l Tree),
    /// It says what to make.
    Generate(Generator),
    /// It is decrypted.
    Decrypt(&'l Tree),
}

/// One thing to open.
enum Work<'s> {
    File(&'s sources::Source),
    Item(&'s Tree),
}

/// The items that come of a list, in its order, and what is to be said.
fn transform(list: &ResourceList, opener: &Opener<'_>, at_once: usize) -> (Vec<Tree>, Vec<Note>) {
    let mut notes = Vec::new();
    let steps = plan(list, &mut notes);
    let mut opened = open_all(&steps, opener, at_once).into_iter();
    let mut failed = notes.iter().any(Note::is_error);
    let mut items = Vec::new();
    for step in &steps {
        let mut whole = Vec::new();
        for opened in opened.by_ref().take(step.work().count()) {
            match opened {
                Ok(opened) => whole.push(opened),
                Err(note) => {
                    failed = true;
                    notes.push(*note);
                }
            }
        }
        // What failed further down is still to be told.
        if failed {
            continue;
        }
        match step {
            Step::Keep(item) => items.push((*item).clone()),
            Step::Decrypt(_) => items.extend(whole.into_iter().flat_map(Opened::into_resources)),
            Step::Generate(generator) => match generator.resources(whole, &mut notes) {
                Ok(made) => items.extend(made),
                Err(note) => {
                    failed = true;
                    notes.push(*note);
                }
            },
        }
    }
    (items, notes)
}

/// What becomes of each item, and of a configuration that is none of them.
fn plan<'l>(list: &'l ResourceList, notes: &mut Vec<Note>) -> Vec<Step<'l>> {
    let mut steps = Vec::new();
    for item in list.items.iter().chain(list.config_beside_items()) {
        if let Some(generator) = list.generator(item) {
            match Generator::read(generator, notes) {
                Ok(generator) => steps.push(Step::Generate(generator)),
                Err(failure) => notes.push(Note::about(&failure, None, Some(item))),
            }
        } else if list.is_stray_generator(item) {
            let failure = Failure::generic("a generator among resources, whose files are not opened")
                .hint("its file belongs below generators: of the kustomization");
            notes.push(Note::about(&failure, None, Some(item)));
        } else if encrypted::is(item) {
            steps.push(Step::Decrypt(item));
        } else {
            steps.push(Step::Keep(item));
        }
    }
    steps
}

/// Opens all that the steps need, in their order.
fn open_all(steps: &[Step<'_>], opener: &Opener<'_>, at_once: usize) -> Vec<Result<Opened, Box<Note>>> {
    let any = steps.iter().any(|step| matches!(step, Step::Decrypt(_)));
    let files = if any && !opener.ignore_mac {
        kustomization::encrypted_files(Path::new("."))
    } else {
        HashMap::new()
    };
    let work: Vec<Work<'_>> = steps.iter().flat_map(Step::work).collect();
    batch::map_on(at_once, "krm", &work, |work| match work {
        Work::File(source) => ui::about(&source.path, || opener.open(source))
            .map_err(|failure| Box::new(Note::about(&failure, Some(&source.path), None))),
        Work::Item(item) => {
            let name = list::name_of(item);
            ui::about(&name, || encrypted::open(item, &name, &files, opener))
                .map(Opened::resource)
                .map_err(|failure| Box::new(Note::about(&failure, None, Some(item))))
        }
    })
}

impl Step<'_> {
    /// What has to be opened for it, in the order of the listing.
    fn work(&self) -> Box<dyn Iterator<Item = Work<'_>> + '_> {
        match self {
            Self::Keep(_) => Box::new(std::iter::empty()),
            Self::Decrypt(item) => Box::new(std::iter::once(Work::Item(item))),
            Self::Generate(generator) => Box::new(generator.sources().map(Work::File)),
        }
    }
}
