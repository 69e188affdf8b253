//! `config explain`: which rule is for a file and why, and what it means for the file. Shows key paths,
//! never values.

use std::ffi::OsStr;
use std::path::Path;

use resops::document::{Document, Format, Tree};
use resops::keys::MasterKey;
use resops::metadata::Metadata;
use resops::ops::differences;
use resops::policy::{CreationRule, OnBadRegex, Selection, Selector};

use super::check::load;
use crate::cli::args::ConfigExplainArgs;
use crate::cli::config::{Asked, Config, Rule, Tried};
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;
use crate::cli::json;
use crate::cli::names;

pub(crate) fn explain(args: &ConfigExplainArgs, environment: &Environment) -> Result<(), Failure> {
    let as_json = json::is_wanted(&args.answer)?;
    let [word] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: exactly one file is explained at a time"));
    };
    let config = load(&args.global, environment)?;
    let path = input::absolute(word, environment)?;
    let asked = config.asked(&path);
    let (format, _) = formats::choose_new(args.input_type.as_deref(), None, &path, config.wants_toml());
    let last = asked.last().and_then(|asked| asked.tried.last());
    let rule = match (last, Config::meant(&asked)) {
        (Some((rule, _)), Ok(Some(meant))) => Some((*rule, meant)),
        (_, Ok(_)) => None,
        (_, Err(failure)) => {
            return Err(failure.hint(format!("sops config check {} tells all", config.name())));
        }
    };
    let content = rule.as_ref().map(|(_, rule)| Content::of(&path, format, rule)).transpose()?.flatten();
    let told = Told { file: word, asked: &asked, config: &config, rule, content, format };
    if as_json {
        files::write_stdout(&json::write(&told.tree())?)?;
    } else {
        files::write_stdout(told.text().as_bytes())?;
    }
    match last {
        Some((_, Tried::Matches)) => Ok(()),
        Some((_, Tried::Fails(why))) => Err(Failure::generic(why.clone())),
        _ => {
            let failure = Failure::generic(format!("no creation rule is for {}", told.path()));
            Err(match asked.iter().find_map(|asked| asked.with_slashes) {
                Some(place) => failure.hint(format!(
                    "match_separator: / at the top of {} makes rules see / here too: then the one at {place} is for it",
                    place.file
                )),
                None => failure,
            })
        }
    }
}

/// What a file holds, as far as the rule makes a difference.
struct Content {
    encrypted: bool,
    /// The key paths, and whether each is encrypted.
    leaves: Vec<(String, bool)>,
    /// Where the file is not as the rule says.
    differs: Vec<String>,
}

impl Content {
    /// Nothing if there is no such file.
    fn of(path: &Path, format: Format, rule: &Rule) -> Result<Option<Self>, Failure> {
        if input::is_missing(path) {
            return Ok(None);
        }
        let source = input::read(path)?;
        let looks = resops::ops::looks_encrypted(&source, format);
        if format == Format::Binary && !looks {
            let leaves = vec![("the whole file".to_owned(), true)];
            return Ok(Some(Self { encrypted: false, leaves, differs: Vec::new() }));
        }
        let form = if format == Format::Binary { Format::Json } else { format };
        let document = Document::parse(source, form).map_err(|error| {
            let why = format!("{}:{}:{}: {}", path.display(), error.line, error.column, error.problem);
            Failure::new(Kind::ReadInput, why)
        })?;
        let metadata = Metadata::of(&document).ok();
        let wanted = rule.wanted();
        let differs = metadata.iter().flat_map(|metadata| differences(metadata, format, &wanted));
        let differs = differs.map(|difference| difference.shown(names::all())).collect();
        let selector = Selector::compile(&selection(&rule.selection, format), OnBadRegex::Refuse)
            .map_err(|error| Failure::generic(error.to_string()))?;
        let chosen = selector.choose(&document, &|leaf| document.leaves()[leaf].is_comment());
        let leaves = document.leaves().iter().zip(chosen).filter(|(leaf, _)| !leaf.is_comment());
        let leaves = leaves.map(|(leaf, chosen)| (document.paths().display(leaf.path), chosen)).collect();
        Ok(Some(Self { encrypted: metadata.is_some(), leaves, differs }))
    }
}

/// Which leaves a rule means.
fn selection(selection: &Selection, format: Format) -> Selection {
    match (selection.count(), format) {
        (_, Format::Binary) => Selection::default(),
        (0, _) => Selection::default_for_files(),
        _ => selection.clone(),
    }
}

/// All that is told.
struct Told<'a> {
    file: &'a OsStr,
    asked: &'a [Asked<'a>],
    config: &'a Config,
    /// The rule, and what it says with all names expanded.
    rule: Option<(&'a CreationRule, Rule)>,
    content: Option<Content>,
    format: Format,
}

/// Why a rule is or is not for the file.
fn why(rule: &CreationRule, tried: &Tried) -> String {
    match (tried, rule.path_regex.as_str()) {
        (Tried::Matches, "") => "has no path_regex: it is for every file".to_owned(),
        (Tried::Matches, regex) => format!("{regex}  matches"),
        (Tried::Differs, regex) => format!("{regex}  does not match"),
        (Tried::Fails(why), _) => why.lines().next().unwrap_or_default().to_owned(),
    }
}

/// How many groups it takes to open a file.
fn needed(groups: usize, threshold: i64) -> usize {
    match usize::try_from(threshold) {
        _ if groups < 2 => 1,
        Ok(threshold) if threshold > 0 => threshold,
        _ => groups,
    }
}

impl Told<'_> {
    /// The path that the last rules were asked about.
    fn path(&self) -> &str {
        self.asked.last().map_or("", |asked| &asked.path)
    }

    fn text(&self) -> String {
        let mut out = format!("{}\n", self.file.display());
        let mut line = |text: String| {
            out.push_str(text.trim_end());
            out.push('\n');
        };
        for (number, asked) in self.asked.iter().enumerate() {
            line(format!("  rules of {} are asked about the path {}", asked.name(), asked.path));
            for (rule, tried) in &asked.tried {
                line(format!("    line {}: {}", rule.place.line, why(rule, tried)));
            }
            if let (true, Some(extends)) = (number + 1 < self.asked.len(), asked.extends()) {
                line(format!("    none of them is for it: line {} extends another file", extends.place.line));
            }
        }
        let Some((rule, meant)) = &self.rule else { return out };
        let (asked, all) = self.asked.last().map_or((0, 0), |asked| (asked.tried.len(), asked.rules()));
        if asked < all {
            line(format!(
                "    the first that matches decides; rules below it, not looked at: {}",
                all - asked
            ));
        }
        let groups = &meant.groups;
        if groups.len() > 1 {
            let needed = needed(groups.len(), rule.shamir_threshold);
            line(format!("  {} key groups, any {needed} of which open the file:", groups.len()));
        } else {
            line("  any one of these keys opens the file:".to_owned());
        }
        for (number, group) in groups.iter().enumerate() {
            if groups.len() > 1 {
                line(format!("    group {}, by any one key:", number + 1));
            }
            let indent = if groups.len() > 1 { "      " } else { "    " };
            for key in group.0.iter().map(|entry| &entry.key) {
                line(format!("{indent}{}  {}", key.kind().name(), names::all().shown(&key.text())));
            }
            if group.0.is_empty() {
                line(format!("{indent}none: the keys have to come from flags"));
            }
        }
        line(format!("  encrypted: {}", in_words(&selection(&rule.selection, self.format))));
        if rule.mac_only_encrypted {
            line("  the MAC covers encrypted values only (mac_only_encrypted)".to_owned());
        }
        let Some(content) = &self.content else {
            line("  there is no such file yet".to_owned());
            return out;
        };
        for (wanted, heading) in [(true, "encrypted by this rule"), (false, "in clear text by this rule")] {
            let leaves: Vec<_> = content.leaves.iter().filter(|(_, chosen)| *chosen == wanted).collect();
            line(format!("  {heading}: {}", if leaves.is_empty() { "nothing" } else { "" }));
            leaves.iter().for_each(|(path, _)| line(format!("    {path}")));
        }
        match (content.encrypted, content.differs.is_empty()) {
            (false, _) => line("  the file is not encrypted".to_owned()),
            (true, true) => line("  the file is as the rule says".to_owned()),
            (true, false) => {
                line("  the file is not as the rule says:".to_owned());
                content.differs.iter().for_each(|text| line(format!("    {text}")));
            }
        }
        out
    }

    fn tree(&self) -> Tree {
        let tried = self.asked.iter().flat_map(|asked| &asked.tried).map(|(rule, tried)| {
            json::map([
                ("config", Tree::str(&*rule.place.file)),
                ("line", json::number(rule.place.line)),
                ("path_regex", Tree::str(rule.path_regex.as_str())),
                ("matches", json::bool(matches!(tried, Tried::Matches))),
            ])
        });
        let key = |key: &MasterKey| {
            json::map([
                ("kind", Tree::str(key.kind().id())),
                ("key", Tree::str(&*key.shown())),
                ("name", json::text(names::all().of(&key.text()))),
            ])
        };
        let rule = self.rule.as_ref().map_or(json::text(None), |(rule, meant)| {
            let groups =
                meant.groups.iter().map(|group| json::list(group.0.iter().map(|entry| key(&entry.key))));
            let selection = selection(&rule.selection, self.format);
            let set = selection.fields().into_iter().filter(|(_, text)| !text.is_empty());
            json::map([
                ("config", Tree::str(&*rule.place.file)),
                ("line", json::number(rule.place.line)),
                ("needed_groups", json::number(needed(meant.groups.len(), rule.shamir_threshold))),
                ("groups", json::list(groups)),
                (
                    "selection",
                    json::list(set.map(|(name, text)| {
                        json::map([("field", Tree::str(name)), ("value", Tree::str(text.as_str()))])
                    })),
                ),
                ("mac_only_encrypted", json::bool(rule.mac_only_encrypted)),
            ])
        });
        let content = self.content.as_ref().map_or(json::text(None), |content| {
            let of = |wanted: bool| {
                let leaves = content.leaves.iter().filter(move |(_, chosen)| *chosen == wanted);
                json::list(leaves.map(|(path, _)| Tree::str(path.as_str())))
            };
            json::map([
                ("is_encrypted", json::bool(content.encrypted)),
                ("encrypted", of(true)),
                ("clear", of(false)),
                ("differences", json::list(content.differs.iter().map(|text| Tree::str(text.as_str())))),
            ])
        });
        json::map([
            ("file", Tree::str(&*self.file.to_string_lossy())),
            ("config", Tree::str(self.config.name())),
            ("path", Tree::str(self.path())),
            ("tried", json::list(tried)),
            ("rule", rule),
            ("content", content),
        ])
    }
}

/// What a selection encrypts, in a sentence.
fn in_words(selection: &Selection) -> String {
    let (field, text) = selection.fields().into_iter().find(|(_, text)| !text.is_empty()).unzip();
    let text = text.map(String::as_str).unwrap_or_default();
    match field {
        None => "the whole file".to_owned(),
        Some("unencrypted_suffix") => format!("every value, but not at or below keys that end in {text}"),
        Some("encrypted_suffix") => format!("values at or below keys that end in {text}"),
        Some("unencrypted_regex") => format!("every value, but not at or below keys that match {text}"),
        Some("encrypted_regex") => format!("values at or below keys that match {text}"),
        Some("unencrypted_comment_regex") => {
            format!("every value, but not behind a comment that matches {text}")
        }
        Some(_) => format!("values behind a comment that matches {text}"),
    }
}
