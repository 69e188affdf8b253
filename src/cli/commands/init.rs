//! `init`: what a project needs before its first `encrypt`: an identity, rules, git. Nothing that is there
//! is written over.

mod plan;

use std::path::{Path, PathBuf};

use resops::backends::age::{new_identity, user_file};
use resops::backends::{self, Searched, SystemHost};
use resops::keys::{Holding, KeyKind};
use resops::policy::GoRegex;

use super::git;
use crate::cli::args::{GitInstallArgs, GitPlaceArgs, GlobalArgs, InitArgs};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files::{self, UpdateError};
use crate::cli::open;
use crate::cli::os::files::create_private_folders;
use crate::cli::paths;
use crate::cli::prompt;
use plan::{Recipient, Rules};

/// The rules of a project that says nothing else.
const PATHS: &str = "^secrets/";

pub(crate) fn run(args: &InitArgs, environment: &Environment) -> Result<(), Failure> {
    if let Some(word) = args.words.first() {
        return Err(Failure::generic(format!("{} means nothing here", word.display()))
            .hint("the project is the working directory"));
    }
    if args.git && args.no_git {
        return Err(Failure::new(Kind::Conflict, "Error: --git and --no-git exclude each other"));
    }
    let asks = !args.yes && !args.dry_run;
    if asks && !environment.stdin_is_terminal() {
        return Err(Failure::generic("there is no terminal to ask on")
            .hint("sops init --yes takes flags and defaults; --dry-run shows what would be written"));
    }
    let init = Init { args, environment, asks };
    let others = args.recipient.iter().map(|text| plan::recipient(text)).collect::<Result<Vec<_>, _>>()?;
    let identity = init.identity(!others.is_empty())?;
    let rules = init.rules(&identity, others)?;
    let there = init.config_file();
    let with_git = init.wants_git()?;
    let with_hook = init.wants_hook()?;
    // Everything was asked, and all is checked: now it is written.
    let identity_text = match &identity {
        Identity::New { file, recipient, text } => {
            init.write_identity(file, text)?;
            let place = file.display();
            let copy = "  keep a copy of this file in a safe place: whoever has it opens your files, and without it nobody does\n";
            format!(
                "{}: {place}, a new age identity\n  its public recipient: {recipient}\n{copy}",
                init.did("written")
            )
        }
        Identity::There { place, recipient } => {
            format!("there already: {place}\n  its public recipient: {recipient}\n")
        }
        Identity::None => String::new(),
    };
    files::write_stdout(identity_text.as_bytes())?;
    files::write_stdout(init.write_rules(&there, &rules)?.as_bytes())?;
    if with_git {
        init.set_git_up(&there, &rules)?;
    }
    if with_hook {
        files::write_stdout(git::write_hook(args.dry_run, environment)?.as_bytes())?;
    }
    if !args.dry_run {
        files::write_stdout(
            b"next: sops encrypt --in-place FILE, and sops config explain FILE tells what that does\n",
        )?;
    }
    Ok(())
}

/// The identity of whoever sets the project up.
enum Identity {
    New {
        file: PathBuf,
        recipient: String,
        text: zeroize::Zeroizing<String>,
    },
    There {
        place: String,
        recipient: String,
    },
    /// Others open the files.
    None,
}

struct Init<'a> {
    args: &'a InitArgs,
    environment: &'a Environment,
    asks: bool,
}

impl Init<'_> {
    fn did(&self, what: &str) -> String {
        if self.args.dry_run { format!("would be {what}") } else { what.to_owned() }
    }

    /// The identity that is there, or a new one that is not written yet.
    fn identity(&self, others: bool) -> Result<Identity, Failure> {
        let none = || {
            if others {
                return Ok(Identity::None);
            }
            Err(Failure::generic("nobody could open the files").hint("name somebody with --recipient"))
        };
        if self.args.no_identity {
            return none();
        }
        let machine = SystemHost::new(self.environment.all().into_iter().collect());
        let places = backends::inventory(&machine);
        let places: Vec<&Searched> =
            places.iter().filter(|place| place.kind == KeyKind::Age && place.searched).collect();
        let native = |holding: &Holding| match holding {
            Holding::Opens(recipient) if recipient.starts_with("age1") => Some(recipient.clone()),
            _ => None,
        };
        for place in &places {
            if let Some(recipient) = place.holdings.iter().find_map(native) {
                return Ok(Identity::There { place: place.place.clone(), recipient });
            }
        }
        let file = user_file(&machine).map_err(Failure::generic)?;
        if std::fs::symlink_metadata(&file).is_ok() {
            return Err(Failure::generic(format!("{} is there, and tells no recipient", file.display()))
                .hint(
                    "nothing is written over; name its recipient: sops init --no-identity --recipient age1…",
                ));
        }
        let question = format!("There is no age identity. Make one in {}?", file.display());
        if self.asks && !prompt::confirm(&question, true)? {
            return none();
        }
        let (text, recipient) = new_identity(&open::now());
        Ok(Identity::New { file, recipient, text })
    }

    /// The rules, from flags and answers.
    fn rules(&self, identity: &Identity, others: Vec<Recipient>) -> Result<Rules, Failure> {
        let mut recipients = Vec::new();
        if let Identity::New { recipient, .. } | Identity::There { recipient, .. } = identity {
            recipients.push(plan::recipient(recipient)?);
        }
        let own = recipients.first().map(|own| own.text.clone());
        for other in others {
            if !recipients.contains(&other) {
                recipients.push(other);
            }
        }
        let user = || ["USER", "LOGNAME"].iter().find_map(|name| self.environment.nonempty(name));
        let name = self.args.name.clone().or_else(|| user().and_then(|name| name.into_string().ok()));
        let path_regex = match &self.args.path_regex {
            Some(regex) => regex.clone(),
            None if self.asks => {
                prompt::ask("Which files are encrypted (a regular expression on their path)?", PATHS)?
            }
            None => PATHS.to_owned(),
        };
        for (flag, regex) in
            [("--path-regex", Some(&path_regex)), ("--encrypted-regex", self.args.encrypted_regex.as_ref())]
        {
            if let Some(Err(error)) = regex.map(|regex| GoRegex::new(regex)) {
                return Err(Failure::generic(format!("{flag}: {error}")));
            }
        }
        Ok(Rules {
            name: own.and_then(|own| Some((name?, own))),
            path_regex,
            encrypted_regex: self.args.encrypted_regex.clone(),
            recipients,
        })
    }

    /// The configuration of this project.
    fn config_file(&self) -> PathBuf {
        let named = self.args.global.config.as_ref().filter(|name| !name.is_empty());
        named.map_or_else(|| PathBuf::from(".sops.yaml"), PathBuf::from)
    }

    fn wants_git(&self) -> Result<bool, Failure> {
        if self.args.git || self.args.no_git || !self.asks || git::top(self.environment).is_none() {
            return Ok(self.args.git);
        }
        prompt::confirm("Let git show and merge what encrypted files say?", true)
    }

    fn wants_hook(&self) -> Result<bool, Failure> {
        if self.args.hook || self.args.no_git || !self.asks || git::top(self.environment).is_none() {
            return Ok(self.args.hook);
        }
        prompt::confirm("Look for secrets in clear text before each commit (a hook of git)?", true)
    }

    fn write_identity(&self, file: &Path, text: &str) -> Result<(), Failure> {
        if self.args.dry_run {
            return Ok(());
        }
        if let Some(folder) = file.parent() {
            create_private_folders(folder).map_err(|error| {
                Failure::new(Kind::WriteOutput, format!("mkdir {}: {}", folder.display(), reason(&error)))
            })?;
        }
        files::create_private(file, text.as_bytes()).map_err(|error| error.into_failure("identity"))
    }

    /// Writes the rules where there are none, and says what is done.
    fn write_rules(&self, file: &Path, rules: &Rules) -> Result<String, Failure> {
        let text = rules.text();
        let place = file.display();
        let stays = || {
            format!("there already: {place}, which stays as it is. Rules for these keys would be:\n{text}")
        };
        if std::fs::symlink_metadata(file).is_ok() {
            return Ok(stays());
        }
        let mut said = String::new();
        let nearest =
            self.args.global.config.is_none().then(|| Config::find(&GlobalArgs::default())).flatten();
        if let Some(outer) = nearest {
            said = format!(
                "note: {} is not used here any more: the nearest one alone counts\n",
                outer.display()
            );
        }
        if self.args.dry_run {
            return Ok(format!("{said}{}: {place}\n{text}", self.did("written")));
        }
        match files::update(file, None, text.as_bytes()) {
            Ok(()) => Ok(format!("{said}written: {place}, with a rule for {}\n", rules.path_regex)),
            Err(UpdateError::Changed) => Ok(stays()),
            Err(UpdateError::Write(error)) => Err(error.into_failure("configuration")),
        }
    }

    fn set_git_up(&self, config: &Path, rules: &Rules) -> Result<(), Failure> {
        if self.args.dry_run && std::fs::metadata(config).is_err() {
            return files::write_stdout(
                format!("would be set up: git, for the files of {}\n", rules.path_regex).as_bytes(),
            );
        }
        let install = GitInstallArgs {
            place: GitPlaceArgs { dry_run: self.args.dry_run, ..GitPlaceArgs::default() },
            redact: false,
            filter: false,
            pattern: Vec::new(),
            force: false,
            global_flags: self.args.global.clone(),
            words: Vec::new(),
        };
        git::install(&install, self.environment).map_err(|failure| {
            let again =
                format!("the rest is done; later: sops git install --pattern {}", paths::word("GLOB"));
            if failure.advice().is_some() { failure } else { failure.hint(again) }
        })
    }
}
