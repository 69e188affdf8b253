//! `testdata/regex/go.jsonl` was made by Go 1.26: first a line of texts in hex, then per line
//! a pattern and either its error or, in hex, a bit for each text that it matches.

use super::*;

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex")).collect()
}

#[test]
fn patterns_match_as_in_go() {
    let mut lines = include_str!("../../../testdata/regex/go.jsonl").lines();
    let texts: Vec<Vec<u8>> = lines.next().expect("texts").split(',').map(unhex).collect();
    for line in lines {
        let [pattern, want]: [String; 2] = serde_json::from_str(line).expect("two strings");
        let got = match GoRegex::new(&pattern) {
            Err(error) => error.to_string(),
            Ok(regex) => {
                let mut bits = vec![0_u8; texts.len().div_ceil(8)];
                for (i, text) in texts.iter().enumerate() {
                    bits[i / 8] |= u8::from(regex.is_match(text)) << (i % 8);
                }
                bits.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        };
        assert_eq!(got, want, "{pattern:?}");
    }
}

fn kind(pattern: &str) -> Option<GoRegexErrorKind> {
    GoRegex::new(pattern).err().map(|error| error.kind)
}

#[test] // the second of each pair is refused by Go in the same words
fn limits() {
    let nested = |n: usize| "(".repeat(n) + "a" + &")".repeat(n);
    assert_eq!(kind(&nested(999)), None);
    assert_eq!(kind(&nested(1000)), Some(GoRegexErrorKind::TooDeep));
    assert_eq!(kind("(a{10}){100}"), None);
    assert_eq!(kind("(a{11}){100}"), Some(GoRegexErrorKind::RepeatCount));
    let long = |n: usize| format!("(?:{}){{1000}}", "x".repeat(n));
    assert_eq!(kind(&long(3356)), Some(GoRegexErrorKind::TooLarge));
    assert_eq!(kind(&"(".repeat(100_000)), Some(GoRegexErrorKind::MissingParenthesis));
    assert_eq!(kind(&("(?:".repeat(100_000) + &")".repeat(100_000))), None);
}

#[test]
fn what_only_we_refuse_says_so() {
    let pattern = "(?:a".repeat(300) + &")*".repeat(300);
    let error = GoRegex::new(&pattern).expect_err("too deep");
    assert!(error.is_ours());
}

#[test]
fn stray_bytes_are_one_character_each() {
    assert_eq!(as_go_reads(b"a\xe6\x97b"), "a\u{FFFD}\u{FFFD}b");
    assert!(GoRegex::new(r"^a..b$").expect("a pattern").is_match(b"a\xe6\x97b"));
}

#[test] // asked for any match, the regex crate meets the middle of U+FFFD first
fn no_boundary_inside_a_character() {
    assert!(GoRegex::new(r"\B|\pL[^k]").expect("a pattern").is_match(b"x\xffy"));
    assert!(!GoRegex::new(r"\B").expect("a pattern").is_match("aéa".as_bytes()));
}
