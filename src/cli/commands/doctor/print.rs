//! What `doctor` found, for people and for programs.

use resops::document::Tree;
use resops::ops::Difference;

use super::{Found, KeyState, Report, State, Verdict};
use crate::cli::json;
use crate::cli::names;

/// The report for people; ends with a line break.
pub(super) fn text(report: &Report) -> String {
    let found = match &report.found {
        Ok(found) => found,
        Err(failure) => {
            let message = failure.message().lines().next().unwrap_or_default();
            let next = failure.advice().map_or_else(String::new, |hint| format!("  next: {hint}\n"));
            return format!("{}: {message}\n{next}", report.file);
        }
    };
    let verdict = match found.verdict {
        Verdict::Opens => "this machine can open it",
        Verdict::Closed => "this machine cannot open it",
        Verdict::Unknown => "it cannot be told without the network whether this machine can open it",
    };
    let mut out = format!("{}: {verdict}\n", report.file);
    let shared = found.groups.len() > 1;
    for (at, group) in found.groups.iter().enumerate() {
        if shared {
            let state = match group_state(group) {
                Verdict::Opens => "opens here",
                Verdict::Closed => "does not open here",
                Verdict::Unknown => "not known",
            };
            out.push_str(&format!(
                "  group {} of {} {state}; any one key of it is enough:\n",
                at + 1,
                found.groups.len()
            ));
        }
        for key in group {
            let indent = if shared { "    " } else { "  " };
            out.push_str(&format!("{indent}{}\n", line(key)));
        }
    }
    if shared {
        let count =
            |wanted: Verdict| found.groups.iter().filter(|group| group_state(group) == wanted).count();
        let (opened, unknown) = (count(Verdict::Opens), count(Verdict::Unknown));
        let missing = found.needed.saturating_sub(opened);
        let rest = match missing {
            0 => "enough".to_owned(),
            missing if unknown > 0 => format!("{missing} more needed, {unknown} not asked"),
            missing => format!("{missing} more needed"),
        };
        out.push_str(&format!(
            "  {} of {} groups are needed, {opened} opened here: {rest}\n",
            found.needed,
            found.groups.len()
        ));
    }
    match found.differs.as_deref() {
        None => out.push_str("  no creation rule is for it\n"),
        Some([]) => out.push_str("  it is as its creation rule says\n"),
        Some(differs) => {
            out.push_str("  it is not as its creation rule says:\n");
            for difference in differs {
                out.push_str(&format!("    {}\n", difference.shown(names::all())));
            }
        }
    }
    if let Some(next) = &found.next {
        out.push_str(&format!("  next: {next}\n"));
    }
    out
}

/// A key in a line.
fn line(key: &KeyState) -> String {
    let state = match &key.state {
        State::Opens(Some(place)) => format!("opens, through {place}"),
        State::Opens(None) => "opens".to_owned(),
        State::Fails(why) => why.clone(),
        State::NotAsked => "not asked: it is reached over the network (--online)".to_owned(),
    };
    format!("{} {}: {state}", key.key.kind().name(), names::all().shown(&key.key.text()))
}

fn group_state(group: &[KeyState]) -> Verdict {
    if group.iter().any(|key| matches!(key.state, State::Opens(_))) {
        Verdict::Opens
    } else if group.iter().any(|key| matches!(key.state, State::NotAsked)) {
        Verdict::Unknown
    } else {
        Verdict::Closed
    }
}

/// The report for programs.
pub(super) fn tree(report: &Report) -> Tree {
    let file = ("file", Tree::str(report.file.as_str()));
    let found = match &report.found {
        Ok(found) => found,
        Err(failure) => {
            return json::map([
                file,
                ("opens", json::bool(false)),
                ("error", json::text(failure.message().lines().next())),
                ("next", json::text(failure.advice())),
            ]);
        }
    };
    let differs = |differs: &Vec<Difference>| {
        json::list(differs.iter().map(|difference| Tree::str(difference.to_string())))
    };
    json::map([
        file,
        (
            "opens",
            if found.verdict == Verdict::Unknown {
                json::text(None)
            } else {
                json::bool(found.verdict == Verdict::Opens)
            },
        ),
        ("needed_groups", json::number(found.needed)),
        ("groups", groups(found)),
        ("differences", found.differs.as_ref().map_or_else(|| json::text(None), differs)),
        ("next", json::text(found.next.as_deref())),
    ])
}

fn groups(found: &Found) -> Tree {
    let key = |key: &KeyState| {
        let (state, detail) = match &key.state {
            State::Opens(place) => ("opens", place.as_deref()),
            State::Fails(why) => ("fails", Some(why.as_str())),
            State::NotAsked => ("not-asked", None),
        };
        json::map([
            ("kind", Tree::str(key.key.kind().id())),
            ("key", Tree::str(&*key.key.shown())),
            ("name", json::text(names::all().of(&key.key.text()))),
            ("state", Tree::str(state)),
            ("detail", json::text(detail)),
        ])
    };
    json::list(found.groups.iter().map(|group| json::list(group.iter().map(key))))
}
