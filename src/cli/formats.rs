//! Which format a file has: by a flag, else by its name (command line §4).

use std::path::Path;

use resops::document::Format;

/// The format that `--input-type` or `--output-type` names, else that of the name. Words that name
/// no format are ignored, as in sops: editors pass their own.
pub(crate) fn choose(flag: Option<&str>, name: &Path) -> Format {
    match flag {
        Some("yaml") => Format::Yaml,
        Some("json") => Format::Json,
        Some("dotenv") => Format::Dotenv,
        Some("ini") => Format::Ini,
        Some("binary") => Format::Binary,
        _ => by_name(name),
    }
}

fn by_name(name: &Path) -> Format {
    let name = name.as_os_str().as_encoded_bytes();
    if name.ends_with(b".yaml") || name.ends_with(b".yml") {
        Format::Yaml
    } else if name.ends_with(b".json") {
        Format::Json
    } else if name.ends_with(b".env") {
        Format::Dotenv
    } else if name.ends_with(b".ini") {
        Format::Ini
    } else {
        Format::Binary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_suffix_decides_unless_a_flag_does() {
        for (flag, name, expected) in [
            (None, "/a/x.yml", Format::Yaml),
            (None, "/a/.env", Format::Dotenv),
            (None, "/a/.env.local", Format::Binary),
            (None, "/a/X.YAML", Format::Binary),
            (None, "", Format::Binary),
            (Some("json"), "/a/x.yml", Format::Json),
            (Some("plaintext"), "/a/x.ini", Format::Ini),
            (Some("JSON"), "/a/x.yml", Format::Yaml),
        ] {
            assert_eq!(choose(flag, Path::new(name)), expected, "{flag:?} {name}");
        }
    }
}
