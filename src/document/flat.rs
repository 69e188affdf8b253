//! The flattened form of a nested block: how INI and dotenv files hold the metadata (stores §8).
//!
//! A tree becomes pairs of a name and a text; names say the way (`age__list_0__map_enc`).

use super::Tree;

/// Why flattened pairs are no tree. The words of sops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlatError {
    /// Two values for one place.
    #[error("Error while unflattening {0:?}: Duplicate value")]
    Duplicate(String),
    /// A place is a map and a list, or a value and a collection.
    #[error("Error while unflattening: Type mismatch")]
    Mismatch,
    /// The positions of a list have a gap.
    #[error("Error while unflattening: Incomplete list")]
    Incomplete,
}

/// The pairs of a block, depth first, in the order of the tree.
#[must_use]
pub fn flatten(_block: &Tree) -> Vec<(Vec<u8>, Vec<u8>)> {
    Vec::new()
}

/// The tree that flattened pairs stand for; all values are text.
///
/// # Errors
///
/// [`FlatError`] with sops' words.
pub fn unflatten(_pairs: &[(Vec<u8>, Vec<u8>)]) -> Result<Tree, FlatError> {
    Ok(Tree::Map(Vec::new()))
}
