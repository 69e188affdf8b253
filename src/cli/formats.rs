//! Which format a file has: by a flag, else by its name (command line §4).

use std::path::Path;

use resops::document::Format;

use super::error::Failure;

/// The formats that sops knows, also those that this version does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileType {
    Yaml,
    Json,
    Dotenv,
    Ini,
    Binary,
}

impl FileType {
    /// The type that `--input-type` or `--output-type` names, else that of the name. Words that name
    /// no type are ignored, as in sops: editors pass their own.
    pub(crate) fn of(flag: Option<&str>, name: &Path) -> Self {
        match flag {
            Some("yaml") => Self::Yaml,
            Some("json") => Self::Json,
            Some("dotenv") => Self::Dotenv,
            Some("ini") => Self::Ini,
            Some("binary") => Self::Binary,
            _ => Self::by_name(name),
        }
    }

    fn by_name(name: &Path) -> Self {
        let name = name.as_os_str().as_encoded_bytes();
        if name.ends_with(b".yaml") || name.ends_with(b".yml") {
            Self::Yaml
        } else if name.ends_with(b".json") {
            Self::Json
        } else if name.ends_with(b".env") {
            Self::Dotenv
        } else if name.ends_with(b".ini") {
            Self::Ini
        } else {
            Self::Binary
        }
    }

    /// The library's format.
    ///
    /// # Errors
    ///
    /// If this version does not know it. It is not treated as binary: sops could not read that.
    pub(crate) fn format(self) -> Result<Format, Failure> {
        let name = match self {
            Self::Yaml => return Ok(Format::Yaml),
            Self::Json => return Ok(Format::Json),
            Self::Binary => return Ok(Format::Binary),
            Self::Dotenv => "dotenv",
            Self::Ini => "ini",
        };
        Err(Failure::generic(format!("{name} files are not supported yet in this version"))
            .hint("to keep the file as one opaque secret, give --input-type binary --output-type binary"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_suffix_decides_unless_a_flag_does() {
        for (flag, name, expected) in [
            (None, "/a/x.yml", FileType::Yaml),
            (None, "/a/.env", FileType::Dotenv),
            (None, "/a/.env.local", FileType::Binary),
            (None, "/a/X.YAML", FileType::Binary),
            (None, "", FileType::Binary),
            (Some("json"), "/a/x.yml", FileType::Json),
            (Some("plaintext"), "/a/x.ini", FileType::Ini),
            (Some("JSON"), "/a/x.yml", FileType::Yaml),
        ] {
            assert_eq!(FileType::of(flag, Path::new(name)), expected, "{flag:?} {name}");
        }
    }
}
