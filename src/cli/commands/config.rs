//! `config`: `.sops.yaml` checked, explained, and described for editors.

mod check;
mod explain;

pub(crate) use check::check;
pub(crate) use explain::explain;

use crate::cli::args::ConfigSchemaArgs;
use crate::cli::environment::Environment;
use crate::cli::error::Failure;
use crate::cli::files;

/// The schema, held to the fields of the configuration by a test beside them.
const SCHEMA: &str = include_str!("../../../docs/sops-yaml.schema.json");

pub(crate) fn schema(args: &ConfigSchemaArgs, _: &Environment) -> Result<(), Failure> {
    match args.words.first() {
        Some(word) => Err(Failure::generic(format!("{} means nothing here", word.display()))),
        None => files::write_stdout(SCHEMA.as_bytes()),
    }
}
