//! `config check`: every error of a configuration with its place, and what does not do what it seems to.

use std::path::PathBuf;

use resops::document::Tree;
use resops::policy::{self, Grade, Remark};

use crate::cli::args::{ConfigCheckArgs, GlobalArgs};
use crate::cli::config::{Config, complete};
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::json;
use crate::cli::ui;

/// The exit code of warnings, the same as that of weak rules in `check`.
const WARNED: u8 = 35;

pub(crate) fn check(args: &ConfigCheckArgs, environment: &Environment) -> Result<(), Failure> {
    let as_json = json::is_wanted(&args.answer)?;
    let file = file(args)?;
    let source =
        files::read(&file).map_err(|why| Failure::generic(format!("could not read config file: {why}")))?;
    let name = file.display().to_string();
    let remarks = match policy::Config::parse(&source, &name) {
        Ok((mut config, warnings)) => {
            let outer = complete(&mut config, &file, environment).err();
            let outer = outer.map(|outer| {
                Remark::of_outer(&outer.place, outer.why.trim_start_matches("extends: ").replace('\n', "; "))
            });
            let mut remarks = config.review(&warnings);
            let at = remarks.iter().position(|remark| outer.iter().any(|outer| remark.line > outer.line));
            outer.into_iter().for_each(|outer| remarks.insert(at.unwrap_or(remarks.len()), outer));
            remarks
        }
        Err(error) => error.remarks(),
    };
    let count = |grade: Grade| remarks.iter().filter(|remark| remark.kind.grade() == grade).count();
    let (errors, warnings) = (count(Grade::Error), count(Grade::Warning));
    if as_json {
        let tree = json::map([
            ("file", Tree::str(name.as_str())),
            ("errors", json::number(errors)),
            ("warnings", json::number(warnings)),
            ("findings", json::list(remarks.iter().map(tree))),
        ]);
        files::write_stdout(&json::write(&tree)?)?;
    } else {
        let lines = remarks.iter().map(|remark| {
            let Remark { kind, line, column, message } = remark;
            format!("{name}:{line}:{column}: {}: {}: {message}\n", word(kind.grade()), kind.name())
        });
        files::write_stdout(lines.collect::<String>().as_bytes())?;
    }
    let plural = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let summary = match (errors, warnings) {
        (0, 0) => "in order".to_owned(),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    };
    ui::say(&format!("config check: {name}: {summary}\n"));
    match (errors, warnings) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::silent(Kind::Found(WARNED))),
        _ => Err(Failure::silent(Kind::Generic)),
    }
}

/// The configuration that is named as FILE, by `--config`, or found.
fn file(args: &ConfigCheckArgs) -> Result<PathBuf, Failure> {
    match args.words.as_slice() {
        [] => Config::find(&args.global).ok_or_else(none),
        [file] => Ok(PathBuf::from(file)),
        [_, more, ..] => Err(Failure::generic(format!("{}: one file is checked at a time", more.display()))),
    }
}

/// There is no configuration.
pub(super) fn none() -> Failure {
    Failure::generic("config file not found").hint("sops init writes one")
}

/// Whatever finds a configuration for one of these commands.
pub(super) fn load(args: &GlobalArgs, environment: &Environment) -> Result<Config, Failure> {
    let file = Config::find(args).ok_or_else(none)?;
    Config::load_from(file, args, environment)
}

const fn word(grade: Grade) -> &'static str {
    match grade {
        Grade::Error => "error",
        Grade::Warning => "warning",
        Grade::Note => "note",
    }
}

fn tree(remark: &Remark) -> Tree {
    json::map([
        ("line", json::number(remark.line)),
        ("column", json::number(remark.column)),
        ("grade", Tree::str(word(remark.kind.grade()))),
        ("kind", Tree::str(remark.kind.name())),
        ("message", Tree::str(remark.message.as_str())),
    ])
}
