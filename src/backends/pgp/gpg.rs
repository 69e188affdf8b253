//! gpg as a program, called as sops calls it (keys §4.2).
//!
//! gpg gets the whole environment, so it finds its home, its agent and the terminal for pinentry by
//! itself. It has no time limit, as in sops: it may be waiting for the user.

use crate::backends::SystemHost;
use crate::backends::age::start_error;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::process::{Child, Stdio};
use zeroize::Zeroizing;

/// More than any data key or any wrapped one; what gpg prints beyond that is not read.
const MAX_OUTPUT: u64 = 1 << 20;
/// Of what gpg says on stderr so much is kept.
const MAX_MESSAGE: u64 = 1 << 16;

/// Why gpg did not do it.
#[derive(Debug)]
pub(super) enum GpgError {
    /// It could not be started.
    NotStarted(String),
    /// It was started, and this is what it said.
    Failed(String),
}

/// Wraps a secret; gives an armored message without white space around it.
pub(super) fn wrap(machine: &SystemHost, fingerprint: &str, secret: &[u8]) -> Result<String, GpgError> {
    let id = long_id(fingerprint);
    let arguments = [
        OsStr::new("--no-default-recipient"),
        OsStr::new("--yes"),
        OsStr::new("--encrypt"),
        OsStr::new("-a"),
        OsStr::new("-r"),
        OsStr::new(fingerprint),
        OsStr::new("--trusted-key"),
        &id,
        OsStr::new("--no-encrypt-to"),
    ];
    let output = run(machine, &arguments, secret)?;
    let text = str::from_utf8(&output).map(str::trim).unwrap_or_default();
    // sops would store anything.
    if !text.contains("-----BEGIN PGP MESSAGE-----") || !text.ends_with("-----END PGP MESSAGE-----") {
        return Err(GpgError::Failed("gpg wrote no armored message".to_owned()));
    }
    Ok(text.to_owned())
}

/// Unwraps an armored message with whatever secret key gpg has for it.
pub(super) fn unwrap(machine: &SystemHost, enc: &str) -> Result<Zeroizing<Vec<u8>>, GpgError> {
    let secret = run(machine, &[OsStr::new("-d")], enc.as_bytes())?;
    if secret.is_empty() {
        return Err(GpgError::Failed("zero bytes returned".to_owned()));
    }
    Ok(secret)
}

/// The secret keys that gpg has, as it lists them for programs.
pub(super) fn secret_keys(machine: &SystemHost) -> Result<Vec<u8>, GpgError> {
    let arguments = ["--batch", "--with-colons", "--list-secret-keys"].map(OsStr::new);
    run(machine, &arguments, b"").map(|listing| listing.to_vec())
}

/// What `--trusted-key` takes: the last 16 characters, and a `!` behind them.
fn long_id(fingerprint: &str) -> Cow<'_, OsStr> {
    let bytes = fingerprint.as_bytes();
    let length = if bytes.ends_with(b"!") { 17 } else { 16 };
    crate::os::borrowed(&bytes[bytes.len().saturating_sub(length)..])
}

fn run(machine: &SystemHost, arguments: &[&OsStr], input: &[u8]) -> Result<Zeroizing<Vec<u8>>, GpgError> {
    let program = machine.get("SOPS_GPG_EXEC").filter(|name| !name.is_empty());
    let program = program.unwrap_or(OsStr::new("gpg")).to_string_lossy();
    let mut command = machine.command(&program).map_err(GpgError::NotStarted)?;
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| GpgError::NotStarted(start_error(&command, &error)))?;
    let (output, message) = talk(&mut child, input);
    let status = child.wait().map_err(|error| GpgError::Failed(error.to_string()))?;
    let message = String::from_utf8_lossy(&message).trim().to_owned();
    match output {
        Ok(output) if status.success() => Ok(output),
        // sops has the message alone, also if there is none.
        _ if !message.is_empty() => Err(GpgError::Failed(message)),
        Err(error) if status.success() => Err(GpgError::Failed(error.to_string())),
        _ => Err(GpgError::Failed(format!("gpg said nothing ({status})"))),
    }
}

/// Writes the input and reads what comes, both at once so that no pipe fills up.
fn talk(child: &mut Child, input: &[u8]) -> (io::Result<Zeroizing<Vec<u8>>>, Vec<u8>) {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // gpg may have ended without reading: that is told by how it ended.
            let _ = stdin.map(|mut stdin| stdin.write_all(input));
        });
        let message = scope.spawn(move || {
            let mut text = Vec::new();
            if let Some(mut stderr) = stderr {
                let _ = stderr.by_ref().take(MAX_MESSAGE).read_to_end(&mut text);
                let _ = io::copy(&mut stderr, &mut io::sink());
            }
            text
        });
        let mut output = Zeroizing::new(Vec::with_capacity(1 << 13));
        let read = stdout.map_or(Ok(0), |stdout| stdout.take(MAX_OUTPUT).read_to_end(&mut output));
        let message = message.join().unwrap_or_default();
        (read.map(|_| output), message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys §4.1.
    #[test]
    fn long_ids() {
        for (fingerprint, id) in [
            ("85D77543B3D624B63CEA9E6DBC17301B491B3F21", "BC17301B491B3F21"),
            ("85D77543B3D624B63CEA9E6DBC17301B491B3F21!", "BC17301B491B3F21!"),
            ("0xBC17301B491B3F21", "BC17301B491B3F21"),
            ("BC17301B491B3F21", "BC17301B491B3F21"),
            ("491B3F21", "491B3F21"),
            ("", ""),
        ] {
            assert_eq!(*long_id(fingerprint), *id);
        }
    }
}
