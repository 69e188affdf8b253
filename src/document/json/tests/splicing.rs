use super::parse;
use crate::document::{
    Block, Document, Edits, EmitStyle, Format, Pair, Patches, Replacement, SpliceError, Tree,
};
use crate::leaf::{Value, ValueRef};
use proptest::prelude::*;

fn put(source: &str, block: &Tree) -> String {
    spliced(
        &parse(source).unwrap(),
        Edits {
            leaves: vec![],
            block: Block::Put(block),
            style: EmitStyle::default(),
            copies: crate::document::Copies::OneLine,
        },
    )
}

fn removed(source: &str) -> String {
    spliced(
        &parse(source).unwrap(),
        Edits {
            leaves: vec![],
            block: Block::Remove,
            style: EmitStyle::default(),
            copies: crate::document::Copies::OneLine,
        },
    )
}

fn spliced(document: &Document, edits: Edits<'_>) -> String {
    String::from_utf8(document.splice(&edits).unwrap().bytes).unwrap()
}

fn block() -> Tree {
    Tree::Map(vec![
        Pair::Entry(
            b"age".to_vec(),
            Tree::List(vec![Tree::Map(vec![Pair::Entry(b"enc".to_vec(), Tree::str("a\nb"))])]),
        ),
        Pair::Entry(b"shamir_threshold".to_vec(), Tree::Leaf(Value::Int(2))),
    ])
}

/// The block appears like this, and what was there before comes back when it goes.
#[track_caller]
fn check(source: &str, expected: &str) {
    let with = put(source, &block());
    assert_eq!(with, expected);
    assert_eq!(removed(&with), source);
    assert_eq!(put(&with, &block()), expected);
}

#[test]
fn the_block_follows_the_style_of_the_file() {
    check(
        "{\n\t\"a\": 1\n}\n",
        "{\n\t\"a\": 1,\n\t\"sops\": {\n\t\t\"age\": [\n\t\t\t{\n\t\t\t\t\"enc\": \"a\\nb\"\n\t\t\t}\n\t\t],\n\t\t\"shamir_threshold\": 2\n\t}\n}\n",
    );
    check(
        "{\r\n  \"a\" : 1\r\n}",
        "{\r\n  \"a\" : 1,\r\n  \"sops\" : {\r\n    \"age\" : [\r\n      {\r\n        \"enc\" : \"a\\nb\"\r\n      }\r\n    ],\r\n    \"shamir_threshold\" : 2\r\n  }\r\n}",
    );
    check(r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2,"sops":{"age":[{"enc":"a\nb"}],"shamir_threshold":2}}"#);
    check(
        "{ \"a\": 1 }\n",
        "{ \"a\": 1, \"sops\": {\"age\": [{\"enc\": \"a\\nb\"}], \"shamir_threshold\": 2} }\n",
    );
    check(
        "{}\n",
        "{\n\t\"sops\": {\n\t\t\"age\": [\n\t\t\t{\n\t\t\t\t\"enc\": \"a\\nb\"\n\t\t\t}\n\t\t],\n\t\t\"shamir_threshold\": 2\n\t}\n}\n",
    );
    check(
        "{\n\"a\":1}",
        "{\n\"a\":1,\n\"sops\":{\n\"age\":[\n{\n\"enc\":\"a\\nb\"\n}\n],\n\"shamir_threshold\":2\n}}",
    );
}

#[test]
fn an_old_block_goes_where_it_stands_last_and_else_to_the_end() {
    let new = Tree::Map(vec![Pair::Entry(b"mac".to_vec(), Tree::str("m"))]);
    assert_eq!(put(r#"{"a":1,"sops":{"x":1}}"#, &new), r#"{"a":1,"sops":{"mac":"m"}}"#);
    assert_eq!(put(r#"{"sops":{"x":1},"a":1}"#, &new), r#"{"a":1,"sops":{"mac":"m"}}"#);
    assert_eq!(put(r#"{"a":1, "sops":5 , "b":2}"#, &new), r#"{"a":1 , "b":2, "sops":{"mac":"m"}}"#);
    assert_eq!(put(r#"{"sops":1,"sops":2,"a":1,"sops":3}"#, &new), r#"{"a":1,"sops":{"mac":"m"}}"#);
    assert_eq!(put("{\n  \"sops\": 1\n}", &new), "{\n  \"sops\": {\n    \"mac\": \"m\"\n  }\n}");
    assert_eq!(put(r#"{"sops":1,"sops":2}"#, &new), r#"{"sops":{"mac":"m"}}"#);
}

#[test]
fn a_block_that_goes_takes_its_comma_along() {
    assert_eq!(removed("{\n\t\"sops\": {},\n\t\"a\": 1\n}"), "{\n\t\"a\": 1\n}");
    assert_eq!(removed("{\n\t\"a\": 1 ,\n\t\"sops\": {},\n\t\"b\": 2\n}"), "{\n\t\"a\": 1,\n\t\"b\": 2\n}");
    assert_eq!(removed("{\n\t\"sops\": {}\n}\n"), "{}\n");
    assert_eq!(removed(r#"{"sops":1,"sops":2,"a":1,"sops":3,"sops":4}"#), r#"{"a":1}"#);
    assert_eq!(removed(r#"{"sops":1,"sops":2}"#), "{}");
    assert_eq!(removed(r#"{"a":1}"#), r#"{"a":1}"#);
}

#[test]
fn a_byte_order_mark_goes_when_a_block_comes() {
    let source = "\u{FEFF}{\"a\":1}";
    assert_eq!(removed(source), source);
    assert_eq!(put(source, &Tree::Map(vec![])), "{\"a\":1,\"sops\":{}}");
}

#[test]
fn leaves_are_replaced_in_place() {
    let source = "{ \"a\" :\t1.50, \"b\": [\"\\u00e9\" , null,true]}\n";
    let document = parse(source).unwrap();
    let edits = |leaves| Edits {
        leaves,
        block: Block::Keep,
        style: EmitStyle::default(),
        copies: crate::document::Copies::OneLine,
    };
    let sealed = spliced(
        &document,
        edits(vec![
            (0, Replacement::Sealed(b"ENC[0]")),
            (1, Replacement::Sealed(b"ENC[1]")),
            (3, Replacement::Sealed(b"ENC[3]")),
        ]),
    );
    assert_eq!(sealed, "{ \"a\" :\t\"ENC[0]\", \"b\": [\"ENC[1]\" , null,\"ENC[3]\"]}\n");
    let document = parse(sealed).unwrap();
    assert_eq!(
        spliced(
            &document,
            edits(vec![
                (0, Replacement::Opened(ValueRef::Float(1e21))),
                (1, Replacement::Opened(ValueRef::Str("<é\u{2028}\u{7f}\u{1}>".as_bytes()))),
                (3, Replacement::Kept(b"ENC[3]")),
            ]),
        ),
        "{ \"a\" :\t1e+21, \"b\": [\"\\u003cé\\u2028\u{7f}\\u0001\\u003e\" , null,\"ENC[3]\"]}\n"
    );
    let nan = edits(vec![(1, Replacement::Opened(ValueRef::Float(f64::NAN)))]);
    assert_eq!(
        document.splice(&nan).err(),
        Some(SpliceError::Unwritable { path: "b[0]".into(), format: Format::Json, kind: "float" })
    );
}

fn blank() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        2 => Just(" ".to_owned()),
        2 => Just("\n\t".to_owned()),
        2 => Just("\r\n    ".to_owned()),
        1 => "[ \t\r\n]{0,4}",
    ]
}

/// The text of a JSON value, laid out anyhow.
fn text(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?",
        "\"([a-zé😀<&/ ]|\\\\n|\\\\u00e9|\\\\ud83d|\\\\\"){0,6}\"",
    ];
    leaf.prop_recursive(depth, 32, 5, |inner| {
        let member = ("\"(a|b|sops|\\\\u0061|)\"", blank(), blank(), blank(), blank(), inner.clone())
            .prop_map(|(key, a, b, c, d, value)| format!("{a}{key}{b}:{c}{value}{d}"));
        let item = (blank(), inner, blank()).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        prop_oneof![
            prop::collection::vec(member, 1..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            prop::collection::vec(item, 1..5).prop_map(|items| format!("[{}]", items.join(","))),
            blank().prop_map(|blank| format!("{{{blank}}}")),
        ]
    })
}

/// The text of an object without metadata.
fn object() -> impl Strategy<Value = String> {
    let member = ("[a-c]", blank(), blank(), blank(), blank(), text(3))
        .prop_map(|(key, a, b, c, d, value)| format!("{a}\"{key}\"{b}:{c}{value}{d}"));
    (blank(), prop::collection::vec(member, 1..5), blank())
        .prop_map(|(a, members, b)| format!("{a}{{{}}}{b}", members.join(",")))
}

proptest! {
    /// What parses is given back to the byte when nothing is edited.
    #[test]
    fn no_edits_no_change(source in text(4)) {
        if let Ok(document) = parse(source.as_str()) {
            let out = spliced(&document, Edits { leaves: vec![], block: Block::Keep, style: EmitStyle::default(), copies: crate::document::Copies::OneLine });
            prop_assert_eq!(out, source);
        }
    }

    #[test]
    fn a_block_that_came_goes_without_a_trace(source in object()) {
        let with = put(&source, &block());
        prop_assert_eq!(&removed(&with), &source);
        prop_assert_eq!(&put(&with, &block()), &with);
        prop_assert!(parse(with).unwrap().metadata().is_some());
    }

    /// Sealing every leaf and putting its text back is nothing done.
    #[test]
    fn sealed_and_put_back(source in object()) {
        let document = parse(source.as_str()).unwrap();
        let token = b"ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]";
        let leaves = (0..document.leaves().len()).map(|leaf| (leaf, Replacement::Sealed(token))).collect();
        let sealed = parse(spliced(&document, Edits { leaves, block: Block::Put(&block()), style: EmitStyle::default(), copies: crate::document::Copies::OneLine })).unwrap();
        prop_assert_eq!(sealed.leaves().len(), document.leaves().len());
        let mut patches = Patches::default();
        for (token, original) in sealed.leaves().iter().zip(document.leaves()) {
            patches.push(token.span, |out| out.extend_from_slice(original.span.of(document.source())));
        }
        let opened = String::from_utf8(patches.apply(sealed.source()).bytes).unwrap();
        prop_assert_eq!(removed(&opened), source);
    }

    #[test]
    fn no_input_panics(source in "[{}\\[\\]:,\"\\\\a1e. \\n-]{0,24}") {
        let _ = parse(source);
    }
}
