//! Merging lines. Lines that occur once in both texts are anchors (as in a patience diff); between them
//! the two texts are compared again. That costs little, whatever the texts are, and what it fails to see is
//! merged in another way.

use std::collections::HashMap;
use std::ops::Range;

/// The text that has the changes of both sides; nothing if both changed the same lines. Without a base
/// each side has added what only it has.
///
/// What both insert at the same place stands one after the other, theirs first: whoever asks has to check
/// that it still means something.
pub(super) fn merge(base: Option<&[u8]>, ours: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
    let [ours, theirs] = [ours, theirs].map(lines);
    let base = match base {
        Some(base) => lines(base),
        None => matches(&ours, &theirs)
            .iter()
            .zip(&ours)
            .filter(|(to, _)| to.is_some())
            .map(|(_, line)| *line)
            .collect(),
    };
    let (to_ours, to_theirs) = (matches(&base, &ours), matches(&base, &theirs));
    let mut merged = Vec::new();
    let (mut b, mut o, mut t) = (0, 0, 0);
    loop {
        // The next line of the base that stands in both.
        let next = (b..base.len()).find_map(|line| Some((line, to_ours[line]?, to_theirs[line]?)));
        let (b_end, o_end, t_end) = next.unwrap_or((base.len(), ours.len(), theirs.len()));
        let (was, our, their) = (&base[b..b_end], &ours[o..o_end], &theirs[t..t_end]);
        if our == was || our == their {
            merged.extend_from_slice(their);
        } else if their == was {
            merged.extend_from_slice(our);
        } else if was.is_empty() {
            merged.extend_from_slice(their);
            merged.extend_from_slice(our);
        } else {
            merged.extend(line_by_line(was, our, their)?);
        }
        if next.is_none() {
            return Some(merged.concat());
        }
        merged.push(base[b_end]);
        (b, o, t) = (b_end + 1, o_end + 1, t_end + 1);
    }
}

/// Lines below each other that were changed by one side or the other, each of them in its place.
fn line_by_line<'a>(was: &[&'a [u8]], our: &[&'a [u8]], their: &[&'a [u8]]) -> Option<Vec<&'a [u8]>> {
    if was.len() != our.len() || was.len() != their.len() {
        return None;
    }
    let pick = |((was, our), their): ((&&'a [u8], &&'a [u8]), &&'a [u8])| {
        if our == was || our == their { Some(*their) } else { (their == was).then_some(*our) }
    };
    was.iter().zip(our).zip(their).map(pick).collect()
}

pub(super) fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

/// For each line of `a` the line of `b` that it is, in ascending order.
pub(super) fn matches(a: &[&[u8]], b: &[&[u8]]) -> Vec<Option<usize>> {
    let mut found = vec![None; a.len()];
    // Texts made to be slow are left unmatched from here on.
    let mut budget = 40 * (a.len() + b.len()) + 1000;
    let mut gaps = vec![(0..a.len(), 0..b.len())];
    while let Some((mut in_a, mut in_b)) = gaps.pop() {
        budget = budget.saturating_sub(in_a.len() + in_b.len());
        while !in_a.is_empty() && !in_b.is_empty() && a[in_a.start] == b[in_b.start] {
            found[in_a.start] = Some(in_b.start);
            in_a.start += 1;
            in_b.start += 1;
        }
        while !in_a.is_empty() && !in_b.is_empty() && a[in_a.end - 1] == b[in_b.end - 1] {
            found[in_a.end - 1] = Some(in_b.end - 1);
            in_a.end -= 1;
            in_b.end -= 1;
        }
        if in_a.is_empty() || in_b.is_empty() || budget == 0 {
            continue;
        }
        let (mut from_a, mut from_b) = (in_a.start, in_b.start);
        let anchors = anchors(a, in_a.clone(), b, in_b.clone());
        if anchors.is_empty() {
            continue;
        }
        for (at_a, at_b) in anchors {
            found[at_a] = Some(at_b);
            gaps.push((from_a..at_a, from_b..at_b));
            (from_a, from_b) = (at_a + 1, at_b + 1);
        }
        gaps.push((from_a..in_a.end, from_b..in_b.end));
    }
    found
}

/// The longest ascending run of lines that occur once in both.
fn anchors(a: &[&[u8]], in_a: Range<usize>, b: &[&[u8]], in_b: Range<usize>) -> Vec<(usize, usize)> {
    // How often a line stands in either text, and where it stood last.
    let mut seen: HashMap<&[u8], [(usize, usize); 2]> = HashMap::new();
    for (side, text, range) in [(0, a, in_a.clone()), (1, b, in_b)] {
        for line in range {
            let entry = &mut seen.entry(text[line]).or_default()[side];
            *entry = (entry.0 + 1, line);
        }
    }
    let unique = in_a.filter_map(|line| match seen.get(a[line]) {
        Some([(1, _), (1, other)]) => Some((line, *other)),
        _ => None,
    });
    let unique: Vec<(usize, usize)> = unique.collect();
    // Patience sorting: `piles` has the smallest end of a run of each length, `before` the run itself.
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(unique.len());
    for (index, &(_, at_b)) in unique.iter().enumerate() {
        let pile = piles.partition_point(|&top| unique[top].1 < at_b);
        before.push(pile.checked_sub(1).map(|pile| piles[pile]));
        if pile == piles.len() {
            piles.push(index);
        } else {
            piles[pile] = index;
        }
    }
    let mut run = Vec::with_capacity(piles.len());
    let mut at = piles.last().copied();
    while let Some(index) = at {
        run.push(unique[index]);
        at = before[index];
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let merged = merge(Some(base.as_bytes()), ours.as_bytes(), theirs.as_bytes())?;
        Some(String::from_utf8(merged).expect("text"))
    }

    #[test]
    fn lines_come_together() {
        assert_eq!(merged("1\n2\n3\n", "1\nx\n3\n", "1\n2\n3\ny\n").as_deref(), Some("1\nx\n3\ny\n"));
        assert_eq!(merged("1\n2\n", "0\n1\n2\n", "1\n").as_deref(), Some("0\n1\n"));
        assert_eq!(merged("1\n", "1\na\n", "1\nb\n").as_deref(), Some("1\nb\na\n"));
        assert_eq!(merged("1\n2\n3\n", "1\na\n3\n", "1\nb\n3\n"), None);
        assert_eq!(merged("1\n2\n3\n", "a\n2\nc\n", "1\nb\n3\n").as_deref(), Some("a\nb\nc\n"));
        assert_eq!(merged("", "a\n", "").as_deref(), Some("a\n"));
    }

    #[test]
    fn a_moved_block_is_no_anchor_twice() {
        let found = matches(&[b"a", b"b", b"c"], &[b"c", b"a", b"b"]);
        assert_eq!(found, [Some(1), Some(2), None]);
    }
}
