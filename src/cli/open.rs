//! What the library is given from outside: randomness and the time.

use resops::crypto::Random;

/// The system's randomness.
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) {
        // Without randomness nothing may be encrypted: there is no way to go on.
        getrandom::fill(out).expect("the system gives random bytes");
    }
}

/// A number that nobody can guess, for the names of temporary files.
pub(crate) fn random_number() -> u32 {
    let mut bytes = [0; 4];
    SystemRandom.fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

/// The current time as RFC 3339 in UTC, in whole seconds.
pub(crate) fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
