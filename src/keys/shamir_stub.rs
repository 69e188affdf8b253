//! Stands in for `crypto::shamir` until that is there.

use crate::crypto::Random;
use zeroize::Zeroizing;

/// Sharing is not possible yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key groups are not supported yet")]
pub struct ShamirError;

pub(super) fn split(
    _secret: &[u8],
    _parts: usize,
    _threshold: usize,
    _random: &mut dyn Random,
) -> Result<Vec<Zeroizing<Vec<u8>>>, ShamirError> {
    Err(ShamirError)
}

pub(super) fn combine(_shares: &[impl AsRef<[u8]>]) -> Result<Zeroizing<Vec<u8>>, ShamirError> {
    Err(ShamirError)
}
