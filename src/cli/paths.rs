//! Paths as Go makes them absolute: lexically, from `$PWD`; symbolic links are not resolved, for
//! creation rules look at the name that was typed (command line §4).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use resops::policy::PathStyle;

use super::os::places;

/// `path` made absolute under `base` and cleaned.
pub(crate) fn absolute(path: &OsStr, base: &Path) -> PathBuf {
    let base = places::start_of(Path::new(path), base);
    let bytes = PathStyle::NATIVE.absolute(path.as_encoded_bytes(), base.as_os_str().as_encoded_bytes());
    resops::os::owned(bytes).into()
}

/// The shortest name for the same place, by text alone: no `.`, no `//`, `..` only in front.
pub(crate) fn clean(path: &Path) -> PathBuf {
    resops::os::owned(PathStyle::NATIVE.clean(path.as_os_str().as_encoded_bytes())).into()
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

#[cfg(all(test, unix))]
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
