//! `encrypt`: a plaintext file, encrypted. Checks go in sops' order (command line §7.1).

use resops::ops::{self, Recipe};

use crate::cli::args::EncryptArgs;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::NewFile;
use crate::cli::formats::FileType;
use crate::cli::input::{self, Input};
use crate::cli::library_errors;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::output::Output;
use crate::cli::recipe::{self, Shape};

pub(crate) fn run(args: &EncryptArgs, environment: &Environment) -> Result<(), Failure> {
    input::warn_about_more_words(&args.words);
    let input = Input::first(&args.words, environment)?;
    let name = input.name(args.output.filename_override.as_ref(), environment)?;
    if input == Input::Stdin && name.as_os_str().is_empty() {
        return Err(Failure::new(
            Kind::Conflict,
            "Error: must specify --filename-override when reading from stdin",
        ));
    }
    let output = Output::choose(&args.output, &input, environment)?;
    input.must_exist()?;
    let config = Config::load(&args.global, environment)?;
    let rule = config.rule(&name, None)?;
    let session = Session::new(&args.services, &Default::default(), environment)?;

    let input_type = FileType::of(args.types.input_type.as_deref(), &name).format()?;
    let output_type = FileType::of(args.types.output_type.as_deref(), &name).format()?;
    let style = config.style(output_type, "Could not marshal tree")?;
    let shape = Shape { input: input_type, output: output_type, style };
    let recipe = recipe::recipe(&args.keys, &args.selectors, rule.as_ref(), shape)?;

    output.write(&encrypt(&input, &recipe, &session)?, NewFile::Shared)
}

/// Reads the input and encrypts it.
pub(crate) fn encrypt(input: &Input, recipe: &Recipe, session: &Session) -> Result<Vec<u8>, Failure> {
    let source = input.read()?;
    let encrypted = session
        .with(|context| ops::encrypt(source, recipe, context))
        .map_err(|error| library_errors::encrypt_failure(error, recipe.input))?;
    Ok(encrypted_bytes(encrypted))
}
