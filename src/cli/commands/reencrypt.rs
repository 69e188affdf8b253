//! `reencrypt`: files are encrypted anew, under a new data key, as their creation rules say today: keys,
//! threshold and which values. What is so already stays.

use resops::ops;

use crate::cli::args::ReencryptArgs;
use crate::cli::audit::Action;
use crate::cli::batch::{self, Origin, Outcome, Words, Writing, meant};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::Failure;
use crate::cli::formats;
use crate::cli::library_errors;
use crate::cli::open::{Session, encrypted_bytes};

pub(crate) fn run(args: &ReencryptArgs, environment: &Environment) -> Result<(), Failure> {
    let writing = if args.dry_run { Writing::Nothing } else { Writing::InPlace };
    let entries = batch::select(&args.words, &args.many, environment)?;
    let config = Config::load(&args.opening.global, environment)?;
    if config.creation_rules().next().is_none() {
        return Err(Failure::generic("config file not found, or has no creation rules").hint(
            "reencrypt follows the creation rules of .sops.yaml; without them, rotate changes the data key",
        ));
    }
    let session = Session::opening(&args.opening, environment)?;
    let words = Words { verb: "reencrypt", done: "encrypted anew", unchanged: "as their rules say" };
    let read = |target: &batch::Target| meant::encrypted(target, formats::choose(None, &target.path));
    batch::run(entries, &words, writing, &read, &|target, source| {
        session.about(&target.path);
        let format = formats::choose(None, &target.path);
        let rule = match target.origin {
            Origin::Named => config.rule(&target.path, None)?,
            // A folder may hold encrypted files that are none of these rules' affair.
            Origin::Found => config.rule_if_any(&target.path)?,
        };
        let Some(mut rule) = rule else { return Ok(Outcome::NotMeant) };
        session.complete_groups(&mut rule.groups)?;
        let wanted = rule.wanted();
        let keyring = ops::keyring(source.clone(), format)
            .map_err(|error| library_errors::open_failure(error, format))?;
        let differences = ops::differences(keyring.metadata(), format, &wanted);
        if differences.is_empty() && !args.force {
            return Ok(Outcome::Unchanged);
        }
        let file = session.open_to_rotate(source, format)?;
        let proof = file.verify()?;
        let style = config.style(format, "Could not marshal tree")?;
        let anew = session.with(|context| ops::reencrypt(&file, &proof, &wanted, style, context))?;
        session.record(Action::Encrypt)?;
        let text = differences.iter().map(|difference| format!("    {difference}\n")).collect();
        Ok(Outcome::Change { bytes: encrypted_bytes(anew), text })
    })
}
