//! What the versions of a file tell together.
//!
//! Two versions have the same data key if a value has the same ciphertext in both, or a recipient the same
//! wrapped key: nonces are random, so neither comes about twice. What has neither is not known to have it, and
//! may: sops wraps the data key anew for everybody. A file whose data key was changed may have its old values
//! still, under new ciphertext. Only a key tells.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::version::{Digest, Holder, Present, Snapshot, Version};

/// What the versions of a file tell. Numbers of versions count from the newest, which is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// The oldest version that has the data key of today for certain.
    pub key_since: Option<usize>,
    /// Whether there is an older encrypted version that is not known to have it.
    pub unproven_before: bool,
    /// For each recipient of today, the oldest version that names it.
    pub since: Vec<Option<usize>>,
    /// Who could open an earlier version and is no recipient any more.
    pub former: Vec<Former>,
    /// The versions in clear text.
    pub clear: Vec<usize>,
    /// The values that are encrypted today and stood in clear text once: each with the newest version where it did.
    pub clear_values: Vec<(usize, usize)>,
    /// The versions that cannot be read.
    pub unreadable: Vec<usize>,
}

/// Somebody who is no recipient any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The key, as its newest version names it.
    pub holder: Holder,
    /// The oldest version that names it.
    pub first: usize,
    /// The newest one.
    pub last: usize,
    /// The next one after that, if there is one: there it was taken out.
    pub gone: Option<usize>,
    /// Whether it was ever enough, without other keys.
    pub alone: bool,
    /// Whether the data key of that time is still in use, for certain.
    pub same_key: bool,
    /// The values of today that are as they were when this key opened the file.
    pub unchanged: Vec<usize>,
}

/// Tells what there is to tell of a file and its versions, the newest one first.
#[must_use]
pub fn story(present: Option<&Present>, versions: &[&Version]) -> Story {
    let all = |is: fn(&Version) -> bool| -> Vec<usize> {
        (0..versions.len()).filter(|at| is(versions[*at])).collect()
    };
    let clear = all(|version| matches!(version, Version::Clear(_)));
    let unreadable = all(|version| matches!(version, Version::Unreadable));
    let Some(now) = present.map(|present| &present.snapshot) else {
        return Story { clear, unreadable, ..Story::default() };
    };
    let encrypted: Vec<(usize, &Snapshot)> = versions
        .iter()
        .enumerate()
        .filter_map(|(at, version)| match version {
            Version::Encrypted(snapshot) => Some((at, &**snapshot)),
            _ => None,
        })
        .collect();
    let lineage = Lineage::of(now, &encrypted);
    let key_since = encrypted.iter().rev().find(|(at, _)| lineage.has_key_of_today(*at)).map(|(at, _)| *at);
    let oldest = encrypted.last().map(|(at, _)| *at);
    let where_in_clear = |at: usize| match versions[at] {
        Version::Clear(text) => Some(&text.clear),
        Version::Encrypted(snapshot) => Some(&snapshot.clear),
        Version::Empty | Version::Unreadable => None,
    };
    let mut clear_values = Vec::new();
    let mut open: Vec<usize> = (0..now.values.len()).collect();
    for at in 0..versions.len() {
        let Some(clear) = where_in_clear(at).filter(|clear| !clear.is_empty()) else { continue };
        open.retain(|value| {
            let stood = clear.contains(&now.values[*value].0);
            if stood {
                clear_values.push((*value, at));
            }
            !stood
        });
    }
    clear_values.sort_unstable();
    Story {
        key_since,
        unproven_before: oldest.is_some_and(|oldest| key_since.is_none_or(|since| oldest > since)),
        since: now
            .holders
            .iter()
            .map(|holder| encrypted.iter().rev().find(|(_, old)| old.names(&holder.key)).map(|(at, _)| *at))
            .collect(),
        former: former(now, &encrypted, &lineage),
        clear,
        clear_values,
        unreadable,
    }
}

/// Who was a recipient and is none, in the order in which they went, the last one first.
fn former(now: &Snapshot, encrypted: &[(usize, &Snapshot)], lineage: &Lineage) -> Vec<Former> {
    let mut gone: BTreeMap<(usize, String), Former> = BTreeMap::new();
    let mut last_of: HashMap<&str, usize> = HashMap::new();
    let today: HashSet<&str> = now.holders.iter().map(|holder| holder.key.as_str()).collect();
    let mut seen: HashMap<&str, HashSet<Digest>> = HashMap::new();
    let mut newer = None;
    for &(at, old) in encrypted {
        // One key may be in several groups, and be enough by that.
        let mut groups: HashMap<&str, HashSet<usize>> = HashMap::new();
        for holder in &old.holders {
            groups.entry(&holder.key).or_default().insert(holder.group);
        }
        for holder in old.holders.iter().filter(|holder| !today.contains(holder.key.as_str())) {
            let last = *last_of.entry(holder.key.as_str()).or_insert(at);
            let entry = gone.entry((last, holder.key.clone())).or_insert_with(|| Former {
                holder: holder.clone(),
                first: at,
                last: at,
                gone: newer,
                alone: false,
                same_key: false,
                unchanged: Vec::new(),
            });
            entry.first = at;
            entry.alone |= groups[holder.key.as_str()].len() >= old.needed;
            if lineage.has_key_of_today(at) {
                entry.same_key = true;
                seen.entry(holder.key.as_str()).or_default().extend(old.values.iter().map(|value| value.1));
            }
        }
        newer = Some(at);
    }
    let mut former: Vec<Former> = gone.into_values().collect();
    for one in &mut former {
        let Some(seen) = seen.get(one.holder.key.as_str()) else { continue };
        one.unchanged = (0..now.values.len()).filter(|at| seen.contains(&now.values[*at].1)).collect();
    }
    former
}

/// Which versions have the data key of today: those that have something in common with it, or with one that
/// has.
struct Lineage(HashSet<usize>);

impl Lineage {
    fn of(now: &Snapshot, encrypted: &[(usize, &Snapshot)]) -> Self {
        let mut holding: HashMap<&Digest, Vec<usize>> = HashMap::new();
        for (number, (_, snapshot)) in encrypted.iter().enumerate() {
            for mark in snapshot.marks() {
                let versions = holding.entry(mark).or_default();
                if versions.last() != Some(&number) {
                    versions.push(number);
                }
            }
        }
        let mut same = HashSet::new();
        let mut open = vec![now];
        while let Some(snapshot) = open.pop() {
            for mark in snapshot.marks() {
                // Taken out: each is followed once.
                for number in holding.remove(mark).unwrap_or_default() {
                    let (at, snapshot) = encrypted[number];
                    if same.insert(at) {
                        open.push(snapshot);
                    }
                }
            }
        }
        Self(same)
    }

    fn has_key_of_today(&self, version: usize) -> bool {
        self.0.contains(&version)
    }
}
