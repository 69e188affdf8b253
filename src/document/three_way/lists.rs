//! Two lists that were made of one: items that either side added or removed, each in its place.

use super::super::Tree;
use super::values::same_item;

/// Up to here the items of two lists are compared with each other, each with each.
const MOST: usize = 40_000;

/// The list with the changes of both sides; nothing if both changed the same items, or added some at the
/// same place: nobody can tell their order.
pub(super) fn merge(base: &[Tree], ours: &[Tree], theirs: &[Tree]) -> Option<Vec<Tree>> {
    let (to_ours, to_theirs) = (matches(base, ours)?, matches(base, theirs)?);
    let same = |a: &[Tree], b: &[Tree]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_item(a, b));
    let mut merged = Vec::new();
    let (mut b, mut o, mut t) = (0, 0, 0);
    loop {
        let next = (b..base.len()).find_map(|item| Some((item, to_ours[item]?, to_theirs[item]?)));
        let (b_end, o_end, t_end) = next.unwrap_or((base.len(), ours.len(), theirs.len()));
        let (was, our, their) = (&base[b..b_end], &ours[o..o_end], &theirs[t..t_end]);
        if same(our, was) || same(our, their) {
            merged.extend_from_slice(their);
        } else if same(their, was) {
            merged.extend_from_slice(our);
        } else {
            return None;
        }
        if next.is_none() {
            return Some(merged);
        }
        merged.push(base[b_end].clone());
        (b, o, t) = (b_end + 1, o_end + 1, t_end + 1);
    }
}

/// For each item of `a` the item of `b` that it is: a longest common run. Nothing for lists that are long.
fn matches(a: &[Tree], b: &[Tree]) -> Option<Vec<Option<usize>>> {
    if a.len().checked_mul(b.len()).is_none_or(|pairs| pairs > MOST) {
        return None;
    }
    let width = b.len() + 1;
    // How long the common run of what is left of both is.
    let mut longest = vec![0_usize; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if same_item(&a[i], &b[j]) {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let mut found = vec![None; a.len()];
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if same_item(&a[i], &b[j]) {
            found[i] = Some(j);
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let list = |text: &str| text.split_whitespace().map(Tree::str).collect::<Vec<_>>();
        let merged = merge(&list(base), &list(ours), &list(theirs))?;
        let word = |item: &Tree| match item {
            Tree::Leaf(value) => String::from_utf8_lossy(&value.as_ref().to_text()).into_owned(),
            _ => String::new(),
        };
        Some(merged.iter().map(word).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn each_change_in_its_place() {
        assert_eq!(merged("a b c", "x a b c", "a b c y").as_deref(), Some("x a b c y"));
        assert_eq!(merged("a b c d", "a c d", "a b c e d").as_deref(), Some("a c e d"));
        assert_eq!(merged("a b", "a b x", "a b x").as_deref(), Some("a b x"));
        assert_eq!(merged("a b", "a b x", "a b y"), None);
        assert_eq!(merged("a b c", "a x c", "a y c"), None);
        assert_eq!(merged("a", "", "a b"), None);
    }
}
