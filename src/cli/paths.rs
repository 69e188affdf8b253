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

/// The folder that a file is in; the path is absolute and clean.
pub(crate) fn folder(path: &Path) -> PathBuf {
    let bytes = PathStyle::NATIVE.folder(path.as_os_str().as_encoded_bytes());
    resops::os::borrowed(bytes).into_owned().into()
}

/// Whether nothing is above a folder.
pub(crate) fn is_root(folder: &Path) -> bool {
    folder.has_root() && folder.parent().is_none()
}

/// A root without the separator that it ends with.
pub(crate) fn without_separator(root: &Path) -> PathBuf {
    let bytes = root.as_os_str().as_encoded_bytes();
    let bytes = bytes.strip_suffix(&[PathStyle::NATIVE.separator()]).unwrap_or(bytes);
    resops::os::borrowed(bytes).into_owned().into()
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
    fn what_is_pasted_is_one_word() {
        for (path, word) in [("a/b.yaml", "a/b.yaml"), ("-i", "./-i"), ("a b", "'a b'"), ("-a b", "'./-a b'")]
        {
            assert_eq!(pasted(Path::new(path)), word);
        }
    }
}
