//! Other programs, and whose we are.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::cli::error::Failure;

/// Variables.
type Variables = Vec<(OsString, OsString)>;

/// The variable that names the folder of the system: without it hardly a program starts.
const SYSTEM_ROOT: &str = "SYSTEMROOT";

/// The shell that runs `command`. It is never looked up: neither the working directory nor the PATH that the
/// command gets may name another one.
///
/// # Compatibility
///
/// sops hands the command over as one argument, in which quotation marks become `\"`: `cmd.exe` knows no such
/// thing, so a command with quotation marks does not work there. Here it gets what was typed.
pub(crate) fn shell(command: &OsStr) -> Command {
    let root = std::env::var_os(SYSTEM_ROOT).unwrap_or_else(|| r"C:\Windows".into());
    let mut shell = Command::new(Path::new(&root).join("System32").join("cmd.exe"));
    let mut quoted = OsString::from("\"");
    quoted.push(command);
    quoted.push("\"");
    shell.args(["/S", "/C"]).raw_arg(quoted);
    shell
}

/// Variables that no program can do without, beside those that it gets.
pub(crate) fn needed_beside(given: &Variables) -> Variables {
    let has = given.iter().any(|(name, _)| name.eq_ignore_ascii_case(SYSTEM_ROOT));
    let root = std::env::var_os(SYSTEM_ROOT).filter(|_| !has);
    root.into_iter().map(|root| (SYSTEM_ROOT.into(), root)).collect()
}

/// Nothing: a program learns its name from its path.
pub(crate) const fn call_by(_command: &mut Command, _name: &OsStr) {}

/// Nothing: that cannot be done here.
pub(crate) const fn exec(_command: &mut Command) -> Option<io::Error> {
    None
}

/// Whether what a program gets was more than the system takes: a name that is too long, or all together.
pub(crate) fn was_too_long(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(8 | 87 | 206))
}

/// The words of a command that a variable holds, as a shell splits them; nothing if its quoting is broken.
///
/// # Compatibility
///
/// sops takes a backslash for the mark of what follows, so that `C:\bin\ed.exe` is `C:bined.exe` there. Here it is
/// that in front of blanks and quotation marks alone; `C:/bin/ed.exe` and `C:\\bin\\ed.exe` work with both.
pub(crate) fn words(text: &OsStr) -> Option<Vec<OsString>> {
    let bytes = text.as_encoded_bytes();
    let mut marked = Vec::with_capacity(bytes.len() + 8);
    let mut quoted: Option<u8> = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        match (byte, quoted) {
            (b'\\', Some(b'\'')) => marked.push(byte),
            (b'\\', None) if next.is_some_and(|next| matches!(next, b' ' | b'\t' | b'"' | b'\'')) => {
                marked.extend([byte, next.unwrap_or_default()]);
                at += 1;
            }
            (b'\\', Some(_)) if next == Some(b'"') => {
                marked.extend([byte, b'"']);
                at += 1;
            }
            (b'\\', _) => marked.extend(br"\\"),
            (b'"' | b'\'', None) => {
                quoted = Some(byte);
                marked.push(byte);
            }
            (byte, Some(mark)) if byte == mark => {
                quoted = None;
                marked.push(byte);
            }
            _ => marked.push(byte),
        }
        at += 1;
    }
    shlex::bytes::split(&marked).map(|words| words.into_iter().map(resops::os::owned).collect())
}

/// Whether [`let_go_of_streams`] does it: who reads our output need not wait for us any more.
pub(crate) const LETS_GO: bool = false;

/// Nothing: our streams stay what they are.
pub(crate) const fn let_go_of_streams() {}

/// The login name of the user.
#[cfg(feature = "audit")]
pub(crate) fn user_name() -> Option<String> {
    let text = |name: &str| std::env::var_os(name).and_then(|text| text.into_string().ok());
    match (text("USERDOMAIN"), text("USERNAME")?) {
        (Some(domain), name) => Some(format!("{domain}\\{name}")),
        (None, name) => Some(name),
    }
}

/// That cannot be done here.
///
/// # Errors
///
/// Always, in sops' words.
pub(crate) fn become_user(_name: &str) -> Result<Variables, Failure> {
    Err(Failure::logged("EXEC", "user switching not available on windows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_are_for_paths() {
        let of = |text: &str| {
            let words = words(text.as_ref()).expect("words").into_iter();
            words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join("|")
        };
        assert_eq!(of(r"C:\bin\ed.exe --wait"), r"C:\bin\ed.exe|--wait");
        assert_eq!(of(r#""C:\Program Files\ed.exe" -n"#), r"C:\Program Files\ed.exe|-n");
        assert_eq!(of(r"'C:\Program Files\ed.exe'"), r"C:\Program Files\ed.exe");
        assert_eq!(of(r"C:/Program\ Files/ed.exe"), "C:/Program Files/ed.exe");
        assert_eq!(of(r"\\server\share\ed.exe x"), r"\\server\share\ed.exe|x");
        assert_eq!(words(OsStr::new("'x")), None);
    }
}
