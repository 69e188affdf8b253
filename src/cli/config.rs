//! `.sops.yaml`: finding it, reading it, and what of it a command asks for (configuration §1).

mod chain;

use std::path::{Path, PathBuf};

use resops::document::{EmitStyle, Format, JsonIndent};
use resops::keys::{KeyGroup, parse_encryption_context};
use resops::ops::Recreation;
use resops::policy::{
    self, ConfigError, ConfigErrorKind, CreationRule, DestinationRule, PathStyle, Selection, Stores,
};

use super::args::GlobalArgs;
use super::environment::Environment;
use super::error::{Failure, Kind};
use super::names;
use super::recipients;
use super::ui::{self, Level, go_quote};

const NAME: &str = ".sops.yaml";
const NEARLY: &str = ".sops.yml";
/// The working directory and 99 above it.
const DEPTH: usize = 100;

pub(crate) use chain::{Asked, Tried, complete};

use chain::Loaded;

/// The configuration of a run.
pub(crate) struct Config {
    /// The file that was found or named, and those that it extends; empty if there is none.
    chain: Vec<Loaded>,
    indent: Option<i64>,
}

/// What a creation rule says about a new file.
pub(crate) struct Rule {
    pub(crate) groups: Vec<KeyGroup>,
    pub(crate) shamir_threshold: i64,
    pub(crate) selection: Selection,
    pub(crate) mac_only_encrypted: bool,
    pub(crate) seal: bool,
    /// Whether it has a `path_regex`.
    names_files: bool,
}

impl Rule {
    /// `base` is the folder of the configuration.
    fn of(rule: &CreationRule, base: &Path, context: &[(String, Option<String>)]) -> Result<Self, Failure> {
        let mut groups = rule.groups_with_context(context).map_err(refused)?;
        if !rule.age_recipients_file.is_empty() {
            let [group] = groups.as_mut_slice() else { return Err(not_flat(rule)) };
            if rule.has_key_groups() {
                return Err(not_flat(rule));
            }
            group.0.extend(recipients::of_file(&base.join(&rule.age_recipients_file))?);
        }
        Ok(Self {
            groups,
            shamir_threshold: rule.shamir_threshold,
            selection: rule.selection.clone(),
            mac_only_encrypted: rule.mac_only_encrypted,
            seal: rule.seal,
            names_files: !rule.path_regex.is_empty(),
        })
    }
}

fn not_flat(rule: &CreationRule) -> Failure {
    let place = &rule.place;
    Failure::generic(format!(
        "{}:{}: age_recipients_file goes with the flat keys of a rule, not with key_groups",
        place.file, place.line
    ))
}

impl Rule {
    /// Whether it has a `path_regex`: it says then which files are to be encrypted.
    pub(crate) const fn names_files(&self) -> bool {
        self.names_files
    }

    /// What it says, for a file that is encrypted.
    pub(crate) fn wanted(&self) -> Recreation {
        Recreation {
            groups: self.groups.clone(),
            shamir_threshold: self.shamir_threshold,
            selection: self.selection.clone(),
            mac_only_encrypted: self.mac_only_encrypted,
            seal: self.seal,
        }
    }
}

impl Config {
    /// Finds and reads the configuration: `--config`, else `SOPS_CONFIG`, else the nearest one at or
    /// above the working directory. There need not be any.
    ///
    /// # Errors
    ///
    /// Exit 1 if it cannot be read or understood, also for commands that need nothing of it.
    pub(crate) fn load(args: &GlobalArgs, environment: &Environment) -> Result<Self, Failure> {
        match Self::find(args) {
            Some(name) => Self::load_from(name, args, environment),
            None => Ok(Self { chain: Vec::new(), indent: args.indent }),
        }
    }

    /// The file that is named or found; it may not be there if it is named.
    pub(crate) fn find(args: &GlobalArgs) -> Option<PathBuf> {
        let named = args.config.as_ref().filter(|path| !path.is_empty()).map(PathBuf::from);
        named.or_else(search)
    }

    /// Reads the configuration that [`Self::find`] gave.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub(crate) fn load_from(
        name: PathBuf,
        args: &GlobalArgs,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let chain = chain::load(name, environment)?;
        names::keep(&chain[0].config.names);
        Ok(Self { chain, indent: args.indent })
    }

    /// The rule for a new file of that name; nothing if there are no rules at all. `context` is the
    /// encryption context for the rule's flat KMS keys.
    ///
    /// # Errors
    ///
    /// Exit 1 if there are rules and none matches, or the one that does is no good.
    pub(crate) fn rule(&self, name: &Path, context: Option<&str>) -> Result<Option<Rule>, Failure> {
        let found = self.rule_for(name).map_err(refused)?;
        let context = context.filter(|text| !text.is_empty()).and_then(parse_encryption_context);
        found.map(|(rule, file)| Rule::of(rule, &file.base, &context.unwrap_or_default())).transpose()
    }

    /// The rule for a file and where it stands: in the first file that has one.
    fn rule_for(&self, name: &Path) -> Result<Option<(&CreationRule, &Loaded)>, ConfigError> {
        let mut asked = Vec::new();
        for file in &self.chain {
            file.warn();
            match file.rule_for(name) {
                Ok(Some(rule)) => return Ok(Some((rule, file))),
                Ok(None) => {}
                Err(ConfigError { kind: ConfigErrorKind::NoMatchingRule(more), .. }) => asked.extend(more),
                Err(error) => return Err(error),
            }
        }
        if asked.is_empty() {
            return Ok(None);
        }
        Err(ConfigError { kind: ConfigErrorKind::NoMatchingRule(asked), place: None })
    }

    /// The rule that says of itself that this file is to be encrypted: one with a `path_regex` that
    /// matches. A rule without one says how files are encrypted, not which.
    ///
    /// # Errors
    ///
    /// Exit 1 if the rule is no good.
    pub(crate) fn covering(&self, name: &Path) -> Result<Option<Rule>, Failure> {
        self.rule_if_any(name).map(|rule| rule.filter(|rule| rule.names_files))
    }

    /// The rule for a file, or nothing if there is none for it.
    ///
    /// # Errors
    ///
    /// Exit 1 if the rule is no good.
    pub(crate) fn rule_if_any(&self, name: &Path) -> Result<Option<Rule>, Failure> {
        match self.rule_for(name) {
            Ok(found) => found.map(|(rule, file)| Rule::of(rule, &file.base, &[])).transpose(),
            Err(error) if matches!(error.kind, ConfigErrorKind::NoMatchingRule(_)) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    /// What is odd about the files, with their names; nothing is said.
    pub(crate) fn oddities(&self) -> impl Iterator<Item = (&Path, &policy::ConfigWarning)> {
        self.chain
            .iter()
            .flat_map(|file| file.oddities().iter().map(|warning| (file.name.as_path(), warning)))
    }

    /// The file as it was found or named.
    pub(crate) fn name(&self) -> String {
        self.chain.first().map(|file| file.name.display().to_string()).unwrap_or_default()
    }

    /// The creation rules, in the order in which they are asked.
    pub(crate) fn creation_rules(&self) -> impl Iterator<Item = &CreationRule> {
        self.chain.iter().flat_map(|file| file.config.creation_rules.iter().flatten())
    }

    /// The rules that are asked about a file, of one configuration after the other: the last one of the last
    /// is for it, if any is.
    pub(crate) fn asked(&self, name: &Path) -> Vec<Asked<'_>> {
        let mut all = Vec::new();
        for file in &self.chain {
            file.warn();
            let asked = file.tried(name);
            let last = asked.tried.last().is_some_and(|(_, last)| *last != Tried::Differs);
            all.push(asked);
            if last {
                break;
            }
        }
        all
    }

    /// What the rule that was found says, in full.
    ///
    /// # Errors
    ///
    /// Exit 1 if the rule is no good.
    pub(crate) fn meant(asked: &[Asked<'_>]) -> Result<Option<Rule>, Failure> {
        let Some(Asked { file, tried, .. }) = asked.last() else { return Ok(None) };
        let Some((rule, Tried::Matches)) = tried.last() else { return Ok(None) };
        Rule::of(rule.checked().map_err(refused)?, &file.base, &[]).map(Some)
    }

    /// The creation rules of each file, with the folder that their paths start at.
    pub(crate) fn rules_by_folder(&self) -> impl Iterator<Item = (&Path, &[CreationRule])> {
        self.chain
            .iter()
            .map(|file| (file.base.as_path(), file.config.creation_rules.as_deref().unwrap_or_default()))
    }

    /// The destination rule for a file by its path as typed or walked.
    ///
    /// # Errors
    ///
    /// Exit 1 if no rule matches, or the one that does is no good.
    pub(crate) fn destination(&self, path: &Path) -> Result<&DestinationRule, Failure> {
        let mut none = ConfigError { kind: ConfigErrorKind::NoMatchingDestination(None), place: None };
        for file in &self.chain {
            file.warn();
            match file.config.destination_for(&path.to_string_lossy(), PathStyle::NATIVE) {
                Err(error) if matches!(error.kind, ConfigErrorKind::NoMatchingDestination(_)) => {
                    if none.kind == ConfigErrorKind::NoMatchingDestination(None) {
                        none = error;
                    }
                }
                found => return found.map_err(refused),
            }
        }
        Err(refused(none))
    }

    /// Whether a new file called `x.toml` is TOML, not a binary file as in sops.
    pub(crate) fn wants_toml(&self) -> bool {
        self.stores().toml_enabled == Some(true)
    }

    fn stores(&self) -> Stores {
        self.chain.first().map_or_else(Stores::default, |file| file.config.stores)
    }

    /// How a file of that format is laid out where it is written fresh; `what` stands in front of
    /// the reason if it cannot be.
    ///
    /// # Errors
    ///
    /// [`Kind::DumpTree`] for an indentation that is none.
    pub(crate) fn style(&self, format: Format, what: &str) -> Result<EmitStyle, Failure> {
        let stores = self.stores();
        let yaml = self.indent.or(stores.yaml_indent).unwrap_or(0);
        let json = self.indent.or(match format {
            Format::Binary => stores.json_binary_indent,
            _ => stores.json_indent,
        });
        let json = json.unwrap_or(-1);
        let refused = |why: &str| Failure::new(Kind::DumpTree, format!("{what}: {why}"));
        let mut style = EmitStyle::default();
        match format {
            Format::Yaml if yaml < 0 => return Err(refused("YAML Negative indentation not accepted")),
            Format::Yaml => {
                style.yaml_indent = if yaml == 0 { 4 } else { usize::try_from(yaml).unwrap_or(2) }
            }
            Format::Json | Format::Binary => {
                style.json_indent = match json {
                    -1 => JsonIndent::Tab,
                    ..-1 => {
                        return Err(refused(
                            "Error marshaling to json: JSON Indentation parameter smaller than -1 is not accepted",
                        ));
                    }
                    blanks => JsonIndent::Blanks(usize::try_from(blanks).unwrap_or(0)),
                }
            }
            Format::Ini | Format::Dotenv | Format::Toml => {}
        }
        Ok(style)
    }
}

fn refused(error: ConfigError) -> Failure {
    Failure::generic(error.to_string())
}

/// The nearest configuration at or above the working directory, by the kernel's parents. A `.sops.yml`
/// on the way is named in a warning: it is never used.
fn search() -> Option<PathBuf> {
    let mut nearly = None;
    let mut folder = PathBuf::new();
    let mut found = None;
    // Above `/` there is nothing, and to ask for a file that is not there takes time too.
    for _ in 0..Environment::depth().map_or(DEPTH, |depth| depth.min(DEPTH)) {
        let path = folder.join(NAME);
        if std::fs::metadata(&path).is_ok() {
            found = Some(path);
            break;
        }
        let other = folder.join(NEARLY);
        if nearly.is_none() && std::fs::metadata(&other).is_ok() {
            nearly = Some(other);
        }
        folder.push("..");
    }
    if let Some(nearly) = nearly {
        let mut message = format!(
            "ignoring {} when searching for config file; the config file must be called {}",
            go_quote(&nearly.to_string_lossy()),
            go_quote(NAME)
        );
        if let Some(found) = &found {
            message.push_str(&format!("; using {} instead", go_quote(&found.to_string_lossy())));
        }
        ui::log(Level::Warning, &message);
    }
    found
}
