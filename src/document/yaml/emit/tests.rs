use super::{Spot, block, content_column, documents, flow, needs_quotes, scalar, scalar_in_style, value};
use crate::document::yaml::node::ScalarStyle;
use crate::document::{Pair, Tree};
use crate::leaf::{Value, ValueRef};
use serde_json::Value as Json;

const SPOT: Spot<'static> = Spot { flow: false, block_column: 4, parent_column: 0, newline: "\n" };
const IN_LIST: Spot<'static> = Spot { block_column: 6, parent_column: 4, ..SPOT };
const IN_BRACKETS: Spot<'static> = Spot { flow: true, ..SPOT };

fn rows(table: &str) -> impl Iterator<Item = Json> {
    table
        .lines()
        .filter(|line| !line.starts_with("//"))
        .map(|line| serde_json::from_str(line).expect("a row"))
}

fn written(text: &str, spot: &Spot<'_>) -> String {
    let mut out = Vec::new();
    scalar(ValueRef::Str(text.as_bytes()), spot, &mut out);
    String::from_utf8(out).expect("UTF-8")
}

fn in_style(style: ScalarStyle, text: &str, spot: &Spot<'_>) -> Option<String> {
    let mut out = Vec::new();
    let fits = scalar_in_style(style, text.as_bytes(), spot, &mut out);
    assert!(fits || out.is_empty());
    fits.then(|| String::from_utf8(out).expect("UTF-8"))
}

fn map(pairs: Vec<(&str, Tree)>) -> Tree {
    Tree::Map(pairs.into_iter().map(|(key, value)| Pair::Entry(key.into(), value)).collect())
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

/// A tree in the form of `testdata/yaml/trees.jsonl`.
fn tree(json: &Json) -> Tree {
    let bytes = |json: &Json| match json {
        Json::String(text) => text.clone().into_bytes(),
        _ => {
            let hex = json["hex"].as_str().expect("hex").as_bytes();
            let digit = |b: u8| u8::try_from(char::from(b).to_digit(16).expect("a digit")).expect("small");
            hex.chunks(2).map(|two| digit(two[0]) << 4 | digit(two[1])).collect()
        }
    };
    let member = |name: &str| json.get(name).and_then(Json::as_str);
    if let Some(pairs) = json.get("map").and_then(Json::as_array) {
        let pair = |pair: &Json| match pair[0].as_str() {
            Some(mark @ ("#" | "#<")) => Pair::Comment { text: bytes(&pair[1]), inline: mark == "#<" },
            _ => Pair::Entry(bytes(&pair[0]), tree(&pair[1])),
        };
        return Tree::Map(pairs.iter().map(pair).collect());
    }
    if let Some(items) = json.get("list").and_then(Json::as_array) {
        return Tree::List(items.iter().map(tree).collect());
    }
    Tree::Leaf(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => Value::Int(n.as_i64().expect("an integer")),
        _ => match (member("float"), member("time"), member("#")) {
            (Some(bits), ..) => {
                Value::Float(f64::from_bits(u64::from_str_radix(bits, 16).expect("the bits of a double")))
            }
            (_, Some(time), _) => Value::Time(time.into()),
            (.., Some(comment)) => Value::Comment(comment.into()),
            _ => Value::Str(bytes(json)),
        },
    })
}

#[test]
fn texts_are_written_as_sops_writes_them() {
    for row in rows(include_str!("../../../../testdata/yaml/scalars.jsonl")) {
        let [text, expected, as_key] = [0, 1, 2].map(|i| row[i].as_str().expect("text"));
        assert_eq!(written(text, &SPOT), expected, "{row}");
        let document = documents(&[map(vec![(text, Tree::Leaf(Value::Int(1)))])], 4);
        assert_eq!(text_of(document.expect("emits")), as_key, "{row}");
    }
}

#[test]
fn trees_are_written_as_sops_writes_them() {
    for row in rows(include_str!("../../../../testdata/yaml/trees.jsonl")) {
        let indent = usize::try_from(row[0].as_u64().expect("a number")).expect("small");
        let parts: Vec<Tree> = row[1].as_array().expect("documents").iter().map(tree).collect();
        let out = documents(&parts, indent).expect("emits");
        assert_eq!(text_of(out), row[2].as_str().expect("text"), "{row}");
    }
}

/// What sops writes bare and we quote: each is something else to a reader of YAML 1.1 or 1.2.
#[test]
fn what_other_readers_misread_is_quoted() {
    for text in [
        "0xFFFFFFFFFFFFFFFFFFFFFFFF",
        "-0xFFFFFFFFFFFFFFFFFFFFFFFF",
        "0x_",
        "0b_",
        "0o777777777777777777777777",
        "1e400",
        "-1E+999",
        "._5",
        ".5_",
        "2024-02-30",
        "2001-12-14t21:59:43.10-05:00",
        "2024-01-02T03:04:05",
        "2001-12-14 21:59:43.10 -5",
        "2024-13-01",
        "=",
        "<<",
    ] {
        assert!(needs_quotes(text), "{text}");
        assert_eq!(written(text, &SPOT), format!("\"{text}\""));
        assert_eq!(in_style(ScalarStyle::Plain, text, &SPOT), None);
    }
    for text in
        ["3.13.2", "0x", "0xg", "1.2.3", "2024-01", "==", "e5", "-x", "1,000", "10.0.0.1", "2024-01-02x"]
    {
        assert!(!needs_quotes(text), "{text}");
        assert_eq!(written(text, &SPOT), text);
    }
}

#[test] // sops escapes what is above U+FFFF; the author's quotes keep it
fn emoji_are_escaped_only_where_sops_chooses_the_style() {
    assert_eq!(written("💚 ok", &SPOT), r#""\U0001F49A ok""#);
    assert_eq!(in_style(ScalarStyle::DoubleQuoted, "é💚\n", &SPOT).as_deref(), Some(r#""é💚\n""#));
    assert_eq!(written("\u{1FFFF}", &SPOT), r#""\U0001FFFF""#);
}

#[test] // sops prints `null` for the first two
fn texts_that_no_block_gives_back_are_quoted() {
    assert_eq!(written("\ta\nb", &SPOT), r#""\ta\nb""#);
    assert_eq!(
        text_of(documents(&[map(vec![("\ta\nb", Tree::str("x"))])], 4).expect("emits")),
        "? \"\\ta\\nb\"\n: x\n"
    );
    assert_eq!(written("a\nb\u{2028}", &SPOT), r#""a\nb\L""#);
}

#[test] // sops writes its configured indentation, `|4`, in lists too
fn indentation_indicators_are_right() {
    assert_eq!(written("  a\nb", &SPOT), "|4-\n      a\n    b");
    assert_eq!(written("  a\nb", &IN_LIST), "|2-\n        a\n      b");
    let far = Spot { block_column: 14, ..SPOT };
    assert_eq!(written("  a\nb", &far), r#""  a\nb""#);
    assert_eq!(written("a\nb", &far), "|-\n              a\n              b");
}

#[test]
fn values_other_than_text() {
    let check = |value: ValueRef<'_>, spot: &Spot<'_>, expected: &str| {
        let mut out = Vec::new();
        scalar(value, spot, &mut out);
        assert_eq!(text_of(out), expected);
    };
    check(ValueRef::Null, &SPOT, "null");
    check(ValueRef::Bool(false), &SPOT, "false");
    check(ValueRef::Int(i64::MIN), &SPOT, "-9223372036854775808");
    check(ValueRef::BigInt("98765432109876543210987"), &SPOT, "98765432109876543210987");
    check(ValueRef::Time("2024-01-02T03:04:05Z"), &IN_BRACKETS, "2024-01-02T03:04:05Z");
    check(ValueRef::Str(b"\xff\xfe"), &SPOT, "!!binary //4=");
    check(ValueRef::Comment(b" c"), &SPOT, "# c");
}

#[test] // of two equally short forms Go takes the even one
fn floats_are_rounded_as_go_does() {
    for (float, expected) in [
        (2_313_081_106_648_857.0 / 4.0, "5.782702766622142e+14"),
        (123_456.7, "123456.7"),
        (100_000.0, "100000"),
        (1e6, "1e+06"),
        (0.0001, "0.0001"),
        (-0.000_012, "-1.2e-05"),
        (1.0, "1"),
        (-0.0, "-0"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::NEG_INFINITY, "-.inf"),
        (f64::NAN, ".nan"),
    ] {
        let mut out = Vec::new();
        scalar(ValueRef::Float(float), &SPOT, &mut out);
        assert_eq!(text_of(out), expected);
    }
}

#[test]
fn in_brackets_everything_is_on_one_line() {
    for (text, expected) in [
        ("a", "a"),
        ("a,b", "'a,b'"),
        ("http://x", "'http://x'"),
        ("a\nb", r#""a\nb""#),
        ("yes", r#""yes""#),
        ("a?", "'a?'"),
        ("a\u{2028}b", r#""a\Lb""#),
        ("ENC[x]", "'ENC[x]'"),
    ] {
        assert_eq!(written(text, &IN_BRACKETS), expected);
    }
}

#[test]
fn a_style_is_kept_if_it_can_hold_the_text() {
    use ScalarStyle::{DoubleQuoted, Folded, Literal, Plain, SingleQuoted};
    for (style, text, spot, expected) in [
        (Plain, "a b", &SPOT, Some("a b")),
        (Plain, "5", &SPOT, None),
        (Plain, "a: b", &SPOT, None),
        (Plain, "a,b", &SPOT, Some("a,b")),
        (Plain, "a,b", &IN_BRACKETS, None),
        (Plain, "", &SPOT, None),
        (SingleQuoted, "it's", &SPOT, Some("'it''s'")),
        (SingleQuoted, "a\tb", &SPOT, Some("'a\tb'")),
        (SingleQuoted, "", &SPOT, Some("''")),
        (SingleQuoted, "a\nb", &SPOT, None),
        (SingleQuoted, "\u{1b}", &SPOT, None),
        (DoubleQuoted, "a\"\\\n\u{1}é\u{a0}", &SPOT, Some("\"a\\\"\\\\\\n\\x01é\u{a0}\"")),
        (DoubleQuoted, "\u{feff}a", &SPOT, Some(r#""\uFEFFa""#)),
        (Literal, "a\n\nb\n", &SPOT, Some("|\n    a\n\n    b")),
        (Literal, "a", &SPOT, Some("|-\n    a")),
        (Literal, "a \nb\n\n", &SPOT, Some("|+\n    a \n    b\n")),
        (Literal, "\n  a\n", &IN_LIST, Some("|2\n\n        a")),
        (Literal, "\n", &SPOT, Some("|+\n")),
        (Literal, "", &SPOT, Some("|-")),
        (Literal, "a\rb", &SPOT, None),
        (Literal, "a\u{2028}b", &SPOT, None),
        (Literal, "a", &IN_BRACKETS, None),
        (Literal, "a", &Spot { block_column: 0, ..SPOT }, None),
        (Folded, "a\nb\n", &SPOT, Some("|\n    a\n    b")),
    ] {
        assert_eq!(in_style(style, text, spot).as_deref(), expected, "{style:?} {text:?}");
    }
    let crlf = Spot { newline: "\r\n", ..SPOT };
    assert_eq!(in_style(Literal, "a\n\nb\n", &crlf).as_deref(), Some("|\r\n    a\r\n\r\n    b"));
    assert!(!scalar_in_style(DoubleQuoted, b"\xff", &SPOT, &mut Vec::new()));
}

/// The metadata of the worked example in the file format, as sops 3.13.2 wrote it.
#[test]
fn a_metadata_block_is_written_as_sops_writes_it() {
    let enc = "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\nLWVu\n-----END AGE ENCRYPTED FILE-----\n";
    let age = map(vec![("enc", Tree::str(enc)), ("recipient", Tree::str("age1gg"))]);
    let metadata = map(vec![
        ("age", Tree::List(vec![age])),
        ("lastmodified", Tree::str("2026-11-21T07:41:14Z")),
        ("mac", Tree::str("ENC[AES256_GCM,data:JRu/,iv:PHG=,tag:Daj==,type:str]")),
        ("unencrypted_suffix", Tree::str("_unencrypted")),
        ("version", Tree::str("3.13.2")),
    ]);
    let expected = "\
age:
        - enc: |
            -----BEGIN AGE ENCRYPTED FILE-----
            YWdl
            LWVu
            -----END AGE ENCRYPTED FILE-----
          recipient: age1gg
    lastmodified: \"2026-11-21T07:41:14Z\"
    mac: ENC[AES256_GCM,data:JRu/,iv:PHG=,tag:Daj==,type:str]
    unencrypted_suffix: _unencrypted
    version: 3.13.2";
    let mut out = Vec::new();
    block(&metadata, 4, 4, "\n", &mut out);
    assert_eq!(text_of(out), expected);
    let mut out = Vec::new();
    block(&metadata, 4, 4, "\r\n", &mut out);
    assert_eq!(text_of(out), expected.replace('\n', "\r\n"));
}

#[test]
fn flow_is_one_line() {
    let tree = map(vec![
        ("a", Tree::Leaf(Value::Int(1))),
        ("b", Tree::List(vec![Tree::str("x"), Tree::Leaf(Value::Comment(b"c".to_vec())), Tree::str("5\n6")])),
        ("c,d", map(vec![])),
        ("e\nf", Tree::List(vec![map(vec![("g", Tree::Leaf(Value::Null))])])),
    ]);
    let mut out = Vec::new();
    flow(&tree, &mut out);
    assert_eq!(text_of(out), r#"{a: 1, b: [x, "5\n6"], 'c,d': {}, ? "e\nf" : [{g: null}]}"#);
}

#[test]
fn extracted_values() {
    let extracted = |tree: &Tree| text_of(value(tree).expect("emits"));
    assert_eq!(extracted(&Tree::str("a\nb")), "a\nb");
    assert_eq!(extracted(&Tree::Leaf(Value::Float(1e21))), "1e+21\n");
    assert_eq!(extracted(&Tree::Leaf(Value::Null)), "null\n");
    assert_eq!(extracted(&Tree::List(vec![])), "[]\n");
    assert_eq!(
        extracted(&Tree::List(vec![Tree::str("x"), map(vec![("k", map(vec![("l", Tree::str("v"))]))])])),
        "- x\n- k:\n    l: v\n"
    );
}

/// go-yaml loses these comments, or carries them into the next document.
#[test]
fn no_comment_is_lost() {
    let comment = |text: &str| Tree::Leaf(Value::Comment(text.into()));
    let note = |text: &str, inline| Pair::Comment { text: text.into(), inline };
    let entry = |key: &str, value| Pair::Entry(key.into(), value);
    let item = Tree::Map(vec![note(" inner", false), entry("a", Tree::str("b"))]);
    let list = map(vec![("l", Tree::List(vec![comment(" outer"), item]))]);
    assert_eq!(text_of(documents(&[list], 4).expect("emits")), "l:\n    # outer\n    # inner\n    - a: b\n");
    let last = Tree::Map(vec![note(" inline", true), entry("g", map(vec![("a", Tree::str("b"))]))]);
    let next = map(vec![("m", Tree::str("x"))]);
    assert_eq!(text_of(documents(&[last, next], 4).expect("emits")), "g:\n    a: b\n\n# inline\n---\nm: x\n");
}

#[test] // an INI file may hold any bytes
fn comments_hold_only_what_yaml_can() {
    let comment = Pair::Comment { text: b" \xff\x07\x00".to_vec(), inline: false };
    let out = documents(&[Tree::Map(vec![comment, Pair::Entry(b"a".to_vec(), Tree::str("b"))])], 4);
    assert_eq!(text_of(out.expect("emits")), "# \u{FFFD}\u{FFFD}\u{FFFD}\na: b\n");
}

#[test]
fn columns_follow_go_yaml() {
    assert_eq!(content_column(0, false, 4), 4);
    assert_eq!(content_column(10, false, 4), 12);
    assert_eq!(content_column(11, false, 3), 12);
    assert_eq!(content_column(17, false, 5), 20);
    assert_eq!(content_column(8, true, 4), 10);
}

#[test]
fn depth_does_not_overflow_the_stack() {
    let work = || {
        let mut tree = Tree::str("x");
        for _ in 0..10_000 {
            tree = Tree::List(vec![tree]);
        }
        let mut out = Vec::new();
        block(&tree, 0, 4, "\n", &mut out);
        assert_eq!(out.len(), 20_001);
        out.clear();
        flow(&tree, &mut out);
        assert_eq!(out.len(), 20_001);
        assert_eq!(value(&tree).expect("emits").len(), 20_002);
        tree = Tree::List(vec![tree]);
        assert!(value(&tree).is_err(), "nobody could read it");
        std::mem::forget(tree); // dropping it is the tree's business
    };
    std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(work)
        .expect("a thread")
        .join()
        .expect("no overflow");
}
