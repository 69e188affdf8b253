//! Paths as Go makes them absolute: lexically, from `$PWD`; symbolic links are not resolved, for
//! creation rules look at the name that was typed (command line §4).

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// `path` made absolute under `base` and cleaned.
pub(crate) fn absolute(path: &OsStr, base: &Path) -> PathBuf {
    let path = Path::new(path);
    clean(&if path.is_absolute() { path.to_path_buf() } else { base.join(path) })
}

/// The shortest name for the same place, by text alone: no `.`, no `//`, `..` only in front.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let bytes = path.as_os_str().as_bytes();
    let rooted = bytes.first() == Some(&b'/');
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in bytes.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if rooted => {}
            part => parts.push(part),
        }
    }
    let mut out = if rooted { vec![b'/'] } else { Vec::new() };
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() {
        out.push(b'.');
    }
    PathBuf::from(std::ffi::OsString::from_vec(out))
}

/// The last part of a path, as Go's `filepath.Base` gives it.
pub(crate) fn base_name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or(OsStr::new("file"))
}

/// A path as it can be pasted into a shell behind any command of ours.
pub(crate) fn pasted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if text.starts_with('-') { format!("./{text}") } else { text.into_owned() };
    word(&text)
}

/// A word for a shell.
pub(crate) fn word(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| "FILE".to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_is_lexical() {
        for (from, to) in [
            ("/a/./b//c/../d", "/a/b/d"),
            ("/../a", "/a"),
            ("../a/..", ".."),
            ("", "."),
            ("a/..", "."),
            ("/", "/"),
            ("../../x", "../../x"),
        ] {
            assert_eq!(clean(Path::new(from)), Path::new(to), "{from}");
        }
        assert_eq!(absolute(OsStr::new("../x"), Path::new("/a/b")), Path::new("/a/x"));
        assert_eq!(absolute(OsStr::new("/y/./x"), Path::new("/a/b")), Path::new("/y/x"));
    }

    #[test]
    fn what_is_pasted_is_one_word() {
        for (path, word) in [("a/b.yaml", "a/b.yaml"), ("-i", "./-i"), ("a b", "'a b'"), ("-a b", "'./-a b'")]
        {
            assert_eq!(pasted(Path::new(path)), word);
        }
    }
}
