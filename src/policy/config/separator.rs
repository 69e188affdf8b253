//! `match_separator`: with `/`, rules see `/` between the folders of a path on every system, so that one file
//! serves people on all of them (wishes R6). sops skips the field and matches against what the system has: a
//! rule for both says `[/\\]`.

use super::super::file_path::MatchSeparator;
use super::decode::Decoder;
use super::error::{ConfigError, ConfigErrorKind};
use crate::document::yaml::node::NodeId;

/// The field of the configuration.
pub(super) const FIELD: &str = "match_separator";

pub(super) fn read(d: &mut Decoder<'_>, node: NodeId) -> Result<MatchSeparator, ConfigError> {
    match d.optional_string(node)?.as_deref() {
        None => Ok(MatchSeparator::System),
        Some("/") => Ok(MatchSeparator::Slash),
        Some(other) => Err(ConfigError {
            kind: ConfigErrorKind::MatchSeparator(other.to_owned()),
            place: Some(d.place(node)),
        }),
    }
}
