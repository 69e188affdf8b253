//! `updatekeys`: the master keys of files are brought in line with the creation rules. The data key
//! stays; nothing but the metadata block changes (command line §7.13).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use resops::ops::{self, KeyUpdate};

use super::keys_diff;
use crate::cli::args::UpdateKeysArgs;
use crate::cli::batch::{self, Origin, Outcome, Target, Words, Writing, meant};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files::{self, WriteError};
use crate::cli::formats;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::Session;
use crate::cli::output::{self, Rewritten};
use crate::cli::prompt;
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &UpdateKeysArgs, environment: &Environment) -> Result<(), Failure> {
    if args.each.any() {
        return many(args, environment);
    }
    let Some(rules) = Config::find(&args.global) else {
        return Err(Failure::generic("config file not found"));
    };
    // sops reads it for every file anew, and after the file: an error in it is one of each file.
    let config = Config::load_from(rules.clone(), &args.global, environment);
    let updating = Updating {
        args,
        rules,
        config,
        session: Session::in_stored_order(&args.services, environment),
        environment,
    };
    match args.words.as_slice() {
        [] => Err(Failure::new(Kind::NoFile, "Error: no file specified")),
        [word] => updating.update(word),
        words => {
            let mut failed = 0;
            for word in words {
                if let Err(failure) = updating.update(word) {
                    failed += 1;
                    ui::log(Level::Error, failure.message());
                }
            }
            if failed == 0 {
                Ok(())
            } else {
                Err(Failure::generic(format!("failed updating {failed} key(s)")))
            }
        }
    }
}

/// Many files at once: nobody is asked about each.
fn many(args: &UpdateKeysArgs, environment: &Environment) -> Result<(), Failure> {
    let writing = match (args.each.dry_run, args.yes) {
        (true, _) => Writing::Nothing,
        (false, true) => Writing::InPlace,
        (false, false) => {
            let why = "Error: many files are changed without asking: give --yes, or --dry-run to see";
            return Err(Failure::new(Kind::Conflict, why));
        }
    };
    let entries = batch::select(&args.words, &args.each.many, environment)?;
    let rules = Config::find(&args.global).ok_or_else(|| Failure::generic("config file not found"))?;
    let config = Config::load_from(rules.clone(), &args.global, environment)?;
    let session = Session::in_stored_order(&args.services, environment);
    let format = |target: &Target| formats::choose(args.input_type.as_deref(), &target.path);
    let words = Words { verb: "updatekeys", done: "synced with new keys", unchanged: "up to date" };
    batch::run(
        entries,
        &words,
        writing,
        &|target| meant::encrypted(target, format(target)),
        &|target, source| {
            session.about(&target.path);
            let format = format(target);
            let keyring =
                ops::keyring(source, format).map_err(|error| library_errors::open_failure(error, format))?;
            let mut rule = match target.origin {
                Origin::Named => config.rule(&target.path, None)?.ok_or_else(|| no_rules(&rules))?,
                // A folder may hold encrypted files that are none of these rules' affair.
                Origin::Found => match config.rule_if_any(&target.path)? {
                    Some(rule) => rule,
                    None => return Ok(Outcome::NotMeant),
                },
            };
            session.complete_groups(&mut rule.groups)?;
            let update = keyring.update(rule.groups, args.shamir_threshold.filter(|&number| number != 0));
            if !update.is_needed() {
                return Ok(Outcome::Unchanged);
            }
            let text = changes(&update);
            let bytes = match writing {
                Writing::Nothing => Vec::new(),
                Writing::InPlace => {
                    let style = config.style(format, "Could not marshal tree")?;
                    session.with(|context| update.apply(style, context))?
                }
            };
            Ok(Outcome::Change { bytes, text })
        },
    )
}

fn no_rules(config: &Path) -> Failure {
    Failure::generic(format!("The config file {} does not contain any creation rule", config.display()))
}

/// What sops says of a file that it cannot write here.
fn not_written(error: WriteError) -> Failure {
    match error {
        WriteError::Open(why) => Failure::generic(format!("could not open file for writing: {why}")),
        WriteError::Write(why) => Failure::generic(format!("error writing to file: {why}")),
    }
}

/// What changes in the keys of a file, as people read it.
fn changes(update: &KeyUpdate<'_>) -> String {
    let colours = Environment::colours();
    let (before, after) = update.thresholds();
    keys_diff::thresholds(before, after, colours) + &keys_diff::groups(update.diff(), colours)
}

/// What all files of a run share.
struct Updating<'a> {
    args: &'a UpdateKeysArgs,
    /// The configuration, as found or typed.
    rules: PathBuf,
    config: Result<Config, Failure>,
    session: Session,
    environment: &'a Environment,
}

impl Updating<'_> {
    fn update(&self, word: &OsStr) -> Result<(), Failure> {
        let path = input::absolute(word, self.environment)?;
        check(&path)?;
        let config = self.config.as_ref().map_err(Clone::clone)?;
        let name = path.display();
        ui::tell(&format!("Syncing keys for file {name}"));
        let format = formats::choose(self.args.input_type.as_deref(), &path);
        // The answer counts also for what somebody leaves who changes the file meanwhile.
        let mut answer = None;
        let rewritten = output::rewrite_or(&path, not_written, |source| {
            let keyring =
                ops::keyring(source, format).map_err(|error| library_errors::open_failure(error, format))?;
            let mut rule = config.rule(&path, None)?.ok_or_else(|| no_rules(&self.rules))?;
            self.session.complete_groups(&mut rule.groups)?;
            let threshold = self.args.shamir_threshold.filter(|&number| number != 0);
            let update = keyring.update(rule.groups, threshold);
            if !update.is_needed() {
                return Ok(None);
            }
            if answer.is_none() {
                let start = String::from("The following changes will be made to the file's groups:\n");
                files::write_stdout((start + &changes(&update)).as_bytes())?;
                answer = Some(self.args.yes || prompt::yes_or_no("Is this okay? (y/n):")?);
            }
            if answer == Some(false) {
                return Ok(None);
            }
            let style = config.style(format, "Could not marshal tree")?;
            Ok(Some(self.session.with(|context| update.apply(style, context))?))
        })?;
        if rewritten == Rewritten::No {
            let what = if answer.is_some() { "left unchanged" } else { "already up to date" };
            ui::tell(&format!("File {name} {what}"));
            return Ok(());
        }
        ui::tell(&format!("File {name} synced with new keys"));
        Ok(())
    }
}

/// Refuses what is no file.
fn check(path: &Path) -> Result<(), Failure> {
    match std::fs::metadata(path) {
        Err(error) => Err(Failure::generic(format!("stat {}: {}", path.display(), reason(&error)))),
        Ok(there) if there.is_dir() => Err(Failure::generic("can't operate on a directory")),
        Ok(_) => Ok(()),
    }
}
