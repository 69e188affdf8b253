//! `git textconv`: a file as git diff shows it.
//!
//! git stops with an error where a textconv fails, so whatever cannot be shown better is shown as it is.

use std::path::Path;

use resops::document::conflict;
use resops::metadata::Metadata;
use resops::ops;

use crate::cli::args::GitTextconvArgs;
use crate::cli::commands::decrypt::Plain;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::formats::Types;
use crate::cli::input;
use crate::cli::open::Session;
use crate::cli::ui;

pub(crate) fn textconv(args: &GitTextconvArgs, environment: &Environment) -> Result<(), Failure> {
    let [word] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: need precisely one file"));
    };
    let path = Path::new(word);
    let source = input::read(path)?;
    let types = Types::choose(args.tools.input_type.as_deref(), None, path);
    let format = types.for_content(&source, false).input;
    if conflict::is_unresolved(&source) || !matches!(ops::is_encrypted(source.clone(), format), Ok(true)) {
        return files::write_stdout(&source);
    }
    let redacted =
        |source| ops::redact(source, format).map(|redacted| shown(&redacted.text, &redacted.metadata));
    if args.redact {
        let text = redacted(source.clone());
        return files::write_stdout(&text.unwrap_or(source));
    }
    let session = Session::opening(&args.tools.opening, environment)?;
    session.about(path);
    let opened = session.open(source.clone(), format).and_then(|file| {
        let plain = Plain::of(&file, false)?;
        let text = match &plain {
            Plain::Verified(file, proof) => file.plaintext(proof),
            Plain::Unverified(file) => file.dangerously_unverified(),
        };
        let text = text.map_err(|error| Failure::generic(error.to_string()))?;
        Ok(shown(text, file.metadata()))
    });
    match opened {
        Ok(text) => files::write_stdout(&text),
        Err(failure) => {
            let why = failure.message().lines().next().unwrap_or_default().to_owned();
            ui::say(&format!("{}: {why}; its values are not shown\n", path.display()));
            files::write_stdout(&redacted(source.clone()).unwrap_or(source))
        }
    }
}

/// The content, and below it who can read the file and what of it is encrypted: else a diff that changes
/// just that would look empty.
fn shown(text: &[u8], metadata: &Metadata) -> Vec<u8> {
    let mut out = text.to_vec();
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    let mut line = |text: String| out.extend_from_slice(format!("# sops: {text}\n").as_bytes());
    let many = metadata.groups.len() > 1;
    for (number, group) in metadata.groups.iter().enumerate() {
        for key in group.as_stored() {
            let place = if many { format!("group {} ", number + 1) } else { String::new() };
            line(format!("{place}recipient {}", key.key.shown()));
        }
    }
    if metadata.shamir_threshold > 0 {
        line(format!("shamir_threshold {}", metadata.shamir_threshold));
    }
    for (name, text) in metadata.selection.fields() {
        // What goes without saying is not said.
        if !text.is_empty() && (name, text.as_str()) != ("unencrypted_suffix", "_unencrypted") {
            line(format!("{name} {text}"));
        }
    }
    if metadata.mac_only_encrypted {
        line("mac_only_encrypted true".to_owned());
    }
    out
}
