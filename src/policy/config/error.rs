//! What can be wrong with a configuration: sops' words first, then where it stands.

use std::fmt;
use std::sync::Arc;

use super::super::go_regex::GoRegexError;
use super::super::selector::SelectionConflict;
use crate::document::ParseError;
use crate::keys::ParseKeyError;

/// A place in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's name as messages show it.
    pub file: Arc<str>,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A problem with the configuration. Its first line is what sops prints (configuration §8);
/// further lines say where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", at(.place.as_ref()))]
pub struct ConfigError {
    /// What is wrong.
    #[source]
    pub kind: ConfigErrorKind,
    /// Where, if the first line alone does not say it.
    pub place: Option<Place>,
}

fn at(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!("\n  at {place}"))
}

/// The kinds of problems.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// Not well-formed YAML.
    #[error("error loading config: Could not unmarshal config file: yaml: line {}: {}", .0.line, .0.problem)]
    Syntax(ParseError),
    /// Values of the wrong type and keys that are there twice.
    #[error("error loading config: Could not unmarshal config file: yaml: unmarshal errors:{}", lines(.0))]
    Types(Vec<TypeError>),
    /// A value behind `<<` that is no map.
    #[error(
        "error loading config: Could not unmarshal config file: yaml: map merge requires map or sequence of maps as the value"
    )]
    MergeOfNoMap,
    /// Aliases that multiply without end.
    #[error(
        "error loading config: Could not unmarshal config file: yaml: document contains excessive aliasing"
    )]
    ExcessiveAliasing,
    /// A tag that does not fit its value.
    #[error("error loading config: Could not unmarshal config file: yaml: {0}")]
    Tag(crate::document::yaml::resolve::BadTag),
    /// A `path_regex` that does not compile.
    #[error("can not compile regexp: {0}")]
    PathRegex(GoRegexError),
    /// There are creation rules, but none for the file.
    #[error("error loading config: no matching creation rules found{}", .0.iter().map(Asked::shown).collect::<String>())]
    NoMatchingRule(Vec<Asked>),
    /// No destination rule is for the file. Where that is so because of the separators in its path, the rule that
    /// would be for it with `/`.
    #[error("error loading config: no matching destination found in config{}", slashes(.0.as_ref()))]
    NoMatchingDestination(Option<Place>),
    /// A `match_separator` that is none.
    #[error(
        "error loading config: match_separator: {0:?} is no separator that rules can see: write / or leave it out"
    )]
    MatchSeparator(String),
    /// A destination rule with more than one destination.
    #[error(
        "error loading config: more than one destinations were found in a single destination rule, you can only use one per rule"
    )]
    SeveralDestinations,
    /// A rule with more than one selector.
    #[error("error loading config: {0} for the same rule")]
    SelectionConflict(SelectionConflict),
    /// Keys that are neither text nor a list of texts.
    #[error(
        "invalid {kind} key configuration: invalid {field} key configuration: expected {expected}, got {got}"
    )]
    KeyType {
        /// The kind of keys in sops' words.
        kind: &'static str,
        /// The field.
        field: &'static str,
        /// What may stand there.
        expected: &'static str,
        /// The type that stands there, as Go names it.
        got: &'static str,
    },
    /// A text that names no key.
    #[error(transparent)]
    Key(ParseKeyError),
    /// A name in `recipients` that nothing has.
    #[error("unknown recipient: {name} is no group, no name and no key{}", question(.did_you_mean.as_deref()))]
    UnknownRecipient {
        /// The name, in quotes.
        name: String,
        /// The name that is most like it, in quotes.
        did_you_mean: Option<String>,
    },
    /// What stands under a name, and is no key.
    #[error("{text} under the name {name} is like no key: age1…, ssh-…, a PGP fingerprint, an ARN, …")]
    NoKey {
        /// The name, in quotes.
        name: String,
        /// What stands there, in quotes.
        text: String,
    },
    /// A group that is in itself.
    #[error("a group is in itself: {}", .0.join(", which has "))]
    GroupInItself(Vec<String>),
    /// `recipients` in a rule whose keys are in `key_groups`.
    #[error(
        "recipients stands beside key_groups, and does not say in which group they are to be; put it into one of them"
    )]
    RecipientsBesideGroups,
    /// A null in the encryption context of a KMS key, on which sops crashes.
    #[error("the context of a kms key has no value for {0:?}")]
    NullContext(String),
}

/// A value of the wrong type, or a key that is there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeError {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: TypeProblem,
}

/// What is wrong with a value of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeProblem {
    /// It cannot be read as the type of its field.
    WrongType {
        /// Its tag, short.
        tag: String,
        /// Its text, cut if it is long; nothing for lists and maps.
        text: Option<String>,
        /// The type of the field, as Go names it.
        expected: &'static str,
    },
    /// The map has the key already.
    Duplicate {
        /// The key.
        key: String,
        /// The line of the first one.
        first: usize,
    },
}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.problem {
            TypeProblem::WrongType { tag, text, expected } => {
                write!(f, "cannot unmarshal {tag}")?;
                if let Some(text) = text {
                    write!(f, " `{text}`")?;
                }
                write!(f, " into {expected}")
            }
            TypeProblem::Duplicate { key, first } => {
                write!(f, "mapping key {key:?} already defined at line {first}")
            }
        }
    }
}

fn question(did_you_mean: Option<&str>) -> String {
    did_you_mean.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

/// What to do about a rule that lacks nothing but `/` in the path.
fn slashes(rule: Option<&Place>) -> String {
    rule.map_or_else(String::new, |place| {
        format!(
            "\n  with / instead of \\ the rule at {place} would match: add `match_separator: /` at the top of {}, \
             or write [/\\\\] in the rule, which sops understands too",
            place.file
        )
    })
}

fn lines(errors: &[TypeError]) -> String {
    errors.iter().map(|error| format!("\n  {error}")).collect()
}

/// The rules of one configuration, none of which is for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The path that they were asked about.
    pub path: String,
    /// Place and `path_regex` of each rule.
    pub tried: Vec<(Place, String)>,
    /// The rule that would be for the file if it saw `/` where the system has `\`.
    pub with_slashes: Option<Place>,
}

impl Asked {
    fn shown(&self) -> String {
        let mut out = format!("\n  for the path {}", self.path);
        for (place, regex) in &self.tried {
            out.push_str(&format!("\n  tried {regex} at {place}"));
        }
        out.push_str(&slashes(self.with_slashes.as_ref()));
        out
    }
}

/// A key that has no meaning where it stands, and is like none that has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The key.
    pub key: String,
}

/// Something that sops would pass over in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigWarning {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The key that has no meaning where it stands.
    pub key: String,
    /// The key that is like it and has one.
    pub did_you_mean: &'static str,
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, key, did_you_mean } = self;
        write!(f, "line {line}, column {column}: {key} is ignored; did you mean {did_you_mean}?")
    }
}
