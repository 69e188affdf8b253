//! Which format a file has: by a flag, else by its name (command line §4), else by its content.
//!
//! No name says TOML: sops takes `x.toml` for a binary file, and what a script makes of one must
//! stay that. TOML is a file that says so itself, by a table `[sops]`, a flag, or for new files
//! `stores.toml.enabled` in the configuration.

use std::path::Path;

use resops::document::{Document, Format};
use resops::leaf::{Step, ValueRef};
use resops::ops;

use super::ui::{self, Level};

/// What an encrypted file is read as, and what it is printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Types {
    pub(crate) input: Format,
    pub(crate) output: Format,
    /// Whether a flag said so, not the name.
    input_given: bool,
    output_given: bool,
}

impl Types {
    pub(crate) fn choose(input: Option<&str>, output: Option<&str>, name: &Path) -> Self {
        let (read, written) = choose_both(input, output, name);
        Self {
            input: read,
            output: written,
            // No name misleads nobody.
            input_given: input.and_then(named).is_some() || name.as_os_str().is_empty(),
            output_given: output.and_then(named).is_some(),
        }
    }

    /// These, or what the content says where the name misleads: the file cannot be what its name
    /// says, so that sops fails, and is an encrypted file of exactly one other format. That is told.
    ///
    /// `part` says that only a part of the file is wanted: sops gives those of a JSON file that
    /// is read as binary.
    pub(crate) fn for_content(self, source: &[u8], part: bool) -> Self {
        if self.input == Format::Toml
            && !cannot_be(source, Format::Binary, part)
            && is_encrypted(source, Format::Binary)
        {
            let output = if self.output == Format::Toml { Format::Binary } else { self.output };
            return Self { input: Format::Binary, output, ..self };
        }
        if self.input_given || !cannot_be(source, self.input, self.output_given || part) {
            return self;
        }
        // JSON is YAML too.
        let found: Vec<Format> = [Format::Json, Format::Ini, Format::Dotenv, Format::Toml, Format::Yaml]
            .into_iter()
            .filter(|&format| format != self.input && is_encrypted(source, format))
            .collect();
        let format = match found[..] {
            [format] | [format @ Format::Json, Format::Yaml] => format,
            _ => return self,
        };
        ui::log(
            Level::Warning,
            &format!(
                "the content is an encrypted {} file, not a {} file as its name says; it is opened as such (--input-type and --output-type say what a file is)",
                word(format),
                word(self.input)
            ),
        );
        Self { input: format, output: if self.output_given { self.output } else { format }, ..self }
    }
}

fn is_encrypted(source: &[u8], format: Format) -> bool {
    matches!(ops::is_encrypted(source.to_vec(), format), Ok(true))
}

/// Whether `source` is surely no encrypted file of `format`. The usual file is not parsed for that.
/// `tree` says that a binary file is wanted as a tree, so that it may have any keys.
fn cannot_be(source: &[u8], format: Format, tree: bool) -> bool {
    let start = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source).trim_ascii_start();
    let has = |text: &[u8]| memchr::memmem::find(source, text).is_some();
    let any_line = |wanted: fn(&[u8]) -> bool| source.split(|byte| *byte == b'\n').any(wanted);
    match format {
        Format::Json => !start.starts_with(b"{"),
        Format::Binary => {
            let inside = start.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
            inside.is_none_or(|inside| !tree && !inside.starts_with(b"\"data\"") && !has_data(source))
        }
        Format::Dotenv => !start.starts_with(b"sops_") && !has(b"\nsops_"),
        Format::Ini => !any_line(|line| {
            let line = line.trim_ascii();
            line.starts_with(b"[") && line.windows(4).any(|word| word == b"sops")
        }),
        Format::Toml => !has(b"sops"),
        Format::Yaml => {
            (has(b"sops_mac=") || has(b"[sops]"))
                && Document::parse(source.to_vec(), Format::Yaml)
                    .map_or(true, |yaml| yaml.metadata().is_none())
        }
    }
}

/// Whether this is JSON with a text `data` at the top: the form of binary files.
fn has_data(source: &[u8]) -> bool {
    Document::parse(source.to_vec(), Format::Json).is_ok_and(|json| {
        json.leaves().iter().enumerate().any(|(number, leaf)| {
            json.paths().steps(leaf.path)[..] == [Step::Key(b"data")]
                && matches!(json.value(number), ValueRef::Str(_))
        })
    })
}

/// What people call it.
pub(crate) const fn word(format: Format) -> &'static str {
    match format {
        Format::Yaml => "YAML",
        Format::Json => "JSON",
        Format::Ini => "INI",
        Format::Dotenv => "dotenv",
        Format::Toml => "TOML",
        Format::Binary => "binary",
    }
}

/// The format that `--input-type` names, else that of the name. Words that name no format are ignored, as
/// in sops: editors pass their own.
pub(crate) fn choose(flag: Option<&str>, name: &Path) -> Format {
    match flag.and_then(named) {
        // Editors may have passed this before it meant anything.
        Some(Format::Toml) if holds(name, Format::Binary) => Format::Binary,
        Some(format) => format,
        None => match by_name(name) {
            Format::Binary if has_toml_name(name) && holds(name, Format::Toml) => Format::Toml,
            format => format,
        },
    }
}

/// The formats of the input and of the output: what the flags name, else what the name says.
pub(crate) fn choose_both(input: Option<&str>, output: Option<&str>, name: &Path) -> (Format, Format) {
    let read = choose(input, name);
    let written = match (output.and_then(named), choose(None, name)) {
        (Some(Format::Toml), _) if read == Format::Binary && holds(name, Format::Binary) => Format::Binary,
        (Some(format), _) => format,
        // No name says TOML.
        (None, Format::Binary) if read == Format::Toml => Format::Toml,
        (None, format) => format,
    };
    (read, written)
}

/// [`choose_both`] for a file that is encrypted for the first time; `toml` is whether the configuration
/// wants TOML.
pub(crate) fn choose_new(
    input: Option<&str>,
    output: Option<&str>,
    name: &Path,
    toml: bool,
) -> (Format, Format) {
    let asks = input.and_then(named).is_none() && toml && has_toml_name(name);
    choose_both(if asks { Some("toml") } else { input }, output, name)
}

fn has_toml_name(name: &Path) -> bool {
    name.as_os_str().as_encoded_bytes().ends_with(b".toml")
}

/// Whether there is an encrypted file of that format under that name.
fn holds(name: &Path, format: Format) -> bool {
    let is_file = std::fs::metadata(name).is_ok_and(|there| there.is_file());
    is_file
        && std::fs::read(name)
            .is_ok_and(|source| !cannot_be(&source, format, false) && is_encrypted(&source, format))
}

fn named(flag: &str) -> Option<Format> {
    Some(match flag {
        "yaml" => Format::Yaml,
        "json" => Format::Json,
        "dotenv" => Format::Dotenv,
        "ini" => Format::Ini,
        "toml" => Format::Toml,
        "binary" => Format::Binary,
        _ => return None,
    })
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
            (None, "/a/x.toml", Format::Binary),
            (Some("toml"), "/a/x", Format::Toml),
            (None, "", Format::Binary),
            (Some("json"), "/a/x.yml", Format::Json),
            (Some("plaintext"), "/a/x.ini", Format::Ini),
            (Some("JSON"), "/a/x.yml", Format::Yaml),
        ] {
            assert_eq!(choose(flag, Path::new(name)), expected, "{flag:?} {name}");
        }
    }
}
