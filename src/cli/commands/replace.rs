//! `replace`: an encrypted file gets another plaintext, from a file or from stdin.
//!
//! It is `edit` without an editor: same data key, same keys, same rules; a value that did not change
//! keeps its ciphertext, and if none did, the file is left alone.

use std::ffi::OsStr;
use std::path::Path;

use resops::document::{EmitStyle, Format};
use resops::ops;

use super::decrypt::Plain;
use crate::cli::args::ReplaceArgs;
use crate::cli::audit::Action;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::formats::Types;
use crate::cli::input::{self, Input};
use crate::cli::library_errors;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::output::{self, Rewritten};
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &ReplaceArgs, environment: &Environment) -> Result<(), Failure> {
    let [word] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: need precisely one file, the encrypted one")
            .hint("the new plaintext comes from stdin or --from FILE"));
    };
    let path = input::absolute(word, environment)?;
    Input::File(path.clone())
        .must_exist()
        .map_err(|failure| failure.hint("to encrypt a file for the first time, use sops encrypt"))?;
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    session.about(&path);
    let types = Types::choose(args.types.input_type.as_deref(), args.types.output_type.as_deref(), &path);
    let plaintext = plaintext(args.from.as_deref())?;
    let rewritten = output::rewrite(&path, |source| {
        let Types { input, output, .. } = types.for_content(&source, false);
        let style = config.style(output, "Could not marshal tree")?;
        let change = Change { ignore_mac: args.ignore_mac, session: &session, style };
        change.make(source, (input, output), &plaintext)
    })?;
    if rewritten == Rewritten::No {
        ui::log(Level::Info, "File not written due to no change");
    }
    Ok(())
}

/// The new plaintext.
fn plaintext(from: Option<&OsStr>) -> Result<Vec<u8>, Failure> {
    match from.filter(|name| !name.is_empty() && *name != "-") {
        Some(name) => files::read(Path::new(name))
            .map_err(|why| Failure::new(Kind::ReadInput, format!("Error reading file: {why}"))),
        None => match files::read_stdin()? {
            // What a failed command in front of a pipe sends.
            text if text.is_empty() => Err(Failure::new(Kind::ReadInput, "the new plaintext is empty")
                .hint("nothing is written; if that is meant, name an empty file with --from")),
            text => Ok(text),
        },
    }
}

struct Change<'a> {
    ignore_mac: bool,
    session: &'a Session,
    style: EmitStyle,
}

impl Change<'_> {
    /// What becomes of the file; nothing if it says `plaintext` already.
    fn make(
        &self,
        source: Vec<u8>,
        (input, output): (Format, Format),
        plaintext: &[u8],
    ) -> Result<Option<Vec<u8>>, Failure> {
        let mut file = self.session.open(source, input)?;
        let old = Plain::of(&file, self.ignore_mac)?
            .editable()
            .map_err(|error| Failure::new(Kind::DumpTree, format!("Could not marshal tree: {error}")))?;
        let printed = file.dangerously_unverified();
        if output == file.format() && (old == plaintext || printed.is_ok_and(|text| text == plaintext)) {
            return Ok(None);
        }
        file.metadata_mut().raise_version().map_err(|error| Failure::generic(error.to_string()))?;
        let text = plaintext.to_vec();
        let encrypted = self.session.with(|context| ops::reseal(&file, text, output, self.style, context));
        let encrypted = encrypted.map_err(|error| library_errors::encrypt_failure(error, input))?;
        self.session.record(Action::Encrypt)?;
        Ok(Some(encrypted_bytes(encrypted)))
    }
}
