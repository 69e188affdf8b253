//! Encrypting in memory, without a home, keys or a program: under a key service that is none, and the same
//! again for the same seed.

use resops::crypto::{MacScope, Random};
use resops::document::{EmitStyle, Format};
use resops::keys::{Attempt, DecryptionOrder, KeyError, KeyGroup, KeyService, MasterKey, WrappedKey};
use resops::ops::{Context, Recipe};
use resops::policy::Selection;

use super::rng::Rng;
use super::shown;

/// Wraps by writing the key down: what is tested here is everything but the keys.
struct Open;

impl KeyService for Open {
    fn handles(&self, _key: &MasterKey) -> bool {
        true
    }
    fn wrap(&self, _key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        // with line ends, as an age file has them
        Ok(secret.iter().map(|byte| format!("{byte:02x}\n")).collect())
    }
    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let bytes: Result<Vec<u8>, _> = key.enc.lines().map(|line| u8::from_str_radix(line, 16)).collect();
        // A damaged key is as good as a wrong one.
        Attempt::Recovered(zeroize::Zeroizing::new(bytes.unwrap_or_else(|_| vec![0; 32])))
    }
}

/// Not random at all, so that a failure comes back.
struct Seeded(Rng);

impl Random for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        out.copy_from_slice(&self.0.bytes(out.len()));
    }
}

/// Does something under these keys.
pub fn with_context<T>(seed: u64, act: impl FnOnce(&mut Context<'_>) -> T) -> T {
    let order = DecryptionOrder::default();
    let mut random = Seeded(Rng::new(seed));
    act(&mut Context {
        services: &[&Open],
        order: &order,
        random: &mut random,
        now: "2026-11-21T07:41:14Z",
        strict: false,
    })
}

/// How the document of this seed is encrypted: mostly whole, sometimes by a rule.
pub fn recipe(seed: u64, format: Format) -> Recipe {
    let rule = str::to_owned;
    let selection = match seed % 13 {
        0 => Selection { encrypted_regex: rule("^(data|PASS.*|pass|token|a|A)$"), ..Selection::default() },
        1 => Selection { unencrypted_regex: rule("^(name|host|b|B)$"), ..Selection::default() },
        2 => Selection { encrypted_suffix: rule("_unencrypted"), ..Selection::default() },
        3 => Selection { encrypted_comment_regex: rule("two|key|enc|comment|A"), ..Selection::default() },
        4 => Selection { unencrypted_comment_regex: rule("two|item|^ (a|A)"), ..Selection::default() },
        _ => Selection::default_for_files(),
    };
    let key = MasterKey::Age { recipient: "age1test".to_owned() };
    Recipe {
        input: format,
        output: format,
        groups: vec![KeyGroup(vec![WrappedKey::new(key)])],
        shamir_threshold: 0,
        selection,
        mac_scope: if seed.is_multiple_of(11) { MacScope::EncryptedLeaves } else { MacScope::AllLeaves },
        seal: seed.is_multiple_of(7),
        style: EmitStyle::default(),
    }
}

/// Whether a text is what it has to be, and if not, where they part.
pub fn same(what: &str, got: &[u8], expected: &[u8]) -> Result<(), String> {
    if got == expected {
        return Ok(());
    }
    let at = got.iter().zip(expected).take_while(|(a, b)| a == b).count();
    Err(format!("{what}: differs from byte {at} on\n--- got\n{}", shown(got)))
}
