use super::{cases, dump, parse, source, tree};
use crate::document::{ChangeError, Tree, UserStep, parse_json_value, parse_path};
use crate::leaf::Value;

#[test]
fn the_same_values_as_sops() {
    for case in cases("changing.json") {
        check(&case);
    }
}

fn check(case: &serde_json::Value) {
    let steps = case["path"].as_array().unwrap();
    let path: Vec<UserStep> = steps
        .iter()
        .map(|step| match step.as_i64() {
            Some(index) => UserStep::Index(index),
            None => UserStep::Key(step.as_str().unwrap().into()),
        })
        .collect();
    let document = parse(source(case)).unwrap();
    let changed = match case["set"].as_str() {
        Some(value) => document.with_value(&path, &parse_json_value(value.as_bytes()).unwrap()),
        None => document.without(&path),
    };
    match changed {
        Ok(changed) => {
            assert!(case["tree"].is_object(), "{case}");
            if case["changed"] == false {
                assert!(changed == document.source(), "{case}");
            }
            let changed = dump(&tree(&parse(changed).unwrap()));
            assert_eq!(without_points(&changed), without_points(&case["tree"]), "{case}");
        }
        Err(ChangeError::WrongStep(_)) => assert!(case["panic"].is_string(), "{case}"),
        Err(error) => assert_eq!(error.to_string(), case["unset_error"].as_str().unwrap_or(""), "{case}"),
    }
}

/// A double without a fraction is written without a point, as sops does: it reads back as an
/// integer.
fn without_points(dump: &serde_json::Value) -> serde_json::Value {
    use serde_json::{Value, json};
    match dump {
        Value::Array(items) => items.iter().map(without_points).collect(),
        Value::Object(entries) => match entries.get("float").and_then(Value::as_str) {
            Some(bits) => {
                let float = f64::from_bits(u64::from_str_radix(bits, 16).unwrap());
                let whole = float.fract() == 0.0 && float.abs() < 1e18;
                if whole { json!({ "int": (float as i64).to_string() }) } else { dump.clone() }
            }
            None => entries.iter().map(|(key, value)| (key.clone(), without_points(value))).collect(),
        },
        _ => dump.clone(),
    }
}

#[track_caller]
fn set(source: &str, path: &str, value: &str, expected: &str) {
    let value = parse_json_value(value.as_bytes()).unwrap();
    let changed = parse(source).unwrap().with_value(&parse_path(path).unwrap(), &value).unwrap();
    assert_eq!(String::from_utf8(changed).unwrap(), expected);
}

#[track_caller]
fn unset(source: &str, path: &str, expected: &str) {
    let changed = parse(source).unwrap().without(&parse_path(path).unwrap()).unwrap();
    assert_eq!(String::from_utf8(changed).unwrap(), expected);
}

#[test]
fn a_scalar_is_replaced_in_place() {
    set("{ \"a\" :\t1 , \"b\": 2 }\r\n", r#"["a"]"#, "\"<\"", "{ \"a\" :\t\"\\u003c\" , \"b\": 2 }\r\n");
    set(r#"{"a": "\u00e9", "b": 1.50}"#, r#"["a"]"#, "\"é\"", r#"{"a": "\u00e9", "b": 1.50}"#);
    set(r#"{"a": 1.50}"#, r#"["a"]"#, "1.5", r#"{"a": 1.50}"#);
    set(r#"{"a": 1.50}"#, r#"["a"]"#, "2", r#"{"a": 2}"#);
    set(r#"{"a": 1E400}"#, r#"["a"]"#, "\"1E400\"", r#"{"a": "1E400"}"#);
    set(r#"{"a": [1, 2]}"#, r#"["a"]"#, "[1,2]", r#"{"a": [1, 2]}"#);
}

#[test]
fn what_is_new_follows_its_neighbours() {
    let new = r#"{"x":[1,{}]}"#;
    set(r#"{"a":1}"#, r#"["b"]"#, new, r#"{"a":1,"b":{"x":[1,{}]}}"#);
    set(r#"{"a": 1}"#, r#"["b"]"#, new, r#"{"a": 1, "b": {"x": [1, {}]}}"#);
    set(
        "{\n  \"a\": 1\n}\n",
        r#"["b"]"#,
        new,
        "{\n  \"a\": 1,\n  \"b\": {\n    \"x\": [\n      1,\n      {}\n    ]\n  }\n}\n",
    );
    set(
        "{\r\n\t\"l\":[\r\n\t\t1\r\n\t]\r\n}",
        r#"["l"][7]"#,
        new,
        "{\r\n\t\"l\":[\r\n\t\t1,\r\n\t\t{\r\n\t\t\t\"x\":[\r\n\t\t\t\t1,\r\n\t\t\t\t{}\r\n\t\t\t]\r\n\t\t}\r\n\t]\r\n}",
    );
    set("{\n  \"l\": [1, 2]\n}", r#"["l"][2]"#, "3", "{\n  \"l\": [1, 2, 3]\n}");
    set("{\n  \"a\": 1\n}", r#"["a"]"#, "[1]", "{\n  \"a\": [\n    1\n  ]\n}");
}

#[test]
fn what_is_empty_opens_as_the_file_does() {
    set("{}", r#"["a"]"#, "1", "{\n\t\"a\": 1\n}");
    set("{ \"a\": { } }", r#"["a"]["b"]"#, "1", "{ \"a\": {\"b\": 1} }");
    set("{\"a\":[]}", r#"["a"][0]"#, "1", "{\"a\":[1]}");
    set("{\n  \"a\": {}\n}", r#"["a"]["b"]"#, "1", "{\n  \"a\": {\n    \"b\": 1\n  }\n}");
    set("{\n  \"a\": [1, {}]\n}", r#"["a"][1]["b"]"#, "1", "{\n  \"a\": [1, {\"b\": 1}]\n}");
}

#[test]
fn a_path_that_is_not_there_is_made() {
    set(r#"{"a": 1}"#, r#"["b"]["c"][5]["d"]"#, "2", r#"{"a": 1, "b": {"c": [{"d": 2}]}}"#);
    set(r#"{"a": 1}"#, r#"["a"]["b"]"#, "2", r#"{"a": {"b": 2}}"#);
    set(r#"{"a": 1}"#, "[0]", "2", r#"{"a": 1}"#);
}

#[test]
fn what_is_unset_takes_its_comma_along() {
    let source = "{\n  \"a\": 1,\n  \"b\" : [1 , 2, 3] ,\n  \"c\": {\n    \"d\": 1\n  }\n}\n";
    unset(source, r#"["a"]"#, "{\n  \"b\" : [1 , 2, 3] ,\n  \"c\": {\n    \"d\": 1\n  }\n}\n");
    unset(source, r#"["b"]"#, "{\n  \"a\": 1 ,\n  \"c\": {\n    \"d\": 1\n  }\n}\n");
    unset(source, r#"["b"][0]"#, "{\n  \"a\": 1,\n  \"b\" : [2, 3] ,\n  \"c\": {\n    \"d\": 1\n  }\n}\n");
    unset(source, r#"["b"][1]"#, "{\n  \"a\": 1,\n  \"b\" : [1, 3] ,\n  \"c\": {\n    \"d\": 1\n  }\n}\n");
    unset(source, r#"["c"]"#, "{\n  \"a\": 1,\n  \"b\" : [1 , 2, 3]\n}\n");
    unset(source, r#"["c"]["d"]"#, "{\n  \"a\": 1,\n  \"b\" : [1 , 2, 3] ,\n  \"c\": {}\n}\n");
}

#[test]
fn steps_that_crash_sops_are_refused() {
    let document = parse(r#"{"l": [1]}"#).unwrap();
    let says = |path: &str| {
        let path = parse_path(path).unwrap();
        let of_set = document.with_value(&path, &Tree::Leaf(Value::Null)).unwrap_err().to_string();
        assert_eq!(document.without(&path).unwrap_err().to_string(), of_set);
        of_set
    };
    assert_eq!(says(r#"["l"]["k"]"#), "component ['k'] is a key, but tree part is a list");
    assert_eq!(says(r#"["l"][-1]"#), "component [-1] is negative");
    assert_eq!(says(""), "the path is empty");
    let nan = Tree::Leaf(Value::Float(f64::NAN));
    let error = document.with_value(&[UserStep::Key(b"n".to_vec())], &nan).unwrap_err();
    assert_eq!(error, ChangeError::Unwritable("json: unsupported value: NaN".to_owned()));
}
