//! What `report` tells, as JSON has it.

use resops::document::Tree;
use resops::ops::{Former, Holder};
use resops::policy::Names;

use super::{Tally, time};
use crate::cli::commands::report::Told;
use crate::cli::formats;
use crate::cli::json::{bool, list, map, number, text};

impl Tally {
    /// All files.
    pub(super) fn tree(&self, names: &Names) -> Tree {
        map([("files", list(self.files.iter().map(|told| self.file(told, names))))])
    }

    fn file(&self, told: &Told, names: &Names) -> Tree {
        let story = &told.story;
        let nothing = || text(None);
        let place = |at: usize| {
            let place = &told.places[at];
            map([
                ("commit", Tree::str(place.commit.id.as_str())),
                ("date", text(time(&place.commit).as_deref())),
                ("path", Tree::str(place.path.as_str())),
            ])
        };
        let maybe = |at: Option<usize>| at.map_or_else(nothing, place);
        let path = |at: &usize| {
            let paths = told.present.as_ref().map(|present| &present.paths);
            text(paths.and_then(|paths| paths.get(*at)).map(String::as_str))
        };
        let holder = |holder: &Holder| {
            [
                ("kind", Tree::str(holder.kind.id())),
                ("key", Tree::str(holder.key.as_str())),
                ("name", text(names.of(&holder.key))),
                ("group", number(holder.group)),
                ("created_at", text(holder.created_at.as_deref())),
            ]
        };
        let recipient = |(one, since): (&Holder, &Option<usize>)| {
            let [kind, key, name, group, created] = holder(one);
            map([kind, key, name, group, created, ("since", maybe(*since))])
        };
        let former = |one: &Former| {
            let [kind, key, name, group, created] = holder(&one.holder);
            map([
                kind,
                key,
                name,
                group,
                created,
                ("since", place(one.first)),
                ("last", place(one.last)),
                ("removed", maybe(one.gone)),
                ("alone", bool(one.alone)),
                ("same_data_key_proven", bool(one.same_key)),
                ("unchanged", list(one.unchanged.iter().map(path))),
            ])
        };
        let now = told.present.as_ref().map(|present| &present.snapshot);
        let data_key = map([
            ("since", maybe(story.key_since)),
            (
                "days",
                story.key_since.map_or_else(nothing, |at| {
                    number(usize::try_from(self.days(&told.places[at].commit)).unwrap_or(0))
                }),
            ),
            ("unproven_before", bool(story.unproven_before)),
        ]);
        let clear_value = |(value, at): &(usize, usize)| map([("value", path(value)), ("last", place(*at))]);
        let recipients = now.map(|now| list(now.holders.iter().zip(&story.since).map(recipient)));
        map([
            ("file", Tree::str(told.name.as_str())),
            ("format", Tree::str(formats::word(told.format).to_lowercase())),
            ("encrypted", bool(now.is_some())),
            ("last_modified", text(now.map(|now| now.last_modified.as_str()))),
            ("values", told.present.as_ref().map_or_else(nothing, |present| number(present.paths.len()))),
            ("groups", now.map_or_else(nothing, |now| number(now.groups))),
            ("groups_needed", now.map_or_else(nothing, |now| number(now.needed))),
            ("data_key", if now.is_some() { data_key } else { nothing() }),
            ("recipients", recipients.unwrap_or_else(nothing)),
            ("former", list(story.former.iter().map(former))),
            ("clear_text", list(story.clear.iter().map(|at| place(*at)))),
            ("clear_values", list(story.clear_values.iter().map(clear_value))),
            ("unreadable", list(story.unreadable.iter().map(|at| place(*at)))),
            ("versions", number(told.places.len())),
            ("notes", list(told.notes.iter().map(|note| Tree::str(note.as_str())))),
        ])
    }
}
