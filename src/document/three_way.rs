//! Two texts that were made from one are brought together: what each of them changed is in the result.
//!
//! What must come out is decided on the nested view, value by value: a value that one side changed is
//! taken from that side, one that both changed in different ways is a conflict. Then a text is sought that
//! says it. Lines are merged first, which keeps all that people wrote; if that gives another meaning, or
//! none, the changes of one side are made in the text of the other, as `set` and `unset` make them. A text
//! that does not say what must come out, or lacks a comment of either side, is not taken.

mod lines;
mod values;

use super::{Document, Format, ParseError, Tree, UserStep};
use values::{Change, Comments};

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
}

/// Merges what `ours` and `theirs` made of `base`.
///
/// # Errors
///
/// [`ParseError`] if one of them is not what `format` says.
pub fn three_way(base: &[u8], ours: &[u8], theirs: &[u8], format: Format) -> Result<Merged, ParseError> {
    let parse = |text: &[u8]| Document::parse(text.to_vec(), format);
    let sides = Sides { base: parse(base)?, ours: parse(ours)?, theirs: parse(theirs)? };
    if ours == theirs || theirs == base {
        return Ok(Merged { text: ours.to_vec(), conflicts: Vec::new() });
    }
    if ours == base {
        return Ok(Merged { text: theirs.to_vec(), conflicts: Vec::new() });
    }
    Ok(sides.merge(format))
}

struct Sides {
    base: Document,
    ours: Document,
    theirs: Document,
}

impl Sides {
    fn merge(&self, format: Format) -> Merged {
        let unmerged = |conflicts| Merged { text: self.ours.source().to_vec(), conflicts };
        let trees = |document: &Document| document.trees(&mut |leaf| document.value(leaf).to_owned());
        let (base, ours, theirs) = (trees(&self.base), trees(&self.ours), trees(&self.theirs));
        if format == Format::Binary || base.len() != ours.len() || base.len() != theirs.len() {
            return unmerged(vec![String::new()]);
        }
        let mut parts = Vec::with_capacity(base.len());
        let mut conflicts = Vec::new();
        for ((base, ours), theirs) in base.iter().zip(&ours).zip(&theirs) {
            let part = values::merge(base, ours, theirs);
            conflicts.extend(part.conflicts.iter().map(|path| shown(path)));
            parts.push(part);
        }
        let our_comments = Comments::of(&ours);
        let comments = Comments::of(&base).merged(&our_comments, &Comments::of(&theirs));
        // From our text to the merged one there must be just the changes that they made.
        let says_it = |text: Vec<u8>| {
            let document = Document::parse(text, format).ok()?;
            let trees = trees(&document);
            let made = |(part, (from, to)): (&values::Merged, (&Tree, &Tree))| {
                values::same_changes(&part.theirs, &values::merge(from, from, to).theirs)
            };
            let says_it = trees.len() == ours.len()
                && parts.iter().zip(ours.iter().zip(&trees)).all(made)
                && match conflicts[..] {
                    [] => Comments::of(&trees) == comments,
                    // What they changed besides may have come with comments.
                    _ => Comments::of(&trees).covers(&our_comments),
                };
            says_it.then(|| document.into_source())
        };

        let [base, ours, theirs] = [&self.base, &self.ours, &self.theirs].map(Document::source);
        let by_lines = || lines::merge(base, ours, theirs);
        let one_part = |changes: &dyn Fn(&values::Merged) -> &[Change], text: &[u8]| match &parts[..] {
            [part] => with_changes(text, changes(part), format),
            _ => None,
        };
        let text = None
            .or_else(|| by_lines().filter(|_| conflicts.is_empty()).and_then(says_it))
            .or_else(|| one_part(&|part| &part.theirs, ours).and_then(says_it))
            .or_else(|| {
                let theirs = one_part(&|part| &part.ours, theirs);
                theirs.filter(|_| conflicts.is_empty()).and_then(says_it)
            });
        match text {
            Some(text) => Merged { text, conflicts },
            None if conflicts.is_empty() => unmerged(vec![String::new()]),
            None => unmerged(conflicts),
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
        let result = three_way(base.as_bytes(), ours.as_bytes(), theirs.as_bytes(), format).expect("parsed");
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
        check("a: [1, 2]\n", "a: [1, 2, 3]\n", "a: [2]\n", "a: [1, 2, 3]\n", &["[\"a\"]"]);
        check("a: 1\n", "a: 1\nb: x\n", "a: 1\nb: x\n", "a: 1\nb: x\n", &[]);
    }

    /// A comment changed at both sides is in no text that either way gives.
    #[test]
    fn no_comment_is_lost() {
        let merged = three_way(b"# c\na: 1\n", b"# ours\na: 1\n", b"# theirs\na: 2\n", Format::Yaml);
        assert_eq!(
            merged.expect("parsed"),
            Merged { text: b"# ours\na: 1\n".to_vec(), conflicts: vec![String::new()] }
        );
    }
}
