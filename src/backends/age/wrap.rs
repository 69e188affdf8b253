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

/// Refuses a point of low order: with it the shared secret is zero and the file open to everybody.
/// (The `age` crate would panic.)
fn check_point(point: &[u8; 32]) -> Result<(), String> {
    if x25519_dalek::x25519([1; 32], *point) == [0; 32] {
        return Err(wrap_error(LOW_ORDER));
    }
    Ok(())
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
