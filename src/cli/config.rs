//! `.sops.yaml`: finding it, reading it, and what of it a command asks for (configuration §1).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use resops::document::{EmitStyle, Format, JsonIndent};
use resops::keys::{KeyGroup, parse_encryption_context};
use resops::ops::Recreation;
use resops::policy::{self, ConfigError, ConfigErrorKind, CreationRule, DestinationRule, Selection, Stores};

use super::args::GlobalArgs;
use super::environment::Environment;
use super::error::{Failure, Kind};
use super::files;
use super::input;
use super::ui::{self, Level, go_quote};

const NAME: &str = ".sops.yaml";
const NEARLY: &str = ".sops.yml";
/// The working directory and 99 above it.
const DEPTH: usize = 100;

/// The configuration of a run.
pub(crate) struct Config {
    file: Option<Loaded>,
    indent: Option<i64>,
}

struct Loaded {
    /// The folder that path rules are relative to.
    base: PathBuf,
    /// The name in messages: as found or as typed.
    name: PathBuf,
    config: policy::Config,
    warnings: Vec<policy::ConfigWarning>,
    /// Whether they were told.
    warned: AtomicBool,
}

/// What a creation rule says about a new file.
pub(crate) struct Rule {
    pub(crate) groups: Vec<KeyGroup>,
    pub(crate) shamir_threshold: i64,
    pub(crate) selection: Selection,
    pub(crate) mac_only_encrypted: bool,
    /// Whether it has a `path_regex`.
    names_files: bool,
}

impl Rule {
    fn of(rule: &CreationRule, context: &[(String, Option<String>)]) -> Result<Self, Failure> {
        Ok(Self {
            groups: rule.groups_with_context(context).map_err(refused)?,
            shamir_threshold: rule.shamir_threshold,
            selection: rule.selection.clone(),
            mac_only_encrypted: rule.mac_only_encrypted,
            names_files: !rule.path_regex.is_empty(),
        })
    }
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
            None => Ok(Self { file: None, indent: args.indent }),
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
        let bytes = files::read(&name)
            .map_err(|why| Failure::generic(format!("could not read config file: {why}")))?;
        let (config, warnings) = policy::Config::parse(&bytes, &name.to_string_lossy()).map_err(refused)?;
        let base = input::absolute(name.as_os_str(), environment)?;
        let base = base.parent().unwrap_or(Path::new("/")).to_path_buf();
        let loaded = Loaded { base, name, config, warnings, warned: AtomicBool::new(false) };
        Ok(Self { file: Some(loaded), indent: args.indent })
    }

    /// The rule for a new file of that name; nothing if there are no rules at all. `context` is the
    /// encryption context for the rule's flat KMS keys.
    ///
    /// # Errors
    ///
    /// Exit 1 if there are rules and none matches, or the one that does is no good.
    pub(crate) fn rule(&self, name: &Path, context: Option<&str>) -> Result<Option<Rule>, Failure> {
        let Some(file) = &self.file else { return Ok(None) };
        file.warn();
        let rule = file.rule_for(name).map_err(refused)?;
        let context = context.filter(|text| !text.is_empty()).and_then(parse_encryption_context);
        rule.map(|rule| Rule::of(rule, &context.unwrap_or_default())).transpose()
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
        let Some(file) = &self.file else { return Ok(None) };
        file.warn();
        match file.rule_for(name) {
            Ok(rule) => rule.map(|rule| Rule::of(rule, &[])).transpose(),
            Err(error) if matches!(error.kind, ConfigErrorKind::NoMatchingRule { .. }) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    /// What is odd about the file, in words with the place in front; nothing is said.
    pub(crate) fn oddities(&self) -> impl Iterator<Item = &policy::ConfigWarning> {
        self.file.iter().flat_map(|file| {
            file.warned.store(true, Ordering::Relaxed);
            &file.warnings
        })
    }

    /// The file as it was found or named.
    pub(crate) fn name(&self) -> String {
        self.file.as_ref().map(|file| file.name.display().to_string()).unwrap_or_default()
    }

    /// The creation rules, if there are any.
    pub(crate) fn creation_rules(&self) -> &[CreationRule] {
        self.file.as_ref().and_then(|file| file.config.creation_rules.as_deref()).unwrap_or_default()
    }

    /// The folder that the paths of the creation rules start at, if there is a configuration.
    pub(crate) fn base(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.base.as_path())
    }

    /// The destination rule for a file by its path as typed or walked.
    ///
    /// # Errors
    ///
    /// Exit 1 if no rule matches, or the one that does is no good.
    pub(crate) fn destination(&self, path: &Path) -> Result<&DestinationRule, Failure> {
        let none = ConfigError { kind: ConfigErrorKind::NoMatchingDestination, place: None };
        let file = self.file.as_ref().ok_or_else(|| refused(none))?;
        file.warn();
        file.config.destination_for(&path.to_string_lossy()).map_err(refused)
    }

    /// Whether a new file called `x.toml` is TOML, not a binary file as in sops.
    pub(crate) fn wants_toml(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.config.stores.toml_enabled)
    }

    /// How a file of that format is laid out where it is written fresh; `what` stands in front of
    /// the reason if it cannot be.
    ///
    /// # Errors
    ///
    /// [`Kind::DumpTree`] for an indentation that is none.
    pub(crate) fn style(&self, format: Format, what: &str) -> Result<EmitStyle, Failure> {
        let stores = self.file.as_ref().map_or_else(Stores::default, |file| file.config.stores);
        let yaml = self.indent.unwrap_or(stores.yaml_indent);
        let json = self.indent.unwrap_or(match format {
            Format::Binary => stores.json_binary_indent,
            _ => stores.json_indent,
        });
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

impl Loaded {
    /// Tells once what sops passes over in silence.
    fn warn(&self) {
        if self.warned.swap(true, Ordering::Relaxed) {
            return;
        }
        for warning in &self.warnings {
            ui::log(Level::Warning, &format!("{}: {warning}", self.name.display()));
        }
    }

    /// The rule for a file by its path as typed, as sops looks for it. Where no rule matches, the path is
    /// tried again without symbolic links in it, and below `/` without its first slash: sops gives up.
    fn rule_for(&self, name: &Path) -> Result<Option<&CreationRule>, ConfigError> {
        let ask =
            |name: &Path, base: &Path| self.config.rule_for(&name.to_string_lossy(), &base.to_string_lossy());
        let error = match ask(name, &self.base) {
            Err(error) if matches!(error.kind, ConfigErrorKind::NoMatchingRule { .. }) => error,
            found => return found,
        };
        let base =
            if self.base == Path::new("/") { PathBuf::new() } else { resolved(&self.name, &self.base) };
        match ask(&resolved_parent(name), &base) {
            Ok(rule) => Ok(rule),
            Err(_) => Err(error),
        }
    }
}

/// The folder that a configuration really is in.
fn resolved(name: &Path, otherwise: &Path) -> PathBuf {
    let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::canonicalize(folder).unwrap_or_else(|_| otherwise.to_path_buf())
}

/// A path without symbolic links on the way; the file itself may be one, or not be there.
fn resolved_parent(path: &Path) -> PathBuf {
    match (path.parent().map(std::fs::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
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
