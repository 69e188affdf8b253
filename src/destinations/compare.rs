//! How what is published differs from what is there.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Change, Content, Difference, Standing};

impl Content {
    /// How it compares with bytes that are there. JSON is compared by its values: neither blanks nor the
    /// order of keys count.
    #[must_use]
    pub(super) fn beside(&self, there: &[u8]) -> Standing {
        if self.bytes() == there {
            return Standing::Same;
        }
        let (Self::Members(here), Ok(there)) = (self, serde_json::from_slice::<Value>(there)) else {
            return Standing::Differs(Vec::new());
        };
        self.beside_value(here, &there)
    }

    fn beside_value(&self, here: &[u8], there: &Value) -> Standing {
        match serde_json::from_slice::<Value>(here) {
            Ok(here) if same(there, &here) => Standing::Same,
            Ok(here) if there.is_object() => Standing::Differs(differences(there, &here)),
            _ => Standing::Differs(Vec::new()),
        }
    }

    /// As [`beside`](Self::beside) with JSON that was read already.
    #[cfg(feature = "vault")]
    #[must_use]
    pub(super) fn beside_json(&self, there: &Value) -> Standing {
        self.beside_value(self.bytes(), there)
    }

    /// That there is nothing yet: all keys are new.
    #[must_use]
    pub(super) fn beside_nothing(&self) -> Standing {
        let Self::Members(here) = self else { return Standing::Absent(Vec::new()) };
        let here = serde_json::from_slice(here).unwrap_or_default();
        Standing::Absent(differences(&Value::Object(Map::new()), &here))
    }

    /// What an answer must not show, the longest first: whoever refuses something may repeat it.
    #[must_use]
    pub(super) fn secrets(&self) -> Vec<Zeroizing<String>> {
        let mut secrets: Vec<Zeroizing<String>> = match self {
            Self::File(_) => Vec::new(),
            Self::Members(bytes) => {
                let value = serde_json::from_slice(bytes).unwrap_or_default();
                texts(&value).into_iter().map(|text| Zeroizing::new(text.to_owned())).collect()
            }
            Self::Whole(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                let lines = text.lines().map(str::trim);
                lines.chain([text.trim()]).map(|text| Zeroizing::new(text.to_owned())).collect()
            }
        };
        if self.is_plaintext() {
            secrets.push(Zeroizing::new(String::from_utf8_lossy(self.bytes()).into_owned()));
            secrets.push(Zeroizing::new(base64_simd::STANDARD.encode_to_string(self.bytes())));
        }
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }
}

/// Whether two values are the same beyond doubt: a float, or a number that takes more than 64 bits,
/// is read with a loss, and the same as none.
fn same(one: &Value, other: &Value) -> bool {
    let mut open = vec![(one, other)];
    while let Some(pair) = open.pop() {
        match pair {
            (Value::Object(one), Value::Object(other)) => {
                if one.len() != other.len() {
                    return false;
                }
                for (key, value) in one {
                    let Some(other) = other.get(key) else { return false };
                    open.push((value, other));
                }
            }
            (Value::Array(one), Value::Array(other)) => {
                if one.len() != other.len() {
                    return false;
                }
                open.extend(one.iter().zip(other));
            }
            (Value::Number(one), Value::Number(other)) => {
                if one.is_f64() || one != other {
                    return false;
                }
            }
            (one, other) => {
                if one != other {
                    return false;
                }
            }
        }
    }
    true
}

/// The keys at which two values differ, in their order.
fn differences(there: &Value, here: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), Some(there), Some(here))];
    while let Some((path, there, here)) = open.pop() {
        let change = match (there, here) {
            (Some(Value::Object(one)), Some(Value::Object(other))) => {
                let gone = one.keys().filter(|key| !other.contains_key(*key));
                for key in other.keys().chain(gone) {
                    open.push((joined(&path, key), one.get(key), other.get(key)));
                }
                continue;
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                for at in 0..one.len().max(other.len()) {
                    open.push((format!("{path}[{at}]"), one.get(at), other.get(at)));
                }
                continue;
            }
            // What has values below it is told by them.
            (None, Some(Value::Object(other))) if !other.is_empty() => {
                open.extend(other.iter().map(|(key, value)| (joined(&path, key), None, Some(value))));
                continue;
            }
            (Some(Value::Object(one)), None) if !one.is_empty() => {
                open.extend(one.iter().map(|(key, value)| (joined(&path, key), Some(value), None)));
                continue;
            }
            (one, other) if one == other => continue,
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            _ => Change::Changed,
        };
        found.push(Difference { change, key: if path.is_empty() { ".".to_owned() } else { path } });
    }
    found.sort_by(|one, other| one.key.cmp(&other.key));
    found
}

/// One key more. A key of other characters is quoted, and cannot do anything to a terminal.
fn joined(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let key = if plain { key.to_owned() } else { format!("\"{}\"", key.escape_debug()) };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// All texts in a value.
fn texts(value: &Value) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => texts.push(text.as_str()),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_the_same() {
        let check = |one: &str, other: &str, expected| {
            let read = |text| serde_json::from_str(text).unwrap();
            assert_eq!(same(&read(one), &read(other)), expected, "{one} {other}");
        };
        check(r#"{"a":1,"b":[true,null,"x"]}"#, r#"{"b":[true,null,"x"],"a":1}"#, true);
        check(r#"{"a":18446744073709551615}"#, r#"{"a":18446744073709551615}"#, true);
        check(r#"{"a":1}"#, r#"{"a":"1"}"#, false);
        check(r#"{"a":1}"#, r#"{"a":1.0}"#, false);
        check(r#"{"a":1.5}"#, r#"{"a":1.5}"#, false);
        check(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false);
        check(r#"{"a":[1]}"#, r#"{"a":[1,2]}"#, false);
        check(r#"{"a":null}"#, r#"{"b":null}"#, false);
    }

    #[test]
    fn differences_name_keys() {
        let there = r#"{"a":"x","b":{"c":1,"d":[1,2]},"gone":{"k":1},"same":1.5,"t":"text"}"#;
        let here =
            r#"{"a":"y","b":{"c":1,"d":[1]},"new":{"a.b":{"e\u001b":1},"empty":{}},"same":1.5,"t":{"u":1}}"#;
        let content = Content::Members(Zeroizing::new(here.as_bytes().to_vec()));
        let shown = |differences: Vec<Difference>| {
            let shown = differences.iter().map(|it| format!("{:?} {}", it.change, it.key));
            shown.collect::<Vec<_>>()
        };
        let Standing::Differs(found) = content.beside(there.as_bytes()) else { panic!("they differ") };
        assert_eq!(
            shown(found),
            [
                "Changed a",
                "Removed b.d[1]",
                "Removed gone.k",
                "Added new.\"a.b\".\"e\\u{1b}\"",
                "Added new.empty",
                "Changed t",
            ]
        );
        let Standing::Absent(keys) = content.beside_nothing() else { panic!("nothing is there") };
        assert_eq!(keys.len(), 7);
        assert_eq!(content.beside(here.as_bytes()), Standing::Same);
        assert_eq!(content.beside(b"no JSON"), Standing::Differs(Vec::new()));
        assert_eq!(content.beside(b"[]"), Standing::Differs(Vec::new()));
        let whole = Content::Whole(Zeroizing::new(b"{}".to_vec()));
        assert_eq!(whole.beside(b"{ }"), Standing::Differs(Vec::new()));
    }
}
