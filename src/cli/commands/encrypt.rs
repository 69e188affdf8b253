//! `encrypt`: a plaintext file, encrypted. Checks go in sops' order (command line §7.1).

use std::path::Path;

use resops::document::Format;
use resops::ops::{self, EncryptError, Recipe, Warning};

use crate::cli::args::EncryptArgs;
use crate::cli::audit::Action;
use crate::cli::batch::{self, Origin, Outcome, Target, Words};
use crate::cli::config::{Config, Rule};
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::NewFile;
use crate::cli::formats;
use crate::cli::input::{self, Input};
use crate::cli::library_errors;
use crate::cli::memory;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::output::{self, Output};
use crate::cli::recipe::{self, Shape};

pub(crate) fn run(args: &EncryptArgs, environment: &Environment) -> Result<(), Failure> {
    if args.each.any() {
        return many(args, environment);
    }
    input::warn_about_more_words(&args.words);
    let input = Input::first(&args.words, environment)?;
    let name = input.name(args.output.filename_override.as_ref(), environment)?;
    let output = Output::choose(&args.output, &input, environment)?;
    if input == Input::Stdin && name.as_os_str().is_empty() {
        return Err(Failure::new(
            Kind::Conflict,
            "Error: must specify --filename-override when reading from stdin",
        ));
    }
    input.must_exist()?;
    let config = Config::load(&args.global, environment)?;
    let rule = config.rule(&name, None)?;
    let session = Session::new(&args.services, &Default::default(), environment)?;

    if let Input::File(path) = &input {
        session.about(path);
    }

    let again = if args.types.input_type.is_some() { Again::Allowed } else { Again::Refused };
    let values = if args.strict_values { Values::Strict } else { Values::AsWritten };
    let recipe = recipe_for(args, &name, rule.as_ref(), &config, &session)?;
    if let Output::InPlace(path) = &output {
        let encrypt = |source| encrypt(source, &recipe, again, values, &session).map(Some);
        return output::rewrite(path, encrypt).map(drop);
    }
    output.write(&encrypt(input.read()?, &recipe, again, values, &session)?, NewFile::Shared)
}

/// How a file of that name is encrypted.
fn recipe_for(
    args: &EncryptArgs,
    name: &Path,
    rule: Option<&Rule>,
    config: &Config,
    session: &Session,
) -> Result<Recipe, Failure> {
    let (input, output) = formats::choose_new(
        args.types.input_type.as_deref(),
        args.types.output_type.as_deref(),
        name,
        config.wants_toml(),
    );
    let style = config.style(output, "Could not marshal tree")?;
    recipe::recipe(&args.keys, &args.selectors, rule, Shape { input, output, style }, session)
}

/// Many files, each in place: those that are named, and in folders those that a rule is for.
fn many(args: &EncryptArgs, environment: &Environment) -> Result<(), Failure> {
    let writing = batch::in_place_only(&args.output, args.each.dry_run)?;
    let entries = batch::select(&args.words, &args.each.many, environment)?;
    let config = Config::load(&args.global, environment)?;
    if entries.iter().flatten().any(|target| target.origin == Origin::Found)
        && config.creation_rules().all(|rule| rule.path_regex.is_empty())
    {
        return Err(Failure::generic("no creation rule says which files of a folder are to be encrypted").hint(
            "name the files, or give the rules in .sops.yaml a path_regex: one without it says how files are encrypted, not which",
        ));
    }
    let session = Session::new(&args.services, &Default::default(), environment)?;
    let values = if args.strict_values { Values::Strict } else { Values::AsWritten };
    let words = Words { verb: "encrypt", done: "encrypted", unchanged: "encrypted already" };
    let read = |target: &Target| match target.origin {
        Origin::Found if config.covering(&target.path)?.is_none() => Ok(None),
        _ => input::read(&target.path).map(Some),
    };
    batch::run(entries, &words, writing, &read, &|target, source| {
        session.about(&target.path);
        let rule = config.rule(&target.path, None)?;
        let recipe = recipe_for(args, &target.path, rule.as_ref(), &config, &session)?;
        // So that a second run can finish what the first one did not.
        if matches!(ops::is_encrypted(source.clone(), recipe.output), Ok(true)) {
            return Ok(Outcome::Unchanged);
        }
        let bytes = encrypt(source, &recipe, Again::Refused, values, &session)?;
        Ok(Outcome::Change { bytes, text: String::new() })
    })
}

/// Whether a binary file that is encrypted already is encrypted once more. sops does it; that is hardly
/// ever what was meant, so the type has to be named then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Allowed,
    Refused,
}

/// What becomes of numbers whose spelling only this program brings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// A warning.
    AsWritten,
    /// An error, before anything is written.
    Strict,
}

/// Encrypts a file.
pub(crate) fn encrypt(
    source: Vec<u8>,
    recipe: &Recipe,
    again: Again,
    values: Values,
    session: &Session,
) -> Result<Vec<u8>, Failure> {
    if again == Again::Refused && recipe.input == Format::Binary && is_envelope(&source) {
        return Err(Failure::from(EncryptError::AlreadyEncrypted)
            .hint("to encrypt it a second time, give --input-type binary"));
    }
    if recipe.input != Format::Binary {
        memory::prepare_for_tokens(&source);
    }
    let encrypted = session
        .with(|context| ops::encrypt(source, recipe, context))
        .map_err(|error| library_errors::encrypt_failure(error, recipe.input))?;
    session.record(Action::Encrypt)?;
    let odd = encrypted.warnings.iter().find(|warning| matches!(warning, Warning::Spelling { .. }));
    match odd.filter(|_| values == Values::Strict) {
        Some(warning) => Err(Failure::new(Kind::EncryptTree, format!("Error encrypting tree: {warning}"))
            .hint("quote the number to keep its spelling everywhere, or leave out --strict-values")),
        None => Ok(encrypted_bytes(encrypted)),
    }
}

/// Whether these bytes are an encrypted binary file.
fn is_envelope(source: &[u8]) -> bool {
    source.starts_with(b"{") && matches!(ops::is_encrypted(source.to_vec(), Format::Binary), Ok(true))
}
