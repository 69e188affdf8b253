//! Merging against a plain model, in every format, and what becomes of metadata.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::tests::{sealed, with_context};
use super::super::{KeyChange, open, reseal, rotate};
use super::*;
use crate::document::Document;
use crate::document::Item;
use crate::keys::{MasterKey, WrappedKey};

/// Every format that has keys.
const KEYED: [Format; 5] = [Format::Yaml, Format::Json, Format::Ini, Format::Dotenv, Format::Toml];
const NESTED: [Format; 2] = [Format::Yaml, Format::Json];

fn opened(bytes: &[u8], format: Format) -> OpenFile {
    with_context(|context| open(bytes.to_vec(), format, context)).expect("opened")
}

/// A new version of an encrypted file.
fn edited(file: &[u8], text: &str, format: Format, seed: u8) -> Vec<u8> {
    with_context(|context| {
        // Not the nonces of another edit.
        context.random.fill(&mut vec![0; usize::from(seed) * 4096 + 1]);
        reseal(&opened(file, format), text.as_bytes().to_vec(), format, EmitStyle::default(), context)
    })
    .unwrap_or_else(|error| panic!("{error}\n{text}"))
    .bytes
}

fn merging(base: Option<&[u8]>, ours: &[u8], theirs: &[u8], format: Format) -> Merging {
    let versions = Sides { base: base.map(<[u8]>::to_vec), ours: ours.to_vec(), theirs: theirs.to_vec() };
    with_context(|context| Merging::open(versions, format, context)).expect("merged")
}

fn seal(merging: &Merging) -> Vec<u8> {
    let sealed = with_context(|context| merging.seal(merging.text(), EmitStyle::default(), context));
    sealed.expect("sealed").bytes
}

fn text(file: &[u8], format: Format) -> String {
    let file = opened(file, format);
    let proof = file.verify().expect("the MAC holds");
    String::from_utf8(file.plaintext(&proof).expect("plaintext").to_vec()).expect("text")
}

fn tokens(bytes: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let block = text.find("lastmodified").unwrap_or(text.len());
    text[..block].split("ENC[").skip(1).filter_map(|rest| Some(rest.split_once(']')?.0.to_owned())).collect()
}

/// What a file says: values by section and key; the section without a name is the top.
type Model = BTreeMap<(String, String), String>;

/// A model as a file, its keys in the order of `order`.
fn written(model: &Model, order: &[usize], format: Format) -> String {
    let mut sections: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for ((section, key), value) in model {
        sections.entry(section).or_default().push((key, value));
    }
    let mut sections: Vec<_> = sections.into_iter().collect();
    // What stands at the top has no header before it.
    if order[0] % 2 == 1 && sections.len() > 1 {
        sections[1..].reverse();
    }
    for (section, pairs) in &mut sections {
        let rank = |key: &str| {
            let hash = key.bytes().fold(section.len(), |sum, byte| sum * 31 + usize::from(byte));
            (order[hash % order.len()], hash)
        };
        pairs.sort_by_key(|(key, _)| rank(key));
    }
    let mut out = String::new();
    match format {
        Format::Yaml => {
            for (section, pairs) in sections {
                let indent = if section.is_empty() { "" } else { "  " };
                if !section.is_empty() {
                    out.push_str(&format!("{section}:\n"));
                }
                pairs.iter().for_each(|(key, value)| out.push_str(&format!("{indent}{key}: {value}\n")));
            }
        }
        Format::Json => {
            let entries = |pairs: &[(&str, &str)], indent: &str| {
                let lines: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("{indent}\"{key}\": \"{value}\"")).collect();
                lines.join(",\n")
            };
            let parts: Vec<String> = sections
                .iter()
                .map(|(section, pairs)| match *section {
                    "" => entries(pairs, "\t"),
                    section => format!("\t\"{section}\": {{\n{}\n\t}}", entries(pairs, "\t\t")),
                })
                .collect();
            out = format!("{{\n{}\n}}\n", parts.join(",\n"));
        }
        Format::Toml => {
            for (section, pairs) in sections {
                if !section.is_empty() {
                    out.push_str(&format!("[{section}]\n"));
                }
                pairs.iter().for_each(|(key, value)| out.push_str(&format!("{key} = \"{value}\"\n")));
            }
        }
        _ => {
            for (section, pairs) in sections {
                // Keys before any header.
                if section != "DEFAULT" && format == Format::Ini {
                    out.push_str(&format!("[{section}]\n"));
                }
                let dot = if section.is_empty() || format == Format::Ini { "" } else { "_" };
                let prefix = if format == Format::Ini { "" } else { section };
                pairs.iter().for_each(|(key, value)| out.push_str(&format!("{prefix}{dot}{key}={value}\n")));
            }
        }
    }
    out
}

/// All that a text says, each time that it says it: leaves, also those that no reader sees, and maps.
fn said(text: &[u8], format: Format) -> Vec<(Vec<String>, Option<String>)> {
    let document = Document::parse(text.to_vec(), format).expect("parsed");
    let word = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let path = |path| document.paths().keys(path).into_iter().map(word).collect::<Vec<_>>();
    let mut said: Vec<_> = document
        .outline()
        .iter()
        .filter_map(|item| match *item {
            Item::OpenMap(map) => Some((path(map), None)),
            Item::Leaf(leaf) => {
                Some((path(document.leaves()[leaf].path), Some(word(&document.value(leaf).to_text()))))
            }
            _ => None,
        })
        .collect();
    said.sort();
    said
}

/// What happens to one leaf.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Stays,
    Changed(bool),
    Removed(bool),
    Added(bool),
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        3 => Just(Fate::Stays),
        2 => any::<bool>().prop_map(Fate::Changed),
        1 => any::<bool>().prop_map(Fate::Removed),
        2 => any::<bool>().prop_map(Fate::Added),
    ];
    proptest::collection::vec(fate, 1..14)
}

proptest! {
    /// Edits of both sides to different leaves, with keys in another order on each side.
    #[test]
    fn disjoint_edits_come_together(
        fates in fates(),
        (mine, yours) in (proptest::collection::vec(0_usize..9, 3), proptest::collection::vec(0_usize..9, 3)),
        reorder in 0..4,
        format in proptest::sample::select(KEYED.as_slice()),
    ) {
        let top = if format == Format::Ini { "DEFAULT" } else { "" };
        let mut versions: [Model; 4] = Default::default();
        for section in [top, "m", "n"] {
            let key = (section.to_owned(), "keep".to_owned());
            versions.iter_mut().for_each(|model| { model.insert(key.clone(), "kept".to_owned()); });
        }
        for (number, fate) in fates.iter().enumerate() {
            let key = ([top, "m", "n"][number % 3].to_owned(), format!("k{number}"));
            let old = format!("v{number}");
            let [base, ours, theirs, expected] = &mut versions;
            let put = |models: &mut [(&mut Model, Option<&str>)]| {
                for (model, value) in models {
                    if let Some(value) = value {
                        model.insert(key.clone(), (*value).to_owned());
                    }
                }
            };
            let (mine, new) = match fate {
                Fate::Stays => (true, Some(old.clone())),
                Fate::Changed(mine) => (*mine, Some(format!("changed {number}"))),
                Fate::Removed(mine) => (*mine, None),
                Fate::Added(mine) => (*mine, Some(format!("added {number}"))),
            };
            let was = (!matches!(fate, Fate::Added(_))).then_some(old.as_str());
            let new = new.as_deref();
            let (one, other) = if mine { (ours, theirs) } else { (theirs, ours) };
            put(&mut [(base, was), (one, new), (other, was), (expected, new)]);
        }
        let [base, ours, theirs, expected] = versions;
        let natural = vec![0];
        let mine = if reorder & 1 == 1 { mine } else { natural.clone() };
        let yours = if reorder & 2 == 2 { yours } else { natural.clone() };
        let base_file = sealed(&written(&base, &natural, format), format);
        let our_file = edited(&base_file, &written(&ours, &mine, format), format, 1);
        let their_file = edited(&base_file, &written(&theirs, &yours, format), format, 2);

        let merging = merging(Some(&base_file), &our_file, &their_file, format);
        prop_assert_eq!(merging.conflicts(), &[] as &[String]);
        let merged = merging.as_it_is().map_or_else(|| seal(&merging), <[u8]>::to_vec);
        let file = opened(&merged, format);
        let proof = file.verify().expect("the MAC holds");
        let merged_text = file.plaintext(&proof).expect("plaintext");
        let expected = written(&expected, &natural, format);
        prop_assert_eq!(
            said(merged_text, format), said(expected.as_bytes(), format),
            "{}", String::from_utf8_lossy(merged_text)
        );
        // Nothing is encrypted that was.
        let known: BTreeSet<String> = tokens(&our_file).union(&tokens(&their_file)).cloned().collect();
        prop_assert!(tokens(&merged).is_subset(&known), "{}", String::from_utf8_lossy(&merged));
    }
}

#[test]
fn a_conflict_holds_no_plaintext_and_goes_on_from_its_file() {
    for format in [Format::Yaml, Format::Json, Format::Ini, Format::Dotenv] {
        let line = |key: &str, value: &str| match format {
            Format::Yaml => format!("{key}: {value}\n"),
            Format::Json => format!("\"{key}\": \"{value}\""),
            _ => format!("{key}={value}\n"),
        };
        let all = |pw: &str, more: &str| match format {
            Format::Json => {
                format!("{{\n\t{},\n\t{},\n\t{}\n}}\n", line("a", "1"), line("pw", pw), line("z", more))
            }
            Format::Ini => format!("[s]\n{}{}{}", line("a", "1"), line("pw", pw), line("z", more)),
            _ => format!("{}{}{}", line("a", "1"), line("pw", pw), line("z", more)),
        };
        let base = sealed(&all("old", "0"), format);
        let ours = edited(&base, &all("mine secret", "0"), format, 1);
        let theirs = edited(&base, &all("your secret", "9"), format, 2);
        let merging = merging(Some(&base), &ours, &theirs, format);
        assert_eq!(merging.conflicts().len(), 1, "{format:?}");
        let file = with_context(|context| merging.unresolved(7, EmitStyle::default(), context));
        let file = file.expect("sealed");
        let shown = String::from_utf8(file.clone()).expect("text");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(conflict::is_unresolved(&file));
        assert_eq!(shown.matches("<<<<<<< sops:ours").count(), 2, "the value and the MAC: {shown}");
        let sides = conflict::split(&file).expect("whole").expect("unresolved");
        assert_eq!(text(&sides.ours, format), all("mine secret", "9"));
        assert_eq!(text(&sides.theirs, format), all("your secret", "9"));
        assert_eq!(text(sides.base.as_deref().expect("there"), format), all("old", "9"));
        let again = with_context(|context| Merging::open(sides, format, context)).expect("merged");
        assert_eq!(again.conflicts(), merging.conflicts());
        let editor = String::from_utf8(again.text()).expect("text");
        assert!(editor.contains("mine secret") && editor.contains("your secret"), "{editor}");
    }
}

#[test]
fn a_binary_file_is_one_value() {
    let base = sealed("old\n", Format::Binary);
    let ours = edited(&base, "a\n", Format::Binary, 1);
    let theirs = edited(&base, "b\n", Format::Binary, 2);
    let both = merging(Some(&base), &ours, &theirs, Format::Binary);
    assert_eq!(both.conflicts(), [""]);
    assert_eq!(both.text_of(MergeSide::Theirs), b"b\n");
    let one = merging(Some(&base), &base, &theirs, Format::Binary);
    assert!(one.is_clean());
    assert_eq!(one.as_it_is(), Some(&theirs[..]));
}

fn with_policy(file: &[u8], text: &str, seed: u8, change: impl FnOnce(&mut Metadata)) -> Vec<u8> {
    let open = opened(file, Format::Yaml);
    let mut wanted = open.metadata().clone();
    change(&mut wanted);
    with_context(|context| {
        context.random.fill(&mut vec![0; usize::from(seed) * 4096 + 1]);
        let metadata = super::super::amend(&open, &wanted, context).expect("amended");
        let text = text.as_bytes().to_vec();
        super::super::reseal_under(&open, metadata, text, Format::Yaml, EmitStyle::default(), context)
    })
    .expect("sealed")
    .bytes
}

fn age(name: &str) -> WrappedKey {
    WrappedKey::new(MasterKey::Age { recipient: name.to_owned() })
}

fn recipients(file: &[u8]) -> Vec<String> {
    let file = opened(file, Format::Yaml);
    file.metadata().groups[0].0.iter().map(|key| key.key.shown().into_owned()).collect()
}

#[test]
fn recipients_of_both_sides_are_merged() {
    let base = sealed("a: 1\nb: 2\n", Format::Yaml);
    let ours = with_policy(&base, "a: 3\nb: 2\n", 1, |it| it.groups[0].0.push(age("age1ours")));
    let theirs = with_policy(&base, "a: 1\nb: 4\n", 2, |it| {
        it.groups[0].0.push(age("age1theirs"));
        it.groups[0].0.retain(|key| key.key.shown() != "age1test");
    });
    let merging = merging(Some(&base), &ours, &theirs, Format::Yaml);
    assert!(merging.is_clean());
    let merged = seal(&merging);
    assert_eq!(text(&merged, Format::Yaml), "a: 3\nb: 4\n");
    assert_eq!(recipients(&merged), ["age1ours", "age1theirs"]);
}

/// Who rotated did so for a reason: the old data key must not come back.
#[test]
fn a_new_data_key_stays() {
    let base = sealed("a: 1\nb: 2\n", Format::Yaml);
    let ours = edited(&base, "a: 3\nb: 2\n", Format::Yaml, 1);
    let theirs = with_context(|context| {
        context.random.fill(&mut vec![0; 9999]);
        let file = opened(&base, Format::Yaml);
        let proof = file.verify().expect("the MAC holds");
        let change = KeyChange { add: vec![], remove: vec![] };
        rotate(&file, &proof, &change, Format::Yaml, EmitStyle::default(), context)
    })
    .expect("rotated")
    .bytes;
    for (one, other) in [(&ours, &theirs), (&theirs, &ours)] {
        let merged = seal(&merging(Some(&base), one, other, Format::Yaml));
        assert_eq!(text(&merged, Format::Yaml), "a: 3\nb: 2\n");
        let new = opened(&theirs, Format::Yaml);
        assert!(open::open_like(&merged, Format::Yaml, &new, false).expect("a file").is_some());
        assert_eq!(tokens(&merged).intersection(&tokens(&theirs)).count(), 1, "b is as it was");
    }
}

#[test]
fn metadata_that_both_changed() {
    let base = sealed("a: 1\nb: 2\n", Format::Yaml);
    let select = |regex: &'static str| {
        move |it: &mut Metadata| {
            it.selection.unencrypted_suffix.clear();
            it.selection.encrypted_regex = regex.to_owned();
        }
    };
    let ours = with_policy(&base, "a: 1\nb: 2\n", 1, select("^a$"));
    let theirs = with_policy(&base, "a: 1\nb: 2\n", 2, select("^b$"));
    let mut both = merging(Some(&base), &ours, &theirs, Format::Yaml);
    assert_eq!(both.policy_conflicts(), [PolicyConflict::Selection]);
    // Under the other selection a secret would stand in clear, so the versions stay what they are.
    let file = with_context(|context| both.unresolved(7, EmitStyle::default(), context)).expect("joined");
    let sides = conflict::split(&file).expect("whole").expect("unresolved");
    assert_eq!((sides.ours, sides.theirs), (ours.clone(), theirs));
    both.prefer_policy_of(MergeSide::Theirs);
    assert!(both.is_clean());
    assert!(String::from_utf8_lossy(&seal(&both)).starts_with("a: 1\nb: ENC["));

    // One side encrypts less, the other one has a new secret.
    let theirs = edited(&base, "a: 1\nb: 2\nc: new\n", Format::Yaml, 2);
    let merging = merging(Some(&base), &ours, &theirs, Format::Yaml);
    assert!(
        matches!(merging.policy_conflicts(), [PolicyConflict::Uncovered(_)]),
        "{:?}",
        merging.policy_conflicts()
    );
}

/// One side shows a value from now on, with nothing in it that is secret; the other one has another secret
/// there. What is shown of the conflict is encrypted by one selection.
#[test]
fn a_contested_secret_stays_encrypted_where_one_side_shows_the_value() {
    let base = sealed("a: old-secret\nb: 2\n", Format::Yaml);
    let ours = with_policy(&base, "a: public\nb: 2\n", 1, |it| {
        it.selection.unencrypted_suffix.clear();
        it.selection.encrypted_regex = "^b$".to_owned();
    });
    let theirs = edited(&base, "a: new-secret\nb: 2\n", Format::Yaml, 2);
    for (one, other) in [(&ours, &theirs), (&theirs, &ours)] {
        let both = merging(Some(&base), one, other, Format::Yaml);
        let file = with_context(|context| both.unresolved(7, EmitStyle::default(), context)).expect("joined");
        let file = String::from_utf8(file).expect("text");
        assert!(!file.contains("-secret"), "{file}");
        assert!(
            matches!(both.policy_conflicts(), [PolicyConflict::Uncovered(path)] if path == "[\"a\"]" || path == "a"),
            "{:?}",
            both.policy_conflicts()
        );
    }
}

/// Also where the other side says all there is to say: its file has no seal.
#[test]
fn a_seal_of_one_side_stays() {
    for format in KEYED {
        let (old, new) = match format {
            Format::Json => ("{\"a\": \"1\"}", "{\"a\": \"2\"}"),
            Format::Yaml => ("a: 1\n", "a: 2\n"),
            Format::Toml => ("a = 1\n", "a = 2\n"),
            _ => ("a=1\n", "a=2\n"),
        };
        let base = sealed(old, format);
        let edited = edited(&base, new, format, 1);
        let with_seal =
            with_context(|context| opened(&base, format).with_seal(EmitStyle::default(), context));
        let with_seal = with_seal.expect("sealed");
        for (ours, theirs) in [(&edited, &with_seal), (&with_seal, &edited)] {
            let merging = merging(Some(&base), ours, theirs, format);
            let merged = merging.as_it_is().map_or_else(|| seal(&merging), <[u8]>::to_vec);
            assert!(opened(&merged, format).metadata().seal.is_some(), "{format:?}");
            assert_eq!(text(&merged, format), new);
        }
    }
}

#[test]
fn one_side_alone_is_encrypted() {
    let (plain, base) = ("a: 1\nb: 2\n", "a: 1\nb: 0\n");
    let file = sealed("a: 5\nb: 0\n", Format::Yaml);
    for (ours, theirs) in [(plain.as_bytes(), &file[..]), (&file[..], plain.as_bytes())] {
        let merged = seal(&merging(Some(base.as_bytes()), ours, theirs, Format::Yaml));
        assert_eq!(text(&merged, Format::Yaml), "a: 5\nb: 2\n");
    }
}

#[test]
fn without_a_common_ancestor() {
    for format in NESTED {
        let one =
            sealed(if format == Format::Json { "{\"a\": 1, \"b\": 2}" } else { "a: 1\nb: 2\n" }, format);
        let other = edited(
            &one,
            if format == Format::Json { "{\"a\": 1, \"c\": 3}" } else { "a: 1\nc: 3\n" },
            format,
            1,
        );
        let both = merging(None, &one, &other, format);
        assert!(both.is_clean(), "{:?}", both.conflicts());
        let other = edited(&one, if format == Format::Json { "{\"a\": 2}" } else { "a: 2\n" }, format, 1);
        assert_eq!(merging(None, &one, &other, format).conflicts(), ["[\"a\"]"]);
    }
}

#[test]
fn bad_versions_are_refused() {
    let file = sealed("a: 1\n", Format::Yaml);
    let refused = |ours: &[u8], theirs: &[u8]| {
        let versions = Sides { base: None, ours: ours.to_vec(), theirs: theirs.to_vec() };
        with_context(|context| Merging::open(versions, Format::Yaml, context)).err().expect("refused")
    };
    assert!(matches!(refused(b"a: 1\n", b"a: 2\n"), MergeError::NotEncrypted));
    assert!(matches!(refused(&file, b"a: ]\n"), MergeError::Open { side: MergeSide::Theirs, .. }));
    let forged = String::from_utf8(file.clone()).expect("text").replace("a: ENC", "b_unencrypted: 1\na: ENC");
    assert!(matches!(refused(&file, forged.as_bytes()), MergeError::Mac { side: MergeSide::Theirs, .. }));
}
