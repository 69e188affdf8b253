use super::{cases, dump, has_big_integer, parse, source, tree};
use crate::document::{Block, DuplicateKey, Tree, emit_value, parse_json_value};
use crate::document::{Edits, EmitStyle, Format, Item, JsonIndent, emit};
use crate::leaf::{PathId, Value};

#[test]
fn what_sops_reads_and_refuses() {
    for case in cases("reading.json") {
        check(&case);
    }
}

/// One case: the same value or the same refusal as sops, or one of the known differences.
fn check(case: &serde_json::Value) {
    let source = source(case);
    let label = String::from_utf8_lossy(&source).into_owned();
    let theirs =
        case["error"].as_str().map(|text| text.trim_start_matches("Could not unmarshal input data: "));
    match (parse(source.clone()), theirs) {
        (Ok(document), None) => {
            let tree = tree(&document);
            assert_eq!(dump(&tree), case["tree"], "{label}");
            let spliced = document
                .splice(&Edits {
                    leaves: vec![],
                    block: Block::Keep,
                    style: EmitStyle::default(),
                    copies: crate::document::Copies::OneLine,
                })
                .unwrap();
            assert!(spliced.bytes == source, "{label}");
            if !has_big_integer(&tree) {
                let emitted = emit(&[tree], Format::Json, &EmitStyle::default()).unwrap();
                assert_eq!(String::from_utf8(emitted).unwrap(), case["emitted"], "{label}");
            }
        }
        (Ok(document), Some(theirs)) => {
            let out_of_range = (0..document.leaves().len()).any(|leaf| document.is_unrepresentable(leaf));
            assert!(
                theirs.ends_with("value out of range") && out_of_range
                    || source.starts_with("\u{FEFF}".as_bytes()),
                "{label}: sops says {theirs}"
            );
        }
        // what stands behind the object, and what is missing, sops does not notice
        (Err(ours), None) => assert!(
            ours.problem == "unexpected EOF" || ours.problem.ends_with(" after top-level value"),
            "{label}: {ours}"
        ),
        (Err(ours), Some(theirs)) => {
            let ours = ours.problem;
            let same = ours == theirs
                || ours == "unexpected EOF" && (theirs.contains("<nil>") || theirs == "EOF")
                // Go shows a byte as if it were a character, and is silent behind a `{`
                || !theirs.is_ascii() || theirs.contains("'\\u") || theirs.contains("'\\v'")
                || ours == format!("{theirs} looking for beginning of object key string")
                // never a value
                || ours.split(" Got a value of type").next() == theirs.split(" Got ").next()
                || theirs.ends_with("value out of range") // and something else behind it
                || source.starts_with("\u{FEFF}".as_bytes());
            assert!(same, "{label}: sops says {theirs}, not {ours}");
        }
    }
}

#[test]
fn a_problem_has_a_place_and_no_value() {
    let at = |source: &str| {
        let error = parse(source).err().unwrap();
        (error.line, error.column, error.problem)
    };
    let says = |text: &str| text.to_owned();
    assert_eq!(
        at("{\n  \"é\": secret\n}"),
        (2, 8, says("invalid character 's' looking for beginning of value"))
    );
    assert_eq!(at(""), (1, 1, says("EOF")));
    assert_eq!(at("{\"a\": [1,\n"), (2, 1, says("unexpected EOF")));
    assert_eq!(
        at("{“a”: 1}"),
        (1, 2, says("invalid character '“' looking for beginning of object key string"))
    );
    assert!(!at("\"secret\"").2.contains("secret"));
    assert!(at("17").2.ends_with("Got a value of type int instead"));
}

#[test] // sops has no limit when it reads, but cannot write what is deeper
fn nesting_has_a_limit() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(nested(9_999)).is_ok());
    for levels in [10_000, 100_000] {
        let error = parse(nested(levels)).err().unwrap();
        assert_eq!(error.problem, "invalid character '[' exceeded max depth");
        let unclosed = parse(format!("{{\"a\":{}", "{\"a\":".repeat(levels))).err().unwrap();
        assert_eq!(unclosed.problem, "invalid character '{' exceeded max depth");
    }
}

#[test]
fn the_walk_leaves_the_metadata_out() {
    let document =
        parse(r#"{"sops": {"mac": "m", "n": 1}, "a": [null, {"sops": 2}], "so\u0070s": 3}"#).unwrap();
    let metadata = document.metadata().unwrap().unwrap();
    assert!(matches!(metadata.get("n"), Some(Tree::Leaf(Value::Int(1)))));
    assert!(document.has_duplicate_metadata());
    let paths: Vec<_> = document.leaves().iter().map(|leaf| document.paths().display(leaf.path)).collect();
    assert_eq!(paths, ["a[0]", "a[1].sops"]);
    let [Item::OpenMap(PathId::ROOT), Item::OpenList(_), Item::Leaf(0), Item::OpenMap(_), ..] =
        document.outline()
    else {
        panic!("{:?}", document.outline());
    };
    assert_eq!(document.outline().iter().filter(|item| **item == Item::Close).count(), 3);
    assert!(parse(r#"{"sops": 5}"#).unwrap().metadata().is_some());
    assert!(parse("{}").unwrap().metadata().is_none());
}

#[test]
fn duplicate_keys_are_kept_and_named() {
    let source = "{\"b\": {\"x\": 1,\n\"y\": 2,\n\"\\u0078\": 3,\n\"x\": 4},\n\"a\": 1, \"b\": 2}";
    let document = parse(source).unwrap();
    assert_eq!(document.leaves().len(), 6);
    let found: Vec<_> = document
        .duplicate_keys()
        .iter()
        .map(|DuplicateKey { path, line, first_line }| (document.paths().display(*path), *line, *first_line))
        .collect();
    assert_eq!(found, [("b.x".to_owned(), 3, 1), ("b.x".to_owned(), 4, 1), ("b".to_owned(), 5, 1)]);
}

#[test]
fn numbers_beyond_doubles_are_text() {
    let document = parse(r#"{"a": 1E400, "b": "1E400", "c": 1e40}"#).unwrap();
    let told: Vec<_> = (0..3).map(|leaf| document.is_unrepresentable(leaf)).collect();
    assert_eq!(told, [true, false, false]);
    assert!(matches!(document.value(0).to_owned(), Value::Str(text) if text == b"1E400"));
}

#[test] // stores §4.2
fn fresh_files_have_the_indentation_that_is_asked_for() {
    let document = parse(r#"{"a": [1, {}], "b": {}}"#).unwrap();
    let emitted = |json_indent| {
        let style = EmitStyle { json_indent, ..EmitStyle::default() };
        String::from_utf8(emit(&[tree(&document)], Format::Json, &style).unwrap()).unwrap()
    };
    assert_eq!(emitted(JsonIndent::Blanks(2)), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {}\n}\n");
    assert_eq!(emitted(JsonIndent::Blanks(0)), "{\n\"a\": [\n1,\n{}\n],\n\"b\": {}\n}\n");
}

#[test] // stores §4.2, §10
fn what_json_cannot_hold() {
    let style = EmitStyle::default();
    let refused = |tree: &Tree| emit_value(tree, Format::Json, &style).unwrap_err().to_string();
    let nan = || Tree::Leaf(Value::Float(f64::NAN));
    let map = |tree| Tree::Map(vec![crate::document::Pair::Entry(b"k".to_vec(), tree)]);
    assert_eq!(refused(&nan()), "json: unsupported value: NaN");
    assert_eq!(
        refused(&map(nan())),
        "Error marshaling to json: Error encoding value : json: unsupported value: NaN"
    );
    assert_eq!(
        refused(&Tree::List(vec![map(Tree::Leaf(Value::Float(f64::NEG_INFINITY)))])),
        "Error encoding value : json: unsupported value: -Inf"
    );
    let deep = (0..10_001).fold(nan(), |tree, _| Tree::List(vec![tree]));
    assert_eq!(refused(&deep), "invalid character '[' exceeded max depth");
}

#[test] // stores §9, §10
fn comments_are_dropped_and_text_is_raw() {
    let comment = || Tree::Leaf(Value::Comment(b" c".to_vec()));
    let style = EmitStyle::default();
    let printed = |tree: &Tree| String::from_utf8(emit_value(tree, Format::Json, &style).unwrap()).unwrap();
    let pair = |key: &[u8], tree| crate::document::Pair::Entry(key.to_vec(), tree);
    let note = || crate::document::Pair::Comment { text: b" n".to_vec(), inline: false };
    assert_eq!(printed(&Tree::str("a<b")), "a<b");
    assert_eq!(printed(&Tree::List(vec![comment(), Tree::str("a<b"), comment()])), "[\n\t\"a\\u003cb\"\n]");
    assert_eq!(printed(&Tree::List(vec![comment()])), "[]");
    assert_eq!(printed(&Tree::Map(vec![note(), pair(b"k", Tree::List(vec![]))])), "{\n\t\"k\": []\n}\n");
    assert_eq!(printed(&Tree::Map(vec![note()])), "{}\n");
    assert_eq!(printed(&Tree::Leaf(Value::Time("2024-01-02T00:00:00Z".into()))), "\"2024-01-02T00:00:00Z\"");
    assert_eq!(
        printed(&Tree::Map(vec![pair(b"k", comment())])),
        "{\n\t\"k\": {\n\t\t\"Value\": \" c\",\n\t\t\"Inline\": false\n\t}\n}\n"
    );
    let bytes = Tree::List(vec![Tree::str(&b"a\xE2\x82z"[..])]);
    assert_eq!(printed(&bytes), "[\n\t\"a\\ufffd\\ufffdz\"\n]");
}

#[test] // stores §12: exactly one value
fn values_given_by_a_user() {
    assert!(matches!(parse_json_value(b" 5 "), Ok(Tree::Leaf(Value::Int(5)))));
    assert!(matches!(parse_json_value(b"[1, {\"a\": 2}]"), Ok(Tree::List(ref items)) if items.len() == 2));
    for text in ["", "abc", "1 2", "[1", "{} x"] {
        assert!(parse_json_value(text.as_bytes()).is_err(), "{text}");
    }
}
