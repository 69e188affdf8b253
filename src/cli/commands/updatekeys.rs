//! `updatekeys`: the master keys of files are brought in line with the creation rules. The data key
//! stays; nothing but the metadata block changes (command line §7.13).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use resops::ops;

use super::keys_diff;
use crate::cli::args::UpdateKeysArgs;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files::{self, NewFile, WriteError};
use crate::cli::formats;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::Session;
use crate::cli::prompt;
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &UpdateKeysArgs, environment: &Environment) -> Result<(), Failure> {
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
        let keyring = ops::keyring(input::read(&path)?, format)
            .map_err(|error| library_errors::open_failure(error, format))?;
        let mut rule = config.rule(&path, None)?.ok_or_else(|| {
            let rules = self.rules.display();
            Failure::generic(format!("The config file {rules} does not contain any creation rule"))
        })?;
        self.session.complete_groups(&mut rule.groups)?;
        let update = keyring.update(rule.groups, self.args.shamir_threshold.filter(|&number| number != 0));
        if !update.is_needed() {
            ui::tell(&format!("File {name} already up to date"));
            return Ok(());
        }
        let colours = Environment::colours();
        let (before, after) = update.thresholds();
        let mut text = String::from("The following changes will be made to the file's groups:\n");
        text.push_str(&keys_diff::thresholds(before, after, colours));
        text.push_str(&keys_diff::groups(update.diff(), colours));
        files::write_stdout(text.as_bytes())?;
        if !self.args.yes && !prompt::yes_or_no("Is this okay? (y/n):")? {
            ui::tell(&format!("File {name} left unchanged"));
            return Ok(());
        }
        let style = config.style(format, "Could not marshal tree")?;
        let bytes = self.session.with(|context| update.apply(style, context))?;
        files::write(&path, &bytes, NewFile::Shared).map_err(|error| match error {
            WriteError::Open(why) => Failure::generic(format!("could not open file for writing: {why}")),
            WriteError::Write(why) => Failure::generic(format!("error writing to file: {why}")),
        })?;
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
