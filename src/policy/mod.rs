//! Which leaves, which keys: selectors, `.sops.yaml`, creation rules.

mod config;
mod go_regex;
mod selector;

pub use config::{
    Config, ConfigError, ConfigErrorKind, ConfigWarning, CreationRule, DestinationRule, Place, Stores,
    TypeError, TypeProblem,
};
pub use go_regex::{GoRegex, GoRegexError, GoRegexErrorKind};
pub use selector::{OnBadRegex, Selection, SelectionConflict, Selector, SelectorError};
