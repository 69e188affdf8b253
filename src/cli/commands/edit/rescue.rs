//! Where an edited text is kept that could not be written: beside its file, or with the temporary files,
//! and never in clear.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cli::environment::Environment;
use crate::cli::files;
use crate::cli::paths;

/// Writes ciphertext beside `path` under a name that is free, and says where it is. The ending makes it a
/// binary file for whoever decrypts it, whatever it holds.
pub(super) fn write(path: &Path, ciphertext: &[u8], environment: &Environment) -> Option<PathBuf> {
    let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let elsewhere = environment.temporary_directory(ciphertext.len());
    [folder, elsewhere].into_iter().find_map(|folder| {
        (0..100).find_map(|number| {
            let mut name: OsString = paths::base_name(path).into();
            name.push(if number == 0 { ".rescued".to_owned() } else { format!(".rescued{number}") });
            let place = folder.join(name);
            files::write_private(&place, ciphertext).ok().map(|()| place)
        })
    })
}
