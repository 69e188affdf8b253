//! The roads as a whole, under a key service that is a table in memory.

use super::*;
use crate::crypto::MacScope;
use crate::document::{EmitStyle, Format};
use crate::keys::{Attempt, KeyError, KeyGroup, MasterKey, WrappedKey};
use crate::policy::Selection;
use zeroize::Zeroizing;

/// Wraps by writing the key down. For tests only, of course.
struct Open;

impl KeyService for Open {
    fn handles(&self, _key: &MasterKey) -> bool {
        true
    }
    fn wrap(&self, _key: &MasterKey, secret: &[u8]) -> Result<String, KeyError> {
        Ok(secret.iter().map(|b| format!("{b:02x}")).collect())
    }
    fn unwrap(&self, key: &WrappedKey) -> Attempt {
        let bytes = key.enc.as_bytes().chunks(2);
        let bytes = bytes.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
        Attempt::Recovered(Zeroizing::new(bytes.collect()))
    }
}

/// Not random at all, so that a failure comes back.
struct Counter(u64);

impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 56) as u8;
        }
    }
}

pub(super) fn with_context<T>(act: impl FnOnce(&mut Context<'_>) -> T) -> T {
    let order = DecryptionOrder::default();
    let mut random = Counter(7);
    act(&mut Context { services: &[&Open], order: &order, random: &mut random, now: "2026-11-21T07:41:14Z" })
}

fn recipe(format: Format) -> Recipe {
    let key = MasterKey::Age { recipient: "age1test".to_owned() };
    Recipe {
        input: format,
        output: format,
        groups: vec![KeyGroup(vec![WrappedKey::new(key)])],
        shamir_threshold: 0,
        selection: Selection { unencrypted_suffix: "_unencrypted".to_owned(), ..Selection::default() },
        mac_scope: MacScope::AllLeaves,
        style: EmitStyle::default(),
    }
}

pub(super) fn sealed(source: &str, format: Format) -> Vec<u8> {
    with_context(|context| encrypt(source.as_bytes().to_vec(), &recipe(format), context))
        .unwrap_or_else(|error| panic!("{error}\n{source}"))
        .bytes
}

fn opened(file: &[u8], format: Format) -> OpenFile {
    with_context(|context| open(file.to_vec(), format, context))
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(file)))
}

/// Encrypts, shows what the file looks like with each token as its type, and opens it again.
fn check(source: &str, expected: &str) {
    let file = sealed(source, Format::Yaml);
    let shown = shown(&file);
    let (body, block) = shown.split_once("sops:").unwrap_or((&shown, ""));
    assert_eq!(body, expected, "block: {block}");
    let back = opened(&file, Format::Yaml);
    let proof = back.verify().unwrap();
    assert_eq!(String::from_utf8_lossy(back.plaintext(&proof).unwrap()), source);
}

fn shown(file: &[u8]) -> String {
    let text = String::from_utf8_lossy(file);
    let mut out = String::new();
    let mut rest = &*text;
    while let Some(at) = rest.find("ENC[AES256_GCM,") {
        let end = at + rest[at..].find(']').unwrap();
        let kind = rest[at..end].rsplit_once("type:").unwrap().1;
        out.push_str(&rest[..at]);
        out.push_str("ENC[");
        out.push_str(kind);
        rest = &rest[end..];
    }
    out + rest
}

#[test]
fn only_chosen_leaves_change() {
    check("db:\n  # primary\n  host: a.example\n", "db:\n  #ENC[comment]\n  host: ENC[str]\n");
    check(
        "a:   1\nb: 'x' # note\n\n\nc_unencrypted: \"y\"\n",
        "a:   ENC[int]\nb: 'ENC[str]' #ENC[comment]\n\n\nc_unencrypted: \"y\"\n",
    );
    check("t: |\n  one\n  two\nf: >-\n  a\n  b\n", "t: |-\n  ENC[str]\nf: |-\n  ENC[str]\n");
    check(
        "l: [a, 'b', \"c\", 1, {k: v}]\n",
        "l: ['ENC[str]', 'ENC[str]', \"ENC[str]\", 'ENC[int]', {k: 'ENC[str]'}]\n",
    );
    check(
        "hosts:\n  # staging\n  - a\n  - b # inline\n",
        "hosts:\n  #ENC[comment]\n  - ENC[str]\n  - ENC[str] #ENC[comment]\n",
    );
}

#[test]
fn what_a_style_cannot_say_comes_back() {
    check("a: 0x1F\nb: 1.20\nc: 2024-05-06\n", "a: ENC[int]\nb: ENC[float]\nc: ENC[time]\n");
    check(
        "d: &d\n  u: me\nx:\n  <<: *d\n  p: 1\ny: *d\n",
        "d: &d\n  u: ENC[str]\nx:\n  <<: {u: 'ENC[str]'}\n  p: ENC[int]\ny: {u: 'ENC[str]'}\n",
    );
    check("a: !!int \"7\"\n", "a: \"ENC[int]\"\n");
    check("a: 1", "a: ENC[int]\n");
    check("# only words\n", "#ENC[comment]\n");
    check("---\n---\na: b\n", "---\n");
    check("{a: 1, b: 2}\n", "{a: 'ENC[int]', b: 'ENC[int]', ");
}

/// A comment is authenticated under the map that it stands in.
#[test]
fn a_comment_goes_along_when_its_map_gets_another_name() {
    let source = "two:\n  # about c\n  c: x\n";
    let back = opened(&sealed(source, Format::Yaml), Format::Yaml);
    let text = source.replace("two", "three").into_bytes();
    let again =
        with_context(|context| reseal(&back, text, Format::Yaml, EmitStyle::default(), context)).unwrap();
    let again = opened(&again.bytes, Format::Yaml);
    assert_eq!(again.warnings(), []);
    assert_eq!(again.plaintext(&again.verify().unwrap()).unwrap(), b"three:\n  # about c\n  c: x\n");
}

/// sops copies what an alias names, with its comments, and opens nothing below `_unencrypted`.
#[test]
fn an_alias_brings_no_ciphertext_of_a_comment_along() {
    check(
        "a: &n # note\n  b: {}\nc_unencrypted:\n  <<: *n # plain\n",
        "a: &n #ENC[comment]\n  b: {}\nc_unencrypted:\n  <<: {b: {}} # plain\n",
    );
    check("a: &n\n  b_unencrypted: 1\nc: *n # note\n", "a: &n\n  b_unencrypted: 1\nc: *n #ENC[comment]\n");
}

/// At the end of the file the comments are about the file; above the metadata, about the list,
/// where sops takes an empty one for an item.
#[test]
fn an_empty_comment_that_comes_to_stand_in_a_list_is_sealed() {
    let source = "a:\n  - k: v\n  -\n    - - x\n    #\n    # c\n";
    let file = sealed(source, Format::Yaml);
    assert!(!shown(&file).contains("#\n"), "{}", shown(&file));
    let back = opened(&file, Format::Yaml);
    assert_eq!(back.plaintext(&back.verify().unwrap()).unwrap(), source.as_bytes());
    let text = source.replace("k: v", "k: w").into_bytes();
    let again =
        with_context(|context| reseal(&back, text, Format::Yaml, EmitStyle::default(), context)).unwrap();
    let comments = |file: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(file).into_owned();
        text.lines().filter(|line| line.contains("type:comment")).map(str::to_owned).collect()
    };
    assert_eq!(comments(&file), comments(&again.bytes));
}

#[test]
fn an_edit_touches_what_was_edited() {
    let source = "a: x\nb: 0x1F\nc: 'y'\n# note\nd: z\n";
    let file = sealed(source, Format::Yaml);
    let before = opened(&file, Format::Yaml);
    let text = source.replace("'y'", "'changed'").into_bytes();
    let again = with_context(|context| {
        context.now = "2026-11-22T00:00:00Z";
        reseal(&before, text.clone(), Format::Yaml, EmitStyle::default(), context)
    })
    .unwrap();
    let after = String::from_utf8(again.bytes).unwrap();
    let file = String::from_utf8(file).unwrap();
    let changed: Vec<&str> = file
        .lines()
        .zip(after.lines())
        .filter(|(a, b)| a != b)
        .map(|(a, _)| a.trim().split(':').next().unwrap())
        .collect();
    assert_eq!(changed, ["c", "lastmodified", "mac"]);
    let back = opened(after.as_bytes(), Format::Yaml);
    assert_eq!(back.plaintext(&back.verify().unwrap()).unwrap(), text);
}

#[test]
fn binary_and_json_come_back() {
    let file = sealed("hello\0bin", Format::Binary);
    assert!(file.starts_with(b"{\n\t\"data\": \"ENC["));
    let back = opened(&file, Format::Binary);
    assert_eq!(back.plaintext(&back.verify().unwrap()).unwrap(), b"hello\0bin");
    for source in
        ["{\"a\":{\"b\":[1,2.50,\"x\",true,null,\"\"]}}", "{\n  \"a\": 1e3,\n  \"b\": \"<\\u00e9\"\n}\n"]
    {
        let file = sealed(source, Format::Json);
        let back = opened(&file, Format::Json);
        assert_eq!(String::from_utf8_lossy(back.plaintext(&back.verify().unwrap()).unwrap()), source);
    }
}

/// sops forgets the selection when it publishes: what it makes of such a file fails its MAC.
#[test]
fn what_is_encrypted_stays_so_for_other_keys() {
    let source = "a: 1\nb_unencrypted: 2\nc: three\n";
    let file = opened(&sealed(source, Format::Yaml), Format::Yaml);
    let key = |name: &str| WrappedKey::new(MasterKey::Age { recipient: name.to_owned() });
    let groups = vec![KeyGroup(vec![key("age1one")]), KeyGroup(vec![key("age1two")])];
    for (selection, plain) in [
        (Selection::default(), "b_unencrypted: 2\n"),
        (Selection { encrypted_regex: "^a$".to_owned(), ..Selection::default() }, "c: three\n"),
    ] {
        let recreation = Recreation { groups: groups.clone(), selection, ..Recreation::default() };
        let proof = file.verify().unwrap();
        let style = EmitStyle::default();
        let made =
            with_context(|context| recreate(&file, &proof, &recreation, style, context)).unwrap().bytes;
        assert!(String::from_utf8_lossy(&made).contains(plain));
        let back = opened(&made, Format::Yaml);
        assert_eq!(back.plaintext(&back.verify().unwrap()).unwrap(), source.as_bytes());
        assert_eq!((back.metadata().groups.len(), back.metadata().shamir_threshold), (2, 2));
        assert_eq!(back.metadata().version, crate::metadata::SOPS_VERSION);
    }
}

/// Nothing outside the block changes, and of the block only the keys.
#[test]
fn changing_keys_changes_keys_alone() {
    let source = "# top\n\na:   'x'   # c\nn: 0x1F\nnan: .nan\n";
    let sealed = sealed(source, Format::Yaml);
    let ring = keyring(sealed.clone(), Format::Yaml).unwrap();
    let key = |name: &str| WrappedKey::new(MasterKey::Age { recipient: name.to_owned() });
    assert!(!ring.update(vec![KeyGroup(vec![key("age1test")])], None).is_needed());
    let update = ring.update(vec![KeyGroup(vec![key("age1test"), key("age1new")])], None);
    assert_eq!((update.is_needed(), update.diff()[0].added.join(" ")), (true, "age1new".to_owned()));
    let made = with_context(|context| update.apply(EmitStyle::default(), context)).unwrap();
    let body = |file: &[u8]| String::from_utf8_lossy(file).split_once("sops:").unwrap().0.to_owned();
    assert_eq!(body(&made), body(&sealed));
    let (before, after) = (opened(&sealed, Format::Yaml), opened(&made, Format::Yaml));
    assert_eq!(after.plaintext(&after.verify().unwrap()).unwrap(), source.as_bytes());
    let keyless = |file: &OpenFile| crate::metadata::Metadata { groups: vec![], ..file.metadata().clone() };
    assert_eq!(keyless(&after), keyless(&before));
}

#[test]
fn the_last_group_stays() {
    let ring = keyring(sealed("a: 1\n", Format::Yaml), Format::Yaml).unwrap();
    let style = EmitStyle::default();
    let refused = with_context(|context| delete_group(&ring, 0, None, style, context));
    assert!(matches!(refused, Err(KeysError::LastGroup)));
    let refused = with_context(|context| delete_group(&ring, 3, None, style, context));
    assert!(matches!(refused, Err(KeysError::NoSuchGroup { index: 3, groups: 1 })));
    let refused = with_context(|context| add_group(&ring, KeyGroup(vec![]), None, style, context));
    assert!(matches!(refused, Err(KeysError::EmptyGroup)));
}
