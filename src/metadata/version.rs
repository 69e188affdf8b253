//! Comparing releases: the strict three-part versions that sops writes and reads.

/// Why a text is no version, in the words that sops prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// The field is missing or empty.
    #[error("Version string empty")]
    Empty,
    /// Fewer than three parts.
    #[error("No Major.Minor.Patch elements found")]
    NotThreeParts,
    /// A number has other characters than digits.
    #[error("Invalid character(s) found in {part} number {text:?}")]
    NotANumber {
        /// Which of the three.
        part: &'static str,
        /// The part as it stands.
        text: String,
    },
    /// A number begins with a zero.
    #[error("{part} number must not contain leading zeroes {text:?}")]
    LeadingZero {
        /// Which of the three, capitalised.
        part: &'static str,
        /// The part as it stands.
        text: String,
    },
    /// A number does not fit 64 bits.
    #[error("strconv.ParseUint: parsing {0:?}: value out of range")]
    TooLarge(String),
    /// A number is missing.
    #[error("strconv.ParseUint: parsing \"\": invalid syntax")]
    NoNumber,
    /// Something is wrong behind `-` or `+`.
    #[error("{0}")]
    Suffix(#[from] SuffixError),
}

/// What is wrong with the pre-release or build part of a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SuffixError {
    /// Nothing between two dots of a pre-release.
    #[error("Prerelease is empty")]
    EmptyPrerelease,
    /// A pre-release number begins with a zero.
    #[error("Numeric PreRelease version must not contain leading zeroes {0:?}")]
    PrereleaseLeadingZero(String),
    /// A pre-release has characters that no version has.
    #[error("Invalid character(s) found in prerelease {0:?}")]
    PrereleaseCharacters(String),
    /// Nothing between two dots of the build part.
    #[error("Build meta data is empty")]
    EmptyBuild,
    /// The build part has characters that no version has.
    #[error("Invalid character(s) found in build meta data {0:?}")]
    BuildCharacters(String),
}

/// Ordered as versions are: a release after its pre-releases.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: [u64; 3],
    is_release: bool,
    prerelease: Vec<Identifier>,
}

/// Numbers come before texts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Text(String),
}

/// Whether the version of a file is older than `than`. A `1.` of old sops is older unparsed;
/// one leading `v` is skipped.
pub(super) fn is_older(version: &str, than: &str) -> Result<bool, VersionError> {
    if version.starts_with("1.") {
        return Ok(true);
    }
    Ok(parse(version.strip_prefix('v').unwrap_or(version))? < parse(than)?)
}

fn parse(text: &str) -> Result<Version, VersionError> {
    if text.is_empty() {
        return Err(VersionError::Empty);
    }
    let mut parts = text.splitn(3, '.');
    let (Some(major), Some(minor), Some(patch)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(VersionError::NotThreeParts);
    };
    let (patch, build) = split_suffix(patch, '+');
    let (patch, prerelease) = split_suffix(patch, '-');
    let numbers = [
        number(major, "major", "Major")?,
        number(minor, "minor", "Minor")?,
        number(patch, "patch", "Patch")?,
    ];
    let is_release = prerelease.is_none();
    let prerelease = prerelease.map_or(Ok(Vec::new()), |p| p.split('.').map(identifier).collect())?;
    for part in build.into_iter().flat_map(|build| build.split('.')) {
        if part.is_empty() {
            return Err(SuffixError::EmptyBuild.into());
        }
        if !is_identifier(part) {
            return Err(SuffixError::BuildCharacters(part.to_owned()).into());
        }
    }
    Ok(Version { numbers, is_release, prerelease })
}

fn split_suffix(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn number(text: &str, part: &'static str, capitalised: &'static str) -> Result<u64, VersionError> {
    if !is_number(text) {
        return Err(VersionError::NotANumber { part, text: text.to_owned() });
    }
    if has_leading_zero(text) {
        return Err(VersionError::LeadingZero { part: capitalised, text: text.to_owned() });
    }
    if text.is_empty() {
        return Err(VersionError::NoNumber);
    }
    text.parse().map_err(|_| VersionError::TooLarge(text.to_owned()))
}

fn identifier(text: &str) -> Result<Identifier, VersionError> {
    if text.is_empty() {
        return Err(SuffixError::EmptyPrerelease.into());
    }
    if is_number(text) {
        if has_leading_zero(text) {
            return Err(SuffixError::PrereleaseLeadingZero(text.to_owned()).into());
        }
        return text.parse().map(Identifier::Number).map_err(|_| VersionError::TooLarge(text.to_owned()));
    }
    if is_identifier(text) {
        return Ok(Identifier::Text(text.to_owned()));
    }
    Err(SuffixError::PrereleaseCharacters(text.to_owned()).into())
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0')
}
