use super::{is_uint64, plain, tagged};
use crate::leaf::{Value, ValueRef};

/// A value in the words of `testdata/yaml/resolve.jsonl`.
fn words(value: &Value, text: &str) -> String {
    match value.as_ref() {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Bool(b) => format!("bool {b}"),
        ValueRef::Int(i) => format!("int {i}"),
        ValueRef::Float(f) if f.is_nan() => "float nan".to_owned(),
        ValueRef::Float(f) => format!("float {:016x}", f.to_bits()),
        ValueRef::BigInt(digits) if is_uint64(value) => format!("uint64 {digits}"),
        ValueRef::BigInt(digits) => {
            format!("float {:016x}", digits.parse::<f64>().expect("digits").to_bits())
        }
        ValueRef::Time(time) => format!("time {time}"),
        ValueRef::Str(bytes) if bytes == text.as_bytes() => "str".to_owned(),
        ValueRef::Str(bytes) => {
            bytes.iter().fold("bytes ".to_owned(), |words, byte| words + &format!("{byte:02x}"))
        }
        ValueRef::Comment(_) => "comment".to_owned(),
    }
}

#[test]
fn scalars_mean_what_go_yaml_reads() {
    let table = include_str!("../../../../testdata/yaml/resolve.jsonl");
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with("//")) {
        let (text, tag, is_plain, expected): (String, String, bool, String) =
            serde_json::from_str(line).expect("a row");
        let tag = tag.replacen("!!", "tag:yaml.org,2002:", 1);
        let found = tagged(&tag, is_plain, &text).map_or("error".to_owned(), |value| words(&value, &text));
        if found != expected {
            wrong.push(format!("{line}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_non_specific_tag_leaves_plain_text_to_be_resolved() {
    assert_eq!(words(&tagged("!", true, "5").expect("fits"), "5"), "int 5");
    assert_eq!(words(&tagged("!", false, "5").expect("fits"), "5"), "str");
}

#[test] // the value is a float to go-yaml, and stays readable digit by digit
fn big_integers_keep_their_digits() {
    let digits = |text| match plain(text) {
        Value::BigInt(digits) => Some(digits.into_string()),
        _ => None,
    };
    assert_eq!(digits("98765432109876543210987").as_deref(), Some("98765432109876543210987"));
    assert_eq!(digits("-9_223372036854775809").as_deref(), Some("-9223372036854775809"));
    assert_eq!(digits("+018446744073709551618").as_deref(), Some("18446744073709551618"));
    assert_eq!(digits("0xFFFFFFFFFFFFFFFF").as_deref(), Some("18446744073709551615"));
    assert_eq!(digits("+9223372036854775808"), None); // a float, and would pass for a uint64
    assert_eq!(digits(&"9".repeat(400)), None); // overflows: a string
}

#[test]
fn errors_name_types_not_values() {
    let error = tagged("tag:yaml.org,2002:int", true, "hunter2").expect_err("no integer");
    assert_eq!(error.to_string(), "cannot decode !!str as a !!int");
}
