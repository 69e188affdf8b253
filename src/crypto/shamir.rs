//! Shamir sharing of the data key over GF(2^8) (file format §9).
//!
//! With several key groups each group wraps one share, and a threshold of shares gives the key
//! back. For every byte of the secret there is a random polynomial whose value at 0 is that
//! byte; share *i* holds the values at x = *i*, then x itself as its last byte.
//!
//! # Compatibility
//!
//! The field is that of AES, so shares of sops combine here and ours combine there. Its
//! arithmetic has no tables and no branches: table look-ups once leaked shares through the cache
//! (GHSA-vq4h-9ghm-qmrr).

use zeroize::Zeroizing;

use super::Random;

/// A share, or a secret put together again. Wiped on drop.
pub type Secret = Zeroizing<Vec<u8>>;

/// Why a secret cannot be split. The words are those of sops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// More shares would be needed than there are.
    #[error("parts cannot be less than threshold")]
    FewerPartsThanThreshold,
    /// The field has 255 points beside 0.
    #[error("parts cannot exceed 255")]
    TooManyParts,
    /// With a threshold of 1 every share would be the secret.
    #[error("threshold must be at least 2")]
    ThresholdTooSmall,
    /// There is nothing to split.
    #[error("cannot split an empty secret")]
    EmptySecret,
}

/// Why shares cannot be combined. The words are those of sops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CombineError {
    /// One share says nothing.
    #[error("less than two parts cannot be used to reconstruct the secret")]
    TooFewParts,
    /// No room for a byte of the secret and x.
    #[error("parts must be at least two bytes")]
    PartTooShort,
    /// The shares are not of one secret.
    #[error("all parts must be the same length")]
    UnequalLengths,
    /// Two shares have the same x.
    #[error("duplicate part detected")]
    DuplicatePart,
}

/// Splits `secret` into `parts` shares, of which any `threshold` give it back. Each share is one
/// byte longer than the secret.
///
/// # Errors
///
/// [`SplitError`] if the numbers are not 2 ≤ `threshold` ≤ `parts` ≤ 255, or the secret is empty.
pub fn split(
    secret: &[u8],
    parts: usize,
    threshold: usize,
    random: &mut dyn Random,
) -> Result<Vec<Secret>, SplitError> {
    if parts < threshold {
        return Err(SplitError::FewerPartsThanThreshold);
    }
    let Ok(last) = u8::try_from(parts) else { return Err(SplitError::TooManyParts) };
    if threshold < 2 {
        return Err(SplitError::ThresholdTooSmall);
    }
    if secret.is_empty() {
        return Err(SplitError::EmptySecret);
    }

    // For each byte of the secret the coefficients of x, x², …
    let degree = threshold - 1;
    let mut coefficients = Zeroizing::new(vec![0; secret.len() * degree]);
    random.fill(&mut coefficients);

    let share = |x: u8| {
        let mut share = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
        for (&byte, higher) in secret.iter().zip(coefficients.chunks_exact(degree)) {
            let value = higher.iter().rev().fold(0, |value, &coefficient| multiply(value, x) ^ coefficient);
            share.push(multiply(value, x) ^ byte);
        }
        share.push(x);
        share
    };
    Ok((1..=last).map(share).collect())
}

/// Puts a secret together from shares: the value at 0 of the polynomial through *all* of them.
///
/// Too few shares, or shares of different secrets, give a wrong secret and no error: nothing in
/// them could tell. The x of a share may be any byte, as in older files.
///
/// # Errors
///
/// [`CombineError`] if there are fewer than two shares, they differ in length or are too short, or
/// two have the same x.
pub fn combine<S: AsRef<[u8]>>(shares: &[S]) -> Result<Secret, CombineError> {
    let [first, _, ..] = shares else { return Err(CombineError::TooFewParts) };
    let length = first.as_ref().len();
    if length < 2 {
        return Err(CombineError::PartTooShort);
    }
    if shares.iter().any(|share| share.as_ref().len() != length) {
        return Err(CombineError::UnequalLengths);
    }
    let mut seen = [false; 256];
    let mut points = Vec::with_capacity(shares.len());
    for share in shares {
        let [values @ .., x] = share.as_ref() else { return Err(CombineError::PartTooShort) };
        if std::mem::replace(&mut seen[usize::from(*x)], true) {
            return Err(CombineError::DuplicatePart);
        }
        points.push((*x, values));
    }

    let mut secret = Zeroizing::new(vec![0; length - 1]);
    for &(x, values) in &points {
        // Lagrange's basis at 0: the product of xⱼ / (xⱼ - xᵢ), where - is the same as ^.
        let others = points.iter().map(|&(other, _)| other).filter(|&other| other != x);
        let basis = others.fold(1, |basis, other| multiply(basis, multiply(other, invert(other ^ x))));
        for (byte, &value) in secret.iter_mut().zip(values) {
            *byte ^= multiply(basis, value);
        }
    }
    Ok(secret)
}

/// The product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, in the same steps for all operands.
const fn multiply(a: u8, b: u8) -> u8 {
    let mut product = 0_u8;
    let mut bit = 8;
    while bit > 0 {
        bit -= 1;
        // 0xff where the bit is set, else 0: a mask instead of a branch.
        let carry = (product >> 7).wrapping_neg();
        let wanted = (b >> bit & 1).wrapping_neg();
        product = (product << 1) ^ (carry & 0x1b) ^ (wanted & a);
    }
    product
}

/// The inverse in GF(2^8), and 0 for 0: the 254th power, since all non-zero elements have order
/// dividing 255.
const fn invert(a: u8) -> u8 {
    // 254 = 2 + 4 + … + 128
    let mut power = a;
    let mut inverse = 1;
    let mut step = 0;
    while step < 7 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
        step += 1;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Given(Vec<u8>);
    impl Random for Given {
        fn fill(&mut self, out: &mut [u8]) {
            let rest = self.0.split_off(out.len());
            out.copy_from_slice(&std::mem::replace(&mut self.0, rest));
        }
    }

    struct Counter(u8);
    impl Random for Counter {
        fn fill(&mut self, out: &mut [u8]) {
            for byte in out {
                self.0 = self.0.wrapping_mul(167).wrapping_add(13);
                *byte = self.0;
            }
        }
    }

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test] // FIPS 197, 4.2 and its inverse table; file format §9
    fn the_field_is_that_of_aes() {
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
        assert_eq!(invert(0x53), 0xca);
        assert_eq!(invert(0), 0);
        for a in 1..=255 {
            assert_eq!(multiply(a, invert(a)), 1, "{a}");
            assert_eq!(multiply(a, 1), a);
            assert_eq!(multiply(0, a), 0);
        }
    }

    #[test] // file format §9, by hand
    fn shares_have_the_layout_of_sops() {
        let mut random = Given(bytes("112280ff"));
        let shares = split(&bytes("00010203"), 3, 2, &mut random).unwrap();
        assert_eq!(shares[0][..], bytes("112382fc01"));
        assert_eq!(shares[1][..], bytes("224519e602"));
        assert_eq!(shares[2][..], bytes("3367991903"));
        assert_eq!(shares.len(), 3);
        assert_eq!(combine(&shares[1..]).unwrap()[..], bytes("00010203"));
    }

    #[test] // file format §9, made by sops 3.13.2
    fn shares_of_sops_combine() {
        let shares = [
            bytes("d6d47043a724b9909e8c8f7781faff533e70ea0148f8ee535f7f6696fc89744e01"),
            bytes("404ded58447b1cceb9e739896fad0590b5259c8cfda83070512ac02b0610c24402"),
            bytes("323a6f51ec4e7f0da437a22a356953d1cc1647f767987a98a219a2405067594203"),
        ];
        let secret = bytes("a4a3f24a0f11da53835c14d4db3ea9124743317ad2c8a4bbac4c04fdaafeef48");
        for chosen in [&[0, 1][..], &[1, 0], &[0, 2], &[2, 1], &[0, 1, 2], &[2, 0, 1]] {
            let chosen: Vec<&[u8]> = chosen.iter().map(|&index| &shares[index][..]).collect();
            assert_eq!(combine(&chosen).unwrap()[..], secret);
        }
        let polynomial: Vec<u8> = shares[0].iter().zip(&secret).map(|(share, byte)| share ^ byte).collect();
        let split = split(&secret, 3, 2, &mut Given(polynomial)).unwrap();
        assert!(split.iter().map(|share| &share[..]).eq(shares.iter().map(|share| &share[..])));
    }

    #[test]
    fn numbers_out_of_range_are_refused_in_the_words_of_sops() {
        let split =
            |parts, threshold| split(b"secret", parts, threshold, &mut Counter(1)).unwrap_err().to_string();
        assert_eq!(split(2, 3), "parts cannot be less than threshold");
        assert_eq!(split(256, 2), "parts cannot exceed 255");
        assert_eq!(split(256, 256), "parts cannot exceed 255");
        assert_eq!(split(3, 1), "threshold must be at least 2");
        assert_eq!(split(0, 0), "threshold must be at least 2");
        assert_eq!(super::split(b"", 3, 2, &mut Counter(1)).unwrap_err(), SplitError::EmptySecret);
    }

    #[test]
    fn shares_that_do_not_belong_together_are_refused_in_the_words_of_sops() {
        let combine = |shares: &[&[u8]]| combine(shares).unwrap_err().to_string();
        assert_eq!(combine(&[]), "less than two parts cannot be used to reconstruct the secret");
        assert_eq!(combine(&[b"a\x01"]), "less than two parts cannot be used to reconstruct the secret");
        assert_eq!(combine(&[b"a", b"b"]), "parts must be at least two bytes");
        assert_eq!(combine(&[b"a\x01", b"b"]), "all parts must be the same length");
        assert_eq!(combine(&[b"a\x01", b"bb\x02"]), "all parts must be the same length");
        assert_eq!(combine(&[b"a\x01", b"b\x02", b"c\x01"]), "duplicate part detected");
    }

    #[test]
    fn the_largest_number_of_shares() {
        let shares = split(b"ab", 255, 255, &mut Counter(9)).unwrap();
        assert_eq!(shares[254][2], 255);
        assert_eq!(combine(&shares).unwrap()[..], *b"ab");
    }

    proptest! {
        #[test]
        fn any_threshold_of_shares_is_enough(
            secret in prop::collection::vec(any::<u8>(), 1..40),
            (parts, threshold) in (2..12_usize).prop_flat_map(|parts| (Just(parts), 2..=parts)),
            seed in any::<u8>(),
            first in any::<prop::sample::Index>(),
        ) {
            let shares = split(&secret, parts, threshold, &mut Counter(seed)).unwrap();
            let from = first.index(parts);
            let chosen: Vec<&[u8]> = (from..from + threshold).map(|index| &shares[index % parts][..]).collect();
            prop_assert_eq!(&combine(&chosen).unwrap()[..], &secret[..]);
        }
    }
}
