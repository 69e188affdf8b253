//! Where an edited text is kept that could not be written: beside its file, or with the temporary files,
//! and never in clear.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use resops::document::EmitStyle;
use resops::ops::Beside;

use crate::cli::files;
use crate::cli::open::{SystemRandom, now};
use crate::cli::paths;
use crate::cli::ui;

/// So many texts are kept of one file.
const MOST: usize = 100;

/// Encrypts a text, writes it beside `path` under a name that is free, and says where it is. The ending
/// makes it a binary file for whoever decrypts it, whatever it holds.
pub(super) fn write(
    path: &Path,
    text: Vec<u8>,
    beside: &Beside,
    style: EmitStyle,
    elsewhere: &Path,
) -> Option<PathBuf> {
    let ciphertext = beside.seal(text, style, &mut SystemRandom::new(), &now()).ok()?.bytes;
    [folder(path), elsewhere.to_path_buf()].into_iter().find_map(|folder| {
        (0..MOST).find_map(|number| {
            let place = folder.join(name(path, number));
            files::write_private(&place, &ciphertext).ok().map(|()| place)
        })
    })
}

/// A text that is kept beside `path`, the first of several.
pub(super) fn left(path: &Path) -> Option<PathBuf> {
    (0..MOST).map(|number| folder(path).join(name(path, number))).find(|place| place.is_file())
}

/// What is said of a text that is kept.
pub(super) fn words(place: &Path) -> String {
    let place = paths::pasted(place);
    format!("your text is kept, encrypted for the keys of the file: sops decrypt {place}")
}

fn folder(path: &Path) -> PathBuf {
    path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

fn name(path: &Path, number: usize) -> OsString {
    let mut name: OsString = paths::base_name(path).into();
    name.push(if number == 0 { ".rescued".to_owned() } else { format!(".rescued{number}") });
    name
}

/// A text that is being edited, for the case that the run is ended meanwhile.
pub(super) struct Draft {
    /// The file that it is for.
    pub(super) path: PathBuf,
    /// Where the editor has it.
    pub(super) copy: PathBuf,
    /// What the editor was given.
    pub(super) shown: Vec<u8>,
    pub(super) beside: Arc<Beside>,
    pub(super) style: EmitStyle,
    /// Where it goes if there is no place beside its file.
    pub(super) elsewhere: PathBuf,
}

impl Draft {
    /// Keeps what the editor has saved by now. The file itself stays as it was: nobody said that the text
    /// is ready.
    pub(super) fn keep(self) {
        let Ok(text) = files::read(&self.copy) else { return };
        if text == self.shown {
            return;
        }
        if let Some(place) = write(&self.path, text, &self.beside, self.style, &self.elsewhere) {
            ui::say(&format!("nothing is written; {}\n", words(&place)));
        }
    }
}
