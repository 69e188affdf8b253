//! Which identities were found where, for whoever has to find out why a file does not open.
//!
//! Besides the places that are searched (keys §3.3) a few others are looked at in which people keep
//! age keys, most of all the place for another operating system: an identity that lies there unused
//! is the whole riddle.

use super::AgeHost;
use super::identity::{self, Layout};
use super::sources::{Found, Sources};
use crate::keys::{Finding, Holding, KeyKind};
use std::path::PathBuf;

/// In the home directory: where keys are kept but not looked for, or only on another system.
const ELSEWHERE: [&str; 4] = [
    ".config/sops/age/keys.txt",
    "Library/Application Support/sops/age/keys.txt",
    ".config/age/keys.txt",
    ".age/keys.txt",
];

/// All that was found, in the order of the places.
pub(super) fn all(sources: &Sources, host: &dyn AgeHost) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = Vec::new();
    for (location, found) in sources.so_far(host) {
        let mut add = |holding| {
            let finding = Finding {
                kind: KeyKind::Age,
                place: location.name.clone(),
                file: location.file.clone(),
                holding,
                searched: true,
            };
            // A command gives the same for every recipient, as a rule.
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        };
        match &*found {
            Found::Nothing | Found::NoPlace(_) => {}
            Found::Unreadable(why) | Found::Malformed(why) => add(Holding::Unusable(why.clone())),
            Found::Identities(identities) => identities.iter().for_each(|identity| add(identity.holding())),
        }
        seen.extend(location.file);
    }
    findings.extend(elsewhere_but(&seen, host));
    findings
}

/// What lies where nobody looks, but for these files.
pub(super) fn elsewhere_but(seen: &[PathBuf], host: &dyn AgeHost) -> Vec<Finding> {
    let home = host.var("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let files = home.iter().flat_map(|home| ELSEWHERE.map(|name| home.join(name)));
    files.filter(|file| !seen.contains(file)).flat_map(|file| elsewhere(file, host)).collect()
}

/// The identities of a file that unwrapping does not look at.
fn elsewhere(file: PathBuf, host: &dyn AgeHost) -> Vec<Finding> {
    let place = file.display().to_string();
    let Ok(text) = host.read(&file) else { return Vec::new() };
    let Ok(identities) = identity::read_source(&text, &place, Layout::Lines) else { return Vec::new() };
    let finding = |identity: &identity::Identity| Finding {
        kind: KeyKind::Age,
        place: place.clone(),
        file: Some(file.clone()),
        holding: identity.holding(),
        searched: false,
    };
    identities.iter().map(finding).collect()
}
