//! `git install`: what git is told about encrypted files.

use std::ffi::OsStr;
use std::path::Path;

use super::attributes;
use super::patterns;
use super::settings::{FILTER, Owner, SECTIONS, Setup, no_words};
use crate::cli::args::GitInstallArgs;
use crate::cli::child;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::Failure;

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
        vec![format!("{program} git textconv{redact} --")],
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
        let new = attributes::with(old.as_deref(), &lines);
        let place = setup.attributes.display().to_string();
        setup.say(&format!("write into {place}:\n    {}", lines.join("\n    ")));
        setup.write_attributes(Some(&new))?;
        if setup.top.is_some() {
            setup
                .report
                .push_str("note: commit it: git goes by the attributes of the branch that is checked out\n");
        }
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
