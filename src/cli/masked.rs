//! A child whose output goes through us, so that secret values in it are hidden.

use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Stdio};

use resops::ops::mask::{Masker, Secrets};

use super::child::{self, NotRun};

/// Runs a child to its end and hides the secrets in what it prints. Its output is no terminal then.
///
/// # Errors
///
/// As [`child::wait_with`].
pub(crate) fn run(command: &mut Command, secrets: &Secrets) -> Result<ExitStatus, NotRun> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    child::wait_with(command, |child| {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        std::thread::scope(|scope| {
            scope.spawn(|| stdout.map(|from| pass(from, std::io::stdout(), secrets)));
            scope.spawn(|| stderr.map(|from| pass(from, std::io::stderr(), secrets)));
            child.wait()
        })
    })
}

/// Copies one stream. When nobody reads any more, the child is told by the end of its pipe.
fn pass(mut from: impl Read, mut to: impl Write, secrets: &Secrets) {
    let mut masker = Masker::new(secrets);
    let mut room = zeroize::Zeroizing::new(vec![0; 16 * 1024]);
    let mut out = Vec::new();
    loop {
        match from.read(&mut room) {
            Ok(0) => break,
            Ok(count) => masker.push(&room[..count], &mut out),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        }
        if to.write_all(&out).and_then(|()| to.flush()).is_err() {
            return;
        }
        out.clear();
    }
    masker.finish(&mut out);
    let _ = to.write_all(&out).and_then(|()| to.flush());
}
