//! AWS' shared configuration files, and which profile in them counts.

use std::path::PathBuf;

#[allow(deprecated)] // the names that `aws-config` has for these types
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};

use super::settings::variable;
use crate::backends::SystemHost;
use crate::backends::http::shown;

/// The variables that name the files, and where these are below home otherwise.
const FILES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", ".aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")];
const DEFAULT: &str = "default";

/// The files as they are now, and the profile that counts. A variable that is empty says nothing, unlike
/// for `aws-config`.
pub(super) struct Files {
    /// What they are called.
    names: [String; 2],
    texts: [String; 2],
    pub(super) profile: String,
}

impl Files {
    /// Reads them; one that cannot be read is empty. `profile` is empty if none was asked for by name.
    pub(super) fn read(machine: &SystemHost, profile: &str) -> Self {
        let home = || {
            let home = machine.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
            home.or_else(|| machine.home_of_user())
        };
        let place = |(name, usual): (&str, &str)| match variable(machine, name) {
            None => (format!("~/{usual}"), home().map(|home| home.join(usual))),
            Some(path) => {
                let below_home = path.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest)));
                let place = below_home.unwrap_or_else(|| PathBuf::from(&path));
                (path, Some(place))
            }
        };
        let places = FILES.map(place);
        let text = |place: &Option<PathBuf>| {
            let bytes = place.as_ref().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let profile = match profile {
            "" => ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter().find_map(|name| variable(machine, name)),
            name => Some(name.to_owned()),
        };
        Self {
            texts: [text(&places[0].1), text(&places[1].1)],
            names: places.map(|(name, _)| name),
            profile: profile.unwrap_or_else(|| DEFAULT.to_owned()),
        }
    }

    /// For `aws-config`.
    #[allow(deprecated)]
    pub(super) fn given(&self) -> ProfileFiles {
        let [config, credentials] = &self.texts;
        ProfileFiles::builder()
            .with_contents(ProfileFileKind::Config, config.as_str())
            .with_contents(ProfileFileKind::Credentials, credentials.as_str())
            .build()
    }

    /// Whether the profile is missing although somebody named it. `aws-config` does not tell that from one
    /// without credentials.
    pub(super) fn lack_profile(&self) -> bool {
        let is_its_start = |line: &str| {
            let name = line.trim().strip_prefix('[')?.split(']').next()?.trim();
            let words = name.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t']));
            Some(words.unwrap_or(name).trim().trim_matches(['"', '\'']) == self.profile)
        };
        let mut lines = self.texts.iter().flat_map(|text| text.lines());
        self.profile != DEFAULT && !lines.any(|line| is_its_start(line) == Some(true))
    }

    /// Where credentials were looked for.
    pub(super) fn places(&self) -> Vec<String> {
        let profile = match self.profile.as_str() {
            DEFAULT => String::new(),
            name => format!(" (profile {})", shown(name, &[])),
        };
        self.names.iter().map(|name| format!("{}{profile}", shown(name, &[]))).collect()
    }
}

impl Drop for Files {
    /// They may hold keys.
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.texts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_found_however_they_are_written() {
        let files = |text: &str, profile: &str| Files {
            names: Default::default(),
            texts: [text.to_owned(), String::new()],
            profile: profile.to_owned(),
        };
        for text in
            ["[profile dev]", "[dev]", " [ profile  dev ] # c", "[profile \"dev\"]", "[a]\r\n[dev]\r\n"]
        {
            assert!(!files(text, "dev").lack_profile(), "{text}");
        }
        for text in ["", "[profiledev]", "[profile devel]", "# dev"] {
            assert!(files(text, "dev").lack_profile(), "{text}");
        }
        assert!(!files("", "default").lack_profile());
    }
}
