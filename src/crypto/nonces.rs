//! Fresh nonces for many leaves.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use super::Random;

/// Nonces for the leaves of a large file: ChaCha20 under a seed of the caller's randomness, for to ask
/// the system for every one takes longer than to seal its leaf. A nonce is no secret; it has to be fresh.
pub struct Nonces(ChaCha20Rng);

impl Nonces {
    /// Takes a seed of `random`.
    pub fn new(random: &mut dyn Random) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(&mut *seed);
        Self(ChaCha20Rng::from_seed(*seed))
    }
}

impl Random for Nonces {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }
}
