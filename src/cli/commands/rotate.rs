//! `rotate`: the same plaintext under a new data key (command line §7.4).

use resops::document::Format;
use resops::ops::{self, KeyChange};

use crate::cli::args::RotateArgs;
use crate::cli::audit::Action;
use crate::cli::batch::{self, Outcome, Target, Words, meant};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::NewFile;
use crate::cli::formats;
use crate::cli::input::{self, Input};
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::output::{self, Output};
use crate::cli::recipe;

pub(crate) fn run(args: &RotateArgs, environment: &Environment) -> Result<(), Failure> {
    if args.each.any() {
        return many(args, environment);
    }
    if args.words.is_empty() {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified"));
    }
    input::warn_about_more_words(&args.words);
    let input = Input::first(&args.words, environment)?;
    let output = Output::choose(&args.output, &input, environment)?;
    if let Input::File(path) = &input
        && args.change.any()
        && input::is_missing(path)
    {
        return Err(Failure::new(
            Kind::NoFileForKeys,
            format!(
                "Error: cannot add or remove keys on non-existent file {}, use the `edit` subcommand instead.",
                input::quoted(path)
            ),
        ));
    }
    let name = input.name(args.output.filename_override.as_ref(), environment)?;
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    let (add, remove) = recipe::key_change(&args.change, args.encryption_context.as_deref(), None, &session)?;
    session.about(if let Input::File(path) = &input { path } else { &name });
    let (input_type, output_type) = (args.types.input_type.as_deref(), args.types.output_type.as_deref());
    let (input_format, output_format) = formats::choose_both(input_type, output_type, &name);
    let rotation = Rotation {
        input: input_format,
        output: output_format,
        change: KeyChange { add, remove: remove.iter().map(|key| key.text().into_owned()).collect() },
        ignore_mac: false,
    };
    if let Output::InPlace(path) = &output {
        return output::rewrite(path, |source| rotation.rotate(source, &config, &session).map(Some))
            .map(drop);
    }
    output.write(&rotation.rotate(input.read()?, &config, &session)?, NewFile::Shared)
}

/// Many files, each under a data key of its own.
fn many(args: &RotateArgs, environment: &Environment) -> Result<(), Failure> {
    let writing = batch::in_place_only(&args.output, args.each.dry_run)?;
    let entries = batch::select(&args.words, &args.each.many, environment)?;
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    let (add, remove) = recipe::key_change(&args.change, args.encryption_context.as_deref(), None, &session)?;
    let remove: Vec<_> = remove.iter().map(|key| key.text().into_owned()).collect();
    let format = |target: &Target| formats::choose(args.types.input_type.as_deref(), &target.path);
    let words = Words { verb: "rotate", done: "rotated", unchanged: "unchanged" };
    batch::run(
        entries,
        &words,
        writing,
        &|target| meant::encrypted(target, format(target)),
        &|target, source| {
            session.about(&target.path);
            let rotation = Rotation {
                input: format(target),
                output: formats::choose(args.types.output_type.as_deref(), &target.path),
                change: KeyChange { add: add.clone(), remove: remove.clone() },
                ignore_mac: false,
            };
            let bytes = rotation.rotate(source, &config, &session)?;
            Ok(Outcome::Change { bytes, text: String::new() })
        },
    )
}

/// What is wanted of an encrypted file.
pub(crate) struct Rotation {
    pub(crate) input: Format,
    pub(crate) output: Format,
    pub(crate) change: KeyChange,
    pub(crate) ignore_mac: bool,
}

impl Rotation {
    /// The file under its new data key.
    pub(crate) fn rotate(
        &self,
        source: Vec<u8>,
        config: &Config,
        session: &Session,
    ) -> Result<Vec<u8>, Failure> {
        let file = session.open_to_rotate(source, self.input)?;
        let output = self.output;
        let style = config.style(output, "Could not marshal tree")?;
        let rotated = if self.ignore_mac {
            session.with(|context| {
                ops::dangerously_rotate_unverified(&file, &self.change, output, style, context)
            })
        } else {
            let proof = file.verify()?;
            session.with(|context| ops::rotate(&file, &proof, &self.change, output, style, context))
        };
        let rotated = rotated?;
        session.record(Action::Encrypt)?;
        Ok(encrypted_bytes(rotated))
    }
}
