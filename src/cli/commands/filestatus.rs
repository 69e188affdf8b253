//! `filestatus`: whether a file is encrypted, as one line of JSON (command line §7.9).

use std::path::Path;

use resops::ops;

use crate::cli::args::FileStatusArgs;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &FileStatusArgs, environment: &Environment) -> Result<(), Failure> {
    let Some(word) = args.words.first() else {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified"));
    };
    if args.words.len() > 1 {
        ui::log(Level::Warning, "More than one file given; this is the status of the first one only");
    }
    let name = input::absolute(word, environment)?;
    Config::load(&args.global, environment)?;
    let fail = |why: String| {
        Failure::logged("CMD", format!("cannot check file status: cannot load encrypted file: {why}"))
    };
    let format = formats::choose(args.input_type.as_deref(), &name);
    let source = files::read(Path::new(word)).map_err(|why| fail(format!("Error reading file: {why}")))?;
    let encrypted = ops::is_encrypted(source, format)
        .map_err(|error| fail(library_errors::open_failure(error, format).message().to_owned()))?;
    files::write_stdout(format!("{{\"encrypted\":{encrypted}}}\n").as_bytes())
}
