//! Which leaves, which keys: selectors, `.sops.yaml`, creation rules.

mod go_regex;
mod selector;

pub use go_regex::{GoRegex, GoRegexError, GoRegexErrorKind};
pub use selector::{OnBadRegex, Selection, SelectionConflict, Selector, SelectorError};
