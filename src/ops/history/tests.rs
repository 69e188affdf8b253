//! Versions are made by hand: nothing of them is ever decrypted.

use super::*;
use crate::document::Format;

fn token(nonce: &str) -> String {
    format!("ENC[AES256_GCM,data:qg==,iv:{nonce},tag:dA==,type:str]")
}

/// A file with these values (a name and a nonce each) and groups of recipients (a name and what is wrapped).
fn file(values: &[(&str, &str)], groups: &[&[(&str, &str)]], threshold: usize) -> String {
    let mut text = String::new();
    for (key, nonce) in values {
        text.push_str(&format!("{key}: {}\n", token(nonce)));
    }
    text.push_str(&format!(
        "sops:\n    lastmodified: \"2024-01-01T00:00:00Z\"\n    mac: {}\n    version: 3.13.2\n",
        token(&values.iter().map(|(_, nonce)| *nonce).collect::<Vec<_>>().join("+"))
    ));
    let keys = |indent: &str, keys: &[(&str, &str)]| -> String {
        let key = |(name, enc): &(&str, &str)| {
            format!("{indent}    - recipient: {name}\n{indent}      enc: {enc}\n")
        };
        keys.iter().map(key).collect()
    };
    if let [group] = groups {
        text.push_str(&format!("    age:\n{}", keys("    ", group)));
        return text;
    }
    text.push_str(&format!("    shamir_threshold: {threshold}\n    key_groups:\n"));
    for group in groups {
        text.push_str(&format!("        - age:\n{}", keys("          ", group)));
    }
    text
}

fn told(now: &str, before: &[&str]) -> (Present, Story) {
    let now = present(now.as_bytes().to_vec(), Format::Yaml).expect("encrypted");
    let versions: Vec<Version> =
        before.iter().map(|text| version(text.as_bytes().to_vec(), Format::Yaml)).collect();
    let story = story(Some(&now), &versions.iter().collect::<Vec<_>>());
    (now, story)
}

#[test]
fn a_data_key_is_followed_through_what_versions_have_in_common() {
    let one = file(&[("a", "1"), ("b", "2")], &[&[("alice", "x"), ("bob", "y")]], 0);
    // The values are all new, the wrapped key is not; then it is the other way round.
    let two = file(&[("a", "3"), ("b", "4")], &[&[("alice", "x"), ("bob", "y")]], 0);
    let three = file(&[("a", "3"), ("b", "5")], &[&[("alice", "z")]], 0);
    let (_, story) = told(&three, &[&three, &two, &one]);
    assert_eq!((story.key_since, story.unproven_before), (Some(2), false));
    let [bob] = &story.former[..] else { panic!("{story:?}") };
    assert_eq!((bob.first, bob.last, bob.gone), (2, 1, Some(0)));
    assert!(bob.alone && bob.same_key);
    assert_eq!(bob.unchanged, [0]);
    // Rotated since: nothing is the same.
    let four = file(&[("a", "6"), ("b", "7")], &[&[("alice", "w")]], 0);
    let (_, story) = told(&four, &[&four, &three, &two, &one]);
    assert_eq!((story.key_since, story.unproven_before), (Some(0), true));
    assert!(!story.former[0].same_key && story.former[0].unchanged.is_empty());
    // Not committed yet.
    let (_, story) = told(&four, &[&three]);
    assert_eq!((story.key_since, story.unproven_before, &story.since[..]), (None, true, &[Some(0)][..]));
}

#[test]
fn who_needs_others_is_not_alone() {
    let one = file(&[("a", "1")], &[&[("alice", "x")], &[("bob", "y")]], 2);
    let two = file(&[("a", "1")], &[&[("alice", "z")]], 0);
    let (now, story) = told(&two, &[&one]);
    assert_eq!((now.snapshot.groups, now.snapshot.needed), (1, 1));
    assert!(!story.former[0].alone && story.former[0].same_key);
    let (now, _) = told(&one, &[]);
    assert_eq!((now.snapshot.groups, now.snapshot.needed), (2, 2));
    // Unless he stands for as many groups as are needed.
    let both = file(&[("a", "1")], &[&[("alice", "x"), ("bob", "v")], &[("bob", "y")]], 2);
    let (_, story) = told(&two, &[&both]);
    assert!(story.former.len() == 1 && story.former[0].alone);
}

#[test]
fn somebody_who_came_back_is_no_former_recipient() {
    let with = file(&[("a", "1")], &[&[("alice", "x"), ("bob", "y")]], 0);
    let without = file(&[("a", "1")], &[&[("alice", "x")]], 0);
    let (_, story) = told(&with, &[&with, &without, &with]);
    assert_eq!(story.former, []);
    assert_eq!(story.since, [Some(2), Some(2)]);
}

#[test]
fn versions_that_are_not_encrypted() {
    let read = |text: &str| version(text.as_bytes().to_vec(), Format::Yaml);
    for text in ["", "\n \n", "# words\n", "a: null\nb: ''\n"] {
        assert_eq!(read(text), Version::Empty, "{text}");
    }
    assert!(matches!(read("a: 1\n"), Version::Clear(_)));
    assert!(matches!(read("a: [\n"), Version::Clear(_)));
    let sealed = file(&[("a", "1")], &[&[("alice", "x")]], 0);
    for damaged in
        [sealed.replace("a: ENC", "- a: ENC"), sealed.replace("sops:", "x:"), sealed.replace("age:", "a: [")]
    {
        assert_eq!(read(&format!("b: 1\n{damaged}")), Version::Unreadable, "{damaged}");
    }
    let (now, story) = told(&sealed, &[&sealed, "a: was plain\nz: 1\n", "a: [\n", "a: ''\n"]);
    assert_eq!(now.paths, ["a"]);
    assert_eq!(story.clear, [1, 2]);
    assert_eq!(story.clear_values, [(0, 1)]);
}
