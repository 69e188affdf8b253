//! `encrypt`: a plaintext file, encrypted. Checks go in sops' order (command line §7.1).

use resops::document::Format;
use resops::ops::{self, EncryptError, Recipe, Warning};

use crate::cli::args::EncryptArgs;
use crate::cli::audit::Action;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::NewFile;
use crate::cli::formats;
use crate::cli::input::{self, Input};
use crate::cli::library_errors;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::output::Output;
use crate::cli::recipe::{self, Shape};

pub(crate) fn run(args: &EncryptArgs, environment: &Environment) -> Result<(), Failure> {
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

    let (input_type, output_type) = formats::choose_new(
        args.types.input_type.as_deref(),
        args.types.output_type.as_deref(),
        &name,
        config.wants_toml(),
    );
    let style = config.style(output_type, "Could not marshal tree")?;
    let shape = Shape { input: input_type, output: output_type, style };
    let recipe = recipe::recipe(&args.keys, &args.selectors, rule.as_ref(), shape)?;

    let again = if args.types.input_type.is_some() { Again::Allowed } else { Again::Refused };
    let values = if args.strict_values { Values::Strict } else { Values::AsWritten };
    output.write(&encrypt(&input, &recipe, again, values, &session)?, NewFile::Shared)
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

/// Reads the input and encrypts it.
pub(crate) fn encrypt(
    input: &Input,
    recipe: &Recipe,
    again: Again,
    values: Values,
    session: &Session,
) -> Result<Vec<u8>, Failure> {
    let source = input.read()?;
    if again == Again::Refused && recipe.input == Format::Binary && is_envelope(&source) {
        return Err(Failure::from(EncryptError::AlreadyEncrypted)
            .hint("to encrypt it a second time, give --input-type binary"));
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
