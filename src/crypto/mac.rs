//! The MAC over a file: SHA-512 over the canonical bytes of its values (file format §7).
//!
//! It covers what values say and the order they stand in; not keys, types, nulls or comments. It
//! is stored encrypted, bound to the time of the last change: that is the caller's part.

use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

use super::plaintext;
use crate::leaf::ValueRef;

/// What is hashed first when only encrypted leaves count, so that a file cannot be moved from one
/// scope to the other: the SHA-256 of `sops` (file format §7.2).
const ENCRYPTED_LEAVES_MARK: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, //
    0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// Which leaves the MAC covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MacScope {
    /// All values.
    #[default]
    AllLeaves,
    /// Those that are encrypted (`mac_only_encrypted`).
    EncryptedLeaves,
}

/// A MAC being computed. `Clone` lets one reading be hashed in two ways.
#[derive(Clone)]
pub struct Mac(Sha512);

impl Mac {
    /// Starts one.
    #[must_use]
    pub fn new(scope: MacScope) -> Self {
        match scope {
            MacScope::AllLeaves => Self(Sha512::new()),
            MacScope::EncryptedLeaves => Self(Sha512::new_with_prefix(ENCRYPTED_LEAVES_MARK)),
        }
    }

    /// Adds a value's canonical bytes. Null adds nothing; comments must not be passed.
    ///
    /// (One sops release hashed encrypted list comments when reading, file format §7.4. To
    /// compute its MAC, pass those as [`ValueRef::Str`].)
    pub fn update(&mut self, value: ValueRef<'_>) {
        debug_assert!(!matches!(value, ValueRef::Comment(_)), "comments are not part of the MAC");
        self.0.update(&plaintext(value).0);
    }

    /// 128 upper-case hex digits.
    #[must_use]
    pub fn finish(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let digest = self.0.finalize();
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
    }
}

impl std::fmt::Debug for Mac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mac(…)")
    }
}

/// Whether a stored MAC is the computed one, to the letter: sops tells the case of the digits
/// apart (file format §7.1). Takes as long for near misses as for any other.
#[must_use]
pub fn matches(stored: &[u8], computed: &str) -> bool {
    stored.ct_eq(computed.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(scope: MacScope, values: &[ValueRef<'_>]) -> String {
        let mut mac = Mac::new(scope);
        for value in values {
            mac.update(*value);
        }
        mac.finish()
    }

    #[test] // the worked example of file format §12, made by sops 3.13.2
    fn all_values_in_order() {
        let computed = mac(
            MacScope::AllLeaves,
            &[
                ValueRef::Str(b"alice"),
                ValueRef::Int(8080),
                ValueRef::Float(1.5),
                ValueRef::Bool(true),
                ValueRef::Null,
                ValueRef::Str(b""),
                ValueRef::Time("2024-01-02T00:00:00Z"),
                ValueRef::Str(b"s3cret"),
                ValueRef::Str(b"h1"),
                ValueRef::Str(b"x"),
                ValueRef::Str(b"v"),
                ValueRef::Int(7),
                ValueRef::Str(b"end"),
            ],
        );
        assert_eq!(
            computed,
            concat!(
                "88839F83A7B469EF361EB904F70C70966ABF70BFF751F0B81D9C0879EB9FD0E6",
                "B0733C7E8290C3D0ABA15A2578E63E669D5F6C66D8888ED3FF9885CB586AFF79"
            )
        );
        assert!(matches(computed.as_bytes(), &computed));
        assert!(!matches(computed.to_lowercase().as_bytes(), &computed));
        assert!(!matches(b"", &computed));
        assert!(!matches(&computed.as_bytes()[..127], &computed));
    }

    #[test] // file format §7.2, made by sops 3.13.2
    fn encrypted_values_only() {
        assert_eq!(
            mac(MacScope::EncryptedLeaves, &[ValueRef::Str(b"s"), ValueRef::Int(1)]),
            concat!(
                "93769D6A6C05E31AE8F0B8D4C618A63898A9DBE478D176DE8282585537AB4FAA",
                "8972D40B65210B65537AD49AD4B9E0337F5F6B222F9C8525D7F357BD9824F734"
            )
        );
        assert_eq!(sha2::Sha256::digest(b"sops")[..], ENCRYPTED_LEAVES_MARK);
    }
}
