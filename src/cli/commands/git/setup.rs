//! `git install` and `git uninstall`: what git is told about encrypted files, and taken back.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::attributes;
use super::filter::Filter;
use super::patterns;
use super::repository::{Git, line};
use crate::cli::args::{GitInstallArgs, GitPlaceArgs, GitToolArgs, GitUninstallArgs, KeyArgs, SelectorArgs};
use crate::cli::child;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::{self, NewFile};

/// Settings that belong together.
struct Section {
    name: &'static str,
    /// The setting that tells whose section it is, and what its value holds if it is ours.
    mark: (&'static str, &'static str),
    keys: &'static [&'static str],
}

const SECTIONS: [Section; 4] = [
    Section { name: "diff.sops", mark: ("textconv", " git textconv"), keys: &["textconv"] },
    Section { name: "merge.sops", mark: ("driver", " git merge-driver "), keys: &["name", "driver"] },
    Section { name: "mergetool.sops", mark: ("cmd", " git mergetool "), keys: &["cmd", "trustExitCode"] },
    Section {
        name: "filter.sops",
        mark: ("process", " git filter-process"),
        keys: &["process", "clean", "smudge", "required"],
    },
];

const FILTER: &str = "filter.sops";

/// Where settings and attributes are.
struct Setup {
    git: Git,
    /// The flag of `git config`.
    scope: &'static str,
    attributes: PathBuf,
    /// The top of the work tree; nothing for all repositories.
    top: Option<PathBuf>,
    dry_run: bool,
    report: String,
}

impl Setup {
    fn new(place: &GitPlaceArgs, environment: &Environment) -> Result<Self, Failure> {
        if place.local && place.global {
            return Err(Failure::new(Kind::Conflict, "Error: --local and --global exclude each other"));
        }
        let git = Git::find(environment)?;
        let (scope, top) = if place.global { ("--global", None) } else { ("--local", Some(git.top()?)) };
        let attributes = match &top {
            Some(top) => top.join(".gitattributes"),
            None => global_attributes(&git, environment)?,
        };
        Ok(Self { git, scope, attributes, top, dry_run: place.dry_run, report: String::new() })
    }

    fn setting(&self, section: &Section, key: &str) -> Result<Option<String>, Failure> {
        let name = format!("{}.{key}", section.name);
        let value = self.git.answer(&["config", self.scope, "--get", &name])?;
        Ok(value.map(|value| line(value).to_string_lossy().into_owned()))
    }

    /// Whether the section is there, and whether it is ours.
    fn owner(&self, section: &Section) -> Result<Owner, Failure> {
        Ok(match self.setting(section, section.mark.0)? {
            None => Owner::Nobody,
            Some(value) if value.contains(section.mark.1) => Owner::We,
            Some(_) => Owner::SomeoneElse,
        })
    }

    fn set(&mut self, section: &Section, key: &str, value: &str) -> Result<(), Failure> {
        if self.setting(section, key)?.as_deref() == Some(value) {
            return Ok(());
        }
        let name = format!("{}.{key}", section.name);
        self.say(&format!("set {name} = {value}"));
        if !self.dry_run {
            self.git.must(&["config", self.scope, "--replace-all", &name, value])?;
        }
        Ok(())
    }

    fn unset(&mut self, section: &Section, key: &str) -> Result<(), Failure> {
        if self.setting(section, key)?.is_none() {
            return Ok(());
        }
        let name = format!("{}.{key}", section.name);
        self.say(&format!("remove {name}"));
        if !self.dry_run {
            self.git.must(&["config", self.scope, "--unset-all", &name])?;
        }
        Ok(())
    }

    fn attributes(&self) -> Result<Option<Vec<u8>>, Failure> {
        if !self.attributes.exists() {
            return Ok(None);
        }
        files::read(&self.attributes).map(Some).map_err(|why| Failure::new(Kind::ReadInput, why))
    }

    fn write_attributes(&mut self, old: Option<&[u8]>, new: &[u8]) -> Result<(), Failure> {
        let path = self.attributes.clone();
        if new.is_empty() && old.is_some() {
            self.say(&format!("remove {}", path.display()));
            if !self.dry_run {
                std::fs::remove_file(&path).map_err(|error| {
                    Failure::new(Kind::WriteOutput, format!("{}: {error}", path.display()))
                })?;
            }
            return Ok(());
        }
        if !self.dry_run {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| {
                    Failure::new(Kind::WriteOutput, format!("{}: {error}", folder.display()))
                })?;
            }
            files::write(&path, new, NewFile::Shared).map_err(|error| error.into_failure("output"))?;
        }
        Ok(())
    }

    fn say(&mut self, what: &str) {
        let would = if self.dry_run { "would " } else { "" };
        self.report.push_str(&format!("{would}{what}\n"));
    }

    fn finish(self, otherwise: &str) -> Result<(), Failure> {
        let text = if self.report.is_empty() { format!("{otherwise}\n") } else { self.report };
        files::write_stdout(text.as_bytes())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    We,
    SomeoneElse,
}

/// The file of attributes for all repositories of a user (gitattributes, "NOTES").
fn global_attributes(git: &Git, environment: &Environment) -> Result<PathBuf, Failure> {
    let named = git.answer(&["config", "--global", "--type=path", "--get", "core.attributesFile"])?;
    if let Some(path) = named.map(line).filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    let base = environment.nonempty("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = base.or_else(|| environment.nonempty("HOME").map(|home| Path::new(&home).join(".config")));
    base.map(|base| base.join("git/attributes"))
        .ok_or_else(|| Failure::generic("neither XDG_CONFIG_HOME nor HOME is set"))
}

pub(crate) fn install(args: &GitInstallArgs, environment: &Environment) -> Result<(), Failure> {
    no_words(&args.words)?;
    let mut setup = Setup::new(&args.place, environment)?;
    let filter_is_there = setup.owner(&SECTIONS[3])? == Owner::We;
    let with_filter = args.filter || filter_is_there;
    for section in SECTIONS.iter().filter(|section| with_filter || section.name != FILTER) {
        if setup.owner(section)? == Owner::SomeoneElse && !args.force {
            let (key, _) = section.mark;
            return Err(Failure::generic(format!("{}.{key} is set to something else", section.name))
                .hint("nothing is changed; look at it with git config, and take it over with --force"));
        }
    }
    let old = setup.attributes()?;
    let there = old.as_deref().and_then(attributes::ours);
    let mut notes = Vec::new();
    let found = match &setup.top {
        _ if !args.pattern.is_empty() => args.pattern.clone(),
        Some(top) => of_rules(&Config::load(&args.global_flags, environment)?, top, &mut notes),
        None => Vec::new(),
    };
    let lines = match (found.is_empty(), there.clone(), &setup.top) {
        (false, ..) => attributes::lines(&found, with_filter),
        // Patterns that were given once stay.
        (true, Some(there), _) => with_filter_if(there, with_filter),
        (true, None, None) => Vec::new(),
        (true, None, Some(_)) => {
            let why =
                if notes.is_empty() { "there is no creation rule".to_owned() } else { notes.join("; ") };
            return Err(Failure::generic(format!("which files are encrypted cannot be told: {why}"))
                .hint("name them: sops git install --pattern 'secrets/*.yaml'"));
        }
    };
    let program = own_program(environment);
    let redact = if args.redact { " --redact" } else { "" };
    let values = [
        vec![format!("{program} git textconv{redact}")],
        vec![
            "values of encrypted files, one by one".to_owned(),
            format!("{program} git merge-driver --marker-size %L -- %O %A %B %P"),
        ],
        vec![
            format!("{program} git mergetool -- \"$LOCAL\" \"$BASE\" \"$REMOTE\" \"$MERGED\""),
            "true".to_owned(),
        ],
        vec![
            format!("{program} git filter-process"),
            format!("{program} git clean -- %f"),
            format!("{program} git smudge -- %f"),
            "true".to_owned(),
        ],
    ];
    for (section, values) in SECTIONS.iter().zip(&values) {
        if section.name == FILTER && !with_filter {
            continue;
        }
        for (key, value) in section.keys.iter().zip(values) {
            setup.set(section, key, value)?;
        }
    }
    if !lines.is_empty() && there.as_ref() != Some(&lines) {
        let new = attributes::with(old.as_deref().unwrap_or_default(), &lines);
        let place = setup.attributes.display().to_string();
        setup.say(&format!("write into {place}:\n    {}", lines.join("\n    ")));
        setup.write_attributes(old.as_deref(), &new)?;
    }
    let changed = !setup.report.is_empty();
    for note in &notes {
        setup.report.push_str(&format!("note: {note}; name such files with --pattern\n"));
    }
    if filter_is_there && !args.filter {
        setup.report.push_str("note: the filter stays; only sops git uninstall takes it away\n");
    } else if args.filter && changed {
        setup.report.push_str(
            "note: files become plaintext in the work tree when git writes them next: rm FILE; git checkout FILE\n",
        );
    }
    if !changed {
        setup.report.insert_str(0, "all is set up already, nothing to do\n");
    }
    setup.finish("")
}

fn with_filter_if(lines: Vec<String>, with_filter: bool) -> Vec<String> {
    let add =
        |line: String| if line.ends_with(" filter=sops") { line } else { format!("{line} filter=sops") };
    if with_filter { lines.into_iter().map(add).collect() } else { lines }
}

/// Patterns for the creation rules; what cannot be said is noted.
fn of_rules(config: &Config, top: &Path, notes: &mut Vec<String>) -> Vec<String> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let top = real(top);
    let mut all: Vec<String> = Vec::new();
    let mut number = 0;
    for (base, rules) in config.rules_by_folder() {
        let base = real(base);
        let folder = match base.strip_prefix(&top) {
            Ok(below) if below.as_os_str().is_empty() => String::new(),
            Ok(below) => format!("{}/", below.to_string_lossy()),
            Err(_) => {
                notes.push("the rules stand above the repository".to_owned());
                break;
            }
        };
        for rule in rules {
            number += 1;
            if rule.path_regex.is_empty() {
                notes.push(format!("creation rule {number} is for every file"));
                continue;
            }
            match patterns::of_regex(&rule.path_regex, &folder) {
                Some(patterns) => {
                    for pattern in patterns {
                        if !all.contains(&pattern) {
                            all.push(pattern);
                        }
                    }
                }
                None => {
                    notes.push(format!("no pattern of git says what path_regex {} says", rule.path_regex))
                }
            }
        }
    }
    all
}

/// How git calls us: by name if that leads here, else by the path of this program.
pub(super) fn own_program(environment: &Environment) -> String {
    let own = Environment::own_program();
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let by_name = child::find_program(OsStr::new("sops"), environment).ok();
    match (own, by_name) {
        (Some(own), Some(found)) if real(&own).is_some() && real(&own) == real(&found) => "sops".to_owned(),
        (Some(own), _) => {
            let text = own.to_string_lossy().into_owned();
            shlex::try_quote(&text).map_or(text.clone(), std::borrow::Cow::into_owned)
        }
        (None, _) => "sops".to_owned(),
    }
}

pub(crate) fn uninstall(args: &GitUninstallArgs, environment: &Environment) -> Result<(), Failure> {
    no_words(&args.words)?;
    let mut setup = Setup::new(&args.place, environment)?;
    let old = setup.attributes()?;
    let mut refresh = Vec::new();
    if setup.owner(&SECTIONS[3])? == Owner::We && setup.top.is_some() {
        let tools = GitToolArgs { input_type: None, opening: args.opening.clone() };
        refresh = encrypt_work_tree(&mut setup, &tools, environment)?;
    }
    for section in &SECTIONS {
        if setup.owner(section)? == Owner::We {
            for key in section.keys {
                setup.unset(section, key)?;
            }
        }
    }
    if let Some(old) = old.filter(|old| attributes::ours(old).is_some()) {
        let place = setup.attributes.display().to_string();
        setup.say(&format!("remove our lines from {place}"));
        let new = attributes::without(&old);
        setup.write_attributes(Some(&old), &new)?;
    }
    if !refresh.is_empty() && !setup.dry_run {
        // git goes by the length that it has seen, and that was the plaintext's.
        let words = ["update-index", "--"].map(OsString::from);
        setup.git.must(&[&words[..], &refresh].concat())?;
    }
    setup.finish("nothing of ours is there")
}

/// Puts ciphertext in place of what the filter decrypted: without it, git would take the plaintext. Gives the
/// files that are now as git has them.
fn encrypt_work_tree(
    setup: &mut Setup,
    tools: &GitToolArgs,
    environment: &Environment,
) -> Result<Vec<OsString>, Failure> {
    let Some(top) = setup.top.clone() else { return Ok(Vec::new()) };
    let git = |words: &[&str]| -> Vec<OsString> {
        [OsStr::new("-C"), top.as_os_str()]
            .into_iter()
            .chain(words.iter().map(OsStr::new))
            .map(OsStr::to_owned)
            .collect()
    };
    let tracked = setup.git.must(&git(&["ls-files", "-z"]))?;
    let attributes = setup.git.answer_to(&git(&["check-attr", "-z", "--stdin", "filter"]), &tracked)?;
    let attributes = attributes.ok_or_else(|| Failure::generic("git check-attr failed"))?;
    let fields: Vec<&[u8]> = attributes.split(|&byte| byte == 0).collect();
    let (keys, selectors) = (KeyArgs::default(), SelectorArgs::default());
    let filter = Filter::new(tools, &keys, &selectors, environment)?.below(&top);
    let (mut ready, mut unchanged) = (Vec::new(), Vec::new());
    for entry in fields.chunks_exact(3).filter(|entry| entry[2] == b"sops") {
        let path = top.join(OsStr::from_bytes(entry[0]));
        let Ok(content) = files::read(&path) else { continue };
        let name = OsStr::from_bytes(entry[0]);
        let encrypted = filter.clean(name, content.clone())?;
        if filter.blob(":./", name)?.as_ref() == Some(&encrypted) {
            unchanged.push(path.clone().into_os_string());
        }
        if encrypted != content {
            ready.push((path, encrypted));
        }
    }
    for (path, encrypted) in ready {
        setup.say(&format!("encrypt {}", path.display()));
        if !setup.dry_run {
            files::write(&path, &encrypted, NewFile::Shared)
                .map_err(|error| error.into_failure("in-place"))?;
        }
    }
    Ok(unchanged)
}

fn no_words(words: &[OsString]) -> Result<(), Failure> {
    match words.first() {
        None => Ok(()),
        Some(word) => Err(Failure::generic(format!("{} means nothing here", word.display()))
            .hint("patterns of files are given with --pattern")),
    }
}
