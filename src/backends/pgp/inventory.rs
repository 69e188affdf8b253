//! Which secret keys there are: in key files and old keyrings, and with gpg.

use super::gpg::{self, GpgError};
use super::keyring::Keyring;
use crate::backends::{Searched, SystemHost};
use crate::keys::{Holding, KeyKind};
use pgp::types::KeyDetails;

/// What is in files, then what gpg has.
pub(in crate::backends) fn inventory(machine: &SystemHost) -> Vec<Searched> {
    let keyring = Keyring::default();
    let mut all = Vec::new();
    let place = |place: String, holdings, absent| Searched {
        kind: KeyKind::Pgp,
        place,
        file: None,
        searched: true,
        holdings,
        absent,
    };
    match keyring.secret(machine) {
        Ok(keys) => {
            let holdings: Vec<_> =
                keys.iter().map(|key| Holding::Opens(format!("{:X}", key.fingerprint()))).collect();
            if !holdings.is_empty() {
                all.push(place(keyring.places(machine).join(", "), holdings, None));
            }
        }
        // Without a file named by a variable that is how it is on every machine of today.
        Err(why) if machine.get("SOPS_PGP_KEY_FILE").is_some_and(|name| !name.is_empty()) => {
            all.push(place("SOPS_PGP_KEY_FILE".to_owned(), vec![Holding::Unusable(why)], None));
        }
        Err(_) => {}
    }
    all.push(match gpg::secret_keys(machine) {
        Ok(listing) => {
            let holdings: Vec<_> = fingerprints(&listing).into_iter().map(Holding::Opens).collect();
            let absent = holdings.is_empty().then_some("it has no secret keys");
            place("gpg".to_owned(), holdings, absent)
        }
        Err(GpgError::NotStarted(_)) => place("gpg".to_owned(), Vec::new(), Some("there is no such program")),
        Err(GpgError::Failed(why)) => place("gpg".to_owned(), vec![Holding::Unusable(why)], None),
    });
    all
}

/// The fingerprints of the primary keys in gpg's listing: the first `fpr` behind each `sec`.
fn fingerprints(listing: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut expected = false;
    for line in String::from_utf8_lossy(listing).lines() {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.first() {
            Some(&"sec") => expected = true,
            Some(&"fpr") if expected => {
                found.extend(fields.get(9).map(|text| (*text).to_owned()));
                expected = false;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::fingerprints;

    #[test]
    fn primary_keys_of_a_listing() {
        let listing = b"sec:u:255:22:BC17301B491B3F21:1:::u:::scESC:::+:::23::0:\n\
            fpr:::::::::85D77543B3D624B63CEA9E6DBC17301B491B3F21:\ngrp:::::::::X:\nuid:u::::1::Y::A <a@b>::::::::::0:\n\
            ssb:u:255:18:Z:1::::::e:::+:::23:\nfpr:::::::::AAAA:\n";
        assert_eq!(fingerprints(listing), ["85D77543B3D624B63CEA9E6DBC17301B491B3F21"]);
        assert!(fingerprints(b"").is_empty());
    }
}
