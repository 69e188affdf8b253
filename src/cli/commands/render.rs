//! `render`: a template with the values of encrypted files in it.

use std::ffi::OsString;
use std::path::Path;

use resops::ops::template::{self, Delimiters, Template, TemplateError};

use crate::cli::args::RenderArgs;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::{self, NewFile};
use crate::cli::input;
use crate::cli::output::Output;
use crate::cli::values::{self, Reader};

pub(crate) fn run(args: &RenderArgs, environment: &Environment) -> Result<(), Failure> {
    let [template, unnamed @ ..] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: no template specified")
            .hint("sops render TEMPLATE FILE…, as in: sops render app.conf.tmpl secrets.yaml"));
    };
    let named =
        args.file.iter().map(|text| values::name_and_file("--file", text)).collect::<Result<Vec<_>, _>>()?;
    if unnamed.is_empty() && named.is_empty() {
        return Err(Failure::new(Kind::NoFile, "Error: no file with values specified")
            .hint("sops render TEMPLATE FILE…, or --file NAME=FILE"));
    }
    let dialect = values::dialect(args.dialect.dotenv_dialect.as_deref())?;
    let delimiters = delimiters(args.delimiters.as_deref().unwrap_or("{{ }}"))?;
    let (name, text) = read(template)?;
    let name = Path::new(&name);
    // What is wrong with it is said before anyone is asked for a key.
    let template = Template::parse(&text, &delimiters).map_err(|error| template_failure(name, &error))?;
    let output = match args.output.as_ref().filter(|path| !path.is_empty() && *path != "-") {
        Some(path) => Output::File(input::absolute(path, environment)?),
        None => Output::Stdout,
    };
    let reader = Reader::new(&args.opening, environment, args.input_type.as_deref())?.in_dialect(dialect);
    let mut trees = Vec::new();
    for file in unnamed {
        trees.push((None, reader.tree(file)?));
    }
    for (name, file) in named {
        let tree = reader.tree(&file)?;
        trees.push((Some(name), tree));
    }
    let all = template::together(trees).map_err(|why| {
        Failure::generic(format!("Error: {why}")).hint("give the file another NAME with --file")
    })?;
    let rendered = template.render(&all).map_err(|error| template_failure(name, &error))?;
    output.write(&rendered, NewFile::Private)
}

/// A template and what it is called; `-` is stdin.
fn read(template: &OsString) -> Result<(OsString, Vec<u8>), Failure> {
    if template == "-" {
        return Ok(("stdin".into(), files::read_stdin()?));
    }
    input::Input::File(template.into()).must_exist()?;
    Ok((template.clone(), input::read(Path::new(template))?))
}

fn delimiters(text: &str) -> Result<Delimiters, Failure> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(open), Some(close), None) => Ok(Delimiters { open: open.to_owned(), close: close.to_owned() }),
        _ => Err(Failure::generic("Error: --delimiters takes two marks, as in '<% %>'")),
    }
}

/// What is wrong with a template, in the form that editors jump to.
pub(super) fn template_failure(name: &Path, error: &TemplateError) -> Failure {
    let failure = Failure::generic(format!("{}:{error}", name.display()));
    match values::did_you_mean(&error.nearest) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
