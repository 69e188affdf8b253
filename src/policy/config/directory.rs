//! Who can be named in `recipients`: the groups of the map `groups`, the people of the map `names`, and
//! keys as they are. What is named becomes plain keys before anything is encrypted, so that a file has no
//! trace of it and sops opens it.
//!
//! A group is told like an item of `key_groups`, so that its anchor serves sops there, or in short: a text or a
//! list of what `recipients` takes. sops skips the map, and people may have kept anchors under that name
//! before: what is wrong with a group is an error only for those who name it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::decode::Decoder;
use super::error::{ConfigError, ConfigErrorKind, Place, TypeError};
use super::groups::{GroupKeys, Item, Placed, recipients};
use super::spelling;
use crate::document::yaml::node::NodeId;
use crate::keys::MasterKey;

/// The field of the configuration.
pub(super) const FIELD: &str = "groups";

type Fallible<T> = Result<T, ConfigError>;

/// What names stand for in one configuration, and in those that it extends.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    own: Arc<Entries>,
    /// What the outer file calls something else stays so for the outer file.
    outer: Option<Arc<Directory>>,
}

#[derive(Debug, Default)]
struct Entries {
    groups: BTreeMap<String, Group>,
    people: BTreeMap<String, Vec<Placed<Item>>>,
}

#[derive(Debug)]
struct Group {
    place: Place,
    keys: Result<GroupKeys, Vec<TypeError>>,
}

impl Directory {
    /// Reads the map `groups`, if there is one, and the map `names`.
    pub(super) fn read(d: &mut Decoder<'_>, groups: Option<NodeId>, names: Option<NodeId>) -> Fallible<Self> {
        let mut entries = Entries::default();
        let errors = d.errors.len();
        if let Some(node) = groups {
            for entry in d.entries(node, "a map of groups")? {
                d.errors.truncate(errors);
                let place = d.place(entry.value);
                let keys = if d.is_map(entry.value)? {
                    GroupKeys::read(d, entry.value)?
                } else {
                    GroupKeys::of(recipients(d, entry.value)?)
                };
                let wrong = d.errors.split_off(errors);
                let keys = if wrong.is_empty() { Ok(keys) } else { Err(wrong) };
                entries.groups.insert(entry.key.into_owned(), Group { place, keys });
            }
        }
        if let Some(node) = names {
            for entry in d.entries(node, "a map of names")? {
                let place = d.place(entry.value);
                let keys = if d.is_scalar(entry.value)? {
                    // One key, which may have a comma in its comment.
                    vec![Placed { what: Item::Named(d.string(entry.value)?), place }]
                } else {
                    recipients(d, entry.value)?
                };
                entries.people.insert(entry.key.into_owned(), keys);
            }
        }
        d.errors.truncate(errors);
        Ok(Self { own: Arc::new(entries), outer: None })
    }

    /// The same, with what the outer configuration names behind it.
    pub(super) fn within(&self, outer: &Arc<Self>) -> Self {
        Self { own: self.own.clone(), outer: Some(outer.clone()) }
    }

    /// What is wrong with the groups of this configuration itself.
    pub(super) fn problems(&self) -> impl Iterator<Item = ConfigError> {
        self.own.groups.iter().filter_map(|(name, group)| {
            let item = Placed { what: Item::Named(name.clone()), place: group.place.clone() };
            GroupKeys::of(vec![item]).group(self).err()
        })
    }

    /// People and groups of one key, who are told by it.
    pub(super) fn single_keys(&self) -> impl Iterator<Item = (&str, MasterKey)> {
        self.own.groups.iter().filter_map(|(name, group)| {
            let [one] = group.keys.as_ref().ok()?.items() else { return None };
            let plain = match &one.what {
                Item::Named(text) => Item::of_text(text)?,
                plain => plain.clone(),
            };
            let [key] = <[MasterKey; 1]>::try_from(plain.keys().ok()?).ok()?;
            Some((name.as_str(), key))
        })
    }

    /// Items with names replaced by what they stand for, each group once. Groups may nest to any depth, so this
    /// is a loop.
    ///
    /// # Errors
    ///
    /// A name that nothing has, a group that holds itself, and a group that cannot be read.
    pub(super) fn plain(&self, items: &[Placed<Item>]) -> Fallible<Vec<Placed<Item>>> {
        enum Step<'a> {
            Take(&'a Placed<Item>, &'a Directory),
            Leave,
        }
        let mut out = Vec::new();
        // A name means what its own file calls so: a group is known by its name and that file.
        let mut done: HashSet<(*const Directory, &str)> = HashSet::new();
        let mut inside: Vec<(*const Directory, &str)> = Vec::new();
        let mut steps: Vec<Step<'_>> = items.iter().rev().map(|item| Step::Take(item, self)).collect();
        while let Some(step) = steps.pop() {
            let (item, directory) = match step {
                Step::Take(item, directory) => (item, directory),
                Step::Leave => {
                    done.extend(inside.pop());
                    continue;
                }
            };
            let Item::Named(name) = &item.what else {
                out.push(item.clone());
                continue;
            };
            let fails = |kind| Err(ConfigError { kind, place: Some(item.place.clone()) });
            if let Some((found, home)) = directory.group(name) {
                let id = (std::ptr::from_ref(home), name.as_str());
                if done.contains(&id) {
                    continue;
                }
                if let Some(at) = inside.iter().position(|outer| *outer == id) {
                    let names = inside[at..].iter().map(|(_, name)| *name).chain([name.as_str()]);
                    return fails(ConfigErrorKind::GroupInItself(names.map(shown).collect()));
                }
                let keys = found.keys.as_ref().map_err(|errors| ConfigError {
                    kind: ConfigErrorKind::Types(errors.clone()),
                    place: Some(found.place.clone()),
                })?;
                inside.push(id);
                steps.push(Step::Leave);
                steps.extend(keys.items().iter().rev().map(|item| Step::Take(item, home)));
            } else if let Some(keys) = directory.person(name) {
                for key in keys {
                    let Item::Named(text) = &key.what else { continue };
                    let Some(what) = Item::of_text(text) else {
                        let kind = ConfigErrorKind::NoKey { name: shown(name), text: shown(text) };
                        return Err(ConfigError { kind, place: Some(key.place.clone()) });
                    };
                    out.push(Placed { what, place: key.place.clone() });
                }
            } else if let Some(what) = Item::of_text(name) {
                out.push(Placed { what, place: item.place.clone() });
            } else {
                let did_you_mean = directory.nearest(name).map(shown);
                return fails(ConfigErrorKind::UnknownRecipient { name: shown(name), did_you_mean });
            }
        }
        Ok(out)
    }

    /// This configuration and those around it.
    fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |directory| directory.outer.as_deref())
    }

    fn group(&self, name: &str) -> Option<(&Group, &Self)> {
        self.all().find_map(|directory| Some((directory.own.groups.get(name)?, directory)))
    }

    fn person(&self, name: &str) -> Option<&[Placed<Item>]> {
        self.all().find_map(|directory| directory.own.people.get(name)).map(Vec::as_slice)
    }

    fn nearest(&self, name: &str) -> Option<&str> {
        let known = self.all().flat_map(|all| all.own.groups.keys().chain(all.own.people.keys()));
        spelling::nearest(name, known.map(String::as_str))
    }
}

/// A name as messages show it: none that somebody took for a recipient and is a secret.
fn shown(name: &str) -> String {
    const LONGEST: usize = 80;
    if name.to_ascii_uppercase().starts_with("AGE-") {
        return "an age identity, which is a secret (recipients begin with age1)".to_owned();
    }
    match name.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{:?}", format!("{}…", &name[..at])),
        None => format!("{name:?}"),
    }
}
