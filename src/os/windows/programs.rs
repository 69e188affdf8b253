//! Programs are files with certain endings, which a name may leave out.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub(crate) const NOT_FOUND: &str = "executable file not found in %PATH%";

/// Where PATHEXT does not say it.
const ENDINGS: &str = ".com;.exe;.bat;.cmd";

/// How names lead to programs.
pub(crate) struct Programs {
    /// With their dots.
    endings: Vec<String>,
}

impl Programs {
    pub(crate) fn new(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let endings = variable("PATHEXT").filter(|text| !text.is_empty()).unwrap_or_else(|| ENDINGS.into());
        let endings = endings.to_string_lossy().to_lowercase();
        let endings = endings.split(';').filter(|ending| !ending.is_empty());
        let dotted =
            |ending: &str| if ending.starts_with('.') { ending.into() } else { format!(".{ending}") };
        Self { endings: endings.map(dotted).collect() }
    }

    /// The program, if the word is a path and not a name to be looked up.
    pub(crate) fn by_path(&self, word: &OsStr) -> Option<PathBuf> {
        let is_path = word.as_encoded_bytes().iter().any(|byte| matches!(byte, b'/' | b'\\' | b':'));
        // What is not there is told when it is started.
        is_path.then(|| self.there(Path::new(word)).unwrap_or_else(|| PathBuf::from(word)))
    }

    /// The program at this path, or the one that is there with an ending behind it.
    pub(crate) fn there(&self, path: &Path) -> Option<PathBuf> {
        let text = path.as_os_str();
        let ends = |ending: &String| {
            let (text, ending) = (text.as_encoded_bytes(), ending.as_bytes());
            text.len() > ending.len() && text[text.len() - ending.len()..].eq_ignore_ascii_case(ending)
        };
        if self.endings.iter().any(ends) && path.is_file() {
            return Some(path.to_path_buf());
        }
        self.endings.iter().find_map(|ending| {
            let mut longer = text.to_owned();
            longer.push(ending);
            let longer = PathBuf::from(longer);
            longer.is_file().then_some(longer)
        })
    }
}
