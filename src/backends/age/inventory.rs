//! What identities there are on a machine, place by place, for a person who wants to know; and making a
//! new one.

use super::AgeHost;
use super::findings;
use super::sources::{self, Survey};
use crate::backends::Searched;
use crate::keys::KeyKind;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// All places in the order in which they are searched, then those that are not. Commands are not run.
pub(in crate::backends) fn inventory(host: &dyn AgeHost) -> Vec<Searched> {
    let mut all: Vec<Searched> = sources::survey(host)
        .into_iter()
        .map(|(location, survey)| {
            let (holdings, absent) = match survey {
                Survey::Absent(why) => (Vec::new(), Some(why)),
                Survey::Holds(holdings) if holdings.is_empty() => {
                    (holdings, Some("there is no identity in it"))
                }
                Survey::Holds(holdings) => (holdings, None),
            };
            Searched {
                kind: KeyKind::Age,
                place: location.name,
                file: location.file,
                searched: true,
                holdings,
                absent,
            }
        })
        .collect();
    let seen: Vec<PathBuf> = all.iter().filter_map(|place| place.file.clone()).collect();
    for finding in findings::elsewhere_but(&seen, host) {
        all.push(Searched {
            kind: KeyKind::Age,
            place: finding.place,
            file: finding.file,
            searched: false,
            holdings: vec![finding.holding],
            absent: None,
        });
    }
    all
}

/// The file in which a user's identities are looked for (keys §3.3): that of the variable, or else the
/// one in the folder for configurations.
///
/// # Errors
///
/// If there is no telling where that is.
pub fn user_file(host: &dyn AgeHost) -> Result<PathBuf, String> {
    sources::user_file(host)
}

/// A new identity as a file holds it, with its recipient in a comment, and that recipient. `now` is the
/// time that the file says.
#[must_use]
pub fn new_identity(now: &str) -> (Zeroizing<String>, String) {
    use age::secrecy::ExposeSecret;

    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let secret = identity.to_string();
    let text = format!("# created: {now}\n# public key: {recipient}\n{}\n", secret.expose_secret());
    (Zeroizing::new(text), recipient)
}
