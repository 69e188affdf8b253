//! New random secrets. Each is as likely as any other of its kind.

use zeroize::Zeroizing;

use crate::crypto::Random;
use crate::keys::bech32;
use crate::leaf::base64;

/// What is made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretKind {
    /// So many characters, each from this set.
    Password(usize, Vec<char>),
    /// So many random bytes in URL-safe base64 without padding.
    Token(usize),
    /// So many random bytes in hexadecimal digits.
    Hex(usize),
    /// Version 4 of RFC 9562: 122 random bits.
    Uuid,
    /// An X25519 identity of age.
    AgeKey,
}

/// A new secret.
pub struct Generated {
    /// The secret itself.
    pub secret: Zeroizing<String>,
    /// What of it everyone may know: the recipient of an age key.
    pub public: Option<String>,
}

/// Makes a new secret.
#[must_use]
pub fn generate(kind: &SecretKind, random: &mut dyn Random) -> Generated {
    let mut public = None;
    let mut bytes = |count: usize| {
        let mut bytes = Zeroizing::new(vec![0; count]);
        random.fill(&mut bytes);
        bytes
    };
    let secret = match kind {
        SecretKind::Password(length, set) => {
            let mut text = Zeroizing::new(String::with_capacity(length * 4));
            for _ in 0..*length {
                text.push(set[below(set.len(), random)]);
            }
            text
        }
        SecretKind::Token(count) => {
            let bytes = bytes(*count);
            let mut text = Zeroizing::new(Vec::with_capacity(base64::encoded_len(bytes.len())));
            base64::encode_into(&bytes, &mut text);
            let letters = text.iter().filter(|byte| **byte != b'=').map(|byte| match byte {
                b'+' => '-',
                b'/' => '_',
                byte => char::from(*byte),
            });
            let mut token = Zeroizing::new(String::with_capacity(text.len()));
            token.extend(letters);
            token
        }
        SecretKind::Hex(count) => hex(&bytes(*count)),
        SecretKind::Uuid => {
            let mut bytes = bytes(16);
            bytes[6] = bytes[6] & 0x0f | 0x40;
            bytes[8] = bytes[8] & 0x3f | 0x80;
            let mut text = hex(&bytes);
            for at in [20, 16, 12, 8] {
                text.insert(at, '-');
            }
            text
        }
        SecretKind::AgeKey => {
            let bytes = bytes(32);
            let mut key = Zeroizing::new([0; 32]);
            key.copy_from_slice(&bytes);
            let secret = x25519_dalek::StaticSecret::from(*key);
            public =
                Some(bech32::encode("age", x25519_dalek::PublicKey::from(&secret).as_bytes()).to_string());
            bech32::encode("AGE-SECRET-KEY-", &*key)
        }
    };
    Generated { secret, public }
}

/// A number below `count`, each as likely: random numbers beyond the last whole multiple are thrown away.
fn below(count: usize, random: &mut dyn Random) -> usize {
    let count = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    let fair = u32::MAX - u32::MAX % count;
    loop {
        let mut bytes = Zeroizing::new([0; 4]);
        random.fill(&mut *bytes);
        let number = u32::from_le_bytes(*bytes);
        if number < fair {
            return (number % count) as usize;
        }
    }
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2 + 4));
    for byte in bytes {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes<'b>(std::slice::Iter<'b, u8>);
    impl Random for Bytes<'_> {
        fn fill(&mut self, out: &mut [u8]) {
            out.iter_mut().for_each(|byte| *byte = *self.0.next().expect("enough bytes"));
        }
    }

    fn of(kind: &SecretKind, bytes: &[u8]) -> Generated {
        generate(kind, &mut Bytes(bytes.iter()))
    }

    #[test]
    fn forms() {
        assert_eq!(*of(&SecretKind::Hex(3), &[0, 0x1f, 0xff]).secret, "001fff");
        assert_eq!(*of(&SecretKind::Token(4), &[0xfb, 0xff, 0, 0]).secret, "-_8AAA");
        assert_eq!(*of(&SecretKind::Uuid, &[0xff; 16]).secret, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test] // the age crate says what belongs together
    fn age_keys_are_x25519() {
        let private = "77076d0a7318a57d3c16c17251b26645c6db8c6d5d5e2d1c9f0a5f0c4d5f2c2a";
        let bytes: Vec<u8> =
            (0..32).map(|i| u8::from_str_radix(&private[2 * i..2 * i + 2], 16).expect("hex")).collect();
        let made = of(&SecretKind::AgeKey, &bytes);
        let identity: age::x25519::Identity = made.secret.parse().expect("an identity");
        assert_eq!(identity.to_public().to_string(), made.public.expect("a recipient"));
    }

    #[test]
    fn numbers_that_would_favour_some_are_thrown_away() {
        let set: Vec<char> = "abc".chars().collect();
        // 2^32 - 1 is a multiple of 3: only the very last number is one too many.
        let made = of(&SecretKind::Password(2, set), &[255, 255, 255, 255, 1, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(*made.secret, "bc");
    }
}
