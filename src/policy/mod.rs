//! Which leaves, which keys: selectors, `.sops.yaml`, creation rules.

mod config;
mod destination;
mod file_path;
mod go_regex;
mod selector;

pub use config::{
    Asked, Config, ConfigError, ConfigErrorKind, ConfigWarning, CreationRule, DestinationRule, Extends,
    Grade, Names, Outer, Place, Remark, RemarkKind, Stores, TypeError, TypeProblem, UnknownKey,
};
pub use destination::{Destination, KvVersion, NameError, Takes};
pub use file_path::{MatchSeparator, PathStyle};
pub use go_regex::{GoRegex, GoRegexError, GoRegexErrorKind};
pub use selector::{OnBadRegex, Selection, SelectionConflict, Selector, SelectorError};
