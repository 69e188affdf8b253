//! A secret becomes an armored age file for one recipient.

use super::{AgeHost, armor, file, hybrid, plugin};
use crate::keys::AgeRecipient;

const LOW_ORDER: &str = "crypto/ecdh: bad X25519 remote ECDH input: low order point";

/// Wraps `secret` for a recipient.
pub(super) fn wrap(recipient: &str, secret: &[u8], host: &dyn AgeHost) -> Result<String, String> {
    let parsed = AgeRecipient::parse(recipient).map_err(|error| error.to_string())?;
    let file = match &parsed {
        AgeRecipient::X25519(point) => {
            check_point(point)?;
            let recipient: age::x25519::Recipient =
                recipient.parse().map_err(|error: &str| wrap_error(error))?;
            encrypt(&recipient, secret)
        }
        AgeRecipient::Hybrid(key) => {
            let key = key.clone().into_boxed_slice().try_into();
            let key = key.map_err(|_| wrap_error("invalid MLKEM768-X25519 public key"))?;
            encrypt(&hybrid::Recipient(key), secret)
        }
        AgeRecipient::Plugin { name } => encrypt(&plugin::Recipient { name, text: recipient, host }, secret),
        AgeRecipient::SshEd25519(key) => encrypt(&ssh("ssh-ed25519", key)?, secret),
        AgeRecipient::SshRsa(key) => encrypt(&ssh("ssh-rsa", key)?, secret),
    }?;
    Ok(armor::encode(&file))
}

fn wrap_error(reason: &str) -> String {
    format!(
        "failed to create writer for encrypting sops data key with age: \
         failed to wrap key for recipient #0: {reason}"
    )
}

/// The points of low order, in each way to write them but for the highest bit, which does not count: 0
/// and 1 (also as 2^255 - 19 and 2^255 - 18), -1, and the two of order 8. What X25519 gives for one of
/// them is zero (RFC 7748 §6.1).
#[rustfmt::skip]
const LOW_ORDER_POINTS: [[u8; 32]; 7] = [
    [0; 32],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    near_the_prime(0xec),
    near_the_prime(0xed),
    near_the_prime(0xee),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
        0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
        0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
];

const fn near_the_prime(first: u8) -> [u8; 32] {
    let mut point = [0xff; 32];
    point[0] = first;
    point[31] = 0x7f;
    point
}

/// Refuses a point of low order: with it the shared secret is zero and the file open to everybody.
/// (The `age` crate would panic.)
fn check_point(point: &[u8; 32]) -> Result<(), String> {
    let mut point = *point;
    point[31] &= 0x7f;
    if LOW_ORDER_POINTS.contains(&point) { Err(wrap_error(LOW_ORDER)) } else { Ok(()) }
}

/// An SSH recipient for the `age` crate, without its comment.
fn ssh(kind: &str, key: &[u8]) -> Result<age::ssh::Recipient, String> {
    use age::ssh::ParseRecipientKeyError as Error;
    let line = format!("{kind} {}", base64_simd::STANDARD.encode_to_string(key));
    let recipient = line.parse().map_err(|error| match error {
        Error::RsaModulusTooLarge => wrap_error("RSA keys of more than 4096 bits are not supported"),
        _ => wrap_error("invalid SSH public key"),
    })?;
    match &recipient {
        age::ssh::Recipient::SshEd25519(_, point) if point.is_small_order() => Err(wrap_error(LOW_ORDER)),
        _ => Ok(recipient),
    }
}

fn encrypt(recipient: &dyn age::Recipient, secret: &[u8]) -> Result<Vec<u8>, String> {
    file::encrypt(recipient, secret).map_err(|error| match error {
        // Our own recipients put their reason here.
        age::EncryptError::Io(error) => wrap_error(&error.to_string()),
        _ => wrap_error("unusable recipient"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The multiples of a point of order 8 are all there are: whatever key meets them gives zero.
    #[test]
    fn the_points_of_low_order_give_zero_and_others_do_not() {
        for mut point in LOW_ORDER_POINTS {
            for key in [[1; 32], [0x5a; 32]] {
                assert_eq!(x25519_dalek::x25519(key, point), [0; 32], "{point:x?}");
            }
            assert!(check_point(&point).is_err());
            point[31] |= 0x80;
            assert_eq!(x25519_dalek::x25519([1; 32], point), [0; 32], "{point:x?}");
            assert!(check_point(&point).is_err());
            point[1] ^= 2;
            assert_ne!(x25519_dalek::x25519([1; 32], point), [0; 32], "{point:x?}");
            assert!(check_point(&point).is_ok());
        }
        for first in (2..0xec).chain([0xef, 0xff]) {
            for point in [near_the_prime(first), std::array::from_fn(|at| if at == 0 { first } else { 0 })] {
                assert_ne!(x25519_dalek::x25519([1; 32], point), [0; 32], "{point:x?}");
                assert!(check_point(&point).is_ok());
            }
        }
    }
}
