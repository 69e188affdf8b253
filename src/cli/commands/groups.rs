//! `groups add` and `groups delete`: a key group more or one less. Values, MAC and all but the
//! metadata block stay as they are (command line §7.10).
//!
//! sops does not look whether the new group can be used at all, and can so make files that nobody
//! opens ever again. Here that is an error, and nothing is written.

use std::path::Path;

use resops::document::{EmitStyle, Format};
use resops::keys::{KeyGroup, RecoverFailure, WrappedKey};
use resops::ops::{self, Context, Keyring, KeysError};

use crate::cli::args::{GroupsAddArgs, GroupsDeleteArgs, GroupsTargetArgs, ServiceArgs};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::Failure;
use crate::cli::files::{self, WriteError};
use crate::cli::formats;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::Session;
use crate::cli::output;
use crate::cli::recipe;
use crate::cli::ui::{self, go_quote};

pub(crate) fn add(args: &GroupsAddArgs, environment: &Environment) -> Result<(), Failure> {
    if !args.words.is_empty() {
        return Err(Failure::generic("error: no positional arguments allowed"));
    }
    let mut keys = recipe::keys_of_group(&args.keys)?;
    let config = Config::load(&args.global, environment)?;
    let target = Target::new(&args.target, &args.services, &config, environment)?;
    target.session.complete(&mut keys)?;
    let group = KeyGroup(keys.into_iter().map(WrappedKey::new).collect());
    target.change(|keyring, threshold, style, context| {
        ops::add_group(keyring, group.clone(), threshold, style, context)
    })
}

pub(crate) fn delete(args: &GroupsDeleteArgs, environment: &Environment) -> Result<(), Failure> {
    let [word] = args.words.as_slice() else {
        return Err(Failure::generic("error: exactly one positional argument (index) required"));
    };
    let index = index(&word.to_string_lossy())?;
    let config = Config::load(&args.global, environment)?;
    let target = Target::new(&args.target, &args.services, &config, environment)?;
    target.change(|keyring, threshold, style, context| {
        ops::delete_group(keyring, index, threshold, style, context)
    })
}

/// The number of a group, as Go reads it.
fn index(word: &str) -> Result<usize, Failure> {
    let digits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    let number = if digits { word.parse::<u32>().ok() } else { None };
    number.and_then(|number| usize::try_from(number).ok()).ok_or_else(|| {
        let why = if digits { "value out of range" } else { "invalid syntax" };
        let word = go_quote(word);
        Failure::logged(
            "CMD",
            format!("failed to parse [index] argument: strconv.ParseUint: parsing {word}: {why}"),
        )
    })
}

/// The file whose groups change.
struct Target<'a> {
    args: &'a GroupsTargetArgs,
    session: Session,
    format: Format,
    style: EmitStyle,
}

impl<'a> Target<'a> {
    fn new(
        args: &'a GroupsTargetArgs,
        services: &ServiceArgs,
        config: &Config,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let format = formats::choose(None, Path::new(args.file.as_deref().unwrap_or_default()));
        let style = config.style(format, "Could not marshal tree")?;
        Ok(Self { args, session: Session::in_stored_order(services, environment), format, style })
    }

    /// Reads the file, changes its groups and writes it.
    fn change(
        &self,
        mut change: impl FnMut(&Keyring, Option<i64>, EmitStyle, &mut Context<'_>) -> Result<Vec<u8>, KeysError>,
    ) -> Result<(), Failure> {
        let path = Path::new(self.args.file.as_deref().unwrap_or_default());
        let mut changed = |source| -> Result<Vec<u8>, Failure> {
            let keyring = ops::keyring(source, self.format).map_err(|error| {
                Failure::logged("CMD", library_errors::open_failure(error, self.format).message())
            })?;
            let threshold = self.args.shamir_threshold.filter(|&number| number != 0);
            self.session.with(|context| change(&keyring, threshold, self.style, context)).map_err(failure)
        };
        if !self.args.in_place {
            return files::write_stdout(&changed(input::read(path)?)?);
        }
        let not_written = |error| match error {
            WriteError::Open(why) | WriteError::Write(why) => Failure::logged("CMD", why),
        };
        output::rewrite_or(path, not_written, |source| changed(source).map(Some)).map(drop)
    }
}

/// A fatal log line, as sops prints it. Of a data key that cannot be had sops tells nothing but the
/// numbers; the report goes before that.
fn failure(error: KeysError) -> Failure {
    let KeysError::DataKey(report) = error else { return Failure::logged("CMD", error.to_string()) };
    let message = match &report {
        RecoverFailure::KeysFailed { threshold, groups } => {
            let recovered = groups.iter().filter(|group| group.recovered).count();
            format!("Error getting data key: {threshold} successful groups required, got {recovered}")
        }
        other => other.to_string(),
    };
    ui::say(&format!("{}\n\n", Failure::from(KeysError::DataKey(report)).message()));
    Failure::logged("CMD", message)
}
