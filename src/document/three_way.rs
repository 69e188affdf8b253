//! Two texts that were made from one are brought together: what each of them changed is in the result.
//!
//! What must come out is decided on the nested view, value by value: a value that one side changed is
//! taken from that side, one that both changed in different ways is a conflict. Then a text is sought that
//! says it. Lines are merged first, which keeps all that people wrote; if that gives another meaning, or
//! none, the changes of one side are made in the text of the other, as `set` and `unset` make them. A text
//! that does not say what must come out, lacks a comment of either side or says something twice, is not taken.

mod asides;
pub mod conflict;
mod lines;
mod lists;
mod values;

use super::{Document, Format, ParseError, Tree, UserStep};
use asides::Asides;
use values::{Change, Conflict, Side};

/// From this many on, changes are not made one by one: each of them reads the whole text.
const MANY_CHANGES: usize = 200;

/// What came of bringing two texts together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The text. Where both sides differ, it has what the first one says.
    pub text: Vec<u8>,
    /// The paths of what both sides changed in different ways; empty if all is well. One that is empty
    /// itself stands for the whole file: its meaning can be merged, but not its text.
    pub conflicts: Vec<String>,
    /// The same text with what the second one says where both sides differ, and with what the base said
    /// there, if there is one. Both are the text itself where there is no conflict.
    pub otherwise: Otherwise,
}

/// A merged text if conflicts were decided in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otherwise {
    /// For the second side.
    pub theirs: Vec<u8>,
    /// For what was there before.
    pub base: Option<Vec<u8>>,
}

/// Merges what `ours` and `theirs` made of `base`. Without a base each has added all that it has: what
/// both have has to be the same.
///
/// # Errors
///
/// [`ParseError`] if one of them is not what `format` says.
pub fn three_way(
    base: Option<&[u8]>,
    ours: &[u8],
    theirs: &[u8],
    format: Format,
) -> Result<Merged, ParseError> {
    let parse = |text: &[u8]| Document::parse(text.to_vec(), format);
    let sides = Sides { base: base.map(parse).transpose()?, ours: parse(ours)?, theirs: parse(theirs)? };
    let (base_text, otherwise) = (base.map(<[u8]>::to_vec), |text: &[u8]| Otherwise {
        theirs: text.to_vec(),
        base: base.map(|_| text.to_vec()),
    });
    if ours == theirs || base.is_some_and(|base| theirs == base) {
        return Ok(Merged { text: ours.to_vec(), conflicts: Vec::new(), otherwise: otherwise(ours) });
    }
    if base.is_some_and(|base| ours == base) {
        return Ok(Merged { text: theirs.to_vec(), conflicts: Vec::new(), otherwise: otherwise(theirs) });
    }
    let (text, conflicts) = sides.merge(format);
    let decided = |side: Side| {
        let changes = conflicts.iter().map(|conflict| conflict.decided(side));
        with_changes(&text, &changes.collect::<Option<Vec<_>>>()?, format)
    };
    let whole = conflicts.iter().any(|conflict| conflict.path.is_empty());
    let otherwise = match (conflicts.is_empty(), decided(Side::Theirs).filter(|_| !whole)) {
        (true, _) => otherwise(&text),
        (false, Some(theirs)) => {
            // What was not there at all cannot always be taken out.
            let base = base.map(|base| decided(Side::Base).unwrap_or_else(|| base.to_vec()));
            Otherwise { theirs, base }
        }
        // The whole versions then.
        (false, None) => Otherwise { theirs: theirs.to_vec(), base: base_text },
    };
    Ok(Merged {
        text,
        conflicts: conflicts.iter().map(|conflict| shown(&conflict.path)).collect(),
        otherwise,
    })
}

struct Sides {
    base: Option<Document>,
    ours: Document,
    theirs: Document,
}

impl Sides {
    /// The text, and what both changed in different ways: there it has what ours says.
    fn merge(&self, format: Format) -> (Vec<u8>, Vec<Conflict>) {
        let unmerged = |conflicts| (self.ours.source().to_vec(), conflicts);
        let trees = |document: &Document| document.trees(&mut |leaf| document.value(leaf).to_owned());
        let (ours, theirs) = (trees(&self.ours), trees(&self.theirs));
        let base = match &self.base {
            Some(base) => trees(base),
            None => ours.iter().map(|_| Tree::Map(Vec::new())).collect(),
        };
        if format == Format::Binary || base.len() != ours.len() || base.len() != theirs.len() {
            return unmerged(vec![Conflict::whole()]);
        }
        let mut parts = Vec::with_capacity(base.len());
        for ((base, ours), theirs) in base.iter().zip(&ours).zip(&theirs) {
            parts.push(values::merge(base, ours, theirs));
        }
        let clean = parts.iter().all(|part| part.conflicts.is_empty());
        let [our_asides, their_asides] = [&self.ours, &self.theirs].map(Asides::of);
        let base_asides = match &self.base {
            Some(base) => Asides::of(base),
            // A comment that both added is one.
            None => our_asides.shared(&their_asides),
        };
        // From our text to the merged one there must be just the changes that they made.
        let says_it = |text: Vec<u8>| {
            let document = Document::parse(text, format).ok()?;
            let trees = trees(&document);
            let made = |(part, (from, to)): (&values::Merged, (&Tree, &Tree))| {
                values::same_changes(&part.theirs, &values::merge(from, from, to).theirs)
            };
            let says_it = trees.len() == ours.len()
                && parts.iter().zip(ours.iter().zip(&trees)).all(made)
                && if clean {
                    Asides::of(&document).come_of(&base_asides, &our_asides, &their_asides)
                } else {
                    // What they changed besides may have come with comments.
                    Asides::of(&document).cover(&our_asides)
                };
            says_it.then(|| document.into_source())
        };

        let [ours, theirs] = [&self.ours, &self.theirs].map(Document::source);
        let by_lines = || lines::merge(self.base.as_ref().map(Document::source), ours, theirs);
        let one_part = |changes: &dyn Fn(&values::Merged) -> &[Change], text: &[u8]| match &parts[..] {
            [part] => with_changes(text, changes(part), format),
            _ => None,
        };
        let text = None
            .or_else(|| by_lines().filter(|_| clean).and_then(says_it))
            .or_else(|| one_part(&|part| &part.theirs, ours).and_then(says_it))
            .or_else(|| one_part(&|part| &part.ours, theirs).filter(|_| clean).and_then(says_it));
        // Several documents have no common paths: then it is the file that is contested.
        let conflicts = match <[values::Merged; 1]>::try_from(parts) {
            Ok([part]) => part.conflicts,
            Err(_) if clean => Vec::new(),
            Err(_) => vec![Conflict::whole()],
        };
        match text {
            Some(text) => (text, conflicts),
            None => unmerged(vec![Conflict::whole()]),
        }
    }
}

/// A text with changes made in it, one after the other.
fn with_changes(text: &[u8], changes: &[Change], format: Format) -> Option<Vec<u8>> {
    if changes.len() > MANY_CHANGES {
        return None;
    }
    changes.iter().try_fold(text.to_vec(), |text, change| {
        let document = Document::parse(text, format).ok()?;
        match change {
            Change::Set(path, value) => document.with_value(path, value).ok(),
            Change::Unset(path) => document.without(path).ok(),
        }
    })
}

/// A path as people write it: `["db"]["host"]`.
fn shown(path: &[UserStep]) -> String {
    let step = |step: &UserStep| match step {
        UserStep::Key(key) => format!("[\"{}\"]", String::from_utf8_lossy(key)),
        UserStep::Index(index) => format!("[{index}]"),
    };
    path.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, ours: &str, theirs: &str, merged: &str, conflicts: &[&str]) {
        let format = if base.starts_with('{') { Format::Json } else { Format::Yaml };
        let result =
            three_way(Some(base.as_bytes()), ours.as_bytes(), theirs.as_bytes(), format).expect("parsed");
        assert_eq!(String::from_utf8_lossy(&result.text), merged);
        assert_eq!(result.conflicts, conflicts);
    }

    #[test]
    fn both_add_a_key() {
        check("a: 1\n", "a: 1\nb: 2\n", "a: 1\nc: 3\n", "a: 1\nc: 3\nb: 2\n", &[]);
        check(
            "{\n  \"a\": 1\n}\n",
            "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
            "{\n  \"a\": 1,\n  \"c\": 3\n}\n",
            "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n",
            &[],
        );
    }

    #[test]
    fn neighbours_and_comments() {
        check(
            "a: 1\nb: 2\nc: 3\n",
            "a: 1\nb: 20\nc: 3\n",
            "a: 10\nb: 2\nc: 3\n",
            "a: 10\nb: 20\nc: 3\n",
            &[],
        );
        check(
            "a: 1\nb: 2\n",
            "# ours\na: 1\nb: 2\n",
            "a: 1\nb: 2\n# theirs\n",
            "# ours\na: 1\nb: 2\n# theirs\n",
            &[],
        );
        check("a: 1\nb: 2\n", "b: 2\n", "a: 1\nb: 2\nc: {d: [1]}\n", "b: 2\nc: {d: [1]}\n", &[]);
    }

    #[test]
    fn the_same_value_changed_twice_is_a_conflict() {
        check("a: 1\nb: 2\n", "a: ours\nb: 2\n", "a: theirs\nb: 3\n", "a: ours\nb: 3\n", &["[\"a\"]"]);
        check("a: {b: 1}\n", "x: 1\n", "a: {b: 2}\n", "x: 1\n", &["[\"a\"]"]);
        check("a: [1, 2]\n", "a: [1, 2, 3]\n", "a: [1, 2, 4]\n", "a: [1, 2, 3]\n", &["[\"a\"]"]);
        check("a: 1\n", "a: 1\nb: x\n", "a: 1\nb: x\n", "a: 1\nb: x\n", &[]);
    }

    #[test]
    fn items_of_lists() {
        check("a: [1, 2]\n", "a: [1, 2, 3]\n", "a: [2]\n", "a:\n    - 2\n    - 3\n", &[]); // as `set` writes it
        check(
            "a:\n- 1\n- 2\n- 3\n",
            "a:\n- 0\n- 1\n- 2 # two\n- 3\n",
            "a:\n- 1\n- 2\n- 3\n- 4\n",
            "a:\n- 0\n- 1\n- 2 # two\n- 3\n- 4\n",
            &[],
        );
        check(
            "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n",
            "{\n  \"a\": [\n    0,\n    1,\n    2\n  ]\n}\n",
            "{\n  \"a\": [\n    1,\n    2,\n    3\n  ]\n}\n",
            "{\n  \"a\": [\n    0,\n    1,\n    2,\n    3\n  ]\n}\n",
            &[],
        );
    }

    #[test]
    fn sections_of_ini() {
        let text = |a: &str, b: &str| format!("[DEFAULT]\na={a}\nkeep=x\n[m]\nb={b}\nkeep=x\n");
        let (base, ours, theirs) = (text("1", "1"), text("2", "1"), text("1", "2"));
        let merged = ini(&base, &ours, &theirs);
        assert_eq!(String::from_utf8_lossy(&merged.text), text("2", "2"));
        assert!(merged.conflicts.is_empty());
    }

    /// Both sides sort the keys of the first section, each in its own way. By lines `keep` would stand there
    /// twice, and INI's readers see one of them.
    #[test]
    fn nothing_comes_to_stand_twice() {
        let text = |top: &str| format!("{top}[m]\nk1=v1\nkeep=kept\n[n]\nk2=v2\nkeep=kept\n");
        let base = text("k3=v3\nkeep=kept\n");
        let ours = text("keep=kept\nk3=v3\n");
        let theirs = text("k0=added\nkeep=kept\nk3=v3\n");
        for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
            let merged = ini(&base, ours, theirs);
            let text = String::from_utf8(merged.text).expect("text");
            assert_eq!(text.matches("keep=").count(), 3, "{text}");
            assert!(text.contains("k0=added"), "{text}");
            assert_eq!(merged.conflicts, [] as [&str; 0]);
        }
    }

    /// What stands there twice because its author wants that stays, and who removes one removes one. Of
    /// sections with one name nobody can tell which one is meant.
    #[test]
    fn repeated_keys_and_sections_of_ini() {
        let base = "[s]\na=1\nb=x\na=2\n[t]\nc=1\n";
        for (from, to) in [("b=x", "b=y"), ("a=1\n", ""), ("a=1", "a=0"), ("a=1\n", "a=1\na=1\n")] {
            let (ours, theirs) = (base.replace(from, to), base.replace("c=1", "c=2"));
            let merged = ini(base, &ours, &theirs);
            assert_eq!(String::from_utf8_lossy(&merged.text), ours.replace("c=1", "c=2"));
            assert_eq!(merged.conflicts, [] as [&str; 0]);
        }
        let base = format!("{base}[t]\nd=1\n");
        let ours = base.replace("b=x", "b=y");
        let merged = ini(&base, &ours, &base.replace("d=1", "d=2"));
        assert_eq!(merged.conflicts, [""]);
        assert_eq!(merged.text, ours.as_bytes());
    }

    fn ini(base: &str, ours: &str, theirs: &str) -> Merged {
        three_way(Some(base.as_bytes()), ours.as_bytes(), theirs.as_bytes(), Format::Ini).expect("parsed")
    }

    /// As after a cherry-pick: the same comment came on both sides.
    #[test]
    fn a_comment_that_both_added_is_one() {
        check(
            "a: 1\nb: 2\n",
            "# new\na: 5\nb: 2\nc: 3\n",
            "# new\na: 5\nb: 4\n",
            "# new\na: 5\nb: 4\nc: 3\n",
            &[],
        );
    }

    /// A comment changed at both sides is in no text that either way gives.
    #[test]
    fn no_comment_is_lost() {
        let merged = three_way(Some(b"# c\na: 1\n"), b"# ours\na: 1\n", b"# theirs\na: 2\n", Format::Yaml);
        let merged = merged.expect("parsed");
        assert_eq!(merged.text, b"# ours\na: 1\n");
        assert_eq!(merged.conflicts, [""]);
        assert_eq!(merged.otherwise.theirs, b"# theirs\na: 2\n");
    }
}
