//! SSH keys as identities.

use super::AgeHost;
use super::identity::Identity;
use std::path::Path;

/// The identity of a private key file.
pub(super) fn from_file(_text: &[u8], path: &Path, _host: &dyn AgeHost) -> Result<Identity, String> {
    Err(format!("malformed SSH identity in \"{}\": not read yet", path.display()))
}

/// The identity of a private key that a command printed.
pub(super) fn from_command(_text: &[u8]) -> Result<Identity, String> {
    Err("malformed SSH identity returned by running SOPS_AGE_SSH_PRIVATE_KEY_CMD".to_owned())
}
