//! `sops` without a command: the modes `-e -d -r --set`, and bare `sops FILE` (command line §7.6).

use std::path::{Path, PathBuf};

use resops::document::{self, Format};
use resops::ops::{KeyChange, Recipe};

use super::decrypt::{Request, k8s_secret, parse_extract};
use super::edit::Editing;
use super::encrypt::{self, Again};
use super::rotate::Rotation;
use super::set::{Change, PastTheEnd, parse_value};
use crate::cli::args::{LegacyArgs, VERBS};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::NewFile;
use crate::cli::formats::{self, Types};
use crate::cli::input::{self, Input};
use crate::cli::open::Session;
use crate::cli::output::{self, Output};
use crate::cli::recipe::{self, Shape};
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &LegacyArgs, environment: &Environment) -> Result<(), Failure> {
    let Some(word) = args.words.first() else {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified"));
    };
    input::warn_about_more_words(&args.words);
    let set = args.set.as_deref().filter(|text| !text.is_empty());
    let modes = [args.encrypt, args.decrypt, args.rotate, set.is_some()];
    let path = input::absolute(word, environment)?;
    let input = Input::File(path.clone());
    let output = Output::choose(&args.output, &input, environment)?;
    check_existence(args, &input)?;
    if modes.iter().filter(|mode| **mode).count() > 1 {
        ui::log(
            Level::Warning,
            "More than one command (--encrypt, --decrypt, --rotate, --set) has been specified. Only the changes made by the last one will be visible. Note that this behavior is deprecated and will cause an error eventually.",
        );
    }
    let edit = modes == [false; 4];
    if edit {
        check_name(word.as_ref(), environment)?;
    }

    let name = input.name(args.output.filename_override.as_ref(), environment)?;
    let config = Config::load(&args.opening.global, environment)?;
    // All modes but decrypting load the rule, also those that do not need it.
    let context = args.keys.encryption_context.as_deref();
    let rule = if modes == [false, true, false, false] { None } else { config.rule(&name, context)? };
    let session = Session::opening(&args.opening, environment)?;
    session.about(&path);
    let mode = Modes { args, path: &path, name: &name, config: &config, session: &session };
    let recipe = || {
        let shape = Shape {
            input: mode.input(),
            output: mode.output(),
            style: config.style(mode.output(), "Could not marshal tree")?,
        };
        recipe::recipe(&args.keys, &args.selectors, rule.as_ref(), shape, &session)
    };
    if edit {
        let editing = Editing {
            path: &path,
            input: mode.input(),
            output: mode.output(),
            show_master_keys: args.show_master_keys,
            ignore_mac: args.ignore_mac,
            config: &config,
            session: &session,
            environment,
        };
        return editing.run(&recipe);
    }

    let encrypt = |source, recipe: &Recipe| {
        let again = if args.types.input_type.is_some() { Again::Allowed } else { Again::Refused };
        encrypt::encrypt(source, recipe, again, encrypt::Values::AsWritten, &session)
    };
    if let Output::InPlace(path) = &output {
        let rewritten = match modes {
            [true, false, false, false] => {
                let recipe = recipe()?;
                Some(output::rewrite(path, |source| encrypt(source, &recipe).map(Some)))
            }
            [false, true, false, false] => {
                let request = mode.request()?;
                Some(output::rewrite(path, |source| request.decrypt(source, &config, &session).map(Some)))
            }
            [false, false, true, false] => {
                Some(output::rewrite(path, |source| mode.rotate(source).map(Some)))
            }
            _ => None,
        };
        if let Some(rewritten) = rewritten {
            return rewritten.map(drop);
        }
    }
    let mut result = (Vec::new(), NewFile::Shared);
    if args.encrypt {
        let recipe = recipe()?;
        match input.read().and_then(|source| encrypt(source, &recipe)) {
            Ok(bytes) => result.0 = bytes,
            // sops forgets this error if another mode follows.
            Err(_) if modes[1..].contains(&true) => {}
            Err(failure) => return Err(failure),
        }
    }
    if args.decrypt {
        result = (mode.request()?.decrypt(input.read()?, &config, &session)?, NewFile::Private);
    }
    if args.rotate {
        result = (mode.rotate(input.read()?)?, NewFile::Shared);
    }
    if let Some(set) = set {
        return mode.set(set);
    }
    output.write(&result.0, result.1)
}

/// The modes, with what they share.
struct Modes<'a> {
    args: &'a LegacyArgs,
    path: &'a Path,
    name: &'a PathBuf,
    config: &'a Config,
    session: &'a Session,
}

impl Modes<'_> {
    fn formats(&self) -> (Format, Format) {
        let types = &self.args.types;
        let toml = self.config.wants_toml() && (self.args.encrypt || input::is_missing(self.path));
        formats::choose_new(types.input_type.as_deref(), types.output_type.as_deref(), self.name, toml)
    }

    fn input(&self) -> Format {
        self.formats().0
    }

    fn output(&self) -> Format {
        self.formats().1
    }

    fn request(&self) -> Result<Request, Failure> {
        if self.args.types.output_type.as_deref() == Some(k8s_secret::OUTPUT_TYPE) {
            // sops passes over words that name no format; this one surely asks for something.
            return Err(Failure::new(Kind::Conflict, "Error: -d makes no Secret")
                .hint("sops decrypt --output-type k8s-secret FILE does"));
        }
        Ok(Request {
            types: Types::choose(
                self.args.types.input_type.as_deref(),
                self.args.types.output_type.as_deref(),
                self.name,
            ),
            extract: parse_extract(self.args.extract.as_deref())?,
            ignore_mac: self.args.ignore_mac,
        })
    }

    fn rotate(&self, source: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let keys = &self.args.keys;
        let (add, remove) = recipe::key_change(
            &self.args.change,
            keys.encryption_context.as_deref(),
            keys.aws_profile.as_deref(),
            self.session,
        )?;
        let rotation = Rotation {
            input: self.input(),
            output: self.output(),
            change: KeyChange { add, remove: remove.iter().map(|key| key.text().into_owned()).collect() },
            ignore_mac: self.args.ignore_mac,
        };
        rotation.rotate(source, self.config, self.session)
    }

    /// `--set 'INDEX VALUE'`: the first `] ` ends the index.
    fn set(&self, text: &str) -> Result<(), Failure> {
        let malformed = || Failure::new(Kind::SetFormat, "Invalid --set format");
        let at = text.find("] ").ok_or_else(malformed)?;
        let value = parse_value(&text.as_bytes()[at + 2..])?;
        let index = document::parse_path(&text[..=at])
            .ok()
            .filter(|index| !index.is_empty())
            .ok_or_else(malformed)?;
        let change = Change {
            path: self.path,
            input: self.input(),
            output: self.output(),
            ignore_mac: self.args.ignore_mac,
            config: self.config,
            session: self.session,
        };
        change.set(&index, &value, false, PastTheEnd::Appends)
    }
}

fn check_existence(args: &LegacyArgs, input: &Input) -> Result<(), Failure> {
    let Input::File(path) = input else { return Ok(()) };
    if args.change.any() && input::is_missing(path) {
        return Err(Failure::new(
            Kind::NoFileForKeys,
            format!(
                "Error: cannot add or remove keys on non-existent file {}, use `--kms` and `--pgp` instead.",
                input::quoted(path)
            ),
        ));
    }
    if args.encrypt || args.decrypt || args.rotate { input.must_exist() } else { Ok(()) }
}

/// A misspelt command would open an editor for a new file of that name: without a person at the
/// terminal that is refused, with one it is said.
fn check_name(word: &Path, environment: &Environment) -> Result<(), Failure> {
    let Some(name) = word.to_str().filter(|name| !name.contains(['.', '/'])) else { return Ok(()) };
    let meant = VERBS.iter().map(|verb| verb.name).find(|verb| distance(name, verb) <= 2 && name.len() >= 4);
    let Some(verb) = meant.filter(|_| input::is_missing(word)) else { return Ok(()) };
    if !environment.stdin_is_terminal() {
        return Err(Failure::generic(format!("{name} is neither a file nor a command")).hint(format!(
            "did you mean `sops {verb}`? To edit a new file of that name, use `sops edit {name}`"
        )));
    }
    ui::log(
        Level::Warning,
        &format!("{name} is no command (did you mean `{verb}`?); editing a new file of that name"),
    );
    Ok(())
}

/// How many letters must be changed, added or taken away to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_commands_are_near() {
        assert_eq!(distance("decypt", "decrypt"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert!(distance("secrets", "decrypt") > 2);
    }
}
