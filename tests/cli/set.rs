//! `set` and `unset` (command line §7.5).

use crate::home::Home;

#[track_caller]
fn check_set(index: &str, value: &str, expected: &str) {
    let home = Home::empty().with(&["a.yaml"]);
    home.run(["set", "a.yaml", index, value]).exits(0).prints("").says_nothing();
    home.run(["decrypt", "a.yaml"]).exits(0).prints(expected);
}

#[test]
fn values_are_set_in_place() {
    check_set("[\"a\"]", "7", "a: 7\nb: two\nc:\n    - x\n    - 3\n");
    check_set("[\"a\"]", "-5", "a: -5\nb: two\nc:\n    - x\n    - 3\n");
    check_set("[\"b\"]", "\"yes\"", "a: 1\nb: \"yes\"\nc:\n    - x\n    - 3\n");
    check_set("['c'][0]", "true", "a: 1\nb: two\nc:\n    - true\n    - 3\n");
    check_set("[\"c\"][2]", "null", "a: 1\nb: two\nc:\n    - x\n    - 3\n    - null\n");
    check_set(
        "[\"d\"][\"e\"]",
        "{\"f\": 1}",
        "a: 1\nb: two\nc:\n    - x\n    - 3\nd:\n    e:\n        f: 1\n",
    );
    // sops refuses arrays (exit 7)
    check_set("[\"a\"]", "[1, \"x\"]", "a:\n    - 1\n    - x\nb: two\nc:\n    - x\n    - 3\n");
}

/// sops appends at any position behind the end, without a word.
#[test]
fn positions_behind_the_end() {
    let home = Home::empty().with(&["a.yaml"]);
    let before = home.read("a.yaml");
    home.run(["set", "a.yaml", "[\"c\"][99]", "null"])
        .exits(7)
        .mentions("position 99 is past the end of a list of 2")
        .mentions("--append");
    home.run(["set", "a.yaml", "[\"new\"][1]", "1"])
        .exits(7)
        .mentions("position 1 is past the end of a list of 0");
    assert_eq!(home.read("a.yaml"), before);
    home.run(["set", "--append", "a.yaml", "[\"c\"][99]", "true"]).exits(0).says_nothing();
    home.run(["decrypt", "a.yaml"]).exits(0).prints("a: 1\nb: two\nc:\n    - x\n    - 3\n    - true\n");
    home.run(["--set", "[\"c\"][99] false", "a.yaml"]).exits(0).says_nothing();
    home.run(["decrypt", "--extract", "[\"c\"][3]", "a.yaml"]).exits(0).prints("false\n");
}

#[test]
fn unchanged_values_keep_their_ciphertext() {
    let home = Home::empty().with(&["a.yaml"]);
    let before = home.read("a.yaml");
    home.run(["set", "a.yaml", "[\"b\"]", "\"three\""]).exits(0);
    let after = home.read("a.yaml");
    let changed: Vec<_> = before
        .lines()
        .zip(after.lines())
        .filter(|(a, b)| a != b)
        .map(|(a, _)| a.trim_start().split(':').next())
        .collect();
    assert_eq!(changed, [Some("b"), Some("lastmodified"), Some("mac")]);
}

#[test]
fn where_the_value_comes_from() {
    let home = Home::empty().with(&["a.yaml"]).file("v", "\"from file\"\n");
    home.run(["set", "--value-file", "a.yaml", "[\"b\"]", "v"]).exits(0);
    home.run(["decrypt", "--extract", "[\"b\"]", "a.yaml"]).prints("from file");
    home.pipe("\"from stdin\"", ["set", "--value-stdin", "a.yaml", "[\"b\"]"]).exits(0);
    home.run(["decrypt", "--extract", "[\"b\"]", "a.yaml"]).prints("from stdin");
    home.run(["set", "--value-file", "a.yaml", "[\"b\"]", "none"])
        .exits(1)
        .says("open none: no such file or directory");
    home.run(["set", "--value-file", "--value-stdin", "a.yaml", "[\"b\"]", "v"])
        .exits(1)
        .says("Error: cannot use both --value-file and --value-stdin");
}

#[test]
fn what_cannot_be_set() {
    let home = Home::empty().with(&["a.yaml", "no-mac.yaml"]);
    let before = home.read("a.yaml");
    let check = |index: &str, value: &str, code: i32, text: &str| {
        home.run(["set", "a.yaml", index, value]).exits(code).prints("").mentions(text);
    };
    check("[\"a\"]", "x", 7, "Value for --set is not valid JSON");
    check("[\"a\"]", "1 2", 7, "Value for --set is not valid JSON");
    check("[\"a\"]", "1e400", 7, "Value for --set is not valid JSON");
    check("a", "1", 7, "Invalid set index format");
    check("[\"sops\"]", "1", 203, "top-level entry called 'sops'");
    // sops crashes with exit 2 on these three
    check("", "1", 7, "Invalid set index format");
    check("[\"c\"][\"k\"]", "1", 7, "");
    check("[\"c\"][-1]", "1", 7, "");
    home.run(["set", "no-mac.yaml", "[\"a\"]", "1"]).exits(51);
    assert_eq!(home.read("a.yaml"), before);
    home.run(["set", "--ignore-mac", "no-mac.yaml", "[\"a\"]", "2"]).exits(0);
}

#[test]
fn idempotent() {
    let home = Home::empty().with(&["a.yaml"]);
    let before = home.read("a.yaml");
    home.run(["set", "--idempotent", "a.yaml", "[\"b\"]", "\"two\""]).exits(0).prints("").says_nothing();
    home.run(["set", "a.yaml", "--idempotent", "[\"c\"]", "[\"x\", 3]"]).exits(0);
    home.run(["unset", "--idempotent", "a.yaml", "[\"zz\"]"]).exits(0).prints("").says_nothing();
    home.run(["unset", "--idempotent", "a.yaml", "[\"c\"][7]"]).exits(0);
    assert_eq!(home.read("a.yaml"), before);
    home.run(["set", "--idempotent", "a.yaml", "[\"b\"]", "\"2\""]).exits(0);
    assert_ne!(home.read("a.yaml"), before);
}

#[test]
fn unset() {
    let home = Home::empty().with(&["a.yaml"]);
    home.run(["unset", "a.yaml", "[\"c\"][0]"]).exits(0).prints("").says_nothing();
    home.run(["decrypt", "a.yaml"]).prints("a: 1\nb: two\nc:\n    - 3\n");
    home.run(["unset", "a.yaml", "[\"b\"]"]).exits(0);
    home.run(["decrypt", "a.yaml"]).prints("a: 1\nc:\n    - 3\n");
    home.run(["unset", "a.yaml", "[\"zz\"]"]).exits(1).says("Key not found: zz");
    home.run(["unset", "a.yaml", "[\"c\"][7]"]).exits(1).says("Index 7 out of bounds");
    home.run(["unset", "a.yaml", "[\"a\"][\"x\"]"]).exits(1).says("Unsupported type: int for item 'x'");
    home.run(["unset", "a.yaml", "x"]).exits(7).says("Invalid unset index format");
}
